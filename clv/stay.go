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
	if math.Abs(a) < 1e-4 { // Taylor: what follows would be a difference of nearly equal numbers
		return a * (digamma(z) + a/2*trigamma(z))
	}
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
		return undiscounted(p, q, float64(n))
	}
	if n > 4096 && rate > 0 {
		m := float64(n)
		if rate*m < 1 {
			return hardlyDiscounted(p, q, rate, n)
		}
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

// hardlyDiscounted is partialHyper for many terms and a rate so small that the
// rest is nearly the whole. With W(i) the sum of i terms without discount, the sum
// by parts is
//
//	z^(n-1) W(n) + (1-z) Σ_{i=1}^{n-1} W(i) z^(i-1),
//
// whose second part is small: it is added up as far as it bends, and integrated
// by Euler and Maclaurin's midpoint rule from there.
func hardlyDiscounted(p, q, rate float64, n int) float64 {
	const head = 256
	f := func(u float64) float64 { return undiscounted(p, q, u) * math.Exp(-rate*(u-1)) }
	total, sum, term := 0.0, 0.0, 1.0
	for i := 1; i < head; i++ {
		sum += term
		term *= (p + float64(i) - 1) / (q + float64(i) - 1)
		total += sum * math.Exp(-rate*float64(i-1))
	}
	from, to := head-0.5, float64(n)-0.5
	pieces := math.Ceil(math.Log2(to / from))
	step := math.Pow(to/from, 1/pieces)
	for i := 0.0; i < pieces; i++ {
		total += legendre(from*math.Pow(step, i), from*math.Pow(step, i+1), f)
	}
	total -= (f(to) - f(to-1) - f(from+1) + f(from)) / 24
	return math.Exp(-rate*float64(n-1))*undiscounted(p, q, float64(n)) - math.Expm1(-rate)*total
}

// undiscounted is the sum of the first u >= 1 terms of 2F1(1, p; q; 1), u not
// necessarily whole.
func undiscounted(p, q, u float64) float64 {
	e := q - 1 - p
	if e == 0 {
		return (q - 1) * (digamma(p+u) - digamma(p))
	}
	l := 0.0 // ln (p)_u/(q-1)_u
	for ; p < asymptoticFrom; p++ {
		l += math.Log1p(e/(p+u)) - math.Log1p(e/p)
	}
	l += lnRise(p, e) - lnRise(p+u, e)
	return (q - 1) * -math.Expm1(l) / e
}
