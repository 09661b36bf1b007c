package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/privacy"
)

// Mark notes of a person that their data is restricted, that they object, or that
// they must not be erased. A customer that is a company can be held as a whole,
// with all its contacts, and nothing else.
func (a *App) Mark(ctx context.Context, m privacy.Mark) error {
	m.Reason, m.By = strings.TrimSpace(m.Reason), strings.TrimSpace(m.By)
	if err := errors.Join(keeps(ctx), m.Check()); err != nil {
		return fmt.Errorf("note: %w", err)
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if err := markable(ctx, tx, m); err != nil {
			return err
		}
		marks, err := tx.MarksOf(ctx, m.Person.Customer)
		if err != nil {
			return err
		}
		for _, before := range marks {
			if before.Person == m.Person && before.Kind == m.Kind && before.Ended.IsZero() {
				return fault.Field("kind", "this is noted already")
			}
		}
		m.ID, m.Made, m.By = a.id(), a.Now(), cmpOr(m.By, auth.From(ctx).Name)
		if err := tx.AddMark(ctx, m); err != nil {
			return err
		}
		return a.marked(ctx, tx, m.Person, m.Kind, "noted")
	})
	if err != nil {
		return fmt.Errorf("note %s: %w", m.Kind, err)
	}
	return nil
}

// markable says whether a mark can be set.
func markable(ctx context.Context, tx *store.Tx, m privacy.Mark) error {
	if m.Kind == privacy.Hold {
		_, err := tx.KnownPerson(ctx, m.Person)
		return err
	}
	f, err := Person(ctx, tx.Reader, m.Person)
	if err == nil && f.Erased != nil {
		err = fault.Field("person", "this person was erased")
	}
	return err
}

// Unmark ends what was noted of a person.
func (a *App) Unmark(ctx context.Context, p privacy.Person, k privacy.Kind) error {
	if err := keeps(ctx); err != nil {
		return fmt.Errorf("end %s: %w", k, err)
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.EndMark(ctx, p, k, a.Now())
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NotFound
		}
		return a.marked(ctx, tx, p, k, "ended")
	})
	if err != nil {
		return fmt.Errorf("end %s: %w", k, err)
	}
	return nil
}

// marked lets lists and valuations follow a mark of a customer: its revision says
// that names are to be read anew, the book that it is to be valued anew.
func (a *App) marked(ctx context.Context, tx *store.Tx, p privacy.Person, k privacy.Kind, what string) error {
	if err := a.audit(ctx, tx, personAct(what, p, map[string]privacy.Kind{"kind": k})); err != nil {
		return err
	}
	if p.Contact != 0 || k == privacy.Hold || k == privacy.Marketing {
		return nil
	}
	c, err := tx.Customer(ctx, p.Customer)
	if err != nil {
		return err
	}
	c.Revision++
	if err := tx.PutCustomer(ctx, c); err != nil {
		return err
	}
	if err := tx.Touch(ctx); err != nil {
		return err
	}
	return a.enqueue(ctx, tx, ValueJob, "")
}

// Consent keeps what a person agreed to, with its proof, and returns its id.
func (a *App) Consent(ctx context.Context, c privacy.Consent) (int64, error) {
	c.Wording, c.Source = strings.TrimSpace(c.Wording), strings.TrimSpace(c.Source)
	if err := errors.Join(keeps(ctx), c.Check(a.Now())); err != nil {
		return 0, fmt.Errorf("consent: %w", err)
	}
	c.ID, c.Made, c.By = a.id(), a.Now(), cmpOr(c.By, auth.From(ctx).Name)
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		f, err := Person(ctx, tx.Reader, c.Person)
		if err == nil && f.Erased != nil {
			err = fault.Field("person", "this person was erased")
		}
		if err != nil {
			return err
		}
		if err := tx.AddConsent(ctx, c); err != nil {
			return err
		}
		return a.audit(ctx, tx, personAct("consented", c.Person, map[string]string{"purpose": c.Purpose, "channel": c.Channel}))
	})
	if err != nil {
		return 0, fmt.Errorf("consent: %w", err)
	}
	return c.ID, nil
}

// WithdrawConsent ends a consent: nothing is asked but which.
func (a *App) WithdrawConsent(ctx context.Context, p privacy.Person, id int64) error {
	if err := keeps(ctx); err != nil {
		return fmt.Errorf("withdraw consent: %w", err)
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.WithdrawConsent(ctx, p, id, a.Now())
		if err == nil && n == 0 {
			err = fault.NotFound
		}
		if err != nil {
			return err
		}
		return a.audit(ctx, tx, personAct("withdrew consent", p, nil))
	})
	if err != nil {
		return fmt.Errorf("withdraw consent: %w", err)
	}
	return nil
}

// objects says why a customer must not be asked or shown anything unasked, nil if
// it may: a person whose data is restricted, or who objects.
func objects(ctx context.Context, r store.Reader, p privacy.Person) error {
	marks, err := r.MarksOf(ctx, p.Customer)
	if err != nil {
		return err
	}
	for _, m := range marks {
		if m.Person == p && m.Kind != privacy.Hold && m.Ended.IsZero() {
			return fault.Field("customer", "this person objects, or their data is restricted: see Privacy")
		}
	}
	return nil
}
