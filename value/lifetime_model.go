package value

import (
	"cmp"
	"math"
	"slices"

	"quid/clv"
	"quid/day"
	"quid/money"
)

// Lifetimes is what a valuation says of lifetime values as a whole: how they were
// reckoned, how sure they are, and what moved them. Money is in minor units.
type Lifetimes struct {
	Rule        LifetimeRule `json:"rule"`
	Count       [4]int       `json:"count"` // customers by LifeSource
	Gain        money.Amount `json:"gain"`  // expected contribution I of all customers, discounted
	Care        money.Amount `json:"care"`  // expected cost of care, complaints and services
	Acquisition money.Amount `json:"acquisition"`
	Equity      money.Amount `json:"equity"`          // customer equity: the sum of lifetime values
	Range       *EquityRange `json:"range,omitempty"` // where it lies; nil if nothing tells

	Model     *LifetimeModel    `json:"model,omitempty"`  // nil: the run-rate is used
	Reason    Text              `json:"reason,omitempty"` // why there is no model
	Trial     *LifetimeTrial    `json:"trial,omitempty"`  // nil: the window leaves nothing to try on
	Contracts *ContractSurvival `json:"contracts,omitempty"`
	Bridge    *EquityBridge     `json:"bridge,omitempty"` // nil: there is no earlier valuation
	Remarks   []Text            `json:"remarks,omitempty"`
	Warnings  []Notice          `json:"warnings,omitempty"` // what speaks against the model
}

// A Notice is something to know before a model is trusted: a code that a page
// translates, its figures, and the whole in English.
type Notice struct {
	Code    clv.WarningCode `json:"code"`
	Text    string          `json:"text"`
	Figures []Number        `json:"figures,omitempty"`
}

func noticeOf(w clv.Warning) Notice {
	n := Notice{Code: w.Code, Text: w.Text}
	for _, x := range w.Figures {
		n.Figures = append(n.Figures, Number(x))
	}
	return n
}

// A Parameter is one of a model, with its standard error.
type Parameter struct {
	Name  string `json:"name"`
	Value Number `json:"value"`
	SE    Number `json:"se"`
}

// A LifetimeModel is the models that were fitted, times in months and money in
// minor units.
type LifetimeModel struct {
	Name        string      `json:"name"`
	Parameters  []Parameter `json:"parameters"`
	LogLik      Number      `json:"loglik"`
	Customers   int         `json:"customers"`
	Repeaters   int         `json:"repeaters"`
	Spend       string      `json:"spend"`
	SpendParts  []Parameter `json:"spend_parameters"`
	LogCov      [][]Number  `json:"log_cov"`              // covariance of the logarithms of the parameters
	Regularity  int         `json:"regularity,omitempty"` // k of an MBG/CNBD-k
	SpendCov    [][]Number  `json:"spend_cov,omitempty"`  // of the logarithms of the parameters of a Gamma-Gamma, of those of a shrunk mean themselves
	Bounds      []string    `json:"bounds,omitempty"`
	SpendBounds []string    `json:"spend_bounds,omitempty"`
	Notes       []string    `json:"notes,omitempty"` // what the model of spend has to say, in English
}

// A LifetimeTrial is how forecasts of the window, made from what was known before
// it, compare with what came (docs/valuation.md, "Which model").
type LifetimeTrial struct {
	From      day.Day          `json:"from"`      // what was known up to this day
	Customers int              `json:"customers"` // that were compared; of a large base a part
	Actual    int              `json:"actual"`    // their purchase days in the window
	Entries   []TrialEntry     `json:"entries"`
	Groups    []clv.GroupScore `json:"groups"` // the winner's forecast by purchases before
	Winner    string           `json:"winner"`
	Verdict   Notice           `json:"verdict"` // in words
}

// A TrialEntry is one forecast of a trial.
type TrialEntry struct {
	Name     string `json:"name"`
	Naive    bool   `json:"naive,omitempty"` // a rule of thumb
	Total    Number `json:"total"`           // purchase days forecast
	RMSE     Number `json:"rmse"`            // of one customer's purchase days
	LogScore Number `json:"log_score"`       // mean logarithm of the probability of what came
	Reason   string `json:"reason,omitempty"`
}

// purchases reckons the customers without a contract. What it holds of a million
// of them at a time is kept small: histories are made when they are asked for.
func (f *forecast) purchases() {
	list := f.purchasers()
	repeaters := 0
	for _, i := range list {
		if f.figures[i].PurchasesEver > 1 {
			repeaters++
		}
	}
	if repeaters < f.rule.Minimum {
		f.out.Reason = Text("Too few customers bought more than once for a model of purchases; what they brought of late is taken to go on.")
		f.goOnAll(list)
		return
	}
	winner := f.choose(list)
	if winner == nil {
		f.goOnAll(list)
		return
	}
	spend, sd, err := clv.FitSpend(f.spends(list), clv.Options{})
	if err != nil {
		f.out.Reason = Text("What a purchase is worth could not be modelled; the run-rate is used.")
		f.goOnAll(list)
		return
	}
	histories := make([]clv.History, len(list))
	for k, i := range list {
		histories[k] = f.now(i)
	}
	cells, index, err := clv.GroupIndex(histories)
	if err != nil {
		f.out.Reason = Text("The purchases could not be grouped; the run-rate is used.")
		f.goOnAll(list)
		return
	}
	m, err := refit(winner, histories, cells)
	if err != nil {
		f.out.Reason = Text("No model of purchases converged on these data; the run-rate is used.")
		f.goOnAll(list)
		return
	}
	f.keep(winner.Name, m.Diagnostics, spend, sd, repeaters)
	predictions := clv.Predict(m.Timing, cells, clv.Ahead{Horizon: float64(f.rule.Months), Rate: f.delta})
	each(len(list), func(lo, hi int) {
		for k := lo; k < hi; k++ {
			f.expect(int(list[k]), m.Timing, spend, histories[k], predictions[index[k]])
		}
	})
	f.unsure(m, clv.FittedSpend{Spend: spend, Diagnostics: sd}, list)
}

// refit fits the model that won the trial to all customers; a rhythm stays the one
// that was found then.
func refit(winner *clv.Candidate, histories []clv.History, cells clv.Cells) (clv.Fitted, error) {
	if k := winner.Fitted.Diagnostics.K; k > 0 {
		m, d, err := clv.FitMBGCNBD(histories, k, clv.Options{})
		return clv.Fitted{Timing: m, Diagnostics: d}, err
	}
	return clv.FitTiming(winner.Name, cells, clv.Options{})
}

// purchasers are the customers without a contract who have bought: those whose
// contract ended before their last purchase too.
func (f *forecast) purchasers() []int32 {
	var list []int32
	for i := range f.figures {
		if g := &f.figures[i]; g.PurchasesEver > 0 && (!g.Contract.On || g.boughtAfter()) {
			list = append(list, int32(i))
		}
	}
	return list
}

// now is the history of customer i on the valuation day.
func (f *forecast) now(i int32) clv.History {
	g := &f.figures[i]
	return rhythmic(history(g, f.asOf, g.PurchasesEver, g.LastPurchase), g.LogGaps)
}

// before is its history on the day before the window, if it had bought by then.
func (f *forecast) before(i int32) (h clv.History, ok bool) {
	g := &f.figures[i]
	if g.BeforeDays == 0 || f.window.From == 0 {
		return h, false
	}
	return rhythmic(history(g, f.window.From, g.BeforeDays, g.BeforeLast), g.BeforeLogGaps), true
}

// rhythmic adds what the days between purchases tell of how regular they are.
func rhythmic(h clv.History, logGaps float32) clv.History {
	if h.X > 0 {
		h.LogGaps = float64(logGaps) - float64(h.X)*logMonth
	}
	return h
}

var logMonth = math.Log(month)

// boughtAfter says whether a customer went on buying after its contract.
func (f *Figures) boughtAfter() bool {
	return f.Contract.Until != 0 && f.LastPurchase > f.Contract.Until
}

// history is what models of purchases know of a customer on a day, in months. Who
// bought first on that very day has a history of no length.
func history(g *Figures, until day.Day, days int32, last day.Day) clv.History {
	h := clv.History{X: int(days) - 1, T: float64(until.Sub(g.FirstPurchase)) / month}
	if h.X > 0 {
		h.Tx = float64(last.Sub(g.FirstPurchase)) / month
	}
	return h
}

func (f *forecast) goOnAll(list []int32) {
	for _, i := range list {
		f.goOn(int(i))
	}
}

// expect writes what the models say of customer i.
func (f *forecast) expect(i int, m clv.Timing, spend clv.Spend, h clv.History, p clv.Prediction) {
	own, known := spendOf(&f.figures[i])
	if !known {
		return
	}
	mean, err := spend.Mean(own)
	if err != nil {
		return
	}
	alive := min(p.Alive*f.whole(), p.Discounted/clv.PurchaseRate(m, h))
	f.set(i, ByModel, p.Discounted*mean, alive)
	l := &f.rows[i].Life
	l.Purchases = float32(p.Expected)
	if _, blind := m.(clv.BGNBD); !blind || h.X > 0 { // BG/NBD calls every one-time buyer alive
		l.Alive = float32(p.Alive)
	}
}

// keep writes the models into the summary.
func (f *forecast) keep(name string, d clv.Diagnostics, spend clv.Spend, sd clv.Diagnostics, repeaters int) {
	m := &LifetimeModel{
		Name: name, Parameters: parameters(d), LogLik: Number(d.LogLik), Customers: d.Customers, Repeaters: repeaters, Bounds: d.Bounds,
		Spend: spend.Name(), SpendParts: parameters(sd), Notes: sd.Warnings,
		LogCov: numbers(d.LogCov), Regularity: d.K, SpendCov: numbers(sd.LogCov), SpendBounds: sd.Bounds,
	}
	if m.SpendCov == nil {
		m.SpendCov = numbers(sd.Cov)
	}
	f.out.Model = m
}

func numbers(rows [][]float64) (out [][]Number) {
	for _, row := range rows {
		line := make([]Number, len(row))
		for i, c := range row {
			line[i] = Number(c)
		}
		out = append(out, line)
	}
	return out
}

func parameters(d clv.Diagnostics) []Parameter {
	var out []Parameter
	for i, name := range d.Names {
		p := Parameter{Name: name, Value: Number(d.Estimates[i]), SE: Unknown()}
		if i < len(d.SE) {
			p.SE = Number(d.SE[i])
		}
		out = append(out, p)
	}
	return out
}

// mostCompared is how many customers models are compared on; more tell the same.
const mostCompared = 20_000

// choose tries the models on the window, and returns the one to use, nil for the
// run-rate. Without a window to try them on, or with too few repeat
// customers before it, the likelihood of all histories decides.
func (f *forecast) choose(list []int32) *clv.Candidate {
	before, now := f.trials(list)
	o := clv.ChoiceOptions{MinRepeat: f.rule.Minimum, Horizon: float64(f.rule.Months)}
	c, err := clv.Choose(before, o)
	if err != nil || !c.Usable && c.Repeaters < f.rule.Minimum || before.Bought == nil {
		c, err = clv.Choose(now, o)
	}
	if err != nil {
		f.out.Reason = Text("No model of purchases converged on these data; the run-rate is used.")
		return nil
	}
	for _, w := range c.Warnings {
		f.out.Warnings = append(f.out.Warnings, noticeOf(w))
	}
	f.report(&c)
	naive := slices.ContainsFunc(c.Warnings, func(w clv.Warning) bool { return w.Code == clv.NaiveWins })
	switch {
	case naive:
		f.out.Reason = Text("On your own past the run-rate forecast better than every model; it is used.")
		return nil
	case !c.Usable:
		f.out.Reason = Text("No model may be used on these data, for the reasons below; the run-rate is used.")
		return nil
	}
	return c.Winner()
}

// trials are the histories at the beginning of the window with what came, and
// those of today, both of customers spread evenly over the base.
func (f *forecast) trials(list []int32) (before, now clv.Trial) {
	order := slices.Clone(list)
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(f.figures[a].Customer, f.figures[b].Customer) })
	before = clv.Trial{Unit: clv.Unit(month), Span: float64(f.asOf.Sub(f.window.From)) / month}
	now = clv.Trial{Unit: clv.Unit(month)}
	for k := 0; k < len(order); k += len(order)/mostCompared + 1 {
		i := order[k]
		now.Histories = append(now.Histories, f.now(i))
		if h, tried := f.before(i); tried {
			before.Histories = append(before.Histories, h)
			before.Bought = append(before.Bought, int(f.figures[i].PurchaseDays))
		}
	}
	return before, now
}

// report keeps a trial for the summary.
func (f *forecast) report(c *clv.Choice) {
	t := &LifetimeTrial{From: f.window.From, Customers: c.Customers, Actual: c.Actual, Winner: c.Winner().Name, Verdict: noticeOf(c.Verdict), Groups: c.Winner().Score.Groups}
	holdout := c.Verdict.Code != clv.VerdictLikely
	for i := range c.Candidates {
		m := &c.Candidates[i]
		e := TrialEntry{Name: m.Name, Naive: m.Naive, Total: Unknown(), RMSE: Unknown(), LogScore: Unknown()}
		switch {
		case m.Err != nil:
			e.Reason = m.Err.Error()
		case holdout:
			e.Total, e.RMSE = Number(m.Score.Total), Number(m.Score.RMSE)
			if !m.Naive {
				e.LogScore = Number(m.Score.Log)
			}
		}
		t.Entries = append(t.Entries, e)
	}
	f.out.Trial = t
}
