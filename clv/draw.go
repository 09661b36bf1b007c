package clv

import (
	"math"
	"math/rand/v2"
)

// drawGamma draws from the gamma distribution with the given shape and rate 1
// (Marsaglia & Tsang 2000, "A simple method for generating gamma variables").
func drawGamma(rng *rand.Rand, shape float64) float64 {
	if shape < 1 { // their section 6
		return drawGamma(rng, shape+1) * math.Pow(1-rng.Float64(), 1/shape)
	}
	d := shape - 1./3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rng.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if u := 1 - rng.Float64(); math.Log(u) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// drawBeta draws from the beta distribution.
func drawBeta(rng *rand.Rand, a, b float64) float64 {
	x, y := drawGamma(rng, a), drawGamma(rng, b)
	if x+y == 0 { // both underflowed: one of the two ends
		if rng.Float64()*(a+b) < a {
			return 1
		}
		return 0
	}
	return x / (x + y)
}
