package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/service"
)

// shipped is the source of the catalogue that a new book begins with, as external
// ids know it.
const shipped = "shipped"

// ShipCatalogue puts the shipped types into the book that are not there yet, and
// returns how many that were.
func (a *App) ShipCatalogue(ctx context.Context) (int, error) {
	if err := may(ctx, auth.SetRates); err != nil {
		return 0, err
	}
	n := 0
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		book, err := tx.Book(ctx)
		if err != nil {
			return err
		}
		n, err = a.shipCatalogue(ctx, tx, book.Digits)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("ship catalogue: %w", err)
	}
	return n, nil
}

func (a *App) shipCatalogue(ctx context.Context, tx *store.Tx, digits int) (int, error) {
	there, err := tx.Types(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, t := range service.DefaultCatalogue(digits) {
		if slices.ContainsFunc(there, func(o service.Type) bool { return o.Code == t.Code }) {
			continue
		}
		if err := a.addType(ctx, tx, t, shipped); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

func (a *App) addType(ctx context.Context, tx *store.Tx, t service.Type, source string) error {
	t.ID, t.Revision = a.id(), 1
	if err := tx.AddType(ctx, t); err != nil {
		return err
	}
	return tx.AddKeys(ctx, []store.Key{{Source: source, Kind: store.TypeKey, External: t.Code, ID: t.ID}})
}

// SaveType keeps a type of the catalogue with its rates: a new one if it has no
// id. It fails with fault.Conflict if somebody wrote the type since the person
// saw its revision. What was posted keeps the rate it was posted at.
func (a *App) SaveType(ctx context.Context, t service.Type) (int64, error) {
	if err := may(ctx, auth.SetRates); err != nil {
		return 0, err
	}
	t.Code, t.NameDE, t.NameEN = strings.TrimSpace(t.Code), strings.TrimSpace(t.NameDE), strings.TrimSpace(t.NameEN)
	t.NameDE, t.NameEN = cmp.Or(t.NameDE, t.NameEN, t.Code), cmp.Or(t.NameEN, t.NameDE, t.Code)
	t.Words = strings.Join(strings.Fields(t.Words), " ")
	slices.SortFunc(t.Rates, func(x, y service.Rate) int {
		return cmp.Or(cmp.Compare(x.Team, y.Team), cmp.Compare(x.ValidFrom, y.ValidFrom))
	})
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		types, err := tx.Types(ctx)
		if err != nil {
			return err
		}
		if err := checkType(t, types); err != nil {
			return err
		}
		if t.ID == 0 {
			fresh := t
			fresh.ID = a.id()
			fresh.Revision = 1
			if err := tx.AddType(ctx, fresh); err != nil {
				return err
			}
			t.ID = fresh.ID
			return errors.Join(tx.AddKeys(ctx, []store.Key{{Source: captured, Kind: store.TypeKey, External: t.Code, ID: t.ID}}),
				a.audit(ctx, tx, act{What: "made", Noun: "service", ID: t.ID, After: toldOfType(t)}))
		}
		return a.replaceType(ctx, tx, t, types)
	})
	if err != nil {
		return 0, fmt.Errorf("save service type: %w", err)
	}
	return t.ID, nil
}

func checkType(t service.Type, types []service.Type) error {
	errs := []error{t.Check()}
	for i, r := range t.Rates {
		if i > 0 && r.Team == t.Rates[i-1].Team && r.ValidFrom == t.Rates[i-1].ValidFrom {
			errs = append(errs, fault.Field("valid_from", "two rates of one team begin on the same day"))
		}
	}
	for _, o := range types {
		if o.ID != t.ID && strings.EqualFold(o.Code, t.Code) {
			errs = append(errs, fault.Field("code", "another service has this code"))
		}
	}
	return errors.Join(errs...)
}

// replaceType writes a type over the one that is there; its code stays.
func (a *App) replaceType(ctx context.Context, tx *store.Tx, t service.Type, types []service.Type) error {
	i := slices.IndexFunc(types, func(o service.Type) bool { return o.ID == t.ID })
	if i < 0 {
		return fmt.Errorf("service type %d: %w", t.ID, fault.NotFound)
	}
	before := types[i]
	if before.Revision != t.Revision {
		return fmt.Errorf("service type %s: %w", before.Code, fault.Conflict)
	}
	if before.Code != t.Code {
		return fault.Field("code", "the code of a service stays as it is: files and keys name it")
	}
	t.Revision, t.Import, t.Stub = before.Revision+1, 0, false
	return errors.Join(tx.PutType(ctx, t), a.audit(ctx, tx, act{What: "changed", Noun: "service", ID: t.ID, Before: toldOfType(before), After: toldOfType(t)}))
}

// SaveTeam keeps a team with its costs: a new one if it has no id. It fails with
// fault.Conflict if somebody wrote the team since the person saw its revision.
func (a *App) SaveTeam(ctx context.Context, t service.Team) (int64, error) {
	if err := may(ctx, auth.SetRates); err != nil {
		return 0, err
	}
	t.Name = strings.TrimSpace(t.Name)
	slices.SortFunc(t.Costs, func(x, y service.TeamCost) int { return cmp.Compare(x.ValidFrom, y.ValidFrom) })
	if err := t.Check(); err != nil {
		return 0, fmt.Errorf("save team: %w", err)
	}
	id := t.ID
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		teams, err := tx.Teams(ctx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(teams, func(o service.Team) bool { return o.ID != t.ID && strings.EqualFold(o.Name, t.Name) }) {
			return fault.Field("name", "another team has this name")
		}
		now, change := t, act{What: "made", Noun: "team", After: toldOfTeam(t)}
		if id = t.ID; id == 0 {
			id = a.id()
		} else {
			i := slices.IndexFunc(teams, func(o service.Team) bool { return o.ID == t.ID })
			if i < 0 {
				return fmt.Errorf("team %d: %w", t.ID, fault.NotFound)
			}
			if teams[i].Revision != t.Revision {
				return fmt.Errorf("team %s: %w", t.Name, fault.Conflict)
			}
			change.What, change.Before = "changed", toldOfTeam(teams[i])
		}
		now.ID, now.Revision = id, t.Revision+1
		change.ID = id
		if err := errors.Join(tx.PutTeam(ctx, now, a.Now()), a.audit(ctx, tx, change)); err != nil {
			return err
		}
		return a.changed(ctx, tx) // capture coverage rests on it
	})
	if err != nil {
		return 0, fmt.Errorf("save team: %w", err)
	}
	return id, nil
}

// CloseBook closes the book up to a day, that day included: nothing is dated
// before the next day any more. An earlier day opens it again, which wants a
// reason.
func (a *App) CloseBook(ctx context.Context, until day.Day, reason string) error {
	if err := may(ctx, auth.SetRates); err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		book, err := tx.Book(ctx)
		if err != nil {
			return err
		}
		today := day.At(a.Now())
		switch {
		case until == book.ClosedUntil:
			return nil
		case until >= today:
			return fault.Field("until", "close the book up to a day that is over")
		case until < book.ClosedUntil && reason == "":
			return fault.Field("reason", "say why the book is opened again")
		}
		c := store.Closing{ID: a.id(), Until: until, Reason: reason, Made: a.Now()}
		return errors.Join(tx.CloseBook(ctx, c), a.audit(ctx, tx, act{What: "changed", Noun: "closing", ID: c.ID, Before: map[string]string{"until": book.ClosedUntil.String()}, After: map[string]string{"until": until.String()}}))
	})
	if err != nil {
		return fmt.Errorf("close book: %w", err)
	}
	return nil
}

// markService says that an interaction was a service: what it posted as care is
// reversed, the entry posts instead. Entry 0 makes it care again.
func (a *App) markService(ctx context.Context, tx *store.Tx, book store.Book, interaction store.Ref, entry account.DocumentID) error {
	k, err := tx.Interaction(ctx, interaction)
	if err != nil {
		return err
	}
	if !k.Withdrawn.IsZero() {
		return fmt.Errorf("interaction %s was taken back: %w", k.Doc.Number, fault.Conflict)
	}
	doc := account.Document{Kind: account.FromInteraction, ID: k.Doc.ID, Revision: k.Doc.Revision}
	back, err := a.reverse(ctx, tx, book, k.Doc.Customer, k.PostedOn, doc)
	if err != nil {
		return err
	}
	k.Doc.Service = entry
	k.Doc.Revision++
	doc.Revision = k.Doc.Revision
	k.PostedOn = max(k.Doc.Day, book.FirstOpen())
	back = append(back, account.Post(k.Doc.Customer, doc, book.FirstOpen(), k.Doc.Postings(), a.postingID)...)
	if err := tx.AddPostings(ctx, back); err != nil {
		return err
	}
	return tx.PutInteraction(ctx, k)
}

// servedBy lets the interactions that were a service be the one that corrects it;
// at another customer they stay care.
func (a *App) servedBy(ctx context.Context, tx *store.Tx, contacts []store.Kept[fact.Interaction], now Recorded) error {
	book, err := tx.Book(ctx)
	if err != nil {
		return err
	}
	for _, k := range contacts {
		if k.Doc.Customer != now.Ref.Customer {
			continue
		}
		if err := a.remark(ctx, tx, book, k, now.Ref.ID); err != nil {
			return err
		}
	}
	return nil
}

// careAgain lets the interactions that were a service post as care again: the
// service was taken back.
func (a *App) careAgain(ctx context.Context, tx *store.Tx, book store.Book, entry store.Ref) error {
	were, err := tx.InteractionAs(ctx, entry)
	if err != nil {
		return err
	}
	for _, k := range were {
		if err := a.remark(ctx, tx, book, k, 0); err != nil {
			return err
		}
	}
	return nil
}

// remark is markService for an interaction that may be withdrawn: then it posts
// nothing, and only keeps what it was for when its file comes again.
func (a *App) remark(ctx context.Context, tx *store.Tx, book store.Book, k store.Kept[fact.Interaction], entry account.DocumentID) error {
	if k.Withdrawn.IsZero() {
		return a.markService(ctx, tx, book, store.Ref{Customer: k.Doc.Customer, ID: k.Doc.ID}, entry)
	}
	k.Doc.Service = entry
	return tx.PutInteraction(ctx, k)
}
