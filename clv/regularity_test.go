package clv

import (
	"errors"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// orders yields the purchase times of simulated customers, the first included.
func orders(m Timing, customers int, rng *rand.Rand) iter.Seq[[]float64] {
	return func(yield func([]float64) bool) {
		for range customers {
			if !yield(m.Simulate(rng, 52, []float64{0})) {
				return
			}
		}
	}
}

// Watching for a while favours pairs of short times, but not the share of the
// first in both: k is found for any rate, whoever leaves.
func TestRegularityIsFoundAgain(t *testing.T) {
	t.Parallel()
	for _, k := range []int{1, 2, 4, 8} {
		// Frequent buyers: the end of the watch cuts few pairs.
		m := MBGCNBD{K: k, R: 20, Alpha: 4 / float64(k), A: 0.5, B: 20}
		hits := 0
		for seed := range uint64(40) {
			r, err := MeasureRegularity(orders(m, 150, rand.New(rand.NewPCG(seed, 12))))
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(r.K-float64(k)) < 1.645*r.SE {
				hits++
			}
			if math.Abs(r.K-float64(k)) > 5*r.SE {
				t.Errorf("k %d, seed %d: %.3f ± %.3f", k, seed, r.K, r.SE)
			}
			if r.Regular() != (k > 1) {
				t.Errorf("k %d, seed %d: %.3f ± %.3f is called regular: %v", k, seed, r.K, r.SE, r.Regular())
			}
		}
		if hits < 28 {
			t.Errorf("k %d: %d of 40 intervals of 90%% hold it", k, hits)
		}
	}
}

func TestRegularityKnowsNoUnit(t *testing.T) {
	t.Parallel()
	all := slices.Collect(orders(steady, 300, rand.New(rand.NewPCG(1, 12))))
	want, err := MeasureRegularity(slices.Values(all))
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		for j := range all[i] {
			all[i][j] = 1000 + 7*all[i][j]
		}
	}
	got, err := MeasureRegularity(slices.Values(all))
	if err != nil || math.Abs(got.K-want.K) > 1e-6 || got.Pairs != want.Pairs {
		t.Errorf("in days %+v, %v; want %+v", got, err, want)
	}
}

func TestRegularityOfFewAndOfStrangeTimes(t *testing.T) {
	t.Parallel()
	if _, err := MeasureRegularity(slices.Values([][]float64{{0, 1, 2}, {0, 3}})); !errors.Is(err, ErrTooFew) {
		t.Errorf("one customer with three purchases: %v, want ErrTooFew", err)
	}
	if _, err := MeasureRegularity(slices.Values([][]float64{{0, 2, 1}})); err == nil {
		t.Error("times that go back are accepted")
	}
	monthly := slices.Repeat([][]float64{{0, 1, 2, 3, 4}}, 50)
	if r, err := MeasureRegularity(slices.Values(monthly)); err != nil || !finite(r.K) || r.K < 100 || !r.Regular() {
		t.Errorf("standing orders have %+v, %v", r, err)
	}
}

// The logarithms of the times between purchases tell k as well, and without the
// times themselves.
func TestRegularityIsFoundInHistories(t *testing.T) {
	t.Parallel()
	for _, k := range []int{1, 2, 4, 8} {
		m := MBGCNBD{K: k, R: 1.5, Alpha: 12 / float64(k), A: 0.6, B: 3}
		hits := 0
		for seed := range uint64(60) {
			rng := rand.New(rand.NewPCG(seed, 31))
			r, err := RegularityOf(rhythmic(m, rng, 300))
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(r.K-float64(k)) < 1.645*r.SE {
				hits++
			}
			if math.Abs(r.K-float64(k)) > 5*r.SE || r.Regular() && k == 1 {
				t.Errorf("k %d, seed %d: %.3f ± %.3f", k, seed, r.K, r.SE)
			}
		}
		if hits < 45 { // 54 of 60 are expected; fewer than 45 by chance once in 20,000 times
			t.Errorf("k %d: %d of 60 intervals of 90%% hold it", k, hits)
		}
	}
	equal := make([]History, 20)
	for i := range equal {
		equal[i] = History{X: 3, Tx: 6, T: 7, LogGaps: 3 * math.Ln2}
	}
	if r, err := RegularityOf(equal); err != nil || r.K < 1000 || math.IsInf(r.K, 0) || !r.Regular() {
		t.Errorf("equal times between purchases: %+v, %v", r, err)
	}
	if _, err := RegularityOf(equal[:9]); !errors.Is(err, ErrTooFew) {
		t.Errorf("nine customers: %v", err)
	}
}
