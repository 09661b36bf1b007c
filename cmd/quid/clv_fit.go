package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"quid/clv"
	"quid/day"
	"quid/value"
)

// clvFitCmd estimates a model.
type clvFitCmd struct {
	File    string  `arg:"" name:"FILE.csv" help:"Histories (id, x, t_x, T, spend) or purchases, told apart by the header. - is stdin."`
	Model   string  `name:"model" default:"auto" enum:"${fit_models}" placeholder:"MODEL" help:"One of ${enum}. auto takes the one that forecasts the holdout best, or fits best without one (default)."`
	Holdout day.Day `name:"holdout" placeholder:"YYYY-MM-DD" help:"Fit on the purchases up to the day, and hold the forecast against what followed."`
	JSON    bool    `name:"json" help:"Print JSON."`
	fitFlags
	purchaseFile
	cohortFile
}

// fitFlags say how a model is fitted.
type fitFlags struct {
	Prior bool `name:"prior" help:"Steady the fit by weak priors, for bases of a few hundred customers."`
	K     int  `name:"k" placeholder:"K" help:"For mbgcnbd: how regular purchases are, 1 for random to 12; chosen by the times between them without it."`
}

// Validate refuses a k that is none.
func (f *fitFlags) Validate() error {
	if f.K < 0 || f.K > clv.MaxRhythm {
		return fmt.Errorf("--k %d: write a number from 1 to %d", f.K, clv.MaxRhythm)
	}
	return nil
}

func (f *fitFlags) fitting() clv.Options { return clv.Options{Prior: f.Prior} }

// timingFits are the models of purchase timing, by the word of the flag.
var timingFits = []struct{ word, name string }{
	{"bgnbd", "BG/NBD"},
	{"mbgnbd", "MBG/NBD"},
	{"paretonbd", "Pareto/NBD"},
	{"mbgcnbd", "MBG/CNBD-k"},
	{"nbd", "NBD"},
}

// timingModels are the words of --model for models of purchase timing.
func timingModels() string {
	words := make([]string, len(timingFits))
	for i, f := range timingFits {
		words[i] = f.word
	}
	return strings.Join(words, ",")
}

// fitModels are the words of --model of quid clv fit.
func fitModels() string { return "auto," + timingModels() + ",bgbb,gammagamma,sbg" }

// A fitReport is what quid clv fit prints.
type fitReport struct {
	Model     string       `json:"model"`
	Params    named        `json:"params"`
	SE        named        `json:"se"`
	LogLik    value.Number `json:"loglik"`
	Customers int          `json:"customers"`
	Groups    int          `json:"groups"`
	Converged bool         `json:"converged"`
	Warnings  []string     `json:"warnings"`

	Holdout *holdoutReport    `json:"holdout,omitempty"` // with --holdout
	Models  []candidateReport `json:"models,omitempty"`  // with --model auto

	Diagnostics climbReport `json:"diagnostics"`

	title, unit, verdict string
}

// A climbReport is how the maximum was found.
type climbReport struct {
	Iterations int          `json:"iterations"`
	Gradient   value.Number `json:"gradient"`  // largest entry per customer, over the logarithms of the parameters
	Condition  value.Number `json:"condition"` // of the information matrix
	Bounds     []string     `json:"bounds"`    // parameters that the data do not identify
}

// named are numbers with names, in the order of the papers.
type named []namedNumber

type namedNumber struct {
	name string
	x    float64
}

// MarshalJSON writes an object; what is no number is null.
func (n named) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, p := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(strconv.AppendQuote(b, p.name), ':')
		if math.IsNaN(p.x) || math.IsInf(p.x, 0) {
			b = append(b, "null"...)
		} else {
			b = strconv.AppendFloat(b, p.x, 'g', -1, 64)
		}
	}
	return append(b, '}'), nil
}

// Run fits and prints.
func (c *clvFitCmd) Run(s *session) error {
	lean()
	r, err := c.report(s)
	if err != nil && !errors.Is(err, clv.ErrNotConverged) {
		return err
	}
	if c.JSON && r != nil {
		return errors.Join(s.json(r), err)
	}
	if err != nil {
		return err
	}
	return s.table(r.print)
}

func (c *clvFitCmd) report(s *session) (*fitReport, error) {
	switch c.Model {
	case "sbg":
		return c.cohort(s)
	case "bgbb":
		return c.opportunities(s)
	}
	b, err := s.readBase(c.File, &c.purchaseFile, c.Holdout)
	if err != nil {
		return nil, err
	}
	if c.Model == "gammagamma" {
		if !b.hasSpend {
			return nil, fmt.Errorf("%s has no amounts: name their column with --amount", c.File)
		}
		_, d, err := clv.FitGammaGamma(b.histories, c.fitting())
		return newFitReport(c.Model, "Gamma-Gamma", d), advice(err)
	}
	if c.Model == "auto" {
		return b.auto(c.fitting())
	}
	fitted, r, err := b.fit(c.Model, c.fitFlags)
	if err != nil || c.Holdout == 0 {
		return r, err
	}
	score, err := fitted.Score(b.trial())
	if err != nil {
		return r, err
	}
	r.Holdout = b.holdout(score, false)
	return r, nil
}

// fit fits a model of purchase timing by the word of the flag.
func (b *base) fit(word string, o fitFlags) (clv.Fitted, *fitReport, error) {
	cells, err := clv.Group(b.histories)
	if err != nil {
		return clv.Fitted{}, nil, err
	}
	return b.fitCells(cells, word, o)
}

// fitCells is fit for customers who are grouped already.
func (b *base) fitCells(cells clv.Cells, word string, o fitFlags) (clv.Fitted, *fitReport, error) {
	name := ""
	for _, f := range timingFits {
		if f.word == word {
			name = f.name
		}
	}
	f, err := clv.Fitted{}, error(nil)
	if word == "mbgcnbd" {
		f, err = b.fitRhythm(o)
	} else {
		f, err = clv.FitTiming(name, cells, o.fitting())
	}
	if errors.Is(err, clv.ErrTooFew) {
		return f, nil, advice(err)
	}
	if f.Timing == nil {
		return f, nil, err
	}
	r := newFitReport(word, name, f.Diagnostics)
	r.addRhythm(f.Timing)
	r.unit = b.unit.String()
	return f, r, advice(err)
}

// fitRhythm fits the MBG/CNBD-k, which looks at the times between purchases.
func (b *base) fitRhythm(o fitFlags) (clv.Fitted, error) {
	if o.K == 0 && !slices.ContainsFunc(b.histories, func(h clv.History) bool { return h.LogGaps != 0 }) {
		return clv.Fitted{}, errors.New("the file does not tell how regular purchases are: give the purchases themselves, histories with --gaps, or --k")
	}
	m, d, err := clv.FitMBGCNBD(b.histories, o.K, o.fitting())
	return clv.Fitted{Timing: m, Diagnostics: d}, err
}

// addRhythm sets the k of an MBG/CNBD-k before its other parameters. It is a whole
// number and has no standard error.
func (r *fitReport) addRhythm(m clv.Timing) {
	if m, ok := m.(clv.MBGCNBD); ok {
		r.Params = append(named{{"k", float64(m.K)}}, r.Params...)
		r.SE = append(named{{"k", math.NaN()}}, r.SE...)
	}
}

// advice adds what to do to the errors of a fit.
func advice(err error) error {
	switch {
	case errors.Is(err, clv.ErrNotConverged):
		return fmt.Errorf("%w: no forecast can be made with it; take another --model (nbd always has a maximum), or --prior where customers are few", err)
	case errors.Is(err, clv.ErrTooFew):
		return fmt.Errorf("%w: take a longer log; until then use what each customer bought a year", err)
	}
	return err
}

func newFitReport(word, title string, d clv.Diagnostics) *fitReport {
	r := &fitReport{
		Model: word, LogLik: value.Number(d.LogLik), Customers: d.Customers, Groups: d.Groups,
		Converged: d.Converged, Warnings: slices.Clone(d.Warnings), title: title,
		Diagnostics: climbReport{Iterations: d.Iterations, Gradient: value.Number(d.Gradient), Condition: value.Number(d.Condition), Bounds: slices.Clone(d.Bounds)},
	}
	for i, name := range d.Names {
		if i < len(d.Estimates) {
			r.Params = append(r.Params, namedNumber{name, d.Estimates[i]})
		}
		if i < len(d.SE) {
			r.SE = append(r.SE, namedNumber{name, d.SE[i]})
		}
	}
	if r.Warnings == nil {
		r.Warnings = []string{}
	}
	if r.Diagnostics.Bounds == nil {
		r.Diagnostics.Bounds = []string{}
	}
	return r
}

// print writes the fit for people.
func (r *fitReport) print(w io.Writer) {
	fmt.Fprintf(w, "model\t%s\n", r.title)
	fmt.Fprintf(w, "customers\t%d, %d different histories\n", r.Customers, r.Groups)
	if r.unit != "" {
		fmt.Fprintf(w, "log-likelihood\t%.4f, time in %ss\n", float64(r.LogLik), r.unit)
	} else {
		fmt.Fprintf(w, "log-likelihood\t%.4f\n", float64(r.LogLik))
	}
	fmt.Fprintln(w, "\nparameter\testimate\tstandard error")
	for i, p := range r.Params {
		se := "–"
		if i < len(r.SE) && r.SE[i].x == r.SE[i].x {
			se = fmt.Sprintf("%.5g", r.SE[i].x)
		}
		fmt.Fprintf(w, "%s\t%.6g\t%s\n", p.name, p.x, se)
	}
	if r.Holdout != nil {
		r.printHoldout(w)
	}
	if r.Models != nil {
		r.printModels(w)
		fmt.Fprintf(w, "\n%s\n", r.verdict)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(w, "\nmind: %s\n", warning)
	}
}
