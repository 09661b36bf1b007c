package app

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"quid/account"
	"quid/day"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
)

// bonusPostings are the standing bonus postings of a customer: amount by day, and by
// the document's number.
func bonusPostings(t *testing.T, a *App, external string) map[string]money.Amount {
	t.Helper()
	id, err := a.DB.Read().FindCustomer(authtest.Context(t), external)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := a.DB.Read().Entries(authtest.Context(t), store.Period{Customer: id, Window: day.Window{To: day.Max}}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	sums := make(map[string]money.Amount)
	gone := make(map[account.PostingID]bool)
	for _, e := range entries {
		gone[e.Reverses] = true
	}
	for _, e := range entries {
		if e.Cause == account.Bonus && e.Reverses == 0 && !gone[e.ID] {
			sums[e.Number+" "+e.Day.String()] += e.Amount.Amount
		}
	}
	return sums
}

func wantBonuses(t *testing.T, a *App, what, external string, want map[string]money.Amount) {
	t.Helper()
	if got := bonusPostings(t, a, external); !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %s has %v, want %v", what, external, got, want)
	}
	sound(t, a)
}

const (
	bonusHead = "number;customer;from;until;percent;spread"
	noteHead  = "number;customer;day;net;cost;bonus_agreement"
)

func takeIn(t *testing.T, a *App, kind intake.Kind, rows ...string) ImportResult {
	t.Helper()
	return a.mustImport(t, ImportRequest{Kind: kind, Path: csv(t, rows...), Related: true})
}

// A bonus accrues by month with what is bought and what comes back, and a credit
// note that names the agreement posts only the difference.
func TestABonusAccruesMonthlyAndIsSettledByTheCreditNoteNeverTwice(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		takeIn(t, a, intake.Bonuses, bonusHead, "B;K;15.01.2026;;3;")
		sales := takeIn(t, a, intake.Invoices, noteHead,
			"1;K;14.01.2026;1000,00;500,00;", "2;K;15.01.2026;100,50;50,00;", "3;K;20.02.2026;200,00;50,00;", "4;K;21.02.2026;-50,00;-20,00;", "5;K;01.04.2026;10,00;5,00;")
		accrued := map[string]money.Amount{"B 2026-01-31": -302, "B 2026-02-28": -450, "B 2026-04-30": -30}
		wantBonuses(t, a, "accrued", "K", accrued)

		note := takeIn(t, a, intake.Invoices, noteHead, "G;K;31.03.2026;-8,00;;B")
		settled := map[string]money.Amount{"B 2026-01-31": -302, "B 2026-02-28": -450, "G 2026-03-31": -48, "B 2026-04-30": -30}
		wantBonuses(t, a, "settled", "K", settled)
		if f := figuresOf(t, a)["all K"]; f.Steps.Revenue != 126_050 || f.Steps.Deduction != -830 {
			t.Errorf("revenue %v, deducted %v: the credit note is no sale, and what it gives is deducted once", f.Steps.Revenue, f.Steps.Deduction)
		}
		if again := takeIn(t, a, intake.Invoices, noteHead, "G;K;31.03.2026;-8,00;;B"); again.Unchanged != 1 {
			t.Errorf("the note again: %+v", again)
		}

		late := takeIn(t, a, intake.Invoices, noteHead, "6;K;28.02.2026;100,00;50,00;")
		wantBonuses(t, a, "an invoice of a settled month", "K", map[string]money.Amount{
			"B 2026-01-31": -302, "B 2026-02-28": -750, "G 2026-03-31": 252, "B 2026-04-30": -30,
		})
		for _, step := range []struct {
			what   string
			id     int64
			expect map[string]money.Amount
		}{
			{"the late invoice taken back", late.Import, settled},
			{"the note taken back", note.Import, accrued},
			{"the sales taken back", sales.Import, map[string]money.Amount{}},
		} {
			if _, err := a.Undo(authtest.Context(t), step.id); err != nil {
				t.Fatal(err)
			}
			wantBonuses(t, a, step.what, "K", step.expect)
		}
	})
}

// An agreement that changes, ends or is taken back accrues anew; a note of what
// is gone gives all it says.
func TestAnotherAgreementAccruesAnew(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		first := takeIn(t, a, intake.Bonuses, bonusHead, "B;K;01.01.2026;;3;")
		takeIn(t, a, intake.Invoices, noteHead, "1;K;14.01.2026;1000,00;500,00;", "2;K;14.03.2026;500,00;100,00;", "G;K;31.01.2026;-30,00;;B")
		wantBonuses(t, a, "at first", "K", map[string]money.Amount{"B 2026-01-31": -3000, "G 2026-01-31": 0, "B 2026-03-31": -1500})
		second := takeIn(t, a, intake.Bonuses, bonusHead, "B;K;01.01.2026;15.03.2026;2,5;")
		if second.Updated != 1 {
			t.Fatalf("%+v", second)
		}
		wantBonuses(t, a, "another rate and an end", "K", map[string]money.Amount{"B 2026-01-31": -2500, "G 2026-01-31": -500, "B 2026-03-15": -1250})
		moved := takeIn(t, a, intake.Bonuses, bonusHead, "B;L;01.01.2026;;3;")
		wantBonuses(t, a, "made with another customer", "K", map[string]money.Amount{"G 2026-01-31": -3000})
		for _, id := range []int64{moved.Import, second.Import, first.Import} {
			if _, err := a.Undo(authtest.Context(t), id); err != nil {
				t.Fatal(err)
			}
		}
		wantBonuses(t, a, "taken back", "K", map[string]money.Amount{"G 2026-01-31": -3000})
		takeIn(t, a, intake.Bonuses, bonusHead, "B;K;01.01.2026;;3;")
		wantBonuses(t, a, "made again", "K", map[string]money.Amount{"B 2026-01-31": -3000, "G 2026-01-31": 0, "B 2026-03-31": -1500})
		if bad := takeIn(t, a, intake.Invoices, noteHead, "H;L;31.01.2026;-30,00;;B", "I;K;31.01.2026;-30,00;;C"); bad.Rejected != 2 {
			t.Errorf("a note of another customer, and one of no agreement: %+v", bad)
		}
		if rebuilt, err := a.Rebuild(authtest.Context(t), nil); err != nil || rebuilt.Changed() != 0 {
			t.Errorf("rebuilt %+v, %v", rebuilt, err)
		}
	})
}

// What a group's agreement accrues is borne by the members: by their own revenue,
// or in equal parts that add up to the cent.
func TestACentralBonusIsSpreadOverTheMembers(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		takeIn(t, a, intake.Customers, "number;name;parent", "P;Group;", "K;K;P", "L;L;P", "M;M;P")
		takeIn(t, a, intake.Bonuses, bonusHead, "R;P;01.01.2026;;2;revenue", "E;P;01.01.2026;;1;equal")
		takeIn(t, a, intake.Invoices, noteHead, "1;K;14.01.2026;1000,00;500,00;", "2;L;14.01.2026;300,50;100,00;", "3;P;15.01.2026;100,00;50,00;")
		wantBonuses(t, a, "spread", "P", map[string]money.Amount{"R 2026-01-31": -200})
		wantBonuses(t, a, "spread", "K", map[string]money.Amount{"R 2026-01-31": -2000, "E 2026-01-31": -467})
		wantBonuses(t, a, "spread", "L", map[string]money.Amount{"R 2026-01-31": -601, "E 2026-01-31": -467})
		wantBonuses(t, a, "spread", "M", map[string]money.Amount{"E 2026-01-31": -467})
		takeIn(t, a, intake.Invoices, noteHead, "G;P;31.01.2026;-30,00;;R", "H;P;31.01.2026;-14,00;;E")
		wantBonuses(t, a, "settled", "P", map[string]money.Amount{"R 2026-01-31": -200, "G 2026-01-31": -199, "H 2026-01-31": 1})

		takeIn(t, a, intake.Customers, "number;parent", "M;")
		wantBonuses(t, a, "M left the group", "M", map[string]money.Amount{})
		wantBonuses(t, a, "M left the group", "K", map[string]money.Amount{"R 2026-01-31": -2000, "E 2026-01-31": -701})
		takeIn(t, a, intake.Bonuses, bonusHead, "R;P;01.01.2026;;2;equal", "E;P;01.01.2026;;1;")
		wantBonuses(t, a, "other keys", "K", map[string]money.Amount{"R 2026-01-31": -1401})
		wantBonuses(t, a, "other keys", "P", map[string]money.Amount{"E 2026-01-31": -100, "G 2026-01-31": -199, "H 2026-01-31": -1300})
	})
}

// The order in which agreements, groups, invoices and credit notes come does not
// matter, but that a note comes after its agreement.
func TestTheOrderOfBonusesAndSalesDoesNotMatter(t *testing.T) {
	t.Parallel()
	type file struct {
		kind intake.Kind
		rows []string
	}
	files := []file{
		{intake.Bonuses, []string{bonusHead, "R;P;01.01.2026;;2,5;revenue", "E;P;10.01.2026;31.03.2026;0,75;equal", "A;K;01.02.2026;;3;"}},
		{intake.Customers, []string{"number;name;parent", "P;Group;", "K;K;P", "L;L;P"}},
		{intake.Invoices, []string{noteHead, "1;K;14.01.2026;1000,01;500,00;", "2;L;14.01.2026;333,33;100,00;", "3;K;15.03.2026;-100,07;-50,00;"}},
		{intake.Invoices, []string{noteHead, "4;P;09.01.2026;77,77;50,00;", "5;L;20.02.2026;1234,56;1000,00;", "6;K;20.02.2026;99,99;10,00;"}},
		{intake.Invoices, []string{noteHead, "G;P;28.02.2026;-40,00;;R", "H;P;31.03.2026;-9,00;;E", "I;K;31.12.2026;-1,00;;A", "J;P;30.04.2026;-2,00;;R"}},
	}
	var want map[string]any
	for seed := range uint64(12) {
		a := openApp(t, "")
		a.BatchDocs = 1 + int(seed%3)
		order := rand.New(rand.NewPCG(seed, 7)).Perm(len(files))
		if agreements, notes := slices.Index(order, 0), slices.Index(order, 4); notes < agreements {
			order[agreements], order[notes] = order[notes], order[agreements]
		}
		for _, i := range order {
			if res := takeIn(t, a, files[i].kind, files[i].rows...); res.Rejected > 0 {
				t.Fatalf("order %v: %+v", order, res.Problems)
			}
		}
		sound(t, a)
		got := make(map[string]any)
		for _, c := range []string{"P", "K", "L"} {
			got[c] = bonusPostings(t, a, c)
		}
		if want == nil {
			want = got
		} else if !reflect.DeepEqual(got, want) {
			t.Fatalf("order %v:\n got %v\nwant %v", order, got, want)
		}
	}
}
