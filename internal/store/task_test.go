package store

import (
	"errors"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"quid/crm"
	"quid/fault"
	"quid/internal/auth/authtest"
)

func careCustomer(t *testing.T, db *DB) KeptCustomer {
	t.Helper()
	newBook(t, db)
	k := KeptCustomer{Customer: crm.Customer{ID: 7, External: "7", Number: "7", Name: "Meier", Revision: 1, Created: now}}
	if err := db.Write(authtest.Context(t), func(tx *Tx) error { return tx.AddCustomers(authtest.Context(t), []KeptCustomer{k}) }); err != nil {
		t.Fatal(err)
	}
	return k
}

func TestTasksComeBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		careCustomer(t, db)
		ctx, r := authtest.Context(t), db.Read()
		proposed := crm.Task{ID: 1, Customer: 7, Rule: crm.NoContact, Sight: crm.Sight{Day: 20260101, Days: 60, Gives: 9, Known: true}, Owner: "ada", Due: 20261201, State: crm.TaskProposed, Made: now, Revision: 1}
		open := crm.Task{ID: 2, Customer: 7, Title: "call", Reason: "asked for it", Due: 20261130, State: crm.TaskOpen, By: "bob", Made: now, Accepted: now, Revision: 1}
		if err := db.Write(ctx, func(tx *Tx) error { return tx.AddTasks(ctx, []crm.Task{proposed, open}) }); err != nil {
			t.Fatal(err)
		}
		got, err := r.LiveTasks(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff([]crm.Task{open, proposed}, got); diff != "" {
			t.Error(diff)
		}
		ended, err := proposed.End(crm.TaskDismissed, "not now", 20270501, now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		ended.Revision++
		if err := db.Write(ctx, func(tx *Tx) error { return tx.PutTask(ctx, ended) }); err != nil {
			t.Fatal(err)
		}
		if back, err := r.Task(ctx, 7, 1); err != nil || !gocmp.Equal(back, ended) {
			t.Errorf("%s, %v", gocmp.Diff(ended, back), err)
		}
		if live, err := r.LiveTasks(ctx); err != nil || len(live) != 1 || live[0].ID != 2 {
			t.Errorf("live are %+v, %v", live, err)
		}
		if out, err := r.RuledOut(ctx, 20270430); err != nil || !out[Proposal{7, crm.NoContact}] || len(out) != 1 {
			t.Errorf("ruled out the day before: %v, %v", out, err)
		}
		if out, err := r.RuledOut(ctx, 20270501); err != nil || len(out) != 0 {
			t.Errorf("ruled out on the day: %v, %v", out, err)
		}
		tallies, err := r.Tallies(ctx)
		if err != nil || !gocmp.Equal(tallies, []crm.Tally{{Rule: crm.NoContact, Dismissed: 1}}) {
			t.Errorf("tallies %+v, %v", tallies, err)
		}
		if all, err := r.TasksOf(ctx, 7); err != nil || len(all) != 2 {
			t.Errorf("of the customer: %+v, %v", all, err)
		}
		if last, err := r.EndedTasks(ctx, 5); err != nil || len(last) != 1 || last[0].ID != 1 {
			t.Errorf("ended: %+v, %v", last, err)
		}
		if _, err := r.Task(ctx, 7, 99); !errors.Is(err, fault.NotFound) {
			t.Errorf("a task that is not there: %v", err)
		}
	})
}

func TestStrategiesAndPlansAreKept(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		careCustomer(t, db)
		ctx, r := authtest.Context(t), db.Read()
		first := crm.Strategy{Customer: 7, Version: 1, Direction: crm.Secure, Segment: "explore", From: 20260101, Review: 20260601, By: "ada", Made: now}
		second := crm.Strategy{Customer: 7, Version: 2, Direction: crm.Delight, Segment: "explore", Plan: "training", From: 20260601, Review: 20261201, Made: now}
		plan := crm.Development{ID: 3, Customer: 7, Goal: "double", Services: "training", Owner: "ada", Until: 20271231, Segment: "opportunity", State: crm.Developing, Made: now, Revision: 1}
		guess := crm.PossibleEstimate{Customer: 7, Amount: 500, Note: "a guess", Made: now, Revision: 1}
		err := db.Write(ctx, func(tx *Tx) error {
			return errors.Join(tx.AddStrategy(ctx, first), tx.AddStrategy(ctx, second), tx.AddDevelopment(ctx, plan), tx.PutPossible(ctx, guess))
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.StrategiesOf(ctx, 7); err != nil || !gocmp.Equal(got, []crm.Strategy{second, first}) {
			t.Errorf("%s, %v", gocmp.Diff([]crm.Strategy{second, first}, got), err)
		}
		if got, err := r.Strategies(ctx); err != nil || len(got) != 1 || got[7] != second {
			t.Errorf("those that hold: %+v, %v", got, err)
		}
		if err := db.Write(ctx, func(tx *Tx) error { return tx.AddStrategy(ctx, second) }); err == nil {
			t.Error("a version was written twice")
		}
		if got, err := r.Developments(ctx); err != nil || !gocmp.Equal(got, []crm.Development{plan}) {
			t.Errorf("%s, %v", gocmp.Diff([]crm.Development{plan}, got), err)
		}
		plan.State, plan.Answer, plan.Ended, plan.Revision = crm.GivenUp, "no need", now, 2
		if err := db.Write(ctx, func(tx *Tx) error { return tx.PutDevelopment(ctx, plan) }); err != nil {
			t.Fatal(err)
		}
		if got, err := r.Developments(ctx); err != nil || len(got) != 0 {
			t.Errorf("still running: %+v, %v", got, err)
		}
		if got, err := r.EndedDevelopments(ctx, 3); err != nil || !gocmp.Equal(got, []crm.Development{plan}) {
			t.Errorf("ended: %+v, %v", got, err)
		}
		if got, err := r.PossibleOf(ctx, 7); err != nil || got != guess {
			t.Errorf("estimate %+v, %v", got, err)
		}
		if got, err := r.PossibleOf(ctx, 8); err != nil || got.Revision != 0 {
			t.Errorf("estimate of nobody %+v, %v", got, err)
		}
	})
}

func TestARevokedCalendarIsNotFound(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		newBook(t, db)
		ctx := authtest.Context(t)
		if err := db.Write(ctx, func(tx *Tx) error { return tx.AddFeed(ctx, Feed{ID: 5, Hash: "aa", Owner: "ada", Made: now}) }); err != nil {
			t.Fatal(err)
		}
		if f, err := db.Read().FeedByHash(ctx, "aa"); err != nil || f.Owner != "ada" {
			t.Fatalf("%+v, %v", f, err)
		}
		revoke := func() error { return db.Write(ctx, func(tx *Tx) error { return tx.RevokeFeed(ctx, 5, now) }) }
		if err := revoke(); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Read().FeedByHash(ctx, "aa"); !errors.Is(err, fault.NotFound) {
			t.Errorf("a revoked one: %v", err)
		}
		if err := revoke(); !errors.Is(err, fault.NotFound) {
			t.Errorf("revoked twice: %v", err)
		}
	})
}
