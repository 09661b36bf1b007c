package clv

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Many customers of one x are read from a table; what it says is what the model
// says of each, for any k, horizon and rate, old and young customers.
func TestForecastsOfARhythmFromTablesAreTheModels(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 44))
	tables := 0
	for _, k := range []int{1, 2, 3, 6, 12} {
		m := MBGCNBD{K: k, R: 0.4 + 2*rng.Float64(), Alpha: 0.5 + 3*rng.Float64(), A: 0.3 + rng.Float64(), B: 1 + 6*rng.Float64()}
		for _, ahead := range []Ahead{{36, 0.0064}, {36, 0}, {0.25, 0.02}, {100, 0.003}} {
			var histories []History
			for _, x := range []int{0, 1, 7, 60} {
				for range 60 {
					h := History{X: x, T: 0.03 + 60*rng.Float64()*rng.Float64()}
					if x > 0 {
						h.Tx = h.T * rng.Float64()
					}
					histories = append(histories, h)
				}
			}
			cells, err := Group(histories)
			if err != nil {
				t.Fatal(err)
			}
			for from := 0; from < len(cells); from += 60 {
				if m.futures(cells[from:from+60], ahead) != nil {
					tables++
				}
			}
			for i, p := range Predict(m, cells, ahead) {
				h := cells[i].History
				want := Prediction{m.Alive(h), m.Expected(h, ahead.Horizon), m.Discounted(h, ahead.Rate, ahead.Horizon)}
				off := math.Abs(p.Expected/want.Expected-1) + math.Abs(p.Discounted/want.Discounted-1)
				if p.Alive != want.Alive || !(off < 1e-7) && want.Expected > 1e-300 {
					t.Fatalf("%+v, %+v, %+v: %+v from the table, %+v by the model", m, ahead, h, p, want)
				}
			}
		}
	}
	if tables < 40 {
		t.Errorf("%d tables of 80 were good enough: the test shows little", tables)
	}
}
