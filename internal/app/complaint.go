package app

import (
	"context"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/internal/intake"
	"quid/internal/store"
)

// complaintNoun says how complaints are taken in.
func (b *batch) complaintNoun() noun[fact.Complaint] {
	return noun[fact.Complaint]{
		key: store.ComplaintKey, doc: account.FromComplaint,
		head:   func(d *fact.Complaint) *fact.Header { return &d.Header },
		on:     func(d *fact.Complaint) day.Day { return d.Day },
		drafts: func(d *fact.Complaint) []account.Draft { return d.Postings() },
		load:   b.tx.Complaint,
		add:    func(k store.Kept[fact.Complaint]) { b.complaints = append(b.complaints, k) },
		put:    b.tx.PutComplaint,
	}
}

// takeComplaints takes complaints in.
func (b *batch) takeComplaints(ctx context.Context, docs []*intake.Doc) error {
	names := make(map[string]bool)
	var keys, invoices []string
	for _, d := range docs {
		keys = append(keys, d.Key)
		names[d.Complaint.Customer] = true
		if d.Complaint.Invoice != "" {
			invoices = append(invoices, d.Complaint.Invoice)
		}
	}
	if err := b.resolve(ctx, names); err != nil {
		return err
	}
	found, err := b.tx.Keys(ctx, b.source, store.ComplaintKey, keys)
	if err != nil {
		return err
	}
	named, err := b.tx.Keys(ctx, b.source, store.InvoiceKey, invoices)
	if err != nil {
		return err
	}
	for _, d := range docs {
		c, problem := b.complaintOf(d, named)
		if problem != nil {
			b.reject(d, *problem)
			continue
		}
		if err := c.Check(); err != nil {
			b.reject(d, fieldProblems(err)...)
			continue
		}
		o, err := take(ctx, b, b.complaintNoun(), store.Kept[fact.Complaint]{Doc: c}, d.Key, found, nil)
		if err != nil {
			return err
		}
		b.finish(d, o)
	}
	return nil
}

func (b *batch) complaintOf(d *intake.Doc, named map[string]store.Key) (fact.Complaint, *intake.Problem) {
	in := d.Complaint
	c := fact.Complaint{
		Header: fact.Header{Number: in.Number, Version: d.Version()},
		Day:    in.Day, Amount: in.Amount, Cost: in.Cost, Credit: in.Credit, Severity: int8(in.Severity), SolvedOn: in.SolvedOn, Subject: in.Subject,
	}
	switch in.Justified {
	case "yes":
		c.Justified = fact.JustifiedYes
	case "no":
		c.Justified = fact.JustifiedNo
	}
	if in.Invoice != "" {
		k, ok := named[in.Invoice]
		if !ok {
			t := trouble("invoice", in.Invoice, "this invoice is not there", "import the invoice first")
			return c, &t
		}
		c.Customer, c.Invoice = k.Customer, account.DocumentID(k.ID)
		if in.Customer == "" {
			return c, nil
		}
	}
	ref, problem := b.customerOf(in.Customer)
	if problem == nil && c.Invoice != 0 && ref.ID != c.Customer {
		t := trouble("invoice", in.Invoice, "this invoice belongs to another customer", "correct the customer or the invoice")
		return c, &t
	}
	c.Customer = ref.ID
	return c, problem
}
