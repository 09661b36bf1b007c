package portfolio

import (
	"slices"

	"quid/crm"
	"quid/day"
	"quid/money"
	"quid/service"
	"quid/value"
)

// A Situation is what the rules that propose tasks know of a customer.
type Situation struct {
	Cared
	Budget      service.BudgetState
	Decided     *crm.Strategy    // the strategy that holds, or nil
	Plan        *crm.Development // that runs, or nil
	Provisional bool             // too little of what was given is captured: what the customer gets is not sure
}

// Days after which proposed tasks are due.
const (
	soon  = 14
	later = 30
)

// A Calendar is when rules propose tasks.
type Calendar struct {
	On       day.Day // of the valuation: contacts are known up to it
	Today    day.Day
	Recorded bool // contacts are kept in the book at all: where they are not, nobody is missed
}

// Propose returns the tasks that the rules propose for a customer, in the order
// of crm.Rules (docs/ledger.md, "Tasks").
func (c Calendar) Propose(s *Situation, book crm.Playbook) []crm.Task {
	today := c.Today
	var out []crm.Task
	add := func(rule crm.Rule, due day.Day, sight crm.Sight) {
		out = append(out, crm.Task{Customer: s.Customer, Rule: rule, Sight: sight, Due: max(due, today), State: crm.TaskProposed})
	}
	if due, _, late := s.Overdue(book, c.On); late && c.Recorded && s.Good() {
		sight := crm.Sight{Days: book.ContactDays, Gives: s.Value, Known: s.Known}
		if due != 0 {
			sight.Day = s.LastBy(book.Form)
		}
		add(crm.NoContact, today.Add(soon), sight)
	}
	if d := s.Decided; d != nil && d.Review <= today {
		add(crm.ReviewDue, d.Review, crm.Sight{Day: d.Review})
	}
	if balance := s.balanceRule(); balance != "" {
		add(balance, today.Add(later), crm.Sight{Gives: s.Value, Known: s.Known, Gets: s.Services, Budget: s.Budget.Whole, Limit: s.Budget.Known})
	}
	if s.Budget.Exceeded() {
		add(crm.BudgetExceeded, today.Add(soon), crm.Sight{Gets: s.Budget.Spent, Budget: s.Budget.Whole, Limit: true})
	}
	if p := s.Plan; p != nil && p.Until <= today {
		add(crm.DevelopmentOver, p.Until, crm.Sight{Day: p.Until})
	}
	return out
}

// balanceRule is the rule of a customer whose give and take are out of balance
// and for which nobody decided what to do about it yet. Where too little of what
// is given is captured, nothing is said.
func (s *Situation) balanceRule() crm.Rule {
	if s.Provisional || s.Decided != nil && slices.Contains(crm.Proposed(string(s.Strategy)), s.Decided.Direction) {
		return ""
	}
	switch s.Strategy {
	case value.Renegotiate:
		return crm.MuchForLittle
	case value.Explore:
		return crm.LittleForMuch
	}
	return ""
}

// Stake is the money at stake in a task: what the customer gives, and where it
// gives less than it gets, what it gets.
func (s *Situation) Stake() money.Amount {
	return max(s.gives(), s.Services)
}
