package app

import (
	"testing"

	"quid/account"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
)

// A contact that was confirmed as a service and corrected counts once: as the
// service that corrects it, not as care beside it.
func TestACorrectedCandidateCountsOnce(t *testing.T) {
	t.Parallel()
	a := openCandidates(t)
	l := &ledger{App: a, t: t}
	call := a.mustCandidates(t)[3]
	first, err := a.ConfirmCandidate(t.Context(), call.Candidate, CandidateChoice{Type: call.Proposal.Type.ID, Minutes: call.Proposal.Spent})
	if err != nil {
		t.Fatal(err)
	}
	care, _, _ := l.sumsOf(call.Customer, account.Care)
	minutes := 60 * money.One
	fixed, err := a.CorrectService(t.Context(), first.Ref, "took longer", EntryDraft{
		Customer: call.Customer, Type: call.Proposal.Type.ID, Day: call.Day, Minutes: &minutes, Background: "Pumpe",
	})
	if err != nil {
		t.Fatal(err)
	}
	if now, _, _ := l.sumsOf(call.Customer, account.Care); now != care {
		t.Errorf("corrected, care is %d; as a service it was %d", now, care)
	}
	if err := a.TakeBackService(t.Context(), fixed.Ref, "never was"); err != nil {
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
		found, err := l.DB.Read().Keys(t.Context(), "file", store.EntryKey, []string{"S1"})
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		ref := store.Ref{Customer: found["S1"].Customer, ID: account.DocumentID(found["S1"].ID)}
		if _, err := l.CorrectService(t.Context(), ref, "it was twenty minutes", l.draft()); err != nil {
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
		if found, err = l.DB.Read().Keys(t.Context(), "file", store.EntryKey, []string{"S2"}); err != nil {
			t.Fatal(err)
		}
		if err := l.TakeBackService(t.Context(), store.Ref{Customer: ref.Customer, ID: account.DocumentID(found["S2"].ID)}, "it was none"); err != nil {
			t.Fatal(err)
		}
		for _, id := range []int64{later.Import, changed.Import} {
			if _, err := l.Undo(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if got, _, _ := l.sums(account.Service); got != want {
				t.Errorf("with import %d taken back services cost %d, were %d", id, got, want)
			}
		}
		sound(t, l.App)
	})
}
