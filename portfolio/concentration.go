package portfolio

import (
	"cmp"
	"math"
	"slices"

	"quid/account"
	"quid/money"
	"quid/value"
)

var nan = math.NaN()

// MaxPoints is the most points a curve has; more can't be seen.
const MaxPoints = 500

// A Point of a curve: the share of the customers so far, 0 to 1, and the share
// of the total that they hold.
type Point struct {
	Customers float64 `json:"customers"`
	Share     float64 `json:"share"`
}

// Gini is the Gini coefficient of values that are not negative, with the factor
// n/(n−1) that makes one customer holding all 1 (Deaton 1997, The Analysis of
// Household Surveys, 3.1; docs/valuation.md, "Concentration"). Negative values
// are left out; it is NaN for fewer than two values or if all are zero.
func Gini(values []money.Amount) float64 {
	x := positives(values, 0)
	n := len(x)
	var ranked, total sum
	for i, v := range x {
		ranked.add(float64(i+1) * float64(v))
		total.add(float64(v))
	}
	s := total.value()
	if n < 2 || s == 0 {
		return nan
	}
	return (2*ranked.value() - float64(n+1)*s) / (float64(n-1) * s)
}

// Lorenz is the curve of the share of the total that the poorest customers
// hold, from (0, 0) to (1, 1). Negative values are left out; it is nil if there
// is nothing to share.
func Lorenz(values []money.Amount) []Point {
	x := positives(values, 0)
	curve, total := cumulate(x)
	if total <= 0 {
		return nil
	}
	return curve
}

// positives returns the values of at least low, ascending.
func positives(values []money.Amount, low money.Amount) []money.Amount {
	x := make([]money.Amount, 0, len(values))
	for _, v := range values {
		if v >= low {
			x = append(x, v)
		}
	}
	slices.Sort(x)
	return x
}

// cumulate returns the curve of sorted values, thinned out between its ends,
// and their sum. Where the sum is zero there is no curve.
func cumulate(x []money.Amount) (curve []Point, total money.Amount) {
	for _, v := range x {
		total += v
	}
	if total == 0 {
		return nil, 0
	}
	n, steps := len(x), min(len(x), MaxPoints-2)
	curve = append(make([]Point, 0, steps+1), Point{})
	var so money.Amount
	for i, v := range x {
		so += v
		// The next point is due at the customer that reaches its share.
		if next := len(curve); (i+1)*steps >= next*n {
			curve = append(curve, Point{float64(i+1) / float64(n), float64(so) / float64(total)})
		}
	}
	curve[len(curve)-1] = Point{1, 1}
	return curve, total
}

// A Whale is the curve of cumulated contribution, the best customers first
// (Kaplan & Narayanan 2001; docs/valuation.md, "Concentration").
type Whale struct {
	Curve     []Point      `json:"curve,omitempty"`
	Peak      value.Number `json:"peak"`      // in percent of the total, at least 100; null if there is no curve
	PeakAt    value.Number `json:"peak_at"`   // share of the customers at the peak
	Gained    money.Amount `json:"gained"`    // sum of the positive contributions
	Lost      money.Amount `json:"lost"`      // sum of the negative ones, negative
	Customers int          `json:"customers"` // with known cost
	Losing    int          `json:"losing"`    // customers with a negative contribution
	Reason    value.Text   `json:"reason,omitempty"`
}

// WhaleOf draws the whale curve of contributions over the customers whose cost
// is known. There is none, and Reason says why, if no cost is known or if the
// total is not positive.
func WhaleOf(values []money.Amount, known []bool) Whale {
	w := Whale{Peak: value.Unknown(), PeakAt: value.Unknown()}
	x := make([]money.Amount, 0, len(values))
	for i, v := range values {
		if !known[i] {
			continue
		}
		x = append(x, v)
		if v > 0 {
			w.Gained += v
		} else if v < 0 {
			w.Lost += v
			w.Losing++
		}
	}
	w.Customers = len(x)
	slices.SortFunc(x, func(a, b money.Amount) int { return cmp.Compare(b, a) })
	curve, total := cumulate(x)
	switch {
	case len(x) == 0:
		w.Reason = value.Text("No customer's cost is known, so that there is no contribution to cumulate.")
	case total <= 0:
		w.Reason = value.Text("The contributions do not add up to a profit, so that there is no total to take shares of.")
	default:
		w.Peak = value.Number(float64(w.Gained) / float64(total) * 100)
		earning, _ := slices.BinarySearchFunc(x, 0, func(v, _ money.Amount) int {
			if v > 0 {
				return -1
			}
			return 1
		})
		w.PeakAt = value.Number(float64(earning) / float64(len(x)))
		w.Curve = with(curve, Point{float64(w.PeakAt), float64(w.Peak) / 100})
	}
	return w
}

// with adds a point to a curve that may have been thinned out around it.
func with(curve []Point, p Point) []Point {
	i, ok := slices.BinarySearchFunc(curve, p, func(a, b Point) int { return cmp.Compare(a.Customers, b.Customers) })
	if ok {
		return curve
	}
	return slices.Insert(curve, i, p)
}

// A Top says how much the best customers hold: what "20% make 80%" really is.
type Top struct {
	Of20     value.Number `json:"share_of_top_20"` // share of the total that the best fifth holds
	For80    value.Number `json:"customers_for_80"`
	Positive int          `json:"customers"` // customers with a positive value
}

// TopOf computes how much of the sum of the positive values the best fifth of
// all customers with one holds (the customers counted in full, rounded up), and
// which share of them it takes to reach 80%.
func TopOf(values []money.Amount) Top {
	x := positives(values, 1)
	t := Top{Of20: value.Unknown(), For80: value.Unknown(), Positive: len(x)}
	if len(x) == 0 {
		return t
	}
	slices.Reverse(x)
	var total, so money.Amount
	for _, v := range x {
		total += v
	}
	fifth := (len(x) + 4) / 5
	for i, v := range x {
		so += v
		if i+1 == fifth {
			t.Of20 = value.Number(float64(so) / float64(total))
		}
		if !t.For80.Known() && float64(so) >= 0.8*float64(total) {
			t.For80 = value.Number(float64(i+1) / float64(len(x)))
		}
	}
	return t
}

// A ClassRow is one class of an ABC table.
type ClassRow struct {
	Class     value.Class  `json:"class"`
	Customers int          `json:"customers"`
	New       int          `json:"new"` // of these new
	Sum       money.Amount `json:"sum"`
	Share     value.Number `json:"share"` // of the sum of all classes
}

// A Deceiver looks like a good customer and loses money.
type Deceiver struct {
	Customer     account.CustomerID `json:"-"`
	Revenue      money.Amount       `json:"revenue"`
	Contribution money.Amount       `json:"contribution"`
	Class        value.Class        `json:"class_revenue"`
}

// An ABC is the analysis twice, side by side, with who is where in both.
type ABC struct {
	Revenue      []ClassRow     `json:"revenue"`      // A, B, C, loss, unknown
	Contribution []ClassRow     `json:"contribution"` // likewise
	Cross        map[string]int `json:"cross"`        // "A/loss": class by revenue, class by contribution
	Deceivers    []Deceiver     `json:"deceivers"`    // class A by revenue and a loss, the greatest loss first
	Deceiving    int            `json:"deceiving"`    // how many these are
	Hidden       int            `json:"hidden"`       // class A by contribution, not by revenue
}

// ABCOf returns the ABC analysis by revenue and by contribution (the step the
// model classes by), with at most first deceivers.
func ABCOf(b *Base, first int) ABC {
	step := max(1, b.Summary.Model.ClassMetric.Step())
	t := ABC{Revenue: classRows(), Contribution: classRows(), Cross: map[string]int{}}
	var cross [5][5]int
	for i, s := range b.Standing {
		c := b.Contribution[step-1][i]
		count(&t.Revenue[place(s.ByRevenue)], s.New, b.Revenue[i])
		if b.Known[i] {
			count(&t.Contribution[place(s.ByContribution)], s.New, c)
		} else {
			count(&t.Contribution[place(value.NoClass)], s.New, 0)
		}
		cross[s.ByRevenue][s.ByContribution]++
		if s.ByRevenue == value.A && s.ByContribution == value.Loss {
			t.Deceiving++
			t.Deceivers = append(t.Deceivers, Deceiver{b.Customers[i], b.Revenue[i], c, s.ByRevenue})
		}
		if s.ByContribution == value.A && s.ByRevenue != value.A {
			t.Hidden++
		}
	}
	slices.SortFunc(t.Deceivers, func(x, y Deceiver) int {
		return cmp.Or(cmp.Compare(x.Contribution, y.Contribution), cmp.Compare(x.Customer, y.Customer))
	})
	t.Deceivers = t.Deceivers[:min(first, len(t.Deceivers))]
	for r := range cross {
		for c, n := range cross[r] {
			if n > 0 {
				t.Cross[value.Class(r).String()+"/"+value.Class(c).String()] = n
			}
		}
	}
	shares(t.Revenue)
	shares(t.Contribution)
	return t
}

func classRows() []ClassRow {
	rows := make([]ClassRow, 0, 5)
	for _, c := range []value.Class{value.A, value.B, value.C, value.Loss, value.NoClass} {
		rows = append(rows, ClassRow{Class: c})
	}
	return rows
}

// place is the index of a class in classRows.
func place(c value.Class) int {
	if c == value.NoClass {
		return 4
	}
	return int(c) - 1
}

func count(r *ClassRow, isNew bool, v money.Amount) {
	r.Customers++
	r.Sum += v
	if isNew {
		r.New++
	}
}

func shares(rows []ClassRow) {
	var total money.Amount
	for _, r := range rows {
		total += r.Sum
	}
	for i := range rows {
		if rows[i].Share = value.Unknown(); total > 0 {
			rows[i].Share = value.Number(float64(rows[i].Sum) / float64(total))
		}
	}
}

// Revenues returns the revenue of the customers that have some: what the Gini
// coefficient and the Lorenz curve of revenue are taken over.
func (b *Base) Revenues() []money.Amount { return positives(b.Revenue, 1) }
