package app

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"quid/account"
	"quid/crm"
	"quid/fault"
	"quid/internal/intake"
	"quid/internal/store"
)

// resolve finds the customers that texts name: by external id, by number, by
// name. Those not found are made as stubs where the import allows it. The
// answer for each text is in customerRef afterwards.
func (b *batch) resolve(ctx context.Context, texts map[string]bool) error {
	var ask []string
	for t := range texts {
		if _, ok := b.customerRef(t); ok || t == "" {
			continue
		}
		if id, ok := b.virtually(store.CustomerKey, t); ok {
			b.newCustomers[t] = store.CustomerRef{ID: account.CustomerID(id), Terms: crm.DefaultTermsDays}
		} else {
			ask = append(ask, t)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	slices.Sort(ask)
	found, err := b.tx.CustomersKeyed(ctx, b.source, ask)
	if err != nil {
		return err
	}
	maps.Copy(b.newCustomers, found)
	ask = slices.DeleteFunc(ask, func(t string) bool { _, ok := found[t]; return ok })
	for _, by := range []struct {
		find func(context.Context, []string) (map[string][]account.CustomerID, error)
		fold func(string) string
	}{{b.tx.CustomersNumbered, func(s string) string { return s }}, {b.tx.CustomersNamed, crm.Fold}} {
		if ask, err = b.resolveBy(ctx, ask, by.find, by.fold); err != nil {
			return err
		}
	}
	for t, ref := range b.newCustomers {
		if texts[t] && ref.Archived {
			if err := b.tx.Unarchive(ctx, ref.ID); err != nil {
				return err
			}
			ref.Archived = false
			b.newCustomers[t] = ref
		}
	}
	if !b.related {
		return nil
	}
	for _, t := range ask {
		b.stub(t)
	}
	return nil
}

// resolveBy finds customers by number or name and returns the texts left over.
// A text that several customers answer to is left unresolved as ambiguous.
func (b *batch) resolveBy(ctx context.Context, ask []string, find func(context.Context, []string) (map[string][]account.CustomerID, error), fold func(string) string) ([]string, error) {
	if len(ask) == 0 {
		return nil, nil
	}
	folded := make([]string, len(ask))
	for i, t := range ask {
		folded[i] = fold(t)
	}
	found, err := find(ctx, folded)
	if err != nil {
		return nil, err
	}
	var ids []account.CustomerID
	for _, f := range found {
		if len(f) == 1 {
			ids = append(ids, f[0])
		}
	}
	known, err := b.tx.CustomersByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	var left []string
	for i, t := range ask {
		switch f := found[folded[i]]; len(f) {
		case 0:
			left = append(left, t)
		case 1:
			b.newCustomers[t] = store.CustomerRef{ID: f[0], Terms: known[f[0]].Terms()}
		default:
			b.newCustomers[t] = store.CustomerRef{} // several: no id
		}
	}
	return left, nil
}

// customerRef returns the customer a text names, as far as it was resolved.
func (b *batch) customerRef(text string) (store.CustomerRef, bool) {
	if ref, ok := b.newCustomers[text]; ok {
		return ref, true
	}
	ref, ok := b.taking.customers.get(text)
	return ref, ok
}

// customerOf returns the customer a document names, or why there is none.
func (b *batch) customerOf(text string) (store.CustomerRef, *intake.Problem) {
	ref, ok := b.customerRef(text)
	switch {
	case text == "":
		p := trouble("customer", text, "this field is missing", "name the customer")
		return ref, &p
	case !ok:
		p := trouble("customer", text, "this customer is not there", "import customers first, or allow related records to be created")
		return ref, &p
	case ref.ID == 0:
		p := trouble("customer", text, "several customers answer to this", "name the customer by its external id or number")
		return ref, &p
	}
	return ref, nil
}

// stub makes a customer of whom only the name in a document is known.
func (b *batch) stub(text string) {
	c := crm.Customer{
		ID: account.CustomerID(b.app.id()), External: text, Number: text, Name: text, Stub: true,
		Revision: 1, Import: b.id, Created: b.app.Now(),
	}
	b.customers = append(b.customers, store.KeptCustomer{Customer: c})
	b.keys = append(b.keys, store.Key{Source: b.source, Kind: store.CustomerKey, External: text, Customer: c.ID, ID: int64(c.ID)})
	b.newCustomers[text] = store.CustomerRef{ID: c.ID, Terms: c.Terms()}
	b.counts.RelatedCreated++
}

// takeCustomers takes customers in.
func (b *batch) takeCustomers(ctx context.Context, docs []*intake.Doc) error {
	if err := b.readForgotten(ctx); err != nil {
		return err
	}
	keys := make([]string, 0, len(docs))
	for _, d := range docs {
		keys = append(keys, d.Key)
	}
	found, err := b.tx.Keys(ctx, b.source, store.CustomerKey, keys)
	if err != nil {
		return err
	}
	ids := make([]account.CustomerID, 0, len(found))
	for _, k := range found {
		ids = append(ids, k.Customer)
	}
	old, err := b.customersBefore(ctx, ids)
	if err != nil {
		return err
	}
	var groups []grouping
	for _, d := range docs {
		id, o, err := b.takeCustomer(ctx, d, found, old)
		if err != nil {
			return err
		}
		if o == rejected {
			continue
		}
		if d.Customer.Given["parent"] && id != 0 {
			groups = append(groups, grouping{d, old[id], id, o})
		} else {
			b.count(d, o)
		}
	}
	return b.takeParents(ctx, groups)
}

func (b *batch) takeCustomer(ctx context.Context, d *intake.Doc, found map[string]store.Key, old map[account.CustomerID]store.KeptCustomer) (account.CustomerID, outcome, error) {
	k, known := found[d.Key]
	if v, ok := b.wouldBe(store.CustomerKey, d.Key); ok && !known {
		return 0, b.again(store.CustomerKey, d.Key, v, d.Version()), nil
	}
	if known && b.forgotten[int64(k.Customer)] {
		b.turnAway(d)
		return 0, rejected, nil
	}
	before := old[k.Customer]
	there := known && before.Archived.IsZero()
	if (there && b.mode == CreateOnly && !before.Stub) || (!there && b.mode == UpdateOnly) {
		b.reject(d, b.refused(d))
		return 0, rejected, nil
	}
	c := before
	if !known {
		c.Customer = crm.Customer{ID: account.CustomerID(b.app.id()), External: d.Key, Created: b.app.Now()}
	}
	c.Archived, c.Stub = time.Time{}, false
	describe(&c.Customer, d.Customer)
	if err := c.Check(); err != nil {
		b.reject(d, fieldProblems(err)...)
		return 0, rejected, nil
	}
	b.newCustomers[d.Key] = store.CustomerRef{ID: c.ID, Terms: c.Terms()}
	if !known {
		c.Revision, c.Import = 1, b.id
		b.keys = append(b.keys, store.Key{Source: b.source, Kind: store.CustomerKey, External: d.Key, Customer: c.ID, ID: int64(c.ID)})
		b.newVirtual[virtualKey(store.CustomerKey, d.Key)] = d.Version()
		b.acquire(&c)
		b.customers = append(b.customers, c)
		return c.ID, created, nil
	}
	posted := c.PostedOn != 0 || c.Postings() == nil
	if posted && reflect.DeepEqual(c, before) {
		return c.ID, unchanged, nil
	}
	o := created
	if there {
		o = updated
		if err := b.changed(store.CustomerKey, store.Ref{Customer: c.ID, ID: account.DocumentID(c.ID)}, before); err != nil {
			return 0, rejected, err
		}
	}
	c.Revision, c.Import = before.Revision+1, b.id
	return c.ID, o, b.putCustomer(ctx, before, c)
}

// putCustomer writes a changed customer, and its cost of acquisition anew if
// that changed.
func (b *batch) putCustomer(ctx context.Context, before, c store.KeptCustomer) error {
	if before.PostedOn == 0 {
		b.acquire(&c) // nothing was posted, or it was taken back
	} else if !slices.Equal(before.Postings(), c.Postings()) {
		back, err := b.app.reverse(ctx, b.tx, b.book, c.ID, before.PostedOn, acquisition(before))
		if err != nil {
			return err
		}
		b.postings = append(b.postings, back...)
		b.acquire(&c)
	}
	return b.tx.PutCustomer(ctx, c)
}

func acquisition(c store.KeptCustomer) account.Document {
	return account.Document{Kind: account.FromCustomer, ID: account.DocumentID(c.ID), Revision: c.PostRev}
}

// acquire posts the cost of winning a customer.
func (b *batch) acquire(c *store.KeptCustomer) {
	c.PostRev++
	c.PostedOn = 0
	if drafts := c.Postings(); drafts != nil {
		c.PostedOn = max(c.AcquiredOn, b.book.FirstOpen())
		b.postings = append(b.postings, account.Post(c.ID, acquisition(*c), b.book.FirstOpen(), drafts, b.app.postingID)...)
	}
}

// describe writes the fields a file gives over a customer's.
func describe(c *crm.Customer, d *intake.Customer) {
	set := func(field string, write func()) {
		if d.Given[field] {
			write()
		}
	}
	for _, f := range []struct {
		name string
		to   *string
		from string
	}{
		{"external", &c.External, d.External},
		{"number", &c.Number, d.Number},
		{"name", &c.Name, d.Name},
		{"street", &c.Street, d.Street},
		{"postal_code", &c.PostalCode, d.PostalCode},
		{"city", &c.City, d.City},
		{"state", &c.State, d.State},
		{"country", &c.Country, d.Country},
		{"phone", &c.Phone, d.Phone},
		{"email", &c.Email, d.Email},
		{"industry", &c.Industry, d.Industry},
		{"size", &c.Size, d.Size},
		{"owner", &c.Owner, d.Owner},
		{"channel", &c.Channel, d.Channel},
		{"note", &c.Note, d.Note},
	} {
		if d.Given[f.name] {
			*f.to = f.from
		}
	}
	set("kind", func() { c.Person = d.Person })
	set("acquired_on", func() { c.AcquiredOn = d.AcquiredOn })
	set("acquisition_cost", func() { c.AcquiredFor = d.AcquisitionCost })
	set("contractual", func() { c.Contractual = d.Contractual })
	set("contract_since", func() { c.Contract.Since, c.Contractual = d.ContractSince, c.Contractual || d.Contractual })
	set("contract_until", func() { c.Contract.Until, c.Contractual = d.ContractUntil, c.Contractual || d.Contractual })
	set("terms", func() { c.TermsDays = d.Terms })
	set("need", func() { c.Need = d.Need })
	set("rank", func() { c.Rank = d.Rank })
	set("suppliers", func() { c.Suppliers = d.Suppliers })
	set("credit_limit", func() { c.CreditLimit = d.CreditLimit })
	if c.Number == "" {
		c.Number = c.External
	}
	if c.Name == "" {
		c.Name = cmpOr(d.Name, cmpOr(c.Number, c.External))
	}
}

// fieldProblems turns the field errors of a check into problems of a row.
func fieldProblems(err error) []intake.Problem {
	var out []intake.Problem
	for _, f := range fault.Fields(err) {
		out = append(out, trouble(f.Name, "", f.Problem, ""))
	}
	return out
}
