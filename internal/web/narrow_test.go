package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"quid/day"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/store"
	"quid/service"

	"golang.org/x/net/html"
)

// Pages about many customers, and what a manager sees of them who sees all.
var narrowPages = []string{
	"/attention?view=much", "/attention?view=few", "/development", "/services?rows=customer", "/services.csv?rows=customer", "/services/entries.csv", "/candidates",
}

// Who sees the customers of one owner finds these alone in the pages about many: no
// name of another customer, and no sum that holds one. A manager who sees all finds
// others there, so the test would notice them.
func TestPagesAboutManyCustomersAreNarrowed(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, true)
	own, foreign, owner := s.twoOwners(t)
	s.book(t, own)
	s.book(t, foreign)
	rights := auth.SalesManager.Rights()
	all := auth.Who{User: 7, Name: "Maria", Role: auth.SalesManager, Rights: rights, Sees: auth.Everybody}
	some := all
	some.Sees = auth.Reach{Owners: []string{owner}}
	others := s.othersThan(t, owner)
	for _, path := range narrowPages {
		status, whole := s.textFor(t, all, path)
		if n := containsAny(whole, others); n == 0 || status != http.StatusOK {
			t.Errorf("%s (%d) shows nobody of other owners to who sees all: the test proves nothing", path, status)
		}
		status, narrow := s.textFor(t, some, path)
		if n := containsAny(narrow, others); n > 0 || status != http.StatusOK {
			t.Errorf("%s (%d) shows %d customers of other owners", path, status, n)
		}
		if strings.HasSuffix(path, "csv") || strings.Contains(path, ".csv?") {
			continue
		}
		if said := strings.Contains(narrow, "Your customers only"); !said || strings.Contains(whole, "Your customers only") {
			t.Errorf("%s does not say whose customers it counts", path)
		}
	}
	for _, path := range []string{"/concentration", "/lifetime", "/newcomers", "/completeness"} {
		if status, text := s.textFor(t, some, path); status != http.StatusForbidden || !strings.Contains(text, "about the whole company") {
			t.Errorf("%s answers %d and does not say why", path, status)
		}
	}
	s.sumsAreNarrow(t, some)
}

// sumsAreNarrow compares sums of services as somebody sees them with those of their
// customers among all.
func (s *shelf) sumsAreNarrow(t *testing.T, some auth.Who) {
	t.Helper()
	ctx, read := auth.With(t.Context(), some), s.db.Read()
	window := day.Window{From: 20200101, To: 20271231}
	each, err := read.ServiceSums(authtest.Context(t), window, store.ServiceBy{Customer: true})
	if err != nil {
		t.Fatal(err)
	}
	var whole, want, got store.ServiceSum
	for i := range each {
		whole.Add(&each[i])
		if read.Reach(ctx, each[i].Customer) == nil {
			want.Add(&each[i])
		}
	}
	for _, by := range []store.ServiceBy{{}, {Type: true}, {Type: true, Month: true}, {Customer: true}} {
		got = store.ServiceSum{}
		sums, err := read.ServiceSums(ctx, window, by)
		if err != nil {
			t.Fatal(err)
		}
		for i := range sums {
			got.Add(&sums[i])
		}
		if got != want || got == whole || got.Entries == 0 {
			t.Errorf("by %+v somebody sees %+v, their customers have %+v, all %+v", by, got, want, whole)
		}
	}
	care, err := s.server.careOf(ctx)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := s.server.careOf(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(care.List) == 0 || len(care.List) >= len(wide.List) {
		t.Fatalf("%d of %d customers are cared for", len(care.List), len(wide.List))
	}
	for i, c := range care.List {
		at, ok := wide.find(c.Customer)
		sum, n := care.Possible.Sum(i)
		wideSum, wideN := wide.Possible.Sum(at)
		if !ok || read.Reach(ctx, c.Customer) != nil || care.Seeds[i].Customer != c.Customer || sum != wideSum || n != wideN {
			t.Errorf("customer %d is not what it is among all", c.Customer)
		}
	}
	foreign := service.Candidate{Kind: service.FromLine, Document: 1}
	for i := range wide.List {
		if read.Reach(ctx, wide.List[i].Customer) != nil {
			foreign.Customer = wide.List[i].Customer
		}
	}
	if err := s.app.ProposeAgain(ctx, foreign); err == nil {
		t.Error("a candidate of another owner's customer is proposed again")
	}
}

// othersThan are the names of customers that an owner doesn't have, but for those that
// are part of a name of theirs.
func (s *shelf) othersThan(t *testing.T, owner string) []string {
	t.Helper()
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	var theirs strings.Builder
	var others []string
	for i := range pic.snap.Len() {
		if pic.snap.Owner(i) == owner {
			theirs.WriteString(pic.snap.Name(i) + "\n")
		}
	}
	for i := range pic.snap.Len() {
		if pic.snap.Owner(i) != owner && !strings.Contains(theirs.String(), pic.snap.Name(i)) {
			others = append(others, pic.snap.Name(i))
		}
	}
	return others
}

// textFor is what a page says to somebody.
func (s *shelf) textFor(t *testing.T, who auth.Who, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.Header.Set("Accept-Language", "en")
	auth.As(who, s.doors).ServeHTTP(w, r)
	return w.Code, html.UnescapeString(w.Body.String())
}

// containsAny is how many of some texts stand in a text.
func containsAny(text string, of []string) (n int) {
	for _, one := range of {
		if strings.Contains(text, one) {
			n++
		}
	}
	return n
}
