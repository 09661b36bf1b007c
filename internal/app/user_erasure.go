package app

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/paper"
	"quid/internal/store"
	"quid/privacy"
)

// EraseUser erases somebody who worked with the program (GDPR Art. 17): account,
// sessions, second factors and addresses go; where they stand as the owner or the
// author, or a key, a webhook or a team is named after them, a pseudonym takes their
// place; files that were brought and name them are deleted. The book and its log stay whole. Done again,
// it changes nothing. The last administrator can't be erased.
func (a *App) EraseUser(ctx context.Context, id int64, reason string) error {
	if err := may(ctx, auth.ManageUsers); err != nil {
		return fmt.Errorf("erase user: %w", err)
	}
	if !slices.Contains(privacy.Reasons, reason) {
		return fmt.Errorf("erase user: %w", fault.Field("reason", "choose one of those offered"))
	}
	if running, err := a.DB.Read().Interrupted(ctx); err != nil || len(running) > 0 {
		if err == nil {
			err = fault.Field("reason", "a file is being taken in, which may name this person: wait until it is done")
		}
		return fmt.Errorf("erase user: %w", err)
	}
	if err := a.eraseUser(ctx, privacy.Erasure{ID: a.id(), User: id, Pseudonym: privacy.PseudonymOfUser(id), Reason: reason, At: a.Now()}); err != nil {
		return fmt.Errorf("erase user %d: %w", id, err)
	}
	return nil
}

func (a *App) eraseUser(ctx context.Context, e privacy.Erasure) error {
	u, err := a.DB.Read().User(ctx, e.User)
	if err != nil {
		return err
	}
	if u.Name == e.Pseudonym {
		return a.WriteErasures(ctx) // done before
	}
	if err := administratedBut(ctx, a.DB.Read(), u); err != nil {
		return err
	}
	s, err := newUserSearch(ctx, a.DB.Read(), u)
	if err == nil {
		s.skip = a.skipErased
		err = a.sweepUser(ctx, s)
	}
	if err != nil {
		return err
	}
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		gone := store.User{
			ID: u.ID, Login: FoldLogin(e.Pseudonym), Name: e.Pseudonym, Role: u.Role, Visibility: u.Visibility, Suspended: u.Suspended, Left: u.Left, Revision: u.Revision + 1, Created: u.Created,
		}
		if gone.Left.IsZero() {
			gone.Left = a.Now()
		}
		err := errors.Join(administratedBut(ctx, tx.Reader, u), a.shut(ctx, tx, u.ID, ""), tx.DropTokens(ctx, u.ID), tx.DropPasskeys(ctx, u.ID), tx.PutRecovery(ctx, u.ID, nil), tx.PutUser(ctx, gone))
		if err != nil {
			return err
		}
		return errors.Join(tx.PutErasure(ctx, e), a.audit(ctx, tx, act{What: "erased", Noun: "user", ID: u.ID, Before: told(u), After: map[string]string{"reason": e.Reason}}),
			a.enqueue(ctx, tx, CleanJob, ""))
	})
	if err != nil {
		return err
	}
	if err := a.sweepUser(ctx, s); err != nil { // what was written meanwhile
		return err
	}
	if s.skip != "files" {
		if _, err := a.dropNaming(ctx, s.inFile); err != nil {
			return err
		}
	}
	return a.WriteErasures(ctx)
}

// administratedBut refuses to let the last administrator go.
func administratedBut(ctx context.Context, r store.Reader, u store.User) error {
	users, err := r.Users(ctx)
	if err != nil || u.Role != auth.Administrator || !u.Active() {
		return err
	}
	if slices.ContainsFunc(users, func(o store.User) bool { return o.ID != u.ID && o.Role == auth.Administrator && o.Active() }) {
		return nil
	}
	return fault.Field("role", "somebody must stay administrator: make another one first")
}

// sweepUser replaces what names them wherever it stands.
func (a *App) sweepUser(ctx context.Context, s *userSearch) error {
	for range mostSweeps {
		var patches []store.DataPatch
		err := s.each(ctx, a.DB.Read(), nothingMore, func(row store.DataRow) error {
			if p, ok := s.patch(row); ok {
				patches = append(patches, p)
			}
			return nil
		})
		if err != nil || len(patches) == 0 {
			return err
		}
		for some := range slices.Chunk(patches, 500) {
			err := a.DB.Write(ctx, func(tx *store.Tx) error {
				var now []store.DataPatch
				for _, p := range some {
					row, there, err := tx.Again(ctx, p.Row)
					if err != nil {
						return err
					}
					if p, ok := s.patch(row); there && ok {
						now = append(now, p)
					}
				}
				return errors.Join(tx.Patch(ctx, now), tx.Touch(ctx))
			})
			if err != nil {
				return err
			}
		}
		if s.skip != "" {
			return nil
		}
	}
	return fmt.Errorf("others keep writing about them: %w", fault.Conflict)
}

// secrets are columns about somebody that are told to nobody, not even to them.
var secrets = []string{"password", "totp", "totp_step", "handle", "session_hash", "token_hash", "credential", "content", "code_hash", "key_hash", "hash"}

// ExportUser writes what the book holds about somebody who works with it, as a ZIP: a
// page to read in a language, and the same for programs. It is theirs to have, and of
// who manages users.
func (a *App) ExportUser(ctx context.Context, w io.Writer, id int64, lang string) error {
	if auth.From(ctx).User != id || id == 0 {
		if err := may(ctx, auth.ManageUsers); err != nil {
			return fmt.Errorf("export user: %w", err)
		}
	}
	data, err := a.userData(ctx, id)
	if err != nil {
		return fmt.Errorf("export user %d: %w", id, err)
	}
	if err := a.NoteSeen(ctx, "user", id, 0); err != nil {
		return err
	}
	z := zip.NewWriter(w)
	for name, write := range map[string]func(io.Writer) error{
		"data.json": func(w io.Writer) error { return writePersonJSON(w, data) },
		"data.html": func(w io.Writer) error { return paper.WritePerson(w, data, lang) },
	} {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: a.Now()})
		if err == nil {
			err = write(f)
		}
		if err != nil {
			return fmt.Errorf("export user %d: %w", id, err)
		}
	}
	return z.Close()
}

// userData gathers all that the book holds about somebody, by the data map.
func (a *App) userData(ctx context.Context, id int64) (paper.PersonData, error) {
	out := paper.PersonData{Made: a.Now()}
	err := a.DB.Look(ctx, func(r store.Reader) error {
		u, err := r.User(ctx, id)
		if err != nil {
			return err
		}
		book, err := r.Book(ctx)
		if err != nil {
			return err
		}
		out.Book, out.Digits, out.Currency, out.Name = book.Name, book.Digits, book.Currency, u.Name
		if out.Company, err = r.Company(ctx); err != nil {
			return err
		}
		s, err := newUserSearch(ctx, r, u)
		if err != nil {
			return err
		}
		all := func(t *privacy.Table) []string {
			return t.Names(func(c privacy.Column) bool { return t.Has("user_id") && !slices.Contains(secrets, c.Name) })
		}
		err = s.each(ctx, r, all, func(row store.DataRow) error {
			out.Add(s.shown(row))
			return nil
		})
		if err != nil {
			return err
		}
		files, err := a.namingFiles(s.inFile)
		for _, name := range slices.DeleteFunc(files, isStatements) {
			out.Add(paper.PersonRow{Table: "brought_file", Values: []paper.PersonValue{{Column: "name", Value: a.calledOf(ctx, name)}}})
		}
		return err
	})
	return out, err
}

// shown is all of a row about them but secrets, and what names them of another.
func (s *userSearch) shown(row store.DataRow) paper.PersonRow {
	t := row.Table
	out := paper.PersonRow{Table: t.Name, ID: row.Int(t.Key[len(t.Key)-1])}
	for _, c := range t.Columns {
		v := row.Value(c.Name)
		text, ok := v.(string)
		names := namesUsers(c) && s.becomes(t, c, text) != text
		if v == nil || ok && text == "" || t.Has("user_id") && slices.Contains(secrets, c.Name) || !s.theirs(row) && !names {
			continue
		}
		out.Values = append(out.Values, paper.PersonValue{Column: c.Name, Value: v})
	}
	return out
}
