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
// Level each figure lies in its range. The first three are what the data leave open
// of the models of purchases and of spend; Count and Outcome are what one customer
// may do beside, which more data don't help.
type Sureness struct {
	Level     float64   `json:"level"`
	Alive     [2]Number `json:"alive"`     // parameters
	Purchases [2]Number `json:"purchases"` // parameters: of the expected number
	Value     [2]Number `json:"value"`     // parameters, those of spend too: of the value after care
	Count     [2]Number `json:"count"`     // parameters and chance: purchase days themselves
	Outcome   [2]Number `json:"outcome"`   // the same of the value after care: what the customer will really bring
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
	h := history(f, s.AsOf, f.PurchasesEver, f.LastPurchase)
	cells, _, err := clv.GroupIndex([]clv.History{h})
	if err != nil {
		return nil
	}
	rule := s.Lifetimes.Rule
	v := clv.Valuation{Ahead: clv.Ahead{Horizon: float64(rule.Months), Rate: clv.Rate(rule.Discount).PerUnit(12)}, Level: sureLevel}
	c := fit.Forecast(cells, v.Ahead, sureLevel).Cells[0]
	if !(c.Expected > 0) {
		return nil
	}
	out := &Sureness{Level: sureLevel, Alive: pair(c.AliveRange), Purchases: pair(c.ExpectedRange), Count: pair(c.Count)}
	if math.IsNaN(float64(life.Alive)) {
		out.Alive = [2]Number{Unknown(), Unknown()}
	}
	out.Value, out.Outcome = m.worth(fit, f, clv.Stake{Timing: h, Gain: float64(life.Gain), Cost: float64(life.Care)}, v)
	for _, r := range []*[2]Number{&out.Value, &out.Outcome} {
		r[0], r[1] = r[0]-Number(life.Acquisition), r[1]-Number(life.Acquisition)
	}
	return out
}

// worth is where a customer's value before acquisition lies: as far as parameters
// leave it open, and as far as chance does too. Unknown where the model of spend
// can't tell.
func (m *LifetimeModel) worth(fit clv.Fitted, f *Figures, s clv.Stake, v clv.Valuation) (value, outcome [2]Number) {
	value, outcome = [2]Number{Unknown(), Unknown()}, [2]Number{Unknown(), Unknown()}
	spend, err := m.fittedSpend()
	own, known := spendOf(f)
	switch {
	case err != nil || !known:
		return value, outcome
	case s.Gain == 0: // so little that it is nothing in whole units
		v := Number(-s.Cost)
		return [2]Number{v, v}, [2]Number{v, v}
	}
	s.Spend = own
	total, err := fit.Stakes(1, func(int) clv.Stake { return s }, spend, v)
	if err != nil {
		return value, outcome
	}
	value = pair(total.ParameterRange(v.Level))
	cells := clv.Cells{{History: s.Timing, Count: float64(m.Customers)}}
	p, open := clv.Predict(fit.Timing, cells, v.Ahead)[0], fit.Outcomes(cells, v.Horizon, v.Level)[0]
	gain, err := open.Worth(p, spend, own, v.Level)
	if err == nil && p.Expected > 0 { // what is bought more or less often costs more or less
		low, high := gain.Low-s.Cost*open.Count.Low/p.Expected, gain.High-s.Cost*open.Count.High/p.Expected
		outcome = [2]Number{Number(min(low, high)), Number(max(low, high))}
	}
	return value, outcome
}

func pair(i clv.Interval) [2]Number { return [2]Number{Number(i.Low), Number(i.High)} }

// fitted is the model of purchases as it was fitted.
func (m *LifetimeModel) fitted() (clv.Fitted, error) {
	d := diagnostics(m.Parameters)
	d.Customers, d.Bounds, d.LogLik, d.K, d.LogCov = m.Customers, m.Bounds, float64(m.LogLik), m.Regularity, floats(m.LogCov)
	return clv.Restore(m.Name, d)
}

// fittedSpend is the model of spend as it was fitted. Valuations from before its
// covariance was kept take it as known.
func (m *LifetimeModel) fittedSpend() (clv.FittedSpend, error) {
	d := diagnostics(m.SpendParts)
	d.LogCov = floats(m.SpendCov)
	d.Cov = d.LogCov // which of the two it is, the name says
	d.Bounds = m.SpendBounds
	return clv.RestoreSpend(m.Spend, d)
}

func diagnostics(list []Parameter) clv.Diagnostics {
	d := clv.Diagnostics{Converged: true}
	for _, p := range list {
		d.Names, d.Estimates, d.SE = append(d.Names, p.Name), append(d.Estimates, float64(p.Value)), append(d.SE, float64(p.SE))
	}
	return d
}

func floats(rows [][]Number) (out [][]float64) {
	for _, row := range rows {
		line := make([]float64, len(row))
		for i, c := range row {
			line[i] = float64(c)
		}
		out = append(out, line)
	}
	return out
}

// Amount is the number in whole minor units; one that is not known is 0.
func (n Number) Amount() money.Amount {
	if !n.Known() {
		return 0
	}
	return toAmount(float64(n))
}
