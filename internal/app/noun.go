package app

import (
	"context"
	"time"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/internal/store"
)

// A noun is a kind of document whose postings depend on it alone.
type noun[D any] struct {
	key    store.KeyKind
	doc    account.DocumentKind
	head   func(*D) *fact.Header
	on     func(*D) day.Day
	drafts func(*D) []account.Draft
	load   func(context.Context, store.Ref) (store.Kept[D], error)
	add    func(store.Kept[D])
	put    func(context.Context, store.Kept[D]) error

	// stay, where it is given, lets a document keep what people said of it as it is
	// in the book: files don't know of that.
	stay func(is, next *D)

	// bring, where it is given, lets what belongs to a document go with it to its
	// customer from another one.
	bring func(ctx context.Context, next *D, from store.Ref) error
}

// take takes a document in: new, changed or as it is already. The document has
// its customer, number and version. meet, where it is given, lets it keep what
// stays of the one that stands, and says whether a document of the same version
// is posted anew all the same.
func take[D any](ctx context.Context, b *batch, n noun[D], k store.Kept[D], external string, found map[string]store.Key, meet func(old, now *store.Kept[D]) bool) (outcome, error) {
	h := n.head(&k.Doc)
	h.Import = b.id
	key, known := found[external]
	if known {
		old, err := n.load(ctx, store.Ref{Customer: key.Customer, ID: account.DocumentID(key.ID)})
		if err != nil {
			return rejected, err
		}
		return replaceDoc(ctx, b, n, old, k, key, meet)
	}
	if v, ok := b.wouldBe(n.key, external); ok {
		return b.again(n.key, external, v, h.Version), nil
	}
	if b.mode == UpdateOnly {
		return rejected, nil
	}
	h.ID, h.Revision = account.DocumentID(b.app.id()), 1
	b.keys = append(b.keys, store.Key{Source: b.source, Kind: n.key, External: external, Customer: h.Customer, ID: int64(h.ID)})
	b.newVirtual[virtualKey(n.key, external)] = h.Version
	k.PostedOn = b.post(n.doc, *h, n.on(&k.Doc), n.drafts(&k.Doc))
	n.add(k)
	return created, nil
}

// replaceDoc takes in a document that is there already, standing or withdrawn:
// what its old revision posted is reversed, and the new one posted.
func replaceDoc[D any](ctx context.Context, b *batch, n noun[D], old, k store.Kept[D], key store.Key, meet func(old, now *store.Kept[D]) bool) (outcome, error) {
	h, o := n.head(&k.Doc), n.head(&old.Doc)
	stands := old.Withdrawn.IsZero()
	if n.stay != nil {
		n.stay(&old.Doc, &k.Doc)
	}
	again := stands && meet != nil && meet(&old, &k)
	switch {
	case stands && o.Version == h.Version && o.Customer == h.Customer && !again:
		return unchanged, nil
	case stands && b.mode == CreateOnly, !stands && b.mode == UpdateOnly:
		return rejected, nil
	}
	from := store.Ref{Customer: o.Customer, ID: o.ID}
	if stands {
		if err := b.takeBack(ctx, n.doc, from, o.Revision, old.PostedOn); err != nil {
			return rejected, err
		}
		if err := b.changed(n.key, from, old); err != nil {
			return rejected, err
		}
	}
	h.Import = b.id
	if o.Customer != h.Customer {
		if n.bring != nil {
			if err := n.bring(ctx, &k.Doc, from); err != nil {
				return rejected, err
			}
		}
		if err := relocate(ctx, b, n, from, k, key); err != nil {
			return rejected, err
		}
	} else {
		h.ID, h.Revision = o.ID, o.Revision+1
		k.Withdrawn = time.Time{}
		k.PostedOn = b.post(n.doc, *h, n.on(&k.Doc), n.drafts(&k.Doc))
		if err := n.put(ctx, k); err != nil {
			return rejected, err
		}
	}
	if !stands {
		return created, nil
	}
	return updated, nil
}

// takeBack collects the reversals of what a revision of a document posted.
func (b *batch) takeBack(ctx context.Context, kind account.DocumentKind, ref store.Ref, revision int32, postedOn day.Day) error {
	if kind == account.FromService {
		b.served[ref.Customer] = true
	}
	back, err := b.app.reverse(ctx, b.tx, b.book, ref.Customer, postedOn, account.Document{Kind: kind, ID: ref.ID, Revision: revision})
	b.postings = append(b.postings, back...)
	return err
}

// post collects the postings of a document and returns the day they are dated.
func (b *batch) post(kind account.DocumentKind, h fact.Header, on day.Day, drafts []account.Draft) day.Day {
	if kind == account.FromService {
		b.served[h.Customer] = true
	}
	doc := account.Document{Kind: kind, ID: h.ID, Revision: h.Revision}
	b.postings = append(b.postings, account.Post(h.Customer, doc, b.book.FirstOpen(), drafts, b.app.postingID)...)
	return max(on, b.book.FirstOpen())
}
