package clv

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestGammaGammaMeetsThePublishedFigures(t *testing.T) {
	t.Parallel()
	customers := cdnow(t)
	fitted, d, err := FitGammaGamma(values(customers), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range publishedFigures(t, "Gamma-Gamma") {
		g, h := fitted, History{X: int(p.args["x"]), Spend: p.args["m"]}
		if p.dataset == "-" { // the others were reckoned with the parameters before they were rounded
			g = GammaGamma{P: p.args["p"], Q: p.args["q"], Gamma: p.args["gamma"]}
		}
		var got float64
		switch p.quantity {
		case "p":
			got = g.P
		case "q":
			got = g.Q
		case "gamma":
			got = g.Gamma
		case "LL":
			got = d.LogLik
		case "n":
			got = float64(d.Customers)
		case "loglik":
			got = g.LogLik(h)
		case "cond_mean_spend":
			if got, err = g.Mean(h); err != nil {
				t.Errorf("%s: %v", p.id, err)
			}
		default:
			t.Fatalf("%s: nothing compares %s", p.id, p.quantity)
		}
		if !p.meets(got) {
			t.Errorf("%s %s(%s) = %.12g, want %.12g %s", p.id, p.quantity, p.about, got, p.value, p.tol)
		}
	}
}

// spenders simulates customers whose number of repeat purchases has the given mean.
func spenders(g GammaGamma, n int, purchases float64, rng *rand.Rand) []History {
	histories := make([]History, n)
	var amounts []float64
	for i := range histories {
		x := int(drawGamma(rng, 0.8) * purchases / 0.8)
		histories[i] = History{X: x, T: 1}
		if x == 0 {
			continue
		}
		amounts = g.Simulate(rng, History{}, x, amounts[:0])
		for _, a := range amounts {
			histories[i].Spend += a / float64(x)
		}
	}
	return histories
}

func TestGammaGammaFindsTheParametersAgain(t *testing.T) {
	t.Parallel()
	truth := GammaGamma{P: 6, Q: 4, Gamma: 15}
	want := []float64{truth.P, truth.Q, truth.Gamma}
	var off [3]float64
	for seed := range uint64(20) {
		_, d, err := FitGammaGamma(spenders(truth, 4000, 3, rand.New(rand.NewPCG(seed, 7))), Options{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for i, estimate := range d.Estimates {
			z := (estimate - want[i]) / d.SE[i]
			off[i] += z / 20
			if math.Abs(z) > 4 {
				t.Errorf("seed %d: %s = %.4g, %.1f standard errors from %v", seed, d.Names[i], estimate, z, want[i])
			}
		}
	}
	for i, z := range off {
		if math.Abs(z) > 4/math.Sqrt(20) {
			t.Errorf("parameter %d is off by %.2f standard errors on the average of 20 samples", i, z)
		}
	}
}

func TestGammaGammaIntervalsCoverTheParameters(t *testing.T) {
	t.Parallel()
	truth := GammaGamma{P: 6, Q: 4, Gamma: 15}
	covers(t, []float64{truth.P, truth.Q, truth.Gamma}, func(rng *rand.Rand) (Diagnostics, error) {
		_, d, err := FitGammaGamma(spenders(truth, 1500, 3, rng), Options{})
		return d, err
	})
}

func TestSlopeAndBendOfSpendAreDerivatives(t *testing.T) {
	t.Parallel()
	histories := spenders(GammaGamma{P: 3, Q: 2.5, Gamma: 40}, 300, 5, rand.New(rand.NewPCG(3, 3)))
	histories = append(histories, History{X: 10000, Spend: 1e6}, History{X: 1, Spend: 1e-6})
	s, err := newSpends(histories)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range [][]float64{{0, 0, 0}, {1, 1, 3}, {-5, 2, 4}, {4, -3, -6}, {9, 9, 0}} {
		checkDerivatives(t, func(v, grad, hess []float64) float64 { return s.logLik(v, grad, hess) }, v)
		checkDerivatives(t, func(v, grad, hess []float64) float64 {
			clear(grad)
			clear(hess)
			return addPrior(spendParameters, v, grad, hess)
		}, v)
	}
}

func TestTheFitAddsUpTheDensities(t *testing.T) {
	t.Parallel()
	histories := spenders(GammaGamma{P: 3, Q: 2.5, Gamma: 40}, 500, 5, rand.New(rand.NewPCG(3, 4)))
	g, d, err := FitGammaGamma(histories, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := 0.0
	for _, h := range histories {
		want += g.LogLik(h)
	}
	if math.Abs(want-d.LogLik) > 1e-8*math.Abs(want) {
		t.Errorf("the fit says %.12g, the customers add up to %.12g", d.LogLik, want)
	}
}

// What is money to one is cents to another, and the order of customers is
// nobody's business.
func TestGammaGammaDoesNotMindTheUnitOfMoneyNorTheOrder(t *testing.T) {
	t.Parallel()
	histories := spenders(GammaGamma{P: 6, Q: 4, Gamma: 15}, 2000, 3, rand.New(rand.NewPCG(5, 5)))
	want, wantD, err := FitGammaGamma(histories, Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := float64(wantD.Customers)
	for _, unit := range []float64{1, 100, 1e-9, 1e12} {
		other := slices.Clone(histories)
		slices.Reverse(other)
		for i := range other {
			other[i].Spend *= unit
		}
		got, d, err := FitGammaGamma(other, Options{})
		if err != nil {
			t.Fatalf("unit %v: %v", unit, err)
		}
		near := func(name string, got, want float64) {
			if math.Abs(got-want) > 1e-6*math.Abs(want) {
				t.Errorf("unit %v: %s = %.10g, want %.10g", unit, name, got, want)
			}
		}
		near("p", got.P, want.P)
		near("q", got.Q, want.Q)
		near("gamma", got.Gamma/unit, want.Gamma)
		near("log-likelihood", d.LogLik+n*math.Log(unit), wantD.LogLik)
		near("standard error of gamma", d.SE[2]/unit, wantD.SE[2])
	}
}

func TestMeanSpendLiesBetweenTheCustomerAndThePopulation(t *testing.T) {
	t.Parallel()
	g := GammaGamma{P: 6.25, Q: 3.74, Gamma: 15.44}
	all, err := g.Mean(History{})
	if err != nil {
		t.Fatal(err)
	}
	for _, own := range []float64{1e-9, 1, 20, all, 100, 1e9} {
		last := math.Abs(own - all)
		for _, x := range []int{1, 2, 10, 1000} {
			m, err := g.Mean(History{X: x, Spend: own})
			if err != nil || m < min(own, all)-1e-9 || m > max(own, all)*(1+1e-12) || math.Abs(m-own) > last+1e-9 {
				t.Errorf("with %d purchases of %v: %v, %v; want between %v and %v, closer with every purchase", x, own, m, err, own, all)
			}
			last = math.Abs(m - own)
		}
	}
}

func TestASpendWithoutAMeanIsRefused(t *testing.T) {
	t.Parallel()
	g := GammaGamma{P: 0.4, Q: 0.9, Gamma: 20}
	if _, err := g.Mean(History{}); !errors.Is(err, ErrNoMean) {
		t.Errorf("q 0.9 gives the error %v, want ErrNoMean", err)
	}
	if m, err := g.Mean(History{X: 1, Spend: 5}); err != nil || m <= 0 {
		t.Errorf("px+q 1.3 gives %v, %v; want a mean", m, err)
	}
	heavy := make([]History, 3000)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range heavy {
		heavy[i] = History{X: 1 + i%5, Spend: math.Exp(3 * rng.NormFloat64())}
	}
	fitted, d, err := FitGammaGamma(heavy, Options{})
	if err != nil || fitted.Q > 1 || len(d.Warnings) == 0 {
		t.Errorf("fitted %+v, warnings %q, %v; want q below one and a warning", fitted, d.Warnings, err)
	}
}

// The quantiles are those of the mean amount of simulated customers, and their
// mean is Mean.
func TestQuantilesOfSpendAreThoseOfTheModel(t *testing.T) {
	t.Parallel()
	g := GammaGamma{P: 2, Q: 3.5, Gamma: 30}
	for _, h := range []History{{}, {X: 3, Spend: 80}, {X: 400, Spend: 10}} {
		want, err := g.Mean(h)
		if err != nil {
			t.Fatal(err)
		}
		const n = 20000
		mean, last := 0.0, 0.0
		for i := range n {
			q := g.Quantile(h, (float64(i)+0.5)/n)
			if q < last {
				t.Fatalf("%+v: quantile %d is %v after %v", h, i, q, last)
			}
			mean, last = mean+q/n, q
		}
		if math.Abs(mean-want) > 2e-3*want {
			t.Errorf("%+v: the quantiles have the mean %v, want %v", h, mean, want)
		}
		if h.X > 100 {
			continue // the amounts differ more than the means: too many would be needed
		}
		rng := rand.New(rand.NewPCG(9, 9))
		below := 0
		var amounts []float64
		for range 4000 {
			amounts = g.Simulate(rng, h, 500, amounts[:0])
			s := 0.0
			for _, a := range amounts {
				s += a / 500
			}
			if s < g.Quantile(h, 0.9) {
				below++
			}
		}
		if below < 3500 || below > 3700 {
			t.Errorf("%+v: %d of 4000 simulated customers lie below the quantile of 0.9", h, below)
		}
	}
}

func TestCustomersThatTheModelOfSpendHasNoPlaceFor(t *testing.T) {
	t.Parallel()
	good := spenders(GammaGamma{P: 6, Q: 4, Gamma: 15}, 400, 3, rand.New(rand.NewPCG(2, 2)))
	want, wantD, err := FitGammaGamma(good, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, d, err := FitGammaGamma(append(slices.Clone(good), History{X: 2, Spend: -5}, History{X: 1}), Options{})
	if err != nil || got != want || len(d.Warnings) != len(wantD.Warnings)+1 {
		t.Errorf("with a loss and a zero: %+v, warnings %q, %v; want %+v and one warning more", got, d.Warnings, err, want)
	}
	for name, h := range map[string]History{
		"spent no number":           {X: 1, Spend: math.NaN()},
		"spent without end":         {X: 1, Spend: math.Inf(1)},
		"bought less than not once": {X: -1, Spend: 1},
	} {
		if _, _, err := FitGammaGamma(append(slices.Clone(good), h), Options{}); err == nil {
			t.Errorf("a customer who %s is accepted", name)
		}
	}
	if _, _, err := FitGammaGamma([]History{{X: 1, Spend: 3}}, Options{}); !errors.Is(err, ErrTooFew) {
		t.Errorf("one customer: %v, want ErrTooFew", err)
	}
}

// Amounts that never differ, differ only between customers, or hardly at all:
// the fit ends at a bound, says so, and its mean is still right.
func TestAmountsThatHardlyDiffer(t *testing.T) {
	t.Parallel()
	for name, amount := range map[string]func(i int) float64{
		"all alike":           func(int) float64 { return 5 },
		"two prices":          func(i int) float64 { return float64(4 + 2*(i%2)) },
		"a price and a cent":  func(i int) float64 { return 5 + 0.01*float64(i%2) },
		"large and all alike": func(int) float64 { return 1e14 },
	} {
		for _, n := range []int{10, 1000} {
			histories := make([]History, n)
			mean := 0.0
			for i := range histories {
				histories[i] = History{X: 1 + i%7, Spend: amount(i)}
				mean += amount(i) / float64(n)
			}
			g, d, err := FitGammaGamma(histories, Options{})
			if err != nil || !d.Converged {
				t.Errorf("%s, %d customers: %v after %d steps", name, n, err, d.Iterations)
				continue
			}
			if m, err := g.Mean(History{}); err != nil || math.Abs(m-mean) > 0.05*mean {
				t.Errorf("%s, %d customers: mean %v, %v; want %v", name, n, m, err, mean)
			}
		}
	}
}

func TestCorrelationOfSpendAndFrequency(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(4, 4))
	histories := spenders(GammaGamma{P: 6, Q: 4, Gamma: 15}, 5000, 4, rng)
	if c := Correlation(histories); math.Abs(c.Linear) > 0.1 || math.Abs(c.Log) > 0.1 || c.Strong() {
		t.Errorf("unrelated spend and frequency have %+v", c)
	}
	for i := range histories {
		histories[i].Spend *= 1 + 0.5*float64(histories[i].X)
	}
	c := Correlation(histories)
	if !c.Strong() {
		t.Errorf("larger purchases of better customers have %+v", c)
	}
	_, d, err := FitGammaGamma(histories, Options{})
	if err != nil || !slices.ContainsFunc(d.Warnings, func(w string) bool { return len(w) > 20 }) {
		t.Errorf("warnings %q, %v; want one about the relation", d.Warnings, err)
	}
	if c := Correlation([]History{{X: 1, Spend: 2}, {X: 1, Spend: 3}, {X: 1, Spend: 3}}); c.Linear != 0 || c.Log != 0 {
		t.Errorf("customers who bought equally often have %+v, want 0", c)
	}
}

func FuzzGammaGamma(f *testing.F) {
	f.Add(6.25, 3.74, 15.44, 2, 22.35)
	f.Add(1e-5, 1e4, 1e9, 10000, 1e-9)
	f.Add(2e4, 1e-2, 1e-9, 1, 1e15)
	f.Fuzz(func(t *testing.T, p, q, gamma float64, x int, m float64) {
		within := func(v, lo, hi float64) bool { return v >= lo && v <= hi }
		if !within(p, 1e-6, 1e5) || !within(q, 1e-3, 1e5) || !within(gamma, 1e-15, 1e20) || x < 0 || x > 10000 || !within(m, 1e-9, 1e15) {
			t.Skip()
		}
		g, h := GammaGamma{P: p, Q: q, Gamma: gamma}, History{X: x, Spend: m}
		if ll := g.LogLik(h); !finite(ll) {
			t.Errorf("%+v %+v: log-likelihood %v", g, h, ll)
		}
		if mean, err := g.Mean(h); err == nil && (!finite(mean) || mean < 0) {
			t.Errorf("%+v %+v: mean %v", g, h, mean)
		}
		lo, hi := g.Quantile(h, 0.05), g.Quantile(h, 0.95)
		if math.IsNaN(lo) || math.IsNaN(hi) || lo > hi {
			t.Errorf("%+v %+v: quantiles %v and %v", g, h, lo, hi)
		}
	})
}
