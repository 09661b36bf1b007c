package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/hook"
	"quid/internal/store"
	"quid/service"
)

// TakeBackService takes an entry back, with the reason: what it posted is
// reversed, and both stay in the book. One service for many customers is taken
// back as one.
func (a *App) TakeBackService(ctx context.Context, ref store.Ref, why string) error {
	return a.ReverseService(ctx, ref, TakeBack{Why: why})
}

// A TakeBack says why an entry is taken back.
type TakeBack struct {
	Key string // made by who asks, so that a retry has one effect; ""
	Why string
}

// takenBack is the source of the keys of those who take entries back.
const takenBack = "taken back"

// ReverseService is TakeBackService with a key: a retry with the same key has no
// second effect, for another entry or another reason it is refused.
func (a *App) ReverseService(ctx context.Context, ref store.Ref, d TakeBack) error {
	if err := may(ctx, auth.BookServices); err != nil {
		return err
	}
	d.Key, d.Why = strings.TrimSpace(d.Key), strings.TrimSpace(d.Why)
	if d.Why == "" {
		return fmt.Errorf("take service back: %w", fault.Field("why", "say why"))
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if again, err := a.backAgain(ctx, tx, ref, d); err != nil || again {
			return err
		}
		if err := a.takeBackService(ctx, tx, ref, d.Why); err != nil {
			return err
		}
		if d.Key != "" {
			key := store.Key{Source: takenBack, Kind: store.EntryKey, External: d.Key, Customer: ref.Customer, ID: int64(ref.ID)}
			if err := tx.AddKeys(ctx, []store.Key{key}); err != nil {
				return err
			}
		}
		about := hook.Of("customer", int64(ref.Customer)).With("service", int64(ref.ID))
		return errors.Join(a.tell(ctx, tx, hook.ServiceTakenBack, about), a.changed(ctx, tx))
	})
	if err != nil {
		return fmt.Errorf("take service back: %w", err)
	}
	return nil
}

// backAgain says whether an entry was taken back with the key already.
func (a *App) backAgain(ctx context.Context, tx *store.Tx, ref store.Ref, d TakeBack) (bool, error) {
	if d.Key == "" {
		return false, nil
	}
	found, err := tx.Keys(ctx, takenBack, store.EntryKey, []string{d.Key})
	k, ok := found[d.Key]
	if err != nil || !ok {
		return false, err
	}
	e, err := tx.Entry(ctx, store.Ref{Customer: k.Customer, ID: account.DocumentID(k.ID)})
	if err != nil && !isNotFound(err) {
		return false, err
	}
	if k.Customer != ref.Customer || account.DocumentID(k.ID) != ref.ID || e.Doc.Why != d.Why {
		return false, fault.Field("key", "this key was used for another entry already")
	}
	return true, nil
}

func (a *App) takeBackService(ctx context.Context, tx *store.Tx, ref store.Ref, why string) error {
	k, err := tx.Entry(ctx, ref)
	if err != nil {
		return err
	}
	if k.Doc.Estimate != 0 {
		return fault.Field("entry", "this month was estimated: change or end the estimate")
	}
	all := []store.Kept[service.Entry]{k}
	if k.Doc.Joint != 0 {
		if all, err = tx.JointEntries(ctx, k.Doc.Joint); err != nil {
			return err
		}
		for _, one := range all {
			if tx.Reach(ctx, one.Doc.Customer) != nil {
				return fault.Field("joint", "it was given to customers too that you don't see: who sees them all can take it back")
			}
		}
	}
	if !k.Withdrawn.IsZero() {
		return fmt.Errorf("entry %s was taken back already: %w", k.Doc.Number, fault.Conflict)
	}
	book, err := tx.Book(ctx)
	if err != nil {
		return err
	}
	for _, one := range all {
		if !one.Withdrawn.IsZero() {
			continue
		}
		if err := a.withdraw(ctx, tx, book, one, why); err != nil {
			return err
		}
		if err := a.careAgain(ctx, tx, book, store.Ref{Customer: one.Doc.Customer, ID: one.Doc.ID}); err != nil {
			return err
		}
		if err := a.settleEstimates(ctx, tx, book, one.Doc.Customer); err != nil {
			return err
		}
	}
	return nil
}

// withdraw reverses what an entry posted.
func (a *App) withdraw(ctx context.Context, tx *store.Tx, book store.Book, k store.Kept[service.Entry], why string) error {
	doc := account.Document{Kind: account.FromService, ID: k.Doc.ID, Revision: k.Doc.Revision}
	back, err := a.reverse(ctx, tx, book, k.Doc.Customer, k.PostedOn, doc)
	if err != nil {
		return err
	}
	if err := tx.AddPostings(ctx, back); err != nil {
		return err
	}
	k.Doc.Why, k.Withdrawn = why, a.Now()
	return tx.PutEntry(ctx, k)
}

// repost posts an entry anew after its last revision was reversed, or withdrawn.
func (a *App) repost(ctx context.Context, tx *store.Tx, book store.Book, k store.Kept[service.Entry]) error {
	k.Doc.Revision++
	k.Doc.Why, k.Withdrawn, k.PostedOn = "", time.Time{}, max(k.Doc.Day, book.FirstOpen())
	if err := tx.AddPostings(ctx, a.postings(book, k.Doc)); err != nil {
		return err
	}
	return tx.PutEntry(ctx, k)
}

// CorrectService takes an entry back and books another in its place, in one
// step; the book shows both. A retry with the key of the new one has no second
// effect.
func (a *App) CorrectService(ctx context.Context, ref store.Ref, why string, d EntryDraft) (Recorded, error) {
	if err := may(ctx, auth.BookServices); err != nil {
		return Recorded{}, err
	}
	d = d.tidy()
	d.Replaces = ref.ID
	var errs []error
	if why = strings.TrimSpace(why); why == "" {
		errs = append(errs, fault.Field("why", "say why"))
	}
	if err := errors.Join(append(errs, d.check(day.At(a.Now())))...); err != nil {
		return Recorded{}, fmt.Errorf("correct service: %w", err)
	}
	var out Recorded
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if d.Key != "" {
			var err error
			if out, err = a.again(ctx, tx, d.Key, d.version()); err != nil {
				return err
			}
		}
		k, err := tx.Entry(ctx, ref)
		if err != nil {
			return err
		}
		if out.Already && k.Doc.Why != why {
			return fault.Field("key", "this key was used for another entry already")
		}
		if out.Already {
			return nil
		}
		if k.Doc.Joint != 0 {
			return fault.Field("joint", "one service for many customers is taken back as a whole and booked anew")
		}
		contacts, err := tx.InteractionAs(ctx, ref)
		if err != nil {
			return err
		}
		if err := a.takeBackService(ctx, tx, ref, why); err != nil {
			return err
		}
		if out, err = a.record(ctx, tx, d); err != nil {
			return err
		}
		if err := tx.PassAttachments(ctx, ref, out.Ref); err != nil {
			return err
		}
		if err := a.servedBy(ctx, tx, contacts, out); err != nil {
			return err
		}
		return a.changed(ctx, tx)
	})
	if err != nil {
		return Recorded{}, fmt.Errorf("correct service: %w", err)
	}
	return out, nil
}
