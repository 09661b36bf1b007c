package store

import (
	"context"
	"fmt"
	"time"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/money"
	"quid/service"
	"quid/value"
)

// A KeptBudget is a customer's own budget with who wrote it.
type KeptBudget struct {
	service.DatedBudget
	Note string
	By   string
	Made time.Time
}

const sqlBudgetsOf = `SELECT valid_from, amount, share, note, written_by, written_at FROM budget WHERE customer_id = $1 ORDER BY valid_from DESC`

// BudgetsOf returns the budgets that a customer has of its own, the newest first.
func (r Reader) BudgetsOf(ctx context.Context, customer account.CustomerID) ([]KeptBudget, error) {
	var out []KeptBudget
	err := r.each(ctx, sqlBudgetsOf, []any{customer}, func(rec *record) error {
		out = append(out, KeptBudget{DatedBudget: datedBudget(rec, 0), Note: rec.text(3), By: rec.text(4), Made: time.UnixMicro(rec.int(5)).UTC()})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("budgets of customer %d: %w", customer, err)
	}
	return out, nil
}

// datedBudget reads a day, a sum and a share.
func datedBudget(rec *record, from int) service.DatedBudget {
	b := service.DatedBudget{ValidFrom: day.Day(rec.int(from)), Budget: service.Budget{Share: money.Micro(rec.int(from + 2))}}
	if !rec.null(from + 1) {
		a := money.Amount(rec.int(from + 1))
		b.Amount = &a
	}
	return b
}

const sqlPutBudget = `
	INSERT INTO budget (customer_id, valid_from, amount, share, note, written_by, written_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
	ON CONFLICT (customer_id, valid_from) DO UPDATE SET amount = excluded.amount, share = excluded.share, note = excluded.note,
		written_by = excluded.written_by, written_at = excluded.written_at`

// PutBudget writes a customer's own budget from a day on.
func (tx *Tx) PutBudget(ctx context.Context, customer account.CustomerID, b KeptBudget) error {
	_, err := tx.exec(ctx, sqlPutBudget, customer, b.ValidFrom, cents(b.Amount), int64(b.Share), b.Note, b.By, b.Made.UnixMicro())
	if err != nil {
		return fmt.Errorf("put budget of customer %d: %w", customer, err)
	}
	return nil
}

// unknownCost counts sales without a cost; reversed ones are taken off.
const unknownCost = `CAST(COALESCE(SUM(CASE WHEN reverses IS NULL THEN 1 ELSE -1 END) FILTER `

// What services cost in a calendar year ($1 to $2), of it what was estimated, and
// contribution I of twelve months ($3 to $4). Cause 21 is account.Estimated.
const budgetSums = `
	       CAST(COALESCE(-SUM(amount) FILTER (WHERE kind = 11 AND day > $1 AND day <= $2), 0) AS BIGINT),
	       CAST(COALESCE(-SUM(amount) FILTER (WHERE kind = 11 AND cause = 21 AND day > $1 AND day <= $2), 0) AS BIGINT),
	       CAST(COALESCE(SUM(amount) FILTER (WHERE kind <= 2 AND day > $3 AND day <= $4), 0) AS BIGINT),
	       ` + unknownCost + `(WHERE kind <= 2 AND amount IS NULL AND day > $3 AND day <= $4), 0) AS BIGINT)
	FROM posting `

const (
	sqlBudgetSums    = `SELECT customer_id, ` + budgetSums + `WHERE customer_id = $5 AND day > $6 GROUP BY customer_id`
	sqlAllBudgetSums = `SELECT customer_id, ` + budgetSums + `WHERE day > $5 GROUP BY customer_id ORDER BY customer_id`
	sqlStanding      = `SELECT flags FROM score WHERE customer_id = $1 AND valuation_id = $2`
	sqlAllBudgets    = `SELECT customer_id, valid_from, amount, share FROM budget ORDER BY customer_id, valid_from`
)

// budgetDays are the arguments of budgetSums for a day, and the day before all
// of them.
func budgetDays(d day.Day) (args []any, before day.Day) {
	year, months := service.BudgetYear(d), day.Span(12).UpTo(d)
	return []any{year.From, year.To, months.From, months.To}, min(year.From, months.From)
}

// Standing returns where a customer stands in the newest valuation up to a day:
// its segment and the strategy that this is nearest to, both "" where it was not
// valued.
func (r Reader) Standing(ctx context.Context, customer account.CustomerID, on day.Day) (segment, strategy value.Segment, err error) {
	stamp, err := r.Stamp(ctx, on)
	if err != nil {
		return "", "", err
	}
	err = r.each(ctx, sqlStanding, []any{customer, stamp.Valuation}, func(rec *record) error {
		var row value.Row
		row.SetFlags(rec.int(0))
		segment, strategy = row.Segment(), StrategyOf(&row)
		return nil
	})
	if err != nil {
		return "", "", fmt.Errorf("standing of customer %d: %w", customer, err)
	}
	return segment, strategy, nil
}

// StrategyOf returns the strategy that the segment of a customer is nearest to:
// one of the four, new, or none.
func StrategyOf(row *value.Row) value.Segment {
	if row.FromSet == 0 && row.New {
		return value.NewCustomer
	}
	return row.Place().Strategy()
}

// BudgetOf says which budget of services counts for a customer on a day, and how
// far that calendar year's is used up. It reads the account of one customer and
// is fast enough to be asked while somebody types.
func (r Reader) BudgetOf(ctx context.Context, customer account.CustomerID, on day.Day) (service.BudgetState, error) {
	segment, strategy, err := r.Standing(ctx, customer, on)
	if err != nil {
		return service.BudgetState{}, err
	}
	books, err := r.Playbooks(ctx)
	if err != nil {
		return service.BudgetState{}, err
	}
	c := BudgetCaseOf(books, segment, strategy, on)
	own, err := r.BudgetsOf(ctx, customer)
	if err != nil {
		return service.BudgetState{}, err
	}
	for _, b := range own {
		c.Own = append(c.Own, b.DatedBudget)
	}
	args, before := budgetDays(on)
	err = r.each(ctx, sqlBudgetSums, append(args, customer, before), func(rec *record) error {
		addBudgetSums(&c, rec)
		return nil
	})
	if err != nil {
		return service.BudgetState{}, fmt.Errorf("budget of customer %d: %w", customer, err)
	}
	return c.State()
}

// BudgetCaseOf begins a case with what the playbook of a segment says.
func BudgetCaseOf(books crm.Playbooks, segment, strategy value.Segment, on day.Day) service.BudgetCase {
	book, _ := books.Of(string(segment), string(strategy))
	return service.BudgetCase{Day: on, Segment: book.Segment, Playbook: service.Budget{Amount: book.Amount, Share: book.Share}, Contribution: account.Known(0)}
}

// addBudgetSums reads the columns of budgetSums behind the customer.
func addBudgetSums(c *service.BudgetCase, rec *record) {
	c.Spent, c.Estimated = money.Amount(rec.int(1)), money.Amount(rec.int(2))
	c.Contribution = account.Effect{Amount: money.Amount(rec.int(3)), Known: rec.int(4) == 0}
}

// BudgetCases returns what the budgets of all customers on a day are made from,
// but for the playbooks: customers who have neither postings of the time nor a
// budget of their own are not among them. It scans.
func (r Reader) BudgetCases(ctx context.Context, on day.Day) (map[account.CustomerID]service.BudgetCase, error) {
	out := make(map[account.CustomerID]service.BudgetCase)
	args, before := budgetDays(on)
	err := r.each(ctx, sqlAllBudgetSums, append(args, before), func(rec *record) error {
		c := service.BudgetCase{Day: on}
		addBudgetSums(&c, rec)
		out[account.CustomerID(rec.int(0))] = c
		return nil
	})
	if err == nil {
		err = r.each(ctx, sqlAllBudgets, nil, func(rec *record) error {
			id := account.CustomerID(rec.int(0))
			c, ok := out[id]
			if !ok {
				c = service.BudgetCase{Day: on, Contribution: account.Known(0)}
			}
			c.Own = append(c.Own, datedBudget(rec, 1))
			out[id] = c
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("budgets on %v: %w", on, err)
	}
	return out, nil
}
