package value

import (
	"math"

	"quid/clv"
	"quid/money"
)

// A Worth says how the lifetime value of a customer came to be and how sure it
// is (docs/valuation.md, "Lifetime value"). Money is in minor units, discounted
// to the valuation day but for the balance.
type Worth struct {
	Source   string  `json:"source"` // model, run_rate, contract, or "" where it is unknown
	Name     Text    `json:"name"`
	Why      Text    `json:"why"`
	Model    string  `json:"model,omitempty"` // of purchases
	Months   int     `json:"months"`          // how far it looks ahead
	Discount float64 `json:"discount"`        // a year

	Gain        Number `json:"gain"` // expected contribution I
	Care        Number `json:"care"` // expected cost, positive
	Acquisition Number `json:"acquisition"`
	Value       Number `json:"value"`     // gain − care − acquisition
	Alive       Number `json:"alive"`     // probability of being a customer still
	Purchases   Number `json:"purchases"` // purchase days expected
	RunRate     Number `json:"run_rate"`  // contribution I, if the window went on
	Balance     Number `json:"balance"`   // contribution IV since acquisition, what has accrued included
	Relation    Number `json:"relation"`  // the lifetime balance: balance + value

	Sure *Sureness `json:"sure,omitempty"` // nil where there is no model to tell
}

// Sureness says how sure a lifetime value by a model is: with the probability
// Level each figure lies in its range. Parameters is what the data leave open of
// the model; Count is what one customer may do beside, which more data don't help.
type Sureness struct {
	Level     float64   `json:"level"`
	Alive     [2]Number `json:"alive"`     // parameters
	Purchases [2]Number `json:"purchases"` // parameters: of the expected number
	Value     [2]Number `json:"value"`     // parameters: of the value after care
	Count     [2]Number `json:"count"`     // parameters and chance: purchase days themselves
}

// worth explains the lifetime value of a customer. A valuation from before there
// were any says nothing.
func (s *Summary) worth(f *Figures, r *Row) Worth {
	l := &s.Lifetimes
	w := Worth{
		Source: r.Life.Source.String(), Name: r.Life.Source.Name(), Why: r.Life.Source.Why(), Months: l.Rule.Months, Discount: l.Rule.Discount,
		Gain: Unknown(), Care: Unknown(), Acquisition: Unknown(), Value: Unknown(),
		Alive: Number(r.Life.Alive), Purchases: Number(r.Life.Purchases), RunRate: Unknown(), Balance: Unknown(), Relation: Unknown(),
	}
	if l.Rule == (LifetimeRule{}) {
		w.Why = Text("This valuation is older than lifetime values. The next one reckons them.")
		return w
	}
	if f.EverUnknownCost == 0 && f.Steps.Known() {
		w.Balance = Number(f.EverBalance + f.Accrued)
	}
	now := &forecast{rule: l.Rule, asOf: s.AsOf, window: s.Window(), figures: []Figures{*f}}
	now.discount()
	w.RunRate = Number(now.runRate(0))
	value, known := r.Life.Value()
	switch {
	case !known && f.PurchasesEver == 0:
		w.Why = Text("Nothing was bought yet.")
	case r.Life.Source == ByRunRate && l.Reason != "":
		w.Why = l.Reason
	}
	if !known {
		return w
	}
	w.Gain, w.Care, w.Acquisition, w.Value = Number(r.Life.Gain), Number(r.Life.Care), Number(r.Life.Acquisition), Number(value)
	w.Relation = w.Balance + w.Value
	if r.Life.Source == ByModel && l.Model != nil {
		w.Model = l.Model.Name
		w.Sure = l.Model.sure(f, s, &r.Life)
	}
	return w
}

// sureLevel is the probability with which figures lie in their ranges.
const sureLevel = 0.9

// sure asks the model, as it was fitted, how far its figures of one customer
// can be off; nil where it can't tell.
func (m *LifetimeModel) sure(f *Figures, s *Summary, life *Life) *Sureness {
	fit, err := m.fitted()
	if err != nil || f.PurchasesEver == 0 {
		return nil
	}
	rule := s.Lifetimes.Rule
	cells, _, err := clv.GroupIndex([]clv.History{history(f, s.AsOf, f.PurchasesEver, f.LastPurchase)})
	if err != nil {
		return nil
	}
	c := fit.Forecast(cells, clv.Ahead{Horizon: float64(rule.Months), Rate: clv.Rate(rule.Discount).PerUnit(12)}, sureLevel).Cells[0]
	if !(c.Expected > 0) {
		return nil
	}
	out := &Sureness{Level: sureLevel, Alive: pair(c.AliveRange, 1), Purchases: pair(c.ExpectedRange, 1), Count: pair(c.Count, 1)}
	if math.IsNaN(float64(life.Alive)) {
		out.Alive = [2]Number{Unknown(), Unknown()}
	}
	// What is expected and what it costs move with the purchases expected.
	moves, fixed := float64(life.Gain-life.Care)/c.Expected, Number(life.Acquisition)
	out.Value = pair(c.ExpectedRange, moves)
	if moves < 0 {
		out.Value[0], out.Value[1] = out.Value[1], out.Value[0]
	}
	out.Value[0], out.Value[1] = out.Value[0]-fixed, out.Value[1]-fixed
	return out
}

func pair(i clv.Interval, factor float64) [2]Number {
	return [2]Number{Number(i.Low * factor), Number(i.High * factor)}
}

// fitted is the model of purchases as it was fitted.
func (m *LifetimeModel) fitted() (clv.Fitted, error) {
	d := clv.Diagnostics{Customers: m.Customers, Bounds: m.Bounds, LogLik: float64(m.LogLik), Converged: true}
	for _, p := range m.Parameters {
		d.Names, d.Estimates, d.SE = append(d.Names, p.Name), append(d.Estimates, float64(p.Value)), append(d.SE, float64(p.SE))
	}
	for _, row := range m.LogCov {
		numbers := make([]float64, len(row))
		for i, c := range row {
			numbers[i] = float64(c)
		}
		d.LogCov = append(d.LogCov, numbers)
	}
	return clv.Restore(m.Name, d)
}

// Amount is the number in whole minor units; one that is not known is 0.
func (n Number) Amount() money.Amount {
	if !n.Known() {
		return 0
	}
	return toAmount(float64(n))
}
