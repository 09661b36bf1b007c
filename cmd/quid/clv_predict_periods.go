package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"

	"quid/clv"
	"quid/internal/events"
)

// periodFlags are of models that count in periods: opportunities, renewals.
type periodFlags struct {
	Every horizon `name:"every" default:"1y" placeholder:"1y|3m|1w" help:"For bgbb and sbg: how long a period is (default ${default}); the horizon is counted in them."`
}

// periods is the horizon in whole periods, and the rate of discount for one.
func (c *clvPredictCmd) periods() (n int, rate float64, err error) {
	n = int(c.Horizon.days/c.Every.days + 1e-9)
	if n < 1 || n > 10_000 {
		return 0, 0, usageError{fmt.Errorf("--horizon %s is %d periods of %s: between 1 and 10,000 are needed; say with --every how long a period is", c.Horizon.text, n, c.Every.text)}
	}
	return n, clv.Rate(c.Discount).PerUnit(365.25 / c.Every.days), nil
}

// byPeriods forecasts what counts in periods.
func (c *clvPredictCmd) byPeriods(s *session) error {
	n, rate, err := c.periods()
	if err != nil {
		return err
	}
	if c.Holdout != 0 {
		return usageError{fmt.Errorf("--holdout needs the purchases themselves, which --model %s does not read", c.Model)}
	}
	f, err := s.openFile(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	forecast := c.donors
	if c.Model == "sbg" {
		forecast = c.renewals
	}
	write, total, err := forecast(f, n, rate)
	if err != nil {
		return within(c.File, err)
	}
	if c.Out == "" {
		err = write(s.out)
	} else {
		err = writeFile(c.Out, write)
	}
	if err == nil {
		s.say("quid: %s", total)
	}
	return err
}

// donors forecasts each line of a table of x, t_x, n and count by a BG/BB.
func (c *clvPredictCmd) donors(r io.Reader, n int, rate float64) (write func(io.Writer) error, total string, err error) {
	occasions, err := events.ReadOccasions(r)
	if err != nil {
		return nil, "", err
	}
	m, d, err := clv.FitBGBB(occasions, c.fitting())
	if err != nil {
		return nil, "", advice(err)
	}
	customers, sum := 0.0, 0.0
	for _, o := range occasions {
		customers += o.Count
		sum += o.Count * m.Expected(o, n)
	}
	write = func(w io.Writer) error {
		b := bufio.NewWriter(w)
		fmt.Fprintln(b, "x,t_x,n,count,p_alive,expected,discounted,low,high")
		for _, o := range occasions {
			low, high := counted(func(k int) float64 { return m.PMF(o, n, k) }, n, c.Level)
			fmt.Fprintf(b, "%d,%d,%d,%s,%s,%s,%s,%d,%d\n", o.X, o.Tx, o.N, appendNumber(nil, o.Count),
				appendForecast(nil, m.Alive(o)), appendForecast(nil, m.Expected(o, n)), appendForecast(nil, m.Discounted(o, rate, n)), low, high)
		}
		return b.Flush()
	}
	total = fmt.Sprintf("%.0f customers, %.0f purchases expected at the next %d opportunities by the BG/BB", customers, sum, n)
	for _, warning := range d.Warnings {
		total += "; mind: " + warning
	}
	return write, total, nil
}

// counted are the numbers from 0 to most between which a count lies with the
// probability level.
func counted(pmf func(k int) float64, most int, level float64) (low, high int) {
	tail := (1 - level) / 2
	below := 0.0
	low = -1
	for k := range most + 1 {
		below += pmf(k)
		if low < 0 && below >= tail {
			low = k
		}
		if below >= 1-tail {
			return max(low, 0), k
		}
	}
	return max(low, 0), most
}

// renewals forecasts a cohort under contract by an sBG, period after period: how
// many will be there, what share of those before renews, and how many renewals of
// the horizon, discounted, are still to come of one who is there.
func (c *clvPredictCmd) renewals(r io.Reader, n int, rate float64) (write func(io.Writer) error, total string, err error) {
	cohorts, mind, err := c.cohorts(r)
	if err != nil {
		return nil, "", err
	}
	if len(cohorts) != 1 {
		return nil, "", fmt.Errorf("the file has %d cohorts: a forecast is made of one, give each in a file of its own", len(cohorts))
	}
	survivors := cohorts[0]
	terms, err := clv.Terms(survivors)
	if err != nil {
		return nil, "", err
	}
	m, d, err := clv.FitSBG(terms, c.fitting())
	switch {
	case errors.Is(err, clv.ErrTooFew):
		return nil, "", err
	case err != nil:
		return nil, "", advice(err)
	}
	last := len(survivors) - 1
	// Those who are there now go on from what was seen, not from what was fitted.
	alive := func(t int) float64 { return survivors[last] * m.Survival(t) / m.Survival(last) }
	write = func(w io.Writer) error {
		b := bufio.NewWriter(w)
		fmt.Fprintln(b, "period,survivors,expected,retention,residual")
		for t := range last + n + 1 {
			seen, expected, retention := math.NaN(), survivors[0]*m.Survival(t), math.NaN()
			if t <= last {
				seen = survivors[t]
			} else {
				expected = alive(t)
			}
			if t > 0 {
				retention = m.Retention(t)
			}
			fmt.Fprintf(b, "%d,%s,%s,%s,%s\n", t, appendNumber(nil, seen), appendForecast(nil, expected), appendForecast(nil, retention), appendForecast(nil, m.Residual(t, rate, n)))
		}
		return b.Flush()
	}
	total = fmt.Sprintf("of %.0f customers now %.0f will be there after %d more periods by the sBG", survivors[last], alive(last+n), n)
	if mind != "" {
		total += "; mind: " + mind
	}
	for _, warning := range d.Warnings {
		total += "; mind: " + warning
	}
	return write, total, nil
}
