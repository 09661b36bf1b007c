package clv

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// donations are the 11,104 donors of 1995 and what they gave until 2001, with
// the gifts of the five years after.
func donations(t *testing.T) (occasions []Occasions, later float64) {
	t.Helper()
	for _, row := range rows(t, sharedFile(t, "data/clv/donations_rf.csv")) {
		occasions = append(occasions, Occasions{
			X: int(number(t, row["x"])), Tx: int(number(t, row["t.x"])), N: int(number(t, row["n.cal"])), Count: number(t, row["custs"]),
		})
		later += number(t, row["x.star"])
	}
	return occasions, later
}

func TestBGBBMeetsThePublishedFigures(t *testing.T) {
	t.Parallel()
	donors, later := donations(t)
	fitted, d, err := FitBGBB(donors, Options{})
	if err != nil {
		t.Fatal(err)
	}
	total := 0.0
	for _, o := range donors {
		total += o.Count * fitted.Expected(o, 5)
	}
	if math.Abs(total/later-1) > 0.05 {
		t.Errorf("%.0f gifts expected, %.0f were made", total, later)
	}
	for _, p := range publishedFigures(t, "BG/BB") {
		m := fitted
		if a := p.args["alpha"]; a > 0 {
			m = BGBB{a, p.args["beta"], p.args["gamma"], p.args["delta"]}
		}
		o := Occasions{X: int(p.args["x"]), Tx: int(p.args["t_x"]), N: int(p.args["n"])}
		var got float64
		switch p.quantity {
		case "alpha", "beta", "gamma", "delta":
			got = d.Estimates[slices.Index(d.Names, p.quantity)]
		case "LL":
			got = d.LogLik
		case "loglik":
			got = m.LogLik(o)
		case "palive", "palive_next":
			got = m.Alive(o)
		case "total_expected":
			got = total
		case "expected_customers":
			got = 11104 * m.PMF(Occasions{}, 6, o.X)
		case "expected_new":
			got = m.ExpectedNew(o.N)
		case "cond_expected":
			got = m.Expected(o, int(p.args["n*"]))
		default:
			t.Fatalf("%s: nothing compares %s", p.id, p.quantity)
		}
		if !p.meets(got) {
			t.Errorf("%s %s(%s) = %.12g, want %.12g %s", p.id, p.quantity, p.about, got, p.value, p.tol)
		}
	}
}

var someBGBB = []BGBB{{1.2035, 0.7497, 0.6567, 2.7834}, {0.1, 5, 1, 1}, {40, 30, 1e-4, 3}, {2, 3, 1 + 1e-9, 12}, {1e4, 1e5, 50, 1e3}, {0.02, 0.01, 6, 0.05}}

// choose is the binomial coefficient.
func choose(n, k int) float64 {
	return math.Round(math.Exp(lnFactorial(n) - lnFactorial(k) - lnFactorial(n-k)))
}

// All that can become of n opportunities has a probability of one in all, and
// the number taken the distribution PMF.
func TestOccasionsAddUpToCertainty(t *testing.T) {
	t.Parallel()
	for _, m := range someBGBB {
		for _, n := range []int{1, 2, 7, 20} {
			taken := make([]float64, n+1)
			taken[0] = math.Exp(m.LogLik(Occasions{N: n}))
			for x := 1; x <= n; x++ {
				for tx := x; tx <= n; tx++ {
					taken[x] += choose(tx-1, x-1) * math.Exp(m.LogLik(Occasions{X: x, Tx: tx, N: n}))
				}
			}
			total, mean := 0.0, 0.0
			for k, want := range taken {
				total += want
				mean += float64(k) * want
				if got := m.PMF(Occasions{}, n, k); math.Abs(got-want) > 1e-11 {
					t.Errorf("%+v: P(%d of %d) = %.15g, want %.15g", m, k, n, got, want)
				}
			}
			if math.Abs(total-1) > 1e-11 {
				t.Errorf("%+v: %d opportunities have the probability %.15g", m, n, total)
			}
			if got := m.ExpectedNew(n); math.Abs(got-mean) > 1e-11*mean {
				t.Errorf("%+v: %.15g of %d expected, want %.15g", m, got, n, mean)
			}
		}
	}
}

// Whatever is expected, is expected after the next opportunity as well: the
// likelihood alone tells what a customer will do, path by path.
func TestExpectationsFollowFromTheLikelihood(t *testing.T) {
	t.Parallel()
	for _, m := range someBGBB {
		for _, o := range []Occasions{{N: 4}, {X: 1, Tx: 1, N: 6}, {X: 3, Tx: 5, N: 6}, {X: 6, Tx: 6, N: 6}, {X: 2, Tx: 2, N: 30}} {
			const n, rate = 9, 0.2
			counts := make([]float64, n+1)
			expected, discounted := 0.0, 0.0
			var walk func(now Occasions, taken int, p, worth float64)
			walk = func(now Occasions, taken int, p, worth float64) {
				step := now.N - o.N
				if step == n {
					counts[taken] += p
					expected += p * float64(taken)
					discounted += p * worth
					return
				}
				yes := Occasions{X: now.X + 1, Tx: now.N + 1, N: now.N + 1}
				buy := math.Exp(m.LogLik(yes) - m.LogLik(now))
				walk(yes, taken+1, p*buy, worth+math.Exp(-rate*float64(step+1)))
				now.N++
				walk(now, taken, p*(1-buy), worth)
			}
			walk(o, 0, 1, 0)
			near := func(name string, got, want float64) {
				if math.Abs(got-want) > 1e-9*max(want, 1e-3) {
					t.Errorf("%+v after %+v: %s %.12g, want %.12g", m, o, name, got, want)
				}
			}
			near("expected", m.Expected(o, n), expected)
			near("discounted", m.Discounted(o, rate, n), discounted)
			for k, want := range counts {
				near("probability", m.PMF(o, n, k), want)
			}
			buy := math.Exp(m.LogLik(Occasions{X: o.X + 1, Tx: o.N + 1, N: o.N + 1}) - m.LogLik(o))
			near("alive times rate", m.Alive(o)*(m.Alpha+float64(o.X))/(m.Alpha+m.Beta+float64(o.N)), buy)
			var sum float64
			for k := 1; k < 400; k++ {
				sum += (m.Expected(o, k) - m.Expected(o, k-1)) * math.Exp(-rate*float64(k))
			}
			near("DERT", m.Discounted(o, rate, -1), sum)
		}
	}
}

// donors simulates customers watched for n opportunities.
func donors(m BGBB, customers, n int, rng *rand.Rand) []Occasions {
	list := make([]Occasions, customers)
	for i := range list {
		list[i] = m.Simulate(rng, n)
	}
	return list
}

func TestBGBBFindsTheParametersAgain(t *testing.T) {
	t.Parallel()
	truth := BGBB{1.2, 0.75, 0.65, 2.8}
	for seed := range uint64(20) {
		_, d, err := FitBGBB(donors(truth, 8000, 8, rand.New(rand.NewPCG(seed, 6))), Options{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for i, want := range []float64{truth.Alpha, truth.Beta, truth.Gamma, truth.Delta} {
			if z := math.Log(d.Estimates[i]/want) / math.Sqrt(d.LogCov[i][i]); !(math.Abs(z) < 4) {
				t.Errorf("seed %d: %s = %.4g ± %.2g, want %v", seed, d.Names[i], d.Estimates[i], d.SE[i], want)
			}
		}
	}
}

func TestBGBBIntervalsCoverTheParameters(t *testing.T) {
	t.Parallel()
	truth := BGBB{1.2, 0.75, 0.65, 2.8}
	covers(t, []float64{truth.Alpha, truth.Beta, truth.Gamma, truth.Delta}, func(rng *rand.Rand) (Diagnostics, error) {
		_, d, err := FitBGBB(donors(truth, 6000, 10, rng), Options{})
		return d, err
	})
}

func TestSlopeAndBendOfOccasionsAreDerivatives(t *testing.T) {
	t.Parallel()
	list := donors(BGBB{1.2, 0.75, 0.65, 2.8}, 100, 6, rand.New(rand.NewPCG(1, 6)))
	list = append(list, donors(BGBB{0.3, 2, 0.5, 5}, 50, 40, rand.New(rand.NewPCG(2, 6)))...)
	cells, err := gather(list)
	if err != nil {
		t.Fatal(err)
	}
	b := newBernoullis(cells)
	for _, v := range [][]float64{{0, 0, 0, 0}, {1, -1, 2, 3}, {-4, 2, -3, 1}, {5, 6, -6, 2}, {-2, -2, 4, -2}} {
		checkDerivatives(t, b.logLik, v)
		m, want := BGBB{math.Exp(v[0]), math.Exp(v[1]), math.Exp(v[2]), math.Exp(v[3])}, 0.0
		for _, o := range list {
			want += m.LogLik(o)
		}
		if got := b.logLik(v, make([]float64, 4), make([]float64, 16)); math.Abs(got-want) > 1e-11*math.Abs(want) {
			t.Errorf("at %v: the runs give %.15g, the customers add up to %.15g", v, got, want)
		}
	}
}

func TestBGBBDoesNotMindOrderNorGrouping(t *testing.T) {
	t.Parallel()
	list := donors(BGBB{1.2, 0.75, 0.65, 2.8}, 3000, 7, rand.New(rand.NewPCG(3, 6)))
	want, wantD, err := FitBGBB(list, Options{})
	if err != nil {
		t.Fatal(err)
	}
	cells, _ := gather(list)
	slices.Reverse(cells)
	got, d, err := FitBGBB(cells, Options{})
	if err != nil || got != want || d.LogLik != wantD.LogLik || d.Customers != 3000 {
		t.Errorf("grouped and turned round: %+v of %d, %v; want %+v", got, d.Customers, err, want)
	}
}

func TestBGBBWhereThereIsLittleToLearn(t *testing.T) {
	t.Parallel()
	for name, list := range map[string][]Occasions{
		"nobody bought":      {{N: 6, Count: 100}},
		"everybody did":      {{X: 6, Tx: 6, N: 6, Count: 100}},
		"one customer":       {{X: 1, Tx: 2, N: 6, Count: 1}},
		"no customers":       nil,
		"no opportunities":   {{N: 0, Count: 50}},
		"nobody, many times": {{X: 1, Tx: 2, N: 6, Count: 0}},
	} {
		if _, _, err := FitBGBB(list, Options{}); !errors.Is(err, ErrTooFew) {
			t.Errorf("%s: %v, want ErrTooFew", name, err)
		}
	}
	for name, o := range map[string]Occasions{
		"bought after the end":    {X: 1, Tx: 7, N: 6, Count: 1},
		"bought twice at once":    {X: 3, Tx: 2, N: 6, Count: 1},
		"bought at no time":       {X: 1, N: 6, Count: 1},
		"bought without buying":   {Tx: 3, N: 6, Count: 1},
		"are less than nobody":    {N: 6, Count: -1},
		"are no number of people": {N: 6, Count: math.NaN()},
	} {
		if _, _, err := FitBGBB([]Occasions{o}, Options{}); err == nil {
			t.Errorf("customers who %s are accepted", name)
		}
	}
	rng := rand.New(rand.NewPCG(4, 6))
	for name, list := range map[string][]Occasions{
		"all alike":                 {{X: 2, Tx: 4, N: 6, Count: 500}},
		"nobody drops out":          donors(BGBB{3, 2, 1e-9, 5}, 400, 12, rng),
		"nobody differs":            donors(BGBB{3e6, 2e6, 1, 5}, 400, 12, rng),
		"a bought or not, b never":  {{X: 1, Tx: 1, N: 1, Count: 30}, {N: 1, Count: 70}},
		"ten thousand occasions":    {{X: 9000, Tx: 9999, N: 10000, Count: 8}, {X: 3, Tx: 40, N: 10000, Count: 5}, {N: 10000, Count: 3}},
		"different lengths":         append(donors(BGBB{1, 2, 1, 4}, 200, 5, rng), donors(BGBB{1, 2, 1, 4}, 200, 50, rng)...),
		"ten customers":             donors(BGBB{1, 2, 1, 4}, 10, 8, rng),
		"the last occasion is gone": {{X: 1, Tx: 1, N: 6, Count: 50}, {X: 2, Tx: 2, N: 6, Count: 60}, {N: 6, Count: 40}},
	} {
		m, d, err := FitBGBB(list, Options{})
		if err != nil {
			if !errors.Is(err, ErrNotConverged) {
				t.Errorf("%s: %v", name, err)
			}
			t.Logf("%s: %v, %v", name, err, d)
			continue
		}
		if len(d.Bounds) > 0 && len(d.Warnings) == 0 {
			t.Errorf("%s: %v at a bound without a warning", name, d.Bounds)
		}
		for _, o := range list {
			if a, e := m.Alive(o), m.Expected(o, 10); !(a >= 0 && a <= 1) || !(e >= 0 && e <= 10) {
				t.Errorf("%s: %+v gives %+v alive %v, expected %v", name, m, o, a, e)
			}
		}
	}
}

func FuzzBGBB(f *testing.F) {
	f.Add(1.2, 0.75, 0.65, 2.8, 3, 5, 6, 10, 0.08)
	f.Add(1e-5, 1e5, 1.0, 1e-5, 10000, 10000, 10000, 1000, 1e-6)
	f.Fuzz(func(t *testing.T, a, b, c, d float64, x, tx, n, more int, rate float64) {
		within := func(v, lo, hi float64) bool { return v >= lo && v <= hi }
		m, o := BGBB{a, b, c, d}, Occasions{X: x, Tx: tx, N: n, Count: 1}
		for _, p := range []float64{a, b, c, d} {
			if !within(p, 1e-5, 1e5) {
				t.Skip()
			}
		}
		if o.Check() != nil || n > 10000 || more < 0 || more > 10000 || !within(rate, 1e-9, 10) {
			t.Skip()
		}
		if ll := m.LogLik(o); !finite(ll) || ll > 1e-9 {
			t.Errorf("%+v: log-likelihood %v of %+v", m, ll, o)
		}
		alive, expected := m.Alive(o), m.Expected(o, more)
		if !within(alive, 0, 1) || !within(expected, 0, float64(more)*(1+1e-12)) {
			t.Errorf("%+v %+v: alive %v, %v of %d expected", m, o, alive, expected, more)
		}
		if v := m.Discounted(o, rate, more); !within(v, 0, expected*(1+1e-9)) || !finite(m.Discounted(o, rate, -1)) {
			t.Errorf("%+v %+v: discounted %v of %v", m, o, v, expected)
		}
		if p := m.PMF(o, more, min(x, more)); !within(p, 0, 1) {
			t.Errorf("%+v %+v: probability %v", m, o, p)
		}
	})
}
