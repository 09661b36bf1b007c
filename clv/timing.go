package clv

import (
	"math"
	"math/rand/v2"
)

// A Timing is a fitted model of when customers buy and whether they are still
// there. Its implementations are NBD, BGNBD, MBGNBD, ParetoNBD and MBGCNBD, all
// small values with their parameters as fields.
//
// Numbers are never NaN or infinite for a history that passes its Check and a
// horizon of 0 or more.
type Timing interface {
	// Name of the model as in the papers: "BG/NBD", "Pareto/NBD", ...
	Name() string

	// LogLik is the logarithm of the likelihood of one history.
	LogLik(h History) float64

	// Alive is the probability that the customer is still active at T. The
	// BG/NBD calls every customer without a repeat purchase alive for certain;
	// it is not to be shown then.
	Alive(h History) float64

	// Expected is the number of purchases expected in (T, T+t].
	Expected(h History, t float64) float64

	// ExpectedNew is the number of repeat purchases expected of a new customer
	// in the time t after the first purchase.
	ExpectedNew(t float64) float64

	// Discounted is the number of purchases expected in (T, T+horizon], each
	// discounted to T at the continuous rate per unit of time (see Rate.PerUnit).
	// With horizon +Inf it is the discounted expected residual transactions,
	// DERT; +Inf where that does not exist (rate 0).
	Discounted(h History, rate, horizon float64) float64

	// PMF is the probability of exactly n purchases in (T, T+t].
	PMF(h History, t float64, n int) float64

	// Simulate draws the purchase times in (0, t] after the first purchase of a
	// new customer, in ascending order, appended to times.
	Simulate(rng *rand.Rand, t float64, times []float64) []float64
}

// A Rate is an annual rate of discount: 0.08 is 8% a year.
type Rate float64

// PerUnit returns the continuous rate per unit of time, ln(1+rate) divided by
// the units of a year (365.25/7 weeks, 12 months ...).
func (r Rate) PerUnit(unitsPerYear float64) float64 {
	return math.Log1p(float64(r)) / unitsPerYear
}
