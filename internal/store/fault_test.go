package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"quid/fault"
	"quid/internal/auth/authtest"
)

func TestFaultsOfDisksAndServersAreNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want error
	}{
		{&pgconn.PgError{Code: "53100"}, fault.Unwritable},  // disk full
		{&pgconn.PgError{Code: "58030"}, fault.Unwritable},  // I/O error
		{&pgconn.PgError{Code: "25006"}, fault.Unwritable},  // may only be read
		{&pgconn.PgError{Code: "57P01"}, fault.Unavailable}, // told to end
		{&pgconn.PgError{Code: "57P03"}, fault.Unavailable}, // starting
		{&pgconn.PgError{Code: "08006"}, fault.Unavailable},
		{&pgconn.PgError{Code: "23505"}, nil},
		{syscall.ENOSPC, fault.Unwritable},
		{syscall.EROFS, fault.Unwritable},
		{io.ErrUnexpectedEOF, fault.Unavailable},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, fault.Unavailable},
		{pgconn.ErrConnClosed, fault.Unavailable},
		{context.Canceled, nil},
		{fmt.Errorf("%w: %w", context.Canceled, &net.OpError{Op: "read", Err: syscall.ECONNRESET}), nil},
		{errors.New("something of ours"), nil},
	} {
		err := Fault(fmt.Errorf("look at the book: %w", tt.err))
		for _, kind := range []error{fault.Unwritable, fault.Unavailable} {
			if got := errors.Is(err, kind); got != (kind == tt.want) {
				t.Errorf("%v is %v: %v", tt.err, kind, got)
			}
		}
		if !errors.Is(err, tt.err) {
			t.Errorf("%v hides %v", err, tt.err)
		}
	}
}

// A book that has no room is read on, says why it can't be written, and is
// written again once there is room.
func TestABookWithoutRoomIsReadOn(t *testing.T) {
	t.Parallel()
	db := openTest(t, t.TempDir()+"/test.db")
	newBook(t, db)
	limit := func(pages string) {
		t.Helper()
		if _, err := db.write.ExecContext(authtest.Context(t), "PRAGMA max_page_count = "+pages); err != nil {
			t.Fatal(err)
		}
	}
	limit("1") // no more than there are
	n := int64(0)
	var err error
	for ; err == nil && n < 10_000; n++ {
		err = post(authtest.Context(t), db, n+1)
	}
	if !errors.Is(err, fault.Unwritable) || errors.Is(err, ErrReadOnly) {
		t.Fatalf("after %d postings: %v, want that it can't be written", n, err)
	}
	if got, err := posted(authtest.Context(t), db.Read()); err != nil || int64(got) != n-1 {
		t.Errorf("%d postings are read, %v; want %d", got, err, n-1)
	}
	if f := db.Failures(); f["full"] != 1 || f["io"] != 0 || f["sync"] != 0 {
		t.Errorf("failures: %v", f)
	}
	limit("1000000")
	if err := post(authtest.Context(t), db, n+1); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestTheSchemaIsThatOfTheProgram(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		if err := db.Schema(authtest.Context(t)); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct{ change, want string }{
			{"DELETE FROM goose_db_version WHERE version_id = 2", "[2] are not applied"},
			{"INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, FALSE), (2, TRUE)", ""},
			{"INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)", "version 99999 by a newer Quid"},
		} {
			if _, err := db.write.ExecContext(authtest.Context(t), tt.change); err != nil {
				t.Fatal(err)
			}
			err := db.Schema(authtest.Context(t))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("after %s: %v, want %q", tt.change, err, tt.want)
			}
		}
		if err := db.migrate(authtest.Context(t)); err == nil {
			t.Error("a book of a newer program is opened")
		}
	})
}

func TestTheBookIsProbedMeasuredAndCounted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *DB) {
		for range 2 {
			if err := db.Probe(authtest.Context(t), now); err != nil {
				t.Fatal(err)
			}
		}
		if size, _, err := db.Size(authtest.Context(t)); err != nil || size < 4096 {
			t.Errorf("%d bytes, %v", size, err)
		}
		err := db.Write(authtest.Context(t), func(tx *Tx) error {
			return errors.Join(tx.Enqueue(authtest.Context(t), 1, "value", "", now), tx.Enqueue(authtest.Context(t), 2, "import", "7", now), tx.Enqueue(authtest.Context(t), 3, "import", "8", now.AddDate(0, 0, 1)))
		})
		if err != nil {
			t.Fatal(err)
		}
		counts, err := db.Read().JobCounts(authtest.Context(t))
		if err != nil || len(counts) != 2 || counts[0] != (JobCount{"import", "due", 2, now}) || counts[1].Jobs != 1 {
			t.Errorf("%v, %v", counts, err)
		}
		for _, p := range db.Pools() {
			if p.MaxOpenConnections == 0 {
				t.Errorf("pool %s: %+v", p.Name, p)
			}
		}
	})
}
