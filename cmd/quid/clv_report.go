package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"quid/clv"
	"quid/day"
	"quid/internal/locale"
	"quid/internal/report"
)

// clvReportCmd writes a page that says how good the forecasts are, and what they
// say.
type clvReportCmd struct {
	File     string  `arg:"" name:"EVENTS.csv" help:"A line for each purchase: customer, day, amount."`
	Holdout  day.Day `name:"holdout" required:"" placeholder:"YYYY-MM-DD" help:"Fit on the purchases up to the day, and hold the forecasts against what followed."`
	Out      string  `name:"out" required:"" placeholder:"FILE" help:"The HTML file to write."`
	Lang     string  `name:"lang" enum:"en,de" default:"en" placeholder:"en|de" help:"Language of the page (default ${default})."`
	Horizon  horizon `name:"horizon" default:"52w" placeholder:"52w|36m|90d|2y" help:"How far to look ahead from the last day (default ${default})."`
	Discount float64 `name:"discount" default:"0.08" placeholder:"RATE" help:"Annual rate of discount (default ${default}, 8 % a year)."`
	fitFlags
	purchaseFile
}

// Validate refuses rates that are none.
func (c *clvReportCmd) Validate() error {
	return errors.Join(checkDiscount(c.Discount), c.fitFlags.Validate())
}

// Run chooses a model by the holdout, fits it to all purchases and writes the page.
func (c *clvReportCmd) Run(s *session) error {
	lean()
	if c.File == "-" {
		return usageError{errors.New("the report reads the file twice: name a file instead of stdin")}
	}
	b, err := s.readBase(c.File, &c.purchaseFile, c.Holdout)
	if err != nil {
		return err
	}
	if b.log == nil {
		return usageError{fmt.Errorf("%s holds histories: the report needs the purchases themselves", c.File)}
	}
	choice, err := b.choose(c.fitting())
	if err != nil {
		return advice(err)
	}
	l := report.Lifetime{Source: filepath.Base(c.File), Summary: b.log.Summary, Choice: choice, Counts: b.counts(choice.Winner().Fitted.Timing)}
	if l.Now, err = c.today(s, &choice); err != nil {
		return err
	}
	if err := c.write(l.Page(locale.For(c.Lang))); err != nil {
		return err
	}
	s.say("quid: %s is written: %s", c.Out, choice.Verdict.Text)
	return nil
}

// write writes the page to the file, which is taken away if that fails.
func (c *clvReportCmd) write(page *report.Page) error {
	return writeFile(c.Out, func(w io.Writer) error { return page.Write(w, locale.For(c.Lang)) })
}

// writeFile writes a file through a buffer and takes it away if that fails.
func writeFile(path string, write func(io.Writer) error) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	w := bufio.NewWriterSize(file, 1<<20)
	if err := write(w); err != nil {
		return err
	}
	return w.Flush()
}

// mostCounts is from how many repeat purchases on customers are counted together.
const mostCounts = 7

// counts are how many customers bought again how often, and how many the model
// expects to.
func (b *base) counts(m clv.Timing) []report.Count {
	counts := make([]report.Count, mostCounts+1)
	ages := make(map[float64]float64)
	for _, h := range b.histories {
		counts[min(h.X, mostCounts)].Actual++
		ages[h.T]++
	}
	for _, age := range slices.Sorted(maps.Keys(ages)) {
		rest := ages[age]
		for x := range mostCounts {
			p := ages[age] * m.PMF(clv.History{}, age, x)
			counts[x].Expected += p
			rest -= p
		}
		counts[mostCounts].Expected += max(0, rest)
	}
	return counts
}

// today is what the chosen model says when it is fitted to all purchases.
func (c *clvReportCmd) today(s *session, choice *clv.Choice) (report.Now, error) {
	b, err := s.readBase(c.File, &c.purchaseFile, 0)
	if err != nil {
		return report.Now{}, err
	}
	n := report.Now{
		Day: b.log.Until, Customers: len(b.histories), Alive: math.NaN(), Value: math.NaN(), Horizon: c.Horizon.text, Discount: c.Discount,
	}
	if !choice.Usable {
		for _, h := range b.histories {
			if h.X == 0 {
				continue
			}
			n.Purchases += float64(h.X) / h.T * c.Horizon.days / float64(b.unit)
		}
		return n, nil
	}
	name := choice.Winner().Name
	f, err := b.forecast(&clvPredictCmd{Horizon: c.Horizon, Discount: c.Discount, Level: 0.9, fitFlags: c.fitFlags}, wordOf(name))
	if err != nil {
		return n, err
	}
	n.Model, n.Warnings = name, f.cautions(c)
	f.sums(&n)
	f.concentration(&n)
	f.surface(&n)
	return n, f.equity(&n, c)
}

// cautions say what speaks against what is said of today, beside the choice.
func (f *forecast) cautions(c *clvReportCmd) (list []clv.Warning) {
	add := func(code clv.WarningCode) { list = append(list, clv.Warning{Code: code}) }
	switch m := f.spend.(type) {
	case clv.ShrunkMean:
		add(clv.SpendShrunk)
		if m.Slope != 0 {
			add(clv.SpendRelated)
		}
	case clv.GammaGamma:
		if len(f.fittedSpend.Diagnostics.Bounds) > 0 {
			add(clv.SpendAlike)
		}
	case nil:
		if f.hasSpend {
			add(clv.SpendUnknown)
		}
	}
	if f.longAhead(f.longest(), c.Horizon.text) {
		add(clv.LongHorizon)
	}
	return list
}

// sums adds the customers up.
func (f *forecast) sums(n *report.Now) {
	alive, value, valued := 0.0, 0.0, false
	for i, h := range f.histories {
		n.Purchases += f.at(i).Expected
		if p, known := f.alive(i); known {
			alive += p
			n.Judged++
		} else if h.X == 0 {
			n.Repeaters = true
		}
		if v, known := f.value(i); known {
			value += v
			valued = true
		}
	}
	if n.Judged > 0 {
		n.Alive = alive
	}
	if valued {
		n.Value = value
	}
}

// concentration sorts the customers by what is to come of them.
func (f *forecast) concentration(n *report.Now) {
	values := make([]float64, len(f.histories))
	total := 0.0
	for i := range values {
		v, known := f.value(i)
		if !known {
			v = f.at(i).Expected
		}
		values[i] = max(0, v)
		total += values[i]
	}
	if total == 0 {
		return
	}
	slices.Sort(values)
	slices.Reverse(values)
	sum, at := 0.0, 0
	for point := range 101 {
		for ; at < point*len(values)/100; at++ {
			sum += values[at]
		}
		n.Shares = append(n.Shares, [2]float64{float64(point) / 100, sum / total})
	}
	n.TopFifth = n.Shares[20][1]
}

// surface is how the probability of being active falls with silence, for
// customers as old as nine of ten are at the most.
func (f *forecast) surface(n *report.Now) {
	if _, none := f.model.(clv.NBD); none {
		return
	}
	const month = float64(clv.Months)
	ages := make([]float64, len(f.histories))
	most := 0
	for i, h := range f.histories {
		ages[i] = h.T * float64(f.unit) / month
		most = max(most, h.X)
	}
	slices.Sort(ages)
	n.SurfaceAge = math.Round(ages[len(ages)*9/10])
	for _, x := range []int{1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30} {
		if x <= max(most, 3) {
			n.SurfaceX = append(n.SurfaceX, x)
		}
	}
	step := max(1, int(math.Round(n.SurfaceAge/12)))
	for m := 0; m < int(n.SurfaceAge) && m <= 12*step; m += step {
		row := make([]float64, len(n.SurfaceX))
		for k, x := range n.SurfaceX {
			row[k] = math.NaN()
			if days := (n.SurfaceAge - float64(m)) * month; days >= float64(x) {
				row[k] = f.model.Alive(clv.History{X: x, Tx: days / float64(f.unit), T: n.SurfaceAge * month / float64(f.unit)})
			}
		}
		n.Surface = append(n.Surface, row)
		n.SurfaceMonth = append(n.SurfaceMonth, m)
	}
}

// equityLimit is for how many customers the interval of their value is computed.
const equityLimit = 300_000

// equity is within what bounds the value of all customers together lies.
func (f *forecast) equity(n *report.Now, c *clvReportCmd) error {
	if f.spend == nil || len(f.histories) > equityLimit || n.Value != n.Value {
		return nil
	}
	e, err := f.fitted.Equity(f.histories, f.fittedSpend, clv.Valuation{Ahead: f.ahead, Level: 0.9})
	if errors.Is(err, clv.ErrNoMean) {
		return nil // and no interval
	}
	if err != nil {
		return err
	}
	n.Range = e.Total.Interval
	return nil
}
