package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
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

	// Kept statements, on SQLite only.
	writing, reading *cache

	keep *keeper // SQLite only

	// Pause, if it is set, is called between the statements of bulk loads: it may
	// sleep for some milliseconds to let somebody who waits for a page go first.
	Pause func()

	writers atomic.Int32 // who waits for the connection that writes
	trouble trouble      // what kept the book from being written

	owners atomic.Pointer[owners] // of all customers, as they were read last
}

func (db *DB) pause() {
	if db.Pause != nil {
		db.Pause()
	}
}

// bulk is how many rows make a load that gives way: what a person saves is less.
const bulk = 10

// Contended says that somebody waits for the connection that writes: whoever holds
// it should not pause then.
func (db *DB) Contended() bool { return db.writers.Load() > 0 }

// giveWay pauses between the statements of a load of so many rows. It does not
// where somebody waits to write: a load holds what they wait for.
func (db *DB) giveWay(rows int) {
	if rows >= bulk && !db.Contended() {
		db.pause()
	}
}

// A querier is what *sql.DB and *sql.Tx have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// A Reader reads, either from a DB or, with its own writes visible, in a Tx.
type Reader struct {
	q    querier
	db   *DB
	conn *sql.Conn // of a look at PostgreSQL, for big reads

	writes bool // it is of a transaction that writes: what it sees may never be
}

// A Tx reads and writes in one transaction.
type Tx struct {
	Reader
	tx   *sql.Tx
	conn *sql.Conn // that tx runs on, for COPY
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
	if err := db.migrate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Engine is the name of the engine: sqlite or postgres.
func (db *DB) Engine() string { return db.engine.name }

// Writers is how many may load rows at once and gain by it: one on SQLite.
func (db *DB) Writers() int {
	if db.pool == nil {
		return 1
	}
	return min(runtime.GOMAXPROCS(0), runtime.NumCPU(), 4)
}

// Close gives back all connections.
func (db *DB) Close() error {
	for _, c := range []*cache{db.writing, db.reading} {
		if c != nil {
			c.close()
		}
	}
	var err error
	if db.keep != nil {
		err = db.keep.close()
	}
	err = errors.Join(err, db.write.Close())
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
func (db *DB) Read() Reader {
	if db.reading != nil {
		db.reading.fill(context.Background())
	}
	return Reader{q: db.asker(db.reading, nil), db: db}
}

// Look runs fn on one consistent, read-only picture of the book.
func (db *DB) Look(ctx context.Context, fn func(Reader) error) error {
	r, tx, end, err := db.look(ctx)
	if err != nil {
		return err
	}
	defer end()
	defer tx.Rollback() // a look leaves nothing behind
	return fn(r)
}

// away is how long a write waits for a server that restarts before it gives up.
const away = 5 * time.Second

// Write runs fn in a transaction: all of what fn writes is kept if fn returns
// nil, none of it otherwise. Their effect is as if one ran after another.
// A lost race is tried again until the context ends, a lost server for a few
// seconds, so fn may run more than once and must have no effect outside tx.
//
// An error is fault.Unwritable where the disk is full or fails, and
// fault.Unavailable where the server is out of reach. If the server went while it
// was told to commit, nobody knows whether it did: that is not tried again, since
// it might be done twice.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	return db.writeUntilDone(ctx, true, fn)
}

// WriteUnsynced is Write for a part of something that a later Write ends: SQLite's
// commit does not wait for the disk. A power cut may take it back, together with
// all that came after it; the next Write makes it last, as that waits for the
// whole log.
func (db *DB) WriteUnsynced(ctx context.Context, fn func(*Tx) error) error {
	return db.writeUntilDone(ctx, false, fn)
}

func (db *DB) writeUntilDone(ctx context.Context, synced bool, fn func(*Tx) error) error {
	if err := db.ReadOnly(); err != nil {
		return err
	}
	waited := time.Duration(0) // for a server
	for try := 0; ; try++ {
		committing, err := db.writeOnce(ctx, synced, fn)
		if err == nil {
			return nil
		}
		err = Fault(err)
		lost := errors.Is(err, fault.Unavailable) && !committing && waited < away
		if !lost && !db.engine.retry(err) {
			return db.trouble.note(err)
		}
		pause := time.Duration(5<<min(try, 6)) * time.Millisecond
		pause = pause/2 + rand.N(pause) // #nosec G404 -- chance against collisions, not a secret
		if lost {
			waited += pause
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(pause):
		}
	}
}

// writeOnce tries a transaction once. committing says that its fate was in the
// hands of the server when it failed.
func (db *DB) writeOnce(ctx context.Context, synced bool, fn func(*Tx) error) (committing bool, err error) {
	if !synced && db.keep != nil {
		db.keep.bulk.Lock()
		//lint:ignore SA2001 the log goes first: waiting is all
		db.keep.bulk.Unlock()
	}
	conn, err := db.writer(ctx)
	if err != nil {
		return false, fmt.Errorf("begin: %w", err)
	}
	defer conn.Close()
	again := func() {}
	if !synced && db.writing != nil {
		if again, err = unsync(ctx, conn); err != nil {
			return false, fmt.Errorf("begin: %w", err)
		}
		defer again()
	}
	tx, err := conn.BeginTx(ctx, &db.engine.write)
	if err != nil {
		return false, fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() // does nothing once committed
	if err := fn(&Tx{Reader: Reader{q: db.asker(db.writing, tx), db: db, writes: true}, tx: tx, conn: conn}); err != nil {
		return false, err
	}
	if err := tx.Commit(); err != nil {
		return true, fmt.Errorf("commit: %w", err)
	}
	if db.writing != nil {
		again()
		_ = conn.Close() // it is committed, whatever becomes of the connection
		db.writing.fill(ctx)
		db.keep.committed()
	}
	return false, nil
}

// writer waits for the connection that writes.
func (db *DB) writer(ctx context.Context) (*sql.Conn, error) {
	db.writers.Add(1)
	defer db.writers.Add(-1)
	return db.write.Conn(ctx)
}

// unsync makes commits of SQLite's connection not wait for the disk until the
// function it returns is called. A connection that can't be told so is given up.
func unsync(ctx context.Context, conn *sql.Conn) (done func(), err error) {
	done = sync.OnceFunc(func() {
		if _, err := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA synchronous = FULL"); err != nil {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn })
		}
	})
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous = NORMAL"); err != nil {
		done()
		return nil, err
	}
	return done, nil
}

// exec runs a statement that is no bulk load.
func (tx *Tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := tx.execer().ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// drop deletes a row of a customer who is within reach: fault.NotFound if there is none.
func (tx *Tx) drop(ctx context.Context, query, what string, ref Ref) error {
	if err := tx.Reach(ctx, ref.Customer); err != nil {
		return err
	}
	n, err := tx.exec(ctx, query, ref.Customer, ref.ID)
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return fmt.Errorf("%s %d: %w", what, ref.ID, err)
	}
	return nil
}

// execer runs statements: kept ones on SQLite.
func (tx *Tx) execer() interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
} {
	if tx.db.writing != nil {
		return statements{tx.db.writing, tx.tx}
	}
	return tx.tx
}

// A table is where rows are loaded in bulk.
type table struct {
	name    string
	columns []string
	inserts map[int]string // the statements, by how many rows they insert
}

// tableOf describes a table by its name and its columns, blank-separated.
func tableOf(name, columns string) *table {
	t := &table{name: name, columns: strings.Fields(columns), inserts: make(map[int]string)}
	for _, k := range bulkRows {
		t.inserts[k] = t.insert(k)
	}
	return t
}

// bulkRows are how many rows one statement inserts on SQLite: a hundred was
// measured best; the rest of a load goes in tens and ones, so that no statement
// is prepared for a number of rows that does not come again.
var bulkRows = []int{100, 10, 1}

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
	for _, k := range bulkRows {
		if len(args) < k*n {
			continue
		}
		// With a context that can be cancelled the driver starts a goroutine for
		// every statement; the transaction looks at it at its end anyway.
		background := context.WithoutCancel(ctx)
		for ; len(args) >= k*n; args = args[k*n:] {
			if _, err := tx.execer().ExecContext(background, t.inserts[k], args[:k*n]...); err != nil {
				return fmt.Errorf("load %s: %w", t.name, err)
			}
			tx.db.giveWay(k)
		}
	}
	return ctx.Err()
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

// FileOf returns the path of the file that an address names; ok is false where it
// names a server.
func FileOf(address string) (path string, ok bool) { return sqlitePath(address) }
