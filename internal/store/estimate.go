package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"time"

	"quid/account"
	"quid/day"
	"quid/money"
	"quid/service"
)

// An Estimate is what a customer is thought to get of a service each month.
type Estimate struct {
	ID       int64
	Customer account.CustomerID
	Type     int64
	Quantity money.Micro // a month
	From     day.Day     // first day
	Until    day.Day     // last day
	Team     int64       // who is thought to give it, 0 if nobody said
	Made     time.Time
	Ended    time.Time // zero while it holds
}

const estimateColumns = `customer_id, estimate_id, type_id, quantity, valid_from, valid_until, made_at, ended_at, team_id`

var estimateTable = tableOf("service_estimate", commaless(estimateColumns))

// AddEstimate writes a new estimate.
func (tx *Tx) AddEstimate(ctx context.Context, e Estimate) error {
	return tx.load(ctx, estimateTable, []any{
		int64(e.Customer), e.ID, e.Type, int64(e.Quantity), int64(e.From), int64(e.Until), e.Made.UnixMicro(), since(e.Ended), e.Team,
	})
}

const (
	sqlEndEstimate   = `UPDATE service_estimate SET ended_at = $1 WHERE customer_id = $2 AND estimate_id = $3 AND ended_at IS NULL`
	sqlEstimatesOf   = `SELECT ` + estimateColumns + ` FROM service_estimate WHERE customer_id = $1 ORDER BY estimate_id`
	sqlEstimating    = `SELECT DISTINCT customer_id FROM service_estimate WHERE customer_id > $1 AND ended_at IS NULL ORDER BY customer_id LIMIT 500`
	sqlHaveEstimates = `SELECT customer_id FROM service_estimate WHERE ended_at IS NULL AND customer_id IN `
	sqlEstimatedIn   = `SELECT ` + entryColumns + ` FROM service_entry WHERE customer_id = $1 AND estimate_id = $2 ORDER BY day, entry_id`
	sqlRealMonths    = `SELECT DISTINCT day / 100 FROM service_entry
		WHERE customer_id = $1 AND type_id = $2 AND day >= $3 AND day <= $4 AND estimate_id IS NULL AND withdrawn_at IS NULL`
)

// EndEstimate ends an estimate.
func (tx *Tx) EndEstimate(ctx context.Context, customer account.CustomerID, id int64, at time.Time) error {
	if _, err := tx.exec(ctx, sqlEndEstimate, at.UnixMicro(), customer, id); err != nil {
		return fmt.Errorf("end estimate %d: %w", id, err)
	}
	return nil
}

func estimateOf(rec *record) Estimate {
	e := Estimate{
		Customer: account.CustomerID(rec.int(0)), ID: rec.int(1), Type: rec.int(2), Quantity: money.Micro(rec.int(3)),
		From: day.Day(rec.int(4)), Until: day.Day(rec.int(5)), Made: time.UnixMicro(rec.int(6)).UTC(), Team: rec.int(8),
	}
	if !rec.null(7) {
		e.Ended = time.UnixMicro(rec.int(7)).UTC()
	}
	return e
}

// EstimatesOf returns the estimates of a customer, ended ones too.
func (r Reader) EstimatesOf(ctx context.Context, customer account.CustomerID) ([]Estimate, error) {
	var out []Estimate
	err := r.each(ctx, sqlEstimatesOf, []any{customer}, func(rec *record) error {
		out = append(out, estimateOf(rec))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("estimates of customer %d: %w", customer, err)
	}
	return out, nil
}

// Estimating returns the next customers with an estimate that holds, after a given one.
func (r Reader) Estimating(ctx context.Context, after account.CustomerID) ([]account.CustomerID, error) {
	var out []account.CustomerID
	err := r.each(ctx, sqlEstimating, []any{after}, func(rec *record) error {
		out = append(out, account.CustomerID(rec.int(0)))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("estimating customers: %w", err)
	}
	return out, nil
}

// HaveEstimates returns which of the customers have an estimate that holds.
func (r Reader) HaveEstimates(ctx context.Context, customers []account.CustomerID) ([]account.CustomerID, error) {
	var out []account.CustomerID
	err := r.eachOf(ctx, sqlHaveEstimates, customers, func(rec *record) { out = append(out, account.CustomerID(rec.int(0))) })
	if err != nil {
		return nil, fmt.Errorf("estimates: %w", err)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// EstimatedEntries returns what an estimate was posted as, taken back or not.
func (r Reader) EstimatedEntries(ctx context.Context, customer account.CustomerID, estimate int64) ([]Kept[service.Entry], error) {
	return r.entries(ctx, sqlEstimatedIn, customer, estimate)
}

// RealMonths returns the months (yyyymm) of the days from and until, both
// included, in which a real entry of a type stands.
func (r Reader) RealMonths(ctx context.Context, e Estimate) (map[int]bool, error) {
	from := day.Of(e.From.Year(), e.From.Month(), 1)
	months := make(map[int]bool)
	err := r.each(ctx, sqlRealMonths, []any{e.Customer, e.Type, from, e.Until.EndOfMonth()}, func(rec *record) error {
		months[int(rec.int(0))] = true
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("months of customer %d: %w", e.Customer, err)
	}
	return months, nil
}

// An EstimateBatch is what was estimated in one go.
type EstimateBatch struct {
	At        time.Time // when it was saved: what it is named by
	Estimates int64
	Live      int64 // that hold still
	Ended     int64 // earlier ones whose place it took, or that it took back
}

const (
	sqlNextEstimated = `
	SELECT MAX(saved) FROM (
		SELECT MAX(made_at) AS saved FROM service_estimate WHERE made_at < $1
		UNION ALL SELECT MAX(ended_at) FROM service_estimate WHERE ended_at < $1) b`
	sqlEstimateBatch = `
	SELECT (SELECT COUNT(*) FROM service_estimate WHERE made_at = $1), (SELECT COUNT(*) FROM service_estimate WHERE made_at = $1 AND ended_at IS NULL),
		(SELECT COUNT(*) FROM service_estimate WHERE ended_at = $1)`
	sqlEstimatedAt = `
	SELECT customer_id FROM service_estimate WHERE made_at = $1 UNION SELECT customer_id FROM service_estimate WHERE ended_at = $1 ORDER BY customer_id`
	sqlLiveEstimates = `SELECT ` + estimateColumns + ` FROM service_estimate WHERE ended_at IS NULL AND customer_id IN `
)

// EstimateBatches returns what was estimated lately, the newest first: each is
// found and counted by its instant, however many estimates there are.
func (r Reader) EstimateBatches(ctx context.Context, most int) ([]EstimateBatch, error) {
	var out []EstimateBatch
	for at := int64(math.MaxInt64); len(out) < most; {
		var next sql.NullInt64
		if err := r.q.QueryRowContext(ctx, sqlNextEstimated, at).Scan(&next); err != nil {
			return nil, fmt.Errorf("batches of estimates: %w", err)
		}
		if !next.Valid {
			break
		}
		at = next.Int64
		b := EstimateBatch{At: time.UnixMicro(at).UTC()}
		if err := r.q.QueryRowContext(ctx, sqlEstimateBatch, at).Scan(&b.Estimates, &b.Live, &b.Ended); err != nil {
			return nil, fmt.Errorf("batches of estimates: %w", err)
		}
		out = append(out, b)
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
	err := r.eachOf(ctx, sqlLiveEstimates, customers, func(rec *record) { out = append(out, estimateOf(rec)) })
	if err != nil {
		return nil, fmt.Errorf("estimates that hold: %w", err)
	}
	return out, nil
}
