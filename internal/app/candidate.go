package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// CallMinutesSetting is from how many minutes on an inbound call is proposed as
// a service.
const CallMinutesSetting = "call_minutes"

const (
	defaultCallMinutes = 20
	mostCallMinutes    = 24 * 60
	candidateDays      = 92 // older documents are not proposed any more
)

// A CandidatesPage is some of the documents that may have been free services,
// each with what it would be booked as.
type CandidatesPage struct {
	List        []Candidate
	Next        *store.CandidateMark // where older ones are, nil if there are none
	CallMinutes int
}

// A Candidate is a document with what it would be booked as.
type Candidate struct {
	service.Candidate
	Proposal service.Proposal
}

// Candidates returns the newest documents that may have been free services,
// behind a mark if there is one.
func (a *App) Candidates(ctx context.Context, before *store.CandidateMark, most int) (CandidatesPage, error) {
	var p CandidatesPage
	err := a.DB.Look(ctx, func(r store.Reader) error {
		book, err := r.Book(ctx)
		if err != nil {
			return err
		}
		if p.CallMinutes, err = intSetting(ctx, r, CallMinutesSetting, defaultCallMinutes); err != nil {
			return err
		}
		finder, err := finderOf(ctx, r)
		if err != nil {
			return err
		}
		after := max(day.At(a.Now()).Add(-candidateDays), book.ClosedUntil)
		list, next, err := r.Candidates(ctx, store.CandidateFilter{After: after, Before: before, CallMinutes: p.CallMinutes, Most: most})
		if err != nil {
			return err
		}
		p.Next = next
		for _, c := range list {
			p.List = append(p.List, Candidate{c, finder.Propose(c, p.CallMinutes)})
		}
		return nil
	})
	return p, err
}

// finderOf knows the services by their words and by what somebody said of words.
func finderOf(ctx context.Context, r store.Reader) (*service.Finder, error) {
	types, err := r.Types(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := r.SheetWords(ctx, store.ServiceWord)
	return service.NewFinder(types, kept), err
}

// A CandidateChoice is what somebody confirms a candidate as.
type CandidateChoice struct {
	Type     int64
	Quantity money.Micro  // in the type's unit
	Minutes  *money.Micro // or in minutes
	Team     int64
}

// ConfirmCandidate books a document as a free service, once: a retry returns what
// was written. An interaction becomes a service: it posts on the to-side only.
func (a *App) ConfirmCandidate(ctx context.Context, c service.Candidate, choice CandidateChoice) (Recorded, error) {
	if err := may(ctx, auth.BookServices); err != nil {
		return Recorded{}, err
	}
	var out Recorded
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		entry, decided, err := tx.CandidateDecided(ctx, c)
		if err != nil {
			return err
		}
		if decided && entry != 0 {
			ref := store.Ref{Customer: c.Customer, ID: entry}
			k, err := tx.Entry(ctx, ref)
			out = Recorded{Ref: ref, Entry: k.Doc, Already: true}
			return err
		}
		d, err := a.candidateDraft(ctx, tx, c, choice)
		if err != nil {
			return err
		}
		if out, err = a.record(ctx, tx, d); err != nil {
			return err
		}
		if c.Kind == service.FromInteraction {
			book, err := tx.Book(ctx)
			if err != nil {
				return err
			}
			if err := a.markService(ctx, tx, book, store.Ref{Customer: c.Customer, ID: c.Document}, out.Ref.ID); err != nil {
				return err
			}
		}
		if err := tx.DecideCandidate(ctx, c, out.Ref.ID, a.Now()); err != nil {
			return err
		}
		return a.changed(ctx, tx)
	})
	if err != nil {
		return Recorded{}, fmt.Errorf("confirm candidate: %w", err)
	}
	return out, nil
}

// candidateDraft reads the document again and makes the entry of it.
func (a *App) candidateDraft(ctx context.Context, tx *store.Tx, c service.Candidate, choice CandidateChoice) (EntryDraft, error) {
	d := EntryDraft{Customer: c.Customer, Type: choice.Type, Quantity: choice.Quantity, Minutes: choice.Minutes, Team: choice.Team}
	d.Key = fmt.Sprintf("candidate-%d-%s-%d", c.Kind, strconv.FormatInt(int64(c.Document), 36), c.Line)
	ref := store.Ref{Customer: c.Customer, ID: c.Document}
	gone := fault.Field("document", "this document is not there any more")
	if c.Kind == service.FromInteraction {
		k, err := tx.Interaction(ctx, ref)
		if errors.Is(err, fault.NotFound) || err == nil && !k.Withdrawn.IsZero() {
			return d, gone
		}
		if err == nil && k.Doc.Service != 0 {
			return d, fault.Field("document", "this contact was booked as a service already")
		}
		d.Day, d.Background, d.Contact = k.Doc.Day, cut(cmpOr(k.Doc.Subject, k.Doc.Purpose), longestBackground), cut(k.Doc.Contact, longestContact)
		return d, err
	}
	k, _, err := tx.Invoice(ctx, ref)
	if errors.Is(err, fault.NotFound) || err == nil && !k.Withdrawn.IsZero() {
		return d, gone
	}
	if err != nil {
		return d, err
	}
	d.Day, d.Background = k.Doc.Day, cut(k.Doc.Number+" "+c.Text, longestBackground)
	if c.Kind == service.FromCredit {
		return d, nil
	}
	for _, l := range k.Doc.Lines {
		if int(l.Number) == c.Line && l.Net == 0 {
			return d, nil
		}
	}
	return d, gone
}

// cut shortens a text to at most so many characters.
func cut(s string, longest int) string {
	for at := range s {
		if longest--; longest < 0 {
			return s[:at]
		}
	}
	return s
}

// DismissCandidate says that a document was no free service: it is not proposed
// again.
func (a *App) DismissCandidate(ctx context.Context, c service.Candidate) error {
	if err := may(ctx, auth.BookServices); err != nil {
		return err
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Customer(ctx, c.Customer); err != nil {
			return err
		}
		if _, decided, err := tx.CandidateDecided(ctx, c); err != nil || decided {
			return err
		}
		return tx.DecideCandidate(ctx, c, account.DocumentID(0), a.Now())
	})
	if err != nil {
		return fmt.Errorf("dismiss candidate: %w", err)
	}
	return nil
}

// ProposeAgain takes the dismissal of a candidate back.
func (a *App) ProposeAgain(ctx context.Context, c service.Candidate) error {
	if err := may(ctx, auth.BookServices); err != nil {
		return err
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.Reach(ctx, c.Customer); err != nil {
			return err
		}
		return tx.UndecideCandidate(ctx, c)
	})
	if err != nil {
		return fmt.Errorf("propose candidate again: %w", err)
	}
	return nil
}
