package clv

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The sum over hidden events and the integral over rates are two ways to the
// same figure, and discounting at next to nothing a third. Parameters and
// histories are drawn from all that can happen and more.
func TestRhythmsAgreeByTwoWaysAtTheExtremes(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 14))
	between := func(lo, hi float64) float64 { return lo * math.Pow(hi/lo, rng.Float64()) }
	compared := 0
	for range 1500 {
		m := MBGCNBD{1 + rng.IntN(12), between(1e-3, 1e2), between(1e-2, 1e4), between(1e-4, 1e4), between(1e-3, 1e5)}
		h := History{X: int(between(1, 3001)) - 1, T: between(0.1, 3000)}
		if h.X > 0 {
			h.Tx = h.T * max(1e-6, 1-between(1e-6, 1))
		}
		span := between(0.1, 3000)
		q := m.after(h)
		if q.reach(span) > 20_000 {
			continue
		}
		compared++
		sum := q.expected(span)
		if got := q.integral(0, span); !near(got, sum, 1e-9) {
			t.Errorf("%+v %+v, %v ahead: the integral gives %.15g, the sum %.15g", m, h, span, got, sum)
		}
		if got := q.integral(1e-14/span, span); !near(got, sum, 1e-9) {
			t.Errorf("%+v %+v, %v ahead: discounted at next to nothing %.15g, not at all %.15g", m, h, span, got, sum)
		}
		total, mean := 0.0, 0.0
		for n, p := range m.countsAfter(h, span) {
			total += p
			mean += float64(n) * p
		}
		if !near(total, 1, 1e-9) || !near(mean, sum, 1e-7) && math.Abs(mean-sum) > 1e-9 {
			t.Errorf("%+v %+v, %v ahead: counts add up to %v with mean %.12g, expected %.12g", m, h, span, total, mean, sum)
		}
	}
	if compared < 500 {
		t.Errorf("only %d were compared", compared)
	}
}
