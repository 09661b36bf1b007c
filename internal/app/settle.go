package app

import (
	"context"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/internal/store"
	"quid/money"
)

// A settling decides within a transaction which payments settle which invoices.
type settling struct {
	app   *App
	tx    *store.Tx
	book  store.Book
	rates store.Rates
}

// customer settles all open items of a customer anew.
func (s settling) customer(ctx context.Context, id account.CustomerID) error {
	owed, err := s.tx.OwedBy(ctx, id)
	if err != nil {
		return err
	}
	payments, err := s.tx.PaymentsOf(ctx, id)
	if err != nil {
		return err
	}
	kept, err := s.tx.SettlementsOf(ctx, id)
	if err != nil {
		return err
	}
	return s.reconcile(ctx, id, owed, payments, kept)
}

// invoice settles one invoice anew from what names it. It is enough where no
// payment or credit note of the customer is on account.
func (s settling) invoice(ctx context.Context, ref store.Ref) error {
	owed, err := s.tx.OwedFor(ctx, ref)
	if err != nil {
		return err
	}
	payments, err := s.tx.PaymentsFor(ctx, ref)
	if err != nil {
		return err
	}
	kept, err := s.tx.SettlementsFor(ctx, ref)
	if err != nil {
		return err
	}
	return s.reconcile(ctx, ref.Customer, owed, payments, kept)
}

// reconcile computes which means settle which items and writes what differs
// from what is kept: settlements, what is derived on invoices, and the postings
// of payments that settle something else now.
func (s settling) reconcile(ctx context.Context, customer account.CustomerID, owed []store.Owed, payments []store.Kept[fact.Payment], kept []store.Settlement) error {
	items, means := itemsAndMeans(owed, payments)
	want := fact.Settle(items, means)
	if err := s.settlements(ctx, customer, want, kept); err != nil {
		return err
	}
	byInvoice, byMeans := make(map[account.DocumentID][]fact.Part), make(map[account.DocumentID][]fact.Part)
	for _, p := range want {
		byInvoice[p.Invoice] = append(byInvoice[p.Invoice], p)
		byMeans[p.Means] = append(byMeans[p.Means], p)
	}
	credit := make(map[account.DocumentID]bool)
	for _, m := range means {
		credit[m.Document] = m.Credit
	}
	for _, o := range owed {
		now := settledBy(o.OpenItem, byInvoice[o.Invoice], credit)
		if now != o.Settled {
			if err := s.tx.SettleInvoice(ctx, store.Ref{Customer: customer, ID: o.Invoice}, now); err != nil {
				return err
			}
		}
	}
	var postings []account.Posting
	for _, k := range payments {
		ps, err := s.payment(ctx, k, byMeans[k.Doc.ID])
		if err != nil {
			return err
		}
		postings = append(postings, ps...)
	}
	return s.tx.AddPostings(ctx, postings)
}

func itemsAndMeans(owed []store.Owed, payments []store.Kept[fact.Payment]) ([]fact.OpenItem, []fact.Means) {
	var items []fact.OpenItem
	var means []fact.Means
	for _, o := range owed {
		switch {
		case o.Amount > 0:
			items = append(items, o.OpenItem)
		case o.Amount < 0:
			means = append(means, fact.Means{Document: o.Invoice, Number: o.Number, Day: o.Day, Amount: -o.Amount, Invoice: o.Credits, Credit: true})
		}
	}
	for _, k := range payments {
		means = append(means, meansOf(k.Doc))
	}
	return items, means
}

func meansOf(p fact.Payment) fact.Means {
	return fact.Means{Document: p.ID, Number: p.Number, Day: p.Day, Amount: p.Amount + p.Discount, Invoice: p.Invoice}
}

// settledBy says how far its parts settle an item. It is settled on the day of
// its last part; what credit notes settled was never late.
func settledBy(item fact.OpenItem, parts []fact.Part, credit map[account.DocumentID]bool) store.Settled {
	s := store.Settled{Parts: len(parts)}
	var sum money.Amount
	var last, lastPaid day.Day
	for _, p := range parts {
		sum += p.Amount
		last = max(last, p.Day)
		if !credit[p.Means] {
			lastPaid = max(lastPaid, p.Day)
		}
	}
	if item.Amount > 0 && sum == item.Amount {
		s.On = last
		if lastPaid != 0 {
			s.On, s.Late = lastPaid, lastPaid.Sub(item.Due)
		}
	}
	return s
}

// settlements writes the parts that are new or other than kept, and forgets
// those that are no more.
func (s settling) settlements(ctx context.Context, customer account.CustomerID, want []fact.Part, kept []store.Settlement) error {
	type key struct{ invoice, means account.DocumentID }
	old := make(map[key]store.Settlement, len(kept))
	for _, k := range kept {
		old[key{k.Invoice, k.Means}] = k
	}
	var add []store.Settlement
	for _, p := range want {
		k, ok := old[key{p.Invoice, p.Means}]
		if ok && k.Part == p {
			delete(old, key{p.Invoice, p.Means})
			continue
		}
		add = append(add, store.Settlement{Customer: customer, Part: p})
	}
	for _, k := range old {
		if err := s.tx.DeleteSettlement(ctx, k); err != nil {
			return err
		}
	}
	return s.tx.AddSettlements(ctx, add)
}

// payment posts a payment anew if it settles other parts than when it was
// posted. The rate it was posted at is not looked at: rates are frozen.
func (s settling) payment(ctx context.Context, k store.Kept[fact.Payment], parts []fact.Part) ([]account.Posting, error) {
	hash := partsHash(k.Doc, parts)
	if hash == k.PartsHash {
		return nil, nil
	}
	var out []account.Posting
	if k.Doc.Revision > 0 {
		back, err := s.app.reverse(ctx, s.tx, s.book, k.Doc.Customer, k.PostedOn, paymentDocument(k.Doc))
		if err != nil {
			return nil, err
		}
		out = back
	}
	k.Doc.Revision++
	k.PartsHash, k.PostedOn = hash, max(k.Doc.Day, s.book.FirstOpen())
	drafts, err := k.Doc.Postings(parts, s.rates.LatePayment(k.Doc.Day))
	if err != nil {
		return nil, err
	}
	out = append(out, account.Post(k.Doc.Customer, paymentDocument(k.Doc), s.book.FirstOpen(), drafts, s.app.postingID)...)
	return out, s.tx.RepostPayment(ctx, k)
}

func paymentDocument(p fact.Payment) account.Document {
	return account.Document{Kind: account.FromPayment, ID: p.ID, Revision: p.Revision}
}

// settleWaiting settles the customers that wait for it, a batch a transaction,
// until none is left.
func (a *App) settleWaiting(ctx context.Context) error {
	for {
		left := true
		err := a.DB.Write(ctx, func(tx *store.Tx) error {
			s, err := a.settling(ctx, tx)
			if err != nil {
				return err
			}
			ids, err := tx.Unsettled(ctx, 200)
			if err != nil {
				return err
			}
			left = len(ids) > 0
			for _, id := range ids {
				if err := s.customer(ctx, id); err != nil {
					return err
				}
				if err := tx.SettledAll(ctx, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || !left {
			return err
		}
	}
}

// settling returns what settling needs within a transaction.
func (a *App) settling(ctx context.Context, tx *store.Tx) (settling, error) {
	book, err := tx.Book(ctx)
	if err != nil {
		return settling{}, err
	}
	rates, err := tx.Rates(ctx)
	return settling{a, tx, book, rates}, err
}
