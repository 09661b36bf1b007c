package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/capture"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// A bookedPart is what was booked just now, with both sides of its customers.
type bookedPart struct {
	Entries []store.Kept[service.Entry] // more than one of a service for many customers
	Sides   []bothSides
}

// bothSides are the bands of a customer in the newest valuation.
type bothSides struct {
	Customer account.CustomerID
	Gives    string // a key for p.T
	Gets     string
	New      bool // no bands yet
}

// mostSides is how many customers are shown after one booking.
const mostSides = 6

// readBooked reads what the address says was just done, and says so in a toast.
func (s *Server) readBooked(ctx context.Context, p *capturePage, v url.Values) error {
	if text := v.Get("booked"); text != "" {
		return s.readJustBooked(ctx, p, text)
	}
	if text := v.Get("back"); text != "" {
		ref, err := refOf(text)
		if err != nil {
			return err
		}
		k, err := s.db.Read().Entry(ctx, ref)
		if err != nil {
			return err
		}
		if err := s.label(ctx, p, []account.CustomerID{ref.Customer}); err != nil {
			return err
		}
		p.Flash = &Toast{Text: p.T("Taken back: {service} at {customer}. The book shows both.", "service", p.typeLabel(k.Doc.Type), "customer", p.who(ref.Customer)), Tone: Good}
		return nil
	}
	if v.Get("kept") != "" {
		p.Flash = &Toast{Text: p.T("The template is kept."), Tone: Good}
	}
	return nil
}

func (s *Server) readJustBooked(ctx context.Context, p *capturePage, text string) error {
	ref, err := refOf(text)
	if err != nil {
		return err
	}
	read := s.db.Read()
	k, err := read.Entry(ctx, ref)
	if err != nil {
		return err
	}
	b := &bookedPart{Entries: []store.Kept[service.Entry]{k}}
	if k.Doc.Joint != 0 {
		if b.Entries, err = read.JointEntries(ctx, k.Doc.Joint); err != nil {
			return err
		}
		b.Entries = slices.DeleteFunc(b.Entries, func(e store.Kept[service.Entry]) bool { return read.Reach(ctx, e.Doc.Customer) != nil })
	}
	var ids []account.CustomerID
	for _, e := range b.Entries {
		ids = append(ids, e.Doc.Customer)
	}
	if err := s.label(ctx, p, ids); err != nil {
		return err
	}
	pic, err := s.picture(ctx)
	if err != nil && !errors.Is(err, errUnvalued) {
		return err
	}
	for _, id := range ids[:min(len(ids), mostSides)] {
		if !p.Margins() {
			break
		}
		b.Sides = append(b.Sides, sidesOf(pic, id))
	}
	p.Booked = b
	p.Flash = &Toast{Text: p.bookedText(b), Undo: "/capture/back?undo=1&entry=" + text, Tone: Good}
	if !k.Withdrawn.IsZero() {
		p.Flash.Undo = ""
	}
	return nil
}

// bookedText says what was booked.
func (p *capturePage) bookedText(b *bookedPart) string {
	e := &b.Entries[0].Doc
	name, quantity := p.typeLabel(e.Type), p.quantity(e)
	if len(b.Entries) > 1 {
		return p.T("Booked: {service} for {n} customers", "service", name, "n", len(b.Entries))
	}
	return p.T("Booked: {service}, {quantity}, at {customer}", "service", name, "quantity", quantity, "customer", p.who(e.Customer))
}

// sidesOf reads the bands of a customer from the newest valuation.
func sidesOf(pic *picture, id account.CustomerID) bothSides {
	side := bothSides{Customer: id, New: true}
	if pic == nil {
		return side
	}
	i, ok := pic.snap.Find(id)
	if !ok || i >= pic.snap.Valued() {
		return side
	}
	row := pic.snap.Row(i)
	if row.New || row.Bands.From == 0 || row.Bands.To == 0 {
		return side
	}
	m := &pic.summary().Model
	return bothSides{Customer: id, Gives: bandWord(int(row.Bands.From), m.From.Bands), Gets: bandWord(int(row.Bands.To), m.To.Bands)}
}

// bandWord is a band in a word: low, middle or high.
func bandWord(band, bands int) string {
	switch {
	case band <= 1:
		return locale.Key("low")
	case band >= bands:
		return locale.Key("high")
	default:
		return locale.Key("middle")
	}
}

// quantity is the quantity of an entry in the unit of its type.
func (p *capturePage) quantity(e *service.Entry) string {
	t, _ := p.typeOf(e.Type)
	return p.inUnit(t.Unit, e.Quantity)
}

// inUnit is a quantity with its unit.
func (p Page) inUnit(unit service.Unit, q money.Micro) string {
	number := p.decimal(q)
	switch unit {
	case service.Minutes:
		return p.T("{n} min", "n", number)
	case service.Hours:
		return p.T("{n} h", "n", number)
	case service.Pieces:
		return p.T("{n} pcs", "n", number)
	default:
		if q == money.One {
			return p.T("{n} time", "n", number)
		}
		return p.T("{n} times", "n", number)
	}
}

// rounding says how the step changed what was asked for, "" if it didn't.
func (p *capturePage) rounding() string {
	k := &p.Reckoned
	if !k.Done || k.Type.Step == 0 {
		return ""
	}
	step := p.inUnit(k.Type.Unit, k.Type.Step)
	if k.Asked == k.Quantity {
		return p.T("{quantity}, in steps of {step}", "quantity", p.inUnit(k.Type.Unit, k.Quantity), "step", step)
	}
	return p.T("{asked} become {quantity}: steps of {step} are rounded up", "asked", p.inUnit(k.Type.Unit, k.Asked), "quantity", p.inUnit(k.Type.Unit, k.Quantity), "step", step)
}

// A paletteLineEntry is a line of the command palette read as an entry.
type paletteLineEntry struct {
	Label string   `json:"label"` // what Enter does, "" if the line is no entry
	Parts []string `json:"parts"` // what was understood
	Open  []string `json:"open"`  // what is to be said or asked still
	Book  string   `json:"book"`  // where to post it, "" if something is open
	Href  string   `json:"href"`  // where to go on with it
}

// paletteEntry answers with what a line in the command palette would book. A line
// is an entry if a service or a quantity was understood.
func (s *Server) paletteEntry(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.Field("line", "this form can't be read")
	}
	out := paletteLineEntry{Parts: []string{}, Open: []string{}}
	if strings.TrimSpace(r.Form.Get("line")) != "" {
		p, err := s.newCapture(r, "")
		if err != nil {
			return err
		}
		if err := s.fillCapture(r.Context(), p, r.Form); err != nil {
			return err
		}
		if l := p.Read; l.Type != 0 || l.Minutes != 0 || l.Sold != 0 || l.Asked(capture.Type) {
			out = p.paletteLine()
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(out)
}

func (p *capturePage) paletteLine() paletteLineEntry {
	out := paletteLineEntry{Parts: []string{}, Open: []string{}, Href: captureHref("line", p.Form.Line, "given", idText(p.Form.Given))}
	for _, c := range p.chips() {
		if c.Field != "" && c.Text != "" {
			out.Parts = append(out.Parts, c.Text)
		}
	}
	out.Open = p.open()
	out.Label = p.T("Go on with this entry …")
	if p.Ready() {
		out.Label = p.T("Book it")
		out.Book = "/capture?" + url.Values{"line": {p.Form.Line}, "given": {idText(p.Form.Given)}, "key": {p.Form.Key}}.Encode()
	}
	return out
}

// open is what is still to be said or asked.
func (p *capturePage) open() []string {
	list := []string{}
	l := p.Read
	add := func(as capture.Field, missing bool, ask, say string) {
		switch {
		case l.Asked(as):
			list = append(list, ask)
		case missing:
			list = append(list, say)
		}
	}
	if l.Sold != 0 {
		list = append(list, p.soldText())
	}
	add(capture.Customer, p.Form.Customer == 0, p.T("which customer?"), p.T("customer?"))
	add(capture.Type, p.Form.Type == 0 && l.Sold == 0, p.T("which service?"), p.T("service?"))
	add(capture.Time, p.Form.Type != 0 && !p.Reckoned.Done, p.T("which time?"), p.T("how much?"))
	add(capture.Date, false, p.T("which day?"), "")
	return list
}

// soldText says why a type can't be booked.
func (p *capturePage) soldText() string {
	return p.T("{service} is sold: it belongs on an invoice and can't be booked as free", "service", p.typeLabel(p.Read.Sold))
}

// An understood is a part of the line with what it was understood as.
type understood struct {
	Field string // in the reader's language, "" for background
	Text  string
	Near  bool
	Asked bool
}

// chips are the parts of the line, in the order in which people think of them.
func (p *capturePage) chips() []understood {
	l := p.Read
	var list []understood
	near := func(as capture.Field) bool {
		for _, t := range l.Tokens {
			if t.As == as && t.Near {
				return true
			}
		}
		return false
	}
	add := func(as capture.Field, field, text string) {
		if text != "" || l.Asked(as) {
			list = append(list, understood{Field: field, Text: text, Near: near(as), Asked: l.Asked(as)})
		}
	}
	text := func(ok bool, s string) string {
		if !ok {
			return ""
		}
		return s
	}
	add(capture.Customer, p.T("Customer"), text(l.Customer != 0, p.Customer.Name))
	add(capture.Type, p.T("Service"), text(l.Type != 0, p.typeLabel(l.Type)))
	add(capture.Time, p.T("Time"), text(l.Minutes != 0, minutesText(l.Minutes)))
	add(capture.Count, p.T("Quantity"), text(l.Count != 0, p.decimal(l.Count)))
	add(capture.People, p.T("People"), text(l.People > 1, p.T("{n} of us, {time} in all", "n", strconv.Itoa(l.People), "time", minutesText(l.Effort()))))
	if l.Guests > 0 {
		list = append(list, understood{Field: p.T("Guests"), Text: strconv.Itoa(l.Guests)})
	}
	add(capture.Date, p.T("Day"), text(l.Day != 0, p.Day(l.Day)))
	if l.Background != "" {
		list = append(list, understood{Field: p.T("Background"), Text: l.Background})
	}
	return list
}

// A question is something in the line that can mean several things.
type question struct {
	Text    string
	Answers []Link
	More    int
}

// questions are what is asked before the line can be booked, with an address for
// each answer.
func (p *capturePage) questions() []question {
	if p.Read == nil {
		return nil
	}
	var list []question
	for _, a := range p.Read.Asks {
		q := question{Text: p.asks(a), More: a.More}
		for _, c := range a.Choices {
			q.Answers = append(q.Answers, p.answer(a.As, c))
		}
		list = append(list, q)
	}
	return list
}

// asks is a question in words.
func (p *capturePage) asks(a capture.Ask) string {
	switch a.As {
	case capture.Customer:
		return p.T("Who is meant by “{text}”?", "text", a.Text)
	case capture.Type:
		return p.T("Which service is meant by “{text}”?", "text", a.Text)
	case capture.Date:
		return p.T("Which day is meant by “{text}”?", "text", a.Text)
	default:
		return p.T("Which time is meant by “{text}”?", "text", a.Text)
	}
}

// answer is one of the choices of a question, with the address of the page that
// takes it. What was answered before stays answered.
func (p *capturePage) answer(as capture.Field, choice int64) Link {
	f := &p.Form
	v := map[string]string{"given": idText(f.Given), "type": answered(f.Answered, idText(f.Type)), "time": answered(f.Answered, f.Time), "day": answered(f.Answered, f.Day)}
	var label string
	switch as {
	case capture.Customer:
		c := p.Labels[account.CustomerID(choice)]
		if label = customerLabel(c); c.City != "" {
			label += " · " + c.City
		}
		v["given"] = idText(choice)
	case capture.Type:
		label, v["type"] = p.typeLabel(choice), idText(choice)
	case capture.Date:
		label, v["day"] = p.Day(day.Day(choice)), day.Day(choice).String()
	default:
		label = minutesText(money.Micro(choice))
		v["time"] = label
	}
	return Link{Label: label, Href: captureHref("line", f.Line, "given", v["given"], "type", v["type"], "time", v["time"], "day", v["day"], "answered", "1")}
}

// answered is what answers a question, else nothing.
func answered(yes bool, text string) string {
	if !yes {
		return ""
	}
	return text
}
