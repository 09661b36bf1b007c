package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"quid/account"
	"quid/fact"
	"quid/fault"
	"quid/internal/store"
	"quid/money"
)

// A CheckResult says whether one rule of the book holds.
type CheckResult struct {
	Name     string   `json:"name"`
	OK       bool     `json:"ok"`
	Cases    int64    `json:"cases"`              // that break the rule
	Looked   int64    `json:"looked_at"`          // that it was looked at in
	Examples []string `json:"examples,omitempty"` // the first few, by internal ids
}

// The names of the checks, as `quid check` prints them.
const (
	CheckPostings    = "postings and reversals add up"
	CheckDocuments   = "postings agree with documents"
	CheckLines       = "lines add up to invoices"
	CheckSettlements = "settlements follow from invoices and payments"
	CheckSettled     = "invoices know how far they are settled"
	CheckNames       = "search texts follow from names"
	CheckCustomers   = "every row belongs to a customer"
	CheckKeys        = "external ids and records lead to each other"
	CheckBonuses     = "bonuses follow from agreements and sales"
	CheckValuation   = "the newest valuation adds up to the postings"
)

// maxExamples is how many cases a check names.
const maxExamples = 5

// A checking collects what the checks find.
type checking struct {
	results []CheckResult
}

func (c *checking) result(name string) *CheckResult {
	i := slices.IndexFunc(c.results, func(r CheckResult) bool { return r.Name == name })
	if i < 0 {
		i = len(c.results)
		c.results = append(c.results, CheckResult{Name: name, OK: true})
	}
	return &c.results[i]
}

// looked counts cases that a check looked at.
func (c *checking) looked(name string, n int) { c.result(name).Looked += int64(n) }

// bad notes cases that break a rule.
func (c *checking) bad(name string, n int64, format string, args ...any) {
	r := c.result(name)
	r.OK = false
	r.Cases += n
	if len(r.Examples) < maxExamples {
		r.Examples = append(r.Examples, fmt.Sprintf(format, args...))
	}
}

// Check proves the invariants of the book on one picture of it: every customer
// after another, then external ids and the newest valuation. ok is whether all
// rules hold; a rule that does not is no error.
func (a *App) Check(ctx context.Context) (results []CheckResult, ok bool, err error) {
	var c checking
	for _, name := range []string{CheckPostings, CheckDocuments, CheckLines, CheckSettlements, CheckSettled, CheckNames, CheckCustomers, CheckKeys, CheckBonuses, CheckValuation} {
		c.result(name)
	}
	err = a.DB.Look(ctx, func(r store.Reader) error {
		for l, err := range r.Ledgers(ctx) {
			if err != nil {
				return err
			}
			c.ledger(l)
		}
		if err := c.keys(ctx, r); err != nil {
			return err
		}
		if err := c.bonuses(ctx, r); err != nil {
			return err
		}
		return c.valuation(ctx, r)
	})
	if err != nil {
		return nil, false, fmt.Errorf("check: %w", err)
	}
	ok = !slices.ContainsFunc(c.results, func(r CheckResult) bool { return !r.OK })
	return c.results, ok, nil
}

// ledger checks one customer.
func (c *checking) ledger(l *store.Ledger) {
	id := l.Customer.ID
	c.looked(CheckCustomers, 1)
	if !l.There {
		c.bad(CheckCustomers, 1, "customer %d is not there, but rows name it", id)
		return
	}
	c.looked(CheckNames, 1)
	if sortName, search := store.DerivedNames(l.Customer); sortName != l.SortName || search != l.Search {
		c.bad(CheckNames, 1, "customer %d", id)
	}
	d := derive(l)
	c.looked(CheckLines, len(l.Invoices))
	for i := range l.Invoices {
		c.invoice(l, &l.Invoices[i], d)
	}
	c.settlements(l, d)
	c.postings(l, d)
}

// A derivation is what follows from the documents of a customer.
type derivation struct {
	parts   []fact.Part
	settled map[account.DocumentID]store.Settled
	byMeans map[account.DocumentID][]fact.Part
}

// derive settles the open items of a customer anew.
func derive(l *store.Ledger) derivation {
	var owed []store.Owed
	for i := range l.Invoices {
		inv := &l.Invoices[i]
		if inv.Withdrawn.IsZero() && inv.Doc.Receivable != 0 {
			owed = append(owed, store.Owed{
				OpenItem: fact.OpenItem{Invoice: inv.Doc.ID, Number: inv.Doc.Number, Day: inv.Doc.Day, Due: inv.Doc.Due, Amount: inv.Doc.Receivable},
				Credits:  inv.Doc.Credits, Settled: inv.Settled,
			})
		}
	}
	var payments []store.Kept[fact.Payment]
	for _, k := range l.Payments {
		if k.Withdrawn.IsZero() {
			payments = append(payments, k)
		}
	}
	items, means := itemsAndMeans(store.Item{Owed: owed, Payments: payments})
	d := derivation{parts: fact.Settle(items, means), settled: make(map[account.DocumentID]store.Settled), byMeans: make(map[account.DocumentID][]fact.Part)}
	byInvoice, credit := make(map[account.DocumentID][]fact.Part), make(map[account.DocumentID]bool)
	for _, p := range d.parts {
		byInvoice[p.Invoice] = append(byInvoice[p.Invoice], p)
		d.byMeans[p.Means] = append(d.byMeans[p.Means], p)
	}
	for _, m := range means {
		credit[m.Document] = m.Credit
	}
	for _, o := range owed {
		d.settled[o.Invoice] = settledBy(o.OpenItem, byInvoice[o.Invoice], credit)
	}
	return d
}

// invoice checks what an invoice says of its lines and of its settlement.
func (c *checking) invoice(l *store.Ledger, inv *store.LedgerInvoice, d derivation) {
	if inv.Doc.Net() != inv.Net || inv.Doc.Cost() != inv.Cost {
		c.bad(CheckLines, 1, "invoice %d of customer %d: lines %v, invoice %v", inv.Doc.ID, l.Customer.ID, inv.Doc.Net(), inv.Net)
	}
	if !inv.Withdrawn.IsZero() {
		return
	}
	c.looked(CheckSettled, 1)
	if inv.Terms != inv.Doc.Due.Sub(inv.Doc.Day) {
		c.bad(CheckSettled, 1, "invoice %d of customer %d: terms of %d days", inv.Doc.ID, l.Customer.ID, inv.Terms)
	} else if want := d.settled[inv.Doc.ID]; want != inv.Settled && !l.Waiting {
		c.bad(CheckSettled, 1, "invoice %d of customer %d: settled %+v, should be %+v", inv.Doc.ID, l.Customer.ID, inv.Settled, want)
	}
}

// settlements compares what is kept with what follows.
func (c *checking) settlements(l *store.Ledger, d derivation) {
	if l.Waiting {
		return
	}
	c.looked(CheckSettlements, len(d.parts))
	want := make(map[fact.Part]bool, len(d.parts))
	for _, p := range d.parts {
		want[p] = true
	}
	for _, s := range l.Settlements {
		if !want[s.Part] {
			c.bad(CheckSettlements, 1, "customer %d: %v of invoice %d by %d should not be there", l.Customer.ID, s.Amount, s.Invoice, s.Means)
		}
		delete(want, s.Part)
	}
	for p := range want {
		c.bad(CheckSettlements, 1, "customer %d: %v of invoice %d by %d is missing", l.Customer.ID, p.Amount, p.Invoice, p.Means)
	}
}

// A standing is a document as its postings should be.
type standing struct {
	revision int32 // that stands; 0: withdrawn
	drafts   []account.Draft
	skip     bool // its postings are due to be made anew
}

// A named is a document whatever its revision.
type named struct {
	kind account.DocumentKind
	id   account.DocumentID
}

// postings checks the account of a customer: by itself, and document by
// document.
func (c *checking) postings(l *store.Ledger, d derivation) {
	reversed := make(map[account.PostingID]bool)
	for _, p := range l.Postings {
		if p.Reverses != 0 {
			reversed[p.Reverses] = true
		}
	}
	live := make(map[named][]account.Posting)
	for _, p := range l.Postings {
		if p.Reverses == 0 && !reversed[p.ID] {
			n := named{p.Document.Kind, p.Document.ID}
			live[n] = append(live[n], p)
		}
	}
	docs, err := documents(l, d, live)
	if err != nil {
		c.bad(CheckDocuments, 1, "customer %d: %v", l.Customer.ID, err)
		return
	}
	c.looked(CheckPostings, len(l.Postings))
	for _, v := range account.Check(l.Postings, func(doc account.Document) (int32, bool) {
		n := named{doc.Kind, doc.ID}
		s, ok := docs[n]
		return s.revision, ok || len(live[n]) == 0 // a document that went to another customer left nothing standing
	}) {
		c.bad(CheckPostings, 1, "%v", v)
	}
	c.looked(CheckDocuments, len(docs))
	for n, s := range docs {
		if !s.skip && !agree(s.drafts, live[n]) {
			c.bad(CheckDocuments, 1, "customer %d: %s %d", l.Customer.ID, n.kind, n.id)
		}
	}
}

// documents returns what every document of a customer should have posted.
func documents(l *store.Ledger, d derivation, live map[named][]account.Posting) (map[named]standing, error) {
	docs := make(map[named]standing, len(l.Invoices)+len(l.Payments)+len(l.Complaints)+len(l.Interactions)+len(l.Entries)+1)
	add := func(kind account.DocumentKind, h fact.Header, stands bool, drafts []account.Draft) {
		s := standing{}
		if stands {
			s.revision, s.drafts = h.Revision, drafts
		}
		docs[named{kind, h.ID}] = s
	}
	who := named{account.FromCustomer, account.DocumentID(l.Customer.ID)}
	if l.Customer.PostedOn != 0 {
		docs[who] = standing{revision: l.Customer.PostRev, drafts: l.Customer.Postings()}
	} else {
		docs[who] = standing{}
	}
	for i := range l.Invoices {
		k := &l.Invoices[i]
		drafts := k.Doc.Postings()
		if k.Doc.Agreement != 0 && k.Accrued.Known {
			drafts = k.Doc.Settling(k.Accrued.Amount)
		}
		add(account.FromInvoice, k.Doc.Header, k.Withdrawn.IsZero(), drafts)
	}
	for _, k := range l.Complaints {
		add(account.FromComplaint, k.Doc.Header, k.Withdrawn.IsZero(), k.Doc.Postings())
	}
	for _, k := range l.Interactions {
		add(account.FromInteraction, k.Doc.Header, k.Withdrawn.IsZero(), k.Doc.Postings())
	}
	for _, k := range l.Entries {
		add(account.FromService, k.Doc.Header, k.Withdrawn.IsZero(), k.Doc.Postings())
	}
	for _, k := range l.Accruals {
		add(account.FromBonus, k.Doc.Header, k.Withdrawn.IsZero(), k.Doc.Postings())
	}
	for _, k := range l.Payments {
		n := named{account.FromPayment, k.Doc.ID}
		drafts, err := k.Doc.Postings(d.byMeans[k.Doc.ID], frozenRate(live[n]))
		if err != nil {
			return nil, fmt.Errorf("payment %d: %w", k.Doc.ID, err)
		}
		add(account.FromPayment, k.Doc.Header, k.Withdrawn.IsZero(), drafts)
		if l.Waiting {
			s := docs[n]
			s.skip = true
			docs[n] = s
		}
	}
	return docs, nil
}

// frozenRate is the rate that a payment's late parts were posted at.
func frozenRate(posted []account.Posting) money.Micro {
	for _, p := range posted {
		if p.Kind == account.LatePayment {
			return p.Rate
		}
	}
	return 0
}

// agree says whether postings are what drafts say, in any order.
func agree(drafts []account.Draft, posted []account.Posting) bool {
	got := make([]account.Draft, 0, len(posted))
	for _, p := range posted {
		got = append(got, account.Draft{Kind: p.Kind, Cause: p.Cause, Amount: p.Amount, Volume: p.Volume})
	}
	want := make([]account.Draft, 0, len(drafts))
	for _, d := range drafts {
		want = append(want, account.Draft{Kind: d.Kind, Cause: d.Cause, Amount: d.Amount, Volume: d.Volume})
	}
	order := func(a, b account.Draft) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Cause, b.Cause), cmp.Compare(a.Amount.Amount, b.Amount.Amount), cmp.Compare(a.Volume, b.Volume))
	}
	slices.SortFunc(got, order)
	slices.SortFunc(want, order)
	return slices.Equal(got, want)
}

// keys compares external ids with the records they lead to.
func (c *checking) keys(ctx context.Context, r store.Reader) error {
	counts, err := r.KeyCounts(ctx)
	if err != nil {
		return err
	}
	for _, k := range counts {
		c.looked(CheckKeys, int(k.Keys))
		if k.Dangling > 0 {
			c.bad(CheckKeys, k.Dangling, "%d external ids of %s lead nowhere", k.Dangling, k.Kind)
		}
		if k.Unkeyed > 0 {
			c.bad(CheckKeys, k.Unkeyed, "%d %s have no external id that leads to them", k.Unkeyed, k.Kind)
		}
	}
	return nil
}

// valuation compares the newest valuation with its own summary and, if no fact
// changed since, with the postings of its window.
func (c *checking) valuation(ctx context.Context, r store.Reader) error {
	book, err := r.Book(ctx)
	if err != nil {
		return err
	}
	v, err := r.LastValuation(ctx)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	kept, customers, err := r.ScoreTotals(ctx, v.ID)
	if err != nil {
		return err
	}
	c.looked(CheckValuation, int(customers))
	s := &v.Summary
	if int64(s.Customers) != customers || s.Revenue != kept.Volume[account.Sale] || s.ValueTo != -(kept.Amount[account.Service]+kept.Amount[account.Goodwill]) {
		c.bad(CheckValuation, 1, "valuation %d: the rows do not add up to its summary", v.ID)
	}
	if book.Changed != v.Changed {
		return nil
	}
	posted, err := r.PostingTotals(ctx, s.Window())
	if err != nil {
		return err
	}
	for _, k := range account.Kinds {
		if kept.Amount[k] != posted.Amount[k] {
			c.bad(CheckValuation, 1, "valuation %d: %s %v, postings say %v", v.ID, k, kept.Amount[k], posted.Amount[k])
		}
	}
	for _, k := range []account.Kind{account.Sale, account.Service} {
		if kept.Volume[k] != posted.Volume[k] {
			c.bad(CheckValuation, 1, "valuation %d: volume of %s %v, postings say %v", v.ID, k, kept.Volume[k], posted.Volume[k])
		}
	}
	if kept.Unknown != posted.Unknown {
		c.bad(CheckValuation, 1, "valuation %d: %d sales without cost, postings say %d", v.ID, kept.Unknown, posted.Unknown)
	}
	return nil
}
