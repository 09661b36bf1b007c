package store

import (
	"context"
	"fmt"
	"iter"
	"math"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fact"
	"quid/money"
	"quid/service"
)

// A Ledger is everything a customer's account rests on, for checking it:
// postings, documents and what is derived of them.
type Ledger struct {
	Customer     KeptCustomer
	SortName     string // as stored
	Search       string // likewise
	There        bool   // the customer is in the book; else rows name somebody who is not
	Waiting      bool   // settlements are due to be made anew
	Postings     []account.Posting
	Invoices     []LedgerInvoice
	Payments     []Kept[fact.Payment]
	Settlements  []Settlement
	Complaints   []Kept[fact.Complaint]
	Interactions []Kept[fact.Interaction]
	Entries      []Kept[service.Entry]
	Accruals     []Kept[fact.Accrual]
}

// A LedgerInvoice is an invoice with what is stored beside its lines. Doc has
// one line that stands for all.
type LedgerInvoice struct {
	Kept[fact.Invoice]
	Net     money.Amount   // as stored; Doc.Net() is the sum of the lines
	Cost    account.Effect // likewise
	Terms   int            // as stored: due − day
	Settled Settled
}

// ledgerChunk is how many customers are held in memory at once.
const ledgerChunk = 200

const sqlLedgerChunk = `SELECT customer_id FROM customer WHERE customer_id >= $1 ORDER BY customer_id LIMIT 1 OFFSET $2`

// Ledgers streams the ledgers of all customers, and of those that rows name
// though they are not there. A failed read ends the stream with an error.
func (r Reader) Ledgers(ctx context.Context) iter.Seq2[*Ledger, error] {
	return func(yield func(*Ledger, error) bool) {
		for next, more := int64(math.MinInt64), true; more; {
			ids := idRange{first: next, last: math.MaxInt64}
			err := r.q.QueryRowContext(ctx, sqlLedgerChunk, next, ledgerChunk).Scan(&next)
			if more = err == nil; more {
				ids.last = next - 1
			} else if one(err) == err {
				yield(nil, fmt.Errorf("ledgers: %w", err))
				return
			}
			c := ledgers{r: r, args: []any{ids.first, ids.last}, by: make(map[account.CustomerID]*Ledger)}
			if err := c.read(ctx); err != nil {
				yield(nil, fmt.Errorf("ledgers: %w", err))
				return
			}
			for _, l := range c.order {
				if !yield(l, nil) {
					return
				}
			}
		}
	}
}

// ledgers reads those of a range of customers.
type ledgers struct {
	r     Reader
	args  []any
	by    map[account.CustomerID]*Ledger
	order []*Ledger
}

// of returns the ledger of a customer, a new one for somebody who is not there.
func (c *ledgers) of(id account.CustomerID) *Ledger {
	l := c.by[id]
	if l == nil {
		l = new(Ledger)
		l.Customer.ID = id
		c.by[id] = l
		c.order = append(c.order, l)
	}
	return l
}

const ledgerRange = ` WHERE customer_id >= $1 AND customer_id <= $2`

const (
	sqlLedgerCustomers    = `SELECT ` + customerColumns + ` FROM customer` + ledgerRange + ` ORDER BY customer_id`
	sqlLedgerNames        = `SELECT customer_id, sort_name, search FROM customer` + ledgerRange
	sqlLedgerWaiting      = `SELECT customer_id FROM unsettled` + ledgerRange
	sqlLedgerPostings     = `SELECT ` + postingColumns + ` FROM posting` + ledgerRange
	sqlLedgerPayments     = `SELECT ` + paymentColumns + ` FROM payment` + ledgerRange
	sqlLedgerSettlements  = `SELECT customer_id, invoice_id, means_id, day, amount, days_late FROM settlement` + ledgerRange
	sqlLedgerComplaints   = `SELECT ` + complaintColumns + ` FROM complaint` + ledgerRange
	sqlLedgerInteractions = `SELECT ` + interactionColumns + ` FROM interaction` + ledgerRange
	sqlLedgerEntries      = `SELECT ` + entryColumns + ` FROM service_entry` + ledgerRange
	sqlLedgerLines        = `SELECT customer_id, invoice_id, CAST(SUM(net) AS BIGINT), CAST(COALESCE(SUM(cost), 0) AS BIGINT), COUNT(*) - COUNT(cost)
		FROM invoice_line` + ledgerRange + ` GROUP BY customer_id, invoice_id`
	sqlLedgerDeductions = `SELECT customer_id, invoice_id, cause, amount FROM invoice_deduction` + ledgerRange
	sqlLedgerInvoices   = `SELECT customer_id, invoice_id, number, day, due, terms_days, net, cost, receivable, disputed_on, credit, credits,
		settled_on, late_days, parts, posted_on, revision, withdrawn_at, agreement_id, accrued FROM invoice` + ledgerRange
)

func (c *ledgers) read(ctx context.Context) error {
	rows, err := c.r.q.QueryContext(ctx, sqlLedgerCustomers, c.args...)
	if err != nil {
		return err
	}
	customers, err := scanCustomers(rows)
	if err != nil {
		return err
	}
	for _, k := range customers {
		l := c.of(k.ID)
		l.Customer, l.There = k, true
	}
	if rows, err = c.r.q.QueryContext(ctx, sqlLedgerPostings, c.args...); err != nil {
		return err
	}
	postings, err := scanPostings(rows)
	if err != nil {
		return err
	}
	for _, p := range postings {
		l := c.of(p.Customer)
		l.Postings = append(l.Postings, p)
	}
	if err := c.readInvoices(ctx); err != nil {
		return err
	}
	if err := c.readDocuments(ctx); err != nil {
		return err
	}
	err = c.r.each(ctx, sqlLedgerNames, c.args, func(rec *record) error {
		l := c.of(account.CustomerID(rec.int(0)))
		l.SortName, l.Search = rec.text(1), rec.text(2)
		return nil
	})
	if err != nil {
		return err
	}
	return c.r.each(ctx, sqlLedgerWaiting, c.args, func(rec *record) error {
		c.of(account.CustomerID(rec.int(0))).Waiting = true
		return nil
	})
}

func (c *ledgers) readDocuments(ctx context.Context) error {
	payments, err := c.r.payments(ctx, sqlLedgerPayments, c.args...)
	if err != nil {
		return err
	}
	for _, k := range payments {
		l := c.of(k.Doc.Customer)
		l.Payments = append(l.Payments, k)
	}
	settlements, err := c.r.settlements(ctx, sqlLedgerSettlements, c.args...)
	if err != nil {
		return err
	}
	for _, s := range settlements {
		l := c.of(s.Customer)
		l.Settlements = append(l.Settlements, s)
	}
	complaints, err := c.r.complaints(ctx, sqlLedgerComplaints, c.args...)
	if err != nil {
		return err
	}
	for _, k := range complaints {
		l := c.of(k.Doc.Customer)
		l.Complaints = append(l.Complaints, k)
	}
	interactions, err := c.r.interactions(ctx, sqlLedgerInteractions, c.args...)
	if err != nil {
		return err
	}
	for _, k := range interactions {
		l := c.of(k.Doc.Customer)
		l.Interactions = append(l.Interactions, k)
	}
	accruals, err := c.r.accruals(ctx, sqlLedgerAccruals, c.args...)
	if err != nil {
		return err
	}
	for _, k := range accruals {
		l := c.of(k.Doc.Customer)
		l.Accruals = append(l.Accruals, k)
	}
	entries, err := c.r.entries(ctx, sqlLedgerEntries, c.args...)
	for _, k := range entries {
		l := c.of(k.Doc.Customer)
		l.Entries = append(l.Entries, k)
	}
	return err
}

func (c *ledgers) readInvoices(ctx context.Context) error {
	lines := make(map[Ref]fact.Line)
	err := c.r.each(ctx, sqlLedgerLines, c.args, func(rec *record) error {
		lines[Ref{account.CustomerID(rec.int(0)), account.DocumentID(rec.int(1))}] = fact.Line{
			Net: money.Amount(rec.int(2)), Cost: account.Effect{Amount: money.Amount(rec.int(3)), Known: rec.int(4) == 0},
		}
		return nil
	})
	if err != nil {
		return err
	}
	borne := make(map[Ref][]fact.Deduction)
	err = c.r.each(ctx, sqlLedgerDeductions, c.args, func(rec *record) error {
		ref := Ref{account.CustomerID(rec.int(0)), account.DocumentID(rec.int(1))}
		borne[ref] = append(borne[ref], fact.Deduction{Cause: account.Cause(rec.int(2)), Sum: money.Amount(rec.int(3))})
		return nil
	})
	if err != nil {
		return err
	}
	return c.r.each(ctx, sqlLedgerInvoices, c.args, func(rec *record) error {
		var li LedgerInvoice
		d := &li.Doc
		d.Customer, d.ID, d.Number = account.CustomerID(rec.int(0)), account.DocumentID(rec.int(1)), rec.text(2)
		d.Day, d.Due, li.Terms = day.Day(rec.int(3)), day.Day(rec.int(4)), int(rec.int(5))
		li.Net, li.Cost = money.Amount(rec.int(6)), account.Effect{Amount: money.Amount(rec.int(7)), Known: !rec.null(7)}
		d.Receivable, d.Disputed = money.Amount(rec.int(8)), day.Day(rec.int(9))
		d.Credit, d.Credits = fact.CreditKind(rec.int(10)), account.DocumentID(rec.int(11))
		li.Settled = Settled{On: day.Day(rec.int(12)), Late: int(rec.int(13)), Parts: int(rec.int(14))}
		li.PostedOn, d.Revision = day.Day(rec.int(15)), int32(rec.int(16))
		if !rec.null(17) {
			li.Withdrawn = WrittenAt(rec.int(17) << nodeBits)
		}
		d.Agreement, li.Accrued = account.DocumentID(rec.int(18)), account.Effect{Amount: money.Amount(rec.int(19)), Known: !rec.null(19)}
		if line, ok := lines[Ref{d.Customer, d.ID}]; ok {
			d.Lines = []fact.Line{line}
		}
		d.Deductions = borne[Ref{d.Customer, d.ID}]
		l := c.of(d.Customer)
		l.Invoices = append(l.Invoices, li)
		return nil
	})
}

// DerivedNames returns what a customer is sorted and found by.
func DerivedNames(c KeptCustomer) (sortName, search string) {
	return crm.Fold(c.Name), searchText(&c.Customer)
}
