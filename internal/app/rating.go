package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/hook"
	"quid/internal/link"
	"quid/internal/store"
	"quid/money"
	"quid/privacy"
	"quid/service"
)

// longestComment is how long the comment of an answer may be, in bytes.
const longestComment = 2000

// AskRating keeps a question to a customer about the services of a period, or
// about one entry; a link to it is signed by who shows it.
func (a *App) AskRating(ctx context.Context, r service.Rating) (service.Rating, error) {
	if err := may(ctx, auth.CareFor); err != nil {
		return service.Rating{}, err
	}
	r.ID, r.Made, r.Contact = a.id(), a.Now(), strings.TrimSpace(r.Contact)
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if r.Entry != 0 {
			k, err := tx.Entry(ctx, store.Ref{Customer: r.Customer, ID: r.Entry})
			if err != nil {
				return err
			}
			if !k.Withdrawn.IsZero() || k.Doc.Estimate != 0 {
				return fault.Field("entry", "this entry does not stand")
			}
			r.From, r.Until = k.Doc.Day, k.Doc.Day
		}
		if err := r.Check(day.At(a.Now())); err != nil {
			return err
		}
		if _, err := tx.Customer(ctx, r.Customer); err != nil {
			return err
		}
		if err := mayAsk(ctx, tx.Reader, r); err != nil {
			return err
		}
		asked, err := rated(ctx, tx.Reader, r)
		if err != nil {
			return err
		}
		if len(asked) == 0 {
			return fault.Field("until", "no services were booked in this period: there is nothing to ask about")
		}
		if _, err := a.bookKey(ctx, tx, linkKey); err != nil {
			return err
		}
		l := store.Link{ID: r.ID, Customer: r.Customer, Kind: int8(link.Rating), Lang: r.Lang, From: r.From, To: r.Until, Ends: r.Ends, Made: r.Made}
		if err := tx.AddLink(ctx, l); err != nil {
			return err
		}
		return tx.AddRating(ctx, r)
	})
	if err != nil {
		return service.Rating{}, fmt.Errorf("ask for a rating: %w", err)
	}
	return r, nil
}

// mayAsk says why a customer, or the contact that is named, must not be asked.
func mayAsk(ctx context.Context, r store.Reader, rating service.Rating) error {
	if err := objects(ctx, r, privacy.Person{Customer: rating.Customer}); err != nil || rating.Contact == "" {
		return err
	}
	contacts, err := r.PersonsOf(ctx, rating.Customer)
	if err != nil {
		return err
	}
	for _, k := range contacts {
		if crm.Fold(k.Full()) != crm.Fold(rating.Contact) {
			continue
		}
		if err := objects(ctx, r, k.Person); err != nil {
			return err
		}
	}
	return nil
}

// rated are the entries that a rating asks about: real ones that stand.
func rated(ctx context.Context, r store.Reader, rating service.Rating) ([]store.Kept[service.Entry], error) {
	var out []store.Kept[service.Entry]
	filter := store.ServiceFilter{Customer: rating.Customer, Window: day.Window{From: rating.From.Add(-1), To: rating.Until}}
	for k, err := range r.Services(ctx, filter) {
		if err != nil {
			return nil, err
		}
		if k.Doc.Estimate == 0 && (rating.Entry == 0 || k.Doc.ID == rating.Entry) {
			out = append(out, k)
		}
	}
	return out, nil
}

// Rated returns the entries that a rating asks about, the newest first.
func (a *App) Rated(ctx context.Context, rating service.Rating) ([]service.Entry, error) {
	kept, err := rated(ctx, a.DB.Read(), rating)
	if err != nil {
		return nil, fmt.Errorf("rated services: %w", err)
	}
	out := make([]service.Entry, len(kept))
	for i, k := range kept {
		out[i] = k.Doc
	}
	return out, nil
}

// AnswerRating keeps what a customer answered, once. What the services of a type
// were worth is shared out over their entries as their benefit; our cost stays.
func (a *App) AnswerRating(ctx context.Context, rating service.Rating, answers []service.Answer, comment string) error {
	if err := may(ctx, auth.Answer); err != nil {
		return err
	}
	comment = strings.TrimSpace(comment)
	var errs []error
	if len(comment) > longestComment {
		errs = append(errs, fault.Field("comment", "write at most 2000 characters"))
	}
	given := make([]service.Answer, 0, len(answers))
	for _, one := range answers {
		errs = append(errs, one.Check())
		if one = one.Tidy(); !one.Empty() {
			given = append(given, one)
		}
	}
	if len(given) == 0 && comment == "" {
		errs = append(errs, fault.Field("answers", "answer at least one question"))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("answer rating: %w", err)
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		now, err := tx.Rating(ctx, rating.Customer, rating.ID)
		if err != nil {
			return err
		}
		if !now.Open(day.At(a.Now())) {
			return fault.Conflict
		}
		entries, err := rated(ctx, tx.Reader, now)
		if err != nil {
			return err
		}
		now.Answered, now.Comment = a.Now(), comment
		given := slices.DeleteFunc(slices.Clone(given), func(g service.Answer) bool {
			return !slices.ContainsFunc(entries, func(k store.Kept[service.Entry]) bool { return k.Doc.Type == g.Type })
		})
		if err := tx.AnswerRating(ctx, now, given); err != nil {
			return err
		}
		if err := a.tell(ctx, tx, hook.RatingAnswered, hook.Of("customer", int64(now.Customer)).With("rating", now.ID)); err != nil {
			return err
		}
		changed := false
		for _, g := range given {
			if g.Worth == nil {
				continue
			}
			changed = true
			if err := a.revalue(ctx, tx, entries, g.Type, *g.Worth); err != nil {
				return err
			}
		}
		if !changed {
			return nil
		}
		return a.changed(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("answer rating: %w", err)
	}
	return nil
}

// revalue gives the entries of a type the benefit that the customer stated.
func (a *App) revalue(ctx context.Context, tx *store.Tx, entries []store.Kept[service.Entry], of int64, worth money.Amount) error {
	var some []service.Entry
	for _, k := range entries {
		if k.Doc.Type == of {
			some = append(some, k.Doc)
		}
	}
	for i, benefit := range service.Revalue(some, worth) {
		ref := store.Ref{Customer: some[i].Customer, ID: some[i].ID}
		if err := a.SetBenefitIn(ctx, tx, ref, BenefitChange{Benefit: benefit, Source: service.Rated, State: service.Confirmed}); err != nil {
			return err
		}
	}
	return nil
}

// SetOutcome keeps what a service brought about at the customer and takes its
// benefit from it; what was said before stays on record.
func (a *App) SetOutcome(ctx context.Context, ref store.Ref, o service.Outcome) error {
	if err := may(ctx, auth.BookServices); err != nil {
		return err
	}
	o.Source, o.Made = strings.TrimSpace(o.Source), a.Now()
	if err := o.Check(); err != nil {
		return fmt.Errorf("set outcome: %w", err)
	}
	benefit, err := o.Benefit()
	if err != nil || service.Bounded("rate", benefit) != nil {
		return fmt.Errorf("set outcome: %w", fault.Field("rate", "this is more than can be reckoned with"))
	}
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		if err := a.SetBenefitIn(ctx, tx, ref, BenefitChange{Benefit: benefit, Source: service.FromOutcome, State: o.State}); err != nil {
			return err
		}
		if err := tx.AddOutcome(ctx, ref, a.id(), o); err != nil {
			return err
		}
		return a.changed(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("set outcome: %w", err)
	}
	return nil
}
