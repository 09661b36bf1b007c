package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/store"
)

// customersCmd lists the customers of a valuation.
type customersCmd struct {
	AsOf day.Day `name:"as-of" required:"" placeholder:"YYYY-MM-DD" help:"The day of the valuation."`
	JSON bool    `name:"json" help:"Print one JSON object a line."`
}

// Run prints every customer of the newest valuation of the day.
func (c *customersCmd) Run(ctx context.Context, s *session) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	return b.DB.Look(ctx, func(r store.Reader) error {
		v, err := valuationOn(ctx, r, c.AsOf)
		if err != nil {
			return err
		}
		out := bufio.NewWriterSize(s.out, 64<<10)
		if c.JSON {
			err = customerLines(ctx, r, v.ID, b.Digits, out)
		} else {
			err = customerTable(ctx, r, v.ID, b.Digits, s)
		}
		return errors.Join(err, out.Flush())
	})
}

// valuationOn returns the newest valuation that was made for the day.
func valuationOn(ctx context.Context, r store.Reader, on day.Day) (store.Valuation, error) {
	v, err := r.ValuationOn(ctx, on)
	if errors.Is(err, fault.NotFound) {
		err = fmt.Errorf("there is no valuation of %v: make one with quid value --as-of %v", on, on)
	}
	return v, err
}

func customerLines(ctx context.Context, r store.Reader, valuation int64, digits int, w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for row, err := range r.Scores(ctx, valuation) {
		if err != nil {
			return err
		}
		if err := e.Encode(app.LineOf(row.External, row.Name, &row.Figures, &row.Row, digits)); err != nil {
			return err
		}
	}
	return nil
}

func customerTable(ctx context.Context, r store.Reader, valuation int64, digits int, s *session) error {
	var failed error
	err := s.table(func(w io.Writer) {
		fmt.Fprintln(w, "customer\tname\trevenue\tcontribution III\tvalue to\tABC revenue\tABC contribution\tscore\tdata basis\tsegment")
		for row, err := range r.Scores(ctx, valuation) {
			if err != nil {
				failed = err
				return
			}
			l := app.LineOf(row.External, row.Name, &row.Figures, &row.Row, digits)
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Customer, oneLine(l.Name), l.Revenue, dash(l.Contribution3), l.ValueTo,
				dash(l.ClassRevenue), dash(l.ClassContribution), number(l.Score, 1), number(l.DataBasis, 2), dash(l.Segment))
		}
	})
	return errors.Join(failed, err)
}

// dash writes what is not known as a dash.
func dash(s *string) string {
	if s == nil {
		return "–"
	}
	return *s
}
