// Package storetest gives tests of every room a PostgreSQL database of their own.
// No program imports it.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // registers pgx
)

// Postgres returns the address of an empty schema on the server that
// QUID_TEST_POSTGRES names. The schema goes with the test. Without a server the
// test is skipped, or fails where QUID_TEST_REQUIRE asks for all that there is.
func Postgres(t testing.TB) string {
	t.Helper()
	server := os.Getenv("QUID_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("QUID_TEST_REQUIRE") != "" {
			t.Fatal("QUID_TEST_POSTGRES is not set, and QUID_TEST_REQUIRE asks for it")
		}
		t.Skip("QUID_TEST_POSTGRES is not set")
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	name := "t_" + strings.ToLower(rand.Text())
	if err := do(t.Context(), server, "CREATE SCHEMA "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := do(context.Background(), server, "DROP SCHEMA "+name+" CASCADE"); err != nil {
			t.Error(err)
		}
	})
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// Database returns the address of an empty database beside the one that an address
// of Postgres names, with the same schema to work in. It goes with the test.
func Database(t testing.TB, beside string) string {
	t.Helper()
	u, err := url.Parse(beside)
	if err != nil {
		t.Fatal(err)
	}
	name := "d_" + strings.ToLower(rand.Text())
	if err := do(t.Context(), beside, "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := do(context.Background(), beside, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	u.Path = "/" + name
	return u.String()
}

// do runs one statement on a connection of its own.
func do(ctx context.Context, server, statement string) error {
	db, err := sql.Open("pgx", server)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, statement)
	return err
}
