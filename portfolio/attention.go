package portfolio

import (
	"cmp"
	"math"
	"slices"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/money"
	"quid/value"
)

// ContactSums is what the book says of the contacts with a customer.
type ContactSums struct {
	Count    int32 // in the window
	Personal int32 // of them visits and talks on video
	Minutes  int64 // in the window, of contacts and services
	Year     int32 // contacts in the twelve months up to the day

	LastPersonal day.Day // ever up to the day, 0 if there was none
	LastTalk     day.Day // personal or by phone
	Last         day.Day // of any form
}

// LastBy returns the last contact that a form of care counts: a visit counts
// where a call is due, and anything where self-service is agreed.
func (c ContactSums) LastBy(f crm.Form) day.Day {
	switch f {
	case crm.Personal:
		return c.LastPersonal
	case crm.ByPhone:
		return c.LastTalk
	}
	return c.Last
}

// A Cared is one customer as attention sees it.
type Cared struct {
	Customer account.CustomerID
	Segment  value.Segment
	Strategy value.Segment // the nearest of the four, or new, or none
	Stage    value.Stage
	Value    money.Amount // contribution III of the window
	Known    bool         // Value means something
	Services money.Amount // our cost of services in the window, positive
	Care     money.Amount // our cost of contacts in the window, positive
	ContactSums
}

// Good says whether the customer's value is high: those who should not miss a
// contact.
func (c *Cared) Good() bool { return c.Strategy == value.Explore || c.Strategy == value.Invest }

// Entitled says whether the decent minimum of its segment is due to it: to
// everybody who bought and is not lost.
func (c *Cared) Entitled() bool { return c.Stage != value.Prospect && c.Stage != value.Lost }

// gives is its part in the value of the base: a loss is none.
func (c *Cared) gives() money.Amount {
	if !c.Known {
		return 0
	}
	return max(0, c.Value)
}

// Overdue returns when the next contact of its playbook was or is due, and the
// days since then; ok is false where none is promised. Without any contact it is
// due at once: days is −1 then, and due 0.
func (c *Cared) Overdue(book crm.Playbook, today day.Day) (due day.Day, days int, ok bool) {
	if book.ContactDays == 0 {
		return 0, 0, false
	}
	last := c.LastBy(book.Form)
	if last == 0 {
		return 0, -1, true
	}
	due = last.Add(book.ContactDays)
	return due, today.Sub(due), today > due
}

// A Load is what some customers got of our time, and what they are worth.
type Load struct {
	Customers int
	Contacts  int64
	Minutes   int64
	Services  money.Amount
	Care      money.Amount
	Value     money.Amount // contribution III above zero
	WithoutOf int          // customers whose contribution is unknown: they count in everything but the value
}

func (l *Load) add(c *Cared) {
	l.Customers++
	l.Contacts += int64(c.Count)
	l.Minutes += c.Minutes
	l.Services += c.Services
	l.Care += c.Care
	l.Value += c.gives()
	if !c.Known {
		l.WithoutOf++
	}
}

// Parts are the shares of a load in the whole: NaN where there is nothing to
// share.
type Parts struct{ Contacts, Minutes, Services, Value float64 }

// Of returns the shares of the load in a whole.
func (l Load) Of(whole Load) Parts {
	part := func(a, b float64) float64 {
		if b <= 0 {
			return nan
		}
		return a / b
	}
	return Parts{
		Contacts: part(float64(l.Contacts), float64(whole.Contacts)), Minutes: part(float64(l.Minutes), float64(whole.Minutes)),
		Services: part(float64(l.Services), float64(whole.Services)), Value: part(float64(l.Value), float64(whole.Value)),
	}
}

// Care is the mean of the shares of contacts, minutes and services that there
// are, NaN without any.
func (p Parts) Care() float64 {
	var total float64
	n := 0
	for _, x := range [...]float64{p.Contacts, p.Minutes, p.Services} {
		if !math.IsNaN(x) {
			total += x
			n++
		}
	}
	if n == 0 {
		return nan
	}
	return total / float64(n)
}

// Balance is the share of care less the share of value: above zero a customer
// gets more of our time than it is worth, below zero less. NaN where one of them
// is unknown.
func (p Parts) Balance() float64 { return p.Care() - p.Value }

// A SegmentLoad is the load of a segment.
type SegmentLoad struct {
	Segment  value.Segment
	Strategy value.Segment
	Load
	Overdue int // good customers without a contact in their interval
	Below   int // customers below the decent minimum
}

// A Late is a good customer without a contact of its form in its interval.
type Late struct {
	At   int     // in the list
	Due  day.Day // 0: no contact is known
	Days int     // since; −1: no contact is known
}

// An Attention says who gets how much of our time, and what they are worth.
type Attention struct {
	Whole    Load
	Segments []SegmentLoad // in the order of the matrix, empty ones left out
	Late     []Late        // those of the greatest value first
	Below    []int         // in the list: customers below the decent minimum of their segment
	Scissors Scissors
}

// Books returns the playbook of a segment.
type Books func(segment, strategy value.Segment) crm.Playbook

// Attend reckons the attention report of a day (docs/valuation.md, "Attention").
// limit is that of the scissors.
func Attend(today day.Day, list []Cared, books Books, limit float64) Attention {
	var a Attention
	index := make(map[value.Segment]int)
	known := make(map[value.Segment]crm.Playbook)
	for i := range list {
		c := &list[i]
		at, ok := index[c.Segment]
		if !ok {
			at = len(a.Segments)
			index[c.Segment], known[c.Segment] = at, books(c.Segment, c.Strategy)
			a.Segments = append(a.Segments, SegmentLoad{Segment: c.Segment, Strategy: c.Strategy})
		}
		s, book := &a.Segments[at], known[c.Segment]
		s.add(c)
		a.Whole.add(c)
		if due, days, late := c.Overdue(book, today); late && c.Good() {
			s.Overdue++
			a.Late = append(a.Late, Late{At: i, Due: due, Days: days})
		}
		if c.Entitled() && int(c.Year) < book.Minimum {
			s.Below++
			a.Below = append(a.Below, i)
		}
	}
	slices.SortFunc(a.Segments, func(x, y SegmentLoad) int { return cmp.Compare(rankOf(x.Segment), rankOf(y.Segment)) })
	slices.SortFunc(a.Late, func(x, y Late) int {
		return cmp.Or(cmp.Compare(list[y.At].gives(), list[x.At].gives()), cmp.Compare(list[x.At].Customer, list[y.At].Customer))
	})
	slices.SortFunc(a.Below, func(x, y int) int {
		return cmp.Or(cmp.Compare(list[y].gives(), list[x].gives()), cmp.Compare(list[x].Customer, list[y].Customer))
	})
	a.Scissors = scissorsOf(a.Segments, limit)
	return a
}

// rankOf orders segments as the matrix is read from below and left, then new
// customers, then those without a place.
func rankOf(s value.Segment) int {
	if i := slices.Index(value.Strategies, s); i >= 0 {
		return (i/2)*10 + i%2
	}
	switch s {
	case value.NewCustomer:
		return 1000
	case value.NoSegment:
		return 1001
	}
	b, err := s.In(value.MaxBands, value.MaxBands)
	if err != nil {
		return 999
	}
	return int(b.From-1)*10 + int(b.To-1)
}

// ByBalance returns the places of a list by who gets too much of our time for
// its value first, or too little first; those whose value is unknown are left
// out.
func (a *Attention) ByBalance(list []Cared, most bool) []int {
	order := make([]int, 0, len(list))
	balance := make([]float64, len(list))
	for i := range list {
		var l Load
		l.add(&list[i])
		balance[i] = l.Of(a.Whole).Balance()
		if list[i].Known && !math.IsNaN(balance[i]) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(x, y int) int {
		by := cmp.Compare(balance[x], balance[y])
		if most {
			by = -by
		}
		return cmp.Or(by, cmp.Compare(list[x].Customer, list[y].Customer))
	})
	return order
}

// A Blade is one end of the scissors: a field of the matrix.
type Blade struct {
	Segment   value.Segment
	Customers int
	Contacts  float64 // a customer, in the window
	Cost      float64 // of contacts and services, a customer, in minor units
}

// Scissors (Betreuungsschere) set the care that a customer of the best field
// gets against that of the weakest.
type Scissors struct {
	Best, Weakest Blade
	OK            bool    // there are two fields with customers
	Contacts      float64 // how many times as often; +Inf where the weakest get none, NaN where nobody does
	Cost          float64 // likewise
	Limit         float64
}

// Few says whether one of the fields has so few customers that the ratios say
// little.
func (s Scissors) Few() bool { return min(s.Best.Customers, s.Weakest.Customers) < MinCases }

// TooWide says whether one of the ratios is above the limit.
func (s Scissors) TooWide() bool { return s.OK && (s.Contacts > s.Limit || s.Cost > s.Limit) }

// scissorsOf takes the highest and the lowest field of the matrix that has
// customers; segments are in the order of the matrix.
func scissorsOf(segments []SegmentLoad, limit float64) Scissors {
	s := Scissors{Contacts: nan, Cost: nan, Limit: limit}
	var fields []SegmentLoad
	for _, f := range segments {
		if f.Segment != value.NewCustomer && f.Segment != value.NoSegment {
			fields = append(fields, f)
		}
	}
	if len(fields) < 2 {
		return s
	}
	blade := func(f SegmentLoad) Blade {
		n := float64(f.Customers)
		return Blade{Segment: f.Segment, Customers: f.Customers, Contacts: float64(f.Contacts) / n, Cost: float64(f.Care+f.Services) / n}
	}
	s.OK, s.Weakest, s.Best = true, blade(fields[0]), blade(fields[len(fields)-1])
	s.Contacts, s.Cost = ratioOf(s.Best.Contacts, s.Weakest.Contacts), ratioOf(s.Best.Cost, s.Weakest.Cost)
	return s
}

// ratioOf is a / b; NaN if both are nothing.
func ratioOf(a, b float64) float64 {
	switch {
	case b > 0:
		return a / b
	case a > 0:
		return math.Inf(1)
	}
	return nan
}

// PartsOf returns the shares of one customer in the whole; of one whose
// contribution is unknown the share of value is unknown too.
func (a *Attention) PartsOf(c *Cared) Parts {
	var l Load
	l.add(c)
	p := l.Of(a.Whole)
	if !c.Known {
		p.Value = nan
	}
	return p
}
