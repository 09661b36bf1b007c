package app

import (
	"context"
	"time"

	"quid/account"
	"quid/fact"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/service"
)

// Documents that go to another customer. Postings are never changed, so a
// document that moves is withdrawn under its old customer and stands anew, under
// the same id, at the new one; its external id then leads there. Payments that name an
// invoice go with it.

// relocate lets a document whose postings were reversed stand under another
// customer.
func relocate[D any](ctx context.Context, b *batch, n noun[D], from store.Ref, k store.Kept[D], key store.Key) error {
	h := n.head(&k.Doc)
	switch n.doc {
	case account.FromInvoice:
		b.reconcile[from], b.rewritten[from] = true, true
	case account.FromPayment:
		old, err := b.tx.Payment(ctx, from)
		if err != nil {
			return err
		}
		b.settles(old.Doc)
	case account.FromBonus:
		b.agreed[from.Customer] = true
	case account.FromService:
		if err := b.tx.PassBelongings(ctx, from, h.Customer); err != nil {
			return err
		}
	}
	if err := b.tx.Withdraw(ctx, n.doc, from, b.app.Now()); err != nil {
		return err
	}
	before, err := n.load(ctx, store.Ref{Customer: h.Customer, ID: from.ID})
	stood := err == nil // it was there once, and went away
	if err != nil && !isNotFound(err) {
		return err
	}
	h.ID, h.Revision = from.ID, n.head(&before.Doc).Revision+1
	key.Customer, key.ID = h.Customer, int64(h.ID)
	if err := b.tx.MoveKey(ctx, key); err != nil {
		return err
	}
	k.Withdrawn, k.PartsHash = time.Time{}, 0
	k.PostedOn = b.post(n.doc, *h, n.on(&k.Doc), n.drafts(&k.Doc))
	if stood {
		return n.put(ctx, k)
	}
	n.add(k)
	return nil
}

// follow lets the payments that name an invoice go with it to another customer,
// as they are: they stay known by the import that brought them. What the
// invoice's own row tells of is left to it, if it is read.
func (b *batch) follow(ctx context.Context, from store.Ref, to account.CustomerID, row bool) error {
	items, err := b.tx.Items(ctx, []store.Ref{from})
	if err != nil {
		return err
	}
	for _, k := range items[from].Payments {
		key, ok, err := b.keyOf(ctx, store.PaymentKey, k.Doc.Header)
		if err != nil {
			return err
		}
		if !ok || (row && key.External == ofInvoice(k.Doc.Number)) {
			continue
		}
		at := store.Ref{Customer: from.Customer, ID: k.Doc.ID}
		if err := b.takeBack(ctx, account.FromPayment, at, k.Doc.Revision, k.PostedOn); err != nil {
			return err
		}
		k.Doc.Customer = to
		if err := relocate(ctx, b, b.paymentNoun(), at, k, key); err != nil {
			return err
		}
	}
	return nil
}

// bringDecisions lets go with a document to another customer what was decided of it
// as a candidate, with the services that it became: nothing is proposed there again,
// and nothing is left behind. Where such a service doesn't stand any more, the
// document counts as dismissed. gone is a service that went along already.
func (b *batch) bringDecisions(ctx context.Context, kind service.CandidateKind, from store.Ref, to account.CustomerID, why string, gone account.DocumentID) error {
	list, err := b.tx.Decisions(ctx, kind, from)
	if err != nil {
		return err
	}
	for _, d := range list {
		if d.Entry != 0 && d.Entry != gone {
			stands, err := b.bringService(ctx, store.Ref{Customer: from.Customer, ID: d.Entry}, to, why)
			if err != nil {
				return err
			}
			if !stands {
				d.Entry = 0
			}
		}
		if err := b.tx.PassDecision(ctx, kind, from, to, d); err != nil {
			return err
		}
	}
	return nil
}

// bringService lets a service go to another customer with the document that it came
// from, and says whether it stands there. The charge by an invoice line stays with its
// invoice.
func (b *batch) bringService(ctx context.Context, at store.Ref, to account.CustomerID, why string) (stands bool, err error) {
	k, err := b.tx.Entry(ctx, at)
	if isNotFound(err) || err == nil && !k.Withdrawn.IsZero() {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	key := store.Key{Source: captured, Kind: store.EntryKey, External: k.Doc.Number}
	if found, err := b.tx.Keys(ctx, captured, store.EntryKey, []string{k.Doc.Number}); err != nil {
		return false, err
	} else if of, ok := found[k.Doc.Number]; !ok || of.ID != int64(at.ID) { // an entry of a file
		if key, ok, err = b.keyOf(ctx, store.EntryKey, k.Doc.Header); err != nil || !ok {
			return true, err
		}
	}
	if err := b.takeBack(ctx, account.FromService, at, k.Doc.Revision, k.PostedOn); err != nil {
		return false, err
	}
	k.Doc.Why = why
	if err := b.tx.PutEntry(ctx, k); err != nil {
		return false, err
	}
	if k.Doc.ChargeOf != nil {
		k.Doc.Charge, k.Doc.ChargeOf = 0, nil
	}
	k.Doc.Why, k.Doc.Customer = "", to
	return true, relocate(ctx, b, b.entryNoun(), at, k, key)
}

// mostAlike is how many documents of the same content without a number are
// looked through.
const mostAlike = 1000

// keyOf finds the external id of a document: its number, that of the invoice
// whose row told of it, or one made from its content.
func (b *batch) keyOf(ctx context.Context, kind store.KeyKind, h fact.Header) (store.Key, bool, error) {
	find := func(externals ...string) (store.Key, bool, error) {
		found, err := b.tx.Keys(ctx, b.source, kind, externals)
		for _, k := range found {
			if k.ID == int64(h.ID) {
				return k, true, err
			}
		}
		return store.Key{}, len(found) > 0, err
	}
	if key, _, err := find(h.Number, ofInvoice(h.Number)); err != nil || key.ID != 0 {
		return key, err == nil, err
	}
	for n := uint32(1); n <= mostAlike; n++ {
		key, more, err := find(intake.Unnumbered(h.Version, n))
		if err != nil || key.ID != 0 || !more {
			return key, key.ID != 0, err
		}
	}
	return store.Key{}, false, nil
}
