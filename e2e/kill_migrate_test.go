package e2e

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"quid/internal/store"
)

// migrateBook asks the test program to bring a book's schema up to date and to
// end; the weak twin does so without transactions.
const migrateBook = "QUID_E2E_MIGRATE"

const migrationFiles = "../internal/store/migrations"

func migrateHere(path string) error {
	if os.Getenv(serveWeak) == "" {
		db, err := store.Open(context.Background(), path)
		if err != nil {
			return err
		}
		return db.Close()
	}
	p, db, err := migrator(path, torn{os.DirFS(migrationFiles)})
	if err != nil {
		return err
	}
	_, err = p.Up(context.Background())
	return errors.Join(err, db.Close())
}

func migrator(path string, files fs.FS) (*goose.Provider, *sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxOpenConns(1)
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	return p, db, err
}

// torn is a folder of migrations whose statements stand each for itself.
type torn struct{ fs.FS }

// Open returns the file with the word that says so.
func (t torn) Open(name string) (fs.File, error) {
	f, err := t.FS.Open(name)
	if err != nil || filepath.Ext(name) != ".sql" {
		return f, err
	}
	text, err := io.ReadAll(f)
	return &tornFile{f, bytes.NewReader(append([]byte("-- +goose NO TRANSACTION\n"), text...))}, err
}

type tornFile struct {
	fs.File
	text *bytes.Reader
}

func (f *tornFile) Read(p []byte) (int, error) { return f.text.Read(p) }

// oldRows is how many rows each of the larger tables of an old book has.
const oldRows = 40_000

// oldBook makes a book as the second migration left it, with many rows.
func oldBook(t *testing.T, path string) {
	t.Helper()
	p, db, err := migrator(path, os.DirFS(migrationFiles))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := p.UpTo(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"invoice", "invoice_line", "interaction", "service_entry"} {
		rows, err := db.QueryContext(t.Context(), "SELECT name, type FROM pragma_table_info($1) WHERE \"notnull\" = 1 AND dflt_value IS NULL", table)
		if err != nil {
			t.Fatal(err)
		}
		var names, values []string
		for rows.Next() {
			var name, kind string
			if err := rows.Scan(&name, &kind); err != nil {
				t.Fatal(err)
			}
			value := "n"
			if kind == "TEXT" {
				value = "'t' || n"
			}
			names, values = append(names, name), append(values, value)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		fill := fmt.Sprintf("WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d) INSERT INTO %s (%s) SELECT %s FROM c",
			oldRows, table, strings.Join(names, ", "), strings.Join(values, ", "))
		if _, err := db.ExecContext(t.Context(), fill); err != nil {
			t.Fatal(err)
		}
	}
}

// shape is the schema of a book and how many rows the larger tables have.
func shape(t *testing.T, path string) (text string, versions int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.QueryRowContext(t.Context(), `SELECT
		(SELECT GROUP_CONCAT(sql, ';') FROM (SELECT COALESCE(sql, name) AS sql FROM sqlite_schema ORDER BY name)) || (SELECT COUNT(*) FROM invoice)
			|| ' ' || (SELECT COUNT(*) FROM invoice_line) || ' ' || (SELECT COUNT(*) FROM interaction) || ' ' || (SELECT COUNT(*) FROM service_entry)
			|| (SELECT GROUP_CONCAT(integrity_check) FROM pragma_integrity_check),
		(SELECT COUNT(DISTINCT version_id) FROM goose_db_version)`).Scan(&text, &versions)
	if err != nil {
		t.Fatal(err)
	}
	return text, versions
}

// migrate starts the program that migrates.
func migrate(t *testing.T, path, weak string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), migrateBook+"="+path, serveWeak+"="+weak)
	cmd.Stderr = new(strings.Builder)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// Promise 1, migration: kill -9 at any moment of bringing a larger book up to date;
// the next start makes the schema whole, the same as without a kill, and no row is
// lost. The weak twin migrates without transactions and must fail the same check.
func TestAKilledMigrationIsMadeWhole(t *testing.T) {
	t.Parallel()
	old := filepath.Join(t.TempDir(), "old.db")
	oldBook(t, old)
	peace := copyBook(t, old, filepath.Join(t.TempDir(), "peace.db"))
	start := time.Now()
	if err := migrate(t, peace, "").Wait(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	want, all := shape(t, peace)
	for _, weak := range []string{"", "torn"} {
		t.Run("weak="+weak, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(8, 5))
			kills, between := 0, 0
			var err error
			for try := 0; kills < 5 && try < 60; try++ {
				path := copyBook(t, old, filepath.Join(t.TempDir(), fmt.Sprint("book-", try, ".db")))
				cmd := migrate(t, path, weak)
				time.Sleep(time.Duration(rng.Int64N(int64(took))))
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
				text, versions := shape(t, path)
				if versions == all || !strings.Contains(text, "goose") {
					continue // it had ended
				}
				kills++
				if versions > 3 { // 0, 1 and 2 were there
					between++
				}
				again := migrate(t, path, weak)
				if e := again.Wait(); e != nil {
					err = errors.Join(err, fmt.Errorf("after a kill it doesn't start: %w: %s", e, again.Stderr))
					continue
				}
				if got, _ := shape(t, path); got != want {
					err = errors.Join(err, errors.New("after a kill the schema or the rows are others"))
				}
			}
			if (weak != "") != (err != nil) {
				t.Errorf("%v", err)
			}
			if kills < 5 || between == 0 {
				t.Errorf("%d kills while it migrated, %d of them between migrations: the test proves nothing", kills, between)
			}
			t.Logf("%d kills while it migrated, %d of them between migrations, in up to %v; %v", kills, between, took.Round(time.Millisecond), err)
		})
	}
}
