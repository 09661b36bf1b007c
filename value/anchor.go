package value

// An Anchor is the line by which a raw value becomes points: Zero is worth 0,
// Hundred 100, between them straight, outside capped (docs/valuation.md,
// "Points").
type Anchor struct {
	Zero      Number     `json:"zero"` // null: there is nothing to set it by
	Hundred   Number     `json:"hundred"`
	Equal     bool       `json:"equal,omitempty"` // both the same: everybody has 50 points
	Customers int        `json:"customers"`       // customers with data that may set anchors
	Rule      AnchorRule `json:"rule"`
}

// Points returns the points of a raw value, 0 to 100, NaN if the value or the
// anchor is unknown.
func (a *Anchor) Points(raw float64) float64 {
	if a.Equal {
		return 50 + 0*raw // NaN stays NaN
	}
	return max(0, min(100, (raw-float64(a.Zero))/float64(a.Hundred-a.Zero)*100))
}

// Anchor sets the anchor of a criterion by the values of all scoreable
// customers, those that are not new and have data. It reorders the values.
func (k Key) Anchor(rule AnchorRule, values []float64) Anchor {
	a := Anchor{Zero: Unknown(), Hundred: Unknown(), Customers: len(values), Rule: rule}
	if rule.Method == Fixed {
		a.Zero, a.Hundred = Number(rule.Zero), Number(rule.Hundred)
		return a
	}
	if len(values) == 0 {
		return a
	}
	a.Zero, a.Hundred = Number(Quantile(values, rule.Low)), Number(Quantile(values, rule.High))
	if k.Trait().Worse {
		a.Zero, a.Hundred = a.Hundred, a.Zero
	}
	a.Equal = a.Zero == a.Hundred
	return a
}

// Combine returns the score of raw values and its data basis: the mean of the
// points weighted over the criteria that have data, and the share of all
// weights that these are. The score of no data is NaN (docs/valuation.md,
// "Score and data basis").
func Combine(weights *[Criteria]float64, anchors *[Criteria]Anchor, raw *[Criteria]float64) (score, basis float64) {
	var points, with, all float64
	for i, w := range weights {
		if w == 0 {
			continue
		}
		all += w
		if p := anchors[i].Points(raw[i]); p == p { // not NaN
			points += w * p
			with += w
		}
	}
	if with == 0 {
		return nan, 0
	}
	return points / with, with / all
}
