package value

import (
	"cmp"
	"slices"

	"quid/day"
)

// A Model is one version of the rules of valuation. Its JSON keys are stable:
// models are stored with the valuations they made.
type Model struct {
	Window            day.Span    `json:"window"`
	Criteria          []Criterion `json:"criteria"`
	UnjustifiedFactor float64     `json:"unjustified_factor"` // an unjustified complaint counts as many complaints
	From              Axis        `json:"from"`               // vertical: value from the customer
	To                Axis        `json:"to"`                 // horizontal: value to the customer
	DeadBand          float64     `json:"dead_band"`          // share of a line within which a customer keeps its band
	Limits            Limits      `json:"class_limits"`
	ClassMetric       Metric      `json:"class_metric"`
	New               NewRule     `json:"new"`
	Stages            StageRule   `json:"stages"`
	PeerMinimum       int         `json:"peer_minimum"` // customers with purchases that make a peer group of its own
	PriceGap          float64     `json:"price_gap"`    // share of the list below its peers from which price realisation is flagged

	Lifetime LifetimeRule `json:"lifetime"`
}

// A Criterion is one part of the score.
type Criterion struct {
	Key     Key        `json:"key"`
	On      bool       `json:"on"`
	Weight  float64    `json:"weight"`
	Anchors AnchorRule `json:"anchors"`
}

// An AnchorMethod says where anchors come from.
type AnchorMethod string

// The methods of anchors.
const (
	ByQuantile AnchorMethod = "quantile" // of all scoreable customers
	Fixed      AnchorMethod = "fixed"    // two values somebody chose
)

// An AnchorRule says which raw values are worth 0 and 100 points. By quantile,
// Low and High are the shares of customers below (0.05 and 0.95); which of the
// two is worth 100 follows from the criterion. Fixed anchors are raw values in
// the criterion's unit (money in minor units) and give the direction themselves.
type AnchorRule struct {
	Method  AnchorMethod `json:"method"`
	Low     float64      `json:"low,omitempty"`
	High    float64      `json:"high,omitempty"`
	Zero    float64      `json:"zero,omitempty"`
	Hundred float64      `json:"hundred,omitempty"`
}

// A Metric is a figure that customers are classed or cut by.
type Metric string

// The metrics. Money is in minor units; value to the customer is a positive cost.
const (
	Score         Metric = "score"
	Revenue       Metric = "revenue"
	Contribution1 Metric = "contribution1"
	Contribution2 Metric = "contribution2"
	Contribution3 Metric = "contribution3"
	Contribution4 Metric = "contribution4"
	Lifetime      Metric = "lifetime"
	ValueTo       Metric = "value_to"
	Benefit       Metric = "benefit"
)

// FromMetrics, ToMetrics and ClassMetrics are what the vertical axis, the
// horizontal axis and the classes may be made of.
var (
	FromMetrics  = []Metric{Score, Revenue, Contribution1, Contribution2, Contribution3, Contribution4, Lifetime}
	ToMetrics    = []Metric{ValueTo, Benefit}
	ClassMetrics = []Metric{Contribution1, Contribution2, Contribution3, Contribution4}
)

// Name is the metric in words.
func (m Metric) Name() Text {
	return map[Metric]Text{
		Score: Text("Score"), Revenue: Text("Revenue"),
		Contribution1: Text("Contribution I"), Contribution2: Text("Contribution II"),
		Contribution3: Text("Contribution III"), Contribution4: Text("Contribution IV"),
		Lifetime: Text("Lifetime value"), ValueTo: Text("Cost of services"), Benefit: Text("Benefit of services"),
	}[m]
}

// A CutMethod says where an axis is cut.
type CutMethod string

// The methods of cutting.
const (
	Median     CutMethod = "median"   // bands of equal numbers
	Mean       CutMethod = "mean"     // two bands only
	AtQuantile CutMethod = "quantile" // at the quantiles named
	AtValue    CutMethod = "fixed"    // at the values named
)

// An Axis is one side of the matrix and how it is cut into bands.
type Axis struct {
	Metric Metric    `json:"metric"`
	Cut    CutMethod `json:"cut"`
	Bands  int       `json:"bands"`        // 2 to 5
	At     []float64 `json:"at,omitempty"` // quantiles or values, one less than bands, ascending; money in minor units
}

// Limits are the shares in percent at which class A and class B end.
type Limits struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

// A NewRule says until when a customer is new (docs/valuation.md, "New customers").
type NewRule struct {
	MinTenureMonths     int            `json:"min_tenure_months"`
	MinPurchaseDays     int            `json:"min_purchase_days"`
	MaxTenureMonths     int            `json:"max_tenure_months"`
	MaxTenureByIndustry map[string]int `json:"max_tenure_by_industry,omitempty"` // months
}

// A StageRule says when customers are regular, dormant and lost
// (docs/valuation.md, "Stage").
type StageRule struct {
	RegularPurchaseDays int     `json:"regular_purchase_days"`
	DormantRhythms      float64 `json:"dormant_rhythms"` // own mean intervals without a purchase
	LostRhythms         float64 `json:"lost_rhythms"`
	MinRhythmDays       float64 `json:"min_rhythm_days"` // a shorter interval counts as this long
}

// Default is the model that a new book starts with; docs/valuation.md,
// "Default model", says why the weights are what they are.
func Default() Model {
	byQuantile := AnchorRule{Method: ByQuantile, Low: 0.05, High: 0.95}
	m := Model{
		Window:            12,
		UnjustifiedFactor: 2,
		From:              Axis{Metric: Score, Cut: Median, Bands: 2},
		To:                Axis{Metric: ValueTo, Cut: Median, Bands: 2},
		DeadBand:          0.05,
		Limits:            Limits{A: 80, B: 95},
		ClassMetric:       Contribution3,
		New:               NewRule{MinTenureMonths: 6, MinPurchaseDays: 3, MaxTenureMonths: 24},
		Stages:            StageRule{RegularPurchaseDays: 3, DormantRhythms: 3, LostRhythms: 6, MinRhythmDays: 30},
		PeerMinimum:       10,
		PriceGap:          0.05,
		Lifetime:          LifetimeRule{}.Or(),
	}
	weights := map[Key]float64{
		KeyContribution: 25, KeyGrowth: 10, KeyLifetime: 15, KeyPotential: 15, KeyShareOfWallet: 10,
		KeyPaymentMorale: 10, KeyPurchaseFrequency: 5, KeyRegularity: 5, KeyComplaintIntensity: 5, KeyReference: 10,
	}
	for _, k := range Keys {
		on := k != KeyReference
		m.Criteria = append(m.Criteria, Criterion{Key: k, On: on, Weight: weights[k], Anchors: byQuantile})
	}
	return m
}

// Criterion returns the criterion with a key; one that the model doesn't name
// is off.
func (m Model) Criterion(k Key) Criterion {
	if i := slices.IndexFunc(m.Criteria, func(c Criterion) bool { return c.Key == k }); i >= 0 {
		return m.Criteria[i]
	}
	return Criterion{Key: k}
}

// Weights returns the weight of each criterion that is on, and 0 for the
// others, in the order of Keys.
func (m Model) Weights() [Criteria]float64 {
	var w [Criteria]float64
	for i, k := range Keys {
		if c := m.Criterion(k); c.On {
			w[i] = c.Weight
		}
	}
	return w
}

// Clone returns a copy that shares nothing with m.
func (m Model) Clone() Model {
	m.Criteria = slices.Clone(m.Criteria)
	m.From.At, m.To.At = slices.Clone(m.From.At), slices.Clone(m.To.At)
	by := m.New.MaxTenureByIndustry
	m.New.MaxTenureByIndustry = nil
	for k, v := range by {
		if m.New.MaxTenureByIndustry == nil {
			m.New.MaxTenureByIndustry = make(map[string]int, len(by))
		}
		m.New.MaxTenureByIndustry[k] = v
	}
	return m
}

// maxTenure returns the months after which a customer of an industry is no
// longer new.
func (r NewRule) maxTenure(industry string) int {
	return cmp.Or(r.MaxTenureByIndustry[industry], r.MaxTenureMonths)
}
