package app

import (
	"context"
	"slices"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/internal/intake"
	"quid/internal/store"
)

// customersBefore returns customers as they are, with the groups they began to
// belong to: what undo needs of them.
func (b *batch) customersBefore(ctx context.Context, ids []account.CustomerID) (map[account.CustomerID]store.KeptCustomer, error) {
	old, err := b.tx.CustomersByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	begun, err := b.tx.GroupsBegun(ctx, ids...)
	if err != nil {
		return nil, err
	}
	for id, k := range old {
		k.Groups = begun[id]
		old[id] = k
	}
	return old, nil
}

// A grouping is a customer whose row names its group, and what became of the row
// otherwise.
type grouping struct {
	doc     *intake.Doc
	before  store.KeptCustomer // empty for a new customer
	id      account.CustomerID
	outcome outcome
}

// takeParents takes in which group each customer belongs to, and counts their
// rows. A group that is not there yet becomes a stub, which its own row describes
// later; one that can't be told leaves the customer where it is.
func (b *batch) takeParents(ctx context.Context, groups []grouping) error {
	names := make(map[string]bool)
	for _, g := range groups {
		if parent := g.doc.Customer.Parent; parent != "" {
			names[parent] = true
		}
	}
	if err := b.resolve(ctx, names); err != nil {
		return err
	}
	for _, g := range groups {
		o, err := b.takeParent(ctx, g)
		if err != nil {
			return err
		}
		b.count(g.doc, o)
	}
	return nil
}

func (b *batch) takeParent(ctx context.Context, g grouping) (outcome, error) {
	in := g.doc.Customer
	ref, ok := b.customerRef(in.Parent)
	if in.Parent != "" && (!ok || ref.ID == 0) {
		return g.outcome, nil
	}
	if ref.ID == g.id {
		ref.ID = 0 // it leads its group
	}
	now := regroup(g.before.Groups, crm.Membership{Customer: g.id, Parent: ref.ID, From: in.ParentSince})
	if slices.Equal(now, g.before.Groups) {
		return g.outcome, nil
	}
	b.groups = append(b.groups, regrouped{g.id, g.before.Groups, now})
	if g.outcome != unchanged {
		return g.outcome, nil
	}
	c := g.before
	if err := b.changed(store.CustomerKey, store.Ref{Customer: c.ID, ID: account.DocumentID(c.ID)}, c); err != nil || b.dry {
		return updated, err
	}
	c.Revision, c.Import = c.Revision+1, b.id
	return updated, b.tx.PutCustomer(ctx, c)
}

// regroup returns the groups that a customer begins to belong to when a file
// names one. With a day it belongs there from that day on, and before to whichever
// it did; without one it does from the beginning, unless it does already now.
func regroup(begun []crm.Membership, m crm.Membership) []crm.Membership {
	on := func(d day.Day) (parent account.CustomerID) {
		for _, b := range begun {
			if b.From <= d {
				parent = b.Parent
			}
		}
		return parent
	}
	switch {
	case m.From == 0 && on(day.Max) == m.Parent, m.From != 0 && on(m.From) == m.Parent:
		return begun
	case m.From == 0 && m.Parent == 0:
		return nil
	case m.From == 0:
		m.From = day.Min
		return []crm.Membership{m}
	}
	kept := slices.DeleteFunc(slices.Clone(begun), func(b crm.Membership) bool { return b.From == m.From })
	kept = append(kept, m)
	slices.SortFunc(kept, func(x, y crm.Membership) int { return int(x.From - y.From) })
	return kept
}

// A regrouped customer belongs to other groups than before: when it began to, by
// day.
type regrouped struct {
	id          account.CustomerID
	before, now []crm.Membership
}

// writeGroups writes which groups customers belong to; they are written before.
func (b *batch) writeGroups(ctx context.Context) error {
	var begun []crm.Membership
	for _, g := range b.groups {
		if len(g.before) > 0 {
			if err := b.tx.DeleteGroups(ctx, g.id); err != nil {
				return err
			}
		}
		begun = append(begun, g.now...)
	}
	return b.tx.AddGroups(ctx, begun)
}

// group lets a customer belong to the groups it began to belong to, and no
// others.
func (b *batch) group(ctx context.Context, id account.CustomerID, begun []crm.Membership) error {
	now, err := b.tx.GroupsBegun(ctx, id)
	if err == nil && !slices.Equal(now[id], begun) {
		b.groups = append(b.groups, regrouped{id, now[id], begun})
	}
	return err
}
