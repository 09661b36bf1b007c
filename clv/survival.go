package clv

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A Life is a contract as it was seen: under observation from tenure Entry to
// tenure Exit, when it ended or was last seen going on. All tenures of a base
// are in one unit. A contract that had run for 14 months when the log began has
// Entry 14: that it lasted so long is the condition for being seen at all.
type Life struct {
	Entry float64 // 0 if it was seen from its beginning
	Exit  float64
	Left  bool // it ended at Exit
}

// Check says what is wrong with a life, nil if it may be used.
func (l Life) Check() error {
	if !(l.Entry >= 0) || !(l.Exit >= l.Entry) || math.IsInf(l.Exit, 0) {
		return fmt.Errorf("seen from %v to %v: both must be tenures, the second not before the first", l.Entry, l.Exit)
	}
	return nil
}

// A Step is a tenure at which contracts ended, and what is known right after it.
type Step struct {
	Time     float64
	AtRisk   int     // contracts under observation just before
	Left     int     // of these, ended now
	Survival float64 // share of contracts that last longer
	SE       float64 // standard error by Greenwood's formula
	Low      float64 // interval of the survival, see KaplanMeier
	High     float64

	risk float64 // sum of d/(r(r-d)) up to here: the variance of ln S
}

// A Curve is the survival of contracts by tenure. It says nothing beyond Last.
type Curve struct {
	Steps    []Step  // ascending tenure
	Level    float64 // of the intervals
	Lives    int     // contracts seen
	Left     int     // of these, ended
	Last     float64 // longest tenure under observation
	Warnings []string
}

// KaplanMeier estimates the survival of contracts (Kaplan & Meier 1958;
// docs/clv.md, "Contracts"). Contracts that ended at a tenure come before those
// last seen at it; one that entered at it is not yet at risk. The variance is
// Greenwood's (1926), the interval that of ln(-ln S) (Kalbfleisch & Prentice
// 1980, section 1.4), which stays within 0 and 1. level is that of the
// intervals, 0.95 if 0.
func KaplanMeier(lives []Life, level float64) (Curve, error) {
	if level == 0 {
		level = 0.95
	}
	if !(level > 0 && level < 1) {
		return Curve{}, fmt.Errorf("level %v of the interval: must lie between 0 and 1", level)
	}
	for i, l := range lives {
		if err := l.Check(); err != nil {
			return Curve{}, fmt.Errorf("contract %d: %w", i, err)
		}
	}
	if len(lives) == 0 {
		return Curve{}, fmt.Errorf("survival without contracts: %w", ErrTooFew)
	}
	c := Curve{Level: level, Lives: len(lives)}
	c.climb(lives)
	z := math.Sqrt2 * math.Erfinv(level)
	high := 1.0
	for i := range c.Steps {
		s := &c.Steps[i]
		s.interval(z, high)
		high = s.High
	}
	return c, nil
}

// climb counts who is at risk and multiplies the shares that stay.
func (c *Curve) climb(lives []Life) {
	exits := slices.Clone(lives)
	slices.SortFunc(exits, func(a, b Life) int { return cmp.Compare(a.Exit, b.Exit) })
	var entries []float64
	for _, l := range lives {
		if l.Entry == 0 {
			l.Entry = -1 // at risk of ending on the first day
		}
		entries = append(entries, l.Entry)
	}
	slices.Sort(entries)
	entered, gone := 0, 0
	s := Step{Survival: 1}
	for gone < len(exits) {
		now := exits[gone].Exit
		for entered < len(entries) && entries[entered] < now {
			entered++
		}
		s.Time, s.AtRisk, s.Left = now, entered-gone, 0
		for ; gone < len(exits) && exits[gone].Exit == now; gone++ {
			switch l := exits[gone]; {
			case l.Entry == now && now > 0: // never under observation
			case l.Left:
				s.Left++
			}
		}
		c.Last = now
		if s.Left == 0 {
			continue
		}
		r, d := float64(s.AtRisk), float64(s.Left)
		s.Survival *= (r - d) / r
		s.risk += d / (r * (r - d))
		c.Left += s.Left
		if s.Left == s.AtRisk && gone < len(exits) && s.Survival == 0 {
			c.Warnings = append(c.Warnings, fmt.Sprintf("at tenure %v all %d contracts under observation ended, so that nothing can be said beyond: contracts that entered late are too few there", now, s.AtRisk))
		}
		c.Steps = append(c.Steps, s)
		if s.Survival == 0 {
			break
		}
	}
}

// interval sets the standard error and S^exp(±z σ/ln S), σ² the variance of
// ln S. Where nobody is left the formula has no answer: the interval reaches
// from 0 to the upper end before.
func (s *Step) interval(z, before float64) {
	if s.Survival == 0 {
		s.SE, s.Low, s.High = 0, 0, before
		return
	}
	sd := math.Sqrt(s.risk)
	s.SE = s.Survival * sd
	l := math.Log(s.Survival)
	s.Low = math.Exp(l * math.Exp(-z*sd/l)) // l is negative
	s.High = math.Exp(l * math.Exp(z*sd/l))
}

// At returns what is known of the survival beyond tenure t: the last step not
// after it. Beyond c.Last it repeats what was known there.
func (c Curve) At(t float64) Step {
	i, found := slices.BinarySearchFunc(c.Steps, t, func(s Step, t float64) int { return cmp.Compare(s.Time, t) })
	if found {
		return c.Steps[i]
	}
	if i == 0 {
		return Step{Time: t, Survival: 1, Low: 1, High: 1}
	}
	return c.Steps[i-1]
}

// An Estimate is a figure with its standard error and interval.
type Estimate struct{ Value, SE, Low, High float64 }

// Quantile is the first tenure by which the given share of contracts has ended,
// with the interval of Brookmeyer & Crowley (1982): the tenures at which the ends
// of the interval of the survival cross. What is not reached within the
// observation is +Inf. SE is 0: it is not estimated.
func (c Curve) Quantile(share float64) Estimate {
	first := func(of func(Step) float64) float64 {
		for _, s := range c.Steps {
			if of(s) <= 1-share+1e-12 {
				return s.Time
			}
		}
		return math.Inf(1)
	}
	return Estimate{
		Value: first(func(s Step) float64 { return s.Survival }),
		Low:   first(func(s Step) float64 { return s.Low }),
		High:  first(func(s Step) float64 { return s.High }),
	}
}

// Median is Quantile(0.5).
func (c Curve) Median() Estimate { return c.Quantile(0.5) }

// RestrictedMean is the mean tenure up to a horizon, the area under the curve,
// with the standard error of Greenwood's kind (Kaplan & Meier 1958, section 6).
// A horizon beyond c.Last is taken as c.Last.
func (c Curve) RestrictedMean(horizon float64) Estimate {
	horizon = min(horizon, c.Last)
	area, variance, end := 0.0, 0.0, horizon
	for i := len(c.Steps) - 1; i >= 0; i-- {
		s := c.Steps[i]
		if s.Time >= horizon {
			continue
		}
		area += s.Survival * (end - s.Time)
		variance += area * area * s.greenwood()
		end = s.Time
	}
	return c.estimate(area+end, variance, horizon)
}

// greenwood is the variance that the step adds to ln S; 0 where all ended, for
// what comes after is 0 for certain.
func (s Step) greenwood() float64 {
	if s.Left == s.AtRisk {
		return 0
	}
	return float64(s.Left) / (float64(s.AtRisk) * float64(s.AtRisk-s.Left))
}

// estimate puts a normal interval around a value between 0 and most.
func (c Curve) estimate(value, variance, most float64) Estimate {
	sd := math.Sqrt(variance)
	room := math.Sqrt2 * math.Erfinv(c.Level) * sd
	return Estimate{Value: value, SE: sd, Low: max(0, value-room), High: min(most, value+room)}
}
