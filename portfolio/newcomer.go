package portfolio

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"quid/account"
	"quid/day"
	"quid/value"
)

// A Newcomer is what conversion needs to know of a customer that has bought.
type Newcomer struct {
	Customer      account.CustomerID
	Name          string // folded, as search sees it
	FirstPurchase day.Day
	PurchaseDays  int32 // up to the valuation day
	Stage         value.Stage
	Channel       string // by which channel it was won, "" if unknown
}

// A Share is hits of n with its 95% interval by Wilson's score method
// (Wilson 1927, J. Am. Stat. Assoc. 22:209–212), which stays within 0 and 1 and
// holds for small n. Without cases it is unknown.
type Share struct {
	Hits int          `json:"hits"`
	Of   int          `json:"of"`
	Low  value.Number `json:"low"`
	High value.Number `json:"high"`
}

// ShareOf returns hits of n with its interval.
func ShareOf(hits, n int) Share {
	s := Share{Hits: hits, Of: n, Low: value.Unknown(), High: value.Unknown()}
	if n == 0 {
		return s
	}
	const z = 1.959963984540054 // the 97.5% quantile of the normal distribution
	p, m := float64(hits)/float64(n), float64(n)
	mid := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	s.Low, s.High = value.Number(max(0, mid-half)), value.Number(min(1, mid+half))
	return s
}

// Value is the share itself, NaN without cases.
func (s Share) Value() float64 { return float64(s.Hits) / float64(s.Of) }

// A Conversion says how many customers of a group went on to a second purchase
// day, and on to regular customers (docs/valuation.md, "Conversion").
type Conversion struct {
	Group   string `json:"group"`
	Second  Share  `json:"second"`
	Regular Share  `json:"regular"`
	Open    bool   `json:"open"` // its customers had less time than the tenure that new customers have: the shares will rise
}

// regularDays is how many purchase days a regular customer has at least.
const regularDays = 3

// ByCohort groups customers by the quarter of their first purchase, newest
// first: 2026-Q4. patience is the months after which a cohort is judged.
func ByCohort(asOf day.Day, customers []Newcomer, patience int) []Conversion {
	return convert(asOf, customers, patience, func(n Newcomer) string {
		return fmt.Sprintf("%04d-Q%d", n.FirstPurchase.Year(), (n.FirstPurchase.Month()+2)/3)
	}, func(a, b Conversion) int { return cmp.Compare(b.Group, a.Group) })
}

// ByChannel groups customers by the channel they were won by, those that first
// bought long enough ago to be judged, largest group first.
func ByChannel(asOf day.Day, customers []Newcomer, patience int) []Conversion {
	old := slices.DeleteFunc(slices.Clone(customers), func(n Newcomer) bool { return n.FirstPurchase.AddMonths(patience) > asOf })
	return convert(asOf, old, patience, func(n Newcomer) string { return n.Channel }, func(a, b Conversion) int {
		return cmp.Or(cmp.Compare(b.Second.Of, a.Second.Of), cmp.Compare(a.Group, b.Group))
	})
}

func convert(asOf day.Day, customers []Newcomer, patience int, group func(Newcomer) string, order func(a, b Conversion) int) []Conversion {
	type tally struct {
		n, second, regular int
		last               day.Day
	}
	groups := make(map[string]*tally)
	for _, c := range customers {
		if c.FirstPurchase == 0 || c.FirstPurchase > asOf {
			continue
		}
		t := groups[group(c)]
		if t == nil {
			t = new(tally)
			groups[group(c)] = t
		}
		t.n++
		t.last = max(t.last, c.FirstPurchase)
		if c.PurchaseDays >= 2 {
			t.second++
		}
		if c.PurchaseDays >= regularDays {
			t.regular++
		}
	}
	out := make([]Conversion, 0, len(groups))
	for g, t := range groups {
		out = append(out, Conversion{
			Group: g, Second: ShareOf(t.second, t.n), Regular: ShareOf(t.regular, t.n), Open: t.last.AddMonths(patience) > asOf,
		})
	}
	slices.SortFunc(out, order)
	return out
}

// A HiddenRegular is a group of customers of the same name, none of which is a
// regular customer alone, that would be one together: duplicates, several
// numbers, several sites.
type HiddenRegular struct {
	Customers    []account.CustomerID
	PurchaseDays int32 // of all together; days on which two bought count twice
}

// HiddenRegulars finds them, those with most purchase days first.
func HiddenRegulars(customers []Newcomer) []HiddenRegular {
	byName := make(map[string][]Newcomer)
	for _, c := range customers {
		if c.Name != "" && c.PurchaseDays > 0 {
			byName[c.Name] = append(byName[c.Name], c)
		}
	}
	var out []HiddenRegular
	for _, same := range byName {
		if len(same) < 2 {
			continue
		}
		h := HiddenRegular{}
		alone := false
		for _, c := range same {
			h.Customers = append(h.Customers, c.Customer)
			h.PurchaseDays += c.PurchaseDays
			alone = alone || c.PurchaseDays >= regularDays
		}
		if alone || h.PurchaseDays < regularDays {
			continue
		}
		slices.Sort(h.Customers)
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b HiddenRegular) int {
		return cmp.Or(cmp.Compare(b.PurchaseDays, a.PurchaseDays), slices.Compare(a.Customers, b.Customers))
	})
	return out
}
