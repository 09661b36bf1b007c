package store

import (
	"context"

	"quid/day"
	"quid/money"
	"quid/value"
)

// simpleInvoice is the condition for invoices that need no look at their
// settlements: nothing or all of them is settled by one means.
const simpleInvoice = `(parts = 0 OR (parts = 1 AND settled_on IS NOT NULL))`

// Six columns of an invoice are enough; each more that is handed over costs
// PostgreSQL a tenth of the pass. It was due terms_days after its day. late_days
// are not always those up to settled_on: what a credit note settled was not late.
const sqlFigureInvoices = `
	SELECT customer_id, day, terms_days, receivable, CASE WHEN settled_on <= $1 THEN late_days END, disputed_on
	FROM invoice
	WHERE customer_id >= $2 AND customer_id <= $3 AND day <= $1 AND (day > $4 OR settled_on IS NULL OR settled_on > $1)
	  AND receivable > 0 AND withdrawn_at IS NULL AND ` + simpleInvoice

// readInvoices counts the invoices that were settled at once or not at all.
func (p *figurePart) readInvoices(ctx context.Context) error {
	args := []any{int64(p.asOf), p.ids.first, p.ids.last, int64(p.window.From)}
	return p.walk(ctx, p.documents, 1, sqlFigureInvoices, args, func(_ int, f *value.Figures, row *record) error {
		in := p.receivableOf(row)
		if in.settled {
			in.dueDays = float64(in.amount) * float64(max(0, in.late))
		}
		return p.addReceivable(f, &in)
	})
}

// The parts are looked up one invoice after another: they are few, and joining
// them made PostgreSQL read all settlements there are.
const sqlFigureInParts = `
	SELECT customer_id, day, terms_days, receivable, CASE WHEN settled_on <= $1 THEN late_days END, disputed_on,
	       (SELECT string_agg(CAST(s.amount AS TEXT) || ' ' || CAST(s.days_late AS TEXT), ' ') FROM settlement s
	        WHERE s.customer_id = invoice.customer_id AND s.invoice_id = invoice.invoice_id AND s.day <= $1)
	FROM invoice
	WHERE customer_id >= $2 AND customer_id <= $3 AND day <= $1 AND receivable > 0 AND withdrawn_at IS NULL
	  AND (parts > 1 OR (parts = 1 AND settled_on IS NULL))`

// readInParts counts the other invoices, by their parts.
func (p *figurePart) readInParts(ctx context.Context) error {
	args := []any{int64(p.asOf), p.ids.first, p.ids.last}
	return p.walk(ctx, p.documents, 0, sqlFigureInParts, args, func(_ int, f *value.Figures, row *record) error {
		in := p.receivableOf(row)
		for s, at := row.text(6), 0; at < len(s); {
			var amount, late int64
			amount, at = nextNumber(s, at)
			late, at = nextNumber(s, at)
			in.open -= money.Amount(amount)
			in.dueDays += float64(amount) * float64(max(0, late))
		}
		return p.addReceivable(f, &in)
	})
}

// nextNumber reads a number that a blank or the end follows, and where the next
// begins.
func nextNumber(s string, at int) (n int64, next int) {
	neg := at < len(s) && s[at] == '-'
	if neg {
		at++
	}
	for ; at < len(s) && s[at] != ' '; at++ {
		n = n*10 + int64(s[at]-'0')
	}
	if neg {
		n = -n
	}
	return n, at + 1
}

// A receivable is an invoice on the valuation day, with what settled it by then.
type receivable struct {
	day      day.Day
	amount   money.Amount
	open     money.Amount // what is not settled of it
	disputed bool
	settled  bool
	late     int     // days late of what settled it, or of today where it is open
	after    int     // days from the invoice to its last payment, or to the due day where credit notes alone settled it
	dueDays  float64 // amounts times days late of what was settled
}

// receivableOf reads the columns that both statements have.
func (p *figurePart) receivableOf(row *record) receivable {
	in := receivable{
		day: day.Day(row.int(1)), amount: money.Amount(row.int(3)), open: money.Amount(row.int(3)),
		settled:  !row.null(4),
		disputed: !row.null(5) && day.Day(row.int(5)) <= p.asOf,
	}
	terms := int(row.int(2))
	if in.settled {
		in.late = int(row.int(4))
		in.after = terms + in.late
	} else {
		in.late = p.asOf.Sub(in.day) - terms
	}
	return in
}

// addReceivable counts an invoice. Only those dated in the window count for
// payment morale; all that are open tie up money.
func (p *figurePart) addReceivable(f *value.Figures, in *receivable) error {
	if !in.settled {
		f.OpenItems += in.open
		if in.late > 0 {
			cost, err := money.Interest(in.open, in.late, p.rate)
			if err != nil {
				return err
			}
			f.Accrued -= cost
			in.dueDays += float64(in.open) * float64(in.late)
		}
	}
	if !p.window.Holds(in.day) {
		return nil
	}
	f.Invoices++
	f.Due += in.amount
	f.DueDays += in.dueDays
	if in.settled {
		f.Settled++
		f.SettleDays += int64(in.after)
	}
	if in.disputed {
		f.DisputedInvoices++
	}
	if in.late > 0 {
		f.LateInvoices++
		f.LateDays += int64(in.late)
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
	GROUP BY customer_id`
)

// readPrices compares what was charged in the window with the list: a pass of
// its own, and only where there are list prices.
func (p *figurePart) readPrices(ctx context.Context) error {
	var n int64
	if err := p.documents.q.QueryRowContext(ctx, sqlAnyListPrice).Scan(&n); err != nil || n == 0 {
		return err
	}
	args := []any{p.ids.first, p.ids.last, int64(p.window.From), int64(p.window.To)}
	return p.walk(ctx, p.documents, 0, sqlFigurePrices, args, func(_ int, f *value.Figures, row *record) error {
		f.ListedNet, f.Listed = money.Amount(row.int(1)), money.Amount(row.int(2))
		return nil
	})
}

const sqlFigureComplaints = `
	SELECT customer_id, COUNT(*), COUNT(*) FILTER (WHERE justified = 1), COUNT(*) FILTER (WHERE justified = 2)
	FROM complaint
	WHERE customer_id >= $1 AND customer_id <= $2 AND day > $3 AND day <= $4 AND withdrawn_at IS NULL
	GROUP BY customer_id`

// readComplaints counts the complaints of the window.
func (p *figurePart) readComplaints(ctx context.Context) error {
	args := []any{p.ids.first, p.ids.last, int64(p.window.From), int64(p.window.To)}
	return p.walk(ctx, p.documents, 0, sqlFigureComplaints, args, func(_ int, f *value.Figures, row *record) error {
		f.Complaints, f.Justified, f.Unjustified = int32(row.int(1)), int32(row.int(2)), int32(row.int(3))
		return nil
	})
}
