package app

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fact"
	"quid/internal/intake"
	"quid/internal/store"
)

// bonusNoun says how bonus agreements are taken in. What they post depends on
// sales, so accruing posts it.
func (b *batch) bonusNoun() noun[fact.Agreement] {
	return noun[fact.Agreement]{
		key: store.BonusKey, doc: account.FromBonus,
		head:   func(d *fact.Agreement) *fact.Header { return &d.Header },
		on:     func(d *fact.Agreement) day.Day { return d.From },
		drafts: func(*fact.Agreement) []account.Draft { return nil },
		load:   b.tx.Agreement,
		add: func(k store.Kept[fact.Agreement]) {
			b.agreed[k.Doc.Customer] = true
			b.agreements = append(b.agreements, k)
		},
		put: func(ctx context.Context, k store.Kept[fact.Agreement]) error {
			b.agreed[k.Doc.Customer] = true
			return b.tx.PutAgreement(ctx, k)
		},
	}
}

// takeBonuses takes bonus agreements in.
func (b *batch) takeBonuses(ctx context.Context, docs []*intake.Doc) error {
	names := make(map[string]bool)
	var keys []string
	for _, d := range docs {
		keys = append(keys, d.Key)
		names[d.Bonus.Customer] = true
	}
	if err := b.resolve(ctx, names); err != nil {
		return err
	}
	found, err := b.tx.Keys(ctx, b.source, store.BonusKey, keys)
	if err != nil {
		return err
	}
	for _, d := range docs {
		in := d.Bonus
		ref, problem := b.customerOf(in.Customer)
		if problem != nil {
			b.reject(d, *problem)
			continue
		}
		a := fact.Agreement{
			Header: fact.Header{Customer: ref.ID, Number: d.Key, Version: d.Version()},
			From:   in.From, Until: in.Until, Rate: in.Rate,
		}
		switch in.Spread {
		case "revenue":
			a.Spread = fact.ByRevenue
		case "equal":
			a.Spread = fact.Equally
		}
		if err := a.Check(); err != nil {
			b.reject(d, fieldProblems(err)...)
			continue
		}
		o, err := take(ctx, b, b.bonusNoun(), store.Kept[fact.Agreement]{Doc: a}, d.Key, found, nil)
		if err != nil {
			return err
		}
		b.finish(d, o)
	}
	return nil
}

// settlesBonus finds the agreement that a credit note settles.
func (b *batch) settlesBonus(inv *fact.Invoice, number string, refs invoiceRefs) *intake.Problem {
	if number == "" {
		return nil
	}
	k, ok := refs.agreements[number]
	if _, would := b.wouldBe(store.BonusKey, number); would && !ok {
		k, ok = store.Key{Customer: inv.Customer}, true // a dry run wrote nothing
	}
	var p intake.Problem
	switch {
	case !ok:
		p = trouble("bonus_agreement", number, "this bonus agreement is not there", "import the agreement first")
	case k.Customer != inv.Customer:
		p = trouble("bonus_agreement", number, "this bonus agreement is of another customer", "name the customer that the agreement was made with")
	default:
		inv.Agreement = account.DocumentID(k.ID)
		return nil
	}
	return &p
}

// unaccrue lets the bonuses wait that depend on what the batch changed: sales,
// credit notes, agreements, groups.
func (b *batch) unaccrue(ctx context.Context) error {
	any, err := b.tx.AnyAgreement(ctx)
	if err != nil || !any {
		return err
	}
	dues := make(map[store.Due]bool)
	if err := b.bonusesOf(ctx, b.bought(), dues); err != nil {
		return err
	}
	for owner := range b.agreed {
		dues[store.Due{Customer: owner, Step: ownBonuses}] = true
		dues[store.Due{Customer: owner, Step: groupBonuses}] = true
		members, err := b.tx.MembersEver(ctx, owner)
		if err != nil {
			return err
		}
		for _, m := range members {
			dues[store.Due{Customer: m.Customer, Step: ownBonuses}] = true
		}
	}
	for _, g := range b.groups {
		dues[store.Due{Customer: g.id, Step: ownBonuses}] = true
		for _, m := range append(crm.Memberships(g.before), crm.Memberships(g.now)...) {
			dues[store.Due{Customer: m.Parent, Step: groupBonuses}] = true
		}
	}
	return b.tx.Unaccrue(ctx, slices.SortedFunc(maps.Keys(dues), func(x, y store.Due) int {
		return cmp.Or(cmp.Compare(x.Step, y.Step), cmp.Compare(x.Customer, y.Customer))
	}))
}

// bought are the customers whose sales or bonus credit notes the batch changed.
func (b *batch) bought() []account.CustomerID {
	found := maps.Clone(b.noted)
	for i := range b.postings {
		p := &b.postings[i]
		if p.Kind == account.Sale || p.Document.Kind == account.FromInvoice && p.Cause == account.Bonus {
			found[p.Customer] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// bonusesOf adds what of customers, and of the groups they ever belonged to, has
// to be accrued anew: nothing where no agreement concerns them.
func (b *batch) bonusesOf(ctx context.Context, customers []account.CustomerID, dues map[store.Due]bool) error {
	groups, err := b.tx.MembershipsOf(ctx, customers...)
	if err != nil {
		return err
	}
	ask := make(map[account.CustomerID]bool, len(customers))
	for _, id := range customers {
		ask[id] = true
	}
	for _, m := range groups {
		ask[m.Parent] = true
	}
	owners, err := b.tx.Owners(ctx, slices.Sorted(maps.Keys(ask)))
	if err != nil {
		return err
	}
	for _, id := range customers {
		groups = append(groups, crm.Membership{Customer: id, Parent: id})
	}
	for _, m := range groups {
		if owners[m.Parent] {
			dues[store.Due{Customer: m.Customer, Step: ownBonuses}] = true
			dues[store.Due{Customer: m.Parent, Step: groupBonuses}] = true
		}
	}
	return nil
}
