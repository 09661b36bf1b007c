package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/capture"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// postCapture books what the form says, or shows it with what stands in the way.
// A line alone, from the palette, is read first: what it leaves open is asked.
func (s *Server) postCapture(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.Field("line", "this form can't be read")
	}
	p, err := s.newCapture(r, locale.Key("Book a service"))
	if err != nil {
		return err
	}
	if !r.Form.Has("type") {
		if err := s.fillCapture(r.Context(), p, r.Form); err != nil {
			return err
		}
		if !p.Ready() {
			http.Redirect(w, r, captureHref("line", p.Form.Line, "given", idText(p.Form.Given)), http.StatusSeeOther)
			return nil
		}
	}
	if err := s.resolveWho(r.Context(), p); err != nil {
		return err
	}
	var done app.Recorded
	draft, ok := p.draft()
	if ok {
		if done, err = s.record(r.Context(), p, draft); err == nil {
			return s.leave(w, r, p, done)
		}
		if err := p.refused(err); err != nil {
			return err
		}
	}
	if err := s.finishForm(r.Context(), p); err != nil {
		return err
	}
	if err := s.readAround(r.Context(), p); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, captureView(p))
}

// record books the draft, or corrects with it.
func (s *Server) record(ctx context.Context, p *capturePage, d app.EntryDraft) (app.Recorded, error) {
	if p.Form.Correct == "" {
		return s.app.RecordService(ctx, d)
	}
	ref, err := refOf(p.Form.Correct)
	if err != nil {
		return app.Recorded{}, err
	}
	return s.app.CorrectService(ctx, ref, p.Form.Why, d)
}

// leave forgets the timer that was booked and leads to what was booked.
func (s *Server) leave(w http.ResponseWriter, r *http.Request, p *capturePage, done app.Recorded) error {
	if p.Form.Timer != "" {
		ref, err := refOf(p.Form.Timer)
		if err == nil {
			err = s.app.DropTimer(r.Context(), ref)
		}
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	http.Redirect(w, r, captureHref("booked", refText(done.Ref), "given", idText(p.Form.Given)), http.StatusSeeOther)
	return nil
}

// captureHref is the address of the page with pairs of a name and a value; empty
// ones are left out.
func captureHref(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return "/capture"
	}
	return "/capture?" + v.Encode()
}

// idText is an id as a value of a form, none as nothing.
func idText[T ~int64](id T) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(int64(id), 10)
}

// resolveWho finds the customer that was typed, unless it is the one that the
// form knew already.
func (s *Server) resolveWho(ctx context.Context, p *capturePage) error {
	f := &p.Form
	if f.Who == "" {
		return nil
	}
	if f.Customer != 0 {
		c, err := s.db.Read().Customer(ctx, f.Customer)
		if err == nil && customerLabel(c) == f.Who {
			return nil
		}
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
	}
	names, err := s.namesNow(ctx)
	if err != nil {
		return err
	}
	f.Customer = 0
	switch f.Choices, f.More = names.Find(f.Who); len(f.Choices) {
	case 0:
		f.Problems["who"] = p.T("nobody is called so; write a name or a number")
	case 1:
		f.Customer, f.Choices = f.Choices[0], nil
	default:
		f.Problems["who"] = p.T("several are called so; choose one")
	}
	return nil
}

// draft reads the form. What is wrong stands in its problems.
func (p *capturePage) draft() (app.EntryDraft, bool) {
	f := &p.Form
	d := app.EntryDraft{
		Key: f.Key, Customer: f.Customer, Type: f.Type, Background: f.Background, Contact: f.Contact, Team: f.Team,
	}
	if f.Customer == 0 && f.Problems["who"] == "" {
		f.Problems["who"] = p.T("choose a customer")
	}
	if f.Type == 0 {
		f.Problems["type"] = p.T("choose a service")
	}
	var err error
	if d.Day, err = day.Parse(f.Day); err != nil || d.Day == 0 {
		f.Problems["day"] = p.T("write a day such as 2026-12-31")
	}
	p.amounts(&d)
	d.Charge = p.amount("charge", f.Charge)
	d.ChargeOf = p.chargeOf()
	if f.Benefit != "" {
		benefit := p.amount("benefit", f.Benefit)
		d.Benefit = &benefit
	}
	if f.Correct != "" && f.Why == "" {
		f.Problems["why"] = p.T("say why")
	}
	return d, len(f.Problems) == 0
}

// amounts reads time, people and quantity.
func (p *capturePage) amounts(d *app.EntryDraft) {
	f := &p.Form
	people := int64(1)
	if f.People != "" {
		n, err := strconv.ParseInt(f.People, 10, 64)
		if err != nil || n < 1 || n > 99 {
			f.Problems["people"] = p.T("a whole number from 1 to 99")
		}
		people = max(1, n)
	}
	if f.Time != "" {
		m, ok := capture.Duration(f.Time)
		if !ok {
			f.Problems["time"] = p.T("write a time such as 20 min or 1.5 h")
		}
		m *= money.Micro(people)
		d.Minutes = &m
	}
	if f.Count != "" {
		n, ok := p.micro(f.Count)
		if !ok || n <= 0 {
			f.Problems["count"] = p.T("write a number such as 12.5")
		}
		d.Quantity = n
	}
	t, ok := p.typeOf(f.Type)
	if !ok {
		return
	}
	switch timed := t.Unit == service.Minutes || t.Unit == service.Hours; {
	case timed && f.Time == "" && f.Count == "":
		f.Problems["time"] = p.T("say how long it took")
	case t.Unit == service.Pieces && f.Count == "":
		f.Problems["count"] = p.T("say how many")
	}
}

// amount reads an amount of money that was typed; nothing is zero.
func (p *capturePage) amount(name, text string) money.Amount {
	if text == "" {
		return 0
	}
	a, ok := p.money(text)
	if !ok || a < 0 {
		p.Form.Problems[name] = p.T("write an amount such as 120000.00")
	}
	return a
}

// refused takes the problems of an error over into the form; one that isn't about
// the input is returned.
func (p *capturePage) refused(err error) error {
	fields := fault.Fields(err)
	if len(fields) == 0 {
		return err
	}
	for _, e := range fields {
		name := e.Name
		switch {
		case name == "customer":
			name = "who"
		case name == "quantity" && p.timed():
			name = "time"
		case name == "quantity":
			name = "count"
		case name == "cost", name == "joint", name == "entry":
			name = "key"
		}
		p.Form.Problems[name] = p.T(e.Problem)
	}
	return nil
}

// timed says whether the chosen type is counted in minutes or hours.
func (p *capturePage) timed() bool {
	t, ok := p.typeOf(p.Form.Type)
	return !ok || t.Unit == service.Minutes || t.Unit == service.Hours
}

// A reckoning is what an entry comes to, before it is booked.
type reckoning struct {
	Done     bool // there is enough to reckon with
	Type     service.Type
	Asked    money.Micro // in the type's unit, as it was said
	Quantity money.Micro // rounded up to the step
	Cost     money.Amount
	Benefit  money.Amount
	Budget   *service.BudgetState // of the customer, with this entry not yet in it
}

// reckon works out what the form comes to at the rates of its day.
func (s *Server) reckon(ctx context.Context, p *capturePage) (reckoning, error) {
	var out reckoning
	kept := p.Form.Problems
	p.Form.Problems = make(map[string]string)
	d, _ := p.draft()
	ok := len(p.Form.Problems) == 0 || len(p.Form.Problems) == 1 && (p.Form.Problems["who"] != "" || p.Form.Problems["why"] != "")
	p.Form.Problems = kept
	if d.Customer != 0 && d.Day != 0 {
		state, err := s.db.Read().BudgetOf(ctx, d.Customer, d.Day)
		if err != nil {
			return out, err
		}
		if state.Known {
			out.Budget = &state
		}
	}
	t, found := p.typeOf(d.Type)
	if !ok || !found || t.Sold || t.Retired {
		return out, nil
	}
	out.Type = t
	step := t
	step.Step = 0
	draft := service.Draft{Day: d.Day, Team: d.Team, Quantity: d.Quantity, Minutes: d.Minutes, Benefit: d.Benefit}
	var err1, err2 error
	out.Asked, _, _, _, err1 = step.Price(draft)
	out.Quantity, out.Cost, out.Benefit, _, err2 = t.Price(draft)
	out.Done = errors.Join(err1, err2) == nil
	return out, nil
}

// typedCapture is the page of a form as it is typed, for whom it is.
func (s *Server) typedCapture(r *http.Request, title string) (*capturePage, error) {
	if err := r.ParseForm(); err != nil {
		return nil, fault.Field("line", "this form can't be read")
	}
	p, err := s.newCapture(r, title)
	if err != nil {
		return nil, err
	}
	return p, s.resolveWho(r.Context(), p)
}

// showReckoned answers with what the form comes to while it is filled in.
func (s *Server) showReckoned(w http.ResponseWriter, r *http.Request) error {
	p, err := s.typedCapture(r, "")
	if err != nil {
		return err
	}
	if p.Reckoned, err = s.reckon(r.Context(), p); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, captureReckoned(p))
}

// suggestNames answers with the customers that fit what is typed, as a list for
// the field.
func (s *Server) suggestNames(w http.ResponseWriter, r *http.Request) error {
	p := &capturePage{Labels: make(map[account.CustomerID]store.KeptCustomer)}
	names, err := s.namesNow(r.Context())
	if err != nil {
		return err
	}
	choices, _ := names.Find(r.FormValue("who"))
	if err := s.label(r.Context(), p, choices); err != nil {
		return err
	}
	var list []store.KeptCustomer
	for _, c := range choices {
		list = append(list, p.Labels[c])
	}
	return s.render(w, r, http.StatusOK, captureNames(list))
}

// fillAgain fills the form with an entry that was booked: the last one, of the
// customer if one is given, or that of a reference. The day is today.
func (s *Server) fillAgain(ctx context.Context, p *capturePage, which string) error {
	var e service.Entry
	if which == "last" {
		found := false
		last, err := s.db.Read().Recent(ctx, p.Form.Given, mostRecent)
		if err != nil {
			return err
		}
		for _, k := range last {
			if !found && k.Withdrawn.IsZero() {
				e, found = k.Doc, true
			}
		}
		if !found {
			p.Form.Problems["line"] = p.T("nothing was booked yet that could be repeated")
			return nil
		}
	} else {
		ref, err := refOf(which)
		if err != nil {
			return err
		}
		k, err := s.db.Read().Entry(ctx, ref)
		if err != nil {
			return err
		}
		e = k.Doc
	}
	p.copyEntry(&e)
	return nil
}

// copyEntry copies an entry into the form, its day left out.
func (p *capturePage) copyEntry(e *service.Entry) {
	f := &p.Form
	f.Customer, f.Type, f.Background, f.Contact, f.Team = e.Customer, e.Type, e.Background, e.Contact, e.Team
	t, _ := p.typeOf(e.Type)
	switch {
	case t.Unit == service.Minutes:
		f.Time = minutesText(e.Quantity)
	case t.Unit == service.Hours:
		f.Time = minutesText(e.Quantity * 60)
	default:
		f.Count = p.decimal(e.Quantity)
		if e.Minutes != nil && *e.Minutes > 0 {
			f.Time = minutesText(money.Micro(*e.Minutes) * money.One)
		}
	}
	if e.Charge != 0 {
		f.Charge = p.Decimal(int64(e.Charge), p.Digits)
	}
	if e.Source != service.ByRate {
		f.Benefit = p.Decimal(int64(e.Benefit), p.Digits)
	}
}

// fillCorrection fills the form with the entry that is to be corrected.
func (s *Server) fillCorrection(ctx context.Context, p *capturePage) error {
	ref, err := refOf(p.Form.Correct)
	if err != nil {
		return err
	}
	k, err := s.db.Read().Entry(ctx, ref)
	if err != nil {
		return err
	}
	p.copyEntry(&k.Doc)
	p.Form.Day = k.Doc.Day.String()
	if l := k.Doc.ChargeOf; l != nil {
		p.Form.ChargeLine = chargeLine(l.Invoice, l.Line)
	}
	authors, err := s.db.Read().AuthorsOf(ctx, ref.Customer)
	p.Author = authors[ref.ID]
	return err
}

// takeBack takes an entry back, with the reason; as undo, the reason is that.
func (s *Server) takeBack(w http.ResponseWriter, r *http.Request) error {
	ref, err := refOf(r.FormValue("entry"))
	if err != nil {
		return err
	}
	p, err := s.newPage(r, "")
	if err != nil {
		return err
	}
	why := strings.TrimSpace(r.FormValue("why"))
	if r.FormValue("undo") != "" {
		why = p.T("undone right after booking")
	}
	if err := s.app.TakeBackService(r.Context(), ref, why); err != nil {
		return err
	}
	http.Redirect(w, r, captureHref("back", refText(ref), "given", r.FormValue("given")), http.StatusSeeOther)
	return nil
}

// readAround reads what stands beside the form: timers, templates, the entries
// that were booked last.
func (s *Server) readAround(ctx context.Context, p *capturePage) error {
	var err error
	read := s.db.Read()
	if err = s.readChargeLines(ctx, p); err != nil {
		return err
	}
	if p.Templates, err = read.Templates(ctx); err != nil {
		return err
	}
	ids := make([]account.CustomerID, 0, 32)
	for _, t := range p.Templates {
		ids = append(ids, t.Customer)
	}
	if p.Recent, err = read.Recent(ctx, p.Form.Given, mostRecent); err != nil {
		return err
	}
	for _, k := range p.Recent {
		ids = append(ids, k.Doc.Customer)
	}
	slices.Sort(ids)
	return s.label(ctx, p, slices.Compact(ids))
}

// mostRecent is how many entries the page lists.
const mostRecent = 20
