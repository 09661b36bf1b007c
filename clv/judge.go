package clv

import (
	"fmt"
	"math"
	"slices"
)

// What a base must have for a model to be used, and from where on to warn.
const (
	minRepeaters    = 100 // repeat customers
	fewCustomers    = 500
	longHorizon     = 2.0  // horizons of more than twice the longest history
	strongTrend     = 0.25 // growth of a quarter beyond the model's
	strongSeason    = 0.15 // months that differ by 15% beyond chance
	sure            = 4.0  // standard errors
	unlikely        = 1e-4
	firstTenth      = 0.35 // first purchases in the first tenth of the time
	shortGaps       = 1.5  // history in times between two purchases
	naiveMargin     = 0.02 // by how much a rule of thumb must win
	naiveTotalError = 0.01
)

// judge collects the reasons not to use a model, or to use it with care.
func (c *Choice) judge(t *Trial, cells Cells, o ChoiceOptions) {
	least := o.MinRepeat
	if least == 0 {
		least = minRepeaters
	}
	for i := range c.Candidates {
		if m := &c.Candidates[i]; m.Err != nil && c.Repeaters > 0 { // else FewRepeats says it
			c.warn(NotFitted, fmt.Sprintf("%s could not be fitted: %v", m.Name, m.Err))
		}
	}
	if c.Repeaters < least {
		c.Usable = false
		c.warn(FewRepeats, fmt.Sprintf("%d customers have bought again, %d are needed: use the run-rate", c.Repeaters, least), float64(c.Repeaters), float64(least))
	} else if c.Customers < fewCustomers {
		c.warn(FewCustomers, fmt.Sprintf("%d customers are few: the intervals are wide", c.Customers), float64(c.Customers))
	}
	if c.Usable {
		c.judgeDropout()
		if k := c.regularity.K; c.regularity.Regular() && c.Winner().Name != (MBGCNBD{}).Name() {
			text := fmt.Sprintf("customers buy in a rhythm (k %.1f, 1 is random), which the %s does not know: who is silent has rather left than it says", k, c.Winner().Name)
			if k > MaxRhythm {
				text += "; this looks like contracts or standing orders: of those the survival says more"
			}
			c.warn(Regular, text, k)
		}
	}
	c.judgeTime(t, o)
	if c.Usable && t.Bought != nil {
		c.judgeNaive()
	}
	if c.Winner().Fitted.Timing != nil {
		c.judgeWeeks(t)
	}
	c.Verdict = c.verdict(t.Bought != nil)
}

func (c *Choice) warn(code WarningCode, text string, figures ...float64) {
	c.Warnings = append(c.Warnings, Warning{Code: code, Text: text, Figures: figures})
}

// judgeDropout warns where the data do not show that customers leave.
func (c *Choice) judgeDropout() {
	none := true
	for i := range c.Candidates {
		m := &c.Candidates[i]
		none = none && (m.Naive || m.Fitted.Timing == nil || m.Name == "NBD" || !m.dropout())
	}
	switch {
	case none:
		c.warn(NoDropout, "no sign that customers leave: no model can tell dropout from none; NBD is used")
	default:
		c.Warnings = append(c.Warnings, dropoutWarnings(c.Winner().Fitted.Diagnostics)...)
	}
}

// judgeTime warns of histories that are too short, or begin too late.
func (c *Choice) judgeTime(t *Trial, o ChoiceOptions) {
	var longest, watched, gaps float64
	var purchases float64
	for _, h := range t.Histories {
		longest = max(longest, h.T)
		watched += h.T
		gaps += h.Tx
		purchases += float64(h.X)
	}
	horizon := o.Horizon
	if horizon == 0 {
		horizon = t.Span
	}
	if horizon > longHorizon*longest {
		c.warn(LongHorizon, fmt.Sprintf("a horizon of %.4g is more than twice the longest history of %.4g", horizon, longest), horizon, longest)
	}
	if n := float64(len(t.Histories)); purchases > 0 && watched/n < shortGaps*gaps/purchases {
		c.warn(ShortHistory, fmt.Sprintf("customers were watched for %.3g in the mean, and buy every %.3g: too short to tell who left", watched/n, gaps/purchases), watched/n, gaps/purchases)
	}
	early := 0
	for _, h := range t.Histories {
		if h.T > 0.9*longest {
			early++
		}
	}
	if t.Earlier > 0 {
		c.warn(StartsLate, fmt.Sprintf("%d customers had bought before the data begin: their first purchase is not known", t.Earlier), float64(t.Earlier))
	} else if share := float64(early) / float64(len(t.Histories)); share > firstTenth && !sameAge(t.Histories, longest) {
		c.warn(StartsLate, fmt.Sprintf("%.0f%% of the customers appear in the first tenth of the time: many are older than the data", 100*share), 100*share)
	}
}

// sameAge says whether the histories are one cohort, all begun within a quarter of
// the time: then an early start is what was asked for.
func sameAge(histories []History, longest float64) bool {
	return !slices.ContainsFunc(histories, func(h History) bool { return h.T < 0.6*longest })
}

// judgeNaive warns where a rule of thumb beat the best model, per customer and in
// total.
func (c *Choice) judgeNaive() {
	n, w := c.naive(), c.Winner()
	if n == nil || n.Score.RMSE > (1-naiveMargin)*w.Score.RMSE {
		return
	}
	if math.Abs(n.Score.TotalError) < math.Abs(w.Score.TotalError)+naiveTotalError {
		c.warn(NaiveWins, fmt.Sprintf("the %s forecast better than any model: an error of %.3g against %.3g per customer, %+.0f%% against %+.0f%% in total",
			n.Name, n.Score.RMSE, w.Score.RMSE, 100*n.Score.TotalError, 100*w.Score.TotalError),
			n.Score.RMSE, w.Score.RMSE, 100*n.Score.TotalError, 100*w.Score.TotalError)
	}
}

// judgeWeeks warns of a trend or a season, which the models don't have.
func (c *Choice) judgeWeeks(t *Trial) {
	r, ok := testWeeks(track(c.Winner().Fitted.Timing, t))
	if !ok {
		return
	}
	if math.Abs(r.trend) > strongTrend && math.Abs(r.trendZ) > sure {
		word := "grew"
		if r.trend < 0 {
			word = "fell"
		}
		c.warn(Trend, fmt.Sprintf("purchases %s by %.0f%% from the first to the last weeks beyond what the model explains: it takes a customer's rate for constant", word, 100*math.Abs(r.trend)), 100*r.trend)
	}
	if r.season > strongSeason && r.seasonP < unlikely {
		c.warn(Season, fmt.Sprintf("months differ by %.0f%% more than by chance: forecasts of a part of a year will be off", 100*r.season), 100*r.season)
	}
}
