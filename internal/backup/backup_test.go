package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/internal/store/storetest"
	"quid/money"
	"quid/service"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func open(t *testing.T, address string) *app.App {
	t.Helper()
	db, err := store.Open(authtest.Context(t), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &app.App{DB: db, IDs: store.NewIDs(now), Now: func() time.Time { return now }, Files: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
}

// book makes a book with one customer and returns it with the customer's id and
// that of a service.
func book(t *testing.T, address string) (a *app.App, customer account.CustomerID, kind int64) {
	t.Helper()
	a = open(t, address)
	if err := a.CreateBook(authtest.Context(t), "Test", "EUR"); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(file, []byte("number;name\n1;Huber\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Import(authtest.Context(t), app.ImportRequest{Kind: intake.Customers, Path: file, Related: true}, nil); err != nil {
		t.Fatal(err)
	}
	keys, err := a.DB.Read().Keys(authtest.Context(t), "file", store.CustomerKey, []string{"1"})
	if err != nil {
		t.Fatal(err)
	}
	types, err := a.DB.Read().Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(types, func(ty service.Type) bool { return ty.Code == "hotline" })
	return a, keys["1"].Customer, types[i].ID
}

// A log keeps outside the book what was acknowledged.
type log struct {
	mu    sync.Mutex
	acked []string
}

func (l *log) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.acked)
}

// load books services, one after another, until ctx ends.
func (l *log) load(ctx context.Context, t *testing.T, a *app.App, customer account.CustomerID, kind int64) {
	for n := 0; ctx.Err() == nil; n++ {
		key := fmt.Sprintf("entry-%06d", n)
		_, err := a.RecordService(context.WithoutCancel(ctx), app.EntryDraft{Key: key, Customer: customer, Type: kind, Day: day.At(now), Quantity: 6 * money.One})
		if err != nil {
			t.Error(err)
			return
		}
		l.mu.Lock()
		l.acked = append(l.acked, key)
		l.mu.Unlock()
	}
}

// missing are the entries that were acknowledged and are not in a book.
func missing(t *testing.T, a *app.App, acked []string) (lost []string) {
	t.Helper()
	found, err := a.DB.Read().Keys(authtest.Context(t), "capture", store.EntryKey, acked)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range acked {
		if _, ok := found[key]; !ok {
			lost = append(lost, key)
		}
	}
	return lost
}

// A backup that is made while others write restores to a sound book, in which
// everything stands that was acknowledged before it began.
func TestABackupUnderLoadRestores(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			from, to := filepath.Join(t.TempDir(), "book.db"), filepath.Join(t.TempDir(), "restored.db")
			if engine == "postgres" {
				from = storetest.Postgres(t)
				to = storetest.Database(t, from)
			}
			a, customer, kind := book(t, from)
			ctx, stop := context.WithCancel(authtest.Context(t))
			defer stop()
			var l log
			var wg sync.WaitGroup
			wg.Go(func() { l.load(ctx, t, a, customer, kind) })
			for len(l.all()) < 30 {
				time.Sleep(time.Millisecond)
			}
			identity, err := age.GenerateX25519Identity()
			if err != nil {
				t.Fatal(err)
			}
			before := l.all()
			file := filepath.Join(t.TempDir(), "backup")
			if err := Write(authtest.Context(t), a.DB, from, file, []age.Recipient{identity.Recipient()}); err != nil {
				t.Fatal(err)
			}
			during := len(l.all()) - len(before)
			stop()
			wg.Wait()
			if during == 0 {
				t.Log("nothing was written while the backup was made") // it was too quick; what was before is still tried
			}
			if err := Restore(authtest.Context(t), file, to, []age.Identity{identity}); err != nil {
				t.Fatal(err)
			}
			again := open(t, to)
			if lost := missing(t, again, before); len(lost) > 0 {
				t.Errorf("%d of %d entries are lost, such as %s", len(lost), len(before), lost[0])
			}
			if results, ok, err := again.Check(authtest.Context(t)); err != nil || !ok {
				t.Errorf("the restored book is not sound: %+v, %v", results, err)
			}
			if err := Restore(authtest.Context(t), file, to, []age.Identity{identity}); !errors.Is(err, fault.Conflict) {
				t.Errorf("restored over a book: %v", err)
			}
		})
	}
}

// The weak twin: a copy of the file loses what stands in the log beside it.
func TestACopyOfTheFileLosesWrites(t *testing.T) {
	t.Parallel()
	from := filepath.Join(t.TempDir(), "book.db")
	a, customer, kind := book(t, from)
	ctx, stop := context.WithCancel(authtest.Context(t))
	var l log
	var wg sync.WaitGroup
	wg.Go(func() { l.load(ctx, t, a, customer, kind) })
	for len(l.all()) < 30 {
		time.Sleep(time.Millisecond)
	}
	before := l.all()
	text, err := os.ReadFile(from)
	stop()
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(copied, text, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(authtest.Context(t), copied)
	if err != nil {
		return // not even a book
	}
	defer db.Close()
	if lost := missing(t, &app.App{DB: db}, before); len(lost) == 0 {
		t.Error("a plain copy lost nothing: the test of the backup proves nothing")
	}
}

// What is no backup, is encrypted, or belongs elsewhere is refused with what to
// do, and leaves nothing behind.
func TestWhatCanNotBeRestoredSaysWhy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var secret bytes.Buffer
	w, err := age.Encrypt(&secret, identity.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "SQLite format 3\x00"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, file, to string
		keys           []age.Identity
		want           string
	}{
		{"a letter", write("letter", []byte("Sehr geehrte Damen und Herren")), "a.db", nil, "this is no backup of a book"},
		{"an empty file", write("empty", nil), "b.db", nil, ""},
		{"no key", write("secret", secret.Bytes()), "c.db", nil, "this backup is encrypted"},
		{"another key", write("secret", secret.Bytes()), "d.db", []age.Identity{other}, "this key does not open the backup"},
		{"cut off", write("cut", secret.Bytes()[:secret.Len()-4]), "e.db", []age.Identity{identity}, ""},
		{"the other engine", write("dump", []byte("PGDMP and more of it")), "f.db", nil, "name a postgres:// address"},
	} {
		to := filepath.Join(dir, tt.to)
		if err := Restore(authtest.Context(t), tt.file, to, tt.keys); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
		left, err := filepath.Glob(to + "*")
		if err != nil || len(left) > 0 {
			t.Errorf("%s leaves %v, %v", tt.name, left, err)
		}
	}
}

// A file that is there is left alone.
func TestABackupWritesOverNothing(t *testing.T) {
	t.Parallel()
	from := filepath.Join(t.TempDir(), "book.db")
	a, _, _ := book(t, from)
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(authtest.Context(t), a.DB, from, file, nil); !errors.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "mine" {
		t.Errorf("it says %q now, %v", text, err)
	}
}
