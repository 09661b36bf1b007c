package clv

import (
	"math"
	"testing"
)

// Sums of many chances of staying must be what adding them up one by one gives.
func TestSumsOfStayingAreWhatTheyAddUpTo(t *testing.T) {
	t.Parallel()
	for _, p := range []float64{1e-3, 0.7, 5, 2e5} {
		for _, e := range []float64{1e-5, 0.3, 1, 1 + 1e-9, 4} {
			q := p + e
			for _, rate := range []float64{0, 1e-12, 1e-6, 0.01} {
				total, compensation, term, z := 0.0, 0.0, 1.0, math.Exp(-rate)
				for n := 1; n <= 50_000; n++ {
					y := term - compensation // Kahan
					next := total + y
					compensation = (next - total) - y
					total = next
					term *= (p + float64(n) - 1) / (q + float64(n) - 1) * z
					switch n {
					case 1, 2, 30, 64, 65, 1000, 4096, 4097, 20_000, 50_000:
						if got := partialHyper(p, q, rate, n); math.Abs(got-total) > 3e-10*total {
							t.Errorf("%d terms of 2F1(1, %v; %v; e^-%v): %.15g, want %.15g", n, p, q, rate, got, total)
						}
					}
				}
			}
		}
	}
}
