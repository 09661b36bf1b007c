// Package backup writes a book that is in use to one file, and makes a book from
// such a file where there is none.
//
// A book in SQLite becomes a file that is itself a book (VACUUM INTO: a copy of
// the file would lose what stands in the log beside it); one in PostgreSQL what
// pg_dump writes. Either is encrypted with age where recipients are given. A
// backup is there whole or not at all, and a restore never writes over a book.
package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"

	"quid/fault"
	"quid/internal/store"
)

// What the first bytes of a backup say.
var (
	sqliteMark   = []byte("SQLite format 3\x00")
	postgresMark = []byte("PGDMP")
	ageMark      = []byte("age-encryption.org/v1")
)

// Write writes a backup of the open book at an address to a file that is not
// there yet. What was committed before it began is in it.
func Write(ctx context.Context, db *store.DB, address, to string, recipients []age.Recipient) (err error) {
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("backup: %w", fault.Field("out", to+" is there already: choose another name"))
	}
	part := to + ".part"
	defer func() {
		if err != nil {
			err = errors.Join(err, gone(part))
		}
	}()
	if db.Engine() == "sqlite" {
		err = fromSQLite(ctx, db, part, recipients)
	} else {
		err = sealed(part, recipients, func(w io.Writer) error { return dump(ctx, address, w) })
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return settle(part, to)
}

// fromSQLite copies the book, and encrypts the copy where that is asked for: then
// a plain copy stands beside it for as long as that takes, readable by us alone.
func fromSQLite(ctx context.Context, db *store.DB, part string, recipients []age.Recipient) (err error) {
	if len(recipients) == 0 {
		return db.CopyTo(ctx, part)
	}
	plain := part + ".plain"
	defer func() { err = errors.Join(err, gone(plain)) }()
	if err := db.CopyTo(ctx, plain); err != nil {
		return err
	}
	return sealed(part, recipients, func(w io.Writer) error {
		f, err := os.Open(plain)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	})
}

// sealed writes a file, encrypted where there are recipients.
func sealed(path string, recipients []age.Recipient, write func(io.Writer) error) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if len(recipients) == 0 {
		return write(f)
	}
	w, err := age.Encrypt(f, recipients...)
	if err != nil {
		return err
	}
	if err := write(w); err != nil {
		return err
	}
	return w.Close()
}

// settle lets a finished file survive a power cut and gives it its name.
func settle(part, to string) error {
	for _, path := range []string{part, filepath.Dir(part)} {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return fmt.Errorf("keep %s: %w", path, err)
		}
	}
	return os.Rename(part, to)
}

func gone(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Restore makes a book at an address from a backup. Where there is a book
// already, it is left alone and fault.Conflict returned.
func Restore(ctx context.Context, from, address string, identities []age.Identity) error {
	f, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer f.Close()
	r, err := plain(f, identities)
	if err != nil {
		return fmt.Errorf("restore %s: %w", from, err)
	}
	var head [16]byte
	n, err := io.ReadFull(r, head[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("restore %s: %w", from, err)
	}
	r = io.MultiReader(bytes.NewReader(head[:n]), r)
	path, file := store.FileOf(address)
	switch {
	case bytes.HasPrefix(head[:n], sqliteMark) && file:
		err = toSQLite(r, path)
	case bytes.HasPrefix(head[:n], postgresMark) && !file:
		err = load(ctx, address, r)
	case bytes.HasPrefix(head[:n], sqliteMark):
		err = fault.Field("db", "this is the backup of a book in SQLite: name a file")
	case bytes.HasPrefix(head[:n], postgresMark):
		err = fault.Field("db", "this is the backup of a book in PostgreSQL: name a postgres:// address")
	default:
		err = fault.Field("file", "this is no backup of a book")
	}
	if err != nil {
		return fmt.Errorf("restore %s: %w", from, err)
	}
	return nil
}

// plain reads a backup, decrypted where it has to be.
func plain(f *os.File, identities []age.Identity) (io.Reader, error) {
	head := make([]byte, len(ageMark))
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if !bytes.Equal(head[:n], ageMark) {
		return f, nil
	}
	if len(identities) == 0 {
		return nil, fault.Field("identity", "this backup is encrypted: name the file with its key")
	}
	r, err := age.Decrypt(f, identities...)
	if _, none := errors.AsType[*age.NoIdentityMatchError](err); none {
		return nil, fault.Field("identity", "this key does not open the backup")
	}
	return r, err
}

// toSQLite writes the book as a file, whole or not at all.
func toSQLite(r io.Reader, path string) (err error) {
	for _, end := range []string{"", "-wal", "-shm"} {
		if _, err := os.Lstat(path + end); err == nil {
			return fmt.Errorf("there is a book at %s already: %w", path+end, fault.Conflict)
		}
	}
	part := path + ".part"
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	err = sealed(part, nil, func(w io.Writer) error {
		_, err := io.Copy(w, r)
		return err
	})
	if err != nil {
		return errors.Join(err, gone(part))
	}
	return settle(part, path)
}
