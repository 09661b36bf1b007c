package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"quid/account"
	"quid/day"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/demo"
	"quid/internal/store"
)

// A shelf is a valued book of the demo company with its pages.
type shelf struct {
	app     *app.App
	db      *store.DB
	server  *Server
	doors   http.Handler // the pages, for whom the request says
	handler http.Handler // the pages, for somebody who may everything
}

const (
	shelfCustomers = 150
	shelfDay       = day.Day(20261031)
	shelfEarlier   = day.Day(20260430)
)

// shelfNow is when the book was made, shelfLater when it is read.
var (
	shelfNow   = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	shelfLater = shelfNow.Add(time.Hour)
)

// sharedShelf is one book for all tests that only read it; its file is what the
// books of other tests are copies of.
var sharedShelf = sync.OnceValues(func() (*shelf, error) {
	dir, err := os.MkdirTemp("", "quid-web-*")
	if err != nil {
		return nil, err
	}
	shelfDirs = append(shelfDirs, dir)
	s, err := newShelf(auth.With(context.Background(), auth.System("test")), dir, shelfNow)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.fill(auth.With(context.Background(), auth.System("test")), dir), s.db.Close()); err != nil {
		return nil, err
	}
	return newShelf(auth.With(context.Background(), auth.System("test")), dir, shelfLater)
})

var shelfDirs []string

// TestMain takes the shared book away in the end.
func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range shelfDirs {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// newShelf opens the book in a folder, and makes an empty one where there is none.
func newShelf(ctx context.Context, dir string, now time.Time) (*shelf, error) {
	db, err := store.Open(ctx, filepath.Join(dir, "book.db"))
	if err != nil {
		return nil, err
	}
	a := &app.App{DB: db, IDs: store.NewIDs(now), Now: func() time.Time { return now }, Files: dir, Log: slog.New(slog.DiscardHandler)}
	s := &shelf{app: a, db: db, server: NewServer(a)}
	s.doors = s.server.Handler()
	s.handler = authtest.Everything(s.doors)
	return s, a.CreateBook(ctx, demo.Name, "EUR")
}

// fill takes the demo company in and values it on two days.
func (s *shelf) fill(ctx context.Context, dir string) error {
	company := demo.Company{Customers: shelfCustomers, Seed: 5, Until: shelfDay, Invoices: 12}
	if err := company.WriteFiles(dir, nil); err != nil {
		return err
	}
	for _, kind := range demo.Kinds {
		if _, err := s.app.Import(ctx, app.ImportRequest{Kind: kind, Path: filepath.Join(dir, demo.FileName(kind)), Related: true}, nil); err != nil {
			return fmt.Errorf("import %s: %w", kind, err)
		}
	}
	for _, on := range []day.Day{shelfEarlier, shelfDay} {
		if _, err := s.app.Value(ctx, app.ValueOrder{AsOf: on}); err != nil {
			return err
		}
	}
	return nil
}

// readShelf is the book that all tests share: nobody may change it.
func readShelf(t testing.TB) *shelf {
	t.Helper()
	s, err := sharedShelf()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ownShelf is a book of the test's own; with is whether it holds the company.
func ownShelf(t testing.TB, with bool) *shelf {
	t.Helper()
	dir := t.TempDir()
	if with {
		from := readShelf(t)
		text, err := os.ReadFile(filepath.Join(from.app.Files, "book.db"))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "book.db"), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := newShelf(authtest.Context(t), dir, shelfLater.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.db.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// An answer is what a page answered.
type answer struct {
	t      testing.TB
	Status int
	Header http.Header
	Body   string
	doc    *html.Node
}

func (s *shelf) send(t testing.TB, r *http.Request) *answer {
	t.Helper()
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	a := &answer{t: t, Status: w.Code, Header: w.Header(), Body: w.Body.String()}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		doc, err := html.Parse(strings.NewReader(a.Body))
		if err != nil {
			t.Fatal(err)
		}
		a.doc = doc
	}
	return a
}

// get asks for a page in a language; headers are pairs.
func (s *shelf) get(t testing.TB, lang, path string, headers ...string) *answer {
	t.Helper()
	r := httptest.NewRequestWithContext(authtest.Context(t), http.MethodGet, path, nil)
	r.Header.Set("Accept-Language", lang)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.send(t, r)
}

// post sends a form; values are pairs.
func (s *shelf) post(t testing.TB, path string, values ...string) *answer {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	r := httptest.NewRequestWithContext(authtest.Context(t), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.send(t, r)
}

// want fails the test if the page has another status.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("status %d, want %d: %s", a.Status, status, a.text("main"))
	}
	return a
}

// all finds elements by tag (or "" for any) whose attributes are as given: pairs
// of a name and a value, "" for any value.
func (a *answer) all(tag string, attrs ...string) []*html.Node {
	var found []*html.Node
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && (tag == "" || n.Data == tag) && hasAttrs(n, attrs) {
			found = append(found, n)
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
	}
	walk(a.doc)
	return found
}

func hasAttrs(n *html.Node, attrs []string) bool {
	for i := 0; i+1 < len(attrs); i += 2 {
		if v, ok := attr(n, attrs[i]); !ok || attrs[i+1] != "" && v != attrs[i+1] {
			return false
		}
	}
	return true
}

func attr(n *html.Node, name string) (string, bool) {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
	if i < 0 {
		return "", false
	}
	return n.Attr[i].Val, true
}

// one finds the only such element.
func (a *answer) one(tag string, attrs ...string) *html.Node {
	a.t.Helper()
	found := a.all(tag, attrs...)
	if len(found) != 1 {
		a.t.Fatalf("%d elements %s %v, want one", len(found), tag, attrs)
	}
	return found[0]
}

// text is what the first such element says, blanks single.
func (a *answer) text(tag string, attrs ...string) string {
	if a.doc == nil {
		return a.Body
	}
	found := a.all(tag, attrs...)
	if len(found) == 0 {
		return ""
	}
	return textOf(found[0])
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// rows are the lines of the body of a table, cell by cell, found by its caption.
func (a *answer) rows(caption string) [][]string {
	a.t.Helper()
	for _, table := range a.all("table") {
		b := &answer{t: a.t, doc: table}
		if b.text("caption") != caption {
			continue
		}
		var rows [][]string
		for _, tr := range (&answer{t: a.t, doc: b.one("tbody")}).all("tr") {
			var cells []string
			for c := range tr.ChildNodes() {
				if c.Type == html.ElementNode {
					cells = append(cells, textOf(c))
				}
			}
			rows = append(rows, cells)
		}
		return rows
	}
	a.t.Fatalf("no table %q", caption)
	return nil
}

// The picture is loaded once, and anew after a valuation.
func TestAPictureIsOfTheNewestValuation(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, true)
	first, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.server.picture(authtest.Context(t)); err != nil || again != first {
		t.Errorf("loaded again though nothing changed (%v)", err)
	}
	v, err := s.app.Value(authtest.Context(t), app.ValueOrder{AsOf: shelfDay})
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	if second.snap.Valuation.ID != v.ID {
		t.Errorf("the picture is of valuation %d, want %d", second.snap.Valuation.ID, v.ID)
	}
}

// While a large picture is loaded, the one before is shown.
func TestALargePictureIsRenewedInTheBackground(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, true)
	first, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	first.took = time.Hour
	if _, err := s.app.Value(authtest.Context(t), app.ValueOrder{AsOf: shelfDay}); err != nil {
		t.Fatal(err)
	}
	s.server.base.turn.Lock() // somebody loads
	now, err := s.server.picture(authtest.Context(t))
	s.server.base.turn.Unlock()
	if err != nil || now != first {
		t.Errorf("the reader waited for the new one (%v)", err)
	}
}

func TestTheLeastAskedForIsForgotten(t *testing.T) {
	t.Parallel()
	r := newRecent[string, int](2)
	r.put("a", 1)
	r.put("b", 2)
	r.get("a")
	r.put("c", 3)
	if _, ok := r.get("b"); ok {
		t.Error("b is still there")
	}
	for key, want := range map[string]int{"a": 1, "c": 3} {
		if got, ok := r.get(key); !ok || got != want {
			t.Errorf("%s = %d, %v", key, got, ok)
		}
	}
}

// firstCustomer is the id of the customer with the greatest contribution.
func (s *shelf) firstCustomer(t testing.TB) account.CustomerID {
	t.Helper()
	pic, err := s.server.picture(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	return pic.snap.ID(pic.order(columnAt(defaultSort)).pick(0, true))
}
