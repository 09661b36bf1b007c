package clv

import "math"

// The models with beta and gamma mixtures are made of differences of lnΓ, which
// lose their digits when the arguments are large: lnΓ(10^7) is 1.5·10^8. All of
// them are therefore built from Stirling's formula
//
//	lnΓ(z) = (z-1/2) ln z - z + ln(2π)/2 + δ(z)
//
// by taking the differences of the large terms on paper and keeping the small
// remainder δ (docs/clv.md, "Digits").

// remainder is δ(z) with its first two derivatives.
type remainder struct{ d0, d1, d2 float64 }

// stirling returns δ(z) for z > 0: the series of special.go, stepped up to where
// they hold by δ(z) = δ(z+1) + (z+1/2) ln(1+1/z) - 1.
func stirling(z float64) remainder {
	var d remainder
	for z < asymptoticFrom {
		v := 1 / (z * (z + 1))
		l := math.Log1p(1 / z)
		d.d0 += (z+0.5)*l - 1
		d.d1 += l - (z+0.5)*v
		d.d2 += v * v / 2
		z++
	}
	d.d0 += stirling0(z)
	d.d1 -= stirling1(z)
	d.d2 += stirling2(z)
	return d
}

// trigamma is ψ'(z) for z > 0.
func (d remainder) trigamma(z float64) float64 { return (1+0.5/z)/z + d.d2 }

// deviance is x ln(x/m) + m - x for x, m > 0, without the loss of digits near
// x = m (Loader 2000, "Fast and accurate computation of binomial
// probabilities", bd0).
func deviance(x, m float64) float64 {
	d := x - m
	if math.Abs(d) > 0.1*(x+m) {
		return x*math.Log(x/m) + m - x
	}
	v := d / (x + m)
	s, term := d*v, 2*x*v
	for j := 3.0; j < 1000; j += 2 {
		term *= v * v
		next := s + term/j
		if next == s {
			break
		}
		s = next
	}
	return s
}

// logBetaDensity is ln(u^a (1-u)^b / B(a,b)) at u = y/(y+g): the density of a
// beta variable times u(1-u). Neither large a and b nor y far from g lose digits.
func logBetaDensity(a, b, y, g float64) float64 {
	n := a + b
	d := stirling(n).d0 - stirling(a).d0 - stirling(b).d0
	return d - deviance(a, n*(y/(y+g))) - deviance(b, n*(g/(y+g))) +
		(math.Log(a)+math.Log(b)-math.Log(n)-math.Log(2*math.Pi))/2
}
