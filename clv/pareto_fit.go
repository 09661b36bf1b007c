package clv

import (
	"math"
	"slices"
)

// A jet4 is a function of ln r, ln α, ln s, ln β with its gradient and the upper
// half of its Hessian, row by row.
type jet4 struct {
	v float64
	g [4]float64
	h [10]float64
}

// paretoTables are the entries of the likelihood that depend on (x, t_x) only,
// and those that depend on (x, T) only: there are far fewer of them than cells.
// docs/clv.md, "What a fit costs".
type paretoTables struct {
	left, stay     []paretoEntry
	ofLeft, ofStay []int32 // of each cell
	groups         []paretoGroup
	pieces         []paretoPiece // of the groups, to be filled on all cores
}

// A paretoEntry is a function at (x, t).
type paretoEntry struct {
	x   int
	day int32
	jet jet4
}

func newParetoTables(s *study) *paretoTables {
	p := &paretoTables{ofLeft: make([]int32, len(s.cells)), ofStay: make([]int32, len(s.cells))}
	seen := make([]int32, len(s.days)) // entry of the day in this run + 1
	for _, u := range s.runs {
		start := len(p.left)
		lastDay := int32(-1)
		for i := u.from; i < u.to; i++ {
			if day := s.t[i]; day != lastDay {
				p.stay = append(p.stay, paretoEntry{x: u.x, day: day})
				lastDay = day
			}
			p.ofStay[i] = int32(len(p.stay) - 1)
			day := s.tx[i]
			if seen[day] == 0 {
				p.left = append(p.left, paretoEntry{x: u.x, day: day})
				seen[day] = int32(len(p.left))
			}
			p.ofLeft[i] = seen[day] - 1
		}
		for _, e := range p.left[start:] {
			seen[e.day] = 0
		}
	}
	p.group(p.left, ParetoNBD.leftHyper, ParetoNBD.leftJet)
	p.group(p.stay, ParetoNBD.stayHyper, ParetoNBD.stayJet)
	return p
}

// paretoObjective is the log-likelihood of the cells over ln r, ln α, ln s, ln β
// with gradient and Hessian. docs/clv.md, "Pareto/NBD".
func paretoObjective(s *study) objective {
	tables := newParetoTables(s)
	return func(v, grad, hess []float64) float64 {
		clear(grad)
		clear(hess)
		m := ParetoNBD{R: math.Exp(v[0]), Alpha: math.Exp(v[1]), S: math.Exp(v[2]), Beta: math.Exp(v[3])}
		tables.fill(s, m)
		ll := s.addRisings(v, grad, hess)
		acc := sum(len(s.cells), 15, func(from, to int, acc []float64) { tables.add(s, from, to, acc) })
		for i := range 4 {
			grad[i] += acc[1+i]
		}
		addUpper(hess, acc[5:], 4)
		return ll + acc[0]
	}
}

// addUpper adds the upper half of a symmetric matrix, row by row, to a whole one.
func addUpper(hess, upper []float64, n int) {
	for i, k := 0, 0; i < n; i++ {
		for j := i; j < n; j, k = j+1, k+1 {
			hess[i*n+j] += upper[k]
			if i != j {
				hess[j*n+i] += upper[k]
			}
		}
	}
}

// addRisings adds Σ ln (r)_x - x ln α.
func (s *study) addRisings(v, grad, hess []float64) float64 {
	r := math.Exp(v[0])
	ll := -s.purchases * v[1]
	grad[1] -= s.purchases
	for _, u := range s.runs {
		f, d1, d2 := rising(r, u.x)
		ll += u.customers * f
		grad[0] += u.customers * r * d1
		hess[0] += u.customers * (r*d1 + r*r*d2)
	}
	return ll
}

// fill computes every entry.
func (p *paretoTables) fill(s *study, m ParetoNBD) {
	nodes := newParetoNodes(m, slices.Max(s.days))
	nodes.fill(m, p.groups)
	parallel(len(p.pieces), func(b int) {
		piece := &p.pieces[b]
		g := &p.groups[piece.group]
		for i := piece.from; i < piece.to; i++ {
			e := &g.entries[i]
			t := s.days[e.day]
			at := m.place(t)
			if len(g.nodes) > 0 {
				g.finish(m, e.x, t, at, nodes.at(g.nodes, at), &e.jet)
			} else {
				g.finish(m, e.x, t, at, g.hyper(m, e.x, at), &e.jet)
			}
		}
	})
}

// add adds the cells from..to: ln(e^left + e^stay).
func (p *paretoTables) add(s *study, from, to int, acc []float64) {
	var weight float64 // of the entry stay
	for i := from; i < to; i++ {
		left, stay, n := &p.left[p.ofLeft[i]].jet, &p.stay[p.ofStay[i]].jet, s.count[i]
		d := left.v - stay.v
		e := math.Exp(-math.Abs(d))
		inverse := 1 / (1 + e)
		w := e * inverse // the share of left
		if d > 0 {
			w = inverse
			acc[0] += n * d
		}
		acc[0] += n * (stay.v + math.Log1p(e))
		v := n * e * inverse * inverse
		w *= n
		d0, d1, d2, d3 := left.g[0]-stay.g[0], left.g[1]-stay.g[1], left.g[2]-stay.g[2], left.g[3]-stay.g[3]
		acc[1] += w * left.g[0]
		acc[2] += w * left.g[1]
		acc[3] += w * left.g[2]
		acc[4] += w * left.g[3]
		v0, v1, v2 := v*d0, v*d1, v*d2
		acc[5] += w*left.h[0] + v0*d0
		acc[6] += w*left.h[1] + v0*d1
		acc[7] += w*left.h[2] + v0*d2
		acc[8] += w*left.h[3] + v0*d3
		acc[9] += w*left.h[4] + v1*d1
		acc[10] += w*left.h[5] + v1*d2
		acc[11] += w*left.h[6] + v1*d3
		acc[12] += w*left.h[7] + v2*d2
		acc[13] += w*left.h[8] + v2*d3
		acc[14] += w*left.h[9] + v*d3*d3
		weight += n - w
		if i+1 == to || p.ofStay[i+1] != p.ofStay[i] {
			for k, g := range stay.g {
				acc[1+k] += weight * g
			}
			for k, h := range stay.h {
				acc[5+k] += weight * h
			}
			weight = 0
		}
	}
}

// leftHyper is the hypergeometric function of lnLeft.
func (m ParetoNBD) leftHyper(x int, p place) hyper {
	rx := m.R + float64(x)
	if p.first {
		return hyperAt(rx, rx+m.S+1, p.z, p.rest)
	}
	return hyperAt(m.S+1, rx+m.S+1, p.z, p.rest)
}

// leftJet is lnLeft with its derivatives in the logarithms of the parameters.
func (m ParetoNBD) leftJet(x int, t float64, p place, f hyper, out *jet4) {
	move := 0.0
	if !p.first {
		move = -1
	}
	m.gather(x, t, p, move, f, out)
	out.v += math.Log(m.S)
	out.g[2]++
}

// stayHyper is the hypergeometric function of lnStay.
func (m ParetoNBD) stayHyper(x int, p place) hyper {
	rx := m.R + float64(x)
	if p.first {
		return hyperAt(rx+1, rx+m.S+1, p.z, p.rest)
	}
	return hyperAt(m.S, rx+m.S+1, p.z, p.rest)
}

// stayJet is lnStay with its derivatives.
func (m ParetoNBD) stayJet(x int, t float64, p place, f hyper, out *jet4) {
	move := 0.0
	if p.first {
		move = 1
	}
	m.gather(x, t, p, move, f, out)
	rx := m.R + float64(x)
	out.v += math.Log(rx)
	out.g[0] += m.R / rx
	out.h[0] += m.R / rx * (float64(x) / rx)
}

// gather sets out to
//
//	-(r+x) ln(1+t/α) - s ln(1+t/β) - move (ln(α+t) - ln(β+t)) - ln(r+s+x) + ln S
//
// with its derivatives, where f is ln S(p, q, z); p contains r if α >= β and s
// if not, q both, z = |α-β|/(max+t).
func (m ParetoNBD) gather(x int, t float64, p place, move float64, f hyper, out *jet4) {
	r, s, rx := m.R, m.S, m.R+float64(x)
	k := rx + s
	ua, ub := m.Alpha/(m.Alpha+t), m.Beta/(m.Beta+t)
	a := dayLog{l: p.la, m: -t / (m.Alpha + t), m2: ua * (t / (m.Alpha + t))}
	b := dayLog{l: p.lb, m: -t / (m.Beta + t), m2: ub * (t / (m.Beta + t))}
	out.v = -rx*a.l - s*b.l - math.Log(k) + f.v
	if move != 0 {
		out.v += p.lnRest
	}
	// p, q and z as functions of the logarithms of the parameters.
	pr, ps := r, 0.0
	za, zb := ua*p.rest, -m.Beta/(m.Alpha+t)
	zaa, zab, zbb := -za*(ua+a.m), -zb*ua, zb
	if !p.first {
		pr, ps = 0, s
		za, zb = -m.Alpha/(m.Beta+t), ub*p.rest
		zaa, zab, zbb = za, -za*ub, -zb*(ub+b.m)
	}
	out.g = [4]float64{
		-r*a.l - r/k + f.p*pr + f.q*r,
		-rx*a.m - move*ua + f.z*za,
		-s*b.l - s/k + f.p*ps + f.q*s,
		-s*b.m + move*ub + f.z*zb,
	}
	fr, fs := f.pz*pr+f.qz*r, f.pz*ps+f.qz*s
	out.h = [10]float64{
		-r*a.l - r/k + r*r/(k*k) + f.pp*pr*pr + 2*f.pq*pr*r + f.qq*r*r + f.p*pr + f.q*r,
		-r*a.m + fr*za,
		r*s/(k*k) + f.pp*pr*ps + f.pq*(pr*s+r*ps) + f.qq*r*s,
		fr * zb,
		-rx*a.m2 - move*a.m2 + f.zz*za*za + f.z*zaa,
		fs * za,
		f.zz*za*zb + f.z*zab,
		-s*b.l - s/k + s*s/(k*k) + f.pp*ps*ps + 2*f.pq*ps*s + f.qq*s*s + f.p*ps + f.q*s,
		-s*b.m + fs*zb,
		-s*b.m2 + move*b.m2 + f.zz*zb*zb + f.z*zbb,
	}
}
