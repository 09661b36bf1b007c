package store

import (
	"context"
	"fmt"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
)

// A Link is what was opened to somebody without a login. Kind is one of package
// link.
type Link struct {
	ID       int64
	Customer account.CustomerID
	Kind     int8
	Lang     string
	From, To day.Day // the period: its first and its last day
	Shows    string  // what is shown beside, in words; blanks between
	Ends     day.Day // the last day on which it opens
	By       string
	Made     time.Time
	Revoked  time.Time // zero while it stands
}

var linkTable = tableOf("link", "customer_id link_id kind lang from_day to_day shows ends_on made_by made_at revoked_at")

// AddLink writes a new link.
func (tx *Tx) AddLink(ctx context.Context, l Link) error {
	return tx.load(ctx, linkTable, []any{
		int64(l.Customer), l.ID, int64(l.Kind), l.Lang, int64(l.From), int64(l.To), l.Shows, int64(l.Ends), l.By, l.Made.UnixMicro(), since(l.Revoked),
	})
}

const sqlRevokeLink = `UPDATE link SET revoked_at = $1 WHERE customer_id = $2 AND link_id = $3 AND revoked_at IS NULL`

// RevokeLink takes a link back, from an instant on; one that is not there or was
// taken back already is fault.NotFound.
func (tx *Tx) RevokeLink(ctx context.Context, customer account.CustomerID, id int64, at time.Time) error {
	n, err := tx.exec(ctx, sqlRevokeLink, at.UnixMicro(), customer, id)
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return fmt.Errorf("revoke link %d: %w", id, err)
	}
	return nil
}

const (
	linkColumns = `customer_id, link_id, kind, lang, from_day, to_day, shows, ends_on, made_by, made_at, revoked_at`
	sqlLink     = `SELECT ` + linkColumns + ` FROM link WHERE customer_id = $1 AND link_id = $2`
	sqlLinksOf  = `SELECT ` + linkColumns + ` FROM link WHERE customer_id = $1 AND kind = $2 ORDER BY link_id DESC`
)

// Link returns a link.
func (r Reader) Link(ctx context.Context, customer account.CustomerID, id int64) (Link, error) {
	if err := r.Reach(ctx, customer); err != nil {
		return Link{}, err
	}
	all, err := r.links(ctx, sqlLink, int64(customer), id)
	if err == nil && len(all) == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return Link{}, fmt.Errorf("link %d: %w", id, err)
	}
	return all[0], nil
}

// LinksOf returns the links of a kind that a customer was given, newest first.
func (r Reader) LinksOf(ctx context.Context, customer account.CustomerID, kind int8) ([]Link, error) {
	return r.links(ctx, sqlLinksOf, int64(customer), int64(kind))
}

func (r Reader) links(ctx context.Context, query string, args ...any) ([]Link, error) {
	var out []Link
	err := r.each(ctx, query, args, func(rec *record) error {
		l := Link{
			Customer: account.CustomerID(rec.int(0)), ID: rec.int(1), Kind: int8(rec.int(2)), Lang: rec.text(3), From: day.Day(rec.int(4)), To: day.Day(rec.int(5)),
			Shows: rec.text(6), Ends: day.Day(rec.int(7)), By: rec.text(8), Made: time.UnixMicro(rec.int(9)).UTC(),
		}
		if !rec.null(10) {
			l.Revoked = time.UnixMicro(rec.int(10)).UTC()
		}
		out = append(out, l)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("links: %w", err)
	}
	return out, nil
}
