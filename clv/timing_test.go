package clv

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// models are one of each kind, near what real shops show, and some that are far
// from it.
func models() []Timing {
	return []Timing{
		NBD{0.385, 12.07},
		BGNBD{0.243, 4.414, 0.793, 2.426},
		BGNBD{2, 8, 1, 1.5},
		BGNBD{0.7, 9, 1e-5, 1.6e5},
		BGNBD{12, 0.5, 3, 0.2},
		MBGNBD{0.525, 6.183, 0.891, 1.614},
		MBGNBD{3, 2, 0.2, 0.1},
		ParetoNBD{0.553, 10.58, 0.606, 11.67},
		ParetoNBD{0.6, 0.5, 2.5, 200},
		ParetoNBD{3, 90, 1, 0.7},
		MBGCNBD{2, 0.8, 3, 0.9, 2.5},
		MBGCNBD{6, 2, 8, 1, 9},
	}
}

// Nothing was seen of a customer who first bought on the last day: the likelihood is
// 1, and what is forecast is what is forecast of a new one.
func TestACustomerOfTheLastDayIsANewOne(t *testing.T) {
	t.Parallel()
	for _, m := range models() {
		h := History{}
		if ll := m.LogLik(h); math.Abs(ll) > 1e-12 {
			t.Errorf("%#v: log-likelihood %v", m, ll)
		}
		if got, want := m.Expected(h, 20), m.ExpectedNew(20); !near(got, want, 1e-10) {
			t.Errorf("%#v: %v purchases expected, of a new one %v", m, got, want)
		}
		p := 0.0
		for n := range 400 {
			p += m.PMF(h, 20, n)
		}
		if d := m.Discounted(h, 0.01, 20); math.Abs(p-1) > 1e-4 || !(d > 0 && d < m.Expected(h, 20)) || !(m.Alive(h) > 0 && m.Alive(h) <= 1) {
			t.Errorf("%#v: probabilities add up to %v, discounted %v, alive %v", m, p, d, m.Alive(h))
		}
	}
}

// drawHistory is a customer of the model, watched for a random while.
func drawHistory(m Timing, rng *rand.Rand) History {
	h := History{T: 0.2 + 60*rng.Float64()}
	times := m.Simulate(rng, h.T, nil)
	h.X = len(times)
	if h.X > 0 {
		h.Tx = times[h.X-1]
	}
	return h
}

func TestCountsAddUpToOneAndTheirMeanIsExpected(t *testing.T) {
	t.Parallel()
	for _, m := range models() {
		rng := rand.New(rand.NewPCG(1, 7))
		for range 12 {
			h, span := drawHistory(m, rng), 40*rng.Float64()
			total, mean := 0.0, 0.0
			want := m.Expected(h, span)
			for n := 0; n < 20000 && (1-total > 1e-12 || float64(n) < 2*want); n++ {
				p := m.PMF(h, span, n)
				if !(p >= 0 && p <= 1) {
					t.Fatalf("%#v, %+v: P(%d) = %v", m, h, n, p)
				}
				total += p
				mean += p * float64(n)
			}
			if math.Abs(total-1) > 1e-9 || !(math.Abs(mean-want) < 1e-6*(1+want)) {
				t.Errorf("%#v, %+v, %v ahead: probabilities add up to %v, their mean is %v; expected %v", m, h, span, total, mean, want)
			}
		}
	}
}

func TestAliveIsAProbabilityThatFallsWithSilence(t *testing.T) {
	t.Parallel()
	for _, m := range models() {
		for x := range 30 {
			h := History{X: x, T: 1}
			if x > 0 {
				h.Tx = 0.7
			}
			last := 1.0
			for range 40 {
				p := m.Alive(h)
				if !(p >= 0 && p <= last*(1+1e-12)) {
					t.Fatalf("%#v: alive %v after %v for %+v", m, p, last, h)
				}
				last = p
				h.T *= 1.3
			}
		}
	}
}

func TestExpectedPurchasesGrowWithTheHorizon(t *testing.T) {
	t.Parallel()
	for _, m := range models() {
		rng := rand.New(rand.NewPCG(2, 7))
		for range 8 {
			h := drawHistory(m, rng)
			last, lastNew := 0.0, 0.0
			for span := 0.01; span < 5000; span *= 2 {
				e, n := m.Expected(h, span), m.ExpectedNew(span)
				d := m.Discounted(h, 0.002, span)
				if !(e >= last*(1-1e-12)) || !(n >= lastNew*(1-1e-12)) || !(d <= e*(1+1e-12)) || math.IsInf(e, 0) {
					t.Fatalf("%#v, %+v: %v ahead %v after %v, new %v after %v, discounted %v", m, h, span, e, last, n, lastNew, d)
				}
				last, lastNew = e, n
			}
			if m.Expected(h, 0) != 0 || m.ExpectedNew(0) != 0 || m.Discounted(h, 0.1, 0) != 0 {
				t.Errorf("%#v: something is expected of no time at all", m)
			}
		}
	}
}

// The rate of purchases is the slope of Expected: adding it up with a discount
// by Simpson's rule must give what Discounted says.
func TestDiscountedIsTheIntegralOfTheExpectedPurchases(t *testing.T) {
	t.Parallel()
	for _, m := range models() {
		rng := rand.New(rand.NewPCG(3, 7))
		for range 4 {
			h := drawHistory(m, rng)
			rate, span := 0.05*rng.Float64(), 300*rng.Float64()
			// ∫ e^{-δu} dE = e^{-δs} E(s) + δ ∫ e^{-δu} E(u) du, over u = w².
			const steps = 200
			area := 0.0
			for i := range steps + 1 {
				w := math.Sqrt(span) * float64(i) / steps
				c := 2.0
				switch {
				case i == 0 || i == steps:
					c = 1
				case i%2 == 1:
					c = 4
				}
				area += c * math.Exp(-rate*w*w) * m.Expected(h, w*w) * 2 * w
			}
			area *= math.Sqrt(span) / steps / 3
			want := math.Exp(-rate*span)*m.Expected(h, span) + rate*area
			if got := m.Discounted(h, rate, span); !near(got, want, 1e-6) {
				t.Errorf("%#v, %+v, rate %v until %v: %v, want %v", m, h, rate, span, got, want)
			}
			ever, long := m.Discounted(h, rate, math.Inf(1)), m.Discounted(h, rate, 1000/rate)
			if !near(ever, long, 1e-10) {
				t.Errorf("%#v, %+v, rate %v: %v for ever, %v until almost ever", m, h, rate, ever, long)
			}
		}
	}
}

// What a model says of customers with a history must be what happens to the
// customers that it simulates.
func TestPredictionsHoldForSimulatedCustomers(t *testing.T) {
	t.Parallel()
	for _, m := range []Timing{NBD{0.9, 6}, BGNBD{0.8, 4, 0.8, 2.5}, MBGNBD{0.9, 4, 0.9, 2}, ParetoNBD{0.9, 4, 0.8, 9}} {
		rng := rand.New(rand.NewPCG(11, 7))
		const age, span, customers = 20.0, 15.0, 40_000
		var before, after, expected, fresh, spread float64
		var times []float64
		for range customers {
			times = m.Simulate(rng, age+span, times[:0])
			n, _ := slices.BinarySearch(times, age)
			h := History{X: n, T: age}
			if n > 0 {
				h.Tx = times[n-1]
			}
			e := m.Expected(h, span)
			d := float64(len(times)-n) - e
			before += float64(n)
			after += float64(len(times) - n)
			expected += e
			spread += d * d
			fresh += m.ExpectedNew(age)
		}
		if math.Abs(after-expected) > 4*math.Sqrt(spread) {
			t.Errorf("%#v: %v purchases, expected %v ± %v", m, after, expected, math.Sqrt(spread))
		}
		if math.Abs(before-fresh) > 4*math.Sqrt(before)*3 {
			t.Errorf("%#v: %v purchases of new customers, expected %v", m, before, fresh)
		}
	}
}

// shop simulates customers whose first purchases are spread over a year and a
// half, in weeks, at day resolution: a day counts once.
func shop(m Timing, rng *rand.Rand, customers int) []History {
	histories := make([]History, customers)
	var times []float64
	for i := range histories {
		days := 1 + rng.IntN(546)
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
	return histories
}

// exact simulates customers without rounding their purchases to days.
func exact(m Timing, rng *rand.Rand, customers int) Cells {
	histories := make([]History, customers)
	for i := range histories {
		h := History{T: 20 + float64(rng.IntN(60))}
		times := m.Simulate(rng, h.T, nil)
		if h.X = len(times); h.X > 0 {
			h.Tx = times[h.X-1]
		}
		histories[i] = h
	}
	cells, err := Group(histories)
	if err != nil {
		panic(err)
	}
	return cells
}

// A fitter estimates one kind of model.
type fitter struct {
	truth Timing
	fit   func(Cells, Options) (Timing, Diagnostics, error)
}

func fitters() []fitter {
	return []fitter{
		{NBD{0.9, 6}, func(c Cells, o Options) (Timing, Diagnostics, error) { return box3(FitNBD(c, o)) }},
		{BGNBD{0.8, 4, 0.8, 2.5}, func(c Cells, o Options) (Timing, Diagnostics, error) { return box3(FitBGNBD(c, o)) }},
		{MBGNBD{0.9, 4, 0.9, 2}, func(c Cells, o Options) (Timing, Diagnostics, error) { return box3(FitMBGNBD(c, o)) }},
		{ParetoNBD{0.9, 4, 0.8, 9}, func(c Cells, o Options) (Timing, Diagnostics, error) { return box3(FitParetoNBD(c, o)) }},
	}
}

// box3 puts a model into the interface.
func box3[M Timing](m M, d Diagnostics, err error) (Timing, Diagnostics, error) { return m, d, err }

// parameters are the fields of a model in the order of its diagnostics.
func parametersOf(m Timing) []float64 {
	switch m := m.(type) {
	case NBD:
		return []float64{m.R, m.Alpha}
	case BGNBD:
		return []float64{m.R, m.Alpha, m.A, m.B}
	case MBGNBD:
		return []float64{m.R, m.Alpha, m.A, m.B}
	case ParetoNBD:
		return []float64{m.R, m.Alpha, m.S, m.Beta}
	}
	panic(fmt.Sprintf("%T", m))
}

func TestFitsFindTheParametersOfSimulatedCustomers(t *testing.T) {
	t.Parallel()
	for _, f := range fitters() {
		t.Run(f.truth.Name(), func(t *testing.T) {
			t.Parallel()
			truth := parametersOf(f.truth)
			far, z := 0, make([]float64, len(truth))
			for seed := range uint64(20) {
				_, d, err := f.fit(exact(f.truth, rand.New(rand.NewPCG(seed, 3)), 3000), Options{})
				if err != nil || len(d.Bounds) > 0 || d.Gradient > 1e-7 {
					t.Fatalf("seed %d: %+v, %v", seed, d, err)
				}
				for i := range truth {
					u := math.Log(d.Estimates[i]/truth[i]) / math.Sqrt(d.LogCov[i][i])
					z[i] += u / math.Sqrt(20)
					if math.Abs(u) > 3 {
						far++
					}
				}
			}
			for i, u := range z {
				if math.Abs(u) > 3.5 {
					t.Errorf("parameter %d is off by %.1f standard errors of the mean of 20 seeds", i, u)
				}
			}
			if far > 3 {
				t.Errorf("%d of %d estimates are more than three standard errors off", far, 20*len(truth))
			}
		})
	}
}

// objectives are the likelihoods that fits climb.
func objectives() map[string]func(*study) objective {
	return map[string]func(*study) objective{
		"NBD":        nbdObjective,
		"BG/NBD":     betaGeometricClimb("", 0).objective,
		"MBG/NBD":    betaGeometricClimb("", 1).objective,
		"Pareto/NBD": paretoObjective,
	}
}

func TestGradientsAndHessiansAgreeWithDifferences(t *testing.T) {
	t.Parallel()
	histories := shop(BGNBD{0.8, 4, 0.8, 2.5}, rand.New(rand.NewPCG(1, 1)), 400)
	histories = append(histories, History{X: 60, Tx: 40, T: 41}, History{X: 900, Tx: 70, T: 78}, History{X: 1, Tx: 0.2, T: 900})
	cells, err := Group(histories)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newStudy(cells, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, build := range objectives() {
		f := build(s)
		n := 4
		if name == "NBD" {
			n = 2
		}
		for _, at := range [][]float64{{-0.3, -1.5, 0.1, 0.7}, {1, 0, -3, 2}, {-2, -3, 1, -1}, {0.5, 0.7, -6, 5}} {
			checkSlopes(t, name, f, at[:n])
		}
	}
}

// checkSlopes compares gradient and Hessian of f at v with central differences.
func checkSlopes(t *testing.T, name string, f objective, v []float64) {
	t.Helper()
	n := len(v)
	grad, hess := make([]float64, n), make([]float64, n*n)
	up, down, scrap := make([]float64, n), make([]float64, n), make([]float64, n*n)
	f(v, grad, hess)
	const step = 1e-5
	for i := range n {
		w := slices.Clone(v)
		w[i] += step
		high := f(w, up, scrap)
		w[i] -= 2 * step
		low := f(w, down, scrap)
		if want := (high - low) / (2 * step); math.Abs(grad[i]-want) > 1e-6*(math.Abs(want)+math.Abs(high)*1e-3) {
			t.Errorf("%s at %v: slope %d is %v, differences say %v", name, v, i, grad[i], want)
		}
		for j := range n {
			want := (up[j] - down[j]) / (2 * step)
			if got := hess[i*n+j]; math.Abs(got-want) > 1e-6*(math.Abs(want)+10) {
				t.Errorf("%s at %v: curvature %d, %d is %v, differences say %v", name, v, i, j, got, want)
			}
		}
	}
}

func TestFitsDependNeitherOnTheUnitOfTimeNorOnHowCellsAreSplit(t *testing.T) {
	t.Parallel()
	cells := exact(BGNBD{0.8, 4, 0.8, 2.5}, rand.New(rand.NewPCG(5, 5)), 800)
	scaled := slices.Clone(cells)
	purchases := 0.0
	for i := range scaled {
		scaled[i].Tx *= 7
		scaled[i].T *= 7
		purchases += scaled[i].Count * float64(scaled[i].X)
	}
	split := slices.Clone(cells)
	for i := range cells {
		split[i].Count -= 0.25
		c := cells[i]
		c.Count = 0.25
		split = append(split, c)
	}
	for _, f := range fitters() {
		_, want, err := f.fit(cells, Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, days, err := f.fit(scaled, Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, halves, err := f.fit(split, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range want.Names {
			factor := 1.0
			if name == "alpha" || name == "beta" {
				factor = 7
			}
			if !near(days.Estimates[i], factor*want.Estimates[i], 1e-6) {
				t.Errorf("%s: %s is %v in days, want %v", f.truth.Name(), name, days.Estimates[i], factor*want.Estimates[i])
			}
			if !near(halves.Estimates[i], want.Estimates[i], 1e-6) {
				t.Errorf("%s: %s is %v of split cells, want %v", f.truth.Name(), name, halves.Estimates[i], want.Estimates[i])
			}
		}
		if got := days.LogLik + purchases*math.Log(7); !near(got, want.LogLik, 1e-12) {
			t.Errorf("%s: log-likelihood %v in days is %v in weeks, want %v", f.truth.Name(), days.LogLik, got, want.LogLik)
		}
	}
}

func TestFitsSayWhenNobodyLeaves(t *testing.T) {
	t.Parallel()
	cells := exact(NBD{2, 6}, rand.New(rand.NewPCG(8, 8)), 800)
	for _, f := range fitters()[1:] {
		_, d, err := f.fit(cells, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if d.LogLik < d.Null-1e-6 || d.LogLik > d.Null+weakDropout {
			t.Errorf("%s: log-likelihood %v, NBD has %v", f.truth.Name(), d.LogLik, d.Null)
		}
		if len(d.Warnings) != 1 {
			t.Errorf("%s: warnings %q, bounds %q", f.truth.Name(), d.Warnings, d.Bounds)
		}
	}
}

// Whatever the cells, a fit ends, and either it says that it failed or it gives
// finite parameters with a likelihood not below that of the nested model.
func TestFitsOfStrangeCellsEndInNumbersOrAnError(t *testing.T) {
	t.Parallel()
	strange := map[string][]Cell{
		"one customer":                  {{History{X: 3, Tx: 2, T: 4}, 1}},
		"one purchase ever":             {{History{X: 0, T: 4}, 900}, {History{X: 1, Tx: 2, T: 4}, 1}},
		"all alike":                     {{History{X: 5, Tx: 30, T: 40}, 500}},
		"all bought on the last day":    {{History{X: 1, Tx: 40, T: 40}, 300}, {History{X: 9, Tx: 40, T: 40}, 10}},
		"everybody is silent since":     {{History{X: 2, Tx: 0.1, T: 500}, 300}, {History{X: 3, Tx: 0.2, T: 500}, 100}},
		"a wholesaler among households": {{History{X: 0, T: 52}, 900}, {History{X: 1, Tx: 9, T: 52}, 99}, {History{X: 10000, Tx: 52, T: 52}, 1}},
		"fifty years by the second":     {{History{X: 0, T: 1.6e9}, 20}, {History{X: 4, Tx: 9e8, T: 1.5e9}, 30}, {History{X: 700, Tx: 1.2e9, T: 1.3e9}, 3}},
		"a day by the year":             {{History{X: 0, T: 1. / 365}, 20}, {History{X: 1, Tx: 1. / 365, T: 1. / 365}, 30}},
		"counts of nobody":              {{History{X: 0, T: 9}, 0}, {History{X: 2, Tx: 4, T: 9}, 5}, {History{X: 3, Tx: 4, T: 9}, 0}},
	}
	for name, cells := range strange {
		for _, f := range fitters() {
			m, d, err := f.fit(cells, Options{})
			if err != nil {
				t.Logf("%s, %s: %v", name, f.truth.Name(), err)
				continue
			}
			if !d.Converged || !finite(d.LogLik) || d.LogLik < d.Null-1e-6 {
				t.Errorf("%s, %s: %+v", name, f.truth.Name(), d)
			}
			for _, c := range cells {
				for what, v := range map[string]float64{
					"log-likelihood": m.LogLik(c.History), "alive": m.Alive(c.History), "expected": m.Expected(c.History, c.T),
					"discounted": m.Discounted(c.History, 1e-3/c.T, 10*c.T), "none": m.PMF(c.History, c.T, 0),
				} {
					if !finite(v) || v < 0 && what != "log-likelihood" {
						t.Errorf("%s, %#v, %+v: %s %v", name, m, c.History, what, v)
					}
				}
			}
		}
	}
}

func TestFitsNeedARepeatPurchase(t *testing.T) {
	t.Parallel()
	for _, f := range fitters() {
		for _, cells := range []Cells{nil, {{History{T: 4}, 10}}} {
			if _, _, err := f.fit(cells, Options{}); err == nil {
				t.Errorf("%s fits %v", f.truth.Name(), cells)
			}
		}
	}
}

// Sums are cut the same way whatever the number of cores. It changes the number of
// cores of the process, so it does not run beside others.
func TestFitsHaveTheSameBitsOnAnyNumberOfCores(t *testing.T) {
	cells, err := Group(shop(MBGNBD{0.9, 4, 0.9, 2}, rand.New(rand.NewPCG(6, 6)), 3000))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fitters() {
		before := runtime.GOMAXPROCS(1)
		_, one, errOne := f.fit(cells, Options{})
		runtime.GOMAXPROCS(7)
		_, seven, errSeven := f.fit(cells, Options{})
		runtime.GOMAXPROCS(before)
		if errOne != nil || errSeven != nil || !slices.Equal(one.Estimates, seven.Estimates) || !slices.Equal(one.SE, seven.SE) || one.LogLik != seven.LogLik {
			t.Errorf("%s: on one core %v (%v), on seven %v (%v)", f.truth.Name(), one.Estimates, errOne, seven.Estimates, errSeven)
		}
	}
}
