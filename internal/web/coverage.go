package web

import (
	"context"

	"quid/account"
	"quid/internal/app"
	"quid/internal/store"
	"quid/money"
	"quid/value"
)

// A basis is what the to-side of a picture rests on: how much of the teams' time
// is captured, and what of the services is an opening estimate.
type basis struct {
	cover     *store.Coverage
	estimated map[account.CustomerID]money.Amount
}

// readBasis reads what the to-side of a valuation rests on.
func readBasis(ctx context.Context, db *store.DB, v *store.Valuation) (b basis, err error) {
	w := v.Summary.Window()
	err = db.Look(ctx, func(r store.Reader) error {
		if b.cover, err = app.Coverage(ctx, r, w); err != nil {
			return err
		}
		b.estimated, err = r.EstimatedCosts(ctx, w)
		return err
	})
	return b, err
}

// thin says whether what customer i gets is provisional, since too little of the
// time of the teams that serve it is booked.
func (p *picture) thin(i int) bool { return p.basis.cover.Thin(p.snap.ID(i)) }

// mostlyEstimated says whether more than half of what customer i gets is an
// opening estimate.
func (p *picture) mostlyEstimated(i int) bool {
	return i < p.snap.Valued() && mostly(p.basis.estimated[p.snap.ID(i)], p.snap.Base.ValueTo[i])
}

func mostly(part, whole money.Amount) bool { return part > 0 && 2*part > whole }

// badgeAt is the segment of customer i as it is shown.
func (p *picture) badgeAt(i int) badge {
	key := p.segment(i)
	return provisional(p.badge(key), p.thin(i))
}

// provisional marks a field of the matrix where too little is captured; who is new
// stands in none.
func provisional(b badge, thin bool) badge {
	b.Thin = thin && b.Key != "" && b.Key != string(value.NewCustomer)
	return b
}

// coverageText says how much of the teams' time is captured.
func (p Page) coverageText(c *store.Coverage, of account.CustomerID) string {
	share, known := c.Of(of)
	if !known {
		return p.T("unknown")
	}
	return p.Percent(share, 0)
}

// segmentTitle says what to do with a segment, and whether it is provisional.
func (p Page) segmentTitle(b badge) string {
	text := p.T(segmentOf(b.Key).Strategy)
	if b.Thin {
		text = p.T("provisional: too little of the teams' time is booked") + ". " + text
	}
	return text
}
