package value

import (
	"cmp"
	"math"
	"slices"

	"quid/clv"
	"quid/day"
	"quid/money"
)

// A LifetimeRule says how lifetime values are reckoned (docs/valuation.md,
// "Lifetime value"). Zeros stand for what is shipped: 36 months, 8% a year, 100
// repeat customers.
type LifetimeRule struct {
	Months   int     `json:"months"`   // how far to look ahead
	Discount float64 `json:"discount"` // a year; 0.08 is 8%
	Minimum  int     `json:"minimum"`  // repeat customers below which no model is used
}

// Or returns the rule with what is shipped in the place of zeros.
func (r LifetimeRule) Or() LifetimeRule {
	return LifetimeRule{cmp.Or(r.Months, 36), cmp.Or(r.Discount, 0.08), cmp.Or(r.Minimum, 100)}
}

// month is the mean length of a month in days: the unit of time of all lifetime
// models here.
const month = 365.25 / 12

// A LifeSource says what a customer's lifetime value was reckoned from. The
// numbers are stored.
type LifeSource int8

// The sources of a lifetime value.
const (
	NoLife     LifeSource = 0 // unknown: no purchase yet, or a cost is unknown
	ByModel    LifeSource = 1 // a model of purchases and spend
	ByRunRate  LifeSource = 2 // what it brought of late goes on
	ByContract LifeSource = 3 // the survival of contracts
)

// String is the source in the API.
func (s LifeSource) String() string { return [...]string{"", "model", "run_rate", "contract"}[s] }

// Name is the source in words.
func (s LifeSource) Name() Text {
	return [...]Text{Text("Unknown"), Text("Purchase model"), Text("Run-rate"), Text("Contract survival")}[s]
}

// Why says how a lifetime value of the source comes to be.
func (s LifeSource) Why() Text {
	return [...]Text{
		Text("Nothing bought yet, or the cost of a sale is unknown: there is no lifetime value."),
		Text("Purchases expected by the model, times what a purchase of the customer brings."),
		Text("What the customer brought a month in the window is taken to go on for all months ahead."),
		Text("What a month brought, for as long as contracts here last."),
	}[s]
}

// A Life is what is expected of one customer over the months ahead. Money is in
// minor units, discounted to the valuation day.
type Life struct {
	Source      LifeSource
	Alive       float32      // probability of being a customer still, NaN where nothing can be said
	Purchases   float32      // purchase days expected, NaN likewise
	Gain        money.Amount // expected contribution I
	Care        money.Amount // expected cost of care, complaints, late payment and services: positive
	Acquisition money.Amount // of a new customer, what winning it cost: positive
}

// Value is the lifetime value after care, and whether it is known.
func (l *Life) Value() (money.Amount, bool) {
	return l.Gain - l.Care - l.Acquisition, l.Source != NoLife
}

// A forecast makes the lives of all customers of one valuation.
type forecast struct {
	rule    LifetimeRule
	asOf    day.Day
	window  day.Window
	figures []Figures
	rows    []Row // credibility and stage are there already
	out     *Lifetimes

	delta   float64   // continuous discount per month
	annuity []float64 // of 0 to rule.Months months
	care    float64   // mean cost per month of all customers with purchases in the window

	modelled   clv.Total // of the customers by model, after care
	contracted clv.Total // of those under contract, after care; zero where nothing is known of how long contracts last
}

// lives fills the lives of all rows and what the summary says of them.
func (v *Valuation) lives(in *Input) {
	f := &forecast{rule: v.Model.Lifetime.Or(), asOf: in.AsOf, window: v.Window(), figures: in.Figures, rows: v.Rows, out: &v.Lifetimes}
	f.out.Rule = f.rule
	f.discount()
	f.careMean()
	for i := range f.rows {
		f.rows[i].Life = Life{Alive: float32(nan), Purchases: float32(nan)}
	}
	together(f.contracts, f.purchases)
	f.finish()
}

// discount works out what money of the months ahead is worth today.
func (f *forecast) discount() {
	f.delta = clv.Rate(f.rule.Discount).PerUnit(12)
	f.annuity = make([]float64, f.rule.Months+1)
	for m := range f.rule.Months {
		f.annuity[m+1] = f.annuity[m] + f.over(float64(m), float64(m+1))
	}
}

// over is the present value of one unit of money a month, paid evenly from one
// month to another: ∫ e^(−δt) dt.
func (f *forecast) over(from, to float64) float64 {
	if f.delta == 0 {
		return to - from
	}
	return math.Exp(-f.delta*from) * -math.Expm1(-f.delta*(to-from)) / f.delta
}

// whole is the present value of one unit of money a month over all months ahead.
func (f *forecast) whole() float64 { return f.annuity[f.rule.Months] }

// seen is how many months of the window a customer was one; at least one month.
func (f *forecast) seen(i int) float64 {
	from := f.window.From
	if start := f.figures[i].start(); start > from {
		from = start.Add(-1)
	}
	if from == 0 {
		return 1
	}
	return max(1, float64(f.asOf.Sub(from))/month)
}

// careCost is what a customer cost in the window beside what it bought: care,
// complaints, late payment and services, positive. Winning it is left out.
func (f *forecast) careCost(i int) float64 {
	s := &f.figures[i].Steps
	return -float64(s.Care + s.Complaint + s.LatePayment + f.figures[i].Accrued + s.Service + s.Goodwill)
}

func (f *forecast) careMean() {
	var cost, months sum
	for i := range f.figures {
		if f.figures[i].PurchaseDays > 0 {
			cost.add(f.careCost(i))
			months.add(f.seen(i))
		}
	}
	if months.value() > 0 {
		f.care = cost.value() / months.value()
	}
}

// carePerMonth is the run-rate of the customer's own cost, drawn towards that of
// all customers as far as its purchases are not credible (docs/valuation.md,
// "Lifetime value").
func (f *forecast) carePerMonth(i int) float64 {
	z := f.rows[i].Credibility
	if math.IsNaN(z) {
		z = 1
	}
	return z*f.careCost(i)/f.seen(i) + (1-z)*f.care
}

// runRate is what the customer would bring over the months ahead if the window
// went on for ever: contribution I a month, discounted; unknown without purchases
// in the window or with unknown cost.
func (f *forecast) runRate(i int) float64 {
	g := &f.figures[i]
	if !g.Steps.Known() || g.PurchasesEver == 0 {
		return nan
	}
	return float64(g.Steps.Contribution(1)) / f.seen(i) * f.whole()
}

// set writes the life of customer i. alive is how many months, discounted, it is
// expected to be cared for.
func (f *forecast) set(i int, source LifeSource, gain, alive float64) {
	r := &f.rows[i]
	if math.IsNaN(gain) || math.IsInf(gain, 0) {
		return
	}
	care := f.carePerMonth(i) * alive
	r.Life.Source, r.Life.Gain, r.Life.Care = source, toAmount(gain), toAmount(care)
	if r.New {
		r.Life.Acquisition = f.figures[i].AcquiredFor
	}
	r.Raw[lifetimeAt] = gain - care - float64(r.Life.Acquisition)
}

// toAmount rounds to whole minor units, far inside what an amount can hold.
func toAmount(x float64) money.Amount {
	const most = 1 << 60
	return money.Amount(math.Round(min(max(x, -most), most)))
}

// goOn gives customer i its run-rate.
func (f *forecast) goOn(i int) { f.set(i, ByRunRate, f.runRate(i), f.whole()) }

// finish adds up what is known of all customers.
func (f *forecast) finish() {
	var gain, care, acquisition money.Amount
	for i := range f.rows {
		r := &f.rows[i]
		f.out.Count[r.Life.Source]++
		gain, care, acquisition = gain+r.Life.Gain, care+r.Life.Care, acquisition+r.Life.Acquisition
	}
	f.out.Gain, f.out.Care, f.out.Acquisition = gain, care, acquisition
	f.out.Equity = gain - care - acquisition
	f.out.Range = f.equityRange()
}

// lifetimeAt is the place of the criterion lifetime in arrays of raw values.
var lifetimeAt = KeyLifetime.Index()

// spends are the histories that a model of spend is fitted on: all purchase days
// of a customer and what one of them brought in the mean, in an order that does
// not depend on that of the customers.
func (f *forecast) spends(list []int32) []clv.History {
	out := make([]clv.History, 0, len(list))
	for _, i := range list {
		if h, ok := spendOf(&f.figures[i]); ok {
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b clv.History) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Spend, b.Spend)) })
	return out
}

// spendOf is what a customer's purchase days brought: contribution I, in minor
// units. It is not known where a cost is not.
func spendOf(g *Figures) (h clv.History, ok bool) {
	if g.PurchasesEver == 0 || g.EverUnknownCost != 0 {
		return h, false
	}
	n := float64(g.PurchasesEver)
	return clv.History{X: int(g.PurchasesEver), Tx: 1, T: 1, Spend: float64(g.EverContribution) / n}, true
}
