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

// A JointPart is one of the customers that a service was given to together.
type JointPart struct {
	Customer account.CustomerID
	Weight   money.Micro // heads, or any other weight; all zero: equal parts
}

// A JointDraft is one service for many customers, such as a seminar. Its
// customer is left empty.
type JointDraft struct {
	EntryDraft
	Parts []JointPart
	Full  bool // each gets the whole of it; otherwise it is shared out, to the cent
}

// mostJoint is how many customers one service may be given to together.
const mostJoint = 500

func (d JointDraft) check(today day.Day) error {
	errs := []error{}
	if len(d.Parts) < 2 {
		errs = append(errs, fault.Field("customers", "choose at least two customers"))
	}
	if len(d.Parts) > mostJoint {
		errs = append(errs, fault.Field("customers", "at most 500 customers at once"))
	}
	seen := make(map[account.CustomerID]bool)
	for _, p := range d.Parts {
		if seen[p.Customer] {
			errs = append(errs, fault.Field("customers", "a customer stands there twice"))
			break
		}
		seen[p.Customer] = true
		if p.Weight < 0 {
			errs = append(errs, fault.Field("weight", "not below zero"))
			break
		}
	}
	if d.Charge != 0 || d.ChargeOf != nil {
		errs = append(errs, fault.Field("charge", "book a charged service for each customer alone"))
	}
	if len(d.Parts) > 0 {
		d.Customer = d.Parts[0].Customer
	}
	return errors.Join(append(errs, d.EntryDraft.check(today))...)
}

// RecordJoint books one service for many customers: an entry at each, which is
// taken back as one. Shared out, the quantities, costs and benefits add up to
// those of the whole. A retry with the same key has no second effect.
func (a *App) RecordJoint(ctx context.Context, d JointDraft) ([]Recorded, error) {
	if err := may(ctx, auth.BookServices); err != nil {
		return nil, err
	}
	d.EntryDraft = d.tidy()
	if err := d.check(day.At(a.Now())); err != nil {
		return nil, fmt.Errorf("record joint service: %w", err)
	}
	var out []Recorded
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		var err error
		if out, err = a.recordJoint(ctx, tx, d); err != nil || out[0].Already {
			return err
		}
		return a.changed(ctx, tx)
	})
	if err != nil {
		return nil, fmt.Errorf("record joint service: %w", err)
	}
	return out, nil
}

func (a *App) recordJoint(ctx context.Context, tx *store.Tx, d JointDraft) ([]Recorded, error) {
	version := d.version()
	if d.Key != "" {
		first, err := a.again(ctx, tx, d.Key+".1", version)
		if err != nil {
			return nil, err
		}
		if first.Already {
			return a.jointAgain(ctx, tx, first)
		}
	}
	book, err := tx.Book(ctx)
	if err != nil {
		return nil, err
	}
	whole := d.EntryDraft
	whole.Customer = d.Parts[0].Customer
	e, err := a.price(ctx, tx, book, whole)
	if err != nil {
		return nil, err
	}
	e.Version, e.Joint = version, a.id()
	if d.Key == "" {
		d.Key = strconv.FormatInt(e.Joint, 36)
	}
	parts := d.share(e)
	out := make([]Recorded, 0, len(parts))
	for i, part := range parts {
		if _, err := tx.Customer(ctx, part.Customer); errors.Is(err, fault.NotFound) {
			return nil, fault.Field("customers", "this customer is not there")
		} else if err != nil {
			return nil, err
		}
		one := d.EntryDraft
		one.Key += "." + strconv.Itoa(i+1)
		r, err := a.write(ctx, tx, book, part, one)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// version is the hash of what was asked for, its customers and weights among it.
func (d JointDraft) version() int64 {
	vs := []int64{d.EntryDraft.version()}
	if d.Full {
		vs = append(vs, 1)
	}
	for _, p := range d.Parts {
		vs = append(vs, int64(p.Customer), int64(p.Weight))
	}
	return hash64(vs...)
}

// share splits the entry for the whole: equally, by heads or by weight, adding up
// to the cent; or gives each the whole of it.
func (d JointDraft) share(whole service.Entry) []service.Entry {
	weights := make([]int64, len(d.Parts))
	for i, p := range d.Parts {
		weights[i] = int64(p.Weight)
	}
	cost, benefit := money.Shares(whole.Cost, weights), money.Shares(whole.Benefit, weights)
	quantity := money.Shares(money.Amount(whole.Quantity), weights)
	var minutes []money.Amount
	if whole.Minutes != nil {
		minutes = money.Shares(money.Amount(*whole.Minutes), weights)
	}
	out := make([]service.Entry, len(d.Parts))
	for i, p := range d.Parts {
		out[i] = whole
		out[i].Customer = p.Customer
		if d.Full {
			continue
		}
		out[i].Cost, out[i].Benefit, out[i].Quantity = cost[i], benefit[i], money.Micro(quantity[i])
		if minutes != nil {
			m := int64(minutes[i])
			out[i].Minutes = &m
		}
	}
	return out
}

// jointAgain returns what an earlier try of the same key wrote.
func (a *App) jointAgain(ctx context.Context, tx *store.Tx, first Recorded) ([]Recorded, error) {
	all, err := tx.JointEntries(ctx, first.Entry.Joint)
	if err != nil {
		return nil, err
	}
	out := make([]Recorded, 0, len(all))
	for _, k := range all {
		out = append(out, Recorded{Ref: store.Ref{Customer: k.Doc.Customer, ID: k.Doc.ID}, Entry: k.Doc, Already: true})
	}
	return out, nil
}
