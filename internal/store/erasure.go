package store

import (
	"context"
	"fmt"
	"time"

	"quid/account"
	"quid/privacy"
)

// A KeptErasure is the record of an erasure, with when the database was rewritten
// after it; zero while that is still to be done.
type KeptErasure struct {
	privacy.Erasure
	Cleaned time.Time
}

const erasureColumns = `customer_id, contact_id, erasure_id, pseudonym, reason, erased_at, cleaned_at`

const (
	sqlPutErasure = `INSERT INTO erasure (` + erasureColumns + `) VALUES ($1, $2, $3, $4, $5, $6, NULL)
		ON CONFLICT (customer_id, contact_id) DO NOTHING`
	sqlErasures   = `SELECT ` + erasureColumns + ` FROM erasure ORDER BY erasure_id`
	sqlErasuresOf = `SELECT ` + erasureColumns + ` FROM erasure WHERE customer_id = $1 ORDER BY erasure_id`
	sqlCleaned    = `UPDATE erasure SET cleaned_at = $1 WHERE cleaned_at IS NULL AND erasure_id <= $2`
)

// PutErasure records that a person was erased, once. Of somebody who worked with the
// program it stands at no customer, under their id.
func (tx *Tx) PutErasure(ctx context.Context, e privacy.Erasure) error {
	contact := e.Contact
	if e.User != 0 {
		contact = e.User // ids are of one kind: none is used twice
	}
	if _, err := tx.exec(ctx, sqlPutErasure, e.Customer, contact, e.ID, e.Pseudonym, e.Reason, e.At.UnixMicro()); err != nil {
		return fmt.Errorf("record erasure: %w", err)
	}
	return nil
}

// Erasures returns who was erased, in the order it was done.
func (r Reader) Erasures(ctx context.Context) ([]KeptErasure, error) {
	return r.erasures(ctx, sqlErasures)
}

// ErasuresOf returns who was erased of a customer.
func (r Reader) ErasuresOf(ctx context.Context, customer account.CustomerID) ([]KeptErasure, error) {
	return r.erasures(ctx, sqlErasuresOf, int64(customer))
}

func (r Reader) erasures(ctx context.Context, query string, args ...any) (out []KeptErasure, err error) {
	err = r.each(ctx, query, args, func(rec *record) error {
		e := KeptErasure{Erasure: privacy.Erasure{
			Customer: rec.int(0), Contact: rec.int(1), ID: rec.int(2), Pseudonym: rec.text(3), Reason: rec.text(4), At: time.UnixMicro(rec.int(5)).UTC(),
		}}
		if e.Customer == 0 {
			e.User, e.Contact = e.Contact, 0
		}
		if !rec.null(6) {
			e.Cleaned = time.UnixMicro(rec.int(6)).UTC()
		}
		out = append(out, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("erasures: %w", err)
	}
	return out, nil
}

// SetCleaned notes that the database was rewritten after all erasures up to one.
func (tx *Tx) SetCleaned(ctx context.Context, last int64, at time.Time) error {
	if _, err := tx.exec(ctx, sqlCleaned, at.UnixMicro(), last); err != nil {
		return fmt.Errorf("erasures: %w", err)
	}
	return nil
}

const sqlCountPostings = `SELECT COUNT(*) FROM posting WHERE customer_id = $1`

// Postings counts the postings of a customer.
func (r Reader) Postings(ctx context.Context, customer account.CustomerID) (n int64, err error) {
	if err := r.q.QueryRowContext(ctx, sqlCountPostings, int64(customer)).Scan(&n); err != nil {
		return 0, fmt.Errorf("postings of %d: %w", customer, err)
	}
	return n, nil
}

// Clean rewrites the database, so that what was deleted or replaced is not left on
// pages that are free: on SQLite the file and its log, on PostgreSQL the dead rows
// of each table. It must not run within a transaction.
func (db *DB) Clean(ctx context.Context) error {
	if db.pool != nil {
		for _, t := range DataMap() {
			if _, err := db.write.ExecContext(ctx, "VACUUM "+t.Name); err != nil {
				return fmt.Errorf("clean %s: %w", t.Name, err)
			}
		}
		return nil
	}
	if _, err := db.write.ExecContext(ctx, "VACUUM"); err != nil {
		return fmt.Errorf("clean: %w", err)
	}
	// A reader that looks at an older picture holds the log for a moment.
	for try := 0; ; try++ {
		var busy, log, done int64
		if err := db.write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &done); err != nil {
			return fmt.Errorf("clean the log: %w", err)
		}
		if busy == 0 {
			return nil
		}
		if try == 20 {
			return fmt.Errorf("clean the log: somebody has been reading an older picture of the book for too long: try again")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
