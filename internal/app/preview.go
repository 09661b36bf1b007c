package app

import (
	"context"
	"fmt"

	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/portfolio"
	"quid/value"
)

// MostPreviewed is the number of customers up to which a model that needs other
// sums of the book is tried while somebody waits.
const MostPreviewed = 100_000

// ErrTooMany says that a preview takes a valuation: there are more customers
// than MostPreviewed.
var ErrTooMany = fmt.Errorf("too many customers for a preview: %w", fault.Conflict)

// Preview values all customers by a model that may need other sums of the book
// (another window, another rule for new customers) and keeps nothing.
func (a *App) Preview(ctx context.Context, spec value.Model, asOf day.Day) (*portfolio.Base, error) {
	if err := spec.Check(); err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	n, err := a.DB.Read().CountCustomers(ctx)
	if err != nil {
		return nil, err
	}
	if n > MostPreviewed {
		return nil, ErrTooMany
	}
	figures, err := a.DB.CustomerFigures(ctx, asOf, spec.Window, nil)
	if err != nil {
		return nil, err
	}
	input, err := a.valueInput(ctx, asOf, figures)
	if err != nil {
		return nil, err
	}
	result, err := value.Run(spec, input)
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	return portfolio.Of(result, figures.Customers), nil
}

// AskValueOn asks for a valuation of a chosen day, in the background.
func (a *App) AskValueOn(ctx context.Context, on day.Day) error {
	if err := may(ctx, auth.SetModel); err != nil {
		return err
	}
	if on < day.Min || on > day.Max {
		return fault.Field("as_of", "write a day such as 2026-12-31")
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error { return a.enqueue(ctx, tx, ValueJob, on.String()) })
}

// RunValueOn does the work of a ValueJob with its argument: the day to value on,
// or "" for the day that ValueDay finds.
func (a *App) RunValueOn(ctx context.Context, arg string, progress func(done, total int64)) error {
	if arg == "" {
		return a.RunValueJob(ctx, progress)
	}
	on, err := day.Parse(arg)
	if err != nil {
		return fmt.Errorf("value job %q: %w", arg, err)
	}
	_, err = a.Value(ctx, ValueOrder{AsOf: on, Progress: progress})
	return err
}
