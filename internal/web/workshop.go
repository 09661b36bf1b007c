package web

import (
	"errors"
	"net/http"
	"slices"

	"quid/day"
	"quid/internal/doc"
	"quid/internal/locale"
	"quid/money"
	"quid/service"
)

func (s *Server) workshopRoutes(mux *router) {
	mux.Handle("GET /workshop", s.page(s.showWorkshop))
	mux.Handle("GET /workshop.xlsx", s.page(s.workshopSheet))
}

// A workshopPage leads a team in an hour from "what do we do for nothing?" to a
// catalogue with rough rates.
type workshopPage struct {
	Page
	Lines []workshopLine
	pic   *picture // nil before the first valuation: the sheet has no segments then
}

// A workshopLine is a service as the sheet names it.
type workshopLine struct {
	service.Type
	Cost, Worth money.Amount // of an hour; 0 where the service is not counted in time
}

// emptyRows is how many rows the sheet has for what the catalogue lacks.
const emptyRows = 15

func (s *Server) showWorkshop(w http.ResponseWriter, r *http.Request) error {
	p, err := s.workshop(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, workshop(p))
}

func (s *Server) workshop(r *http.Request) (workshopPage, error) {
	var p workshopPage
	var err error
	if p.Page, err = s.newPage(r, locale.Key("Workshop")); err != nil {
		return p, err
	}
	types, err := s.db.Read().Types(r.Context())
	if err != nil {
		return p, err
	}
	if pic, err := s.picture(r.Context()); err == nil {
		p.pic = pic
	} else if !errors.Is(err, errUnvalued) {
		return p, err
	}
	today := day.At(s.app.Now())
	for _, t := range types {
		if t.Sold || t.Retired {
			continue
		}
		line := workshopLine{Type: t}
		if rate, ok := t.RateOn(today); ok {
			line.Cost, line.Worth = hourly(t, rate.Cost), hourly(t, rate.Benefit)
		}
		p.Lines = append(p.Lines, line)
	}
	return p, nil
}

// hourly is the rate of an hour, 0 for what is not counted in time.
func hourly(t service.Type, rate money.Micro) money.Amount {
	switch t.Unit {
	case service.Minutes:
		rate *= 60
	case service.Hours:
	default:
		return 0
	}
	return money.Amount((rate + money.One/2) / money.One)
}

// workshopSheet answers with the sheet as a workbook, in the reader's language or
// the one that is asked for.
func (s *Server) workshopSheet(w http.ResponseWriter, r *http.Request) error {
	p, err := s.workshop(r)
	if err != nil {
		return err
	}
	if lang := r.FormValue("lang"); lang == string(locale.German) || lang == string(locale.English) {
		p.Printer = locale.For(lang)
	}
	out, err := attach(w, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", p.T("workshop")+".xlsx")
	if err != nil {
		return err
	}
	return doc.WriteXLSX(out, p.table(day.At(s.app.Now())))
}

// table is the sheet: what is there, and room for what is not. The import knows
// its columns by their heads.
func (p workshopPage) table(today day.Day) doc.Table {
	name := "Name in English"
	if p.Lang() == locale.German {
		name = "Bezeichnung"
	}
	t := doc.Table{Name: p.T("Workshop"), Columns: []doc.Column{
		{Title: "Code"},
		{Title: name},
		{Title: p.T("Who does it?")},
		{Title: p.T("How often a month?"), Kind: doc.Number},
		{Title: p.T("Minutes each"), Kind: doc.Number},
		{Title: p.T("Cost per hour"), Kind: doc.Number, Digits: p.Digits},
		{Title: p.T("Worth per hour"), Kind: doc.Number, Digits: p.Digits},
		{Title: p.T("Valid from"), Kind: doc.Date},
	}}
	if p.pic != nil {
		_, names := p.fieldNames(p.pic)
		for _, name := range names {
			t.Columns = append(t.Columns, doc.Column{Title: p.T(monthHead, "name", name), Kind: doc.Number})
		}
	}
	empty := doc.Value{Empty: true}
	number := func(a money.Amount) doc.Value {
		return doc.Value{Number: p.Units(a), Empty: a == 0}
	}
	t.Rows = func(yield func([]doc.Value) bool) {
		for _, l := range p.Lines {
			row := []doc.Value{{Text: l.Code}, {Text: p.typeName(l.Type)}, empty, empty, empty, number(l.Cost), number(l.Worth), {Day: today}}
			for len(row) < len(t.Columns) {
				row = append(row, empty)
			}
			if !yield(row) {
				return
			}
		}
		for range emptyRows {
			if !yield(slices.Repeat([]doc.Value{empty}, len(t.Columns))) {
				return
			}
		}
	}
	return t
}

// hour writes the rate of an hour.
func (p workshopPage) hour(a money.Amount) string {
	if a == 0 {
		return "–"
	}
	return p.Money(a)
}

// steps are how the hour goes.
func (p workshopPage) steps() []string {
	return []string{
		p.T("10 minutes: everybody writes down what was done for customers last week that no invoice names."),
		p.T("15 minutes: put like things together. What is in the list already gets its row; for the rest fill an empty row: a name is enough, the code is made from it."),
		p.T("15 minutes: for each, who does it, how often a month, how many minutes each time. Rough is enough."),
		p.T("The columns \"A month\" take how much one customer of a segment gets of it a month, in minutes or pieces as the service is counted. For a customer by itself, add a column with its number: \"A month: 10023\"."),
		p.T("10 minutes: what an hour of these people costs, and what the customer would pay for it elsewhere."),
		p.T("10 minutes: bring the sheet back here, look at the dry run, import it. Its last page leads to the estimates, filled from the sheet. Then book the first service."),
	}
}
