package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"quid/account"
	"quid/crm"
	"quid/fact"
	"quid/internal/store"
	"quid/service"
)

// restore gives a record its old values back; false if somebody wrote it since.
func (b *batch) restore(ctx context.Context, c store.Change) (bool, error) {
	ref := store.Ref{Customer: c.Customer, ID: account.DocumentID(c.ID)}
	switch c.Kind {
	case store.InvoiceKey:
		return restoreDoc(ctx, b, b.invoiceNoun(), ref, c)
	case store.PaymentKey:
		return restoreDoc(ctx, b, b.paymentNoun(), ref, c)
	case store.ComplaintKey:
		return restoreDoc(ctx, b, b.complaintNoun(), ref, c)
	case store.InteractionKey:
		return restoreDoc(ctx, b, b.interactionNoun(), ref, c)
	case store.EntryKey:
		if back, err := b.backAlready(ctx, ref); err != nil || back {
			return false, err
		}
		return restoreDoc(ctx, b, b.entryNoun(), ref, c)
	case store.BonusKey:
		return restoreDoc(ctx, b, b.bonusNoun(), ref, c)
	case store.CustomerKey:
		return b.restoreCustomer(ctx, c)
	}
	return b.restoreRecord(ctx, c)
}

func restoreDoc[D any](ctx context.Context, b *batch, n noun[D], ref store.Ref, c store.Change) (bool, error) {
	var before store.Kept[D]
	if err := json.Unmarshal([]byte(c.Before), &before); err != nil {
		return false, fmt.Errorf("what %d was before: %w", c.ID, err)
	}
	now, err := n.load(ctx, ref)
	if err != nil {
		return false, err
	}
	h, old, is := n.head(&now.Doc), n.head(&before.Doc), now
	switch gone := !now.Withdrawn.IsZero(); {
	case gone:
		key, ok, err := whereNow(ctx, b, n, now)
		if err != nil || !ok {
			return false, err
		}
		if key.Customer != ref.Customer && h.Import == b.id {
			return restoreDoc(ctx, b, n, store.Ref{Customer: key.Customer, ID: ref.ID}, c) // it followed its invoice since
		}
		if key.Customer != ref.Customer {
			if is, err = n.load(ctx, store.Ref{Customer: key.Customer, ID: ref.ID}); err != nil {
				return false, err
			}
			if err := b.comeBack(ctx, key, ref); err != nil {
				return false, err
			}
		}
	case h.Import != b.id:
		return false, nil
	}
	old.Customer = ref.Customer
	if err := staying(ctx, n, is.Doc, &before.Doc); err != nil {
		return false, err
	}
	if undone, err := b.undoneImport(ctx, old.Import); err != nil || undone {
		if err == nil {
			err = keepStaying(ctx, n, before.Doc, now)
		}
		if err == nil {
			_, err = b.withdraw(ctx, n.key, ref) // what made it is taken back already
		}
		return true, err
	}
	if now.Withdrawn.IsZero() {
		if err := b.takeBack(ctx, n.doc, ref, h.Revision, now.PostedOn); err != nil {
			return false, err
		}
	}
	old.Revision = h.Revision + 1
	before.Withdrawn, before.PartsHash = time.Time{}, 0
	before.PostedOn = b.post(n.doc, *old, n.on(&before.Doc), n.drafts(&before.Doc))
	return true, n.put(ctx, before)
}

// staying lets a document that is restored keep what people said of it as it is in
// the book, and what belongs to it come along.
func staying[D any](ctx context.Context, n noun[D], is D, next *D) error {
	if n.stay != nil {
		n.stay(&is, next)
	}
	if from := n.head(&is); n.bring != nil && from.Customer != n.head(next).Customer {
		return n.bring(ctx, next, store.Ref{Customer: from.Customer, ID: from.ID})
	}
	return nil
}

// keepStaying writes what people said of a document into one that is to be
// withdrawn: it is asked again if its file comes again.
func keepStaying[D any](ctx context.Context, n noun[D], is D, k store.Kept[D]) error {
	if n.stay == nil {
		return nil
	}
	n.stay(&is, &k.Doc)
	return n.put(ctx, k)
}

// whereNow finds where a document stands that is withdrawn: where it is, if its
// row told of it no more, or at another customer. ok is false if somebody else
// wrote it there.
func whereNow[D any](ctx context.Context, b *batch, n noun[D], now store.Kept[D]) (key store.Key, ok bool, err error) {
	h := n.head(&now.Doc)
	key, ok, err = b.keyOf(ctx, n.key, *h)
	if err != nil || !ok || key.Customer == h.Customer {
		return key, ok, err
	}
	there, err := n.load(ctx, store.Ref{Customer: key.Customer, ID: h.ID})
	return key, n.head(&there.Doc).Import == b.id, err
}

// comeBack withdraws a document at the customer it went to and lets its key lead
// back to where it was; what names an invoice comes back with it.
func (b *batch) comeBack(ctx context.Context, key store.Key, ref store.Ref) error {
	at := store.Ref{Customer: key.Customer, ID: ref.ID}
	if _, err := b.withdraw(ctx, key.Kind, at); err != nil {
		return err
	}
	key.Customer = ref.Customer
	if err := b.tx.MoveKey(ctx, key); err != nil {
		return err
	}
	if key.Kind != store.InvoiceKey {
		return nil
	}
	return b.follow(ctx, at, ref.Customer, false)
}

func (b *batch) restoreCustomer(ctx context.Context, c store.Change) (bool, error) {
	var before store.KeptCustomer
	if err := json.Unmarshal([]byte(c.Before), &before); err != nil {
		return false, fmt.Errorf("what customer %d was before: %w", c.ID, err)
	}
	now, err := b.tx.Customer(ctx, c.Customer)
	if err != nil || now.Import != b.id {
		return false, err
	}
	if undone, err := b.undoneImport(ctx, before.Import); err != nil || undone {
		if err != nil {
			return false, err
		}
		return b.archive(ctx, c.Customer)
	}
	before.Revision = now.Revision + 1
	before.PostedOn, before.PostRev = now.PostedOn, now.PostRev
	if err := b.group(ctx, c.Customer, before.Groups); err != nil {
		return false, err
	}
	return true, b.putCustomer(ctx, now, before)
}

func (b *batch) restoreRecord(ctx context.Context, c store.Change) (bool, error) {
	switch c.Kind {
	case store.ContactKey:
		var before crm.Contact
		if err := json.Unmarshal([]byte(c.Before), &before); err != nil {
			return false, fmt.Errorf("what contact %d was before: %w", c.ID, err)
		}
		now, err := b.tx.Contact(ctx, c.Customer, c.ID)
		if isNotFound(err) {
			return false, nil // it went to another customer, or is gone
		}
		if err != nil || now.Import != b.id {
			return false, err
		}
		before.Revision = now.Revision + 1
		return true, b.tx.PutContact(ctx, before)
	case store.ProductKey:
		var before fact.Product
		if err := json.Unmarshal([]byte(c.Before), &before); err != nil {
			return false, fmt.Errorf("what product %d was before: %w", c.ID, err)
		}
		now, err := b.tx.Product(ctx, c.ID)
		if err != nil || now.Import != b.id {
			return false, err
		}
		if undone, err := b.undoneImport(ctx, before.Import); err != nil || undone {
			if err != nil {
				return false, err
			}
			return b.forget(ctx, c.Kind, store.Ref{ID: account.DocumentID(c.ID)})
		}
		before.Revision = now.Revision + 1
		return true, b.tx.PutProduct(ctx, before)
	}
	var before service.Type
	if err := json.Unmarshal([]byte(c.Before), &before); err != nil {
		return false, fmt.Errorf("what service type %d was before: %w", c.ID, err)
	}
	before.Revision++
	return true, b.tx.PutType(ctx, before)
}

// undoneImport says whether an import was taken back: what it made is not
// brought to life again.
func (b *batch) undoneImport(ctx context.Context, id int64) (bool, error) {
	if id == 0 {
		return false, nil
	}
	imp, err := b.tx.Import(ctx, id)
	if isNotFound(err) {
		return false, nil
	}
	return imp.State == "undone", err
}
