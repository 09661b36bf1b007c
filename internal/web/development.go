package web

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/portfolio"
	"quid/service"
	"quid/value"
)

func (s *Server) developmentRoutes(mux *router) {
	mux.Handle("GET /development", s.page(s.showDevelopment))
	mux.Handle("GET /development/{id}", s.page(s.showPossible))
	mux.Handle("POST /development/{id}", s.page(s.planDevelopment))
	mux.Handle("POST /development/{id}/give-up", s.page(s.giveUp))
	mux.Handle("POST /development/{id}/estimate", s.page(s.savePossible))
}

// A developmentPage is the plans that run and the candidates for more.
type developmentPage struct {
	Page
	Valued  bool
	Nursery portfolio.Nursery
	Lines   []candidateLine
	Plans   []planLine
	Ended   []planLine
	PageOf  int
	Today   day.Day
	sum     *value.Summary
}

// A candidateLine is a customer to develop.
type candidateLine struct {
	portfolio.Candidate
	portfolio.Seed
	Name     string
	Badge    badge
	Services int // that are possible
	Planned  bool
}

// A planLine is a development plan with where its customer stands now.
type planLine struct {
	crm.Development
	Name       string
	Began, Now badge
}

const (
	developmentSize = 50
	mostPlans       = 100
)

// seedsOf are the seeds with what possible services are worth and what people
// estimated.
func (c *careView) seedsOf(estimates map[account.CustomerID]crm.PossibleEstimate) []portfolio.Seed {
	seeds := slices.Clone(c.Seeds)
	for i := range seeds {
		seeds[i].Services, _ = c.Possible.Sum(i)
		seeds[i].Estimate = estimates[seeds[i].Customer].Amount
	}
	return seeds
}

// showDevelopment answers GET /development.
func (s *Server) showDevelopment(w http.ResponseWriter, r *http.Request) error {
	base, err := s.newPage(r, locale.Key("Development"))
	if err != nil {
		return err
	}
	p := &developmentPage{Page: base, Today: day.At(s.app.Now()), PageOf: 1}
	if n, err := strconv.Atoi(r.FormValue("page")); err == nil {
		p.PageOf = max(1, n)
	}
	care, err := s.careOf(r.Context())
	if errors.Is(err, errUnvalued) {
		return s.render(w, r, http.StatusOK, developmentView(p))
	}
	if err != nil {
		return err
	}
	if err := s.readDevelopment(r.Context(), p, care); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, developmentView(p))
}

func (s *Server) readDevelopment(ctx context.Context, p *developmentPage, care *careView) error {
	read := s.db.Read()
	estimates, err1 := read.Possibles(ctx)
	plans, err2 := read.Developments(ctx)
	ended, err3 := read.EndedDevelopments(ctx, mostPlans)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	p.Valued, p.AsOf, p.sum = true, care.Valuation.AsOf, &care.Valuation.Summary.Summary
	seeds := care.seedsOf(estimates)
	p.Nursery = portfolio.Candidates(seeds)
	running := make(map[account.CustomerID]bool, len(plans))
	var ids []account.CustomerID
	for _, d := range slices.Concat(plans, ended) {
		running[d.Customer] = running[d.Customer] || d.State == crm.Developing
		ids = append(ids, d.Customer)
	}
	from := min((p.PageOf-1)*developmentSize, len(p.Nursery.Candidates))
	shown := p.Nursery.Candidates[from:min(from+developmentSize, len(p.Nursery.Candidates))]
	for _, c := range shown {
		ids = append(ids, seeds[c.At].Customer)
	}
	slices.Sort(ids)
	found, err := read.CustomersByID(ctx, slices.Compact(ids))
	if err != nil {
		return err
	}
	for _, c := range shown {
		_, n := care.Possible.Sum(c.At)
		id := seeds[c.At].Customer
		p.Lines = append(p.Lines, candidateLine{
			Candidate: c, Seed: seeds[c.At], Name: found[id].Name, Badge: badgeIn(p.sum, care.List[c.At].Segment), Services: n, Planned: running[id],
		})
	}
	line := func(d crm.Development) planLine {
		l := planLine{Development: d, Name: found[d.Customer].Name, Began: badgeIn(p.sum, value.Segment(d.Segment))}
		if i, ok := care.find(d.Customer); ok {
			l.Now = badgeIn(p.sum, care.List[i].Segment)
		}
		return l
	}
	for _, d := range plans {
		p.Plans = append(p.Plans, line(d))
	}
	for _, d := range ended {
		p.Ended = append(p.Ended, line(d))
	}
	return nil
}

// find returns where a customer stands in the list.
func (c *careView) find(id account.CustomerID) (int, bool) {
	return slices.BinarySearchFunc(c.List, id, func(one portfolio.Cared, id account.CustomerID) int { return int(min(1, max(-1, one.Customer-id))) })
}

// href is the address of a page of the candidates.
func (p *developmentPage) href(n int) string {
	return "/development?page=" + strconv.Itoa(n) + "#candidates"
}

// A possiblePage is what services could be worth to one customer, and the plan to
// develop it.
type possiblePage struct {
	Page
	Customer store.KeptCustomer
	Valued   bool
	Seed     portfolio.Seed
	List     []possibleLine
	Nursery  portfolio.Nursery
	Rank     *portfolio.Candidate // nil if it is no candidate
	Like     string               // the customers it is compared with
	Estimate crm.PossibleEstimate
	Plan     *crm.Development // that runs
	Before   []crm.Development
	Today    day.Day
	Badge    badge
	Low      bool
	sum      *value.Summary

	Form, Guess, End formState
	Clash            *clash
}

// A possibleLine is a service that is possible.
type possibleLine struct {
	portfolio.PossibleService
	Name string
}

// possible reads the page of one customer.
func (s *Server) possible(r *http.Request) (*possiblePage, error) {
	id, err := idOf(r)
	if err != nil {
		return nil, err
	}
	base, err := s.newPage(r, locale.Key("Development"))
	if err != nil {
		return nil, err
	}
	p := &possiblePage{Page: base, Today: day.At(s.app.Now())}
	customer, ctx := account.CustomerID(id), r.Context()
	var types []service.Type
	var estimates map[account.CustomerID]crm.PossibleEstimate
	err = s.db.Look(ctx, func(read store.Reader) error {
		var errs [4]error
		p.Customer, errs[0] = read.Customer(ctx, customer)
		estimates, errs[1] = read.Possibles(ctx)
		p.Before, errs[2] = read.DevelopmentsOf(ctx, customer)
		types, errs[3] = read.Types(ctx)
		return errors.Join(errs[:]...)
	})
	if err != nil {
		return nil, err
	}
	p.Title = p.T("Development of {name}", "name", p.Customer.Name)
	p.Estimate = estimates[customer]
	p.Estimate.Customer = customer
	if len(p.Before) > 0 && p.Before[0].State == crm.Developing {
		p.Plan, p.Before = &p.Before[0], p.Before[1:]
	}
	care, err := s.careOf(ctx)
	if err == nil {
		p.fill(care, estimates, types)
	} else if !errors.Is(err, errUnvalued) {
		return nil, err
	}
	p.fillForms()
	return p, nil
}

// fill reckons what is possible for the customer.
func (p *possiblePage) fill(care *careView, estimates map[account.CustomerID]crm.PossibleEstimate, types []service.Type) {
	i, ok := care.find(p.Customer.ID)
	if !ok {
		return
	}
	p.Valued, p.AsOf, p.sum = true, care.Valuation.AsOf, &care.Valuation.Summary.Summary
	seeds := care.seedsOf(estimates)
	p.Seed, p.Nursery = seeds[i], portfolio.Candidates(seeds)
	p.Badge = badgeIn(p.sum, care.List[i].Segment)
	p.Low = p.Seed.Strategy == value.Opportunity || p.Seed.Strategy == value.Renegotiate
	for k := range p.Nursery.Candidates {
		if p.Nursery.Candidates[k].At == i {
			p.Rank = &p.Nursery.Candidates[k]
		}
	}
	names := make(map[int64]string, len(types))
	for _, t := range types {
		names[t.ID] = p.typeName(t)
	}
	for _, one := range care.Possible.Of(i) {
		p.List = append(p.List, possibleLine{one, names[one.Type]})
	}
	p.Like = p.alike(care.Similar[i])
}

// alike says whom a customer is compared with.
func (p Page) alike(s portfolio.Similar) string {
	switch {
	case s.Industry != "" && s.Size != "":
		return p.T("industry {industry}, size class {size}; where these are too few, the industry alone", "industry", s.Industry, "size", s.Size)
	case s.Industry != "":
		return p.T("industry {industry}", "industry", s.Industry)
	case s.Size != "":
		return p.T("size class {size}", "size", s.Size)
	}
	return ""
}

func (p *possiblePage) fillForms() {
	p.Form = formState{Values: map[string]string{"owner": p.Customer.Owner, "until": p.Today.AddMonths(12).String(), "seen": "0", "plan": "0"}}
	if d := p.Plan; d != nil {
		p.Form.Values = map[string]string{
			"goal": d.Goal, "services": d.Services, "owner": d.Owner, "until": d.Until.String(), "seen": wholeText(d.Revision), "plan": formatID(d.ID),
		}
	}
	p.End = formState{Values: map[string]string{}}
	p.Guess = formState{Values: map[string]string{"possible_note": p.Estimate.Note, "seen": wholeText(p.Estimate.Revision)}}
	if p.Estimate.Revision > 0 {
		p.Guess.Values["possible_amount"] = p.Estimate.Amount.Decimal(p.Digits)
	}
}

func (p *possiblePage) path(more string) string {
	return "/development/" + formatID(int64(p.Customer.ID)) + more
}

// showPossible answers GET /development/{id}.
func (s *Server) showPossible(w http.ResponseWriter, r *http.Request) error {
	p, err := s.possible(r)
	if err != nil {
		return err
	}
	if r.FormValue("kept") != "" {
		p.Flash = &Toast{Text: p.T("Kept."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, possibleView(p))
}

// planDevelopment begins a plan or changes the one that runs.
func (s *Server) planDevelopment(w http.ResponseWriter, r *http.Request) error {
	p, err := s.possible(r)
	if err != nil {
		return err
	}
	form := p.sheetOf(r, "", "goal", "services", "owner", "until", "seen", "plan")
	d := app.DevelopmentDraft{
		Customer: p.Customer.ID, Goal: form.text("goal"), Services: form.text("services"), Owner: form.text("owner"), Until: form.day("until"), By: mine(r),
	}
	err = form.problem()
	if plan := seenOf(form.text("plan")); err == nil && plan == 0 {
		_, err = s.app.PlanDevelopment(r.Context(), d)
	} else if err == nil {
		err = s.app.ChangeDevelopment(r.Context(), plan, int32(seenOf(form.text("seen"))), d)
	}
	if err == nil {
		http.Redirect(w, r, p.path("?kept=1"), http.StatusSeeOther)
		return nil
	}
	if errors.Is(err, fault.Conflict) && p.Plan != nil {
		theirs := p.Plan
		c := &clash{Title: p.T("The plan was changed meanwhile")}
		c.add(p.T("Goal"), d.Goal, theirs.Goal)
		c.add(p.T("Planned services"), d.Services, theirs.Services)
		c.add(p.T("Owner"), d.Owner, theirs.Owner)
		c.add(p.T("By when"), p.Day(d.Until), p.Day(theirs.Until))
		form.form.Values["seen"], form.form.Values["plan"] = wholeText(theirs.Revision), formatID(theirs.ID)
		p.Form, p.Clash = form.form, c
		return s.render(w, r, http.StatusConflict, possibleView(p))
	}
	p.Form = form.form
	if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, possibleView(p))
}

// giveUp ends a plan with the reason.
func (s *Server) giveUp(w http.ResponseWriter, r *http.Request) error {
	p, err := s.possible(r)
	if err != nil {
		return err
	}
	form := p.sheetOf(r, "", "answer", "seen", "plan")
	err = s.app.GiveUpDevelopment(r.Context(), p.Customer.ID, seenOf(form.text("plan")), int32(seenOf(form.text("seen"))), form.text("answer"))
	if err == nil {
		http.Redirect(w, r, p.path("?kept=1"), http.StatusSeeOther)
		return nil
	}
	p.End = form.form
	if err := p.End.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, possibleView(p))
}

// savePossible keeps what a person thinks that services would be worth.
func (s *Server) savePossible(w http.ResponseWriter, r *http.Request) error {
	p, err := s.possible(r)
	if err != nil {
		return err
	}
	form := p.sheetOf(r, "", "possible_amount", "possible_note", "seen")
	e := crm.PossibleEstimate{Customer: p.Customer.ID, Note: form.text("possible_note"), By: mine(r), Revision: int32(seenOf(form.text("seen")))}
	if a := form.sum("possible_amount"); a != nil {
		e.Amount = *a
	}
	if err = form.problem(); err == nil {
		err = s.app.SavePossible(r.Context(), e)
	}
	if err == nil {
		http.Redirect(w, r, p.path("?kept=1"), http.StatusSeeOther)
		return nil
	}
	if errors.Is(err, fault.Conflict) {
		c := &clash{Title: p.T("The estimate was changed meanwhile")}
		c.add(p.T("Estimate"), p.Amount(e.Amount), p.Amount(p.Estimate.Amount))
		c.add(p.T("Note"), e.Note, p.Estimate.Note)
		form.form.Values["seen"] = wholeText(p.Estimate.Revision)
		p.Guess, p.Clash = form.form, c
		return s.render(w, r, http.StatusConflict, possibleView(p))
	}
	p.Guess = form.form
	if err := p.Guess.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, possibleView(p))
}

// planTitle says whether a plan runs.
func (p *possiblePage) planTitle() string {
	if p.Plan == nil {
		return p.T("Plan the development")
	}
	return p.T("The plan that runs")
}

// whyNot says why a customer is no candidate.
func (p *possiblePage) whyNot() string {
	switch {
	case !p.Low:
		return p.T("No candidate: its value is not low.")
	case math.IsNaN(p.Seed.Potential):
		return p.T("No candidate: its yearly need is unknown.")
	case !(p.Seed.Potential > p.Nursery.Potential):
		return p.T("No candidate: its potential is not above the median.")
	}
	return p.T("No candidate: its possible value is not above the median.")
}

// whole is a figure in minor units as an amount.
func (p Page) whole(x float64) money.Amount { return money.Amount(math.Round(x)) }

// highAbove says above which amount in minor units it is high.
func (p Page) highAbove(median float64) string {
	if math.IsNaN(median) {
		return p.T("no median yet")
	}
	return p.T("high above {sum}", "sum", p.Amount(p.whole(median)))
}

// orUnknown is an amount in minor units, or that it is unknown.
func (p Page) orUnknown(x float64) string {
	if math.IsNaN(x) {
		return p.T("unknown")
	}
	return p.Amount(p.whole(x))
}
