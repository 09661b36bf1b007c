package clv

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// SBG is the shifted-beta-geometric model of contracts that are renewed period
// by period (Fader & Hardie 2007, "How to project customer retention";
// docs/clv.md, "Contracts"): each customer has a constant chance θ of leaving at
// a renewal, and θ differs between customers by a beta distribution. Retention
// rises with tenure because those who leave easily leave early.
type SBG struct{ Alpha, Beta float64 }

// A Term is how contracts of one kind ended: of the customers who renewed From
// times and were watched until they had had To renewals, Lost left at one of the
// renewals From+1 to To, and Kept were still there after To. In a table by
// period To is From+1 for the lost; more where only every few periods were
// counted.
type Term struct {
	From, To   int
	Lost, Kept float64 // customers
}

// maxPeriods bounds the tables of the likelihood.
const maxPeriods = 100_000

// Terms turns the number of customers still there after 0, 1, 2 … periods into
// what FitSBG needs. It fails where the numbers rise.
func Terms(survivors []float64) ([]Term, error) {
	if len(survivors) < 2 {
		return nil, fmt.Errorf("survivors of %d periods, at least the start and one period are needed: %w", len(survivors), ErrTooFew)
	}
	var terms []Term
	for t := 1; t < len(survivors); t++ {
		lost := survivors[t-1] - survivors[t]
		if !(lost >= 0) || !(survivors[t] >= 0) || math.IsInf(survivors[t-1], 0) {
			return nil, fmt.Errorf("period %d: %v survivors after %v: nobody comes back under a contract", t, survivors[t], survivors[t-1])
		}
		terms = append(terms, Term{From: t - 1, To: t, Lost: lost})
	}
	terms[len(terms)-1].Kept = survivors[len(survivors)-1]
	return terms, nil
}

// Name returns "sBG".
func (SBG) Name() string { return "sBG" }

// Retention is the share of those who renewed t-1 times that renews again (Fader
// & Hardie 2007, eq. 8), t >= 1.
func (s SBG) Retention(t int) float64 {
	k := s.Beta + float64(max(t, 1)-1)
	return k / (s.Alpha + k)
}

// Survival is the share of customers still there after t periods, B(α, β+t)/
// B(α, β) (eq. 6).
func (s SBG) Survival(t int) float64 {
	return math.Exp(lnStay(s.Alpha, s.Beta, t))
}

// LogLik is the log-likelihood of a term (appendix B of the paper).
func (s SBG) LogLik(k Term) float64 {
	ll := 0.0
	if k.Kept > 0 {
		ll += k.Kept * lnStay(s.Alpha, s.Beta, k.To)
	}
	if k.Lost > 0 {
		stay := lnStay(s.Alpha, s.Beta+float64(k.From), k.To-k.From)
		ll += k.Lost * (lnStay(s.Alpha, s.Beta, k.From) + lnLeaves(stay))
	}
	return ll
}

// lnLeaves is ln(1 - e^stay).
func lnLeaves(stay float64) float64 { return math.Log(-math.Expm1(min(stay, -1e-300))) }

// Residual is the discounted expected residual lifetime of a customer who has
// renewed `renewed` times and is about to be asked again (Fader & Hardie 2010,
// "Customer-base valuation in a contractual setting", eq. 6): the number of
// payments still to come, each discounted from its renewal to the one at hand,
//
//	Σ_{t=0}^{horizon-1} S(renewed+1+t)/S(renewed) e^{-rate·t}
//
// with rate the continuous rate per period, [Rate.PerUnit]. Times the margin of a
// period it is the residual value. horizon counts renewals; below zero means
// without end, which is +Inf where the sum is: at rate 0 if Alpha <= 1.
func (s SBG) Residual(renewed int, rate float64, horizon int) float64 {
	b := s.Beta + float64(max(renewed, 0))
	first := b / (s.Alpha + b)
	if horizon >= 0 {
		return first * partialHyper(b+1, s.Alpha+b+1, rate, horizon)
	}
	return first * endlessHyper(b+1, s.Alpha+b+1, rate)
}

// Simulate draws how many times a new customer renews, at most `most`.
func (s SBG) Simulate(rng *rand.Rand, most int) int {
	theta := drawBeta(rng, s.Alpha, s.Beta)
	n := math.Floor(rng.ExpFloat64() / -math.Log1p(-theta)) // geometric
	if !(n < float64(most)) {
		return most
	}
	return int(n)
}

var sbgParameters = []parameter{{"alpha", false}, {"beta", false}}

// FitSBG estimates the model from what became of the contracts (see [Terms]).
// The error is ErrTooFew where nobody was lost or kept, or all are at one
// renewal: a single retention rate can't tell two parameters apart.
func FitSBG(terms []Term, o Options) (SBG, Diagnostics, error) {
	d := Diagnostics{Names: []string{"alpha", "beta"}, Groups: len(terms)}
	longest, lost, renewals, err := census(terms, &d)
	if err != nil {
		return SBG{}, d, err
	}
	if longest < 2 || lost == 0 {
		return SBG{}, d, fmt.Errorf("sBG, %v of %d customers lost over %d periods, losses at two renewals at least are needed: %w", lost, d.Customers, longest, ErrTooFew)
	}
	f := func(v, grad, hess []float64) float64 {
		ll := contractLogLik(terms, longest, v, grad, hess)
		if o.Prior {
			ll += addPrior(sbgParameters, v, grad, hess)
		}
		return ll
	}
	share := min(max(lost/renewals, 1e-6), 1-1e-6) // of renewals refused
	var at summit
	for _, size := range []float64{2, 0.2, 20, 2000} {
		next := maximize(problem{
			f: f, start: []float64{math.Log(size * share), math.Log(size * (1 - share))},
			lo: []float64{-14, -14}, hi: []float64{14, 14}, maxSteps: o.MaxIterations,
		})
		next.steps += at.steps
		if at = next; at.converged {
			break
		}
	}
	s := SBG{Alpha: math.Exp(at.v[0]), Beta: math.Exp(at.v[1])}
	d.Iterations, d.Converged, d.Estimates = at.steps, at.converged, []float64{s.Alpha, s.Beta}
	d.LogLik = contractLogLik(terms, longest, at.v, make([]float64, 2), make([]float64, 4))
	d.slope(at, float64(d.Customers))
	d.information(&at, d.Estimates)
	d.note(at.bound)
	if !at.converged {
		return SBG{}, d, notConverged("sBG", d)
	}
	if len(d.Bounds) > 0 {
		d.Warnings = append(d.Warnings, fmt.Sprintf("%v ended at a bound: customers do not differ in their loyalty, or the periods are too few to see it; do not use it beyond them", d.Bounds))
	}
	return s, d, nil
}

// census checks the terms and counts.
func census(terms []Term, d *Diagnostics) (longest int, lost, renewals float64, err error) {
	customers := 0.0
	for i, k := range terms {
		if k.From < 0 || k.To <= k.From || k.To > maxPeriods || !(k.Lost >= 0) || !(k.Kept >= 0) || math.IsInf(k.Lost+k.Kept, 0) {
			return 0, 0, 0, fmt.Errorf("term %d, %+v: counts and periods can't be negative, a term has a period at least and ends before %d", i, k, maxPeriods)
		}
		if k.Lost+k.Kept == 0 {
			continue
		}
		longest = max(longest, k.To)
		lost += k.Lost
		customers += k.Lost + k.Kept
		renewals += k.Lost*float64(k.From+1) + k.Kept*float64(k.To)
	}
	d.Customers = int(math.Round(customers))
	return longest, lost, renewals, nil
}

// contractLogLik is the log-likelihood at (ln α, ln β): everything in it is a
// sum of ln retention = -log1p(α/(β+t-1)), tabulated with its derivatives.
func contractLogLik(terms []Term, longest int, v, grad, hess []float64) float64 {
	a, b := math.Exp(v[0]), math.Exp(v[1])
	table := make([][6]float64, longest+1) // ln S(t) and its derivatives a, b, aa, ab, bb
	for t := range longest {
		k := b + float64(t)
		i, j := 1/k, 1/(a+k)
		table[t+1] = table[t]
		for n, term := range [6]float64{-math.Log1p(a / k), -j, a * i * j, j * j, j * j, -a * i * j * (i + j)} {
			table[t+1][n] += term
		}
	}
	var total [6]float64
	for _, k := range terms {
		from, to := &table[k.From], &table[k.To]
		for n := range total {
			total[n] += k.Kept * to[n]
		}
		if k.Lost == 0 {
			continue
		}
		var stay [6]float64
		for n := range stay {
			stay[n] = to[n] - from[n]
		}
		if k.To == k.From+1 { // one renewal: exactly, not as a difference of sums
			y := b + float64(k.From)
			i, j := 1/y, 1/(a+y)
			stay = [6]float64{-math.Log1p(a / y), -j, a * i * j, j * j, j * j, -a * i * j * (i + j)}
		}
		// ln(1-e^s): slope -e^s/(1-e^s) = -w, bend -w(1+w).
		w := 1 / math.Expm1(-stay[0])
		bend := -w * (1 + w)
		leave := [6]float64{lnLeaves(stay[0]), -w * stay[1], -w * stay[2]}
		leave[3] = -w*stay[3] + bend*stay[1]*stay[1]
		leave[4] = -w*stay[4] + bend*stay[1]*stay[2]
		leave[5] = -w*stay[5] + bend*stay[2]*stay[2]
		for n := range total {
			total[n] += k.Lost * (from[n] + leave[n])
		}
	}
	grad[0], grad[1] = a*total[1], b*total[2]
	hess[0] = a*total[1] + a*a*total[3]
	hess[1] = a * b * total[4]
	hess[2] = hess[1]
	hess[3] = b*total[2] + b*b*total[5]
	return total[0]
}
