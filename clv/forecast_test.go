package clv

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestDistributionsAgreeWithSingleProbabilities(t *testing.T) {
	t.Parallel()
	for _, m := range models() {
		rng := rand.New(rand.NewPCG(4, 7))
		for k := range 3 {
			h, span := drawHistory(m, rng), 60*rng.Float64()
			if k == 0 {
				h = History{X: 3000, Tx: 50, T: 52}
			}
			alive := m.Alive(h)
			p := distribution(m, h, span)
			total, mean := 0.0, 0.0
			for n, q := range p {
				total += q
				mean += q * float64(n)
				if n%23 > 1 {
					continue
				}
				want := m.PMF(h, span, n)
				if n == 0 {
					want -= 1 - alive
				}
				if math.Abs(q*alive-want) > 1e-9 {
					t.Fatalf("%#v, %+v, %v ahead: P(%d) is %v while alive, %v", m, h, span, n, q*alive, want)
				}
			}
			if math.Abs(total-1) > 1e-8 || !near(mean*alive, m.Expected(h, span), 1e-6) {
				t.Errorf("%#v, %+v, %v ahead: adds up to %v, mean %v, expected %v", m, h, span, total, mean*alive, m.Expected(h, span))
			}
		}
	}
}

// A study of one base: the customers of a model watched for a while, its fit, and
// what they did next.
type trial struct {
	histories []History
	next      []int // purchases in the horizon
	value     float64
	fit       Fitted
	spend     FittedSpend
}

const (
	trialAge, trialSpan = 40.0, 30.0
	trialRate           = 0.002
)

// try simulates customers of a model for trialAge and trialSpan after, with
// amounts by a Gamma-Gamma, and fits both models to the first part.
func try(truth Timing, amounts GammaGamma, customers int, rng *rand.Rand) (trial, error) {
	var u trial
	var times, spent []float64
	for range customers {
		age := trialAge * (0.3 + 0.7*rng.Float64())
		times = truth.Simulate(rng, age+trialSpan, times[:0])
		spent = amounts.Simulate(rng, History{}, len(times), spent[:0])
		n, _ := slices.BinarySearch(times, age)
		h := History{X: n, T: age}
		if n > 0 {
			h.Tx = times[n-1]
			for _, a := range spent[:n] {
				h.Spend += a / float64(n)
			}
		}
		for k := n; k < len(times); k++ {
			u.value += math.Exp(-trialRate*(times[k]-age)) * spent[k]
		}
		u.histories, u.next = append(u.histories, h), append(u.next, len(times)-n)
	}
	cells, err := Group(u.histories)
	if err != nil {
		return u, err
	}
	if u.fit, err = FitTiming(truth.Name(), cells, Options{}); err != nil {
		return u, err
	}
	g, d, err := FitGammaGamma(u.histories, Options{})
	u.spend = FittedSpend{g, d}
	return u, err
}

// coverage counts in how many of the runs the 90% intervals of the parameters,
// of the purchases of all, and of the equity hold the truth; if single also in how
// many those of single customers hold 89% of them.
func coverage(truth Timing, customers, runs int, single bool) (map[string]int, error) {
	amounts := GammaGamma{6, 5, 20}
	results := make([]map[string]bool, runs)
	errs := make([]error, runs)
	parallel(runs, func(run int) {
		rng := rand.New(rand.NewPCG(uint64(run), 77))
		u, err := try(truth, amounts, customers, rng)
		if err != nil {
			errs[run] = fmt.Errorf("run %d: %w", run, err)
			return
		}
		hit := make(map[string]bool)
		for i, want := range parametersOf(truth) {
			hit[u.fit.Diagnostics.Names[i]] = u.fit.Diagnostics.Interval(i, 0.9).Contains(want)
		}
		cells, of, _ := GroupIndex(u.histories)
		bought := 0.0
		for _, n := range u.next {
			bought += float64(n)
		}
		purchases, _ := u.fit.Totals(cells, trialSpan, 0.9)
		hit["purchases"] = purchases.Interval.Contains(bought)
		if single {
			inside := 0
			f := u.fit.Forecast(cells, Ahead{trialSpan, trialRate}, 0.9)
			for i, n := range u.next {
				if f.Cells[of[i]].Count.Contains(float64(n)) {
					inside++
				}
			}
			hit["one"] = float64(inside) >= 0.89*float64(customers)
		}
		e, err := u.fit.Equity(u.histories, u.spend, Valuation{Ahead: Ahead{trialSpan, trialRate}})
		errs[run] = err
		hit["equity"] = e.Total.Interval.Contains(u.value)
		results[run] = hit
	})
	hits := make(map[string]int)
	for run, r := range results {
		if errs[run] != nil {
			return nil, errs[run]
		}
		for what, in := range r {
			if in {
				hits[what]++
			}
		}
	}
	return hits, nil
}

// The long version of this test, with 1,000 runs, is BenchmarkCoverage.
func TestIntervalsCoverWhatTheySay(t *testing.T) {
	t.Parallel()
	for _, truth := range []Timing{MBGNBD{0.9, 4, 0.9, 2}, ParetoNBD{0.9, 4, 0.8, 9}} {
		const runs = 30
		hits, err := coverage(truth, 300, runs, false)
		if err != nil {
			t.Fatal(err)
		}
		for what, n := range hits {
			if n < 21 { // P(fewer of 30 at 90%) = 3e-4
				t.Errorf("%s: 90%% intervals of %s hold %d of %d times", truth.Name(), what, n, runs)
			}
		}
	}
}

// BenchmarkCoverage runs the simulation of coverage 1,000 times for each model
// and reports the shares in percent: between 88 and 92 for parameters, purchases
// of all and equity; "one" is the share of runs in which the predictive intervals
// of single customers hold at least 89% of them.
func BenchmarkCoverage(b *testing.B) {
	for _, truth := range []Timing{BGNBD{0.8, 4, 0.8, 2.5}, MBGNBD{0.9, 4, 0.9, 2}, ParetoNBD{0.9, 4, 0.8, 9}} {
		b.Run(truth.Name(), func(b *testing.B) {
			const runs = 1000
			for b.Loop() {
				hits, err := coverage(truth, 1000, runs, true)
				if err != nil {
					b.Fatal(err)
				}
				for what, n := range hits {
					b.ReportMetric(100*float64(n)/runs, "%"+what)
				}
			}
		})
	}
}

func TestWhatCustomersDoIsUniformUnderThePrediction(t *testing.T) {
	t.Parallel()
	for _, truth := range []Timing{BGNBD{0.8, 4, 0.8, 2.5}, MBGNBD{0.9, 4, 0.9, 2}, ParetoNBD{0.9, 4, 0.8, 9}} {
		rng := rand.New(rand.NewPCG(21, 7))
		u, err := try(truth, GammaGamma{6, 5, 20}, 600, rng)
		if err != nil {
			t.Fatal(err)
		}
		var tenths [10]int
		for i, h := range u.histories {
			tenths[int(10*u.fit.PIT(h, trialSpan, u.next[i], rng.Float64()))]++
		}
		chi := 0.0
		for _, n := range tenths {
			d := float64(n) - 60
			chi += d * d / 60
		}
		if chi > 30 { // 9 degrees of freedom: one in 2,000
			t.Errorf("%s: the transforms fall into %v of ten equal parts, χ² %.1f", truth.Name(), tenths, chi)
		}
	}
}

func TestValueRangeOfOneCustomerHoldsTheSimulatedMean(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(31, 7))
	u, err := try(BGNBD{0.8, 4, 0.8, 2.5}, GammaGamma{6, 5, 20}, 1500, rng)
	if err != nil {
		t.Fatal(err)
	}
	h := History{X: 9, Tx: 38, T: 40, Spend: 30}
	v := Valuation{Ahead: Ahead{trialSpan, trialRate}}
	r, err := u.fit.ValueRange(rng, h, u.spend, v, 2000)
	if err != nil {
		t.Fatal(err)
	}
	worth, _ := u.spend.Mean(h)
	if clv := CLV(u.fit, h, worth, v.Ahead); !r.Contains(clv) || r.High > 6*clv {
		t.Errorf("a value of %v expected, predicted between %v and %v", clv, r.Low, r.High)
	}
}

func TestParametersThatAreNotKnownAreNotDrawn(t *testing.T) {
	t.Parallel()
	f, err := FitTiming("BG/NBD", exact(NBD{2, 6}, rand.New(rand.NewPCG(8, 8)), 600), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		m := f.Draw(rng).(BGNBD)
		if m.A != f.Timing.(BGNBD).A || m.R == f.Timing.(BGNBD).R {
			t.Fatalf("drew %+v from %+v with bounds %v", m, f.Timing, f.Diagnostics.Bounds)
		}
	}
}

func TestEquityIsFiniteWhereSpendHasAMeanButNoVarianceOrIsNegative(t *testing.T) {
	t.Parallel()
	u, err := try(BGNBD{0.8, 4, 0.8, 2.5}, GammaGamma{6, 5, 20}, 300, rand.New(rand.NewPCG(41, 7)))
	if err != nil {
		t.Fatal(err)
	}
	v := Valuation{Ahead: Ahead{trialSpan, trialRate}}
	for _, s := range []Spend{GammaGamma{6, 1.2, 20}, ShrunkMean{Base: -30, Between: 100, Within: 400}, FixedSpend(7)} {
		e, err := u.fit.Equity(u.histories, FittedSpend{Spend: s}, v)
		if err != nil {
			t.Fatal(err)
		}
		i := e.Total.Interval
		if !finite(i.Low) || !finite(i.High) || !i.Contains(e.Total.Mean) || !(i.Low < i.High) {
			t.Errorf("%s: %+v", s.Name(), e.Total)
		}
		for k, value := range e.Values {
			if !finite(value.Range.Low) || !finite(value.Range.High) || !value.Range.Contains(value.CLV) {
				t.Fatalf("%s, customer %d: %+v", s.Name(), k, value)
			}
		}
	}
	v.Horizon = math.Inf(1)
	if _, err := u.fit.Equity(u.histories, FittedSpend{Spend: FixedSpend(1)}, v); err == nil {
		t.Error("a horizon without end has an interval")
	}
}

func TestPredictionsOfAllAreThoseOfEach(t *testing.T) {
	t.Parallel()
	for _, m := range models() {
		rng := rand.New(rand.NewPCG(51, 7))
		histories := []History{{X: 2, Tx: 3, T: 9}, {X: 2, Tx: 4, T: 9}, {X: 0, T: 9}, {X: 2, Tx: 3, T: 10}}
		for range 200 {
			histories = append(histories, drawHistory(m, rng))
		}
		cells, err := Group(histories)
		if err != nil {
			t.Fatal(err)
		}
		ahead, digits := Ahead{Horizon: 30, Rate: 0.002}, 1e-12
		if _, tables := m.(MBGCNBD); tables {
			digits = 10 * rhythmDigits
		}
		for i, p := range Predict(m, cells, ahead) {
			h := cells[i].History
			if !near(p.Alive, m.Alive(h), 1e-12) || !near(p.Expected, m.Expected(h, 30), digits) || !near(p.Discounted, m.Discounted(h, 0.002, 30), digits) {
				t.Errorf("%#v, %+v: %+v, each for itself %v, %v, %v", m, h, p, m.Alive(h), m.Expected(h, 30), m.Discounted(h, 0.002, 30))
			}
		}
	}
}
