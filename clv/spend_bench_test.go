package clv

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Spend and rhythm of a million customers: what a nightly refit adds.
func BenchmarkFitSpend(b *testing.B) {
	histories := spenders(GammaGamma{P: 6, Q: 4, Gamma: 15}, 1_000_000, 5, rand.New(rand.NewPCG(1, 1)))
	for _, n := range sizes {
		b.Run(fmt.Sprintf("Gamma-Gamma/customers=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			steps := 0
			for b.Loop() {
				_, d, err := FitGammaGamma(histories[:n], Options{})
				if err != nil {
					b.Fatal(err)
				}
				steps = d.Iterations
			}
			b.ReportMetric(float64(steps), "steps")
		})
	}
}

func BenchmarkFitRhythm(b *testing.B) {
	histories := rhythmic(steady, rand.New(rand.NewPCG(1, 1)), 1_000_000)
	for i := range histories { // at day resolution
		if h := &histories[i]; h.X > 0 {
			h.Tx = float64(max(1, int(h.Tx*7))) / 7
		}
	}
	for _, n := range sizes {
		for _, k := range []int{0, 3} {
			b.Run(fmt.Sprintf("k=%d/customers=%d", k, n), func(b *testing.B) {
				for b.Loop() {
					if _, _, err := FitMBGCNBD(histories[:n], k, Options{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkRhythm(b *testing.B) {
	histories := rhythmic(steady, rand.New(rand.NewPCG(1, 1)), 1000)
	for name, f := range map[string]func(h History){
		"alive":      func(h History) { steady.Alive(h) },
		"expected":   func(h History) { steady.Expected(h, 156) },
		"discounted": func(h History) { steady.Discounted(h, 0.0015, 156) },
		"counts":     func(h History) { steady.countsAfter(h, 156) },
	} {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				f(histories[i%len(histories)])
			}
		})
	}
}
