package clv

import (
	"math"
	"math/rand/v2"
)

// NBD is the model without dropout: every customer buys for ever at a rate of
// his own, rates are gamma distributed with shape R and rate Alpha (Ehrenberg
// 1959). It is nested in every other model of this package and the one to use
// where the data show no dropout. docs/clv.md, "NBD".
type NBD struct {
	R     float64 // shape of the purchase rates
	Alpha float64 // their rate parameter, a time
}

// Name returns "NBD".
func (NBD) Name() string { return "NBD" }

// LogLik implements Timing: ln of (r)_x α^r / (α+T)^(r+x). docs/clv.md, "NBD".
func (m NBD) LogLik(h History) float64 {
	return lnRising(m.R, h.X) - float64(h.X)*math.Log(m.Alpha) - (m.R+float64(h.X))*math.Log1p(h.T/m.Alpha)
}

// Alive implements Timing: nobody leaves.
func (NBD) Alive(History) float64 { return 1 }

// Expected implements Timing: the posterior mean of the rate times t.
func (m NBD) Expected(h History, t float64) float64 { return m.future(h.X, h.T, t) }

// ExpectedNew implements Timing.
func (m NBD) ExpectedNew(t float64) float64 { return m.R / m.Alpha * t }

// Discounted implements Timing. Without dropout and without discounting there is
// no end to the purchases: it is +Inf then.
func (m NBD) Discounted(h History, rate, horizon float64) float64 {
	return m.futureDiscounted(h.X, h.T, rate, horizon)
}

func (m NBD) future(x int, age, t float64) float64 {
	return (m.R + float64(x)) / (m.Alpha + age) * t
}

func (m NBD) futureDiscounted(x int, age, rate, horizon float64) float64 {
	return (m.R + float64(x)) / (m.Alpha + age) * annuity(rate, horizon)
}

// annuity is ∫_0^h e^{-rate·u} du.
func annuity(rate, h float64) float64 {
	if rate == 0 || rate*h < 1e-300 {
		return h
	}
	return -math.Expm1(-rate*h) / rate
}

// PMF implements Timing: a negative binomial count with shape r+x.
func (m NBD) PMF(h History, t float64, n int) float64 {
	return newNegBinomial(m.R+float64(h.X), m.Alpha+h.T, t).pmf(n)
}

// Simulate implements Timing.
func (m NBD) Simulate(rng *rand.Rand, t float64, times []float64) []float64 {
	rate := drawGamma(rng, m.R) / m.Alpha
	for at := rng.ExpFloat64() / rate; at <= t; at += rng.ExpFloat64() / rate {
		times = append(times, at)
	}
	return times
}

// A negBinomial is the number of purchases in a time t at a rate that is gamma
// distributed.
type negBinomial struct {
	shape    float64
	lnX, lnY float64 // ln t/(α+t) and ln α/(α+t)
}

func newNegBinomial(shape, alpha, t float64) negBinomial {
	return negBinomial{shape: shape, lnX: -math.Log1p(alpha / t), lnY: -math.Log1p(t / alpha)}
}

// lnPMF is the logarithm of the probability of exactly n.
func (b negBinomial) lnPMF(n int) float64 {
	if n == 0 {
		return b.shape * b.lnY
	}
	return lnRising(b.shape, n) - lnFactorial(n) + b.shape*b.lnY + float64(n)*b.lnX
}

func (b negBinomial) pmf(n int) float64 {
	if n < 0 {
		return 0
	}
	return math.Exp(b.lnPMF(n))
}

// tail is the probability of n or more.
func (b negBinomial) tail(n int) float64 {
	if n <= 0 {
		return 1
	}
	return betaTail(n, b.shape, b.lnX, b.lnY)
}

// FitNBD estimates an NBD by maximum likelihood. The error is ErrTooFew where
// nobody bought again and ErrNotConverged where no maximum was found.
func FitNBD(cells Cells, o Options) (NBD, Diagnostics, error) {
	s, err := newStudy(cells, 0)
	if err != nil {
		return NBD{}, Diagnostics{}, err
	}
	best := s.climbNBD(o)
	d := s.diagnose(nbdParameters, best, o)
	d.Null = d.LogLik
	if !d.Converged {
		return NBD{}, d, notConverged("NBD", d)
	}
	return NBD{R: d.Estimates[0], Alpha: d.Estimates[1]}, d, nil
}

var nbdParameters = []parameter{{"r", false}, {"alpha", true}}

// climbNBD finds the maximum of the NBD's likelihood, in units of the scale.
func (s *study) climbNBD(o Options) summit {
	watched := 0.0
	for i, d := range s.byDay {
		watched += d.customers * s.days[i]
	}
	return maximize(s.problem(nbdParameters, nbdObjective, []float64{0, math.Log(watched / s.purchases)}, o))
}

// nbdObjective is the log-likelihood of an NBD over ln r, ln α. docs/clv.md, "NBD".
func nbdObjective(s *study) objective {
	table := make([]dayLog, len(s.days))
	return func(v, grad, hess []float64) float64 {
		clear(grad)
		clear(hess)
		s.logs(math.Exp(v[1]), table)
		return s.addRates(v, table, grad, hess)
	}
}

// addRates adds the part of the log-likelihood that all models of this package
// share, that of an NBD: Σ ln (r)_x - x ln α - (r+x) ln(1+T/α), to the gradient
// and Hessian of the logarithms of the parameters, of which r and α are the first
// two, and returns it. It costs one step per different x and one per day.
func (s *study) addRates(v []float64, table []dayLog, grad, hess []float64) float64 {
	n := len(v)
	r := math.Exp(v[0])
	ll := s.addRisings(v, grad, hess)
	for i, d := range s.byDay {
		if d.customers == 0 {
			continue
		}
		l := table[i]
		all := r*d.customers + d.purchases
		ll -= all * l.l
		grad[0] -= r * d.customers * l.l
		grad[1] -= all * l.m
		hess[0] -= r * d.customers * l.l
		hess[1] -= r * d.customers * l.m
		hess[n] -= r * d.customers * l.m
		hess[n+1] -= all * l.m2
	}
	return ll
}
