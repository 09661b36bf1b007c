package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/hook"
	"quid/internal/store"
)

// A TaskDraft is a task as somebody writes or changes it.
type TaskDraft struct {
	Customer account.CustomerID
	Title    string
	Reason   string
	Owner    string
	Due      day.Day
	By       string
}

// AddTask keeps a task that a person wrote.
func (a *App) AddTask(ctx context.Context, d TaskDraft) (int64, error) {
	if err := may(ctx, auth.CareFor); err != nil {
		return 0, err
	}
	t := a.newTask(d)
	if err := a.DB.Write(ctx, func(tx *store.Tx) error { return a.addTask(ctx, tx, t) }); err != nil {
		return 0, fmt.Errorf("add task: %w", err)
	}
	return t.ID, nil
}

// tellTask tells of a task that somebody wrote, changed or ended.
func (a *App) tellTask(ctx context.Context, tx *store.Tx, t crm.Task) error {
	about := hook.Of("customer", int64(t.Customer)).With("task", t.ID)
	about["state"] = string(t.State)
	return a.tell(ctx, tx, hook.TaskChanged, about)
}

// newTask is the task of a draft.
func (a *App) newTask(d TaskDraft) crm.Task {
	return crm.Task{
		ID: a.id(), Customer: d.Customer, Title: strings.TrimSpace(d.Title), Reason: strings.TrimSpace(d.Reason), Owner: strings.TrimSpace(d.Owner),
		Due: d.Due, State: crm.TaskOpen, By: d.By, Made: a.Now(), Accepted: a.Now(), Revision: 1,
	}
}

// addTask writes a task within a transaction.
func (a *App) addTask(ctx context.Context, tx *store.Tx, t crm.Task) error {
	if err := t.Check(); err != nil {
		return err
	}
	if _, err := tx.Customer(ctx, t.Customer); err != nil {
		return err
	}
	return errors.Join(tx.AddTasks(ctx, []crm.Task{t}), a.tellTask(ctx, tx, t))
}

// A TaskRef names a task as a person saw it.
type TaskRef struct {
	Customer account.CustomerID
	ID       int64
	Seen     int32 // the revision that the person saw
}

// changeTask writes what fn makes of a task. It fails with fault.Conflict if
// somebody wrote the task since the person saw it.
func (a *App) changeTask(ctx context.Context, ref TaskRef, fn func(tx *store.Tx, t crm.Task) (crm.Task, error)) error {
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		t, err := tx.Task(ctx, ref.Customer, ref.ID)
		if err != nil {
			return err
		}
		if t.Revision != ref.Seen {
			return fault.Conflict
		}
		if t, err = fn(tx, t); err != nil {
			return err
		}
		t.Revision++
		return errors.Join(tx.PutTask(ctx, t), a.tellTask(ctx, tx, t))
	})
	if err != nil {
		return fmt.Errorf("task %d: %w", ref.ID, err)
	}
	return nil
}

// AcceptTask makes a proposed task one of its owner.
func (a *App) AcceptTask(ctx context.Context, ref TaskRef) error {
	if err := may(ctx, auth.CareFor); err != nil {
		return err
	}
	return a.changeTask(ctx, ref, func(_ *store.Tx, t crm.Task) (crm.Task, error) { return t.Accept(a.Now()) })
}

// ChangeTask changes who does a living task and until when, and what a person
// wrote of it. A proposal that is changed is accepted with it.
func (a *App) ChangeTask(ctx context.Context, ref TaskRef, d TaskDraft) error {
	if err := may(ctx, auth.CareFor); err != nil {
		return err
	}
	return a.changeTask(ctx, ref, func(_ *store.Tx, t crm.Task) (crm.Task, error) {
		if !t.State.Live() {
			return t, fmt.Errorf("it is %s already: %w", t.State, fault.Conflict)
		}
		if t.Accepted.IsZero() {
			t.Accepted = a.Now()
		}
		t.State, t.Title, t.Reason = crm.TaskOpen, strings.TrimSpace(d.Title), strings.TrimSpace(d.Reason)
		t.Owner, t.Due = strings.TrimSpace(d.Owner), d.Due
		return t, t.Check()
	})
}

// Settings of care: their names, and what holds where they were never saved.
const (
	ScissorsSetting      = "scissors_limit" // how many times as much care the best field may get as the weakest
	AgainSetting         = "task_again"     // days for which what was done or dismissed is not proposed again
	defaultScissorsLimit = 10
	defaultAgainDays     = 180
	mostScissors         = 1000
	mostAgainDays        = 1000
)

// ScissorsLimit is how many times as much care the best field of the matrix may
// get as the weakest.
func ScissorsLimit(ctx context.Context, r store.Reader) (int, error) {
	return intSetting(ctx, r, ScissorsSetting, defaultScissorsLimit)
}

// AgainDays is for how many days what was done or dismissed is not proposed again.
func AgainDays(ctx context.Context, r store.Reader) (int, error) {
	return intSetting(ctx, r, AgainSetting, defaultAgainDays)
}

// EndTask ends a living task: done, with what came of it, or dismissed, with the
// reason. What a rule proposed isn't proposed again for the days of the setting.
func (a *App) EndTask(ctx context.Context, ref TaskRef, state crm.TaskState, answer string) error {
	if err := may(ctx, auth.CareFor); err != nil {
		return err
	}
	if state != crm.TaskDone && state != crm.TaskDismissed {
		return fmt.Errorf("end task: %w", fault.Field("state", "choose done or dismissed"))
	}
	return a.changeTask(ctx, ref, func(tx *store.Tx, t crm.Task) (crm.Task, error) {
		days, err := AgainDays(ctx, tx.Reader)
		if err != nil {
			return t, err
		}
		return t.End(state, answer, day.At(a.Now()).Add(days), a.Now())
	})
}
