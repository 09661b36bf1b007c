package store

import (
	"context"
	"fmt"

	"quid/day"
	"quid/money"
)

// A PostedRate is what was posted of a service at one rate: a new rate never
// changes it.
type PostedRate struct {
	Team        int64
	Rate        money.Micro // cost of a unit, 0 where the cost was said
	First, Last day.Day
	Entries     int64
	Quantity    money.Micro
	Cost        money.Amount
	Benefit     money.Amount
}

const sqlPostedRates = `
	SELECT team_id, rate, MIN(day), MAX(day), COUNT(*), CAST(SUM(quantity) AS BIGINT), CAST(SUM(cost) AS BIGINT), CAST(SUM(benefit) AS BIGINT)
	FROM service_entry WHERE type_id = $1 AND withdrawn_at IS NULL GROUP BY team_id, rate ORDER BY MAX(day) DESC, rate LIMIT 100`

// PostedRates returns what stands posted of a service type by rate, the newest
// first.
func (r Reader) PostedRates(ctx context.Context, id int64) ([]PostedRate, error) {
	var out []PostedRate
	err := r.each(ctx, sqlPostedRates, []any{id}, func(rec *record) error {
		out = append(out, PostedRate{
			rec.int(0), money.Micro(rec.int(1)), day.Day(rec.int(2)), day.Day(rec.int(3)), rec.int(4), money.Micro(rec.int(5)), money.Amount(rec.int(6)), money.Amount(rec.int(7)),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("posted rates of type %d: %w", id, err)
	}
	return out, nil
}
