package app

import (
	"context"

	"quid/account"
	"quid/fact"
	"quid/internal/intake"
	"quid/internal/store"
)

// takeLines takes in lines of invoices that are there. Within one file the
// lines of an invoice are complete.
func (b *batch) takeLines(ctx context.Context, docs []*intake.Doc) error {
	refs, err := b.findInvoices(ctx, docs)
	if err != nil {
		return err
	}
	touched := make(map[account.CustomerID]bool)
	for _, d := range docs {
		if err := b.takeLinesOf(ctx, d, refs, touched); err != nil {
			return err
		}
	}
	return b.onAccount(ctx, touched)
}

func (b *batch) takeLinesOf(ctx context.Context, d *intake.Doc, refs invoiceRefs, touched map[account.CustomerID]bool) error {
	key, ok := refs.invoices[d.Key]
	var old store.Kept[fact.Invoice]
	if ok {
		var err error
		if old, _, err = b.tx.Invoice(ctx, store.Ref{Customer: key.Customer, ID: account.DocumentID(key.ID)}); err != nil {
			return err
		}
	}
	if !ok || !old.Withdrawn.IsZero() {
		b.reject(d, trouble("number", d.Key, "this invoice is not there", "import the invoice first"))
		return nil
	}
	k, problem, err := b.withLines(ctx, old, d)
	if err != nil {
		return err
	}
	if problem != nil {
		b.reject(d, *problem)
		return nil
	}
	known := !old.Doc.Cost().Known && k.Doc.Cost().Known
	if old.LinesHash == k.LinesHash && !known {
		b.count(d, unchanged)
		return nil
	}
	first := len(old.Doc.Lines) == 0
	if (first && b.mode == UpdateOnly) || (!first && b.mode == CreateOnly) {
		b.reject(d, b.refused(d))
		return nil
	}
	touched[key.Customer] = true
	anew := func(_, _ *store.Kept[fact.Invoice]) bool { return true } // its own document is the same: only the lines are others
	if _, err := replaceDoc(ctx, b, b.invoiceNoun(), old, k, key, anew); err != nil {
		return err
	}
	o := updated
	if first {
		o = created
	}
	b.count(d, o)
	return b.besidesLines(ctx, &k.Doc)
}

// withLines returns an invoice with the lines of a document instead of its own.
// What is receivable follows them unless the invoice gives a gross sum; they must
// add up to the net sum that it gives.
func (b *batch) withLines(ctx context.Context, old store.Kept[fact.Invoice], d *intake.Doc) (store.Kept[fact.Invoice], *intake.Problem, error) {
	k, in := old, d.Invoice
	k.LinesHash = d.Version()
	if old.LinesHash == 0 && len(old.Doc.Lines) > 0 {
		k.OwnLines = ownLines(old.Doc.Lines)
	}
	rate, problem, err := b.exchange(ctx, in.Currency, in.Rate, old.Doc.Day)
	if problem != nil || err != nil {
		return k, problem, err
	}
	if problem, err := b.lines(&k.Doc, in, rate); problem != nil || err != nil {
		return k, problem, err
	}
	if !k.Doc.AddsUp() {
		p := trouble("net", k.Doc.Net().Decimal(b.book.Digits), "the lines do not add up to the total", "look for a missing line, or correct the total")
		p.Want = k.Doc.Total.Amount.Decimal(b.book.Digits)
		return k, &p, nil
	}
	k.Doc.Receivable = k.Doc.Owing()
	return k, nil, nil
}

// besidesLines lets what the invoice's own row says besides follow its lines: a
// payment in full pays what is receivable now, a dispute is about the new sum.
func (b *batch) besidesLines(ctx context.Context, inv *fact.Invoice) error {
	if b.dry || (inv.Paid == 0 && inv.Disputed == 0) {
		return nil
	}
	var refs invoiceRefs
	var err error
	of := []string{ofInvoice(inv.Number)}
	if refs.payments, err = b.tx.Keys(ctx, b.source, store.PaymentKey, of); err != nil {
		return err
	}
	if refs.complaints, err = b.tx.Keys(ctx, b.source, store.ComplaintKey, of); err != nil {
		return err
	}
	return b.besides(ctx, inv, -1, refs)
}
