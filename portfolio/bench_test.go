package portfolio

import (
	"testing"
)

// A million customers, tried with other weights: below a tenth of a second on
// two cores is the aim (docs/valuation.md, "Speed").
func BenchmarkWhatIfOfAMillionCustomers(b *testing.B) {
	base := company(b, 1_000_000, 1)
	w := Prepare(base)
	m := base.Summary.Model.Clone()
	for b.Loop() {
		m.Criteria[0].Weight += 0.5
		if _, err := w.Try(m, 20); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkConcentrationOfAMillionCustomers(b *testing.B) {
	base := company(b, 1_000_000, 1)
	for b.Loop() {
		r := base.Revenues()
		Gini(r)
		Lorenz(r)
		WhaleOf(base.Contribution[0], base.Known)
		ABCOf(base, 20)
		Matrix(base)
	}
}
