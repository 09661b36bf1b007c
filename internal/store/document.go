package store

import (
	"context"
	"database/sql"
	"errors"
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
	Page     int                // how many are read at a time; 0: 500
	Look     int                // how many to look at before the stream ends by a *More; 0: all
}

// narrow says whether some days only are asked for.
func (f DocumentFilter) narrow() bool {
	return f.Window.From > 0 || f.Window.To != 0 && f.Window.To < day.Max
}

// A More ends a stream that looked at enough: it may go on after a place.
type More struct{ After Ref }

func (m *More) Error() string { return "there may be more documents: ask for those after the last" }

// Documents that stand are read a stretch at a time, as they lie.
const (
	documentsWhere      = ` AND day > $5 AND day <= $6 AND withdrawn_at IS NULL ORDER BY customer_id, `
	sqlInvoicesFrom     = `SELECT ` + invoiceColumns + ` FROM invoice WHERE (customer_id, invoice_id) > ($1, $2) AND (customer_id, invoice_id) <= ($3, $4)` + documentsWhere + `invoice_id LIMIT $7`
	sqlPaymentsFrom     = `SELECT ` + paymentColumns + ` FROM payment WHERE (customer_id, payment_id) > ($1, $2) AND (customer_id, payment_id) <= ($3, $4)` + documentsWhere + `payment_id LIMIT $7`
	sqlComplaintsFrom   = `SELECT ` + complaintColumns + ` FROM complaint WHERE (customer_id, complaint_id) > ($1, $2) AND (customer_id, complaint_id) <= ($3, $4)` + documentsWhere + `complaint_id LIMIT $7`
	sqlInteractionsFrom = `SELECT ` + interactionColumns + ` FROM interaction WHERE (customer_id, interaction_id) > ($1, $2) AND (customer_id, interaction_id) <= ($3, $4)` +
		documentsWhere + `interaction_id LIMIT $7`

	sqlInvoiceAt     = `SELECT customer_id, invoice_id FROM invoice WHERE (customer_id, invoice_id) > ($1, $2) ORDER BY customer_id, invoice_id LIMIT 1 OFFSET $3`
	sqlPaymentAt     = `SELECT customer_id, payment_id FROM payment WHERE (customer_id, payment_id) > ($1, $2) ORDER BY customer_id, payment_id LIMIT 1 OFFSET $3`
	sqlComplaintAt   = `SELECT customer_id, complaint_id FROM complaint WHERE (customer_id, complaint_id) > ($1, $2) ORDER BY customer_id, complaint_id LIMIT 1 OFFSET $3`
	sqlInteractionAt = `SELECT customer_id, interaction_id FROM interaction WHERE (customer_id, interaction_id) > ($1, $2) ORDER BY customer_id, interaction_id LIMIT 1 OFFSET $3`
)

// stretch is how many documents are read at a time.
const stretch = 500

// enough says whether so many documents that were read, or customers that were asked one
// by one, cost as much as Look documents of which SQL looks at the day.
func (f DocumentFilter) enough(read, asked int) bool {
	return f.Look > 0 && (read >= max(f.Look/10, 1) || asked >= max(f.Look/100, 1))
}

// last is the place after all documents of a customer, or of all.
const last = account.DocumentID(math.MaxInt64)

// A shelf is how documents of a kind are read.
type shelf[D any] struct {
	ref  func(*D) Ref
	at   string // finds the place that is so many further
	read func(args ...any) ([]D, error)
}

// documents streams documents of customers that who asks sees.
func documents[D any](ctx context.Context, r Reader, f DocumentFilter, s shelf[D]) iter.Seq2[D, error] {
	if f.Page <= 0 || f.Page > stretch {
		f.Page = stretch
	}
	if f.Window.To == 0 {
		f.Window.To = day.Max
	}
	return func(yield func(D, error) bool) {
		var none D
		err := func() error {
			if f.Customer != 0 {
				if f.After.Customer != f.Customer {
					f.After = Ref{Customer: f.Customer}
				}
				if err := r.Reach(ctx, f.Customer); err != nil {
					return err
				}
				_, err := s.between(f, f.After, Ref{f.Customer, last}, yield)
				return err
			}
			seen, err := r.reached(ctx)
			if err != nil {
				return err
			}
			if seen != nil {
				return s.each(f, seen, yield)
			}
			return s.all(ctx, r, f, yield)
		}()
		if err != nil && !errors.Is(err, errEnough) {
			yield(none, err)
		}
	}
}

// between yields those after a place up to another and returns how many that were;
// errEnough where nobody wants more.
func (s shelf[D]) between(f DocumentFilter, after, upto Ref, yield func(D, error) bool) (n int, err error) {
	for {
		ds, err := s.read(after.Customer, after.ID, upto.Customer, upto.ID, int64(f.Window.From), int64(f.Window.To), f.Page)
		if err != nil {
			return n, err
		}
		for _, d := range ds {
			if !yield(d, nil) {
				return n, errEnough
			}
		}
		n += len(ds)
		if len(ds) < f.Page {
			return n, nil
		}
		after = s.ref(&ds[len(ds)-1])
		if f.enough(n, 0) {
			return n, &More{after}
		}
	}
}

// all yields those of all customers.
func (s shelf[D]) all(ctx context.Context, r Reader, f DocumentFilter, yield func(D, error) bool) error {
	upto := Ref{math.MaxInt64, last}
	if f.Look > 0 && f.narrow() {
		err := r.q.QueryRowContext(ctx, s.at, f.After.Customer, f.After.ID, f.Look-1).Scan(&upto.Customer, &upto.ID)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	_, err := s.between(f, f.After, upto, yield)
	if err == nil && upto.Customer != math.MaxInt64 {
		err = &More{upto}
	}
	return err
}

// each yields those of customers one by one: of somebody who sees some of them.
func (s shelf[D]) each(f DocumentFilter, seen *reach, yield func(D, error) bool) error {
	n, asked := 0, 0
	for customer := range seen.from(f.After.Customer) {
		if f.After == (Ref{customer, last}) {
			continue // all of them were read before
		}
		if f.enough(n, asked) {
			return &More{f.After}
		}
		if f.After.Customer != customer {
			f.After = Ref{Customer: customer}
		}
		found, err := s.between(f, f.After, Ref{customer, last}, yield)
		if err != nil {
			return err
		}
		f.After.ID = last
		n, asked = n+found, asked+1
	}
	return nil
}

func refOf(h fact.Header) Ref { return Ref{Customer: h.Customer, ID: h.ID} }

// An InvoiceState is an invoice with how far it is settled.
type InvoiceState struct {
	Kept[fact.Invoice]
	Settled Settled
}

// Invoices streams invoices that stand, with their lines.
func (r Reader) Invoices(ctx context.Context, f DocumentFilter) iter.Seq2[InvoiceState, error] {
	narrow := f.narrow()
	return documents(ctx, r, f, shelf[InvoiceState]{func(k *InvoiceState) Ref { return refOf(k.Doc.Header) }, sqlInvoiceAt, func(args ...any) ([]InvoiceState, error) {
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
		return out, r.withLines(ctx, out, narrow)
	}})
}

const (
	sqlLinesBetween = `SELECT customer_id, invoice_id, line, product_id, quantity, unit_price, discount, net, cost FROM invoice_line
		WHERE (customer_id, invoice_id) > ($1, $2) AND (customer_id, invoice_id) <= ($3, $4) ORDER BY customer_id, invoice_id, line`
	sqlDeductionsBetween = `SELECT customer_id, invoice_id, cause, amount FROM invoice_deduction
		WHERE (customer_id, invoice_id) > ($1, $2) AND (customer_id, invoice_id) <= ($3, $4) ORDER BY customer_id, invoice_id, cause`
)

// withLines reads the lines and deductions of a stretch of invoices: of one that is sparse
// those of each by itself, since others lie between.
func (r Reader) withLines(ctx context.Context, ks []InvoiceState, sparse bool) error {
	if len(ks) == 0 {
		return nil
	}
	at := make(map[Ref]*fact.Invoice, len(ks))
	for i := range ks {
		at[refOf(ks[i].Doc.Header)] = &ks[i].Doc
	}
	if sparse {
		for i := range ks {
			if err := r.withLines(ctx, ks[i:i+1], false); err != nil {
				return err
			}
		}
		return nil
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
	return documents(ctx, r, f, shelf[Kept[fact.Payment]]{func(k *Kept[fact.Payment]) Ref { return refOf(k.Doc.Header) }, sqlPaymentAt, func(args ...any) ([]Kept[fact.Payment], error) {
		return r.payments(ctx, sqlPaymentsFrom, args...)
	}})
}

// Complaints streams complaints that stand.
func (r Reader) Complaints(ctx context.Context, f DocumentFilter) iter.Seq2[Kept[fact.Complaint], error] {
	return documents(ctx, r, f, shelf[Kept[fact.Complaint]]{func(k *Kept[fact.Complaint]) Ref { return refOf(k.Doc.Header) }, sqlComplaintAt, func(args ...any) ([]Kept[fact.Complaint], error) {
		return r.complaints(ctx, sqlComplaintsFrom, args...)
	}})
}

// Interactions streams interactions that stand.
func (r Reader) Interactions(ctx context.Context, f DocumentFilter) iter.Seq2[Kept[fact.Interaction], error] {
	return documents(ctx, r, f, shelf[Kept[fact.Interaction]]{func(k *Kept[fact.Interaction]) Ref { return refOf(k.Doc.Header) }, sqlInteractionAt, func(args ...any) ([]Kept[fact.Interaction], error) {
		return r.interactions(ctx, sqlInteractionsFrom, args...)
	}})
}
