package store

import (
	"context"
	"fmt"

	"quid/account"
	"quid/service"
)

const (
	sqlRecent   = `SELECT ` + entryColumns + ` FROM service_entry WHERE estimate_id IS NULL ORDER BY entry_id DESC LIMIT $1`
	sqlRecentOf = `SELECT ` + entryColumns + ` FROM service_entry WHERE customer_id = $1 AND estimate_id IS NULL ORDER BY entry_id DESC LIMIT $2`
)

// Recent returns the entries that were written last, the newest first, those that
// were taken back among them: of one customer, or of all for 0. Estimates are not
// among them.
func (r Reader) Recent(ctx context.Context, customer account.CustomerID, most int) ([]Kept[service.Entry], error) {
	var ks []Kept[service.Entry]
	var err error
	if customer == 0 {
		ks, err = r.entries(ctx, sqlRecent, int64(most))
	} else {
		ks, err = r.entries(ctx, sqlRecentOf, customer, int64(most))
	}
	if err != nil {
		return nil, fmt.Errorf("recent entries: %w", err)
	}
	return within(ctx, r, ks, func(k Kept[service.Entry]) account.CustomerID { return k.Doc.Customer })
}
