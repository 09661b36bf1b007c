package value

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"quid/fault"
)

func TestModelCheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*Model)
		bad    []string
	}{
		{"the default is sound", func(*Model) {}, nil},
		{"all is a window", func(m *Model) { m.Window = 0 }, nil},
		{"a window has no negative length", func(m *Model) { m.Window = -1 }, []string{"window"}},
		{"weights are not negative", func(m *Model) { m.Criteria[1].Weight = -1 }, []string{"criteria.growth.weight"}},
		{"a weight is a number", func(m *Model) { m.Criteria[1].Weight = math.NaN() }, []string{"criteria.growth.weight"}},
		{"a criterion that isn't", func(m *Model) { m.Criteria[1].Key = "luck" }, []string{"criteria.luck"}},
		{"a criterion twice", func(m *Model) { m.Criteria[1].Key = KeyContribution }, []string{"criteria.contribution"}},
		{"nothing switched on", func(m *Model) {
			for i := range m.Criteria {
				m.Criteria[i].On = false
			}
		}, []string{"criteria"}},
		{"quantiles the wrong way", func(m *Model) { m.Criteria[0].Anchors.Low = 0.99 }, []string{"criteria.contribution.anchors"}},
		{"fixed anchors may run down", func(m *Model) { m.Criteria[5].Anchors = AnchorRule{Method: Fixed, Zero: 30} }, nil},
		{"fixed anchors that are the same", func(m *Model) { m.Criteria[5].Anchors = AnchorRule{Method: Fixed, Zero: 3, Hundred: 3} }, []string{"criteria.payment_morale.anchors"}},
		{"no method of anchors", func(m *Model) { m.Criteria[5].Anchors.Method = "" }, []string{"criteria.payment_morale.anchors"}},
		{"the mean makes two bands", func(m *Model) { m.From.Cut, m.From.Bands = Mean, 3 }, []string{"from.bands"}},
		{"six bands are too many", func(m *Model) { m.From.Bands = 6 }, []string{"from.bands"}},
		{"the axes are not the same", func(m *Model) { m.To.Metric = Score }, []string{"to.metric"}},
		{"fixed lines fit the bands", func(m *Model) { m.From.Cut, m.From.At = AtValue, []float64{1, 2} }, []string{"from.at"}},
		{"lines ascend", func(m *Model) { m.From = Axis{Score, AtQuantile, 3, []float64{0.7, 0.2}} }, []string{"from.at"}},
		{"quantiles are shares", func(m *Model) { m.From = Axis{Score, AtQuantile, 2, []float64{50}} }, []string{"from.at"}},
		{"an unknown cut", func(m *Model) { m.To.Cut = "best" }, []string{"to.cut"}},
		{"class limits in order", func(m *Model) { m.Limits = Limits{95, 80} }, []string{"class_limits"}},
		{"classes by revenue stand beside anyway", func(m *Model) { m.ClassMetric = Revenue }, []string{"class_metric"}},
		{"new ends after it begins", func(m *Model) { m.New.MaxTenureMonths = 3 }, []string{"new.max_tenure_months"}},
		{"by industry too", func(m *Model) { m.New.MaxTenureByIndustry = map[string]int{"food": 3} }, []string{"new.max_tenure_by_industry.food"}},
		{"dormant comes before lost", func(m *Model) { m.Stages.LostRhythms = 2 }, []string{"stages.dormant_rhythms"}},
		{"everything at once", func(m *Model) { *m = Model{Window: -1} }, []string{
			"window", "criteria", "from.metric", "from.bands", "from.cut", "to.metric", "to.bands", "to.cut",
			"class_limits", "class_metric", "stages.regular_purchase_days", "stages.dormant_rhythms", "stages.min_rhythm_days", "peer_minimum",
		}},
	} {
		m := Default()
		tt.change(&m)
		err := m.Check()
		var bad []string
		for _, f := range fault.Fields(err) {
			bad = append(bad, f.Name)
		}
		if !slices.Equal(bad, tt.bad) || (err != nil) != errors.Is(err, fault.Invalid) {
			t.Errorf("%s: %q, want %q", tt.name, bad, tt.bad)
		}
		if _, err := Run(m, Input{AsOf: asOf}); (err == nil) != (tt.bad == nil) {
			t.Errorf("%s: Run says %v", tt.name, err)
		}
	}
}

// The weights of what is on by default are percents, so that people read them
// as such.
func TestDefaultWeightsAddUpTo100(t *testing.T) {
	t.Parallel()
	var sum float64
	for _, w := range Default().Weights() {
		sum += w
	}
	if sum != 100 {
		t.Errorf("they add up to %v", sum)
	}
}

func TestModelSurvivesJSON(t *testing.T) {
	t.Parallel()
	want := Default()
	want.From = Axis{Score, AtQuantile, 3, []float64{0.2, 0.8}}
	want.New.MaxTenureByIndustry = map[string]int{"food": 36}
	want.Criteria[0].Anchors = AnchorRule{Method: Fixed, Zero: -5, Hundred: 10}
	for _, window := range []string{`"12m"`, `"all"`, `"2y"`} {
		raw, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Model
		if err := json.Unmarshal(raw, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s came back as %+v, %v", raw, got, err)
		}
		if err := json.Unmarshal([]byte(`{"window":`+window+`}`), &want); err != nil {
			t.Error(err)
		}
	}
	if want.Window != 24 || !reflect.DeepEqual(want.Clone(), want) {
		t.Errorf("window %v", want.Window)
	}
}

// The value of nobody is no error: a new book has no customers.
func TestRunOfNobody(t *testing.T) {
	t.Parallel()
	v := run(t, Default(), Input{AsOf: asOf})
	if len(v.Rows) != 0 || v.Customers != 0 || !v.To.Off {
		t.Errorf("%+v", v.Summary)
	}
	if _, err := json.Marshal(v.Summary); err != nil {
		t.Error(err)
	}
}
