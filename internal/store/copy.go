package store

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// CopyTo writes a copy of a book in SQLite to a file that is not there yet, as of
// one instant, while others read and write. Copying the file itself would lose
// what stands in the log beside it.
func (db *DB) CopyTo(ctx context.Context, path string) (err error) {
	if db.path == "" {
		return errors.New("copy: only a book in SQLite can be copied to a file")
	}
	// The file is made first, so that nobody else may read it.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	defer func() {
		_, off := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA query_only = 1")
		err = errors.Join(err, off, conn.Close())
	}()
	if _, err := conn.ExecContext(ctx, "PRAGMA query_only = 0"); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	if _, err := conn.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	return nil
}
