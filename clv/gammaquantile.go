package clv

import "math"

// gammaP is the distribution function of a gamma variable with rate 1: the
// regularised incomplete gamma function P(a, x) and its complement Q, by the
// series of DLMF 8.7.1 below a+1 and the continued fraction of DLMF 8.9.2 above.
func gammaP(a, x float64) (p, q float64) {
	if x <= 0 {
		return 0, 1
	}
	front := math.Exp(-deviance(a, x) - stirling(a).d0 + math.Log(a/(2*math.Pi))/2) // x^a e^-x / Γ(a)
	if x < a+1 {
		term, s := 1/a, 1/a
		for n := 1.0; term > s*1e-17; n++ {
			term *= x / (a + n)
			s += term
		}
		p = min(front*s, 1)
		return p, 1 - p
	}
	const tiny = 1e-300
	b := x + 1 - a
	c, d := 1/tiny, 1/b
	f := d
	for i := 1.0; i < 1e7; i++ {
		an := -i * (i - a)
		b += 2
		d = 1 / nonzero(an*d+b, tiny)
		c = nonzero(b+an/c, tiny)
		f *= c * d
		if math.Abs(c*d-1) < 1e-16 {
			break
		}
	}
	q = min(front*f, 1)
	return 1 - q, q
}

func nonzero(x, tiny float64) float64 {
	if math.Abs(x) < tiny {
		return tiny
	}
	return x
}

// gammaQuantile is the value x with gammaP(shape, x) = p: Newton's method on the
// logarithms of x and of the tail, within a bracket that only shrinks.
func gammaQuantile(shape, p float64) float64 {
	switch {
	case !(p > 0):
		return 0
	case p >= 1:
		return math.Inf(1)
	}
	z := math.Sqrt2 * math.Erfinv(2*p-1)
	h := 1 / (9 * shape)
	x := shape * math.Pow(max(1-h+z*math.Sqrt(h), 1e-3), 3) // Wilson & Hilferty 1931
	if shape < 1 || x < 1e-3*shape {                        // P is about x^a / Γ(a+1)
		x = min(x, math.Exp((math.Log(p)+logGamma1(shape))/shape))
	}
	lo, hi := math.Inf(-1), math.Inf(1)
	l := max(math.Log(x), -740)
	for range 200 {
		x = math.Exp(l)
		lower, upper := gammaP(shape, x)
		tail, miss := lower, math.Log(lower/p) // of the smaller tail, on the log scale
		if p > 0.5 {
			tail, miss = upper, math.Log((1-p)/upper)
		}
		if miss > 0 {
			hi = l
		} else {
			lo = l
		}
		slope := math.Exp(-deviance(shape, x)-stirling(shape).d0+math.Log(shape/(2*math.Pi))/2) / tail
		if tail == 0 {
			slope = 1
		}
		next := l - max(-2, min(2, miss/slope))
		if math.Abs(next-l) < 1e-14*max(1, math.Abs(l)) || next < -740 {
			return math.Exp(next)
		}
		if !(next > lo && next < hi) {
			if math.IsInf(lo, 0) || math.IsInf(hi, 0) {
				next = l - math.Copysign(1, miss)
			} else {
				next = (lo + hi) / 2
			}
		}
		if next == l {
			break
		}
		l = next
	}
	return math.Exp(l)
}

// logGamma1 is ln Γ(1+z).
func logGamma1(z float64) float64 {
	v, _ := math.Lgamma(1 + z)
	return v
}
