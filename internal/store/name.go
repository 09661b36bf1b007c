package store

import (
	"context"
	"fmt"

	"quid/account"
	"quid/internal/auth"
)

// A CustomerName is what a customer is called by.
type CustomerName struct {
	ID       account.CustomerID
	Name     string
	External string
	SortName string // the name, folded
	City     string
}

const sqlNames = `SELECT customer_id, name, external, sort_name, city, owner FROM customer WHERE archived_at IS NULL
	AND NOT EXISTS (SELECT 1 FROM privacy_mark m WHERE m.customer_id = customer.customer_id AND m.contact_id = 0 AND m.kind = 'restriction' AND m.ended_at IS NULL)
	ORDER BY customer_id`

// Names calls fn with the names of all customers that who asks sees, by id; persons
// whose data is restricted are left out.
func (r Reader) Names(ctx context.Context, fn func(CustomerName)) error {
	who := auth.From(ctx)
	err := r.each(ctx, sqlNames, nil, func(rec *record) error {
		if !who.Reaches(rec.text(5)) {
			return nil
		}
		fn(CustomerName{account.CustomerID(rec.int(0)), rec.text(1), rec.text(2), rec.text(3), rec.text(4)})
		return nil
	})
	if err != nil {
		return fmt.Errorf("names of customers: %w", err)
	}
	return nil
}

const sqlNamesState = `
	SELECT COUNT(*), COALESCE(MAX(customer_id), 0), CAST(COALESCE(SUM(revision), 0) AS BIGINT) FROM customer WHERE archived_at IS NULL`

// NamesState returns numbers that change when customers come, go or are renamed.
func (r Reader) NamesState(ctx context.Context) (state [3]int64, err error) {
	if err := r.q.QueryRowContext(ctx, sqlNamesState).Scan(&state[0], &state[1], &state[2]); err != nil {
		return state, fmt.Errorf("state of the customers: %w", err)
	}
	return state, nil
}
