package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"quid/account"
	"quid/day"
	"quid/money"
	"quid/service"
)

// A ServiceFilter says which entries are asked for; zero values ask for all.
type ServiceFilter struct {
	Customer account.CustomerID
	Window   day.Window
	Type     int64
	Team     int64
	Back     bool // those that were taken back too
	Most     int  // how many at most, 0 for all
}

// The filter names the customer where one is given; without one it asks every
// shard for a window of days.
const (
	servicesWhere = ` AND day > $2 AND day <= $3 AND (type_id = $4 OR $4 = 0) AND (team_id = $5 OR $5 = 0) AND (withdrawn_at IS NULL OR $6 <> 0)
	ORDER BY day DESC, entry_id DESC LIMIT $7`
	sqlServicesOf = `SELECT ` + entryColumns + ` FROM service_entry WHERE customer_id = $1` + servicesWhere
	sqlServices   = `SELECT ` + entryColumns + ` FROM service_entry WHERE $1 = 0` + servicesWhere
)

// Services streams service entries, the newest first.
func (r Reader) Services(ctx context.Context, f ServiceFilter) iter.Seq2[Kept[service.Entry], error] {
	return func(yield func(Kept[service.Entry], error) bool) {
		query, to, most, back := sqlServicesOf, f.Window.To, int64(f.Most), int64(0)
		if f.Customer == 0 {
			query = sqlServices
		}
		if to == 0 {
			to = day.Max
		}
		if most <= 0 {
			most = 1 << 60
		}
		if f.Back {
			back = 1
		}
		rows, err := r.q.QueryContext(ctx, query, int64(f.Customer), int64(f.Window.From), int64(to), f.Type, f.Team, back, most)
		if err != nil {
			yield(Kept[service.Entry]{}, fmt.Errorf("services: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			k, err := scanEntry(rows)
			if err != nil {
				yield(k, fmt.Errorf("services: %w", err))
				return
			}
			if !yield(k, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Kept[service.Entry]{}, fmt.Errorf("services: %w", err))
		}
	}
}

const sqlJointEntries = `SELECT ` + entryColumns + ` FROM service_entry WHERE joint_id = $1 ORDER BY customer_id, entry_id`

// JointEntries returns the entries of one service for many customers.
func (r Reader) JointEntries(ctx context.Context, joint int64) ([]Kept[service.Entry], error) {
	return r.entries(ctx, sqlJointEntries, joint)
}

// AddEntry writes a new service entry.
func (tx *Tx) AddEntry(ctx context.Context, k Kept[service.Entry]) error {
	return tx.load(ctx, entryTable, entryArgs(nil, &k))
}

var authorTable = tableOf("service_author", "customer_id entry_id name written_at")

// AddAuthor notes who wrote an entry, for its correction.
func (tx *Tx) AddAuthor(ctx context.Context, ref Ref, name string, at time.Time) error {
	return tx.load(ctx, authorTable, []any{int64(ref.Customer), int64(ref.ID), name, at.UnixMicro()})
}

const sqlPutAuthor = `
	INSERT INTO service_author (customer_id, entry_id, name, written_at) VALUES ($1, $2, $3, $4)
	ON CONFLICT (customer_id, entry_id) DO UPDATE SET name = excluded.name, written_at = excluded.written_at`

// PutAuthor notes who wrote an entry, over whom was noted before.
func (tx *Tx) PutAuthor(ctx context.Context, ref Ref, name string, at time.Time) error {
	if _, err := tx.exec(ctx, sqlPutAuthor, ref.Customer, ref.ID, name, at.UnixMicro()); err != nil {
		return fmt.Errorf("put author: %w", err)
	}
	return nil
}

const sqlForgetAuthor = `DELETE FROM service_author WHERE customer_id = $1 AND entry_id = $2`

// ForgetAuthor forgets who wrote an entry.
func (tx *Tx) ForgetAuthor(ctx context.Context, ref Ref) error {
	if _, err := tx.exec(ctx, sqlForgetAuthor, ref.Customer, ref.ID); err != nil {
		return fmt.Errorf("forget author: %w", err)
	}
	return nil
}

const (
	sqlCopyAuthor = `
	INSERT INTO service_author (customer_id, entry_id, name, written_at)
	SELECT CAST($1 AS BIGINT), entry_id, name, written_at FROM service_author WHERE customer_id = $2 AND entry_id = $3
	ON CONFLICT (customer_id, entry_id) DO UPDATE SET name = excluded.name, written_at = excluded.written_at`
	sqlCopyOutcomes = `
	INSERT INTO service_outcome (customer_id, entry_id, outcome_id, kind, quantity, rate, state, source, made_at)
	SELECT CAST($1 AS BIGINT), entry_id, outcome_id, kind, quantity, rate, state, source, made_at FROM service_outcome WHERE customer_id = $2 AND entry_id = $3
	ON CONFLICT (customer_id, entry_id, outcome_id) DO NOTHING`
	sqlDeleteOutcomes = `DELETE FROM service_outcome WHERE customer_id = $1 AND entry_id = $2`
)

// PassBelongings lets what belongs to an entry go with it to another customer: its
// files, what its benefit was reckoned from, and who wrote it.
func (tx *Tx) PassBelongings(ctx context.Context, entry Ref, to account.CustomerID) error {
	if err := tx.PassAttachments(ctx, entry, Ref{Customer: to, ID: entry.ID}); err != nil {
		return err
	}
	for _, copied := range []string{sqlCopyAuthor, sqlCopyOutcomes} {
		if _, err := tx.exec(ctx, copied, to, entry.Customer, entry.ID); err != nil {
			return fmt.Errorf("what belongs to entry %d: %w", entry.ID, err)
		}
	}
	for _, left := range []string{sqlForgetAuthor, sqlDeleteOutcomes} {
		if _, err := tx.exec(ctx, left, entry.Customer, entry.ID); err != nil {
			return fmt.Errorf("what belongs to entry %d: %w", entry.ID, err)
		}
	}
	return nil
}

const (
	sqlAuthorsOf     = `SELECT entry_id, name FROM service_author WHERE customer_id = $1`
	sqlAnyAuthor     = `SELECT COUNT(*) FROM (SELECT 1 FROM service_author LIMIT 1) a`
	sqlForgetAuthors = `DELETE FROM service_author WHERE written_at < $1`
)

// AuthorsOf returns who wrote the entries of a customer, as long as it is kept.
func (r Reader) AuthorsOf(ctx context.Context, customer account.CustomerID) (map[account.DocumentID]string, error) {
	out := make(map[account.DocumentID]string)
	err := r.each(ctx, sqlAuthorsOf, []any{customer}, func(rec *record) error {
		out[account.DocumentID(rec.int(0))] = rec.text(1)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("authors at customer %d: %w", customer, err)
	}
	return out, nil
}

// ForgetAuthors forgets who wrote the entries that were written before an
// instant, and says whether any author is left.
func (tx *Tx) ForgetAuthors(ctx context.Context, before time.Time) (left bool, err error) {
	if _, err := tx.exec(ctx, sqlForgetAuthors, before.UnixMicro()); err != nil {
		return false, fmt.Errorf("forget authors: %w", err)
	}
	var n int64
	if err := tx.q.QueryRowContext(ctx, sqlAnyAuthor).Scan(&n); err != nil {
		return false, fmt.Errorf("forget authors: %w", err)
	}
	return n > 0, nil
}

const sqlCharged = `SELECT COUNT(*) FROM service_entry
	WHERE customer_id = $1 AND charge_invoice = $2 AND charge_line = $3 AND withdrawn_at IS NULL`

// Charged says whether an entry stands that is charged by an invoice line.
func (r Reader) Charged(ctx context.Context, customer account.CustomerID, invoice account.DocumentID, line int32) (bool, error) {
	var n int64
	if err := r.q.QueryRowContext(ctx, sqlCharged, customer, invoice, int64(line)).Scan(&n); err != nil {
		return false, fmt.Errorf("charged by invoice %d: %w", invoice, err)
	}
	return n > 0, nil
}

// A ChargeLine is a line of an invoice that a service may be charged by.
type ChargeLine struct {
	Invoice account.DocumentID
	Line    int32
	Number  string // of the invoice
	Day     day.Day
	Product string
	Net     money.Amount
}

const sqlChargeLines = `
	SELECT l.invoice_id, l.line, v.number, v.day, COALESCE(p.name, ''), l.net
	FROM invoice v JOIN invoice_line l ON l.customer_id = v.customer_id AND l.invoice_id = v.invoice_id
	LEFT JOIN product p ON p.product_id = l.product_id
	WHERE v.customer_id = $1 AND v.withdrawn_at IS NULL AND l.net > 0 AND NOT EXISTS (
		SELECT 1 FROM service_entry e
		WHERE e.customer_id = v.customer_id AND e.charge_invoice = l.invoice_id AND e.charge_line = l.line AND e.withdrawn_at IS NULL AND e.entry_id <> $2)
	ORDER BY CASE WHEN l.net = $3 THEN 0 ELSE 1 END, v.day DESC, l.invoice_id DESC, l.line LIMIT $4`

// ChargeLines returns lines of a customer's invoices that charge for no service
// yet, but perhaps for the given entry: those of the sum first, then the newest.
func (r Reader) ChargeLines(ctx context.Context, entry Ref, sum money.Amount, most int) ([]ChargeLine, error) {
	var out []ChargeLine
	err := r.each(ctx, sqlChargeLines, []any{entry.Customer, entry.ID, int64(sum), most}, func(rec *record) error {
		out = append(out, ChargeLine{account.DocumentID(rec.int(0)), int32(rec.int(1)), rec.text(2), day.Day(rec.int(3)), rec.text(4), money.Amount(rec.int(5))})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lines that charge at customer %d: %w", entry.Customer, err)
	}
	return out, nil
}

const sqlCharging = `SELECT customer_id, entry_id FROM service_entry WHERE charge_invoice IS NOT NULL AND withdrawn_at IS NULL AND customer_id IN `

// Charging returns the entries of customers that stand and are charged by lines
// of invoices.
func (r Reader) Charging(ctx context.Context, customers []account.CustomerID) ([]Ref, error) {
	var out []Ref
	err := r.eachOf(ctx, sqlCharging, customers, func(rec *record) {
		out = append(out, Ref{Customer: account.CustomerID(rec.int(0)), ID: account.DocumentID(rec.int(1))})
	})
	if err != nil {
		return nil, fmt.Errorf("charged entries: %w", err)
	}
	return out, nil
}

const sqlReplacedBy = `SELECT entry_id FROM service_entry WHERE customer_id = $1 AND replaces = $2 ORDER BY entry_id DESC LIMIT 1`

// ReplacedBy finds the entry that stands in the place of another of the same
// customer; ok is false where none does.
func (r Reader) ReplacedBy(ctx context.Context, ref Ref) (now Ref, ok bool, err error) {
	now.Customer = ref.Customer
	err = r.q.QueryRowContext(ctx, sqlReplacedBy, ref.Customer, ref.ID).Scan(&now.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return ref, false, nil
	}
	if err != nil {
		return ref, false, fmt.Errorf("what replaced entry %d: %w", ref.ID, err)
	}
	return now, true, nil
}
