package store

import (
	"context"
	"fmt"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/value"
)

// An Override is a person's word against the figures, as the book keeps it.
type Override struct {
	ID int64
	value.Override
	By    string
	Made  time.Time
	Ended time.Time // when somebody ended it before its last day, else zero
}

const sqlInsertOverride = `
	INSERT INTO override (customer_id, override_id, class, segment, reason, note, valid_from, valid_until, made_by, made_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// AddOverride writes what a person decided.
func (tx *Tx) AddOverride(ctx context.Context, o Override) error {
	_, err := tx.exec(ctx, sqlInsertOverride, o.Customer, o.ID, o.Class.String(), string(o.Segment), o.Reason, o.Note, o.From, o.Until, o.By, o.Made.UnixMicro())
	if err != nil {
		return fmt.Errorf("override customer %d: %w", o.Customer, err)
	}
	return nil
}

const sqlEndOverride = `
	UPDATE override SET valid_until = CASE WHEN valid_until > $1 THEN $1 ELSE valid_until END, ended_at = $2
	WHERE customer_id = $3 AND override_id = $4 AND ended_at IS NULL`

// EndOverride ends an override: lastDay is the last on which it holds.
func (tx *Tx) EndOverride(ctx context.Context, customer account.CustomerID, id int64, lastDay day.Day, at time.Time) error {
	n, err := tx.exec(ctx, sqlEndOverride, lastDay, at.UnixMicro(), customer, id)
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return fmt.Errorf("end override %d: %w", id, err)
	}
	return nil
}

const overrideColumns = `customer_id, override_id, class, segment, reason, note, valid_from, valid_until, made_by, made_at, ended_at`

const (
	sqlOverridesOf = `SELECT ` + overrideColumns + ` FROM override WHERE customer_id = $1 ORDER BY valid_from DESC, override_id DESC`
	sqlOverridesOn = `SELECT ` + overrideColumns + ` FROM override WHERE valid_from <= $1 AND valid_until >= $1 ORDER BY customer_id, override_id`
)

// OverridesOf returns what was decided about a customer, the newest first.
func (r Reader) OverridesOf(ctx context.Context, customer account.CustomerID) ([]Override, error) {
	return r.overrides(ctx, sqlOverridesOf, customer)
}

// OverridesOn returns what holds on a day; of one customer the last counts.
func (r Reader) OverridesOn(ctx context.Context, on day.Day) ([]Override, error) {
	return r.overrides(ctx, sqlOverridesOn, on)
}

func (r Reader) overrides(ctx context.Context, query string, args ...any) ([]Override, error) {
	var out []Override
	err := r.each(ctx, query, args, func(rec *record) error {
		o := Override{ID: rec.int(1), By: rec.text(8), Made: time.UnixMicro(rec.int(9)).UTC()}
		class, err := value.ParseClass(rec.text(2))
		if err != nil {
			return err
		}
		o.Override = value.Override{
			Customer: account.CustomerID(rec.int(0)), Class: class, Segment: value.Segment(rec.text(3)), Reason: rec.text(4), Note: rec.text(5),
			From: day.Day(rec.int(6)), Until: day.Day(rec.int(7)),
		}
		if !rec.null(10) {
			o.Ended = time.UnixMicro(rec.int(10)).UTC()
		}
		out = append(out, o)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("overrides: %w", err)
	}
	return out, nil
}
