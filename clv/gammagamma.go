package clv

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// GammaGamma is the gamma-gamma model of spend (Fader & Hardie 2013, note 025,
// "The Gamma-Gamma model of monetary value"; docs/clv.md, "Spend"): the amounts
// of a customer are gamma distributed with shape P and rate ν, and ν differs
// between customers by a gamma distribution with shape Q and rate Gamma, which
// has the unit of money. Spend is assumed not to depend on how often somebody
// buys; see [Correlation].
type GammaGamma struct{ P, Q, Gamma float64 }

// ErrNoMean says that the amounts spread so widely that the model has no mean:
// whatever is shown as one would be decided by the largest amounts never seen.
var ErrNoMean = errors.New("the distribution of spend has no mean")

// Name returns "Gamma-Gamma".
func (GammaGamma) Name() string { return "Gamma-Gamma" }

// LogLik is the logarithm of the density of the mean spend of h.X purchases
// (note 025, eq. 1a); 0 for a customer without any, -Inf for a spend that is not
// positive.
func (g GammaGamma) LogLik(h History) float64 {
	switch {
	case h.X <= 0:
		return 0
	case !(h.Spend > 0):
		return math.Inf(-1)
	}
	x := float64(h.X)
	return logBetaDensity(g.P*x, g.Q, x*h.Spend, g.Gamma) - math.Log(h.Spend)
}

// posterior returns shape and rate of ν after the purchases of h (note 025).
func (g GammaGamma) posterior(h History) (shape, rate float64) {
	x := float64(max(h.X, 0))
	if x == 0 {
		return g.Q, g.Gamma
	}
	return g.P*x + g.Q, g.Gamma + x*h.Spend
}

// Mean is the mean amount expected of a customer's future purchases, p(γ+xm)/
// (px+q-1) (note 025): between the customer's own mean and that of the
// population, which is Mean(History{}). It fails with ErrNoMean where px+q <= 1.
func (g GammaGamma) Mean(h History) (float64, error) {
	shape, rate := g.posterior(h)
	if !(shape > 1) {
		return 0, fmt.Errorf("q %.4g with %d purchases, p·x+q must be above 1: %w", g.Q, h.X, ErrNoMean)
	}
	return g.P / (shape - 1) * rate, nil
}

// Quantile is the value below which the mean amount of a customer with history h
// lies with the given probability: how well the customer is known, not how much
// single amounts differ. The mean is p/ν, so it has an inverse gamma
// distribution with shape px+q and scale p(γ+xm) (docs/clv.md, "Spend"). It
// exists for any q.
func (g GammaGamma) Quantile(h History, probability float64) float64 {
	shape, rate := g.posterior(h)
	return g.P * rate / gammaQuantile(shape, 1-probability)
}

// Simulate appends the amounts of n purchases of a customer with history h; of a
// new customer with History{}.
func (g GammaGamma) Simulate(rng *rand.Rand, h History, n int, amounts []float64) []float64 {
	shape, rate := g.posterior(h)
	nu := max(drawGamma(rng, shape), math.SmallestNonzeroFloat64)
	for range n {
		amounts = append(amounts, drawGamma(rng, g.P)/nu*rate)
	}
	return amounts
}

// minSpenders is the least number of customers whose spend is known for which a
// fit with three parameters says anything.
const minSpenders = 10

// FitGammaGamma estimates the model from the customers with repeat purchases and
// a positive mean spend. Those with zero or negative spend are left out and
// counted in a warning: the model has no place for them, see [FitShrunkMean].
// The error is ErrTooFew below ten customers, ErrNotConverged if no maximum was
// found. A model with Q <= 1 is returned with a warning; its Mean refuses.
func FitGammaGamma(histories []History, o Options) (GammaGamma, Diagnostics, error) {
	d := Diagnostics{Names: []string{"p", "q", "gamma"}}
	s, err := newSpends(histories)
	if err != nil {
		return GammaGamma{}, d, err
	}
	d.Customers, d.Groups = len(s.y), len(s.groups)
	if s.left > 0 {
		d.Warnings = append(d.Warnings, fmt.Sprintf("%d customers whose mean spend is zero or negative are left out", s.left))
	}
	if len(s.y) < minSpenders {
		return GammaGamma{}, d, fmt.Errorf("gamma-gamma, %d customers with repeat purchases and positive spend, %d needed: %w", len(s.y), minSpenders, ErrTooFew)
	}
	at := s.climb(o)
	d.Iterations, d.Converged = at.steps, at.converged
	d.slope(at, float64(len(s.y)))
	g := GammaGamma{P: math.Exp(at.v[0]), Q: math.Exp(at.v[1]), Gamma: math.Exp(at.v[2]) * s.scale}
	d.Estimates = []float64{g.P, g.Q, g.Gamma}
	d.LogLik = s.logLik(at.v, nil, nil) - s.logs
	d.information(&at, d.Estimates)
	d.note(at.bound)
	if !at.converged {
		return GammaGamma{}, d, notConverged("gamma-gamma", d)
	}
	d.Warnings = append(d.Warnings, g.cautions(histories, d)...)
	return g, d, nil
}

// slope notes how flat the summit is along the parameters that no bound holds.
func (d *Diagnostics) slope(at summit, customers float64) {
	for i, g := range at.grad {
		if !at.bound[i] {
			d.Gradient = max(d.Gradient, math.Abs(g)/customers)
		}
	}
}

// note lists the parameters that ended at a bound, or of which the data say next
// to nothing.
func (d *Diagnostics) note(bound []bool) {
	for i, held := range bound {
		if held || !(d.LogCov[i][i] < unknown*unknown) {
			d.Bounds = append(d.Bounds, d.Names[i])
		}
	}
}

// cautions are the warnings about a fitted model of spend.
func (g GammaGamma) cautions(histories []History, d Diagnostics) []string {
	var w []string
	if len(d.Bounds) > 0 {
		w = append(w, fmt.Sprintf("%v ended at a bound: amounts hardly differ between purchases or between customers, standard errors do not exist", d.Bounds))
	}
	if g.Q <= 1 {
		w = append(w, fmt.Sprintf("q %.3g is not above 1: %v; use the shrunk mean instead", g.Q, ErrNoMean))
	}
	c := Correlation(histories)
	if c.Strong() {
		w = append(w, fmt.Sprintf("spend and frequency are related (correlation %.2f, of the logarithms %.2f), which the model assumes they are not; use the shrunk mean instead", c.Linear, c.Log))
	}
	if d.Customers < 100 {
		w = append(w, fmt.Sprintf("only %d customers with repeat purchases: standard errors are rough", d.Customers))
	}
	return w
}
