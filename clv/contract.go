package clv

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A Contract is what is to be valued: one that has lasted for Tenure.
type Contract struct {
	Tenure       float64 // in the unit of the curve
	Margin       float64 // per unit of tenure, paid at its end if the contract lasts
	Rate         Rate    // annual discount
	UnitsPerYear float64 // 12 for months
	Horizon      int     // units to look ahead
	Lasting      bool    // beyond the observation it is taken to last; else nothing counts there
}

// A Worth is the expected discounted margin of a contract.
type Worth struct {
	Estimate         // its uncertainty is that of the curve
	Periods  int     // how many units of the horizon lie within the observation
	Stays    float64 // units that it will still last, discounted: Value for a Margin of 1
}

// ContractValue is the margin that a contract will still bring, Σ S(t|u)·m/(1+d)^t
// over the units t of the horizon, with S(t|u) = S(u+t)/S(u) the chance that a
// contract which has lasted for u lasts t more (docs/clv.md, "Contracts"). Its
// variance is the sum over the steps after u of (what is paid after the step)²
// times the step's share in the variance of ln S. It fails if no contract was
// under observation at that tenure, unless it is Lasting.
func (c Curve) ContractValue(k Contract) (Worth, error) {
	return c.Contracts().Add(k)
}

// Contracts are contracts under one curve, added up.
type Contracts struct {
	curve   Curve
	slopes  []float64 // by step: what is paid after it by all
	mean    float64
	outcome float64 // variance by chance
}

// Contracts returns an empty sum of contracts under the curve.
func (c Curve) Contracts() *Contracts {
	return &Contracts{curve: c, slopes: make([]float64, len(c.Steps))}
}

// Add values a contract as [Curve.ContractValue] does and adds it to the sum.
func (s *Contracts) Add(k Contract) (Worth, error) {
	if !(k.UnitsPerYear > 0) || !(k.Tenure >= 0) || !(float64(k.Rate) > -1) {
		return Worth{}, fmt.Errorf("contract of tenure %v, rate %v, %v units a year: none of these may be below zero, the last not zero", k.Tenure, k.Rate, k.UnitsPerYear)
	}
	c := &s.curve
	now := c.At(k.Tenure).Survival
	if now == 0 || k.Tenure > c.Last && !k.Lasting {
		return Worth{}, fmt.Errorf("contract of tenure %v: no contract was seen beyond %v: %w", k.Tenure, c.Last, ErrTooFew)
	}
	rate := k.Rate.PerUnit(k.UnitsPerYear)
	whole := max(k.Horizon, 0)
	w := Worth{Periods: min(whole, max(0, int(c.Last-k.Tenure+1e-9)))}
	first := w.Periods
	if k.Lasting {
		first = whole
	}
	most := 0.0 // of all payments that count, so far those before the one looked at
	for t := 1; t <= first; t++ {
		most += math.Exp(-rate * float64(t))
	}
	at, _ := slices.BinarySearchFunc(c.Steps, k.Tenure+float64(first)+1e-9, func(s Step, t float64) int { return cmp.Compare(s.Time, t) })
	at-- // the last step that can matter
	paid, square, variance, before := 0.0, 0.0, 0.0, most
	pass := func(beyond float64) { // the steps after a tenure
		for ; at >= 0 && c.Steps[at].Time > beyond; at-- {
			variance += paid * paid * c.Steps[at].greenwood()
			s.slopes[at] += k.Margin * paid
		}
	}
	for t := first; t >= 1; t-- {
		pass(k.Tenure + float64(t) + 1e-9)
		survival := 1.0
		if at >= 0 {
			survival = c.Steps[at].Survival
		}
		discounted := math.Exp(-rate * float64(t))
		paid += survival / now * discounted
		before -= discounted
		square += survival / now * ((before+discounted)*(before+discounted) - before*before)
	}
	pass(k.Tenure)
	m := math.Abs(k.Margin)
	w.Stays = paid
	w.Estimate = c.estimate(m*paid, m*m*variance, m*most)
	s.outcome += m * m * max(0, square-paid*paid)
	if k.Margin < 0 {
		w.Value, w.Low, w.High = -w.Value, -w.High, -w.Low
	}
	s.mean += w.Value
	return w, nil
}

// Total is the sum of the values with what the curve and chance leave open: the
// curve moves all contracts together, when each ends is its own.
func (s *Contracts) Total() Total {
	parameter := 0.0
	for i, paid := range s.slopes {
		parameter += paid * paid * s.curve.Steps[i].greenwood()
	}
	return Total{Mean: s.mean}.widen(parameter, s.outcome, normal(s.curve.Level))
}
