package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"quid/clv"
	"quid/value"
)

// A holdoutReport is how a model forecast what followed the histories.
type holdoutReport struct {
	Until     string       `json:"until"` // the last day of the histories
	End       string       `json:"end"`   // the last day of the holdout
	Customers int          `json:"customers"`
	Actual    int          `json:"actual"`    // purchases
	Expected  value.Number `json:"expected"`  // the same, as forecast
	Error     value.Number `json:"error"`     // of the total: 0.1 is too many by a tenth
	LogScore  value.Number `json:"log_score"` // mean logarithm of the probability given to what each customer did; null for a rule of thumb
	RMSE      value.Number `json:"rmse"`      // per customer
	MAE       value.Number `json:"mae"`
}

// holdout sums a score up.
func (b *base) holdout(sc clv.Score, naive bool) *holdoutReport {
	t := b.trial()
	r := &holdoutReport{
		Until: b.log.Until.String(), End: b.log.End.String(), Customers: len(t.Histories), Expected: value.Number(sc.Total),
		Error: value.Number(sc.TotalError), LogScore: value.Number(sc.Log), RMSE: value.Number(sc.RMSE), MAE: value.Number(sc.MAE),
	}
	if naive {
		r.LogScore = value.Unknown()
	}
	for _, n := range t.Bought {
		r.Actual += n
	}
	return r
}

// A candidateReport is one of the models that were compared.
type candidateReport struct {
	Model   string         `json:"model"`
	LogLik  value.Number   `json:"loglik"`
	BIC     value.Number   `json:"bic"`
	Holdout *holdoutReport `json:"holdout,omitempty"`
	Error   string         `json:"error,omitempty"` // why it could not be fitted
}

// trial is what models are chosen by.
func (b *base) trial() clv.Trial {
	if b.log != nil {
		return b.log.Summary.Trial()
	}
	t := (&clv.Summary{Histories: b.histories, Unit: b.unit}).Trial()
	t.Repeats = nil
	return t
}

// choose fits all models and takes the one that forecasts best.
func (b *base) choose(o clv.Options) (clv.Choice, error) {
	choice, err := clv.Choose(b.trial(), clv.ChoiceOptions{Fit: o})
	if err != nil {
		return choice, err
	}
	if choice.Winner().Fitted.Timing == nil {
		return choice, errors.New(choice.Verdict.Text)
	}
	return choice, nil
}

// auto is the report on the model that was chosen, beside the others.
func (b *base) auto(o clv.Options) (*fitReport, error) {
	choice, err := b.choose(o)
	if err != nil {
		return nil, advice(err)
	}
	w := choice.Winner()
	r := newFitReport(wordOf(w.Name), w.Name, w.Fitted.Diagnostics)
	r.unit, r.verdict = b.unit.String(), choice.Verdict.Text
	r.addRhythm(w.Fitted.Timing)
	for _, warning := range choice.Warnings {
		if !slices.Contains(r.Warnings, warning.Text) {
			r.Warnings = append(r.Warnings, warning.Text)
		}
	}
	scored := b.log != nil && b.log.Holdout != nil
	for i := range choice.Candidates {
		m := &choice.Candidates[i]
		one := candidateReport{Model: wordOf(m.Name), LogLik: value.Number(m.LogLik), BIC: value.Number(m.BIC)}
		switch {
		case m.Err != nil:
			one.LogLik, one.BIC, one.Error = value.Unknown(), value.Unknown(), m.Err.Error()
		case m.Naive:
			one.LogLik, one.BIC = value.Unknown(), value.Unknown()
		}
		if scored && m.Err == nil {
			one.Holdout = b.holdout(m.Score, m.Naive)
		}
		r.Models = append(r.Models, one)
	}
	if scored {
		r.Holdout = b.holdout(w.Score, false)
	}
	return r, nil
}

// wordOf is the word of the flag for a model, its own name for a rule of thumb.
func wordOf(name string) string {
	for _, f := range timingFits {
		if f.name == name {
			return f.word
		}
	}
	return name
}

// printHoldout writes how the forecast did, for people.
func (r *fitReport) printHoldout(w io.Writer) {
	h := r.Holdout
	fmt.Fprintf(w, "\nheld out\t%s to %s: %d purchases of %d customers\n", h.Until, h.End, h.Actual, h.Customers)
	if r.Models == nil {
		fmt.Fprintf(w, "forecast\t%.1f purchases, %+.1f %%\n", float64(h.Expected), 100*float64(h.Error))
		fmt.Fprintf(w, "log score\t%.5f\n", float64(h.LogScore))
		fmt.Fprintf(w, "error of a customer\t%.4f (root mean square)\n", float64(h.RMSE))
	}
}

// printModels writes the models beside each other.
func (r *fitReport) printModels(w io.Writer) {
	fmt.Fprint(w, "\nmodel\tlog-likelihood\tBIC")
	if r.Holdout != nil {
		fmt.Fprint(w, "\tlog score\tforecast\toff by\terror of a customer")
	}
	fmt.Fprintln(w)
	for _, m := range r.Models {
		if m.Error != "" {
			fmt.Fprintf(w, "%s\t%s\n", m.Model, m.Error)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s", m.Model, number(m.LogLik, 2), number(m.BIC, 2))
		if h := m.Holdout; h != nil {
			fmt.Fprintf(w, "\t%s\t%s\t%+.1f %%\t%s", number(h.LogScore, 5), number(h.Expected, 0), 100*float64(h.Error), number(h.RMSE, 4))
		}
		fmt.Fprintln(w)
	}
}
