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
	"quid/internal/store"
)

// A DevelopmentDraft is a plan to develop a customer as somebody writes it.
type DevelopmentDraft struct {
	Customer account.CustomerID
	Goal     string
	Services string
	Owner    string
	Until    day.Day
	By       string
}

// PlanDevelopment begins a plan. A customer has one at a time: another that runs
// is a fault.Conflict.
func (a *App) PlanDevelopment(ctx context.Context, d DevelopmentDraft) (int64, error) {
	if err := may(ctx, auth.CareFor); err != nil {
		return 0, err
	}
	plan := crm.Development{
		ID: a.id(), Customer: d.Customer, Goal: strings.TrimSpace(d.Goal), Services: strings.TrimSpace(d.Services), Owner: strings.TrimSpace(d.Owner),
		Until: d.Until, State: crm.Developing, By: d.By, Made: a.Now(), Revision: 1,
	}
	today := day.At(a.Now())
	if err := plan.Check(today); err != nil {
		return 0, fmt.Errorf("plan development: %w", err)
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Customer(ctx, d.Customer); err != nil {
			return err
		}
		before, err := tx.DevelopmentsOf(ctx, d.Customer)
		if err != nil {
			return err
		}
		for _, b := range before {
			if b.State == crm.Developing {
				return fmt.Errorf("a plan runs already: %w", fault.Conflict)
			}
		}
		segment, _, err := tx.Standing(ctx, d.Customer, today)
		if err != nil {
			return err
		}
		plan.Segment = string(segment)
		return errors.Join(tx.AddDevelopment(ctx, plan), a.audit(ctx, tx, ofCustomer("made", "development", plan.Customer, plan.ID, toldOfDevelopment(plan))))
	})
	return plan.ID, err
}

// ChangeDevelopment changes a plan that runs; seen is the revision that the
// person saw. It fails with fault.Conflict if somebody wrote it since.
func (a *App) ChangeDevelopment(ctx context.Context, id int64, seen int32, d DevelopmentDraft) error {
	if err := may(ctx, auth.CareFor); err != nil {
		return err
	}
	return a.changePlan(ctx, d.Customer, id, seen, func(p crm.Development) crm.Development {
		p.Goal, p.Services, p.Owner, p.Until = strings.TrimSpace(d.Goal), strings.TrimSpace(d.Services), strings.TrimSpace(d.Owner), d.Until
		return p
	})
}

// GiveUpDevelopment ends a plan with the reason.
func (a *App) GiveUpDevelopment(ctx context.Context, customer account.CustomerID, id int64, seen int32, why string) error {
	if err := may(ctx, auth.CareFor); err != nil {
		return err
	}
	return a.changePlan(ctx, customer, id, seen, func(p crm.Development) crm.Development {
		p.State, p.Answer, p.Ended = crm.GivenUp, strings.TrimSpace(why), a.Now()
		return p
	})
}

func (a *App) changePlan(ctx context.Context, customer account.CustomerID, id int64, seen int32, fn func(crm.Development) crm.Development) error {
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.Development(ctx, customer, id)
		if err != nil {
			return err
		}
		if p.Revision != seen || p.State != crm.Developing {
			return fault.Conflict
		}
		change := ofCustomer("changed", "development", customer, id, nil)
		change.Before = toldOfDevelopment(p)
		p = fn(p)
		if err := p.Check(day.At(a.Now())); err != nil {
			return err
		}
		p.Revision++
		change.After = toldOfDevelopment(p)
		return errors.Join(tx.PutDevelopment(ctx, p), a.audit(ctx, tx, change))
	})
	if err != nil {
		return fmt.Errorf("development plan %d: %w", id, err)
	}
	return nil
}

// SavePossible keeps what a person thinks that services would be worth to a
// customer a year; its revision is the one that the person saw.
func (a *App) SavePossible(ctx context.Context, e crm.PossibleEstimate) error {
	if err := may(ctx, auth.CareFor); err != nil {
		return err
	}
	e.Note = strings.TrimSpace(e.Note)
	if err := e.Check(); err != nil {
		return fmt.Errorf("save possible value: %w", err)
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		_, err1 := tx.Customer(ctx, e.Customer)
		before, err2 := tx.PossibleOf(ctx, e.Customer)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		if before.Revision != e.Revision {
			return fault.Conflict
		}
		kept := e
		kept.Revision, kept.Made = e.Revision+1, a.Now()
		change := ofCustomer("changed", "possible value", e.Customer, 0, map[string]any{"amount": kept.Amount})
		if before.Revision != 0 {
			change.Before = map[string]any{"amount": before.Amount}
		}
		return errors.Join(tx.PutPossible(ctx, kept), a.audit(ctx, tx, change))
	})
	if err != nil {
		return fmt.Errorf("save possible value of customer %d: %w", e.Customer, err)
	}
	return nil
}
