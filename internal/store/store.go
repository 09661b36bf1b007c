package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"quid/fault"
)

// A DB is an open book on one of the engines.
type DB struct {
	engine *engine
	write  *sql.DB
	read   *sql.DB
	pool   *pgxpool.Pool // PostgreSQL only
	path   string        // SQLite only

	mu       sync.Mutex
	prepared map[*table]*sql.Stmt // of full rows, on SQLite's one writing connection
}

// A querier is what *sql.DB and *sql.Tx have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// A Reader reads, either from a DB or, with its own writes visible, in a Tx.
type Reader struct {
	q  querier
	db *DB
}

// A Tx reads and writes in one transaction.
type Tx struct {
	Reader
	tx   *sql.Tx
	conn *sql.Conn // that tx runs on, for COPY

	wanted []*table // full rows were loaded without a kept statement
}

// Exists says whether the address names something to open: a file that is
// there, or any PostgreSQL address.
func Exists(address string) bool {
	path, ok := sqlitePath(address)
	return !ok || isFile(path)
}

// sqlitePath returns the path of an address that names a file.
func sqlitePath(address string) (string, bool) {
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		return "", false
	}
	return strings.TrimPrefix(address, "sqlite:"), true
}

// Open opens the address (a file, or postgres://…) and brings its schema up to
// date. now is when, for the lock of migrations.
func Open(ctx context.Context, address string) (*DB, error) {
	var db *DB
	var err error
	if path, ok := sqlitePath(address); ok {
		db, err = openSQLite(path)
	} else {
		db, err = openPostgres(ctx, address)
	}
	if err != nil {
		return nil, err
	}
	db.prepared = make(map[*table]*sql.Stmt)
	if err := db.migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Engine is the name of the engine: sqlite or postgres.
func (db *DB) Engine() string { return db.engine.name }

// Close gives back all connections.
func (db *DB) Close() error {
	db.mu.Lock()
	for _, s := range db.prepared {
		s.Close()
	}
	clear(db.prepared)
	db.mu.Unlock()
	err := db.write.Close()
	if db.read != db.write {
		err = errors.Join(err, db.read.Close())
	}
	if db.pool != nil {
		db.pool.Close()
	}
	return err
}

// Read is a Reader outside any transaction: each statement sees what was
// committed before it.
func (db *DB) Read() Reader { return Reader{db.read, db} }

// Look runs fn on one consistent, read-only picture of the book.
func (db *DB) Look(ctx context.Context, fn func(Reader) error) error {
	tx, err := db.read.BeginTx(ctx, &db.engine.look)
	if err != nil {
		return fmt.Errorf("begin look: %w", err)
	}
	defer tx.Rollback() // a look leaves nothing behind
	return fn(Reader{tx, db})
}

// Write runs fn in a transaction: all of what fn writes is kept if fn returns
// nil, none of it otherwise. Their effect is as if one ran after another.
// A lost race is tried again until the context ends, so fn may run more than
// once and must have no effect outside tx.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	for try := 0; ; try++ {
		err := db.writeOnce(ctx, fn)
		if err == nil || !db.engine.retry(err) {
			return err
		}
		pause := time.Duration(5<<min(try, 6)) * time.Millisecond
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(pause/2 + rand.N(pause)): //nolint:gosec // chance against collisions, not a secret
		}
	}
}

func (db *DB) writeOnce(ctx context.Context, fn func(*Tx) error) error {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, &db.engine.write)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() // does nothing once committed
	t := &Tx{Reader: Reader{tx, db}, tx: tx, conn: conn}
	if err := fn(t); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if err := conn.Close(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return db.keep(ctx, t.wanted)
}

// keep prepares the bulk statements a transaction wanted, for the next one.
func (db *DB) keep(ctx context.Context, wanted []*table) error {
	for _, t := range wanted {
		stmt, err := db.write.PrepareContext(ctx, t.insert(bulkRows))
		if err != nil {
			return fmt.Errorf("prepare %s: %w", t.name, err)
		}
		db.mu.Lock()
		if old := db.prepared[t]; old != nil {
			old.Close()
		}
		db.prepared[t] = stmt
		db.mu.Unlock()
	}
	return nil
}

// exec runs a statement that is no bulk load.
func (tx *Tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := tx.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// A table is where rows are loaded in bulk.
type table struct {
	name    string
	columns []string
}

// tableOf describes a table by its name and its columns, blank-separated.
func tableOf(name, columns string) *table { return &table{name, strings.Fields(columns)} }

// bulkRows is how many rows one statement inserts on SQLite (measured best).
const bulkRows = 100

// insert returns the statement that inserts n rows.
func (t *table) insert(n int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES ")
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(t.columns)), ", ") + ")"
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(row)
	}
	return b.String()
}

// load inserts rows given as one flat slice of values: COPY on PostgreSQL,
// many rows a statement on SQLite.
func (tx *Tx) load(ctx context.Context, t *table, args []any) error {
	if len(args) == 0 {
		return nil
	}
	if tx.db.pool != nil {
		if err := copyIn(ctx, tx.conn, t, args); err != nil {
			return fmt.Errorf("load %s: %w", t.name, err)
		}
		return nil
	}
	n := len(t.columns)
	for len(args) > 0 {
		k := min(bulkRows, len(args)/n)
		stmt, err := tx.prepare(ctx, t, k)
		if err != nil {
			return fmt.Errorf("load %s: %w", t.name, err)
		}
		if _, err := stmt.ExecContext(ctx, args[:k*n]...); err != nil {
			return fmt.Errorf("load %s: %w", t.name, err)
		}
		args = args[k*n:]
	}
	return nil
}

// prepare returns the statement that inserts k rows. Those of full rows are
// kept; preparing them on the pool would wait for the one connection this
// transaction holds, so the first transaction prepares its own.
func (tx *Tx) prepare(ctx context.Context, t *table, k int) (*sql.Stmt, error) {
	if k == bulkRows {
		tx.db.mu.Lock()
		stmt := tx.db.prepared[t]
		tx.db.mu.Unlock()
		if stmt != nil {
			return tx.tx.StmtContext(ctx, stmt), nil
		}
		if !slices.Contains(tx.wanted, t) {
			tx.wanted = append(tx.wanted, t)
		}
	}
	return tx.tx.PrepareContext(ctx, t.insert(k))
}

// one turns "no rows" into fault.NotFound.
func one(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.NotFound
	}
	return err
}

// null stores a zero as NULL.
func null[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// ptr stores what p points to, or NULL.
func ptr[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// since stores an instant in microseconds, NULL for none.
func since(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// in writes n placeholders from $first on: ($3, $4, $5).
func in(first, n int) string {
	var b strings.Builder
	b.WriteByte('(')
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", first+i)
	}
	b.WriteByte(')')
	return b.String()
}
