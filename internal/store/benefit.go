package store

import (
	"context"
	"fmt"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
)

// A Benefit is a service as the customer who got it may see it: what it was worth,
// never what it cost us. There is no field for that, and no column is read.
type Benefit struct {
	Day        day.Day
	Type       int64
	Quantity   money.Micro
	Minutes    int64 // 0 if unknown
	Background string
	Contact    string
	Benefit    money.Amount // less what the customer paid of it
	State      int8         // a service.BenefitState
}

const sqlBenefits = `
	SELECT day, type_id, quantity, minutes, background, contact, benefit - charge, benefit_state FROM service_entry
	WHERE customer_id = $1 AND day > $2 AND day <= $3 AND withdrawn_at IS NULL AND estimate_id IS NULL ORDER BY day, entry_id`

// Benefits returns the services of a customer in a window, the oldest first.
// Opening estimates are not among them: nobody noted these services.
func (r Reader) Benefits(ctx context.Context, customer account.CustomerID, w day.Window) ([]Benefit, error) {
	var out []Benefit
	err := r.each(ctx, sqlBenefits, []any{customer, w.From, w.To}, func(rec *record) error {
		out = append(out, Benefit{
			Day: day.Day(rec.int(0)), Type: rec.int(1), Quantity: money.Micro(rec.int(2)), Minutes: rec.int(3), Background: rec.text(4), Contact: rec.text(5),
			Benefit: money.Amount(rec.int(6)), State: int8(rec.int(7)),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("benefits of customer %d: %w", customer, err)
	}
	return out, nil
}

const sqlServed = `
	SELECT c.customer_id FROM customer c WHERE c.archived_at IS NULL AND (c.owner = $1 OR $1 = '') AND EXISTS (
		SELECT 1 FROM service_entry e WHERE e.customer_id = c.customer_id AND e.day > $2 AND e.day <= $3 AND e.withdrawn_at IS NULL AND e.estimate_id IS NULL)
		AND NOT EXISTS (SELECT 1 FROM privacy_mark m WHERE m.customer_id = c.customer_id AND m.contact_id = 0 AND m.kind <> 'hold' AND m.ended_at IS NULL)
	ORDER BY c.sort_name, c.customer_id`

// Served returns the customers that got a service in a window, by name; owner
// narrows it to those that somebody looks after, "" does not. Persons who object or
// whose data is restricted are left out.
func (r Reader) Served(ctx context.Context, owner string, w day.Window) ([]account.CustomerID, error) {
	var out []account.CustomerID
	err := r.each(ctx, sqlServed, []any{owner, w.From, w.To}, func(rec *record) error {
		out = append(out, account.CustomerID(rec.int(0)))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("customers served: %w", err)
	}
	return out, nil
}

// A StatementRun is the making of many benefit statements as one file.
type StatementRun struct {
	ID       int64
	Lang     string  // de, en, or "" for each customer's own
	From, To day.Day // the period: its first and its last day
	Owner    string  // whose customers; "" for all
	Shows    string
	File     string // its name in the folder of files; "" until it is there
	Count    int64  // statements in it
	Made     time.Time
	Ended    time.Time
}

var runTable = tableOf("statement_run", "run_id lang from_day to_day owner shows file count made_at ended_at")

// AddStatementRun writes a new run.
func (tx *Tx) AddStatementRun(ctx context.Context, s StatementRun) error {
	return tx.load(ctx, runTable, []any{s.ID, s.Lang, int64(s.From), int64(s.To), s.Owner, s.Shows, s.File, s.Count, s.Made.UnixMicro(), since(s.Ended)})
}

const sqlEndStatementRun = `UPDATE statement_run SET file = $1, count = $2, ended_at = $3 WHERE run_id = $4`

// EndStatementRun notes the file that a run made; "" when it was deleted.
func (tx *Tx) EndStatementRun(ctx context.Context, id int64, file string, count int64, at time.Time) error {
	if _, err := tx.exec(ctx, sqlEndStatementRun, file, count, at.UnixMicro(), id); err != nil {
		return fmt.Errorf("end statement run %d: %w", id, err)
	}
	return nil
}

const (
	runColumns       = `run_id, lang, from_day, to_day, owner, shows, file, count, made_at, ended_at`
	sqlStatementRun  = `SELECT ` + runColumns + ` FROM statement_run WHERE run_id = $1`
	sqlStatementRuns = `SELECT ` + runColumns + ` FROM statement_run ORDER BY run_id DESC LIMIT 20`
)

// StatementRun returns a run.
func (r Reader) StatementRun(ctx context.Context, id int64) (StatementRun, error) {
	all, err := r.statementRuns(ctx, sqlStatementRun, id)
	if err == nil && len(all) == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return StatementRun{}, fmt.Errorf("statement run %d: %w", id, err)
	}
	return all[0], nil
}

// StatementRuns returns the newest runs.
func (r Reader) StatementRuns(ctx context.Context) ([]StatementRun, error) {
	return r.statementRuns(ctx, sqlStatementRuns)
}

func (r Reader) statementRuns(ctx context.Context, query string, args ...any) ([]StatementRun, error) {
	var out []StatementRun
	err := r.each(ctx, query, args, func(rec *record) error {
		s := StatementRun{
			ID: rec.int(0), Lang: rec.text(1), From: day.Day(rec.int(2)), To: day.Day(rec.int(3)), Owner: rec.text(4), Shows: rec.text(5), File: rec.text(6),
			Count: rec.int(7), Made: time.UnixMicro(rec.int(8)).UTC(),
		}
		if !rec.null(9) {
			s.Ended = time.UnixMicro(rec.int(9)).UTC()
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("statement runs: %w", err)
	}
	return out, nil
}
