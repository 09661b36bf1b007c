package clv

import (
	"math"
	"math/rand/v2"
)

// A counter gives the distribution of the purchases in (age, age+t] of a
// customer who is alive at age after x repeat purchases, as far as it is not
// negligible: the probabilities of 0, 1, 2, … that add up to 1.
type counter interface {
	counts(x int, age, t float64) []float64
}

// A continuer draws the purchases to come of a customer who is alive at age.
type continuer interface {
	simulateAfter(rng *rand.Rand, x int, age, t float64, times []float64) []float64
}

const (
	negligible = 1e-11
	maxCounts  = 1 << 17 // a limit to memory and time: nobody buys more often
)

// array is the distribution of a negative binomial count up to where what is
// left is negligible. Probabilities follow each other by their ratio, starting at
// the mode, so that none underflows that matters.
func (b negBinomial) array() []float64 {
	if math.IsInf(b.lnX, -1) {
		return []float64{1}
	}
	odds := math.Exp(b.lnX - b.lnY)
	mode := min(max(0, math.Floor((b.shape-1)*odds)), maxCounts)
	x := math.Exp(b.lnX)
	peak := b.pmf(int(mode))
	p := make([]float64, int(mode)+1, int(mode)+32)
	p[int(mode)] = peak
	for n := int(mode); n > 0 && p[n] > 1e-25*peak; n-- {
		p[n-1] = p[n] * float64(n) / ((b.shape + float64(n-1)) * x)
	}
	for n := int(mode); n < maxCounts; n++ {
		ratio := (b.shape + float64(n)) / float64(n+1) * x
		next := p[n] * ratio
		p = append(p, next)
		if r := (b.shape + float64(n+1)) / float64(n+2) * x; r < 1 && next/(1-max(r, x)) < negligible {
			break
		}
	}
	return p
}

func (m NBD) counts(x int, age, t float64) []float64 {
	return newNegBinomial(m.R+float64(x), m.Alpha+age, t).array()
}

func (m BGNBD) counts(x int, age, t float64) []float64 { return m.both().after(x, age).countsFrom(t) }

func (m MBGNBD) counts(x int, age, t float64) []float64 { return m.both().after(x, age).countsFrom(t) }

// countsFrom is pmf for all numbers at once: of n purchases due the customer
// made all, or left at the n-th when at least n were due.
func (m betaGeometric) countsFrom(t float64) []float64 {
	p := newNegBinomial(m.r, m.alpha, t).array()
	tail := 0.0
	tails := make([]float64, len(p))
	for n := len(p) - 1; n > 0; n-- {
		tail += p[n]
		tails[n] = tail
	}
	stayed := 1.0 // (b)_n / (a+b)_n
	for n := 1; n < len(p); n++ {
		whole := m.a + m.b + float64(n-1)
		left := stayed * m.a / whole
		stayed *= (m.b + float64(n-1)) / whole
		p[n] = stayed*p[n] + left*tails[n]
	}
	return p
}

// counts is pmf for all numbers at once, with nodes over the time of leaving
// that all numbers share: over y = ln(1+τ/β) a customer leaves with the density
// s e^{-sy}.
func (m ParetoNBD) counts(x int, age, t float64) []float64 {
	a := m.after(x, age)
	whole := newNegBinomial(a.R, a.Alpha, t).array()
	size := len(whole)
	top := math.Log1p(t / a.Beta)
	panels := math.Ceil(max(top, a.S*top/6, math.Sqrt(float64(size))/4))
	stay := math.Exp(-a.S * top)
	for n := range whole {
		whole[n] *= stay
	}
	add := func(y, w float64) {
		if w *= math.Exp(-a.S * y); w < 1e-18 {
			return
		}
		nb := newNegBinomial(a.R, a.Alpha, a.Beta*math.Expm1(y))
		x := math.Exp(nb.lnX)
		mode := min(int(max(0, (a.R-1)*math.Exp(nb.lnX-nb.lnY))), size-1)
		peak := w * nb.pmf(mode) // the others follow from it, as far as they matter
		p := peak
		for n := mode; n < size && (p > 1e-20*w || n == mode); n++ {
			whole[n] += p
			p *= (a.R + float64(n)) / float64(n+1) * x
		}
		p = peak
		for n := mode; n > 0 && p > 1e-20*w; n-- {
			p *= float64(n) / ((a.R + float64(n-1)) * x)
			whole[n-1] += p
		}
	}
	for i := 0.0; i < panels; i++ {
		mid, half := top*(i+0.5)/panels, top/panels/2
		for _, node := range nodes16 {
			add(mid-half*node[0], a.S*node[1]*half)
			add(mid+half*node[0], a.S*node[1]*half)
		}
	}
	return whole
}

func (m NBD) simulateAfter(rng *rand.Rand, x int, age, t float64, times []float64) []float64 {
	return NBD{m.R + float64(x), m.Alpha + age}.Simulate(rng, t, times)
}

func (m BGNBD) simulateAfter(rng *rand.Rand, x int, age, t float64, times []float64) []float64 {
	return m.both().after(x, age).simulate(rng, t, times)
}

func (m MBGNBD) simulateAfter(rng *rand.Rand, x int, age, t float64, times []float64) []float64 {
	return m.both().after(x, age).simulate(rng, t, times)
}

func (m ParetoNBD) simulateAfter(rng *rand.Rand, x int, age, t float64, times []float64) []float64 {
	return m.after(x, age).Simulate(rng, t, times)
}

// distribution is the distribution of the purchases of a customer who is alive.
// A model that has no short way is asked for one probability after the other.
func distribution(m Timing, h History, t float64) []float64 {
	if c, ok := m.(counter); ok {
		return c.counts(h.X, h.T, t)
	}
	if c, ok := m.(rememberer); ok {
		return c.countsAfter(h, t)
	}
	alive := m.Alive(h)
	if alive == 0 {
		return []float64{1}
	}
	var p []float64
	for total := 0.0; total < 1-negligible && len(p) < maxCounts; {
		q := m.PMF(h, t, len(p))
		if total += q; len(p) == 0 {
			q -= 1 - alive
		}
		p = append(p, max(0, q/alive))
	}
	return p
}
