package web

import (
	"bytes"
	"cmp"
	"iter"
	"math"
	"slices"
	"strings"
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

// A listing is the customers of a query in the order of its column.
type listing struct {
	order *order
	among *set // nil for all
}

// len is how many there are.
func (l listing) len() int {
	if l.among == nil {
		return len(l.order.at)
	}
	return l.among.n
}

// has says whether customer i is among them.
func (l listing) has(i int) bool { return l.among == nil || l.among.has(i) }

// all yields them, the greatest first where down; those whose value is unknown
// come last either way.
func (l listing) all(down bool) iter.Seq[int] {
	return func(yield func(int) bool) {
		left := l.len()
		for place := 0; left > 0; place++ {
			i := l.order.pick(place, down)
			if !l.has(i) {
				continue
			}
			left--
			if !yield(i) {
				return
			}
		}
	}
}

// page yields the n customers from the given place on.
func (l listing) page(from, n int, down bool) iter.Seq[int] {
	return func(yield func(int) bool) {
		place := 0
		for i := range l.all(down) {
			if place >= from && (place == from+n || !yield(i)) {
				return
			}
			place++
		}
	}
}

// list returns the customers of a query.
func (p *picture) list(q *listQuery) listing {
	return listing{p.order(q.Sort), p.among(q)}
}

// among returns who passes all filters of a query, nil where it has none. What
// passes one filter is kept, so that other columns, pages and filters beside it
// cost little.
func (p *picture) among(q *listQuery) *set {
	var found *set
	for _, t := range p.tests(q) {
		one, ok := p.found.get(t.key)
		if !ok {
			one = p.pass(t)
			p.found.put(t.key, one)
		}
		if found == nil {
			found = one
		} else {
			found = found.and(one)
		}
	}
	return found
}

// pass asks about every customer who may pass a test: for a word, those whom the
// word without its last letter found, which the reader saw before typing it, or
// those with its letters.
func (p *picture) pass(t test) *set {
	n := p.snap.Len()
	var from *set
	if short, ok := p.found.get(t.shorter); ok {
		from = short
	} else if index := p.index.Load(); index != nil && len(t.word) >= 3 {
		found, sure := index.find(n, t.word)
		if sure {
			return found
		}
		from = found
	}
	return choose(n, from, t.match)
}
