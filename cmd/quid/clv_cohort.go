package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"quid/clv"
	"quid/internal/events"
)

// A cohortFile says how a table of customers who are still there is read.
type cohortFile struct {
	Period    string  `name:"period" placeholder:"COLUMN" help:"For sbg: column of the period, from 0 (else period, year, month or t)."`
	Survivors string  `name:"survivors" placeholder:"COLUMN" help:"For sbg: column of how many are still there (else survivors or alive)."`
	Periods   int     `name:"periods" placeholder:"N" help:"For sbg: fit on the periods up to N only."`
	Customers float64 `name:"customers" placeholder:"N" help:"For sbg: how many customers there were in period 0 of each cohort, where the column has percents."`
}

// cohort fits the sBG to a table of period and survivors, of one cohort or of
// several together.
func (c *clvFitCmd) cohort(s *session) (*fitReport, error) {
	f, err := s.openFile(c.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	cohorts, mind, err := c.cohorts(f)
	if err != nil {
		return nil, within(c.File, err)
	}
	var all []clv.Term
	for _, survivors := range cohorts {
		terms, err := clv.Terms(survivors)
		if errors.Is(err, clv.ErrTooFew) && len(cohorts) > 1 {
			continue // the youngest cohort has not come to its first renewal
		}
		if err != nil {
			return nil, within(c.File, err)
		}
		all = append(all, terms...)
	}
	_, d, err := clv.FitSBG(all, c.fitting())
	if errors.Is(err, clv.ErrTooFew) {
		return nil, err
	}
	r := newFitReport(c.Model, "sBG", d)
	if mind != "" {
		r.Warnings = append(r.Warnings, mind)
	}
	return r, err
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

// cohorts reads the customers who are still there after 0, 1, 2 … periods, for
// each cohort: one begins with every period 0, or is named in a column. mind says
// what to know of their number.
func (c *cohortFile) cohorts(r io.Reader) (cohorts [][]float64, mind string, err error) {
	t, err := events.OpenTable(r)
	if err != nil {
		return nil, "", err
	}
	period, alive, err := c.columns(t)
	if err != nil {
		return nil, "", err
	}
	named, _ := t.Column("", "cohort", "kohorte", "jahrgang")
	if named == period || named == alive {
		named = -1
	}
	number := map[string]int{} // of a cohort
	name, percent := "", false
	for cells := range t.Rows {
		at, err := t.Number(period, cells[period])
		if err != nil {
			return nil, "", err
		}
		cell := bytes.TrimRight(bytes.TrimSuffix(cells[alive], []byte("%")), " ")
		if named >= 0 {
			if name = string(cells[named]); len(cell) == 0 {
				continue // a young cohort in a table of equally many periods
			}
		} else if at == 0 {
			name = strconv.Itoa(len(cohorts))
		}
		n, err := t.Number(alive, cell)
		if err != nil {
			return nil, "", err
		}
		percent = percent || len(cell) < len(cells[alive]) || n != math.Trunc(n)
		k, known := number[name]
		if !known {
			k = len(cohorts)
			number[name] = k
			cohorts = append(cohorts, nil)
		}
		if c.Periods > 0 && int(at) > c.Periods {
			continue
		}
		if at != float64(len(cohorts[k])) {
			return nil, "", t.Wrong(period, cells[period], fmt.Sprintf("period %d was expected: begin with all customers in period 0, then every period", len(cohorts[k])))
		}
		cohorts[k] = append(cohorts[k], n)
	}
	if t.Err() != nil {
		return nil, "", t.Err()
	}
	mind, err = c.scale(cohorts, percent)
	return cohorts, mind, err
}

// columns finds the period and the survivors.
func (c *cohortFile) columns(t *events.Table) (period, alive int, err error) {
	if period, err = t.Column(c.Period, "period", "year", "month", "t", "tenure", "renewal", "periode", "jahr", "monat"); err != nil {
		return 0, 0, err
	}
	if alive, err = t.Column(c.Survivors, "survivors", "alive", "remaining", "customers", "kept", "kunden", "bestand"); err != nil {
		return 0, 0, err
	}
	if len(t.Columns) == 2 && c.Period == "" && c.Survivors == "" {
		period, alive = 0, 1
	}
	if period < 0 || alive < 0 {
		return 0, 0, fmt.Errorf("the sBG takes a column with the period and one with the survivors: name them with --period and --survivors; the file has %q", t.Columns)
	}
	return period, alive, nil
}

// scale turns percents into customers. Shares of 1 are no number of customers at
// all; with percents the standard errors are those of a hundred.
func (c *cohortFile) scale(cohorts [][]float64, percent bool) (mind string, err error) {
	for _, survivors := range cohorts {
		if len(survivors) == 0 || !(survivors[0] > 0) {
			continue
		}
		first := survivors[0]
		switch {
		case c.Customers > 0:
			for i := range survivors {
				survivors[i] *= c.Customers / first
			}
		case percent && first <= 1:
			return "", errors.New("the survivors are shares: say with --customers how many customers there were in period 0")
		case percent:
			mind = fmt.Sprintf("the survivors look like percents: the log-likelihood and the standard errors are those of %g customers; say with --customers how many there were in period 0", first)
		}
	}
	return mind, nil
}
