package app

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/store"
)

// assistantOf is who asks with a key that only reads.
func assistantOf(t *testing.T, role auth.Role, sees auth.Reach) context.Context {
	return auth.With(t.Context(), auth.Who{Key: 9, Name: "assistant", Role: role, Rights: auth.Scoped(role.Rights(), auth.ReadOnly), Sees: sees})
}

func personOf(t *testing.T, role auth.Role) context.Context {
	return auth.With(t.Context(), auth.Who{User: 5, Name: "Petra", Role: role, Rights: role.Rights(), Sees: auth.Everybody})
}

// standing is what the drafts of this test may change: entries, tasks, the note.
func (l *ledger) standing() (entries, tasks int, note string) {
	l.t.Helper()
	ctx := authtest.Context(l.t)
	for _, err := range l.DB.Read().Services(ctx, store.ServiceFilter{}) {
		if err != nil {
			l.t.Fatal(err)
		}
		entries++
	}
	live, err := l.DB.Read().LiveTasks(ctx)
	if err != nil {
		l.t.Fatal(err)
	}
	c, err := l.DB.Read().Customer(ctx, l.customers[0])
	if err != nil {
		l.t.Fatal(err)
	}
	return entries, len(live), c.Note
}

func (l *ledger) proposals() []Proposal {
	note, need := "wants a second pump", "1234.50"
	return []Proposal{
		{Service: &ProposedService{Type: "hotline", Day: l.today().String(), Minutes: "20", Background: "pump is loud"}},
		{Task: &ProposedTask{Title: "call back", Due: l.today().Add(3).String()}},
		{Change: &ProposedChange{Note: &note, Need: &need}},
	}
}

// An assistant's draft changes nothing by itself; a person with the right confirms it,
// once, however often they ask.
func TestADraftHasItsEffectOnceAPersonConfirms(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		bot, petra := assistantOf(t, auth.AccountOwner, auth.Everybody), personOf(t, auth.AccountOwner)
		var ids []int64
		for _, p := range l.proposals() {
			id, err := l.KeepDraft(bot, l.customers[0], p, "said so on the phone")
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		if e, n, note := l.standing(); e != 0 || n != 0 || note != "" {
			t.Fatalf("drafts alone made %d entries, %d tasks and the note %q", e, n, note)
		}
		for _, id := range ids {
			if err := l.ConfirmDraft(bot, l.customers[0], id, 1); !errors.Is(err, fault.Denied) {
				t.Errorf("an assistant confirms its own draft: %v", err)
			}
			if err := l.ConfirmDraft(personOf(t, auth.Viewer), l.customers[0], id, 1); !errors.Is(err, fault.Denied) {
				t.Errorf("who may not do it confirms it: %v", err)
			}
			if err := l.DismissDraft(personOf(t, auth.Viewer), l.customers[0], id); !errors.Is(err, fault.Denied) {
				t.Errorf("who may not do it dismisses it: %v", err)
			}
			if err := l.ConfirmDraft(petra, l.customers[1], id, 1); !errors.Is(err, fault.NotFound) {
				t.Errorf("the draft of one customer is confirmed for another: %v", err)
			}
			if done, late := tenConfirm(t, func() error { return l.ConfirmDraft(petra, l.customers[0], id, 1) }); done != 1 || late != 9 {
				t.Errorf("ten who confirm at once: %d did, %d were told that it is done", done, late)
			}
		}
		if e, n, note := l.standing(); e != 1 || n != 1 || note != "wants a second pump" {
			t.Errorf("confirmed: %d entries, %d tasks and the note %q; want one of each", e, n, note)
		}
		left, err := l.DB.Read().OpenDrafts(petra, time.Time{})
		if err != nil || len(left) != 0 {
			t.Errorf("%d drafts still wait, %v", len(left), err)
		}
	})
}

// tenConfirm are ten people who confirm at once: how many did, and how many were told
// that it is done already.
func tenConfirm(t *testing.T, confirm func() error) (done, late int64) {
	t.Helper()
	var did, told atomic.Int64
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			switch err := confirm(); {
			case err == nil:
				did.Add(1)
			case errors.Is(err, fault.Conflict):
				told.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return did.Load(), told.Load()
}

// The weak twins of drafts: one that does at once what it was to draft, and one that
// looks whether a draft is open before it begins to write. The same checks find both.
func TestWeakDraftsAreNoticed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		l := openLedger(t, open())
		bot, petra := assistantOf(t, auth.AccountOwner, auth.Everybody), personOf(t, auth.AccountOwner)
		task := TaskDraft{Customer: l.customers[0], Title: "call back", Due: l.today().Add(3)}
		if _, err := l.AddTask(petra, task); err != nil { // in the place of KeepDraft
			t.Fatal(err)
		}
		_, first, _ := l.standing()
		if first == 0 {
			t.Error("what an assistant did at once is not seen")
		}
		id, err := l.KeepDraft(bot, l.customers[0], l.proposals()[1], "")
		if err != nil {
			t.Fatal(err)
		}
		var looked sync.WaitGroup
		looked.Add(10)
		done, late := tenConfirm(t, func() error {
			d, err := l.DB.Read().Draft(petra, l.customers[0], id)
			looked.Done()
			looked.Wait()
			if err != nil || d.State != store.DraftOpen {
				return errors.Join(err, fault.Conflict)
			}
			if _, err := l.AddTask(petra, task); err != nil {
				return err
			}
			return l.DB.Write(petra, func(tx *store.Tx) error {
				d.State, d.Ended, d.EndedBy = store.DraftConfirmed, l.Now(), "Petra"
				return tx.EndDraft(petra, d)
			})
		})
		if _, n, _ := l.standing(); done == 1 && n == first+1 {
			t.Errorf("a look before the writing: %d did, %d were told, %d tasks more: the test would not notice", done, late, n-first)
		}
	})
}

func TestWhatMayBeDrafted(t *testing.T) {
	t.Parallel()
	l := openLedger(t, openApp(t, ""))
	all := l.proposals()
	for what, c := range map[string]struct {
		ctx  context.Context
		p    Proposal
		want error
	}{
		"by nobody":                       {t.Context(), all[0], fault.Denied},
		"by a role that books nothing":    {assistantOf(t, auth.Viewer, auth.Everybody), all[0], fault.Denied},
		"for a customer out of reach":     {assistantOf(t, auth.AccountOwner, auth.Reach{Owners: []string{"anna"}}), all[0], fault.NotFound},
		"nothing":                         {assistantOf(t, auth.AccountOwner, auth.Everybody), Proposal{}, fault.Invalid},
		"two things":                      {assistantOf(t, auth.AccountOwner, auth.Everybody), Proposal{Service: all[0].Service, Task: all[1].Task}, fault.Invalid},
		"a service that there isn't":      {assistantOf(t, auth.AccountOwner, auth.Everybody), Proposal{Service: &ProposedService{Type: "coffee", Day: "2026-11-20", Minutes: "5"}}, fault.Invalid},
		"a service of another year's day": {assistantOf(t, auth.AccountOwner, auth.Everybody), Proposal{Service: &ProposedService{Type: "hotline", Day: "2027-11-31", Minutes: "5"}}, fault.Invalid},
		"a task without a title":          {assistantOf(t, auth.AccountOwner, auth.Everybody), Proposal{Task: &ProposedTask{Due: "2026-11-30"}}, fault.Invalid},
	} {
		if _, err := l.KeepDraft(c.ctx, l.customers[0], c.p, ""); !errors.Is(err, c.want) {
			t.Errorf("a draft %s: %v, want %v", what, err, c.want)
		}
	}
	if _, err := l.KeepDraft(authtest.Context(t), account.CustomerID(7), all[1], ""); !errors.Is(err, fault.NotFound) {
		t.Errorf("a draft for a customer that isn't there: %v", err)
	}
}

func TestADraftWaitsForThirtyDays(t *testing.T) {
	t.Parallel()
	now := testNow
	a := openApp(t, "")
	l := openLedger(t, a)
	a.Now = func() time.Time { return now }
	petra := personOf(t, auth.AccountOwner)
	propose := func() int64 {
		t.Helper()
		id, err := l.KeepDraft(assistantOf(t, auth.AccountOwner, auth.Everybody), l.customers[0], Proposal{Task: &ProposedTask{Title: "call", Due: day.At(now).String()}}, "")
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	old := propose()
	now = now.Add(DraftLife)
	if err := l.DismissDraft(petra, l.customers[0], old); err != nil {
		t.Errorf("on its last day it can't be dismissed: %v", err)
	}
	old = propose()
	now = now.Add(DraftLife + time.Second)
	if err := l.ConfirmDraft(petra, l.customers[0], old, 1); !errors.Is(err, fault.Conflict) {
		t.Errorf("after thirty days it is confirmed: %v", err)
	}
	if open, err := l.DB.Read().OpenDrafts(petra, now.Add(-DraftLife)); err != nil || len(open) != 0 {
		t.Errorf("after thirty days %d wait, %v", len(open), err)
	}
	if err := l.RunTidy(authtest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.DB.Read().Draft(petra, l.customers[0], old); !errors.Is(err, fault.NotFound) {
		t.Errorf("after the tidying it is still kept: %v", err)
	}
	if _, n, _ := l.standing(); n != 0 {
		t.Errorf("%d tasks", n)
	}
}
