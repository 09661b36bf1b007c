package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"quid/account"
	"quid/fault"
	"quid/internal/hook"
	"quid/internal/store"
	"quid/privacy"
)

// CleanJob rewrites the database after an erasure; no argument.
const CleanJob = "clean"

// An ErasureCount says what an erasure does to a table.
type ErasureCount struct {
	Table   string `json:"table"`
	Changed int    `json:"changed"` // rows in which something is emptied or replaced
	Dropped int    `json:"dropped"` // rows that are deleted
}

// An ErasurePlan says what would happen, or what has happened.
type ErasurePlan struct {
	privacy.Erasure
	Name     string         `json:"-"` // of whom; never kept
	Held     *privacy.Mark  `json:"-"` // the hold that stands in the way
	Counts   []ErasureCount `json:"tables"`
	Postings int64          `json:"postings_kept"`
	Files    int            `json:"files"` // brought files and made statements that are deleted
}

// count adds a patch to the plan.
func (p *ErasurePlan) count(patch store.DataPatch) {
	name := patch.Row.Table.Name
	i, ok := slices.BinarySearchFunc(p.Counts, name, func(c ErasureCount, name string) int { return cmp.Compare(c.Table, name) })
	if !ok {
		p.Counts = slices.Insert(p.Counts, i, ErasureCount{Table: name})
	}
	if patch.Drop {
		p.Counts[i].Dropped++
	} else {
		p.Counts[i].Changed++
	}
}

// patch is what becomes of a row about the person, or that names them.
func (s *search) patch(row store.DataRow, own bool) (store.DataPatch, bool) {
	p := store.DataPatch{Row: row}
	t := row.Table
	theirs := own && (s.whole || t.Has("contact_id") && row.Int("contact_id") == s.person.Contact)
	set := func(c string, v any) {
		if t.Name+"."+c != s.skip {
			p.Set, p.Values = append(p.Set, c), append(p.Values, v)
		}
	}
	switch {
	case t.Name == "document_key":
		kind := store.KeyKind(row.Int("kind"))
		if kind == store.ContactKey || s.whole && kind == store.CustomerKey {
			set("external", "")
		}
		return p, len(p.Set) > 0
	case t.Name == "attachment":
		set("content", nil)
		return p, len(p.Set) > 0
	case t.Name == "contact" || t.Name == "customer" && s.whole && own:
		set("revision", row.Int("revision")+1)
		set("import_id", int64(0))
	}
	for _, c := range t.Columns {
		if !c.Personal() || c.Category == privacy.OfUser || c.Erasing == privacy.Derived {
			continue
		}
		before := row.Text(c.Name)
		after := s.becomes(row, c, before, theirs, own)
		switch {
		case after == before:
		case c.Erasing == privacy.RowDropped && (theirs || !t.Has("contact_id")):
			p.Drop = t.Name+"."+c.Name != s.skip
		case !slices.Contains(t.Key, c.Name):
			set(c.Name, after)
		}
	}
	return p, p.Drop || len(p.Set) > 0
}

// becomes is what a text of a row is after the erasure.
func (s *search) becomes(row store.DataRow, c privacy.Column, before string, theirs, own bool) string {
	by := privacy.PseudonymOf(s.person)
	switch {
	case before == "":
		return ""
	case theirs && row.Table.Name == "contact" && c.Erasing == privacy.Pseudonym:
		return privacy.PseudonymOf(privacy.Person{Customer: s.person.Customer, Contact: row.Int("contact_id")})
	case !theirs && c.Category == privacy.OfCustomer:
		return before
	case theirs && c.Erasing == privacy.Pseudonym:
		return by
	case theirs:
		return ""
	case c.Erasing == privacy.Blanked || c.Erasing == privacy.RowDropped && !row.Table.Has("contact_id"):
		if row.Table.Name == "import_change" && row.Int("kind") == int64(store.ContactKey) && own && row.Int("id") == s.person.Contact || s.names(before, own) {
			return ""
		}
		return before
	}
	return s.scrub(before, own)
}

// erased are the columns an erasure looks at.
func erased(t *privacy.Table) []string {
	out := t.Names(func(c privacy.Column) bool {
		return c.Personal() && c.Category != privacy.OfUser && (t.Name != "attachment" || c.Name != "content")
	})
	for _, c := range []string{"revision", "import_id"} {
		if t.Has(c) {
			out = append(out, c)
		}
	}
	return out
}

// patches are what becomes of rows, own ones or all others.
func (s *search) patches(ctx context.Context, r store.Reader, own bool) (out []store.DataPatch, err error) {
	each := s.eachOther
	if own {
		each = s.eachOwn
	}
	err = each(ctx, r, erased, func(row store.DataRow) error {
		if p, ok := s.patch(row, own); ok {
			out = append(out, p)
		}
		return nil
	})
	return out, err
}

// PlanErasure says what erasing a person would do, and does nothing.
func (a *App) PlanErasure(ctx context.Context, p privacy.Person) (plan ErasurePlan, err error) {
	if err := keeps(ctx); err != nil {
		return plan, fmt.Errorf("plan an erasure: %w", err)
	}
	err = a.DB.Look(ctx, func(r store.Reader) error {
		f, err := Person(ctx, r, p)
		if err != nil {
			return err
		}
		s, err := newSearch(ctx, r, p)
		if err != nil {
			return err
		}
		plan = ErasurePlan{Erasure: privacy.Erasure{Customer: int64(p.Customer), Contact: p.Contact, Pseudonym: privacy.PseudonymOf(p)}, Name: f.Full()}
		if m, ok := f.Held(); ok {
			plan.Held = &m
		}
		for _, own := range []bool{true, false} {
			patches, err := s.patches(ctx, r, own)
			if err != nil {
				return err
			}
			for _, one := range patches {
				plan.count(one)
			}
		}
		plan.Postings, err = r.Postings(ctx, p.Customer)
		if err != nil {
			return err
		}
		files, err := a.namingFiles(s.inFile)
		plan.Files = len(files)
		return err
	})
	if err != nil {
		return plan, fmt.Errorf("plan the erasure of person %d: %w", p.ID(), err)
	}
	return plan, nil
}

// Erase erases a person (GDPR Art. 17): what names them is emptied or replaced by a
// pseudonym, wherever it stands. Postings and what they rest on stay whole. It can
// not be undone. The database is rewritten by a CleanJob; CleanErased does it at
// once.
func (a *App) Erase(ctx context.Context, p privacy.Person, reason string) (ErasurePlan, error) {
	if !slices.Contains(privacy.Reasons, reason) {
		return ErasurePlan{}, fmt.Errorf("erase: %w", fault.Field("reason", "choose one of those offered"))
	}
	if err := keeps(ctx); err != nil {
		return ErasurePlan{}, fmt.Errorf("erase: %w", err)
	}
	f, err := Person(ctx, a.DB.Read(), p)
	if err != nil {
		return ErasurePlan{}, fmt.Errorf("erase: %w", err)
	}
	if f.Erased != nil {
		return ErasurePlan{}, fmt.Errorf("erase: %w", fault.Field("person", "this person was erased already"))
	}
	if running, err := a.DB.Read().Interrupted(ctx); err != nil || len(running) > 0 {
		if err == nil {
			err = fault.Field("person", "a file is being taken in, which may name this person: wait until it is done")
		}
		return ErasurePlan{}, fmt.Errorf("erase: %w", err)
	}
	e := privacy.Erasure{ID: a.id(), Customer: int64(p.Customer), Contact: p.Contact, Pseudonym: privacy.PseudonymOf(p), Reason: reason, At: a.Now()}
	return a.erase(ctx, e, true)
}

// mostSweeps is how often others' rows are looked through: somebody may write while
// that is done.
const mostSweeps = 5

// erase erases a person. holds says whether a legal hold counts: it doesn't where
// an erasure is done again that was done before the hold of an old backup.
func (a *App) erase(ctx context.Context, e privacy.Erasure, holds bool) (ErasurePlan, error) {
	plan := ErasurePlan{Erasure: e}
	p := e.Person()
	var s *search
	err := a.DB.Look(ctx, func(r store.Reader) (err error) {
		if err = held(ctx, r, p, holds); err != nil {
			return err
		}
		if s, err = newSearch(ctx, r, p); err == nil {
			s.skip = a.skipErased
		}
		return err
	})
	if err == nil {
		err = a.sweep(ctx, s, &plan)
	}
	if err == nil {
		err = a.DB.Write(ctx, func(tx *store.Tx) error {
			counts := slices.Clone(plan.Counts)
			err := a.eraseOwn(ctx, tx, s, &plan, holds)
			if err != nil {
				plan.Counts = counts
				return err
			}
			return a.tell(ctx, tx, hook.PersonErased, aboutPerson(p))
		})
	}
	if err == nil {
		err = a.sweep(ctx, s, &plan)
	}
	if err == nil {
		plan.Files, err = a.dropNaming(ctx, s.inFile)
	}
	if err == nil {
		err = a.WriteErasures(ctx)
	}
	if err != nil {
		return plan, fmt.Errorf("erase person %d: %w", p.ID(), err)
	}
	return plan, nil
}

func held(ctx context.Context, r store.Reader, p privacy.Person, holds bool) error {
	f, err := Person(ctx, r, p)
	if err != nil {
		return err
	}
	if m, ok := f.Held(); ok && holds {
		return fault.Field("person", "a legal hold stands in the way: "+m.Reason)
	}
	return nil
}

// sweep replaces what names the person in the rows of others, until there is
// nothing left.
func (a *App) sweep(ctx context.Context, s *search, plan *ErasurePlan) error {
	for range mostSweeps {
		patches, err := s.patches(ctx, a.DB.Read(), false)
		if err != nil || len(patches) == 0 {
			return err
		}
		for some := range slices.Chunk(patches, 500) {
			var done []store.DataPatch
			err := a.DB.Write(ctx, func(tx *store.Tx) error {
				done = done[:0]
				for _, p := range some {
					now, there, err := tx.Again(ctx, p.Row)
					if err != nil {
						return err
					}
					if patch, ok := s.patch(now, false); there && ok {
						done = append(done, patch)
					}
				}
				return tx.Patch(ctx, done)
			})
			if err != nil {
				return err
			}
			for _, p := range done {
				plan.count(p)
			}
		}
		if s.skip != "" {
			return nil
		}
	}
	return fmt.Errorf("others keep writing about this person: %w", fault.Conflict)
}

// eraseOwn erases the person and what the rows of their customer say of them, and
// records it, in one transaction.
func (a *App) eraseOwn(ctx context.Context, tx *store.Tx, s *search, plan *ErasurePlan, holds bool) error {
	if err := held(ctx, tx.Reader, s.person, holds); err != nil {
		return err
	}
	clear(s.seen)
	patches, err := s.patches(ctx, tx.Reader, true)
	if err != nil {
		return err
	}
	if err := tx.Patch(ctx, patches); err != nil {
		return err
	}
	for _, p := range patches {
		plan.count(p)
	}
	if plan.Postings, err = tx.Postings(ctx, s.person.Customer); err != nil {
		return err
	}
	if s.whole {
		c, err := tx.Customer(ctx, s.person.Customer)
		if err != nil {
			return err
		}
		if err := tx.Rename(ctx, c); err != nil {
			return err
		}
	}
	for i, k := range s.known {
		e := plan.Erasure
		if i > 0 {
			e.ID, e.Contact, e.Pseudonym = a.id(), k.Contact, privacy.PseudonymOf(k.Person)
		}
		if err := tx.PutErasure(ctx, e); err != nil {
			return err
		}
	}
	if err := a.audit(ctx, tx, personAct("erased", s.person, map[string]string{"reason": plan.Reason})); err != nil {
		return err
	}
	if err := a.changed(ctx, tx); err != nil {
		return err
	}
	return a.enqueue(ctx, tx, CleanJob, "")
}

// CleanErased rewrites the database if somebody was erased since that was done:
// the work of a CleanJob.
func (a *App) CleanErased(ctx context.Context) error {
	erasures, err := a.DB.Read().Erasures(ctx)
	if err != nil {
		return err
	}
	last := int64(0)
	for _, e := range erasures {
		if e.Cleaned.IsZero() {
			last = max(last, e.ID)
		}
	}
	if last == 0 {
		return nil
	}
	if err := a.DB.Clean(ctx); err != nil {
		return fmt.Errorf("clean after an erasure: %w", err)
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error { return tx.SetCleaned(ctx, last, a.Now()) })
}

// ReplayErasures erases again whom a list names: a backup may be older than an
// erasure. Persons that were not there yet are noted, so that a file does not bring
// them back. It returns how many were there.
func (a *App) ReplayErasures(ctx context.Context, list []privacy.Erasure) (int, error) {
	done, err := a.DB.Read().Erasures(ctx)
	if err != nil {
		return 0, err
	}
	again := 0
	for _, e := range list {
		if slices.ContainsFunc(done, func(d store.KeptErasure) bool {
			return d.User == e.User && d.Contact == e.Contact && (e.Contact != 0 || d.Customer == e.Customer)
		}) {
			continue
		}
		if e.User != 0 {
			there, err := a.eraseUserAgain(ctx, e)
			if err != nil {
				return again, fmt.Errorf("erase again: %w", err)
			}
			if there {
				again++
			}
			continue
		}
		there, err := a.stillThere(ctx, &e)
		if err != nil {
			return again, err
		}
		if !there {
			err = a.DB.Write(ctx, func(tx *store.Tx) error { return tx.PutErasure(ctx, e) })
		} else {
			_, err = a.erase(ctx, e, false)
			again++
		}
		if err != nil {
			return again, fmt.Errorf("erase again: %w", err)
		}
	}
	return again, a.CleanErased(ctx)
}

// eraseUserAgain erases somebody who worked with the program, or notes it where they
// are not there yet.
func (a *App) eraseUserAgain(ctx context.Context, e privacy.Erasure) (bool, error) {
	err := a.eraseUser(ctx, e)
	if isNotFound(err) {
		return false, a.DB.Write(ctx, func(tx *store.Tx) error { return tx.PutErasure(ctx, e) })
	}
	return err == nil, err
}

// stillThere finds the person of an erasure, who may have been at another customer.
func (a *App) stillThere(ctx context.Context, e *privacy.Erasure) (bool, error) {
	r := a.DB.Read()
	if e.Contact != 0 {
		at, err := r.ContactAnywhere(ctx, e.Contact)
		if at != 0 {
			e.Customer = int64(at)
		}
		return at != 0, err
	}
	c, err := r.Customer(ctx, account.CustomerID(e.Customer))
	if isNotFound(err) {
		return false, nil
	}
	return err == nil && c.Person, err
}
