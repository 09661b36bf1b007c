package value

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"quid/account"
	"quid/clv"
	"quid/money"
)

// lifetimeOfOne is the run-rate of a single customer, worked out by hand: what a
// day of its months brought, over 36 discounted months.
func lifetimeOfOne(f Figures) float64 {
	delta := math.Log(1.08) / 12
	annuity := -math.Expm1(-36*delta) / delta
	months := float64(asOf.Sub(20251231)) / (365.25 / 12)
	s := f.Steps
	monthly := float64(s.Contribution(1)) + float64(s.Care+s.Complaint+s.LatePayment+f.Accrued+s.Service+s.Goodwill)
	return monthly / months * annuity
}

// simulated are customers who buy by an MBG/NBD, each purchase worth spend, and
// how many of them are customers still.
func simulated(n int, seed uint64, spend float64) ([]Figures, int) {
	figures, future := simulatedBy(clv.MBGNBD{R: 0.9, Alpha: 2.5, A: 0.7, B: 2.6}, n, seed, spend)
	alive := 0
	for _, times := range future {
		if len(times) > 0 {
			alive++ // in fifty years a customer buys once more
		}
	}
	return figures, alive
}

// simulatedBy are customers who buy by a model, and the months after the valuation
// day in which they will buy.
func simulatedBy(m clv.Timing, n int, seed uint64, spend float64) ([]Figures, [][]float64) {
	rng := rand.New(rand.NewPCG(seed, 3))
	start := Default().Window.UpTo(asOf).From
	figures, future := make([]Figures, n), make([][]float64, n)
	for i := range figures {
		f := &figures[i]
		*f = Figures{Customer: account.CustomerID(i + 1), Need: -1, Peer: -1}
		watched := 200 + rng.IntN(1200)
		f.FirstPurchase = asOf.Add(-watched)
		days := map[int]bool{0: true}
		long := float64(watched)/month + 600
		times := m.Simulate(rng, long, nil)
		for _, t := range times {
			if d := int(t * month); d <= watched {
				days[d] = true
			} else {
				future[i] = append(future[i], t-float64(watched)/month)
			}
		}
		gaps, before := 0.0, 0
		for _, d := range slices.Sorted(maps.Keys(days)) {
			if d > 0 {
				gaps += math.Log(float64(d - before))
			}
			f.LogGaps, before = float32(gaps), d
			on := f.FirstPurchase.Add(d)
			f.PurchasesEver++
			f.LastPurchase = max(f.LastPurchase, on)
			if on <= start {
				f.BeforeDays++
				f.BeforeLast, f.BeforeLogGaps = on, f.LogGaps
			} else {
				f.PurchaseDays++
			}
		}
		worth := func(n int32) (total float64) {
			for range n {
				total += spend * (0.5 + rng.Float64())
			}
			return total
		}
		in := worth(f.PurchaseDays)
		f.Steps.Sale, f.Steps.Revenue = money.Amount(in), money.Amount(3*in)
		f.PerDaySum, f.PerDaySquares = in, in*in/float64(max(1, f.PurchaseDays))*1.1
		f.EverContribution = money.Amount(worth(f.BeforeDays)) + f.Steps.Sale
	}
	return figures, future
}

// Customers that buy as a model says are forecast by one that knows of leaving,
// about as many are found alive as are, and equity is near what they will bring.
func TestLifetimesOfSimulatedCustomers(t *testing.T) {
	t.Parallel()
	figures, alive := simulated(6000, 1, 500_00)
	v := run(t, Default(), Input{AsOf: asOf, Figures: figures})
	l := &v.Lifetimes
	if l.Model == nil || l.Trial == nil || l.Trial.Winner == "NBD" {
		t.Fatalf("model %+v, trial %+v, reason %q; want a model with leaving", l.Model, l.Trial, l.Reason)
	}
	found := 0.0
	for i := range v.Rows {
		if p := float64(v.Rows[i].Life.Alive); !math.IsNaN(p) {
			found += p
		}
	}
	if math.Abs(found-float64(alive)) > 0.08*float64(len(figures)) {
		t.Errorf("%.0f found alive, %d are", found, alive)
	}
	best := l.Trial.Entries[0]
	for _, e := range l.Trial.Entries {
		if e.Name == l.Trial.Winner {
			best = e
		}
	}
	if off := math.Abs(float64(best.Total)/float64(l.Trial.Actual) - 1); off > 0.05 {
		t.Errorf("%s forecast %v purchase days, %d came", best.Name, best.Total, l.Trial.Actual)
	}
	if l.Count[ByModel] != len(figures) || l.Equity != l.Gain-l.Care-l.Acquisition || l.Equity <= 0 {
		t.Errorf("%v customers by source, equity %d of gain %d and care %d", l.Count, l.Equity, l.Gain, l.Care)
	}
}

// The order of customers moves no lifetime value by a cent.
func TestLifetimesIgnoreTheOrderOfCustomers(t *testing.T) {
	t.Parallel()
	figures, _ := simulated(1500, 5, 300_00)
	want := run(t, Default(), Input{AsOf: asOf, Figures: figures})
	shuffled := slices.Clone(figures)
	rand.New(rand.NewPCG(8, 0)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	got := run(t, Default(), Input{AsOf: asOf, Figures: shuffled})
	for _, r := range got.Rows {
		if w := want.Rows[r.Customer-1]; !sameRow(r, w) || r.Life.Gain != w.Life.Gain {
			t.Fatalf("customer %d: %+v, want %+v", r.Customer, r.Life, w.Life)
		}
	}
	if got.Lifetimes.Equity != want.Lifetimes.Equity {
		t.Errorf("equity %d, want %d", got.Lifetimes.Equity, want.Lifetimes.Equity)
	}
}

// What lies longer in silence is never worth more, all else equal.
func TestSilenceLowersTheLifetimeValue(t *testing.T) {
	t.Parallel()
	figures, _ := simulated(3000, 2, 100_00)
	one := Figures{
		Need: -1, Peer: -1, FirstPurchase: asOf.Add(-1000), PurchasesEver: 9, BeforeDays: 9, EverContribution: 900_00,
	}
	for silent := 400; silent <= 900; silent += 100 {
		f := one
		f.Customer = account.CustomerID(100_000 + silent)
		f.LastPurchase = asOf.Add(-silent)
		f.BeforeLast = f.LastPurchase
		figures = append(figures, f)
	}
	v := run(t, Default(), Input{AsOf: asOf, Figures: figures})
	for i := 3001; i < len(v.Rows); i++ {
		a, b := &v.Rows[i-1], &v.Rows[i]
		if !(b.Life.Alive < a.Life.Alive) || !(b.Raw[lifetimeAt] < a.Raw[lifetimeAt]) {
			t.Errorf("customer %d: alive %v, worth %v; silent for longer %v, %v", b.Customer, a.Life.Alive, a.Raw[lifetimeAt], b.Life.Alive, b.Raw[lifetimeAt])
		}
	}
}

// Below the minimum nothing is modelled, and it is said.
func TestFewRepeatCustomersAreNotModelled(t *testing.T) {
	t.Parallel()
	figures, _ := simulated(120, 3, 100_00)
	v := run(t, Default(), Input{AsOf: asOf, Figures: figures})
	if l := &v.Lifetimes; l.Model != nil || l.Reason == "" || l.Count[ByRunRate] != len(figures) {
		t.Errorf("model %v, reason %q, %v customers by source", l.Model, l.Reason, l.Count)
	}
}

// Customers under contract last as contracts do: one that ended is worth nothing,
// one with a known end less than one without.
func TestContractsAreWorthWhatTheyLast(t *testing.T) {
	t.Parallel()
	var figures []Figures
	for i := range 200 {
		f := Figures{Customer: account.CustomerID(i + 1), Need: -1, Peer: -1, PurchasesEver: 24, PurchaseDays: 12, BeforeDays: 12, EverContribution: 240_00, Steps: account.Steps{Sale: 120_00}}
		f.Contract.On, f.Contract.Since = true, asOf.Add(-900)
		f.FirstPurchase, f.LastPurchase = asOf.Add(-880), asOf.Add(-5)
		if i%4 == 0 {
			f.Contract.Until = asOf.Add(-850 + 4*i)
			f.LastPurchase = f.Contract.Until
		}
		figures = append(figures, f)
	}
	figures[1].Contract.Until = asOf.Add(180)
	v := run(t, Default(), Input{AsOf: asOf, Figures: figures})
	ended, known, open := &v.Rows[0].Life, &v.Rows[1].Life, &v.Rows[2].Life
	if ended.Gain != 0 || ended.Alive != 0 || ended.Source != ByContract {
		t.Errorf("a contract that has ended: %+v", ended)
	}
	if !(0 < known.Gain && known.Gain < open.Gain/2) {
		t.Errorf("half a year to go is worth %d, an open end %d", known.Gain, open.Gain)
	}
	if c := v.Lifetimes.Contracts; c == nil || c.Contracts != 200 || c.Ended != 50 {
		t.Errorf("survival %+v, want 50 of 200 ended", c)
	}
}

// The bridge leads from the equity before to the equity now to the cent.
func TestTheBridgeAddsUp(t *testing.T) {
	t.Parallel()
	figures, _ := simulated(1500, 4, 100_00)
	first := run(t, Default(), Input{AsOf: 20260930, Figures: figures[:1400]})
	previous := &Previous{AsOf: 20260930, Model: first.Model, Lifetimes: first.Lifetimes}
	for _, r := range first.Rows {
		worth, known := r.Life.Value()
		previous.Places = append(previous.Places, Placed{Customer: r.Customer, From: r.Bands.From, To: r.Bands.To, Life: worth, LifeKnown: known})
	}
	v := run(t, Default(), Input{AsOf: asOf, Figures: figures[50:], Previous: previous})
	b := v.Lifetimes.Bridge
	if b == nil || b.Before != first.Lifetimes.Equity || b.After != v.Lifetimes.Equity {
		t.Fatalf("bridge %+v from %d to %d", b, first.Lifetimes.Equity, v.Lifetimes.Equity)
	}
	if sum := b.Before + b.Won.Amount + b.Grown.Amount + b.Shrunk.Amount + b.Left.Amount; sum != b.After {
		t.Errorf("the bars lead to %d, not to %d: %+v", sum, b.After, b)
	}
	if b.Won.Customers != 100 || b.Left.Customers < 50 {
		t.Errorf("%d new and %d left, want 100 and at least 50", b.Won.Customers, b.Left.Customers)
	}
}

// Customers who order in a rhythm are forecast by a model that knows of it, which
// says itself how sure it is, and is the same when it is read again.
func TestARhythmIsForecastAsOne(t *testing.T) {
	t.Parallel()
	figures, _ := simulatedBy(clv.MBGCNBD{K: 4, R: 2, Alpha: 1.2, A: 0.6, B: 6}, 3000, 6, 400_00)
	v := run(t, Default(), Input{AsOf: asOf, Figures: figures})
	l := &v.Lifetimes
	if l.Model == nil || l.Model.Name != "MBG/CNBD-k" || l.Model.Regularity != 4 {
		t.Fatalf("model %+v, trial %+v, reason %q; want a rhythm of 4", l.Model, l.Trial, l.Reason)
	}
	fit, err := l.Model.fitted()
	if err != nil {
		t.Fatal(err)
	}
	f := &forecast{asOf: asOf, window: v.Window(), figures: figures}
	for i := range 200 {
		want := fit.Alive(f.now(int32(i)))
		if got := v.Rows[i].Life; got.Source != ByModel || math.Abs(float64(got.Alive)-want) > 1e-6 {
			t.Fatalf("customer %d: alive by %v, the model says %v", i, got, want)
		}
	}
	if w := Explain(&v.Summary, &figures[7], &v.Rows[7]).Lifetime; w.Sure == nil || !w.Sure.Outcome[1].Known() {
		t.Errorf("how sure it is is not told: %+v", w.Sure)
	}
	if r := l.Range; r == nil || r.Low >= l.Equity || r.High <= l.Equity {
		t.Errorf("equity %d lies in %+v", l.Equity, r)
	}
}

// Of many books of customers whose future is known, nine in ten have an equity that
// lies where the range says: a simulation of the whole way.
func TestTheRangeOfEquityHolds(t *testing.T) {
	t.Parallel()
	const books = 60
	held := 0
	for seed := range uint64(books) {
		m := clv.MBGNBD{R: 0.9, Alpha: 2.5, A: 0.7, B: 2.6}
		figures, future := simulatedBy(m, 1200, 100+seed, 500_00)
		v := run(t, Default(), Input{AsOf: asOf, Figures: figures})
		r := v.Lifetimes.Range
		if r == nil {
			t.Fatalf("book %d: no range, model %+v, %q", seed, v.Lifetimes.Model, v.Lifetimes.Reason)
		}
		delta, came := math.Log(1.08)/12, 0.0
		for _, times := range future {
			for _, at := range times {
				if at <= 36 {
					came += math.Exp(-delta*at) * 500_00
				}
			}
		}
		if float64(r.Low) <= came && came <= float64(r.High) {
			held++
		}
	}
	if held < 47 { // 54 are expected; so few by chance once in two hundred times
		t.Errorf("the truth lies in %d of %d ranges of 90%%", held, books)
	}
}

// Contracts make an equity unsure as well: how long they last is estimated.
func TestContractsMakeEquityUnsure(t *testing.T) {
	t.Parallel()
	contracts := func(ended int) []Figures {
		var figures []Figures
		for i := range 300 {
			f := Figures{Customer: account.CustomerID(i + 1), Need: -1, Peer: -1, PurchasesEver: 24, PurchaseDays: 12, BeforeDays: 12, EverContribution: 240_00, Steps: account.Steps{Sale: 120_00}}
			f.Contract.On, f.Contract.Since = true, asOf.Add(-900+2*i)
			f.FirstPurchase, f.LastPurchase = f.Contract.Since, asOf.Add(-5)
			if i < ended {
				f.Contract.Until = f.Contract.Since.Add(30 + 5*i)
				f.LastPurchase = f.Contract.Until
			}
			figures = append(figures, f)
		}
		return figures
	}
	none := run(t, Default(), Input{AsOf: asOf, Figures: contracts(0)}).Lifetimes
	if none.Range != nil {
		t.Errorf("no contract has ended, and yet %+v", none.Range)
	}
	some := run(t, Default(), Input{AsOf: asOf, Figures: contracts(100)}).Lifetimes
	r := some.Range
	if r == nil || r.Low >= some.Equity || r.Estimate <= 0 || r.Certain != 0 {
		t.Errorf("a third has ended: equity %d, range %+v", some.Equity, r)
	}
}
