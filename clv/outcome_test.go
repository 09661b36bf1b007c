package clv

import (
	"math"
	"math/rand/v2"
	"testing"
)

// What simulated customers of the model then spend lies in the intervals as often
// as promised, whatever the model and however little is known of the customer.
func TestWorthLiesInItsIntervalAsOftenAsPromised(t *testing.T) {
	t.Parallel()
	const level, horizon, rate = 0.9, 52, 0.0015
	spend := GammaGamma{6.25, 3.74, 15.44}
	for _, m := range []interface {
		Timing
		continuer
	}{NBD{0.385, 12.07}, BGNBD{0.243, 4.414, 0.793, 2.426}, MBGNBD{0.525, 6.183, 0.891, 1.614}, ParetoNBD{0.553, 10.58, 0.606, 11.67}} {
		t.Run(m.Name(), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(9, 9))
			f := Fitted{Timing: m}
			for _, h := range []History{{X: 1, Tx: 20, T: 38, Spend: 12}, {X: 4, Tx: 35, T: 38, Spend: 60}, {X: 26, Tx: 37, T: 38, Spend: 25}, {X: 3, Tx: 9, T: 38, Spend: 300}} {
				cells := Cells{{History: h, Count: 1e6}}
				p := Predict(m, cells, Ahead{horizon, rate})[0]
				in, err := f.Outcomes(cells, horizon, level)[0].Worth(p, spend, h, level)
				if err != nil {
					t.Fatal(err)
				}
				const n = 20_000
				low, high := 0, 0
				var times, amounts []float64
				for range n {
					value := 0.0
					if rng.Float64() < m.Alive(h) {
						times = m.simulateAfter(rng, h.X, h.T, horizon, times[:0])
						amounts = spend.Simulate(rng, h, len(times), amounts[:0])
						for k, at := range times {
							value += math.Exp(-rate*at) * amounts[k]
						}
					}
					if value < in.Low {
						low++
					} else if value > in.High {
						high++
					}
				}
				if missed := float64(low+high) / n; missed > 0.115 || float64(high)/n > 0.075 {
					t.Errorf("%v: %.1f%% lie outside of %v, %.1f%% above; at most 10%% and 5%% are promised", h, 100*missed, in, 100*float64(high)/n)
				}
			}
		})
	}
}

func TestQuickQuantilesAreNearTheTrueOnes(t *testing.T) {
	t.Parallel()
	for shape := 0.05; shape < 1e4; shape *= 1.3 {
		for _, p := range []float64{0.02, 0.05, 0.3, 0.5, 0.9, 0.95, 0.99} {
			if got, want := quickGamma(shape, p), gammaQuantile(shape, p); math.Abs(got-want) > 0.01*want+1e-4*shape {
				t.Errorf("shape %v, probability %v: %v, want %v", shape, p, got, want)
			}
		}
	}
}

func BenchmarkWorth(b *testing.B) {
	spend := GammaGamma{6.25, 3.74, 15.44}
	o := Outcome{None: 0.02, Mean: 4, Square: 22, Count: Interval{1, 8}}
	p := Prediction{0.9, 4, 3.9}
	for b.Loop() {
		o.Worth(p, spend, History{X: 4, Spend: 33}, 0.9)
	}
}

func BenchmarkOutcomes(b *testing.B) {
	for _, m := range []Timing{BGNBD{0.243, 4.414, 0.793, 2.426}, ParetoNBD{0.553, 10.58, 0.606, 11.67}} {
		var cells Cells
		for x := range 40 {
			for age := range 200 {
				cells = append(cells, Cell{History{X: x, Tx: min(1, float64(x)), T: float64(age) + 2}, 100})
			}
		}
		b.Run(m.Name(), func(b *testing.B) {
			for b.Loop() {
				Fitted{Timing: m}.Outcomes(cells, 52, 0.9)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(cells)), "ns/pair")
		})
	}
}
