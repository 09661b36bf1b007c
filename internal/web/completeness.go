package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"

	"quid/account"
	"quid/fault"
	"quid/internal/doc"
	"quid/internal/intake"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/portfolio"
	"quid/value"
)

// completenessRoutes are the pages of what the figures lack.
func (s *Server) completenessRoutes(mux *router) {
	mux.Handle("GET /completeness", s.page(s.completeness))
	mux.Handle("GET /completeness/{datum}", s.page(s.lacking))
	mux.Handle("GET /completeness/{datum}/list.csv", s.page(s.lackingCSV))
}

// completenessPage says what the base lacks, the most blocking first.
type completenessPage struct {
	Page
	Customers int
	Findings  []finding
}

// A finding is a gap of the base with what to do about it.
type finding struct {
	portfolio.Finding
	remedy
}

// Whole says whether the whole book lacks it, not single customers.
func (f finding) Whole() bool {
	return f.Datum == portfolio.Complaints || f.Datum == portfolio.Services || f.Datum == portfolio.CareKept
}

// Share is the part of the customers that need it and lack it.
func (f finding) Share() float64 {
	if f.Of == 0 {
		return 0
	}
	return float64(f.Lacking) / float64(f.Of)
}

// A remedy is how a gap is closed.
type remedy struct {
	Kind  intake.Kind // of the file that brings it
	Do    string      // in words, as a key for p.T
	Facet string      // of the list of customers that finds who lacks it, or ""
	Field []string    // of the kind, to be filled in a list; nil where a list does not help
}

// gapRemedies say by which file each datum comes.
var gapRemedies = map[portfolio.Datum]remedy{
	portfolio.Cost:        {Kind: intake.Products, Do: locale.Key("Import the products with their standard cost, or invoices with a column of cost.")},
	portfolio.Payments:    {Kind: intake.Payments, Do: locale.Key("Import payments, or a list of receivables with the day each invoice was settled.")},
	portfolio.Need:        {Kind: intake.Customers, Field: []string{"need"}, Do: locale.Key("Estimate roughly what each could buy from you in a year; sales reps know.")},
	portfolio.Industry:    {Kind: intake.Customers, Field: []string{"industry"}, Facet: "industry", Do: locale.Key("Import the industry of the customers.")},
	portfolio.Size:        {Kind: intake.Customers, Field: []string{"size"}, Facet: "size", Do: locale.Key("Import a size class of the customers, in your own words.")},
	portfolio.Tenure:      {Kind: intake.Customers, Field: []string{"acquired_on"}, Do: locale.Key("Import since when they are customers.")},
	portfolio.Owner:       {Kind: intake.Customers, Field: []string{"owner"}, Facet: "owner", Do: locale.Key("Import who looks after them.")},
	portfolio.Contacts:    {Kind: intake.Contacts, Field: []string{"first_name", "name", "role", "email", "phone"}, Do: locale.Key("Import the people you talk to.")},
	portfolio.Terms:       {Kind: intake.Customers, Field: []string{"terms"}, Do: locale.Key("Import the agreed days to pay.")},
	portfolio.Description: {Kind: intake.Customers, Field: []string{"name", "street", "postal_code", "city", "industry", "owner"}, Do: locale.Key("Import the master data of these customers.")},
	portfolio.Complaints:  {Kind: intake.Complaints, Do: locale.Key("Import complaints with what handling them cost.")},
	portfolio.Services:    {Kind: intake.ServiceEntries, Do: locale.Key("Import what you did for customers for nothing: hotline, training, order changes.")},
	portfolio.CareKept:    {Kind: intake.Interactions, Do: locale.Key("Import visits, calls and mails from your calendar or CRM.")},
}

// gapCache keeps the findings of a picture: they are one scan of all customers.
type gapCache struct {
	mu       sync.Mutex
	stamp    store.Stamp
	findings []portfolio.Finding
}

func (s *Server) completeness(w http.ResponseWriter, r *http.Request) error {
	p := completenessPage{}
	var err error
	if p.Page, err = s.newPage(r, locale.Key("Completeness")); err != nil {
		return err
	}
	pic, err := s.picture(r.Context())
	if errors.Is(err, errUnvalued) || err == nil && pic.snap.Len() == 0 {
		return s.showUnvalued(w, r, p.Page)
	}
	if err != nil {
		return err
	}
	p.Customers = pic.snap.Valued()
	findings, err := s.findings(r.Context(), pic)
	if err != nil {
		return err
	}
	for _, f := range findings {
		p.Findings = append(p.Findings, finding{f, gapRemedies[f.Datum]})
	}
	return s.render(w, r, http.StatusOK, completenessView(p))
}

// findings are the gaps of the base.
func (s *Server) findings(ctx context.Context, pic *picture) ([]portfolio.Finding, error) {
	s.gaps.mu.Lock()
	defer s.gaps.mu.Unlock()
	if s.gaps.stamp == pic.stamp && s.gaps.findings != nil {
		return s.gaps.findings, nil
	}
	var tally portfolio.Tally
	err := s.eachCustomer(ctx, pic, func(_ int, f *value.Figures, m portfolio.Master) { tally.Add(f, m) })
	if err != nil {
		return nil, err
	}
	kept, err := s.db.Read().KeptKinds(ctx)
	if err != nil {
		return nil, err
	}
	s.gaps.stamp, s.gaps.findings = pic.stamp, append([]portfolio.Finding{}, tally.Findings(kept)...)
	return s.gaps.findings, nil
}

// eachCustomer calls fn with every customer of the valuation: its index in the
// picture, its figures, and what else is known of it.
func (s *Server) eachCustomer(ctx context.Context, pic *picture, fn func(int, *value.Figures, portfolio.Master)) error {
	i, n := 0, pic.snap.Valued()
	return s.db.Read().EachMaster(ctx, func(id account.CustomerID, m portfolio.Master) {
		for i < n && pic.snap.ID(i) < id {
			i++
		}
		if i < n && pic.snap.ID(i) == id {
			f := pic.snap.Figures(i)
			fn(i, &f, m)
		}
	})
}

// lackingPage lists the customers that lack a datum, those with the greatest
// revenue first.
type lackingPage struct {
	Page
	finding
	Rows  []lackingRow
	Pages Pager
}

type lackingRow struct {
	ID      account.CustomerID
	Number  string
	Name    string
	Owner   string
	Revenue money.Amount
}

// lackingSize is how many customers a page lists.
const lackingSize = 100

// who finds the customers that lack a datum, by revenue.
func (s *Server) who(r *http.Request, pic *picture) (found finding, at []int, err error) {
	datum := portfolio.Datum(r.PathValue("datum"))
	fix, ok := gapRemedies[datum]
	if !ok {
		return found, nil, fault.NotFound
	}
	findings, err := s.findings(r.Context(), pic)
	if err != nil {
		return found, nil, err
	}
	i := slices.IndexFunc(findings, func(f portfolio.Finding) bool { return f.Datum == datum })
	if i < 0 {
		return finding{portfolio.Finding{Gap: portfolio.Gap{Datum: datum}}, fix}, nil, nil
	}
	found = finding{findings[i], fix}
	if found.Whole() {
		return found, nil, nil
	}
	err = s.eachCustomer(r.Context(), pic, func(i int, f *value.Figures, m portfolio.Master) {
		for _, gap := range portfolio.Lacks(f, m) {
			if gap.Datum == datum {
				at = append(at, i)
			}
		}
	})
	slices.SortStableFunc(at, func(x, y int) int {
		return int(min(1, max(-1, pic.snap.Base.Revenue[y]-pic.snap.Base.Revenue[x])))
	})
	return found, at, err
}

func (s *Server) lacking(w http.ResponseWriter, r *http.Request) error {
	p := lackingPage{}
	var err error
	if p.Page, err = s.newPage(r, locale.Key("Completeness")); err != nil {
		return err
	}
	pic, err := s.picture(r.Context())
	if errors.Is(err, errUnvalued) {
		return s.showUnvalued(w, r, p.Page)
	}
	if err != nil {
		return err
	}
	var at []int
	if p.finding, at, err = s.who(r, pic); err != nil {
		return err
	}
	path := r.URL.Path
	p.Pages = Pager{Page: pageNumber(r, len(at)), Size: lackingSize, Total: len(at), Href: func(n int) string { return path + "?page=" + formatID(int64(n)) }}
	from := (p.Pages.Page - 1) * lackingSize
	for _, i := range at[from:min(from+lackingSize, len(at))] {
		p.Rows = append(p.Rows, lackingRow{pic.snap.ID(i), pic.snap.External(i), pic.snap.Name(i), pic.snap.Owner(i), pic.snap.Base.Revenue[i]})
	}
	return s.render(w, r, http.StatusOK, lackingView(p))
}

// pageNumber reads the page of a long list, within its bounds.
func pageNumber(r *http.Request, total int) int {
	var n int64
	for _, c := range r.FormValue("page") {
		if c < '0' || c > '9' || n > 1e9 {
			return 1
		}
		n = 10*n + int64(c-'0')
	}
	return int(max(1, min(n, int64(Pager{Size: lackingSize, Total: total}.Last()))))
}

// lackingCSV is the list to fill in: the customers that lack a datum, with empty
// columns whose headings the import knows.
func (s *Server) lackingCSV(w http.ResponseWriter, r *http.Request) error {
	p, err := s.newPage(r, "")
	if err != nil {
		return err
	}
	pic, err := s.picture(r.Context())
	if err != nil {
		return fault.NotFound
	}
	found, at, err := s.who(r, pic)
	if err != nil {
		return err
	}
	if found.Field == nil {
		return fault.NotFound
	}
	style := doc.English
	if p.Lang() == locale.German {
		style = doc.German
	}
	out, err := attach(w, "text/csv; charset=utf-8", string(found.Datum)+".csv")
	if err != nil {
		return err
	}
	return doc.WriteCSV(out, listToFill(found, pic, at), style)
}

// listToFill names the customers and leaves the fields empty.
func listToFill(f finding, pic *picture, at []int) doc.Table {
	t := doc.Table{Name: string(f.Datum)}
	key := "external"
	if f.Kind == intake.Contacts {
		key = "customer"
	}
	t.Columns = []doc.Column{{Title: key}}
	named := !slices.Contains(f.Field, "name")
	if named {
		t.Columns = append(t.Columns, doc.Column{Title: "name"})
	}
	for _, name := range f.Field {
		t.Columns = append(t.Columns, doc.Column{Title: name})
	}
	t.Rows = func(yield func([]doc.Value) bool) {
		row := make([]doc.Value, len(t.Columns))
		for _, i := range at {
			for c := range row {
				row[c] = doc.Value{Empty: true}
			}
			row[0] = doc.Value{Text: pic.snap.External(i)}
			if named {
				row[1] = doc.Value{Text: pic.snap.Name(i)}
			}
			if !yield(row) {
				return
			}
		}
	}
	return t
}

// lackingTitle is what is missing, in words.
func (p lackingPage) lackingTitle() string {
	if p.Name == "" {
		return p.T("Completeness")
	}
	return p.T("Missing: {what}", "what", p.T(string(p.Name)))
}
