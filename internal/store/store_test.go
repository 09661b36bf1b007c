package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"quid/fault"
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
		server := os.Getenv("QUID_TEST_POSTGRES")
		if server == "" {
			if os.Getenv("QUID_TEST_REQUIRE") != "" {
				t.Fatal("QUID_TEST_POSTGRES is not set, and QUID_TEST_REQUIRE asks for it")
			}
			t.Skip("QUID_TEST_POSTGRES is not set")
		}
		t.Parallel()
		test(t, openTest(t, schema(t, server)))
	})
}

// schema makes an empty schema on the server and returns its address.
func schema(t *testing.T, server string) string {
	t.Helper()
	name := "t_" + strings.ToLower(rand.Text())
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE SCHEMA "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		db, err := sql.Open("pgx", server)
		if err != nil {
			t.Error(err)
			return
		}
		defer db.Close()
		if _, err := db.ExecContext(context.Background(), "DROP SCHEMA "+name+" CASCADE"); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

var _ = stdlib.GetDefaultDriver // registers pgx

func openTest(t *testing.T, address string) *DB {
	t.Helper()
	db, err := Open(t.Context(), address)
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
		if _, err := db.Read().Book(t.Context()); !errors.Is(err, fault.NotFound) {
			t.Fatalf("Book of an empty database: %v, want not found", err)
		}
		add := func() error {
			return db.Write(t.Context(), func(tx *Tx) error {
				return tx.AddBook(t.Context(), Book{Name: "Test", Currency: "EUR", Digits: 2, Created: now})
			})
		}
		if err := add(); err != nil {
			t.Fatal(err)
		}
		if err := add(); err == nil {
			t.Fatal("a second book was created")
		}
		b, err := db.Read().Book(t.Context())
		if err != nil || b.Currency != "EUR" || !b.Created.Equal(now) {
			t.Fatalf("Book = %+v, %v", b, err)
		}
	})
}
