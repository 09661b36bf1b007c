package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"quid/account"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
)

// A TimerDraft is what is known of a service when it begins: nothing need be.
type TimerDraft struct {
	Customer   account.CustomerID
	Type       int64
	Background string
}

// mostTimers is how many may run at once.
const mostTimers = 50

// StartTimer starts a timer. It runs in the book until it is stopped, whatever
// becomes of the browser.
func (a *App) StartTimer(ctx context.Context, d TimerDraft) (store.Timer, error) {
	if err := may(ctx, auth.BookServices); err != nil {
		return store.Timer{}, err
	}
	t := store.Timer{ID: a.id(), Customer: d.Customer, Type: d.Type, Background: strings.TrimSpace(d.Background), Started: a.Now()}
	if err := texts(t.Background, ""); err != nil {
		return t, fmt.Errorf("start timer: %w", err)
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		running, err := tx.Timers(ctx)
		if err != nil {
			return err
		}
		if len(running) >= mostTimers {
			return fault.Field("timer", "50 timers run already; book or discard some first")
		}
		if d.Customer != 0 {
			if _, err := tx.Customer(ctx, d.Customer); errors.Is(err, fault.NotFound) {
				return fault.Field("customer", "this customer is not there")
			} else if err != nil {
				return err
			}
		}
		if d.Type != 0 {
			if _, err := typeOf(ctx, tx, d.Type); err != nil {
				return err
			}
		}
		return tx.AddTimer(ctx, t)
	})
	if err != nil {
		return store.Timer{}, fmt.Errorf("start timer: %w", err)
	}
	return t, nil
}

// StopTimer stops a timer; stopped twice, it keeps the first time. It stays until
// it is booked or discarded.
func (a *App) StopTimer(ctx context.Context, ref store.Ref) (store.Timer, error) {
	if err := may(ctx, auth.BookServices); err != nil {
		return store.Timer{}, err
	}
	var t store.Timer
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.StopTimer(ctx, ref, a.Now()); err != nil {
			return err
		}
		var err error
		t, err = tx.Timer(ctx, ref)
		return err
	})
	return t, err
}

// DropTimer forgets a timer: it was booked, or never mattered.
func (a *App) DropTimer(ctx context.Context, ref store.Ref) error {
	if err := may(ctx, auth.BookServices); err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error { return tx.DeleteTimer(ctx, ref) })
}
