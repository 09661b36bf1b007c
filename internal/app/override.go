package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/value"
)

// An OverrideDraft is what a person says against the figures (Sonderfall): a
// class or a segment, or both, with a reason and an end.
type OverrideDraft struct {
	Customer account.CustomerID
	Class    value.Class
	Segment  value.Segment
	Reason   string // one of value.Reasons
	Note     string
	Until    day.Day // last day on which it holds
	By       string
}

// check reports every field that stands in the way.
func (d OverrideDraft) check(model value.Model, today day.Day) error {
	var errs []error
	if d.Customer == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	if d.Class == value.NoClass && d.Segment == value.NoSegment {
		errs = append(errs, fault.Field("class", "choose a class or a segment"))
	}
	if d.Segment != value.NoSegment {
		if _, err := d.Segment.In(int8(model.From.Bands), int8(model.To.Bands)); err != nil {
			errs = append(errs, fault.Field("segment", "choose a field of the matrix"))
		}
	}
	if !slices.Contains(value.Reasons, d.Reason) {
		errs = append(errs, fault.Field("reason", "choose a reason"))
	}
	if d.Reason == "other" && strings.TrimSpace(d.Note) == "" {
		errs = append(errs, fault.Field("note", "say what the reason is"))
	}
	if d.Until < today {
		errs = append(errs, fault.Field("until", "choose an end that is not in the past"))
	}
	return errors.Join(errs...)
}

// Overrule keeps what a person decided about a customer, from today on. What was
// decided before and still holds ends the day before. A valuation is asked for;
// the overruled figure stays visible beside it.
func (a *App) Overrule(ctx context.Context, d OverrideDraft) (int64, error) {
	if err := may(ctx, auth.EditCustomers); err != nil {
		return 0, err
	}
	model, err := a.Model(ctx)
	if err != nil {
		return 0, err
	}
	today := day.At(a.Now())
	if err := d.check(model.Spec, today); err != nil {
		return 0, fmt.Errorf("overrule: %w", err)
	}
	id := a.id()
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Customer(ctx, d.Customer); err != nil {
			return err
		}
		before, err := tx.OverridesOf(ctx, d.Customer)
		if err != nil {
			return err
		}
		change := ofCustomer("made", "override", d.Customer, id, nil)
		for _, o := range before {
			if o.Ended.IsZero() && o.Until >= today {
				if err := tx.EndOverride(ctx, d.Customer, o.ID, today.Add(-1), a.Now()); err != nil {
					return err
				}
				change.Before = toldOfOverride(o)
			}
		}
		o := store.Override{ID: id, By: d.By, Made: a.Now(), Override: value.Override{
			Customer: d.Customer, Class: d.Class, Segment: d.Segment, Reason: d.Reason, Note: strings.TrimSpace(d.Note), From: today, Until: d.Until,
		}}
		change.After = toldOfOverride(o)
		if err := errors.Join(tx.AddOverride(ctx, o), a.audit(ctx, tx, change)); err != nil {
			return err
		}
		return a.enqueue(ctx, tx, ValueJob, "")
	})
	return id, err
}

// EndOverride ends what a person decided: from today on the figures count again.
func (a *App) EndOverride(ctx context.Context, customer account.CustomerID, id int64) error {
	if err := may(ctx, auth.EditCustomers); err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		ended := tx.EndOverride(ctx, customer, id, day.At(a.Now()).Add(-1), a.Now())
		if err := errors.Join(ended, a.audit(ctx, tx, ofCustomer("took back", "override", customer, id, nil))); err != nil {
			return err
		}
		return a.enqueue(ctx, tx, ValueJob, "")
	})
}
