package store

import (
	"context"
	"fmt"

	"quid/account"
	"quid/portfolio"
)

// What is known of a customer, beside its figures, is counted in one scan in the
// order of customers. A flag is 1 or 0, since the engines differ on booleans.
const sqlMasters = `
	SELECT customer_id, CASE WHEN industry <> '' THEN 1 ELSE 0 END, CASE WHEN size <> '' THEN 1 ELSE 0 END,
	       CASE WHEN owner <> '' THEN 1 ELSE 0 END, CASE WHEN terms_days IS NULL THEN 0 ELSE 1 END,
	       CASE WHEN stub_at IS NULL THEN 0 ELSE 1 END,
	       CASE WHEN EXISTS (SELECT 1 FROM contact k WHERE k.customer_id = c.customer_id) THEN 1 ELSE 0 END
	FROM customer c WHERE archived_at IS NULL ORDER BY customer_id`

// EachMaster calls fn with what is known of every customer, by customer id.
func (r Reader) EachMaster(ctx context.Context, fn func(account.CustomerID, portfolio.Master)) error {
	err := r.each(ctx, sqlMasters, nil, func(rec *record) error {
		fn(account.CustomerID(rec.int(0)), portfolio.Master{
			Industry: rec.int(1) == 1, Size: rec.int(2) == 1, Owner: rec.int(3) == 1, Terms: rec.int(4) == 1, Stub: rec.int(5) == 1,
			Contacts: rec.int(6) == 1,
		})
		return nil
	})
	if err != nil {
		return fmt.Errorf("completeness: %w", err)
	}
	return nil
}

// One of a kind is enough to know that the kind is kept at all.
const sqlKept = `
	SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM complaint WHERE withdrawn_at IS NULL LIMIT 1) a),
	       (SELECT COUNT(*) FROM (SELECT 1 FROM service_entry WHERE withdrawn_at IS NULL LIMIT 1) b),
	       (SELECT COUNT(*) FROM (SELECT 1 FROM interaction WHERE withdrawn_at IS NULL LIMIT 1) c)`

// KeptKinds says of which kinds the book ever kept a document: 1 or 0 each.
func (r Reader) KeptKinds(ctx context.Context) (portfolio.Kept, error) {
	var k portfolio.Kept
	if err := r.q.QueryRowContext(ctx, sqlKept).Scan(&k.Complaints, &k.Services, &k.Interactions); err != nil {
		return k, fmt.Errorf("completeness: %w", err)
	}
	return k, nil
}
