package app

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/auth/authtest"
	"quid/internal/hook"
	"quid/internal/store"
	"quid/money"
	"quid/service"
	"quid/value"
)

// valuedDemo is the demo company, valued, with the rules having run once.
func valuedDemo(t *testing.T, a *App) {
	t.Helper()
	importDemo(t, a)
	if _, err := a.Value(authtest.Context(t), ValueOrder{AsOf: demoUntil}); err != nil {
		t.Fatal(err)
	}
	if err := a.RunPropose(authtest.Context(t)); err != nil {
		t.Fatal(err)
	}
}

func live(t *testing.T, a *App) []crm.Task {
	t.Helper()
	tasks, err := a.DB.Read().LiveTasks(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	return tasks
}

// Proposals come once however often the rules run; what was dismissed stays away
// for its time and comes back after it; what was accepted is not proposed again.
func TestProposingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		now := testNow
		a.Now = func() time.Time { return now }
		hub, err := a.AddWebhook(authtest.Context(t), WebhookDraft{Name: "Hub", Address: "https://hub.example.com/", Events: []string{string(hook.TasksProposed)}})
		if err != nil {
			t.Fatal(err)
		}
		valuedDemo(t, a)
		first := live(t, a)
		byRule := map[crm.Rule]int{}
		for _, task := range first {
			byRule[task.Rule]++
		}
		if byRule[crm.NoContact] == 0 || byRule[crm.MuchForLittle] == 0 || byRule[crm.LittleForMuch] == 0 {
			t.Fatalf("proposed were %v: the test proves little", byRule)
		}
		again := func() []crm.Task {
			if err := a.RunPropose(authtest.Context(t)); err != nil {
				t.Fatal(err)
			}
			return live(t, a)
		}
		if diff := gocmp.Diff(first, again()); diff != "" {
			t.Fatalf("the second run changed: %s", diff)
		}
		told, err := a.DB.Read().Deliveries(authtest.Context(t), hub.ID, 10)
		if err != nil || len(told) != 1 || !strings.Contains(told[0].Body, fmt.Sprintf(`"data":{"count":"%d"}`, len(first))) {
			t.Errorf("of %d proposals webhooks are told %+v, %v", len(first), told, err)
		}

		dismissed, accepted := first[0], first[1]
		if err := a.EndTask(authtest.Context(t), TaskRef{dismissed.Customer, dismissed.ID, dismissed.Revision}, crm.TaskDismissed, ""); !errors.Is(err, fault.Invalid) {
			t.Errorf("dismissed without a reason: %v", err)
		}
		if err := a.EndTask(authtest.Context(t), TaskRef{dismissed.Customer, dismissed.ID, dismissed.Revision}, crm.TaskDismissed, "agreed so"); err != nil {
			t.Fatal(err)
		}
		if err := a.AcceptTask(authtest.Context(t), TaskRef{accepted.Customer, accepted.ID, accepted.Revision}); err != nil {
			t.Fatal(err)
		}
		has := func(tasks []crm.Task, of crm.Task) (n int) {
			for _, task := range tasks {
				if task.Customer == of.Customer && task.Rule == of.Rule {
					n++
				}
			}
			return n
		}
		after := again()
		if has(after, dismissed) != 0 || has(after, accepted) != 1 {
			t.Errorf("the dismissed one stands %d times, the accepted %d; want 0 and 1", has(after, dismissed), has(after, accepted))
		}
		now = now.AddDate(0, 0, defaultAgainDays-1)
		if has(again(), dismissed) != 0 {
			t.Error("it came back a day too early")
		}
		now = now.AddDate(0, 0, 1)
		later := again()
		if has(later, dismissed) != 1 || has(later, accepted) != 1 {
			t.Errorf("after its time the dismissed one stands %d times, the accepted %d; want 1 and 1", has(later, dismissed), has(later, accepted))
		}
		tallies, err := a.DB.Read().Tallies(authtest.Context(t))
		if err != nil {
			t.Fatal(err)
		}
		var sum crm.Tally
		for _, tally := range tallies {
			sum.Accepted += tally.Accepted
			sum.Dismissed += tally.Dismissed
		}
		if share, ok := sum.Share(); !ok || share != 0.5 {
			t.Errorf("accepted share %v, %v; want a half", share, ok)
		}
	})
}

// An owner finds at most so many proposals of a rule, those with most at stake,
// and one whose reason is gone lapses.
func TestProposalsLapseWithTheirReason(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		valuedDemo(t, a)
		desks := map[desk]int{}
		var explore crm.Task
		for _, task := range live(t, a) {
			desks[desk{task.Owner, task.Rule}]++
			if task.Rule == crm.LittleForMuch {
				explore = task
			}
		}
		for at, n := range desks {
			if n > mostProposals {
				t.Errorf("%+v has %d proposals", at, n)
			}
		}
		s, err := a.DecideStrategy(authtest.Context(t), StrategyDraft{Customer: explore.Customer, Direction: crm.Delight, Plan: "training", Review: 20270501, By: "ada", Tasks: true})
		if err != nil {
			t.Fatal(err)
		}
		if s.Segment != "explore" || s.Version != 1 {
			t.Errorf("decided %+v", s)
		}
		settled, err := a.DB.Read().Task(authtest.Context(t), explore.Customer, explore.ID)
		if err != nil || settled.State != crm.TaskDone {
			t.Errorf("the task that asked for it is %s, %v", settled.State, err)
		}
		if err := a.RunPropose(authtest.Context(t)); err != nil {
			t.Fatal(err)
		}
		tasks, err := a.DB.Read().TasksOf(authtest.Context(t), explore.Customer)
		if err != nil {
			t.Fatal(err)
		}
		templates := 0
		for _, task := range tasks {
			if task.State.Live() && task.Rule == crm.LittleForMuch {
				t.Error("what was decided is asked for again")
			}
			if task.Rule == crm.ByPerson {
				templates++
			}
		}
		if templates != 2 {
			t.Errorf("the playbook brought %d tasks, want 2", templates)
		}

		var late crm.Task
		for _, task := range live(t, a) {
			if task.Rule == crm.NoContact && task.State == crm.TaskProposed {
				late = task
			}
		}
		book, _ := crm.Playbooks{}.Of("explore", "explore")
		for _, segment := range []string{"explore", "invest"} {
			book.Segment, book.ContactDays, book.Revision = segment, 0, 0
			if err := a.SavePlaybook(authtest.Context(t), book, "ada"); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.RunPropose(authtest.Context(t)); err != nil {
			t.Fatal(err)
		}
		if got, err := a.DB.Read().Task(authtest.Context(t), late.Customer, late.ID); err != nil || got.State != crm.TaskLapsed {
			t.Errorf("a proposal whose reason is gone is %s, %v", got.State, err)
		}
	})
}

// A review whose day has come makes a task.
func TestADueReviewMakesATask(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	now := testNow
	a.Now = func() time.Time { return now }
	valuedDemo(t, a)
	var id account.CustomerID
	for row, err := range a.DB.Read().Scores(authtest.Context(t), newestValuation(t, a)) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Row.Segment() == value.Opportunity {
			id = row.Figures.Customer
		}
	}
	if _, err := a.DecideStrategy(authtest.Context(t), StrategyDraft{Customer: id, Direction: crm.TakeAlong, Review: day.At(now).Add(30)}); err != nil {
		t.Fatal(err)
	}
	due := func() int {
		if err := a.RunPropose(authtest.Context(t)); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, task := range live(t, a) {
			if task.Customer == id && task.Rule == crm.ReviewDue {
				n++
			}
		}
		return n
	}
	now = now.AddDate(0, 0, 29)
	if n := due(); n != 0 {
		t.Errorf("a day before, %d tasks", n)
	}
	now = now.AddDate(0, 0, 1)
	if n := due(); n != 1 {
		t.Errorf("on the day, %d tasks, want 1", n)
	}
}

func newestValuation(t *testing.T, a *App) int64 {
	t.Helper()
	v, err := a.DB.Read().CurrentValuation(authtest.Context(t), day.At(a.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return v.ID
}

// Of many who decide at once from the same sight, one does; the others are told.
func TestOneOfManyEditorsWins(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		const id = account.CustomerID(7)
		k := store.KeptCustomer{Customer: crm.Customer{ID: id, External: "7", Number: "7", Name: "Meier", Revision: 1, Created: testNow}}
		if err := a.DB.Write(authtest.Context(t), func(tx *store.Tx) error { return tx.AddCustomers(authtest.Context(t), []store.KeptCustomer{k}) }); err != nil {
			t.Fatal(err)
		}
		amount := money.Amount(5)
		taskID, err := a.AddTask(authtest.Context(t), TaskDraft{Customer: id, Title: "call", Due: 20261201})
		if err != nil {
			t.Fatal(err)
		}
		book, _ := crm.Playbooks{}.Of("invest", "invest")
		for name, try := range map[string]func() error{
			"strategy": func() error {
				_, err := a.DecideStrategy(authtest.Context(t), StrategyDraft{Customer: id, Direction: crm.Secure, Review: 20270101})
				return err
			},
			"budget": func() error {
				return a.SetBudget(authtest.Context(t), BudgetDraft{Customer: id, From: 20260101, Budget: service.Budget{Amount: &amount}})
			},
			"task": func() error {
				return a.ChangeTask(authtest.Context(t), TaskRef{id, taskID, 1}, TaskDraft{Title: "visit", Due: 20261202})
			},
			"playbook": func() error { return a.SavePlaybook(authtest.Context(t), book, "") },
			"possible": func() error {
				return a.SavePossible(authtest.Context(t), crm.PossibleEstimate{Customer: id, Amount: 9})
			},
			"plan": func() error {
				_, err := a.PlanDevelopment(authtest.Context(t), DevelopmentDraft{Customer: id, Goal: "g", Services: "s", Until: 20271231})
				return err
			},
		} {
			won, lost := editors(t, name, try)
			if won != 1 || lost != 19 {
				t.Errorf("%s: %d won and %d were told, want 1 and 19", name, won, lost)
			}
		}
		// The weak twin does not ask which state was seen: whoever saves wins.
		won, lost := editors(t, "a save without a look at the revision", func() error {
			return a.DB.Write(authtest.Context(t), func(tx *store.Tx) error {
				is, err := tx.Task(authtest.Context(t), id, taskID)
				if err != nil {
					return err
				}
				is.Title = "visit"
				return tx.PutTask(authtest.Context(t), is)
			})
		})
		if won == 1 {
			t.Errorf("without a look at the revision %d won and %d were told: the test would not notice", won, lost)
		}
	})
}

// editors are twenty who save at once what they all saw in one state: how many won, and
// how many were told that somebody was faster.
func editors(t *testing.T, name string, try func() error) (won, lost int) {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			err := try()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case errors.Is(err, fault.Conflict):
				lost++
			default:
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	wg.Wait()
	return won, lost
}

func TestACalendarsSecretIsNotKept(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	secret, err := a.MakeFeed(authtest.Context(t), "ada")
	if err != nil {
		t.Fatal(err)
	}
	f, err := a.Feed(authtest.Context(t), secret)
	if err != nil || f.Owner != "ada" || f.Hash == secret {
		t.Fatalf("%+v, %v", f, err)
	}
	if _, err := a.Feed(authtest.Context(t), secret+"x"); !errors.Is(err, fault.NotFound) {
		t.Errorf("another secret: %v", err)
	}
	if err := a.RevokeFeed(authtest.Context(t), f.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Feed(authtest.Context(t), secret); !errors.Is(err, fault.NotFound) {
		t.Errorf("a revoked one: %v", err)
	}
}

// A plan ends by itself when the customer's value is not low any more.
func TestAPlanIsFollowedUntilTheCustomerHasMoved(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	valuedDemo(t, a)
	var low, good account.CustomerID
	for row, err := range a.DB.Read().Scores(authtest.Context(t), newestValuation(t, a)) {
		if err != nil {
			t.Fatal(err)
		}
		switch row.Row.Segment() {
		case value.Opportunity:
			low = row.Figures.Customer
		case value.Invest:
			good = row.Figures.Customer
		}
	}
	for _, id := range []account.CustomerID{low, good} {
		if _, err := a.PlanDevelopment(authtest.Context(t), DevelopmentDraft{Customer: id, Goal: "double", Services: "training", Until: 20271231}); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.RunPropose(authtest.Context(t)); err != nil {
		t.Fatal(err)
	}
	run, err := a.DB.Read().Developments(authtest.Context(t))
	if err != nil || len(run) != 1 || run[0].Customer != low {
		t.Errorf("running are %+v, %v", run, err)
	}
	if run, err := a.DB.Read().DevelopmentsOf(authtest.Context(t), good); err != nil || len(run) != 1 || run[0].State != crm.Developed {
		t.Errorf("the one that moved is %+v, %v", run, err)
	}
	if err := a.GiveUpDevelopment(authtest.Context(t), low, run[0].ID, run[0].Revision, ""); !errors.Is(err, fault.Invalid) {
		t.Errorf("given up without a reason: %v", err)
	}
	if err := a.GiveUpDevelopment(authtest.Context(t), low, run[0].ID, run[0].Revision, "no need"); err != nil {
		t.Error(err)
	}
}

// While too little of what teams give is captured, no task says that a customer
// gets too much or too little; what does not rest on that is proposed all the
// same.
func TestNothingIsSaidOfWhatIsNotCaptured(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		valuedDemo(t, a)
		count := func() (balance, contact int) {
			for _, task := range live(t, a) {
				switch task.Rule {
				case crm.MuchForLittle, crm.LittleForMuch:
					balance++
				case crm.NoContact:
					contact++
				}
			}
			return balance, contact
		}
		balance, contact := count()
		if balance == 0 || contact == 0 {
			t.Fatalf("%d and %d tasks: the test proves nothing", balance, contact)
		}
		// A team with more time than anybody booked: the coverage is thin.
		_, err := a.SaveTeam(authtest.Context(t), service.Team{Name: "Hotline", Costs: []service.TeamCost{
			{ValidFrom: day.Min, Cost: 100, People: 1000 * money.One, Minutes: service.DefaultMinutes, Practical: money.One, Free: money.One},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.RunPropose(authtest.Context(t)); err != nil {
			t.Fatal(err)
		}
		if b, c := count(); b != 0 || c != contact {
			t.Errorf("while thin, %d on the balance and %d on contacts; want 0 and %d", b, c, contact)
		}
		if err := a.SaveSettings(authtest.Context(t), map[string]string{CoverageSetting: "0"}); err != nil {
			t.Fatal(err)
		}
		if err := a.RunPropose(authtest.Context(t)); err != nil {
			t.Fatal(err)
		}
		if b, _ := count(); b != balance {
			t.Errorf("with another limit, %d on the balance; want %d", b, balance)
		}
	})
}
