package demo

import (
	"math"
	"math/rand/v2"
)

// dice is the chance of one customer. Each customer has several streams of its
// own, so that its payments can be made without its services.
type dice struct {
	pcg rand.PCG
	r   *rand.Rand
}

// The streams of a customer.
const (
	streamWho uint64 = iota + 1
	streamSales
	streamMoney
	streamCare
	streamHelp
	streamProducts
)

func newDice() *dice {
	d := new(dice)
	d.r = rand.New(&d.pcg) // #nosec G404 -- the same seed makes the same company
	return d
}

// cast starts the stream of customer k.
func (d *dice) cast(seed uint64, k int, stream uint64) {
	d.pcg.Seed(mix(seed^stream<<56), mix(uint64(k)<<8|stream))
}

// mix spreads neighbouring numbers over all bits (the finaliser of splitmix64,
// by Sebastiano Vigna, public domain).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// float is uniform in [0, 1).
func (d *dice) float() float64 { return float64(d.pcg.Uint64()>>11) / (1 << 53) }

// below is uniform in [0, n). n must be positive and small.
func (d *dice) below(n int) int { return int(d.pcg.Uint64() >> 32 * uint64(n) >> 32) }

// between is uniform from a to b, both included.
func (d *dice) between(a, b int) int { return a + d.below(b-a+1) }

// chance is true with probability p.
func (d *dice) chance(p float64) bool { return d.float() < p }

// normal is the standard normal distribution.
func (d *dice) normal() float64 { return d.r.NormFloat64() }

// wait is exponential with mean 1.
func (d *dice) wait() float64 { return d.r.ExpFloat64() }

// spread is a factor with mean 1 and the log-normal scale sigma.
func (d *dice) spread(sigma float64) float64 {
	return math.Exp(sigma*d.normal() - sigma*sigma/2)
}

// count is Poisson distributed, by waiting times: meant for small means.
func (d *dice) count(mean float64) int {
	n := 0
	for t := d.wait(); t < mean; t += d.wait() {
		n++
	}
	return n
}

// weighted draws an index by per mille shares that add up to 1000.
func (d *dice) weighted(shares []int) int {
	x := d.below(1000)
	for i, s := range shares {
		if x -= s; x < 0 {
			return i
		}
	}
	return len(shares) - 1
}

// of draws one of a list.
func of[T any](d *dice, list []T) T { return list[d.below(len(list))] }
