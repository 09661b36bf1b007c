package clv

import (
	"fmt"
	"math"
	"slices"
)

// A Trial is a base of customers with what they bought after the histories end:
// what models are chosen by.
type Trial struct {
	Histories []History
	Bought    []int   // purchases of each in the Span after T; nil if there is no holdout
	Span      float64 // length of the holdout, in the unit of the histories

	// LastYear, if known, is what each customer bought in the same part of the
	// year before: the forecast "same as last year". nil if not known.
	LastYear []int

	// Repeats are the purchases after a customer's first, by day from First; the
	// histories end with day Until and the holdout with the last of them. nil if
	// not known: then there is no tracking and no test for trend and season.
	Repeats      []int
	First, Until Day
	Unit         Unit // days per unit of the histories; 0 means Weeks

	Earlier int // customers who had bought before the data begin
}

// Trial is the summary as a trial.
func (s *Summary) Trial() Trial {
	return Trial{
		Histories: s.Histories, Bought: s.Holdout, LastYear: s.LastYear, Span: s.Unit.Of(int(s.End - s.Until)), Repeats: s.Repeats,
		First: s.First, Until: s.Until, Unit: s.Unit, Earlier: s.Earlier,
	}
}

// Options of a choice. The zero value is what one wants.
type ChoiceOptions struct {
	MinRepeat int     // repeat customers below which no model is used; 0 means 100
	Horizon   float64 // how far forecasts will look; 0 means the span of the holdout
	Fit       Options
}

// A Candidate is a model, or a rule of thumb, and how it did.
type Candidate struct {
	Name   string
	Fitted Fitted // its Timing is nil for a rule of thumb and for a model without a maximum
	Naive  bool
	Err    error // why it could not be fitted

	LogLik, AIC, BIC float64
	Score            Score
}

// A Choice says which model to use for a base of customers, why, and what speaks
// against using any.
type Choice struct {
	Candidates []Candidate
	Best       int  // index of the model to use
	Usable     bool // false: use a run-rate and say why; the reasons are in Warnings
	Actual     int  // purchases in the holdout
	Customers  int
	Repeaters  int // customers with a repeat purchase
	Span       float64
	Warnings   []Warning
	Verdict    Warning // the winner in words; its Code is one of the Verdict constants
	Tracking   []Week  // cumulative purchases of all, week by week, under the best model
	regularity Regularity
}

// The verdicts of a choice.
const (
	VerdictHoldout   WarningCode = "verdict-holdout"   // the best in the holdout
	VerdictLikely    WarningCode = "verdict-likely"    // no holdout: the best by BIC
	VerdictNoDropout WarningCode = "verdict-nodropout" // nobody seems to leave: NBD
	VerdictNone      WarningCode = "verdict-none"      // no model is to be used
)

// Winner is the candidate to use.
func (c *Choice) Winner() *Candidate { return &c.Candidates[c.Best] }

// timingModels are the models that a choice fits to cells, simplest first.
var timingModels = []string{"NBD", "BG/NBD", "MBG/NBD", "Pareto/NBD"}

// Choose fits every model to the histories and says which one forecast the
// holdout best: by the logarithmic score, the mean logarithm of the probability
// that a model gave to what each customer then did. Without a holdout the least
// BIC decides. It does not use the mean absolute error, which prefers to predict
// nothing of anybody. docs/clv.md, "Choosing a model". The error is that of a base
// of which nothing can be said at all.
func Choose(t Trial, o ChoiceOptions) (Choice, error) {
	if t.Unit == 0 {
		t.Unit = Weeks
	}
	if t.Bought != nil && (len(t.Bought) != len(t.Histories) || !(t.Span > 0)) {
		return Choice{}, fmt.Errorf("holdout of %d customers over %v for %d histories: one number each, over a time", len(t.Bought), t.Span, len(t.Histories))
	}
	cells, of, err := GroupIndex(t.Histories)
	if err != nil {
		return Choice{}, err
	}
	c := Choice{Customers: len(t.Histories), Span: t.Span}
	for _, h := range t.Histories {
		if h.X > 0 {
			c.Repeaters++
		}
	}
	for _, n := range t.Bought {
		c.Actual += n
	}
	for _, name := range timingModels {
		f, err := FitTiming(name, cells, o.Fit)
		c.add(name, f, err)
	}
	c.addRhythm(t.Histories, o)
	if t.Bought != nil {
		c.scoreAll(&t, cells, of)
	}
	c.decide(t.Bought != nil)
	c.judge(&t, cells, o)
	if w := c.Winner(); w.Fitted.Timing != nil {
		c.Tracking = track(w.Fitted.Timing, &t)
	}
	return c, nil
}

// add appends a fitted model with its criteria.
func (c *Choice) add(name string, f Fitted, err error) {
	if err != nil {
		f.Timing = nil
		c.Candidates = append(c.Candidates, Candidate{Name: name, Fitted: f, Err: err})
		return
	}
	k, n := float64(len(f.Diagnostics.Estimates)), float64(f.Diagnostics.Customers)
	ll := f.Diagnostics.LogLik
	c.Candidates = append(c.Candidates, Candidate{Name: name, Fitted: f, LogLik: ll, AIC: 2*k - 2*ll, BIC: k*math.Log(n) - 2*ll})
}

// dropout says whether a candidate's dropout is identified, or it has none.
func (c *Candidate) dropout() bool {
	return c.Name == "NBD" || c.Fitted.Diagnostics.LogLik >= c.Fitted.Diagnostics.Null+noDropout
}

// decide sets Best: among the models that were fitted and whose dropout the data
// identify.
func (c *Choice) decide(holdout bool) {
	c.Best = -1
	for i := range c.Candidates {
		m := &c.Candidates[i]
		if m.Fitted.Timing == nil || !m.dropout() {
			continue
		}
		if c.Best < 0 {
			c.Best = i
			continue
		}
		b := &c.Candidates[c.Best]
		if holdout && m.Score.Log > b.Score.Log || !holdout && m.BIC < b.BIC {
			c.Best = i
		}
	}
	c.Usable = c.Best >= 0
	c.Best = max(c.Best, 0)
}

// best returns the rule of thumb with the least root mean square error, nil if
// there is none.
func (c *Choice) naive() *Candidate {
	var best *Candidate
	for i := range c.Candidates {
		if m := &c.Candidates[i]; m.Naive && (best == nil || m.Score.RMSE < best.Score.RMSE) {
			best = m
		}
	}
	return best
}

// verdict says in words what was chosen.
func (c *Choice) verdict(holdout bool) Warning {
	w := c.Winner()
	switch {
	case !c.Usable:
		text := "no model is used: " // the reasons follow
		for i, r := range c.Warnings {
			if i > 0 {
				text += "; "
			}
			text += r.Text
		}
		return Warning{Code: VerdictNone, Text: text}
	case w.Name == "NBD" && slices.ContainsFunc(c.Warnings, func(w Warning) bool { return w.Code == NoDropout }):
		return Warning{Code: VerdictNoDropout, Text: "NBD: customers differ in how often they buy, and there is no sign that any leave"}
	case !holdout:
		return Warning{Code: VerdictLikely, Text: fmt.Sprintf("%s fits best by BIC; without a holdout nothing is known of its forecasts", w.Name), Figures: []float64{w.BIC}}
	}
	text := fmt.Sprintf("%s gave what customers did after the histories the highest probability; it was off by %+.0f%% in the total of %d purchases", w.Name, 100*w.Score.TotalError, c.Actual)
	figures := []float64{100 * w.Score.TotalError, float64(c.Actual)}
	if n := c.naive(); n != nil {
		text += fmt.Sprintf(", the %s by %+.0f%%; the error per customer is %.3g, that of the %s %.3g", n.Name, 100*n.Score.TotalError, w.Score.RMSE, n.Name, n.Score.RMSE)
		figures = append(figures, 100*n.Score.TotalError, w.Score.RMSE, n.Score.RMSE)
	}
	return Warning{Code: VerdictHoldout, Text: text, Figures: figures}
}
