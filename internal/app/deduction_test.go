package app

import (
	"testing"

	"quid/account"
	"quid/day"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
)

// causesOf adds up what was deducted of a customer, by cause.
func causesOf(t *testing.T, a *App, external string) map[account.Cause]money.Amount {
	t.Helper()
	id, err := a.DB.Read().FindCustomer(authtest.Context(t), external)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := a.DB.Read().Entries(authtest.Context(t), store.Period{Customer: id, Window: day.Window{To: day.Max}}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	sums := make(map[account.Cause]money.Amount)
	for _, e := range entries {
		if e.Kind == account.Deduction {
			sums[e.Cause] += e.Amount.Amount
		} else if e.Cause != account.NoCause {
			t.Errorf("a %v for %v", e.Kind, e.Cause)
		}
	}
	return sums
}

// What we bear of an invoice is deducted by cause; another file of the invoice
// takes its place, and undo brings it back.
func TestWhatWeBearOfAnInvoiceIsDeductedByCause(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		head := "number;customer;day;net;cost;Ausgangsfracht;Provision;warranty;bonus"
		take := func(rows ...string) ImportResult {
			t.Helper()
			return a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, append([]string{head}, rows...)...), Related: true}, "warranty=warranty")
		}
		want := func(what string, sums map[account.Cause]money.Amount, deducted money.Amount) {
			t.Helper()
			got := causesOf(t, a, "K")
			for _, c := range account.Causes {
				if got[c] != sums[c] {
					t.Errorf("%s: %v of %v, want %v", what, got[c], c, sums[c])
				}
			}
			if f := figuresOf(t, a)["all K"]; f.Steps.Deduction != deducted {
				t.Errorf("%s: deducted %v, want %v", what, f.Steps.Deduction, deducted)
			}
			sound(t, a)
		}
		first := take("1;K;14.01.2026;100,50;50,00;5,25;2,00;;", "1;K;14.01.2026;50,50;20,00;;1,00;0,75;3,00", "2;K;15.01.2026;-10,50;-5,00;;-0,25;;")
		if first.Created != 2 {
			t.Fatalf("%+v", first)
		}
		once := map[account.Cause]money.Amount{account.Freight: -525, account.Commission: -275, account.Warranty: -75, account.Bonus: -300}
		want("taken in", once, -1175)
		second := take("1;K;14.01.2026;151,00;70,00;9,00;;;")
		if second.Updated != 1 {
			t.Fatalf("%+v", second)
		}
		want("taken in with other costs", map[account.Cause]money.Amount{account.Freight: -900, account.Commission: 25}, -875)
		if _, err := a.Undo(authtest.Context(t), second.Import); err != nil {
			t.Fatal(err)
		}
		want("taken back", once, -1175)
		if again := take("1;K;14.01.2026;50,50;20,00;;1,00;0,75;3,00", "1;K;14.01.2026;100,50;50,00;5,25;2,00;;", "2;K;15.01.2026;-10,50;-5,00;;-0,25;;"); again.Unchanged != 2 {
			t.Errorf("the same again: %+v", again)
		}
		if bad := take("3;K;16.01.2026;100,50;50,00;-5,25;;;"); bad.Rejected != 1 {
			t.Errorf("a cost below zero was taken in: %+v", bad)
		}
		if _, err := a.Undo(authtest.Context(t), first.Import); err != nil {
			t.Fatal(err)
		}
		want("all taken back", nil, 0)
	})
}

// Lines that come in a file of their own let what the header says we bear be
// posted with them.
func TestWhatWeBearWaitsForTheLines(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, "number;customer;day;Ausgangsfracht", "1;K;14.01.2026;5,25"), Related: true})
	if got := causesOf(t, a, "K"); len(got) != 0 {
		t.Errorf("before the lines: %v", got)
	}
	a.mustImport(t, ImportRequest{Kind: intake.InvoiceLines, Path: csv(t, "number;net", "1;100,50", "1;12,25")})
	if got := causesOf(t, a, "K")[account.Freight]; got != -525 {
		t.Errorf("freight %v", got)
	}
	sound(t, a)
}
