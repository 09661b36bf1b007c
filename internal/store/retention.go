package store

import (
	"context"
	"fmt"

	"quid/account"
	"quid/day"
)

// A Dealing says when something last happened with a customer.
type Dealing struct {
	Customer account.CustomerID
	Name     string
	Person   bool
	Posted   day.Day // newest posting, 0 for none
	Touched  day.Day // newest contact with it, 0 for none
	Made     int64   // microseconds
}

const sqlDealings = `
	SELECT c.customer_id, c.name, c.person_at, c.created_at,
	       (SELECT MAX(p.day) FROM posting p WHERE p.customer_id = c.customer_id),
	       (SELECT MAX(i.day) FROM interaction i WHERE i.customer_id = c.customer_id AND i.withdrawn_at IS NULL)
	FROM customer c WHERE c.person_at IS NOT NULL OR EXISTS (SELECT 1 FROM contact k WHERE k.customer_id = c.customer_id) ORDER BY c.customer_id`

// Dealings returns the customers that are persons or have contacts, with when
// something last happened.
func (r Reader) Dealings(ctx context.Context) (out []Dealing, err error) {
	err = r.each(ctx, sqlDealings, nil, func(rec *record) error {
		out = append(out, Dealing{
			Customer: account.CustomerID(rec.int(0)), Name: rec.text(1), Person: !rec.null(2), Made: rec.int(3), Posted: day.Day(rec.int(4)), Touched: day.Day(rec.int(5)),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("dealings: %w", err)
	}
	return out, nil
}
