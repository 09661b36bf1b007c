package clv

import "math"

// What a customer buys who is alive and buys and leaves as the BG/NBD says: the
// expected number of purchases and their present value. docs/clv.md, "Expected
// purchases" and "Discounting".

// trusted is the relative error up to which a series is believed by its own
// account of what it cancelled; worse ones are replaced by an integral.
const trusted = 2e-13

// purchases is the number of purchases expected in the time t (Fader, Hardie &
// Lee 2005a, eq. 9, after Euler's transformation): with e = a-1, z = t/(α+t),
// q = ((1-z)^e - 1)/e,
//
//	E = -(a+b-1) q - (1-z)^e Σ_{n>=1} (a+b-1-r)_n (a)_{n-1} / (a+b)_{n-1} z^n/n!
//
// which has no pole at a = 1 and no overflow at any r.
func (m betaGeometric) purchases(t float64) float64 {
	if t <= 0 {
		return 0
	}
	if math.IsInf(t, 1) {
		return m.purchasesEver()
	}
	l := math.Log1p(t / m.alpha) // -ln(1-z)
	if e, ok := m.purchasesSeries(l); ok {
		return e
	}
	tau := t / m.alpha
	return betaMean(m.a, m.b, func(p float64) float64 {
		if p*tau*m.r < 1e-17 {
			return m.r * tau
		}
		return -math.Expm1(-m.r*math.Log1p(p*tau)) / p
	})
}

// purchasesEver is the limit for a horizon without end, E[1/p].
func (m betaGeometric) purchasesEver() float64 {
	if m.a <= 1 {
		return math.Inf(1)
	}
	return (m.a + m.b - 1) / (m.a - 1)
}

// purchasesSeries is purchases by the series, for ln(1+t/α) = l. It is not ok
// where the series is too long or cancels too much.
func (m betaGeometric) purchasesSeries(l float64) (float64, bool) {
	z := -math.Expm1(-l)
	if z > 0.985 {
		return 0, false
	}
	c, e := m.a+m.b-1, m.a-1
	q, power := -l, math.Exp(-e*l)
	if e != 0 {
		q = math.Expm1(-e*l) / e
	}
	lead := -c * q
	first := c - m.r
	term := first * z
	total, size := 0.0, 0.0
	for n := 1.0; ; n++ {
		total += term
		size += math.Abs(term)
		if math.Abs(term) < 1e-17*(1-z)*(size+math.Abs(lead)) && n > -first {
			break
		}
		if n > 4000 || size > 1e250 {
			return 0, false
		}
		term *= (first + n) / (n + 1) * ((m.a + n - 1) / (c + n)) * z
	}
	v := lead - power*total
	return v, v > 0 && 2e-16*(math.Abs(lead)+power*size) < trusted*v
}

// discounted is ∫_0^h e^{-δu} E'(u) du with the rate of purchases
//
//	E'(u) = r/α 2F1(r+1, a; a+b; -u/α) = r/α (1+u/α)^-a 2F1(a, a+b-1-r; a+b; z),
//
// z = u/(α+u), over y = ln(1+u/α); where the series is of no use the integral
// over u is done first and that over the dropout probability by quadrature.
func (m betaGeometric) discounted(delta, h float64) float64 {
	switch {
	case h <= 0:
		return 0
	case delta == 0:
		return m.purchases(h)
	}
	top := math.Log1p(h / m.alpha)
	if top < 4 {
		if v, ok := m.discountedSeries(delta, top); ok {
			return v
		}
	}
	return betaMean(m.a, m.b, func(p float64) float64 {
		if p == 0 {
			return m.r / m.alpha * annuity(delta, h)
		}
		return m.r / p * discountedLife(m.r+1, delta*m.alpha/p, p*h/m.alpha)
	})
}

func (m betaGeometric) discountedSeries(delta, top float64) (float64, bool) {
	good := true
	f := func(y float64) float64 {
		if !good {
			return 0
		}
		rate, ok := m.rateSeries(y)
		good = good && ok
		return rate * math.Exp(-delta*m.alpha*math.Expm1(y))
	}
	swing := delta*m.alpha*math.Expm1(top) + m.a*top
	panels := max(1, math.Ceil(top/2.5), math.Ceil(swing/8))
	if swing > 2 {
		panels = max(panels, math.Ceil(top/1.5)+1)
	}
	if panels > 40 {
		return 0, false
	}
	v := smooth(top, panels, f)
	return m.r * v, good
}

// rateSeries is α/r E'(u) du/dy at y = ln(1+u/α): e^{(1-a) y} 2F1(a, a+b-1-r; a+b; z).
func (m betaGeometric) rateSeries(y float64) (float64, bool) {
	z := -math.Expm1(-y)
	first, c := m.a+m.b-1-m.r, m.a+m.b
	total, size, term := 0.0, 0.0, 1.0
	for n := 0.0; ; n++ {
		total += term
		size += math.Abs(term)
		if math.Abs(term) < 1e-17*(1-z)*size && n > -first {
			break
		}
		if n > 4000 || size > 1e250 {
			return 0, false
		}
		term *= (m.a + n) / (c + n) * ((first + n) / (n + 1)) * z
	}
	return math.Exp((1-m.a)*y) * total, total > 0 && 2e-16*size < 10*trusted*total
}

// betaMean returns the mean of f over a beta distribution, by Gauss and
// Legendre's rule on panels of the logit v of p. The weight p^a (1-p)^b is
// log-concave in v; where it falls slowly because a or b is small, f no longer
// changes beyond p = 1e-20 (1-1e-17), and the tail is added as a whole.
func betaMean(a, b float64, f func(p float64) float64) float64 {
	weight := func(v float64) float64 { return -a*math.Log1p(math.Exp(-v)) - b*math.Log1p(math.Exp(v)) }
	mode := math.Log(a / b)
	peak := weight(mode)
	from := descend(weight, mode, -1, peak-46, max(mode, 0)+46+math.Abs(mode))
	to := descend(weight, mode, +1, peak-46, 37-min(mode, 0)+math.Abs(mode))
	from, to = max(from, min(mode, 0)-60), min(to, max(mode, 0)+60)
	width := min(1.5, 2.5*math.Sqrt(1/a+1/b))
	panels := math.Ceil((to - from) / width)
	width = (to - from) / panels
	left, right := math.Exp(weight(from)-peak)/a, math.Exp(weight(to)-peak)/b
	total, whole := left*f(logistic(from)), left
	total, whole = total+right*f(logistic(to)), whole+right
	for i := range int(panels) {
		mid, half := from+(float64(i)+0.5)*width, width/2
		for _, n := range nodes16 {
			for _, v := range [2]float64{mid - half*n[0], mid + half*n[0]} {
				w := math.Exp(weight(v)-peak) * n[1] * half
				total += w * f(logistic(v))
				whole += w
			}
		}
	}
	return total / whole
}

// descend returns about where the concave function g has fallen to level, going
// from v in the direction given, at most far.
func descend(g func(float64) float64, v, direction, level, far float64) float64 {
	near := 0.0
	if g(v+direction*far) > level {
		return v + direction*far
	}
	for range 30 {
		if mid := (near + far) / 2; g(v+direction*mid) > level {
			near = mid
		} else {
			far = mid
		}
	}
	return v + direction*far
}

func logistic(v float64) float64 {
	if v < 0 {
		e := math.Exp(v)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-v))
}
