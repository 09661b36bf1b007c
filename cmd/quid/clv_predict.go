package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"quid/clv"
	"quid/day"
)

// clvPredictCmd forecasts every customer.
type clvPredictCmd struct {
	File     string  `arg:"" name:"FILE.csv" help:"Histories (id, x, t_x, T, spend) or purchases, told apart by the header. - is stdin."`
	Model    string  `name:"model" default:"auto" enum:"auto,${timing_models},bgbb,sbg" placeholder:"MODEL" help:"One of ${enum}. auto takes the one that fits best, and none where too little is known (default)."`
	Holdout  day.Day `name:"holdout" placeholder:"YYYY-MM-DD" help:"With auto: take the model that forecasts best what followed the day; it is fitted to all purchases then."`
	Horizon  horizon `name:"horizon" default:"52w" placeholder:"52w|36m|90d|2y" help:"How far to look ahead (default ${default})."`
	Discount float64 `name:"discount" default:"0.08" placeholder:"RATE" help:"Annual rate of discount (default ${default}, 8 % a year)."`
	Level    float64 `name:"level" default:"0.9" placeholder:"SHARE" help:"How often the truth is to lie between low and high (default ${default})."`
	Out      string  `name:"out" placeholder:"FILE" help:"Write there instead of stdout."`
	fitFlags
	periodFlags
	purchaseFile
	cohortFile

	said []string // warnings that were given with the choice
}

// A horizon is a length of time as people write it: 52w, 36m.
type horizon struct {
	days float64
	text string
}

// UnmarshalText reads 90d, 52w, 36m or 2y.
func (h *horizon) UnmarshalText(b []byte) error {
	days := map[byte]float64{'d': 1, 'w': 7, 'm': float64(clv.Months), 'y': 365.25}
	if n := len(b); n > 1 {
		x, err := strconv.ParseFloat(string(b[:n-1]), 64)
		if unit := days[b[n-1]]; err == nil && unit > 0 && x > 0 && x*unit <= 100*365.25 {
			*h = horizon{x * unit, string(b)}
			return nil
		}
	}
	return errors.New("write a time such as 52w, 36m, 90d or 2y, at most a hundred years")
}

// Validate refuses rates that are none.
func (c *clvPredictCmd) Validate() error {
	if !(c.Level > 0 && c.Level < 1) {
		return fmt.Errorf("--level %v: write a share such as 0.9", c.Level)
	}
	return errors.Join(checkDiscount(c.Discount), c.fitFlags.Validate())
}

func checkDiscount(rate float64) error {
	if !(rate > -1 && rate <= 10) {
		return fmt.Errorf("--discount %v: write an annual rate such as 0.08", rate)
	}
	return nil
}

// Run forecasts and writes.
func (c *clvPredictCmd) Run(s *session) error {
	lean()
	if c.Model == "bgbb" || c.Model == "sbg" {
		return c.byPeriods(s)
	}
	word, err := c.chosen(s)
	if err != nil {
		return err
	}
	b, err := s.readBase(c.File, &c.purchaseFile, 0)
	if err != nil {
		return err
	}
	if word == "auto" {
		choice, err := b.choose(c.fitting())
		if err != nil {
			return advice(err)
		}
		if word, err = c.usable(s, &choice); err != nil {
			return err
		}
	}
	f, err := b.forecast(c, word)
	if err != nil {
		return err
	}
	for _, w := range f.warnings {
		if slices.Contains(c.said, w) {
			continue
		}
		s.say("quid: mind: %s", w)
	}
	if c.Out == "" {
		if err := f.write(s.out); err != nil {
			return err
		}
	} else if err := writeFile(c.Out, f.write); err != nil {
		return err
	}
	s.say("quid: %s", f.total(c))
	return nil
}

// chosen is the model that forecasts a holdout best, where one is asked for; else
// the word of the flag.
func (c *clvPredictCmd) chosen(s *session) (string, error) {
	if c.Holdout == 0 || c.Model != "auto" {
		return c.Model, nil
	}
	if c.File == "-" {
		return "", usageError{errors.New("--holdout reads the file twice: name a file instead of stdin")}
	}
	b, err := s.readBase(c.File, &c.purchaseFile, c.Holdout)
	if err != nil {
		return "", err
	}
	choice, err := b.choose(c.fitting())
	if err != nil {
		return "", advice(err)
	}
	return c.usable(s, &choice)
}

// usable is the word of the model chosen, an error if none is to be used.
func (c *clvPredictCmd) usable(s *session, choice *clv.Choice) (string, error) {
	if !choice.Usable {
		return "", fmt.Errorf("%s; to forecast all the same, name a --model", choice.Verdict.Text)
	}
	s.say("quid: %s", choice.Verdict.Text)
	for _, w := range choice.Warnings {
		s.say("quid: mind: %s", w.Text)
		c.said = append(c.said, w.Text)
	}
	return wordOf(choice.Winner().Name), nil
}

// A forecast is what a model says of every customer of a base.
type forecast struct {
	*base
	model    clv.Timing
	spend    clv.Spend // nil if amounts are not known
	of       []int32   // the cell of each customer
	cells    []clv.Prediction
	outcomes []clv.Outcome
	level    float64
	warnings []string

	fitted      clv.Fitted
	fittedSpend clv.FittedSpend
	ahead       clv.Ahead
}

// forecast fits the models and asks them of every cell.
func (b *base) forecast(c *clvPredictCmd, word string) (*forecast, error) {
	f := &forecast{base: b}
	cells, of, err := clv.GroupIndex(b.histories)
	if err != nil {
		return nil, err
	}
	f.of = of
	fitted, r, err := b.fitCells(cells, word, c.fitFlags)
	if err != nil {
		return nil, err
	}
	f.fitted, f.model, f.warnings, f.level = fitted, fitted.Timing, r.Warnings, c.Level
	if b.hasSpend {
		spend, d, err := clv.FitSpend(b.histories, c.fitting())
		f.warnings = append(f.warnings, d.Warnings...)
		if err != nil {
			f.warnings = append(f.warnings, fmt.Sprintf("amounts are not forecast: %v", err))
		} else {
			f.spend, f.fittedSpend = spend, clv.FittedSpend{Spend: spend, Diagnostics: d}
		}
	}
	f.ahead = clv.Ahead{Horizon: c.Horizon.days / float64(b.unit), Rate: clv.Rate(c.Discount).PerUnit(b.unit.PerYear())}
	f.longAhead(f.longest(), c.Horizon.text)
	f.cells = clv.Predict(fitted.Timing, cells, f.ahead)
	f.outcomes = fitted.Outcomes(cells, f.ahead.Horizon, c.Level)
	return f, nil
}

// longest is how long the oldest customer was watched.
func (f *forecast) longest() (longest float64) {
	for i := range f.histories {
		longest = max(longest, f.histories[i].T)
	}
	return longest
}

// longAhead warns of a horizon that nothing in the file can speak of.
func (f *forecast) longAhead(longest float64, text string) bool {
	if f.ahead.Horizon <= 2*longest {
		return false
	}
	f.warnings = append(f.warnings, fmt.Sprintf("the horizon %s is more than twice as long as any customer was seen (%.3g %ss): nothing in the file can tell", text, longest, f.unit))
	return true
}

// at is the prediction for a customer.
func (f *forecast) at(i int) *clv.Prediction { return &f.cells[f.of[i]] }

// alive is the probability of being active, and whether the model can tell: the
// NBD knows no leaving, and the BG/NBD none before the first repeat purchase.
func (f *forecast) alive(i int) (float64, bool) {
	switch f.model.(type) {
	case clv.NBD:
		return 0, false
	case clv.BGNBD:
		return f.at(i).Alive, f.histories[i].X > 0
	}
	return f.at(i).Alive, true
}

// value is the discounted amount of a customer in the horizon; it is not known
// without amounts.
func (f *forecast) value(i int) (float64, bool) {
	if f.spend == nil {
		return 0, false
	}
	mean, err := f.spend.Mean(f.histories[i])
	if err != nil {
		return 0, false
	}
	return f.at(i).Discounted * mean, true
}

// between is within which bounds the customer's value will lie, the number of
// purchases where amounts are not known.
func (f *forecast) between(i int) clv.Interval {
	o := &f.outcomes[f.of[i]]
	if f.spend == nil {
		return o.Count
	}
	in, err := o.Worth(*f.at(i), f.spend, f.histories[i], f.level)
	if err != nil {
		return clv.Interval{Low: math.NaN(), High: math.NaN()}
	}
	return in
}

// write writes the forecast as CSV.
func (f *forecast) write(w io.Writer) error {
	if _, err := io.WriteString(w, "id,p_alive,expected,clv,low,high\n"); err != nil {
		return err
	}
	return writeRows(w, len(f.histories), func(b []byte, i int) []byte {
		b = append(appendCell(b, f.customer(i)), ',')
		if alive, known := f.alive(i); known {
			b = appendForecast(b, alive)
		}
		b = appendForecast(append(b, ','), f.at(i).Expected)
		b = append(b, ',')
		if value, known := f.value(i); known {
			b = appendForecast(b, value)
		}
		in := f.between(i)
		b = appendForecast(append(b, ','), in.Low)
		b = appendForecast(append(b, ','), in.High)
		return append(b, '\n')
	})
}

// total says what the base as a whole is expected to do.
func (f *forecast) total(c *clvPredictCmd) string {
	purchases, value := 0.0, 0.0
	for i := range f.histories {
		purchases += f.at(i).Expected
		if v, known := f.value(i); known {
			value += v
		}
	}
	text := fmt.Sprintf("%d customers, %.0f purchases expected in %s by the %s", len(f.histories), purchases, c.Horizon.text, f.model.Name())
	if f.spend != nil && !math.IsNaN(value) {
		text += fmt.Sprintf(", worth %.0f at %g %% a year", value, 100*c.Discount)
	}
	return text
}
