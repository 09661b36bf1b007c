package clv

import (
	"math"
	"math/rand/v2"
)

// BGNBD is the BG/NBD model (Fader, Hardie & Lee 2005a, Marketing Science 24(2)):
// customers buy at gamma distributed rates (shape R, rate Alpha) and leave after
// a repeat purchase with a beta distributed probability (A, B). A customer who
// has not bought again can't have left: Alive is 1 for him and not to be shown.
// docs/clv.md, "BG/NBD and MBG/NBD".
type BGNBD struct {
	R     float64 // shape of the purchase rates
	Alpha float64 // their rate parameter, a time
	A, B  float64 // of the beta distribution of dropout probabilities
}

// MBGNBD is the MBG/NBD model (Batislam, Denizel & Filiztekin 2007; Wagner &
// Hoppe 2008): as BG/NBD, but a customer may leave after the first purchase
// already. docs/clv.md, "BG/NBD and MBG/NBD".
type MBGNBD struct {
	R     float64 // shape of the purchase rates
	Alpha float64 // their rate parameter, a time
	A, B  float64 // of the beta distribution of dropout probabilities
}

// betaGeometric is what the two models have in common: first is how many chances
// to leave a customer has had before any repeat purchase, 0 or 1.
type betaGeometric struct {
	r, alpha, a, b float64
	first          int
}

func (m BGNBD) both() betaGeometric  { return betaGeometric{m.R, m.Alpha, m.A, m.B, 0} }
func (m MBGNBD) both() betaGeometric { return betaGeometric{m.R, m.Alpha, m.A, m.B, 1} }

// Name returns "BG/NBD".
func (BGNBD) Name() string { return "BG/NBD" }

// LogLik implements Timing (Fader, Hardie & Lee 2005a, eq. 6, as in note 027).
func (m BGNBD) LogLik(h History) float64 { return m.both().logLik(h) }

// Alive implements Timing (note 021, eq. 2). It is 1 for x = 0.
func (m BGNBD) Alive(h History) float64 { return m.both().aliveAt(h) }

// Expected implements Timing (Fader, Hardie & Lee 2005a, eq. 10).
func (m BGNBD) Expected(h History, t float64) float64 {
	return m.both().aliveAt(h) * m.future(h.X, h.T, t)
}

// ExpectedNew implements Timing (Fader, Hardie & Lee 2005a, eq. 9).
func (m BGNBD) ExpectedNew(t float64) float64 { return m.both().purchases(t) }

// Discounted implements Timing; the integral is in docs/clv.md, "Discounting".
func (m BGNBD) Discounted(h History, rate, horizon float64) float64 {
	return m.both().aliveAt(h) * m.futureDiscounted(h.X, h.T, rate, horizon)
}

// PMF implements Timing (note 029).
func (m BGNBD) PMF(h History, t float64, n int) float64 { return m.both().pmfAfter(h, t, n) }

// Simulate implements Timing.
func (m BGNBD) Simulate(rng *rand.Rand, t float64, times []float64) []float64 {
	return m.both().simulate(rng, t, times)
}

func (m BGNBD) future(x int, age, t float64) float64 {
	return m.both().after(x, age).purchases(t)
}

func (m BGNBD) futureDiscounted(x int, age, rate, horizon float64) float64 {
	return m.both().after(x, age).discounted(rate, horizon)
}

// Name returns "MBG/NBD".
func (MBGNBD) Name() string { return "MBG/NBD" }

// LogLik implements Timing (Batislam, Denizel & Filiztekin 2007, eq. 4).
func (m MBGNBD) LogLik(h History) float64 { return m.both().logLik(h) }

// Alive implements Timing (Wagner & Hoppe 2008, eq. 6).
func (m MBGNBD) Alive(h History) float64 { return m.both().aliveAt(h) }

// Expected implements Timing (Wagner & Hoppe 2008, eq. 7).
func (m MBGNBD) Expected(h History, t float64) float64 {
	return m.both().aliveAt(h) * m.future(h.X, h.T, t)
}

// ExpectedNew implements Timing: the customer may leave at once.
func (m MBGNBD) ExpectedNew(t float64) float64 {
	return m.B / (m.A + m.B) * m.both().after(0, 0).purchases(t)
}

// Discounted implements Timing; the integral is in docs/clv.md, "Discounting".
func (m MBGNBD) Discounted(h History, rate, horizon float64) float64 {
	return m.both().aliveAt(h) * m.futureDiscounted(h.X, h.T, rate, horizon)
}

// PMF implements Timing (note 029 with the posterior of this model).
func (m MBGNBD) PMF(h History, t float64, n int) float64 { return m.both().pmfAfter(h, t, n) }

// Simulate implements Timing.
func (m MBGNBD) Simulate(rng *rand.Rand, t float64, times []float64) []float64 {
	return m.both().simulate(rng, t, times)
}

func (m MBGNBD) future(x int, age, t float64) float64 {
	return m.both().after(x, age).purchases(t)
}

func (m MBGNBD) futureDiscounted(x int, age, rate, horizon float64) float64 {
	return m.both().after(x, age).discounted(rate, horizon)
}

// left returns ln of the odds of having left to being alive for a customer of x
// purchases, without the factor of the silence: ln a/(b+x-1), b+x for MBG/NBD.
// ok is false where the customer can't have left.
func (m betaGeometric) left(x int) (ln float64, ok bool) {
	if x+m.first == 0 {
		return 0, false
	}
	return math.Log(m.a) - math.Log(m.b+float64(x+m.first-1)), true
}

// logLik is the logarithm of the individual likelihood in the form of
// docs/clv.md, "BG/NBD and MBG/NBD", in which nothing large is subtracted.
func (m betaGeometric) logLik(h History) float64 {
	x := float64(h.X)
	ll := lnRising(m.r, h.X) + lnRising(m.b, h.X+m.first) - lnRising(m.a+m.b, h.X+m.first) - x*math.Log(m.alpha)
	ll -= (m.r + x) * math.Log1p(h.T/m.alpha)
	if ln, ok := m.left(h.X); ok {
		ll += logAddExp(0, ln+(m.r+x)*math.Log1p((h.T-h.Tx)/(m.alpha+h.Tx)))
	}
	return ll
}

// aliveAt is the probability of being alive at T.
func (m betaGeometric) aliveAt(h History) float64 {
	ln, ok := m.left(h.X)
	if !ok {
		return 1
	}
	return m.stayed(h, ln)
}

// stayed is aliveAt where left is known.
func (m betaGeometric) stayed(h History, ln float64) float64 {
	return 1 / (1 + math.Exp(ln+(m.r+float64(h.X))*math.Log1p((h.T-h.Tx)/(m.alpha+h.Tx))))
}

// after is the model of the purchases to come of a customer who is alive at age
// after x repeat purchases: gamma and beta are conjugate, and no chance to leave
// comes before the next purchase.
func (m betaGeometric) after(x int, age float64) betaGeometric {
	return betaGeometric{r: m.r + float64(x), alpha: m.alpha + age, a: m.a, b: m.b + float64(x+m.first)}
}

// simulate draws a rate, a dropout probability and the purchases until dropout.
func (m betaGeometric) simulate(rng *rand.Rand, t float64, times []float64) []float64 {
	rate := drawGamma(rng, m.r) / m.alpha
	leave := drawBeta(rng, m.a, m.b)
	if m.first == 1 && rng.Float64() < leave {
		return times
	}
	for at := rng.ExpFloat64() / rate; at <= t; at += rng.ExpFloat64() / rate {
		times = append(times, at)
		if rng.Float64() < leave {
			break
		}
	}
	return times
}

// pmfAfter is the probability of exactly n purchases in (T, T+t].
func (m betaGeometric) pmfAfter(h History, t float64, n int) float64 {
	return orGone(m.aliveAt(h), m.after(h.X, h.T).pmf(t, n), n)
}

// pmf is the probability of n purchases in the time t of a customer who is alive
// and has no chance to leave before the next purchase (Fader, Hardie & Lee 2005a,
// eq. 8): n purchases and still alive, or left at the n-th. The bracket of eq. 8
// is the upper tail of a negative binomial count, an incomplete beta function.
func (m betaGeometric) pmf(t float64, n int) float64 {
	if n < 0 {
		return 0
	}
	if t == 0 {
		if n == 0 {
			return 1
		}
		return 0
	}
	nb := newNegBinomial(m.r, m.alpha, t)
	if n == 0 {
		return nb.pmf(0)
	}
	whole := lnRising(m.a+m.b, n)
	p := math.Exp(lnRising(m.b, n) - whole + nb.lnPMF(n))
	return p + math.Exp(math.Log(m.a)+lnRising(m.b, n-1)-whole)*nb.tail(n)
}

// FitBGNBD estimates a BG/NBD by maximum likelihood. Where the data show no
// dropout, a and b are in Diagnostics.Bounds with a warning: use FitNBD then.
// The error is ErrTooFew where nobody bought again and ErrNotConverged where no
// maximum was found.
func FitBGNBD(cells Cells, o Options) (BGNBD, Diagnostics, error) {
	d, err := betaGeometricClimb("BG/NBD", 0).fit(cells, o)
	if err != nil {
		return BGNBD{}, d, err
	}
	return BGNBD{d.Estimates[0], d.Estimates[1], d.Estimates[2], d.Estimates[3]}, d, nil
}

// FitMBGNBD estimates an MBG/NBD as FitBGNBD does a BG/NBD.
func FitMBGNBD(cells Cells, o Options) (MBGNBD, Diagnostics, error) {
	d, err := betaGeometricClimb("MBG/NBD", 1).fit(cells, o)
	if err != nil {
		return MBGNBD{}, d, err
	}
	return MBGNBD{d.Estimates[0], d.Estimates[1], d.Estimates[2], d.Estimates[3]}, d, nil
}

func betaGeometricClimb(model string, first int) *climb {
	return &climb{
		model:      model,
		parameters: []parameter{{"r", false}, {"alpha", true}, {"a", false}, {"b", false}},
		objective:  func(s *study) objective { return betaGeometricObjective(s, first) },
		starts:     [][]float64{{-0.7, -1, -0.7, 0.7}, {0, 0, -3, 0}, {-1, -1, 1, 3}, {1, 0, -5, 4}},
		none:       []float64{-box, box},
	}
}

// betaGeometricObjective is the log-likelihood of the cells over ln r, ln α, ln a,
// ln b with gradient and Hessian. docs/clv.md, "BG/NBD and MBG/NBD".
func betaGeometricObjective(s *study, first int) objective {
	table := make([]dayLog, len(s.days))
	return func(v, grad, hess []float64) float64 {
		clear(grad)
		clear(hess)
		s.logs(math.Exp(v[1]), table)
		ll := s.addRates(v, table, grad, hess)
		ll += s.addSurvivals(math.Exp(v[2]), math.Exp(v[3]), first, grad, hess)
		m := betaGeometric{r: math.Exp(v[0]), alpha: math.Exp(v[1]), a: math.Exp(v[2]), b: math.Exp(v[3]), first: first}
		acc := sum(len(s.cells), 15, func(from, to int, acc []float64) { s.addSilences(m, table, from, to, acc) })
		for i := range 4 {
			grad[i] += acc[1+i]
		}
		addUpper(hess, acc[5:], 4)
		return ll + acc[0]
	}
}

// addSurvivals adds Σ ln B(a, b+x)/B(a, b), the chances to leave not taken.
func (s *study) addSurvivals(a, b float64, first int, grad, hess []float64) float64 {
	ll := 0.0
	for _, u := range s.runs {
		fb, b1, b2 := rising(b, u.x+first)
		fc, c1, c2 := rising(a+b, u.x+first)
		n := u.customers
		ll += n * (fb - fc)
		grad[2] -= n * a * c1
		grad[3] += n * b * (b1 - c1)
		hess[10] -= n * (a*c1 + a*a*c2)
		hess[11] -= n * a * b * c2
		hess[14] -= n * a * b * c2
		hess[15] += n * (b*(b1-c1) + b*b*(b2-c2))
	}
	return ll
}

// silence accumulates, over cells of one x, what the term ln(1+e^D) of having
// left contributes: D = ln a/(b+x-1) + (r+x) (L(T) - L(t_x)), L = ln(1+t/α).
// w is the probability of having left, v its variance.
type silence struct {
	ll, product    float64 // ln of Π(1+e^-|D|) is taken once for many factors
	w, wl, wm, wm2 float64
	v, vl, vm      float64
	vll, vlm, vmm  float64
}

// addSilences adds the terms of having left of the cells from..to to acc: the
// value, four entries of the gradient and the ten of the upper Hessian.
func (s *study) addSilences(m betaGeometric, table []dayLog, from, to int, acc []float64) {
	for k := s.runAt(from); k < len(s.runs) && s.runs[k].from < to; k++ {
		u := &s.runs[k]
		ln, ok := m.left(u.x)
		if !ok {
			continue
		}
		q := silence{product: 1}
		rx := m.r + float64(u.x)
		for i := max(from, u.from); i < min(to, u.to); i++ {
			age, last := &table[s.t[i]], &table[s.tx[i]]
			q.add(s.count[i], ln, rx, age.l-last.l, age.m-last.m, age.m2-last.m2)
		}
		q.flush()
		q.gather(m, u.x, acc)
	}
}

// add adds n customers whose L, dL/dln α and d²L/d(ln α)² between the last
// purchase and T are l, m and m2.
func (q *silence) add(n, ln, rx, l, m, m2 float64) {
	d := ln + rx*l
	e := math.Exp(-math.Abs(d))
	i := 1 / (1 + e)
	w := e * i
	if d > 0 {
		q.ll += n * d
		w = i
	}
	if n == 1 {
		if q.product *= 1 + e; q.product > 1e290 {
			q.flush()
		}
	} else {
		q.ll += n * math.Log1p(e)
	}
	v := n * e * i * i
	w *= n
	q.w += w
	q.wl += w * l
	q.wm += w * m
	q.wm2 += w * m2
	vl, vm := v*l, v*m
	q.v += v
	q.vl += vl
	q.vm += vm
	q.vll += vl * l
	q.vlm += vl * m
	q.vmm += vm * m
}

func (q *silence) flush() {
	q.ll += math.Log(q.product)
	q.product = 1
}

// gather turns the sums over cells of one x into value, gradient and Hessian in
// ln r, ln α, ln a, ln b.
func (q *silence) gather(m betaGeometric, x int, acc []float64) {
	r, rx := m.r, m.r+float64(x)
	k := m.b + float64(x+m.first-1)
	db := -m.b / k
	acc[0] += q.ll
	acc[1] += r * q.wl
	acc[2] += rx * q.wm
	acc[3] += q.w
	acc[4] += db * q.w
	acc[5] += r*q.wl + r*r*q.vll         // r r
	acc[6] += r*q.wm + r*rx*q.vlm        // r α
	acc[7] += r * q.vl                   // r a
	acc[8] += r * db * q.vl              // r b
	acc[9] += rx*q.wm2 + rx*rx*q.vmm     // α α
	acc[10] += rx * q.vm                 // α a
	acc[11] += rx * db * q.vm            // α b
	acc[12] += q.v                       // a a
	acc[13] += db * q.v                  // a b
	acc[14] += db*(1+db)*q.w + db*db*q.v // b b
}
