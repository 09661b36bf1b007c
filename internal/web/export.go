package web

import (
	"context"
	"errors"
	"io"
	"iter"
	"math"
	"net/http"

	"quid/day"
	"quid/fault"
	"quid/internal/doc"
	"quid/internal/locale"
)

// exportXLSX answers with all customers of the query as a workbook.
func (s *Server) exportXLSX(w http.ResponseWriter, r *http.Request) error {
	t, p, err := s.exportTable(r)
	if err != nil {
		return err
	}
	out, err := attach(w, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", p.T("customers")+".xlsx")
	if err != nil {
		return err
	}
	return doc.WriteXLSX(out, t)
}

// exportCSV answers with them as the reader's own spreadsheet opens it.
func (s *Server) exportCSV(w http.ResponseWriter, r *http.Request) error {
	t, p, err := s.exportTable(r)
	if err != nil {
		return err
	}
	style := doc.English
	if p.Lang() == locale.German {
		style = doc.German
	}
	out, err := attach(w, "text/csv; charset=utf-8", p.T("customers")+".csv")
	if err != nil {
		return err
	}
	return doc.WriteCSV(out, t, style)
}

// attach announces a file and returns what writes it. A large one may take longer
// than a page does.
func attach(w http.ResponseWriter, kind, name string) (io.Writer, error) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Cache-Control", "no-store")
	return patient(w, readerPatience)
}

// exportTable is the query of a request as a table: the columns that are shown,
// with the customer's number beside its name.
func (s *Server) exportTable(r *http.Request) (doc.Table, Page, error) {
	p, err := s.newPage(r, locale.Key("Customers"))
	if err != nil {
		return doc.Table{}, p, err
	}
	pic, err := s.picture(r.Context())
	if errors.Is(err, errUnvalued) {
		return doc.Table{}, p, fault.NotFound
	}
	if err != nil {
		return doc.Table{}, p, err
	}
	q := queryOf(r.URL.Query())
	if !p.Margins() {
		q.hide()
	}
	shown := append([]int{columnAt("number")}, q.shown()...)
	t := doc.Table{Name: p.T("Customers"), Rows: exportRows(r.Context(), p, pic, q, shown)}
	for _, at := range shown {
		t.Columns = append(t.Columns, exportColumn(p, columns[at]))
	}
	return t, p, nil
}

func exportColumn(p Page, c column) doc.Column {
	d := doc.Column{Title: p.T(c.Name)}
	switch c.Kind {
	case moneyColumn:
		d.Kind, d.Digits, d.Title = doc.Number, p.Digits, d.Title+" ("+p.Currency+")"
	case shareColumn:
		d.Kind, d.Digits = doc.Share, 4
	case scoreColumn, numberColumn:
		d.Kind, d.Digits = doc.Number, 1
	case dayColumn:
		d.Kind = doc.Date
	}
	return d
}

// exportRows are the rows of an export; they end early if nobody waits any more.
func exportRows(ctx context.Context, p Page, pic *picture, q *listQuery, shown []int) iter.Seq[[]doc.Value] {
	return func(yield func([]doc.Value) bool) {
		row := make([]doc.Value, len(shown))
		n := 0
		for i := range pic.list(q).all(q.Down) {
			if n++; n%1000 == 0 && ctx.Err() != nil {
				return
			}
			for k, at := range shown {
				row[k] = exportValue(p, pic, &columns[at], i)
			}
			if !yield(row) {
				return
			}
		}
	}
}

func exportValue(p Page, pic *picture, c *column, i int) doc.Value {
	if c.Number == nil {
		text := c.written(p, pic, i)
		switch {
		case text == "":
			return doc.Value{Empty: true}
		case c.Kind == segmentColumn:
			text = pic.badgeAt(i).words(p)
			if pic.badgeAt(i).Thin {
				text += " (" + p.T("provisional") + ")"
			}
		case c.Kind == classColumn:
			text = p.T(className(text))
		}
		return doc.Value{Text: text}
	}
	if i >= pic.snap.Valued() {
		return doc.Value{Empty: true}
	}
	x := c.Number(pic, i)
	switch {
	case math.IsNaN(x):
		return doc.Value{Empty: true}
	case c.Kind == moneyColumn:
		return doc.Value{Number: x / math.Pow10(p.Digits)}
	case c.Kind == dayColumn:
		return doc.Value{Day: day.Day(x)}
	default:
		return doc.Value{Number: x}
	}
}
