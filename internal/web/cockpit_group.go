package web

import (
	"context"

	"quid/account"
	"quid/day"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/value"
)

// readGroupPostings reads the account of the customer with its members, each
// posting by the group that its customer belonged to on its day.
func (p *cockpitPage) readGroupPostings(ctx context.Context, read store.Reader, window day.Window) error {
	a := &p.Account
	group, err := read.Group(ctx, p.Customer.ID, window)
	if err != nil {
		return err
	}
	if a.Sums, err = read.GroupKindSums(ctx, group); err != nil {
		return err
	}
	a.count()
	if a.Months, err = read.GroupMonthSums(ctx, group); err != nil {
		return err
	}
	lines, err := read.GroupStatement(ctx, group, store.Statement{Period: store.Period{Kind: a.Kind}, Size: accountSize, Page: a.Page})
	if err != nil {
		return err
	}
	if err := p.addLines(ctx, read, lines); err != nil {
		return err
	}
	ids := make([]account.CustomerID, 0, len(lines))
	for _, l := range lines {
		ids = append(ids, l.Customer)
	}
	known, err := read.CustomersByID(ctx, ids)
	if err != nil {
		return err
	}
	for i := range a.Lines {
		a.Lines[i].Name = known[a.Lines[i].Customer].Name
	}
	return p.readGroupSteps(ctx, read)
}

// readGroupSteps reckons the waterfall of the group in the valuation's window,
// from the postings of now.
func (p *cockpitPage) readGroupSteps(ctx context.Context, read store.Reader) error {
	if p.Row == nil {
		return nil
	}
	group, err := read.Group(ctx, p.Customer.ID, p.Valuation.Summary.Window())
	if err != nil {
		return err
	}
	sums, err := read.GroupKindSums(ctx, group)
	if err != nil {
		return err
	}
	var f value.Figures
	for _, s := range sums {
		f.Steps.AddSum(s.Kind, s.Amount, s.Volume, s.Unknown)
	}
	if f.Accrued, err = read.GroupAccrued(ctx, group, p.Valuation); err != nil {
		return err
	}
	p.Steps, p.CostKnown = value.Waterfall(&f), f.Steps.Known()
	return nil
}

// scopes are whose figures the account and the waterfall can show.
func (p *cockpitPage) scopes(card string) []Tab {
	if !p.Leads {
		return nil
	}
	tab := func(label, members string) Tab {
		return Tab{Label: p.T(label), Href: p.accountPathTo(card, "members", members, "page", ""), Current: p.Account.Members == (members != "")}
	}
	return []Tab{tab(locale.Key("This customer"), ""), tab(locale.Key("With members"), "1")}
}

// scopeNote says what the account of a group is.
func (p *cockpitPage) scopeNote() string {
	if !p.Account.Members {
		return ""
	}
	return p.T("With the members of the group, each posting by where its customer belonged on that day.")
}
