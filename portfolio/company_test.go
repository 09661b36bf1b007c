package portfolio

import (
	"math"
	"math/rand/v2"
	"testing"

	"quid/account"
	"quid/day"
	"quid/money"
	"quid/value"
)

const asOf day.Day = 20261231

// figures makes n plausible customers; the same seed makes the same.
func figures(n int, seed uint64) []value.Figures {
	rng := rand.New(rand.NewPCG(seed, 11))
	out := make([]value.Figures, n)
	for i := range out {
		f := &out[i]
		*f = value.Figures{Customer: account.CustomerID(500 + i), Need: -1, Peer: -1}
		if rng.IntN(10) == 0 {
			continue // a prospect
		}
		f.FirstPurchase = asOf.Add(-rng.IntN(2500))
		f.LastPurchase = f.FirstPurchase.Add(rng.IntN(asOf.Sub(f.FirstPurchase) + 1))
		f.PurchasesEver = 1 + int32(rng.IntN(30))
		f.PurchaseDays = int32(rng.IntN(int(f.PurchasesEver)) + 1)
		revenue := math.Exp(rng.NormFloat64()*1.3 + 12)
		f.Steps.Revenue = money.Amount(revenue)
		f.Steps.Sale = money.Amount(revenue * (0.35 + 0.25*rng.NormFloat64()))
		f.Steps.Care = -money.Amount(rng.IntN(800_00))
		f.PerDaySum = float64(f.Steps.Sale)
		f.PerDaySquares = f.PerDaySum * f.PerDaySum / float64(f.PurchaseDays) * (1 + rng.Float64())
		f.PriorContribution = money.Amount(revenue * 0.3)
		f.Invoices, f.Due = f.PurchaseDays, f.Steps.Revenue
		f.DueDays = float64(f.Due) * max(0, 6*rng.NormFloat64())
		f.Settled = int32(rng.IntN(int(f.Invoices) + 1))
		f.Complaints = int32(rng.IntN(3))
		if rng.IntN(4) == 0 {
			f.Need = money.Amount(rng.IntN(50_000_00))
		}
		if rng.IntN(4) == 0 {
			f.Steps.Service = -money.Amount(rng.IntN(3_000_00))
		}
		if rng.IntN(15) == 0 {
			f.Steps.UnknownCost = 1
		}
	}
	return out
}

// company values n customers by the default model.
func company(t testing.TB, n int, seed uint64) *Base {
	t.Helper()
	f := figures(n, seed)
	v, err := value.Run(value.Default(), value.Input{AsOf: asOf, Figures: f})
	if err != nil {
		t.Fatal(err)
	}
	return Of(v, f)
}
