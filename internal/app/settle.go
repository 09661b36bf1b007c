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
	var add additions
	if err := s.reconcile(ctx, id, store.Item{Owed: owed, Payments: payments, Settlements: kept}, nil, &add); err != nil {
		return err
	}
	if err := s.tx.AddSettlements(ctx, add.parts); err != nil {
		return err
	}
	return s.tx.AddPostings(ctx, add.postings)
}

// additions are rows that settling adds, collected so that they go in bulk.
type additions struct {
	parts    []store.Settlement
	postings []account.Posting
}

// reconcile computes which means settle which items, writes what differs from
// what is kept (settlements, what is derived on invoices, payments that settle
// something else now), and collects the rows to add. fresh are payments that are
// not written yet; they are completed instead.
func (s settling) reconcile(ctx context.Context, customer account.CustomerID, it store.Item, fresh []*store.Kept[fact.Payment], add *additions) error {
	s.app.giveWay()
	items, means := itemsAndMeans(it, fresh...)
	want := fact.Settle(items, means)
	if err := s.settlements(ctx, customer, want, it.Settlements, add); err != nil {
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
	for _, o := range it.Owed {
		now := settledBy(o.OpenItem, byInvoice[o.Invoice], credit)
		if now != o.Settled {
			if err := s.tx.SettleInvoice(ctx, store.Ref{Customer: customer, ID: o.Invoice}, now); err != nil {
				return err
			}
		}
	}
	for _, k := range it.Payments {
		changed, err := s.post(ctx, &k, byMeans[k.Doc.ID], add)
		if err != nil {
			return err
		}
		if changed {
			if err := s.tx.RepostPayment(ctx, k); err != nil {
				return err
			}
		}
	}
	for _, k := range fresh {
		if _, err := s.post(ctx, k, byMeans[k.Doc.ID], add); err != nil {
			return err
		}
	}
	return nil
}

func itemsAndMeans(it store.Item, fresh ...*store.Kept[fact.Payment]) ([]fact.OpenItem, []fact.Means) {
	var items []fact.OpenItem
	var means []fact.Means
	for _, o := range it.Owed {
		switch {
		case o.Amount > 0:
			items = append(items, o.OpenItem)
		case o.Amount < 0:
			means = append(means, fact.Means{Document: o.Invoice, Number: o.Number, Day: o.Day, Amount: -o.Amount, Invoice: o.Credits, Credit: true})
		}
	}
	for _, k := range it.Payments {
		means = append(means, meansOf(k.Doc))
	}
	for _, k := range fresh {
		means = append(means, meansOf(k.Doc))
	}
	return items, means
}

func meansOf(p fact.Payment) fact.Means {
	return fact.Means{Document: p.ID, Number: p.Number, Day: p.Day, Amount: p.Amount + p.Discount, Invoice: p.Invoice}
}

// settledBy says how far its parts settle an item. It is settled on the day of
// its last part; how late, its last payment says: what credit notes settled was
// never late.
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
			s.Late = lastPaid.Sub(item.Due)
		}
	}
	return s
}

// settlements collects the parts that are new or other than kept, and forgets
// those that are no more.
func (s settling) settlements(ctx context.Context, customer account.CustomerID, want []fact.Part, kept []store.Settlement, add *additions) error {
	type key struct{ invoice, means account.DocumentID }
	old := make(map[key]store.Settlement, len(kept))
	for _, k := range kept {
		old[key{k.Invoice, k.Means}] = k
	}
	for _, p := range want {
		k, ok := old[key{p.Invoice, p.Means}]
		if ok && k.Part == p {
			delete(old, key{p.Invoice, p.Means})
			continue
		}
		add.parts = append(add.parts, store.Settlement{Customer: customer, Part: p})
	}
	for _, k := range old {
		if err := s.tx.DeleteSettlement(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// post posts a payment, anew if it settles other parts than when it was posted,
// and says whether it did. The rate it was posted at before is not looked at:
// rates are frozen.
func (s settling) post(ctx context.Context, k *store.Kept[fact.Payment], parts []fact.Part, add *additions) (bool, error) {
	hash := partsHash(k.Doc, parts)
	if hash == k.PartsHash {
		return false, nil
	}
	if k.PartsHash != 0 {
		back, err := s.app.reverse(ctx, s.tx, s.book, k.Doc.Customer, k.PostedOn, paymentDocument(k.Doc))
		if err != nil {
			return false, err
		}
		add.postings = append(add.postings, back...)
		k.Doc.Revision++
	}
	k.PartsHash, k.PostedOn = hash, max(k.Doc.Day, s.book.FirstOpen())
	drafts, err := k.Doc.Postings(parts, s.rates.LatePayment(k.Doc.Day))
	add.postings = append(add.postings, account.Post(k.Doc.Customer, paymentDocument(k.Doc), s.book.FirstOpen(), drafts, s.app.postingID)...)
	return true, err
}

func paymentDocument(p fact.Payment) account.Document {
	return account.Document{Kind: account.FromPayment, ID: p.ID, Revision: p.Revision}
}

// settleWaiting settles the customers that wait for it, a batch a transaction,
// until none is left, then accrues the bonuses that wait.
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
		if err != nil {
			return err
		}
		if !left {
			_, err := a.accrueWaiting(ctx)
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
