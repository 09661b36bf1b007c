package clv

import "math"

// The family S(p, q, z) = 2F1(1, p; q; z) = Σ (p)_n/(q)_n z^n with q > p > 0 and
// 0 <= z < 1, to which Euler's transformation brings every hypergeometric
// function of the Pareto/NBD: all terms are positive and fall faster than z^n,
// so nothing cancels and nothing overflows. docs/clv.md, "Special functions".

// A hyper is ln S with its first and second derivatives in p, q and z.
type hyper struct {
	v, p, q, z             float64
	pp, pq, qq, pz, qz, zz float64
}

const (
	seriesUpTo = 0.95 // z below which the series is always summed to its end
	seriesHead = 24   // terms that are summed before the rest is integrated
)

// lnHyper returns ln S(p, q, z). rest is 1-z, given apart because it is known to
// more digits than the difference has.
func lnHyper(p, q, z, rest float64) float64 {
	total, term := 0.0, 1.0
	for n := 0.0; ; n++ {
		if n == seriesHead && z > seriesUpTo {
			return math.Log(total + term*math.Exp(integrateHyper(p+n, q+n, z, rest, nil)))
		}
		total += term
		term *= (p + n) / (q + n) * z
		if term < 1e-17*total*rest || total+term == total && z < 0.5 {
			return math.Log(total + term)
		}
	}
}

// hyperAt returns ln S(p, q, z) with its derivatives.
func hyperAt(p, q, z, rest float64) hyper {
	c1 := p / q
	// Sums over n >= 2 of w = (p)_n/(q)_n z^(n-2) with the derivatives of ln w.
	ip, iq := 1/p, 1/q
	h1p, h2p, h1q, h2q := ip, ip*ip, iq, iq*iq // Σ 1/(p+i), Σ 1/(p+i)², …
	var s, sp, sq, sz, spp, spq, sqq, spz, sqz, szz float64
	w := c1
	n := 1.0
	for {
		ip, iq = 1/(p+n), 1/(q+n)
		h1p += ip
		h2p += ip * ip
		h1q += iq
		h2q += iq * iq
		w *= (p + n) * iq
		if n > 1 {
			w *= z
		}
		n++
		wp, wq := w*h1p, -w*h1q
		s += w
		sp += wp
		sq += wq
		sz += n * w
		spp += wp*h1p - w*h2p
		spq -= wp * h1q
		sqq += w * (h1q*h1q + h2q)
		spz += n * wp
		sqz += n * wq
		szz += n * (n - 1) * w
		if n*n*w*z*z < 1e-17*rest || w == 0 {
			break
		}
		if n == seriesHead && z > seriesUpTo {
			break
		}
	}
	z2 := z * z
	h := hyper{
		v: 1 + c1*z + s*z2,
		p: z/q + sp*z2, q: -c1*z/q + sq*z2, z: c1 + sz*z,
		pp: spp * z2, pq: -z/(q*q) + spq*z2, qq: 2*c1*z/(q*q) + sqq*z2,
		pz: 1/q + spz*z, qz: -c1/q + sqz*z, zz: szz,
	}
	if n == seriesHead && z > seriesUpTo {
		h.addTail(tail{n: n, p: p, q: q, z: z, rest: rest, w: w * z2, h1p: h1p, h2p: h2p, h1q: h1q, h2q: h2q})
	}
	return h.log()
}

// A tail is the term of order n of the series and what is needed to sum the
// terms after it: they are the term of order n+1 times S(p+n+1, q+n+1, z).
type tail struct {
	n, p, q, z, rest   float64
	w                  float64 // the term
	h1p, h2p, h1q, h2q float64
}

// addTail adds the rest of the series to the sums.
func (h *hyper) addTail(t tail) {
	ip, iq := 1/(t.p+t.n), 1/(t.q+t.n)
	var l hyper
	integrateHyper(t.p+t.n+1, t.q+t.n+1, t.z, t.rest, &l)
	f := t.w * (t.p + t.n) * iq * t.z * math.Exp(l.v)
	m := t.n + 1
	l.p += t.h1p + ip
	l.q -= t.h1q + iq
	l.z += m / t.z
	l.pp -= t.h2p + ip*ip
	l.qq += t.h2q + iq*iq
	l.zz -= m / (t.z * t.z)
	h.v += f
	h.p += f * l.p
	h.q += f * l.q
	h.z += f * l.z
	h.pp += f * (l.pp + l.p*l.p)
	h.pq += f * (l.pq + l.p*l.q)
	h.qq += f * (l.qq + l.q*l.q)
	h.pz += f * (l.pz + l.p*l.z)
	h.qz += f * (l.qz + l.q*l.z)
	h.zz += f * (l.zz + l.z*l.z)
}

// log turns a sum and its derivatives into its logarithm and the derivatives of
// that.
func (h hyper) log() hyper {
	i := 1 / h.v
	p, q, z := h.p*i, h.q*i, h.z*i
	return hyper{
		v: math.Log(h.v), p: p, q: q, z: z,
		pp: h.pp*i - p*p, pq: h.pq*i - p*q, qq: h.qq*i - q*q,
		pz: h.pz*i - p*z, qz: h.qz*i - q*z, zz: h.zz*i - z*z,
	}
}

// hyperStep is the step of the trapezoidal rule below: the integrand is analytic
// in a strip of half-width π/2 at least, so that the error is e^{-π²/step}.
const hyperStep = 0.25

// A hyperNode is a point v of the rule: w = v - e^-v, e^w and ln dw/dv.
type hyperNode struct{ w, ew, lnSlope float64 }

func newHyperNode(i int) hyperNode {
	v := -3.7 + hyperStep*float64(i)
	ev := math.Exp(-v)
	return hyperNode{v - ev, math.Exp(v - ev), math.Log1p(ev)}
}

// hyperNodes are the first points, which are the same for all arguments.
var hyperNodes = func() (nodes [192]hyperNode) {
	for i := range nodes {
		nodes[i] = newHyperNode(i)
	}
	return nodes
}()

func hyperNodeAt(i int) hyperNode {
	if i < len(hyperNodes) {
		return hyperNodes[i]
	}
	return newHyperNode(i)
}

// integrateHyper returns ln S(p, q, z) for large q and any z below 1 by Euler's
// integral, S = Q ∫_0^∞ e^{φ(y)} dy with Q = q-1 and φ = -Qy - p ln(1-z+z e^{-y}),
// which is log-concave. With y = ln(1+e^w) and w = ln σ + v - e^{-v} the
// trapezoidal rule in v converges exponentially; a hundred points do for 1-z down
// to 1e-10. If d is not nil, it gets the derivatives: they are moments under the
// density e^φ, of y, l = ln(1-z+z e^{-y}) and k = (1-e^{-y})/(1-z+z e^{-y}).
func integrateHyper(p, q, z, rest float64, d *hyper) float64 {
	big := q - 1
	lnSigma := -math.Log(max(1, big-p*z))
	most := math.Inf(-1)
	var m moments
	sigma := math.Exp(lnSigma)
	for i := range 16000 {
		node := hyperNodeAt(i)
		w, ew := lnSigma+node.w, sigma*node.ew
		y := math.Log1p(ew)
		alive := 1 / (1 + ew) // e^{-y}
		gone := ew * alive
		if math.IsInf(ew, 1) {
			y, alive, gone = w, 0, 1
		}
		base := rest + z*alive
		l := math.Log1p(-z * gone)
		if z*gone > 0.5 {
			l = math.Log(base)
		}
		f := -big*y - p*l + w - y + node.lnSlope // with ln dy/dv
		if f > most {
			m.scale(math.Exp(most - f))
			most = f
		} else if f < most-45 {
			break
		}
		e := math.Exp(f - most)
		if d == nil {
			m.n += e
			continue
		}
		m.add(e, y, l, gone/base)
	}
	lnS := math.Log(big*m.n*hyperStep) + most
	if d != nil {
		*d = m.hyper(lnS, p, big)
	}
	return lnS
}

// moments are sums over the points of integrateHyper, relative to the highest.
type moments struct {
	n, y, l, k, yy, yl, ll, yk, lk, kk float64
}

func (m *moments) scale(c float64) {
	m.n *= c
	m.y, m.l, m.k = m.y*c, m.l*c, m.k*c
	m.yy, m.yl, m.ll = m.yy*c, m.yl*c, m.ll*c
	m.yk, m.lk, m.kk = m.yk*c, m.lk*c, m.kk*c
}

func (m *moments) add(e, y, l, k float64) {
	m.n += e
	ey, el, ek := e*y, e*l, e*k
	m.y += ey
	m.l += el
	m.k += ek
	m.yy += ey * y
	m.yl += ey * l
	m.ll += el * l
	m.yk += ey * k
	m.lk += el * k
	m.kk += ek * k
}

func (m *moments) hyper(v, p, big float64) hyper {
	i := 1 / m.n
	y, l, k := m.y*i, m.l*i, m.k*i
	return hyper{
		v: v, p: -l, q: 1/big - y, z: p * k,
		pp: m.ll*i - l*l, pq: m.yl*i - y*l, qq: m.yy*i - y*y - 1/(big*big),
		pz: k - p*(m.lk*i-l*k), qz: -p * (m.yk*i - y*k), zz: p*m.kk*i + p*p*(m.kk*i-k*k),
	}
}
