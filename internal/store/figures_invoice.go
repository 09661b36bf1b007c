package store

import (
	"context"

	"quid/day"
	"quid/money"
	"quid/value"
)

// An open item is an invoice that is not settled on the valuation day.
type openItem struct {
	day, due   day.Day
	receivable money.Amount
	open       money.Amount // what is not settled of it
	disputed   bool
}

// simpleInvoice is the condition for invoices that need no look at their
// settlements: nothing or all of them is settled by one means.
const simpleInvoice = `(parts = 0 OR (parts = 1 AND settled_on IS NOT NULL))`

const sqlFigureInvoices = `
	SELECT customer_id,
	       COUNT(*) FILTER (WHERE settled_on <= $1),
	       COUNT(*) FILTER (WHERE settled_on <= $1 AND late_days > 0),
	       COUNT(*) FILTER (WHERE settled_on <= $1 AND disputed_on <= $1),
	       COUNT(*) FILTER (WHERE settled_on <= $1 AND disputed_on <= $1 AND late_days > 0),
	       CAST(COALESCE(SUM(late_days) FILTER (WHERE settled_on <= $1 AND late_days > 0), 0) AS BIGINT),
	       CAST(COALESCE(SUM(terms_days + late_days) FILTER (WHERE settled_on <= $1), 0) AS BIGINT),
	       CAST(COALESCE(SUM(receivable) FILTER (WHERE settled_on <= $1), 0) AS BIGINT),
	       CAST(COALESCE(SUM(receivable * late_days) FILTER (WHERE settled_on <= $1 AND late_days > 0), 0) AS BIGINT),
	       string_agg(CAST(day AS TEXT) || ' ' || CAST(due AS TEXT) || ' ' || CAST(receivable AS TEXT) || ' ' ||
	                  CASE WHEN disputed_on <= $1 THEN '1' ELSE '0' END, ' ') FILTER (WHERE settled_on IS NULL OR settled_on > $1)
	FROM invoice
	WHERE customer_id >= $2 AND customer_id <= $3 AND day <= $1 AND (day > $4 OR settled_on IS NULL OR settled_on > $1)
	  AND receivable > 0 AND withdrawn_at IS NULL AND ` + simpleInvoice + `
	GROUP BY customer_id ORDER BY customer_id`

// readInvoices counts the invoices that were settled at once or not at all.
func (p *figurePart) readInvoices(ctx context.Context) error {
	args := []any{int64(p.asOf), p.ids.first, p.ids.last, int64(p.window.From)}
	return p.walk(ctx, true, sqlFigureInvoices, args, func(_ int, f *value.Figures, row *record) error {
		f.Settled = int32(row.int(1))
		f.Invoices = f.Settled
		f.LateInvoices = int32(row.int(2))
		f.DisputedInvoices, f.DisputedLate = int32(row.int(3)), int32(row.int(4))
		f.LateDays, f.SettleDays = row.int(5), row.int(6)
		f.Due, f.DueDays = money.Amount(row.int(7)), float64(row.int(8))
		for s, at := row.text(9), 0; at < len(s); {
			var n [4]int64
			for i := range n {
				n[i], at = nextNumber(s, at)
			}
			o := openItem{day.Day(n[0]), day.Day(n[1]), money.Amount(n[2]), money.Amount(n[2]), n[3] == 1}
			if err := p.addOpen(f, o); err != nil {
				return err
			}
		}
		return nil
	})
}

// addOpen counts an item that is open on the valuation day. Only those dated in
// the window count for payment morale; all of them tie up money.
func (p *figurePart) addOpen(f *value.Figures, o openItem) error {
	late := p.asOf.Sub(o.due)
	f.OpenItems += o.open
	if late > 0 {
		cost, err := money.Interest(o.open, late, p.rate)
		if err != nil {
			return err
		}
		f.Accrued -= cost
	}
	if !p.window.Holds(o.day) {
		return nil
	}
	f.Invoices++
	f.Due += o.receivable
	if o.disputed {
		f.DisputedInvoices++
	}
	if late > 0 {
		f.LateInvoices++
		f.LateDays += int64(late)
		f.DueDays += float64(o.open) * float64(late)
		if o.disputed {
			f.DisputedLate++
		}
	}
	return nil
}

// The parts are looked up one invoice after another: they are few, and joining
// them made PostgreSQL read all settlements there are.
const sqlFigureInParts = `
	SELECT customer_id, day, due, receivable, settled_on, late_days, terms_days, disputed_on,
	       (SELECT string_agg(CAST(s.amount AS TEXT) || ' ' || CAST(s.days_late AS TEXT), ' ') FROM settlement s
	        WHERE s.customer_id = invoice.customer_id AND s.invoice_id = invoice.invoice_id AND s.day <= $1)
	FROM invoice
	WHERE customer_id >= $2 AND customer_id <= $3 AND day <= $1 AND receivable > 0 AND withdrawn_at IS NULL
	  AND (parts > 1 OR (parts = 1 AND settled_on IS NULL))
	ORDER BY customer_id, invoice_id`

// readInParts counts the other invoices, by their parts.
func (p *figurePart) readInParts(ctx context.Context) error {
	args := []any{int64(p.asOf), p.ids.first, p.ids.last}
	return p.walk(ctx, false, sqlFigureInParts, args, func(_ int, f *value.Figures, row *record) error {
		in := inParts{
			openItem:  openItem{day.Day(row.int(1)), day.Day(row.int(2)), money.Amount(row.int(3)), money.Amount(row.int(3)), !row.null(7) && day.Day(row.int(7)) <= p.asOf},
			settledOn: day.Day(row.int(4)), late: row.int(5), settled: row.int(5) + row.int(6),
		}
		for s, at := row.text(8), 0; at < len(s); {
			var amount, late int64
			amount, at = nextNumber(s, at)
			late, at = nextNumber(s, at)
			in.open -= money.Amount(amount)
			in.dueDays += float64(amount) * float64(max(0, late))
		}
		return p.addInParts(f, &in)
	})
}

// An inParts is an invoice that several means settled, or one in part.
type inParts struct {
	openItem
	settledOn day.Day
	late      int64
	settled   int64   // days from the invoice to settlement
	dueDays   float64 // of the parts settled by the valuation day
}

func (p *figurePart) addInParts(f *value.Figures, in *inParts) error {
	if p.window.Holds(in.day) {
		f.DueDays += in.dueDays
	}
	if in.settledOn == 0 || in.settledOn > p.asOf {
		return p.addOpen(f, in.openItem)
	}
	if !p.window.Holds(in.day) {
		return nil
	}
	f.Invoices++
	f.Settled++
	f.Due += in.receivable
	f.SettleDays += in.settled
	if in.disputed {
		f.DisputedInvoices++
	}
	if in.late > 0 {
		f.LateInvoices++
		f.LateDays += in.late
		if in.disputed {
			f.DisputedLate++
		}
	}
	return nil
}

const (
	sqlAnyListPrice = `SELECT COUNT(*) FROM (SELECT 1 FROM product WHERE list_price IS NOT NULL LIMIT 1) p`
	sqlFigurePrices = `
	SELECT customer_id, CAST(SUM(listed_net) AS BIGINT), CAST(SUM(listed) AS BIGINT)
	FROM invoice
	WHERE customer_id >= $1 AND customer_id <= $2 AND day > $3 AND day <= $4 AND receivable > 0 AND withdrawn_at IS NULL AND listed > 0
	GROUP BY customer_id ORDER BY customer_id`
)

// readPrices compares what was charged in the window with the list: a pass of
// its own, and only where there are list prices.
func (p *figurePart) readPrices(ctx context.Context) error {
	var n int64
	if err := p.r.q.QueryRowContext(ctx, sqlAnyListPrice).Scan(&n); err != nil || n == 0 {
		return err
	}
	args := []any{p.ids.first, p.ids.last, int64(p.window.From), int64(p.window.To)}
	return p.walk(ctx, false, sqlFigurePrices, args, func(_ int, f *value.Figures, row *record) error {
		f.ListedNet, f.Listed = money.Amount(row.int(1)), money.Amount(row.int(2))
		return nil
	})
}

const sqlFigureComplaints = `
	SELECT customer_id, COUNT(*), COUNT(*) FILTER (WHERE justified = 1), COUNT(*) FILTER (WHERE justified = 2)
	FROM complaint
	WHERE customer_id >= $1 AND customer_id <= $2 AND day > $3 AND day <= $4 AND withdrawn_at IS NULL
	GROUP BY customer_id ORDER BY customer_id`

// readComplaints counts the complaints of the window.
func (p *figurePart) readComplaints(ctx context.Context) error {
	args := []any{p.ids.first, p.ids.last, int64(p.window.From), int64(p.window.To)}
	return p.walk(ctx, false, sqlFigureComplaints, args, func(_ int, f *value.Figures, row *record) error {
		f.Complaints, f.Justified, f.Unjustified = int32(row.int(1)), int32(row.int(2)), int32(row.int(3))
		return nil
	})
}
