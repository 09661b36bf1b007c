package value

import (
	"math"
	"testing"

	"quid/clv"
)

// A lifetime value is explained by parts that add up to it, by ranges that hold
// what is expected, and by a reason where there is none.
func TestLifetimeValuesAreExplained(t *testing.T) {
	t.Parallel()
	figures := base(3000, 8)
	v := run(t, Default(), Input{AsOf: asOf, Figures: figures})
	sources := map[string]int{}
	sure := 0
	for i := range figures {
		f, r := &figures[i], &v.Rows[i]
		w := Explain(&v.Summary, f, r).Lifetime
		sources[w.Source]++
		if w.Why == "" || w.Name == "" {
			t.Fatalf("customer %d: no reason for %+v", f.Customer, w)
		}
		if w.Source == "" {
			if w.Value.Known() || w.Relation.Known() {
				t.Fatalf("customer %d has a value of no source: %+v", f.Customer, w)
			}
			continue
		}
		if math.Abs(float64(w.Gain-w.Care-w.Acquisition-w.Value)) > 0.5 || math.Abs(float64(w.Value)-r.Raw[lifetimeAt]) > 2 {
			t.Fatalf("customer %d: the parts of %+v don't add up to %v", f.Customer, w, r.Raw[lifetimeAt])
		}
		if w.Balance.Known() && w.Relation != w.Balance+w.Value {
			t.Fatalf("customer %d: balance %v and value %v make %v", f.Customer, w.Balance, w.Value, w.Relation)
		}
		if w.Source == "run_rate" && math.Abs(float64(w.RunRate-w.Gain)) > 1 {
			t.Fatalf("customer %d: the run-rate is %v, what is expected by it %v", f.Customer, w.RunRate, w.Gain)
		}
		s := w.Sure
		if s == nil {
			continue
		}
		sure++
		in := func(x Number, r [2]Number) bool { return r[0]-1e-6 <= x && x <= r[1]+1e-6 }
		if !in(w.Purchases, [2]Number{s.Purchases[0] * (1 - 1e-5), s.Purchases[1] * (1 + 1e-5)}) || !in(w.Value, [2]Number{s.Value[0] - 2, s.Value[1] + 2}) || s.Count[0] > s.Count[1] || !(s.Outcome[0] <= s.Outcome[1]) || s.Count[1]-s.Count[0] < 0 {
			t.Fatalf("customer %d: %+v is not held by %+v", f.Customer, w, s)
		}
		if w.Alive.Known() && !in(w.Alive, [2]Number{s.Alive[0] - 1e-5, s.Alive[1] + 1e-5}) {
			t.Fatalf("customer %d: alive %v, range %v", f.Customer, w.Alive, s.Alive)
		}
	}
	if v.Lifetimes.Model == nil || sure == 0 || sources["model"] == 0 || sources[""] == 0 {
		t.Fatalf("model %v, %d ranges, sources %v: the test shows nothing", v.Lifetimes.Model, sure, sources)
	}
}

// A model that was kept in a summary says the same as the one that was fitted.
func TestAKeptModelIsTheFittedOne(t *testing.T) {
	t.Parallel()
	figures := base(3000, 8)
	v := run(t, Default(), Input{AsOf: asOf, Figures: figures})
	m := v.Lifetimes.Model
	if m == nil {
		t.Fatal("no model was fitted")
	}
	fit, err := m.fitted()
	if err != nil || fit.Name() != m.Name {
		t.Fatalf("%v, %v", fit, err)
	}
	for i := range figures {
		f, r := &figures[i], &v.Rows[i]
		if r.Life.Source != ByModel {
			continue
		}
		got := fit.Expected(history(f, asOf, f.PurchasesEver, f.LastPurchase), float64(v.Lifetimes.Rule.Months))
		if math.Abs(got-float64(r.Life.Purchases)) > 1e-5*(1+got) {
			t.Fatalf("customer %d: the kept model expects %v purchases, the valuation %v", f.Customer, got, r.Life.Purchases)
		}
	}
	short := *m
	short.Parameters = short.Parameters[:1]
	if _, err := short.fitted(); err == nil {
		t.Error("a model without its parameters was restored")
	}
	if _, err := clv.Restore("Delphi", clv.Diagnostics{}); err == nil {
		t.Error("an unknown model was restored")
	}
}
