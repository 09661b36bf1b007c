package web

import (
	"context"
	"errors"
	"net/http"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/store"
	"quid/portfolio"
	"quid/service"
	"quid/value"
)

func (s *Server) cockpitCareRoutes(mux *router) {
	mux.Handle("POST /customers/{id}/strategy", s.page(s.decideStrategy))
	mux.Handle("POST /customers/{id}/budget", s.page(s.setBudget))
	mux.Handle("POST /customers/{id}/tasks", s.page(s.addTask))
}

// A carePart is how a customer is looked after: budget, strategy, contacts,
// tasks, and the forms that change them.
type carePart struct {
	Segment  value.Segment
	Nearest  value.Segment // the strategy of the matrix that the segment is nearest to
	Book     crm.Playbook
	Budget   budgetPart
	Own      []store.KeptBudget
	Decided  []crm.Strategy // the newest first
	Tasks    []crm.Task     // living ones
	Ended    int            // tasks that were done, dismissed or lapsed
	Contacts portfolio.ContactSums
	Today    day.Day
	On       day.Day // contacts are known up to it

	Strategy, Spend, Task formState
	Clash                 *clash
}

// A budgetPart is a budget and how far it is used up.
type budgetPart struct{ State service.BudgetState }

// rest says what is left of the year's budget.
func (b budgetPart) rest(p Page) string {
	if r := b.State.Rest(); r >= 0 {
		return p.T("{sum} left", "sum", p.Amount(r))
	}
	return p.T("{sum} too much", "sum", p.Amount(-b.State.Rest()))
}

// source says who set the budget, and for which year.
func (b budgetPart) source(p Page) string {
	year := wholeText(b.State.Year)
	switch b.State.Source {
	case service.OfCustomer:
		return p.T("{budget} in {year}, set for this customer from {day} on.", "budget", p.budgetText(b.State.Budget), "year", year, "day", p.Day(b.State.Since))
	case service.OfSegment:
		return p.T("{budget} in {year}, by the playbook of the segment.", "budget", p.budgetText(b.State.Budget), "year", year)
	}
	return p.T("Services of {year} so far: {sum}.", "year", year, "sum", p.Amount(b.State.Spent))
}

// readCare reads how the customer is looked after.
func (p *cockpitPage) readCare(ctx context.Context, r store.Reader, today day.Day) error {
	id, c := p.Customer.ID, &p.Care
	c.Today, c.On = today, today
	if p.Valuation.AsOf != 0 {
		c.On = p.Valuation.AsOf
	}
	books, err := r.Playbooks(ctx)
	if err != nil {
		return err
	}
	if p.Row != nil {
		c.Segment, c.Nearest = p.Row.Row.Segment(), store.StrategyOf(&p.Row.Row)
	}
	c.Book, _ = books.Of(string(c.Segment), string(c.Nearest))
	var errs [5]error
	c.Budget.State, errs[0] = r.BudgetOf(ctx, id, c.On)
	c.Own, errs[1] = r.BudgetsOf(ctx, id)
	c.Decided, errs[2] = r.StrategiesOf(ctx, id)
	c.Contacts, errs[3] = r.ContactSums(ctx, id, day.Span(12).UpTo(c.On))
	tasks, err := r.TasksOf(ctx, id)
	errs[4] = err
	for _, t := range tasks {
		if t.State.Live() {
			c.Tasks = append(c.Tasks, t)
		} else {
			c.Ended++
		}
	}
	c.fillForms(p.Customer.Owner)
	return errors.Join(errs[:]...)
}

// fillForms sets what the forms show before anybody typed.
func (c *carePart) fillForms(owner string) {
	review := c.Today.AddMonths(6)
	c.Strategy = formState{Values: map[string]string{"review_on": review.String(), "seen": "0", "tasks": "1"}}
	if len(c.Decided) > 0 {
		c.Strategy.Values["seen"] = wholeText(c.Decided[0].Version)
	} else if proposed := crm.Proposed(string(c.Nearest)); len(proposed) > 0 && c.Nearest != value.Explore {
		c.Strategy.Values["direction"] = string(proposed[0])
	}
	c.Spend = formState{Values: map[string]string{"from": day.Day(c.Today.Year()*10000 + 101).String(), "seen": wholeText(app.BudgetSeen(c.Own))}}
	c.Task = formState{Values: map[string]string{"due": c.Today.Add(14).String(), "owner": owner}}
}

// Prefixes of the names of the forms' fields.
const (
	strategyPrefix = "strategy_"
	budgetPrefix   = "budget_"
	taskPrefix     = "task_"
)

// decideStrategy keeps what is to be done with a customer.
func (s *Server) decideStrategy(w http.ResponseWriter, r *http.Request) error {
	p, err := s.cockpit(r)
	if err != nil {
		return err
	}
	form := p.sheetOf(r, strategyPrefix, "direction", "plan", "review_on", "seen", "tasks")
	d := app.StrategyDraft{
		Customer: p.Customer.ID, Direction: crm.Direction(form.text("direction")), Plan: form.text("plan"), Review: form.day("review_on"),
		By: mine(r), Seen: int32(form.whole("seen")), Tasks: form.text("tasks") != "",
	}
	if err = form.problem(); err == nil {
		_, err = s.app.DecideStrategy(r.Context(), d)
	}
	if err == nil {
		http.Redirect(w, r, p.path("?kept=strategy#care"), http.StatusSeeOther)
		return nil
	}
	if errors.Is(err, fault.Conflict) && len(p.Care.Decided) > 0 {
		theirs := p.Care.Decided[0]
		c := &clash{Title: p.T("The strategy was decided anew meanwhile")}
		c.add(p.T("Customer strategy"), p.direction(d.Direction), p.direction(theirs.Direction))
		c.add(p.T("Plan"), d.Plan, theirs.Plan)
		c.add(p.T("Review on"), p.Day(d.Review), p.Day(theirs.Review))
		form.form.Values["seen"] = wholeText(theirs.Version)
		p.Care.Strategy, p.Care.Strategy.Open, p.Care.Clash = form.form, true, c
		return s.render(w, r, http.StatusConflict, cockpit(p))
	}
	p.Care.Strategy = form.form
	if err := p.Care.Strategy.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, cockpit(p))
}

// setBudget keeps a budget of services of the customer's own.
func (s *Server) setBudget(w http.ResponseWriter, r *http.Request) error {
	p, err := s.cockpit(r)
	if err != nil {
		return err
	}
	form := p.sheetOf(r, budgetPrefix, "from", "amount", "share", "note", "seen")
	d := app.BudgetDraft{
		Customer: p.Customer.ID, From: form.day("from"), Budget: service.Budget{Amount: form.sum("amount"), Share: form.percent("share")},
		Note: form.text("note"), By: mine(r), Seen: seenOf(form.text("seen")),
	}
	if err = form.problem(); err == nil {
		err = s.app.SetBudget(r.Context(), d)
	}
	if err == nil {
		http.Redirect(w, r, p.path("?kept=budget#care"), http.StatusSeeOther)
		return nil
	}
	if errors.Is(err, fault.Conflict) && len(p.Care.Own) > 0 {
		theirs := p.Care.Own[0]
		c := &clash{Title: p.T("The budget was set anew meanwhile")}
		c.add(p.T("Budget"), p.budgetText(d.Budget), p.budgetText(theirs.Budget))
		c.add(p.T("from"), p.Day(d.From), p.Day(theirs.ValidFrom))
		c.add(p.T("Note"), d.Note, theirs.Note)
		form.form.Values["seen"] = wholeText(app.BudgetSeen(p.Care.Own))
		p.Care.Spend, p.Care.Spend.Open, p.Care.Clash = form.form, true, c
		return s.render(w, r, http.StatusConflict, cockpit(p))
	}
	p.Care.Spend = form.form
	if err := p.Care.Spend.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, cockpit(p))
}

// addTask keeps a task that a person wrote.
func (s *Server) addTask(w http.ResponseWriter, r *http.Request) error {
	p, err := s.cockpit(r)
	if err != nil {
		return err
	}
	form := p.sheetOf(r, taskPrefix, "title", "owner", "due", "reason")
	d := app.TaskDraft{Customer: p.Customer.ID, Title: form.text("title"), Owner: form.text("owner"), Due: form.day("due"), Reason: form.text("reason"), By: mine(r)}
	if err = form.problem(); err == nil {
		_, err = s.app.AddTask(r.Context(), d)
	}
	if err == nil {
		http.Redirect(w, r, p.path("?kept=task#care"), http.StatusSeeOther)
		return nil
	}
	p.Care.Task = form.form
	if err := p.Care.Task.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, cockpit(p))
}

// directionOptions are the strategies to choose from: those that the segment
// proposes first.
func (p *cockpitPage) directionOptions() []Option {
	list := []Option{{"", p.T("choose …")}}
	proposed := crm.Proposed(string(p.Care.Nearest))
	for _, d := range proposed {
		list = append(list, Option{string(d), p.T("{strategy} (proposed)", "strategy", p.direction(d))})
	}
	for _, d := range crm.Directions {
		if !containsDirection(proposed, d) {
			list = append(list, Option{string(d), p.direction(d)})
		}
	}
	return list
}

func containsDirection(list []crm.Direction, d crm.Direction) bool {
	for _, one := range list {
		if one == d {
			return true
		}
	}
	return false
}

// contactText says when the last contact of the playbook's form was, and when
// the next is due.
func (p *cockpitPage) contactText() (text string, late bool) {
	c := &p.Care
	last := c.Contacts.LastBy(c.Book.Form)
	cared := portfolio.Cared{ContactSums: c.Contacts}
	due, days, late := cared.Overdue(c.Book, c.On)
	switch {
	case c.Book.ContactDays == 0 && c.Contacts.Last == 0:
		return p.T("No contact is on record."), false
	case c.Book.ContactDays == 0:
		return p.T("Last contact on {day}.", "day", p.Day(c.Contacts.Last)), false
	case last == 0:
		return p.T("No such contact is on record; one every {n} days is promised.", "n", c.Book.ContactDays), true
	case late:
		return p.T("Last on {day}; the next was due on {due}, {n} days ago.", "day", p.Day(last), "due", p.Day(due), "n", days), true
	}
	return p.T("Last on {day}; the next is due by {due}.", "day", p.Day(last), "due", p.Day(due)), false
}

// carePath is where a customer's care is shown.
func carePath(id account.CustomerID) string { return customerPath(id) + "#care" }
