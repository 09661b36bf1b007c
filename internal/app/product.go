package app

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"quid/account"
	"quid/fact"
	"quid/internal/intake"
	"quid/internal/store"
)

// resolveProducts finds the products that lines name by external id. Those not
// found become stubs without a cost, where the import allows it.
func (b *batch) resolveProducts(ctx context.Context, texts map[string]bool) error {
	var ask []string
	for t := range texts {
		if _, ok := b.productRef(t); ok || t == "" {
			continue
		}
		if id, ok := b.virtually(store.ProductKey, t); ok {
			b.newProducts[t] = productRef{id: id}
		} else {
			ask = append(ask, t)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	slices.Sort(ask)
	keys, err := b.tx.Keys(ctx, b.source, store.ProductKey, ask)
	if err != nil {
		return err
	}
	ids := make([]int64, 0, len(keys))
	for _, k := range keys {
		ids = append(ids, k.ID)
	}
	known, err := b.tx.ProductsByID(ctx, ids)
	if err != nil {
		return err
	}
	for _, t := range ask {
		if p, ok := known[keys[t].ID]; ok {
			b.newProducts[t] = productRef{p.ID, p.StandardCost, p.ListPrice}
		} else if b.related {
			b.stubProduct(t)
		}
	}
	return nil
}

func (b *batch) productRef(text string) (productRef, bool) {
	if ref, ok := b.newProducts[text]; ok {
		return ref, true
	}
	ref, ok := b.taking.products.get(text)
	return ref, ok
}

func (b *batch) stubProduct(text string) {
	p := fact.Product{ID: b.app.id(), External: text, Name: text, Stub: true, Revision: 1, Import: b.id}
	b.products = append(b.products, p)
	b.keys = append(b.keys, store.Key{Source: b.source, Kind: store.ProductKey, External: text, ID: p.ID})
	b.newProducts[text] = productRef{id: p.ID}
	b.counts.RelatedCreated++
}

// takeProducts takes products in.
func (b *batch) takeProducts(ctx context.Context, docs []*intake.Doc) error {
	names := make([]string, 0, len(docs))
	for _, d := range docs {
		names = append(names, d.Key)
	}
	keys, err := b.tx.Keys(ctx, b.source, store.ProductKey, names)
	if err != nil {
		return err
	}
	ids := make([]int64, 0, len(keys))
	for k := range maps.Values(keys) {
		ids = append(ids, k.ID)
	}
	old, err := b.tx.ProductsByID(ctx, ids)
	if err != nil {
		return err
	}
	for _, d := range docs {
		if err := b.takeProduct(ctx, d, keys, old); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) takeProduct(ctx context.Context, d *intake.Doc, keys map[string]store.Key, old map[int64]fact.Product) error {
	if v, ok := b.wouldBe(store.ProductKey, d.Key); ok && keys[d.Key].ID == 0 {
		b.count(d, b.again(store.ProductKey, d.Key, v, d.Version()))
		return nil
	}
	before, known := old[keys[d.Key].ID]
	if (known && b.mode == CreateOnly && !before.Stub) || (!known && b.mode == UpdateOnly) {
		b.reject(d, b.refused(d))
		return nil
	}
	p := before
	p.Stub = false
	if !known {
		p = fact.Product{ID: b.app.id(), External: d.Key, Name: d.Key}
	}
	describeProduct(&p, d.Product)
	b.newProducts[d.Key] = productRef{p.ID, p.StandardCost, p.ListPrice}
	if !known {
		p.Revision, p.Import = 1, b.id
		b.keys = append(b.keys, store.Key{Source: b.source, Kind: store.ProductKey, External: d.Key, ID: p.ID})
		b.newVirtual[virtualKey(store.ProductKey, d.Key)] = d.Version()
		b.products = append(b.products, p)
		b.count(d, created)
		return nil
	}
	if reflect.DeepEqual(p, before) {
		b.count(d, unchanged)
		return nil
	}
	b.count(d, updated)
	if err := b.changed(store.ProductKey, store.Ref{ID: account.DocumentID(p.ID)}, before); err != nil {
		return err
	}
	p.Revision, p.Import = before.Revision+1, b.id
	return b.tx.PutProduct(ctx, p)
}

func describeProduct(p *fact.Product, d *intake.Product) {
	for _, f := range []struct {
		name string
		to   *string
		from string
	}{{"name", &p.Name, d.Name}, {"category", &p.Category, d.Category}, {"unit", &p.Unit, d.Unit}} {
		if d.Given[f.name] && (f.name != "name" || f.from != "") {
			*f.to = f.from
		}
	}
	if d.Given["standard_cost"] {
		p.StandardCost = d.StandardCost
	}
	if d.Given["list_price"] {
		p.ListPrice = d.ListPrice
	}
}
