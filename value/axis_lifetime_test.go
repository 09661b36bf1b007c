package value

import (
	"math"
	"testing"
)

// An axis of lifetime value cuts by what the valuation expects of each customer,
// and places nobody whose value is unknown.
func TestAnAxisMayBeTheLifetimeValue(t *testing.T) {
	t.Parallel()
	figures := base(2000, 12)
	m := Default()
	m.From.Metric = Lifetime
	v := run(t, m, Input{AsOf: asOf, Figures: figures})
	bands := map[int8]int{}
	for i := range v.Rows {
		r := &v.Rows[i]
		worth, known := r.Life.Value()
		want := int8(0)
		if known {
			want = 1
			if r.Raw[lifetimeAt] > v.From.Lines[0] {
				want = 2
			}
		}
		if r.Bands.From != want || known == math.IsNaN(r.Raw[lifetimeAt]) {
			t.Fatalf("customer %d, worth %d (%t): band %d, want %d at the line %v", r.Customer, worth, known, r.Bands.From, want, v.From.Lines)
		}
		bands[want]++
	}
	if bands[0] == 0 || bands[1] == 0 || bands[2] == 0 {
		t.Fatalf("bands %v: the test shows nothing", bands)
	}
}
