package app

import (
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // spoils books behind the program's back

	"quid/day"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
)

// broken returns the checks that do not hold.
func broken(t *testing.T, a *App) []string {
	t.Helper()
	results, ok, err := a.Check(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range results {
		if !r.OK {
			names = append(names, r.Name)
		}
		if r.OK != (r.Cases == 0) {
			t.Errorf("%s: ok %v with %d cases", r.Name, r.OK, r.Cases)
		}
	}
	if ok != (len(names) == 0) {
		t.Errorf("the book is ok: %v, broken: %v", ok, names)
	}
	return names
}

func mustValue(t *testing.T, a *App, asOf day.Day) store.Valuation {
	t.Helper()
	v, err := a.Value(authtest.Context(t), ValueOrder{AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A book that was only written by the program is sound, also after corrections
// and a valuation in the past, and rebuilding it changes nothing.
func TestASoundBookPassesEveryCheckAndRebuildsToItself(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		importDemo(t, a)
		changed := edit(t, demoFile(t, intake.Invoices), func(n int, row string) string {
			f := strings.Split(row, ";")
			if n > 0 && n%4 == 0 {
				f[11] = "2,34"
			}
			return strings.Join(f, ";")
		})
		res := a.mustImport(t, ImportRequest{Kind: intake.Invoices, Path: changed})
		if _, err := a.Undo(authtest.Context(t), res.Import); err != nil {
			t.Fatal(err)
		}
		mustValue(t, a, 20250630)
		mustValue(t, a, demoUntil)
		if names := broken(t, a); names != nil {
			results, _, _ := a.Check(authtest.Context(t))
			t.Fatalf("a sound book breaks %q: %+v", names, results)
		}
		before := figuresOf(t, a)
		got, err := a.Rebuild(authtest.Context(t), nil)
		if err != nil || got.Changed() != 0 || got.Customers == 0 {
			t.Errorf("rebuild = %+v, %v; want no change", got, err)
		}
		sameFigures(t, "rebuilt", figuresOf(t, a), before)
	})
}

// copyOf spoils a copy of a SQLite book behind the program's back and opens it.
func copyOf(t *testing.T, path, spoil string) *App {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy.db")
	run := func(path, query string) int64 {
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		res, err := db.ExecContext(authtest.Context(t), query)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	run(path, "VACUUM INTO '"+to+"'")
	if n := run(to, spoil); n != 1 {
		t.Fatalf("%d rows were spoiled, want 1: the test proves nothing", n)
	}
	return openApp(t, to)
}

// Every check finds what is wrong with it, each in a book that is sound but for
// one row.
func TestEachCheckFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sound.db")
	a := openApp(t, path)
	importDemo(t, a)
	mustValue(t, a, demoUntil)
	if names := broken(t, a); names != nil {
		t.Fatalf("a sound book breaks %q", names)
	}
	for _, tt := range []struct {
		name, check string
		spoil       string
	}{
		{"a posting was changed", CheckDocuments, "UPDATE posting SET amount = amount + 1 WHERE posting_id = (SELECT MIN(posting_id) FROM posting WHERE kind = 1 AND amount IS NOT NULL)"},
		{"a posting is gone", CheckDocuments, "DELETE FROM posting WHERE posting_id = (SELECT MIN(posting_id) FROM posting WHERE kind = 11)"},
		{"a late payment has another rate's amount", CheckDocuments, "UPDATE posting SET amount = amount * 2 - 1 WHERE posting_id = (SELECT MIN(posting_id) FROM posting WHERE kind = 5)"},
		{"a document was replaced without a reversal", CheckPostings, "UPDATE complaint SET revision = revision + 1 WHERE complaint_id = (SELECT MIN(complaint_id) FROM complaint)"},
		{"a posting names a document that is not there", CheckPostings, "UPDATE posting SET document_id = 12345 WHERE posting_id = (SELECT MIN(posting_id) FROM posting WHERE kind = 1)"},
		{"a line was changed", CheckLines, "UPDATE invoice_line SET net = net + 1 WHERE invoice_id = (SELECT MIN(invoice_id) FROM invoice) AND line = (SELECT MIN(line) FROM invoice_line WHERE invoice_id = (SELECT MIN(invoice_id) FROM invoice))"},
		{"a settlement is gone", CheckSettlements, "DELETE FROM settlement WHERE means_id = (SELECT MIN(means_id) FROM settlement)"},
		{"a settlement has another amount", CheckSettlements, "UPDATE settlement SET amount = amount - 1 WHERE means_id = (SELECT MIN(means_id) FROM settlement)"},
		{"an invoice is settled on another day", CheckSettled, "UPDATE invoice SET late_days = late_days + 1 WHERE invoice_id = (SELECT MIN(invoice_id) FROM invoice WHERE settled_on IS NOT NULL)"},
		{"the terms of an invoice are wrong", CheckSettled, "UPDATE invoice SET terms_days = terms_days + 1 WHERE invoice_id = (SELECT MIN(invoice_id) FROM invoice)"},
		{"a name is sorted by another", CheckNames, "UPDATE customer SET sort_name = 'zz' WHERE customer_id = (SELECT MIN(customer_id) FROM customer)"},
		{"rows name a customer who is not there", CheckCustomers, "UPDATE service_entry SET customer_id = 77 WHERE entry_id = (SELECT MIN(entry_id) FROM service_entry)"},
		{"an external id leads nowhere", CheckKeys, "UPDATE document_key SET id = 5 WHERE hash = (SELECT MIN(hash) FROM document_key WHERE kind = 4)"},
		{"a record has no external id", CheckKeys, "DELETE FROM document_key WHERE hash = (SELECT MIN(hash) FROM document_key WHERE kind = 5)"},
		{"an accrual has another base", CheckBonuses, "UPDATE bonus_accrual SET base = base + 1 WHERE accrual_id = (SELECT MIN(accrual_id) FROM bonus_accrual WHERE withdrawn_at IS NULL)"},
		{"a credit note settles another sum", CheckBonuses, "UPDATE invoice SET accrued = accrued + 1 WHERE invoice_id = (SELECT MIN(invoice_id) FROM invoice WHERE accrued IS NOT NULL)"},
		{"a deduction is gone", CheckDocuments, "DELETE FROM invoice_deduction WHERE invoice_id = (SELECT MIN(invoice_id) FROM invoice_deduction)"},
		{"a valuation was changed", CheckValuation, "UPDATE score SET care = care - 1 WHERE customer_id = (SELECT MIN(customer_id) FROM score)"},
		{"the revenue of a valuation was changed", CheckValuation, "UPDATE score SET revenue = revenue - 1 WHERE customer_id = (SELECT MIN(customer_id) FROM score)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if names := broken(t, copyOf(t, path, tt.spoil)); !slices.Contains(names, tt.check) {
				t.Errorf("broken: %q, want %q among them", names, tt.check)
			}
		})
	}
}

// Rebuilding puts right what is derived.
func TestRebuildPutsRightWhatIsDerived(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sound.db")
	sound := openApp(t, path)
	importDemo(t, sound)
	for _, spoil := range []string{
		"DELETE FROM settlement WHERE means_id = (SELECT MIN(means_id) FROM settlement)",
		"UPDATE settlement SET amount = amount - 1 WHERE means_id = (SELECT MIN(means_id) FROM settlement)",
		"UPDATE invoice SET late_days = late_days + 1 WHERE invoice_id = (SELECT MIN(invoice_id) FROM invoice WHERE settled_on IS NOT NULL)",
		"UPDATE invoice SET terms_days = terms_days + 1 WHERE invoice_id = (SELECT MIN(invoice_id) FROM invoice)",
		"UPDATE customer SET sort_name = 'zz' WHERE customer_id = (SELECT MIN(customer_id) FROM customer)",
		"UPDATE bonus_accrual SET base = base + 1 WHERE accrual_id = (SELECT MIN(accrual_id) FROM bonus_accrual WHERE withdrawn_at IS NULL)",
	} {
		a := copyOf(t, path, spoil)
		if names := broken(t, a); len(names) == 0 {
			t.Errorf("%s: nothing is broken", spoil)
		}
		if got, err := a.Rebuild(authtest.Context(t), nil); err != nil || got.Changed() == 0 {
			t.Errorf("%s: rebuild = %+v, %v", spoil, got, err)
		}
		if names := broken(t, a); names != nil {
			t.Errorf("%s: after rebuilding, broken: %q", spoil, names)
		}
		sameFigures(t, spoil, figuresOf(t, a), figuresOf(t, sound))
	}
}
