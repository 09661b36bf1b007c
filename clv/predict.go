package clv

import "math"

// A Prediction is what a model says of one history.
type Prediction struct {
	Alive      float64 // the probability of being active at T
	Expected   float64 // purchases in the horizon
	Discounted float64 // the same, each discounted to T
}

// Ahead is how far a prediction looks.
type Ahead struct {
	Horizon float64 // in the unit of the histories; +Inf only where the model allows it
	Rate    float64 // continuous rate of discount per unit, see Rate.PerUnit
}

// PurchaseRate is how often a customer is expected to buy in a unit of time as long
// as he is one: the posterior mean of his rate. The purchases expected, divided by
// it, are the time that he is expected to stay (exact for the Pareto/NBD, where
// leaving does not depend on buying).
func PurchaseRate(m Timing, h History) float64 {
	var r, alpha float64
	switch m := m.(type) {
	case NBD:
		r, alpha = m.R, m.Alpha
	case BGNBD:
		r, alpha = m.R, m.Alpha
	case MBGNBD:
		r, alpha = m.R, m.Alpha
	case ParetoNBD:
		r, alpha = m.R, m.Alpha
	case MBGCNBD:
		q := m.after(h)
		return q.rate()
	}
	return (r + float64(h.X)) / (alpha + h.T)
}

// A forecaster is a Timing whose purchases to come depend on x and T only, given
// that the customer is alive: the shared-prior models are all of this kind.
type forecaster interface {
	future(x int, age, t float64) float64
	futureDiscounted(x int, age, rate, horizon float64) float64
}

// A memory computes the probability of being alive of cells that come in their
// order, remembering what neighbours share.
type memory interface{ alive(h History) float64 }

// Predict says of every cell what the model expects. It uses all cores, and what
// depends on x and T only is computed once for all cells that share them.
func Predict(m Timing, cells Cells, ahead Ahead) []Prediction {
	out := make([]Prediction, len(cells))
	if r, ok := m.(MBGCNBD); ok {
		r.predictCells(cells, out, ahead)
		return out
	}
	parts := min(pieces, max(1, len(cells)/64))
	parallel(parts, func(p int) {
		from, to := p*len(cells)/parts, (p+1)*len(cells)/parts
		predictPart(m, cells[from:to], out[from:to], ahead)
	})
	return out
}

func predictPart(m Timing, cells Cells, out []Prediction, ahead Ahead) {
	f, known := m.(forecaster)
	if !known {
		for i := range cells {
			h := cells[i].History
			out[i] = Prediction{m.Alive(h), m.Expected(h, ahead.Horizon), m.Discounted(h, ahead.Rate, ahead.Horizon)}
		}
		return
	}
	remember := memoryOf(m)
	x, age := -1, math.NaN()
	var expected, discounted float64
	for i := range cells {
		h := &cells[i].History
		if h.X != x || h.T != age {
			x, age = h.X, h.T
			expected = f.future(x, age, ahead.Horizon)
			if discounted = expected; ahead.Rate != 0 {
				discounted = f.futureDiscounted(x, age, ahead.Rate, ahead.Horizon)
			}
		}
		alive := remember.alive(*h)
		out[i] = Prediction{alive, alive * expected, alive * discounted}
	}
}

func memoryOf(m Timing) memory {
	switch m := m.(type) {
	case ParetoNBD:
		return &paretoMemory{m: m, x: -1}
	case BGNBD:
		return &betaMemory{m: m.both(), x: -1}
	case MBGNBD:
		return &betaMemory{m: m.both(), x: -1}
	}
	return forgetful{m}
}

// betaMemory remembers the part of the odds of having left that depends on x.
type betaMemory struct {
	m   betaGeometric
	x   int
	ln  float64
	can bool
}

func (b *betaMemory) alive(h History) float64 {
	if h.X != b.x {
		b.x = h.X
		b.ln, b.can = b.m.left(h.X)
	}
	if !b.can {
		return 1
	}
	return b.m.stayed(h, b.ln)
}

// forgetful asks the model for every cell.
type forgetful struct{ m Timing }

func (f forgetful) alive(h History) float64 { return f.m.Alive(h) }

// paretoMemory remembers the integrals of the Pareto/NBD's likelihood.
type paretoMemory struct {
	m           ParetoNBD
	x           int
	age         float64
	stay, stays float64 // lnStay and the logarithm of those alive at (x, age)
	days        *dictionary
	left        []float64 // lnLeft by day
}

func (p *paretoMemory) alive(h History) float64 {
	if h.X != p.x {
		p.x, p.age = h.X, math.NaN()
		p.days, p.left = newDictionary(), p.left[:0]
	}
	if h.T != p.age {
		p.age = h.T
		p.stay = p.m.lnStay(h.X, h.T)
		p.stays = -(p.m.R+float64(h.X))*math.Log1p(h.T/p.m.Alpha) - p.m.S*math.Log1p(h.T/p.m.Beta)
	}
	i := int(p.days.index(h.Tx))
	if i == len(p.left) {
		p.left = append(p.left, p.m.lnLeft(h.X, h.Tx))
	}
	return min(1, math.Exp(p.stays-logAddExp(p.left[i], p.stay)))
}

// orGone is the probability of n purchases of a customer who is alive with a
// probability and then buys n times with the probability p: who has left buys
// nothing.
func orGone(alive, p float64, n int) float64 {
	p *= alive
	if n == 0 {
		p += 1 - alive
	}
	return min(p, 1)
}
