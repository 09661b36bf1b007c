package store

import (
	"context"
	"fmt"
	"time"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/internal/auth"
	"quid/money"
)

const developmentColumns = `customer_id, development_id, goal, services, owner, until, segment, state, answer, made_by, made_at, ended_at, revision`

var developmentTable = tableOf("development", commaless(developmentColumns))

func developmentArgs(d crm.Development) []any {
	return []any{
		int64(d.Customer), d.ID, d.Goal, d.Services, d.Owner, int64(d.Until), d.Segment, string(d.State), d.Answer, d.By, d.Made.UnixMicro(), since(d.Ended), int64(d.Revision),
	}
}

// AddDevelopment writes a new plan.
func (tx *Tx) AddDevelopment(ctx context.Context, d crm.Development) error {
	return tx.load(ctx, developmentTable, developmentArgs(d))
}

var sqlPutDevelopment = updateByKey(developmentTable, 2)

// PutDevelopment writes a plan over the one that is there.
func (tx *Tx) PutDevelopment(ctx context.Context, d crm.Development) error {
	if _, err := tx.exec(ctx, sqlPutDevelopment, developmentArgs(d)...); err != nil {
		return fmt.Errorf("put development plan %d: %w", d.ID, err)
	}
	return nil
}

const (
	sqlDevelopment    = `SELECT ` + developmentColumns + ` FROM development WHERE customer_id = $1 AND development_id = $2`
	sqlDevelopmentsOf = `SELECT ` + developmentColumns + ` FROM development WHERE customer_id = $1 ORDER BY development_id DESC`
	sqlDevelopments   = `SELECT ` + developmentColumns + ` FROM development WHERE state = 'running' ORDER BY until, development_id`
	sqlDeveloped      = `SELECT ` + developmentColumns + ` FROM development WHERE state <> 'running' ORDER BY ended_at DESC, development_id LIMIT $1`
)

// Development returns a plan.
func (r Reader) Development(ctx context.Context, customer account.CustomerID, id int64) (crm.Development, error) {
	if err := r.Reach(ctx, customer); err != nil {
		return crm.Development{}, err
	}
	ds, err := r.developments(ctx, sqlDevelopment, customer, id)
	return only(ds, err, "development plan %d", id)
}

// DevelopmentsOf returns the plans of a customer, the newest first.
func (r Reader) DevelopmentsOf(ctx context.Context, customer account.CustomerID) ([]crm.Development, error) {
	return r.developments(ctx, sqlDevelopmentsOf, customer)
}

// Developments returns the plans that run, those that end first first, for customers
// that who asks sees.
func (r Reader) Developments(ctx context.Context) ([]crm.Development, error) {
	list, err := r.developments(ctx, sqlDevelopments)
	if err != nil {
		return nil, err
	}
	return within(ctx, r, list, developing)
}

func developing(d crm.Development) account.CustomerID { return d.Customer }

// everyPlan is how many plans that ended are looked through for those of customers that
// who asks sees.
const everyPlan = 10_000

// EndedDevelopments returns the plans that ended last, for customers that who asks sees.
func (r Reader) EndedDevelopments(ctx context.Context, most int) ([]crm.Development, error) {
	read := most
	if !auth.From(ctx).ReachesAll() {
		read = everyPlan
	}
	list, err := r.developments(ctx, sqlDeveloped, read)
	if err == nil {
		list, err = within(ctx, r, list, developing)
	}
	return list[:min(most, len(list))], err
}

func (r Reader) developments(ctx context.Context, query string, args ...any) ([]crm.Development, error) {
	var out []crm.Development
	err := r.each(ctx, query, args, func(rec *record) error {
		d := crm.Development{
			Customer: account.CustomerID(rec.int(0)), ID: rec.int(1), Goal: rec.text(2), Services: rec.text(3), Owner: rec.text(4), Until: day.Day(rec.int(5)),
			Segment: rec.text(6), State: crm.DevelopmentState(rec.text(7)), Answer: rec.text(8), By: rec.text(9), Made: time.UnixMicro(rec.int(10)).UTC(),
			Revision: int32(rec.int(12)),
		}
		if !rec.null(11) {
			d.Ended = time.UnixMicro(rec.int(11)).UTC()
		}
		out = append(out, d)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("development plans: %w", err)
	}
	return out, nil
}

const (
	possibleColumns = `customer_id, amount, note, written_by, written_at, revision`

	sqlPossibleOf = `SELECT ` + possibleColumns + ` FROM possible_value WHERE customer_id = $1`
	sqlPossibles  = `SELECT ` + possibleColumns + ` FROM possible_value ORDER BY customer_id`
)

// PossibleOf returns what a person thinks that services would be worth to a
// customer; without an estimate its revision is 0.
func (r Reader) PossibleOf(ctx context.Context, customer account.CustomerID) (crm.PossibleEstimate, error) {
	all, err := r.possibles(ctx, sqlPossibleOf, customer)
	if err != nil {
		return crm.PossibleEstimate{}, err
	}
	if e, ok := all[customer]; ok {
		return e, nil
	}
	return crm.PossibleEstimate{Customer: customer}, nil
}

// Possibles returns what persons think that services would be worth, by customer.
func (r Reader) Possibles(ctx context.Context) (map[account.CustomerID]crm.PossibleEstimate, error) {
	return r.possibles(ctx, sqlPossibles)
}

func (r Reader) possibles(ctx context.Context, query string, args ...any) (map[account.CustomerID]crm.PossibleEstimate, error) {
	out := make(map[account.CustomerID]crm.PossibleEstimate)
	err := r.each(ctx, query, args, func(rec *record) error {
		e := crm.PossibleEstimate{
			Customer: account.CustomerID(rec.int(0)), Amount: money.Amount(rec.int(1)), Note: rec.text(2), By: rec.text(3),
			Made: time.UnixMicro(rec.int(4)).UTC(), Revision: int32(rec.int(5)),
		}
		out[e.Customer] = e
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("possible value: %w", err)
	}
	return out, nil
}

const sqlPutPossible = `
	INSERT INTO possible_value (` + possibleColumns + `) VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT (customer_id) DO UPDATE SET amount = excluded.amount, note = excluded.note, written_by = excluded.written_by,
		written_at = excluded.written_at, revision = excluded.revision`

// PutPossible writes an estimate over the one that is there.
func (tx *Tx) PutPossible(ctx context.Context, e crm.PossibleEstimate) error {
	_, err := tx.exec(ctx, sqlPutPossible, e.Customer, e.Amount, e.Note, e.By, e.Made.UnixMicro(), e.Revision)
	if err != nil {
		return fmt.Errorf("put possible value of customer %d: %w", e.Customer, err)
	}
	return nil
}
