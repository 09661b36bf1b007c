package clv

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// normals simulates customers whose amounts are normal around normal means.
func normals(s ShrunkMean, n int, rng *rand.Rand) (histories []History, true_ []float64) {
	for range n {
		x := 1 + int(drawGamma(rng, 1)*4)
		own := s.Base + s.Slope*math.Log(float64(x)) + math.Sqrt(s.Between)*rng.NormFloat64()
		histories = append(histories, History{X: x, Spend: own + math.Sqrt(s.Within/float64(x))*rng.NormFloat64()})
		true_ = append(true_, own)
	}
	return histories, true_
}

func TestShrunkMeanFindsTheParametersAgain(t *testing.T) {
	t.Parallel()
	for name, truth := range map[string]ShrunkMean{
		"unrelated": {Base: 50, Between: 400, Within: 900},
		"related":   {Base: -10, Slope: 25, Between: 100, Within: 400},
	} {
		want := []float64{truth.Base, truth.Slope, truth.Between, truth.Within}
		for seed := range uint64(20) {
			histories, _ := normals(truth, 2000, rand.New(rand.NewPCG(seed, 1)))
			_, d, err := FitShrunkMean(histories)
			if err != nil {
				t.Fatalf("%s, seed %d: %v", name, seed, err)
			}
			for i := range want {
				if i == 1 && truth.Slope == 0 {
					continue
				}
				if z := (d.Estimates[i] - want[i]) / d.SE[i]; !(math.Abs(z) < 4) {
					t.Errorf("%s, seed %d: %s = %.4g ± %.2g, want %v", name, seed, d.Names[i], d.Estimates[i], d.SE[i], want[i])
				}
			}
			if (d.Estimates[1] != 0) != (truth.Slope != 0) {
				t.Errorf("%s, seed %d: the slope is %v", name, seed, d.Estimates[1])
			}
		}
	}
}

// The point of credibility: nearer to the truth than the customer's own mean,
// and than the mean of all.
func TestShrunkMeanIsNearerToTheTruth(t *testing.T) {
	t.Parallel()
	histories, true_ := normals(ShrunkMean{Base: 5, Slope: 8, Between: 100, Within: 400}, 4000, rand.New(rand.NewPCG(8, 1)))
	s, _, err := FitShrunkMean(histories)
	if err != nil {
		t.Fatal(err)
	}
	var shrunk, own, all, within float64
	for i, h := range histories {
		m, err := s.Mean(h)
		if err != nil {
			t.Fatal(err)
		}
		shrunk += (m - true_[i]) * (m - true_[i])
		own += (h.Spend - true_[i]) * (h.Spend - true_[i])
		all += (s.Base - true_[i]) * (s.Base - true_[i])
		if true_[i] > s.Quantile(h, 0.05) && true_[i] < s.Quantile(h, 0.95) {
			within++
		}
	}
	if shrunk > 0.8*min(own, all) {
		t.Errorf("squared errors: shrunk %.0f, own mean %.0f, mean of all %.0f", shrunk, own, all)
	}
	if share := within / 4000; math.Abs(share-0.9) > 0.03 {
		t.Errorf("the 90%% intervals hold %.1f%% of the true means", 100*share)
	}
}

func TestShrunkMeanMovesWithTheAmounts(t *testing.T) {
	t.Parallel()
	histories, _ := normals(ShrunkMean{Base: 50, Between: 400, Within: 900}, 1000, rand.New(rand.NewPCG(8, 2)))
	want, _, err := FitShrunkMean(histories)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ factor, add float64 }{{1, 0}, {1000, 0}, {-1, 0}, {1, -500}, {1e-9, 0}, {1e12, 0}} {
		moved := slices.Clone(histories)
		slices.Reverse(moved)
		for i := range moved {
			moved[i].Spend = moved[i].Spend*c.factor + c.add
		}
		got, _, err := FitShrunkMean(moved)
		if err != nil {
			t.Fatal(err)
		}
		h := History{X: 3, Spend: 70}
		before, _ := want.Mean(h)
		h.Spend = h.Spend*c.factor + c.add
		after, _ := got.Mean(h)
		if w := before*c.factor + c.add; math.Abs(after-w) > 1e-7*math.Abs(w) {
			t.Errorf("amounts times %v plus %v: mean %v, want %v", c.factor, c.add, after, w)
		}
	}
}

func TestShrunkMeanOfAmountsThatTellLittle(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(i int) History{
		"all alike":                func(int) History { return History{X: 2, Spend: 7} },
		"all bought once":          func(i int) History { return History{X: 1, Spend: float64(i % 3)} },
		"differ between customers": func(i int) History { return History{X: 1 + i%5, Spend: float64(i % 2)} },
		"losses only":              func(i int) History { return History{X: 1 + i%5, Spend: -float64(1 + i%4)} },
		"larger than any business": func(i int) History { return History{X: 1 + i%5000, Spend: 1e15 * float64(i)} },
	} {
		histories := make([]History, 60)
		for i := range histories {
			histories[i] = f(i)
		}
		s, d, err := FitShrunkMean(histories)
		if err != nil || !d.Converged {
			t.Errorf("%s: %v", name, err)
		}
		for _, h := range append(histories, History{}) {
			m, err := s.Mean(h)
			if z := s.Credibility(h); err != nil || !finite(m) || !(z >= 0 && z <= 1) {
				t.Errorf("%s: %+v has mean %v with credibility %v", name, h, m, z)
			}
		}
	}
	if _, _, err := FitShrunkMean([]History{{X: 1, Spend: 3}}); !errors.Is(err, ErrTooFew) {
		t.Errorf("one customer: %v, want ErrTooFew", err)
	}
	if _, _, err := FitShrunkMean([]History{{X: 1, Spend: math.NaN()}}); err == nil {
		t.Error("a spend that is no number is accepted")
	}
}

func TestFitSpendTakesTheModelThatTheDataAllow(t *testing.T) {
	t.Parallel()
	good := spenders(GammaGamma{P: 6, Q: 4, Gamma: 15}, 1000, 3, rand.New(rand.NewPCG(2, 6)))
	for _, c := range []struct {
		name, model, reason string
		change              func(*History)
	}{
		{"amounts as they should be", "Gamma-Gamma", "", func(*History) {}},
		{"one contribution below zero", "shrunk mean", "zero or negative", func() func(h *History) {
			done := false
			return func(h *History) {
				if h.X > 0 && !done {
					h.Spend, done = -3, true
				}
			}
		}()},
		{"losses only", "shrunk mean", "too few", func(h *History) { h.Spend = -h.Spend }},
		{"better customers buy more at once", "shrunk mean", "related", func(h *History) { h.Spend *= float64(1 + h.X) }},
		{"a few customers are all there is", "shrunk mean", "not above 1", func(h *History) { h.Spend = math.Pow(h.Spend, 5) }},
	} {
		histories := slices.Clone(good)
		for i := range histories {
			c.change(&histories[i])
		}
		s, d, err := FitSpend(histories, Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if s.Name() != c.model || !strings.Contains(strings.Join(d.Warnings, "; "), c.reason) {
			t.Errorf("%s: %s with the warnings %q, want %s because of %q", c.name, s.Name(), d.Warnings, c.model, c.reason)
		}
	}
}
