package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"quid/day"
	"quid/fault"
)

const sqlSetting = `SELECT value FROM setting WHERE name = $1`

// Setting returns a setting of the book, "" if it was never set.
func (r Reader) Setting(ctx context.Context, name string) (string, error) {
	var value string
	err := one(r.q.QueryRowContext(ctx, sqlSetting, name).Scan(&value))
	if err != nil && !errors.Is(err, fault.NotFound) {
		return "", fmt.Errorf("setting %s: %w", name, err)
	}
	return value, nil
}

const sqlPutSetting = `
	INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`

// PutSetting writes a setting of the book.
func (tx *Tx) PutSetting(ctx context.Context, name, value string) error {
	if _, err := tx.exec(ctx, sqlPutSetting, name, value); err != nil {
		return fmt.Errorf("put setting %s: %w", name, err)
	}
	return nil
}

// A Closing says when the book was closed up to which day, or opened again.
type Closing struct {
	ID     int64
	Until  day.Day
	Reason string
	Made   time.Time
}

const (
	sqlCloseBook  = `UPDATE book SET closed_until = $1 WHERE one = 1`
	sqlAddClosing = `INSERT INTO closing (closing_id, closed_until, reason, made_at) VALUES ($1, $2, $3, $4)`
	sqlClosings   = `SELECT closing_id, closed_until, reason, made_at FROM closing ORDER BY closing_id DESC`
)

// CloseBook sets the last closed day and notes it.
func (tx *Tx) CloseBook(ctx context.Context, c Closing) error {
	if _, err := tx.exec(ctx, sqlCloseBook, int64(c.Until)); err != nil {
		return fmt.Errorf("close book: %w", err)
	}
	if _, err := tx.exec(ctx, sqlAddClosing, c.ID, int64(c.Until), c.Reason, c.Made.UnixMicro()); err != nil {
		return fmt.Errorf("close book: %w", err)
	}
	return nil
}

// Closings returns when the book was closed or opened, the newest first.
func (r Reader) Closings(ctx context.Context) ([]Closing, error) {
	var out []Closing
	err := r.each(ctx, sqlClosings, nil, func(rec *record) error {
		out = append(out, Closing{rec.int(0), day.Day(rec.int(1)), rec.text(2), time.UnixMicro(rec.int(3)).UTC()})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("closings: %w", err)
	}
	return out, nil
}
