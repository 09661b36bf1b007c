package clv

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// CLV is the lifetime value of one customer: the purchases expected in the
// horizon, each discounted, times what a purchase is worth. Spend does not depend
// on when somebody buys in these models, so that the two may be multiplied (Fader,
// Hardie & Lee 2005b). worth is the contribution of a purchase, such as the
// customer's mean spend times the margin.
func CLV(m Timing, h History, worth float64, ahead Ahead) float64 {
	return m.Discounted(h, ahead.Rate, ahead.Horizon) * worth
}

// FittedSpend is an estimated model of spend.
type FittedSpend struct {
	Spend
	Diagnostics Diagnostics
}

// FixedSpend is a spend that is known and the same for all: for values counted in
// purchases, or where spend is not to be predicted.
type FixedSpend float64

// Name returns "fixed".
func (FixedSpend) Name() string { return "fixed" }

// Mean returns the amount.
func (f FixedSpend) Mean(History) (float64, error) { return float64(f), nil }

// Quantile returns the amount.
func (f FixedSpend) Quantile(History, float64) float64 { return float64(f) }

// A worth is what the amounts of a customer look like: their mean, how unsure it
// is, and how much single amounts differ from it.
type worth struct{ mean, varMean, varAmount float64 }

// worthOf gives the moments of a customer's amounts. Under a Gamma-Gamma the
// customer's mean is p/ν with variance mean²/(px+q-2), which does not exist for
// every q that has a mean; the width of its middle takes its place then.
func worthOf(s Spend, h History) (worth, error) {
	mean, err := s.Mean(h)
	if err != nil {
		return worth{}, err
	}
	switch m := s.(type) {
	case GammaGamma:
		shape, _ := m.posterior(h)
		v := mean / (shape - 2) * mean
		if shape < 3 { // hardly any variance, or none: the middle 90% as if they were normal
			sd := (m.Quantile(h, 0.95) - m.Quantile(h, 0.05)) / (2 * normal(0.9))
			v = sd * sd
		}
		return worth{mean, v, (mean*mean + v) / m.P}, nil
	case ShrunkMean:
		return worth{mean, m.Between * (1 - m.Credibility(h)), m.Within}, nil
	}
	return worth{mean: mean}, nil
}

// RestoreSpend is a model of spend as it was fitted, from its name and what was
// kept of its diagnostics: Names, Estimates, Bounds and LogCov (of a Gamma-Gamma)
// or Cov (of a shrunk mean). Without a covariance its parameters count as known.
func RestoreSpend(name string, d Diagnostics) (FittedSpend, error) {
	e := d.Estimates
	switch {
	case name == (GammaGamma{}).Name() && len(e) == 3:
		return FittedSpend{GammaGamma{e[0], e[1], e[2]}, d}, nil
	case name == (ShrunkMean{}).Name() && len(e) == 4:
		return FittedSpend{ShrunkMean{e[0], e[1], e[2], e[3]}, d}, nil
	}
	return FittedSpend{}, fmt.Errorf("model of spend %q with %d parameters: Gamma-Gamma with 3 or shrunk mean with 4 can be restored", name, len(e))
}

// variants are models of spend moved by ±step along each direction in which the
// parameters are unsure.
func (f FittedSpend) variants(step float64) [][2]Spend {
	var out [][2]Spend
	pair := func(at func(s float64) Spend) { out = append(out, [2]Spend{at(step), at(-step)}) }
	e := f.Diagnostics.Estimates
	switch m := f.Spend.(type) {
	case GammaGamma:
		if len(f.Diagnostics.LogCov) != 3 || len(e) != 3 {
			return nil
		}
		for _, c := range f.Diagnostics.directions() {
			pair(func(s float64) Spend {
				return GammaGamma{e[0] * math.Exp(s*c[0]), e[1] * math.Exp(s*c[1]), e[2] * math.Exp(s*c[2])}
			})
		}
	case ShrunkMean:
		if len(f.Diagnostics.Cov) != 4 {
			return nil
		}
		for _, c := range f.Diagnostics.lines() {
			pair(func(s float64) Spend {
				return ShrunkMean{m.Base + s*c[0], m.Slope + s*c[1], max(0, m.Between+s*c[2]), max(0, m.Within+s*c[3])}
			})
		}
	}
	return out
}

// lines are the directions of a shrunk mean's parameters: of base and slope, and
// of the two variances, which do not touch each other.
func (d *Diagnostics) lines() [][]float64 {
	var out [][]float64
	for at := 0; at < 4; at += 2 {
		a, b, c := d.Cov[at][at], d.Cov[at][at+1], d.Cov[at+1][at+1]
		if !(a > 0) || !finite(a) {
			continue
		}
		first := make([]float64, 4)
		first[at] = math.Sqrt(a)
		if rest := c - b/a*b; rest > 0 && finite(rest) {
			first[at+1] = b / first[at] // #nosec G602 -- at is 0 or 2 of 4
			second := make([]float64, 4)
			second[at+1] = math.Sqrt(rest) // #nosec G602 -- at is 0 or 2 of 4
			out = append(out, second)
		}
		out = append(out, first)
	}
	return out
}

// Slopes are the changes of a customer's mean amount by one standard error in each
// direction in which the parameters are unsure.
func (f FittedSpend) slopes(h History, variants [][2]Spend) []float64 {
	out := make([]float64, len(variants))
	for k, pair := range variants {
		up, errUp := pair[0].Mean(h)
		down, errDown := pair[1].Mean(h)
		if errUp == nil && errDown == nil {
			out[k] = (up - down) / (2 * slopeStep)
		}
	}
	return out
}

// slopeStep is the part of a standard error by which parameters are moved to see
// what follows them.
const slopeStep = 1e-3

// A Value is the lifetime value of one customer.
type Value struct {
	Prediction
	Worth float64  // contribution of one purchase
	CLV   float64  // Discounted times Worth
	Range Interval // of CLV, for what the parameters leave open
}

// An Equity is the value of a customer base: the sum of the values of its
// customers, with what the parameters and chance leave open.
type Equity struct {
	Values []Value // in the order of the histories
	Total  Total
	Level  float64
}

// Valuation is how a base is valued.
type Valuation struct {
	Ahead
	Margin float64 // contribution per unit of spend; 0 means 1
	Level  float64 // of the intervals; 0 means 0.9
}

// Equity values every customer and their sum. It fails with ErrNoMean where the
// model of spend has no mean for a customer. The interval of the total holds with
// the probability v.Level, for the parameters of both models, for what customers
// do and for what they spend.
func (f Fitted) Equity(histories []History, spend FittedSpend, v Valuation) (Equity, error) {
	if v.Margin == 0 {
		v.Margin = 1
	}
	if v.Level == 0 {
		v.Level = 0.9
	}
	if !(v.Horizon > 0) || math.IsInf(v.Horizon, 1) {
		return Equity{}, fmt.Errorf("horizon %v: an equity needs one that is positive and finite", v.Horizon)
	}
	cells, of, err := GroupIndex(histories)
	if err != nil {
		return Equity{}, err
	}
	e := Equity{Values: make([]Value, len(histories)), Level: v.Level}
	center, slopes := Predict(f.Timing, cells, v.Ahead), f.slopes(cells, v.Ahead)
	variances := countAll([]Timing{f.Timing}, cells, v.Horizon, v.Level, nil)
	others := spend.variants(slopeStep)
	gains := make([]float64, len(slopes)+len(others)) // slopes of the total
	outcome, z := 0.0, normal(v.Level)
	for i, h := range histories {
		c := of[i]
		w, err := worthOf(spend.Spend, h)
		if err != nil {
			return Equity{}, fmt.Errorf("customer %d: %w", i, err)
		}
		p := center[c]
		own := 0.0 // variance of this value by the parameters
		for k, s := range slopes {
			d := s[c].Discounted * w.mean * v.Margin
			gains[k] += d
			own += d * d
		}
		for k, s := range spend.slopes(h, others) {
			d := p.Discounted * v.Margin * s
			gains[len(slopes)+k] += d
			own += d * d
		}
		value := p.Discounted * w.mean * v.Margin
		e.Values[i] = Value{Prediction: p, Worth: w.mean * v.Margin, CLV: value, Range: positive(value, z*math.Sqrt(own))}
		e.Total.Mean += value
		outcome += v.Margin * v.Margin * amountVariance(p, variances[c], w)
	}
	parameter := 0.0
	for _, g := range gains {
		parameter += g * g
	}
	e.Total = e.Total.widen(parameter, outcome, z)
	return e, nil
}

// amountVariance is the variance of what a customer spends who buys n times, n
// with the mean and variance given: E[n] Var z + E[n²] E[μ²] - (E[n] E[μ])², μ the
// customer's mean and z an amount around it. Discounting is taken as if all
// purchases came at the mean discount.
func amountVariance(p Prediction, variance float64, w worth) float64 {
	if p.Expected <= 0 {
		return 0
	}
	rate := p.Discounted / p.Expected
	square := variance + p.Expected*p.Expected
	v := p.Expected*w.varAmount + square*(w.varMean+w.mean*w.mean) - p.Expected*p.Expected*w.mean*w.mean
	return rate * rate * v
}

// ValueRange is the predictive interval of what one customer will be worth: from
// draws of the parameters, of being alive, of the purchases and, for a Gamma-Gamma,
// of their amounts. It is simulated; n draws of 1,000 give two digits.
func (f Fitted) ValueRange(rng *rand.Rand, h History, spend FittedSpend, v Valuation, n int) (Interval, error) {
	if v.Margin == 0 {
		v.Margin = 1
	}
	if v.Level == 0 {
		v.Level = 0.9
	}
	mean, err := spend.Mean(h)
	if err != nil {
		return Interval{}, err
	}
	g, gamma := spend.Spend.(GammaGamma)
	var times, amounts, values []float64
	for range n {
		m := f.Draw(rng)
		value := 0.0
		if rng.Float64() < m.Alive(h) {
			times, _ = continued(m, rng, h, v.Horizon, times[:0])
			if amounts = amounts[:0]; gamma {
				amounts = g.Simulate(rng, h, len(times), amounts)
			}
			for k, t := range times {
				amount := mean
				if gamma {
					amount = amounts[k]
				}
				value += math.Exp(-v.Rate*t) * amount * v.Margin
			}
		}
		values = append(values, value)
	}
	return quantiles(values, v.Level), nil
}
