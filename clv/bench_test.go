package clv

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

// base is a shop of a million customers over three years at day resolution, in
// weeks; made once. The benchmarks use its first customers.
var base = sync.OnceValue(func() []History {
	const customers, parts = 1_000_000, 64
	histories := make([]History, customers)
	parallel(parts, func(p int) {
		rng := rand.New(rand.NewPCG(uint64(p), 9))
		m := ParetoNBD{0.9, 12, 0.7, 40}
		var times []float64
		for i := p * customers / parts; i < (p+1)*customers/parts; i++ {
			days := 1 + rng.IntN(1095)
			h := History{T: float64(days) / 7}
			times = m.Simulate(rng, h.T, times[:0])
			last := 0
			for _, at := range times {
				if d := min(int(at*7)+1, days); d > last {
					h.X, h.Tx, last = h.X+1, float64(d)/7, d
				}
			}
			histories[i] = h
		}
	})
	return histories
})

var sizes = []int{10_000, 100_000, 1_000_000}

// A refit of a million customers every night and on demand: grouping and fitting
// stay below a second, and grow less than the number of customers.
func BenchmarkFit(b *testing.B) {
	for _, n := range sizes {
		histories := base()[:n]
		cells, err := Group(histories)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("Group/customers=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Group(histories); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(cells)), "cells")
		})
		for _, f := range fitters() {
			b.Run(fmt.Sprintf("%s/customers=%d", f.truth.Name(), n), func(b *testing.B) {
				b.ReportAllocs()
				steps := 0
				for b.Loop() {
					_, d, err := f.fit(cells, Options{})
					if err != nil {
						b.Fatal(err)
					}
					steps = d.Iterations
				}
				b.ReportMetric(float64(steps), "steps")
			})
		}
	}
}

// Scoring a million customers takes less than a tenth of a second.
func BenchmarkPredict(b *testing.B) {
	for _, n := range sizes {
		cells, err := Group(base()[:n])
		if err != nil {
			b.Fatal(err)
		}
		for _, m := range []Timing{BGNBD{0.3, 5, 0.8, 2.5}, MBGNBD{0.9, 12, 0.9, 2}, ParetoNBD{0.9, 12, 0.7, 40}} {
			b.Run(fmt.Sprintf("%s/customers=%d", m.Name(), n), func(b *testing.B) {
				for b.Loop() {
					Predict(m, cells, Ahead{Horizon: 52, Rate: Rate(0.08).PerUnit(365.25 / 7)})
				}
			})
		}
	}
}

// A forecast of three years with intervals for every customer.
func BenchmarkForecast(b *testing.B) {
	for _, n := range sizes[:2] {
		cells, err := Group(base()[:n])
		if err != nil {
			b.Fatal(err)
		}
		for _, name := range []string{"BG/NBD", "Pareto/NBD"} {
			f, err := FitTiming(name, cells, Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%s/customers=%d", name, n), func(b *testing.B) {
				for b.Loop() {
					f.Forecast(cells, Ahead{Horizon: 156, Rate: Rate(0.08).PerUnit(365.25 / 7)}, 0.9)
				}
			})
		}
	}
}
