package store

import (
	"context"
	"fmt"
	"time"

	"quid/account"
	"quid/fault"
)

// A Draft is what an assistant would like to be done for a customer.
type Draft struct {
	Customer account.CustomerID
	ID       int64
	Kind     string
	Content  string // JSON
	Why      string
	By       string // the name of the key
	Made     time.Time
	State    string
	Ended    time.Time
	EndedBy  string
}

// How a draft stands.
const (
	DraftOpen      = "open"
	DraftConfirmed = "confirmed"
	DraftDismissed = "dismissed"
)

const draftColumns = `customer_id, draft_id, kind, content, why, made_by, made_at, state, ended_at, ended_by`

var draftTable = tableOf("draft", commaless(draftColumns))

const (
	sqlDraft        = `SELECT ` + draftColumns + ` FROM draft WHERE customer_id = $1 AND draft_id = $2`
	sqlOpenDrafts   = `SELECT ` + draftColumns + ` FROM draft WHERE state = 'open' AND made_at >= $1 ORDER BY made_at DESC, draft_id LIMIT 500`
	sqlEndDraft     = `UPDATE draft SET state = $1, ended_at = $2, ended_by = $3 WHERE customer_id = $4 AND draft_id = $5 AND state = 'open'`
	sqlForgetDrafts = `DELETE FROM draft WHERE made_at < $1`
)

// AddDraft keeps a draft.
func (tx *Tx) AddDraft(ctx context.Context, d Draft) error {
	return tx.load(ctx, draftTable, []any{int64(d.Customer), d.ID, d.Kind, d.Content, d.Why, d.By, d.Made.UnixMicro(), d.State, since(d.Ended), d.EndedBy})
}

// Draft returns a draft for a customer.
func (r Reader) Draft(ctx context.Context, customer account.CustomerID, id int64) (Draft, error) {
	if err := r.Reach(ctx, customer); err != nil {
		return Draft{}, err
	}
	list, err := r.drafts(ctx, sqlDraft, int64(customer), id)
	return only(list, err, "draft %d", id)
}

// OpenDrafts returns those that wait and were made since an instant, the newest first, as
// far as who asks sees their customers; at most 500.
func (r Reader) OpenDrafts(ctx context.Context, from time.Time) ([]Draft, error) {
	list, err := r.drafts(ctx, sqlOpenDrafts, from.UnixMicro())
	if err != nil {
		return nil, err
	}
	return within(ctx, r, list, func(d Draft) account.CustomerID { return d.Customer })
}

func (r Reader) drafts(ctx context.Context, query string, args ...any) ([]Draft, error) {
	var out []Draft
	err := r.each(ctx, query, args, func(rec *record) error {
		out = append(out, Draft{
			account.CustomerID(rec.int(0)), rec.int(1), rec.text(2), rec.text(3), rec.text(4), rec.text(5), rec.instant(6), rec.text(7), rec.instant(8), rec.text(9),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("drafts: %w", err)
	}
	return out, nil
}

// EndDraft says what became of a draft; fault.Conflict if that is known already.
func (tx *Tx) EndDraft(ctx context.Context, d Draft) error {
	n, err := tx.exec(ctx, sqlEndDraft, d.State, d.Ended.UnixMicro(), d.EndedBy, int64(d.Customer), d.ID)
	if err == nil && n == 0 {
		err = fault.Conflict
	}
	if err != nil {
		return fmt.Errorf("draft %d: %w", d.ID, err)
	}
	return nil
}

// ForgetDrafts deletes drafts that were made before an instant.
func (tx *Tx) ForgetDrafts(ctx context.Context, before time.Time) error {
	if _, err := tx.exec(ctx, sqlForgetDrafts, before.UnixMicro()); err != nil {
		return fmt.Errorf("forget drafts: %w", err)
	}
	return nil
}
