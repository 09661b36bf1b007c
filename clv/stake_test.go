package clv

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The part of a base that is looked at says of the whole what the whole says:
// all of a small one, and of a large one to a few percent.
func TestStakesAreTheEquity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		customers int
		tolerance float64
	}{{900, 1e-9}, {40_000, 0.04}} {
		for _, truth := range []Timing{MBGNBD{0.9, 5, 0.8, 2.5}, ParetoNBD{0.8, 6, 0.6, 15}} {
			u, err := try(truth, GammaGamma{4, 3.5, 60}, c.customers, rand.New(rand.NewPCG(3, 77)))
			if err != nil {
				t.Fatal(err)
			}
			v := Valuation{Ahead: Ahead{Horizon: trialSpan, Rate: trialRate}, Level: 0.9}
			e, err := u.fit.Equity(u.histories, u.spend, v)
			if err != nil {
				t.Fatal(err)
			}
			asked := 0
			got, err := u.fit.Stakes(len(u.histories), func(i int) Stake {
				asked++
				return Stake{Timing: u.histories[i], Spend: u.histories[i], Gain: e.Values[i].CLV}
			}, u.spend, v)
			if err != nil {
				t.Fatal(err)
			}
			want := e.Total
			if !near(got.Mean, want.Mean, 1e-9) || !near(got.ParameterSE, want.ParameterSE, c.tolerance) || !near(got.OutcomeSE, want.OutcomeSE, c.tolerance) {
				t.Errorf("%s, %d customers: %+v, the equity is %+v", truth.Name(), c.customers, got, want)
			}
			if half, err := u.fit.Stakes(len(u.histories), func(i int) Stake {
				s := Stake{Timing: u.histories[i], Spend: u.histories[i], Gain: e.Values[i].CLV}
				s.Cost = s.Gain / 2
				return s
			}, u.spend, v); err != nil || !near(half.Mean, want.Mean/2, 1e-9) || !(half.OutcomeSE < got.OutcomeSE) {
				t.Errorf("%s: half of it goes off: %+v, %v", truth.Name(), half, err)
			}
		}
	}
}

// Where nothing is at stake nothing is unsure, and a base of nobody is worth nothing.
func TestNothingAtStake(t *testing.T) {
	t.Parallel()
	u, err := try(MBGNBD{0.9, 5, 0.8, 2.5}, GammaGamma{4, 3.5, 60}, 500, rand.New(rand.NewPCG(3, 78)))
	if err != nil {
		t.Fatal(err)
	}
	v := Valuation{Ahead: Ahead{Horizon: trialSpan}}
	for _, n := range []int{0, 20_000} {
		got, err := u.fit.Stakes(n, func(int) Stake { return Stake{Timing: History{T: 3}} }, u.spend, v)
		if err != nil || got != (Total{}) {
			t.Errorf("%d customers: %+v, %v", n, got, err)
		}
	}
	if _, err := u.fit.Stakes(1, func(int) Stake { return Stake{} }, u.spend, Valuation{}); err == nil {
		t.Error("a total without a horizon")
	}
}

// What was kept of a model of spend is unsure as it was; without a covariance it
// counts as known.
func TestAModelOfSpendIsRestored(t *testing.T) {
	t.Parallel()
	u, err := try(MBGNBD{0.9, 5, 0.8, 2.5}, GammaGamma{4, 3.5, 60}, 800, rand.New(rand.NewPCG(3, 79)))
	if err != nil {
		t.Fatal(err)
	}
	shrunk, d, err := FitShrunkMean(u.histories)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []FittedSpend{u.spend, {shrunk, d}} {
		kept := Diagnostics{Names: f.Diagnostics.Names, Estimates: f.Diagnostics.Estimates, LogCov: f.Diagnostics.LogCov, Cov: f.Diagnostics.Cov, Bounds: f.Diagnostics.Bounds}
		got, err := RestoreSpend(f.Name(), kept)
		if err != nil {
			t.Fatal(err)
		}
		h := u.histories[slices.IndexFunc(u.histories, func(h History) bool { return h.X > 2 })]
		a, b := got.slopes(h, got.variants(slopeStep)), f.slopes(h, f.variants(slopeStep))
		if got.Spend != f.Spend || !slices.Equal(a, b) || len(a) < 2 || !slices.ContainsFunc(a, func(x float64) bool { return x != 0 }) {
			t.Errorf("%s: %+v with slopes %v, want %+v with %v", f.Name(), got.Spend, a, f.Spend, b)
		}
		kept.LogCov, kept.Cov = nil, nil
		if blind, err := RestoreSpend(f.Name(), kept); err != nil || blind.variants(slopeStep) != nil {
			t.Errorf("%s without a covariance: %v", f.Name(), err)
		}
	}
	if _, err := RestoreSpend("Gamma-Gamma", Diagnostics{}); err == nil {
		t.Error("a model without parameters was restored")
	}
}
