package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/value"
)

// An Override is a person's word against the figures, as the book keeps it.
type Override struct {
	ID int64
	value.Override
	By    string
	Made  time.Time
	Ended time.Time          // when somebody ended it before its last day, else zero
	Of    account.CustomerID // the group that it was said of, if it is inherited, else 0
}

const sqlInsertOverride = `
	INSERT INTO override (customer_id, override_id, class, segment, reason, note, valid_from, valid_until, made_by, made_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// AddOverride writes what a person decided.
func (tx *Tx) AddOverride(ctx context.Context, o Override) error {
	_, err := tx.exec(ctx, sqlInsertOverride, o.Customer, o.ID, o.Class.String(), string(o.Segment), o.Reason, o.Note, o.From, o.Until, o.By, o.Made.UnixMicro())
	if err != nil {
		return fmt.Errorf("override customer %d: %w", o.Customer, err)
	}
	return nil
}

const sqlEndOverride = `
	UPDATE override SET valid_until = CASE WHEN valid_until > $1 THEN $1 ELSE valid_until END, ended_at = $2
	WHERE customer_id = $3 AND override_id = $4 AND ended_at IS NULL`

// EndOverride ends an override: lastDay is the last on which it holds.
func (tx *Tx) EndOverride(ctx context.Context, customer account.CustomerID, id int64, lastDay day.Day, at time.Time) error {
	if err := tx.Reach(ctx, customer); err != nil {
		return err
	}
	n, err := tx.exec(ctx, sqlEndOverride, lastDay, at.UnixMicro(), customer, id)
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return fmt.Errorf("end override %d: %w", id, err)
	}
	return nil
}

const overrideColumns = `customer_id, override_id, class, segment, reason, note, valid_from, valid_until, made_by, made_at, ended_at`

const (
	sqlOverridesOf = `SELECT ` + overrideColumns + ` FROM override WHERE customer_id = $1 ORDER BY valid_from DESC, override_id DESC`
	sqlOverridesOn = `SELECT ` + overrideColumns + ` FROM override WHERE valid_from <= $1 AND valid_until >= $1 ORDER BY customer_id, override_id`
)

// OverridesOf returns what was decided about a customer, the newest first.
func (r Reader) OverridesOf(ctx context.Context, customer account.CustomerID) ([]Override, error) {
	return r.overrides(ctx, sqlOverridesOf, customer)
}

// OverridesOn returns what holds on a day: first what members inherit from the
// group they belong to on that day, then what was said of customers themselves.
// The last that says something of a customer counts.
func (r Reader) OverridesOn(ctx context.Context, on day.Day) ([]Override, error) {
	own, err := r.overrides(ctx, sqlOverridesOn, on)
	if err != nil || len(own) == 0 {
		return nil, err
	}
	of := make(map[account.CustomerID][]Override)
	for _, o := range own {
		of[o.Customer] = append(of[o.Customer], o)
	}
	members, err := r.MembersEver(ctx, slices.Sorted(maps.Keys(of))...)
	if err != nil {
		return nil, err
	}
	var all []Override
	for _, m := range members {
		if m.From <= on && on <= m.Until {
			for _, o := range of[m.Parent] {
				all = append(all, o.inheritedBy(m.Customer))
			}
		}
	}
	return append(all, own...), nil
}

// inheritedBy is the override as it holds for a member of the group.
func (o Override) inheritedBy(member account.CustomerID) Override {
	o.Of, o.Customer = o.Customer, member
	return o
}

// InheritedBy returns what a customer inherits on a day from the group it
// belongs to: of class and segment, what is not said of the customer itself.
func (r Reader) InheritedBy(ctx context.Context, customer account.CustomerID, on day.Day) ([]Override, error) {
	parent, err := r.ParentOn(ctx, customer, on)
	if err != nil || parent == 0 {
		return nil, err
	}
	own, err := r.OverridesOf(ctx, customer)
	if err != nil {
		return nil, err
	}
	above, err := r.OverridesOf(ctx, parent)
	if err != nil {
		return nil, err
	}
	holds := func(o Override) bool { return o.From <= on && on <= o.Until }
	class := slices.ContainsFunc(own, func(o Override) bool { return holds(o) && o.Class != value.NoClass })
	segment := slices.ContainsFunc(own, func(o Override) bool { return holds(o) && o.Segment != value.NoSegment })
	var out []Override
	for _, o := range above {
		if class {
			o.Class = value.NoClass
		}
		if segment {
			o.Segment = value.NoSegment
		}
		if holds(o) && (o.Class != value.NoClass || o.Segment != value.NoSegment) {
			out = append(out, o.inheritedBy(customer))
		}
	}
	return out, nil
}

func (r Reader) overrides(ctx context.Context, query string, args ...any) ([]Override, error) {
	var out []Override
	err := r.each(ctx, query, args, func(rec *record) error {
		o := Override{ID: rec.int(1), By: rec.text(8), Made: time.UnixMicro(rec.int(9)).UTC()}
		class, err := value.ParseClass(rec.text(2))
		if err != nil {
			return err
		}
		o.Override = value.Override{
			Customer: account.CustomerID(rec.int(0)), Class: class, Segment: value.Segment(rec.text(3)), Reason: rec.text(4), Note: rec.text(5),
			From: day.Day(rec.int(6)), Until: day.Day(rec.int(7)),
		}
		if !rec.null(10) {
			o.Ended = time.UnixMicro(rec.int(10)).UTC()
		}
		out = append(out, o)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("overrides: %w", err)
	}
	return out, nil
}
