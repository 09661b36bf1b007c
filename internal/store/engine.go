package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// An engine is what differs between SQLite and PostgreSQL.
type engine struct {
	name  string
	write sql.TxOptions
	look  sql.TxOptions
	retry func(error) bool // the transaction lost a race and may be tried again
	taken func(error) bool // a unique key exists already
	keyed bool             // tables lie in the order of their keys: a range of customers is a piece of each
}

// forPostgres swaps SQLite's strict type names for PostgreSQL's. Text compares
// byte by byte, as in SQLite, whatever locale the server runs in.
var forPostgres = strings.NewReplacer(
	" TEXT", ` TEXT COLLATE "C"`,
	" INTEGER", " BIGINT",
	" REAL", " DOUBLE PRECISION",
	" BLOB", " BYTEA",
	") STRICT, WITHOUT ROWID;", ");",
	") STRICT;", ");",
)

var sqliteEngine = engine{
	name:  "sqlite",
	keyed: true,
	look:  sql.TxOptions{ReadOnly: true},
	retry: func(err error) bool {
		e, ok := errors.AsType[*sqlite.Error](err)
		return ok && e.Code()&0xff == sqlite3.SQLITE_BUSY
	},
	taken: func(err error) bool {
		e, ok := errors.AsType[*sqlite.Error](err)
		return ok && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
	},
}

var postgresEngine = engine{
	name:  "postgres",
	write: sql.TxOptions{Isolation: sql.LevelSerializable},
	look:  sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
	retry: func(err error) bool {
		e, ok := errors.AsType[*pgconn.PgError](err)
		return ok && (e.Code == "40001" || e.Code == "40P01")
	},
	taken: func(err error) bool {
		e, ok := errors.AsType[*pgconn.PgError](err)
		return ok && e.Code == "23505"
	},
}

// pragmas are set on every connection of SQLite. synchronous FULL: a commit that
// was acknowledged survives power loss (docs/decisions). The log is written back
// every 64 MB, not every 4: a bulk load would do so at each commit. The writer
// has a cache of 32 MB, each of the readers 16: what they miss, the system has.
// They take twice as much memory: a page and what belongs to it are a little more
// than 4 KB, which the allocator rounds up to 8.
const pragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)&_pragma=wal_autocheckpoint(16384)&_time_format=sqlite"

// openSQLite opens a file with one writing connection and a pool of readers.
func openSQLite(path string) (*DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	dsn := "file:" + (&url.URL{Path: filepath.ToSlash(abs)}).EscapedPath() + "?" + pragmas
	write, err := sql.Open("sqlite", dsn+"&_pragma=cache_size(-32768)&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", dsn+"&_pragma=cache_size(-16384)&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close())
	}
	read.SetMaxOpenConns(8)
	read.SetMaxIdleConns(8)
	db := &DB{engine: &sqliteEngine, write: write, read: read, path: abs, writing: newCache(write), reading: newCache(read)}
	if db.keep, err = newKeeper(dsn, db.writer, db.trouble.note); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close(), read.Close())
	}
	return db, nil
}

// openPostgres opens a pool on a server.
func openPostgres(ctx context.Context, address string) (*DB, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("open postgres: %w", err)
	}
	config.MaxConns = max(config.MaxConns, 8)
	config.ConnConfig.ConnectTimeout = 10 * time.Second
	// The sums of a million customers fit in memory. Statements over all customers
	// follow the key, in whose order they are wanted, rather than sort all rows
	// (disks have no heads to move any more); they alone are worth compiling. What
	// was committed stands on the disk, whatever the server is used to.
	config.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SET work_mem = '64MB'; SET random_page_cost = 1.1; SET jit_above_cost = 200000; "+
			"SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open postgres: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	db.SetMaxIdleConns(0)
	return &DB{engine: &postgresEngine, write: db, read: db, pool: pool}, nil
}

// copyIn loads rows by COPY within the transaction's connection.
func copyIn(ctx context.Context, conn *sql.Conn, t *table, args []any) error {
	return conn.Raw(func(raw any) error {
		c := raw.(*stdlib.Conn).Conn()
		n := len(t.columns)
		_, err := c.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromSlice(len(args)/n, func(i int) ([]any, error) {
			return args[i*n : (i+1)*n], nil
		}))
		return err
	})
}

// eachRaw calls fn with every row of a statement on the connection of a
// transaction, in PostgreSQL's binary form: a big read makes no value of its own
// for every number.
func eachRaw(ctx context.Context, conn *sql.Conn, query string, args []any, fn func(*record) error) error {
	plain := make([]any, len(args))
	for i, arg := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return fmt.Errorf("argument %d: %w", i+1, err)
		}
		plain[i] = v
	}
	return conn.Raw(func(c any) error {
		rows, err := c.(*stdlib.Conn).Conn().Query(ctx, query, plain...)
		if err != nil {
			return err
		}
		defer rows.Close()
		rec := &record{fields: rows.FieldDescriptions()}
		for rows.Next() {
			rec.raw = rows.RawValues()
			if err := fn(rec); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// rawInt reads a whole number in PostgreSQL's binary form.
func rawInt(b []byte) int64 {
	switch len(b) {
	case 8:
		return int64(binary.BigEndian.Uint64(b))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(b)))
	}
	return 0
}

// rawFloat reads a number in PostgreSQL's binary form.
func rawFloat(b []byte, field pgconn.FieldDescription) float64 {
	if field.DataTypeOID == pgtype.Float8OID && len(b) == 8 {
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	}
	return float64(rawInt(b))
}

// isFile says whether an address names an existing SQLite file.
func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && !st.IsDir()
}
