package store

import (
	"context"
	"fmt"

	"quid/account"
	"quid/day"
	"quid/money"
)

// A KeyCount says how external ids of one kind and the records they lead to
// agree.
type KeyCount struct {
	Kind     string
	Keys     int64
	Dangling int64 // keys that lead nowhere
	Unkeyed  int64 // records that no key leads to
}

// dangling counts the keys of a kind, those that lead to a record that stands,
// and those whose record is not in a table. A document that went to another
// customer is left withdrawn where it was, without a key.
func dangling(kind KeyKind, from, where string) string {
	stands := where
	if withdrawals[documentOf[kind]] != "" {
		stands += " AND d.withdrawn_at IS NULL"
	}
	return fmt.Sprintf(`SELECT COUNT(*), COUNT(*) FILTER (WHERE EXISTS (SELECT 1 FROM %[1]s WHERE %[3]s)),
		COUNT(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM %[1]s WHERE %[2]s)) FROM document_key k WHERE k.kind = %[4]d`, from, where, stands, kind)
}

var documentOf = map[KeyKind]account.DocumentKind{
	InvoiceKey: account.FromInvoice, PaymentKey: account.FromPayment, ComplaintKey: account.FromComplaint,
	InteractionKey: account.FromInteraction, EntryKey: account.FromService, BonusKey: account.FromBonus,
}

// keyed are the kinds of external ids and the statements that check them.
var keyed = []struct{ name, dangling, count string }{
	{"customers", dangling(CustomerKey, "customer d", "d.customer_id = k.customer_id"), `SELECT COUNT(*) FROM customer`},
	{"contacts", dangling(ContactKey, "contact d", "d.customer_id = k.customer_id AND d.contact_id = k.id"), `SELECT COUNT(*) FROM contact`},
	{"products", dangling(ProductKey, "product d", "d.product_id = k.id"), `SELECT COUNT(*) FROM product`},
	{"invoices", dangling(InvoiceKey, "invoice d", "d.customer_id = k.customer_id AND d.invoice_id = k.id"), `SELECT COUNT(*) FROM invoice WHERE withdrawn_at IS NULL`},
	{"payments", dangling(PaymentKey, "payment d", "d.customer_id = k.customer_id AND d.payment_id = k.id"), `SELECT COUNT(*) FROM payment WHERE withdrawn_at IS NULL`},
	{"complaints", dangling(ComplaintKey, "complaint d", "d.customer_id = k.customer_id AND d.complaint_id = k.id"), `SELECT COUNT(*) FROM complaint WHERE withdrawn_at IS NULL`},
	{"interactions", dangling(InteractionKey, "interaction d", "d.customer_id = k.customer_id AND d.interaction_id = k.id"), `SELECT COUNT(*) FROM interaction WHERE withdrawn_at IS NULL`},
	{"service types", dangling(TypeKey, "service_type d", "d.type_id = k.id"), `SELECT COUNT(*) FROM service_type`},
	{"service entries", dangling(EntryKey, "service_entry d", "d.customer_id = k.customer_id AND d.entry_id = k.id"), `SELECT COUNT(*) FROM service_entry WHERE withdrawn_at IS NULL`},
	{"bonus agreements", dangling(BonusKey, "bonus_agreement d", "d.customer_id = k.customer_id AND d.agreement_id = k.id"), `SELECT COUNT(*) FROM bonus_agreement WHERE withdrawn_at IS NULL`},
}

// KeyCounts compares external ids with the records they lead to, both ways:
// where no key dangles and keys lead to as many standing records as there are,
// each is led to.
func (r Reader) KeyCounts(ctx context.Context) ([]KeyCount, error) {
	var out []KeyCount
	for _, k := range keyed {
		c := KeyCount{Kind: k.name}
		var reached, records int64
		if err := r.q.QueryRowContext(ctx, k.dangling).Scan(&c.Keys, &reached, &c.Dangling); err != nil {
			return nil, fmt.Errorf("keys of %s: %w", k.name, err)
		}
		if err := r.q.QueryRowContext(ctx, k.count).Scan(&records); err != nil {
			return nil, fmt.Errorf("keys of %s: %w", k.name, err)
		}
		c.Unkeyed = max(0, records-reached)
		out = append(out, c)
	}
	return out, nil
}

// Totals are sums over all customers that a valuation and the postings must
// agree in.
type Totals struct {
	Volume  map[account.Kind]money.Amount // of sales and services
	Amount  map[account.Kind]money.Amount
	Unknown int64 // sales without a cost, reversed ones taken off
}

// leftIn leaves out persons who object to being valued or whose data is restricted.
const leftIn = `
	AND NOT EXISTS (SELECT 1 FROM privacy_mark m WHERE m.customer_id = c.customer_id AND m.contact_id = 0 AND m.kind IN ('restriction', 'profiling') AND m.ended_at IS NULL)`

const sqlPostingTotals = `
	SELECT p.kind, CAST(COALESCE(SUM(p.amount), 0) AS BIGINT), CAST(SUM(p.volume) AS BIGINT),
	       COUNT(*) FILTER (WHERE p.amount IS NULL AND p.reverses IS NULL) - COUNT(*) FILTER (WHERE p.amount IS NULL AND p.reverses IS NOT NULL)
	FROM posting p JOIN customer c ON c.customer_id = p.customer_id
	WHERE p.day > $1 AND p.day <= $2 AND c.archived_at IS NULL` + leftIn + `
	GROUP BY p.kind`

// PostingTotals adds up all postings of a window, of all customers that are valued.
func (r Reader) PostingTotals(ctx context.Context, w day.Window) (Totals, error) {
	t := Totals{make(map[account.Kind]money.Amount), make(map[account.Kind]money.Amount), 0}
	err := r.each(ctx, sqlPostingTotals, []any{w.From, w.To}, func(rec *record) error {
		k := account.Kind(rec.int(0))
		t.Amount[k], t.Volume[k] = money.Amount(rec.int(1)), money.Amount(rec.int(2))
		t.Unknown += rec.int(3)
		return nil
	})
	if err != nil {
		return t, fmt.Errorf("totals of postings: %w", err)
	}
	return t, nil
}

const sqlScoreTotals = `
	SELECT CAST(COALESCE(SUM(revenue), 0) AS BIGINT), CAST(COALESCE(SUM(sale), 0) AS BIGINT), CAST(COALESCE(SUM(deduction), 0) AS BIGINT),
	       CAST(COALESCE(SUM(acquisition), 0) AS BIGINT), CAST(COALESCE(SUM(care), 0) AS BIGINT), CAST(COALESCE(SUM(late_payment), 0) AS BIGINT),
	       CAST(COALESCE(SUM(complaint), 0) AS BIGINT), CAST(COALESCE(SUM(service), 0) AS BIGINT), CAST(COALESCE(SUM(goodwill), 0) AS BIGINT),
	       CAST(COALESCE(SUM(benefit), 0) AS BIGINT), CAST(COALESCE(SUM(unknown_cost), 0) AS BIGINT), COUNT(*)
	FROM score WHERE valuation_id = $1`

// ScoreTotals adds up what a valuation kept, and counts its customers.
func (r Reader) ScoreTotals(ctx context.Context, valuation int64) (t Totals, customers int64, err error) {
	t = Totals{make(map[account.Kind]money.Amount), make(map[account.Kind]money.Amount), 0}
	err = r.each(ctx, sqlScoreTotals, []any{valuation}, func(rec *record) error {
		t.Volume[account.Sale], t.Volume[account.Service] = money.Amount(rec.int(0)), money.Amount(rec.int(9))
		for i, k := range account.Kinds {
			t.Amount[k] = money.Amount(rec.int(1 + i))
		}
		t.Unknown, customers = rec.int(10), rec.int(11)
		return nil
	})
	if err != nil {
		err = fmt.Errorf("totals of valuation %d: %w", valuation, err)
	}
	return t, customers, err
}

const sqlRename = `UPDATE customer SET sort_name = $1, search = $2 WHERE customer_id = $3`

// Rename writes what is derived of a customer's name and numbers.
func (tx *Tx) Rename(ctx context.Context, c KeptCustomer) error {
	sortName, search := DerivedNames(c)
	if _, err := tx.exec(ctx, sqlRename, sortName, search, c.ID); err != nil {
		return fmt.Errorf("rename customer %d: %w", c.ID, err)
	}
	return nil
}

const sqlSetTerms = `UPDATE invoice SET terms_days = $1 WHERE customer_id = $2 AND invoice_id = $3`

// SetTerms writes the days between an invoice and its due day, which are derived.
func (tx *Tx) SetTerms(ctx context.Context, ref Ref, days int) error {
	if _, err := tx.exec(ctx, sqlSetTerms, days, ref.Customer, ref.ID); err != nil {
		return fmt.Errorf("terms of invoice %d: %w", ref.ID, err)
	}
	return nil
}
