package portfolio

import (
	"cmp"
	"math"
	"slices"

	"quid/account"
	"quid/money"
	"quid/value"
)

// A Seed is what is known of a customer when candidates for development are
// looked for.
type Seed struct {
	Customer  account.CustomerID
	Strategy  value.Segment // the nearest of the four
	Potential float64       // yearly need not yet served, minor units; NaN: unknown
	Services  money.Amount  // what possible services would be worth to it
	Estimate  money.Amount  // what a person thinks beside
}

// possible is what services could be worth to the customer.
func (s *Seed) possible() float64 { return float64(s.Services + s.Estimate) }

// low says whether the customer's value is low.
func (s *Seed) low() bool { return s.Strategy == value.Opportunity || s.Strategy == value.Renegotiate }

// A Candidate is a customer of low value, high potential and high possible value.
type Candidate struct {
	At            int // in the list
	PotentialRank float64
	PossibleRank  float64 // shares of the customers of low value that have no more
	Rank          float64 // the mean of both
}

// A Nursery is the candidates for development, with what they were chosen by.
type Nursery struct {
	Candidates []Candidate // the greatest rank first
	Low        int         // customers of low value
	NoNeed     int         // of them without a known potential: they can't be candidates
	Potential  float64     // a potential above is high: the median of the positive ones of all customers; NaN without any
	Possible   float64     // likewise
}

// Candidates chooses those to develop: value low, potential and possible value
// above the median of all customers that have some (docs/valuation.md,
// "Development candidates").
func Candidates(seeds []Seed) Nursery {
	n := Nursery{}
	var potentials, possibles []float64
	var low []int
	for i := range seeds {
		s := &seeds[i]
		if s.Potential > 0 {
			potentials = append(potentials, s.Potential)
		}
		if v := s.possible(); v > 0 {
			possibles = append(possibles, v)
		}
		if !s.low() {
			continue
		}
		n.Low++
		if math.IsNaN(s.Potential) {
			n.NoNeed++
			continue
		}
		low = append(low, i)
	}
	n.Potential, n.Possible = middle(potentials), middle(possibles)
	byPotential := ranks(low, func(i int) float64 { return seeds[i].Potential })
	byPossible := ranks(low, func(i int) float64 { return seeds[i].possible() })
	for k, i := range low {
		if seeds[i].Potential > n.Potential && seeds[i].possible() > n.Possible {
			n.Candidates = append(n.Candidates, Candidate{i, byPotential[k], byPossible[k], (byPotential[k] + byPossible[k]) / 2})
		}
	}
	slices.SortFunc(n.Candidates, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Rank, a.Rank), cmp.Compare(seeds[a.At].Customer, seeds[b.At].Customer))
	})
	return n
}

// middle returns the median, NaN of nothing.
func middle(list []float64) float64 {
	if len(list) == 0 {
		return nan
	}
	return value.Quantile(list, 0.5)
}

// ranks returns, for each of some places, the share of them that have no more.
func ranks(places []int, of func(int) float64) []float64 {
	sorted := make([]float64, len(places))
	for k, i := range places {
		sorted[k] = of(i)
	}
	slices.Sort(sorted)
	out := make([]float64, len(places))
	for k, i := range places {
		v := of(i)
		upTo, _ := slices.BinarySearchFunc(sorted, v, func(e, t float64) int {
			if e <= t {
				return -1
			}
			return 1
		})
		out[k] = float64(upTo) / float64(len(sorted))
	}
	return out
}
