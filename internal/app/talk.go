package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/hook"
	"quid/internal/store"
	"quid/talk"
)

// RecordTalk keeps how a talk with a customer ended.
func (a *App) RecordTalk(ctx context.Context, t talk.Talk) (int64, error) {
	if err := may(ctx, auth.CareFor); err != nil {
		return 0, err
	}
	t.Asked, t.Conceded, t.Note = strings.TrimSpace(t.Asked), strings.TrimSpace(t.Conceded), strings.TrimSpace(t.Note)
	if err := t.Check(day.At(a.Now())); err != nil {
		return 0, fmt.Errorf("record talk: %w", err)
	}
	t.ID, t.Made = a.id(), a.Now()
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Customer(ctx, t.Customer); err != nil {
			return err
		}
		noted := map[string]any{"day": t.Day.String(), "agreed": t.ValidFrom != 0}
		return errors.Join(tx.AddTalk(ctx, t), a.audit(ctx, tx, ofCustomer("made", "talk", t.Customer, t.ID, noted)), a.tell(ctx, tx, hook.TalkRecorded, hook.Of("customer", int64(t.Customer)).With("talk", t.ID)))
	})
	if err != nil {
		return 0, fmt.Errorf("record talk: %w", err)
	}
	return t.ID, nil
}

// WithdrawTalk takes a talk back that was noted in error.
func (a *App) WithdrawTalk(ctx context.Context, customer account.CustomerID, id int64) error {
	if err := may(ctx, auth.CareFor); err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.WithdrawTalk(ctx, customer, id, a.Now()), a.audit(ctx, tx, ofCustomer("took back", "talk", customer, id, nil)), a.tell(ctx, tx, hook.TalkTakenBack, hook.Of("customer", int64(customer)).With("talk", id)))
	})
}

// A WishEdit is what a person knows of a contact beside how to reach it.
type WishEdit struct {
	Customer account.CustomerID
	Contact  int64
	Revision int32 // that the person saw
	Part     string
	Attitude string
	Wants    []string
	Channels []string
	Language string
}

// UpdateWishes keeps what a person knows of a contact. It fails with
// fault.Conflict if somebody wrote the contact since the person saw it.
func (a *App) UpdateWishes(ctx context.Context, e WishEdit) error {
	if err := may(ctx, auth.CareFor); err != nil {
		return err
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		c, err := tx.Contact(ctx, e.Customer, e.Contact)
		if err != nil {
			return err
		}
		if c.Revision != e.Revision {
			return fault.Conflict
		}
		before := c
		c.Part, c.Attitude, c.Language = e.Part, e.Attitude, strings.TrimSpace(e.Language)
		c.Wants, c.Channels = inOrder(e.Wants, crm.Wants), inOrder(e.Channels, crm.Channels)
		if err := c.Check(); err != nil || c == before {
			return err
		}
		c.Revision++
		return errors.Join(tx.PutContact(ctx, c), a.audit(ctx, tx, ofCustomer("changed", "contact", e.Customer, e.Contact, nil)), a.tell(ctx, tx, hook.ContactChanged, hook.Of("customer", int64(e.Customer)).With("contact", e.Contact)))
	})
	if err != nil {
		return fmt.Errorf("update wishes: %w", err)
	}
	return nil
}

// inOrder joins the chosen words in the order of those that are offered; one that
// is not offered stays, for the check to refuse.
func inOrder(chosen, offered []string) string {
	var out []string
	for _, list := range [][]string{offered, chosen} {
		for _, w := range list {
			if strings.Contains(" "+strings.Join(chosen, " ")+" ", " "+w+" ") && !strings.Contains(" "+strings.Join(out, " ")+" ", " "+w+" ") {
				out = append(out, w)
			}
		}
	}
	return strings.Join(out, " ")
}
