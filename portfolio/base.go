package portfolio

import (
	"quid/account"
	"quid/money"
	"quid/value"
)

// A Base is all customers of one valuation as columns, in the order in which
// they were added. Read it only; what-ifs may read it at once.
type Base struct {
	Summary      value.Summary
	Customers    []account.CustomerID
	Revenue      []money.Amount
	Contribution [4][]money.Amount // I to IV; means something only where Known
	Known        []bool            // the cost of every sale in the window is known
	ValueTo      []money.Amount    // cost of services, positive
	Benefit      []money.Amount
	Score        []float64 // NaN without data
	Raw          [][value.Criteria]float64
	Standing     []Standing
}

// A Standing is where a customer stands.
type Standing struct {
	New            bool
	Stage          value.Stage
	ByRevenue      value.Class
	ByContribution value.Class // as computed
	ClassSet       value.Class // set by a person, or NoClass
	Bands          value.Bands // as computed
	FromSet, ToSet int8        // set by a person, or 0
}

// NewBase returns an empty base for about so many customers.
func NewBase(s value.Summary, size int) *Base {
	b := &Base{
		Summary: s, Customers: make([]account.CustomerID, 0, size), Revenue: make([]money.Amount, 0, size),
		Known: make([]bool, 0, size), ValueTo: make([]money.Amount, 0, size), Benefit: make([]money.Amount, 0, size),
		Score: make([]float64, 0, size), Raw: make([][value.Criteria]float64, 0, size), Standing: make([]Standing, 0, size),
	}
	for i := range b.Contribution {
		b.Contribution[i] = make([]money.Amount, 0, size)
	}
	return b
}

// Of returns the base of a valuation and the figures it was made from, which
// must be in the order they were in.
func Of(v *value.Valuation, figures []value.Figures) *Base {
	b := NewBase(v.Summary, len(figures))
	for i := range figures {
		b.Add(&figures[i], &v.Rows[i])
	}
	return b
}

// Add adds a customer.
func (b *Base) Add(f *value.Figures, r *value.Row) {
	b.Customers = append(b.Customers, r.Customer)
	b.Revenue = append(b.Revenue, f.Steps.Revenue)
	for i := range b.Contribution {
		c, _ := f.Contribution(i + 1)
		b.Contribution[i] = append(b.Contribution[i], c)
	}
	b.Known = append(b.Known, f.Steps.Known())
	b.ValueTo = append(b.ValueTo, f.Steps.ValueTo())
	b.Benefit = append(b.Benefit, f.Steps.Benefit)
	b.Score = append(b.Score, r.Score)
	b.Raw = append(b.Raw, r.Raw)
	b.Standing = append(b.Standing, Standing{
		New: r.New, Stage: r.Stage, ByRevenue: r.ByRevenue.Class, ByContribution: r.ByContribution.Class,
		ClassSet: r.ClassSet, Bands: r.Bands, FromSet: r.FromSet, ToSet: r.ToSet,
	})
}

// Copy adds customer i of another base.
func (b *Base) Copy(of *Base, i int) {
	b.Customers = append(b.Customers, of.Customers[i])
	b.Revenue = append(b.Revenue, of.Revenue[i])
	for c := range b.Contribution {
		b.Contribution[c] = append(b.Contribution[c], of.Contribution[c][i])
	}
	b.Known = append(b.Known, of.Known[i])
	b.ValueTo = append(b.ValueTo, of.ValueTo[i])
	b.Benefit = append(b.Benefit, of.Benefit[i])
	b.Score = append(b.Score, of.Score[i])
	b.Raw = append(b.Raw, of.Raw[i])
	b.Standing = append(b.Standing, of.Standing[i])
}

// field returns a number that stands for the segment that counts: 0 unknown, 1
// new, then the fields of the matrix.
func (s *Standing) field() int {
	b := s.Bands
	if s.FromSet != 0 {
		b.From, b.To = s.FromSet, s.ToSet
	} else if s.New {
		return 1
	}
	if b.From == 0 || b.To == 0 {
		return 0
	}
	return 2 + int(b.From-1)*value.MaxBands + int(b.To-1)
}

// fieldCount is the number of numbers that field returns.
const fieldCount = 2 + value.MaxBands*value.MaxBands

// segment is the inverse of field in a matrix of so many bands.
func segment(field int, ofFrom, ofTo int8) (s, strategy value.Segment) {
	switch field {
	case 0:
		return value.NoSegment, value.NoSegment
	case 1:
		return value.NewCustomer, value.NewCustomer
	}
	b := value.Bands{
		From: int8((field-2)/value.MaxBands) + 1, To: int8((field-2)%value.MaxBands) + 1,
		OfFrom: ofFrom, OfTo: ofTo,
	}
	return b.Segment(), b.Strategy()
}

// metric returns the metric of customer i as the axes see it, NaN if unknown.
func (b *Base) metric(m value.Metric, i int, score float64) float64 {
	switch m {
	case value.Score:
		return score
	case value.Revenue:
		return float64(b.Revenue[i])
	case value.Lifetime:
		return b.Raw[i][value.KeyLifetime.Index()]
	case value.ValueTo:
		return float64(b.ValueTo[i])
	case value.Benefit:
		return float64(b.Benefit[i])
	}
	if !b.Known[i] {
		return nan
	}
	return float64(b.Contribution[m.Step()-1][i])
}
