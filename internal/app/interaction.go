package app

import (
	"context"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/service"
)

// interactionNoun says how interactions are taken in.
func (b *batch) interactionNoun() noun[fact.Interaction] {
	return noun[fact.Interaction]{
		key: store.InteractionKey, doc: account.FromInteraction,
		head:   func(d *fact.Interaction) *fact.Header { return &d.Header },
		on:     func(d *fact.Interaction) day.Day { return d.Day },
		drafts: func(d *fact.Interaction) []account.Draft { return d.Postings() },
		load:   b.tx.Interaction,
		add:    func(k store.Kept[fact.Interaction]) { b.interactions = append(b.interactions, k) },
		put:    b.tx.PutInteraction,
		stay:   func(is, next *fact.Interaction) { next.Service = is.Service },
		bring:  b.bringInteraction,
	}
}

// ContactMoved is why a service was taken back whose contact went to another
// customer; there it stands again.
const ContactMoved = "its contact went to another customer"

// bringInteraction lets go with an interaction to another customer what people
// said of it: the service that it was, and that it was decided on. An interaction
// whose service doesn't stand any more is care.
func (b *batch) bringInteraction(ctx context.Context, next *fact.Interaction, from store.Ref) error {
	if next.Service != 0 {
		stands, err := b.bringService(ctx, store.Ref{Customer: from.Customer, ID: next.Service}, next.Customer, ContactMoved)
		if err != nil {
			return err
		}
		if !stands {
			next.Service = 0
		}
	}
	return b.bringDecisions(ctx, service.FromInteraction, from, next.Customer, ContactMoved, next.Service)
}

// takeInteractions takes interactions in. Their cost is frozen at the rate of
// their channel on their day.
func (b *batch) takeInteractions(ctx context.Context, docs []*intake.Doc) error {
	names, keys := make(map[string]bool), make([]string, 0, len(docs))
	for _, d := range docs {
		keys = append(keys, d.Key)
		names[d.Interaction.Customer] = true
	}
	if err := b.resolve(ctx, names); err != nil {
		return err
	}
	found, err := b.tx.Keys(ctx, b.source, store.InteractionKey, keys)
	if err != nil {
		return err
	}
	for _, d := range docs {
		ref, problem := b.customerOf(d.Interaction.Customer)
		if problem != nil {
			b.reject(d, *problem)
			continue
		}
		i := interactionOf(d)
		i.Customer = ref.ID
		if err := i.Check(); err != nil {
			b.reject(d, fieldProblems(err)...)
			continue
		}
		if err := i.Price(b.rates.Channel(i.Channel, i.Day)); err != nil {
			return err
		}
		o, err := take(ctx, b, b.interactionNoun(), store.Kept[fact.Interaction]{Doc: i}, d.Key, found, nil)
		if err != nil {
			return err
		}
		b.finish(d, o)
	}
	return nil
}

func interactionOf(d *intake.Doc) fact.Interaction {
	in := d.Interaction
	i := fact.Interaction{
		Header: fact.Header{Number: in.External, Version: d.Version()},
		Day:    in.Day, Channel: cmpOr(in.Channel, "other"), Subject: in.Subject, Contact: in.Contact, Minutes: in.Minutes, Purpose: in.Purpose, Cost: in.Cost,
	}
	if in.Direction != "" {
		out := in.Direction == "out"
		i.Outbound = &out
	}
	return i
}
