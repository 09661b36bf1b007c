package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"quid/day"
)

// asOf is the day the bench values on; facts lie in the four years up to it.
const asOf day.Day = 20261122

// stamp is when the rows of the bench were written.
var stamp = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// idStep is the distance of ids, as the program's own ids have it.
const idStep = 1 << 11

// A maker writes a company: a random one with the shape of a real one, the same
// for the same seed. Of 25 postings of a customer 20 are sales, 5 services, on
// average; a few customers have most of them.
type maker struct {
	rng  *rand.Rand
	next int64
}

// id returns the next id.
func (m *maker) id() int64 {
	m.next += idStep
	return m.next
}

// rows are what waits to be written to one table.
type rows struct {
	table   string
	columns []string
	args    []any
}

func of(table, columns string) *rows { return &rows{table: table, columns: strings.Fields(columns)} }

func (r *rows) add(args ...any) { r.args = append(r.args, args...) }

// company writes n customers with their documents and postings.
func company(ctx context.Context, db *sql.DB, postgres bool, n int, progress func(int)) error {
	m := &maker{rng: rand.New(rand.NewPCG(1, 2)), next: stamp.UnixMicro() << 11}
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = m.id()
	}
	const batch = 2000
	for from := 0; from < n; from += batch {
		set := []*rows{
			of("customer", "customer_id external number name sort_name search city country industry size owner acquired_on terms_days need rank suppliers revision import_id created_at"),
			of("posting", "customer_id day posting_id kind amount volume rate document_kind document_id revision reverses"),
			of("invoice", "customer_id invoice_id number day due terms_days net cost receivable disputed_on credit settled_on late_days parts posted_on revision version lines_hash import_id"),
			of("settlement", "customer_id invoice_id means_id day amount days_late"),
			of("complaint", "customer_id complaint_id number day amount cost credit severity justified subject posted_on revision version import_id"),
		}
		for i := from; i < min(from+batch, n); i++ {
			m.customer(set, ids[i], i)
		}
		if err := write(ctx, db, postgres, set); err != nil {
			return err
		}
		progress(min(from+batch, n))
	}
	return nil
}

// customer makes one customer with its documents.
func (m *maker) customer(set []*rows, id int64, i int) {
	r := m.rng
	number := fmt.Sprintf("K%07d", i+1)
	name := fmt.Sprintf("Maschinenbau %d GmbH", i+1)
	industries := []string{"automotive", "food", "chemistry", "packaging", "energy", "medical", "paper", "wood"}
	sizes := []string{"S", "M", "L"}
	set[0].add(id, number, number, name, strings.ToLower(name), strings.ToLower(name)+" "+number, "Stuttgart", "DE",
		industries[r.IntN(len(industries))], sizes[r.IntN(len(sizes))], "Vertrieb Süd", nil, 30, nil, 0, 0, 1, 0, stamp.UnixMicro())
	last := asOf.Ordinal()
	start := r.IntN(1461)
	if r.IntN(4) > 0 {
		start = 0
	}
	sales := 1 + int(r.ExpFloat64()*19)
	size := 20_000 * r.ExpFloat64()
	for range sales {
		d := day.FromOrdinal(last - r.IntN(1461-start))
		m.invoice(set, id, d, int64(size*(0.5+r.Float64()))+100)
	}
	for range int(r.ExpFloat64() * 5.5) {
		d := day.FromOrdinal(last - r.IntN(1461-start))
		set[1].add(id, int64(d), m.id(), 11, -int64(r.IntN(9000)), int64(r.IntN(20000)), 75_000_000, 6, m.id(), 1, nil)
	}
}

// invoice makes an invoice, its posting, and now and then a reversal, a
// settlement or a complaint.
func (m *maker) invoice(set []*rows, customer int64, d day.Day, net int64) {
	r := m.rng
	id, posting := m.id(), m.id()
	cost := int64(float64(net) * (0.5 + 0.4*r.Float64()))
	amount, stated := any(net-cost), any(cost)
	if r.IntN(2000) == 0 {
		amount, stated = nil, nil
	}
	set[1].add(customer, int64(d), posting, 1, amount, net, 0, 2, id, 1, nil)
	if r.IntN(100) == 0 { // corrected: taken back and posted anew
		if amount != nil {
			amount = -amount.(int64)
		}
		set[1].add(customer, int64(d), m.id(), 1, amount, -net, 0, 2, id, 1, posting)
		set[1].add(customer, int64(d), m.id(), 1, net-cost, net, 0, 2, id, 2, nil)
		stated = cost
	}
	due := d.Add(30)
	late := int(r.ExpFloat64()*12) - 8
	paid := due.Add(late)
	var settled, lateDays, disputed any
	parts := 0
	if paid <= asOf && r.IntN(50) > 0 {
		settled, lateDays, parts = int64(paid), late, 1
		set[3].add(customer, id, m.id(), int64(paid), net, late)
	}
	if r.IntN(40) == 0 {
		disputed = int64(d.Add(10))
		set[4].add(customer, m.id(), "R"+fmt.Sprint(id), int64(d), net, 0, 0, 1, 1+r.IntN(2), "", int64(d), 1, 1, 0)
	}
	set[2].add(customer, id, fmt.Sprint("RE", id/idStep), int64(d), int64(due), 30, net, stated, net, disputed, 0, settled, lateDays, parts, int64(d), 1, id*31, 0, 0)
}

// write loads the rows in one transaction, as fast as the driver can.
func write(ctx context.Context, db *sql.DB, postgres bool, set []*rows) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, r := range set {
		load := bulk
		if postgres {
			load = copyIn
		}
		if err := load(ctx, conn, tx, r); err != nil {
			return fmt.Errorf("load %s: %w", r.table, err)
		}
	}
	return tx.Commit()
}

// copyIn loads by COPY.
func copyIn(ctx context.Context, conn *sql.Conn, _ *sql.Tx, r *rows) error {
	return conn.Raw(func(driver any) error {
		n := len(r.columns)
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{r.table}, r.columns, pgx.CopyFromSlice(len(r.args)/n, func(i int) ([]any, error) {
			return r.args[i*n : (i+1)*n], nil
		}))
		return err
	})
}

// bulk loads a hundred rows a statement.
func bulk(ctx context.Context, _ *sql.Conn, tx *sql.Tx, r *rows) error {
	n := len(r.columns)
	var stmt *sql.Stmt
	last := 0
	for args := r.args; len(args) > 0; {
		k := min(100, len(args)/n)
		if k != last {
			row := "(" + strings.TrimSuffix(strings.Repeat("?, ", n), ", ") + ")"
			var err error
			stmt, err = tx.PrepareContext(ctx, "INSERT INTO "+r.table+" ("+strings.Join(r.columns, ", ")+") VALUES "+strings.TrimSuffix(strings.Repeat(row+", ", k), ", "))
			if err != nil {
				return err
			}
			last = k
		}
		if _, err := stmt.ExecContext(ctx, args[:k*n]...); err != nil {
			return err
		}
		args = args[k*n:]
	}
	return nil
}
