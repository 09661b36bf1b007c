package clv

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// hill is a concave function of two correlated parameters, highest at top.
func hill(top []float64) objective {
	return func(v, grad, hess []float64) float64 {
		x, y := v[0]-top[0], v[1]-top[1]
		u := x*x + y*y + 1.8*x*y
		grad[0], grad[1] = -math.Exp(u/8)*(2*x+1.8*y)/8, -math.Exp(u/8)*(2*y+1.8*x)/8
		e := math.Exp(u / 8)
		a, b := (2*x+1.8*y)/8, (2*y+1.8*x)/8
		hess[0], hess[3] = -e*(a*a+0.25), -e*(b*b+0.25)
		hess[1] = -e * (a*b + 1.8/8)
		hess[2] = hess[1]
		return -e
	}
}

func TestMaximizeFindsTheTopFromAnywhereInTheBox(t *testing.T) {
	t.Parallel()
	top := []float64{0.7, -1.3}
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 1))
		start := []float64{rng.Float64()*16 - 8, rng.Float64()*16 - 8}
		s := maximize(problem{f: hill(top), start: start, lo: []float64{-10, -10}, hi: []float64{10, 10}})
		if !s.converged || math.Abs(s.v[0]-top[0]) > 1e-5 || math.Abs(s.v[1]-top[1]) > 1e-5 {
			t.Errorf("seed %d from %v: %v after %d steps, converged %v; want %v", seed, start, s.v, s.steps, s.converged, top)
		}
	}
}

func TestMaximizeSaysWhichBoundHoldsIt(t *testing.T) {
	t.Parallel()
	s := maximize(problem{f: hill([]float64{5, 0}), start: []float64{0, 0}, lo: []float64{-3, -9}, hi: []float64{2, 9}})
	if !s.converged || !slices.Equal(s.bound, []bool{true, false}) || s.v[0] != 2 {
		t.Fatalf("ended at %v, bounds %v, converged %v; want the first parameter held at 2", s.v, s.bound, s.converged)
	}
	if math.Abs(s.grad[1]) > 1e-6 {
		t.Errorf("the free parameter has slope %v along the bound", s.grad[1])
	}
}

func TestGroupKeepsEveryCustomerWhateverTheOrder(t *testing.T) {
	t.Parallel()
	histories := []History{{X: 0, T: 3}, {X: 2, Tx: 1, T: 3, Spend: 5}, {X: 0, T: 3}, {X: 2, Tx: 1, T: 3, Spend: 9}, {X: 2, Tx: 2, T: 3}}
	want, err := Group(histories)
	if err != nil || len(want) != 3 || want.Customers() != 5 {
		t.Fatalf("%v, %v; want 3 cells of 5 customers", want, err)
	}
	slices.Reverse(histories)
	if got, _ := Group(histories); !slices.Equal(got, want) {
		t.Errorf("in another order the cells are %v, want %v", got, want)
	}
}

func TestGroupRefusesWhatNoCustomerCanHaveDone(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]History{
		"bought after the watch ended":       {X: 1, Tx: 4, T: 3},
		"was watched for less than nothing":  {X: 0, T: -1},
		"bought again at no time":            {X: 1, Tx: 0, T: 3},
		"has a last purchase without repeat": {X: 0, Tx: 1, T: 3},
		"was watched for no number":          {X: 0, T: math.NaN()},
		"was watched for ever":               {X: 1, Tx: 1, T: math.Inf(1)},
	} {
		if _, err := Group([]History{{X: 0, T: 1}, h}); err == nil {
			t.Errorf("a customer who %s is accepted", name)
		}
	}
}
