package web

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"quid/account"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
)

var updateDoors = flag.Bool("update", false, "write the golden table of doors anew")

// What a route answers, in a letter: the door let the request through (the page may
// then find fault with it), sent it to the login, refused it, or knows nothing of it.
func verdict(status int, location string) string {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusSeeOther && strings.HasPrefix(location, "/login"):
		return "login"
	case status == http.StatusForbidden:
		return "no"
	case status == http.StatusNotFound:
		return "none"
	case status >= http.StatusInternalServerError:
		return fmt.Sprint(status)
	default:
		return "yes"
	}
}

var variable = regexp.MustCompile(`\{[^}]*\}`)

// The golden table of doors: each role at each route, where the customer in the path
// is one's own, and where it is somebody else's; and somebody suspended, and nobody.
// Who changes a right changes testdata/doors.txt, where a reviewer sees it.
func TestDoorsAreThoseOfTheGoldenTable(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, true)
	own, foreign, owner := s.twoOwners(t)
	entry, child := s.book(t, own), s.book(t, foreign)
	ways := []struct {
		name     string
		customer account.CustomerID
		id       int64 // of an entry
	}{{"own", own, entry}, {"foreign", foreign, child}, {"foreign child under own parent", own, child}}
	var table strings.Builder
	for _, pattern := range slices.Sorted(maps.Keys(doors)) {
		method, path, ok := strings.Cut(pattern, " ")
		if !ok || doors[pattern].scope == toAnyone {
			continue
		}
		for _, way := range ways {
			if doors[pattern].scope != toCustomer && way.name != "own" || way.id == child && way.customer == own && !strings.Contains(path, "{customer}") {
				continue
			}
			fmt.Fprintf(&table, "%s, %s:", pattern, way.name)
			for _, who := range s.everybody(owner) {
				fmt.Fprintf(&table, " %s=%s", who.label, s.knock(t, who, method, path, way.customer, way.id))
			}
			table.WriteString("\n")
		}
	}
	golden := filepath.Join("testdata", "doors.txt")
	if *updateDoors {
		if err := os.WriteFile(golden, []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	is, was := strings.Split(table.String(), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(is), len(was)) {
		if i >= len(is) || i >= len(was) || is[i] != was[i] {
			t.Errorf("the first line that differs is %d:\n is  %s\n was %s\n(go test ./internal/web -run TestDoors -update writes it anew)", i+1, at(is, i), at(was, i))
			break
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// A knocker is somebody at a door.
type knocker struct {
	label string
	who   auth.Who
}

// everybody is nobody, and a person of each role who sees the customers of one owner
// or, if the role begins so, all.
func (s *shelf) everybody(owner string) []knocker {
	list := []knocker{{"nobody", auth.Who{}}}
	for _, role := range auth.Roles {
		sees := auth.Everybody
		if role.Visibility() != auth.All {
			sees = auth.Reach{Owners: []string{owner}}
		}
		list = append(list, knocker{string(role), auth.Who{User: 7, Name: string(role), Role: role, Rights: role.Rights(), Sees: sees}})
	}
	narrow := auth.SalesManager
	return append(list, knocker{"manager-own", auth.Who{User: 8, Name: "narrow", Role: narrow, Rights: narrow.Rights(), Sees: auth.Reach{Owners: []string{owner}}}})
}

// knock asks for a route and says what came of it. What is asked for changes
// nothing: forms are sent empty, and a change that would go through is undone by
// the next book.
func (s *shelf) knock(t *testing.T, v knocker, method, path string, customer account.CustomerID, entry int64) string {
	t.Helper()
	path = strings.NewReplacer("{$}", "", "{customer}", formatID(int64(customer))).Replace(path)
	if strings.HasPrefix(path, "/entries/") || strings.HasPrefix(path, "/attachments/") {
		path = strings.Replace(path, "{id}", formatID(entry), 1)
	}
	path = strings.Replace(path, "{id}", formatID(int64(customer)), 1)
	path = variable.ReplaceAllString(path, "0")
	r := httptest.NewRequestWithContext(authtest.Context(t), method, path, strings.NewReader(url.Values{}.Encode()))
	r.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	auth.As(v.who, s.doors).ServeHTTP(w, r)
	return verdict(w.Code, w.Header().Get("Location"))
}

// twoOwners returns customers of two owners, and who owns the first.
func (s *shelf) twoOwners(t *testing.T) (own, foreign account.CustomerID, owner string) {
	t.Helper()
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range pic.snap.Len() {
		switch o := pic.snap.Owner(i); {
		case o == "":
		case owner == "":
			own, owner = pic.snap.ID(i), o
		case o != owner:
			return own, pic.snap.ID(i), owner
		}
	}
	t.Fatal("the book has no customers of two owners")
	return 0, 0, ""
}

// book books an entry and returns its id.
func (s *shelf) book(t *testing.T, customer account.CustomerID) int64 {
	t.Helper()
	types, err := s.db.Read().Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, ty := range types {
		r, err := s.app.RecordService(authtest.Context(t), app.EntryDraft{Customer: customer, Type: ty.ID, Day: 20261120, Quantity: 1_000_000})
		if err == nil {
			return int64(r.Ref.ID)
		}
	}
	t.Fatal("nothing could be booked")
	return 0
}

// Every route of the server is a line of the table of doors, and every line a route.
func TestDoorsAreRoutesOfTheServer(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	taken := s.server.router().seen
	for pattern := range doors {
		if !taken[pattern] {
			t.Errorf("%q stands in the table of doors and leads nowhere", pattern)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a route without a right was taken")
		}
	}()
	(&router{mux: http.NewServeMux(), s: s.server, seen: map[string]bool{}}).Handle("GET /secrets", http.NotFoundHandler())
}

// Somebody who sees the customers of one owner finds no other's anywhere: not in the
// list, its exports, the palette, the matrix, the names of quick entry.
func TestAnOwnersBookHoldsOnlyTheirCustomers(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	own, foreign, owner := s.twoOwners(t)
	who := auth.Who{User: 7, Name: "Anna", Role: auth.AccountOwner, Rights: auth.AccountOwner.Rights(), Sees: auth.Reach{Owners: []string{owner}}}
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	name := func(id account.CustomerID) string { i, _ := pic.snap.Find(id); return pic.snap.Name(i) }
	narrow, err := s.server.picture(auth.With(t.Context(), who))
	if err != nil {
		t.Fatal(err)
	}
	for i := range narrow.snap.Len() {
		if o := narrow.snap.Owner(i); o != owner {
			t.Fatalf("%s of %s is seen by %s", narrow.snap.Name(i), o, owner)
		}
	}
	for _, path := range []string{"/customers?q=" + url.QueryEscape(name(foreign)), "/customers.csv", "/palette.json?q=" + url.QueryEscape(name(foreign)), "/capture/names?who=" + url.QueryEscape(name(foreign)), "/phone/customers?q=" + url.QueryEscape(name(foreign)), "/phone/data", "/capture", "/capture/several", "/tasks"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(authtest.Context(t), http.MethodGet, path, nil)
		if build, err := thisPhone(); err == nil {
			r.Header.Set(buildHeader, build.Name)
		}
		auth.As(who, s.doors).ServeHTTP(w, r)
		body := strings.ReplaceAll(w.Body.String(), url.QueryEscape(name(foreign)), "")
		body = strings.ReplaceAll(body, `value="`+name(foreign)+`"`, "")
		body = strings.ReplaceAll(body, "Search: "+name(foreign), "")
		if strings.Contains(body, name(foreign)) && w.Code == http.StatusOK {
			t.Errorf("%s shows %s, which is another owner's", path, name(foreign))
		}
	}
	// A change by a form that names the customer beside the path.
	mine := ownShelf(t, true)
	types, err := mine.db.Read().Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	draft := app.EntryDraft{Customer: foreign, Type: types[0].ID, Day: 20261120, Quantity: 1_000_000}
	if _, err := mine.app.RecordService(auth.With(t.Context(), who), draft); len(fault.Fields(err)) != 1 || fault.Fields(err)[0].Name != "customer" {
		t.Errorf("booking at another owner's customer: %v", err)
	}
	if draft.Customer = own; draft.Customer == foreign {
		t.Fatal("both customers are one")
	}
	if _, err := mine.app.RecordService(auth.With(t.Context(), who), draft); err != nil {
		t.Errorf("booking at their own customer: %v", err)
	}
	if err := s.db.Read().Reach(auth.With(t.Context(), who), own); err != nil {
		t.Errorf("their own customer is out of reach: %v", err)
	}
}

// Who sees no margins reads none in the list, its export or the cockpit, whatever
// the address asks for.
func TestHiddenMarginsAreNowhere(t *testing.T) {
	t.Parallel()
	s := readShelf(t)
	id := s.firstCustomer(t)
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	i, _ := pic.snap.Find(id)
	page := Page{Printer: pageFor("en").Printer, Currency: "EUR", Digits: 2}
	figure := page.Amount(pic.snap.Base.Contribution[3][i])
	ask := func(rights []auth.Right, path string) string {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(authtest.Context(t), http.MethodGet, path, nil)
		r.Header.Set("Accept-Language", "en")
		auth.As(auth.Who{User: 7, Name: "Vera", Rights: rights, Sees: auth.Everybody}, s.doors).ServeHTTP(w, r)
		return w.Body.String()
	}
	seen := auth.SalesManager.Rights()
	hidden := auth.SalesManager.Rights(auth.HideMargins)
	list := "/customers?col=contribution_4&col=revenue&sort=-contribution_4"
	if !strings.Contains(ask(seen, list), figure) {
		t.Fatalf("%s does not show %s to somebody who may see it: the test proves nothing", list, figure)
	}
	for _, path := range []string{list, "/customers/" + formatID(int64(id)), "/customers?min_contribution_4=1"} {
		if strings.Contains(ask(hidden, path), figure) {
			t.Errorf("%s shows %s", path, figure)
		}
	}
	if csv := ask(hidden, "/customers.csv?col=contribution_4&col=score"); strings.Contains(csv, "Contribution") || strings.Contains(csv, "Score") {
		t.Errorf("the export has hidden columns: %.200s", csv)
	}
	if all, some := ask(hidden, "/customers"), ask(hidden, "/customers?min_contribution_4=100000000"); strings.Count(all, "<tr") != strings.Count(some, "<tr") {
		t.Error("a filter by a hidden figure tells it")
	}
}
