package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/link"
	"quid/internal/store"
	"quid/privacy"
)

// linkKey is the name of the key that links are signed with.
const linkKey = "links"

// LinkMonths is how long a link opens where nothing else is said; mostLinkMonths
// is the longest.
const (
	LinkMonths     = 3
	mostLinkMonths = 36
)

// A LinkDraft is a link as somebody wants to give it away.
type LinkDraft struct {
	Customer account.CustomerID
	Kind     link.Kind
	Lang     string
	From, To day.Day // the period: its first and its last day
	Shows    string  // what is shown beside, in words; blanks between
	Ends     day.Day
	By       string
}

func (d LinkDraft) check(today day.Day) error {
	var errs []error
	if d.Customer == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	if d.From == 0 || d.To < d.From {
		errs = append(errs, fault.Field("from", "choose a first day that is not after the last"))
	}
	if d.Ends < today || d.Ends > today.AddMonths(mostLinkMonths) {
		errs = append(errs, fault.Field("ends", "choose a day from today on, within three years"))
	}
	return errors.Join(errs...)
}

// MakeLink gives a link away and returns its token. The key of the book is made
// with the first one.
func (a *App) MakeLink(ctx context.Context, d LinkDraft) (store.Link, string, error) {
	if err := may(ctx, auth.MakeStatements); err != nil {
		return store.Link{}, "", err
	}
	if err := d.check(day.At(a.Now())); err != nil {
		return store.Link{}, "", fmt.Errorf("make link: %w", err)
	}
	l := store.Link{
		ID: a.id(), Customer: d.Customer, Kind: int8(d.Kind), Lang: d.Lang, From: d.From, To: d.To, Shows: strings.TrimSpace(d.Shows), Ends: d.Ends, By: d.By, Made: a.Now(),
	}
	var key []byte
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Customer(ctx, d.Customer); err != nil {
			return err
		}
		err := objects(ctx, tx.Reader, privacy.Person{Customer: d.Customer})
		if err != nil {
			return err
		}
		if key, err = a.bookKey(ctx, tx, linkKey); err != nil {
			return err
		}
		given := map[string]any{"kind": l.Kind, "from": l.From.String(), "to": l.To.String(), "ends": l.Ends.String(), "shows": l.Shows}
		return errors.Join(tx.AddLink(ctx, l), a.audit(ctx, tx, ofCustomer("made", "link", l.Customer, l.ID, given)))
	})
	if err != nil {
		return store.Link{}, "", fmt.Errorf("make link: %w", err)
	}
	return l, Token(key, l), nil
}

// bookKey returns a key of the book, and makes it if there is none.
func (a *App) bookKey(ctx context.Context, tx *store.Tx, name string) ([]byte, error) {
	key, err := tx.BookKey(ctx, name)
	if !errors.Is(err, fault.NotFound) {
		return key, err
	}
	if key, err = link.NewKey(rand.Reader); err != nil {
		return nil, err
	}
	return key, tx.AddBookKey(ctx, name, key, a.Now())
}

// Token signs a link.
func Token(key []byte, l store.Link) string {
	return link.Sign(key, link.Claim{Kind: link.Kind(l.Kind), Customer: l.Customer, ID: l.ID, Ends: l.Ends})
}

// LinkKey returns the key that links are signed with, nil if none was made yet.
func LinkKey(ctx context.Context, r store.Reader) ([]byte, error) {
	key, err := r.BookKey(ctx, linkKey)
	if errors.Is(err, fault.NotFound) {
		return nil, nil
	}
	return key, err
}

// OpenLink returns the link that a token of a kind opens. A token that was not
// made here is link.ErrWrong, one that is over or was taken back link.ErrEnded.
// Nothing is written.
func (a *App) OpenLink(ctx context.Context, r store.Reader, token string, kind link.Kind) (store.Link, error) {
	key, err := LinkKey(ctx, r)
	if err != nil {
		return store.Link{}, err
	}
	claim, err := link.Open(key, token, kind, day.At(a.Now()))
	if err != nil {
		return store.Link{}, err
	}
	l, err := r.Link(ctx, claim.Customer, claim.ID)
	if errors.Is(err, fault.NotFound) {
		return l, link.ErrWrong
	}
	if err == nil && !l.Revoked.IsZero() {
		err = link.ErrEnded
	}
	return l, err
}

// RevokeLink takes a link back: from now on it opens nothing.
func (a *App) RevokeLink(ctx context.Context, customer account.CustomerID, id int64) error {
	if err := may(ctx, auth.MakeStatements, auth.CareFor); err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.Reach(ctx, customer); err != nil {
			return err
		}
		return errors.Join(tx.RevokeLink(ctx, customer, id, a.Now()), a.audit(ctx, tx, ofCustomer("took back", "link", customer, id, nil)))
	})
}
