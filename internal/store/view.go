package store

import (
	"context"
	"fmt"
	"time"

	"quid/fault"
)

// A View is a list that somebody saved: a name and the query of its address.
type View struct {
	ID    int64
	Name  string
	Query string // as in the address of the page, without the question mark
	Made  time.Time
}

const sqlInsertView = `INSERT INTO view (view_id, name, query, made_at) VALUES ($1, $2, $3, $4)`

// AddView keeps a view.
func (tx *Tx) AddView(ctx context.Context, v View) error {
	if _, err := tx.exec(ctx, sqlInsertView, v.ID, v.Name, v.Query, v.Made.UnixMicro()); err != nil {
		return fmt.Errorf("add view %d: %w", v.ID, err)
	}
	return nil
}

const sqlDeleteView = `DELETE FROM view WHERE view_id = $1`

// DeleteView forgets a view.
func (tx *Tx) DeleteView(ctx context.Context, id int64) error {
	n, err := tx.exec(ctx, sqlDeleteView, id)
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return fmt.Errorf("delete view %d: %w", id, err)
	}
	return nil
}

const (
	sqlViews = `SELECT view_id, name, query, made_at FROM view ORDER BY view_id`
	sqlView  = `SELECT view_id, name, query, made_at FROM view WHERE view_id = $1`
)

// Views returns all saved views, the oldest first.
func (r Reader) Views(ctx context.Context) ([]View, error) { return r.views(ctx, sqlViews) }

// View returns a saved view.
func (r Reader) View(ctx context.Context, id int64) (View, error) {
	vs, err := r.views(ctx, sqlView, id)
	return only(vs, err, "view %d", id)
}

func (r Reader) views(ctx context.Context, query string, args ...any) ([]View, error) {
	var out []View
	err := r.each(ctx, query, args, func(rec *record) error {
		out = append(out, View{rec.int(0), rec.text(1), rec.text(2), time.UnixMicro(rec.int(3)).UTC()})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("views: %w", err)
	}
	return out, nil
}
