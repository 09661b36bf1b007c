package portfolio

import (
	"cmp"
	"slices"

	"quid/account"
	"quid/money"
	"quid/value"
)

// A Field is one field of the matrix, or what stands beside it: new customers,
// and those whose value is unknown.
type Field struct {
	Segment      value.Segment `json:"segment"`
	Strategy     value.Segment `json:"strategy"` // the nearest of the four
	From         int8          `json:"from"`     // band, 0 beside the matrix
	To           int8          `json:"to"`
	Customers    int           `json:"customers"`
	Revenue      money.Amount  `json:"revenue"`
	Contribution money.Amount  `json:"contribution"` // III, of the customers with known cost
	WithoutCost  int           `json:"without_cost"`
	ValueTo      money.Amount  `json:"value_to"` // positive
}

// Matrix returns every field of the matrix, empty ones too, from the lowest
// bands up, then new customers, then those without a place. Overruled customers
// stand where they were put.
func Matrix(b *Base) []Field {
	return b.matrix(b.Summary.Model, func(i int) int { return b.Standing[i].field() })
}

// matrix sums up the customers by the field that each is in.
func (b *Base) matrix(m value.Model, field func(i int) int) []Field {
	var sums [fieldCount]Field
	for i := range b.Standing {
		b.sum(&sums[field(i)], i)
	}
	return arrange(m, &sums)
}

func (b *Base) sum(f *Field, i int) {
	f.Customers++
	f.Revenue += b.Revenue[i]
	f.ValueTo += b.ValueTo[i]
	if b.Known[i] {
		f.Contribution += b.Contribution[2][i]
	} else {
		f.WithoutCost++
	}
}

// arrange names the fields and puts them in order.
func arrange(m value.Model, sums *[fieldCount]Field) []Field {
	var fields []Field
	add := func(n int, from, to int8) {
		f := sums[n]
		f.From, f.To = from, to
		f.Segment, f.Strategy = segment(n, int8(m.From.Bands), int8(m.To.Bands))
		fields = append(fields, f)
	}
	for from := range int8(m.From.Bands) {
		for to := range int8(m.To.Bands) {
			add(2+int(from)*value.MaxBands+int(to), from+1, to+1)
		}
	}
	add(1, 0, 0)
	add(0, 0, 0)
	return fields
}

// A Where says in which segment a customer is.
type Where struct {
	Customer account.CustomerID
	Segment  value.Segment
}

// Segments returns where every customer is.
func (b *Base) Segments() []Where {
	m := &b.Summary.Model
	var names [fieldCount]value.Segment
	for n := range names {
		names[n], _ = segment(n, int8(m.From.Bands), int8(m.To.Bands))
	}
	out := make([]Where, len(b.Customers))
	for i := range out {
		out[i] = Where{b.Customers[i], names[b.Standing[i].field()]}
	}
	return out
}

// A Flow is how many customers went from one segment to another.
type Flow struct {
	From      value.Segment `json:"from"`
	To        value.Segment `json:"to"`
	Customers int           `json:"customers"`
}

// A Mover is a customer that changed its segment.
type Mover struct {
	Customer account.CustomerID `json:"-"`
	From     value.Segment      `json:"from"`
	To       value.Segment      `json:"to"`
}

// A Move is what changed between two valuations.
type Move struct {
	Flows   []Flow  `json:"flows"`  // the greatest first; those that stayed are not among them
	Movers  []Mover `json:"movers"` // by customer
	Stayed  int     `json:"stayed"`
	Entered []Where `json:"entered"` // only in the later one
	Left    []Where `json:"left"`    // only in the earlier one
}

// Movement compares two valuations, each in any order: who went from where to
// where, who entered, who left.
func Movement(earlier, later []Where) Move {
	a, b := ordered(earlier), ordered(later)
	var m Move
	flows := map[[2]value.Segment]int{}
	for len(a) > 0 && len(b) > 0 {
		switch c := cmp.Compare(a[0].Customer, b[0].Customer); {
		case c < 0:
			m.Left, a = append(m.Left, a[0]), a[1:]
		case c > 0:
			m.Entered, b = append(m.Entered, b[0]), b[1:]
		default:
			if a[0].Segment == b[0].Segment {
				m.Stayed++
			} else {
				m.Movers = append(m.Movers, Mover{a[0].Customer, a[0].Segment, b[0].Segment})
				flows[[2]value.Segment{a[0].Segment, b[0].Segment}]++
			}
			a, b = a[1:], b[1:]
		}
	}
	m.Left, m.Entered = append(m.Left, a...), append(m.Entered, b...)
	m.Flows = sortedFlows(flows)
	return m
}

func ordered(w []Where) []Where {
	by := func(x, y Where) int { return cmp.Compare(x.Customer, y.Customer) }
	if slices.IsSortedFunc(w, by) {
		return w
	}
	return slices.SortedFunc(slices.Values(w), by)
}

func sortedFlows(flows map[[2]value.Segment]int) []Flow {
	out := make([]Flow, 0, len(flows))
	for k, n := range flows {
		out = append(out, Flow{k[0], k[1], n})
	}
	slices.SortFunc(out, func(x, y Flow) int {
		return cmp.Or(cmp.Compare(y.Customers, x.Customers), cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To))
	})
	return out
}
