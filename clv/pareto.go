package clv

import (
	"math"
	"math/rand/v2"
)

// ParetoNBD is the Pareto/NBD model (Schmittlein, Morrison & Colombo 1987;
// Fader & Hardie, note 009): customers buy at gamma distributed rates (shape R,
// rate Alpha) and leave at gamma distributed rates (shape S, rate Beta) that
// have nothing to do with them. docs/clv.md, "Pareto/NBD".
type ParetoNBD struct {
	R     float64 // shape of the purchase rates
	Alpha float64 // their rate parameter, a time
	S     float64 // shape of the dropout rates
	Beta  float64 // their rate parameter, a time
}

// Name returns "Pareto/NBD".
func (ParetoNBD) Name() string { return "Pareto/NBD" }

// LogLik implements Timing: the logarithm of left + alive below (note 009, eq.
// 15, as two positive integrals). docs/clv.md, "Pareto/NBD".
func (m ParetoNBD) LogLik(h History) float64 {
	x := float64(h.X)
	return lnRising(m.R, h.X) - x*math.Log(m.Alpha) + logAddExp(m.lnLeft(h.X, h.Tx), m.lnStay(h.X, h.T))
}

// A place is a point of time seen from the parameters: the logarithms of 1+t/α
// and 1+t/β, and the argument of the hypergeometric functions.
type place struct {
	la, lb  float64 // ln(1+t/α), ln(1+t/β)
	z, rest float64 // |α-β|/(max+t) and 1 less that
	lnRest  float64 // ln rest
	first   bool    // α >= β
}

func (m ParetoNBD) place(t float64) place {
	p := place{la: math.Log1p(t / m.Alpha), lb: math.Log1p(t / m.Beta), first: m.Alpha >= m.Beta}
	more, less := m.Alpha, m.Beta
	if !p.first {
		more, less = less, more
	}
	p.z, p.rest = (more-less)/(more+t), (less+t)/(more+t)
	p.lnRest = math.Log(p.rest)
	return p
}

// lnLeft is the logarithm of α^(r+x) β^s G(x, t), the part of the likelihood of
// those who left at any time after t:
// G = s ∫_t^∞ (α+u)^-(r+x) (β+u)^-(s+1) du. docs/clv.md, "Pareto/NBD".
func (m ParetoNBD) lnLeft(x int, t float64) float64 {
	p, rx := m.place(t), m.R+float64(x)
	k := rx + m.S
	common := -rx*p.la - m.S*p.lb
	if p.first {
		return common - math.Log1p(rx/m.S) + lnHyper(rx, k+1, p.z, p.rest)
	}
	return common - math.Log1p(rx/m.S) + p.lnRest + lnHyper(m.S+1, k+1, p.z, p.rest)
}

// lnStay is the logarithm of α^(r+x) β^s M(x, t), with
// M = (r+x) ∫_t^∞ (α+u)^-(r+x+1) (β+u)^-s du: with lnLeft at t it adds up to the
// part of those who are alive at t, (1+t/α)^-(r+x) (1+t/β)^-s.
func (m ParetoNBD) lnStay(x int, t float64) float64 {
	p, rx := m.place(t), m.R+float64(x)
	k := rx + m.S
	common := -rx*p.la - m.S*p.lb - math.Log1p(m.S/rx)
	if p.first {
		return common + p.lnRest + lnHyper(rx+1, k+1, p.z, p.rest)
	}
	return common + lnHyper(m.S, k+1, p.z, p.rest)
}

// Alive implements Timing (note 009, eq. 17).
func (m ParetoNBD) Alive(h History) float64 {
	x := m.R + float64(h.X)
	alive := -x*math.Log1p(h.T/m.Alpha) - m.S*math.Log1p(h.T/m.Beta)
	return min(1, math.Exp(alive-logAddExp(m.lnLeft(h.X, h.Tx), m.lnStay(h.X, h.T))))
}

// Expected implements Timing (note 009, eq. 21).
func (m ParetoNBD) Expected(h History, t float64) float64 { return m.Alive(h) * m.future(h.X, h.T, t) }

// ExpectedNew implements Timing (note 009, eq. 11).
func (m ParetoNBD) ExpectedNew(t float64) float64 { return m.future(0, 0, t) }

// Discounted implements Timing (Fader, Hardie & Lee 2005b, eq. 4, and its part
// up to a horizon).
func (m ParetoNBD) Discounted(h History, rate, horizon float64) float64 {
	return m.Alive(h) * m.futureDiscounted(h.X, h.T, rate, horizon)
}

func (m ParetoNBD) future(x int, age, t float64) float64 {
	return m.futureDiscounted(x, age, 0, t)
}

func (m ParetoNBD) futureDiscounted(x int, age, rate, horizon float64) float64 {
	if horizon <= 0 {
		return 0
	}
	beta := m.Beta + age
	return (m.R + float64(x)) / (m.Alpha + age) * beta * discountedLife(m.S, rate*beta, horizon/beta)
}

// PMF implements Timing (note 028).
func (m ParetoNBD) PMF(h History, t float64, n int) float64 {
	return orGone(m.Alive(h), m.after(h.X, h.T).pmf(t, n), n)
}

// after is the model of the purchases to come of a customer who is alive at age
// after x repeat purchases: both gammas are conjugate.
func (m ParetoNBD) after(x int, age float64) ParetoNBD {
	return ParetoNBD{R: m.R + float64(x), Alpha: m.Alpha + age, S: m.S, Beta: m.Beta + age}
}

// pmf is the probability of n purchases of a new customer in the time t: alive
// until t with n of them, or gone at τ with n by then,
//
//	∫_0^t NB(n; τ) s/β (1+τ/β)^-(s+1) dτ,
//
// both positive. In v = logit(τ/t) the integrand has one peak and is analytic, so
// that the trapezoidal rule converges exponentially. docs/clv.md, "Counts".
func (m ParetoNBD) pmf(t float64, n int) float64 {
	if n < 0 {
		return 0
	}
	if t == 0 {
		if n == 0 {
			return 1
		}
		return 0
	}
	nb := newNegBinomial(m.R, m.Alpha, t)
	p := math.Exp(nb.lnPMF(n) - m.S*math.Log1p(t/m.Beta))
	return p + m.goneWith(t, n)
}

// goneWith is the second part of pmf.
func (m ParetoNBD) goneWith(t float64, n int) float64 {
	lnC := lnRising(m.R, n) - lnFactorial(n) + math.Log(m.S/m.Beta) + math.Log(t)
	x := float64(n)
	f := func(v float64) float64 {
		share, rest := logistic(v), logistic(-v)
		tau := share * t
		ln := -m.R*math.Log1p(tau/m.Alpha) - (m.S+1)*math.Log1p(tau/m.Beta) + math.Log(share) + math.Log(rest)
		if n > 0 {
			ln -= x * math.Log1p(m.Alpha/tau)
		}
		return ln
	}
	// The peak: f' = (n+1) - (r+n) τ/(α+τ) - (s+1) τ/(β+τ) - τ/(t-τ), times the
	// share left, falls in τ.
	low, high := -700.0, 40.0
	for range 40 {
		v := (low + high) / 2
		tau := logistic(v) * t
		if x+1-(m.R+x)*tau/(m.Alpha+tau)-(m.S+1)*tau/(m.Beta+tau)-math.Exp(v) > 0 {
			low = v
		} else {
			high = v
		}
	}
	peak := f(low)
	step := min(0.25, 0.6*math.Sqrt(1/(x+1)+1/(m.R+m.S+1)))
	total := 0.0
	for v := low; ; v += step {
		e := f(v) - peak
		if total += math.Exp(e); e < -42 {
			break
		}
	}
	for v := low - step; ; v -= step {
		e := f(v) - peak
		if total += math.Exp(e); e < -42 {
			break
		}
	}
	return math.Exp(lnC+peak) * total * step
}

// Simulate implements Timing.
func (m ParetoNBD) Simulate(rng *rand.Rand, t float64, times []float64) []float64 {
	rate := drawGamma(rng, m.R) / m.Alpha
	end := min(t, rng.ExpFloat64()/(drawGamma(rng, m.S)/m.Beta))
	for at := rng.ExpFloat64() / rate; at <= end; at += rng.ExpFloat64() / rate {
		times = append(times, at)
	}
	return times
}

// FitParetoNBD estimates a Pareto/NBD by maximum likelihood. Where the data show
// no dropout, s and beta are in Diagnostics.Bounds with a warning: use FitNBD
// then. The error is ErrTooFew where nobody bought again and ErrNotConverged
// where no maximum was found.
func FitParetoNBD(cells Cells, o Options) (ParetoNBD, Diagnostics, error) {
	d, err := paretoClimb().fit(cells, o)
	if err != nil {
		return ParetoNBD{}, d, err
	}
	return ParetoNBD{d.Estimates[0], d.Estimates[1], d.Estimates[2], d.Estimates[3]}, d, nil
}

func paretoClimb() *climb {
	return &climb{
		model:      "Pareto/NBD",
		parameters: []parameter{{"r", false}, {"alpha", true}, {"s", false}, {"beta", true}},
		objective:  paretoObjective,
		starts:     [][]float64{{-0.7, -1, -0.7, -0.7}, {0, 0, -3, 0}, {0, -1, 0.7, 2}, {0, -0.5, -1, -3}},
		none:       []float64{-box, box},
	}
}
