package app

import (
	"context"
	"errors"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/fault"
	"quid/internal/intake"
	"quid/internal/store"
)

func isNotFound(err error) bool { return errors.Is(err, fault.NotFound) }

// paymentNoun says how payments are taken in. What they post depends on what
// they settle, so settling posts them.
func (b *batch) paymentNoun() noun[fact.Payment] {
	return noun[fact.Payment]{
		key: store.PaymentKey, doc: account.FromPayment,
		head:   func(d *fact.Payment) *fact.Header { return &d.Header },
		on:     func(d *fact.Payment) day.Day { return d.Day },
		drafts: func(*fact.Payment) []account.Draft { return nil },
		load:   b.tx.Payment,
		add: func(k store.Kept[fact.Payment]) {
			b.settles(k.Doc)
			b.payments = append(b.payments, k)
		},
		put: func(ctx context.Context, k store.Kept[fact.Payment]) error {
			old, err := b.tx.Payment(ctx, store.Ref{Customer: k.Doc.Customer, ID: k.Doc.ID})
			if err != nil {
				return err
			}
			b.settles(old.Doc)
			b.settles(k.Doc)
			return b.tx.PutPayment(ctx, k)
		},
	}
}

// settles lets what a payment is for be settled anew.
func (b *batch) settles(p fact.Payment) {
	if p.Invoice == 0 {
		b.waiting[p.Customer] = true
	} else {
		b.reconcile[store.Ref{Customer: p.Customer, ID: p.Invoice}] = true
	}
}

// takePayments takes payments in.
func (b *batch) takePayments(ctx context.Context, docs []*intake.Doc) error {
	names := make(map[string]bool)
	var keys, invoices []string
	for _, d := range docs {
		keys = append(keys, d.Key)
		if d.Payment.Invoice != "" {
			invoices = append(invoices, d.Payment.Invoice)
		} else {
			names[d.Payment.Customer] = true
		}
	}
	if err := b.resolve(ctx, names); err != nil {
		return err
	}
	found, err := b.tx.Keys(ctx, b.source, store.PaymentKey, keys)
	if err != nil {
		return err
	}
	named, err := b.tx.Keys(ctx, b.source, store.InvoiceKey, invoices)
	if err != nil {
		return err
	}
	touched := make(map[account.CustomerID]bool)
	for _, d := range docs {
		p, problem, err := b.paymentOf(ctx, d, named)
		if err != nil {
			return err
		}
		if problem != nil {
			b.reject(d, *problem)
			continue
		}
		if err := p.Check(); err != nil {
			b.reject(d, fieldProblems(err)...)
			continue
		}
		touched[p.Customer] = true
		o, err := take(ctx, b, b.paymentNoun(), store.Kept[fact.Payment]{Doc: p}, d.Key, found, nil)
		if err != nil {
			return err
		}
		b.finish(d, o)
	}
	return b.onAccount(ctx, touched)
}

// finish counts what became of a document, or says why it was refused.
func (b *batch) finish(d *intake.Doc, o outcome) {
	if o == rejected {
		b.reject(d, b.refused(d))
		return
	}
	b.count(d, o)
}

func (b *batch) paymentOf(ctx context.Context, d *intake.Doc, named map[string]store.Key) (fact.Payment, *intake.Problem, error) {
	in := d.Payment
	number := in.Number
	if number == "" {
		number = in.Invoice
	}
	p := fact.Payment{Header: fact.Header{Number: number, Version: d.Version()}, Day: in.Day}
	rate, problem, err := b.exchange(ctx, in.Currency, in.Rate, in.Day)
	if problem != nil || err != nil {
		return p, problem, err
	}
	if p.Amount, err = inOurs(in.Amount, rate); err != nil {
		return p, nil, err
	}
	if p.Discount, err = inOurs(in.Discount, rate); err != nil {
		return p, nil, err
	}
	if in.Invoice != "" {
		k, ok := named[in.Invoice]
		if !ok {
			t := trouble("invoice", in.Invoice, "this invoice is not there", "import the invoice first")
			return p, &t, nil
		}
		p.Customer, p.Invoice = k.Customer, account.DocumentID(k.ID)
		return p, nil, nil
	}
	ref, problem := b.customerOf(in.Customer)
	p.Customer = ref.ID
	return p, problem, nil
}

// withdrawKeyed takes back a document that an invoice's row told of and tells of
// no more.
func (b *batch) withdrawKeyed(ctx context.Context, kind store.KeyKind, external string) error {
	found, err := b.tx.Keys(ctx, b.source, kind, []string{external})
	if err != nil {
		return err
	}
	k, ok := found[external]
	if !ok {
		return nil
	}
	ref := store.Ref{Customer: k.Customer, ID: account.DocumentID(k.ID)}
	if kind == store.PaymentKey {
		err = remember(ctx, b, b.paymentNoun(), ref)
	} else {
		err = remember(ctx, b, b.complaintNoun(), ref)
	}
	if err != nil {
		return err
	}
	_, err = b.withdraw(ctx, kind, ref)
	return err
}

// remember keeps a standing document as it is for undo, before it is withdrawn.
func remember[D any](ctx context.Context, b *batch, n noun[D], ref store.Ref) error {
	k, err := n.load(ctx, ref)
	if err != nil || !k.Withdrawn.IsZero() {
		return err
	}
	return b.changed(n.key, ref, k)
}
