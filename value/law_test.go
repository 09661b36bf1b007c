package value

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"quid/money"
)

// Money counted in tenths of a cent must not move anybody.
func TestRunIgnoresTheUnitOfMoney(t *testing.T) {
	t.Parallel()
	figures := base(2000, 2)
	in := Input{AsOf: asOf, Figures: figures}
	want := run(t, unmodelled(), in)
	in.Figures = slices.Clone(figures)
	for i := range in.Figures {
		tenfold(&in.Figures[i])
	}
	got := run(t, unmodelled(), in)
	for i := range got.Rows {
		g, w := &got.Rows[i], &want.Rows[i]
		if g.Flags() != w.Flags() || g.ByRevenue.Rank != w.ByRevenue.Rank || math.Abs(g.Score-w.Score) > 1e-9 {
			t.Fatalf("customer %d: score %v, segment %q; in tenths of a cent %v, %q", w.Customer, w.Score, w.Segment(), g.Score, g.Segment())
		}
		for c := range Criteria {
			p, q := want.Points(c, w.Raw[c]), got.Points(c, g.Raw[c])
			if math.Abs(p-q) > 1e-9 || math.IsNaN(p) != math.IsNaN(q) {
				t.Fatalf("customer %d: %s has %v points, in tenths of a cent %v", w.Customer, Keys[c], p, q)
			}
		}
		if math.Abs(g.Credibility-w.Credibility) > 1e-9 || math.Abs(g.Shrunk-10*w.Shrunk) > 1e-6*math.Abs(w.Shrunk)+1e-6 {
			t.Fatalf("customer %d: credibility %v of %v, in tenths of a cent %v of %v", w.Customer, w.Credibility, w.Shrunk, g.Credibility, g.Shrunk)
		}
	}
}

// tenfold counts all money of f in a tenth of the unit.
func tenfold(f *Figures) {
	s := &f.Steps
	for _, a := range []*money.Amount{
		&s.Revenue, &s.Sale, &s.Deduction, &s.Acquisition, &s.Care, &s.LatePayment, &s.Complaint, &s.Service, &s.Goodwill, &s.Benefit,
		&f.Accrued, &f.PriorRevenue, &f.PriorContribution, &f.Due, &f.OpenItems,
		&f.EverContribution, &f.EverBalance, &f.AcquiredFor,
	} {
		*a *= 10
	}
	if f.Need > 0 {
		f.Need *= 10
	}
	f.PerDaySum *= 10
	f.PerDaySquares *= 100
	f.DueDays *= 10
}

// A criterion without data must count as one with weight 0.
func TestMissingIsTheSameAsWeightZero(t *testing.T) {
	t.Parallel()
	v := run(t, Default(), Input{AsOf: asOf, Figures: base(800, 3)})
	weights := v.Model.Weights()
	seen := 0
	for i := range v.Rows {
		r, without := &v.Rows[i], weights
		for c := range Criteria {
			if math.IsNaN(v.Points(c, r.Raw[c])) {
				without[c] = 0
				seen++
			}
		}
		score, basis := Combine(&without, &v.Anchors, &r.Raw)
		if score != r.Score && !(math.IsNaN(score) && math.IsNaN(r.Score)) {
			t.Fatalf("customer %d: score %v, with the weights of what is missing at 0 %v", r.Customer, r.Score, score)
		}
		if !math.IsNaN(score) && basis != 1 {
			t.Fatalf("customer %d: data basis %v though nothing is missing", r.Customer, basis)
		}
		if math.IsNaN(r.Score) != (r.DataBasis == 0) || r.Score < 0 || r.Score > 100 {
			t.Fatalf("customer %d: score %v on a data basis of %v", r.Customer, r.Score, r.DataBasis)
		}
	}
	if seen == 0 {
		t.Fatal("nothing was missing: the test shows nothing")
	}
}

func TestQuantileAgreesWithSorting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(-1e9, 1e9), rapid.Just(0.0), rapid.Just(7.0)), 1, 200).Draw(t, "x")
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		s := slices.Sorted(slices.Values(x))
		h := q * float64(len(s)-1)
		lo, hi := s[int(math.Floor(h))], s[int(math.Ceil(h))]
		want := lo + (h-math.Floor(h))*(hi-lo)
		if got := Quantile(slices.Clone(x), q); got != want {
			t.Fatalf("quantile %v of %v = %v, want %v", q, x, got, want)
		}
	})
}

// The figures that R's quantile(1:10, c(.05, .5, .95)) prints.
func TestQuantileIsType7(t *testing.T) {
	t.Parallel()
	for q, want := range map[float64]float64{0.05: 1.45, 0.5: 5.5, 0.95: 9.55, 0: 1, 1: 10} {
		if got := Quantile([]float64{10, 1, 9, 2, 8, 3, 7, 4, 6, 5}, q); math.Abs(got-want) > 1e-12 {
			t.Errorf("quantile %v of 1 to 10 = %v, want %v", q, got, want)
		}
	}
	if !math.IsNaN(Quantile(nil, 0.5)) {
		t.Error("nothing has a median")
	}
}

// amounts draws values with many ties, some negative.
func amounts(t *rapid.T, low int64) []money.Amount {
	gen := rapid.OneOf(rapid.Int64Range(low, 20), rapid.Int64Range(low, 1e12), rapid.Just(int64(0)))
	x := rapid.SliceOfN(gen, 1, 60).Draw(t, "values")
	out := make([]money.Amount, len(x))
	for i, v := range x {
		out[i] = money.Amount(v)
	}
	return out
}

// The definition, looked up for one customer at a time.
func TestClassifyAgreesWithItsDefinition(t *testing.T) {
	t.Parallel()
	limits := Limits{A: 80, B: 95}
	rapid.Check(t, func(t *rapid.T) {
		values := amounts(t, -1e9)
		places, total := Classify(limits, values, nil)
		var all money.Amount
		for _, v := range values {
			all += max(v, 0)
		}
		if total != all {
			t.Fatalf("total %d, want %d", total, all)
		}
		for i, v := range values {
			var before money.Amount
			rank := int32(1)
			for _, o := range values {
				if o > v {
					before += max(o, 0)
					rank++
				}
			}
			want := C
			switch {
			case v < 0:
				want = Loss
			case v > 0 && before*100 < 80*all:
				want = A
			case v > 0 && before*100 < 95*all:
				want = B
			}
			if p := places[i]; p.Class != want || p.Rank != rank || p.Before != before {
				t.Fatalf("%v: value %d is %+v, want class %s, rank %d, before %d", values, v, p, want, rank, before)
			}
		}
	})
}

// Who becomes worth more never gets a worse class.
func TestClassIsMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := amounts(t, -1000)
		i := rapid.IntRange(0, len(values)-1).Draw(t, "who")
		was, _ := Classify(Limits{80, 95}, values, nil)
		more := slices.Clone(values)
		more[i] += money.Amount(rapid.Int64Range(0, 1e6).Draw(t, "more"))
		is, _ := Classify(Limits{80, 95}, more, nil)
		if is[i].Class > was[i].Class {
			t.Fatalf("%v: %d is %s, %d is %s", values, values[i], was[i].Class, more[i], is[i].Class)
		}
	})
}

func TestPointsAreMonotoneAndCapped(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 50).Draw(t, "values")
		k := rapid.SampledFrom(Keys[:]).Draw(t, "criterion")
		a := k.Anchor(AnchorRule{Method: ByQuantile, Low: 0.05, High: 0.95}, slices.Clone(values))
		slices.Sort(values)
		if k.Trait().Worse {
			slices.Reverse(values)
		}
		last := 0.0
		for _, v := range values {
			p := a.Points(v)
			if p < last || p > 100 || (a.Equal && p != 50) {
				t.Fatalf("%s: %v has %v points after %v (anchor %+v)", k, v, p, last, a)
			}
			last = p
		}
	})
}

// The dead band holds who is close and nobody else, and holds for good.
func TestDeadBandHoldsOnlyWhoIsClose(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfNDistinct(rapid.Float64Range(-100, 100), 1, MaxBands-1, func(f float64) float64 { return f }).Draw(t, "lines")
		slices.Sort(lines)
		c := Cut{Lines: lines, DeadBand: rapid.Float64Range(0, 0.3).Draw(t, "dead band")}
		v := rapid.Float64Range(-130, 130).Draw(t, "value")
		earlier := int8(rapid.IntRange(1, len(lines)+1).Draw(t, "earlier"))
		plain, got := c.Band(v, 0), c.Band(v, earlier)
		if above := int8(1 + len(lines)); v > lines[len(lines)-1] && plain != above {
			t.Fatalf("%v is above all of %v, in band %d", v, lines, plain)
		}
		if again := c.Band(v, got); again != got {
			t.Fatalf("band %d held once, then %d", got, again)
		}
		if got == plain {
			return
		}
		// Held at the line next to the band it has, on the side of the plain band.
		line := lines[min(got, plain)-1]
		if got > plain {
			line = lines[got-2]
		}
		if math.Abs(v-line) > c.DeadBand*math.Abs(line) {
			t.Fatalf("%v keeps band %d of %d though it is not close to %v (dead band %v)", v, got, plain, line, c.DeadBand)
		}
	})
}

// A stored row gives back what was packed.
func TestFlagsAreInvertible(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		small := func(name string, most int) int8 { return int8(rapid.IntRange(0, most).Draw(t, name)) }
		want := Row{
			New: rapid.Bool().Draw(t, "new"), Stage: Stage(small("stage", 7)), ClassSet: Class(small("set", 4)),
			ByRevenue: Place{Class: Class(small("revenue", 4))}, ByContribution: Place{Class: Class(small("contribution", 4))},
			Bands:   Bands{small("from", 5), small("to", 5), small("of from", 5), small("of to", 5)},
			FromSet: small("from set", 5), ToSet: small("to set", 5),
		}
		var got Row
		got.SetFlags(want.Flags())
		if got != want {
			t.Fatalf("%+v came back as %+v", want, got)
		}
	})
}

// A summary that was stored explains like the one that was made.
func TestSummarySurvivesJSON(t *testing.T) {
	t.Parallel()
	figures := base(300, 5)
	peers := []Peer{{"machines", "small"}, {"machines", "big"}, {"food", ""}, {}, {"x", "y"}, {"z", ""}}
	v := run(t, Default(), Input{AsOf: asOf, Figures: figures, Peers: peers})
	raw, err := json.Marshal(v.Summary)
	if err != nil {
		t.Fatal(err)
	}
	var stored Summary
	if err := json.Unmarshal(raw, &stored); err != nil {
		t.Fatal(err)
	}
	for i := range figures {
		want, err1 := json.Marshal(Explain(&v.Summary, &figures[i], &v.Rows[i]))
		got, err2 := json.Marshal(Explain(&stored, &figures[i], &v.Rows[i]))
		if err1 != nil || err2 != nil || string(got) != string(want) {
			t.Fatalf("explained %s (%v), stored %s (%v)", want, err1, got, err2)
		}
	}
}
