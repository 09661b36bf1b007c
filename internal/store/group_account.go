package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/money"
)

// A Stretch is a time in which the postings of a customer count for its group.
type Stretch struct {
	Customer account.CustomerID
	Window   day.Window
}

// mostLevels is how deep groups of groups are looked at.
const mostLevels = 6

// Group returns whose postings count for the customer that leads a group, and
// when: its own all the time, those of members on the days on which they belong
// to it, and so for the members of members. No posting counts twice.
func (r Reader) Group(ctx context.Context, leader account.CustomerID, w day.Window) ([]Stretch, error) {
	all := []Stretch{{leader, w}}
	counted := map[account.CustomerID][]Stretch{leader: all}
	for level, from := 0, 0; level < mostLevels && from < len(all); level++ {
		above := make(map[account.CustomerID][]Stretch)
		for _, s := range all[from:] {
			above[s.Customer] = append(above[s.Customer], s)
		}
		from = len(all)
		members, err := r.MembersEver(ctx, slices.Sorted(maps.Keys(above))...)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			for _, s := range above[m.Parent] {
				part, ok := s.of(m)
				if !ok || slices.ContainsFunc(counted[m.Customer], part.overlaps) {
					continue
				}
				all = append(all, part)
				counted[m.Customer] = append(counted[m.Customer], part)
			}
		}
	}
	return all, nil
}

// of returns when a member counts for the stretch of its group, and whether it
// does at all.
func (s Stretch) of(m crm.Membership) (Stretch, bool) {
	part := Stretch{m.Customer, day.Window{From: max(s.Window.From, m.From-1), To: min(s.Window.To, m.Until)}}
	return part, part.Window.From < part.Window.To
}

// overlaps says whether both count the same customer on the same day: groups
// that belong to each other would.
func (s Stretch) overlaps(t Stretch) bool {
	return s.Customer == t.Customer && s.Window.From < t.Window.To && t.Window.From < s.Window.To
}

// stretched writes stretches as a table that statements join, and says which
// parameter comes next.
func stretched(part []Stretch) (with string, args []any) {
	var b strings.Builder
	b.WriteString("WITH want (c, f, u) AS (VALUES ")
	for n, s := range part {
		if n == 0 {
			b.WriteString("(CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT))")
		} else {
			fmt.Fprintf(&b, ", ($%d, $%d, $%d)", 3*n+1, 3*n+2, 3*n+3)
		}
		args = append(args, int64(s.Customer), int64(s.Window.From), int64(s.Window.To))
	}
	b.WriteString(") ")
	return b.String(), args
}

// groupChunk is how many stretches one statement joins.
const groupChunk = 250

// eachStretch asks for stretches in chunks; more gives further parameters.
func (r Reader) eachStretch(ctx context.Context, group []Stretch, query string, more []any, fn func(*record) error) error {
	for part := range slices.Chunk(group, groupChunk) {
		with, args := stretched(part)
		text := with + query
		for i := range more {
			text = strings.ReplaceAll(text, fmt.Sprintf("$m%d", i+1), fmt.Sprintf("$%d", len(args)+i+1))
		}
		if err := r.each(ctx, text, append(args, more...), fn); err != nil {
			return err
		}
	}
	return nil
}

const (
	ofGroup        = ` FROM want w JOIN posting p ON p.customer_id = w.c AND p.day > w.f AND p.day <= w.u`
	groupKindSums  = kindSumColumns + ofGroup + ` GROUP BY kind`
	groupMonthSums = monthSumColumns + ofGroup + ` GROUP BY day / 100, kind`
	groupStatement = statementColumns + `
	FROM (SELECT p.*` + ofGroup + ` WHERE p.kind = $m1 OR $m1 = 0 ORDER BY p.day DESC, p.posting_id DESC LIMIT $m2) p` + statementJoins
	groupAccrued = `SELECT CAST(COALESCE(SUM(s.accrued), 0) AS BIGINT) FROM want w JOIN score s ON s.customer_id = w.c WHERE s.valuation_id = $m1 AND w.u = $m2`
)

// GroupKindSums adds up the postings of a group, by kind.
func (r Reader) GroupKindSums(ctx context.Context, group []Stretch) ([]KindSum, error) {
	by := make(map[account.Kind]KindSum)
	err := r.eachStretch(ctx, group, groupKindSums, nil, func(rec *record) error {
		s := kindSum(rec)
		sum := by[s.Kind]
		by[s.Kind] = KindSum{s.Kind, sum.Count + s.Count, sum.Back + s.Back, sum.Amount + s.Amount, sum.Volume + s.Volume, sum.Unknown + s.Unknown, sum.Estimated + s.Estimated}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sums of a group: %w", err)
	}
	var out []KindSum
	for _, s := range by {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b KindSum) int { return cmp.Compare(a.Kind, b.Kind) })
	return out, nil
}

// GroupMonthSums adds up the postings of a group, by month and kind.
func (r Reader) GroupMonthSums(ctx context.Context, group []Stretch) ([]MonthSum, error) {
	type key struct {
		month int
		kind  account.Kind
	}
	by := make(map[key]MonthSum)
	err := r.eachStretch(ctx, group, groupMonthSums, nil, func(rec *record) error {
		s := monthSum(rec)
		sum := by[key{s.Month, s.Kind}]
		by[key{s.Month, s.Kind}] = MonthSum{s.Month, s.Kind, sum.Amount + s.Amount, sum.Volume + s.Volume, sum.Estimated + s.Estimated}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sums of a group: %w", err)
	}
	var out []MonthSum
	for _, s := range by {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b MonthSum) int { return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Kind, b.Kind)) })
	return out, nil
}

// GroupStatement returns a page of the postings of a group, the newest first; of
// s it looks at kind, size and page.
func (r Reader) GroupStatement(ctx context.Context, group []Stretch, s Statement) ([]StatementLine, error) {
	from := (max(s.Page, 1) - 1) * s.Size
	var all []StatementLine
	for part := range slices.Chunk(group, groupChunk) {
		with, args := stretched(part)
		text := strings.NewReplacer("$m1", fmt.Sprintf("$%d", len(args)+1), "$m2", fmt.Sprintf("$%d", len(args)+2)).Replace(with + groupStatement)
		lines, err := r.statement(ctx, text, append(args, int64(s.Kind), from+s.Size)...)
		if err != nil {
			return nil, fmt.Errorf("statement of a group: %w", err)
		}
		all = append(all, lines...)
	}
	slices.SortFunc(all, func(a, b StatementLine) int { return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(b.ID, a.ID)) })
	return all[min(from, len(all)):min(from+s.Size, len(all))], nil
}

// GroupAccrued adds up what a valuation of a day accrued of late payment for
// those who belong to the group on that day.
func (r Reader) GroupAccrued(ctx context.Context, group []Stretch, v Valuation) (money.Amount, error) {
	var sum money.Amount
	err := r.eachStretch(ctx, group, groupAccrued, []any{v.ID, int64(v.AsOf)}, func(rec *record) error {
		sum += money.Amount(rec.int(0))
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("accrued for a group: %w", err)
	}
	return sum, nil
}
