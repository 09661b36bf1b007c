package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"quid/crm"
	"quid/fault"
	"quid/internal/hook"
	"quid/internal/store"
	"quid/privacy"
)

// mostFound is how many persons a search returns.
const mostFound = 100

// FindPersons returns who answers to what was typed: parts of names, of a mail
// address, of a telephone number.
func (a *App) FindPersons(ctx context.Context, text string) (found []store.KnownPerson, more bool, err error) {
	if err := keeps(ctx); err != nil {
		return nil, false, fmt.Errorf("find persons: %w", err)
	}
	wanted := strings.Fields(crm.Fold(text))
	err = a.DB.Read().Persons(ctx, func(p store.KnownPerson) {
		if p.Matches(wanted) {
			found = append(found, p)
		}
	})
	slices.SortFunc(found, func(x, y store.KnownPerson) int {
		return cmp.Or(cmp.Compare(crm.Fold(x.Name), crm.Fold(y.Name)), cmp.Compare(x.ID(), y.ID()))
	})
	return found[:min(len(found), mostFound)], len(found) > mostFound, err
}

// person reads somebody who can be asked for: a contact, or a customer that is a
// person.
func person(ctx context.Context, r store.Reader, p privacy.Person) (store.KnownPerson, error) {
	known, err := r.KnownPerson(ctx, p)
	if err == nil && p.Contact == 0 && !known.IsCustomer {
		err = fault.Field("person", "this customer is a company: choose one of its contacts")
	}
	return known, err
}

// A PersonFile is what the book knows of a person and of what they said.
type PersonFile struct {
	store.KnownPerson
	Erased   *store.KeptErasure
	Marks    []privacy.Mark // also those of the customer as a whole
	Consents []privacy.Consent
}

// Marked says whether a mark of a kind holds for the person.
func (f PersonFile) Marked(k privacy.Kind) (privacy.Mark, bool) { return privacy.Marked(f.own(), k) }

// own are the marks of the person alone.
func (f PersonFile) own() []privacy.Mark {
	return slices.DeleteFunc(slices.Clone(f.Marks), func(m privacy.Mark) bool { return m.Person != f.Person })
}

// Held returns the hold under which the person stands, its own or its customer's.
func (f PersonFile) Held() (privacy.Mark, bool) { return privacy.Marked(f.Marks, privacy.Hold) }

// Standing is what decides whether the person may be written to.
func (f PersonFile) Standing() privacy.Standing {
	return privacy.Standing{Erased: f.Erased != nil, Marks: f.Marks, Consents: f.Consents, Wishes: f.Contactable}
}

// Person reads what is known of a person and of what they said.
func Person(ctx context.Context, r store.Reader, p privacy.Person) (PersonFile, error) {
	known, err := person(ctx, r, p)
	f := PersonFile{KnownPerson: known}
	if err != nil {
		return f, err
	}
	marks, err := r.MarksOf(ctx, p.Customer)
	if err != nil {
		return f, err
	}
	for _, m := range marks {
		if m.Person == p || m.Person.Contact == 0 {
			f.Marks = append(f.Marks, m)
		}
	}
	erasures, err := r.ErasuresOf(ctx, p.Customer)
	if err != nil {
		return f, err
	}
	for _, e := range erasures {
		if e.Person() == p {
			f.Erased = &e
		}
	}
	f.Consents, err = r.ConsentsOf(ctx, p)
	return f, err
}

// MayContact says whether a person may be written to for a purpose by a channel,
// and why not: whoever sends asks this, at the moment of sending.
func MayContact(ctx context.Context, r store.Reader, p privacy.Person, purpose, channel string) (privacy.Refusal, error) {
	f, err := Person(ctx, r, p)
	if err != nil {
		return "", fmt.Errorf("may contact: %w", err)
	}
	return f.Standing().May(purpose, channel), nil
}

// A Correction is what a person asks to be put right (GDPR Art. 16).
type Correction struct {
	Person     privacy.Person
	Revision   int32 // that was seen
	Name       string
	FirstName  string // of a contact
	Role       string // likewise
	Language   string // likewise
	Mail       string
	Phone      string
	Street     string // of a person who is the customer
	PostalCode string
	City       string
}

// CorrectPerson puts right what is known of a person. It fails with fault.Conflict
// if somebody wrote them since they were seen.
func (a *App) CorrectPerson(ctx context.Context, c Correction) error {
	if err := keeps(ctx); err != nil {
		return fmt.Errorf("correct person: %w", err)
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		f, err := Person(ctx, tx.Reader, c.Person)
		switch {
		case err != nil:
			return err
		case f.Erased != nil:
			return fault.Field("person", "this person was erased: nothing is known that could be put right")
		case f.Revision != c.Revision:
			return fault.Conflict
		case c.Person.Contact != 0:
			err = correctContact(ctx, tx, c)
		default:
			err = a.correctCustomer(ctx, tx, c)
		}
		if err != nil {
			return err
		}
		kind := hook.CustomerChanged
		if c.Person.Contact != 0 {
			kind = hook.ContactChanged
		}
		return errors.Join(a.tell(ctx, tx, kind, aboutPerson(c.Person)), a.audit(ctx, tx, personAct("corrected", c.Person, nil)))
	})
	if err != nil {
		return fmt.Errorf("correct person %d: %w", c.Person.ID(), err)
	}
	return nil
}

// aboutPerson is what webhooks are told of a person: ids.
func aboutPerson(p privacy.Person) hook.Data {
	about := hook.Of("customer", int64(p.Customer))
	if p.Contact != 0 {
		about.With("contact", p.Contact)
	}
	return about
}

// personAct is what the log says of a change of a person: ids and kinds, never what
// is personal.
func personAct(what string, p privacy.Person, after any) act {
	return act{What: what, Noun: "person", ID: p.ID(), Customer: p.Customer, After: after}
}

func correctContact(ctx context.Context, tx *store.Tx, c Correction) error {
	before, err := tx.Contact(ctx, c.Person.Customer, c.Person.Contact)
	if err != nil {
		return err
	}
	k := before
	k.Name, k.FirstName, k.Role, k.Language = strings.TrimSpace(c.Name), strings.TrimSpace(c.FirstName), strings.TrimSpace(c.Role), strings.TrimSpace(c.Language)
	k.Email, k.Phone = strings.TrimSpace(c.Mail), strings.TrimSpace(c.Phone)
	if err := k.Check(); err != nil || k == before {
		return err
	}
	k.Revision, k.Import = before.Revision+1, 0
	return tx.PutContact(ctx, k)
}

func (a *App) correctCustomer(ctx context.Context, tx *store.Tx, c Correction) error {
	k, err := tx.Customer(ctx, c.Person.Customer)
	if err != nil {
		return err
	}
	k.Name, k.Email, k.Phone = strings.TrimSpace(c.Name), strings.TrimSpace(c.Mail), strings.TrimSpace(c.Phone)
	k.Street, k.PostalCode, k.City = strings.TrimSpace(c.Street), strings.TrimSpace(c.PostalCode), strings.TrimSpace(c.City)
	if err := k.Check(); err != nil {
		return err
	}
	k.Revision, k.Import = k.Revision+1, 0
	if err := tx.PutCustomer(ctx, k); err != nil {
		return err
	}
	return a.changed(ctx, tx)
}
