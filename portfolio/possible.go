package portfolio

import (
	"cmp"
	"slices"

	"quid/account"
	"quid/money"
)

// A Worth is what services of one type were worth to a customer in the window.
type Worth struct {
	Customer account.CustomerID
	Type     int64
	Benefit  money.Amount
	Cost     money.Amount
}

// A Similar is what makes customers alike.
type Similar struct {
	Customer  account.CustomerID
	Industry  string
	Size      string
	Developed bool // its value is high
}

// A Likeness says what customers have in common that a figure rests on.
type Likeness string

// The likenesses, the closest first.
const (
	SameIndustryAndSize Likeness = "industry_size"
	SameIndustry        Likeness = "industry"
	SameSize            Likeness = "size"
)

// MinCases is how many customers a median rests on at least; below, it is not
// stated.
const MinCases = 5

// A PossibleService is a service that a customer doesn't get, while customers
// like it that are well developed do.
type PossibleService struct {
	Type    int64
	Benefit money.Amount // median over those who get it, a window
	Cost    money.Amount // likewise, ours
	Cases   int          // those who get it
	By      Likeness
	Group   string // the industry, the size class, or both
}

// A likeKey names a group of customers that are alike.
type likeKey struct{ industry, size string }

// keys are the groups by industry and size class, by industry and by size class
// that a customer is in.
func (s *Similar) keys() [3]likeKey {
	return [3]likeKey{{s.Industry, s.Size}, {industry: s.Industry}, {size: s.Size}}
}

// like says which of its groups a customer is compared with, the closest first.
func (s *Similar) like() []int {
	switch {
	case s.Industry != "" && s.Size != "":
		return []int{0, 1}
	case s.Industry != "":
		return []int{1}
	case s.Size != "":
		return []int{2}
	}
	return nil
}

func (k likeKey) likeness() (Likeness, string) {
	switch {
	case k.industry == "":
		return SameSize, k.size
	case k.size == "":
		return SameIndustry, k.industry
	}
	return SameIndustryAndSize, k.industry + ", " + k.size
}

// Possibilities are the services that well-developed customers of each group get.
type Possibilities struct {
	customers []Similar
	groups    [][3]int32 // of each customer, by its keys
	types     []int64
	got       []uint64            // a bit a customer and type
	words     int                 // of got a customer
	median    [][]PossibleService // by group and place in types; without cases where it isn't stated
}

// PossibilitiesOf reckons what services could be worth to customers that do not
// get them: for each group of customers with the same industry and size class,
// and with one of them the same, the median over its well-developed customers
// who get the service (docs/valuation.md, "Possible value").
func PossibilitiesOf(customers []Similar, worth []Worth) *Possibilities {
	p := &Possibilities{customers: customers, groups: make([][3]int32, len(customers))}
	names := p.number()
	at := make(map[account.CustomerID]int32, len(customers))
	for i := range customers {
		at[customers[i].Customer] = int32(i)
	}
	index := p.listTypes(worth)
	type amounts struct{ benefit, cost []money.Amount }
	sums := make([][]amounts, len(names))
	for _, w := range worth {
		i, ok := at[w.Customer]
		if !ok {
			continue
		}
		t := index[w.Type]
		p.got[int(i)*p.words+t/64] |= 1 << (t % 64)
		if !customers[i].Developed {
			continue
		}
		for k, g := range p.groups[i] {
			if k > 0 && g == p.groups[i][0] {
				continue // both keys are the same where one of the two is not known
			}
			if sums[g] == nil {
				sums[g] = make([]amounts, len(p.types))
			}
			s := &sums[g][t]
			s.benefit, s.cost = append(s.benefit, w.Benefit), append(s.cost, w.Cost)
		}
	}
	p.median = make([][]PossibleService, len(names))
	for g := range sums {
		p.median[g] = make([]PossibleService, len(p.types))
		by, group := names[g].likeness()
		for t, s := range sums[g] {
			if len(s.benefit) < MinCases {
				continue
			}
			p.median[g][t] = PossibleService{Type: p.types[t], Benefit: medianOf(s.benefit), Cost: medianOf(s.cost), Cases: len(s.benefit), By: by, Group: group}
		}
	}
	return p
}

// number gives every group a number and says what each is called.
func (p *Possibilities) number() []likeKey {
	var names []likeKey
	numbers := make(map[likeKey]int32)
	for i := range p.customers {
		for k, key := range p.customers[i].keys() {
			n, ok := numbers[key]
			if !ok {
				n = int32(len(names))
				numbers[key] = n
				names = append(names, key)
			}
			p.groups[i][k] = n
		}
	}
	return names
}

// listTypes lists the types of services and says where each stands.
func (p *Possibilities) listTypes(worth []Worth) map[int64]int {
	index := make(map[int64]int)
	for _, w := range worth {
		if _, ok := index[w.Type]; !ok {
			index[w.Type] = 0
			p.types = append(p.types, w.Type)
		}
	}
	slices.Sort(p.types)
	for i, t := range p.types {
		index[t] = i
	}
	p.words = (len(p.types) + 63) / 64
	p.got = make([]uint64, p.words*len(p.customers))
	return index
}

// medianOf returns the median, of an even number the mean of the two in the
// middle, rounded half up. It reorders its argument.
func medianOf(list []money.Amount) money.Amount {
	slices.Sort(list)
	n := len(list)
	if n%2 == 1 {
		return list[n/2]
	}
	low, high := list[n/2-1], list[n/2]
	return low + (high-low+1)/2
}

// Only returns the possibilities of some of the customers, by their places in the list
// and in that order. What others like them get stays what it is compared with.
func (p *Possibilities) Only(places []int) *Possibilities {
	out := &Possibilities{types: p.types, words: p.words, median: p.median}
	for _, i := range places {
		out.customers, out.groups = append(out.customers, p.customers[i]), append(out.groups, p.groups[i])
		out.got = append(out.got, p.got[i*p.words:(i+1)*p.words]...)
	}
	return out
}

// Of returns the services that are possible for customer i, those of the
// greatest benefit first. Of each type the closest group with enough cases
// counts; one whose benefit nobody stated is left out.
func (p *Possibilities) Of(i int) []PossibleService {
	var out []PossibleService
	p.each(i, func(s *PossibleService) { out = append(out, *s) })
	slices.SortFunc(out, func(a, b PossibleService) int {
		return cmp.Or(cmp.Compare(b.Benefit, a.Benefit), cmp.Compare(a.Type, b.Type))
	})
	return out
}

// Sum returns what the services that are possible for customer i would be worth
// together, and how many there are.
func (p *Possibilities) Sum(i int) (total money.Amount, services int) {
	p.each(i, func(s *PossibleService) {
		total += s.Benefit
		services++
	})
	return total, services
}

func (p *Possibilities) each(i int, fn func(*PossibleService)) {
	like := p.customers[i].like()
	if like == nil {
		return
	}
	got := p.got[i*p.words : (i+1)*p.words]
	for t := range p.types {
		if got[t/64]>>(t%64)&1 == 1 {
			continue
		}
		for _, k := range like {
			if of := p.median[p.groups[i][k]]; of[t].Cases > 0 {
				if of[t].Benefit > 0 {
					fn(&of[t])
				}
				break
			}
		}
	}
}
