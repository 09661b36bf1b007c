package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/link"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

func (s *Server) ratingRoutes(mux *router) {
	mux.Handle("GET /customers/{id}/ratings", s.page(s.showRatings))
	mux.Handle("POST /customers/{id}/ratings", s.page(s.postRating))
	mux.Handle("POST /customers/{id}/ratings/{rating}/revoke", s.page(s.revokeRating))
	mux.Handle("GET /entries/{customer}/{id}/benefit", s.page(s.showBenefit))
	mux.Handle("POST /entries/{customer}/{id}/benefit", s.page(s.postBenefit))
}

// A ratingsPage shows what a customer was asked and what it answered.
type ratingsPage struct {
	Page
	Customer store.KeptCustomer
	Contacts []crm.Contact
	Asked    []askedRating
	Names    map[int64]string // of the service types
	Form     formState
	Today    day.Day
}

type askedRating struct {
	service.Rating
	Link    string // to send to the customer, while it can be answered
	Answers []service.Answer
}

// ratings reads the page of a customer's ratings.
func (s *Server) ratings(r *http.Request) (*ratingsPage, error) {
	id, err := idOf(r)
	if err != nil {
		return nil, err
	}
	page, err := s.newPage(r, locale.Key("What our services are worth to the customer"))
	if err != nil {
		return nil, err
	}
	p := &ratingsPage{Page: page, Today: day.At(s.app.Now())}
	today := p.Today
	err = s.db.Look(r.Context(), func(read store.Reader) error {
		if p.Customer, err = read.Customer(r.Context(), account.CustomerID(id)); err != nil {
			return err
		}
		if p.Contacts, err = read.ContactsOf(r.Context(), p.Customer.ID); err != nil {
			return err
		}
		types, err := read.Types(r.Context())
		if err != nil {
			return err
		}
		p.Names = typeNames(p.Page, types)
		asked, err := read.RatingsOf(r.Context(), p.Customer.ID)
		if err != nil {
			return err
		}
		answers, err := read.AnswersOf(r.Context(), p.Customer.ID)
		if err != nil {
			return err
		}
		key, err := app.LinkKey(r.Context(), read)
		for _, one := range asked {
			a := askedRating{Rating: one, Answers: answers[one.ID]}
			if one.Open(today) {
				a.Link = p.Public + "/r/" + link.Sign(key, link.Claim{Kind: link.Rating, Customer: one.Customer, ID: one.ID, Ends: one.Ends})
			}
			p.Asked = append(p.Asked, a)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ratings: %w", err)
	}
	year := day.Of(today.Year(), 1, 1)
	p.Form = formState{Values: map[string]string{
		"from": year.String(), "until": today.String(), "ends": today.Add(30).String(), "lang": string(p.Lang()), "entry": r.FormValue("entry"),
	}}
	return p, nil
}

// typeNames are the names of the service types in the reader's language.
func typeNames(p Page, types []service.Type) map[int64]string {
	names := make(map[int64]string, len(types))
	for _, t := range types {
		names[t.ID] = p.typeName(t)
	}
	return names
}

func (p *ratingsPage) path(more string) string { return customerPath(p.Customer.ID) + more }

func (s *Server) showRatings(w http.ResponseWriter, r *http.Request) error {
	p, err := s.ratings(r)
	if err != nil {
		return err
	}
	if r.FormValue("asked") != "" {
		p.Flash = &Toast{Text: p.T("The link is ready: send it to the customer."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, ratings(p))
}

// postRating makes a link that asks the customer.
func (s *Server) postRating(w http.ResponseWriter, r *http.Request) error {
	p, err := s.ratings(r)
	if err != nil {
		return err
	}
	p.Form.Values = sent(r, "from", "until", "ends", "lang", "contact", "entry")
	v := p.Form.Values
	rating := service.Rating{Customer: p.Customer.ID, Contact: v["contact"], Lang: v["lang"]}
	if v["entry"] != "" {
		n, err := strconv.ParseInt(v["entry"], 10, 64)
		if err != nil {
			return fault.NotFound
		}
		rating.Entry = account.DocumentID(n)
	}
	var errs []error
	for _, d := range []struct {
		name string
		to   *day.Day
	}{{"from", &rating.From}, {"until", &rating.Until}, {"ends", &rating.Ends}} {
		if *d.to, err = day.Parse(v[d.name]); err != nil && (d.name == "ends" || rating.Entry == 0) {
			errs = append(errs, fault.Field(d.name, "write a day such as 2026-12-31"))
		}
	}
	if err = errors.Join(errs...); err == nil {
		_, err = s.app.AskRating(r.Context(), rating)
	}
	if err == nil {
		http.Redirect(w, r, p.path("/ratings?asked=1"), http.StatusSeeOther)
		return nil
	}
	if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, ratings(p))
}

// revokeRating takes a link back: it opens no more.
func (s *Server) revokeRating(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	rating, err := strconv.ParseInt(r.PathValue("rating"), 10, 64)
	if err != nil {
		return fault.NotFound
	}
	if err := s.app.RevokeLink(r.Context(), account.CustomerID(id), rating); err != nil {
		return err
	}
	http.Redirect(w, r, customerPath(account.CustomerID(id))+"/ratings", http.StatusSeeOther)
	return nil
}

// An answerPage asks a customer, without a login.
type answerPage struct {
	openPage
	Rating service.Rating
	Blocks []askedBlock
	Form   formState
	Done   bool
}

// An askedBlock is what was given of one type of service.
type askedBlock struct {
	Type     int64
	Name     string
	Unit     service.Unit
	Quantity money.Micro
	Days     []askedDay
}

type askedDay struct {
	Day        day.Day
	Background string
}

// mostAnswer is how large an answer may be, in bytes.
const mostAnswer = 64 << 10

// mostAskedDays is how many services of a type are listed one by one.
const mostAskedDays = 12

// answer reads the page behind a signed link.
func (s *Server) answer(r *http.Request) (*answerPage, error) {
	l, err := s.open(r, link.Rating)
	if err != nil {
		return nil, err
	}
	read := s.db.Read()
	book, err := read.Book(r.Context())
	if err != nil {
		return nil, err
	}
	p := &answerPage{openPage: openPage{Page: s.bare(r, l.Lang), Token: r.PathValue("token")}}
	p.Currency, p.Digits = book.Currency, book.Digits
	p.Title = p.T("What was our help worth to you?")
	if p.Company, err = read.Company(r.Context()); err != nil && !errors.Is(err, fault.NotFound) {
		return nil, err
	}
	if p.Rating, err = read.Rating(r.Context(), l.Customer, l.ID); err != nil {
		return nil, err
	}
	if p.Done = !p.Rating.Answered.IsZero(); p.Done {
		return p, nil
	}
	return p, p.readBlocks(r.Context(), s)
}

// readBlocks reads what was given, by type.
func (p *answerPage) readBlocks(ctx context.Context, s *Server) error {
	entries, err := s.app.Rated(ctx, p.Rating)
	if err != nil {
		return err
	}
	types, err := s.db.Read().Types(ctx)
	if err != nil {
		return err
	}
	for _, t := range types {
		b := askedBlock{Type: t.ID, Name: p.typeName(t), Unit: t.Unit}
		for _, e := range entries {
			if e.Type == t.ID {
				b.Quantity += e.Quantity
				b.Days = append(b.Days, askedDay{e.Day, e.Background})
			}
		}
		if len(b.Days) > 0 {
			p.Blocks = append(p.Blocks, b)
		}
	}
	slices.SortStableFunc(p.Blocks, func(a, b askedBlock) int { return len(b.Days) - len(a.Days) })
	return nil
}

// showAnswer asks. Looking changes nothing.
func (s *Server) showAnswer(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	p, err := s.answer(r)
	if err != nil {
		return s.refuse(w, r, err)
	}
	return s.render(w, r, http.StatusOK, answerForm(p))
}

// opinionOf reads an answer of few words.
var opinionOf = map[string]service.Opinion{"yes": service.Yes, "partly": service.Partly, "no": service.No}

// postAnswer keeps what a customer answered. What was typed is shown again with
// what stands in the way.
func (s *Server) postAnswer(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	p, err := s.answer(r)
	if err != nil {
		return s.refuse(w, r, err)
	}
	if p.Done {
		return s.render(w, r, http.StatusConflict, answerForm(p))
	}
	p.Form.Values = map[string]string{"comment": r.FormValue("comment")}
	var answers []service.Answer
	var errs []error
	for _, b := range p.Blocks {
		for _, q := range []string{"noticed", "helped", "worth", "pay"} {
			name := b.field(q)
			p.Form.Values[name] = r.FormValue(name)
		}
		a := service.Answer{
			Type: b.Type, Noticed: opinionOf[r.FormValue(b.field("noticed"))], Helped: opinionOf[r.FormValue(b.field("helped"))],
			Pay: opinionOf[r.FormValue(b.field("pay"))],
		}
		if text := r.FormValue(b.field("worth")); text != "" {
			worth, ok := p.money(text)
			if !ok || worth < 0 {
				errs = append(errs, fault.Field(b.field("worth"), "write an amount such as 250.00"))
			}
			errs = append(errs, service.Bounded(b.field("worth"), worth))
			a.Worth = &worth
		}
		answers = append(answers, a)
	}
	if err = errors.Join(errs...); err == nil {
		err = s.app.AnswerRating(r.Context(), p.Rating, answers, r.FormValue("comment"))
	}
	if err == nil {
		http.Redirect(w, r, "/r/"+p.Token, http.StatusSeeOther)
		return nil
	}
	if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, answerForm(p))
}

// field is the name of a question's field.
func (b askedBlock) field(question string) string {
	return question + "-" + strconv.FormatInt(b.Type, 10)
}

// A benefitPage says what one service brought about.
type benefitPage struct {
	*entryPage
	Before []service.Outcome
	Form   formState
}

func (s *Server) benefit(r *http.Request) (*benefitPage, error) {
	ref, err := refIn(r)
	if err != nil {
		return nil, err
	}
	entry, err := s.newEntryPage(r, ref)
	if err != nil {
		return nil, err
	}
	p := &benefitPage{entryPage: entry, Form: formState{Values: map[string]string{"kind": "1", "state": "0"}}}
	p.Title = p.T("What the service brought about")
	p.Before, err = s.db.Read().OutcomesOf(r.Context(), ref)
	return p, err
}

func (s *Server) showBenefit(w http.ResponseWriter, r *http.Request) error {
	p, err := s.benefit(r)
	if err != nil {
		return err
	}
	if r.FormValue("saved") != "" {
		p.Flash = &Toast{Text: p.T("Kept: the benefit follows from it, our cost stays."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, benefit(p))
}

// postBenefit reckons the benefit of a service from what it brought about.
func (s *Server) postBenefit(w http.ResponseWriter, r *http.Request) error {
	p, err := s.benefit(r)
	if err != nil {
		return err
	}
	p.Form.Values = sent(r, "kind", "quantity", "rate", "state", "source")
	v := p.Form.Values
	o := service.Outcome{Source: v["source"]}
	var errs []error
	kind, err1 := strconv.Atoi(v["kind"])
	state, err2 := strconv.Atoi(v["state"])
	if err := errors.Join(err1, err2); err != nil {
		errs = append(errs, fault.Field("kind", "choose what was brought about"))
	}
	o.Kind, o.State = service.OutcomeKind(kind), service.BenefitState(state)
	var ok bool
	if o.Quantity, ok = p.micro(v["quantity"]); !ok {
		errs = append(errs, fault.Field("quantity", "write a number such as 2.5"))
	}
	rate, ok := p.money(v["rate"])
	if !ok || rate > service.MostMoney/10 {
		errs = append(errs, fault.Field("rate", "write an amount such as 250.00"))
	}
	o.Rate = money.Micro(rate) * money.One
	if err = errors.Join(errs...); err == nil {
		err = s.app.SetOutcome(r.Context(), p.Ref(), o)
	}
	if err == nil {
		http.Redirect(w, r, p.path()+"?saved=1", http.StatusSeeOther)
		return nil
	}
	if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, benefit(p))
}

func (p *benefitPage) path() string { return entryPath(p.Ref()) + "/benefit" }

// Words of the ratings, as keys for p.T.
var (
	opinionNames = map[service.Opinion]string{
		service.NoAnswer: locale.Key("no answer"), service.Yes: locale.Key("yes"), service.Partly: locale.Key("in part"), service.No: locale.Key("no"),
	}
	outcomeNames = map[service.OutcomeKind]string{
		service.Standstill: locale.Key("Standstill avoided (hours)"), service.Scrap: locale.Key("Scrap avoided (pieces)"),
		service.SetUp: locale.Key("Set-up time saved (hours)"), service.OrderWon: locale.Key("Order won at its customer (orders)"), service.Other: locale.Key("Something else"),
	}
	benefitStates = map[service.BenefitState]string{
		service.OurEstimate: locale.Key("our estimate"), service.Told: locale.Key("told by the customer"), service.Confirmed: locale.Key("confirmed by the customer"),
	}
	benefitSources = map[service.BenefitSource]string{
		service.ByRate: locale.Key("by rate"), service.Said: locale.Key("known when booked"), service.Rated: locale.Key("rated by the customer"),
		service.FromOutcome: locale.Key("from its outcome"),
	}
)

// standing says what became of a rating.
func (a askedRating) standing(p Page, today day.Day) string {
	switch {
	case !a.Answered.IsZero():
		return p.T("answered on {day}", "day", p.Day(day.At(a.Answered)))
	case !a.Revoked.IsZero():
		return p.T("taken back on {day}", "day", p.Day(day.At(a.Revoked)))
	case today > a.Ends:
		return p.T("not answered, over since {day}", "day", p.Day(a.Ends))
	}
	return p.T("open until {day}", "day", p.Day(a.Ends))
}

// opinionKey is an opinion as forms send it.
func opinionKey(o service.Opinion) string {
	for key, is := range opinionOf {
		if is == o {
			return key
		}
	}
	return ""
}

// worth is the field for what the services of a type were worth.
func (p *answerPage) worth(b askedBlock) Field {
	return p.Form.field(b.field("worth"), p.T("What was it worth to you, all together ({currency})?", "currency", p.Currency))
}

func (p *benefitPage) kindOptions() []Option {
	var out []Option
	for _, k := range service.OutcomeKinds {
		out = append(out, Option{Value: strconv.Itoa(int(k)), Label: p.T(outcomeNames[k])})
	}
	return out
}

func (p *benefitPage) stateOptions() []Option {
	var out []Option
	for _, st := range []service.BenefitState{service.OurEstimate, service.Told, service.Confirmed} {
		out = append(out, Option{Value: strconv.Itoa(int(st)), Label: p.T(benefitStates[st])})
	}
	return out
}

// worthOf is what an outcome was worth; it was checked when it was written.
func worthOf(o service.Outcome) money.Amount {
	a, err := o.Benefit()
	if err != nil {
		return 0
	}
	return a
}
