package store

import (
	"context"
	"fmt"

	"quid/portfolio"
)

const sqlNewcomers = `SELECT c.sort_name, c.channel, ` + scoreFields + ` FROM score s JOIN customer c ON c.customer_id = s.customer_id
	WHERE s.valuation_id = $1 ORDER BY s.customer_id`

// Newcomers returns all customers of a valuation that have bought, with what
// conversion needs to know of them. It scans.
func (r Reader) Newcomers(ctx context.Context, valuation int64) ([]portfolio.Newcomer, error) {
	var out []portfolio.Newcomer
	err := r.each(ctx, sqlNewcomers, []any{valuation}, func(rec *record) error {
		f, row, err := scoreOf(rec, 2)
		if err != nil || f.FirstPurchase == 0 {
			return err
		}
		out = append(out, portfolio.Newcomer{
			Customer: f.Customer, Name: rec.text(0), Channel: rec.text(1), FirstPurchase: f.FirstPurchase, PurchaseDays: f.PurchasesEver, Stage: row.Stage,
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("newcomers of valuation %d: %w", valuation, err)
	}
	return out, nil
}
