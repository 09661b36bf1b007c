package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fact"
	"quid/fault"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/portfolio"
	"quid/value"
)

func (s *Server) cockpitRoutes(mux *router) {
	mux.Handle("GET /customers/{id}", s.page(s.showCockpit))
	mux.Handle("POST /customers/{id}", s.page(s.editCustomer))
	mux.Handle("GET /customers/{id}/path", s.page(s.pathPoints))
	mux.Handle("GET /customers/{id}/moves", s.page(s.pathMoves))
	mux.Handle("GET /customers/{id}/explain/{figure}", s.page(s.explainFigure))
	mux.Handle("POST /customers/{id}/override", s.page(s.overrule))
	mux.Handle("POST /customers/{id}/override/{override}/end", s.page(s.endOverride))
}

// A cockpitPage is all that is known of one customer.
type cockpitPage struct {
	Page
	Customer  store.KeptCustomer
	Valuation store.Valuation
	Row       *store.ScoreRow // in the newest valuation, nil if it isn't in it
	Why       value.Explanation
	Path      []store.ScoreRow
	Days      map[int64]day.Day // of the path, by valuation
	Account   accountPart
	Services  servicesPart
	Open      []store.OpenInvoice
	Problems  []store.Kept[fact.Complaint]
	Contacts  []crm.Contact
	Group     groupPart
	Overrides []store.Override
	Inherited []store.Override // of the group, where nothing is said of the customer itself
	Gaps      []portfolio.Gap
	Known     knownValues
	Leads     bool         // others belong to it, or did
	Steps     []value.Step // the waterfall, of the group if the account is
	CostKnown bool

	Care    carePart  // how it is looked after
	Edit    formState // of the customer's own facts
	Set     formState // of the override
	stamped bool      // facts changed since the valuation
	basis   *basis    // of the newest valuation, nil if there is none
}

// An accountPart is the value account for a period.
type accountPart struct {
	From, To day.Day
	Kind     account.Kind // 0 for all
	Lines    []accountLine
	Sums     []store.KindSum
	Months   []store.MonthSum
	Members  bool // with those of the group that the customer leads
	Count    int  // postings of the period and kind
	Page     int
}

// An accountLine is a posting with what it was about, in words.
type accountLine struct {
	store.StatementLine
	Service string
	Name    string // of the customer, where the account is that of a group
}

// A groupPart is the group that a customer belongs to, or leads.
type groupPart struct {
	Parent  *store.Member
	Members []groupMember
	Revenue money.Amount
	Sum     money.Amount // contribution III of those whose cost is known
	Unknown int          // members whose contribution is unknown
	More    bool         // there are more than are listed
}

type groupMember struct {
	store.Member
	Revenue money.Amount
	Sum     money.Amount
	Known   bool
	Valued  bool
	Badge   badge
}

// knownValues are what other customers have: what the form suggests.
type knownValues struct{ Owners, Industries, Sizes []string }

// accountSize is how many postings a page of the account holds.
const accountSize = 25

// showCockpit answers with the page of a customer.
func (s *Server) showCockpit(w http.ResponseWriter, r *http.Request) error {
	p, err := s.cockpit(r)
	if err != nil {
		return err
	}
	switch {
	case r.FormValue("saved") != "":
		p.Flash = &Toast{Text: p.T("Saved. The next valuation counts with it and follows by itself."), Tone: Good}
	case r.FormValue("kept") != "":
		p.Flash = &Toast{Text: p.T("Kept."), Tone: Good}
	case r.FormValue("overruled") != "":
		p.Flash = &Toast{Text: p.T("Kept. The next valuation counts with it and follows by itself."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, cockpit(p))
}

// cockpit reads a customer in one consistent picture of the book.
func (s *Server) cockpit(r *http.Request) (*cockpitPage, error) {
	id, err := idOf(r)
	if err != nil {
		return nil, err
	}
	page, err := s.newPage(r, "")
	if err != nil {
		return nil, err
	}
	p := &cockpitPage{Page: page, Days: map[int64]day.Day{}}
	pic, err := s.picture(r.Context())
	if err != nil && !errors.Is(err, errUnvalued) {
		return nil, err
	}
	err = s.db.Look(r.Context(), func(read store.Reader) error {
		if p.Customer, err = read.Customer(r.Context(), account.CustomerID(id)); err != nil {
			return err
		}
		if err := p.readValue(r.Context(), read, pic, day.At(s.app.Now())); err != nil {
			return err
		}
		if err := p.readAccount(r, read); err != nil {
			return err
		}
		if err := p.readServices(r.Context(), read); err != nil {
			return err
		}
		if err := p.readGroup(r.Context(), read, pic); err != nil {
			return err
		}
		if err := p.readCare(r.Context(), read, day.At(s.app.Now())); err != nil {
			return err
		}
		return p.readFacts(r.Context(), read)
	})
	if err != nil {
		return nil, fmt.Errorf("cockpit: %w", err)
	}
	p.Title, p.About = p.Customer.Name, p.Customer.ID
	p.Actions = cockpitActions(p)
	p.Edit, p.Set = p.editState(), p.setState()
	if pic != nil {
		p.basis = &pic.basis
		p.Known = knownValues{pic.snap.Owners(), pic.snap.Industries(), pic.snap.Sizes()}
	}
	p.Commands = append(p.Commands, Command{Label: p.T("Dossier for the talk"), Icon: "briefcase", Href: p.path("/dossier")}, Command{Label: p.T("Benefit statement"), Icon: "gift", Href: p.path("/statement")})
	p.Commands = append(p.Commands, Command{Label: p.T("Book a service"), Icon: "notebook-pen", Href: captureHref("given", idText(p.About))}, Command{Label: p.T("Repeat the last service"), Icon: "repeat", Href: captureHref("given", idText(p.About), "repeat", "last")}, Command{Label: p.T("Edit this customer"), Icon: "pencil", Href: p.path("#edit")}, Command{Label: p.T("Overrule the figures"), Icon: "gavel", Href: p.path("#overrule")}, valueCommand(p.Page))
	return p, nil
}

// path is an address below the customer's page.
func (p *cockpitPage) path(more string) string { return customerPath(p.Customer.ID) + more }

// readValue reads the newest valuation, what it says of the customer, and the
// customer's path over all of them.
func (p *cockpitPage) readValue(ctx context.Context, r store.Reader, pic *picture, today day.Day) error {
	v, err := newest(ctx, r, pic, today)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	p.Valuation = v
	book, err := r.Book(ctx)
	if err != nil {
		return err
	}
	p.stamped = book.Changed != v.Changed
	path, err := r.Path(ctx, p.Customer.ID)
	if err != nil || len(path) == 0 {
		return err
	}
	all, err := r.ValuationDays(ctx)
	if err != nil {
		return err
	}
	for _, one := range all {
		p.Days[one.ID] = one.AsOf
	}
	p.Path = lastOfDay(path, p.Days)
	for i := range path {
		if path[i].Valuation == v.ID {
			p.Row = &path[i]
			p.Why = value.Explain(&v.Summary.Summary, &path[i].Figures, &path[i].Row)
			p.Steps, p.CostKnown = p.Why.Steps, p.Why.CostKnown
		}
	}
	return nil
}

// newest returns the newest valuation, from the picture if it is that one.
func newest(ctx context.Context, r store.Reader, pic *picture, today day.Day) (store.Valuation, error) {
	stamp, err := r.Stamp(ctx, today)
	if err != nil {
		return store.Valuation{}, err
	}
	if pic != nil && pic.snap.Valuation.ID == stamp.Valuation {
		return pic.snap.Valuation, nil
	}
	return r.CurrentValuation(ctx, today)
}

// lastOfDay keeps of several valuations of one day the last.
func lastOfDay(path []store.ScoreRow, days map[int64]day.Day) []store.ScoreRow {
	var kept []store.ScoreRow
	for _, row := range path {
		if n := len(kept); n > 0 && days[kept[n-1].Valuation] == days[row.Valuation] {
			kept[n-1] = row
			continue
		}
		kept = append(kept, row)
	}
	return kept
}

// readAccount reads the value account for the period that the address names; by
// default that of the valuation.
func (p *cockpitPage) readAccount(r *http.Request, read store.Reader) error {
	a := &p.Account
	window := day.Span(12).UpTo(p.lastDay())
	if p.Row != nil {
		window = p.Valuation.Summary.Window()
	}
	a.To = window.To
	if a.From = window.From.Add(1); window.From == 0 {
		a.From = 0
	}
	if d, err := day.Parse(r.FormValue("from")); err == nil {
		a.From = d
	}
	if d, err := day.Parse(r.FormValue("to")); err == nil {
		a.To = d
	}
	for _, k := range account.Kinds {
		if k.String() == r.FormValue("kind") {
			a.Kind = k
		}
	}
	var err error
	if p.Leads, err = read.Leads(r.Context(), p.Customer.ID); err != nil {
		return err
	}
	a.Members = p.Leads && r.FormValue("members") != ""
	a.Page = 1
	if n, err := strconv.Atoi(r.FormValue("page")); err == nil {
		a.Page = max(1, n)
	}
	return p.readPostings(r.Context(), read)
}

func (p *cockpitPage) readPostings(ctx context.Context, read store.Reader) error {
	a := &p.Account
	window := day.Window{From: a.From, To: a.To}
	if a.From != 0 {
		window.From = a.From.Add(-1)
	}
	if a.Members {
		return p.readGroupPostings(ctx, read, window)
	}
	var err error
	if a.Sums, err = read.KindSums(ctx, p.Customer.ID, window); err != nil {
		return err
	}
	a.count()
	if a.Months, err = read.MonthSums(ctx, p.Customer.ID, window); err != nil {
		return err
	}
	lines, err := read.Statement(ctx, store.Statement{Period: store.Period{Customer: p.Customer.ID, Window: window, Kind: a.Kind}, Size: accountSize, Page: a.Page})
	if err != nil {
		return err
	}
	return p.addLines(ctx, read, lines)
}

// count counts the postings of the kind, and keeps the page within them.
func (a *accountPart) count() {
	for _, sum := range a.Sums {
		if a.Kind == 0 || sum.Kind == a.Kind {
			a.Count += int(sum.Count)
		}
	}
	a.Page = min(a.Page, max(1, (a.Count+accountSize-1)/accountSize))
}

// addLines adds postings with the names of the services behind them.
func (p *cockpitPage) addLines(ctx context.Context, read store.Reader, lines []store.StatementLine) error {
	names, err := p.serviceNames(ctx, read, lines)
	if err != nil {
		return err
	}
	for _, l := range lines {
		p.Account.Lines = append(p.Account.Lines, accountLine{StatementLine: l, Service: names[l.Type]})
	}
	return nil
}

// serviceNames are the names of the services behind the lines, if there are any.
func (p *cockpitPage) serviceNames(ctx context.Context, read store.Reader, lines []store.StatementLine) (map[int64]string, error) {
	if !slices.ContainsFunc(lines, func(l store.StatementLine) bool { return l.Type != 0 }) {
		return nil, nil
	}
	types, err := read.Types(ctx)
	if err != nil {
		return nil, err
	}
	names := make(map[int64]string, len(types))
	for _, t := range types {
		if names[t.ID] = t.NameEN; p.Lang() == locale.German || t.NameEN == "" {
			names[t.ID] = t.NameDE
		}
		if names[t.ID] == "" {
			names[t.ID] = t.Code
		}
	}
	return names, nil
}

// lastDay is the day of the newest valuation, or as far as the calendar goes.
func (p *cockpitPage) lastDay() day.Day {
	if p.Valuation.AsOf != 0 {
		return p.Valuation.AsOf
	}
	return day.Max
}

// mostMembers is how many members of a group are listed.
const mostMembers = 50

func (p *cockpitPage) readGroup(ctx context.Context, r store.Reader, pic *picture) error {
	on, id := p.lastDay(), p.Customer.ID
	parent, err := r.ParentOn(ctx, id, on)
	if err != nil {
		return err
	}
	head := id
	if parent != 0 {
		head = parent
	}
	members, err := r.MembersOn(ctx, head, on, mostMembers+1)
	if err != nil || len(members) == 0 && parent == 0 {
		return err
	}
	lead, err := r.Customer(ctx, head)
	if err != nil {
		return err
	}
	g := &p.Group
	g.Parent = &store.Member{ID: head, Name: lead.Name}
	g.More = len(members) > mostMembers
	for _, m := range append([]store.Member{*g.Parent}, members[:min(mostMembers, len(members))]...) {
		g.add(m, pic)
	}
	return nil
}

// add counts a member of the group with the sums of the newest valuation.
func (g *groupPart) add(m store.Member, pic *picture) {
	one := groupMember{Member: m}
	if pic != nil {
		if i, ok := pic.snap.Find(m.ID); ok && i < pic.snap.Valued() {
			b := pic.snap.Base
			one.Valued, one.Revenue, one.Sum, one.Known, one.Badge = true, b.Revenue[i], b.Contribution[2][i], b.Known[i], pic.badgeAt(i)
		}
	}
	g.Revenue += one.Revenue
	if one.Known {
		g.Sum += one.Sum
	} else {
		g.Unknown++
	}
	g.Members = append(g.Members, one)
}

// readFacts reads what stands beside the account.
func (p *cockpitPage) readFacts(ctx context.Context, r store.Reader) error {
	id := p.Customer.ID
	var errs [5]error
	p.Open, errs[0] = r.OpenOn(ctx, id, p.lastDay())
	p.Problems, errs[1] = r.ComplaintsOf(ctx, id)
	p.Contacts, errs[2] = r.ContactsOf(ctx, id)
	p.Overrides, errs[3] = r.OverridesOf(ctx, id)
	p.Inherited, errs[4] = r.InheritedBy(ctx, id, p.lastDay())
	slices.SortFunc(p.Problems, func(a, b store.Kept[fact.Complaint]) int { return int(b.Doc.Day - a.Doc.Day) })
	if p.Row != nil {
		c := &p.Customer
		p.Gaps = portfolio.Lacks(&p.Row.Figures, portfolio.Master{
			Industry: c.Industry != "", Size: c.Size != "", Owner: c.Owner != "", Contacts: len(p.Contacts) > 0, Terms: c.TermsDays != nil, Stub: c.Stub,
		})
	}
	return errors.Join(errs[:]...)
}

// explained are the figures with an explanation, and where it stands.
var explained = []string{"score", "contribution", "class", "segment", "credibility", "stage", "payment", "lifetime"}

// explainFigure leads to where a figure is explained.
func (s *Server) explainFigure(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	if !slices.Contains(explained, r.PathValue("figure")) {
		return fault.NotFound
	}
	http.Redirect(w, r, customerPath(account.CustomerID(id))+"#how-"+r.PathValue("figure"), http.StatusSeeOther)
	return nil
}
