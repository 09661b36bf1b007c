package fact

import (
	"cmp"
	"errors"
	"slices"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
)

// A Spread says over whom a bonus is spread: the key of a central agreement.
type Spread int8

// The spreads. The numbers are stored; never reuse one.
const (
	Alone     Spread = 0 // the customer's own revenue, whatever group it leads
	ByRevenue Spread = 1 // the group's; each member bears the rate on its own revenue
	Equally   Spread = 2 // the group's; the members of the day bear it in equal parts
)

var spreadNames = map[Spread]string{ByRevenue: "revenue", Equally: "equal"}

// String is the spread's name in files: revenue, equal, or "" for the customer alone.
func (s Spread) String() string { return spreadNames[s] }

// An Agreement gives a customer, or a group, back a share of its net revenue
// (Bonusvereinbarung). It accrues month by month with the sales and is settled
// by the credit notes that name it (docs/valuation.md, "Bonus").
type Agreement struct {
	Header
	From   day.Day
	Until  day.Day     // last day, 0 while it is open
	Rate   money.Micro // of net revenue: 0.03 is three percent
	Spread Spread
}

// Check reports every field that stands in the way of keeping the agreement.
func (a Agreement) Check() error {
	var errs []error
	if a.Customer == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	if a.From == 0 {
		errs = append(errs, fault.Field("from", "write a day such as 2026-12-31"))
	}
	if a.Until != 0 && a.Until < a.From {
		errs = append(errs, fault.Field("until", "the agreement ends before it begins"))
	}
	if a.Rate <= 0 || a.Rate > money.One {
		errs = append(errs, fault.Field("percent", "a bonus is more than nothing and at most all"))
	}
	return errors.Join(errs...)
}

// Accrues returns the days on which the agreement accrues within a time, and
// whether there are any; until 0 is an open end.
func (a Agreement) Accrues(from, until day.Day) (first, last day.Day, ok bool) {
	first, last = max(a.From, from), until
	if a.Until != 0 && (last == 0 || a.Until < last) {
		last = a.Until
	}
	if last == 0 {
		last = day.Max
	}
	return first, last, first <= last
}

// Closes is the day on which what a month accrued is dated: its last day, or
// that of the agreement. The month is a yyyymm.
func (a Agreement) Closes(month int) day.Day {
	end := day.Of(month/100, month%100, 1).EndOfMonth()
	if a.Until != 0 {
		return min(end, a.Until)
	}
	return end
}

// An Accrual is what an agreement costs at one customer in one month. It is
// derived of the sales, and a document like others: it has revisions that post.
type Accrual struct {
	Header
	Agreement account.DocumentID
	Owner     account.CustomerID // the customer that the agreement is made with
	Spread    Spread
	Day       day.Day      // on which it is dated, see Closes
	Base      money.Amount // net revenue that it is reckoned from
	Amount    money.Amount // positive: a cost
}

// Same says whether two accruals of one customer, agreement and month say the
// same.
func (a Accrual) Same(b Accrual) bool {
	return a.Number == b.Number && a.Base == b.Base && a.Amount == b.Amount
}

// Postings are what the accrual posts.
func (a Accrual) Postings() []account.Draft {
	return []account.Draft{{Day: a.Day, Kind: account.Deduction, Cause: account.Bonus, Amount: account.Known(-a.Amount), Volume: a.Base}}
}

// A BonusNote is a credit note that settles an agreement.
type BonusNote struct {
	Document account.DocumentID
	Number   string
	Day      day.Day
}

// SettleBonus says what of an agreement's accruals each credit note settles: all
// that had accrued up to its day and no note of an earlier day (then number)
// settled. The result does not depend on the order in which they are given.
func SettleBonus(accruals []Accrual, notes []BonusNote) map[account.DocumentID]money.Amount {
	notes = slices.SortedFunc(slices.Values(notes), func(a, b BonusNote) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Document, b.Document))
	})
	settled := make(map[account.DocumentID]money.Amount, len(notes))
	after := day.Day(0)
	for _, n := range notes {
		var sum money.Amount
		for _, a := range accruals {
			if a.Day > after && a.Day <= n.Day {
				sum += a.Amount
			}
		}
		settled[n.Document] = sum
		after = n.Day
	}
	return settled
}
