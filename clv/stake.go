package clv

import (
	"fmt"
	"math"
)

// A Stake is what one customer adds to the value of a base.
type Stake struct {
	Timing History // what the model of purchases knows
	Spend  History // what the model of spend knows, where that is something else
	Gain   float64 // purchases expected, each discounted and times the mean amount
	Cost   float64 // what comes off with each purchase: it moves as Gain does
}

// value is what a stake is worth.
func (s *Stake) value() float64 { return s.Gain - s.Cost }

// stakesLooked is about how many customers a total's uncertainty is taken from,
// and how many under models that are slow.
const (
	stakesLooked = 5000
	rhythmLooked = 1500
)

// Stakes is the sum of the values of n customers with what the parameters of both
// models and chance leave open, the interval holding with the probability
// v.Level; v.Margin is not used. Of a large base it looks at a part: customers in
// the order given, each taken with a chance that grows with its value and counted
// for as many as it stands for (systematic sampling with probabilities
// proportional to size, Horvitz & Thompson 1952; docs/clv.md, "Intervals"). Those of
// great value are all taken. stake tells of customer i, and is asked twice.
func (f Fitted) Stakes(n int, stake func(i int) Stake, spend FittedSpend, v Valuation) (Total, error) {
	if !(v.Horizon > 0) || math.IsInf(v.Horizon, 1) {
		return Total{}, fmt.Errorf("horizon %v: a total needs one that is positive and finite", v.Horizon)
	}
	if v.Level == 0 {
		v.Level = 0.9
	}
	t, part, weights := f.sample(n, stake)
	histories := make([]History, len(part))
	for i := range part {
		histories[i] = part[i].Timing
	}
	if len(part) == 0 {
		return t.widen(0, 0, 0), nil
	}
	cells, of, err := GroupIndex(histories)
	if err != nil {
		return Total{}, err
	}
	center, slopes := Predict(f.Timing, cells, v.Ahead), f.slopesOf(cells, v.Ahead)
	variances := countAll([]Timing{f.Timing}, cells, v.Horizon, v.Level, nil)
	others := spend.variants(slopeStep)
	gains := make([]float64, len(slopes)+len(others))
	outcome := 0.0
	_, slow := f.Timing.(rememberer)
	for i := range part {
		c, s := of[i], &part[i]
		p := center[c]
		w, err := worthOf(spend.Spend, s.Spend)
		if err != nil {
			return Total{}, fmt.Errorf("customer %d of the part looked at: %w", i, err)
		}
		if !(p.Discounted > 0) {
			continue
		}
		w.mean = s.value() / p.Discounted
		slope := w.mean
		if slow {
			slope *= p.Discounted / p.Expected
		}
		for k := range slopes {
			gains[k] += weights[i] * slopes[k][c].Discounted * slope
		}
		for k, d := range spend.slopes(s.Spend, others) {
			gains[len(slopes)+k] += weights[i] * p.Discounted * d
		}
		outcome += weights[i] * amountVariance(p, variances[c], w)
	}
	parameter := 0.0
	for _, g := range gains {
		parameter += g * g
	}
	return t.widen(parameter, max(0, outcome), normal(v.Level)), nil
}

// slopesOf are the slopes of predictions. Discounting takes its time under a model
// with a rhythm; parameters move what is discounted in proportion to what is expected
// but for the little by which purchases come earlier.
func (f Fitted) slopesOf(cells Cells, ahead Ahead) [][]Prediction {
	if _, slow := f.Timing.(rememberer); slow {
		ahead.Rate = 0
	}
	return f.slopes(cells, ahead)
}

// sample adds the values of all customers up and returns the part to look at, each
// with how many it stands for.
func (f Fitted) sample(n int, stake func(i int) Stake) (t Total, part []Stake, weights []float64) {
	looked := stakesLooked
	if _, slow := f.Timing.(rememberer); slow {
		looked = rhythmLooked
	}
	size := 0.0
	for i := range n {
		s := stake(i)
		t.Mean += s.value()
		size += math.Abs(s.Gain) + math.Abs(s.Cost)
	}
	if size == 0 {
		return t, nil, nil // nothing can be worth more or less
	}
	least := size / float64(max(n, 1)) / 10 // nobody is without a chance
	step := (size + least*float64(n)) / float64(looked)
	passed, next := 0.0, 0.5
	for i := range n {
		s := stake(i)
		weight := 1.0
		if n > looked {
			chance := (math.Abs(s.Gain) + math.Abs(s.Cost) + least) / step
			if passed += chance; passed < next {
				continue
			}
			next = math.Floor(passed-0.5) + 1.5
			weight = max(1, 1/chance)
		}
		part, weights = append(part, s), append(weights, weight)
	}
	return t, part, weights
}
