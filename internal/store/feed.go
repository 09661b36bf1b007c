package store

import (
	"context"
	"fmt"
	"time"

	"quid/fault"
)

// A Feed is an address under which a calendar reads tasks. The book keeps the
// hash of its secret only.
type Feed struct {
	ID      int64
	Hash    string // SHA-256 of the secret, in hexadecimal
	Owner   string // whose tasks; "": everybody's
	Made    time.Time
	Revoked time.Time // zero while it works
}

const (
	sqlFeeds      = `SELECT feed_id, hash, owner, made_at, revoked_at FROM calendar_feed ORDER BY feed_id DESC`
	sqlFeed       = `SELECT feed_id, hash, owner, made_at, revoked_at FROM calendar_feed WHERE hash = $1`
	sqlInsertFeed = `INSERT INTO calendar_feed (feed_id, hash, owner, made_at) VALUES ($1, $2, $3, $4)`
	sqlRevokeFeed = `UPDATE calendar_feed SET revoked_at = $1 WHERE feed_id = $2 AND revoked_at IS NULL`
)

// Feeds returns all addresses for calendars, the newest first.
func (r Reader) Feeds(ctx context.Context) ([]Feed, error) { return r.feeds(ctx, sqlFeeds) }

// FeedByHash returns the address whose secret has a hash; one that was revoked is
// not found.
func (r Reader) FeedByHash(ctx context.Context, hash string) (Feed, error) {
	fs, err := r.feeds(ctx, sqlFeed, hash)
	if err == nil && (len(fs) == 0 || !fs[0].Revoked.IsZero()) {
		err = fmt.Errorf("calendar: %w", fault.NotFound)
	}
	if err != nil {
		return Feed{}, err
	}
	return fs[0], nil
}

func (r Reader) feeds(ctx context.Context, query string, args ...any) ([]Feed, error) {
	var out []Feed
	err := r.each(ctx, query, args, func(rec *record) error {
		f := Feed{ID: rec.int(0), Hash: rec.text(1), Owner: rec.text(2), Made: time.UnixMicro(rec.int(3)).UTC()}
		if !rec.null(4) {
			f.Revoked = time.UnixMicro(rec.int(4)).UTC()
		}
		out = append(out, f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("calendars: %w", err)
	}
	return out, nil
}

// AddFeed writes a new address.
func (tx *Tx) AddFeed(ctx context.Context, f Feed) error {
	if _, err := tx.exec(ctx, sqlInsertFeed, f.ID, f.Hash, f.Owner, f.Made.UnixMicro()); err != nil {
		return fmt.Errorf("add calendar: %w", err)
	}
	return nil
}

// RevokeFeed ends an address for good.
func (tx *Tx) RevokeFeed(ctx context.Context, id int64, at time.Time) error {
	n, err := tx.exec(ctx, sqlRevokeFeed, at.UnixMicro(), id)
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return fmt.Errorf("revoke calendar %d: %w", id, err)
	}
	return nil
}
