package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"quid/clv"
	"quid/day"
	"quid/internal/events"
	"quid/value"
)

// clvSurvivalCmd estimates how long contracts last.
type clvSurvivalCmd struct {
	File   string    `arg:"" name:"CONTRACTS.csv" help:"A line for each contract. - is stdin."`
	Tenure string    `name:"tenure" placeholder:"COLUMN" help:"Column of how long the contract has lasted."`
	Entry  string    `name:"entry" placeholder:"COLUMN" help:"Column of the tenure from which on it was observed (else 0)."`
	Start  string    `name:"start" placeholder:"COLUMN" help:"Column of the day it began, instead of --tenure."`
	End    string    `name:"end" placeholder:"COLUMN" help:"Column of the day it ended; empty while it runs."`
	Event  string    `name:"event" placeholder:"COLUMN" help:"Column that says whether it ended: yes or no, 1 or 0, and the like."`
	From   day.Day   `name:"from" placeholder:"YYYY-MM-DD" help:"With --start: the day from which on contracts were observed; those that ended before are left out."`
	Until  day.Day   `name:"until" placeholder:"YYYY-MM-DD" help:"With --start: the last day of observation (else the last day in the file)."`
	Dates  string    `name:"dates" placeholder:"dmy|mdy" enum:",dmy,mdy" default:"" help:"How dates such as 03/04/2026 are read."`
	Unit   string    `name:"unit" placeholder:"day|week|month" enum:"day,week,month" default:"month" help:"With --start: what time is counted in (default ${default})."`
	At     []float64 `name:"at" placeholder:"T,..." help:"Show these tenures instead of a selection."`
	Level  float64   `name:"level" default:"0.95" help:"Of the intervals (default ${default})."`
	JSON   bool      `name:"json" help:"Print JSON, with every step of the curve."`
}

// Run estimates the curve and prints it.
func (c *clvSurvivalCmd) Run(s *session) error {
	if err := c.check(); err != nil {
		return usageError{err}
	}
	f, err := s.openFile(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	lives, err := c.read(f)
	if err != nil {
		return within(c.File, err)
	}
	curve, err := clv.KaplanMeier(lives, c.Level)
	if err != nil {
		return within(c.File, err)
	}
	r := newSurvivalReport(curve)
	if c.JSON {
		return s.json(r)
	}
	return s.table(func(w io.Writer) { r.print(w, c.At) })
}

// check says what the flags leave open.
func (c *clvSurvivalCmd) check() error {
	switch {
	case c.Tenure == "" && c.Start == "":
		return errors.New("say how long contracts lasted: --tenure COLUMN, or --start COLUMN and --end COLUMN")
	case c.Tenure != "" && c.Start != "":
		return errors.New("--tenure and --start say the same: give one of them")
	case c.Tenure != "" && c.Event == "":
		return errors.New("say which contracts ended: --event COLUMN")
	case c.Start != "" && c.End == "":
		return errors.New("--start needs --end COLUMN, empty for contracts that run")
	case c.Start == "" && (c.From != 0 || c.Until != 0):
		return errors.New("--from and --until need --start and --end")
	case c.Start != "" && c.Entry != "":
		return errors.New("--entry goes with --tenure; with --start say --from DAY")
	case !(c.Level > 0 && c.Level < 1):
		return fmt.Errorf("--level %v: write a share such as 0.95", c.Level)
	}
	return nil
}

// A contract is a line of the file.
type contract struct {
	entry, tenure float64
	start, end    clv.Day
	left          bool
}

// read reads the contracts as lives.
func (c *clvSurvivalCmd) read(r io.Reader) ([]clv.Life, error) {
	t, err := events.OpenTable(r)
	if err != nil {
		return nil, err
	}
	var at [5]int
	for i, given := range []string{c.Tenure, c.Entry, c.Start, c.End, c.Event} {
		if at[i], err = t.Column(given); err != nil {
			return nil, err
		}
	}
	var all []contract
	for cells := range t.Rows {
		one, err := c.contract(t, at, cells)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	if err := t.Err(); err != nil {
		return nil, err
	}
	return c.lives(all)
}

func (c *clvSurvivalCmd) contract(t *events.Table, at [5]int, cells [][]byte) (one contract, err error) {
	if at[0] >= 0 {
		one.tenure, err = t.Number(at[0], cells[at[0]])
	}
	if at[1] >= 0 && err == nil {
		one.entry, err = t.Number(at[1], cells[at[1]])
	}
	if at[2] >= 0 && err == nil {
		one.start, err = t.Day(at[2], cells[at[2]], c.Dates)
	}
	if at[3] >= 0 && err == nil && len(cells[at[3]]) > 0 {
		one.end, err = t.Day(at[3], cells[at[3]], c.Dates)
		one.left = true
	}
	if at[4] >= 0 && err == nil {
		left, known := ended(string(cells[at[4]]))
		if !known {
			return one, t.Wrong(at[4], cells[at[4]], "write yes for a contract that ended and no for one that runs, or 1 and 0")
		}
		one.left = left
		if c.Start != "" && left && one.end == 0 {
			return one, t.Wrong(at[3], cells[at[3]], "the contract ended: write the day")
		}
	}
	return one, err
}

// ended reads a word for whether a contract ended.
func ended(word string) (yes, known bool) {
	word = strings.ToLower(strings.TrimSpace(word))
	switch {
	case slices.Contains([]string{"1", "1.0", "yes", "y", "true", "t", "ja", "j", "wahr", "churn", "churned", "left", "lost", "ended", "cancelled", "canceled", "gekündigt", "beendet", "dead", "event"}, word):
		return true, true
	case slices.Contains([]string{"0", "0.0", "no", "n", "false", "f", "nein", "falsch", "active", "alive", "stayed", "stay", "kept", "running", "retained", "aktiv", "laufend", "censored", "not churned", ""}, word):
		return false, word != ""
	}
	return false, false
}

// lives counts tenures from days where the file has days.
func (c *clvSurvivalCmd) lives(all []contract) ([]clv.Life, error) {
	until := clvDay(c.Until)
	for _, one := range all {
		if c.Until == 0 {
			until = max(until, one.start, one.end)
		}
	}
	unit, err := clv.ParseUnit(c.Unit)
	if err != nil {
		return nil, err
	}
	from := clvDay(c.From)
	var lives []clv.Life
	for i, one := range all {
		if c.Start == "" {
			lives = append(lives, clv.Life{Entry: one.entry, Exit: one.tenure, Left: one.left})
			continue
		}
		if one.end == 0 || one.end > until {
			one.end, one.left = until, false
		}
		if one.start > until || one.end < from || one.end == from && one.start < from {
			continue // not under observation
		}
		if one.end < one.start {
			return nil, fmt.Errorf("contract %d ended on %v, before it began on %v", i+1, one.end, one.start)
		}
		life := clv.Life{Exit: unit.Of(int(one.end - one.start)), Left: one.left}
		if one.start < from {
			life.Entry = unit.Of(int(from - one.start))
		}
		lives = append(lives, life)
	}
	return lives, nil
}

// A survivalReport is what quid clv survival prints.
type survivalReport struct {
	Model     string         `json:"model"`
	Customers int            `json:"customers"`
	Events    int            `json:"events"`
	Level     float64        `json:"level"`
	Median    value.Number   `json:"median"` // null if more than half outlast the observation
	MedianLow value.Number   `json:"median_low"`
	MedianTop value.Number   `json:"median_high"`
	Mean      value.Number   `json:"mean_within"` // mean tenure up to the longest one seen
	Longest   value.Number   `json:"longest"`
	Curve     []survivalStep `json:"curve"`
	Warnings  []string       `json:"warnings"`
	curve     clv.Curve
}

type survivalStep struct {
	T        float64      `json:"t"`
	AtRisk   int          `json:"at_risk"`
	Events   int          `json:"events"`
	Survival float64      `json:"survival"`
	SE       value.Number `json:"se"`
	Low      value.Number `json:"low"`
	High     value.Number `json:"high"`
}

func newSurvivalReport(c clv.Curve) *survivalReport {
	median := c.Median()
	r := &survivalReport{
		Model: "kaplan-meier", Customers: c.Lives, Events: c.Left, Level: c.Level,
		Median: value.Number(median.Value), MedianLow: value.Number(median.Low), MedianTop: value.Number(median.High),
		Mean: value.Number(c.RestrictedMean(c.Last).Value), Longest: value.Number(c.Last),
		Curve: make([]survivalStep, 0, len(c.Steps)), Warnings: append([]string{}, c.Warnings...), curve: c,
	}
	for _, s := range c.Steps {
		r.Curve = append(r.Curve, step(s))
	}
	return r
}

func step(s clv.Step) survivalStep {
	return survivalStep{s.Time, s.AtRisk, s.Left, s.Survival, value.Number(s.SE), value.Number(s.Low), value.Number(s.High)}
}

// print writes the curve for people: the tenures asked for, or about a dozen.
func (r *survivalReport) print(w io.Writer, at []float64) {
	fmt.Fprintf(w, "contracts\t%d, of these ended %d\n", r.Customers, r.Events)
	if math.IsInf(float64(r.Median), 1) {
		fmt.Fprintf(w, "half of them last\tlonger than %.4g, the longest seen\n", float64(r.Longest))
	} else {
		fmt.Fprintf(w, "half of them last\t%.4g\n", float64(r.Median))
	}
	fmt.Fprintf(w, "mean tenure within %.4g\t%.4g\n", float64(r.Longest), float64(r.Mean))
	fmt.Fprintf(w, "\ntenure\tstill there\tstandard error\t%g%% from\tto\n", 100*r.Level)
	if len(at) == 0 {
		every := max(1, (len(r.Curve)+11)/12)
		for i, s := range r.Curve {
			if i%every == 0 || i == len(r.Curve)-1 {
				at = append(at, s.T)
			}
		}
	}
	for _, t := range at {
		if t > float64(r.Longest) {
			fmt.Fprintf(w, "%.5g\t–\tnobody was observed so long\n", t)
			continue
		}
		s := step(r.curve.At(t))
		fmt.Fprintf(w, "%.5g\t%.2f %%\t%.2f\t%.2f\t%.2f\n", t, 100*s.Survival, 100*float64(s.SE), 100*float64(s.Low), 100*float64(s.High))
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(w, "\nmind: %s\n", warning)
	}
}
