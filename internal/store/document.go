package store

import (
	"context"
	"fmt"
	"iter"
	"math"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/money"
)

// A DocumentFilter says which documents of a kind are read, in the order in which
// they lie: by customer, then by id.
type DocumentFilter struct {
	Customer account.CustomerID // 0: of all customers that who asks sees
	After    Ref                // those that lie after it
	Window   day.Window         // To 0: to the last day
}

// Documents that stand are read a stretch at a time, as they lie.
const (
	documentsWhere      = ` AND customer_id <= $3 AND day > $4 AND day <= $5 AND withdrawn_at IS NULL ORDER BY customer_id, `
	sqlInvoicesFrom     = `SELECT ` + invoiceColumns + ` FROM invoice WHERE (customer_id, invoice_id) > ($1, $2)` + documentsWhere + `invoice_id LIMIT $6`
	sqlPaymentsFrom     = `SELECT ` + paymentColumns + ` FROM payment WHERE (customer_id, payment_id) > ($1, $2)` + documentsWhere + `payment_id LIMIT $6`
	sqlComplaintsFrom   = `SELECT ` + complaintColumns + ` FROM complaint WHERE (customer_id, complaint_id) > ($1, $2)` + documentsWhere + `complaint_id LIMIT $6`
	sqlInteractionsFrom = `SELECT ` + interactionColumns + ` FROM interaction WHERE (customer_id, interaction_id) > ($1, $2)` + documentsWhere + `interaction_id LIMIT $6`
)

// stretch is how many documents are read at a time.
const stretch = 500

// documents streams what read returns a stretch at a time, of customers that who
// asks sees.
func documents[D any](ctx context.Context, r Reader, f DocumentFilter, ref func(*D) Ref, read func(args ...any) ([]D, error)) iter.Seq2[D, error] {
	return func(yield func(D, error) bool) {
		var none D
		upto := account.CustomerID(math.MaxInt64)
		if f.Customer != 0 {
			if err := r.Reach(ctx, f.Customer); err != nil {
				yield(none, err)
				return
			}
			upto = f.Customer
			if f.After.Customer != f.Customer {
				f.After = Ref{Customer: f.Customer}
			}
		}
		to := f.Window.To
		if to == 0 {
			to = day.Max
		}
		for after, more := f.After, true; more; {
			ds, err := read(after.Customer, after.ID, upto, int64(f.Window.From), int64(to), stretch)
			if more = len(ds) == stretch; more {
				after = ref(&ds[len(ds)-1])
			}
			if err == nil && f.Customer == 0 {
				ds, err = within(ctx, r, ds, func(d D) account.CustomerID { return ref(&d).Customer })
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, d := range ds {
				if !yield(d, nil) {
					return
				}
			}
		}
	}
}

func refOf(h fact.Header) Ref { return Ref{Customer: h.Customer, ID: h.ID} }

// An InvoiceState is an invoice with how far it is settled.
type InvoiceState struct {
	Kept[fact.Invoice]
	Settled Settled
}

// Invoices streams invoices that stand, with their lines.
func (r Reader) Invoices(ctx context.Context, f DocumentFilter) iter.Seq2[InvoiceState, error] {
	return documents(ctx, r, f, func(k *InvoiceState) Ref { return refOf(k.Doc.Header) }, func(args ...any) ([]InvoiceState, error) {
		rows, err := r.q.QueryContext(ctx, sqlInvoicesFrom, args...)
		if err != nil {
			return nil, fmt.Errorf("invoices: %w", err)
		}
		defer rows.Close()
		var out []InvoiceState
		for rows.Next() {
			k, s, err := scanInvoice(rows)
			if err != nil {
				return nil, fmt.Errorf("invoices: %w", err)
			}
			out = append(out, InvoiceState{k, s})
		}
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("invoices: %w", err)
		}
		return out, r.withLines(ctx, out)
	})
}

const (
	sqlLinesBetween = `SELECT customer_id, invoice_id, line, product_id, quantity, unit_price, discount, net, cost FROM invoice_line
		WHERE (customer_id, invoice_id) > ($1, $2) AND (customer_id, invoice_id) <= ($3, $4) ORDER BY customer_id, invoice_id, line`
	sqlDeductionsBetween = `SELECT customer_id, invoice_id, cause, amount FROM invoice_deduction
		WHERE (customer_id, invoice_id) > ($1, $2) AND (customer_id, invoice_id) <= ($3, $4) ORDER BY customer_id, invoice_id, cause`
)

// withLines reads the lines and deductions of a stretch of invoices.
func (r Reader) withLines(ctx context.Context, ks []InvoiceState) error {
	if len(ks) == 0 {
		return nil
	}
	at := make(map[Ref]*fact.Invoice, len(ks))
	for i := range ks {
		at[refOf(ks[i].Doc.Header)] = &ks[i].Doc
	}
	first, last := refOf(ks[0].Doc.Header), refOf(ks[len(ks)-1].Doc.Header)
	args := []any{first.Customer, first.ID - 1, last.Customer, last.ID}
	of := func(rec *record) *fact.Invoice {
		return at[Ref{account.CustomerID(rec.int(0)), account.DocumentID(rec.int(1))}]
	}
	err := r.each(ctx, sqlLinesBetween, args, func(rec *record) error {
		if d := of(rec); d != nil {
			d.Lines = append(d.Lines, fact.Line{
				Number: int32(rec.int(2)), Product: rec.int(3), Quantity: money.Micro(rec.int(4)), UnitPrice: money.Micro(rec.int(5)),
				Discount: money.Micro(rec.int(6)), Net: money.Amount(rec.int(7)), Cost: account.Effect{Amount: money.Amount(rec.int(8)), Known: !rec.null(8)},
			})
		}
		return nil
	})
	if err == nil {
		err = r.each(ctx, sqlDeductionsBetween, args, func(rec *record) error {
			if d := of(rec); d != nil {
				d.Deductions = append(d.Deductions, fact.Deduction{Cause: account.Cause(rec.int(2)), Sum: money.Amount(rec.int(3))})
			}
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("lines of invoices: %w", err)
	}
	return nil
}

// Payments streams payments that stand.
func (r Reader) Payments(ctx context.Context, f DocumentFilter) iter.Seq2[Kept[fact.Payment], error] {
	return documents(ctx, r, f, func(k *Kept[fact.Payment]) Ref { return refOf(k.Doc.Header) },
		func(args ...any) ([]Kept[fact.Payment], error) { return r.payments(ctx, sqlPaymentsFrom, args...) })
}

// Complaints streams complaints that stand.
func (r Reader) Complaints(ctx context.Context, f DocumentFilter) iter.Seq2[Kept[fact.Complaint], error] {
	return documents(ctx, r, f, func(k *Kept[fact.Complaint]) Ref { return refOf(k.Doc.Header) },
		func(args ...any) ([]Kept[fact.Complaint], error) {
			return r.complaints(ctx, sqlComplaintsFrom, args...)
		})
}

// Interactions streams interactions that stand.
func (r Reader) Interactions(ctx context.Context, f DocumentFilter) iter.Seq2[Kept[fact.Interaction], error] {
	return documents(ctx, r, f, func(k *Kept[fact.Interaction]) Ref { return refOf(k.Doc.Header) },
		func(args ...any) ([]Kept[fact.Interaction], error) {
			return r.interactions(ctx, sqlInteractionsFrom, args...)
		})
}
