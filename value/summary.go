package value

import (
	"slices"

	"quid/day"
	"quid/money"
)

// A Summary is what a valuation says of the whole base, and all that is needed
// beside a customer's own figures to explain them. It is stored as JSON.
type Summary struct {
	AsOf  day.Day `json:"as_of"`
	Model Model   `json:"model"`

	Customers    int             `json:"customers"`
	New          int             `json:"new"`
	Scored       int             `json:"scored"`       // customers with a score
	WithoutCost  int             `json:"without_cost"` // customers left out of contribution
	Revenue      money.Amount    `json:"revenue"`      // of all customers, minor units
	Contribution [4]money.Amount `json:"contribution"` // I to IV, of the customers with known cost
	ValueTo      money.Amount    `json:"value_to"`     // cost of services, positive
	Benefit      money.Amount    `json:"benefit"`

	Anchors     [Criteria]Anchor `json:"anchors"` // in the order of Keys
	From        Cut              `json:"from"`
	To          Cut              `json:"to"`
	Earlier     day.Day          `json:"earlier,omitempty"` // day of the valuation whose bands the dead band looked at
	Credibility Credibility      `json:"credibility"`
	Lifetimes   Lifetimes        `json:"lifetimes"`
	Prices      PriceLevels      `json:"prices"`

	Classes       ClassCounts     `json:"classes"`
	RevenueTotal  money.Amount    `json:"revenue_total"` // of the positive values that classes cumulate
	ContribTotal  money.Amount    `json:"contribution_total"`
	Segments      map[Segment]int `json:"segments"` // with what persons set
	Stages        map[string]int  `json:"stages"`
	Overruled     int             `json:"overruled"`
	DataBasisMean Number          `json:"data_basis"` // mean over all customers
}

// ClassCounts are the classes by revenue and by contribution, as computed.
type ClassCounts struct {
	Revenue      Counts `json:"revenue"`
	Contribution Counts `json:"contribution"`
}

// Window returns the window of the valuation.
func (s *Summary) Window() day.Window { return s.Model.Window.UpTo(s.AsOf) }

// Points returns the points of a raw value of the criterion with an index in
// Keys, NaN without data or anchor.
func (s *Summary) Points(criterion int, raw float64) float64 {
	return s.Anchors[criterion].Points(raw)
}

// Value returns the metric of a customer as the axes see it, NaN if it is
// unknown; money in minor units.
func (m Metric) Value(f *Figures, r *Row) float64 {
	switch m {
	case Score:
		return r.Score
	case Lifetime:
		return r.Raw[lifetimeAt]
	case Revenue:
		return float64(f.Steps.Revenue)
	case ValueTo:
		return float64(f.Steps.ValueTo())
	case Benefit:
		return float64(f.Steps.Benefit)
	}
	c, known := f.Contribution(m.Step())
	if !known {
		return nan
	}
	return float64(c)
}

// Step returns which contribution the metric is, 1 to 4; 0 if it is none.
func (m Metric) Step() int { return slices.Index(ClassMetrics, m) + 1 }

// count adds up what the base says, over all rows and their figures.
func (s *Summary) count(figures []Figures, rows []Row) {
	var basis sum
	s.Customers = len(rows)
	s.Segments, s.Stages = map[Segment]int{}, map[string]int{}
	segments, stages := map[Bands]int{}, [len(stageNames)]int{}
	for i := range rows {
		f, r := &figures[i], &rows[i]
		s.Revenue += f.Steps.Revenue
		s.ValueTo += f.Steps.ValueTo()
		s.Benefit += f.Steps.Benefit
		for step := range s.Contribution {
			if c, known := f.Contribution(step + 1); known {
				s.Contribution[step] += c
			}
		}
		if !f.Steps.Known() {
			s.WithoutCost++
		}
		if r.New {
			s.New++
		}
		if r.Score == r.Score {
			s.Scored++
		}
		if r.Overruled() {
			s.Overruled++
		}
		basis.add(r.DataBasis)
		s.Classes.Revenue.Add(r.ByRevenue.Class)
		s.Classes.Contribution.Add(r.ByContribution.Class)
		stages[r.Stage]++
		if r.New && r.FromSet == 0 {
			s.Segments[NewCustomer]++
		} else {
			segments[r.Place()]++
		}
	}
	for b, n := range segments {
		s.Segments[b.Segment()] += n
	}
	for stage, n := range stages {
		if n > 0 {
			s.Stages[Stage(stage).String()] = n
		}
	}
	s.DataBasisMean = Number(basis.value() / float64(len(rows)))
}
