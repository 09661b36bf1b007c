package clv

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
)

// A Regularity is how regular customers buy, from the times between their
// purchases alone: no model of who leaves is needed.
type Regularity struct {
	K         float64 // shape of the Erlang distribution: 1 is random, 2 and more a rhythm
	SE        float64
	Customers int // with three purchases or more
	Pairs     int // of neighbouring times between purchases
}

// Regular reports whether customers buy in a rhythm: K above 1.5, and not by
// chance.
func (r Regularity) Regular() bool { return r.K > 1.5 && r.K-1.645*r.SE > 1 }

// MeasureRegularity estimates k by the method of Wheat & Morrison (1990,
// "Estimating purchase regularity with two interpurchase times"; docs/clv.md,
// "Rhythm"): of two neighbouring times between purchases, the share M of the first
// in both is beta distributed with k and k, whatever the customer's rate, so that
// k = (1 - 4 Var M)/(8 Var M). Each customer is given as the times of its
// purchases in ascending order, the first one included, in any unit. Neighbouring
// times are used once. The standard error takes customers as the independent
// units. It fails with ErrTooFew below ten customers of three purchases, and where
// times do not ascend.
func MeasureRegularity(customers iter.Seq[[]float64]) (Regularity, error) {
	var r Regularity
	var n, s, nn, ns, ss float64 // pairs and squares of the customers: sums, squares, products
	i := 0
	for times := range customers {
		count, squares := 0.0, 0.0
		for j := 0; j+2 < len(times); j += 2 {
			first, both := times[j+1]-times[j], times[j+2]-times[j]
			if !(first > 0 && both > first) || math.IsInf(both, 0) {
				return Regularity{}, fmt.Errorf("customer %d: purchases at %v, %v and %v: times must ascend", i, times[j], times[j+1], times[j+2])
			}
			d := first/both - 0.5
			count++
			squares += d * d
		}
		if i++; count == 0 {
			continue
		}
		r.Customers++
		r.Pairs += int(count)
		n += count
		s += squares
		nn += count * count
		ns += count * squares
		ss += squares * squares
	}
	if r.Customers < minSpenders {
		return r, fmt.Errorf("regularity, %d customers with three purchases, %d needed: %w", r.Customers, minSpenders, ErrTooFew)
	}
	v := max(s/n, 1e-9)
	r.K = max(0, (1-4*v)/(8*v))
	// The variance of a ratio of sums over customers, and dk/dv = -1/(8v²).
	c := float64(r.Customers)
	r.SE = math.Sqrt(max(0, ss-2*v*ns+v*v*nn)*c/(c-1)) / n / (8 * v * v)
	return r, nil
}

// RegularityOf estimates k from what histories keep of the times between
// purchases (LogGaps), by maximum likelihood: given when the last purchase was, the
// shares of the x times between purchases in it are Dirichlet distributed with
// parameters k, whatever the customer's rate and whether he has left (docs/clv.md,
// "Rhythm"). It fails with ErrTooFew below ten customers of three purchases.
func RegularityOf(histories []History) (Regularity, error) {
	var r Regularity
	byX := make(map[int]float64) // customers by repeat purchases
	excess := 0.0                // Σ x ln t_x - Σ ln g
	for i := range histories {
		h := &histories[i]
		if h.X < 2 {
			continue
		}
		byX[h.X]++
		x := float64(h.X)
		excess += x*math.Log(h.Tx) - h.LogGaps
		r.Customers++
		r.Pairs += h.X / 2
	}
	if r.Customers < minSpenders {
		return r, fmt.Errorf("regularity, %d customers with three purchases, %d needed: %w", r.Customers, minSpenders, ErrTooFew)
	}
	xs := slices.Sorted(maps.Keys(byX))
	// The score, Σ x [ψ(kx) - ψ(k)] - excess, falls in k: Newton in ln k, never
	// by more than a factor of e.
	const most = 1e4
	r.K = 1
	information := 0.0
	for range 60 {
		score := -excess
		information = 0
		for _, n := range xs {
			x := float64(n)
			score += byX[n] * x * (digamma(r.K*x) - digamma(r.K))
			information += byX[n] * x * (trigamma(r.K) - x*trigamma(r.K*x))
		}
		step := max(-1, min(1, score/(information*r.K)))
		r.K = min(r.K*math.Exp(step), most)
		if math.Abs(step) < 1e-12 || r.K == most {
			break
		}
	}
	r.SE = 1 / math.Sqrt(information)
	return r, nil
}
