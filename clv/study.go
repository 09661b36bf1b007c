package clv

import (
	"fmt"
	"math"
	"slices"
	"sort"
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
// refuses cells that no customer can be in. Without a scale the cells are all there
// are, and are refused if nobody bought again: nothing can be learned from them.
func newStudy(cells Cells, scale float64) (*study, error) {
	if !slices.IsSortedFunc(cells, func(a, b Cell) int { return compare(a.History, b.History) }) {
		cells = slices.Clone(cells)
		slices.SortFunc(cells, func(a, b Cell) int { return compare(a.History, b.History) })
	}
	s := &study{scale: scale, cells: cells, t: make([]int32, len(cells)), tx: make([]int32, len(cells)), count: make([]float64, len(cells))}
	if err := s.index(); err != nil {
		return nil, err
	}
	if scale == 0 && (s.customers == 0 || s.purchases == 0) {
		return nil, fmt.Errorf("%v customers with %v repeat purchases: %w", s.customers, s.purchases, ErrTooFew)
	}
	if s.scale == 0 {
		watched := 0.0
		for i, d := range s.byDay {
			watched += d.customers * s.days[i]
		}
		s.scale = watched / s.customers
	}
	for i := range s.days {
		s.days[i] /= s.scale
	}
	return s, nil
}

// checkCell says why a cell can't be used.
func checkCell(c *Cell) error {
	if !(c.Count >= 0) || math.IsInf(c.Count, 0) {
		return fmt.Errorf("count %v: a number of customers can't be negative", c.Count)
	}
	return c.Check()
}

// index fills the days, still in the caller's unit, the runs and the sums by
// day. Each part of the cells numbers its days for itself; then the numbers of
// the parts are made those of the whole, in the order of the parts.
func (s *study) index() error {
	n := len(s.cells)
	parts := min(pieces, max(1, n/256))
	tables, errs := make([]*dictionary, parts), make([]error, parts)
	parallel(parts, func(p int) {
		table := newDictionary()
		for i := p * n / parts; i < (p+1)*n/parts; i++ {
			c := &s.cells[i]
			if err := checkCell(c); err != nil {
				errs[p] = fmt.Errorf("cell %d: %w", i, err)
				return
			}
			s.t[i], s.tx[i], s.count[i] = table.index(c.T), table.index(c.Tx), c.Count
		}
		tables[p] = table
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	whole := newDictionary()
	names := make([][]int32, parts)
	for p, table := range tables {
		for _, day := range table.values {
			names[p] = append(names[p], whole.index(day))
		}
	}
	parallel(parts, func(p int) {
		for i := p * n / parts; i < (p+1)*n/parts; i++ {
			s.t[i], s.tx[i] = names[p][s.t[i]], names[p][s.tx[i]]
		}
	})
	s.days = whole.values
	s.addUp()
	return nil
}

// addUp fills the runs and the sums by day.
func (s *study) addUp() {
	s.byDay = make([]daySum, len(s.days))
	for from := 0; from < len(s.cells); {
		r := run{x: s.cells[from].X, from: from}
		rest := s.cells[from:]
		r.to = from + sort.Search(len(rest), func(i int) bool { return rest[i].X > r.x })
		for i := r.from; i < r.to; i++ {
			n := s.count[i]
			r.customers += n
			d := &s.byDay[s.t[i]]
			d.customers += n
			d.purchases += n * float64(r.x)
		}
		s.customers += r.customers
		s.purchases += r.customers * float64(r.x)
		s.runs = append(s.runs, r)
		from = r.to
	}
}

// thinAbove is from how many cells on a fit begins with a part of them, and
// thinTo how many that are. The maximum of the part is so near that of the whole
// that Newton's method needs three looks at all cells from there.
const (
	thinAbove = 40_000
	thinTo    = 16_000
	lookAbove = 4_000 // for a quick look whether another start leads elsewhere
)

// thin returns a study of every k-th cell, about as many as to, nil if the cells
// are not more than above. Because cells are sorted the part is spread evenly over
// x, T and t_x.
func (s *study) thin(above, to int) *study {
	if len(s.cells) <= above {
		return nil
	}
	k := (len(s.cells) + to - 1) / to
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
