package value

import (
	"cmp"
	"math"
	"slices"

	"quid/clv"
	"quid/money"
)

// An EquityRange is where customer equity lies with the probability Level, and what
// makes it unsure (docs/valuation.md, "How sure"). Customers by run-rate are taken
// as they are: a rule of thumb does not say how sure it is.
type EquityRange struct {
	Level    float64      `json:"level"`
	Low      money.Amount `json:"low"`
	High     money.Amount `json:"high"`
	Estimate money.Amount `json:"estimate"` // half of the range that the models' parameters alone would make: more data narrow it
	Chance   money.Amount `json:"chance"`   // half of the range that chance alone would make: what single customers will do
	Certain  int          `json:"certain"`  // customers whose value is taken as it is
}

// equityRange puts what is known of the parts together: models of purchases and of
// contracts don't know of each other.
func (f *forecast) equityRange() *EquityRange {
	sq := func(x float64) float64 { return x * x }
	parameter := sq(f.modelled.ParameterSE) + sq(f.contracted.ParameterSE)
	outcome := sq(f.modelled.OutcomeSE) + sq(f.contracted.OutcomeSE)
	if !(parameter+outcome > 0) || math.IsInf(parameter+outcome, 1) {
		return nil
	}
	z := math.Sqrt2 * math.Erfinv(sureLevel)
	half := toAmount(z * math.Sqrt(parameter+outcome))
	r := &EquityRange{
		Level: sureLevel, Low: f.out.Equity - half, High: f.out.Equity + half,
		Estimate: toAmount(z * math.Sqrt(parameter)), Chance: toAmount(z * math.Sqrt(outcome)), Certain: f.out.Count[ByRunRate],
	}
	if f.contracted == (clv.Total{}) {
		r.Certain += f.out.Count[ByContract]
	}
	return r
}

// unsure works out how sure the sum of the customers by model is.
func (f *forecast) unsure(m clv.Fitted, spend clv.FittedSpend, list []int32) {
	modelled := make([]int32, 0, len(list))
	for _, i := range list {
		if f.rows[i].Life.Source == ByModel {
			modelled = append(modelled, i)
		}
	}
	byCustomer := func(a, b int32) int { return cmp.Compare(f.figures[a].Customer, f.figures[b].Customer) }
	if !slices.IsSortedFunc(modelled, byCustomer) {
		slices.SortFunc(modelled, byCustomer)
	}
	v := clv.Valuation{Ahead: clv.Ahead{Horizon: float64(f.rule.Months), Rate: f.delta}, Level: sureLevel}
	total, err := m.Stakes(len(modelled), func(k int) clv.Stake {
		i := modelled[k]
		own, _ := spendOf(&f.figures[i])
		l := &f.rows[i].Life
		return clv.Stake{Timing: f.now(i), Spend: own, Gain: float64(l.Gain), Cost: float64(l.Care)}
	}, spend, v)
	if err == nil { // else no range is known
		f.modelled = total
	}
}
