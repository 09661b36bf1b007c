package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"quid/internal/auth/authtest"
)

// TestTheKeeperWritesTheLogBack checks that what is committed comes into the file
// without a commit that does it.
func TestTheKeeperWritesTheLogBack(t *testing.T) {
	t.Parallel()
	db, err := Open(authtest.Context(t), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Write(authtest.Context(t), func(tx *Tx) error {
		_, err := tx.exec(authtest.Context(t), "CREATE TABLE heap (b BLOB)")
		if err == nil { // less than what a commit writes back
			_, err = tx.exec(authtest.Context(t), "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) INSERT INTO heap SELECT randomblob(3000) FROM n", backlog+100)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		all, written, err := db.keep.checkpoint("NOOP")
		if err != nil {
			t.Fatal(err)
		}
		if written > backlog {
			break
		}
		if time.Since(start) > 20*time.Second {
			t.Fatalf("%d of %d pages are written back", written, all)
		}
	}
}

// TestTheLogBeginsAnewWhileSomebodyWrites checks that it does so before a commit has
// to write it back, though nobody pauses.
func TestTheLogBeginsAnewWhileSomebodyWrites(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := Open(authtest.Context(t), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Write(authtest.Context(t), func(tx *Tx) error {
		_, err := tx.exec(authtest.Context(t), "CREATE TABLE heap (b BLOB)")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	const commits, pages = 100, 300 // 30,000 pages: commits write 16,384 back
	for range commits {
		if err := db.Write(authtest.Context(t), func(tx *Tx) error {
			_, err := tx.exec(authtest.Context(t), "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) INSERT INTO heap SELECT zeroblob(3000) FROM n", pages)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	log, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if kept := log.Size() / 4096; kept >= 16_000 {
		t.Errorf("the log grew to %d pages: commits wrote it back", kept)
	}
}
