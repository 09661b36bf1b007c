package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/hook"
	"quid/internal/store"
	"quid/money"
	"quid/portfolio"
	"quid/service"
	"quid/value"
)

// ProposeJob lets the rules propose tasks, after each valuation; no argument.
const ProposeJob = "propose"

// mostProposals is how many proposals of one rule wait for one owner at most: a
// list that nobody works off helps nobody. Those with most money at stake come
// first.
const mostProposals = 10

// A proposing is one run of the rules: what they see and what they found.
type proposing struct {
	calendar portfolio.Calendar
	care     *store.CareBook
	books    crm.Playbooks
	budgets  map[account.CustomerID]service.BudgetCase
	decided  map[account.CustomerID]crm.Strategy
	plans    map[account.CustomerID]crm.Development
	coverage *store.Coverage // where it is thin, nothing is said of what a customer gets

	found []proposal
	moved map[account.CustomerID]bool // those whose value is not low any more
}

// A proposal is a task that a rule proposes, and the money at stake in it.
type proposal struct {
	crm.Task
	stake money.Amount
}

// RunPropose does the work of a ProposeJob: it looks at the newest valuation,
// proposes what the rules find, lets go what they no longer find, and ends the
// development plans of customers that have moved. Doing it twice changes nothing.
func (a *App) RunPropose(ctx context.Context) error {
	var p proposing
	err := a.DB.Look(ctx, func(r store.Reader) error { return p.read(ctx, r, day.At(a.Now())) })
	if errors.Is(err, fault.NotFound) {
		return nil // nothing was valued yet
	}
	if err == nil {
		err = p.find()
	}
	if err == nil {
		err = a.DB.Write(ctx, func(tx *store.Tx) error { return a.keepProposals(ctx, tx, &p) })
	}
	if err != nil {
		return fmt.Errorf("propose tasks: %w", err)
	}
	return nil
}

// read reads what the rules look at.
func (p *proposing) read(ctx context.Context, r store.Reader, today day.Day) error {
	v, err := r.CurrentValuation(ctx, today)
	if err != nil {
		return err
	}
	if p.care, err = r.Care(ctx, v); err != nil {
		return err
	}
	p.calendar = portfolio.Calendar{On: v.AsOf, Today: today, Recorded: p.care.Recorded}
	var errs [4]error
	p.books, errs[0] = r.Playbooks(ctx)
	p.budgets, errs[1] = r.BudgetCases(ctx, v.AsOf)
	p.decided, errs[2] = r.Strategies(ctx)
	plans, err := r.Developments(ctx)
	errs[3] = err
	p.plans = make(map[account.CustomerID]crm.Development, len(plans))
	for _, plan := range plans {
		p.plans[plan.Customer] = plan
	}
	p.coverage, err = Coverage(ctx, r, v.Summary.Window())
	return errors.Join(errors.Join(errs[:]...), err)
}

// find asks the rules about every customer, and orders what they found by the
// money at stake.
func (p *proposing) find() error {
	books := make(map[value.Segment]crm.Playbook)
	p.moved = make(map[account.CustomerID]bool)
	for i := range p.care.List {
		s := portfolio.Situation{Cared: p.care.List[i]}
		id := s.Customer
		book, ok := books[s.Segment]
		if !ok {
			book, _ = p.books.Of(string(s.Segment), string(s.Strategy))
			books[s.Segment] = book
		}
		c, ok := p.budgets[id]
		if !ok {
			c.Contribution = account.Known(0)
		}
		c.Day, c.Segment, c.Playbook = p.calendar.On, book.Segment, service.Budget{Amount: book.Amount, Share: book.Share}
		var err error
		if s.Budget, err = c.State(); err != nil {
			return fmt.Errorf("budget of customer %d: %w", id, err)
		}
		if d, ok := p.decided[id]; ok {
			s.Decided = &d
		}
		if plan, ok := p.plans[id]; ok {
			if s.Good() {
				p.moved[id] = true
			} else {
				s.Plan = &plan
			}
		}
		s.Provisional = p.coverage.Thin(id)
		for _, t := range p.calendar.Propose(&s, book) {
			t.Owner = p.care.Owners[i]
			p.found = append(p.found, proposal{t, s.Stake()})
		}
	}
	slices.SortFunc(p.found, func(x, y proposal) int {
		return cmp.Or(cmp.Compare(y.stake, x.stake), cmp.Compare(x.Customer, y.Customer), cmp.Compare(x.Rule, y.Rule))
	})
	return nil
}

// A desk is where proposals wait: those of one rule for one owner.
type desk struct {
	owner string
	rule  crm.Rule
}

// keepProposals writes what was found, beside what stands there already.
func (a *App) keepProposals(ctx context.Context, tx *store.Tx, p *proposing) error {
	live, err := tx.LiveTasks(ctx)
	if err != nil {
		return err
	}
	out, err := tx.RuledOut(ctx, p.calendar.Today)
	if err != nil {
		return err
	}
	holds := make(map[store.Proposal]bool, len(p.found))
	for _, t := range p.found {
		holds[store.Proposal{Customer: t.Customer, Rule: t.Rule}] = true
	}
	waiting := make(map[desk]int)
	for _, t := range live {
		if t.Rule == crm.ByPerson {
			continue
		}
		if t.State == crm.TaskProposed {
			if !holds[store.Proposal{Customer: t.Customer, Rule: t.Rule}] {
				t.State, t.Ended, t.Revision = crm.TaskLapsed, a.Now(), t.Revision+1
				if err := tx.PutTask(ctx, t); err != nil {
					return err
				}
				continue
			}
			waiting[desk{t.Owner, t.Rule}]++
		}
		out[store.Proposal{Customer: t.Customer, Rule: t.Rule}] = true
	}
	var fresh []crm.Task
	for _, t := range p.found {
		at := desk{t.Owner, t.Rule}
		if out[store.Proposal{Customer: t.Customer, Rule: t.Rule}] || waiting[at] >= mostProposals {
			continue
		}
		waiting[at]++
		t.ID, t.Made, t.Revision = a.id(), a.Now(), 1
		fresh = append(fresh, t.Task)
	}
	if err := tx.AddTasks(ctx, fresh); err != nil {
		return err
	}
	if len(fresh) > 0 {
		if err := a.tell(ctx, tx, hook.TasksProposed, hook.Data{"count": strconv.Itoa(len(fresh))}); err != nil {
			return err
		}
	}
	return a.endDeveloped(ctx, tx, p)
}

// endDeveloped ends the plans of customers whose value is not low any more.
func (a *App) endDeveloped(ctx context.Context, tx *store.Tx, p *proposing) error {
	plans, err := tx.Developments(ctx)
	if err != nil {
		return err
	}
	for _, plan := range plans {
		if !p.moved[plan.Customer] {
			continue
		}
		plan.State, plan.Ended, plan.Revision = crm.Developed, a.Now(), plan.Revision+1
		if err := tx.PutDevelopment(ctx, plan); err != nil {
			return err
		}
	}
	return nil
}
