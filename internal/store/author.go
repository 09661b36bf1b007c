package store

import (
	"context"
	"fmt"

	"quid/day"
	"quid/money"
)

// AuthorSum is what one person booked in a window. It is read only where the
// company agreed on it and said what for.
type AuthorSum struct {
	Name    string
	Entries int64
	Minutes int64
	Cost    money.Amount
	Benefit money.Amount
}

const sqlAuthorSums = `
	SELECT a.name, COUNT(*), CAST(COALESCE(SUM(e.minutes), 0) AS BIGINT), CAST(SUM(e.cost) AS BIGINT), CAST(SUM(e.benefit) AS BIGINT)
	FROM service_author a JOIN service_entry e ON e.customer_id = a.customer_id AND e.entry_id = a.entry_id
	WHERE e.day > $1 AND e.day <= $2 AND e.withdrawn_at IS NULL GROUP BY a.name ORDER BY a.name`

// AuthorSums adds up what each person booked in a window, as long as the names
// are kept.
func (r Reader) AuthorSums(ctx context.Context, w day.Window) ([]AuthorSum, error) {
	var out []AuthorSum
	err := r.each(ctx, sqlAuthorSums, []any{w.From, w.To}, func(rec *record) error {
		out = append(out, AuthorSum{rec.text(0), rec.int(1), rec.int(2), money.Amount(rec.int(3)), money.Amount(rec.int(4))})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sums by author: %w", err)
	}
	return out, nil
}
