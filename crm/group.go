package crm

import (
	"cmp"
	"slices"

	"quid/account"
	"quid/day"
)

// A Membership says that a customer belongs to a group, named by the customer
// that leads it, from a day until another, both included.
type Membership struct {
	Customer account.CustomerID
	Parent   account.CustomerID // 0: to none
	From     day.Day
	Until    day.Day
}

// Memberships closes memberships of which only the first day is known: each ends
// on the day before the next one of the same customer begins. Those of customers
// that belong to no group are left out. They are returned by customer and day.
func Memberships(begun []Membership) []Membership {
	all := slices.SortedFunc(slices.Values(begun), func(a, b Membership) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.From, b.From))
	})
	for i := range all {
		all[i].Until = day.Max
		if i+1 < len(all) && all[i+1].Customer == all[i].Customer {
			all[i].Until = all[i+1].From.Add(-1)
		}
	}
	return slices.DeleteFunc(all, func(m Membership) bool { return m.Parent == 0 })
}
