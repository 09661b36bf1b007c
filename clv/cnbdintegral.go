package clv

import "math"

// discounted is the number of purchases in t of a customer who is alive, each
// discounted at the rate delta.
func (q *rhythm) discounted(delta, t float64) float64 {
	switch {
	case t <= 0:
		return 0
	case delta <= 0:
		return q.expected(t)
	case math.IsInf(t, 1) || delta*t > 700:
		return q.overRates(0.25, func(rate float64) float64 { return q.forEver(rate, delta) }) // DERT
	}
	return q.integral(delta, t)
}

// integral is discounted for a finite horizon, as an integral over the rate λ of
// hidden events. With y = λ+δ and φ = λ/y, discounting is the same as hidden
// events at the rate y of which a purchase counts φ^k:
//
//	Σ_{j<k} (y·silence)^j/j! Σ_N P(N; y·t) U(⌊(N+j)/k⌋),
//	U(m) = Σ_{i=1}^m E[(1-p)^(i-1)] φ^(ik),
//
// with P(N; ·) the Poisson probabilities (docs/clv.md, "Rhythm").
func (q *rhythm) integral(delta, t float64) float64 {
	events := min((q.n+float64(q.k))/q.beta*t*4, 2*float64(q.k*q.k)) // beyond, the steps of ⌊N/k⌋ are smooth
	phases := make([]float64, q.k+1)
	return q.overRates(0.7/math.Sqrt(1+events), func(rate float64) float64 {
		y := rate + delta
		fromTop(phases, y*q.silence)
		return q.lnBought(y*t, -float64(q.k)*math.Log1p(delta/rate), phases)
	})
}

// fromTop fills sums with Σ_j y^j/j! over the last i of j = 0..k-1, so that
// sums[k] is the whole.
func fromTop(sums []float64, y float64) {
	k := len(sums) - 1
	term := 1.0
	for j := range k {
		sums[k-j] = term
		term *= y / float64(j+1)
	}
	for i := range k {
		sums[i+1] += sums[i]
	}
}

// overRates is ∫ λ^n e^{-λβ} e^{f(λ)} dλ/λ over Γ(n) β^-n phases, which is its
// value for f = ln Σ_j (λ·silence)^j/j!, by the trapezoidal rule in ln λ: it
// converges exponentially, for the integrand is analytic and falls off at both
// ends. finest is the largest step that f allows.
func (q *rhythm) overRates(finest float64, f func(rate float64) float64) float64 {
	step := min(0.25, 0.7/math.Sqrt(q.n+float64(q.k)), finest)
	front := q.n + math.Log(q.n/(2*math.Pi))/2 - stirling(q.n).d0
	most, total := math.Inf(-1), 0.0
	add := func(i int) (over bool) {
		v := step * float64(i)
		e := math.Exp(v)
		l := front + q.n*v - q.n*e + f(q.n/q.beta*e)
		if l > most {
			total = total*math.Exp(most-l) + 1
			most = l
			return false
		}
		total += math.Exp(l - most)
		return l < most-40
	}
	middle := int(math.Log1p(float64(q.k)/q.n/2) / step)
	for i := middle; i < middle+200_000 && !add(i); i++ {
	}
	for i := middle - 1; i > middle-200_000 && !add(i); i-- {
	}
	return math.Exp(most+math.Log(total*step)) / q.phases
}

// forEver is ln of Σ_j (y·silence)^j/j! φ^k 2F1(1, b; a+b; φ^k): what the integral
// holds where the horizon has no end.
func (q *rhythm) forEver(rate, delta float64) float64 {
	phases := make([]float64, q.k+1)
	fromTop(phases, (rate+delta)*q.silence)
	ln := -float64(q.k) * math.Log1p(delta/rate)
	return math.Log(phases[q.k]) + ln + lnHyper(q.b, q.a+q.b, math.Exp(ln), -math.Expm1(ln))
}

// lnBought is ln of Σ_N P(N; mean) Σ_j y^j/j! U(⌊(N+j)/k⌋) with the sums over the
// last i of j < k given as phases[i] (see fromTop) and ln φ^k as lnZ.
func (q *rhythm) lnBought(mean, lnZ float64, phases []float64) float64 {
	if mean > tooFar {
		return q.lnBoughtOften(mean, lnZ, phases)
	}
	room := 9*math.Sqrt(mean) + 45
	first := int(max(0, mean-room)) / q.k * q.k
	last := int(mean + room)
	z := math.Exp(lnZ)
	bought, stay := q.chances(first/q.k, lnZ) // U(⌊N/k⌋), and the next term of U
	ln, all := lnPoisson(float64(first), mean), phases[q.k]
	total, term := 0.0, 1.0
	for m, d := first, 0; m <= last; m++ {
		add := term * (bought*all + stay*phases[d])
		if total += add; add < 1e-18*total && float64(m) > 2*mean+1 { // each of the rest is less than about half of the one before
			break
		}
		term *= mean / float64(m+1)
		if term > 1e150 {
			total, term, ln = total*1e-150, term*1e-150, ln+150*math.Ln10
		}
		if d++; d == q.k {
			d = 0
			bought += stay
			i := float64(m / q.k)
			stay *= (q.b + i) / (q.a + q.b + i) * z
		}
	}
	return math.Log(total) + ln
}

// chances returns U(m) and the term that U(m+1) has more.
func (q *rhythm) chances(m int, lnZ float64) (bought, stay float64) {
	bought = math.Exp(lnZ) * partialHyper(q.b, q.a+q.b, -lnZ, m)
	return bought, math.Exp(lnStay(q.a, q.b, m) + lnZ*float64(m+1))
}

// lnPoisson is ln of the Poisson probability of n.
func lnPoisson(n, mean float64) float64 {
	if n == 0 {
		return -mean
	}
	return -deviance(n, mean) - stirling(n).d0 - math.Log(2*math.Pi*n)/2
}

// lnBoughtOften is lnBought where the number of hidden events is so large that
// what is summed changes little from one to the next: whole purchases are taken
// a quarter of a standard deviation apart.
func (q *rhythm) lnBoughtOften(mean, lnZ float64, phases []float64) float64 {
	sd := math.Sqrt(mean)
	k := float64(q.k)
	stride := max(1, math.Floor(sd/(4*k)))
	step := 0.0 // mean of stay·phases over a purchase
	for _, p := range phases[:q.k] {
		step += p / k
	}
	total, weights := 0.0, 0.0
	for c := math.Floor((mean - 9*sd) / k); c*k < mean+9*sd; c += stride {
		off := (c*k + (k-1)/2 - mean) / sd
		weight := math.Exp(-off * off / 2 * (1 - off/(3*sd))) // Poisson, to the order 1/√mean
		bought, stay := q.chances(int(c), lnZ)
		total += weight * (bought*phases[q.k] + stay*step)
		weights += weight
	}
	return math.Log(total / weights)
}
