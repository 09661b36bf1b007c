package web

import (
	"math"
	"slices"

	"quid/clv"
	"quid/internal/locale"
	"quid/money"
	"quid/value"
)

// modelWords say in plain words what a forecast takes for granted.
var modelWords = map[string]string{
	"NBD":               locale.Key("Every customer buys at a rate of its own, and nobody leaves."),
	"BG/NBD":            locale.Key("Every customer buys at a rate of its own, and may leave after any purchase but the first."),
	"MBG/NBD":           locale.Key("Every customer buys at a rate of its own, and may leave after any purchase, the first too."),
	"MBG/CNBD-k":        locale.Key("Every customer buys in a rhythm of its own, and may leave after any purchase."),
	"Pareto/NBD":        locale.Key("Every customer buys at a rate of its own, and may leave at any time."),
	"run-rate":          locale.Key("Every customer goes on buying as often as it did so far."),
	"same as last year": locale.Key("Every customer buys as often as in the same part of the year before."),
}

// forecastNames are the rules of thumb in words; models go by their names.
var forecastNames = map[string]string{"run-rate": locale.Key("Run-rate"), "same as last year": locale.Key("Same as last year")}

// forecast names a forecast.
func (p Page) forecast(name string) string {
	if words, ok := forecastNames[name]; ok {
		return p.T(words)
	}
	return name
}

// figureAt is the figure of a notice, NaN where it has none.
func figureAt(n value.Notice, i int) float64 {
	if i < len(n.Figures) {
		return float64(n.Figures[i])
	}
	return math.NaN()
}

// signed writes a difference in percent with its sign.
func (p Page) signed(percent float64, decimals int) string {
	if math.IsNaN(percent) {
		return p.T("unknown")
	}
	text := p.Percent(percent/100, decimals)
	if percent > 0 {
		return "+" + text
	}
	return text
}

func (p Page) plain(x float64, decimals int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return p.T("unknown")
	}
	return p.Number(x, decimals)
}

// caution says in the reader's language what speaks against a model.
func (p Page) caution(n value.Notice) string {
	a, b := figureAt(n, 0), figureAt(n, 1)
	switch n.Code {
	case clv.NoDropout:
		return p.T("There is no sign that customers leave. The model without leaving is used: everybody is taken to stay.")
	case clv.WeakDropout:
		return p.T("The signs that customers leave are weak (evidence {gain}; 3 would be clear). Take the probabilities of being a customer still with care.", "gain", p.plain(a, 1))
	case clv.SameDropout:
		return p.T("As far as the data tell, customers don't differ in how soon they leave; only the mean is known.")
	case clv.FewRepeats:
		return p.T("{n} customers bought more than once, {least} are needed for a model.", "n", p.plain(a, 0), "least", p.plain(b, 0))
	case clv.FewCustomers:
		return p.T("{n} customers are few for a model: the figures are less sure.", "n", p.plain(a, 0))
	case clv.ShortHistory:
		return p.T("Customers were watched for {watched} months on average and buy every {gap} months: too short to tell who left.", "watched", p.plain(a, 1), "gap", p.plain(b, 1))
	case clv.LongHorizon:
		return p.T("The forecast of {ahead} months looks further than twice the longest history of {longest} months.", "ahead", p.plain(a, 0), "longest", p.plain(b, 0))
	case clv.Trend:
		return p.T("Purchases changed by {change} in a way that no model explains; the models take a customer's rate for constant.", "change", p.signed(a, 0))
	case clv.Season:
		return p.T("Months differ by {share} more than by chance: a forecast of part of a year will be off.", "share", p.plain(a, 0)+" %")
	case clv.Regular:
		return p.T("Customers buy in a rhythm, more evenly than the model takes for granted: who is silent has rather left than the model says.")
	case clv.StartsLate:
		return p.T("Many customers are older than the data: their first purchase on record was not their first.")
	case clv.NaiveWins:
		return p.T("The run-rate forecast better than any model: an error of {naive} purchase days per customer against {model}.", "naive", p.plain(a, 2), "model", p.plain(b, 2))
	case clv.NotFitted:
		return p.T("One of the models found no solution on these data; it is left out.")
	}
	return n.Text
}

// verdict says in the reader's language which forecast is used and why.
func (p *lifetimePage) verdict() string {
	if p.Trial == nil {
		if p.Reason != "" {
			return p.T(string(p.Reason))
		}
		return ""
	}
	v, winner := p.Trial.Verdict, p.forecast(p.Trial.Winner)
	switch {
	case p.Model == nil && p.Reason != "":
		return p.T(string(p.Reason))
	case v.Code == clv.VerdictHoldout && len(v.Figures) > 4:
		return p.T("{model} foresaw best what your customers then did: it was off by {error} in the total of {actual} purchase days, the run-rate by {naive}.", "model", winner, "error", p.signed(figureAt(v, 0), 0), "actual", p.plain(figureAt(v, 1), 0), "naive", p.signed(figureAt(v, 2), 0))
	case v.Code == clv.VerdictHoldout:
		return p.T("{model} foresaw best what your customers then did: it was off by {error} in the total of {actual} purchase days.", "model", winner, "error", p.signed(figureAt(v, 0), 0), "actual", p.plain(figureAt(v, 1), 0))
	case v.Code == clv.VerdictNoDropout:
		return p.T("{model} is used: customers differ in how often they buy, and there is no sign that any leave.", "model", winner)
	case v.Code == clv.VerdictLikely:
		return p.T("{model} fits what was seen best. There is no earlier time to try forecasts on, so nothing is known of how well it forecasts.", "model", winner)
	}
	return v.Text
}

// tried says whether forecasts were held against what came.
func (p *lifetimePage) tried() bool {
	return p.Trial != nil && slices.ContainsFunc(p.Trial.Entries, func(e value.TrialEntry) bool { return e.Total.Known() })
}

// off is by how much a forecast missed the total.
func (p *lifetimePage) off(e value.TrialEntry) string {
	if !e.Total.Known() || p.Trial.Actual == 0 {
		return p.T("unknown")
	}
	return p.signed(100*(float64(e.Total)/float64(p.Trial.Actual)-1), 0)
}

func (p *lifetimePage) known(x value.Number, decimals int) string {
	return p.plain(float64(x), decimals)
}

// A lifeCount is how many customers were reckoned in one way.
type lifeCount struct {
	Name, Text string
	Customers  int
}

// counts are the ways in which lifetime values were reckoned, as far as there
// were customers for them.
func (p *lifetimePage) counts() []lifeCount {
	var list []lifeCount
	for _, s := range []value.LifeSource{value.ByModel, value.ByContract, value.ByRunRate, value.NoLife} {
		if n := p.Lifetimes.Count[s]; n > 0 {
			list = append(list, lifeCount{p.T(string(s.Name())), p.T(string(s.Why())), n})
		}
	}
	return list
}

// equityWords say what customer equity is.
func (p *lifetimePage) equityWords() string {
	return p.T("Customer equity is what the customers of today are expected to bring over the next {months} months, in today's money: contribution I, less what care, complaints, late payment and services will cost, less what winning the new ones cost. Money that comes a year later counts {discount} less.", "months", p.Rule.Months, "discount", p.Percent(p.Rule.Discount, 1))
}

// sureWords say how sure customer equity is, and why.
func (p *lifetimePage) sureWords() string {
	r := p.Range
	if r == nil {
		return p.T("How sure it is can't be told: a run-rate gives no probabilities, and contracts none before some have ended.")
	}
	text := p.T("Nine times in ten it lies between {low} and {high}. Of that, ±{estimate} is what the models may be off by, which shrinks with every year of data; ±{chance} is what single customers will do, which nobody knows before.",
		"low", p.Short(r.Low), "high", p.Short(r.High), "estimate", p.Short(r.Estimate), "chance", p.Short(r.Chance))
	if r.Certain > 0 {
		text += " " + p.N("{n} customer reckoned without a model is taken as it is.", "{n} customers reckoned without a model are taken as they are.", r.Certain)
	}
	return text + " " + p.T("What is not in it: a crisis, a new competitor, other prices.")
}

// meanWords say what a customer is worth in the mean.
func (p *lifetimePage) meanWords() string {
	n := 0
	for s, count := range p.Lifetimes.Count {
		if value.LifeSource(s) != value.NoLife {
			n += count
		}
	}
	if n == 0 {
		return p.T("no customer has a lifetime value")
	}
	return p.T("{mean} each of {n} customers", "mean", p.Amount(p.Equity/money.Amount(n)), "n", n)
}

// ratio is what a class cost in the window per 100 of lifetime value.
func (p *lifetimePage) ratio(b classBudget) string {
	if b.Life <= 0 {
		return p.T("unknown")
	}
	return p.Percent(float64(b.cost())/float64(b.Life), 0)
}

// equityChart is customer equity by the day of the valuation.
func (p *lifetimePage) equityChart() Chart {
	c := Chart{Kind: "line", Label: p.T("Customer equity by day of valuation"), Unit: UnitMoney, Height: 280}
	equity, gain := Series{Name: p.T("Customer equity")}, Series{Name: p.T("Expected contribution I"), Color: "muted", Estimated: true}
	for _, d := range p.Days {
		c.Categories = append(c.Categories, p.Day(d.AsOf))
		equity.Values = append(equity.Values, p.Units(d.Sum))
		gain.Values = append(gain.Values, p.Units(d.Gain))
	}
	c.Series = []Series{equity, gain}
	return c
}

// bridgeChart is what moved customer equity since the earlier valuation.
func (p *lifetimePage) bridgeChart() Chart {
	b := p.Bridge
	c := Chart{Kind: "waterfall", Label: p.T("What moved customer equity since {day}", "day", p.Day(b.From)), Unit: UnitMoney, Height: 280}
	s := Series{Name: p.T("Customer equity")}
	for _, step := range p.bridgeSteps() {
		c.Categories = append(c.Categories, step.Name)
		s.Values = append(s.Values, p.Units(step.Amount))
		s.Totals = append(s.Totals, step.Total)
	}
	c.Series = []Series{s}
	return c
}

// A bridgeStep is one bar of the bridge.
type bridgeStep struct {
	Name, Text string
	Amount     money.Amount
	Customers  int
	Total      bool
}

func (p *lifetimePage) bridgeSteps() []bridgeStep {
	b := p.Bridge
	part := func(name, text string, x value.BridgePart) bridgeStep {
		return bridgeStep{p.T(name), p.T(text), x.Amount, x.Customers, false}
	}
	return []bridgeStep{
		{Name: p.T("Before"), Text: p.Day(b.From), Amount: b.Before, Total: true},
		part(locale.Key("New"), locale.Key("had no lifetime value then"), b.Won),
		part(locale.Key("Grown"), locale.Key("are worth more than then"), b.Grown),
		part(locale.Key("Shrunk"), locale.Key("are worth less than then"), b.Shrunk),
		part(locale.Key("Left"), locale.Key("lost by their own rhythm, without a value now, or gone"), b.Left),
		{Name: p.T("Now"), Text: p.Day(p.AsOf), Amount: b.After, Total: true},
	}
}

// groupChart sets the purchase days that the forecast expected beside those that
// came, by how often customers had bought before.
func (p *lifetimePage) groupChart() Chart {
	c := Chart{Kind: "bar", Label: p.T("Purchase days per customer, expected and actual"), Unit: UnitNumber, X: p.T("Purchase days before"), Height: 280}
	expected, actual := Series{Name: p.T("expected")}, Series{Name: p.T("actual"), Color: "invest"}
	for _, g := range p.Trial.Groups {
		name := p.Int(int64(g.X + 1))
		if g.More {
			name = p.T("{n} or more", "n", g.X+1)
		}
		c.Categories = append(c.Categories, name)
		expected.Values = append(expected.Values, g.Expected)
		actual.Values = append(actual.Values, g.Actual)
	}
	c.Series = []Series{expected, actual}
	return c
}

// survivalChart is the share of contracts that last longer than so many months,
// with the band in which the true share lies.
func (p *lifetimePage) survivalChart() Chart {
	c := Chart{Kind: "step", Label: p.T("Share of contracts that last longer"), Unit: UnitPercent, X: p.T("Months"), Height: 280}
	share := Series{Name: p.T("still running")}
	low, high := Series{Name: p.T("at least"), Color: "muted", Estimated: true}, Series{Name: p.T("at most"), Color: "muted", Estimated: true}
	for _, d := range p.Contracts.Steps {
		c.Categories = append(c.Categories, p.Number(d.Months, 0))
		share.Values = append(share.Values, d.Share)
		low.Values, high.Values = append(low.Values, float64(d.Low)), append(high.Values, float64(d.High))
	}
	c.Series = []Series{share, low, high}
	return c
}

// usedKey is the name of the forecast that customers without a contract have.
func (p *lifetimePage) usedKey() string {
	if p.Model == nil {
		return "run-rate"
	}
	return p.Model.Name
}

func (p *lifetimePage) used() string { return p.forecast(p.usedKey()) }

// windowWords are the days of the window.
func (p *lifetimePage) windowWords() string {
	w := p.pic.summary().Window()
	if w.From == 0 {
		return p.T("From the beginning to {to}", "to", p.Day(w.To))
	}
	return p.T("{from} to {until}", "from", p.Day(w.From.Add(1)), "until", p.Day(w.To))
}

func (p *lifetimePage) lostWords() string {
	if p.Since == 0 {
		return ""
	}
	return p.T("Since {day}: whom to call first", "day", p.Day(p.Since))
}

func (p *lifetimePage) lostNone() string {
	if p.Since == 0 {
		return p.T("There is no earlier valuation to compare with.")
	}
	return p.T("No customer is worth less than on {day}.", "day", p.Day(p.Since))
}
