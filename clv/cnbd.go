package clv

import (
	"math"
	"math/rand/v2"
)

// MBGCNBD is the MBG/CNBD-k model of customers who buy in a rhythm
// (Reutterer, Platzer & Schröder 2021, "Leveraging purchase regularity for
// predicting customer behavior the easy way"; docs/clv.md, "Rhythm"): the times
// between purchases are Erlang distributed, that is, every K-th event of a hidden
// Poisson process is a purchase. Its rates are gamma distributed (shape R, rate
// Alpha), and after every purchase, the first one included, a customer leaves
// with a beta distributed probability (A, B). With K = 1 it is the MBG/NBD.
type MBGCNBD struct {
	K     int     // hidden events a purchase: 1 is random, more is regular
	R     float64 // shape of the rates of hidden events
	Alpha float64 // their rate parameter, a time
	A, B  float64 // of the beta distribution of dropout probabilities
}

// Name returns "MBG/CNBD-k".
func (MBGCNBD) Name() string { return "MBG/CNBD-k" }

// A rhythm is a customer as the model sees him at T, if he is still alive: the
// rate of hidden events is gamma distributed with shape n and rate beta for each
// number j < k of events since the last purchase, which weigh
// (n)_j/j! (silence/beta)^j; the chance to leave is beta distributed with a and
// b, and the next chance comes with the next purchase.
type rhythm struct {
	k             int
	n, beta       float64
	silence       float64 // since the last purchase
	a, b          float64
	alive, phases float64 // probability of being alive; sum of the weights of the j
}

// after is the rhythm of a customer with history h.
func (m MBGCNBD) after(h History) rhythm {
	x := float64(h.X)
	q := rhythm{
		k: m.K, n: m.R + float64(m.K)*x, beta: m.Alpha + h.T, silence: h.T - h.Tx,
		a: m.A, b: m.B + x + 1,
	}
	weight := 1.0
	for j := range m.K {
		q.phases += weight
		weight *= (q.n + float64(j)) / float64(j+1) * (q.silence / q.beta)
	}
	q.alive = 1 / (1 + math.Exp(m.gone(h, q.n)-math.Log(q.phases)))
	return q
}

// rate is the mean of the rate of purchases as long as the customer is alive: of
// that of hidden events, over the number of them since the last purchase.
func (q *rhythm) rate() float64 {
	weight, sum := 1.0, 0.0
	for j := range q.k {
		sum += weight * (q.n + float64(j))
		weight *= (q.n + float64(j)) / float64(j+1) * (q.silence / q.beta)
	}
	return sum / q.phases / q.beta / float64(q.k)
}

// gone is ln of the likelihood of having left after the last purchase relative
// to (b+x) (α+T)^-n: ln a/(b+x) + n ln((α+T)/(α+t_x)).
func (m MBGCNBD) gone(h History, n float64) float64 {
	return math.Log(m.A) - math.Log(m.B+float64(h.X)) + n*math.Log1p((h.T-h.Tx)/(m.Alpha+h.Tx))
}

// LogLik implements Timing (Reutterer, Platzer & Schröder 2021; derived in
// docs/clv.md, "Rhythm"): with n = r+kx and u = (T-t_x)/(α+T)
//
//	L = Π g^(k-1)/Γ(k)^x (r)_kx α^-kx (1+T/α)^-n (b)_{x+1}/(a+b)_{x+1}
//	    [Σ_{j<k} (n)_j/j! u^j + a/(b+x) ((α+T)/(α+t_x))^n]
//
// where the g are the times between the purchases, of which h.LogGaps is the sum
// of logarithms. Without it the constant is missing, which matters for comparing
// different k only.
func (m MBGCNBD) LogLik(h History) float64 {
	x, k := float64(h.X), float64(m.K)
	n := m.R + k*x
	ll := (k-1)*h.LogGaps - x*lnFactorial(m.K-1)
	ll += lnRising(m.R, m.K*h.X) - k*x*math.Log(m.Alpha) - n*math.Log1p(h.T/m.Alpha)
	ll += lnRising(m.B, h.X+1) - lnRising(m.A+m.B, h.X+1)
	return ll + logAddExp(math.Log(m.after(h).phases), m.gone(h, n))
}

// Alive implements Timing (docs/clv.md, "Rhythm"). A customer who is
// expected to buy about now is not doubted for a silence that others would be.
func (m MBGCNBD) Alive(h History) float64 { return m.after(h).alive }

// Expected implements Timing. There is no closed form for K > 1; the sum over the
// number of hidden events is exact (docs/clv.md, "Rhythm").
func (m MBGCNBD) Expected(h History, t float64) float64 {
	q := m.after(h)
	return q.alive * q.expected(t)
}

// ExpectedNew implements Timing: the customer may leave at once.
func (m MBGCNBD) ExpectedNew(t float64) float64 {
	q := m.fresh()
	return m.B / (m.A + m.B) * q.expected(t)
}

// fresh is the rhythm right after a first purchase that was not the last.
func (m MBGCNBD) fresh() rhythm {
	return rhythm{k: m.K, n: m.R, beta: m.Alpha, a: m.A, b: m.B + 1, phases: 1, alive: 1}
}

// Discounted implements Timing (docs/clv.md, "Rhythm").
func (m MBGCNBD) Discounted(h History, rate, horizon float64) float64 {
	q := m.after(h)
	return q.alive * q.discounted(rate, horizon)
}

// PMF implements Timing.
func (m MBGCNBD) PMF(h History, t float64, n int) float64 {
	q := m.after(h)
	p := q.alive * q.pmf(t, n)
	if n == 0 {
		p += 1 - q.alive
	}
	return min(max(p, 0), 1)
}

// Simulate implements Timing.
func (m MBGCNBD) Simulate(rng *rand.Rand, t float64, times []float64) []float64 {
	rate, leave := drawGamma(rng, m.R)/m.Alpha, drawBeta(rng, m.A, m.B)
	for at := 0.0; rng.Float64() >= leave; times = append(times, at) {
		if at += drawGamma(rng, float64(m.K)) / rate; !(at <= t) {
			break
		}
	}
	return times
}

// A walk goes through the numbers M = 0, 1, 2 … of hidden events between the
// last purchase and the end of a horizon t. Given that j < k of them fell into
// the silence, M has the weight
//
//	(n)_M/M! C(M,j) (silence/(β+t))^j z^(M-j) (1-z)^n,  z = t/(β+t),
//
// and the customer has bought ⌊M/k⌋ times by then if he has not left before. All
// terms are positive; shift keeps them in the range of numbers.
type walk struct {
	q     *rhythm
	z, v  float64
	byJ   []float64 // the weights of M, relative to e^shift
	total float64   // their sum
	shift float64
	m     int
}

func (q *rhythm) walk(t float64) walk {
	w := walk{q: q, z: t / (q.beta + t), v: q.silence / (q.beta + t), total: 1, shift: -q.n * math.Log1p(t/q.beta)}
	w.byJ = make([]float64, q.k)
	w.byJ[0] = 1
	return w
}

// step goes to M+1. scale is what everything relative to e^shift has to be
// multiplied with from now on.
func (w *walk) step() (scale float64) {
	scale = 1
	if w.total > 1e150 {
		scale = 1e-150
		w.shift += 150 * math.Ln10
	}
	grow := (w.q.n + float64(w.m)) / float64(w.m+1) * scale
	w.total = 0
	for j := len(w.byJ) - 1; j >= 0; j-- {
		u := w.z * w.byJ[j]
		if j > 0 {
			u += w.v * w.byJ[j-1]
		}
		w.byJ[j] = u * grow
		w.total += w.byJ[j]
	}
	w.m++
	return scale
}

// falls returns a bound of the ratio of the weights from M on, 2 if there is none
// below 1 yet.
func (w *walk) falls() float64 {
	if w.m < w.q.k {
		return 2
	}
	m := float64(w.m)
	return w.z * max(1, (w.q.n+m)/(m+1)) * (m + 1) / (m + 2 - float64(w.q.k))
}

// tooFar is the number of hidden events beyond which sums over them give way to
// an integral over the rate.
const tooFar = 100_000

// nothing is a weight, relative to the others, below which numbers lose their
// digits and a sum would go on for ever.
const nothing = 1e-290

// reach is about the largest number of hidden events in t that counts.
func (q *rhythm) reach(t float64) float64 {
	mean := (q.n + float64(q.k)) * t / q.beta
	return mean + 9*math.Sqrt(mean*(1+t/q.beta)) + 40*(1+t/q.beta)
}

// expected is the number of purchases in t of a customer who is alive:
// Σ_M weight(M) E[1 + (1-p) + … (1-p)^(⌊M/k⌋-1)] / phases.
func (q *rhythm) expected(t float64) float64 {
	switch {
	case t <= 0:
		return 0
	case math.IsInf(t, 1):
		if q.a <= 1 {
			return math.Inf(1)
		}
		return (q.a + q.b - 1) / (q.a - 1)
	case q.reach(t) > tooFar:
		return q.integral(0, t)
	}
	w := q.walk(t)
	total, bought, stay := 0.0, 0.0, 1.0
	for {
		if w.m > 0 && w.m%q.k == 0 {
			bought += stay
			i := float64(w.m/q.k - 1)
			stay *= (q.b + i) / (q.a + q.b + i)
		}
		total += w.total * bought
		if f := w.falls(); f < 1 && (w.total < nothing || w.total*(bought+1/(1-f)) < 1e-16*(1-f)*total) {
			break
		}
		total *= w.step()
	}
	return total * math.Exp(w.shift) / q.phases
}

// pmf is the probability of exactly n purchases in t of a customer who is alive:
// k·n to k·n+k-1 hidden events without leaving at any of n chances, or more and
// leaving at the n-th.
func (q *rhythm) pmf(t float64, n int) float64 {
	if n < 0 || t <= 0 {
		if n == 0 {
			return 1
		}
		return 0
	}
	w := q.walk(t)
	below, block := 0.0, 0.0
	for w.m < n*q.k {
		below += w.total
		below *= w.step()
	}
	for w.m < (n+1)*q.k {
		block += w.total
		scale := w.step()
		below, block = below*scale, block*scale
	}
	size := math.Exp(w.shift) / q.phases
	stay := math.Exp(lnRising(q.b, n) - lnRising(q.a+q.b, n))
	p := block * size * stay
	if n == 0 {
		return p
	}
	tail := 1 - below*size
	if tail < 1e-6 { // too few digits: add up instead
		tail = block
		for {
			tail += w.total
			if f := w.falls(); w.total < nothing || f < 1 && w.total < 1e-14*(1-f)*tail {
				break
			}
			tail *= w.step()
		}
		tail *= math.Exp(w.shift) / q.phases
	}
	leave := q.a / (q.a + q.b + float64(n-1)) * math.Exp(lnRising(q.b, n-1)-lnRising(q.a+q.b, n-1))
	return p + leave*tail
}
