package app

import (
	"context"

	"quid/account"
	"quid/crm"
	"quid/internal/intake"
	"quid/internal/store"
)

// takeContacts takes contacts in.
func (b *batch) takeContacts(ctx context.Context, docs []*intake.Doc) error {
	if err := b.readForgotten(ctx); err != nil {
		return err
	}
	names, keys := make(map[string]bool), make([]string, 0, len(docs))
	for _, d := range docs {
		names[d.Contact.Customer] = true
		keys = append(keys, d.Key)
	}
	if err := b.resolve(ctx, names); err != nil {
		return err
	}
	found, err := b.tx.Keys(ctx, b.source, store.ContactKey, keys)
	if err != nil {
		return err
	}
	for _, d := range docs {
		if err := b.takeContact(ctx, d, found); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) takeContact(ctx context.Context, d *intake.Doc, found map[string]store.Key) error {
	ref, problem := b.customerOf(d.Contact.Customer)
	if problem != nil {
		b.reject(d, *problem)
		return nil
	}
	k, known := found[d.Key]
	if v, ok := b.wouldBe(store.ContactKey, d.Key); ok && !known {
		b.count(d, b.again(store.ContactKey, d.Key, v, d.Version()))
		return nil
	}
	if (known && b.mode == CreateOnly) || (!known && b.mode == UpdateOnly) {
		b.reject(d, b.refused(d))
		return nil
	}
	c := crm.Contact{ID: k.ID, Customer: ref.ID, External: d.Key, Revision: 1, Import: b.id}
	if known && b.forgotten[k.ID] {
		b.turnAway(d)
		return nil
	}
	var before crm.Contact
	if known {
		var err error
		if before, err = b.tx.Contact(ctx, k.Customer, k.ID); err != nil {
			return err
		}
		c = before
		c.Customer = ref.ID
	}
	describeContact(&c, d.Contact)
	if err := c.Check(); err != nil {
		b.reject(d, fieldProblems(err)...)
		return nil
	}
	switch {
	case !known:
		c.ID = b.app.id()
		b.keys = append(b.keys, store.Key{Source: b.source, Kind: store.ContactKey, External: d.Key, Customer: c.Customer, ID: c.ID})
		b.newVirtual[virtualKey(store.ContactKey, d.Key)] = d.Version()
		b.contacts = append(b.contacts, c)
		b.count(d, created)
		return nil
	case c == before:
		b.count(d, unchanged)
		return nil
	}
	b.count(d, updated)
	if err := b.changed(store.ContactKey, store.Ref{Customer: before.Customer, ID: account.DocumentID(before.ID)}, before); err != nil {
		return err
	}
	c.Revision, c.Import = before.Revision+1, b.id
	if c.Customer == before.Customer {
		return b.tx.PutContact(ctx, c)
	}
	if err := b.tx.DeleteContact(ctx, before.Customer, before.ID); err != nil {
		return err
	}
	k.Customer = c.Customer
	b.contacts = append(b.contacts, c)
	return b.tx.MoveKey(ctx, k)
}

func describeContact(c *crm.Contact, d *intake.Contact) {
	for _, f := range []struct {
		name string
		to   *string
		from string
	}{
		{"name", &c.Name, d.Name},
		{"first_name", &c.FirstName, d.FirstName},
		{"role", &c.Role, d.Role},
		{"email", &c.Email, d.Email},
		{"phone", &c.Phone, d.Phone},
		{"language", &c.Language, d.Language},
	} {
		if d.Given[f.name] {
			*f.to = f.from
		}
	}
}
