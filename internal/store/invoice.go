package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/money"
)

// A Kept is a document as the book keeps it: with the day its postings are
// dated, and since when it is withdrawn.
type Kept[D any] struct {
	Doc       D
	PostedOn  day.Day
	Withdrawn time.Time      // zero while it stands
	PartsHash int64          // payments: hash of what it settled when it was posted
	Accrued   account.Effect // credit notes that settle a bonus: what had accrued when they were posted; unknown: not posted yet
	LinesHash int64          // invoices: hash of lines that came by themselves, 0 where they came with it
	OwnLines  int64          // invoices: hash of the lines they replaced, which came with it
}

// A Ref names a document: its customer and its id.
type Ref struct {
	Customer account.CustomerID
	ID       account.DocumentID
}

var (
	invoiceTable = tableOf("invoice", `customer_id invoice_id number day due terms_days net cost receivable disputed_on credit credits
		settled_on late_days parts posted_on revision version lines_hash import_id withdrawn_at gross total paid_on own_lines
		agreement_id accrued listed_net listed`)
	lineTable      = tableOf("invoice_line", "customer_id invoice_id line product_id quantity unit_price discount net cost")
	deductionTable = tableOf("invoice_deduction", "customer_id invoice_id cause amount")
)

// effect stores an amount that may be unknown.
func effect(e account.Effect) any {
	if !e.Known {
		return nil
	}
	return int64(e.Amount)
}

// A Settled says how far an invoice is settled: derived from settlements.
type Settled struct {
	On    day.Day // paid in full on this day, 0 while open
	Late  int     // On − due
	Parts int
}

// AddInvoices writes new invoices and their lines. settled may be nil, or as
// long as invoices.
func (tx *Tx) AddInvoices(ctx context.Context, invoices []Kept[fact.Invoice], settled []Settled) error {
	args := make([]any, 0, len(invoices)*len(invoiceTable.columns))
	lines := make([]any, 0, len(invoices)*2*len(lineTable.columns))
	var deductions []any
	for i := range invoices {
		k := &invoices[i]
		d := &k.Doc
		var on, late any
		var parts int64
		if settled != nil {
			parts = int64(settled[i].Parts)
			if settled[i].On != 0 {
				on, late = int64(settled[i].On), int64(settled[i].Late)
			}
		}
		args = append(args, int64(d.Customer), int64(d.ID), d.Number, int64(d.Day), int64(d.Due), int64(d.Due.Sub(d.Day)),
			int64(d.Net()), effect(d.Cost()), int64(d.Receivable), null(int64(d.Disputed)), int64(d.Credit), null(int64(d.Credits)),
			on, late, parts, int64(k.PostedOn), int64(d.Revision), d.Version, k.LinesHash, d.Import, since(k.Withdrawn),
			effect(d.Gross), effect(d.Total), null(int64(d.Paid)), null(k.OwnLines), null(int64(d.Agreement)), effect(k.Accrued),
			null(int64(d.Listed.Net)), null(int64(d.Listed.List)))
		for _, l := range d.Lines {
			lines = append(lines, int64(d.Customer), int64(d.ID), int64(l.Number), l.Product, int64(l.Quantity), int64(l.UnitPrice),
				int64(l.Discount), int64(l.Net), effect(l.Cost))
		}
		for _, x := range d.Deductions {
			deductions = append(deductions, int64(d.Customer), int64(d.ID), int64(x.Cause), int64(x.Sum))
		}
	}
	if err := tx.load(ctx, invoiceTable, args); err != nil {
		return err
	}
	if err := tx.load(ctx, lineTable, lines); err != nil {
		return err
	}
	return tx.load(ctx, deductionTable, deductions)
}

const (
	sqlDeleteLines      = `DELETE FROM invoice_line WHERE customer_id = $1 AND invoice_id = $2`
	sqlDeleteDeductions = `DELETE FROM invoice_deduction WHERE customer_id = $1 AND invoice_id = $2`
	sqlDeleteInvoice    = `DELETE FROM invoice WHERE customer_id = $1 AND invoice_id = $2`
)

// PutInvoice writes an invoice over the one that is there.
func (tx *Tx) PutInvoice(ctx context.Context, k Kept[fact.Invoice], s Settled) error {
	for _, q := range []string{sqlDeleteLines, sqlDeleteDeductions, sqlDeleteInvoice} {
		if _, err := tx.exec(ctx, q, k.Doc.Customer, k.Doc.ID); err != nil {
			return fmt.Errorf("put invoice %s: %w", k.Doc.Number, err)
		}
	}
	return tx.AddInvoices(ctx, []Kept[fact.Invoice]{k}, []Settled{s})
}

const invoiceColumns = `customer_id, invoice_id, number, day, due, receivable, disputed_on, credit, credits, settled_on, late_days, parts,
	posted_on, revision, version, lines_hash, import_id, withdrawn_at, gross, total, paid_on, own_lines, agreement_id, accrued, COALESCE(listed_net, 0), COALESCE(listed, 0)`

const sqlInvoice = `SELECT ` + invoiceColumns + ` FROM invoice WHERE customer_id = $1 AND invoice_id = $2`

const sqlLines = `
	SELECT line, product_id, quantity, unit_price, discount, net, cost
	FROM invoice_line WHERE customer_id = $1 AND invoice_id = $2 ORDER BY line`

// Invoice returns an invoice with its lines and how far it is settled.
func (r Reader) Invoice(ctx context.Context, ref Ref) (Kept[fact.Invoice], Settled, error) {
	if err := r.Reach(ctx, ref.Customer); err != nil {
		return Kept[fact.Invoice]{}, Settled{}, err
	}
	k, s, err := scanInvoice(r.q.QueryRowContext(ctx, sqlInvoice, ref.Customer, ref.ID))
	if err != nil {
		return k, s, fmt.Errorf("invoice %d: %w", ref.ID, one(err))
	}
	if k.Doc.Lines, err = r.lines(ctx, ref); err != nil {
		return k, s, err
	}
	k.Doc.Deductions, err = r.deductions(ctx, ref)
	return k, s, err
}

// scanInvoice reads the columns of an invoice, of a row or of rows.
func scanInvoice(row interface{ Scan(...any) error }) (k Kept[fact.Invoice], s Settled, err error) {
	d := &k.Doc
	var disputed, credits, on, late, withdrawn, gross, total, paid, own, agreement, accrued sql.NullInt64
	err = row.Scan(&d.Customer, &d.ID, &d.Number, &d.Day, &d.Due, &d.Receivable, &disputed, &d.Credit, &credits,
		&on, &late, &s.Parts, &k.PostedOn, &d.Revision, &d.Version, &k.LinesHash, &d.Import, &withdrawn,
		&gross, &total, &paid, &own, &agreement, &accrued, &d.Listed.Net, &d.Listed.List)
	d.Disputed, d.Credits = day.Day(disputed.Int64), account.DocumentID(credits.Int64)
	s.On, s.Late = day.Day(on.Int64), int(late.Int64)
	d.Gross, d.Total = effectOf(gross), effectOf(total)
	d.Agreement, k.Accrued = account.DocumentID(agreement.Int64), effectOf(accrued)
	k.Withdrawn, d.Paid, k.OwnLines = instant(withdrawn), day.Day(paid.Int64), own.Int64
	return k, s, err
}

const sqlDeductions = `SELECT cause, amount FROM invoice_deduction WHERE customer_id = $1 AND invoice_id = $2 ORDER BY cause`

func (r Reader) deductions(ctx context.Context, ref Ref) ([]fact.Deduction, error) {
	var out []fact.Deduction
	err := r.each(ctx, sqlDeductions, []any{ref.Customer, ref.ID}, func(rec *record) error {
		out = append(out, fact.Deduction{Cause: account.Cause(rec.int(0)), Sum: money.Amount(rec.int(1))})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("deductions of invoice %d: %w", ref.ID, err)
	}
	return out, nil
}

func (r Reader) lines(ctx context.Context, ref Ref) ([]fact.Line, error) {
	rows, err := r.q.QueryContext(ctx, sqlLines, ref.Customer, ref.ID)
	if err != nil {
		return nil, fmt.Errorf("lines of invoice %d: %w", ref.ID, err)
	}
	defer rows.Close()
	var lines []fact.Line
	for rows.Next() {
		var l fact.Line
		var cost sql.NullInt64
		if err := rows.Scan(&l.Number, &l.Product, &l.Quantity, &l.UnitPrice, &l.Discount, &l.Net, &cost); err != nil {
			return nil, fmt.Errorf("lines of invoice %d: %w", ref.ID, err)
		}
		l.Cost = effectOf(cost)
		lines = append(lines, l)
	}
	return lines, rows.Err()
}

// instant reads an instant stored by since.
func instant(v sql.NullInt64) time.Time {
	if !v.Valid {
		return time.Time{}
	}
	return time.UnixMicro(v.Int64).UTC()
}

const sqlDispute = `UPDATE invoice SET disputed_on = $1 WHERE customer_id = $2 AND invoice_id = $3`

// Dispute marks an invoice as disputed since a day, or no more with 0.
func (tx *Tx) Dispute(ctx context.Context, ref Ref, on day.Day) error {
	if _, err := tx.exec(ctx, sqlDispute, null(int64(on)), ref.Customer, ref.ID); err != nil {
		return fmt.Errorf("dispute invoice %d: %w", ref.ID, err)
	}
	return nil
}

// effectOf reads an amount stored by effect.
func effectOf(v sql.NullInt64) account.Effect {
	return account.Effect{Amount: moneyOf(v), Known: v.Valid}
}

func moneyOf(v sql.NullInt64) money.Amount { return money.Amount(v.Int64) }
