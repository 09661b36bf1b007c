package clv

import (
	"fmt"
	"math"
	"slices"
)

// A study is cells prepared for a fit: times in units of their mean, each
// different time once, and what the likelihoods need as sums by day and by x.
// docs/clv.md, "What a fit costs".
type study struct {
	customers, purchases float64
	scale                float64   // the mean T, in the caller's unit
	days                 []float64 // the different T and t_x, in units of scale
	t, tx                []int32   // of each cell: index into days
	count                []float64 // of each cell
	runs                 []run
	byDay                []daySum // of each day: the cells whose T it is
	cells                Cells
}

// A run is consecutive cells of equal x.
type run struct {
	x         int
	from, to  int
	customers float64
}

// A daySum is what the sum over customers of anything linear in x needs.
type daySum struct{ customers, purchases float64 }

// newStudy prepares cells. With scale 0 it is the mean T of the cells. It
// refuses cells that no customer can be in, and those without any repeat
// purchase: nothing can be learned from them.
func newStudy(cells Cells, scale float64) (*study, error) {
	order := func(a, b Cell) int { return compare(a.History, b.History) }
	if !slices.IsSortedFunc(cells, order) {
		cells = slices.Clone(cells)
		slices.SortFunc(cells, order)
	}
	s := &study{scale: scale, cells: cells, t: make([]int32, len(cells)), tx: make([]int32, len(cells)), count: make([]float64, len(cells))}
	watched := 0.0
	for i := range cells {
		c := &cells[i]
		if err := c.Check(); err != nil {
			return nil, fmt.Errorf("cell %d: %w", i, err)
		}
		if !(c.Count >= 0) || math.IsInf(c.Count, 0) {
			return nil, fmt.Errorf("cell %d: count %v: a number of customers can't be negative", i, c.Count)
		}
		s.customers += c.Count
		s.purchases += c.Count * float64(c.X)
		watched += c.Count * c.T
	}
	if s.customers == 0 || s.purchases == 0 {
		return nil, fmt.Errorf("%v customers with %v repeat purchases: %w", s.customers, s.purchases, ErrTooFew)
	}
	if s.scale == 0 {
		s.scale = watched / s.customers
	}
	s.index()
	return s, nil
}

// index fills the days, the runs and the sums by day.
func (s *study) index() {
	table := newDictionary()
	lastT, lastIndex := math.NaN(), int32(0)
	for i := range s.cells {
		c := &s.cells[i]
		if c.T != lastT {
			lastT, lastIndex = c.T, table.index(c.T)
		}
		s.t[i], s.tx[i], s.count[i] = lastIndex, table.index(c.Tx), c.Count
		if n := len(s.runs); n == 0 || s.runs[n-1].x != c.X {
			s.runs = append(s.runs, run{x: c.X, from: i})
		}
		r := &s.runs[len(s.runs)-1]
		r.to = i + 1
		r.customers += c.Count
	}
	s.byDay = make([]daySum, len(table.values))
	for i, t := range s.t {
		d := &s.byDay[t]
		d.customers += s.count[i]
		d.purchases += s.count[i] * float64(s.cells[i].X)
	}
	s.days = table.values
	for i := range s.days {
		s.days[i] /= s.scale
	}
}

// thinAbove is from how many cells on a fit begins with a part of them, and
// thinTo how many that are. The maximum of the part is so near that of the whole
// that Newton's method needs three looks at all cells from there.
const (
	thinAbove = 40_000
	thinTo    = 12_000
)

// thin returns a study of every k-th cell, nil if the cells are few anyway.
// Because cells are sorted the part is spread evenly over x, T and t_x.
func (s *study) thin() *study {
	if len(s.cells) <= thinAbove {
		return nil
	}
	k := len(s.cells) / thinTo
	var part Cells
	for i := k / 2; i < len(s.cells); i += k {
		part = append(part, s.cells[i])
	}
	t, err := newStudy(part, s.scale)
	if err != nil {
		return nil
	}
	return t
}

// runAt returns the index of the run in which cell i is.
func (s *study) runAt(i int) int {
	k, _ := slices.BinarySearchFunc(s.runs, i, func(r run, i int) int {
		if r.to <= i {
			return -1
		}
		return 1
	})
	return k
}

// A dayLog is ln(1 + t/α) with its first two derivatives in ln α.
type dayLog struct{ l, m, m2 float64 }

// logs fills table with the dayLog of every day.
func (s *study) logs(alpha float64, table []dayLog) {
	for i, t := range s.days {
		table[i] = logOfDay(t, alpha)
	}
}

func logOfDay(t, alpha float64) dayLog {
	u := alpha + t
	return dayLog{l: math.Log1p(t / alpha), m: -t / u, m2: alpha / u * (t / u)}
}
