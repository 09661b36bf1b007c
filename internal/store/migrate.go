package store

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date. Two starts at once do not meet: a lock
// file on SQLite, a session lock on PostgreSQL.
func (db *DB) migrate(ctx context.Context) (err error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	dialect := goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if db.pool != nil {
		dialect = goose.DialectPostgres
		files = rendered{files}
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	} else {
		l := flock.New(db.path + ".lock")
		if ok, err := l.TryLockContext(ctx, 50*time.Millisecond); err != nil || !ok {
			return fmt.Errorf("migrate: lock %s: %w", l.Path(), err)
		}
		defer func() { err = errors.Join(err, l.Unlock()) }()
	}
	provider, err := goose.NewProvider(dialect, db.write, files, options...)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return db.Schema(ctx)
}

const sqlSchema = `SELECT DISTINCT version_id FROM goose_db_version WHERE is_applied AND version_id > 0`

// Schema returns an error unless the schema of the book is that of this program:
// every migration is applied and none is unknown here.
func (db *DB) Schema(ctx context.Context) error {
	rows, err := db.read.QueryContext(ctx, sqlSchema)
	if err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	defer rows.Close()
	missing, err := versions()
	if err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	for rows.Next() {
		var v int64
		if err := rows.Scan(&v); err != nil {
			return fmt.Errorf("schema: %w", err)
		}
		i := slices.Index(missing, v)
		if i < 0 {
			return fmt.Errorf("schema: the book was brought to version %d by a newer Quid: start that one, or restore a backup of this one's", v)
		}
		missing = slices.Delete(missing, i, i+1)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	if len(missing) > 0 {
		return fmt.Errorf("schema: the migrations %v are not applied: start Quid again, which brings the schema up to date", missing)
	}
	return nil
}

// versions are the numbers of the migrations in this program.
func versions() ([]int64, error) {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return nil, err
	}
	var list []int64
	for _, f := range files {
		v, err := goose.NumericComponent(f.Name())
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// rendered is a folder of migrations with the words of PostgreSQL.
type rendered struct{ fs.FS }

// Open returns the rendered file.
func (r rendered) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if err != nil || path.Ext(name) != ".sql" {
		return f, err
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &renderedFile{f, bytes.NewReader([]byte(forPostgres.Replace(string(text))))}, nil
}

type renderedFile struct {
	fs.File
	text *bytes.Reader
}

func (f *renderedFile) Read(p []byte) (int, error) { return f.text.Read(p) }
