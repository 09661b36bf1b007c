package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/capture"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

func (s *Server) captureRoutes(mux *router) {
	mux.Handle("GET /capture", s.page(s.showCapture))
	mux.Handle("POST /capture", s.page(s.postCapture))
	mux.Handle("GET /capture/reckon", s.page(s.showReckoned))
	mux.Handle("GET /capture/lines", s.page(s.showChargeLines))
	mux.Handle("GET /capture/names", s.page(s.suggestNames))
	mux.Handle("GET /capture/line.json", s.page(s.paletteEntry))
	mux.Handle("POST /capture/back", s.page(s.takeBack))
	mux.Handle("GET /capture/several", s.page(s.showSeveral))
	mux.Handle("POST /capture/several", s.page(s.postSeveral))
	mux.Handle("POST /capture/templates", s.page(s.keepTemplate))
	mux.Handle("POST /capture/templates/drop", s.page(s.dropTemplate))
	mux.Handle("POST /timers", s.page(s.startTimer))
	mux.Handle("POST /timers/stop", s.page(s.stopTimer))
	mux.Handle("POST /timers/drop", s.page(s.dropTimer))
}

// A capturePage is where free services are booked.
type capturePage struct {
	Author string // who booked what is to be corrected, as long as that is kept
	Page
	Form     entryForm
	Read     *capture.Line // what was understood, nil without a line
	Customer store.KeptCustomer
	Types    []service.Type // that can be booked
	All      []service.Type
	Teams    []service.Team
	Contacts []crm.Contact
	Lines    []store.ChargeLine                        // that may charge for it
	Labels   map[account.CustomerID]store.KeptCustomer // of all that the page names

	Reckoned  reckoning
	Templates []store.Template
	Recent    []store.Kept[service.Entry]
	Booked    *bookedPart
	Nobody    bool // there are no customers yet
	today     day.Day
}

// An entryForm is the form of an entry, as it is filled in.
type entryForm struct {
	Line     string
	Given    account.CustomerID // whom the page is about
	Answered bool               // Given and Type answer what was asked
	Key      string             // made with the form, so that it is booked once

	Customer   account.CustomerID
	Who        string // as typed
	Choices    []account.CustomerID
	More       int
	Type       int64
	Day        string
	Time       string
	Count      string
	People     string
	Background string
	Contact    string
	Team       int64
	Charge     string
	ChargeLine string // invoice and line that charge for it
	Benefit    string

	Timer   string // the timer that is booked
	Correct string // the entry that is corrected
	Why     string

	Problems map[string]string
}

// refText names a document of a customer in addresses.
func refText(ref store.Ref) string { return fmt.Sprintf("%d-%d", ref.Customer, ref.ID) }

// refOf reads what refText wrote.
func refOf(text string) (store.Ref, error) {
	customer, id, _ := strings.Cut(text, "-")
	c, err1 := strconv.ParseInt(customer, 10, 64)
	d, err2 := strconv.ParseInt(id, 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		return store.Ref{}, fault.NotFound
	}
	return store.Ref{Customer: account.CustomerID(c), ID: account.DocumentID(d)}, nil
}

// formOf reads the form from an address or a request.
func formOf(v url.Values) entryForm {
	get := func(name string) string { return strings.TrimSpace(v.Get(name)) }
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(get(name), 10, 64)
		return n
	}
	return entryForm{
		Line: get("line"), Given: account.CustomerID(number("given")), Answered: get("answered") != "", Key: get("key"),
		Customer: account.CustomerID(number("customer")), Who: get("who"), Type: number("type"), Day: get("day"), Time: get("time"), Count: get("count"), People: get("people"),
		Background: get("background"), Contact: get("contact"), Team: number("team"), Charge: get("charge"), ChargeLine: get("charge_line"), Benefit: get("benefit"),
		Timer: get("timer"), Correct: get("correct"), Why: get("why"), Problems: make(map[string]string),
	}
}

// newCapture reads what every form of an entry needs.
func (s *Server) newCapture(r *http.Request, title string) (*capturePage, error) {
	page, err := s.newPage(r, title)
	if err != nil {
		return nil, err
	}
	p := &capturePage{Page: page, Form: formOf(r.Form), today: day.At(s.app.Now()), Labels: make(map[account.CustomerID]store.KeptCustomer)}
	if p.All, err = s.db.Read().Types(r.Context()); err != nil {
		return nil, err
	}
	p.Types = slices.DeleteFunc(slices.Clone(p.All), func(t service.Type) bool { return t.Sold || t.Retired })
	slices.SortFunc(p.Types, func(a, b service.Type) int {
		return cmp.Compare(crm.Fold(p.typeName(a)), crm.Fold(p.typeName(b)))
	})
	if p.Teams, err = s.db.Read().Teams(r.Context()); err != nil {
		return nil, err
	}
	p.Teams = slices.DeleteFunc(p.Teams, func(t service.Team) bool { return t.Retired })
	if p.Form.Key == "" {
		p.Form.Key = "desk-" + strconv.FormatInt(s.app.IDs.Next(s.app.Now()), 36)
	}
	return p, nil
}

// showCapture answers with the page, or with the entry alone while a line is typed.
func (s *Server) showCapture(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.Field("line", "this form can't be read")
	}
	p, err := s.newCapture(r, locale.Key("Book a service"))
	if err != nil {
		return err
	}
	if err := s.fillCapture(r.Context(), p, r.Form); err != nil {
		return err
	}
	if r.Header.Get("HX-Request-Type") == "partial" {
		return s.render(w, r, http.StatusOK, captureEntry(p))
	}
	if err := s.readAround(r.Context(), p); err != nil {
		return err
	}
	if err := s.readBooked(r.Context(), p, r.Form); err != nil {
		return err
	}
	names, err := s.namesNow(r.Context())
	if err != nil {
		return err
	}
	p.Nobody = names.Len() == 0
	return s.render(w, r, http.StatusOK, captureView(p))
}

// fillCapture fills the form from what the address says: a line, an entry to
// repeat or correct, a template, a timer.
func (s *Server) fillCapture(ctx context.Context, p *capturePage, v url.Values) error {
	f := &p.Form
	var err error
	switch {
	case f.Line != "":
		err = s.readLine(ctx, p)
	case v.Get("repeat") != "":
		err = s.fillAgain(ctx, p, v.Get("repeat"))
	case f.Correct != "":
		err = s.fillCorrection(ctx, p)
	case v.Get("template") != "":
		err = s.fillTemplate(ctx, p, v.Get("template"))
	case f.Timer != "":
		err = s.fillTimer(ctx, p)
	}
	if err != nil {
		return err
	}
	if f.Customer == 0 {
		f.Customer = f.Given
	}
	if f.Day == "" {
		f.Day = p.today.String()
	}
	return s.finishForm(ctx, p)
}

// finishForm reads what the form shows beside its fields: the customer with
// contacts, and what the entry comes to.
func (s *Server) finishForm(ctx context.Context, p *capturePage) error {
	f := &p.Form
	if f.Customer != 0 {
		c, err := s.db.Read().Customer(ctx, f.Customer)
		if err != nil {
			return err
		}
		p.Customer, p.Labels[c.ID] = c, c
		if p.Contacts, err = s.db.Read().ContactsOf(ctx, c.ID); err != nil {
			return err
		}
		f.Who = customerLabel(c)
	}
	if err := s.label(ctx, p, f.Choices); err != nil {
		return err
	}
	var err error
	p.Reckoned, err = s.reckon(ctx, p)
	return err
}

// label reads the names of customers that the page names.
func (s *Server) label(ctx context.Context, p *capturePage, ids []account.CustomerID) error {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id account.CustomerID) bool { _, ok := p.Labels[id]; return ok || id == 0 })
	if len(ids) == 0 {
		return nil
	}
	found, err := s.db.Read().CustomersByID(ctx, ids)
	for id, c := range found {
		p.Labels[id] = c
	}
	return err
}

// readLine reads the quick line into the form.
func (s *Server) readLine(ctx context.Context, p *capturePage) error {
	f := &p.Form
	book, err := s.captureBook(ctx)
	if err != nil {
		return err
	}
	given := capture.Given{Customer: f.Given, Answered: f.Answered}
	if f.Answered {
		given.Type = f.Type
	}
	l := book.Parse(f.Line, p.today, given)
	p.Read = &l
	f.Customer, f.Type, f.Background = l.Customer, l.Type, l.Background
	said, on := f.Time, f.Day
	f.Day, f.Time, f.Count, f.People = "", "", "", ""
	if _, ok := capture.Duration(said); ok && f.Answered && l.Asked(capture.Time) {
		f.Time = said
		l.Answer(capture.Time)
	}
	if _, err := day.Parse(on); err == nil && f.Answered && l.Asked(capture.Date) {
		f.Day = on
		l.Answer(capture.Date)
	}
	if l.Day != 0 {
		f.Day = l.Day.String()
	}
	if l.Minutes > 0 {
		f.Time = minutesText(l.Minutes)
	}
	if l.Count > 0 {
		f.Count = p.decimal(l.Count)
	}
	if l.People > 1 {
		f.People = strconv.Itoa(l.People)
	}
	for _, a := range l.Asks {
		if a.As == capture.Customer {
			f.More = a.More
			for _, c := range a.Choices {
				f.Choices = append(f.Choices, account.CustomerID(c))
			}
		}
	}
	return nil
}

// Ready says whether the entry can be booked as it is: nothing is asked, and
// customer, service and quantity are there.
func (p *capturePage) Ready() bool {
	f := &p.Form
	return f.Customer != 0 && f.Type != 0 && len(f.Problems) == 0 && p.Reckoned.Done && (p.Read == nil || len(p.Read.Asks) == 0 && p.Read.Sold == 0)
}

// minutesText writes minutes as people type them; capture.Duration reads it.
func minutesText(m money.Micro) string {
	whole := int64(m / money.One)
	switch {
	case m%money.One != 0:
		return m.String() + " min"
	case whole < 60:
		return fmt.Sprintf("%d min", whole)
	case whole%60 == 0:
		return fmt.Sprintf("%d h", whole/60)
	default:
		return fmt.Sprintf("%d h %d min", whole/60, whole%60)
	}
}

// decimal writes a quantity as the reader types it.
func (p Page) decimal(m money.Micro) string {
	if p.Lang() == locale.German {
		return strings.Replace(m.String(), ".", ",", 1)
	}
	return m.String()
}

// customerLabel is a customer as the form names it: capture.Names.Find finds it.
func customerLabel(c store.KeptCustomer) string {
	if c.External == "" {
		return c.Name
	}
	return c.Name + " (" + c.External + ")"
}

// typeOf returns a type of the catalogue.
func (p *capturePage) typeOf(id int64) (service.Type, bool) {
	i := slices.IndexFunc(p.All, func(t service.Type) bool { return t.ID == id })
	if i < 0 {
		return service.Type{}, false
	}
	return p.All[i], true
}

// typeLabel is a type by its id, in words.
func (p *capturePage) typeLabel(id int64) string {
	if t, ok := p.typeOf(id); ok {
		return p.typeName(t)
	}
	return p.T("unknown")
}

// who is a customer by id, in words.
func (p *capturePage) who(id account.CustomerID) string {
	if c, ok := p.Labels[id]; ok {
		return c.Name
	}
	return p.T("no customer yet")
}
