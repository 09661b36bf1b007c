package app

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"quid/crm"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/paper"
	"quid/internal/store"
	"quid/privacy"
)

// A userSearch finds what the book holds of somebody who works with it: what is theirs
// (account, sessions, what they did), where they stand by name (owner, author), and
// where free text names them.
type userSearch struct {
	id    int64
	by    string        // what stands in their place
	said  []string      // how they are written where one writes who it was
	same  []string      // the same, folded
	terms privacy.Terms // finds them in free text
}

// newUserSearch reads who is to be found. A name or an owner that somebody else has
// too is not looked for, since they could be meant.
func newUserSearch(ctx context.Context, r store.Reader, u store.User) (*userSearch, error) {
	s := &userSearch{id: u.ID, by: privacy.PseudonymOfUser(u.ID)}
	users, err := r.Users(ctx)
	if err != nil {
		return nil, err
	}
	shared := make(map[string]bool)
	for _, o := range users {
		if o.ID != u.ID {
			shared[crm.Fold(o.Name)], shared[crm.Fold(o.Owner)] = true, true
		}
	}
	name := strings.Fields(u.Name)
	id := privacy.Identity{Mails: []string{u.Login}}
	if len(name) > 1 && !shared[crm.Fold(u.Name)] {
		id.First, id.Last = strings.Join(name[:len(name)-1], " "), name[len(name)-1]
	}
	err = r.Persons(ctx, func(k store.KnownPerson) {
		if crm.Fold(k.Full()) == crm.Fold(u.Name) {
			id.First, id.Last = "", "" // a customer's contact has the name too
		}
	})
	s.terms = id.Terms()
	for _, text := range []string{u.Name, u.Login, u.Owner} {
		if f := crm.Fold(text); f != "" && !shared[f] && text != s.by && !slices.Contains(s.said, text) {
			s.said, s.same = append(s.said, text), append(s.same, f)
		}
	}
	return s, err
}

// theirs says whether a row is about them.
func (s *userSearch) theirs(row store.DataRow) bool {
	return row.Table.Has("user_id") && row.Int("user_id") == s.id
}

// written says whether a text of a column says that it was them.
func (s *userSearch) written(text string) bool {
	return text != "" && slices.Contains(s.same, crm.Fold(text))
}

// scrub replaces what names them in a text, and in JSON that a text is.
func (s *userSearch) scrub(text string) string {
	by, _ := json.Marshal(s.by)
	for _, said := range s.said {
		quoted, _ := json.Marshal(said)
		text = strings.ReplaceAll(text, string(quoted), string(by))
	}
	return s.terms.Scrub(text, false, s.by)
}

// namesUsers says whether a column may name somebody who works with the program.
func namesUsers(c privacy.Column) bool {
	return c.Category == privacy.OfUser || c.Category == privacy.FreeText
}

// columns are those that are looked at, besides the key.
func (s *userSearch) columns(t *privacy.Table) []string {
	out := t.Names(func(c privacy.Column) bool { return namesUsers(c) && (t.Name != "attachment" || c.Name != "content") })
	for _, c := range []string{"user_id", "revision"} {
		if t.Has(c) {
			out = append(out, c)
		}
	}
	return out
}

// patch is what becomes of a row that is about them or names them.
func (s *userSearch) patch(row store.DataRow) (store.DataPatch, bool) {
	p, t := store.DataPatch{Row: row}, row.Table
	if t.Name == "user_account" && s.theirs(row) {
		return p, false // written whole, by itself
	}
	for _, c := range t.Columns {
		before := row.Text(c.Name)
		after := before
		switch {
		case !namesUsers(c) || slices.Contains(t.Key, c.Name):
		case c.Category == privacy.FreeText:
			after = s.scrub(before)
		case !s.theirs(row) && !s.written(before):
		case c.Erasing == privacy.RowDropped || c.Erasing == privacy.ByAge:
			p.Drop = true
		case c.Erasing == privacy.Blanked:
			after = ""
		default:
			after = s.by
		}
		if after != before {
			p.Set, p.Values = append(p.Set, c.Name), append(p.Values, after)
		}
	}
	if len(p.Set) > 0 && t.Name == "customer" {
		p.Set, p.Values = append(p.Set, "revision"), append(p.Values, row.Int("revision")+1)
	}
	return p, p.Drop || len(p.Set) > 0
}

// each calls fn with the rows of the book that are about them or name them.
func (s *userSearch) each(ctx context.Context, r store.Reader, more func(*privacy.Table) []string, fn func(store.DataRow) error) error {
	for i := range store.DataMap() {
		t := &store.DataMap()[i]
		if !t.Has("user_id") && !slices.ContainsFunc(t.Columns, namesUsers) {
			continue
		}
		for row, err := range r.DataRows(ctx, t, append(s.columns(t), more(t)...), 0) {
			if err != nil {
				return err
			}
			if _, named := s.patch(row); named || s.theirs(row) {
				if err := fn(row); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func nothingMore(*privacy.Table) []string { return nil }

// EraseUser erases somebody who worked with the program (GDPR Art. 17): account,
// sessions, second factors and addresses go; where they stand as the owner or the
// author a pseudonym takes their place. The book and its log stay whole. Done again,
// it changes nothing. The last administrator can't be erased.
func (a *App) EraseUser(ctx context.Context, id int64, reason string) error {
	if err := may(ctx, auth.ManageUsers); err != nil {
		return fmt.Errorf("erase user: %w", err)
	}
	if !slices.Contains(privacy.Reasons, reason) {
		return fmt.Errorf("erase user: %w", fault.Field("reason", "choose one of those offered"))
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
		return s.each(ctx, r, all, func(row store.DataRow) error {
			out.Add(s.shown(row))
			return nil
		})
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
		names := c.Category == privacy.OfUser && s.written(text) || c.Category == privacy.FreeText && s.scrub(text) != text
		if v == nil || ok && text == "" || slices.Contains(secrets, c.Name) || !s.theirs(row) && !names {
			continue
		}
		out.Values = append(out.Values, paper.PersonValue{Column: c.Name, Value: v})
	}
	return out
}
