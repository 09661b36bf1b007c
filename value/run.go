package value

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"quid/account"
	"quid/day"
	"quid/money"
)

// An Input is what one valuation is made from.
type Input struct {
	AsOf      day.Day
	Figures   []Figures  // one per customer, in any order
	Peers     []Peer     // what Figures.Peer is an index of
	Previous  *Previous  // the newest valuation with an earlier day, nil if there is none
	Overrides []Override // what persons set; those that don't hold on the day are left out
}

// Previous is what the dead band needs of an earlier valuation.
type Previous struct {
	AsOf   day.Day
	Model  Model
	Places []Placed // in any order

	Lifetimes Lifetimes // what it said of lifetime values
}

// Placed is where a customer was on both axes; 0 where that was unknown.
type Placed struct {
	Customer account.CustomerID
	From, To int8

	Life      money.Amount // lifetime value after care
	LifeKnown bool
}

// An Override is a person's word against the figures (Sonderfall): a class or a
// segment, each "" if it is not overruled.
type Override struct {
	Customer account.CustomerID
	Class    Class
	Segment  Segment
	Reason   string // one of Reasons
	Note     string
	From     day.Day
	Until    day.Day // last day on which it holds
}

// Reasons are the reasons for an override to choose from.
var Reasons = []string{"insolvency", "lawsuit", "group_contract", "strategic_partner", "other"}

// A Valuation is the result of Run: Rows stand in the order of the figures.
type Valuation struct {
	Summary
	Rows []Row
}

// Run values all customers by a model. The result does not depend on the order
// of the figures, except that rows are in it; it shares nothing with in. The
// only errors are faults of the model, as Model.Check reports them, and a
// missing day.
func Run(m Model, in Input) (*Valuation, error) {
	if err := m.Check(); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	if in.AsOf == 0 {
		return nil, fmt.Errorf("valuation without a day")
	}
	if in.Previous != nil && in.Previous.AsOf >= in.AsOf {
		return nil, fmt.Errorf("valuation of %s: the one before is of %s", in.AsOf, in.Previous.AsOf)
	}
	v := &Valuation{Rows: make([]Row, len(in.Figures))}
	v.AsOf, v.Model = in.AsOf, m.Clone()
	v.raws(&in)
	together(
		func() { v.classify(in.Figures) },
		func() { v.Credibility = estimate(in.Figures, in.Peers, m.PeerMinimum) },
		func() { v.Prices = levels(in.Figures, m.PeerMinimum) },
	)
	v.trust(in.Figures)
	v.lives(&in)
	v.bridge(in.Previous)
	v.anchor()
	v.score()
	together(
		func() { v.From = v.cut(v.Model.From, in.Figures) },
		func() { v.To = v.cut(v.Model.To, in.Figures) },
	)
	v.place(in.Figures, in.Previous)
	v.overrule(in.Overrides)
	v.count(in.Figures, v.Rows)
	return v, nil
}

// raws fills what depends on one customer alone.
func (v *Valuation) raws(in *Input) {
	fr := newFrame(&v.Model, in.AsOf)
	each(len(v.Rows), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			f, r := &in.Figures[i], &v.Rows[i]
			industry := ""
			if f.Peer >= 0 && int(f.Peer) < len(in.Peers) {
				industry = in.Peers[f.Peer].Industry
			}
			r.Customer = f.Customer
			r.New = v.Model.New.isNew(f, in.AsOf, industry)
			r.Stage = v.Model.Stages.stage(f, in.AsOf, r.New)
			r.Raw = fr.raws(f, r.New)
		}
	})
}

// classify makes both ABC analyses over all customers.
func (v *Valuation) classify(figures []Figures) {
	together(func() {
		values := make([]money.Amount, len(figures))
		for i := range figures {
			values[i] = figures[i].Steps.Revenue
		}
		places, total := Classify(v.Model.Limits, values, nil)
		v.RevenueTotal = total
		for i, p := range places {
			v.Rows[i].ByRevenue = p
		}
	}, func() {
		step := v.Model.ClassMetric.Step()
		values, known := make([]money.Amount, len(figures)), make([]bool, len(figures))
		for i := range figures {
			values[i], known[i] = figures[i].Contribution(step)
		}
		places, total := Classify(v.Model.Limits, values, known)
		v.ContribTotal = total
		for i, p := range places {
			v.Rows[i].ByContribution = p
		}
	})
}

// anchor sets the anchors of all criteria by the customers that are not new.
func (v *Valuation) anchor() {
	var todo []func()
	for c, k := range Keys {
		todo = append(todo, func() {
			values := make([]float64, 0, len(v.Rows))
			for i := range v.Rows {
				if r := &v.Rows[i]; !r.New && !math.IsNaN(r.Raw[c]) {
					values = append(values, r.Raw[c])
				}
			}
			v.Anchors[c] = k.Anchor(v.Model.Criterion(k).Rule(), values)
		})
	}
	together(todo...)
}

// Rule returns the anchors' rule of the criterion; one that the model doesn't name
// has the default's.
func (c Criterion) Rule() AnchorRule {
	if c.Anchors.Method == "" {
		return AnchorRule{Method: ByQuantile, Low: 0.05, High: 0.95}
	}
	return c.Anchors
}

// score fills score and data basis.
func (v *Valuation) score() {
	weights := v.Model.Weights()
	each(len(v.Rows), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			r := &v.Rows[i]
			r.Score, r.DataBasis = Combine(&weights, &v.Anchors, &r.Raw)
		}
	})
}

// trust fills the credibility of every customer.
func (v *Valuation) trust(figures []Figures) {
	each(len(v.Rows), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			r := &v.Rows[i]
			r.Credibility, r.Shrunk = v.Credibility.judge(&figures[i])
		}
	})
}

// cut cuts an axis over the customers that are not new and have its metric.
func (v *Valuation) cut(a Axis, figures []Figures) Cut {
	values := make([]float64, 0, len(v.Rows))
	for i := range v.Rows {
		if r := &v.Rows[i]; !r.New {
			if x := a.Metric.Value(&figures[i], r); !math.IsNaN(x) {
				values = append(values, x)
			}
		}
	}
	return a.Divide(values, v.Model.DeadBand)
}

// place fills the bands. The dead band looks at an earlier valuation on the
// axes that were made of the same metric and as many bands.
func (v *Valuation) place(figures []Figures, previous *Previous) {
	places := previous.find(&v.Model, v.Rows)
	if places != nil {
		v.Earlier = previous.AsOf
	}
	each(len(v.Rows), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			f, r := &figures[i], &v.Rows[i]
			var was Placed
			if places != nil {
				was = places[i]
			}
			r.Bands = Bands{
				From:   v.From.Band(v.From.Metric.Value(f, r), was.From),
				To:     v.To.Band(v.To.Metric.Value(f, r), was.To),
				OfFrom: int8(v.Model.From.Bands), OfTo: int8(v.Model.To.Bands),
			}
			if v.To.Off {
				r.Bands.To = 1
			}
		}
	})
}

// find returns the earlier place of each row, nil if there is nothing to look
// at.
func (p *Previous) find(m *Model, rows []Row) []Placed {
	if p == nil || len(p.Places) == 0 {
		return nil
	}
	same := func(a, b Axis) bool { return a.Metric == b.Metric && a.Bands == b.Bands }
	from, to := same(p.Model.From, m.From), same(p.Model.To, m.To)
	if !from && !to {
		return nil
	}
	byCustomer := func(a, b Placed) int { return cmp.Compare(a.Customer, b.Customer) }
	all := p.Places
	if !slices.IsSortedFunc(all, byCustomer) {
		all = slices.SortedFunc(slices.Values(all), byCustomer)
	}
	places := make([]Placed, len(rows))
	each(len(rows), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			k, ok := slices.BinarySearchFunc(all, Placed{Customer: rows[i].Customer}, byCustomer)
			if !ok {
				continue
			}
			if from {
				places[i].From = all[k].From
			}
			if to {
				places[i].To = all[k].To
			}
		}
	})
	return places
}

// overrule sets what persons decided, where it holds on the day. A segment that
// names no field of this matrix is left out: the matrix was changed since.
func (v *Valuation) overrule(overrides []Override) {
	if len(overrides) == 0 {
		return
	}
	rows := make(map[account.CustomerID]*Row, len(overrides))
	for _, o := range overrides {
		rows[o.Customer] = nil
	}
	for i := range v.Rows {
		if _, ok := rows[v.Rows[i].Customer]; ok {
			rows[v.Rows[i].Customer] = &v.Rows[i]
		}
	}
	for _, o := range overrides {
		r := rows[o.Customer]
		if r == nil || o.From > v.AsOf || o.Until < v.AsOf {
			continue
		}
		if o.Class != NoClass {
			r.ClassSet = o.Class
		}
		if o.Segment != NoSegment {
			if b, err := o.Segment.In(int8(v.Model.From.Bands), int8(v.Model.To.Bands)); err == nil {
				r.FromSet, r.ToSet = b.From, b.To
			}
		}
	}
}

// each runs fn over parts of 0 to n, one for each processor, at once.
func each(n int, fn func(lo, hi int)) {
	parts := min(runtime.GOMAXPROCS(0), runtime.NumCPU(), max(1, n/1024))
	var wg sync.WaitGroup
	for p := range parts {
		wg.Go(func() { fn(n*p/parts, n*(p+1)/parts) })
	}
	wg.Wait()
}

// together runs all of fns, as many at once as there are processors.
func together(fns ...func()) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, min(runtime.GOMAXPROCS(0), runtime.NumCPU()))
	for _, fn := range fns {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			fn()
		})
	}
	wg.Wait()
}
