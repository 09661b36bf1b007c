package value

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"quid/account"
	"quid/day"
	"quid/money"
)

const asOf day.Day = 20261231

// base makes n plausible customers, a tenth of them new, some without cost,
// most without services; the same seed makes the same.
func base(n int, seed uint64) []Figures {
	rng := rand.New(rand.NewPCG(seed, 7))
	out := make([]Figures, n)
	for i := range out {
		f := &out[i]
		*f = Figures{Customer: account.CustomerID(1000 + i), Need: -1, Peer: int32(rng.IntN(7)) - 1}
		if rng.IntN(12) == 0 {
			continue // a prospect
		}
		f.FirstPurchase = asOf.Add(-rng.IntN(2500))
		if rng.IntN(3) == 0 {
			f.AcquiredOn = f.FirstPurchase.Add(-rng.IntN(200))
		}
		f.LastPurchase = f.FirstPurchase.Add(rng.IntN(asOf.Sub(f.FirstPurchase) + 1))
		f.PurchasesEver = 1 + int32(rng.IntN(min(30, f.LastPurchase.Sub(f.FirstPurchase)+1)))
		if f.PurchasesEver == 1 {
			f.LastPurchase = f.FirstPurchase
		}
		purchases(f, rng)
		f.earlier(rng)
		payments(f, rng)
		if rng.IntN(4) == 0 {
			f.Need = money.Amount(rng.IntN(50_000_00))
		} else if rng.IntN(3) == 0 {
			f.Suppliers = 1 + int16(rng.IntN(5))
			f.Rank = 1 + int16(rng.IntN(int(f.Suppliers)))
		}
		if rng.IntN(5) == 0 {
			f.Steps.Service = -money.Amount(rng.IntN(3_000_00))
			f.Steps.Benefit = -2 * f.Steps.Service
		}
		if f.Listed = f.Steps.Revenue * money.Amount(100+i%37) / 100; i%5 > 0 {
			f.ListedNet = f.Steps.Revenue
		}
	}
	return out
}

// unmodelled is the default model without models of purchases, which have laws of
// their own and take their time on customers made of noise.
func unmodelled() Model {
	m := Default()
	m.Lifetime.Minimum = 1_000_000
	return m
}

// earlier gives a customer what it brought before the window.
func (f *Figures) earlier(rng *rand.Rand) {
	f.PurchaseDays = min(f.PurchaseDays, f.PurchasesEver)
	if start := Default().Window.UpTo(asOf).From; f.FirstPurchase <= start {
		f.BeforeDays = max(1, f.PurchasesEver-f.PurchaseDays)
		if f.BeforeLast = f.FirstPurchase; f.BeforeDays > 1 {
			f.BeforeLast = f.FirstPurchase.Add(1 + rng.IntN(start.Sub(f.FirstPurchase)+1)/2)
		}
	}
	f.EverContribution = money.Amount(rng.IntN(90_000))*money.Amount(f.BeforeDays) + f.Steps.Contribution(1)
	f.EverBalance = f.EverContribution - 5_000
}

// purchases gives a customer purchase days in the window and the one before.
func purchases(f *Figures, rng *rand.Rand) {
	f.PurchaseDays = int32(rng.IntN(int(min(f.PurchasesEver, 12)) + 1))
	level := math.Exp(rng.NormFloat64()*1.2 + 10)
	for d := range f.PurchaseDays {
		v := math.Round(level * (1 + 0.4*rng.NormFloat64()))
		f.PerDaySum += v
		f.PerDaySquares += v * v
		f.Steps.Sale += money.Amount(v)
		f.Steps.Revenue += money.Amount(math.Abs(v) * 2.5)
		if d > 0 {
			gap := 1 + rng.IntN(40)
			f.Gaps++
			f.GapDays += int32(gap)
			f.GapSquares += float64(gap * gap)
		}
	}
	f.Steps.Care = -money.Amount(rng.IntN(5) * 50_00)
	f.PriorRevenue = money.Amount(level * 20)
	f.PriorContribution = money.Amount(level * 8 * (rng.Float64() - 0.1))
	if rng.IntN(20) == 0 {
		f.Steps.UnknownCost = 1
	}
	if rng.IntN(25) == 0 {
		f.PriorUnknownCost = 1
	}
}

// payments gives a customer invoices, payments and complaints.
func payments(f *Figures, rng *rand.Rand) {
	f.Invoices = f.PurchaseDays
	f.Due = f.Steps.Revenue
	f.DueDays = float64(f.Due) * max(0, rng.NormFloat64()*6)
	f.Steps.LatePayment = -money.Amount(f.DueDays * 0.08 / 365)
	f.Accrued = -money.Amount(rng.IntN(2) * rng.IntN(500))
	if f.Invoices > 0 {
		f.Complaints = int32(rng.IntN(3))
		f.Unjustified = int32(rng.IntN(int(f.Complaints) + 1))
		f.Steps.Complaint = -money.Amount(f.Complaints) * 40_00
	}
}

func run(t testing.TB, m Model, in Input) *Valuation {
	t.Helper()
	v, err := Run(m, in)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sameRow compares rows; NaN equals NaN, and floats may differ by rounding.
func sameRow(a, b Row) bool {
	near := func(x, y float64) bool {
		return x == y || math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= 1e-9*max(1, math.Abs(x))
	}
	for c := range Criteria {
		if !near(a.Raw[c], b.Raw[c]) {
			return false
		}
	}
	ok := near(a.Score, b.Score) && near(a.DataBasis, b.DataBasis) && near(a.Credibility, b.Credibility) && near(a.Shrunk, b.Shrunk)
	a.Raw, b.Raw, a.Score, b.Score, a.DataBasis, b.DataBasis = [Criteria]float64{}, [Criteria]float64{}, 0, 0, 0, 0
	a.Credibility, b.Credibility, a.Shrunk, b.Shrunk = 0, 0, 0, 0
	for _, p := range [][2]*float32{{&a.Life.Alive, &b.Life.Alive}, {&a.Life.Purchases, &b.Life.Purchases}} {
		ok = ok && near(float64(*p[0]), float64(*p[1]))
		*p[0], *p[1] = 0, 0
	}
	return ok && a == b
}

// The order in which customers arrive must not move anybody.
func TestRunIgnoresTheOrderOfCustomers(t *testing.T) {
	t.Parallel()
	figures := base(3000, 1)
	want := run(t, unmodelled(), Input{AsOf: asOf, Figures: figures})
	byID := map[account.CustomerID]Row{}
	for _, r := range want.Rows {
		byID[r.Customer] = r
	}
	for seed := range uint64(5) {
		shuffled := slices.Clone(figures)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for _, r := range run(t, unmodelled(), Input{AsOf: asOf, Figures: shuffled}).Rows {
			if !sameRow(r, byID[r.Customer]) {
				t.Fatalf("seed %d: customer %d: %+v, want %+v", seed, r.Customer, r, byID[r.Customer])
			}
		}
	}
}
