package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

// TestOnlyAPartIsWrittenUnsynced checks that a commit does not wait for the disk
// where it need not, and that the connection does so again afterwards, whatever
// became of the transaction.
func TestOnlyAPartIsWrittenUnsynced(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const normal, full = 1, 2
	check := func(want int) func(*Tx) error {
		return func(tx *Tx) error {
			t.Helper()
			var got int
			err := tx.tx.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&got)
			if got != want {
				t.Errorf("synchronous is %d, want %d", got, want)
			}
			return err
		}
	}
	broken := errors.New("broken")
	ctx, cancel := context.WithCancel(t.Context())
	for _, write := range []func() error{
		func() error { return db.WriteUnsynced(t.Context(), check(normal)) },
		func() error { return db.WriteUnsynced(t.Context(), func(*Tx) error { return broken }) },
		func() error { return db.WriteUnsynced(ctx, func(*Tx) error { cancel(); return ctx.Err() }) },
	} {
		if err := write(); err != nil && !errors.Is(err, broken) && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), check(full)); err != nil {
			t.Fatal(err)
		}
	}
}
