package clv

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A rememberer is a model whose purchases to come depend on more of a history
// than x and T: it gives what counter and continuer give for the whole history.
type rememberer interface {
	countsAfter(h History, t float64) []float64
	simulateFrom(rng *rand.Rand, h History, t float64, times []float64) []float64
}

// countsAfter is the distribution of the purchases in t of a customer who is
// alive, in one walk over the hidden events: blocks of k are so many purchases
// due, of which as many are made as chances to leave were not taken.
func (m MBGCNBD) countsAfter(h History, t float64) []float64 {
	q := m.after(h)
	if t <= 0 {
		return []float64{1}
	}
	blocks, total := []float64{0}, 0.0
	for w := q.walk(t); ; {
		n := len(blocks) - 1
		blocks[n] += w.total
		total += w.total
		f := w.falls()
		if f < 1 && w.total < negligible/8*(1-f)*total || len(blocks) == maxCounts {
			break
		}
		if scale := w.step(); scale != 1 {
			total *= scale
			for i := range blocks {
				blocks[i] *= scale
			}
		}
		if w.m%q.k == 0 {
			blocks = append(blocks, 0)
		}
	}
	rest, stay := 1.0, 1.0 // P(n purchases or more are due), P(no chance taken of n)
	for n := range blocks {
		due := blocks[n] / total
		if n == 0 {
			blocks[n] = due
		} else {
			leave := stay * q.a / (q.a + q.b + float64(n-1)) // at the n-th chance
			stay *= (q.b + float64(n-1)) / (q.a + q.b + float64(n-1))
			blocks[n] = due*stay + rest*leave
		}
		rest = max(0, rest-due)
	}
	return blocks
}

// simulateFrom draws the purchases to come in t of a customer who is alive.
func (m MBGCNBD) simulateFrom(rng *rand.Rand, h History, t float64, times []float64) []float64 {
	q := m.after(h)
	passed, weight := 0, 1.0
	for u := rng.Float64() * q.phases; passed < q.k-1 && u >= weight; passed++ {
		u -= weight
		weight *= (q.n + float64(passed)) / float64(passed+1) * (q.silence / q.beta)
	}
	rate, leave := drawGamma(rng, q.n+float64(passed))/q.beta, drawBeta(rng, q.a, q.b)
	at := drawGamma(rng, float64(q.k-passed)) / rate
	for ; at <= t; at += drawGamma(rng, float64(q.k)) / rate {
		if times = append(times, at); rng.Float64() < leave {
			break
		}
	}
	return times
}

func (m MBGCNBD) withParameters(v []float64) Timing {
	return MBGCNBD{m.K, v[0], v[1], v[2], v[3]}
}

// continued draws the purchases to come in t of a customer who is alive, if the
// model can.
func continued(m Timing, rng *rand.Rand, h History, t float64, times []float64) ([]float64, bool) {
	switch c := m.(type) {
	case rememberer:
		return c.simulateFrom(rng, h, t, times), true
	case continuer:
		return c.simulateAfter(rng, h.X, h.T, t, times), true
	}
	return times, false
}

// addRhythm adds the model of customers who buy in a rhythm where the histories
// tell how regular they are, and they are: with k = 1 it is the MBG/NBD.
func (c *Choice) addRhythm(histories []History, o ChoiceOptions) {
	if !slices.ContainsFunc(histories, func(h History) bool { return h.LogGaps != 0 }) {
		return
	}
	var err error
	if c.regularity, err = RegularityOf(histories); err != nil || !c.regularity.Regular() {
		return
	}
	m, d, err := FitMBGCNBD(histories, 0, o.Fit)
	if err == nil && m.K == 1 {
		return
	}
	c.add(m.Name(), Fitted{m, d}, err)
	if added := &c.Candidates[len(c.Candidates)-1]; err == nil { // k is a parameter too
		added.AIC += 2
		added.BIC += math.Log(float64(d.Customers))
	}
}
