package portfolio

import (
	"errors"
	"maps"
	"math"
	"testing"

	"quid/fault"
	"quid/value"
)

func TestTryingTheModelInForceMovesNobody(t *testing.T) {
	t.Parallel()
	b := company(t, 3000, 3)
	o, err := Prepare(b).Try(b.Summary.Model, 10)
	if err != nil {
		t.Fatal(err)
	}
	if o.Moves != 0 || len(o.Movers) != 0 || !maps.Equal(o.Segments, b.Summary.Segments) {
		t.Errorf("%d would move: %v, now %v", o.Moves, o.Segments, b.Summary.Segments)
	}
}

// What a what-if foretells is what a valuation with that model then says.
func TestWhatIfForetellsTheValuation(t *testing.T) {
	t.Parallel()
	figs := figures(3000, 5)
	now := run(t, value.Default(), figs)
	w := Prepare(Of(now, figs))
	for _, tt := range []struct {
		name   string
		change func(*value.Model)
	}{
		{"other weights", func(m *value.Model) { m.Criteria[0].Weight, m.Criteria[5].Weight = 5, 60 }},
		{"a criterion switched off", func(m *value.Model) { m.Criteria[0].On = false }},
		{"other anchors", func(m *value.Model) { m.Criteria[0].Anchors.Low, m.Criteria[0].Anchors.High = 0.3, 0.6 }},
		{"fixed anchors", func(m *value.Model) {
			m.Criteria[6].Anchors = value.AnchorRule{Method: value.Fixed, Zero: 2, Hundred: 9}
		}},
		{"another metric", func(m *value.Model) { m.From.Metric = value.Contribution3 }},
		{"another cut", func(m *value.Model) { m.From.Cut, m.From.At = value.AtQuantile, []float64{0.8} }},
		{"a fixed cut of the cost of services", func(m *value.Model) { m.To.Cut, m.To.At = value.AtValue, []float64{1000_00} }},
		{"more bands", func(m *value.Model) { m.From.Bands, m.To.Bands = 3, 4 }},
	} {
		m := value.Default()
		tt.change(&m)
		// The dead band of a what-if counts from today's places, unless these were
		// made by another metric or number of bands; without it both must agree.
		if m.From.Metric == value.Score && m.From.Bands == 2 {
			m.DeadBand = 0
		}
		o, err := w.Try(m, 5000)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		then := run(t, m, figs)
		if !maps.Equal(o.Segments, then.Segments) {
			t.Errorf("%s: foretold %v, became %v", tt.name, o.Segments, then.Segments)
		}
		same := m.From.Bands == 2 && m.To.Bands == 2
		move := Movement(Of(now, figs).Segments(), Of(then, figs).Segments())
		if same && (o.Moves != len(move.Movers) || len(o.Movers) != o.Moves || o.Moves == 0) {
			t.Errorf("%s: %d foretold (%d named), %d moved", tt.name, o.Moves, len(o.Movers), len(move.Movers))
		}
		for _, mv := range o.Movers {
			if r := then.Rows[int(mv.Customer)-500]; same && (r.Segment() != mv.To || math.Abs(r.Score-float64(mv.Score)) > 0) && !math.IsNaN(r.Score) {
				t.Errorf("%s: customer %d foretold in %q with %v, became %q with %v", tt.name, mv.Customer, mv.To, mv.Score, r.Segment(), r.Score)
			}
		}
	}
}

func run(t *testing.T, m value.Model, figs []value.Figures) *value.Valuation {
	t.Helper()
	v, err := value.Run(m, value.Input{AsOf: asOf, Figures: figs})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhatIfRefusesWhatNeedsOtherFigures(t *testing.T) {
	t.Parallel()
	w := Prepare(company(t, 50, 1))
	for field, change := range map[string]func(*value.Model){
		"window":             func(m *value.Model) { m.Window = 24 },
		"unjustified_factor": func(m *value.Model) { m.UnjustifiedFactor = 3 },
		"new":                func(m *value.Model) { m.New.MinPurchaseDays = 9 },
		"from.bands":         func(m *value.Model) { m.From.Bands = 9 },
	} {
		m := value.Default()
		change(&m)
		_, err := w.Try(m, 1)
		if fields := fault.Fields(err); !errors.Is(err, fault.Invalid) || fields[0].Name != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// The movers named are those with the greatest revenue, and the flows count all.
func TestWhatIfNamesTheGreatestMovers(t *testing.T) {
	t.Parallel()
	w := Prepare(company(t, 3000, 8))
	m := value.Default()
	m.Criteria[0].Weight, m.Criteria[5].Weight = 0, 90
	all, err := w.Try(m, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	few, err := w.Try(m, 7)
	if err != nil {
		t.Fatal(err)
	}
	flown := 0
	for _, f := range few.Flows {
		flown += f.Customers
	}
	if few.Moves != all.Moves || flown != all.Moves || len(all.Movers) != all.Moves || len(few.Movers) != 7 {
		t.Fatalf("%d and %d moves, %d flown, %d and %d named", all.Moves, few.Moves, flown, len(all.Movers), len(few.Movers))
	}
	for i, mv := range few.Movers {
		if mv != all.Movers[i] || (i > 0 && mv.Revenue > few.Movers[i-1].Revenue) {
			t.Errorf("mover %d is %+v, of all %+v", i, mv, all.Movers[i])
		}
	}
}
