package store

import (
	"context"
	"fmt"
	"time"

	"quid/account"
	"quid/money"
)

// A Timer measures a service while it is given. It stands in the book, so that it
// goes on whatever becomes of the browser that started it.
type Timer struct {
	ID         int64
	Customer   account.CustomerID // 0 if it wasn't said yet
	Type       int64              // likewise
	Background string
	Started    time.Time
	Stopped    time.Time // zero while it runs
}

// Ref names the timer.
func (t Timer) Ref() Ref { return Ref{Customer: t.Customer, ID: account.DocumentID(t.ID)} }

// Minutes is how long it has run, in whole minutes that were begun, one at least.
func (t Timer) Minutes(now time.Time) money.Micro {
	if !t.Stopped.IsZero() {
		now = t.Stopped
	}
	return max(1, money.Micro((now.Sub(t.Started)+time.Minute-1)/time.Minute)) * money.One
}

const timerColumns = `customer_id, timer_id, type_id, background, started_at, stopped_at`

const (
	sqlInsertTimer = `INSERT INTO timer (` + timerColumns + `) VALUES ($1, $2, $3, $4, $5, $6)`
	sqlStopTimer   = `UPDATE timer SET stopped_at = $1 WHERE customer_id = $2 AND timer_id = $3 AND stopped_at IS NULL`
	sqlDeleteTimer = `DELETE FROM timer WHERE customer_id = $1 AND timer_id = $2`
	sqlTimers      = `SELECT ` + timerColumns + ` FROM timer ORDER BY timer_id LIMIT 100`
	sqlTimer       = `SELECT ` + timerColumns + ` FROM timer WHERE customer_id = $1 AND timer_id = $2`
)

// AddTimer starts a timer.
func (tx *Tx) AddTimer(ctx context.Context, t Timer) error {
	if _, err := tx.exec(ctx, sqlInsertTimer, t.Customer, t.ID, t.Type, t.Background, t.Started.UnixMicro(), since(t.Stopped)); err != nil {
		return fmt.Errorf("add timer: %w", err)
	}
	return nil
}

// StopTimer stops a timer; one that was stopped keeps the time it was stopped at.
func (tx *Tx) StopTimer(ctx context.Context, ref Ref, at time.Time) error {
	if _, err := tx.exec(ctx, sqlStopTimer, at.UnixMicro(), ref.Customer, ref.ID); err != nil {
		return fmt.Errorf("stop timer %d: %w", ref.ID, err)
	}
	return nil
}

// DeleteTimer forgets a timer.
func (tx *Tx) DeleteTimer(ctx context.Context, ref Ref) error {
	return tx.drop(ctx, sqlDeleteTimer, "delete timer", ref)
}

// Timers returns the timers that run or were not booked yet, the oldest first.
func (r Reader) Timers(ctx context.Context) ([]Timer, error) {
	list, err := r.timers(ctx, sqlTimers)
	if err != nil {
		return nil, err
	}
	return within(ctx, r, list, func(t Timer) account.CustomerID { return t.Customer })
}

// Timer returns a timer.
func (r Reader) Timer(ctx context.Context, ref Ref) (Timer, error) {
	if err := r.Reach(ctx, ref.Customer); err != nil {
		return Timer{}, err
	}
	ts, err := r.timers(ctx, sqlTimer, ref.Customer, ref.ID)
	return only(ts, err, "timer %d", ref.ID)
}

func (r Reader) timers(ctx context.Context, query string, args ...any) ([]Timer, error) {
	var out []Timer
	err := r.each(ctx, query, args, func(rec *record) error {
		t := Timer{Customer: account.CustomerID(rec.int(0)), ID: rec.int(1), Type: rec.int(2), Background: rec.text(3), Started: time.UnixMicro(rec.int(4)).UTC()}
		if !rec.null(5) {
			t.Stopped = time.UnixMicro(rec.int(5)).UTC()
		}
		out = append(out, t)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("timers: %w", err)
	}
	return out, nil
}
