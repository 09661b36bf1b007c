package clv

import (
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// covers checks that the 90% intervals of a fit, exp(ln θ ± 1.645 SE), hold the
// true parameters as often as they say. QUID_CLV_RUNS sets how many samples are
// drawn; with 1,000 or more the share has to lie between 88% and 92%, with the
// few of an ordinary run within four standard errors of 90%.
func covers(t *testing.T, truth []float64, draw func(rng *rand.Rand) (Diagnostics, error)) {
	t.Helper()
	runs := 60
	if n, err := strconv.Atoi(os.Getenv("QUID_CLV_RUNS")); err == nil {
		runs = n
	}
	room := 4 * math.Sqrt(0.09/float64(runs))
	if runs >= 1000 {
		room = max(0.02, 2.5*math.Sqrt(0.09/float64(runs)))
	}
	hits := make([]int, len(truth))
	var names []string
	for seed := range uint64(runs) {
		d, err := draw(rand.New(rand.NewPCG(seed, 90)))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		names = d.Names
		for i, want := range truth {
			if math.Abs(math.Log(d.Estimates[i]/want)) <= 1.6448536*math.Sqrt(d.LogCov[i][i]) {
				hits[i]++
			}
		}
	}
	for i, n := range hits {
		share := float64(n) / float64(runs)
		t.Logf("%s: %.1f%% of %d intervals hold %v", names[i], 100*share, runs, truth[i])
		if math.Abs(share-0.9) > room {
			t.Errorf("the 90%% interval of %s holds %v in %.1f%% of %d samples", names[i], truth[i], 100*share, runs)
		}
	}
}

// checkDerivatives compares gradient and Hessian with differences of values and
// of gradients.
func checkDerivatives(t *testing.T, f objective, v []float64) {
	t.Helper()
	n := len(v)
	grad, hess := make([]float64, n), make([]float64, n*n)
	f(v, grad, hess)
	size := 0.0
	for _, h := range hess {
		size = max(size, math.Abs(h))
	}
	up, down := make([]float64, n), make([]float64, n)
	scratch := make([]float64, n*n)
	const h = 1e-4
	for i := range n {
		w := append([]float64(nil), v...)
		w[i] = v[i] + h
		plus := f(w, up, scratch)
		w[i] = v[i] - h
		minus := f(w, down, scratch)
		clear(scratch)
		if slope := (plus - minus) / (2 * h); math.Abs(slope-grad[i]) > 1e-6*(math.Abs(grad[i])+size)+1e-10*math.Abs(plus) {
			t.Errorf("at %v: slope %d is %.10g, differences give %.10g", v, i, grad[i], slope)
		}
		for j := range n {
			if bend := (up[j] - down[j]) / (2 * h); math.Abs(bend-hess[i*n+j]) > 1e-6*size {
				t.Errorf("at %v: bend %d,%d is %.10g, differences give %.10g", v, i, j, hess[i*n+j], bend)
			}
		}
	}
}
