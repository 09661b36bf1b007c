package app

import (
	"context"
	"slices"

	"quid/crm"
	"quid/internal/store"
	"quid/privacy"
)

// A search finds what the book holds of a person, table by table of the data map.
type search struct {
	person privacy.Person
	whole  bool                      // the person is the customer: every row of it is about them
	known  []store.KnownPerson       // the person, and the contacts of a person who is the customer
	own    []naming                  // finds them in rows of their own customer
	other  []naming                  // finds them in all other rows
	seen   map[string]map[int64]bool // ids of rows about them, on which others hang
	skip   string                    // tests: a column that a weak erasure leaves
}

// A naming is the terms of one person.
type naming struct {
	privacy.Terms
	weak bool // the surname alone means them
	by   string
}

// newSearch reads who is to be found. A name that somebody else has too is not
// looked for where the other could be meant.
func newSearch(ctx context.Context, r store.Reader, p privacy.Person) (*search, error) {
	who, err := person(ctx, r, p)
	if err != nil {
		return nil, err
	}
	s := &search{person: p, whole: p.Contact == 0, known: []store.KnownPerson{who}, seen: make(map[string]map[int64]bool)}
	if s.whole {
		contacts, err := r.PersonsOf(ctx, p.Customer)
		if err != nil {
			return nil, err
		}
		s.known = append(s.known, contacts...)
	}
	full, last := make(map[string]int), make(map[string]int) // how many others have it: of all, and of this customer
	err = r.Persons(ctx, func(k store.KnownPerson) {
		if slices.ContainsFunc(s.known, func(own store.KnownPerson) bool { return own.Person == k.Person }) {
			return
		}
		full[crm.Fold(k.Full())]++
		if k.Customer == p.Customer {
			last[crm.Fold(k.Name)]++
		}
	})
	if err != nil {
		return nil, err
	}
	for _, k := range s.known {
		id := k.Identity()
		by := privacy.PseudonymOf(p)
		if !s.whole {
			by = privacy.PseudonymOf(k.Person)
		}
		s.own = append(s.own, naming{id.Terms(), s.whole || last[crm.Fold(k.Name)] == 0, by})
		if full[crm.Fold(k.Full())] > 0 {
			id.First, id.Last = "", ""
		}
		s.other = append(s.other, naming{id.Terms(), false, by})
	}
	return s, nil
}

// names says whether a text names the person.
func (s *search) names(text string, own bool) bool {
	return slices.ContainsFunc(s.namings(own), func(n naming) bool { return n.In(text, n.weak) })
}

func (s *search) namings(own bool) []naming {
	if own {
		return s.own
	}
	return s.other
}

// scrub replaces what names the person.
func (s *search) scrub(text string, own bool) string {
	for _, n := range s.namings(own) {
		text = n.Scrub(text, n.weak, n.by)
	}
	return text
}

// about says whether a row is about the person. Files of an entry and answers to a
// question are, if these are.
func (s *search) about(row store.DataRow, own bool) bool {
	t := row.Table.Name
	yes := false
	switch {
	case t == "erasure":
	case s.whole && own:
		yes = true
	case t == "contact":
		yes = own && row.Int("contact_id") == s.person.Contact
	case own && row.Table.Has("contact_id") && row.Int("contact_id") == s.person.Contact:
		yes = true
	case t == "document_key":
		yes = own && row.Int("kind") == int64(store.ContactKey) && row.Int("id") == s.person.Contact
	case t == "attachment":
		yes = own && s.seen["service_entry"][row.Int("entry_id")]
	case t == "rating_answer":
		yes = own && s.seen["rating"][row.Int("rating_id")]
	case t == "import_change" && own && row.Int("kind") == int64(store.ContactKey) && row.Int("id") == s.person.Contact:
		yes = true
	default:
		yes = s.namedIn(row, own)
	}
	if id := map[string]string{"service_entry": "entry_id", "rating": "rating_id"}[t]; yes && id != "" {
		if s.seen[t] == nil {
			s.seen[t] = make(map[int64]bool)
		}
		s.seen[t][row.Int(id)] = true
	}
	return yes
}

// namedIn says whether some text of a row names the person.
func (s *search) namedIn(row store.DataRow, own bool) bool {
	for _, c := range row.Table.Columns {
		if searched(row.Table, c) && s.names(row.Text(c.Name), own) {
			return true
		}
	}
	return false
}

// searched says whether a column may name somebody whom its row is not about.
func searched(t *privacy.Table, c privacy.Column) bool {
	switch t.Name {
	case "contact", "document_key", "erasure":
		return false // they are about one person each
	case "attachment":
		return false // pictures and papers: by their entry
	}
	return c.Category == privacy.FreeText || c.Category == privacy.OfContact
}

// needed are the columns by which about decides.
func needed(t *privacy.Table) []string {
	out := t.Names(func(c privacy.Column) bool { return searched(t, c) })
	for _, c := range []string{"contact_id", "kind", "id", "entry_id", "rating_id", "customer_id"} {
		if t.Has(c) {
			out = append(out, c)
		}
	}
	return out
}

// eachOwn calls fn with the rows about the person among those of their customer.
func (s *search) eachOwn(ctx context.Context, r store.Reader, columns func(*privacy.Table) []string, fn func(store.DataRow) error) error {
	for i := range store.DataMap() {
		t := &store.DataMap()[i]
		if !t.Has("customer_id") || t.Name == "erasure" {
			continue
		}
		for row, err := range r.DataRows(ctx, t, append(needed(t), columns(t)...), s.person.Customer) {
			if err != nil {
				return err
			}
			if s.about(row, true) {
				if err := fn(row); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// eachOther calls fn with the rows of others, and of nobody, that name the person:
// it reads every text of the book.
func (s *search) eachOther(ctx context.Context, r store.Reader, columns func(*privacy.Table) []string, fn func(store.DataRow) error) error {
	for i := range store.DataMap() {
		t := &store.DataMap()[i]
		if !slices.ContainsFunc(t.Columns, func(c privacy.Column) bool { return searched(t, c) }) {
			continue
		}
		for row, err := range r.DataRows(ctx, t, append(needed(t), columns(t)...), 0) {
			if err != nil {
				return err
			}
			if t.Has("customer_id") && row.Int("customer_id") == int64(s.person.Customer) {
				continue
			}
			if s.namedIn(row, false) {
				if err := fn(row); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
