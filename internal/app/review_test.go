package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"quid/day"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
)

// csv writes rows into a file of their own.
func csv(t *testing.T, rows ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.csv")
	if err := os.WriteFile(path, []byte(strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sound fails unless every check of the book passes.
func sound(t *testing.T, a *App) {
	t.Helper()
	checked(t, a)
}

// checked proves that the book is sound and returns what was looked at.
func checked(t *testing.T, a *App) []CheckResult {
	t.Helper()
	results, ok, err := a.Check(authtest.Context(t))
	if err != nil || !ok {
		failed := slices.DeleteFunc(slices.Clone(results), func(r CheckResult) bool { return r.OK })
		t.Errorf("the book is not sound: %+v, %v", failed, err)
	}
	return results
}

// open is what is open in all, and what it costs, on a day.
func openOn(t *testing.T, a *App, on day.Day) (open, accrued int64, late int32) {
	t.Helper()
	fs, err := a.DB.CustomerFigures(authtest.Context(t), on, day.All, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fs.Customers {
		open += int64(f.OpenItems)
		accrued += int64(f.Accrued)
		late += f.LateInvoices
	}
	return open, accrued, late
}

func TestACreditNoteBesideItsSettledInvoiceIsSettledWithIt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		path := csv(t, "number;customer;day;due;net;cost;settled;credits",
			"1;K;13.01.2025;20.01.2025;100,50;50,25;30.01.2025;", "2;K;15.01.2025;20.01.2025;-20,50;0,00;;1")
		res := a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: path, Related: true})
		if res.Created != 2 || res.Rejected != 0 {
			t.Fatalf("%+v", res)
		}
		sound(t, a)
		if open, _, _ := openOn(t, a, 20250501); open != 0 {
			t.Errorf("open %d, want nothing", open)
		}
	})
}

func TestAnInvoiceGoesToItsRightCustomerWithItsPayment(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		head := "number;customer;day;due;net;cost;settled;disputed"
		a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K1;14.01.2026;24.01.2026;100,50;50,00;30.01.2026;yes"), Related: true})
		res := a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K2;14.01.2026;24.01.2026;100,50;50,00;30.01.2026;yes"), Related: true})
		if res.Updated != 1 {
			t.Fatalf("%+v", res)
		}
		sound(t, a)
		fs := figuresOf(t, a)
		if k1, k2 := fs["all K1"], fs["all K2"]; k1.Steps.Revenue != 0 || k1.Steps.LatePayment != 0 || k2.Steps.Revenue != 10050 || k2.Settled != 1 {
			t.Errorf("K1 %+v\nK2 %+v", k1, k2)
		}
		if _, err := a.Undo(authtest.Context(t), res.Import); err != nil {
			t.Fatal(err)
		}
		sound(t, a)
		if fs := figuresOf(t, a); fs["all K1"].Settled != 1 || fs["all K1"].Steps.Revenue != 10050 {
			t.Errorf("after undo K1 has %+v", fs["all K1"])
		}
	})
}

func TestUndoBringsBackWhatARowToldOfNoMore(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	head := "number;customer;day;due;net;cost;settled;disputed"
	a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K;13.01.2025;20.01.2025;100,50;50,25;30.01.2025;yes"), Related: true})
	want := figuresOf(t, a)
	b := a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K;13.01.2025;20.01.2025;100,50;50,25;;no"), Related: true})
	if open, _, _ := openOn(t, a, 20250501); open != 10050 {
		t.Fatalf("open %d: the second file changed nothing", open)
	}
	if report, err := a.Undo(authtest.Context(t), b.Import); err != nil || len(report.Kept) > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	sameFigures(t, "after undo", figuresOf(t, a), want)
	sound(t, a)
}

func TestWhatAnUndoneImportMadeIsNotBroughtBack(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	head := "number;customer;day;net;cost"
	first := a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K;13.01.2025;100,50;1,50"), Related: true})
	second := a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, head, "1;K;13.01.2025;200,50;1,50"), Related: true})
	report, err := a.Undo(authtest.Context(t), first.Import)
	if err != nil || len(report.Kept) == 0 {
		t.Errorf("undo of the first says %+v, %v; want that something is kept", report, err)
	}
	if _, err := a.Undo(authtest.Context(t), second.Import); err != nil {
		t.Fatal(err)
	}
	if f := figuresOf(t, a)["all K"]; f.Steps.Revenue != 0 {
		t.Errorf("revenue %d from two imports that were taken back", f.Steps.Revenue)
	}
	sound(t, a)
}

func TestALaterCreditNoteDoesNotChangeTheDayBefore(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, "number;customer;day;due;net;cost", "1;K;13.01.2025;20.01.2025;100,50;50,25"), Related: true})
	a.mustImport(t, ImportRequest{Kind: intake.Payments, Path: csv(t, "number;invoice;day;amount", "P;1;15.01.2025;60,50")})
	open, accrued, late := openOn(t, a, 20250501)
	if open != 4000 || accrued != -89 || late != 1 {
		t.Fatalf("open %d, accrued %d, late %d; want 4000, -89 (40.00 × 101 days × 8%% / 365), 1", open, accrued, late)
	}
	a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, "number;customer;day;due;net;cost;credits", "2;K;14.06.2025;20.06.2025;-40,00;0,00;1")})
	if o, c, l := openOn(t, a, 20250501); o != open || c != accrued || l != late {
		t.Errorf("after a credit note of June, 1 May has open %d, accrued %d, late %d", o, c, l)
	}
	sound(t, a)
}

func TestRejectedRecordsLeaveNothing(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	for _, req := range []ImportRequest{
		{Kind: intake.Invoices, Mode: UpdateOnly, Related: true, Path: csv(t, "number;customer;day;product;quantity;net", "1;NEW;13.01.2025;P1;2;10,50")},
		{Kind: intake.Invoices, Related: true, Path: csv(t, "number;customer;day;net;cost;credits", "2;NEW;13.01.2025;-10,50;1,50;99")},
	} {
		if res := a.mustImport(t, req); res.Rejected != 1 || res.RelatedCreated != 0 {
			t.Errorf("%+v", res)
		}
	}
	if n := len(figuresOf(t, a)); n != 0 {
		t.Errorf("%d customers are left", n)
	}
}

func TestAReturnWithoutASignGivesItsCostBack(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	a.mustImport(t, ImportRequest{Kind: intake.Products, Path: csv(t, "external;name;standard_cost", "P1;Pump;2,50")})
	a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, "number;customer;day;product;quantity;net", "3;K;13.01.2026;P1;2;-10,50"), Related: true})
	if f := figuresOf(t, a)["all K"]; f.Steps.Sale != -550 {
		t.Errorf("contribution %d, want -5.50", f.Steps.Sale)
	}
}

func TestACashDiscountCountsToThePurchaseBefore(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: csv(t, "number;customer;day;net;cost", "1;K;13.01.2026;100,50;50,25", "2;K;14.02.2026;100,50;50,25"), Related: true})
	a.mustImport(t, ImportRequest{Kind: intake.Payments, Path: csv(t, "number;invoice;day;amount;discount", "P;1;20.01.2026;60,50;40,00")})
	if f := figuresOf(t, a)["all K"]; f.PerDaySum != 6050 || f.PurchaseDays != 2 {
		t.Errorf("%v over %d purchase days, want 60.50 over 2", f.PerDaySum, f.PurchaseDays)
	}
}
