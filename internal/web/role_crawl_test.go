package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"quid/account"
	"quid/e2e"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/auth/authtest"

	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"
)

// How many pages of a kind a crawl opens: addresses of one route with the same names
// in their query are of a kind. Links of all pages that it opens are looked at.
const mostOfKind = 2

// A crawler is somebody who follows every link of a book and looks at every form,
// logged in as a person is.
type crawler struct {
	t       testing.TB
	s       *shelf
	mux     *http.ServeMux
	who     auth.Who
	token   string
	kinds   map[string]int
	queue   []string
	seen    map[string]bool
	opened  []string // one page of each route
	pages   int
	forms   int
	links   int
	refused []string
}

// crawlerOf lets somebody in who has a role and a visibility; their customers are those
// of an owner, their team's those of two.
func (s *shelf) crawlerOf(t testing.TB, role auth.Role, v auth.Visibility, owner string) *crawler {
	t.Helper()
	ctx := authtest.Context(t)
	u, _, err := s.app.Invite(ctx, app.UserDraft{Login: fmt.Sprintf("%s-%s@example.com", role, v), Name: string(role), Role: role, Visibility: v, Owner: owner, Crew: "west"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.app.Enter(ctx, u, app.Visit{Address: "192.0.2.1", Agent: "crawler"}, false)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.app.Present(ctx, e.Token, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	return &crawler{t: t, s: s, mux: s.server.router().mux, who: p.Who, token: e.Token, kinds: make(map[string]int), seen: make(map[string]bool)}
}

// colleague lets somebody into the team whose own customers are those of another one's
// owner.
func (s *shelf) colleague(t testing.TB, of account.CustomerID) {
	t.Helper()
	ctx := authtest.Context(t)
	c, err := s.db.Read().Customer(ctx, of)
	if err == nil {
		_, _, err = s.app.Invite(ctx, app.UserDraft{Login: "colleague@example.com", Name: "Colleague", Role: auth.AccountOwner, Owner: c.Owner, Crew: "west"})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// door says which route answers a request, and whether it lets the crawler through. An
// address that no route of ours answers is no door.
func (c *crawler) door(method, path string) (pattern string, open bool) {
	r := httptest.NewRequestWithContext(auth.With(c.t.Context(), c.who), method, path, nil)
	_, pattern = c.mux.Handler(r)
	d, ok := doors[pattern]
	if !ok || pattern == "/" {
		return pattern, false
	}
	if !d.open(c.who) {
		return pattern, false
	}
	if d.scope != toCustomer {
		return pattern, true
	}
	at := slices.IndexFunc(strings.Split(pattern[strings.IndexByte(pattern, '/'):], "/"), func(part string) bool { return part == "{customer}" })
	if at < 0 {
		at = slices.IndexFunc(strings.Split(pattern[strings.IndexByte(pattern, '/'):], "/"), func(part string) bool { return part == "{id}" })
	}
	id, err := strconv.ParseInt(strings.Split(r.URL.Path, "/")[at], 10, 64)
	return pattern, err == nil && c.s.db.Read().Reach(r.Context(), account.CustomerID(id)) == nil
}

// local is an address of ours as a page at a path means it, "" for others.
func local(at, href string) string {
	base, err := url.Parse(at)
	if err != nil {
		return ""
	}
	u, err := base.Parse(href)
	if err != nil || u.Host != "" || u.Opaque != "" || u.Scheme != "" {
		return ""
	}
	u.Fragment = ""
	return u.String()
}

// refuses notes something on a page that leads to a door that is shut.
func (c *crawler) refuses(at, what, method, path string) {
	if pattern, open := c.door(method, path); !open {
		c.refused = append(c.refused, fmt.Sprintf("%s shows %s %s %s (%q), which is refused", at, what, method, path, pattern))
	}
}

// looks looks at every link, form and button of a page.
func (c *crawler) looks(at string, n *html.Node, form *html.Node) {
	attr := func(n *html.Node, name string) (string, bool) {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val, true
			}
		}
		return "", false
	}
	method := func(n *html.Node) string {
		if m, _ := attr(n, "method"); n != nil && strings.EqualFold(m, "post") {
			return http.MethodPost
		}
		return http.MethodGet
	}
	if n.Type == html.ElementNode {
		if n.Data == "form" {
			form = n
			c.forms++
			action, _ := attr(n, "action")
			c.refuses(at, "a form", method(n), local(at, action))
		}
		if action, ok := attr(n, "formaction"); ok && form != nil {
			by := method(form)
			if m, ok := attr(n, "formmethod"); ok {
				by = strings.ToUpper(m)
			}
			c.refuses(at, "a button", by, local(at, action))
		}
		for _, name := range []string{"hx-post", "data-post-to"} {
			if to, ok := attr(n, name); ok {
				c.refuses(at, name, http.MethodPost, local(at, to))
			}
		}
		for _, name := range []string{"href", "data-href", "hx-get", "src", "data-src"} {
			to, ok := attr(n, name)
			if !ok || to == "" || n.Data == "link" || strings.HasPrefix(to, "data:") {
				continue
			}
			to = local(at, to)
			if to == "" || strings.HasPrefix(to, "/assets/") {
				continue
			}
			if _, post := attr(n, "data-post"); post {
				c.refuses(at, "a command", http.MethodPost, to)
				continue
			}
			c.links++
			c.refuses(at, "a link", http.MethodGet, to)
			c.queue = append(c.queue, to)
		}
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		c.looks(at, child, form)
	}
}

// kind is what a page has in common with others like it.
func (c *crawler) kind(path string) string {
	pattern, _ := c.door(http.MethodGet, path)
	u, err := url.Parse(path)
	if err != nil {
		return pattern
	}
	var names []string
	for name := range u.Query() {
		names = append(names, name)
	}
	slices.Sort(names)
	return pattern + "?" + strings.Join(names, "&")
}

// asks opens a page as a browser does.
func (c *crawler) asks(path string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(c.t.Context(), http.MethodGet, path, nil)
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", "en")
	r.AddCookie(&http.Cookie{Name: sessionCookie, Value: c.token})
	if build, err := thisPhone(); err == nil {
		r.Header.Set(buildHeader, build.Name)
	}
	w := httptest.NewRecorder()
	c.s.doors.ServeHTTP(w, r)
	return w
}

// crawls begins at a page and goes on until nothing of a new kind is left.
func (c *crawler) crawls(start string) {
	c.t.Helper()
	c.queue = []string{start}
	for len(c.queue) > 0 {
		path := c.queue[0]
		c.queue = c.queue[1:]
		kind := c.kind(path)
		if c.seen[path] || c.kinds[kind] >= mostOfKind {
			continue
		}
		c.seen[path] = true
		c.kinds[kind]++
		w := c.asks(path)
		switch {
		case w.Code >= 400:
			c.refused = append(c.refused, fmt.Sprintf("%s answers %d", path, w.Code))
			continue
		case w.Code >= 300:
			c.queue = append(c.queue, local(path, w.Header().Get("Location")))
			continue
		}
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			continue
		}
		c.pages++
		body := w.Body.String()
		pattern, _ := c.door(http.MethodGet, path)
		if !strings.HasPrefix(strings.ToLower(body), "<!doctype") {
			pattern = "" // a part of a page
		} else if c.kinds["opened "+pattern]++; c.kinds["opened "+pattern] == 1 {
			c.opened = append(c.opened, path)
		}
		doc, err := html.Parse(strings.NewReader(body))
		if err != nil {
			c.t.Fatal(err)
		}
		c.looks(path, doc, nil)
	}
}

// Whoever is in, whosever customers they see: every link opens, and no form or button
// is shown that its door refuses.
func TestEverybodyIsShownWhatTheyMay(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, true)
	own, foreign, owner := s.twoOwners(t)
	s.book(t, own)
	s.book(t, foreign)
	s.colleague(t, foreign)
	for _, role := range auth.Roles {
		for _, v := range auth.Visibilities {
			t.Run(fmt.Sprintf("%s sees %s", role, v), func(t *testing.T) {
				c := s.crawlerOf(t, role, v, owner)
				c.crawls("/")
				t.Logf("%d pages, %d forms, %d links", c.pages, c.forms, c.links)
				if c.pages < 2 || c.forms < 4 || c.links < 5 {
					t.Error("the crawl saw too little")
				}
				slices.Sort(c.refused)
				for _, r := range slices.Compact(c.refused) {
					t.Error(r)
				}
			})
		}
	}
}

// The check finds a page that shows what is refused.
func TestTheCrawlFindsWhatIsRefused(t *testing.T) {
	t.Parallel()
	s := ownShelf(t, true)
	own, foreign, owner := s.twoOwners(t)
	c := s.crawlerOf(t, auth.Viewer, auth.Own, owner)
	page := func(id account.CustomerID) string {
		return fmt.Sprintf(`<a href="/customers/%d">seen</a><form method="post" action="/settings"></form>`, id)
	}
	for name, tt := range map[string]struct {
		page string
		want int
	}{
		"what they may":               {page(own), 0},
		"a link to another's":         {page(foreign), 1},
		"a form for others":           {`<form method="post" action="/catalogue/new"></form>`, 1},
		"a form at its own address":   {`<form method="post"></form>`, 1},
		"a button for others":         {`<form method="post" action="/settings"><button formaction="/closing"></button></form>`, 1},
		"a link to the whole book":    {`<a href="/concentration">all</a>`, 1},
		"a command for others":        {`<div data-href="/value" data-post></div>`, 1},
		"a change by a script":        {`<button hx-post="/model/preview"></button>`, 1},
		"a link that leads nowhere":   {`<a href="/nowhere">?</a>`, 1},
		"a link to somebody else":     {`<a href="https://example.com/customers/1">out</a>`, 0},
		"a picture that is refused":   {`<img src="/workshop.xlsx">`, 1},
		"a form that looks something": {`<form action="/customers"><input name="q"></form>`, 0},
	} {
		doc, err := html.Parse(strings.NewReader(tt.page))
		if err != nil {
			t.Fatal(err)
		}
		c.refused = nil
		c.looks("/customers", doc, nil)
		if len(c.refused) != tt.want {
			t.Errorf("%s: found %q, want %d", name, c.refused, tt.want)
		}
	}
}

// What those see who see least of the figures, and who see their own customers only, in
// a browser: no page asks for what is refused, and none has a barrier.
func TestEverybodysPagesWorkInABrowser(t *testing.T) {
	t.Parallel()
	browser, s := e2e.Open(t), ownShelf(t, true)
	own, _, owner := s.twoOwners(t)
	s.book(t, own)
	server := httptest.NewServer(s.doors)
	t.Cleanup(server.Close)
	for role, view := range map[auth.Role]e2e.View{auth.Capturer: {Lang: "de", Phone: true, Still: true}, auth.AccountOwner: {Lang: "en", Still: true}} {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			c := s.crawlerOf(t, role, auth.Own, owner)
			c.crawls("/")
			if len(c.opened) < 8 {
				t.Fatalf("the crawl opened %q", c.opened)
			}
			// A tab may be used for a minute and a half: some pages each.
			for pages := range slices.Chunk(c.opened, 8) {
				tab := browser.Tab(t, view)
				tab.Go(server.URL + "/login")
				tab.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.cookie = '%s=%s; path=/'", sessionCookie, c.token)))
				for _, path := range pages {
					tab.Go(server.URL + path)
					tab.Wait("document.readyState === 'complete' && document.querySelector('main h1, h1') !== null")
					for _, barrier := range tab.Axe() {
						t.Errorf("%s: %s", path, barrier)
					}
				}
			}
			t.Logf("%d pages in a browser", len(c.opened))
		})
	}
}
