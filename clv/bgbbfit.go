package clv

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

var bgbbParameters = []parameter{{"alpha", false}, {"beta", false}, {"gamma", false}, {"delta", false}}

// FitBGBB estimates the model. Equal occasions are put together first; there are
// at most (n+1)(n+2)/2 of each length, however many customers. The error is
// ErrTooFew below ten customers or where nobody ever bought, or always did.
func FitBGBB(occasions []Occasions, o Options) (BGBB, Diagnostics, error) {
	d := Diagnostics{Names: []string{"alpha", "beta", "gamma", "delta"}}
	cells, err := gather(occasions)
	if err != nil {
		return BGBB{}, d, err
	}
	customers, taken, offered := 0.0, 0.0, 0.0
	for _, c := range cells {
		customers += c.Count
		taken += c.Count * float64(c.X)
		offered += c.Count * float64(c.N)
	}
	d.Customers, d.Groups = int(math.Round(customers)), len(cells)
	if d.Customers < minSpenders || taken == 0 || taken == offered {
		return BGBB{}, d, fmt.Errorf("BG/BB, %d customers who took %v of %v opportunities, %d customers and some of both are needed: %w", d.Customers, taken, offered, minSpenders, ErrTooFew)
	}
	f := newBernoullis(cells)
	objective := func(v, grad, hess []float64) float64 {
		ll := f.logLik(v, grad, hess)
		if o.Prior {
			ll += addPrior(bgbbParameters, v, grad, hess)
		}
		return ll
	}
	at := f.climb(objective, taken/offered, o)
	m := BGBB{math.Exp(at.v[0]), math.Exp(at.v[1]), math.Exp(at.v[2]), math.Exp(at.v[3])}
	d.Iterations, d.Converged, d.Estimates = at.steps, at.converged, []float64{m.Alpha, m.Beta, m.Gamma, m.Delta}
	d.LogLik = f.logLik(at.v, make([]float64, 4), make([]float64, 16))
	d.slope(at, customers)
	d.information(&at, d.Estimates)
	d.note(at.bound)
	if !at.converged {
		return BGBB{}, d, notConverged("BG/BB", d)
	}
	if len(d.Bounds) > 0 {
		d.Warnings = append(d.Warnings, fmt.Sprintf("%v ended at a bound: the data do not show how customers differ, or that any drop out", d.Bounds))
	}
	return m, d, nil
}

// gather puts equal occasions together, in the order of (N, X, Tx descending).
func gather(occasions []Occasions) ([]Occasions, error) {
	type key struct{ n, x, tx int }
	counts := make(map[key]float64)
	for i, o := range occasions {
		if err := o.Check(); err != nil {
			return nil, fmt.Errorf("customer %d: %w", i, err)
		}
		if o.Count > 0 && o.N > 0 {
			counts[key{o.N, o.X, o.Tx}] += o.Count
		}
	}
	var cells []Occasions
	for k, n := range counts {
		cells = append(cells, Occasions{X: k.x, Tx: k.tx, N: k.n, Count: n})
	}
	slices.SortFunc(cells, func(a, b Occasions) int {
		return cmp.Or(cmp.Compare(a.N, b.N), cmp.Compare(a.X, b.X), cmp.Compare(b.Tx, a.Tx))
	})
	return cells, nil
}

// bernoullis are the cells in runs of equal (N, X): such cells share the terms
// of the likelihood from their t_x on, so that a run is summed once, downwards.
type bernoullis struct {
	cells  []Occasions
	starts []int // of the runs, and the end
	most   int   // largest N
}

func newBernoullis(cells []Occasions) *bernoullis {
	b := &bernoullis{cells: cells}
	for i, c := range cells {
		if i == 0 || c.N != cells[i-1].N || c.X != cells[i-1].X {
			b.starts = append(b.starts, i)
		}
		b.most = max(b.most, c.N)
	}
	b.starts = append(b.starts, len(cells))
	return b
}

// climb looks for the maximum from several starts: the surface is flat where
// customers are few or alike, and the best of those that converge counts.
func (b *bernoullis) climb(f objective, share float64, o Options) summit {
	var best summit
	for i, size := range [][2]float64{{2, 2}, {1, 0.3}, {10, 20}, {100, 5}} {
		next := maximize(problem{
			f: f,
			start: []float64{
				math.Log(size[0] * share), math.Log(size[0] * (1 - share)),
				math.Log(size[1] * 0.1), math.Log(size[1] * 0.9),
			},
			lo: []float64{-12, -12, -12, -12}, hi: []float64{12, 12, 12, 12}, maxSteps: o.MaxIterations,
		})
		steps := best.steps + next.steps
		if i == 0 || next.converged && !best.converged || next.converged == best.converged && next.value > best.value+1e-9*math.Abs(best.value) {
			best = next
		}
		best.steps = steps
		if i > 0 && best.converged && b.work() > 1e6 {
			break // two agree or the better one is taken: more would take seconds
		}
	}
	return best
}

// work is about how many terms an evaluation adds up.
func (b *bernoullis) work() float64 { return float64(len(b.starts)) * float64(b.most) }

// rises are ln (z)_k for k = 0..n with their first two derivatives in z.
func rises(z float64, n int) []jet {
	table := make([]jet, n+1)
	for k := range n {
		f := 1 / (z + float64(k))
		j := table[k]
		table[k+1] = jet{j.v + math.Log(z+float64(k)), j.d1 + f, j.d2 - f*f}
	}
	return table
}

// A jet is a function of one argument with its first two derivatives there.
type jet struct{ v, d1, d2 float64 }

// logLik is the log-likelihood of all cells (Fader, Hardie & Shang 2010, eq. 5)
// at the logarithms of the four parameters.
func (b *bernoullis) logLik(v, grad, hess []float64) float64 {
	var p [4]float64
	for i := range p {
		p[i] = math.Exp(v[i])
	}
	k := kernel{p: p, lnGamma: v[2]}
	k.alpha, k.beta, k.both = rises(p[0], b.most), rises(p[1], b.most), rises(p[0]+p[1], b.most)
	k.delta, k.drop = rises(p[3], b.most), rises(p[2]+p[3], b.most+1)
	t := sum(len(b.starts)-1, 15, func(from, to int, acc []float64) {
		for run := from; run < to; run++ {
			k.run(b.cells[b.starts[run]:b.starts[run+1]], acc)
		}
	})
	copy(grad, t[1:5])
	n := 5
	for i := range 4 {
		for j := i; j < 4; j++ {
			hess[4*i+j], hess[4*j+i] = t[n], t[n]
			n++
		}
	}
	return t[0]
}

// A kernel reckons the terms of the likelihood from tables of ln (z)_k.
type kernel struct {
	p                              [4]float64
	lnGamma                        float64
	alpha, beta, both, delta, drop []jet
}

// A path is one term of the likelihood: its logarithm, and the first two
// derivatives of that in the logarithms of α, β, γ, δ.
type path struct {
	v          float64
	g          [4]float64
	aa, ab, bb float64
	gg, gd, dd float64
}

// at is the path of a customer who took x opportunities and dropped out after t;
// with stay, who is active at t and watched no longer.
func (k *kernel) at(x, t int, stay bool) path {
	a, b, ab, d := k.alpha[x], k.beta[t-x], k.both[t], k.delta[t]
	gone, once := k.drop[t], 0.0
	lnOnce := 0.0
	if !stay {
		gone, once, lnOnce = k.drop[t+1], 1, k.lnGamma
	}
	alpha, beta, gamma, delta := k.p[0], k.p[1], k.p[2], k.p[3]
	p := path{v: a.v + b.v - ab.v + d.v - gone.v + lnOnce}
	p.g = [4]float64{alpha * (a.d1 - ab.d1), beta * (b.d1 - ab.d1), once - gamma*gone.d1, delta * (d.d1 - gone.d1)}
	p.aa = p.g[0] + alpha*alpha*(a.d2-ab.d2)
	p.ab = -alpha * beta * ab.d2
	p.bb = p.g[1] + beta*beta*(b.d2-ab.d2)
	p.gg = -gamma*gone.d1 - gamma*gamma*gone.d2
	p.gd = -gamma * delta * gone.d2
	p.dd = p.g[3] + delta*delta*(d.d2-gone.d2)
	return p
}

// run adds the cells of one (N, X), t_x descending.
func (k *kernel) run(cells []Occasions, acc []float64) {
	n, x := cells[0].N, cells[0].X
	var s mixture
	s.add(k.at(x, n, true))
	t := n - 1
	for _, c := range cells {
		for ; t >= c.Tx; t-- {
			s.add(k.at(x, t, false))
		}
		s.emit(c.Count, acc)
	}
}

// A mixture is the sum of paths, relative to e^top, with the sums of their
// derivatives.
type mixture struct {
	top, n float64
	g      [4]float64
	h      [10]float64 // of g·g' + H, row by row from the diagonal
}

func (s *mixture) add(p path) {
	if s.n == 0 {
		s.top = p.v
	} else if p.v > s.top {
		f := math.Exp(s.top - p.v)
		s.n *= f
		for i := range s.g {
			s.g[i] *= f
		}
		for i := range s.h {
			s.h[i] *= f
		}
		s.top = p.v
	}
	e := math.Exp(p.v - s.top)
	s.n += e
	g := &p.g
	for i := range g {
		s.g[i] += e * g[i]
	}
	s.h[0] += e * (g[0]*g[0] + p.aa)
	s.h[1] += e * (g[0]*g[1] + p.ab)
	s.h[2] += e * g[0] * g[2]
	s.h[3] += e * g[0] * g[3]
	s.h[4] += e * (g[1]*g[1] + p.bb)
	s.h[5] += e * g[1] * g[2]
	s.h[6] += e * g[1] * g[3]
	s.h[7] += e * (g[2]*g[2] + p.gg)
	s.h[8] += e * (g[2]*g[3] + p.gd)
	s.h[9] += e * (g[3]*g[3] + p.dd)
}

// emit adds count times the logarithm of the mixture and its derivatives.
func (s *mixture) emit(count float64, acc []float64) {
	acc[0] += count * (s.top + math.Log(s.n))
	var g [4]float64
	for i := range g {
		g[i] = s.g[i] / s.n
		acc[1+i] += count * g[i]
	}
	n := 0
	for i := range 4 {
		for j := i; j < 4; j++ {
			acc[5+n] += count * (s.h[n]/s.n - g[i]*g[j])
			n++
		}
	}
}
