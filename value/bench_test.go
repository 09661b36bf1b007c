package value

import (
	"testing"
	"unsafe"
)

// A million customers: less than two seconds on two cores is the aim
// (docs/valuation.md, "Speed").
func BenchmarkRunOfAMillionCustomers(b *testing.B) {
	figures := base(1_000_000, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Run(Default(), Input{AsOf: asOf, Figures: figures}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(unsafe.Sizeof(Row{})), "B/row")
}
