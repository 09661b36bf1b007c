package app

import (
	"bytes"
	"context"
	table "encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"

	"quid/internal/intake"
)

// A RowOutcome is what became of one row of an upsert.
type RowOutcome struct {
	Outcome  string // created, updated, unchanged, rejected
	Problems []intake.Problem
}

var outcomeNames = map[outcome]string{created: "created", updated: "updated", unchanged: "unchanged", rejected: "rejected"}

// emptyRow says of a row that it holds nothing.
const emptyRow = "there is nothing in this row"

// Upsert takes rows in that a program brought, by the same way as an import takes
// those of a file: a row is a field and its text, as Kind.Fields names it, numbers
// with a decimal point, days as in 2026-12-31. It can be taken back like a file, and
// the same rows again change nothing. The outcomes are in the order of the rows.
func (a *App) Upsert(ctx context.Context, kind intake.Kind, name string, rows []map[string]string) (ImportResult, []RowOutcome, error) {
	book, err := a.DB.Read().Book(ctx)
	if err != nil {
		return ImportResult{}, nil, err
	}
	var docs []*intake.Doc
	for _, group := range alike(kind, rows) {
		some, err := docsOf(ctx, kind, book.Currency, rows, group)
		if err != nil {
			return ImportResult{}, nil, fmt.Errorf("upsert %s: %w", kind, err)
		}
		docs = append(docs, some...)
	}
	out := make([]RowOutcome, len(rows))
	for i := range out {
		out[i].Outcome = outcomeNames[rejected]
		if len(rows[i]) == 0 {
			out[i].Problems = []intake.Problem{{Problem: emptyRow}}
		}
	}
	told := func(d *intake.Doc, o outcome) {
		for _, line := range d.Lines {
			out[line-1].Outcome = outcomeNames[o]
		}
	}
	res, err := a.takeMade(ctx, kind, name, slices.Values(docs), nil, told)
	for _, p := range res.Problems {
		if p.Line > 0 && p.Line <= len(out) {
			out[p.Line-1].Problems = append(out[p.Line-1].Problems, p)
		}
	}
	return res, out, err
}

// A likeness is the rows that are read by one header.
type likeness struct {
	fields []string
	rows   []int
}

// alike puts rows together that give the same fields, because an update changes only
// those. Documents are replaced as a whole, and several rows may be one: theirs stay
// together.
func alike(kind intake.Kind, rows []map[string]string) []likeness {
	var out []likeness
	at := make(map[string]int)
	whole := kind != intake.Customers && kind != intake.Contacts && kind != intake.Products
	all := make(map[string]bool)
	if whole {
		for _, r := range rows {
			for f := range r {
				all[f] = true
			}
		}
	}
	for i, r := range rows {
		if len(r) == 0 {
			continue
		}
		fields := slices.Sorted(maps.Keys(r))
		if whole {
			fields = slices.Sorted(maps.Keys(all))
		}
		key := strings.Join(fields, ";")
		n, ok := at[key]
		if !ok {
			n = len(out)
			at[key], out = n, append(out, likeness{fields: fields})
		}
		out[n].rows = append(out[n].rows, i)
	}
	return out
}

// docsOf reads rows as a file of them would be read. Lines are rows, from 1.
func docsOf(ctx context.Context, kind intake.Kind, currency string, rows []map[string]string, of likeness) ([]*intake.Doc, error) {
	var text bytes.Buffer
	w := table.NewWriter(&text)
	w.Comma = ';'
	line := make([]string, len(of.fields)+1)
	var mapping intake.Mapping
	for i, f := range of.fields {
		line[i] = f
		mapping = append(mapping, intake.Pair{Their: f, Ours: f})
	}
	line[len(of.fields)] = "row" // so that no row of the table is blank
	mapping = append(mapping, intake.Pair{Their: "row"})
	if err := w.Write(line); err != nil {
		return nil, err
	}
	for _, n := range of.rows {
		for i, f := range of.fields {
			line[i] = oneLine.Replace(rows[n][f])
		}
		line[len(of.fields)] = "x"
		if err := w.Write(line); err != nil {
			return nil, err
		}
	}
	if w.Flush(); w.Error() != nil {
		return nil, w.Error()
	}
	read := intake.Options{Encoding: "utf-8", Delimiter: ';', Header: intake.Yes, Decimal: '.', Dates: intake.YMD, Currency: currency, Kind: kind, Mapping: mapping}
	file, err := intake.OpenReader(bytes.NewReader(text.Bytes()), int64(text.Len()), "rows", read)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	plan, questions, err := file.Plan(kind, mapping, read)
	if err == nil && len(questions) > 0 {
		err = &Questions{questions}
	}
	if err != nil {
		return nil, err
	}
	var docs []*intake.Doc
	for d, err := range plan.Documents(ctx) {
		if err != nil {
			return nil, err
		}
		for i := range d.Lines {
			d.Lines[i] = of.rows[d.Lines[i]-2] + 1 // the header is line 1
		}
		for i := range d.Problems {
			if p := &d.Problems[i]; p.Line >= 2 {
				p.Line = of.rows[p.Line-2] + 1
			}
		}
		docs = append(docs, d)
	}
	return docs, nil
}

// oneLine keeps a row in one line, so that lines are rows.
var oneLine = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\x00", "")
