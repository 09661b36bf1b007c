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
	return nil
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
