package app

import (
	"context"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// invoiceNoun says how invoices are taken in.
func (b *batch) invoiceNoun() noun[fact.Invoice] {
	return noun[fact.Invoice]{
		key: store.InvoiceKey, doc: account.FromInvoice, bring: b.bringInvoice,
		head:   func(d *fact.Invoice) *fact.Header { return &d.Header },
		on:     func(d *fact.Invoice) day.Day { return d.Day },
		drafts: func(d *fact.Invoice) []account.Draft { return d.Postings() },
		load: func(ctx context.Context, ref store.Ref) (store.Kept[fact.Invoice], error) {
			k, _, err := b.tx.Invoice(ctx, ref)
			return k, err
		},
		add: func(k store.Kept[fact.Invoice]) {
			k.Accrued = account.Effect{} // it is posted when what has accrued is known
			b.names(k.Doc)
			b.fresh[k.Doc.Number] = store.Ref{Customer: k.Doc.Customer, ID: k.Doc.ID}
			b.invoices = append(b.invoices, k)
			b.settled = append(b.settled, store.Settled{})
		},
		put: func(ctx context.Context, k store.Kept[fact.Invoice]) error {
			ref := store.Ref{Customer: k.Doc.Customer, ID: k.Doc.ID}
			k.Accrued = account.Effect{}
			b.names(k.Doc)
			b.fresh[k.Doc.Number] = ref
			b.reconcile[ref], b.rewritten[ref] = true, true
			_, s, err := b.tx.Invoice(ctx, ref)
			if err != nil {
				return err
			}
			return b.tx.PutInvoice(ctx, k, s)
		},
	}
}

// names notes which products an invoice that is taken in names.
func (b *batch) names(inv fact.Invoice) {
	for _, l := range inv.Lines {
		b.named[l.Product] = true
	}
	if inv.Agreement != 0 {
		b.noted[inv.Customer] = true
	}
}

// ofInvoice is the external id of what an invoice's own row says besides it:
// that it was paid, or is disputed.
func ofInvoice(number string) string { return "invoice:" + number }

// invoiceRefs is what a batch of invoices names, found before any is taken in.
type invoiceRefs struct {
	invoices, credited   map[string]store.Key
	payments, complaints map[string]store.Key
	agreements           map[string]store.Key // that credit notes settle
}

// InvoiceMoved is why a service was taken back that was an invoice line, or a credit
// note, which went to another customer; there it stands again.
const InvoiceMoved = "its invoice went to another customer"

// bringInvoice lets go with an invoice to another customer what was decided of its
// lines, and of itself as a credit note, with the services that they became.
func (b *batch) bringInvoice(ctx context.Context, next *fact.Invoice, from store.Ref) error {
	if err := b.bringDecisions(ctx, service.FromLine, from, next.Customer, InvoiceMoved, 0); err != nil {
		return err
	}
	return b.bringDecisions(ctx, service.FromCredit, from, next.Customer, InvoiceMoved, 0)
}

// takeInvoices takes invoices and credit notes in, with the payments and
// complaints that their rows tell of.
func (b *batch) takeInvoices(ctx context.Context, docs []*intake.Doc) error {
	refs, err := b.findInvoices(ctx, docs)
	if err != nil {
		return err
	}
	touched := make(map[account.CustomerID]bool)
	for _, d := range docs {
		if d.Invoice.Credits != "" && !b.knows(refs, d.Invoice) && b.putOff(d) {
			continue // its invoice may stand further down
		}
		inv, problems, err := b.invoiceOf(ctx, d, refs)
		if err != nil {
			return err
		}
		if len(problems) > 0 {
			b.reject(d, problems...)
			continue
		}
		touched[inv.Customer] = true
		if err := b.takeInvoice(ctx, d, inv, refs); err != nil {
			return err
		}
	}
	return b.onAccount(ctx, touched)
}

// knows says whether the invoice that a credit note is for is there, at the same
// customer.
func (b *batch) knows(refs invoiceRefs, note *intake.Invoice) bool {
	ref, problem := b.customerOf(note.Customer)
	if problem != nil {
		return true // and the note will be refused
	}
	at, ok := b.credited(refs, note.Credits)
	return ok && at.Customer == ref.ID
}

// credited finds the invoice that a credit note is for: as this batch took it in,
// else as it stood before.
func (b *batch) credited(refs invoiceRefs, number string) (store.Ref, bool) {
	if ref, ok := b.fresh[number]; ok {
		return ref, true
	}
	k, ok := refs.credited[number]
	return store.Ref{Customer: k.Customer, ID: account.DocumentID(k.ID)}, ok
}

// findInvoices resolves all that the documents name.
func (b *batch) findInvoices(ctx context.Context, docs []*intake.Doc) (invoiceRefs, error) {
	customers, products := make(map[string]bool), make(map[string]bool)
	var keys, credited, settled, disputed, agreements []string
	for _, d := range docs {
		inv := d.Invoice
		customers[inv.Customer] = true
		for i := range inv.Lines {
			products[inv.Lines[i].Product] = true
		}
		keys = append(keys, d.Key)
		if inv.Credits != "" {
			credited = append(credited, inv.Credits)
		}
		if inv.Agreement != "" {
			agreements = append(agreements, inv.Agreement)
		}
		if inv.Settled != 0 {
			settled = append(settled, ofInvoice(d.Key))
		}
		if inv.Disputed {
			disputed = append(disputed, ofInvoice(d.Key))
		}
	}
	var refs invoiceRefs
	if err := b.resolve(ctx, customers); err != nil {
		return refs, err
	}
	if err := b.resolveProducts(ctx, products); err != nil {
		return refs, err
	}
	for _, ask := range []struct {
		to   *map[string]store.Key
		kind store.KeyKind
		of   []string
	}{
		{&refs.invoices, store.InvoiceKey, keys},
		{&refs.credited, store.InvoiceKey, credited},
		{&refs.payments, store.PaymentKey, settled},
		{&refs.complaints, store.ComplaintKey, disputed},
		{&refs.agreements, store.BonusKey, agreements},
	} {
		found, err := b.tx.Keys(ctx, b.source, ask.kind, ask.of)
		if err != nil {
			return refs, err
		}
		*ask.to = found
	}
	return refs, nil
}

// invoiceOf makes the invoice that a document of a file means, or says what
// stands in the way.
func (b *batch) invoiceOf(ctx context.Context, d *intake.Doc, refs invoiceRefs) (fact.Invoice, []intake.Problem, error) {
	in := d.Invoice
	ref, problem := b.customerOf(in.Customer)
	if problem != nil {
		return fact.Invoice{}, []intake.Problem{*problem}, nil
	}
	rate, problem, err := b.exchange(ctx, in.Currency, in.Rate, in.Day)
	if problem != nil || err != nil {
		return fact.Invoice{}, problems(problem), err
	}
	if rate != 0 && in.HeaderOnly {
		p := trouble("currency", in.Currency, "lines that come by themselves can't be converted", "import the lines of this invoice in the same file")
		return fact.Invoice{}, problems(&p), nil
	}
	inv := fact.Invoice{
		Header: fact.Header{Customer: ref.ID, Number: d.Key, Version: d.Version()},
		Day:    in.Day, Due: in.Due, Paid: in.Settled,
	}
	if inv.Due == 0 {
		inv.Due = in.Day.Add(ref.Terms)
	}
	switch in.Credit {
	case "complaint":
		inv.Credit = fact.CreditComplaint
	case "goodwill":
		inv.Credit = fact.CreditGoodwill
	}
	if in.Disputed {
		inv.Disputed = in.Day
	}
	if in.Credits != "" {
		at, ok := b.credited(refs, in.Credits)
		if _, would := b.wouldBe(store.InvoiceKey, in.Credits); would && !ok {
			at, ok = store.Ref{Customer: ref.ID}, true // a dry run wrote nothing
		}
		if !ok || at.Customer != ref.ID {
			return inv, []intake.Problem{trouble("credits", in.Credits, "this invoice is not there", "import the invoice first")}, nil
		}
		inv.Credits = at.ID
	}
	if problem := b.settlesBonus(&inv, in.Agreement, refs); problem != nil {
		return inv, problems(problem), nil
	}
	if problem, err = b.lines(&inv, in, rate); problem != nil || err != nil {
		return inv, problems(problem), err
	}
	if err := sums(&inv, in, rate); err != nil {
		return inv, nil, err
	}
	if inv.Deductions, err = deductions(in, rate); err != nil {
		return inv, nil, err
	}
	if err := inv.Check(); err != nil {
		return inv, fieldProblems(err), nil
	}
	return inv, nil, nil
}

func problems(p *intake.Problem) []intake.Problem {
	if p == nil {
		return nil
	}
	return []intake.Problem{*p}
}

// sums fills in the sums that the document gives, and what is receivable.
func sums(inv *fact.Invoice, in *intake.Invoice, rate money.Micro) error {
	for _, s := range []struct {
		given *money.Amount
		to    *account.Effect
	}{{in.Gross, &inv.Gross}, {in.Total, &inv.Total}} {
		if s.given == nil {
			continue
		}
		ours, err := inOurs(*s.given, rate)
		if err != nil {
			return err
		}
		*s.to = account.Known(ours)
	}
	inv.Receivable = inv.Owing()
	return nil
}

// lines fills in the lines and their frozen costs.
func (b *batch) lines(inv *fact.Invoice, in *intake.Invoice, rate money.Micro) (*intake.Problem, error) {
	inv.Lines, inv.Listed = make([]fact.Line, 0, len(in.Lines)), fact.Listed{}
	for i := range in.Lines {
		l := &in.Lines[i]
		line := fact.Line{Number: int32(l.Line), Quantity: l.Quantity, UnitPrice: l.UnitPrice, Discount: l.Discount}
		var product productRef
		if l.Product != "" {
			ref, ok := b.productRef(l.Product)
			if !ok {
				p := trouble("product", l.Product, "this product is not there", "import products first, or allow related records to be created")
				return &p, nil
			}
			product, line.Product = ref, ref.id
		}
		var err error
		if line.Net, err = inOurs(l.Net, rate); err != nil {
			return nil, err
		}
		switch {
		case l.Cost != nil:
			if line.Cost.Amount, err = inOurs(*l.Cost, rate); err != nil {
				return nil, err
			}
			line.Cost.Known = true
		case product.cost != nil && l.Quantity != 0:
			if line.Cost.Amount, err = money.Product(l.Quantity, *product.cost, 0); err != nil {
				return nil, err
			}
			if (line.Net < 0) != (line.Cost.Amount < 0) && line.Net != 0 {
				line.Cost.Amount = -line.Cost.Amount // a return whose quantity has no sign: the goods come back
			}
			line.Cost.Known = true
		}
		if product.list != nil && l.Quantity > 0 {
			list, err := money.Product(l.Quantity, *product.list, 0)
			if err != nil {
				return nil, err
			}
			inv.Listed.Net += line.Net
			inv.Listed.List += list
		}
		inv.Lines = append(inv.Lines, line)
	}
	return nil, nil
}

// deductions are what the rows of an invoice say we bear of it.
func deductions(in *intake.Invoice, rate money.Micro) ([]fact.Deduction, error) {
	var out []fact.Deduction
	for i, a := range []money.Amount{in.Freight, in.Commission, in.Packaging, in.Warranty, in.Bonus} {
		ours, err := inOurs(a, rate)
		if err != nil {
			return nil, err
		}
		if ours != 0 {
			out = append(out, fact.Deduction{Cause: fact.InvoiceCauses[i], Sum: ours})
		}
	}
	return out, nil
}

// inOurs converts an amount to the book's currency; rate 0 means it is in it.
func inOurs(a money.Amount, rate money.Micro) (money.Amount, error) {
	if rate == 0 {
		return a, nil
	}
	return a.Times(rate)
}

// exchange returns the rate of a document's currency: the one it gives, else
// that of the table on its day; 0 for the book's own currency.
func (b *batch) exchange(ctx context.Context, currency string, given money.Micro, on day.Day) (money.Micro, *intake.Problem, error) {
	if currency == "" || currency == b.book.Currency {
		return 0, nil, nil
	}
	if given > 0 {
		return given, nil, nil
	}
	rate, err := b.tx.Exchange(ctx, currency, on)
	if err == nil {
		return rate, nil, nil
	}
	if !isNotFound(err) {
		return 0, nil, err
	}
	p := trouble("currency", currency, "there is no rate for this currency", "give the rate in a column, or set it for that day")
	return 0, &p, nil
}

// takeInvoice takes one invoice in, and what its row tells besides.
func (b *batch) takeInvoice(ctx context.Context, d *intake.Doc, inv fact.Invoice, refs invoiceRefs) error {
	before := len(b.invoices)
	o, err := take(ctx, b, b.invoiceNoun(), store.Kept[fact.Invoice]{Doc: inv}, d.Key, refs.invoices, func(old, now *store.Kept[fact.Invoice]) bool {
		kept := keepLines(old, now, d.Invoice.HeaderOnly)
		inv = now.Doc
		return !kept && !old.Doc.Cost().Known && now.Doc.Cost().Known
	})
	if err != nil {
		return err
	}
	if o == rejected {
		b.reject(d, b.refused(d))
		return nil
	}
	b.count(d, o)
	if b.dry {
		b.alsoDry(d, inv, refs)
		return nil
	}
	if o == unchanged {
		return nil
	}
	key, known := refs.invoices[d.Key]
	if known && key.Customer != inv.Customer {
		if err := b.follow(ctx, store.Ref{Customer: key.Customer, ID: account.DocumentID(key.ID)}, inv.Customer, true); err != nil {
			return err
		}
	}
	if len(b.invoices) > before {
		return b.besides(ctx, &b.invoices[before].Doc, before, refs)
	}
	inv.ID = account.DocumentID(key.ID)
	return b.besides(ctx, &inv, -1, refs)
}

// keepLines lets an invoice that comes again keep the lines of the one that
// stands, and says whether it does: a header without lines keeps any, an invoice
// with lines those that came by themselves in place of the same lines of its own.
func keepLines(old, now *store.Kept[fact.Invoice], headerOnly bool) bool {
	if !headerOnly && (old.LinesHash == 0 || old.OwnLines != ownLines(now.Doc.Lines)) {
		return false
	}
	now.Doc.Lines, now.LinesHash, now.OwnLines = old.Doc.Lines, old.LinesHash, old.OwnLines
	now.Doc.Receivable = now.Doc.Owing()
	return true
}

// ownLines is the hash of lines in any order. Costs are left out: they may be the
// products'.
func ownLines(lines []fact.Line) int64 {
	sum := int64(len(lines))
	for _, l := range lines {
		sum += hash64(l.Product, int64(l.Quantity), int64(l.UnitPrice), int64(l.Discount), int64(l.Net))
	}
	return sum
}

// besides takes in what an invoice's row says besides: paid in full on a day,
// disputed. fresh is the place of the invoice among those the batch adds, -1 if
// it was there before.
func (b *batch) besides(ctx context.Context, inv *fact.Invoice, fresh int, refs invoiceRefs) error {
	external := ofInvoice(inv.Number)
	if inv.Receivable < 0 {
		b.credits(inv)
	}
	_, paid := refs.payments[external]
	_, known := refs.invoices[inv.Number]
	switch {
	case inv.Paid != 0 && inv.Receivable > 0 && fresh >= 0 && !paid && b.mode != UpdateOnly:
		if err := b.paidInFull(inv, inv.Paid, fresh, external); err != nil {
			return err
		}
	case inv.Paid != 0 && inv.Receivable > 0:
		p := fact.Payment{Header: b.fullPaymentHeader(inv, inv.Paid), Day: inv.Paid, Amount: inv.Receivable, Invoice: inv.ID}
		o, err := take(ctx, b, b.paymentNoun(), store.Kept[fact.Payment]{Doc: p}, external, refs.payments, nil)
		if err != nil {
			return err
		}
		b.also(intake.Payments, o)
	case fresh < 0 || known:
		if err := b.withdrawKeyed(ctx, store.PaymentKey, external); err != nil {
			return err
		}
	}
	if fresh >= 0 && inv.Revision > 1 {
		b.reconcile[store.Ref{Customer: inv.Customer, ID: inv.ID}] = true
	}
	return b.disputed(ctx, inv, fresh, external, refs)
}

// credits lets a credit note settle what it is for.
func (b *batch) credits(inv *fact.Invoice) {
	if inv.Credits != 0 {
		b.reconcile[store.Ref{Customer: inv.Customer, ID: inv.Credits}] = true
	} else {
		b.waiting[inv.Customer] = true
	}
}

func (b *batch) disputed(ctx context.Context, inv *fact.Invoice, fresh int, external string, refs invoiceRefs) error {
	if inv.Disputed == 0 {
		if _, known := refs.invoices[inv.Number]; fresh < 0 || known {
			return b.withdrawKeyed(ctx, store.ComplaintKey, external)
		}
		return nil
	}
	c := fact.Complaint{
		Header: fact.Header{Customer: inv.Customer, Number: inv.Number, Version: hash64(int64(inv.Disputed), int64(inv.Net()))},
		Day:    inv.Disputed, Invoice: inv.ID, Amount: inv.Net(),
	}
	o, err := take(ctx, b, b.complaintNoun(), store.Kept[fact.Complaint]{Doc: c}, external, refs.complaints, nil)
	b.also(intake.Complaints, o)
	return err
}

func (b *batch) fullPaymentHeader(inv *fact.Invoice, on day.Day) fact.Header {
	return fact.Header{Customer: inv.Customer, Number: inv.Number, Version: hash64(int64(on), int64(inv.Receivable))}
}

// paidInFull takes in the payment of a new invoice whose row says when it was
// settled: nothing else can settle it, so nothing needs to be looked up.
func (b *batch) paidInFull(inv *fact.Invoice, on day.Day, fresh int, external string) error {
	h := b.fullPaymentHeader(inv, on)
	h.ID, h.Revision, h.Import = account.DocumentID(b.app.id()), 1, b.id
	p := fact.Payment{Header: h, Day: on, Amount: inv.Receivable, Invoice: inv.ID}
	part := fact.Part{Invoice: inv.ID, Means: p.ID, Day: on, Amount: inv.Receivable, DaysLate: on.Sub(inv.Due)}
	parts := []fact.Part{part}
	drafts, err := p.Postings(parts, b.rates.LatePayment(on))
	if err != nil {
		return err
	}
	b.payments = append(b.payments, store.Kept[fact.Payment]{
		Doc: p, PartsHash: partsHash(p, parts), PostedOn: b.post(account.FromPayment, h, on, drafts),
	})
	b.parts = append(b.parts, store.Settlement{Customer: inv.Customer, Part: part})
	b.settled[fresh] = store.Settled{On: on, Late: part.DaysLate, Parts: 1}
	b.keys = append(b.keys, store.Key{Source: b.source, Kind: store.PaymentKey, External: external, Customer: inv.Customer, ID: int64(p.ID)})
	b.also(intake.Payments, created)
	return nil
}

// alsoDry counts what a dry run would have made besides.
func (b *batch) alsoDry(d *intake.Doc, inv fact.Invoice, refs invoiceRefs) {
	if _, ok := refs.payments[ofInvoice(d.Key)]; !ok && d.Invoice.Settled != 0 && inv.Receivable > 0 {
		b.also(intake.Payments, created)
	}
	if _, ok := refs.complaints[ofInvoice(d.Key)]; !ok && inv.Disputed != 0 {
		b.also(intake.Complaints, created)
	}
}
