package clv

import "math"

// A paretoGroup is the entries of one table that have one x.
type paretoGroup struct {
	entries []paretoEntry
	hyper   func(ParetoNBD, int, place) hyper
	finish  func(m ParetoNBD, x int, t float64, p place, f hyper, out *jet4)
	nodes   []hyper // the function at the nodes, empty where it is asked for each entry
}

// A paretoPiece is some entries of a group.
type paretoPiece struct{ group, from, to int }

// group cuts a table into groups and pieces.
func (p *paretoTables) group(table []paretoEntry, f func(ParetoNBD, int, place) hyper, finish func(ParetoNBD, int, float64, place, hyper, *jet4)) {
	const batch = 64
	for from := 0; from < len(table); {
		to := from + 1
		for to < len(table) && table[to].x == table[from].x {
			to++
		}
		for i := 0; i < to-from; i += batch {
			p.pieces = append(p.pieces, paretoPiece{len(p.groups), i, min(i+batch, to-from)})
		}
		p.groups = append(p.groups, paretoGroup{entries: table[from:to], hyper: f, finish: finish})
		from = to
	}
}

// paretoNodes are the points of time at which the hypergeometric functions of
// many entries of one x are computed; between them they are interpolated. Over
// u = ln(1+t/c), with c the smaller of α and β, they are analytic in a strip of
// half-width π: the polynomial through Chebyshev's points converges so fast that
// 20 to 40 of them give all digits. docs/clv.md, "What a fit costs".
type paretoNodes struct {
	half    float64   // half the range of u
	at01    []float64 // the nodes in -1..1
	weights []float64 // of the barycentric formula
	places  []place
}

// newParetoNodes makes the nodes for times up to longest.
func newParetoNodes(m ParetoNBD, longest float64) *paretoNodes {
	c := min(m.Alpha, m.Beta)
	n := &paretoNodes{half: math.Log1p(longest/c) / 2}
	b := math.Pi / n.half
	count := int(36/math.Asinh(b)) + 3
	for k := range count {
		sin, cos := math.Sincos(math.Pi * (float64(k) + 0.5) / float64(count))
		if k%2 == 1 {
			sin = -sin
		}
		n.at01, n.weights = append(n.at01, cos), append(n.weights, sin)
		n.places = append(n.places, m.place(c*math.Expm1(n.half*(1+cos))))
	}
	return n
}

// fill computes the functions at the nodes for the groups that are worth it.
func (n *paretoNodes) fill(m ParetoNBD, groups []paretoGroup) {
	parallel(len(groups), func(i int) {
		g := &groups[i]
		if g.nodes = g.nodes[:0]; len(g.entries) < 2*len(n.places) {
			return
		}
		for _, p := range n.places {
			f := g.hyper(m, g.entries[0].x, p)
			f.scale(p.rest)
			g.nodes = append(g.nodes, f)
		}
	})
}

// at interpolates the function whose values at the nodes are given at a place.
func (n *paretoNodes) at(values []hyper, p place) hyper {
	u := p.la
	if p.first {
		u = p.lb
	}
	x := u/n.half - 1
	var f hyper
	total := 0.0
	for k, node := range n.at01 {
		d := x - node
		if d == 0 {
			f, total = values[k], 1
			break
		}
		w := n.weights[k] / d
		total += w
		v := &values[k]
		f.v += w * v.v
		f.p += w * v.p
		f.q += w * v.q
		f.z += w * v.z
		f.pp += w * v.pp
		f.pq += w * v.pq
		f.qq += w * v.qq
		f.pz += w * v.pz
		f.qz += w * v.qz
		f.zz += w * v.zz
	}
	i := 1 / total
	f.v, f.p, f.q, f.z = f.v*i, f.p*i, f.q*i, f.z*i
	f.pp, f.pq, f.qq = f.pp*i, f.pq*i, f.qq*i
	f.pz, f.qz, f.zz = f.pz*i, f.qz*i, f.zz*i
	f.scale(1 / p.rest)
	return f
}

// scale multiplies the derivatives in z: times 1-z they are no larger where z is
// near 1.
func (h *hyper) scale(c float64) {
	h.z *= c
	h.pz *= c
	h.qz *= c
	h.zz *= c * c
}
