package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"quid/day"
	"quid/fault"
	"quid/internal/doc"
	"quid/internal/store"
)

// exportCmd writes a table of the book as a file.
type exportCmd struct {
	Table string  `arg:"" help:"customers, postings, invoices, payments, complaints, interactions or services."`
	AsOf  day.Day `name:"as-of" placeholder:"YYYY-MM-DD" help:"customers: the day of the valuation whose figures stand beside them (default: the newest)."`
	Out   string  `name:"out" short:"o" type:"path" placeholder:"FILE" help:"The file, .csv or .xlsx; else CSV on stdout."`
	Style string  `name:"style" enum:"plain,de,en" default:"plain" help:"How CSV is written: plain (the default), de or en for a spreadsheet in that language."`
}

var styles = map[string]doc.Style{"plain": {Comma: ',', Decimal: '.'}, "de": doc.German, "en": doc.English}

// Run writes the table; a file that could not be written whole is taken away.
func (c *exportCmd) Run(ctx context.Context, s *session) error {
	if c.Table != "customers" && exports[c.Table].columns == nil {
		return usageError{fmt.Errorf("there is no table %q: write customers, %s", c.Table, strings.Join(slices.Sorted(maps.Keys(exports)), ", "))}
	}
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.NoteExport(ctx, c.Table, nil); err != nil {
		return err
	}
	return b.DB.Look(ctx, func(r store.Reader) error {
		if c.Out == "" {
			return c.write(ctx, r, b.Book, s.out)
		}
		f, err := os.Create(c.Out)
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		err = errors.Join(c.write(ctx, r, b.Book, f), f.Close())
		if err != nil {
			return errors.Join(err, os.Remove(c.Out))
		}
		return nil
	})
}

// write writes the table as its file's ending says.
func (c *exportCmd) write(ctx context.Context, r store.Reader, book store.Book, w io.Writer) error {
	var failed error
	var t doc.Table
	if c.Table == "customers" {
		valuation, err := c.valuation(ctx, r)
		if err != nil {
			return err
		}
		t = customerExport(ctx, r, valuation, book.Digits, &failed)
	} else {
		t = exports[c.Table].table(ctx, r, c.Table, book.Digits, &failed)
	}
	var err error
	if strings.EqualFold(filepath.Ext(c.Out), ".xlsx") {
		err = doc.WriteXLSX(w, t)
	} else {
		err = doc.WriteCSV(w, t, styles[c.Style])
	}
	return cmp.Or(failed, err)
}

// valuation finds whose figures stand beside the customers, 0 for none.
func (c *exportCmd) valuation(ctx context.Context, r store.Reader) (int64, error) {
	if c.AsOf != 0 {
		v, err := valuationOn(ctx, r, c.AsOf)
		return v.ID, err
	}
	v, err := r.NewestValuation(ctx, day.Max)
	if errors.Is(err, fault.NotFound) {
		return 0, nil
	}
	return v.ID, err
}

// An export is a table of what stands in the ledgers of the customers. Every
// row begins with the customer's external id and name.
type export struct {
	columns []doc.Column
	rows    func(l *store.Ledger, digits int, yield func(...doc.Value) bool) bool
}

func (e export) table(ctx context.Context, r store.Reader, name string, digits int, failed *error) doc.Table {
	columns := append([]doc.Column{{Title: "customer"}, {Title: "name"}}, e.columns...)
	for i := range columns {
		if columns[i].Digits == inCurrency {
			columns[i].Digits = digits
		}
	}
	return doc.Table{Name: name, Columns: columns, Rows: func(yield func([]doc.Value) bool) {
		for l, err := range r.Ledgers(ctx) {
			if err != nil {
				*failed = err
				return
			}
			who := []doc.Value{text(l.Customer.External), text(l.Customer.Name)}
			if !e.rows(l, digits, func(row ...doc.Value) bool { return yield(append(slices.Clone(who), row...)) }) {
				return
			}
		}
	}}
}
