package app

import (
	"context"
	"fmt"
	"slices"

	"quid/account"
	"quid/internal/store"
)

// Rebuilt says how many rows of what is derived were other than they should
// be: on a sound book none.
type Rebuilt struct {
	Customers   int64 `json:"customers"`   // that were looked at
	Names       int64 `json:"names"`       // search texts
	Settlements int64 `json:"settlements"` // written, changed or taken away
	Invoices    int64 `json:"invoices"`    // how far they are settled
	Bonuses     int64 `json:"bonuses"`     // accruals, and credit notes posted against them
}

// Changed is the number of rows that changed.
func (r Rebuilt) Changed() int64 { return r.Names + r.Settlements + r.Invoices + r.Bonuses }

// Rebuild computes again all that is derived: settlements, how far invoices are
// settled, bonuses, search texts. Customers that wait to be settled are settled first.
// Each customer is one transaction; valuations are records and stay.
func (a *App) Rebuild(ctx context.Context, progress func(done int64)) (Rebuilt, error) {
	var out Rebuilt
	if err := a.settleWaiting(ctx); err != nil {
		return out, fmt.Errorf("rebuild: %w", err)
	}
	for l, err := range a.DB.Read().Ledgers(ctx) {
		if err != nil {
			return out, fmt.Errorf("rebuild: %w", err)
		}
		out.Customers++
		if !l.There {
			continue
		}
		if err := a.rebuild(ctx, l, &out); err != nil {
			return out, fmt.Errorf("rebuild customer %d: %w", l.Customer.ID, err)
		}
		if progress != nil {
			progress(out.Customers)
		}
	}
	var err error
	if out.Bonuses, err = a.rebuildBonuses(ctx); err != nil {
		return out, fmt.Errorf("rebuild bonuses: %w", err)
	}
	return out, nil
}

// rebuildBonuses accrues all bonuses anew and returns how many were other than
// they should be.
func (a *App) rebuildBonuses(ctx context.Context) (int64, error) {
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		dues, err := tx.Accruing(ctx)
		if err != nil {
			return err
		}
		return tx.Unaccrue(ctx, dues)
	})
	if err != nil {
		return 0, err
	}
	return a.accrueWaiting(ctx)
}

// rebuild puts right what of a customer is other than it should be.
func (a *App) rebuild(ctx context.Context, l *store.Ledger, out *Rebuilt) error {
	var c checking
	d := derive(l)
	c.settlements(l, d)
	var terms []account.DocumentID
	var invoices int64
	for i := range l.Invoices {
		inv := &l.Invoices[i]
		switch {
		case inv.Terms != inv.Doc.Due.Sub(inv.Doc.Day):
			terms = append(terms, inv.Doc.ID)
			invoices++
		case inv.Withdrawn.IsZero() && d.settled[inv.Doc.ID] != inv.Settled:
			invoices++
		}
	}
	sortName, search := store.DerivedNames(l.Customer)
	renamed := sortName != l.SortName || search != l.Search
	settlements := c.result(CheckSettlements).Cases
	if !renamed && settlements == 0 && invoices == 0 {
		return nil
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if renamed {
			if err := tx.Rename(ctx, l.Customer); err != nil {
				return err
			}
		}
		for i := range l.Invoices {
			d := &l.Invoices[i].Doc
			if slices.Contains(terms, d.ID) {
				if err := tx.SetTerms(ctx, store.Ref{Customer: d.Customer, ID: d.ID}, d.Due.Sub(d.Day)); err != nil {
					return err
				}
			}
		}
		s, err := a.settling(ctx, tx)
		if err != nil {
			return err
		}
		if err := s.customer(ctx, l.Customer.ID); err != nil {
			return err
		}
		return tx.Touch(ctx)
	})
	if err != nil {
		return err
	}
	out.Settlements += settlements
	out.Invoices += invoices
	if renamed {
		out.Names++
	}
	return nil
}
