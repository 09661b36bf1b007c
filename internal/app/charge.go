package app

import (
	"context"
	"errors"
	"maps"
	"slices"

	"quid/account"
	"quid/fact"
	"quid/fault"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// chargedBy freezes what the invoice line posted that charges for the service.
func chargedBy(ctx context.Context, tx *store.Tx, d EntryDraft) (*service.LineRef, error) {
	if d.ChargeOf == nil {
		return nil, nil
	}
	inv, _, err := tx.Invoice(ctx, store.Ref{Customer: d.Customer, ID: d.ChargeOf.Invoice})
	if errors.Is(err, fault.NotFound) || err == nil && !inv.Withdrawn.IsZero() {
		return nil, fault.Field("charge_line", "this customer has no such invoice")
	}
	if err != nil {
		return nil, err
	}
	for _, l := range inv.Doc.Lines {
		if l.Number != d.ChargeOf.Line {
			continue
		}
		if l.Net != d.Charge {
			return nil, fault.Field("charge", "the invoice line says another sum")
		}
		taken, err := tx.Charged(ctx, d.Customer, d.ChargeOf.Invoice, d.ChargeOf.Line)
		if err != nil {
			return nil, err
		}
		if taken {
			return nil, fault.Field("charge_line", "another service is charged by this line already")
		}
		return &service.LineRef{Invoice: inv.Doc.ID, Line: l.Number, Net: l.Net, Cost: l.Cost}, nil
	}
	return nil, fault.Field("charge_line", "the invoice has no such line")
}

// recharge lets the entries that lines of rewritten invoices charge for follow
// them: the line as it is now, or none where it went or is no small part of the
// benefit any more. Then the service is free, and the line a sale.
func (b *batch) recharge(ctx context.Context) error {
	customers := make(map[account.CustomerID]bool)
	for ref := range b.rewritten {
		customers[ref.Customer] = true
	}
	refs, err := b.tx.Charging(ctx, slices.Sorted(maps.Keys(customers)))
	if err != nil || len(refs) == 0 {
		return err
	}
	share, err := ChargeShare(ctx, b.tx.Reader)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		k, err := b.tx.Entry(ctx, ref)
		if err != nil {
			return err
		}
		if !b.rewritten[store.Ref{Customer: ref.Customer, ID: k.Doc.ChargeOf.Invoice}] {
			continue
		}
		if err := b.rechargeEntry(ctx, k, share); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) rechargeEntry(ctx context.Context, k store.Kept[service.Entry], share money.Micro) error {
	was := *k.Doc.ChargeOf
	inv, _, err := b.tx.Invoice(ctx, store.Ref{Customer: k.Doc.Customer, ID: was.Invoice})
	if err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	charge, line := money.Amount(0), (*service.LineRef)(nil)
	if i := slices.IndexFunc(inv.Doc.Lines, func(l fact.Line) bool { return l.Number == was.Line }); err == nil && inv.Withdrawn.IsZero() && i >= 0 {
		l := inv.Doc.Lines[i]
		if service.Chargeable(l.Net, k.Doc.Benefit, share) == nil {
			charge, line = l.Net, &service.LineRef{Invoice: was.Invoice, Line: was.Line, Net: l.Net, Cost: l.Cost}
		}
	}
	if line != nil && *line == was {
		return nil
	}
	if err := b.app.withdraw(ctx, b.tx, b.book, k, ""); err != nil {
		return err
	}
	k.Doc.Charge, k.Doc.ChargeOf = charge, line
	return b.app.repost(ctx, b.tx, b.book, k)
}
