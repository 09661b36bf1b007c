package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
)

// An Entry is a posting as an account statement shows it: with the document it
// came from.
type Entry struct {
	account.Posting
	Number     string // of the document in its source
	Background string // what it was about, where the document says so
}

// A Period asks for the postings of a customer dated in a window; Kind 0 is any.
type Period struct {
	Customer account.CustomerID
	Window   day.Window
	Kind     account.Kind
}

const sqlEntries = `
	SELECT p.customer_id, p.day, p.posting_id, p.kind, p.amount, p.volume, p.rate, p.document_kind, p.document_id, p.revision, p.reverses, p.cause,
	       COALESCE(i.number, y.number, c.number, a.number, s.number, b.number, ''), COALESCE(c.subject, a.subject, s.background, '')
	FROM posting p
	LEFT JOIN invoice i ON p.document_kind = 2 AND i.customer_id = p.customer_id AND i.invoice_id = p.document_id
	LEFT JOIN payment y ON p.document_kind = 3 AND y.customer_id = p.customer_id AND y.payment_id = p.document_id
	LEFT JOIN complaint c ON p.document_kind = 4 AND c.customer_id = p.customer_id AND c.complaint_id = p.document_id
	LEFT JOIN interaction a ON p.document_kind = 5 AND a.customer_id = p.customer_id AND a.interaction_id = p.document_id
	LEFT JOIN service_entry s ON p.document_kind = 6 AND s.customer_id = p.customer_id AND s.entry_id = p.document_id
	LEFT JOIN bonus_accrual b ON p.document_kind = 7 AND b.customer_id = p.customer_id AND b.accrual_id = p.document_id
	WHERE p.customer_id = $1 AND p.day > $2 AND p.day <= $3 AND (p.kind = $4 OR $4 = 0)
	ORDER BY p.day DESC, p.posting_id DESC LIMIT $5`

// Entries returns up to most postings of a period, the newest first.
func (r Reader) Entries(ctx context.Context, p Period, most int) ([]Entry, error) {
	rows, err := r.q.QueryContext(ctx, sqlEntries, p.Customer, p.Window.From, p.Window.To, p.Kind, most)
	if err != nil {
		return nil, fmt.Errorf("statement of customer %d: %w", p.Customer, err)
	}
	defer rows.Close()
	var out []Entry
	for rows.Next() {
		var e Entry
		var amount, reverses, cause sql.NullInt64
		if err := rows.Scan(&e.Customer, &e.Day, &e.ID, &e.Kind, &amount, &e.Volume, &e.Rate, &e.Document.Kind, &e.Document.ID, &e.Document.Revision,
			&reverses, &cause, &e.Number, &e.Background); err != nil {
			return nil, fmt.Errorf("statement of customer %d: %w", p.Customer, err)
		}
		e.Amount = account.Effect{Amount: moneyOf(amount), Known: amount.Valid}
		e.Reverses, e.Cause = account.PostingID(reverses.Int64), account.Cause(cause.Int64)
		out = append(out, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("statement of customer %d: %w", p.Customer, err)
	}
	return out, nil
}

// A KindSum is what the postings of one kind add up to in a period.
type KindSum struct {
	Kind    account.Kind
	Count   int64 // postings, reversals among them
	Back    int64 // of these reversals
	Amount  money.Amount
	Volume  money.Amount
	Unknown int64 // sales without a cost, reversed ones taken off

	Estimated money.Amount // what of Amount opening estimates posted
}

const (
	kindSumColumns = `
	SELECT kind, COUNT(*), COUNT(reverses), CAST(COALESCE(SUM(amount), 0) AS BIGINT), CAST(SUM(volume) AS BIGINT),
	       COUNT(*) FILTER (WHERE amount IS NULL AND reverses IS NULL) - COUNT(*) FILTER (WHERE amount IS NULL AND reverses IS NOT NULL),
	       CAST(COALESCE(SUM(amount) FILTER (WHERE cause = 21), 0) AS BIGINT)`
	sqlKindSums = kindSumColumns + `
	FROM posting WHERE customer_id = $1 AND day > $2 AND day <= $3
	GROUP BY kind ORDER BY kind`
)

// KindSums adds up the postings of a customer in a window, by kind.
func (r Reader) KindSums(ctx context.Context, customer account.CustomerID, w day.Window) ([]KindSum, error) {
	var out []KindSum
	err := r.each(ctx, sqlKindSums, []any{customer, w.From, w.To}, func(rec *record) error {
		out = append(out, kindSum(rec))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sums of customer %d: %w", customer, err)
	}
	return out, nil
}

func kindSum(rec *record) KindSum {
	return KindSum{
		Kind: account.Kind(rec.int(0)), Count: rec.int(1), Back: rec.int(2), Amount: money.Amount(rec.int(3)), Volume: money.Amount(rec.int(4)), Unknown: rec.int(5),
		Estimated: money.Amount(rec.int(6)),
	}
}

// A MonthSum is what the postings of one month and kind add up to.
type MonthSum struct {
	Month  int // yyyymm
	Kind   account.Kind
	Amount money.Amount
	Volume money.Amount

	Estimated money.Amount // what of Amount opening estimates posted
}

const (
	monthSumColumns = `
	SELECT day / 100, kind, CAST(COALESCE(SUM(amount), 0) AS BIGINT), CAST(SUM(volume) AS BIGINT),
	       CAST(COALESCE(SUM(amount) FILTER (WHERE cause = 21), 0) AS BIGINT)`
	sqlMonthSums = monthSumColumns + `
	FROM posting WHERE customer_id = $1 AND day > $2 AND day <= $3
	GROUP BY day / 100, kind ORDER BY 1, 2`
)

func monthSum(rec *record) MonthSum {
	return MonthSum{int(rec.int(0)), account.Kind(rec.int(1)), money.Amount(rec.int(2)), money.Amount(rec.int(3)), money.Amount(rec.int(4))}
}

// MonthSums adds up the postings of a customer in a window, by month and kind.
func (r Reader) MonthSums(ctx context.Context, customer account.CustomerID, w day.Window) ([]MonthSum, error) {
	var out []MonthSum
	err := r.each(ctx, sqlMonthSums, []any{customer, w.From, w.To}, func(rec *record) error {
		out = append(out, monthSum(rec))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("months of customer %d: %w", customer, err)
	}
	return out, nil
}

const (
	sqlPostedWithin = `SELECT day FROM posting WHERE day > $1 AND day <= $2 LIMIT 1`
	sqlNewestDay    = `SELECT COALESCE(MAX(day), 0) FROM posting WHERE day <= $1`
)

// NewestPosting returns the day of the newest posting up to a day, 0 if there is
// none; if any lies in w, a day of w is enough and found without a scan.
func (r Reader) NewestPosting(ctx context.Context, w day.Window) (day.Day, error) {
	var d day.Day
	err := r.q.QueryRowContext(ctx, sqlPostedWithin, w.From, w.To).Scan(&d)
	if errors.Is(err, sql.ErrNoRows) {
		err = r.q.QueryRowContext(ctx, sqlNewestDay, w.To).Scan(&d)
	}
	if err != nil {
		return 0, fmt.Errorf("newest posting: %w", err)
	}
	return d, nil
}

const sqlByExternal = `SELECT customer_id FROM customer WHERE external = $1 ORDER BY customer_id LIMIT 2`

// FindCustomer finds a customer by what people call it: its external id, its
// number, or the id of the book. Two that answer to it are fault.Conflict.
func (r Reader) FindCustomer(ctx context.Context, name string) (account.CustomerID, error) {
	keyed, err := r.CustomersKeyed(ctx, "file", []string{name}) // the usual source
	if err != nil {
		return 0, err
	}
	if c, ok := keyed[name]; ok {
		return c.ID, nil
	}
	numbered, err := r.CustomersNumbered(ctx, []string{name})
	if err != nil {
		return 0, err
	}
	found := numbered[name]
	if len(found) == 0 {
		if id, err := strconv.ParseInt(name, 10, 64); err == nil {
			byID, err := r.CustomersByID(ctx, []account.CustomerID{account.CustomerID(id)})
			if err != nil {
				return 0, err
			}
			if c, ok := byID[account.CustomerID(id)]; ok {
				return c.ID, nil
			}
		}
		rows, err := r.q.QueryContext(ctx, sqlByExternal, name)
		if err != nil {
			return 0, fmt.Errorf("find customer: %w", err)
		}
		if err := scanIDs(rows, func(id account.CustomerID) { found = append(found, id) }); err != nil {
			return 0, fmt.Errorf("find customer: %w", err)
		}
	}
	switch len(found) {
	case 0:
		return 0, fmt.Errorf("customer %s: %w", name, fault.NotFound)
	case 1:
		return found[0], nil
	}
	return 0, fmt.Errorf("customer %s: several answer to this: %w", name, fault.Conflict)
}

// An OpenInvoice is an invoice that was not settled in full on a day.
type OpenInvoice struct {
	Invoice    account.DocumentID
	Number     string
	Day, Due   day.Day
	Receivable money.Amount
	Open       money.Amount
	Disputed   bool
	DaysLate   int // past due on the day, negative if not due yet
}

const sqlOpenOn = `
	SELECT i.invoice_id, i.number, i.day, i.due, i.receivable, i.disputed_on,
	       CAST(i.receivable - COALESCE(SUM(s.amount), 0) AS BIGINT)
	FROM invoice i LEFT JOIN settlement s ON s.customer_id = i.customer_id AND s.invoice_id = i.invoice_id AND s.day <= $1
	WHERE i.customer_id = $2 AND i.day <= $1 AND i.receivable > 0 AND i.withdrawn_at IS NULL AND (i.settled_on IS NULL OR i.settled_on > $1)
	GROUP BY i.invoice_id, i.number, i.day, i.due, i.receivable, i.disputed_on
	ORDER BY i.due, i.number`

// OpenOn returns the invoices of a customer that were open on a day, the one due
// first first.
func (r Reader) OpenOn(ctx context.Context, customer account.CustomerID, on day.Day) ([]OpenInvoice, error) {
	var out []OpenInvoice
	err := r.each(ctx, sqlOpenOn, []any{on, customer}, func(rec *record) error {
		o := OpenInvoice{
			Invoice: account.DocumentID(rec.int(0)), Number: rec.text(1), Day: day.Day(rec.int(2)), Due: day.Day(rec.int(3)),
			Receivable: money.Amount(rec.int(4)), Open: money.Amount(rec.int(6)), Disputed: !rec.null(5) && day.Day(rec.int(5)) <= on,
		}
		o.DaysLate = on.Sub(o.Due)
		out = append(out, o)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("open items of customer %d: %w", customer, err)
	}
	return out, nil
}
