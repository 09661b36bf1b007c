package clv

import (
	"math"
	"sync/atomic"
	"testing"
)

// A countedModel counts how often it is asked for new customers.
type countedModel struct {
	Timing
	asked *atomic.Int64
}

func (m countedModel) ExpectedNew(t float64) float64 {
	m.asked.Add(1)
	return m.Timing.ExpectedNew(t)
}

// Tracking over decades asks the model some hundred times, not once a day, and
// says the same.
func TestTrackingIsBounded(t *testing.T) {
	for name, m := range map[string]Timing{
		"NBD":              NBD{R: 0.5, Alpha: 10},
		"BG/NBD":           BGNBD{R: 0.24, Alpha: 4.4, A: 0.8, B: 2.4},
		"MBG/NBD":          MBGNBD{R: 0.5, Alpha: 6, A: 0.9, B: 1.6},
		"Pareto/NBD":       ParetoNBD{R: 0.55, Alpha: 10.6, S: 0.6, Beta: 11.7},
		"rhythm":           MBGCNBD{K: 7, R: 2.3, Alpha: 2.7, A: 3, B: 41},
		"all of one beat":  MBGCNBD{K: 12, R: 1e4, Alpha: 1e4 * 3 / 12.0, A: 0.01, B: 10},
		"one beat a year":  MBGCNBD{K: 12, R: 1e4, Alpha: 1e4 * 52 / 12.0, A: 0.01, B: 10},
		"one beat a day":   MBGCNBD{K: 12, R: 50, Alpha: 50 * 0.15 / 12.0, A: 0.001, B: 10},
		"nobody buys much": ParetoNBD{R: 0.01, Alpha: 1000, S: 20, Beta: 1},
	} {
		const days = 18_263 // fifty years
		var asked atomic.Int64
		got := newByDay(countedModel{m, &asked}, days, Weeks)
		if n := asked.Load(); n > 1500 {
			t.Errorf("%s: asked %d times for %d days, want at most 1,500", name, n, days)
		}
		for d := 0; d < days; d += 1 + d/20 {
			if want := m.ExpectedNew(Weeks.Of(d)); math.Abs(got[d]-want) > 1e-6*want {
				t.Errorf("%s, day %d: %v, want %v", name, d, got[d], want)
				break
			}
		}
	}
}

// What customers do who buy every day, over decades: the distribution is whole
// and has the mean that the model says.
func TestCountsOfTheBusiest(t *testing.T) {
	for name, m := range map[string]Timing{
		"BG/NBD":     BGNBD{R: 0.24, Alpha: 4.4, A: 0.8, B: 2.4},
		"MBG/NBD":    MBGNBD{R: 0.5, Alpha: 6, A: 0.9, B: 1.6},
		"Pareto/NBD": ParetoNBD{R: 0.55, Alpha: 10.6, S: 0.6, Beta: 11.7},
		"rhythm":     MBGCNBD{K: 12, R: 2.3, Alpha: 2.7, A: 3, B: 41},
	} {
		for _, h := range []History{{X: 10_000, Tx: 10_000 / 7.0, T: 10_000 / 7.0}, {X: 10_000, Tx: 2590, T: 2600}, {X: 1, Tx: 0.1, T: 2600}} {
			for _, horizon := range []float64{1, 52, 2600} {
				total, mean := 0.0, 0.0
				for n, p := range distribution(m, h, horizon) {
					total += p
					mean += float64(n) * p
				}
				if want := m.Expected(h, horizon); math.Abs(total-1) > 1e-9 || math.Abs(mean*m.Alive(h)-want) > 1e-6*want+1e-9 {
					t.Errorf("%s, %+v, %v ahead: probabilities add up to %v, their mean is %v, want %v", name, h, horizon, total, mean*m.Alive(h), want)
				}
			}
		}
	}
}
