package store

import (
	"context"
	"fmt"
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

const sqlOwnerOfEach = `SELECT customer_id, owner FROM customer`

// reached returns the customers that who asks sees, nil where they see all: for what is
// read of many customers at once. It scans.
func (r Reader) reached(ctx context.Context) (map[account.CustomerID]bool, error) {
	who := auth.From(ctx)
	if who.ReachesAll() {
		return nil, nil
	}
	seen := make(map[account.CustomerID]bool)
	err := r.each(ctx, sqlOwnerOfEach, nil, func(rec *record) error {
		if who.Reaches(rec.text(1)) {
			seen[account.CustomerID(rec.int(0))] = true
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("customers in reach: %w", err)
	}
	return seen, nil
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
