package service

import (
	"errors"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
)

// A Budget is what may be spent on free services for a customer in a calendar
// year: a sum, or a share of contribution I. The zero Budget says nothing.
type Budget struct {
	Amount *money.Amount // a year; nil: by share, or none
	Share  money.Micro   // of contribution I of the twelve months up to the day asked for; 0: none
}

// Set says whether the budget says anything: a sum of zero does.
func (b Budget) Set() bool { return b.Amount != nil || b.Share > 0 }

// Check reports every field that stands in the way of keeping the budget.
func (b Budget) Check() error {
	var errs []error
	if b.Amount != nil && *b.Amount < 0 {
		errs = append(errs, fault.Field("amount", "not below zero"))
	}
	if b.Share < 0 || b.Share > money.One {
		errs = append(errs, fault.Field("share", "between 0 and 100 percent"))
	}
	if b.Amount != nil && b.Share > 0 {
		errs = append(errs, fault.Field("share", "write a sum or a share, not both"))
	}
	return errors.Join(errs...)
}

// A BudgetSource says who set a budget.
type BudgetSource string

// The sources of budgets.
const (
	NoBudget   BudgetSource = ""
	OfSegment  BudgetSource = "segment"  // the playbook of the customer's segment
	OfCustomer BudgetSource = "customer" // the customer has one of its own
)

// A DatedBudget is a customer's own budget from a day on; one that is not Set
// ends it, so that the segment's counts again.
type DatedBudget struct {
	Budget
	ValidFrom day.Day
}

// BudgetYear is the calendar year of a day, as a window.
func BudgetYear(d day.Day) day.Window {
	return day.Window{From: day.Day((d.Year()-1)*10000 + 1231), To: day.Day(d.Year()*10000 + 1231)}
}

// A BudgetState is how far the budget of a customer's calendar year is used up.
type BudgetState struct {
	Budget
	Source  BudgetSource
	Segment string // whose playbook set it
	Since   day.Day
	Year    int

	Whole     money.Amount // what the year allows
	Known     bool         // Whole means something: a budget is set, and the contribution it is a share of is known
	Spent     money.Amount // cost of the services of the year, reversals taken off; positive
	Estimated money.Amount // the part of Spent that is an opening estimate
}

// A BudgetCase is what a state is made from.
type BudgetCase struct {
	Day          day.Day
	Own          []DatedBudget // of the customer, in any order
	Playbook     Budget        // of its segment
	Segment      string
	Spent        money.Amount   // cost of the services of the day's year, positive
	Estimated    money.Amount   // the part of it that was estimated
	Contribution account.Effect // contribution I of the twelve months up to the day
}

// State says which budget counts on the day and how far it is used up: the
// customer's own of the newest valid-from day, else that of the playbook. A
// share of a contribution below zero is nothing (docs/valuation.md, "Budget of
// services").
func (c BudgetCase) State() (BudgetState, error) {
	s := BudgetState{Year: c.Day.Year(), Spent: c.Spent, Estimated: c.Estimated}
	for _, own := range c.Own {
		if own.ValidFrom <= c.Day && own.ValidFrom >= s.Since {
			s.Budget, s.Since = own.Budget, own.ValidFrom
		}
	}
	switch {
	case s.Set():
		s.Source = OfCustomer
	case c.Playbook.Set():
		s.Budget, s.Source, s.Segment, s.Since = c.Playbook, OfSegment, c.Segment, 0
	default:
		s.Since = 0
		return s, nil
	}
	if s.Amount != nil {
		s.Whole, s.Known = *s.Amount, true
		return s, nil
	}
	if !c.Contribution.Known {
		return s, nil
	}
	var err error
	s.Whole, err = max(c.Contribution.Amount, 0).Times(s.Share)
	s.Known = err == nil
	return s, err
}

// Rest is what is left of the year's budget, below zero where it is exceeded.
func (s BudgetState) Rest() money.Amount { return s.Whole - s.Spent }

// Exceeded says whether more was spent than the year allows.
func (s BudgetState) Exceeded() bool { return s.Known && s.Spent > s.Whole }

// Used is the share of the budget that is spent: 0 where nothing is allowed and
// nothing was spent, 1 and more where it is used up.
func (s BudgetState) Used() float64 {
	switch {
	case s.Spent <= 0 || !s.Known:
		return 0
	case s.Whole <= 0:
		return 1
	}
	return float64(s.Spent) / float64(s.Whole)
}
