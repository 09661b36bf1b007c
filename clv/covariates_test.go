package clv

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// branches simulates customers of two industries and of different sizes.
func branches(forCustomer func(industry, size float64) Timing, customers int, rng *rand.Rand) ([]History, Covariates) {
	industry, size := make([]float64, customers), make([]float64, customers)
	histories := make([]History, customers)
	var times []float64
	for i := range histories {
		industry[i], size[i] = float64(rng.IntN(2)), float64(1+rng.IntN(4))
		h := History{T: 30 + float64(rng.IntN(40))}
		times = forCustomer(industry[i], size[i]).Simulate(rng, h.T, times[:0])
		if h.X = len(times); h.X > 0 {
			h.Tx = times[h.X-1]
		}
		histories[i] = h
	}
	return histories, Covariates{
		Purchase: []Covariate{{"industry", industry}, {"size", size}},
		Dropout:  []Covariate{{"industry", industry}},
	}
}

func TestCovariatesAreFoundAgain(t *testing.T) {
	t.Parallel()
	bg := BGNBDWith{BGNBD{1.2, 6, 0.8, 2.5}, Coefficients{[]float64{0.6, -0.25}, []float64{0.5}}}
	pareto := ParetoNBDWith{ParetoNBD{1.2, 6, 0.9, 9}, Coefficients{[]float64{0.6, -0.25}, []float64{-0.8}}}
	for name, c := range map[string]struct {
		truth []float64
		model func(industry, size float64) Timing
		fit   func([]History, Covariates, Options) (Diagnostics, error)
	}{
		"BG/NBD": {
			[]float64{1.2, 6, 0.8, 2.5, 0.6, -0.25, 0.5},
			func(i, s float64) Timing { return bg.For([]float64{i, s}, []float64{i}) },
			func(h []History, c Covariates, o Options) (Diagnostics, error) {
				_, d, err := FitBGNBDWith(h, c, o)
				return d, err
			},
		},
		"Pareto/NBD": {
			[]float64{1.2, 6, 0.9, 9, 0.6, -0.25, -0.8},
			func(i, s float64) Timing { return pareto.For([]float64{i, s}, []float64{i}) },
			func(h []History, c Covariates, o Options) (Diagnostics, error) {
				_, d, err := FitParetoNBDWith(h, c, o)
				return d, err
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const seeds = 20
			means := make([]float64, len(c.truth))
			for seed := range uint64(seeds) {
				h, z := branches(c.model, 2000, rand.New(rand.NewPCG(seed, 12)))
				d, err := c.fit(h, z, Options{})
				if err != nil || len(d.Bounds) > 0 {
					t.Fatalf("seed %d: %+v, %v", seed, d, err)
				}
				for i, want := range c.truth {
					u := (d.Estimates[i] - want) / d.SE[i]
					if i < 4 {
						u = math.Log(d.Estimates[i]/want) / math.Sqrt(d.LogCov[i][i])
					}
					if means[i] += u / math.Sqrt(seeds); math.Abs(u) > 4.5 {
						t.Errorf("seed %d: %s is %v ± %v, want %v", seed, d.Names[i], d.Estimates[i], d.SE[i], want)
					}
				}
			}
			for i, u := range means {
				if math.Abs(u) > 3.5 {
					t.Errorf("parameter %d is off by %.1f standard errors of the mean of %d seeds", i, u, seeds)
				}
			}
		})
	}
}

// A covariate is not changed by the unit it is written in, nor a model by one that
// means nothing.
func TestCovariatesDoNotMindTheirUnit(t *testing.T) {
	t.Parallel()
	m := BGNBDWith{BGNBD{1.2, 6, 0.8, 2.5}, Coefficients{[]float64{0.6, -0.25}, []float64{0.5}}}
	h, c := branches(func(i, s float64) Timing { return m.For([]float64{i, s}, []float64{i}) }, 800, rand.New(rand.NewPCG(5, 12)))
	_, want, err := FitBGNBDWith(h, c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	thousands := slices.Clone(c.Purchase[1].Values)
	for i := range thousands {
		thousands[i] = 1000*thousands[i] + 500
	}
	c.Purchase[1].Values = thousands
	_, got, err := FitBGNBDWith(h, c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !near(1000*got.Estimates[5], want.Estimates[5], 1e-6) || !near(1000*got.SE[5], want.SE[5], 1e-6) || !near(got.LogLik, want.LogLik, 1e-10) {
		t.Errorf("in thousands %v ± %v, else %v ± %v", got.Estimates[5], got.SE[5], want.Estimates[5], want.SE[5])
	}
}

func TestCovariatesThatCannotBeUsedAreRefused(t *testing.T) {
	t.Parallel()
	h := []History{{X: 1, Tx: 2, T: 4}, {X: 0, T: 5}, {X: 3, Tx: 1, T: 6}}
	for want, values := range map[string][]float64{"2 values for 3": {1, 2}, "differs": {7, 7, 7}, "must be a number": {1, math.NaN(), 2}} {
		_, _, err := FitBGNBDWith(h, Covariates{Purchase: []Covariate{{"size", values}}}, Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", values, err, want)
		}
	}
}
