package crm

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
)

// A Rule is what proposes tasks. Its name is kept with them; never reuse one.
type Rule string

// The rules (docs/ledger.md, "Tasks").
const (
	ByPerson        Rule = ""                 // a person wrote the task
	ReviewDue       Rule = "review_due"       // the strategy is to be looked at again
	BudgetExceeded  Rule = "budget_exceeded"  // more was spent than the year allows
	NoContact       Rule = "no_contact"       // a good customer without a contact in its interval
	MuchForLittle   Rule = "renegotiate"      // gets much and gives little
	LittleForMuch   Rule = "explore"          // gives much and gets little
	DevelopmentOver Rule = "development_over" // the day of a development plan has come
)

// Rules lists all rules, those whose tasks matter most first.
var Rules = []Rule{NoContact, ReviewDue, MuchForLittle, LittleForMuch, BudgetExceeded, DevelopmentOver}

// A TaskState says where a task stands.
type TaskState string

// The states of tasks.
const (
	TaskProposed  TaskState = "proposed"  // by a rule; nobody accepted it yet
	TaskOpen      TaskState = "open"      // accepted, or written by a person
	TaskDone      TaskState = "done"      //
	TaskDismissed TaskState = "dismissed" // with a reason
	TaskLapsed    TaskState = "lapsed"    // proposed, and its reason is gone
)

// Live says whether there is something to do still.
func (s TaskState) Live() bool { return s == TaskProposed || s == TaskOpen }

// A Sight is what a rule saw when it proposed a task: pages say it in words.
type Sight struct {
	Day    day.Day      `json:"day,omitempty"`    // of the review, of the last contact, of the plan's end
	Days   int          `json:"days,omitempty"`   // the interval
	Gives  money.Amount `json:"gives,omitempty"`  // contribution III in the window
	Gets   money.Amount `json:"gets,omitempty"`   // cost of services, in the window or in the year
	Budget money.Amount `json:"budget,omitempty"` // of the year
	Known  bool         `json:"known,omitempty"`  // Gives means something
	Limit  bool         `json:"limit,omitempty"`  // there is a budget
}

// A Task is something to be done for a customer.
type Task struct {
	ID       int64
	Customer account.CustomerID
	Rule     Rule
	Title    string // in a person's words; "" where the rule says it
	Reason   string // likewise
	Sight    Sight  // of the rule
	Owner    string
	Due      day.Day
	State    TaskState
	Answer   string  // why it was dismissed, or what came of it
	Again    day.Day // from then on its rule may propose it again; 0: it may not while the task lives
	By       string
	Made     time.Time
	Accepted time.Time // zero while nobody did
	Ended    time.Time
	Revision int32
}

// Check reports every field that stands in the way of keeping the task.
func (t Task) Check() error {
	var errs []error
	if t.Customer == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	if t.Rule == ByPerson && strings.TrimSpace(t.Title) == "" {
		errs = append(errs, fault.Field("title", "say what is to be done"))
	}
	if len(t.Title) > shortText {
		errs = append(errs, fault.Field("title", "at most 200 characters"))
	}
	if len(t.Reason) > longText {
		errs = append(errs, fault.Field("reason", "at most 2000 characters"))
	}
	if t.Due == 0 {
		errs = append(errs, fault.Field("due", "write a day such as 2026-12-31"))
	}
	if t.State == TaskDismissed && strings.TrimSpace(t.Answer) == "" {
		errs = append(errs, fault.Field("answer", "say why"))
	}
	if len(t.Answer) > longText {
		errs = append(errs, fault.Field("answer", "at most 2000 characters"))
	}
	return errors.Join(errs...)
}

// Overdue says whether the task lives and should have been done before a day.
func (t Task) Overdue(today day.Day) bool { return t.State == TaskOpen && t.Due < today }

// Accept makes a proposal a task of its owner.
func (t Task) Accept(at time.Time) (Task, error) {
	if t.State != TaskProposed {
		return t, fmt.Errorf("task %d is %s, not proposed: %w", t.ID, t.State, fault.Conflict)
	}
	t.State, t.Accepted = TaskOpen, at
	return t, nil
}

// End ends a living task: done, with what came of it, or dismissed, with why.
// Its rule may propose it again from a day on. Who does what a rule proposed has
// accepted it.
func (t Task) End(state TaskState, answer string, again day.Day, at time.Time) (Task, error) {
	if !t.State.Live() {
		return t, fmt.Errorf("task %d is %s already: %w", t.ID, t.State, fault.Conflict)
	}
	if state == TaskDone && t.Accepted.IsZero() {
		t.Accepted = at
	}
	t.State, t.Answer, t.Ended = state, strings.TrimSpace(answer), at
	if t.Rule != ByPerson {
		t.Again = again
	}
	return t, t.Check()
}

// A Tally is what became of the tasks that a rule proposed.
type Tally struct {
	Rule      Rule
	Waiting   int // proposed, nobody decided
	Accepted  int
	Dismissed int // without having been accepted
	Done      int // of the accepted ones
	Lapsed    int // their reason went before anybody decided
}

// Share is the share of the decided proposals that were accepted; ok is false
// before any was decided.
func (t Tally) Share() (share float64, ok bool) {
	decided := t.Accepted + t.Dismissed
	if decided == 0 {
		return 0, false
	}
	return float64(t.Accepted) / float64(decided), true
}
