package value

import (
	"cmp"
	"math"
	"slices"

	"quid/clv"
	"quid/day"
	"quid/money"
)

// A ContractSurvival is what is known of how long contracts last.
type ContractSurvival struct {
	Contracts int           `json:"contracts"`
	Ended     int           `json:"ended"`
	Steps     []SurvivalDot `json:"steps,omitempty"` // by months, thinned to one a month
	Last      float64       `json:"last"`            // months up to which something is known
}

// A SurvivalDot is the share of contracts that lasts longer than so many months.
type SurvivalDot struct {
	Months float64 `json:"months"`
	Share  float64 `json:"share"`
	Low    Number  `json:"low"`
	High   Number  `json:"high"`
}

// since is the first day of a customer's contract as far as it is known.
func (f *Figures) contractSince() day.Day {
	return cmp.Or(f.Contract.Since, f.AcquiredOn, f.FirstPurchase)
}

// contracts reckons the customers under contract: what a month brought, as long
// as contracts last (docs/valuation.md, "Lifetime value").
func (f *forecast) contracts() {
	var list []int
	first := day.Max // when the log began: a contract from before was seen only if it lasted until then
	for i := range f.figures {
		g := &f.figures[i]
		if g.FirstPurchase != 0 {
			first = min(first, g.FirstPurchase)
		}
		if since := g.contractSince(); g.Contract.On && !g.boughtAfter() && since != 0 && since <= f.asOf {
			list = append(list, i)
		}
	}
	if len(list) == 0 {
		return
	}
	lives := make([]clv.Life, 0, len(list))
	for _, i := range list {
		if l, ok := f.life(&f.figures[i], first); ok {
			lives = append(lives, l)
		}
	}
	slices.SortFunc(lives, func(a, b clv.Life) int {
		return cmp.Or(cmp.Compare(a.Exit, b.Exit), cmp.Compare(a.Entry, b.Entry))
	})
	curve, err := clv.KaplanMeier(lives, 0.9)
	if err != nil {
		f.out.Remarks = append(f.out.Remarks, Text("How long contracts last can't be estimated; customers under contract are taken to go on as they did."))
		for _, i := range list {
			f.goOn(i)
		}
		return
	}
	f.out.Contracts = survivalOf(curve)
	if curve.Left == 0 {
		f.out.Remarks = append(f.out.Remarks, Text("No contract has ended yet, so all are taken to last."))
	}
	contracts := curve.Contracts()
	for _, i := range list {
		f.underContract(i, curve, contracts)
	}
	if curve.Left > 0 { // else nothing is known of how long contracts last
		f.contracted = contracts.Total()
	}
}

// life is a contract as it was seen, in months.
func (f *forecast) life(g *Figures, first day.Day) (clv.Life, bool) {
	since := g.contractSince()
	l := clv.Life{Entry: max(0, float64(first.Sub(since))/month), Exit: float64(f.asOf.Sub(since)) / month}
	if u := g.Contract.Until; u != 0 && u <= f.asOf {
		l.Exit, l.Left = float64(u.Sub(since))/month, true
	}
	return l, l.Exit > l.Entry
}

// underContract writes the life of a customer whose contract runs or has ended.
// Beyond what was seen of any contract it is taken to last.
func (f *forecast) underContract(i int, curve clv.Curve, sum *clv.Contracts) {
	g := &f.figures[i]
	monthly := f.runRate(i) / f.whole()
	if math.IsNaN(monthly) {
		return
	}
	k := clv.Contract{
		Tenure: float64(f.asOf.Sub(g.contractSince())) / month, Margin: monthly - f.carePerMonth(i),
		Rate: clv.Rate(f.rule.Discount), UnitsPerYear: 12, Horizon: f.rule.Months, Lasting: true,
	}
	if u := g.Contract.Until; u != 0 {
		k.Horizon = min(k.Horizon, int(max(0, float64(u.Sub(f.asOf))/month+0.5)))
	}
	alive := 1.0
	if k.Horizon == 0 && g.Contract.Until <= f.asOf {
		alive = 0
	}
	stays := f.annuity[k.Horizon]
	if worth, err := sum.Add(k); err == nil {
		stays = worth.Stays
	}
	f.set(i, ByContract, monthly*stays, stays)
	f.rows[i].Life.Alive = float32(alive)
}

// survivalOf keeps a curve month by month.
func survivalOf(c clv.Curve) *ContractSurvival {
	s := &ContractSurvival{Contracts: c.Lives, Ended: c.Left, Last: c.Last}
	for m := 0.0; m <= c.Last && m <= 1200; m++ {
		at := c.At(m)
		s.Steps = append(s.Steps, SurvivalDot{Months: m, Share: at.Survival, Low: Number(at.Low), High: Number(at.High)})
	}
	return s
}

// An EquityBridge says what moved customer equity since an earlier valuation.
type EquityBridge struct {
	From    day.Day      `json:"from"`
	Before  money.Amount `json:"before"`
	Won     BridgePart   `json:"new"`
	Grown   BridgePart   `json:"grown"`
	Shrunk  BridgePart   `json:"shrunk"`
	Left    BridgePart   `json:"left"`
	After   money.Amount `json:"after"`
	Changed bool         `json:"changed,omitempty"` // another model or rule was used then
}

// A BridgePart is one bar of the bridge.
type BridgePart struct {
	Customers int          `json:"customers"`
	Amount    money.Amount `json:"amount"`
}

func (p *BridgePart) add(a money.Amount) {
	p.Customers++
	p.Amount += a
}

// bridge explains the equity by that of the valuation before: customers who had
// no value then are new; those who have none now, or whom their own rhythm calls
// lost, have left; the others grew or shrank.
func (v *Valuation) bridge(p *Previous) {
	if p == nil || len(p.Places) == 0 {
		return
	}
	byCustomer := func(a, b Placed) int { return cmp.Compare(a.Customer, b.Customer) }
	all := p.Places
	if !slices.IsSortedFunc(all, byCustomer) {
		all = slices.SortedFunc(slices.Values(all), byCustomer)
	}
	b := &EquityBridge{From: p.AsOf, After: v.Lifetimes.Equity, Changed: p.Lifetimes.Rule != v.Lifetimes.Rule || p.Lifetimes.name() != v.Lifetimes.name()}
	gone := money.Amount(0)
	counted := 0
	for i := range all {
		if all[i].LifeKnown {
			b.Before += all[i].Life
			counted++
		}
	}
	if counted == 0 {
		return
	}
	met := 0
	for i := range v.Rows {
		r := &v.Rows[i]
		worth, known := r.Life.Value()
		k, found := slices.BinarySearchFunc(all, Placed{Customer: r.Customer}, byCustomer)
		was := found && all[k].LifeKnown
		switch {
		case !was && known:
			b.Won.add(worth)
		case !was:
		case !known || r.Stage == Lost && worth < all[k].Life:
			b.Left.add(worth - all[k].Life)
		case worth > all[k].Life:
			b.Grown.add(worth - all[k].Life)
		case worth < all[k].Life:
			b.Shrunk.add(worth - all[k].Life)
		}
		if was {
			met++
			gone += all[k].Life
		}
	}
	if rest := counted - met; rest > 0 { // in the books no more
		b.Left.Customers += rest
		b.Left.Amount -= b.Before - gone
	}
	v.Lifetimes.Bridge = b
}

// name is the model that was used.
func (l *Lifetimes) name() string {
	if l.Model == nil {
		return ""
	}
	return l.Model.Name
}
