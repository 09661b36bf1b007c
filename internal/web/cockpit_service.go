package web

import (
	"context"
	"slices"

	"quid/account"
	"quid/day"
	"quid/internal/app"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// A servicesPart is what a customer got in the period of the account.
type servicesPart struct {
	Entries []servedLine
	Types   []servedType
	Cost    money.Amount
	Benefit money.Amount
	More    bool // there are more than are listed
	Gives   money.Amount
	Known   bool // Gives means something
}

// A servedLine is an entry; one that was taken back stands beside what took its
// place.
type servedLine struct {
	Entry    service.Entry
	Type     service.Type
	Back     bool
	Replaced bool // it took the place of one that was taken back
	Files    int  // pictures and papers that belong to it
}

// A servedType is what the standing entries of one service add up to.
type servedType struct {
	Type service.Type
	Sum  store.ServiceSum
}

// mostServed is how many entries the card lists.
const mostServed = 100

// readServices reads what the customer got in the period of the account, taken
// back or not.
func (p *cockpitPage) readServices(ctx context.Context, r store.Reader) error {
	w := day.Window{From: p.Account.From, To: p.Account.To}
	if w.From != 0 {
		w.From = w.From.Add(-1)
	}
	types, err := r.Types(ctx)
	if err != nil {
		return err
	}
	byID := make(map[int64]service.Type, len(types))
	for _, t := range types {
		byID[t.ID] = t
	}
	attached, err := r.AttachmentsOf(ctx, p.Customer.ID)
	if err != nil {
		return err
	}
	files := make(map[account.DocumentID]int)
	for _, a := range attached {
		files[a.Entry]++
	}
	part := &p.Services
	sums := make(map[int64]*store.ServiceSum)
	for k, err := range r.Services(ctx, store.ServiceFilter{Customer: p.Customer.ID, Window: w, Back: true}) {
		if err != nil {
			return err
		}
		e, back := k.Doc, !k.Withdrawn.IsZero()
		if back && e.Estimate != 0 {
			continue // a real entry took its place, or the estimate was taken back
		}
		if len(part.Entries) < mostServed {
			part.Entries = append(part.Entries, servedLine{e, byID[e.Type], back, e.Replaces != 0, files[e.ID]})
		} else {
			part.More = true
		}
		if back {
			continue
		}
		s := sums[e.Type]
		if s == nil {
			s = &store.ServiceSum{Type: e.Type}
			sums[e.Type] = s
		}
		one := store.ServiceSum{Entries: 1, Cost: e.Cost - e.Charge, Benefit: e.Benefit - e.Charge}
		if e.Minutes != nil {
			one.Minutes = *e.Minutes
		}
		if e.Estimate != 0 {
			one.Estimated = one.Cost
		}
		s.Add(&one)
		part.Cost += one.Cost
		part.Benefit += one.Benefit
	}
	part.together()
	for id, s := range sums {
		part.Types = append(part.Types, servedType{byID[id], *s})
	}
	slices.SortFunc(part.Types, func(a, b servedType) int { return int(max(-1, min(1, b.Sum.Cost-a.Sum.Cost))) })
	p.gives()
	return nil
}

// together moves what was taken back behind the entry that took its place.
func (s *servicesPart) together() {
	at := make(map[account.DocumentID]servedLine)
	for _, l := range s.Entries {
		if l.Back {
			at[l.Entry.ID] = l
		}
	}
	placed := make(map[account.DocumentID]bool)
	for _, l := range s.Entries {
		if _, ok := at[l.Entry.Replaces]; ok && l.Entry.Replaces != 0 {
			placed[l.Entry.Replaces] = true
		}
	}
	out := make([]servedLine, 0, len(s.Entries))
	var add func(l servedLine)
	add = func(l servedLine) {
		out = append(out, l)
		if was, ok := at[l.Entry.Replaces]; ok && l.Entry.Replaces != 0 {
			delete(at, l.Entry.Replaces)
			add(was)
		}
	}
	for _, l := range s.Entries {
		if !placed[l.Entry.ID] {
			add(l)
		}
	}
	s.Entries = out
}

// gives is what the customer brings in the period: contribution III.
func (p *cockpitPage) gives() {
	p.Services.Known = true
	for _, s := range p.Account.Sums {
		if s.Kind.Side() == account.From {
			p.Services.Gives += s.Amount
			p.Services.Known = p.Services.Known && s.Unknown == 0
		}
	}
}

// against says what the customer gives beside what it gets.
func (p *cockpitPage) against() string {
	if !p.Services.Known {
		return p.T("what the customer gives is unknown")
	}
	if p.Services.Gives <= 0 {
		return p.T("the customer gives {sum}", "sum", p.Amount(p.Services.Gives))
	}
	return p.T("{share} of what the customer gives, {sum}", "share", p.Percent(float64(p.Services.Cost)/float64(p.Services.Gives), 1), "sum", p.Amount(p.Services.Gives))
}

// backWhy is why an entry was taken back: in the words of who did it, or in those
// of the book in the reader's language.
func (p Page) backWhy(e *service.Entry) string {
	switch e.Why {
	case app.ContactMoved:
		return p.T("its contact went to another customer")
	case app.InvoiceMoved:
		return p.T("its invoice went to another customer")
	}
	return e.Why
}
