package app

import (
	"context"

	"quid/account"
	"quid/fact"
	"quid/internal/store"
)

// bonuses compares what bonuses are kept with what follows from agreements and
// sales. Those that wait to be accrued anew are left out.
func (c *checking) bonuses(ctx context.Context, r store.Reader) error {
	waiting, err := r.Unaccrued(ctx, 1)
	if err != nil || len(waiting) > 0 {
		return err
	}
	dues, err := r.Accruing(ctx)
	if err != nil {
		return err
	}
	for _, d := range dues {
		if d.Step == ownBonuses {
			err = c.ownBonuses(ctx, r, d.Customer)
		} else {
			err = c.groupBonuses(ctx, r, d.Customer)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *checking) ownBonuses(ctx context.Context, r store.Reader, id account.CustomerID) error {
	want, err := ownAccruals(ctx, r, id)
	if err != nil {
		return err
	}
	kept, err := r.AccrualsOf(ctx, id)
	if err != nil {
		return err
	}
	c.accruals(want, keptBy(kept, ownSpread))
	return nil
}

func (c *checking) groupBonuses(ctx context.Context, r store.Reader, id account.CustomerID) error {
	agreements, err := r.AgreementsOf(ctx, id)
	if err != nil {
		return err
	}
	for _, k := range agreements {
		var want map[accrualKey]fact.Accrual
		if k.Withdrawn.IsZero() && k.Doc.Spread == fact.Equally {
			if want, err = equalAccruals(ctx, r, k.Doc); err != nil {
				return err
			}
		}
		kept, err := r.AccruedBy(ctx, store.Ref{Customer: k.Doc.Customer, ID: k.Doc.ID})
		if err != nil {
			return err
		}
		c.accruals(want, keptBy(kept, equalSpread))
	}
	notes, err := r.BonusNotes(ctx, id)
	if err != nil {
		return err
	}
	settled, err := notesSettle(ctx, r, notes)
	if err != nil {
		return err
	}
	c.looked(CheckBonuses, len(notes))
	for _, k := range notes {
		if k.Accrued != account.Known(settled[k.Doc.ID]) {
			c.bad(CheckBonuses, 1, "credit note %d of customer %d: settles %v, should be %v", k.Doc.ID, id, k.Accrued.Amount, settled[k.Doc.ID])
		}
	}
	return nil
}

// accruals compares accruals that should be with those that are kept.
func (c *checking) accruals(want map[accrualKey]fact.Accrual, kept map[accrualKey]store.Kept[fact.Accrual]) {
	c.looked(CheckBonuses, len(want))
	for key, w := range want {
		if k, ok := kept[key]; !ok || !k.Withdrawn.IsZero() || !k.Doc.Same(w) {
			c.bad(CheckBonuses, 1, "customer %d, agreement %d on %v: accrued %v, should be %v", key.customer, key.agreement, key.day, k.Doc.Amount, w.Amount)
		}
	}
	for key, k := range kept {
		if _, ok := want[key]; !ok && k.Withdrawn.IsZero() {
			c.bad(CheckBonuses, 1, "customer %d, agreement %d on %v: accrued %v, should be nothing", key.customer, key.agreement, key.day, k.Doc.Amount)
		}
	}
}
