package portfolio

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"sync"

	"quid/account"
	"quid/fault"
	"quid/money"
	"quid/value"
)

// A WhatIf tries models on a base: other criteria, weights, anchors, cuts, dead
// band. It is made for sliders: a million customers in less than a tenth of a
// second. What needs other sums of the book can't be tried on a base: for
// another window, weight of unjustified complaints or rule for new customers,
// run the valuation on other figures (value.Run) and compare with [Movement].
//
// It may be used by many at once.
type WhatIf struct {
	base    *Base
	scratch sync.Pool // *[]float64 of the base's length
}

// Prepare returns a what-if on b, which must not change any more.
func Prepare(b *Base) *WhatIf {
	w := &WhatIf{base: b}
	w.scratch.New = func() any { s := make([]float64, len(b.Customers)); return &s }
	return w
}

// An Outcome is what a model would change.
type Outcome struct {
	Segments map[value.Segment]int `json:"segments"` // how many would be in each
	Fields   []Field               `json:"fields"`   // the matrix that would be
	From     value.Cut             `json:"from"`
	To       value.Cut             `json:"to"`
	Moves    int                   `json:"moves"`  // customers that would change their segment
	Flows    []Flow                `json:"flows"`  // from where to where, the greatest first
	Movers   []Moving              `json:"movers"` // those with the greatest revenue first
}

// A Moving is a customer that would change its segment.
type Moving struct {
	Customer account.CustomerID `json:"-"`
	From     value.Segment      `json:"from"`
	To       value.Segment      `json:"to"`
	Was      value.Number       `json:"score_was"`
	Score    value.Number       `json:"score"`
	Revenue  money.Amount       `json:"revenue"`
}

// Try says what would change if m were the model, and names at most first
// customers that would move. The dead band counts from where the customers are
// now; new customers and those that a person placed stay where they are. It
// returns field errors for a model that is wrong or that needs other figures.
func (w *WhatIf) Try(m value.Model, first int) (Outcome, error) {
	if err := w.check(m); err != nil {
		return Outcome{}, err
	}
	b := w.base
	scores, values := w.scratch.Get().(*[]float64), w.scratch.Get().(*[]float64)
	defer w.scratch.Put(scores)
	defer w.scratch.Put(values)
	anchors := w.anchors(&m, *values)
	weights := m.Weights()
	each(len(b.Raw), func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			(*scores)[i], _ = value.Combine(&weights, &anchors, &b.Raw[i])
		}
	})
	var o Outcome
	o.From = w.cut(m.From, b.Summary.Model.From, b.Summary.From, m.DeadBand, *scores, *values)
	o.To = w.cut(m.To, b.Summary.Model.To, b.Summary.To, m.DeadBand, *scores, *values)
	w.place(&m, &o, *scores, first)
	return o, nil
}

// check refuses what can't be tried on this base.
func (w *WhatIf) check(m value.Model) error {
	if err := m.Check(); err != nil {
		return fmt.Errorf("model: %w", err)
	}
	now := w.base.Summary.Model
	switch {
	case m.Window != now.Window:
		return fault.Field("window", "another window needs other sums: run a valuation with it")
	case m.UnjustifiedFactor != now.UnjustifiedFactor:
		return fault.Field("unjustified_factor", "another weight needs other sums: run a valuation with it")
	case m.New.MinTenureMonths != now.New.MinTenureMonths || m.New.MinPurchaseDays != now.New.MinPurchaseDays ||
		m.New.MaxTenureMonths != now.New.MaxTenureMonths || !maps.Equal(m.New.MaxTenureByIndustry, now.New.MaxTenureByIndustry):
		return fault.Field("new", "who is new is settled by a valuation: run one with this rule")
	}
	return nil
}

// anchors returns the anchors of m: those of the valuation, set anew only for
// criteria whose rule is another.
func (w *WhatIf) anchors(m *value.Model, values []float64) [value.Criteria]value.Anchor {
	anchors := w.base.Summary.Anchors
	for c, k := range value.Keys {
		if rule := m.Criterion(k).Rule(); rule != anchors[c].Rule {
			values = values[:0]
			for i := range w.base.Raw {
				if raw := w.base.Raw[i][c]; !w.base.Standing[i].New && !math.IsNaN(raw) {
					values = append(values, raw)
				}
			}
			anchors[c] = k.Anchor(rule, values)
		}
	}
	return anchors
}

// cut cuts an axis; one that is as it was keeps its lines, except that the
// score has become another.
func (w *WhatIf) cut(a, was value.Axis, lines value.Cut, deadBand float64, scores, values []float64) value.Cut {
	if a.Metric != value.Score && a.Metric == was.Metric && a.Cut == was.Cut && a.Bands == was.Bands && slices.Equal(a.At, was.At) {
		lines.DeadBand = deadBand
		return lines
	}
	values = values[:0]
	for i := range w.base.Standing {
		if !w.base.Standing[i].New {
			if x := w.base.metric(a.Metric, i, scores[i]); !math.IsNaN(x) {
				values = append(values, x)
			}
		}
	}
	return a.Divide(values, deadBand)
}

// A part is what one processor found out.
type part struct {
	sums   [fieldCount]Field
	flows  [fieldCount * fieldCount]int
	movers []mover
}

// A mover is a customer that would move, by its index.
type mover struct {
	i        int
	from, to uint8
}

// place puts every customer into its field and collects who would move.
func (w *WhatIf) place(m *value.Model, o *Outcome, scores []float64, first int) {
	b := w.base
	now := &b.Summary.Model
	sameFrom := m.From.Metric == now.From.Metric && m.From.Bands == now.From.Bands
	sameTo := m.To.Metric == now.To.Metric && m.To.Bands == now.To.Bands
	parts, moved := make([]part, runtime.GOMAXPROCS(0)), moves(now, m)
	each(len(b.Standing), func(n, lo, hi int) {
		p := &parts[n]
		for i := lo; i < hi; i++ {
			s := b.Standing[i]
			before := s.field()
			was := s.Bands
			if !sameFrom {
				was.From = 0
			}
			if !sameTo {
				was.To = 0
			}
			s.Bands.From = o.From.Band(b.metric(m.From.Metric, i, scores[i]), was.From)
			s.FromSet, s.ToSet = moveSet(s.FromSet, now.From, m.From), moveSet(s.ToSet, now.To, m.To)
			s.Bands.To = 1
			if !o.To.Off {
				s.Bands.To = o.To.Band(b.metric(m.To.Metric, i, scores[i]), was.To)
			}
			after := s.field()
			b.sum(&p.sums[after], i)
			if moved[before][after] {
				p.flows[before*fieldCount+after]++
				p.movers = append(p.movers, mover{i, uint8(before), uint8(after)})
				if len(p.movers) >= 4*first+1024 {
					p.movers = b.greatest(p.movers, first)
				}
			}
		}
	})
	w.collect(m, o, parts, scores, first)
}

// moves says which change of field is a move: any in a matrix of the same
// shape, else a change of the strategy.
func moves(now, m *value.Model) (moved [fieldCount][fieldCount]bool) {
	same := now.From.Bands == m.From.Bands && now.To.Bands == m.To.Bands
	for before := range moved {
		for after := range moved[before] {
			_, a := segment(before, int8(now.From.Bands), int8(now.To.Bands))
			_, b := segment(after, int8(m.From.Bands), int8(m.To.Bands))
			moved[before][after] = a != b || (same && before != after)
		}
	}
	return moved
}

// moveSet returns the band that a person set in an axis of another number of
// bands: the highest stays the highest.
func moveSet(set int8, was, is value.Axis) int8 {
	if set != 0 && int(set) == was.Bands {
		return int8(is.Bands)
	}
	return min(set, int8(is.Bands))
}

// greatest keeps the movers with the greatest revenue.
func (b *Base) greatest(movers []mover, first int) []mover {
	slices.SortFunc(movers, func(x, y mover) int {
		return cmp.Or(cmp.Compare(b.Revenue[y.i], b.Revenue[x.i]), cmp.Compare(b.Customers[x.i], b.Customers[y.i]))
	})
	return movers[:min(first, len(movers))]
}

// collect joins what the processors found out.
func (w *WhatIf) collect(m *value.Model, o *Outcome, parts []part, scores []float64, first int) {
	b, now := w.base, &w.base.Summary.Model
	var all part
	for i := range parts {
		p := &parts[i]
		for n := range p.sums {
			s, t := &all.sums[n], &p.sums[n]
			s.Customers += t.Customers
			s.WithoutCost += t.WithoutCost
			s.Revenue += t.Revenue
			s.Contribution += t.Contribution
			s.ValueTo += t.ValueTo
		}
		for n := range p.flows {
			all.flows[n] += p.flows[n]
		}
		all.movers = append(all.movers, p.movers...)
	}
	name := func(model *value.Model, field int) value.Segment {
		s, _ := segment(field, int8(model.From.Bands), int8(model.To.Bands))
		return s
	}
	o.Fields, o.Segments = arrange(*m, &all.sums), map[value.Segment]int{}
	for _, f := range o.Fields {
		if f.Customers > 0 {
			o.Segments[f.Segment] = f.Customers
		}
	}
	flows := map[[2]value.Segment]int{}
	for n, count := range all.flows {
		if count > 0 {
			flows[[2]value.Segment{name(now, n/fieldCount), name(m, n%fieldCount)}] += count
			o.Moves += count
		}
	}
	o.Flows = sortedFlows(flows)
	for _, v := range b.greatest(all.movers, first) {
		o.Movers = append(o.Movers, Moving{
			Customer: b.Customers[v.i], From: name(now, int(v.from)), To: name(m, int(v.to)),
			Was: value.Number(b.Score[v.i]), Score: value.Number(scores[v.i]), Revenue: b.Revenue[v.i],
		})
	}
}

// each runs fn over parts of 0 to n, one for each processor, at once; part says
// which.
func each(n int, fn func(part, lo, hi int)) {
	parts := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for p := range parts {
		wg.Go(func() { fn(p, n*p/parts, n*(p+1)/parts) })
	}
	wg.Wait()
}
