package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"quid/fault"
)

// ErrReadOnly says that the disk did not confirm what was written. What the system
// still holds of it may be lost without a further word, so asking again would be
// told a lie: nothing is written until the book is opened anew.
var ErrReadOnly = errors.New("the disk did not confirm a write, so the book is read only until Quid is started again")

// Fault names what an error of a disk or a server means to a caller:
// fault.Unwritable, fault.Unavailable, or neither. DB.Write has done so already;
// who reads may ask.
func Fault(err error) error {
	if err == nil || errors.Is(err, fault.Unwritable) || errors.Is(err, fault.Unavailable) {
		return err
	}
	switch {
	case unsynced(err):
		return fmt.Errorf("%w: %w: %w", fault.Unwritable, ErrReadOnly, err)
	case full(err) || failing(err):
		return fmt.Errorf("%w: %w", fault.Unwritable, err)
	case gone(err):
		return fmt.Errorf("%w: %w", fault.Unavailable, err)
	}
	return err
}

// unsynced says that a disk did not confirm a write. (PostgreSQL ends itself then,
// and recovers from its log.)
func unsynced(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code() == sqlite3.SQLITE_IOERR_FSYNC || e.Code() == sqlite3.SQLITE_IOERR_DIR_FSYNC)
}

// full says that there is no room.
func full(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()&0xff == sqlite3.SQLITE_FULL
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "53100"
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// failing says that a disk doesn't do what it is told, or may only be read.
func failing(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
			return true
		}
		return false
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "58030" || e.Code == "25006"
	}
	return errors.Is(err, syscall.EIO) || errors.Is(err, syscall.EROFS)
}

// gone says that the server ended or was not reached.
func gone(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case "57P01", "57P02", "57P03", "53300": // told to end, crashed, starting, no connection left
			return true
		}
		return strings.HasPrefix(e.Code, "08")
	}
	if errors.Is(err, context.Canceled) {
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	_, network := errors.AsType[*net.OpError](err)
	return network || errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF)
}

// A trouble counts what kept a book from being written.
type trouble struct {
	full, failing, unsynced, gone atomic.Int64
}

// note counts an error of Fault.
func (t *trouble) note(err error) error {
	switch {
	case errors.Is(err, ErrReadOnly):
		t.unsynced.Add(1)
	case errors.Is(err, fault.Unavailable):
		t.gone.Add(1)
	case errors.Is(err, fault.Unwritable) && full(err):
		t.full.Add(1)
	case errors.Is(err, fault.Unwritable):
		t.failing.Add(1)
	}
	return err
}

// ReadOnly returns an error once the disk did not confirm a write.
func (db *DB) ReadOnly() error {
	if db.trouble.unsynced.Load() == 0 {
		return nil
	}
	return fmt.Errorf("%w: %w", fault.Unwritable, ErrReadOnly)
}

// Failures counts the writes that failed since the book was opened, by why: the
// disk is full, it fails, it did not confirm, the server was out of reach.
func (db *DB) Failures() map[string]int64 {
	return map[string]int64{
		"full": db.trouble.full.Load(), "io": db.trouble.failing.Load(),
		"sync": db.trouble.unsynced.Load(), "unavailable": db.trouble.gone.Load(),
	}
}
