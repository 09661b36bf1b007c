package clv

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// cohort reads one of the two published survival tables, years 0 to last, of
// 1,000 customers.
func cohort(t *testing.T, column string, last int) []float64 {
	t.Helper()
	var survivors []float64
	for _, row := range rows(t, sharedFile(t, "data/clv/sbg_retention.csv")) {
		if len(survivors) <= last {
			survivors = append(survivors, 10*number(t, row[column]))
		}
	}
	return survivors
}

func fitSurvivors(t *testing.T, survivors []float64) (SBG, Diagnostics) {
	t.Helper()
	terms, err := Terms(survivors)
	if err != nil {
		t.Fatal(err)
	}
	s, d, err := FitSBG(terms, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s, d
}

func TestSBGMeetsThePublishedFigures(t *testing.T) {
	t.Parallel()
	s, d := fitSurvivors(t, cohort(t, "regular_pct", 7))
	for _, p := range publishedFigures(t, "sBG") {
		var got float64
		switch at := int(p.args["t"]); p.quantity {
		case "alpha":
			got = s.Alpha
		case "beta":
			got = s.Beta
		case "LL":
			got = d.LogLik
		case "survival":
			got = s.Survival(at)
		case "retention":
			got = s.Retention(at)
		default:
			t.Fatalf("%s: nothing compares %s", p.id, p.quantity)
		}
		if !p.meets(got) {
			t.Errorf("%s %s(%s) = %.10g, want %.10g %s", p.id, p.quantity, p.about, got, p.value, p.tol)
		}
	}
	// A preprint prints α = 0.688 for this table; the maximum of its likelihood is
	// at 0.668 and 3.806.
	high, _ := fitSurvivors(t, cohort(t, "high_end_pct", 7))
	if math.Abs(high.Alpha-0.668) > 0.0005 || math.Abs(high.Beta-3.806) > 0.0005 {
		t.Errorf("high end: %+v, want 0.668 and 3.806", high)
	}
}

// The hypergeometric form must be what adding up says.
func TestResidualIsTheDiscountedSumOfRetention(t *testing.T) {
	t.Parallel()
	for _, s := range []SBG{{0.668, 3.806}, {0.704, 1.182}, {1e-6, 1}, {50, 1e-3}, {1, 1}, {2.5, 1e5}} {
		for _, renewed := range []int{0, 1, 4, 200} {
			for _, d := range []float64{0.1, 0.9, 0.01} {
				rate, sum, still := math.Log1p(d), 0.0, 1.0
				partial := math.NaN()
				for k := range 6000 {
					if k == 7 {
						partial = sum
					}
					still *= s.Retention(renewed + 1 + k)
					sum += still / math.Pow(1+d, float64(k))
				}
				if got := s.Residual(renewed, rate, -1); math.Abs(got-sum) > 1e-11*sum {
					t.Errorf("%+v after %d renewals at %v: %.15g, want %.15g", s, renewed, d, got, sum)
				}
				if got := s.Residual(renewed, rate, 7); math.Abs(got-partial) > 1e-12*partial {
					t.Errorf("%+v after %d renewals at %v, 7 renewals: %.15g, want %.15g", s, renewed, d, got, partial)
				}
			}
		}
	}
	if got := (SBG{3, 2}).Residual(0, 0, -1); math.Abs(got-1) > 1e-12 {
		t.Errorf("without discount %v, want β/(α-1) = 1", got)
	}
	if got := (SBG{0.7, 2}).Residual(0, 0, -1); !math.IsInf(got, 1) {
		t.Errorf("without discount and with α below one: %v, want +Inf", got)
	}
}

// members simulates a cohort watched for some renewals.
func members(s SBG, n, periods int, rng *rand.Rand) []Term {
	lost, kept := make([]float64, periods), 0.0
	for range n {
		if k := s.Simulate(rng, periods); k < periods {
			lost[k]++
		} else {
			kept++
		}
	}
	var terms []Term
	for k, n := range lost {
		terms = append(terms, Term{From: k, To: k + 1, Lost: n})
	}
	terms[periods-1].Kept = kept
	return terms
}

func TestSBGFindsTheParametersAgain(t *testing.T) {
	t.Parallel()
	truth := SBG{Alpha: 0.8, Beta: 2.5}
	for seed := range uint64(20) {
		_, d, err := FitSBG(members(truth, 5000, 10, rand.New(rand.NewPCG(seed, 5))), Options{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for i, want := range []float64{truth.Alpha, truth.Beta} {
			if z := (d.Estimates[i] - want) / d.SE[i]; !(math.Abs(z) < 4) {
				t.Errorf("seed %d: %s = %.4g ± %.2g, want %v", seed, d.Names[i], d.Estimates[i], d.SE[i], want)
			}
		}
	}
}

func TestSBGIntervalsCoverTheParameters(t *testing.T) {
	t.Parallel()
	truth := SBG{Alpha: 0.8, Beta: 2.5}
	covers(t, []float64{truth.Alpha, truth.Beta}, func(rng *rand.Rand) (Diagnostics, error) {
		_, d, err := FitSBG(members(truth, 3000, 10, rng), Options{})
		return d, err
	})
}

func TestSlopeAndBendOfContractsAreDerivatives(t *testing.T) {
	t.Parallel()
	terms := []Term{{0, 1, 30, 2}, {1, 2, 20, 0}, {2, 5, 25, 3}, {5, 6, 0, 4}, {6, 60, 7, 11}}
	for _, v := range [][]float64{{0, 0}, {-3, 2}, {4, 4}, {2, -5}, {-8, 8}} {
		checkDerivatives(t, func(v, grad, hess []float64) float64 { return contractLogLik(terms, 60, v, grad, hess) }, v)
		grad, hess := make([]float64, 2), make([]float64, 4)
		s, want := SBG{math.Exp(v[0]), math.Exp(v[1])}, 0.0
		for _, k := range terms {
			want += s.LogLik(k)
		}
		if got := contractLogLik(terms, 60, v, grad, hess); math.Abs(got-want) > 1e-11*math.Abs(want) {
			t.Errorf("at %v: the table gives %.15g, the terms add up to %.15g", v, got, want)
		}
	}
}

// A table that counts only every few periods tells less, but the same; cutting
// a term in two, and the order, tell nothing.
func TestSBGDoesNotMindHowTheTableIsCut(t *testing.T) {
	t.Parallel()
	truth := SBG{Alpha: 0.8, Beta: 2.5}
	rng := rand.New(rand.NewPCG(77, 5))
	fine := members(truth, 400000, 12, rng)
	var coarse []Term
	for i := 0; i < 12; i += 3 {
		k := Term{From: i, To: i + 3, Kept: fine[i+2].Kept}
		for _, f := range fine[i : i+3] {
			k.Lost += f.Lost
		}
		coarse = append(coarse, k)
	}
	want, wantD, err := FitSBG(fine, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, d, err := FitSBG(coarse, Options{})
	if err != nil || math.Abs(got.Alpha-want.Alpha) > 4*d.SE[0] || d.SE[0] < wantD.SE[0] {
		t.Errorf("counted every third period: %+v ± %v, %v; want %+v ± %v", got, d.SE, err, want, wantD.SE)
	}
	var cut []Term
	for _, k := range fine {
		cut = append(cut, Term{k.From, k.To, k.Lost / 4, k.Kept / 4}, Term{k.From, k.To, 3 * k.Lost / 4, 3 * k.Kept / 4})
	}
	slices.Reverse(cut)
	if got, _, err := FitSBG(cut, Options{}); err != nil || math.Abs(got.Alpha-want.Alpha) > 1e-7 || math.Abs(got.Beta-want.Beta) > 1e-7 {
		t.Errorf("cut and turned round: %+v, %v; want %+v", got, err, want)
	}
}

func TestSBGWhereThereIsNothingToLearn(t *testing.T) {
	t.Parallel()
	for name, survivors := range map[string][]float64{
		"nobody left":         {100, 100, 100},
		"one period only":     {100, 60},
		"the start only":      {100},
		"all left at once":    {1000, 0, 0},
		"people who returned": {100, 60, 70},
		"less than nobody":    {100, -1},
	} {
		terms, err := Terms(survivors)
		if err == nil {
			_, _, err = FitSBG(terms, Options{})
		}
		if err == nil {
			t.Errorf("%s: fitted", name)
		}
		if rise := name == "people who returned" || name == "less than nobody"; !rise && !errors.Is(err, ErrTooFew) {
			t.Errorf("%s: %v, want ErrTooFew", name, err)
		}
	}
	for name, survivors := range map[string][]float64{
		"all are alike":            {1000, 500, 250, 125, 62.5},
		"retention falls":          {1000, 950, 700, 200},
		"one of a million left":    {1e6, 1e6, 1e6 - 1, 1e6 - 1},
		"two customers":            {2, 1, 0},
		"fifty years of months":    slices.Repeat([]float64{7}, 600),
		"everybody after a decade": append(slices.Repeat([]float64{500}, 10), 0),
	} {
		if name == "fifty years of months" {
			survivors[0] = 900
		}
		terms, err := Terms(survivors)
		if err != nil {
			t.Fatal(err)
		}
		s, d, err := FitSBG(terms, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for k := range 20 {
			if v, r := s.Survival(k), s.Residual(k, 0.1, -1); !(v >= 0 && v <= 1) || !finite(r) || r < 0 {
				t.Errorf("%s: %+v survives %d periods with %v, residual %v", name, s, k, v, r)
			}
		}
		if len(d.Bounds) > 0 && len(d.Warnings) == 0 {
			t.Errorf("%s: %v at a bound without a warning", name, d.Bounds)
		}
	}
}

func FuzzSBG(f *testing.F) {
	f.Add(0.7, 1.2, 3, 5, 10.0, 4.0, 0.08)
	f.Add(1e-6, 1e6, 0, 600, 1.0, 1e9, 1e-9)
	f.Fuzz(func(t *testing.T, alpha, beta float64, from, to int, lost, kept, rate float64) {
		within := func(v, lo, hi float64) bool { return v >= lo && v <= hi }
		if !within(alpha, 1e-6, 1e6) || !within(beta, 1e-6, 1e6) || from < 0 || to <= from || to > 10000 ||
			!within(lost, 0, 1e9) || !within(kept, 0, 1e9) || !within(rate, 1e-9, 10) {
			t.Skip()
		}
		s := SBG{alpha, beta}
		if ll := s.LogLik(Term{from, to, lost, kept}); !finite(ll) || ll > 0 {
			t.Errorf("%+v: log-likelihood %v of %d..%d, %v lost, %v kept", s, ll, from, to, lost, kept)
		}
		if r := s.Residual(from, rate, -1); !finite(r) || r < 0 || r < s.Residual(from, rate, 50)*(1-1e-12) {
			t.Errorf("%+v: residual %v after %d at %v, within 50: %v", s, r, from, rate, s.Residual(from, rate, 50))
		}
	})
}
