package app

import (
	"slices"
	"testing"

	"quid/account"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// A contact that was confirmed as a service and corrected counts once: as the
// service that corrects it, not as care beside it.
func TestACorrectedCandidateCountsOnce(t *testing.T) {
	t.Parallel()
	a := openCandidates(t)
	l := &ledger{App: a, t: t}
	call := a.mustCandidates(t)[3]
	first, err := a.ConfirmCandidate(authtest.Context(t), call.Candidate, CandidateChoice{Type: call.Proposal.Type.ID, Minutes: call.Proposal.Spent})
	if err != nil {
		t.Fatal(err)
	}
	care, _, _ := l.sumsOf(call.Customer, account.Care)
	minutes := 60 * money.One
	fixed, err := a.CorrectService(authtest.Context(t), first.Ref, "took longer", EntryDraft{
		Customer: call.Customer, Type: call.Proposal.Type.ID, Day: call.Day, Minutes: &minutes, Background: "Pumpe",
	})
	if err != nil {
		t.Fatal(err)
	}
	if now, _, _ := l.sumsOf(call.Customer, account.Care); now != care {
		t.Errorf("corrected, care is %d; as a service it was %d", now, care)
	}
	if err := a.TakeBackService(authtest.Context(t), fixed.Ref, "never was"); err != nil {
		t.Fatal(err)
	}
	if now, _, _ := l.sumsOf(call.Customer, account.Care); now >= care {
		t.Errorf("taken back, care is %d; the call is care again", now)
	}
	sound(t, a)
}

// What somebody took back or corrected stays so when its file comes again, and
// when the file that brought it is taken back.
func TestAFileBringsNothingBackThatWasTakenBack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		on := l.today().Add(-3).String()
		head, row := "number;customer;day;type;minutes", "S1;1;"+on+";hotline;30"
		takeIn(t, l.App, intake.ServiceEntries, head, row)
		found, err := l.DB.Read().Keys(authtest.Context(t), "file", store.EntryKey, []string{"S1"})
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		ref := store.Ref{Customer: found["S1"].Customer, ID: account.DocumentID(found["S1"].ID)}
		if _, err := l.CorrectService(authtest.Context(t), ref, "it was twenty minutes", l.draft()); err != nil {
			t.Fatal(err)
		}
		want, _, _ := l.sums(account.Service)
		for _, again := range []string{row, "S1;1;" + on + ";hotline;90"} {
			res := takeIn(t, l.App, intake.ServiceEntries, head, again)
			if got, _, _ := l.sums(account.Service); got != want || res.Unchanged != 1 {
				t.Errorf("%s again: services cost %d, were %d; %+v", again, got, want, res.Counts)
			}
		}
		changed := takeIn(t, l.App, intake.ServiceEntries, head, "S2;1;"+on+";hotline;30")
		later := takeIn(t, l.App, intake.ServiceEntries, head, "S2;1;"+on+";hotline;42")
		if found, err = l.DB.Read().Keys(authtest.Context(t), "file", store.EntryKey, []string{"S2"}); err != nil {
			t.Fatal(err)
		}
		if err := l.TakeBackService(authtest.Context(t), store.Ref{Customer: ref.Customer, ID: account.DocumentID(found["S2"].ID)}, "it was none"); err != nil {
			t.Fatal(err)
		}
		for _, id := range []int64{later.Import, changed.Import} {
			if _, err := l.Undo(authtest.Context(t), id); err != nil {
				t.Fatal(err)
			}
			if got, _, _ := l.sums(account.Service); got != want {
				t.Errorf("with import %d taken back services cost %d, were %d", id, got, want)
			}
		}
		sound(t, l.App)
	})
}

// A service that a line charges for follows the line: changed, gone, taken back
// with its file. The sales are always those of the invoice without the line.
func TestAChargeFollowsItsInvoice(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		on := l.today().Add(-10).String()
		bring := func(second string) ImportResult {
			return takeIn(t, l.App, intake.Invoices, "number;customer;day;line;net;cost", "R1;1;"+on+";1;1000.00;600.00", "R1;1;"+on+";2;"+second)
		}
		first := bring("10.00;1.00")
		found, err := l.DB.Read().Keys(authtest.Context(t), "file", store.InvoiceKey, []string{"R1"})
		if err != nil {
			t.Fatal(err)
		}
		l.record(l.draft(func(d *EntryDraft) {
			d.Charge, d.ChargeOf = 10_00, &service.LineRef{Invoice: account.DocumentID(found["R1"].ID), Line: 2}
		}))
		holds := func(what string, sale, given, benefit money.Amount) {
			t.Helper()
			_, sold, _ := l.sums(account.Sale)
			cost, worth, _ := l.sums(account.Service)
			if sold != sale || cost != given || worth != benefit {
				t.Errorf("%s: sales %d, services cost %d, benefit %d; want %d, %d, %d", what, sold, cost, worth, sale, given, benefit)
			}
			sound(t, l.App)
		}
		holds("charged", 1000_00, -12_80, 40_40)
		second := bring("12.00;1.00")
		holds("another charge", 1000_00, -10_80, 38_40)
		if _, err := l.Undo(authtest.Context(t), second.Import); err != nil {
			t.Fatal(err)
		}
		holds("as it was", 1000_00, -12_80, 40_40)
		if _, err := l.Undo(authtest.Context(t), first.Import); err != nil {
			t.Fatal(err)
		}
		holds("no invoice", 0, -22_80, 50_40)
		bring("400.00;1.00")
		holds("a new one", 1400_00, -22_80, 50_40)
	})
}

// A month that was estimated is not taken back by itself: it would stand again
// at once, with whoever took it back none the wiser.
func TestAnEstimatedMonthIsNotTakenBack(t *testing.T) {
	t.Parallel()
	l := openLedger(t, openApp(t, ""))
	if err := l.Estimate(authtest.Context(t), EstimateDraft{Customers: l.customers[:1], Type: l.types["hotline"].ID, Quantity: 30 * money.One}, nil); err != nil {
		t.Fatal(err)
	}
	entries, err := l.DB.Read().EntriesOf(authtest.Context(t), l.customers[0])
	if err != nil || len(entries) != 12 {
		t.Fatalf("%d months, %v", len(entries), err)
	}
	ref := store.Ref{Customer: l.customers[0], ID: entries[0].Doc.ID}
	if err := l.TakeBackService(authtest.Context(t), ref, "too much"); !slices.Equal(complained(err), []string{"entry"}) {
		t.Errorf("a month of an estimate was taken back: %v", err)
	}
	if k, err := l.DB.Read().Entry(authtest.Context(t), ref); err != nil || k.Doc.Revision != 1 {
		t.Errorf("the month was posted anew: %+v, %v", k.Doc, err)
	}
}
