package store

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"quid/account"
	"quid/internal/auth"
	"quid/portfolio"
)

// within leaves of a list that was read of many customers what is of nobody, or of a
// customer that who asks sees.
func within[T any](ctx context.Context, r Reader, list []T, of func(T) account.CustomerID) ([]T, error) {
	if auth.From(ctx).ReachesAll() || len(list) == 0 {
		return list, nil
	}
	ids := make([]account.CustomerID, 0, len(list))
	for _, one := range list {
		ids = append(ids, of(one))
	}
	slices.Sort(ids)
	seen, err := r.CustomersByID(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(one T) bool {
		_, ok := seen[of(one)]
		return of(one) != 0 && !ok
	}), nil
}

const sqlOwnerOfEach = `SELECT customer_id, owner FROM customer ORDER BY customer_id`

// owners are the owners of all customers, by id: whoever writes a customer touches the
// book in the same transaction, so that they hold for one state of it.
type owners struct {
	changed int64
	ids     []account.CustomerID
	at      []int32 // which of names
	names   []string
}

// owners reads the owners of all customers, or has them still. A transaction that writes
// reads its own.
func (r Reader) owners(ctx context.Context) (*owners, error) {
	changed, err := r.changed(ctx)
	if err != nil {
		return nil, err
	}
	if o := r.db.owners.Load(); o != nil && o.changed == changed && !r.writes {
		return o, nil
	}
	o, places := &owners{changed: changed}, make(map[string]int32)
	err = r.each(ctx, sqlOwnerOfEach, nil, func(rec *record) error {
		name := rec.text(1)
		at, ok := places[name]
		if !ok {
			at = int32(len(o.names)) // #nosec G115 -- fewer than customers
			places[name], o.names = at, append(o.names, name)
		}
		o.ids, o.at = append(o.ids, account.CustomerID(rec.int(0))), append(o.at, at)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("owners: %w", err)
	}
	if !r.writes {
		r.db.owners.Store(o)
	}
	return o, nil
}

// A reach is the customers that somebody sees; a nil one is all of them.
type reach struct {
	*owners
	allowed []bool // by owner
}

// Has says whether a customer is among them.
func (s *reach) Has(id account.CustomerID) bool {
	if s == nil {
		return true
	}
	i, ok := slices.BinarySearch(s.ids, id)
	return ok && s.allowed[s.at[i]]
}

// from gives them in order, from one on.
func (s *reach) from(id account.CustomerID) iter.Seq[account.CustomerID] {
	return func(yield func(account.CustomerID) bool) {
		at, _ := slices.BinarySearch(s.ids, id)
		for i := at; i < len(s.ids); i++ {
			if s.allowed[s.at[i]] && !yield(s.ids[i]) {
				return
			}
		}
	}
}

// reached returns the customers that who asks sees, nil where they see all: for what is
// read of many customers at once.
func (r Reader) reached(ctx context.Context) (*reach, error) {
	who := auth.From(ctx)
	if who.ReachesAll() {
		return nil, nil
	}
	o, err := r.owners(ctx)
	if err != nil {
		return nil, fmt.Errorf("customers in reach: %w", err)
	}
	s := &reach{o, make([]bool, len(o.names))}
	for i, name := range o.names {
		s.allowed[i] = who.Reaches(name)
	}
	return s, nil
}

// Reached returns a test of which customers who asks sees: for what is read of many at
// once.
func (r Reader) Reached(ctx context.Context) (func(account.CustomerID) bool, error) {
	s, err := r.reached(ctx)
	return s.Has, err
}

// Narrow returns the snapshot of those customers alone whose owner reach lets
// through. What the valuation says of all of them stays (anchors, cuts, model).
func (s *Snapshot) Narrow(reach func(owner string) bool) *Snapshot {
	allowed := make([]bool, len(s.words[ownerField].texts))
	for i, owner := range s.words[ownerField].texts {
		allowed[i] = reach(owner)
	}
	out := &Snapshot{Valuation: s.Valuation, Base: portfolio.NewBase(s.Base.Summary, 0)}
	for i := range s.Len() {
		if !allowed[s.facets[i][ownerField]] {
			continue
		}
		if i < s.Valued() {
			out.Base.Copy(s.Base, i)
			out.basis, out.cred, out.alive = append(out.basis, s.basis[i]), append(out.cred, s.cred[i]), append(out.alive, s.alive[i])
			out.packed.bytes = append(out.packed.bytes, s.packed.piece(i)...)
			out.packed.end()
		} else {
			out.since = append(out.since, s.ID(i))
		}
		m := master{cut: s.cuts[i], stub: s.stub[i]}
		for f := range m.face {
			m.face[f] = out.words[f].number(s.words[f].texts[s.facets[i][f]])
		}
		out.text.bytes = append(out.text.bytes, s.text.piece(i)...)
		out.add(m)
	}
	return out
}
