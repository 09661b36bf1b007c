package clv

import "math"

// Chances of staying that differ between customers by a beta distribution, and
// the sums of them over time: what the models of discrete periods are made of
// (docs/clv.md, "Digits").

// lnStay is ln of Π (b+t)/(a+b+t) over t = 0..n-1 for a > -b, with full relative precision
// also where a is tiny beside b: the terms are added up, of many the later ones
// as lnΓ(b+t) - lnΓ(a+b+t) between the ends.
func lnStay(a, b float64, n int) float64 {
	v := 0.0
	for ; n > 0 && (n <= 64 || b < asymptoticFrom); n-- {
		v -= math.Log1p(a / b)
		b++
	}
	if n > 0 {
		v += lnRise(b, a) - lnRise(b+float64(n), a)
	}
	return v
}

// lnRise is ln Γ(z+a) - ln Γ(z) for z >= asymptoticFrom and a > -z.
func lnRise(z, a float64) float64 {
	return (z-0.5)*math.Log1p(a/z) + a*(math.Log(z+a)-1) + stirling0(z+a) - stirling0(z)
}

// endlessHyper is 2F1(1, p; q; e^-rate) for q > p > 0.
func endlessHyper(p, q, rate float64) float64 {
	if rate > 0 {
		return math.Exp(lnHyper(p, q, math.Exp(-rate), -math.Expm1(-rate)))
	}
	if q-p <= 1 {
		return math.Inf(1)
	}
	return (q - 1) / (q - p - 1) // Gauss
}

// partialHyper is the sum of the first n terms of 2F1(1, p; q; e^-rate). Without
// discount it has a closed form, by telescoping; with it, many terms are the
// whole without the rest.
func partialHyper(p, q, rate float64, n int) float64 {
	if n <= 0 {
		return 0
	}
	if rate <= 0 && n > 64 {
		e := q - 1 - p
		if e == 0 {
			return (q - 1) * (digamma(p+float64(n)) - digamma(p))
		}
		return (q - 1) * -math.Expm1(lnStay(e, p, n)) / e
	}
	if n > 4096 && rate > 0 {
		m := float64(n)
		rest := math.Exp(lnStay(q-p, p, n)-rate*m) * endlessHyper(p+m, q+m, rate)
		return endlessHyper(p, q, rate) - rest
	}
	z, total, term := math.Exp(-rate), 0.0, 1.0
	for i := range n {
		total += term
		term *= (p + float64(i)) / (q + float64(i)) * z
		if term < 1e-18*total*-math.Expm1(-rate) {
			break
		}
	}
	return total
}
