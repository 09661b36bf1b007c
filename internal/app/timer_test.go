package app

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"quid/account"
	"quid/crm"
	"quid/fault"
	"quid/internal/auth/authtest"
	"quid/internal/store"
	"quid/internal/store/storetest"
	"quid/money"
)

// onBoth runs a test on a book of either engine, with one customer in it and a
// clock that it sets.
func onBoth(t *testing.T, test func(t *testing.T, a *App, customer account.CustomerID, now *time.Time)) {
	t.Helper()
	run := func(t *testing.T, address string) {
		a := openApp(t, address)
		now := time.Date(2026, 11, 4, 9, 0, 0, 0, time.UTC)
		a.Now = func() time.Time { return now }
		if err := a.CreateBook(authtest.Context(t), "Uhr", "EUR"); err != nil {
			t.Fatal(err)
		}
		id := account.CustomerID(a.id())
		err := a.DB.Write(authtest.Context(t), func(tx *store.Tx) error {
			return tx.AddCustomers(authtest.Context(t), []store.KeptCustomer{{Customer: crm.Customer{ID: id, Name: "Meier GmbH", External: "10001"}}})
		})
		if err != nil {
			t.Fatal(err)
		}
		test(t, a, id, &now)
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		run(t, filepath.Join(t.TempDir(), "book.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		run(t, storetest.Postgres(t))
	})
}

// problemsOf are the fields that an error complains about.
func problemsOf(err error) (names []string) {
	for _, f := range fault.Fields(err) {
		names = append(names, f.Name)
	}
	return names
}

// Several timers run at once, whoever started them; each keeps the time at which
// it was stopped first, and is there until it is booked or discarded.
func TestTimersRunInTheBook(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, a *App, customer account.CustomerID, now *time.Time) {
		types, err := a.DB.Read().Types(authtest.Context(t))
		if err != nil {
			t.Fatal(err)
		}
		first, err := a.StartTimer(authtest.Context(t), TimerDraft{})
		if err != nil {
			t.Fatal(err)
		}
		*now = now.Add(10 * time.Minute)
		second, err := a.StartTimer(authtest.Context(t), TimerDraft{Customer: customer, Type: types[0].ID, Background: " pumpe laut "})
		if err != nil {
			t.Fatal(err)
		}
		*now = now.Add(10*time.Minute + time.Second)
		stopped, err := a.StopTimer(authtest.Context(t), second.Ref())
		if err != nil || stopped.Minutes(*now) != 11*money.One || stopped.Background != "pumpe laut" {
			t.Fatalf("%+v, %v", stopped, err)
		}
		*now = now.Add(time.Hour)
		if again, err := a.StopTimer(authtest.Context(t), second.Ref()); err != nil || !again.Stopped.Equal(stopped.Stopped) {
			t.Errorf("stopped again: %+v, %v", again, err)
		}
		all, err := a.DB.Read().Timers(authtest.Context(t))
		if err != nil || len(all) != 2 || all[0].ID != first.ID || !all[0].Stopped.IsZero() || all[0].Minutes(*now) != 81*money.One {
			t.Fatalf("%+v, %v", all, err)
		}
		if err := a.DropTimer(authtest.Context(t), second.Ref()); err != nil {
			t.Error(err)
		}
		if err := a.DropTimer(authtest.Context(t), second.Ref()); !errors.Is(err, fault.NotFound) {
			t.Errorf("dropped twice: %v", err)
		}
		if _, err := a.StopTimer(authtest.Context(t), second.Ref()); !errors.Is(err, fault.NotFound) {
			t.Errorf("stopped after it was dropped: %v", err)
		}
		if _, err := a.StartTimer(authtest.Context(t), TimerDraft{Customer: 1}); len(problemsOf(err)) != 1 || problemsOf(err)[0] != "customer" {
			t.Errorf("a timer for nobody: %v", err)
		}
		for range mostTimers - 1 {
			if _, err := a.StartTimer(authtest.Context(t), TimerDraft{}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := a.StartTimer(authtest.Context(t), TimerDraft{}); len(problemsOf(err)) != 1 || problemsOf(err)[0] != "timer" {
			t.Errorf("one timer too many: %v", err)
		}
	})
}

// A template keeps all that was said, and refuses what can't be booked.
func TestTemplatesAreKept(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, a *App, customer account.CustomerID, _ *time.Time) {
		types, err := a.DB.Read().Types(authtest.Context(t))
		if err != nil {
			t.Fatal(err)
		}
		want := store.Template{Name: "Quartalsschulung", Customer: customer, Type: types[1].ID, Minutes: 90 * money.One, Quantity: 2, Background: "wie immer", Contact: "Frau Huber", Team: 3}
		kept, err := a.SaveTemplate(authtest.Context(t), want)
		if err != nil {
			t.Fatal(err)
		}
		want.ID, want.Made = kept.ID, kept.Made
		if got, err := a.DB.Read().Template(authtest.Context(t), kept.Ref()); err != nil || got != want {
			t.Errorf("%+v, want %+v, %v", got, want, err)
		}
		if _, err := a.SaveTemplate(authtest.Context(t), store.Template{Name: "Anruf"}); err != nil {
			t.Error(err)
		}
		if all, err := a.DB.Read().Templates(authtest.Context(t)); err != nil || len(all) != 2 || all[0].Name != "Anruf" {
			t.Errorf("%+v, %v", all, err)
		}
		for name, bad := range map[string]store.Template{"name": {Name: " "}, "customer": {Name: "x", Customer: 1}, "type": {Name: "x", Type: 1}, "quantity": {Name: "x", Minutes: -1}} {
			if _, err := a.SaveTemplate(authtest.Context(t), bad); len(problemsOf(err)) != 1 || problemsOf(err)[0] != name {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := a.DropTemplate(authtest.Context(t), kept.Ref()); err != nil {
			t.Error(err)
		}
		if _, err := a.DB.Read().Template(authtest.Context(t), kept.Ref()); !errors.Is(err, fault.NotFound) {
			t.Errorf("it is still there: %v", err)
		}
	})
}
