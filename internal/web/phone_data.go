package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/capture"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// How much of the book a phone keeps.
const (
	mostPhoneCustomers = 400
	mostPhoneFound     = 8    // customers that a search shows
	phoneEntries       = 2000 // that say which customers and services matter now
	phoneDays          = 365  // that they go back
)

// A phoneCustomer is a customer as the phone keeps it.
type phoneCustomer struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Number string `json:"number,omitempty"`
	City   string `json:"city,omitempty"`
}

func phoneCustomerOf(c store.KeptCustomer) phoneCustomer {
	return phoneCustomer{strconv.FormatInt(int64(c.ID), 10), c.Name, c.External, c.City}
}

// A phoneType is a service as the phone keeps it.
type phoneType struct {
	ID    string  `json:"id"`
	Code  string  `json:"code"`
	DE    string  `json:"de"`
	EN    string  `json:"en"`
	Unit  string  `json:"unit"`
	Step  float64 `json:"step,omitempty"` // of a quantity, in the unit
	Words string  `json:"words,omitempty"`
}

// phoneKnown is what a phone keeps to work without network.
type phoneKnown struct {
	Today     string          `json:"today"`
	Customers []phoneCustomer `json:"customers"` // those served last first
	Served    int             `json:"served"`    // how many of them got a service lately
	Whole     bool            `json:"whole"`     // these are all customers there are
	Types     []phoneType     `json:"types"`     // those booked last first
}

// phoneData answers with what a phone keeps: the customers that were served last,
// then those with the greatest contribution, and the catalogue.
func (s *Server) phoneData(w http.ResponseWriter, r *http.Request) error {
	ctx, today := r.Context(), day.At(s.app.Now())
	customers, kinds, err := s.lately(ctx, today)
	if err != nil {
		return err
	}
	served := len(customers)
	customers, whole, err := s.fillUp(ctx, customers)
	if err != nil {
		return err
	}
	found, err := s.db.Read().CustomersByID(ctx, customers)
	if err != nil {
		return err
	}
	known := phoneKnown{Today: today.String(), Customers: make([]phoneCustomer, 0, len(found)), Whole: whole, Types: []phoneType{}}
	for i, id := range customers {
		c, ok := found[id]
		if !ok || !c.Archived.IsZero() {
			continue
		}
		if known.Customers = append(known.Customers, phoneCustomerOf(c)); i < served {
			known.Served++
		}
	}
	types, err := s.db.Read().Types(ctx)
	if err != nil {
		return err
	}
	slices.SortStableFunc(types, func(a, b service.Type) int {
		return cmp.Or(cmp.Compare(placeIn(kinds, a.ID), placeIn(kinds, b.ID)), cmp.Compare(crm.Fold(a.NameDE), crm.Fold(b.NameDE)))
	})
	for _, t := range types {
		if !t.Sold && !t.Retired {
			known.Types = append(known.Types, phoneType{strconv.FormatInt(t.ID, 10), t.Code, t.Name("de"), t.Name("en"), string(t.Unit), t.Step.Float(), t.Words})
		}
	}
	return answerJSON(w, http.StatusOK, known)
}

// placeIn is where an id stands in a list; what isn't there comes last.
func placeIn(list []int64, id int64) int {
	if i := slices.Index(list, id); i >= 0 {
		return i
	}
	return len(list)
}

// lately are the customers and the types of the newest entries, the last first.
func (s *Server) lately(ctx context.Context, today day.Day) (customers []account.CustomerID, kinds []int64, err error) {
	seen := make(map[account.CustomerID]bool)
	window := day.Window{From: today.Add(-phoneDays), To: today.Add(1)}
	for k, err := range s.db.Read().Services(ctx, store.ServiceFilter{Window: window, Most: phoneEntries}) {
		if err != nil {
			return nil, nil, err
		}
		if k.Doc.Estimate != 0 {
			continue
		}
		if !seen[k.Doc.Customer] && len(customers) < mostPhoneCustomers {
			seen[k.Doc.Customer] = true
			customers = append(customers, k.Doc.Customer)
		}
		if !slices.Contains(kinds, k.Doc.Type) {
			kinds = append(kinds, k.Doc.Type)
		}
	}
	return customers, kinds, nil
}

// fillUp adds customers to a list until the phone has enough: those with the
// greatest contribution, or the first of a book that was never valued. whole says
// whether these are all.
func (s *Server) fillUp(ctx context.Context, list []account.CustomerID) (filled []account.CustomerID, whole bool, err error) {
	seen := make(map[account.CustomerID]bool)
	for _, id := range list {
		seen[id] = true
	}
	add := func(id account.CustomerID) {
		if !seen[id] && len(list) < mostPhoneCustomers {
			seen[id] = true
			list = append(list, id)
		}
	}
	all := 0
	pic, err := s.picture(ctx)
	switch {
	case errors.Is(err, errUnvalued):
		err = s.db.Read().Names(ctx, func(c store.CustomerName) {
			all++
			add(c.ID)
		})
	case err == nil:
		all = pic.snap.Len()
		q := queryOf(url.Values{})
		for i := range pic.list(q).page(0, mostPhoneCustomers, q.Down) {
			add(pic.snap.ID(i))
		}
	}
	return list, all <= len(list), err
}

// phoneCustomers answers with the customers that fit what is typed.
func (s *Server) phoneCustomers(w http.ResponseWriter, r *http.Request) error {
	book, err := s.captureBook(r.Context())
	if err != nil {
		return err
	}
	ids, _ := book.Names.Find(r.URL.Query().Get("q"))
	list, err := s.named(r.Context(), ids[:min(len(ids), mostPhoneFound)])
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, list)
}

// named are customers by their ids.
func (s *Server) named(ctx context.Context, ids []account.CustomerID) ([]phoneCustomer, error) {
	found, err := s.db.Read().CustomersByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := make([]phoneCustomer, 0, len(ids))
	for _, id := range ids {
		if c, ok := found[id]; ok {
			list = append(list, phoneCustomerOf(c))
		}
	}
	return list, nil
}

// A phoneRead is what was understood of a line.
type phoneRead struct {
	Customer   *phoneCustomer `json:"customer,omitempty"`
	Type       string         `json:"type,omitempty"`
	Day        string         `json:"day,omitempty"`
	Minutes    int64          `json:"minutes,omitempty"`
	Quantity   string         `json:"quantity,omitempty"`
	Background string         `json:"background,omitempty"`
	Near       bool           `json:"near,omitempty"` // a name was spelled differently
	Sold       string         `json:"sold,omitempty"` // the name of a paid service, which can't be booked as free
	Asks       []phoneAsk     `json:"asks,omitempty"`
}

// A phoneAsk is a question with its answers.
type phoneAsk struct {
	As        string          `json:"as"`
	Text      string          `json:"text"`
	Customers []phoneCustomer `json:"customers,omitempty"`
	Types     []string        `json:"types,omitempty"`
	Minutes   []int64         `json:"minutes,omitempty"`
	Days      []string        `json:"days,omitempty"`
	More      int             `json:"more,omitempty"`
}

// phoneLine answers with what is understood of a line that is being typed.
func (s *Server) phoneLine(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	read, err := s.readPhoneLine(r.Context(), q.Get("line"), q.Get("on"), capture.Given{Customer: account.CustomerID(number64(q.Get("customer"))), Type: number64(q.Get("type"))})
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, read)
}

func (s *Server) readPhoneLine(ctx context.Context, line, on string, given capture.Given) (*phoneRead, error) {
	written, err := day.Parse(on)
	if err != nil {
		return nil, fault.Field("on", "write a day such as 2026-12-31")
	}
	book, err := s.captureBook(ctx)
	if err != nil {
		return nil, err
	}
	given.Answered = given.Customer != 0 || given.Type != 0
	l := book.Parse(line, written, given)
	read := phoneRead{Background: l.Background, Near: l.Near()}
	if l.Customer != 0 {
		list, err := s.named(ctx, []account.CustomerID{l.Customer})
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			read.Customer = &c
		}
	}
	if l.Type != 0 {
		read.Type = strconv.FormatInt(l.Type, 10)
	}
	if l.Day != 0 {
		read.Day = l.Day.String()
	}
	if l.Minutes > 0 {
		read.Minutes = wholeMinutes(l.Effort())
	}
	if l.Count > 0 {
		read.Quantity = l.Count.String()
	}
	for _, a := range l.Asks {
		ask, err := s.phoneAsk(ctx, a)
		if err != nil {
			return nil, err
		}
		read.Asks = append(read.Asks, ask)
	}
	if l.Sold != 0 {
		read.Sold = strconv.FormatInt(l.Sold, 10)
	}
	return &read, nil
}

// wholeMinutes rounds half up.
func wholeMinutes(m money.Micro) int64 { return int64((m + money.One/2) / money.One) }

func (s *Server) phoneAsk(ctx context.Context, a capture.Ask) (phoneAsk, error) {
	ask := phoneAsk{Text: a.Text, More: a.More}
	switch a.As {
	case capture.Customer:
		ask.As = "customer"
		ids := make([]account.CustomerID, len(a.Choices))
		for i, c := range a.Choices {
			ids[i] = account.CustomerID(c)
		}
		var err error
		if ask.Customers, err = s.named(ctx, ids); err != nil {
			return ask, err
		}
	case capture.Type:
		ask.As = "type"
		for _, c := range a.Choices {
			ask.Types = append(ask.Types, strconv.FormatInt(c, 10))
		}
	case capture.Time:
		ask.As = "minutes"
		for _, c := range a.Choices {
			ask.Minutes = append(ask.Minutes, wholeMinutes(money.Micro(c)))
		}
	case capture.Date:
		ask.As = "day"
		for _, c := range a.Choices {
			ask.Days = append(ask.Days, day.Day(c).String())
		}
	}
	return ask, nil
}
