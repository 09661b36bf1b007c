package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"quid/fault"
)

// Looks runs fn on n readers that see the same facts, so that a big read can be
// split over as many goroutines, each with a reader of its own.
//
// Every reader is one picture of the book as Look gives it. That they are the
// same picture is seen by book.changed, which every change of facts raises: if
// somebody wrote while they began, they begin again.
func (db *DB) Looks(ctx context.Context, n int, fn func([]Reader) error) error {
	for {
		same, err := db.looksOnce(ctx, n, fn)
		if same || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// look begins one picture of the book. end gives its connection back, after the
// transaction has ended.
func (db *DB) look(ctx context.Context) (r Reader, tx *sql.Tx, end func(), err error) {
	end = func() {}
	begin := db.read.BeginTx
	if db.pool != nil {
		conn, err := db.read.Conn(ctx)
		if err != nil {
			return r, nil, nil, fmt.Errorf("begin look: %w", err)
		}
		begin, r.conn, end = conn.BeginTx, conn, func() { conn.Close() }
	}
	if tx, err = begin(ctx, &db.engine.look); err != nil {
		end()
		return r, nil, nil, fmt.Errorf("begin look: %w", err)
	}
	r.q, r.db = db.asker(db.reading, tx), db
	return r, tx, end, nil
}

// looksOnce says whether the readers saw the same facts, so that fn ran.
func (db *DB) looksOnce(ctx context.Context, n int, fn func([]Reader) error) (same bool, err error) {
	readers := make([]Reader, 0, n)
	var txs []*sql.Tx
	var ends []func()
	defer func() {
		for i, tx := range txs {
			if e := tx.Rollback(); e != nil && !errors.Is(e, sql.ErrTxDone) && err == nil && ctx.Err() == nil {
				err = fmt.Errorf("end look: %w", e)
			}
			ends[i]()
		}
	}()
	var first int64
	for i := range n {
		r, tx, end, err := db.look(ctx)
		if err != nil {
			return false, err
		}
		txs, ends = append(txs, tx), append(ends, end)
		changed, err := r.changed(ctx) // the first statement takes the picture
		if err != nil {
			return false, err
		}
		if i == 0 {
			first = changed
		}
		if changed != first {
			return false, nil
		}
		readers = append(readers, r)
	}
	return true, fn(readers)
}

const sqlChanged = `SELECT COALESCE(MAX(changed), 0) FROM book`

// changed returns how often facts changed, 0 before the book is there.
func (r Reader) changed(ctx context.Context) (int64, error) {
	var n int64
	if err := r.q.QueryRowContext(ctx, sqlChanged).Scan(&n); err != nil {
		return 0, fmt.Errorf("look at the book: %w", err)
	}
	return n, nil
}

// A record is one row of a big read: whole numbers, texts and NULLs as the
// driver gives them. Scanning into it costs a third of scanning into typed
// variables, which counts over millions of rows.
type record struct {
	values []any
	into   []any

	// On PostgreSQL instead: the columns in its binary form, nil for NULL.
	raw    [][]byte
	fields []pgconn.FieldDescription
}

func newRecord(n int) *record {
	rec := &record{values: make([]any, n), into: make([]any, n)}
	for i := range rec.values {
		rec.into[i] = &rec.values[i]
	}
	return rec
}

// int returns a whole number, 0 for NULL.
func (rec *record) int(i int) int64 {
	if rec.raw != nil {
		return rawInt(rec.raw[i])
	}
	v, _ := rec.values[i].(int64)
	return v
}

// instant is a moment of time; zero where there is none.
func (rec *record) instant(i int) time.Time {
	if rec.null(i) {
		return time.Time{}
	}
	return time.UnixMicro(rec.int(i)).UTC()
}

// null says whether a column is NULL.
func (rec *record) null(i int) bool {
	if rec.raw != nil {
		return rec.raw[i] == nil
	}
	return rec.values[i] == nil
}

// float returns a number, 0 for NULL.
func (rec *record) float(i int) float64 {
	if rec.raw != nil {
		return rawFloat(rec.raw[i], rec.fields[i])
	}
	switch v := rec.values[i].(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	}
	return 0
}

// text returns a text, "" for NULL.
func (rec *record) text(i int) string {
	if rec.raw != nil {
		return string(rec.raw[i])
	}
	v, _ := rec.values[i].(string)
	return v
}

// bytes returns a BLOB, valid until the next row.
func (rec *record) bytes(i int) []byte {
	if rec.raw != nil {
		return rec.raw[i]
	}
	v, _ := rec.values[i].([]byte)
	return v
}

// only is the one thing of a list that was read by its key: fault.NotFound, and what it is
// that was looked for, if nothing is there.
func only[T any](list []T, err error, what string, key ...any) (T, error) {
	if err == nil && len(list) == 0 {
		err = fmt.Errorf(what+": %w", append(key, fault.NotFound)...)
	}
	if err != nil {
		var none T
		return none, err
	}
	return list[0], nil
}

// each calls fn with every row of a statement.
func (r Reader) each(ctx context.Context, query string, args []any, fn func(*record) error) error {
	if r.conn != nil {
		return eachRaw(ctx, r.conn, query, args, fn)
	}
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	rec := newRecord(len(columns))
	for rows.Next() {
		if err := rows.Scan(rec.into...); err != nil {
			return err
		}
		if err := fn(rec); err != nil {
			return err
		}
	}
	return rows.Err()
}
