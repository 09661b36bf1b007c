package web

import (
	"bytes"
	"cmp"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// An order is customers in the ascending order of one column. Those whose value
// is unknown follow from known on, whichever way the list is read.
type order struct {
	at    []int32 // indices into the snapshot
	known int
}

// pick returns the customer at a place of the list.
func (o *order) pick(place int, down bool) int {
	if down && place < o.known {
		return int(o.at[o.known-1-place])
	}
	return int(o.at[place])
}

// order returns all customers in the order of a column.
func (p *picture) order(c int) *order {
	return p.orders[c].of(func() *order {
		if columns[c].Number != nil {
			return numberOrder(p.column(c))
		}
		return p.textOrder(c)
	})
}

// column returns the numbers of a column, by customer; NaN is unknown.
func (p *picture) column(c int) []float64 {
	return p.values[c].of(func() []float64 {
		values, n := make([]float64, p.snap.Len()), p.snap.Valued()
		for i := range values {
			if values[i] = math.NaN(); i < n {
				values[i] = columns[c].Number(p, i)
			}
		}
		return values
	})
}

func numberOrder(values []float64) *order {
	type keyed struct {
		v  float64
		at int32
	}
	keys := make([]keyed, 0, len(values))
	var unknown []int32
	for i, v := range values {
		if math.IsNaN(v) {
			unknown = append(unknown, int32(i))
		} else {
			keys = append(keys, keyed{v, int32(i)})
		}
	}
	slices.SortFunc(keys, func(a, b keyed) int { return cmp.Or(cmp.Compare(a.v, b.v), cmp.Compare(b.at, a.at)) })
	o := &order{make([]int32, 0, len(values)), len(keys)}
	for _, k := range keys {
		o.at = append(o.at, k.at)
	}
	o.at = append(o.at, unknown...)
	return o
}

// textOrder sorts by the folded name, or by another text, and then by name. An
// empty text counts as unknown.
func (p *picture) textOrder(c int) *order {
	var known, unknown []int32
	byName := func(a, b int32) int {
		return cmp.Or(bytes.Compare(p.snap.SortName(int(a)), p.snap.SortName(int(b))), cmp.Compare(a, b))
	}
	if columns[c].Key == "customer" {
		known = make([]int32, p.snap.Len())
		for i := range known {
			known[i] = int32(i)
		}
		slices.SortFunc(known, byName)
		return &order{known, len(known)}
	}
	texts := make([]string, p.snap.Len())
	for _, i := range p.order(columnAt("customer")).at {
		if texts[i] = columns[c].Text(p, int(i)); texts[i] == "" {
			unknown = append(unknown, i)
		} else {
			known = append(known, i)
		}
	}
	slices.SortStableFunc(known, func(a, b int32) int { return strings.Compare(texts[a], texts[b]) })
	n := len(known)
	return &order{append(known, unknown...), n}
}

// list returns the customers of a query in the order of its column, from memory
// if somebody asked lately.
func (p *picture) list(q *listQuery) *order {
	all := p.order(q.Sort)
	if !q.filtered() {
		return all
	}
	key := columns[q.Sort].Key + "?" + q.filters().Encode()
	if o, ok := p.found.get(key); ok {
		return o
	}
	from := all
	if narrow, ok := p.found.get(columns[q.Sort].Key + "?" + q.shorter().Encode()); ok {
		from = narrow // of what a shorter search found
	}
	match := p.matcher(q)
	if from == all {
		hit := p.scan(match)
		match = func(i int) bool { return hit[i] }
	}
	o := &order{}
	for place, i := range from.at {
		if !match(int(i)) {
			continue
		}
		o.at = append(o.at, i)
		if place < from.known {
			o.known++
		}
	}
	p.found.put(key, o)
	return o
}

// scan asks about every customer, in the order in which they lie in memory and
// on all cores.
func (p *picture) scan(match func(int) bool) []bool {
	const piece = 16_384
	hit := make([]bool, p.snap.Len())
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(hit)/piece+1) {
		wg.Go(func() {
			for {
				from := int(next.Add(piece)) - piece
				if from >= len(hit) {
					return
				}
				for i := from; i < min(from+piece, len(hit)); i++ {
					hit[i] = match(i)
				}
			}
		})
	}
	wg.Wait()
	return hit
}
