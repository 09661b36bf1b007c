package clv

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// BGBB is the beta-geometric/beta-Bernoulli model of customers with discrete
// opportunities to buy, once a period at most (Fader, Hardie & Shang 2010,
// "Customer-base analysis in a discrete-time noncontractual setting"; docs/clv.md,
// "Discrete opportunities"): while active, a customer buys at each opportunity
// with a chance p, and before each it drops out with a chance θ; p differs by a
// beta distribution with Alpha and Beta, θ with Gamma and Delta.
type BGBB struct{ Alpha, Beta, Gamma, Delta float64 }

// Occasions are what became of the opportunities of customers: X of N were
// taken, the last at opportunity Tx, 0 if none. A donor who was asked in six
// years and gave in the first and fourth has X 2, Tx 4, N 6.
type Occasions struct {
	X, Tx, N int
	Count    float64 // how many customers these are
}

// Check says what is wrong with occasions, nil if they may be used.
func (o Occasions) Check() error {
	switch {
	case o.X < 0 || o.N < 0 || o.N > maxPeriods:
		return fmt.Errorf("x %d of n %d opportunities: none can be negative, n not above %d", o.X, o.N, maxPeriods)
	case o.Tx < o.X || o.Tx > o.N:
		return fmt.Errorf("t_x %d: the last purchase must lie between x %d and n %d", o.Tx, o.X, o.N)
	case (o.X == 0) != (o.Tx == 0):
		return fmt.Errorf("x %d and t_x %d: both are zero, or none is", o.X, o.Tx)
	case !(o.Count >= 0) || math.IsInf(o.Count, 0):
		return fmt.Errorf("count %v: must be a number of customers", o.Count)
	}
	return nil
}

// Name returns "BG/BB".
func (BGBB) Name() string { return "BG/BB" }

// LogLik is the logarithm of the likelihood of one customer (eq. 5), whatever
// the count.
func (m BGBB) LogLik(o Occasions) float64 {
	alive, gone := m.paths(o)
	return logAddExp(alive, gone)
}

// paths are the logarithms of the likelihood's two parts: the customer is still
// active at n, or has dropped out after t_x. The terms of the second follow each
// other by ratios of small numbers; each is positive.
func (m BGBB) paths(o Occasions) (alive, gone float64) {
	x, misses := float64(o.X), o.N-o.X
	took := lnRising(m.Alpha, o.X) // ln B(α+x, β+n-x)/B(α, β) = took + ...
	alive = took + lnRising(m.Beta, misses) - lnRising(m.Alpha+m.Beta, o.N) + lnStay(m.Gamma, m.Delta, o.N)
	if o.Tx == o.N {
		return alive, math.Inf(-1)
	}
	first := took + lnRising(m.Beta, o.Tx-o.X) - lnRising(m.Alpha+m.Beta, o.Tx) + m.lnDrop(m.Delta, o.Tx)
	var s scaled
	term := 1.0
	for t := o.Tx; t < o.N; t++ {
		i := float64(t)
		s.add(term)
		term *= (m.Beta + i - x) / (m.Alpha + m.Beta + i) * ((m.Delta + i) / (m.Gamma + m.Delta + i + 1))
	}
	return alive, first + s.log()
}

// lnDrop is the logarithm of the chance to drop out right after t more
// opportunities, B(γ+1, δ+t)/B(γ, δ), for a customer whose δ is given.
func (m BGBB) lnDrop(delta float64, t int) float64 {
	return lnStay(m.Gamma, delta, t) + math.Log(m.Gamma/(m.Gamma+delta+float64(t)))
}

// A scaled sum keeps positive terms that may leave the range of numbers
// relative to the first.
type scaled struct{ total, shift float64 }

func (s *scaled) add(term float64) { s.total += term }

func (s *scaled) log() float64 { return math.Log(s.total) + s.shift }

// Alive is the probability that a customer will be active at the next
// opportunity, n+1 (eq. 11).
func (m BGBB) Alive(o Occasions) float64 {
	n := float64(o.N)
	return m.active(o) * (m.Delta + n) / (m.Gamma + m.Delta + n)
}

// active is the probability that the customer was still active at opportunity n.
func (m BGBB) active(o Occasions) float64 {
	alive, gone := m.paths(o)
	return 1 / (1 + math.Exp(gone-alive))
}

// rate is the mean of p of a customer who is still active.
func (m BGBB) rate(o Occasions) float64 {
	return (m.Alpha + float64(o.X)) / (m.Alpha + m.Beta + float64(o.N))
}

// Expected is the number of purchases expected at the next n opportunities (eq. 13).
func (m BGBB) Expected(o Occasions, n int) float64 {
	d := m.Delta + float64(o.N) + 1
	return m.Alive(o) * m.rate(o) * partialHyper(d, m.Gamma+d, 0, n)
}

// ExpectedNew is the number of purchases expected of a new customer at the first
// n opportunities (eq. 8).
func (m BGBB) ExpectedNew(n int) float64 { return m.Expected(Occasions{}, n) }

// Discounted is the number of purchases expected at the next `horizon`
// opportunities, each discounted to opportunity n at the continuous rate per
// period (see [Rate.PerUnit]). A horizon below zero is without end: the
// discounted expected residual transactions, DERT, +Inf at rate 0 if
// Gamma <= 1.
func (m BGBB) Discounted(o Occasions, rate float64, horizon int) float64 {
	d := m.Delta + float64(o.N) + 1
	total := 0.0
	if horizon < 0 {
		total = endlessHyper(d, m.Gamma+d, rate)
	} else {
		total = partialHyper(d, m.Gamma+d, rate, horizon)
	}
	return m.Alive(o) * m.rate(o) * math.Exp(-rate) * total
}

// PMF is the probability of exactly k purchases at the next n opportunities
// (for a new customer eq. 7).
func (m BGBB) PMF(o Occasions, n, k int) float64 {
	if k < 0 || k > n || n < 0 {
		return 0
	}
	active := m.active(o)
	a, b := m.Alpha+float64(o.X), m.Beta+float64(o.N-o.X)
	delta := m.Delta + float64(o.N)
	took := lnRising(a, k)
	p := math.Exp(lnFactorial(n) - lnFactorial(k) - lnFactorial(n-k) +
		took + lnRising(b, n-k) - lnRising(a+b, n) + lnStay(m.Gamma, delta, n))
	if k < n {
		var s scaled
		term := 1.0
		for t := k; t < n; t++ {
			i := float64(t)
			s.add(term)
			term *= (i + 1) / (i + 1 - float64(k)) * ((b + i - float64(k)) / (a + b + i)) * ((delta + i) / (m.Gamma + delta + i + 1))
			if term > 1e200 {
				s.total, s.shift, term = s.total*1e-200, s.shift+200*math.Ln10, term*1e-200
			}
		}
		p += math.Exp(took - lnRising(a+b, k) + m.lnDrop(delta, k) + s.log())
	}
	p *= active
	if k == 0 {
		p += 1 - active
	}
	return min(p, 1)
}

// Simulate draws the first n opportunities of a new customer.
func (m BGBB) Simulate(rng *rand.Rand, n int) Occasions {
	p, theta := drawBeta(rng, m.Alpha, m.Beta), drawBeta(rng, m.Gamma, m.Delta)
	o := Occasions{N: n, Count: 1}
	for t := 1; t <= n && rng.Float64() >= theta; t++ {
		if rng.Float64() < p {
			o.X++
			o.Tx = t
		}
	}
	return o
}
