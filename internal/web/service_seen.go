package web

import (
	"cmp"
	"context"
	"slices"

	"quid/internal/store"
	"quid/service"
)

// A seenType is a type of service with what customers say of it.
type seenType struct {
	Name     string
	Sum      store.ServiceSum
	Opinions service.Opinions
	Hidden   bool // much is given, little is seen
}

// readSeen reads what customers say of the services of the period, by type, the
// most time first.
func (p *reportPage) readSeen(ctx context.Context, r store.Reader) error {
	opinions, err := r.TypeOpinions(ctx, p.window())
	if err != nil {
		return err
	}
	sums := p.byType
	if sums == nil {
		if sums, err = r.ServiceSums(ctx, p.window(), store.ServiceBy{Type: true}); err != nil {
			return err
		}
	}
	minutes := make(map[int64]int64, len(sums))
	for i := range sums {
		minutes[sums[i].Type] = sums[i].Minutes
	}
	hidden := service.Hidden(minutes, opinions)
	for i := range sums {
		s := &sums[i]
		p.Seen = append(p.Seen, seenType{Name: p.typeName(p.types[s.Type]), Sum: *s, Opinions: opinions[s.Type], Hidden: hidden[s.Type]})
	}
	slices.SortStableFunc(p.Seen, func(a, b seenType) int { return cmp.Compare(b.Sum.Minutes, a.Sum.Minutes) })
	return nil
}

// outOf says how many of how many, "" where nobody answered.
func (p *reportPage) outOf(n, all int64) string {
	if all == 0 {
		return ""
	}
	return p.T("{n} of {all}", "n", p.Int(n), "all", p.Int(all))
}
