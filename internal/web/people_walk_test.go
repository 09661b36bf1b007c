package web

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"quid/e2e"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/locale"
	"quid/internal/store"

	"github.com/chromedp/chromedp"
)

// A house is a book behind its doors: nobody is let in who doesn't come in.
type house struct {
	t    *testing.T
	app  *app.App
	url  string
	code string // of the first start
	now  atomic.Int64

	codes []string // that Anna's first passkey came with, see keyHouse
}

// newHouse opens an empty book; nobody can log in yet.
func newHouse(t *testing.T) *house {
	t.Helper()
	if err := CheckAssets(); err != nil {
		t.Fatal(err)
	}
	ctx := authtest.Context(t)
	db, err := store.Open(ctx, filepath.Join(t.TempDir(), "book.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	h := &house{t: t}
	h.now.Store(workNow.Unix())
	h.app = &app.App{
		DB: db, IDs: store.NewIDs(workNow), Now: func() time.Time { return time.Unix(h.now.Load(), 0).UTC() }, Files: filepath.Join(t.TempDir(), "files"),
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	if err := h.app.CreateBook(ctx, "Werkbank", "EUR"); err != nil {
		t.Fatal(err)
	}
	if h.code, err = h.app.StartCode(ctx); err != nil || h.code == "" {
		t.Fatalf("start code %q: %v", h.code, err)
	}
	s := httptest.NewServer(NewServer(h.app).Handler())
	t.Cleanup(s.Close)
	h.url, h.app.Public = s.URL, s.URL
	return h
}

// later moves the clock to the next code of an authenticator.
func (h *house) later() { h.now.Add(31) }

// A visitor is somebody at the doors of a house with a browser of their own.
type visitor struct {
	*house
	tab   *e2e.Tab
	words *locale.Printer
	seen  map[string]bool // pages that were looked at
}

// comes opens a browser that shares nothing with the others. It writes down every
// answer that refuses, which is what happens here.
func (h *house) comes(v e2e.View) *visitor {
	h.t.Helper()
	tab := e2e.Open(h.t).Tab(h.t, v)
	for _, status := range []string{"401", "403", "404", "410", "422", "429"} {
		tab.Excuse(status)
	}
	return &visitor{h, tab, locale.For(v.Lang), make(map[string]bool)}
}

// opens goes to a page and waits until the address says where it led.
func (v *visitor) opens(path, at string) {
	v.t.Helper()
	v.tab.Go(v.url + path)
	v.at(at)
}

// at waits until a page is there and looks for barriers on it.
func (v *visitor) at(path string) {
	v.t.Helper()
	v.tab.Wait(fmt.Sprintf("document.readyState === 'complete' && location.pathname === %q", path))
	v.looks(path)
}

// looks looks for barriers on a page, once.
func (v *visitor) looks(name string) {
	v.t.Helper()
	if v.seen[name] {
		return
	}
	v.seen[name] = true
	v.tab.NoBarriers()
	noSideways(v.t, v.tab, name)
}

// says waits for a text of ours in the reader's language.
func (v *visitor) says(key string, args ...any) {
	v.t.Helper()
	v.tab.Wait(fmt.Sprintf("document.readyState === 'complete' && document.body.innerText.includes(%q)", v.words.T(key, args...)))
	v.looks(key)
}

// sends fills a form's fields by their names and sends it.
func (v *visitor) sends(form string, pairs ...string) {
	v.t.Helper()
	form = "main form" + form
	for i := 0; i < len(pairs); i += 2 {
		js := fmt.Sprintf("{ const f = document.querySelector(%q).elements[%q]; f.value = %q }", form, pairs[i], pairs[i+1])
		v.tab.Do(chromedp.Evaluate[chromedp.Void](js))
	}
	v.presses(form + " button:not([formaction])")
}

// presses clicks a button and waits for the next document.
func (v *visitor) presses(selector string) {
	v.t.Helper()
	v.tab.Do(chromedp.Evaluate[chromedp.Void]("window.before = true"), chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector(%q).click()", selector)))
	v.tab.Wait("!window.before && document.readyState === 'complete'")
}

// logsIn comes in by password.
func (v *visitor) logsIn(login, password string) {
	v.t.Helper()
	v.opens("/login?next=/account", "/login")
	v.sends("[action='/login']", "login", login, "password", password)
}

// logsOut leaves by the button of one's own page.
func (v *visitor) logsOut() {
	v.t.Helper()
	v.opens("/account", "/account")
	v.presses("main form[action='/logout'] button")
	v.at("/login")
}

// shown is what an element holds.
func (v *visitor) shown(selector string) string {
	v.t.Helper()
	return e2e.Value[string](v.tab, fmt.Sprintf("(e => e?.value ?? e?.innerText ?? '')(document.querySelector(%q))", selector))
}

const (
	annasLogin, annasPassword = "anna@example.com", "vier laute Pumpen im Keller"
	bertsLogin, bertsPassword = "bert@example.com", "sieben stille Ventile am Dach"
)

// totp is the code that Anna's authenticator shows now.
func (h *house) totp(secret string) string {
	h.t.Helper()
	code, err := auth.TOTPCode(secret, h.app.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

// The first start, the login, the second factor, an invitation, a suspension and
// one's own sessions, as people meet them.
func TestPeopleComeInThroughTheirDoors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		view e2e.View
	}{
		{"at a desk in German", e2e.View{Lang: "de", Still: true}},
		{"on a phone in English", e2e.View{Lang: "en", Phone: true, Still: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.comes(tt.view).starts()
			secret, recovery := h.comes(tt.view).setsUpTheSecondFactor()
			anna := h.comes(tt.view)
			anna.comesInWithTheSecondFactor(secret, recovery)
			anna.invitesAndSuspends(h.comes(tt.view))
			anna = h.comes(tt.view)
			anna.endsASession(h.comes(tt.view), secret)
			anna.makesAKeyAndReadsTheLog()
		})
	}
}

func (v *visitor) starts() {
	v.t.Helper()
	v.opens("/", "/start")
	v.sends("[action='/start']", "code", "wrong", "name", "Anna Meier", "login", annasLogin, "password", annasPassword)
	v.says("this is not the code that the terminal shows; it shows a new one at each start")
	v.sends("[action='/start']", "code", v.code, "name", "Anna Meier", "login", annasLogin, "password", annasPassword)
	v.tab.Wait("document.querySelector('a[href=\"/account\"]') !== null")
	v.opens("/start", "/start")
	v.says("There is nothing here, or nothing you may see.")
	v.logsOut()
	v.logsIn(annasLogin, "wrong")
	v.says("This does not let you in. Look at what you typed.")
	v.sends("[action='/login']", "login", annasLogin, "password", annasPassword)
	v.at("/account")
}

func (v *visitor) setsUpTheSecondFactor() (secret, recovery string) {
	v.t.Helper()
	v.logsIn(annasLogin, annasPassword)
	v.sends("[action='/account/second']", "old", "not this one")
	v.says("this is not your password")
	v.sends("[action='/account/second']", "old", annasPassword)
	v.at("/account/second")
	secret = v.shown("#second code")
	v.sends("[action='/account/second/prove']", "code", "000000")
	v.says("this is not the code that the authenticator shows now")
	v.sends("[action='/account/second/prove']", "code", v.totp(secret))
	v.says("Your recovery codes")
	v.at("/account/second/prove")
	if n := e2e.Value[int](v.tab, "document.querySelectorAll('#codes code').length"); n != 10 {
		v.t.Errorf("%d recovery codes are shown, want 10", n)
	}
	return secret, v.shown("#codes code")
}

func (v *visitor) comesInWithTheSecondFactor(secret, recovery string) {
	v.t.Helper()
	v.logsIn(annasLogin, annasPassword)
	v.at("/login/second")
	v.opens("/users", "/login")
	v.opens("/login/second", "/login/second")
	v.sends("[action='/login/second']", "code", v.totp(secret)) // used already
	v.says("This does not let you in. Look at what you typed.")
	v.later()
	v.sends("[action='/login/second']", "code", v.totp(secret))
	v.at("/")
	v.logsOut()
	v.logsIn(annasLogin, annasPassword)
	v.sends("[action='/login/second']", "code", strings.ToUpper(recovery))
	v.at("/account")
	v.says("Where you are logged in")
	if text := v.shown("#recovery"); !strings.Contains(text, "9") {
		v.t.Errorf("one recovery code of ten was used, the page says %q", text)
	}
}

func (v *visitor) invitesAndSuspends(bert *visitor) {
	v.t.Helper()
	v.opens("/users", "/users")
	v.opens("/users/new", "/users/new")
	v.sends("[action='/users/new']", "name", "Bert Beispiel", "login", annasLogin, "role", "capturer", "owner", "Bert")
	v.says("somebody is written down with this address already")
	v.sends("[action='/users/new']", "login", bertsLogin)
	v.at("/users/new")
	link := v.shown("input.once")
	path, ours := strings.CutPrefix(link, v.url)
	if !ours {
		v.t.Fatalf("the link %q does not begin with the public address", link)
	}
	bert.opens(path, path)
	bert.sends("", "password", "bertbeispiel1")
	bert.says("too common: it would be guessed soon; several words make a good one")
	bert.sends("", "password", bertsPassword)
	bert.at("/capture")
	bert.opens(path, path)
	bert.says("This link has ended")
	bert.opens("/", "/capture")
	if n := e2e.Value[int](bert.tab, "document.querySelectorAll('a[href=\"/\"]:not(.side-brand), a[href=\"/concentration\"], a[href=\"/users\"]').length"); n > 0 {
		v.t.Errorf("a capturer is shown %d links that lead to figures or people", n)
	}
	bert.opens("/concentration", "/concentration")
	bert.says("You are not permitted to do this.")
	bert.opens("/account", "/account")

	v.opens("/users", "/users")
	v.presses("#people tbody tr:last-child a")
	v.looks("somebody")
	v.presses("button[formaction$='/suspend']")
	v.at("/users")
	v.says("suspended")
	bert.opens("/account", "/login")
	bert.logsIn(bertsLogin, bertsPassword)
	bert.says("This does not let you in. Look at what you typed.")
}

func (v *visitor) endsASession(other *visitor, secret string) {
	v.t.Helper()
	for _, who := range []*visitor{other, v} {
		who.logsIn(annasLogin, annasPassword)
		v.later()
		who.sends("[action='/login/second']", "code", v.totp(secret))
		who.at("/account")
	}
	if n := e2e.Value[int](v.tab, "document.querySelectorAll('#sessions tbody tr').length"); n != 5 { // hers, the other one, and three left open above
		v.t.Errorf("%d sessions are listed, want 5", n)
	}
	for range 4 {
		v.presses("#sessions form button")
		v.at("/account")
	}
	other.opens("/users", "/login")
	v.opens("/users", "/users")
}

func (v *visitor) makesAKeyAndReadsTheLog() {
	v.t.Helper()
	v.opens("/keys", "/keys")
	v.sends("[action='/keys']", "name", "Reporting")
	v.at("/keys")
	secret := v.shown("input.once")
	if who, err := v.app.ByKey(v.t.Context(), secret, "192.0.2.1"); err != nil || who.Role != auth.Viewer {
		v.t.Errorf("the key that the page shows lets in %+v (%v)", who, err)
	}
	v.presses("main form[action$='/revoke'] button")
	v.at("/keys")
	v.says("taken back")
	v.opens("/audit", "/audit")
	if n := e2e.Value[int](v.tab, "document.querySelectorAll('main tbody tr').length"); n < 10 {
		v.t.Errorf("the log shows %d lines of all this", n)
	}
}

// leaves runs what leads to the next document.
func (v *visitor) leaves(js string) {
	v.t.Helper()
	v.tab.Do(chromedp.Evaluate[chromedp.Void]("window.before = true"), chromedp.Evaluate[chromedp.Void]("setTimeout(() => { "+js+" })"))
	v.tab.Wait("!window.before && document.readyState === 'complete'")
}
