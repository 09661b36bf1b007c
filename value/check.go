package value

import (
	"errors"
	"maps"
	"math"
	"slices"

	"quid/fault"
)

// Check reports every field of the model that stands in the way of using it.
// Fields are named by their path: criteria.growth.weight, from.bands.
func (m Model) Check() error {
	var errs []error
	add := func(field, problem string) { errs = append(errs, &fault.FieldError{Name: field, Problem: problem}) }
	if m.Window < 0 || m.Window > 1200 {
		errs = append(errs, fault.Field("window", "write a window such as 12m, 24m or all"))
	}
	m.checkCriteria(add)
	if !between(m.UnjustifiedFactor, 0, 100) {
		errs = append(errs, fault.Field("unjustified_factor", "between 0 and 100"))
	}
	m.From.check("from.", FromMetrics, add)
	m.To.check("to.", ToMetrics, add)
	if !between(m.DeadBand, 0, 1) {
		errs = append(errs, fault.Field("dead_band", "between 0 and 1"))
	}
	if !between(m.Limits.A, 0.01, 100) || !between(m.Limits.B, 0.01, 100) || m.Limits.A > m.Limits.B {
		errs = append(errs, fault.Field("class_limits", "between 0 and 100 percent, A not above B"))
	}
	if !slices.Contains(ClassMetrics, m.ClassMetric) {
		errs = append(errs, fault.Field("class_metric", "choose contribution I, II, III or IV"))
	}
	m.New.check(add)
	m.Stages.check(add)
	if l := m.Lifetime.Or(); l.Months < 1 || l.Months > 120 {
		errs = append(errs, fault.Field("lifetime.months", "between 1 and 120 months"))
	} else if !between(l.Discount, 0, 1) {
		errs = append(errs, fault.Field("lifetime.discount", "between 0 and 100 percent a year"))
	} else if l.Minimum < 20 || l.Minimum > 1_000_000 {
		errs = append(errs, fault.Field("lifetime.minimum", "at least 20 customers"))
	}
	if m.PeerMinimum < 2 || m.PeerMinimum > 1_000_000 {
		errs = append(errs, fault.Field("peer_minimum", "at least 2 customers"))
	}
	if !between(m.PriceGap, 0, 1) {
		errs = append(errs, fault.Field("price_gap", "between 0 and 1"))
	}
	return errors.Join(errs...)
}

// between says whether v is a number from lo to hi.
func between(v, lo, hi float64) bool { return v >= lo && v <= hi }

// The problems that several fields share; they are keys of the dictionary.
const (
	problemWeight    = "between 0 and 1000"
	problemUnknown   = "there is no such criterion"
	problemTwice     = "the criterion is named twice"
	problemNone      = "switch on at least one criterion with a weight"
	problemMethod    = "choose quantile or fixed"
	problemQuantiles = "two shares between 0 and 1, the lower first"
	problemFixed     = "two different values"
	problemMetric    = "this figure does not suit this axis"
	problemCut       = "choose median, mean, quantile or fixed"
	problemBands     = "between 2 and 5 bands"
	problemMean      = "the mean makes two bands only"
	problemAt        = "one line less than bands, ascending; quantiles between 0 and 1"
	problemMonths    = "between 0 and 1200 months"
	problemTenure    = "not below the minimum tenure"
	problemDays      = "between 0 and 1000 purchase days"
	problemRhythm    = "dormant comes before lost, and both after one rhythm"
	problemRhythmMin = "between 1 and 3650 days"
)

func (m Model) checkCriteria(add func(field, problem string)) {
	seen := map[Key]bool{}
	var sum float64
	for _, c := range m.Criteria {
		field := "criteria." + string(c.Key)
		switch {
		case !slices.Contains(Keys[:], c.Key):
			add(field, problemUnknown)
			continue
		case seen[c.Key]:
			add(field, problemTwice)
		case !between(c.Weight, 0, 1000):
			add(field+".weight", problemWeight)
		case c.On:
			sum += c.Weight
		}
		seen[c.Key] = true
		c.Anchors.check(field+".anchors", add)
	}
	if sum == 0 {
		add("criteria", problemNone)
	}
}

func (a AnchorRule) check(field string, add func(field, problem string)) {
	switch a.Method {
	case ByQuantile:
		if !between(a.Low, 0, 1) || !between(a.High, 0, 1) || a.Low >= a.High {
			add(field, problemQuantiles)
		}
	case Fixed:
		if a.Zero == a.Hundred || !finite(a.Zero) || !finite(a.Hundred) {
			add(field, problemFixed)
		}
	default:
		add(field, problemMethod)
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func (a Axis) check(path string, metrics []Metric, add func(field, problem string)) {
	if !slices.Contains(metrics, a.Metric) {
		add(path+"metric", problemMetric)
	}
	if a.Bands < 2 || a.Bands > MaxBands {
		add(path+"bands", problemBands)
	}
	switch a.Cut {
	case Median:
	case Mean:
		if a.Bands > 2 {
			add(path+"bands", problemMean)
		}
	case AtQuantile, AtValue:
		ok := len(a.At) == a.Bands-1
		for i, v := range a.At {
			ok = ok && finite(v) && (i == 0 || v > a.At[i-1]) && (a.Cut == AtValue || between(v, 0, 1))
		}
		if !ok {
			add(path+"at", problemAt)
		}
	default:
		add(path+"cut", problemCut)
	}
}

func (r NewRule) check(add func(field, problem string)) {
	if r.MinTenureMonths < 0 || r.MinTenureMonths > 1200 {
		add("new.min_tenure_months", problemMonths)
	}
	if r.MinPurchaseDays < 0 || r.MinPurchaseDays > 1000 {
		add("new.min_purchase_days", problemDays)
	}
	tenure := func(field string, months int) {
		switch {
		case months < 0 || months > 1200:
			add(field, problemMonths)
		case months < r.MinTenureMonths:
			add(field, problemTenure)
		}
	}
	tenure("new.max_tenure_months", r.MaxTenureMonths)
	for _, industry := range slices.Sorted(maps.Keys(r.MaxTenureByIndustry)) {
		tenure("new.max_tenure_by_industry."+industry, r.MaxTenureByIndustry[industry])
	}
}

func (r StageRule) check(add func(field, problem string)) {
	if r.RegularPurchaseDays < 2 || r.RegularPurchaseDays > 1000 {
		add("stages.regular_purchase_days", problemDays)
	}
	if !between(r.DormantRhythms, 1, 1000) || !between(r.LostRhythms, 1, 1000) || r.LostRhythms < r.DormantRhythms {
		add("stages.dormant_rhythms", problemRhythm)
	}
	if !between(r.MinRhythmDays, 1, 3650) {
		add("stages.min_rhythm_days", problemRhythmMin)
	}
}
