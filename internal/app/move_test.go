package app

import (
	"testing"

	"quid/account"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
)

// A payment of a file of its own goes with its invoice, and comes back with it.
func TestAPaymentGoesWithItsInvoiceToItsRightCustomer(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		head := "number;customer;day;due;net;cost"
		payments := ImportRequest{Kind: intake.Payments, Path: csv(t, "number;invoice;day;amount;discount",
			"P1;1;30.01.2026;40,50;1,50", ";1;02.02.2026;20,50;", ";1;02.02.2026;20,50;", "P2;2;15.01.2026;70,50;")}
		a.mustImport(t, ImportRequest{
			Kind: intake.Invoices, Related: true,
			Path: csv(t, head, "1;K1;14.01.2026;24.01.2026;100,50;50,00", "2;K1;14.01.2026;24.01.2026;70,50;50,00", "3;K2;14.01.2026;24.01.2026;9,50;5,00"),
		})
		a.mustImport(t, payments)
		want := figuresOf(t, a)
		if f := want["all K1"]; f.OpenItems != 1750 || f.Steps.Deduction != -150 || f.Steps.LatePayment == 0 {
			t.Fatalf("K1 has %+v", f)
		}
		moved := a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K2;14.01.2026;24.01.2026;100,50;50,00")})
		sound(t, a)
		fs := figuresOf(t, a)
		k1, k2, was := fs["all K1"], fs["all K2"], want["all K1"]
		if k1.OpenItems != 0 || k1.Steps.Deduction != 0 || k1.Steps.LatePayment != 0 || k1.Settled != 1 {
			t.Errorf("K1 is left with %+v", k1)
		}
		if k2.OpenItems != 1750+950 || k2.Steps.Deduction != -150 || k2.Steps.LatePayment != was.Steps.LatePayment {
			t.Errorf("K2 has %+v", k2)
		}
		if res := a.mustImport(t, payments); res.Unchanged != 4 {
			t.Errorf("payments again: %+v, want all unchanged", res.Counts)
		}
		if report, err := a.Undo(authtest.Context(t), moved.Import); err != nil || len(report.Kept)+len(report.Failed) > 0 {
			t.Fatalf("undo: %+v, %v", report, err)
		}
		sound(t, a)
		sameFigures(t, "after undo", figuresOf(t, a), want)
		a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K2;14.01.2026;24.01.2026;100,50;50,00")})
		sound(t, a)
		sameFigures(t, "moved again", figuresOf(t, a), fs)
	})
}

func TestUndoInAnyOrderAfterAnInvoiceMoved(t *testing.T) {
	t.Parallel()
	head, pay := "number;customer;day;due;net;cost", "number;invoice;day;amount"
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}, {2, 3, 1, 0}} {
		a := openApp(t, "")
		var ids []int64
		for _, req := range []ImportRequest{
			{Kind: intake.Invoices, Path: csv(t, head, "1;K1;14.01.2026;24.01.2026;100,50;50,00"), Related: true},
			{Kind: intake.Payments, Path: csv(t, pay, "P1;1;30.01.2026;40,50")},
			{Kind: intake.Payments, Path: csv(t, pay, "P1;1;31.01.2026;60,50")},
			{Kind: intake.Invoices, Path: csv(t, head, "1;K2;14.01.2026;24.01.2026;100,50;50,00"), Related: true},
		} {
			ids = append(ids, a.mustImport(t, req).Import)
		}
		for _, i := range order {
			if _, err := a.Undo(authtest.Context(t), ids[i]); err != nil {
				t.Fatal(err)
			}
			sound(t, a)
		}
		for k, f := range figuresOf(t, a) {
			if f.Steps != (account.Steps{}) || f.OpenItems != 0 || f.Invoices != 0 {
				t.Errorf("order %v: %s is left with %+v", order, k, f.Steps)
			}
		}
	}
}

func TestUndoOfAMoveKeepsWhatSomebodyChangedSince(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	head := "number;customer;day;due;net;cost"
	a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K1;14.01.2026;24.01.2026;100,50;50,00"), Related: true})
	moved := a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K2;14.01.2026;24.01.2026;100,50;50,00"), Related: true})
	a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K2;14.01.2026;24.01.2026;90,50;50,00")})
	report, err := a.Undo(authtest.Context(t), moved.Import)
	if err != nil || len(report.Kept) == 0 || report.Kept[0].Why != editedSince {
		t.Errorf("undo: %+v, %v; want that the invoice is kept", report, err)
	}
	if f := figuresOf(t, a)["all K2"]; f.Steps.Revenue != 9050 {
		t.Errorf("K2 has revenue %d, want 90.50", f.Steps.Revenue)
	}
	sound(t, a)
}

func TestAnInvoiceMovesWithItsCreditNote(t *testing.T) {
	t.Parallel()
	head := "number;customer;day;due;net;cost;credits"
	for _, rows := range [][]string{
		{"1;K2;14.01.2026;24.01.2026;100,50;50,00;", "2;K2;15.01.2026;24.01.2026;-20,50;-5,00;1"},
		{"2;K2;15.01.2026;24.01.2026;-20,50;-5,00;1", "1;K2;14.01.2026;24.01.2026;100,50;50,00;"},
	} {
		a := openApp(t, "")
		a.mustImport(t, ImportRequest{
			Kind: intake.Invoices, Related: true,
			Path: csv(t, head, "1;K1;14.01.2026;24.01.2026;100,50;50,00;", "2;K1;15.01.2026;24.01.2026;-20,50;-5,00;1"),
		})
		want := figuresOf(t, a)["all K1"]
		res := a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, append([]string{head}, rows...)...), Related: true})
		if f := figuresOf(t, a); res.Updated != 2 || f["all K2"].OpenItems != want.OpenItems || f["all K1"].OpenItems != 0 {
			t.Errorf("%+v %v: K2 has %d open, want %d", res.Counts, res.Problems, f["all K2"].OpenItems, want.OpenItems)
		}
		sound(t, a)
	}
}

func TestAnInvoiceThatMovesAndIsPaidNoMoreLeavesNoPayment(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	head := "number;customer;day;due;net;cost;settled;disputed"
	a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K1;14.01.2026;24.01.2026;100,50;50,00;30.01.2026;yes"), Related: true})
	want := figuresOf(t, a)
	moved := a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K2;14.01.2026;24.01.2026;100,50;50,00;;no"), Related: true})
	fs := figuresOf(t, a)
	if k1, k2 := fs["all K1"], fs["all K2"]; k1.Steps.LatePayment != 0 || k1.Complaints != 0 || k2.OpenItems != 10050 || k2.Complaints != 0 {
		t.Errorf("K1 has %+v\nK2 %+v", k1, k2)
	}
	sound(t, a)
	if _, err := a.Undo(authtest.Context(t), moved.Import); err != nil {
		t.Fatal(err)
	}
	sound(t, a)
	if got := figuresOf(t, a)["all K1"]; got.Steps != want["all K1"].Steps || got.Settled != 1 {
		t.Errorf("after undo K1 has %+v", got)
	}
}
