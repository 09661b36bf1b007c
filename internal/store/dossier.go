package store

import (
	"context"
	"fmt"

	"quid/account"
	"quid/day"
	"quid/money"
)

const sqlCauseSums = `
	SELECT cause, CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM posting
	WHERE customer_id = $1 AND day > $2 AND day <= $3 AND cause IS NOT NULL GROUP BY cause ORDER BY cause`

// CauseSums adds up what the postings of a customer in a window were made for,
// by cause; what has none is not in it.
func (r Reader) CauseSums(ctx context.Context, customer account.CustomerID, w day.Window) (map[account.Cause]money.Amount, error) {
	out := make(map[account.Cause]money.Amount)
	err := r.each(ctx, sqlCauseSums, []any{customer, w.From, w.To}, func(rec *record) error {
		out[account.Cause(rec.int(0))] = money.Amount(rec.int(1))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("causes of customer %d: %w", customer, err)
	}
	return out, nil
}

const sqlEstimatedMonths = `
	SELECT day / 100, CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM posting
	WHERE customer_id = $1 AND day > $2 AND day <= $3 AND kind = 11 AND cause = 21 GROUP BY day / 100 ORDER BY 1`

// EstimatedMonths adds up, by month yyyymm, what services cost us by opening
// estimates: the part of their cost that is drawn hatched. Amounts are negative.
func (r Reader) EstimatedMonths(ctx context.Context, customer account.CustomerID, w day.Window) (map[int]money.Amount, error) {
	out := make(map[int]money.Amount)
	err := r.each(ctx, sqlEstimatedMonths, []any{customer, w.From, w.To}, func(rec *record) error {
		out[int(rec.int(0))] = money.Amount(rec.int(1))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("estimates of customer %d: %w", customer, err)
	}
	return out, nil
}

// The peers of a customer are customers of one industry and size class, or of one
// industry where no size is named, those with the greatest contribution III first.
const (
	sqlPeers = `
	SELECT s.customer_id, s.flags FROM customer c JOIN score s ON s.customer_id = c.customer_id AND s.valuation_id = $1
	WHERE c.industry = $2 AND (c.size = $3 OR $3 = '') AND c.archived_at IS NULL AND s.unknown_cost = 0
	ORDER BY s.sale + s.deduction + s.acquisition + s.care + s.complaint + s.late_payment + s.accrued DESC, s.customer_id LIMIT 500`
	sqlGiven = `
	SELECT type_id, COUNT(DISTINCT customer_id), CAST(SUM(benefit - charge) AS BIGINT) FROM service_entry
	WHERE day > $1 AND day <= $2 AND withdrawn_at IS NULL AND customer_id IN %[1]s GROUP BY type_id ORDER BY type_id`
)

// A Peer is a customer that another is compared with. Flags are those of its row
// in the valuation.
type Peer struct {
	Customer account.CustomerID
	Flags    int64
}

// Peers returns the customers of an industry and, unless it is "", a size class.
func (r Reader) Peers(ctx context.Context, valuation int64, industry, size string) ([]Peer, error) {
	var out []Peer
	err := r.each(ctx, sqlPeers, []any{valuation, industry, size}, func(rec *record) error {
		out = append(out, Peer{account.CustomerID(rec.int(0)), rec.int(1)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("peers: %w", err)
	}
	return out, nil
}

// A Given is what some customers got of one service.
type Given struct {
	Type      int64
	Customers int64 // that got it
	Benefit   money.Amount
}

// GivenTo returns what customers got in a window, by service type.
func (r Reader) GivenTo(ctx context.Context, customers []account.CustomerID, w day.Window) ([]Given, error) {
	if len(customers) == 0 {
		return nil, nil
	}
	args := []any{int64(w.From), int64(w.To)}
	for _, c := range customers {
		args = append(args, int64(c))
	}
	var out []Given
	err := r.each(ctx, fmt.Sprintf(sqlGiven, in(3, len(customers))), args, func(rec *record) error {
		out = append(out, Given{rec.int(0), rec.int(1), money.Amount(rec.int(2))})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("services of peers: %w", err)
	}
	return out, nil
}
