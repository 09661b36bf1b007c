package app

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"quid/crm"
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
	words []string      // of their name and how they come in, folded, if nobody else has them
	named [][2]string   // keys, webhooks and teams that are named after them: what they are called, and will be
	skip  string        // tests: a column, or files, that a weak erasure leaves
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
			for _, w := range wordsOf(o) {
				shared[w] = true
			}
		}
	}
	for _, w := range wordsOf(u) {
		if utf8.RuneCountInString(w) >= shortestWord && !shared[w] && !slices.Contains(strings.Fields(crm.Fold(s.by)), w) {
			s.words = append(s.words, w)
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
	if err != nil {
		return nil, err
	}
	return s, s.readLabels(ctx, r)
}

// shortestWord is how long a word of a name must be to be looked for by itself in what
// somebody called a key, a webhook or a team.
const shortestWord = 3

// wordsOf are the words by which colleagues call somebody, folded.
func wordsOf(u store.User) []string {
	local, _, _ := strings.Cut(u.Login, "@")
	return strings.FieldsFunc(crm.Fold(u.Name+" "+local+" "+u.Owner), func(r rune) bool { return strings.ContainsRune(" .-_+", r) })
}

// labels are what colleagues call things: first names and all ("Annas key").
var labels = []string{"api_key.name", "webhook.name", "team.name"}

// readLabels finds what is named after them: it stands as an author elsewhere.
func (s *userSearch) readLabels(ctx context.Context, r store.Reader) error {
	for _, label := range labels {
		table, column, _ := strings.Cut(label, ".")
		for row, err := range r.DataRows(ctx, store.TableOf(table), []string{column}, 0) {
			if err != nil {
				return err
			}
			before := row.Text(column)
			if after := s.label(before); after != before {
				s.named = append(s.named, [2]string{before, after})
			}
		}
	}
	return nil
}

// aWord matches the words of a label, with what German or English hangs on names.
var aWord = regexp.MustCompile(`[\p{L}\p{M}\p{N}]+(?:['’]s)?`)

// label is what somebody called a thing, without them.
func (s *userSearch) label(text string) string {
	return aWord.ReplaceAllStringFunc(s.scrub(text), func(w string) string {
		w2, _, _ := strings.Cut(strings.ReplaceAll(w, "’", "'"), "'")
		f := crm.Fold(w2)
		if slices.Contains(s.words, f) || strings.HasSuffix(f, "s") && slices.Contains(s.words, f[:len(f)-1]) {
			return s.by
		}
		return w
	})
}

// inFile says whether a text that was brought names them, in a sentence or as a cell.
func (s *userSearch) inFile(text string) bool {
	if s.terms.In(text, false) {
		return true
	}
	for cell := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",;\t|\r\n\"<>", r) }) {
		if slices.ContainsFunc(s.said, func(said string) bool { return strings.EqualFold(strings.TrimSpace(cell), said) }) {
			return true
		}
	}
	return false
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
	for _, said := range s.said {
		text = strings.ReplaceAll(text, quoted(said), quoted(s.by))
	}
	return s.terms.Scrub(text, false, s.by)
}

// quoted is a text as JSON writes it.
func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
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

// becomes is what a text is after the erasure, of a row that is not theirs.
func (s *userSearch) becomes(t *privacy.Table, c privacy.Column, text string) string {
	switch {
	case slices.Contains(labels, t.Name+"."+c.Name):
		return s.label(text)
	case t.Name == "audit" && c.Category == privacy.FreeText: // it tells what things were called
		for _, n := range s.named {
			text = strings.ReplaceAll(text, quoted(n[0]), quoted(n[1]))
		}
		return s.scrub(text)
	case c.Category == privacy.FreeText:
		return s.scrub(text)
	case s.written(text):
		return s.by
	}
	if i := slices.IndexFunc(s.named, func(n [2]string) bool { return n[0] == text }); i >= 0 {
		return s.named[i][1]
	}
	return text
}

// patch is what becomes of a row that is about them or names them.
func (s *userSearch) patch(row store.DataRow) (store.DataPatch, bool) {
	p, t := store.DataPatch{Row: row}, row.Table
	if t.Name == "user_account" && s.theirs(row) {
		return p, false // written whole, by itself
	}
	for _, c := range t.Columns {
		if !namesUsers(c) || t.Name+"."+c.Name == s.skip {
			continue
		}
		before := row.Text(c.Name)
		after := s.becomes(t, c, before)
		switch {
		case c.Category == privacy.FreeText:
			if after != before && slices.Contains(t.Key, c.Name) {
				p.Drop = true
			}
		case after == before && !s.theirs(row):
		case c.Erasing == privacy.RowDropped || c.Erasing == privacy.ByAge:
			p.Drop = true
		case c.Erasing == privacy.Blanked:
			after = ""
		case after == before:
			after = s.by
		}
		if after != before && !slices.Contains(t.Key, c.Name) {
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
