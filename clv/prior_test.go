package clv

import (
	"math/rand/v2"
	"testing"
)

// Thirty customers do not tell four parameters; the prior keeps them where shops
// are, in any unit of time.
func TestPriorKeepsAFewCustomersAwayFromTheBounds(t *testing.T) {
	t.Parallel()
	for _, f := range fitters() {
		for seed := range uint64(10) {
			cells := exact(f.truth, rand.New(rand.NewPCG(seed, 14)), 30)
			_, d, err := f.fit(cells, Options{Prior: true})
			if err != nil || len(d.Bounds) > 0 {
				t.Fatalf("%s, seed %d: bounds %v, %v", f.truth.Name(), seed, d.Bounds, err)
			}
			for i := range cells {
				cells[i].T *= 7
				cells[i].Tx *= 7
			}
			_, days, err := f.fit(cells, Options{Prior: true})
			if err != nil {
				t.Fatal(err)
			}
			for i, name := range d.Names {
				want := d.Estimates[i]
				if name == "alpha" || name == "beta" {
					want *= 7
				}
				if !near(days.Estimates[i], want, 1e-5) {
					t.Errorf("%s, seed %d: %s is %v in days, want %v", f.truth.Name(), seed, name, days.Estimates[i], want)
				}
			}
		}
	}
}
