package web

import (
	"io"
	"iter"
	"math"
	"net/http"

	"quid/internal/doc"
	"quid/internal/draw"
	"quid/internal/locale"
	"quid/internal/store"
)

// table is the report as a file.
func (p *reportPage) table() doc.Table {
	_, rows := dimOf(p.Rows)
	amount := func(title string) doc.Column {
		return doc.Column{Title: title + " (" + p.Currency + ")", Kind: doc.Number, Digits: p.Digits}
	}
	t := doc.Table{Name: p.T("Services"), Columns: []doc.Column{
		{Title: p.T(rows)},
		{Title: p.T("Entries"), Kind: doc.Number},
		{Title: p.T("Hours"), Kind: doc.Number, Digits: 1},
		amount(p.T("Our cost")), amount(p.T("of it estimated")),
		amount(p.T("Benefit")), amount(p.T("Our cost a year before")), amount(p.T("Benefit a year before")),
	}}
	for _, c := range p.Columns {
		t.Columns = append(t.Columns, doc.Column{Title: c.Name, Kind: doc.Number, Digits: p.Digits})
	}
	t.Rows = func(yield func([]doc.Value) bool) {
		for _, l := range p.Lines {
			number := func(x float64) doc.Value { return doc.Value{Number: x} }
			row := []doc.Value{
				{Text: l.Name},
				number(float64(l.Sum.Entries)), number(float64(l.Sum.Minutes) / 60), number(p.Units(l.Sum.Cost)), number(p.Units(l.Sum.Estimated)),
				number(p.Units(l.Sum.Benefit)), number(p.Units(l.Before.Cost)), number(p.Units(l.Before.Benefit)),
			}
			for i := range l.Cells {
				row = append(row, number(p.measured(&l.Cells[i])))
			}
			if !yield(row) {
				return
			}
		}
	}
	return t
}

// entryTable is the list of entries of the period as a file, streamed.
func (p *reportPage) entryTable(list iter.Seq2[store.ServiceLine, error]) doc.Table {
	amount := func(title string) doc.Column {
		return doc.Column{Title: title + " (" + p.Currency + ")", Kind: doc.Number, Digits: p.Digits}
	}
	return doc.Table{
		Name: p.T("Services"),
		Columns: []doc.Column{
			{Title: p.T("Day"), Kind: doc.Date},
			{Title: p.T("Customer")},
			{Title: p.T("Service")},
			{Title: p.T("Background")},
			{Title: p.T("Contact")},
			{Title: p.T("Quantity"), Kind: doc.Number, Digits: 2},
			{Title: p.T("Unit")},
			amount(p.T("Our cost")), amount(p.T("Benefit")), amount(p.T("Charge")),
			{Title: p.T("Source of the benefit")},
			{Title: p.T("Team")},
		},
		Rows: func(yield func([]doc.Value) bool) {
			for l, err := range list {
				if err != nil {
					return
				}
				d, t := &l.Doc, p.types[l.Doc.Type]
				team := ""
				if d.Team != 0 {
					team = p.teamName(p.teams, d.Team)
				}
				if !yield([]doc.Value{
					{Day: d.Day},
					{Text: l.Name},
					{Text: p.typeName(t)},
					{Text: d.Background},
					{Text: d.Contact},
					{Number: d.Quantity.Float()},
					{Text: p.T(unitNames[t.Unit])},
					{Number: p.Units(d.Cost)},
					{Number: p.Units(d.Benefit)},
					{Number: p.Units(d.Charge)},
					{Text: p.sourceText(d)},
					{Text: team},
				}) {
					return
				}
			}
		},
	}
}

func (s *Server) servicesXLSX(w http.ResponseWriter, r *http.Request) error {
	p, err := s.report(r, true)
	if err != nil {
		return err
	}
	return sendXLSX(w, p.table(), p.T("services"))
}

func (s *Server) servicesCSV(w http.ResponseWriter, r *http.Request) error {
	p, err := s.report(r, true)
	if err != nil {
		return err
	}
	return sendCSV(w, p.Page, p.table(), p.T("services"))
}

// mostExported is how many entries a file holds.
const mostExported = 1_000_000

func (s *Server) entriesXLSX(w http.ResponseWriter, r *http.Request) error {
	p, err := s.report(r, true)
	if err != nil {
		return err
	}
	return sendXLSX(w, p.entryTable(s.db.Read().ServiceList(r.Context(), p.window(), mostExported)), p.T("entries"))
}

func (s *Server) entriesCSV(w http.ResponseWriter, r *http.Request) error {
	p, err := s.report(r, true)
	if err != nil {
		return err
	}
	return sendCSV(w, p.Page, p.entryTable(s.db.Read().ServiceList(r.Context(), p.window(), mostExported)), p.T("entries"))
}

// sendXLSX answers with a table as a workbook.
func sendXLSX(w http.ResponseWriter, t doc.Table, name string) error {
	out, err := attach(w, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", name+".xlsx")
	if err != nil {
		return err
	}
	return doc.WriteXLSX(out, t)
}

// sendCSV answers with a table as the reader's own spreadsheet opens it.
func sendCSV(w http.ResponseWriter, p Page, t doc.Table, name string) error {
	style := doc.English
	if p.Lang() == locale.German {
		style = doc.German
	}
	out, err := attach(w, "text/csv; charset=utf-8", name+".csv")
	if err != nil {
		return err
	}
	return doc.WriteCSV(out, t, style)
}

// mostPictured is how many lines a picture shows.
const mostPictured = 40

// servicesSVG answers with the report as a picture file.
func (s *Server) servicesSVG(w http.ResponseWriter, r *http.Request) error {
	p, err := s.report(r, true)
	if err != nil {
		return err
	}
	out, err := attach(w, "image/svg+xml", p.T("services")+".svg")
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, draw.File(p.bars(), 720, p.rowsTitle()+", "+p.T("{from} to {until}", "from", p.Day(p.From), "until", p.Day(p.To))))
	return err
}

// bars is the report as a picture for a file: what is estimated is hatched.
func (p *reportPage) bars() draw.Bars {
	var b draw.Bars
	for i := range p.Lines[:min(len(p.Lines), mostPictured)] {
		l := &p.Lines[i]
		row := draw.BarRow{Name: l.Name, Text: p.written(&l.Sum), Value: p.measured(&l.Sum)}
		if p.Measure == "cost" {
			row.Part = math.Min(p.Units(l.Sum.Estimated), row.Value)
		}
		b.Rows = append(b.Rows, row)
	}
	return b
}
