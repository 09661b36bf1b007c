package clv

import (
	"fmt"
	"math"
	"slices"
)

// spends are what the likelihood needs of all customers: y = x·m on the scale
// of the geometric mean, ordered by x, so that all lnΓ are reckoned once per different x
// and logarithms once per many customers.
type spends struct {
	y      []float64
	groups []spendGroup // ascending x
	scale  float64      // geometric mean of the mean spends
	logs   float64      // sum of ln m: the part of the likelihood without parameters
	left   int          // customers with x > 0 left out
}

// A spendGroup is the customers y[from:to], who all bought x times again.
type spendGroup struct {
	x        float64
	from, to int
}

// newSpends sorts the histories into groups.
func newSpends(histories []History) (*spends, error) {
	s := &spends{}
	counts := make(map[int]int)
	var all product
	for i := range histories {
		h := &histories[i]
		switch {
		case h.X < 0:
			return nil, fmt.Errorf("history %d: x %d: repeat purchases can't be negative", i, h.X)
		case h.X == 0:
		case !finite(h.Spend):
			return nil, fmt.Errorf("history %d: the mean spend %v is no amount", i, h.Spend)
		case h.Spend <= 0:
			s.left++
		default:
			counts[h.X]++
			all.times(h.Spend)
		}
	}
	next := make(map[int]int, len(counts))
	for x := range counts {
		s.groups = append(s.groups, spendGroup{x: float64(x)})
	}
	slices.SortFunc(s.groups, func(a, b spendGroup) int { return int(a.x - b.x) })
	n := 0
	for i := range s.groups {
		g := &s.groups[i]
		g.from, g.to = n, n+counts[int(g.x)]
		next[int(g.x)] = g.from
		n = g.to
	}
	s.logs = all.log()
	s.scale = math.Exp(s.logs / float64(max(n, 1)))
	s.fill(histories, next, n)
	return s, nil
}

// fill writes y group by group. next is where the next customer of an x goes.
func (s *spends) fill(histories []History, next map[int]int, n int) {
	s.y = make([]float64, n)
	small := make([]int, min(n, 1<<16)) // most x are small: an index instead of the map
	for i := range small {
		small[i] = next[i]
	}
	for i := range histories {
		h := &histories[i]
		if h.X == 0 || h.Spend <= 0 {
			continue
		}
		at := 0
		if h.X < len(small) {
			at = small[h.X]
			small[h.X]++
		} else {
			at = next[h.X]
			next[h.X]++
		}
		s.y[at] = float64(h.X) * (h.Spend / s.scale)
	}
}

// A product is the logarithm of a product of many factors for the price of a
// few logarithms.
type product struct{ sum, rest float64 }

func (p *product) times(f float64) {
	if p.rest == 0 {
		p.rest = 1
	}
	next := p.rest * f
	if next < 1e100 && next > 1e-100 {
		p.rest = next
		return
	}
	p.sum += math.Log(p.rest) + math.Log(f)
	p.rest = 1
}

func (p *product) log() float64 {
	if p.rest == 0 {
		return p.sum
	}
	return p.sum + math.Log(p.rest)
}

// climb finds the maximum of the likelihood over (ln p, ln q, ln γ/scale). Many
// customers are climbed with a part of them first. Where the first start doesn't
// lead there, others do: amounts that hardly differ, or differ without a mean.
func (s *spends) climb(o Options) summit {
	starts := [][]float64{{0.7, 1.1, 0}, {0, 0, 0}, {3, 3, 0}, {-1.2, 0.7, 1.1}, {6.2, 6.2, 0}}
	if part := s.thin(); part != nil {
		if near := maximize(part.problem(starts[0], o)); near.converged {
			starts = append([][]float64{near.v}, starts...)
		}
	}
	var best summit
	for i, start := range starts {
		at := maximize(s.problem(start, o))
		steps := best.steps + at.steps
		if i == 0 || better(at, best) {
			best = at
		}
		if best.steps = steps; best.converged {
			break
		}
	}
	return best
}

// problem is the search for the maximum from a start.
func (s *spends) problem(start []float64, o Options) problem {
	return problem{
		f: func(v, grad, hess []float64) float64 {
			ll := s.logLik(v, grad, hess)
			if o.Prior {
				ll += addPrior(spendParameters, v, grad, hess)
			}
			return ll
		},
		start:    start,
		lo:       []float64{-12, -6, -20},
		hi:       []float64{10, 10, 20},
		maxSteps: o.MaxIterations,
	}
}

// thin returns every k-th customer of each group, nil if they are few anyway.
func (s *spends) thin() *spends {
	if len(s.y) <= thinAbove {
		return nil
	}
	part, k := &spends{scale: s.scale}, len(s.y)/thinTo
	for _, g := range s.groups {
		from := len(part.y)
		for i := g.from + (g.to-g.from-1)%k/2; i < g.to; i += k {
			part.y = append(part.y, s.y[i])
		}
		part.groups = append(part.groups, spendGroup{x: g.x, from: from, to: len(part.y)})
	}
	return part
}

// spendParameters are p, q and γ; what is true of a time is true of money: its
// prior is relative to the scale.
var spendParameters = []parameter{{"p", false}, {"q", false}, {"gamma", true}}

// logLik is the log-likelihood of all spends (note 025, eq. 1a) without its part
// -Σ ln m, at (ln p, ln q, ln γ) with γ on the scale of y. grad and hess may be
// nil.
func (s *spends) logLik(v, grad, hess []float64) float64 {
	p, q, g := math.Exp(v[0]), math.Exp(v[1]), math.Exp(v[2])
	t := sum(len(s.y), 10, func(from, to int, acc []float64) {
		i, _ := slices.BinarySearchFunc(s.groups, from, func(k spendGroup, at int) int { return k.to - at - 1 })
		for ; i < len(s.groups) && s.groups[i].from < to; i++ {
			k := s.groups[i]
			addSpends(s.y[max(k.from, from):min(k.to, to)], p*k.x, q, g, acc)
		}
	})
	if grad != nil {
		copy(grad, t[1:4])
		copy(hess, []float64{t[4], t[5], t[6], t[5], t[7], t[8], t[6], t[8], t[9]})
	}
	return t[0]
}

// addSpends adds the terms of customers who bought equally often: a = px, b = q.
// With w = y/(γ+y) and w0 = a/(a+b) a customer's term is, by Stirling's formula
// for the beta function,
//
//	a ln(w/w0) + b ln((1-w)/(1-w0)) + ln(ab/(2π(a+b)))/2 + δ(a+b) - δ(a) - δ(b)
//
// where every part is small: nothing cancels even if p and q are in the thousands.
func addSpends(ys []float64, a, b, g float64, acc []float64) {
	n := a + b
	var w, r, wr float64 // sums of w, 1-w, w(1-w)
	var lw, lr product
	for _, y := range ys {
		inv := 1 / (g + y)
		u, rest := y*inv, g*inv
		w += u
		r += rest
		wr += u * rest
		lw.times(u / a * n)
		lr.times(rest / b * n)
	}
	da, db, dn := stirling(a), stirling(b), stirling(n)
	count, logW, logR := float64(len(ys)), lw.log(), lr.log()
	acc[0] += a*logW + b*logR + count*(math.Log(a/n*b/(2*math.Pi))/2+dn.d0-da.d0-db.d0)
	slope := dn.d1 - 0.5/n
	ga := a * (logW + count*(slope-da.d1+0.5/a))
	gb := b * (logR + count*(slope-db.d1+0.5/b))
	acc[1] += ga
	acc[2] += gb
	acc[3] += b*w - a*r
	bend := count * dn.trigamma(n)
	acc[4] += ga + a*a*(bend-count*da.trigamma(a))
	acc[5] += a * b * bend
	acc[6] -= a * r
	acc[7] += gb + b*b*(bend-count*db.trigamma(b))
	acc[8] += b * w
	acc[9] -= n * wr
}
