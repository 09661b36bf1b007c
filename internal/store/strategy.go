package store

import (
	"context"
	"fmt"
	"time"

	"quid/account"
	"quid/crm"
	"quid/day"
)

const (
	strategyColumns = `customer_id, version, direction, segment, plan, valid_from, review_on, made_by, made_at`

	sqlStrategiesOf = `SELECT ` + strategyColumns + ` FROM strategy WHERE customer_id = $1 ORDER BY version DESC`
	sqlStrategies   = `SELECT ` + strategyColumns + ` FROM strategy s
		WHERE version = (SELECT MAX(version) FROM strategy n WHERE n.customer_id = s.customer_id) ORDER BY customer_id`
)

// StrategiesOf returns what was decided to do with a customer, the newest first:
// the first holds.
func (r Reader) StrategiesOf(ctx context.Context, customer account.CustomerID) ([]crm.Strategy, error) {
	var out []crm.Strategy
	err := r.each(ctx, sqlStrategiesOf, []any{customer}, func(rec *record) error {
		out = append(out, strategyOf(rec))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("strategies of customer %d: %w", customer, err)
	}
	return out, nil
}

// Strategies returns the strategy that holds of every customer that has one.
func (r Reader) Strategies(ctx context.Context) (map[account.CustomerID]crm.Strategy, error) {
	out := make(map[account.CustomerID]crm.Strategy)
	err := r.each(ctx, sqlStrategies, nil, func(rec *record) error {
		s := strategyOf(rec)
		out[s.Customer] = s
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("strategies: %w", err)
	}
	return out, nil
}

func strategyOf(rec *record) crm.Strategy {
	return crm.Strategy{
		Customer: account.CustomerID(rec.int(0)), Version: int32(rec.int(1)), Direction: crm.Direction(rec.text(2)), Segment: rec.text(3),
		Plan: rec.text(4), From: day.Day(rec.int(5)), Review: day.Day(rec.int(6)), By: rec.text(7), Made: time.UnixMicro(rec.int(8)).UTC(),
	}
}

const sqlInsertStrategy = `INSERT INTO strategy (` + strategyColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

// AddStrategy writes a version of a customer's strategy.
func (tx *Tx) AddStrategy(ctx context.Context, s crm.Strategy) error {
	_, err := tx.exec(ctx, sqlInsertStrategy, s.Customer, s.Version, string(s.Direction), s.Segment, s.Plan, s.From, s.Review, s.By, s.Made.UnixMicro())
	if err != nil {
		return fmt.Errorf("strategy of customer %d: %w", s.Customer, err)
	}
	return nil
}
