package store

import (
	"context"
	"fmt"
	"time"

	"quid/account"
	"quid/day"
	"quid/money"
)

// An EstimateBatch is what was estimated in one go.
type EstimateBatch struct {
	At        time.Time // when it was saved: what it is named by
	Estimates int64
	Live      int64 // that hold still
	Ended     int64 // earlier ones whose place it took, or that it took back
}

const (
	sqlEstimateBatches = `
	SELECT saved, CAST(SUM(made) AS BIGINT), CAST(SUM(live) AS BIGINT), CAST(SUM(gone) AS BIGINT) FROM (
		SELECT made_at AS saved, 1 AS made, CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END AS live, 0 AS gone FROM service_estimate
		UNION ALL SELECT ended_at, 0, 0, 1 FROM service_estimate WHERE ended_at IS NOT NULL) b
	GROUP BY saved ORDER BY saved DESC LIMIT $1`
	sqlEstimatedAt = `
	SELECT DISTINCT customer_id FROM service_estimate WHERE made_at = $1 OR ended_at = $1 ORDER BY customer_id`
	sqlLiveEstimates = `
	SELECT customer_id, estimate_id, type_id, quantity, valid_from, valid_until, made_at FROM service_estimate WHERE ended_at IS NULL AND customer_id IN `
)

// EstimateBatches returns what was estimated lately, the newest first.
func (r Reader) EstimateBatches(ctx context.Context, most int) ([]EstimateBatch, error) {
	var out []EstimateBatch
	err := r.each(ctx, sqlEstimateBatches, []any{most}, func(rec *record) error {
		out = append(out, EstimateBatch{time.UnixMicro(rec.int(0)).UTC(), rec.int(1), rec.int(2), rec.int(3)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("batches of estimates: %w", err)
	}
	return out, nil
}

// EstimatedAt returns whose estimates were made or ended at an instant.
func (r Reader) EstimatedAt(ctx context.Context, at time.Time) ([]account.CustomerID, error) {
	var out []account.CustomerID
	err := r.each(ctx, sqlEstimatedAt, []any{at.UnixMicro()}, func(rec *record) error {
		out = append(out, account.CustomerID(rec.int(0)))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("customers estimated: %w", err)
	}
	return out, nil
}

// LiveEstimates returns the estimates of customers that hold.
func (r Reader) LiveEstimates(ctx context.Context, customers []account.CustomerID) ([]Estimate, error) {
	var out []Estimate
	err := r.eachOf(ctx, sqlLiveEstimates, customers, func(rec *record) {
		out = append(out, Estimate{
			Customer: account.CustomerID(rec.int(0)), ID: rec.int(1), Type: rec.int(2), Quantity: money.Micro(rec.int(3)),
			From: day.Day(rec.int(4)), Until: day.Day(rec.int(5)), Made: time.UnixMicro(rec.int(6)).UTC(),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("estimates that hold: %w", err)
	}
	return out, nil
}
