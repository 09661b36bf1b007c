package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"quid/account"
	"quid/day"
	"quid/fact"
)

var (
	paymentTable = tableOf("payment", `customer_id payment_id number day amount discount invoice_id posted_on revision version parts_hash
		import_id withdrawn_at`)
	settlementTable = tableOf("settlement", "customer_id invoice_id means_id day amount days_late")
)

// AddPayments writes new payments.
func (tx *Tx) AddPayments(ctx context.Context, payments []Kept[fact.Payment]) error {
	args := make([]any, 0, len(payments)*len(paymentTable.columns))
	for i := range payments {
		k := &payments[i]
		d := &k.Doc
		args = append(args, int64(d.Customer), int64(d.ID), d.Number, int64(d.Day), int64(d.Amount), int64(d.Discount), null(int64(d.Invoice)),
			int64(k.PostedOn), int64(d.Revision), d.Version, k.PartsHash, d.Import, since(k.Withdrawn))
	}
	return tx.load(ctx, paymentTable, args)
}

const sqlDeletePayment = `DELETE FROM payment WHERE customer_id = $1 AND payment_id = $2`

// PutPayment writes a payment over the one that is there.
func (tx *Tx) PutPayment(ctx context.Context, k Kept[fact.Payment]) error {
	if _, err := tx.exec(ctx, sqlDeletePayment, k.Doc.Customer, k.Doc.ID); err != nil {
		return fmt.Errorf("put payment %s: %w", k.Doc.Number, err)
	}
	return tx.AddPayments(ctx, []Kept[fact.Payment]{k})
}

const (
	paymentColumns = `customer_id, payment_id, number, day, amount, discount, invoice_id, posted_on, revision, version, parts_hash, import_id, withdrawn_at`
	sqlPayment     = `SELECT ` + paymentColumns + ` FROM payment WHERE customer_id = $1 AND payment_id = $2`
	sqlPaymentsOf  = `SELECT ` + paymentColumns + ` FROM payment WHERE customer_id = $1 AND withdrawn_at IS NULL ORDER BY day, payment_id`
)

// Payment returns a payment.
func (r Reader) Payment(ctx context.Context, ref Ref) (Kept[fact.Payment], error) {
	if err := r.Reach(ctx, ref.Customer); err != nil {
		return Kept[fact.Payment]{}, err
	}
	ks, err := r.payments(ctx, sqlPayment, ref.Customer, ref.ID)
	if err == nil && len(ks) == 0 {
		err = one(sql.ErrNoRows)
	}
	if err != nil {
		return Kept[fact.Payment]{}, fmt.Errorf("payment %d: %w", ref.ID, err)
	}
	return ks[0], nil
}

// PaymentsOf returns the payments of a customer that stand, by day.
func (r Reader) PaymentsOf(ctx context.Context, customer account.CustomerID) ([]Kept[fact.Payment], error) {
	return r.payments(ctx, sqlPaymentsOf, customer)
}

func (r Reader) payments(ctx context.Context, query string, args ...any) ([]Kept[fact.Payment], error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("payments: %w", err)
	}
	defer rows.Close()
	var out []Kept[fact.Payment]
	for rows.Next() {
		var k Kept[fact.Payment]
		d := &k.Doc
		var invoice, withdrawn sql.NullInt64
		if err := rows.Scan(&d.Customer, &d.ID, &d.Number, &d.Day, &d.Amount, &d.Discount, &invoice, &k.PostedOn, &d.Revision, &d.Version,
			&k.PartsHash, &d.Import, &withdrawn); err != nil {
			return nil, fmt.Errorf("payments: %w", err)
		}
		d.Invoice, k.Withdrawn = account.DocumentID(invoice.Int64), instant(withdrawn)
		out = append(out, k)
	}
	return out, rows.Err()
}

// A Settlement is a part of an invoice that a means settled, as kept.
type Settlement struct {
	Customer account.CustomerID
	fact.Part
}

// AddSettlements writes new settlements.
func (tx *Tx) AddSettlements(ctx context.Context, ss []Settlement) error {
	args := make([]any, 0, len(ss)*len(settlementTable.columns))
	for _, s := range ss {
		args = append(args, int64(s.Customer), int64(s.Invoice), int64(s.Means), int64(s.Day), int64(s.Amount), int64(s.DaysLate))
	}
	return tx.load(ctx, settlementTable, args)
}

const sqlDeleteSettlement = `DELETE FROM settlement WHERE customer_id = $1 AND invoice_id = $2 AND means_id = $3`

// DeleteSettlement forgets a part: settlements are derived.
func (tx *Tx) DeleteSettlement(ctx context.Context, s Settlement) error {
	if _, err := tx.exec(ctx, sqlDeleteSettlement, s.Customer, s.Invoice, s.Means); err != nil {
		return fmt.Errorf("delete settlement: %w", err)
	}
	return nil
}

const (
	settlementColumns = `customer_id, invoice_id, means_id, day, amount, days_late`
	sqlSettlementsOf  = `SELECT ` + settlementColumns + ` FROM settlement WHERE customer_id = $1`
)

// SettlementsOf returns all settlements of a customer.
func (r Reader) SettlementsOf(ctx context.Context, customer account.CustomerID) ([]Settlement, error) {
	return r.settlements(ctx, sqlSettlementsOf, customer)
}

func (r Reader) settlements(ctx context.Context, query string, args ...any) ([]Settlement, error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("settlements: %w", err)
	}
	defer rows.Close()
	var out []Settlement
	for rows.Next() {
		var s Settlement
		if err := rows.Scan(&s.Customer, &s.Invoice, &s.Means, &s.Day, &s.Amount, &s.DaysLate); err != nil {
			return nil, fmt.Errorf("settlements: %w", err)
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// An Owed is an invoice or credit note as settling sees it, with what is
// derived of it now.
type Owed struct {
	Customer account.CustomerID
	fact.OpenItem
	Credits account.DocumentID // the invoice a credit note is for
	Settled Settled
}

const (
	owedColumns = `customer_id, invoice_id, number, day, due, receivable, credits, settled_on, late_days, parts`
	sqlOwedBy   = `SELECT ` + owedColumns + ` FROM invoice WHERE customer_id = $1 AND withdrawn_at IS NULL AND receivable <> 0`
)

// OwedBy returns all invoices and credit notes of a customer.
func (r Reader) OwedBy(ctx context.Context, customer account.CustomerID) ([]Owed, error) {
	return r.owed(ctx, sqlOwedBy, customer)
}

// An Item is an invoice with all that names it.
type Item struct {
	Owed        []Owed // the invoice itself, if it stands, and the credit notes that name it
	Payments    []Kept[fact.Payment]
	Settlements []Settlement
}

// What is wanted is given as a list of rows; these read what stands beside them.
const (
	wantedOwed        = ` FROM want w JOIN invoice t ON t.customer_id = w.c AND t.invoice_id = w.i WHERE t.withdrawn_at IS NULL`
	wantedCredits     = ` FROM want w JOIN invoice t ON t.customer_id = w.c AND t.credits = w.i WHERE t.withdrawn_at IS NULL`
	wantedPayments    = ` FROM want w JOIN payment t ON t.customer_id = w.c AND t.invoice_id = w.i WHERE t.withdrawn_at IS NULL`
	wantedSettlements = ` FROM want w JOIN settlement t ON t.customer_id = w.c AND t.invoice_id = w.i`
)

// Items returns invoices with all that names them.
func (r Reader) Items(ctx context.Context, refs []Ref) (map[Ref]*Item, error) {
	items := make(map[Ref]*Item, len(refs))
	for _, ref := range refs {
		items[ref] = new(Item)
	}
	for part := range slices.Chunk(refs, chunk/2) {
		r.db.giveWay(len(part))
		with, args := want(part)
		for _, from := range []string{wantedOwed, wantedCredits} {
			owed, err := r.owed(ctx, with+"SELECT "+of("t", owedColumns)+from, args...)
			if err != nil {
				return nil, err
			}
			for _, o := range owed {
				ref := Ref{o.Customer, o.Invoice}
				if from == wantedCredits {
					ref.ID = o.Credits
				}
				items[ref].Owed = append(items[ref].Owed, o)
			}
		}
		payments, err := r.payments(ctx, with+"SELECT "+of("t", paymentColumns)+wantedPayments, args...)
		if err != nil {
			return nil, err
		}
		for _, k := range payments {
			it := items[Ref{k.Doc.Customer, k.Doc.Invoice}]
			it.Payments = append(it.Payments, k)
		}
		settlements, err := r.settlements(ctx, with+"SELECT "+of("t", settlementColumns)+wantedSettlements, args...)
		if err != nil {
			return nil, err
		}
		for _, s := range settlements {
			it := items[Ref{s.Customer, s.Invoice}]
			it.Settlements = append(it.Settlements, s)
		}
	}
	return items, nil
}

// want writes a list of documents as a table that statements join.
func want(refs []Ref) (with string, args []any) {
	var b strings.Builder
	b.WriteString("WITH want (c, i) AS (VALUES ")
	for n, ref := range refs {
		if n == 0 {
			b.WriteString("(CAST($1 AS BIGINT), CAST($2 AS BIGINT))")
		} else {
			fmt.Fprintf(&b, ", ($%d, $%d)", 2*n+1, 2*n+2)
		}
		args = append(args, int64(ref.Customer), int64(ref.ID))
	}
	b.WriteString(") ")
	return b.String(), args
}

// of names the table of each column of a list.
func of(table, columns string) string {
	return table + "." + strings.Join(strings.Fields(columns), " "+table+".")
}

func (r Reader) owed(ctx context.Context, query string, args ...any) ([]Owed, error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("open items: %w", err)
	}
	defer rows.Close()
	var out []Owed
	for rows.Next() {
		var o Owed
		var credits, on, late sql.NullInt64
		if err := rows.Scan(&o.Customer, &o.Invoice, &o.Number, &o.Day, &o.Due, &o.Amount, &credits, &on, &late, &o.Settled.Parts); err != nil {
			return nil, fmt.Errorf("open items: %w", err)
		}
		o.Credits = account.DocumentID(credits.Int64)
		o.Settled.On, o.Settled.Late = day.Day(on.Int64), int(late.Int64)
		out = append(out, o)
	}
	return out, rows.Err()
}

const sqlSettle = `UPDATE invoice SET settled_on = $1, late_days = $2, parts = $3 WHERE customer_id = $4 AND invoice_id = $5`

// SettleInvoice writes how far an invoice is settled.
func (tx *Tx) SettleInvoice(ctx context.Context, ref Ref, s Settled) error {
	var on, late any
	if s.On != 0 {
		on, late = s.On, s.Late
	}
	if _, err := tx.exec(ctx, sqlSettle, on, late, s.Parts, ref.Customer, ref.ID); err != nil {
		return fmt.Errorf("settle invoice %d: %w", ref.ID, err)
	}
	return nil
}

const sqlOnAccount = `
	SELECT customer_id FROM payment WHERE invoice_id IS NULL AND customer_id IN %[1]s
	UNION
	SELECT customer_id FROM invoice WHERE receivable < 0 AND credits IS NULL AND customer_id IN %[1]s`

// OnAccount returns those of the customers who have payments or credit notes
// that name no invoice: they are settled as a whole.
func (r Reader) OnAccount(ctx context.Context, customers []account.CustomerID) (map[account.CustomerID]bool, error) {
	found := make(map[account.CustomerID]bool)
	for len(customers) > 0 {
		n := min(chunk, len(customers))
		args := make([]any, n)
		for i, c := range customers[:n] {
			args[i] = int64(c)
		}
		customers = customers[n:]
		rows, err := r.q.QueryContext(ctx, fmt.Sprintf(sqlOnAccount, in(1, n)), args...)
		if err != nil {
			return nil, fmt.Errorf("on account: %w", err)
		}
		if err := scanIDs(rows, func(id account.CustomerID) { found[id] = true }); err != nil {
			return nil, fmt.Errorf("on account: %w", err)
		}
	}
	return found, nil
}

// scanIDs calls add for every row's only column.
func scanIDs[ID ~int64](rows *sql.Rows, add func(ID)) error {
	defer rows.Close()
	for rows.Next() {
		var id ID
		if err := rows.Scan(&id); err != nil {
			return err
		}
		add(id)
	}
	return rows.Err()
}

const sqlUnsettle = `INSERT INTO unsettled (customer_id) VALUES ($1) ON CONFLICT (customer_id) DO NOTHING`

// Unsettle asks for customers to be settled as a whole, later.
func (tx *Tx) Unsettle(ctx context.Context, customers []account.CustomerID) error {
	for _, c := range customers {
		if _, err := tx.exec(ctx, sqlUnsettle, c); err != nil {
			return fmt.Errorf("unsettle: %w", err)
		}
	}
	return nil
}

const (
	sqlUnsettled       = `SELECT customer_id FROM unsettled ORDER BY customer_id LIMIT $1`
	sqlDeleteUnsettled = `DELETE FROM unsettled WHERE customer_id = $1`
)

// Unsettled returns the next customers that wait to be settled.
func (r Reader) Unsettled(ctx context.Context, most int) ([]account.CustomerID, error) {
	rows, err := r.q.QueryContext(ctx, sqlUnsettled, most)
	if err != nil {
		return nil, fmt.Errorf("unsettled: %w", err)
	}
	var ids []account.CustomerID
	if err := scanIDs(rows, func(id account.CustomerID) { ids = append(ids, id) }); err != nil {
		return nil, fmt.Errorf("unsettled: %w", err)
	}
	return ids, nil
}

// SettledAll says that a customer no longer waits.
func (tx *Tx) SettledAll(ctx context.Context, customer account.CustomerID) error {
	if _, err := tx.exec(ctx, sqlDeleteUnsettled, customer); err != nil {
		return fmt.Errorf("settled: %w", err)
	}
	return nil
}

// withdraw is the statement that marks a document of a table.
func withdraw(table, id string) string {
	return `UPDATE ` + table + ` SET withdrawn_at = $1 WHERE customer_id = $2 AND ` + id + ` = $3`
}

var withdrawals = map[account.DocumentKind]string{
	account.FromInvoice:     withdraw("invoice", "invoice_id"),
	account.FromPayment:     withdraw("payment", "payment_id"),
	account.FromComplaint:   withdraw("complaint", "complaint_id"),
	account.FromInteraction: withdraw("interaction", "interaction_id"),
	account.FromService:     withdraw("service_entry", "entry_id"),
	account.FromBonus:       withdraw("bonus_agreement", "agreement_id"),
}

// Withdraw marks a document whose postings were reversed without replacement.
func (tx *Tx) Withdraw(ctx context.Context, kind account.DocumentKind, ref Ref, at time.Time) error {
	if _, err := tx.exec(ctx, withdrawals[kind], since(at), ref.Customer, ref.ID); err != nil {
		return fmt.Errorf("withdraw %s %d: %w", kind, ref.ID, err)
	}
	return nil
}

const sqlRepostPayment = `UPDATE payment SET revision = $1, posted_on = $2, parts_hash = $3 WHERE customer_id = $4 AND payment_id = $5`

// RepostPayment writes that a payment was posted anew, since it settles other
// parts now.
func (tx *Tx) RepostPayment(ctx context.Context, k Kept[fact.Payment]) error {
	if _, err := tx.exec(ctx, sqlRepostPayment, k.Doc.Revision, k.PostedOn, k.PartsHash, k.Doc.Customer, k.Doc.ID); err != nil {
		return fmt.Errorf("post payment %s anew: %w", k.Doc.Number, err)
	}
	return nil
}
