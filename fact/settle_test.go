package fact

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"quid/account"
	"quid/day"
	"quid/money"
)

// A desk is what is open and what came in for it.
type desk struct {
	items []OpenItem
	means []Means
}

func drawDesk(t *rapid.T) desk {
	var d desk
	for i := range rapid.IntRange(0, 8).Draw(t, "items") {
		on := day.Day(20260101).Add(rapid.IntRange(0, 60).Draw(t, "day"))
		d.items = append(d.items, OpenItem{
			Invoice: account.DocumentID(i + 1), Number: fmt.Sprintf("R%d", rapid.IntRange(1, 4).Draw(t, "number")), Day: on,
			Due: on.Add(rapid.SampledFrom([]int{0, 14, 30}).Draw(t, "terms")), Amount: money.Amount(rapid.IntRange(1, 500).Draw(t, "amount")),
		})
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "means") {
		d.means = append(d.means, Means{
			Document: account.DocumentID(i + 101), Number: fmt.Sprintf("Z%d", rapid.IntRange(1, 4).Draw(t, "number")),
			Day: day.Day(20260101).Add(rapid.IntRange(0, 120).Draw(t, "day")), Amount: money.Amount(rapid.IntRange(1, 700).Draw(t, "amount")),
			Invoice: account.DocumentID(rapid.IntRange(0, 10).Draw(t, "for")), Credit: rapid.IntRange(0, 3).Draw(t, "credit") == 0,
		})
	}
	return d
}

func TestSettleDoesNotDependOnOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDesk(t)
		want := Settle(d.items, d.means)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		items, means := slices.Clone(d.items), slices.Clone(d.means)
		rng.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		rng.Shuffle(len(means), func(i, j int) { means[i], means[j] = means[j], means[i] })
		before := slices.Clone(items)
		if got := Settle(items, means); !slices.Equal(got, want) {
			t.Fatalf("%v, in another order %v", want, got)
		}
		if !slices.Equal(items, before) {
			t.Fatal("Settle reorders what it was given")
		}
	})
}

// Nothing is settled twice, nothing is spent twice; money that names an invoice
// goes nowhere else, and money that names none waits only where nothing is open.
func TestSettleKeepsEveryCent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDesk(t)
		open, left := map[account.DocumentID]money.Amount{}, map[account.DocumentID]money.Amount{}
		items, means := map[account.DocumentID]OpenItem{}, map[account.DocumentID]Means{}
		for _, it := range d.items {
			open[it.Invoice], items[it.Invoice] = it.Amount, it
		}
		for _, m := range d.means {
			left[m.Document], means[m.Document] = m.Amount, m
		}
		for _, p := range Settle(d.items, d.means) {
			open[p.Invoice] -= p.Amount
			left[p.Means] -= p.Amount
			late := p.Day.Sub(items[p.Invoice].Due)
			if means[p.Means].Credit {
				late = 0
			}
			if p.Amount <= 0 || open[p.Invoice] < 0 || left[p.Means] < 0 || p.DaysLate != late || p.Day != means[p.Means].Day {
				t.Fatalf("%+v of %+v", p, d)
			}
			if named := means[p.Means].Invoice; named != 0 && named != p.Invoice {
				t.Fatalf("money for invoice %d settled %d: %+v", named, p.Invoice, d)
			}
		}
		var waits, owed money.Amount
		for _, o := range open {
			owed += o
		}
		for id, m := range left {
			if means[id].Invoice == 0 {
				waits += m
			}
		}
		if waits > 0 && owed > 0 {
			t.Fatalf("%d waits though %d is open: %+v", waits, owed, d)
		}
	})
}

// Money that names an invoice goes there first.
func TestSettleHeedsTheInvoiceThatWasNamed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDesk(t)
		var named, owed money.Amount
		for _, it := range d.items {
			if it.Invoice == 1 {
				owed = it.Amount
			}
		}
		for _, m := range d.means {
			if m.Invoice == 1 {
				named += m.Amount
			}
		}
		var got money.Amount
		for _, p := range Settle(d.items, d.means) {
			if i := slices.IndexFunc(d.means, func(m Means) bool { return m.Document == p.Means }); p.Invoice == 1 && d.means[i].Invoice == 1 {
				got += p.Amount
			}
		}
		if got != min(owed, named) {
			t.Fatalf("%d named invoice 1 of %d, and %d settled it", named, owed, got)
		}
	})
}

// A payment in two pieces on one day settles what the whole would have settled.
func TestSettleIgnoresHowAPaymentWasSplit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDesk(t)
		if len(d.means) == 0 {
			return
		}
		for i := range d.means {
			d.means[i].Number = fmt.Sprintf("Z%d", i) // so that the pieces stay together
		}
		i := rapid.IntRange(0, len(d.means)-1).Draw(t, "which")
		m := d.means[i]
		piece := money.Amount(rapid.Int64Range(0, int64(m.Amount)).Draw(t, "piece"))
		rest := m
		rest.Document, rest.Amount = 999, m.Amount-piece
		split := slices.Clone(d.means)
		split[i].Amount = piece
		split = append(split, rest)
		sums := func(parts []Part) map[[2]int64]money.Amount {
			s := map[[2]int64]money.Amount{}
			for _, p := range parts {
				s[[2]int64{int64(p.Invoice), int64(p.Day)}] += p.Amount
			}
			return s
		}
		want, got := sums(Settle(d.items, d.means)), sums(Settle(d.items, split))
		for k, v := range want {
			if got[k] != v {
				t.Fatalf("invoice %d on %d: whole %d, split %d (%+v)", k[0], k[1], v, got[k], d)
			}
		}
	})
}

func TestSettleTakesTheOldestFirst(t *testing.T) {
	t.Parallel()
	items := []OpenItem{
		{Invoice: 1, Number: "R1", Day: 20260101, Due: 20260131, Amount: 100},
		{Invoice: 2, Number: "R2", Day: 20260105, Due: 20260119, Amount: 50},
		{Invoice: 3, Number: "R3", Day: 20260201, Due: 20260303, Amount: 70},
	}
	means := []Means{
		{Document: 11, Number: "Z1", Day: 20260210, Amount: 120},
		{Document: 12, Number: "G1", Day: 20260215, Amount: 20, Credit: true, Invoice: 3},
		{Document: 13, Number: "Z2", Day: 20260310, Amount: 500},
	}
	want := []Part{
		{1, 11, 20260210, 70, 10},
		{1, 13, 20260310, 30, 38},
		{2, 11, 20260210, 50, 22},
		{3, 12, 20260215, 20, 0},
		{3, 13, 20260310, 50, 7},
	}
	if got := Settle(items, means); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// However notes are dated: what they settle is what accrued up to the last of
// them, each accrual once, whatever the order.
func TestEveryAccrualIsSettledOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var accruals []Accrual
		for i := range rapid.IntRange(0, 12).Draw(t, "months") {
			accruals = append(accruals, Accrual{Day: day.Of(2026, i+1, 1).EndOfMonth(), Amount: money.Amount(rapid.Int64Range(-1e6, 1e6).Draw(t, "amount"))})
		}
		var notes []BonusNote
		last := day.Day(0)
		for i := range rapid.IntRange(1, 4).Draw(t, "notes") {
			n := BonusNote{Document: account.DocumentID(i + 1), Number: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "number"), Day: day.Day(20260101).Add(rapid.IntRange(0, 400).Draw(t, "day"))}
			notes, last = append(notes, n), max(last, n.Day)
		}
		var want, got money.Amount
		for _, a := range accruals {
			if a.Day <= last {
				want += a.Amount
			}
		}
		settled := SettleBonus(accruals, notes)
		for _, sum := range settled {
			got += sum
		}
		if got != want || len(settled) != len(notes) {
			t.Fatalf("settled %v by %d notes, want %v", got, len(settled), want)
		}
		slices.Reverse(notes)
		slices.Reverse(accruals)
		for doc, sum := range SettleBonus(accruals, notes) {
			if settled[doc] != sum {
				t.Fatalf("in another order note %d settles %v, not %v", doc, sum, settled[doc])
			}
		}
	})
}
