package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"quid/day"
	"quid/money"
	"quid/value"
)

// A Stamp says which picture of the book a page was made from: two stamps that
// are alike stand for the same newest valuation and the same facts.
type Stamp struct {
	Valuation int64 // the newest one, 0 if there is none
	Changed   int64 // book.changed
}

const sqlStamp = `
	SELECT COALESCE((SELECT valuation_id FROM valuation WHERE ended_at IS NOT NULL
	         ORDER BY CASE WHEN as_of <= $1 THEN 0 ELSE 1 END, as_of DESC, valuation_id DESC LIMIT 1), 0),
	       COALESCE((SELECT MAX(changed) FROM book), 0)`

// Stamp returns the stamp of the book as it is now. It costs a look at two
// indexes, so that a page may ask at every request.
//
// The newest valuation is that of the latest day up to today; one of a day to
// come counts only where there is no other.
func (r Reader) Stamp(ctx context.Context, today day.Day) (Stamp, error) {
	var s Stamp
	if err := r.q.QueryRowContext(ctx, sqlStamp, today).Scan(&s.Valuation, &s.Changed); err != nil {
		return Stamp{}, fmt.Errorf("stamp of the book: %w", err)
	}
	return s, nil
}

const sqlAnyCustomer = `SELECT COUNT(*) FROM (SELECT customer_id FROM customer WHERE archived_at IS NULL LIMIT 1) c`

// HasCustomers says whether the book holds any customer.
func (r Reader) HasCustomers(ctx context.Context) (bool, error) {
	var n int64
	if err := r.q.QueryRowContext(ctx, sqlAnyCustomer).Scan(&n); err != nil {
		return false, fmt.Errorf("look for customers: %w", err)
	}
	return n > 0, nil
}

// A ValuationDay is a whole valuation without what it says: its id and day.
type ValuationDay struct {
	ID   int64
	AsOf day.Day
}

const sqlValuationDays = `SELECT valuation_id, as_of FROM valuation WHERE ended_at IS NOT NULL ORDER BY as_of DESC, valuation_id DESC`

// ValuationDays returns all whole valuations as Valuations does, without reading
// their summaries, which may be long.
func (r Reader) ValuationDays(ctx context.Context) ([]ValuationDay, error) {
	var out []ValuationDay
	err := r.each(ctx, sqlValuationDays, nil, func(rec *record) error {
		out = append(out, ValuationDay{rec.int(0), day.Day(rec.int(1))})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("days of valuations: %w", err)
	}
	return out, nil
}

// An Equity is the customer equity of one day, by the newest valuation of it.
type Equity struct {
	ID    int64 // of the valuation
	AsOf  day.Day
	Model string       // of purchases; "" is the run-rate
	Gain  money.Amount // expected contribution I, minor units
	Sum   money.Amount // customer equity
}

const sqlEquities = `SELECT valuation_id, as_of, summary FROM valuation WHERE valuation_id IN
		(SELECT MAX(valuation_id) FROM valuation WHERE ended_at IS NOT NULL AND as_of <= $1 GROUP BY as_of)
	ORDER BY as_of DESC LIMIT $2`

// Equities returns the customer equity of the newest days up to one, the oldest
// first. Valuations from before lifetime values were reckoned are left out.
func (r Reader) Equities(ctx context.Context, upTo day.Day, most int) ([]Equity, error) {
	var out []Equity
	err := r.each(ctx, sqlEquities, []any{upTo, most}, func(rec *record) error {
		var summary struct {
			Lifetimes value.Lifetimes `json:"lifetimes"`
		}
		if err := json.Unmarshal([]byte(rec.text(2)), &summary); err != nil {
			return err
		}
		l := &summary.Lifetimes
		if l.Rule == (value.LifetimeRule{}) {
			return nil
		}
		e := Equity{ID: rec.int(0), AsOf: day.Day(rec.int(1)), Gain: l.Gain, Sum: l.Equity}
		if l.Model != nil {
			e.Model = l.Model.Name
		}
		out = append(out, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("customer equity by day: %w", err)
	}
	slices.Reverse(out)
	return out, nil
}
