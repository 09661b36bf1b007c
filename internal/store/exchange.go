package store

import (
	"context"
	"fmt"

	"quid/day"
	"quid/money"
)

// An ExchangeRate is what one unit of a currency is worth in the book's from a
// day on.
type ExchangeRate struct {
	Currency string
	From     day.Day
	Rate     money.Micro
}

const sqlExchanges = `SELECT currency, day, rate FROM exchange ORDER BY currency, day DESC LIMIT $1`

// Exchanges returns at most most rates of other currencies, by currency, the
// newest of each first.
func (r Reader) Exchanges(ctx context.Context, most int) ([]ExchangeRate, error) {
	var out []ExchangeRate
	err := r.each(ctx, sqlExchanges, []any{most}, func(rec *record) error {
		out = append(out, ExchangeRate{Currency: rec.text(0), From: day.Day(rec.int(1)), Rate: money.Micro(rec.int(2))})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("exchange rates: %w", err)
	}
	return out, nil
}

// CountCustomers returns the number of customers, archived ones too.
func (r Reader) CountCustomers(ctx context.Context) (int64, error) {
	var n int64
	if err := r.q.QueryRowContext(ctx, sqlCountCustomers).Scan(&n); err != nil {
		return 0, fmt.Errorf("count customers: %w", err)
	}
	return n, nil
}
