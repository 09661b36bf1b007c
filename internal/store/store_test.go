package store

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"quid/fault"
	"quid/internal/auth/authtest"
	"quid/internal/store/storetest"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// onEach runs test on an empty database of every engine. SQLite always runs.
// PostgreSQL runs where QUID_TEST_POSTGRES names a server, as it does in make
// test, each test in a schema of its own.
func onEach(t *testing.T, test func(*testing.T, *DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, openTest(t, filepath.Join(t.TempDir(), "test.db")))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, openTest(t, storetest.Postgres(t)))
	})
}

func openTest(t *testing.T, address string) *DB {
	t.Helper()
	db, err := Open(authtest.Context(t), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestABookIsCreatedOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		if _, err := db.Read().Book(authtest.Context(t)); !errors.Is(err, fault.NotFound) {
			t.Fatalf("Book of an empty database: %v, want not found", err)
		}
		add := func() error {
			return db.Write(authtest.Context(t), func(tx *Tx) error {
				return tx.AddBook(authtest.Context(t), Book{Name: "Test", Currency: "EUR", Digits: 2, Created: now})
			})
		}
		if err := add(); err != nil {
			t.Fatal(err)
		}
		if err := add(); err == nil {
			t.Fatal("a second book was created")
		}
		b, err := db.Read().Book(authtest.Context(t))
		if err != nil || b.Currency != "EUR" || !b.Created.Equal(now) {
			t.Fatalf("Book = %+v, %v", b, err)
		}
	})
}
