package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"filippo.io/age"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/backup"
	"quid/privacy"
)

// backupCmd writes a backup of a book that may be in use.
type backupCmd struct {
	Out        string   `name:"out" required:"" type:"path" placeholder:"FILE" help:"The file to write; it must not be there yet."`
	Recipients []string `name:"recipient" placeholder:"KEY" help:"Encrypt for a public key of age (age1…); may be given several times."`
	JSON       bool     `name:"json" help:"Print JSON."`
}

// Run writes the backup, whole or not at all.
func (c *backupCmd) Run(ctx context.Context, s *session) error {
	var recipients []age.Recipient
	for _, text := range c.Recipients {
		r, err := age.ParseX25519Recipient(strings.TrimSpace(text))
		if err != nil {
			return usageError{fmt.Errorf("--recipient %s: write a public key of age, such as age1…", text)}
		}
		recipients = append(recipients, r)
	}
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := backup.Write(ctx, b.DB, s.address, c.Out, recipients); err != nil {
		return err
	}
	info, err := os.Stat(c.Out)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.json(map[string]any{"file": c.Out, "bytes": info.Size(), "encrypted": len(recipients) > 0})
	}
	_, err = fmt.Fprintf(s.out, "backup of %s: %s, %d bytes\n", b.Book.Name, c.Out, info.Size())
	return err
}

// restoreCmd makes a book from a backup, where there is none.
type restoreCmd struct {
	File     string `arg:"" type:"existingfile" help:"The backup."`
	Identity string `name:"identity" type:"existingfile" placeholder:"FILE" help:"The file with age's secret key, for a backup that is encrypted."`
	Erasures string `name:"erasures" placeholder:"FILE" help:"The list of erasures to do again; else the one beside the book."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run restores, brings the schema up to date and proves that the book is sound.
func (c *restoreCmd) Run(ctx context.Context, s *session) error {
	identities, err := c.identities()
	if err != nil {
		return err
	}
	list, err := c.erasures(s)
	if err != nil {
		return err
	}
	err = backup.Restore(ctx, c.File, s.address, identities)
	if errors.Is(err, fault.Conflict) {
		return fmt.Errorf("%w; a backup is never restored over a book: name another place with --db", err)
	}
	if err != nil {
		return err
	}
	if err := c.eraseAgain(ctx, s, list); err != nil {
		return err
	}
	return (&checkCmd{JSON: c.JSON}).Run(ctx, s)
}

// erasures reads who was erased since the backup was made: the list that is named,
// else the one beside the book. It is read before anything is written.
func (c *restoreCmd) erasures(s *session) ([]privacy.Erasure, error) {
	path := c.Erasures
	if path == "" {
		path = erasuresBeside(s.address)
	}
	list, err := app.ReadErasures(path)
	if c.Erasures == "" && errors.Is(err, fs.ErrNotExist) {
		s.say("quid: there is no list of erasures at %s: if anybody was erased since the backup was made, name the list with --erasures", path)
		return nil, nil
	}
	return list, err
}

// eraseAgain erases whom the list names.
func (c *restoreCmd) eraseAgain(ctx context.Context, s *session, list []privacy.Erasure) error {
	b, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	n, err := b.ReplayErasures(ctx, list)
	if err != nil {
		return fmt.Errorf("the backup is restored, but not everybody is erased again: don't use the book; %w", err)
	}
	if n > 0 {
		s.say("quid: %d persons who were erased since the backup was made are erased again", n)
	}
	return b.WriteErasures(ctx)
}

func (c *restoreCmd) identities() ([]age.Identity, error) {
	if c.Identity == "" {
		return nil, nil
	}
	f, err := os.Open(c.Identity)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	ids, err := age.ParseIdentities(f)
	if err != nil {
		return nil, fmt.Errorf("%s: this is no secret key of age: %w", c.Identity, err)
	}
	return ids, nil
}
