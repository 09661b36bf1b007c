package clv

import "math"

// Special functions in the forms that the models need: differences of
// log-gammas that don't cancel, hypergeometric series on the log scale with
// their derivatives, the exponential integral of real order and the incomplete
// beta function. docs/clv.md, "Special functions".

// asymptoticFrom is where the asymptotic series below have 16 digits.
const asymptoticFrom = 16.0

// stirling0 returns the remainder of Stirling's series, ln Γ(z) - (z-1/2) ln z +
// z - ln(2π)/2, for z >= asymptoticFrom (Abramowitz & Stegun 6.1.41).
func stirling0(z float64) float64 {
	i := 1 / z
	w := i * i
	return i * (1.0/12 - w*(1.0/360-w*(1.0/1260-w*(1.0/1680-w*(1.0/1188-w*(691.0/360360-w/156))))))
}

// stirling1 is ln z - 1/(2z) - ψ(z) for z >= asymptoticFrom (A&S 6.3.18).
func stirling1(z float64) float64 {
	w := 1 / (z * z)
	return w * (1.0/12 - w*(1.0/120-w*(1.0/252-w*(1.0/240-w*(1.0/132-w*(691.0/32760-w/12))))))
}

// stirling2 is ψ'(z) - 1/z - 1/(2z²) for z >= asymptoticFrom (A&S 6.4.12).
func stirling2(z float64) float64 {
	i := 1 / z
	w := i * i
	return w * i * (1.0/6 - w*(1.0/30-w*(1.0/42-w*(1.0/30-w*(5.0/66-w*(691.0/2730-w*7.0/6))))))
}

// digamma returns ψ(z) for z > 0.
func digamma(z float64) float64 {
	v := 0.0
	for ; z < asymptoticFrom; z++ {
		v -= 1 / z
	}
	return v + math.Log(z) - 0.5/z - stirling1(z)
}

// trigamma returns ψ'(z) for z > 0.
func trigamma(z float64) float64 {
	v := 0.0
	for ; z < asymptoticFrom; z++ {
		v += 1 / z / z
	}
	return v + 1/z + 0.5/z/z + stirling2(z)
}

// lnRising returns ln (z)_n = ln Γ(z+n) - ln Γ(z), the logarithm of the rising
// factorial z(z+1)…(z+n-1), for z > 0: a product while it is short, then the
// difference of two Stirling series in which the large parts are subtracted by
// log1p. It has full relative precision for any z, however large beside n.
func lnRising(z float64, n int) float64 {
	if n <= 0 {
		return 0
	}
	v := 0.0
	if n <= 32 && z < 1e9 {
		p := z
		for i := 1; i < n; i++ {
			p *= z + float64(i)
		}
		return math.Log(p)
	}
	if z < asymptoticFrom {
		p := 1.0
		for ; z < asymptoticFrom; z++ {
			p *= z
			n--
		}
		v = math.Log(p)
	}
	m := float64(n)
	return v + (z-0.5)*math.Log1p(m/z) + m*(math.Log(z+m)-1) + (stirling0(z+m) - stirling0(z))
}

// rising returns lnRising(z, n) with its first two derivatives in z,
// ψ(z+n) - ψ(z) and ψ'(z+n) - ψ'(z).
func rising(z float64, n int) (v, d1, d2 float64) {
	v = lnRising(z, n)
	if n <= 32 {
		for i := range n {
			w := 1 / (z + float64(i))
			d1 += w
			d2 -= w * w
		}
		return v, d1, d2
	}
	for ; z < asymptoticFrom; z++ {
		d1 += 1 / z
		d2 -= 1 / z / z
		n--
	}
	m := float64(n)
	y := z + m
	d1 += math.Log1p(m/z) + 0.5*m/(z*y) - (stirling1(y) - stirling1(z))
	d2 += -m/(z*y) + 0.5*(1/(y*y)-1/(z*z)) + stirling2(y) - stirling2(z)
	return v, d1, d2
}

// lnFactorial returns ln n!.
func lnFactorial(n int) float64 { return lnRising(1, n) }

// logAddExp returns ln(e^a + e^b).
func logAddExp(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(a, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// betaTail returns I_x(n, r), the regularised incomplete beta function for a
// whole n >= 1: the probability of n successes or more of a negative binomial
// count with shape r. lnX and lnY are the logarithms of x and 1-x. It is the
// continued fraction of Numerical Recipes 6.4 on the side where it converges.
func betaTail(n int, r, lnX, lnY float64) float64 {
	if math.IsInf(lnX, -1) {
		return 0
	}
	x, a := math.Exp(lnX), float64(n)
	front := lnRising(r, n) - lnFactorial(n-1) + a*lnX + r*lnY // ln of x^n y^r / B(n, r)
	if x < (a+1)/(a+r+2) {
		return min(1, math.Exp(front)/a*betaFraction(a, r, x))
	}
	return max(0, 1-math.Exp(front)/r*betaFraction(r, a, -math.Expm1(lnX)))
}

// betaFraction is the continued fraction of the incomplete beta function by
// Lentz's method. It needs about the square root of the larger argument steps.
func betaFraction(a, b, x float64) float64 {
	const tiny = 1e-300
	c, d := 1.0, 1-(a+b)*x/(a+1)
	if math.Abs(d) < tiny {
		d = tiny
	}
	d = 1 / d
	h := d
	for m := 1.0; m < 20000; m++ {
		for _, u := range [2]float64{
			m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m)),
			-(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1)),
		} {
			if d = 1 + u*d; math.Abs(d) < tiny {
				d = tiny
			}
			if c = 1 + u/c; math.Abs(c) < tiny {
				c = tiny
			}
			d = 1 / d
			h *= d * c
		}
		if math.Abs(d*c-1) < 1e-16 {
			break
		}
	}
	return h
}

// discountedLife returns ∫_0^h e^{-zy} (1+y)^{-s} dy for z >= 0, s > 0 and h up
// to +Inf: the present value of a stream that dies out like a Pareto lifetime.
// With h = +Inf it is e^z E_s(z), E_s the exponential integral of real order s
// (Fader, Hardie & Lee 2005b, eq. 4, in the form U(s,s,z) = e^z Γ(1-s,z)).
// docs/clv.md, "Special functions". It is +Inf where the integral is.
func discountedLife(s, z, h float64) float64 {
	top := math.Log1p(h) // y = e^w - 1: the integrand becomes e^{(1-s)w - z(e^w - 1)}
	if z == 0 {
		switch u := (1 - s) * top; {
		case s == 1:
			return top
		case math.IsInf(h, 1):
			if s < 1 {
				return math.Inf(1)
			}
			return 1 / (s - 1)
		default:
			return math.Expm1(u) / (1 - s)
		}
	}
	if math.IsInf(h, 1) && z > 1 {
		return exponentialFraction(s, z)
	}
	top = min(top, math.Log1p(45*(1+max(0, 1-s))/z)) // beyond is less than e^-45 of the whole
	if s > 1 {
		top = min(top, 45/(s-1))
	}
	swing := math.Abs(1-s)*top + z*math.Expm1(top)
	panels := max(1, math.Ceil(top/2.5), math.Ceil(swing/8))
	if swing > 2 { // e^swing is no polynomial of low degree
		panels = max(panels, math.Ceil(top/1.5)+1)
	}
	return smooth(top, panels, func(w float64) float64 { return math.Exp((1-s)*w - z*math.Expm1(w)) })
}

// exponentialFraction is e^z E_s(z) for z > 1 by the continued fraction of
// Abramowitz & Stegun 5.1.22 in its contracted form.
func exponentialFraction(s, z float64) float64 {
	b := z + s
	c, d := math.Inf(1), 1/b
	h := d
	for k := 1.0; k < 1000; k++ {
		a := -k * (s + k - 1)
		b += 2
		d = 1 / (a*d + b)
		c = b + a/c
		h *= c * d
		if math.Abs(c*d-1) < 1e-16 {
			break
		}
	}
	return h
}

// nodes16 are the positive nodes and the weights of Gauss and Legendre's rule of
// 16 points on [-1, 1] (A&S table 25.4).
var nodes16 = [8][2]float64{
	{0.0950125098376374401853193354250, 0.1894506104550684962853967232083},
	{0.2816035507792589132304605014605, 0.1826034150449235888667636679692},
	{0.4580167776572273863424194429836, 0.1691565193950025381893120790304},
	{0.6178762444026437484466717640488, 0.1495959888165767320815017305474},
	{0.7554044083550030338951011948474, 0.1246289712555338720524762821920},
	{0.8656312023878317438804678977124, 0.0951585116824927848099251076022},
	{0.9445750230732325760779884155346, 0.0622535239386478928628438369944},
	{0.9894009349916499325961541734503, 0.0271524594117540948517805724560},
}

// nodes8 are those of the rule of 8 points.
var nodes8 = [4][2]float64{
	{0.1834346424956498049394761423602, 0.3626837833783619829651504492780},
	{0.5255324099163289858177390491892, 0.3137066458778872873379622019866},
	{0.7966664774136267395915539364758, 0.2223810344533744705443559944262},
	{0.9602898564975362316835608685695, 0.1012285362903762591525313543100},
}

// legendre integrates f from a to b by a rule of 16 points.
func legendre(a, b float64, f func(float64) float64) float64 {
	return legendreBy(nodes16[:], a, b, f)
}

// smooth integrates f from 0 to b, in one piece by few points where f is analytic
// for a distance of π around and b is small beside that, else in panels.
func smooth(b float64, panels float64, f func(float64) float64) float64 {
	if panels == 1 && b < 1.5 {
		return legendreBy(nodes8[:], 0, b, f)
	}
	total := 0.0
	for i := 0.0; i < panels; i++ {
		total += legendre(b*i/panels, b*(i+1)/panels, f)
	}
	return total
}

func legendreBy(nodes [][2]float64, a, b float64, f func(float64) float64) float64 {
	mid, half := (a+b)/2, (b-a)/2
	total := 0.0
	for _, n := range nodes {
		total += n[1] * (f(mid-half*n[0]) + f(mid+half*n[0]))
	}
	return total * half
}
