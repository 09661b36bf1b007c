package paper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fact"
	"quid/fault"
	"quid/internal/doc"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/service"
	"quid/talk"
	"quid/value"
)

// Parts are the parts of a dossier, in their order; each can be left out.
var Parts = []struct{ Key, Name string }{
	{"talk", locale.Key("The last talk")},
	{"account", locale.Key("Account in the period")},
	{"services", locale.Key("What the customer got for free")},
	{"possible", locale.Key("Services still possible")},
	{"loss", locale.Key("What would fall away")},
	{"arguments", locale.Key("Arguments and objections")},
	{"price", locale.Key("Price room")},
	{"open", locale.Key("Open points")},
	{"satisfaction", locale.Key("What the customer says of the services")},
	{"tasks", locale.Key("Tasks and proposals")},
	{"people", locale.Key("People to talk to")},
}

// A Query says which dossier is asked for.
type Query struct {
	Customer account.CustomerID
	AsOf     day.Day
	Lang     string
	Months   int           // of the period; 12 if 0
	Parts    []string      // keys of Parts; all if nil
	Target   *money.Amount // of contribution IV; nil for what the free services cost
	Change   *money.Micro  // the change of the price that is tried; nil for the one that is needed
}

// has says whether a part is asked for.
func (q Query) has(part string) bool { return q.Parts == nil || slices.Contains(q.Parts, part) }

// A Sum is what a customer got of one service.
type Sum struct {
	Type      service.Type
	Count     int64
	Quantity  money.Micro
	Minutes   int64 // 0 if unknown
	Cost      money.Amount
	Benefit   money.Amount
	Estimated money.Amount // of the benefit, by opening estimates
	Last      day.Day
}

// Peers are the customers that a customer is compared with.
type Peers struct {
	Scope string // size: of its industry and size; industry: of its industry; "": none were found
	Count int
	Given []store.Given // what they got and this one did not, the most common first
}

// A Dossier is all figures for a talk.
type Dossier struct {
	Query
	Book      store.Book
	Company   store.Company
	Customer  store.KeptCustomer
	Window    day.Window
	Figures   value.Figures // steps of the window, and what has accrued
	Months    []store.MonthSum
	Estimated map[int]money.Amount // by month: of the cost of services, negative
	Valuation *store.Valuation     // the newest up to the day, nil if there is none of this customer
	Why       value.Explanation
	Types     map[int64]service.Type
	Entries   []service.Entry // in the window, the most valued first
	Sums      []Sum           // by service, the most valued first
	Peers     Peers
	Room      talk.PriceRoom
	Target    money.Amount
	Needed    money.Micro
	Reachable bool
	Change    money.Micro
	Open      []store.OpenInvoice
	Problems  []fact.Complaint // in the window or unsolved, the newest first
	Contacts  []crm.Contact
	Tasks     []crm.Task
	Opinion   Opinion
	Talks     []talk.Talk
	Effect    *talk.Effect // of the last one, nil if nothing was agreed
	Written   []talk.Argument
}

// ReadDossier reads what a dossier is made of, in one picture of the book.
func ReadDossier(ctx context.Context, r store.Reader, q Query) (*Dossier, error) {
	if q.Months <= 0 {
		q.Months = 12
	}
	d := &Dossier{Query: q, Window: day.Span(q.Months).UpTo(q.AsOf)}
	var err error
	if d.Customer, err = r.Customer(ctx, q.Customer); err != nil {
		return nil, err
	}
	for _, read := range []func(context.Context, store.Reader) error{d.readBook, d.readAccount, d.readValue, d.readServices, d.readPeers, d.readOpen, d.readOpinion, d.readTalks} {
		if err := read(ctx, r); err != nil {
			return nil, fmt.Errorf("dossier of customer %d: %w", q.Customer, err)
		}
	}
	d.price()
	return d, nil
}

func (d *Dossier) readBook(ctx context.Context, r store.Reader) (err error) {
	if d.Book, err = r.Book(ctx); err != nil {
		return err
	}
	if d.Company, err = r.Company(ctx); err != nil {
		return err
	}
	d.Types, err = typesOf(ctx, r)
	return err
}

// typesOf is the catalogue by id.
func typesOf(ctx context.Context, r store.Reader) (map[int64]service.Type, error) {
	all, err := r.Types(ctx)
	if err != nil {
		return nil, err
	}
	types := make(map[int64]service.Type, len(all))
	for _, t := range all {
		types[t.ID] = t
	}
	return types, nil
}

// readAccount reads the account of the window, and what has accrued on open items.
func (d *Dossier) readAccount(ctx context.Context, r store.Reader) error {
	sums, err := r.KindSums(ctx, d.Query.Customer, d.Window)
	if err != nil {
		return err
	}
	for _, s := range sums {
		d.Figures.Steps.AddSum(s.Kind, s.Amount, s.Volume, s.Unknown)
	}
	if d.Months, err = r.MonthSums(ctx, d.Query.Customer, d.Window); err != nil {
		return err
	}
	if d.Estimated, err = r.EstimatedMonths(ctx, d.Query.Customer, d.Window); err != nil {
		return err
	}
	if d.Open, err = r.OpenOn(ctx, d.Query.Customer, d.AsOf); err != nil {
		return err
	}
	rates, err := r.Rates(ctx)
	if err != nil {
		return err
	}
	for _, o := range d.Open {
		if o.DaysLate <= 0 {
			continue
		}
		cost, err := money.Interest(o.Open, o.DaysLate, rates.LatePayment(d.AsOf))
		if err != nil {
			return err
		}
		d.Figures.Accrued -= cost
	}
	causes, err := r.CauseSums(ctx, d.Query.Customer, d.Window)
	if err != nil {
		return err
	}
	first, _ := d.Figures.Contribution(1)
	fourth, _ := d.Figures.Contribution(4)
	d.Room = talk.Room(d.Figures.Steps.Revenue, causes[account.CashDiscount]+causes[account.Bonus]+causes[account.Commission], first, fourth)
	return nil
}

// readValue reads what the newest valuation up to the day says.
func (d *Dossier) readValue(ctx context.Context, r store.Reader) error {
	v, err := r.NewestValuation(ctx, d.AsOf)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	row, err := r.Score(ctx, d.Query.Customer, v.ID)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	d.Valuation = &v
	d.Why = value.Explain(&v.Summary.Summary, &row.Figures, &row.Row)
	return nil
}

// readServices reads the services of the window.
func (d *Dossier) readServices(ctx context.Context, r store.Reader) error {
	at := make(map[int64]int)
	for k, err := range r.Services(ctx, store.ServiceFilter{Customer: d.Query.Customer, Window: d.Window}) {
		if err != nil {
			return err
		}
		e := k.Doc
		d.Entries = append(d.Entries, e)
		i, ok := at[e.Type]
		if !ok {
			i, at[e.Type] = len(d.Sums), len(d.Sums)
			d.Sums = append(d.Sums, Sum{Type: d.Types[e.Type]})
		}
		d.Sums[i].add(e)
	}
	slices.SortStableFunc(d.Entries, func(a, b service.Entry) int {
		return cmp.Or(cmp.Compare(b.Benefit-b.Charge, a.Benefit-a.Charge), cmp.Compare(b.Day, a.Day), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(d.Sums, func(a, b Sum) int {
		return cmp.Or(cmp.Compare(b.Benefit, a.Benefit), cmp.Compare(a.Type.Code, b.Type.Code))
	})
	return nil
}

func (s *Sum) add(e service.Entry) {
	s.Quantity += e.Quantity
	s.Cost += e.Cost - e.Charge
	s.Benefit += e.Benefit - e.Charge
	if e.Minutes != nil {
		s.Minutes += *e.Minutes
	} else if m := s.Type.Spent(e.Quantity, nil); m != nil {
		s.Minutes += *m
	}
	if e.Estimate != 0 {
		s.Estimated += e.Benefit - e.Charge
		return
	}
	s.Count++
	s.Last = max(s.Last, e.Day)
}

// leastPeers is how many peers a comparison needs.
const leastPeers = 3

// readPeers finds what well-developed customers alike got in the window, and this
// one did not: those of its industry and size that are in the field to invest in,
// or of its industry where these are too few.
func (d *Dossier) readPeers(ctx context.Context, r store.Reader) error {
	if d.Valuation == nil || d.Customer.Industry == "" {
		return nil
	}
	for _, scope := range []string{"size", "industry"} {
		size := d.Customer.Size
		if scope == "industry" {
			size = ""
		} else if size == "" {
			continue
		}
		all, err := r.Peers(ctx, d.Valuation.ID, d.Customer.Industry, size)
		if err != nil {
			return err
		}
		peers := d.developed(all)
		if len(peers) < leastPeers {
			continue
		}
		given, err := r.GivenTo(ctx, peers, d.Window)
		if err != nil {
			return err
		}
		d.Peers = Peers{Scope: scope, Count: len(peers), Given: d.lacks(given)}
		return nil
	}
	return nil
}

// mostPeers is how many peers are looked at.
const mostPeers = 50

// developed keeps the peers that stand in the field to invest in.
func (d *Dossier) developed(all []store.Peer) []account.CustomerID {
	var out []account.CustomerID
	for _, p := range all {
		var row value.Row
		row.SetFlags(p.Flags)
		if p.Customer != d.Query.Customer && !row.New && row.Place().Strategy() == value.Invest && len(out) < mostPeers {
			out = append(out, p.Customer)
		}
	}
	return out
}

// lacks keeps the services that this customer did not get.
func (d *Dossier) lacks(given []store.Given) []store.Given {
	var out []store.Given
	for _, g := range given {
		t := d.Types[g.Type]
		if !t.Sold && !t.Retired && !slices.ContainsFunc(d.Sums, func(s Sum) bool { return s.Type.ID == g.Type }) {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b store.Given) int {
		return cmp.Or(cmp.Compare(b.Customers, a.Customers), cmp.Compare(b.Benefit, a.Benefit), cmp.Compare(a.Type, b.Type))
	})
	return out
}

// readOpen reads complaints, tasks and people.
func (d *Dossier) readOpen(ctx context.Context, r store.Reader) error {
	all, err := r.ComplaintsOf(ctx, d.Query.Customer)
	if err != nil {
		return err
	}
	for _, k := range all {
		if c := k.Doc; c.Day <= d.AsOf && (d.Window.Holds(c.Day) || c.SolvedOn == 0 || c.SolvedOn > d.AsOf) {
			d.Problems = append(d.Problems, c)
		}
	}
	slices.SortStableFunc(d.Problems, func(a, b fact.Complaint) int { return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(a.ID, b.ID)) })
	if d.Contacts, err = r.ContactsOf(ctx, d.Query.Customer); err != nil {
		return err
	}
	slices.SortStableFunc(d.Contacts, func(a, b crm.Contact) int { return cmp.Compare(rank(a), rank(b)) })
	tasks, err := r.TasksOf(ctx, d.Query.Customer)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if t.State.Live() {
			d.Tasks = append(d.Tasks, t)
		}
	}
	return nil
}

// rank puts those first who decide.
func rank(c crm.Contact) int {
	order := []string{"decider", "buyer", "influencer", "user", "initiator", "gatekeeper"}
	if i := slices.Index(order, c.Part); i >= 0 {
		return i
	}
	return len(order)
}

// readTalks reads how earlier talks ended, and what became of the last.
func (d *Dossier) readTalks(ctx context.Context, r store.Reader) (err error) {
	if d.Talks, err = r.TalksOf(ctx, d.Query.Customer, d.AsOf); err != nil {
		return err
	}
	if len(d.Talks) > 0 && d.Talks[0].ValidFrom != 0 {
		e, err := r.TalkEffect(ctx, d.Talks[0], d.AsOf)
		if err != nil {
			return err
		}
		d.Effect = &e
	}
	d.Written, err = r.Arguments(ctx)
	return err
}

// price finds the change of the price that is needed, and tries the one that was
// asked for. Where no target is said, it is the contribution without free services
// (III), or nothing where even that is below zero.
func (d *Dossier) price() {
	if third, _ := d.Figures.Contribution(3); d.Query.Target != nil {
		d.Target = *d.Query.Target
	} else {
		d.Target = max(0, third)
	}
	d.Needed, d.Reachable = d.Room.Needed(d.Target)
	d.Change = d.Needed
	if d.Query.Change != nil {
		d.Change = *d.Query.Change
	}
}

// WritePDF writes the dossier as PDF.
func (d *Dossier) WritePDF(w io.Writer) error {
	t := wordsOf(d.Lang, d.Book)
	sheet := doc.Sheet{
		Title: t.T("Dossier {customer}", "customer", d.Customer.Name), Lang: string(t.Lang()), Day: d.AsOf, Brand: ColourOf(d.Company.Colour), Logo: d.Company.Logo,
		Head: t.T("Dossier {customer}", "customer", d.Customer.Name), Foot: t.T("Internal, not for the customer"), PageOf: t.T("Page {page} of {pages}"),
	}
	return write(w, sheet, d.Customer.Name, d.Sub(), d.Sections())
}

// PDF is the dossier as PDF.
func (d *Dossier) PDF() ([]byte, error) { return bytesOf(d.WritePDF) }

// Sub says in a line who the customer is and which time is looked at.
func (d *Dossier) Sub() string {
	t := wordsOf(d.Lang, d.Book)
	parts := []string{t.T("Dossier for the talk")}
	for _, p := range []string{d.Customer.Number, strings.TrimSpace(d.Customer.PostalCode + " " + d.Customer.City), d.Customer.Industry, d.Customer.Size, d.Customer.Owner} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(append(parts, t.span(d.Window)), " · ")
}
