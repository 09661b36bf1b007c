package app

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/hook"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// captured is the source of entries that people book, as external ids know it.
const captured = "capture"

// An EntryDraft is a free service as somebody books it.
type EntryDraft struct {
	Key        string // made by who asks, so that a retry has one effect; "" makes one
	Customer   account.CustomerID
	Type       int64
	Day        day.Day
	Quantity   money.Micro  // in the type's unit
	Minutes    *money.Micro // or in minutes
	Background string
	Contact    string
	Team       int64
	Cost       *money.Amount // where it is known better than by rate
	Benefit    *money.Amount // likewise
	Charge     money.Amount  // what the customer pays of it
	ChargeOf   *service.LineRef
	By         string // who did it: kept apart, for corrections only
	Replaces   account.DocumentID
}

// A Recorded is a service entry as it was written.
type Recorded struct {
	Ref     store.Ref
	Entry   service.Entry
	Already bool // it had been written before: this was a retry
}

// Longest texts of an entry, in characters.
const (
	longestKey        = 100
	longestBackground = 2000
	longestContact    = 200
)

// ahead is how many days after ours the clock of who books may be.
const ahead = 1

// version is the hash of what was asked for: the same key with another body is
// no retry.
func (d EntryDraft) version() int64 {
	h := sha256.New()
	num := func(vs ...int64) {
		for _, v := range vs {
			var b [8]byte
			binary.LittleEndian.PutUint64(b[:], uint64(v))
			h.Write(b[:])
		}
	}
	num(int64(d.Customer), d.Type, int64(d.Day), int64(d.Quantity), d.Team, int64(d.Charge), int64(d.Replaces))
	for _, p := range []*money.Amount{d.Cost, d.Benefit, (*money.Amount)(d.Minutes)} {
		if p == nil {
			num(0)
		} else {
			num(1, int64(*p))
		}
	}
	if d.ChargeOf != nil {
		num(1, int64(d.ChargeOf.Invoice), int64(d.ChargeOf.Line))
	}
	for _, s := range []string{d.Background, d.Contact, d.By} {
		num(int64(len(s)))
		h.Write([]byte(s))
	}
	return int64(binary.LittleEndian.Uint64(h.Sum(nil)))
}

// check reports the fields that can be judged without the book.
func (d EntryDraft) check(today day.Day) error {
	var errs []error
	if d.Customer == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	if d.Type == 0 {
		errs = append(errs, fault.Field("type", "choose a service"))
	}
	if d.Day == 0 {
		errs = append(errs, fault.Field("day", "write a day such as 2026-12-31"))
	} else if d.Day > today.Add(ahead) {
		errs = append(errs, fault.Field("day", "this day is still to come"))
	}
	errs = append(errs, texts(d.Background, d.Contact))
	if utf8.RuneCountInString(d.Key) > longestKey {
		errs = append(errs, fault.Field("key", "write at most 100 characters"))
	}
	return errors.Join(errs...)
}

// texts reports which of the texts of an entry are too long.
func texts(background, contact string) error {
	var errs []error
	if utf8.RuneCountInString(background) > longestBackground {
		errs = append(errs, fault.Field("background", "write at most 2000 characters"))
	}
	if utf8.RuneCountInString(contact) > longestContact {
		errs = append(errs, fault.Field("contact", "write at most 200 characters"))
	}
	return errors.Join(errs...)
}

// RecordService books a free service. A retry with the same key has no second
// effect and returns what was written; the same key with another body is refused.
// A valuation is asked for.
func (a *App) RecordService(ctx context.Context, d EntryDraft) (Recorded, error) {
	if err := may(ctx, auth.BookServices); err != nil {
		return Recorded{}, err
	}
	d = d.tidy()
	if err := d.check(day.At(a.Now())); err != nil {
		return Recorded{}, fmt.Errorf("record service: %w", err)
	}
	var out Recorded
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		var err error
		if out, err = a.record(ctx, tx, d); err != nil || out.Already {
			return err
		}
		return a.changed(ctx, tx)
	})
	if err != nil {
		return Recorded{}, fmt.Errorf("record service: %w", err)
	}
	return out, nil
}

func (d EntryDraft) tidy() EntryDraft {
	for _, text := range []*string{&d.Key, &d.By, &d.Background, &d.Contact} {
		*text = strings.TrimSpace(strings.ReplaceAll(*text, "\x00", "")) // NUL is no text for PostgreSQL
	}
	return d
}

// calm is how long a valuation waits after an entry: who books one often books
// more.
const calm = 10 * time.Second

// changed says that facts changed, and asks for a valuation.
func (a *App) changed(ctx context.Context, tx *store.Tx) error {
	if err := tx.Touch(ctx); err != nil {
		return err
	}
	return tx.Enqueue(ctx, a.id(), ValueJob, "", a.Now().Add(calm))
}

// record writes an entry within a transaction.
func (a *App) record(ctx context.Context, tx *store.Tx, d EntryDraft) (Recorded, error) {
	version := d.version()
	if d.Key != "" {
		if again, err := a.again(ctx, tx, d.Key, version); err != nil || again.Already {
			return again, err
		}
	}
	book, err := tx.Book(ctx)
	if err != nil {
		return Recorded{}, err
	}
	e, err := a.price(ctx, tx, book, d)
	if err != nil {
		return Recorded{}, err
	}
	e.Version = version
	return a.write(ctx, tx, book, e, d)
}

// again finds an entry by the key of who asked for it.
func (a *App) again(ctx context.Context, tx *store.Tx, key string, version int64) (Recorded, error) {
	found, err := tx.Keys(ctx, captured, store.EntryKey, []string{key})
	if err != nil {
		return Recorded{}, err
	}
	k, ok := found[key]
	if !ok {
		return Recorded{}, nil
	}
	ref := store.Ref{Customer: k.Customer, ID: account.DocumentID(k.ID)}
	e, err := tx.Entry(ctx, ref)
	if err != nil {
		return Recorded{}, err
	}
	if e.Doc.Version != version {
		return Recorded{}, fault.Field("key", "this key was used for another entry already")
	}
	return Recorded{Ref: ref, Entry: e.Doc, Already: true}, nil
}

// price turns a draft into an entry at the rates of its day, or reports every
// field that stands in the way.
func (a *App) price(ctx context.Context, tx *store.Tx, book store.Book, d EntryDraft) (service.Entry, error) {
	if d.Day <= book.ClosedUntil {
		return service.Entry{}, fault.Field("day", "the book is closed for this day")
	}
	if _, err := tx.Customer(ctx, d.Customer); errors.Is(err, fault.NotFound) {
		return service.Entry{}, fault.Field("customer", "this customer is not there")
	} else if err != nil {
		return service.Entry{}, err
	}
	t, err := typeOf(ctx, tx, d.Type)
	if err != nil {
		return service.Entry{}, err
	}
	if err := a.teamThere(ctx, tx, d.Team); err != nil {
		return service.Entry{}, err
	}
	e := service.Entry{
		Header: fact.Header{Customer: d.Customer}, Day: d.Day, Type: d.Type, Team: d.Team, Background: d.Background, Contact: d.Contact,
		Charge: d.Charge, Replaces: d.Replaces,
	}
	draft := service.Draft{Day: d.Day, Team: d.Team, Quantity: d.Quantity, Minutes: d.Minutes, Cost: d.Cost, Benefit: d.Benefit}
	if e.Quantity, e.Cost, e.Benefit, e.RateUsed, err = t.Price(draft); err != nil {
		return e, err
	}
	if d.Benefit != nil {
		e.Source = service.Said
	}
	e.Minutes = t.Spent(e.Quantity, d.Minutes)
	share, err := ChargeShare(ctx, tx.Reader)
	if err != nil {
		return e, err
	}
	if err := service.Chargeable(e.Charge, e.Benefit, share); err != nil {
		return e, err
	}
	if e.ChargeOf, err = chargedBy(ctx, tx, d); err != nil {
		return e, err
	}
	return e, nil
}

// typeOf returns a type that can be booked.
func typeOf(ctx context.Context, tx *store.Tx, id int64) (service.Type, error) {
	types, err := tx.Types(ctx)
	if err != nil {
		return service.Type{}, err
	}
	for _, t := range types {
		switch {
		case t.ID != id:
		case t.Sold:
			return t, fault.Field("type", "this is a paid service: it belongs on an invoice and can't be booked as free")
		case t.Retired:
			return t, fault.Field("type", "this service is not offered any more")
		default:
			return t, nil
		}
	}
	return service.Type{}, fault.Field("type", "this service is not in the catalogue")
}

func (a *App) teamThere(ctx context.Context, tx *store.Tx, id int64) error {
	if id == 0 {
		return nil
	}
	teams, err := tx.Teams(ctx)
	if err != nil {
		return err
	}
	for _, t := range teams {
		if t.ID == id {
			return nil
		}
	}
	return fault.Field("team", "this team is not there")
}

// write gives the entry its number and writes it with its postings; where it is
// a real one, it takes the place of what was estimated for its month.
func (a *App) write(ctx context.Context, tx *store.Tx, book store.Book, e service.Entry, d EntryDraft) (Recorded, error) {
	e.ID, e.Revision = account.DocumentID(a.id()), 1
	e.Number = d.Key
	if e.Number == "" {
		e.Number = strconv.FormatInt(int64(e.ID), 36)
	}
	source := captured
	if e.Estimate != 0 {
		source = estimated
	}
	k := store.Kept[service.Entry]{Doc: e, PostedOn: max(e.Day, book.FirstOpen())}
	ref := store.Ref{Customer: e.Customer, ID: e.ID}
	steps := []func() error{
		func() error { return tx.AddEntry(ctx, k) },
		func() error { return tx.AddPostings(ctx, a.postings(book, e)) },
		func() error {
			return tx.AddKeys(ctx, []store.Key{{Source: source, Kind: store.EntryKey, External: e.Number, Customer: e.Customer, ID: int64(e.ID)}})
		},
		func() error {
			if d.By == "" {
				return nil
			}
			if err := tx.AddAuthor(ctx, ref, d.By, a.Now()); err != nil {
				return err
			}
			return tx.Enqueue(ctx, a.id(), ForgetJob, "", a.Now().Add(forgetEvery))
		},
		func() error {
			if e.Estimate != 0 {
				return nil
			}
			return a.settleEstimates(ctx, tx, book, e.Customer)
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return Recorded{}, err
		}
	}
	return Recorded{Ref: ref, Entry: e}, a.tellBooked(ctx, tx, e)
}

// tellBooked tells of an entry that somebody booked; what was estimated is no news.
func (a *App) tellBooked(ctx context.Context, tx *store.Tx, e service.Entry) error {
	about := hook.Of("customer", int64(e.Customer)).With("service", int64(e.ID))
	switch {
	case e.Estimate != 0:
		return nil
	case e.Replaces != 0:
		return a.tell(ctx, tx, hook.ServiceCorrected, about.With("replaces", int64(e.Replaces)))
	default:
		return a.tell(ctx, tx, hook.ServiceBooked, about)
	}
}

// postings are what a revision of an entry posts.
func (a *App) postings(book store.Book, e service.Entry) []account.Posting {
	doc := account.Document{Kind: account.FromService, ID: e.ID, Revision: e.Revision}
	return account.Post(e.Customer, doc, book.FirstOpen(), e.Postings(), a.postingID)
}

// A BenefitChange says what a service was worth to the customer, and how that is
// known.
type BenefitChange struct {
	Benefit money.Amount
	Source  service.BenefitSource
	State   service.BenefitState
}

// SetBenefit posts an entry anew with another benefit; our cost stays as it is.
func (a *App) SetBenefit(ctx context.Context, ref store.Ref, c BenefitChange) error {
	if err := may(ctx, auth.BookServices); err != nil {
		return err
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if err := a.SetBenefitIn(ctx, tx, ref, c); err != nil {
			return err
		}
		return a.changed(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("set benefit: %w", err)
	}
	return nil
}

// SetBenefitIn is SetBenefit within a transaction, without asking for a valuation.
func (a *App) SetBenefitIn(ctx context.Context, tx *store.Tx, ref store.Ref, c BenefitChange) error {
	if c.Benefit < 0 {
		return fault.Field("benefit", "not below zero")
	}
	if err := service.Bounded("benefit", c.Benefit); err != nil {
		return err
	}
	book, err := tx.Book(ctx)
	if err != nil {
		return err
	}
	k, err := tx.Entry(ctx, ref)
	if err != nil {
		return err
	}
	if !k.Withdrawn.IsZero() {
		return fmt.Errorf("entry %s was taken back: %w", k.Doc.Number, fault.Conflict)
	}
	if k.Doc.Benefit == c.Benefit && k.Doc.Source == c.Source && k.Doc.State == c.State {
		return nil
	}
	if err := a.withdraw(ctx, tx, book, k, ""); err != nil {
		return err
	}
	k.Doc.Benefit, k.Doc.Source, k.Doc.State = c.Benefit, c.Source, c.State
	about := hook.Of("customer", int64(ref.Customer)).With("service", int64(ref.ID))
	return errors.Join(a.repost(ctx, tx, book, k), a.tell(ctx, tx, hook.ServiceCorrected, about))
}
