package main

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"sync"
	"time"

	"quid/day"
	"quid/internal/app"
	"quid/internal/store"
)

// leastModel is a number of repeat customers that no company of the bench has: by
// a rule that asks for so many no model of purchases is made.
const leastModel = 1_000_000

// whole makes a valuation as `quid value` does, by a rule with the least number of
// repeat customers given, or the one that is shipped.
func whole(ctx context.Context, address string, least int) (result, error) {
	db, err := store.Open(ctx, address)
	if err != nil {
		return result{}, err
	}
	defer db.Close()
	now := func() time.Time { return time.Now() } //nolint:forbidigo // a benchmark measures
	a := &app.App{DB: db, IDs: store.NewIDs(now()), Now: now, Log: slog.New(slog.DiscardHandler)}
	model, err := a.Model(ctx)
	if err != nil {
		return result{}, err
	}
	if spec := model.Spec; spec.Lifetime.Minimum != least {
		spec.Lifetime.Minimum = least
		if _, err := a.SaveModel(ctx, spec, "a run of the bench"); err != nil {
			return result{}, err
		}
	}
	used := cpuOf(ctx, address)
	started := now()
	var mu sync.Mutex
	var figures, first float64 // when the figures were there, and the first rows
	v, err := a.Value(ctx, app.ValueOrder{AsOf: asOf, Progress: func(done, total int64) {
		mu.Lock()
		defer mu.Unlock()
		at := now().Sub(started).Seconds()
		switch {
		case done*4 <= total*3:
			figures = at
		case first == 0:
			first = at
		}
	}})
	whole := now().Sub(started).Seconds()
	return result{CPU: used(), Whole: whole, Aggregate: figures, Insert: whole - first, Customers: v.Summary.Customers}, err
}

// aggregates is one GROUP BY that yields what figures need of the postings: the
// steps of the window by kind, the window before, and what purchase days are
// counted from.
const aggregates = `
	SELECT customer_id,
	       CAST(COALESCE(SUM(CASE WHEN kind = 1 AND day > $1 THEN volume END), 0) AS BIGINT),
	       CAST(COALESCE(SUM(CASE WHEN kind = 1 AND day > $1 THEN amount END), 0) AS BIGINT),
	       CAST(COALESCE(SUM(CASE WHEN kind = 2 AND day > $1 THEN amount END), 0) AS BIGINT),
	       CAST(COALESCE(SUM(CASE WHEN kind = 3 AND day > $1 THEN amount END), 0) AS BIGINT),
	       CAST(COALESCE(SUM(CASE WHEN kind = 4 AND day > $1 THEN amount END), 0) AS BIGINT),
	       CAST(COALESCE(SUM(CASE WHEN kind = 5 AND day > $1 THEN amount END), 0) AS BIGINT),
	       CAST(COALESCE(SUM(CASE WHEN kind = 6 AND day > $1 THEN amount END), 0) AS BIGINT),
	       CAST(COALESCE(SUM(CASE WHEN kind = 11 AND day > $1 THEN amount END), 0) AS BIGINT),
	       CAST(COALESCE(SUM(CASE WHEN kind = 12 AND day > $1 THEN amount END), 0) AS BIGINT),
	       CAST(COALESCE(SUM(CASE WHEN kind = 11 AND day > $1 THEN volume END), 0) AS BIGINT),
	       COUNT(CASE WHEN amount IS NULL AND day > $1 THEN 1 END),
	       CAST(COALESCE(SUM(CASE WHEN kind = 1 AND day > $2 AND day <= $1 THEN volume END), 0) AS BIGINT),
	       CAST(COALESCE(SUM(CASE WHEN kind <= 6 AND day > $2 AND day <= $1 THEN amount END), 0) AS BIGINT),
	       COUNT(CASE WHEN amount IS NULL AND day > $2 AND day <= $1 THEN 1 END),
	       string_agg(CASE WHEN kind = 1 THEN CAST(day AS TEXT) END, ' '),
	       string_agg(CASE WHEN kind <= 2 AND day > $1 THEN CAST(amount AS TEXT) END, ' ')
	FROM posting WHERE customer_id >= $3 AND customer_id <= $4 AND day <= $5
	GROUP BY customer_id`

// bare runs the bare parts: the aggregates, read and thrown away, and the bulk
// insert of the rows that the last valuation left.
func bare(ctx context.Context, address string) (result, error) {
	db, err := open(address)
	if err != nil {
		return result{}, err
	}
	defer db.Close()
	var r result
	used := cpuOf(ctx, address)
	if r.Aggregate, err = aggregate(ctx, db); err != nil {
		return r, fmt.Errorf("aggregate: %w", err)
	}
	r.CPU = used()
	if err = insert(ctx, db, address, &r); err != nil {
		return r, fmt.Errorf("insert: %w", err)
	}
	r.Whole = r.Aggregate + r.Insert
	return r, nil
}

func aggregate(ctx context.Context, db *sql.DB) (float64, error) {
	n := min(runtime.GOMAXPROCS(0), 4)
	var total int
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM customer").Scan(&total); err != nil {
		return 0, err
	}
	bounds := []int64{math.MinInt64}
	for i := 1; i < n; i++ {
		var id int64
		if err := db.QueryRowContext(ctx, "SELECT customer_id FROM customer ORDER BY customer_id LIMIT 1 OFFSET $1", total*i/n).Scan(&id); err != nil {
			return 0, err
		}
		bounds = append(bounds, id)
	}
	bounds = append(bounds, math.MaxInt64)
	started := time.Now() //nolint:forbidigo // a benchmark measures
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = discard(ctx, db, bounds[i], bounds[i+1]-1) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return time.Since(started).Seconds(), nil
}

// discard reads the aggregates of a range of customers.
func discard(ctx context.Context, db *sql.DB, first, last int64) error {
	window := day.Span(12).UpTo(asOf)
	before, _ := day.Span(12).Before(window)
	rows, err := db.QueryContext(ctx, aggregates, int64(window.From), int64(before.From), first, last, int64(asOf))
	if err != nil {
		return err
	}
	defer rows.Close()
	values, into := make([]any, 17), make([]any, 17)
	for i := range into {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
	}
	return rows.Err()
}

const scoreColumns = `customer_id valuation_id revenue sale deduction acquisition care late_payment accrued complaint service goodwill benefit
	unknown_cost score data_basis credibility lifetime alive flags figures`

// insert writes the rows of the last valuation again, under another number, and
// takes them away afterwards. Only the writing is counted.
func insert(ctx context.Context, db *sql.DB, address string, to *result) error {
	var last int64
	if err := db.QueryRowContext(ctx, "SELECT MAX(valuation_id) FROM valuation WHERE ended_at IS NOT NULL").Scan(&last); err != nil {
		return err
	}
	for next := int64(math.MinInt64); ; {
		r := of("score", scoreColumns)
		n, err := readScores(ctx, db, last, &next, r)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		used := cpuOf(ctx, address)
		started := time.Now() //nolint:forbidigo // a benchmark measures
		if err := write(ctx, db, isPostgres(address), []*rows{r}); err != nil {
			return err
		}
		to.Insert += time.Since(started).Seconds()
		to.CPU += used()
	}
	_, err := db.ExecContext(ctx, "DELETE FROM score WHERE valuation_id = $1", last+1)
	return err
}

// readScores reads the next rows of a valuation.
func readScores(ctx context.Context, db *sql.DB, valuation int64, next *int64, to *rows) (n int, err error) {
	rs, err := db.QueryContext(ctx, `SELECT customer_id, valuation_id + 1, revenue, sale, deduction, acquisition, care, late_payment, accrued, complaint,
		service, goodwill, benefit, unknown_cost, score, data_basis, credibility, lifetime, alive, flags, figures
		FROM score WHERE valuation_id = $1 AND customer_id > $2 ORDER BY customer_id LIMIT 20000`, valuation, *next)
	if err != nil {
		return 0, err
	}
	defer rs.Close()
	for rs.Next() {
		values, into := make([]any, 21), make([]any, 21)
		for i := range into {
			into[i] = &values[i]
		}
		if err := rs.Scan(into...); err != nil {
			return n, err
		}
		*next = values[0].(int64)
		to.add(values...)
		n++
	}
	return n, rs.Err()
}
