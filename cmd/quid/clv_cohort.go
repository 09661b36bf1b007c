package main

import (
	"errors"
	"fmt"
	"io"

	"quid/clv"
	"quid/internal/events"
)

// A cohortFile says how a table of customers who are still there is read.
type cohortFile struct {
	Period    string  `name:"period" placeholder:"COLUMN" help:"For sbg: column of the period, from 0 (else period, year, month or t)."`
	Survivors string  `name:"survivors" placeholder:"COLUMN" help:"For sbg: column of how many are still there (else survivors or alive)."`
	Periods   int     `name:"periods" placeholder:"N" help:"For sbg: fit on the periods up to N only."`
	Customers float64 `name:"customers" placeholder:"N" help:"For sbg: how many customers there were in period 0, where the column has percents."`
}

// cohort fits the sBG to a table of period and survivors.
func (c *clvFitCmd) cohort(s *session) (*fitReport, error) {
	f, err := s.openFile(c.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	survivors, err := c.survivors(f)
	if err != nil {
		return nil, within(c.File, err)
	}
	terms, err := clv.Terms(survivors)
	if err != nil {
		return nil, within(c.File, err)
	}
	_, d, err := clv.FitSBG(terms, c.fitting())
	if errors.Is(err, clv.ErrTooFew) {
		return nil, err
	}
	return newFitReport(c.Model, "sBG", d), err
}

// opportunities fits the BG/BB to a table of x, t_x, n and perhaps count.
func (c *clvFitCmd) opportunities(s *session) (*fitReport, error) {
	f, err := s.openFile(c.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	occasions, err := events.ReadOccasions(f)
	if err != nil {
		return nil, within(c.File, err)
	}
	m, d, err := clv.FitBGBB(occasions, c.fitting())
	if err != nil && !errors.Is(err, clv.ErrNotConverged) {
		return nil, within(c.File, err)
	}
	return newFitReport(c.Model, m.Name(), d), err
}

// survivors reads the customers who are still there after 0, 1, 2 … periods.
func (c *cohortFile) survivors(r io.Reader) ([]float64, error) {
	t, err := events.OpenTable(r)
	if err != nil {
		return nil, err
	}
	period, err := t.Column(c.Period, "period", "year", "month", "t", "tenure", "renewal", "jahr", "monat")
	if err != nil {
		return nil, err
	}
	alive, err := t.Column(c.Survivors, "survivors", "alive", "remaining", "customers", "kept", "kunden")
	if err != nil {
		return nil, err
	}
	if len(t.Columns) == 2 && c.Period == "" && c.Survivors == "" {
		period, alive = 0, 1
	}
	if period < 0 || alive < 0 {
		return nil, fmt.Errorf("the sBG takes a column with the period and one with the survivors: name them with --period and --survivors; the file has %q", t.Columns)
	}
	var survivors []float64
	for cells := range t.Rows {
		at, err := t.Number(period, cells[period])
		if err != nil {
			return nil, err
		}
		n, err := t.Number(alive, cells[alive])
		if err != nil {
			return nil, err
		}
		if at != float64(len(survivors)) {
			return nil, t.Wrong(period, cells[period], fmt.Sprintf("period %d was expected: begin with all customers in period 0, then every period", len(survivors)))
		}
		if c.Periods == 0 || int(at) <= c.Periods {
			survivors = append(survivors, n)
		} else {
			break
		}
	}
	if c.Customers > 0 && len(survivors) > 0 && survivors[0] > 0 {
		scale := c.Customers / survivors[0]
		for i := range survivors {
			survivors[i] *= scale
		}
	}
	return survivors, t.Err()
}
