package web

import (
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/store"
)

// A guestBrowser is a browser without JavaScript that speaks to a house over HTTP.
type guestBrowser struct {
	*house
	client *http.Client
}

func (h *house) browser() *guestBrowser {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &guestBrowser{h, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// posts sends a form and returns the status, where it leads, and the page.
func (b *guestBrowser) posts(path string, pairs ...string) (status int, to, body string) {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "text/html")
	req.Header.Set("Accept-Language", "en")
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Location"), string(text)
}

// comesIn logs Anna in by password.
func (b *guestBrowser) comesIn() {
	b.t.Helper()
	if status, to, _ := b.posts("/login", "login", annasLogin, "password", annasPassword); status != http.StatusSeeOther || to != "/" {
		b.t.Fatalf("the password is answered %d to %s", status, to)
	}
}

var madeOptions, madeTicket = regexp.MustCompile(`data-options="([^"]*)"`), regexp.MustCompile(`name="ticket" value="([^"]*)"`)

// begins asks to make a passkey and returns what the device is asked.
func (b *guestBrowser) begins(password string) (options, ticket string) {
	b.t.Helper()
	_, _, body := b.posts("/account/passkeys/begin", "old", password, "name", "Phone")
	o, k := madeOptions.FindStringSubmatch(body), madeTicket.FindStringSubmatch(body)
	if o == nil || k == nil {
		return "", ""
	}
	return html.UnescapeString(o[1]), k[1]
}

var shownCode = regexp.MustCompile(`<li><code>([^<]*)</code></li>`)

// makes gives Anna the first passkey, of a device, and returns the recovery codes that are
// shown with it.
func (b *guestBrowser) makes(d *authtest.Device) (codes []string) {
	b.t.Helper()
	options, ticket := b.begins(annasPassword)
	status, _, body := b.posts("/account/passkeys", "ticket", ticket, "name", "Phone", "answer", d.Make(options))
	for _, m := range shownCode.FindAllStringSubmatch(body, -1) {
		codes = append(codes, m[1])
	}
	if status != http.StatusOK || len(codes) != 10 {
		b.t.Fatalf("the passkey is answered %d with %d recovery codes: %s", status, len(codes), body)
	}
	return codes
}

// halfIn gives Anna's password, which is not enough beside a passkey.
func (b *guestBrowser) halfIn() {
	b.t.Helper()
	if status, to, _ := b.posts("/login", "login", annasLogin, "password", annasPassword); status != http.StatusSeeOther || !strings.HasPrefix(to, "/login/second") {
		b.t.Fatalf("the password is answered %d to %s", status, to)
	}
	if status, to, _ := b.posts("/account/passkeys/begin", "old", annasPassword); status != http.StatusSeeOther || to != "/login" {
		b.t.Fatalf("the password alone opens the account: %d to %s", status, to)
	}
}

// comesBack logs Anna in by password and a passkey.
func (b *guestBrowser) comesBack(d *authtest.Device) {
	b.t.Helper()
	b.halfIn()
	options, ticket := b.asksAt("/login/second/passkey/ask")
	if status, to, body := b.posts("/login/second/passkey", "ticket", ticket, "answer", d.Sign(options), "next", "/"); status != http.StatusSeeOther || to != "/" {
		b.t.Fatalf("the passkey beside the password is answered %d: %s", status, body)
	}
}

// asks asks at the door what a device is asked.
func (b *guestBrowser) asks() (options, ticket string) {
	b.t.Helper()
	return b.asksAt("/login/passkey/ask")
}

func (b *guestBrowser) asksAt(path string) (options, ticket string) {
	b.t.Helper()
	status, _, body := b.posts(path)
	var c struct{ Options, Ticket string }
	if err := json.Unmarshal([]byte(body), &c); err != nil || status != http.StatusOK {
		b.t.Fatalf("%d %s: %v", status, body, err)
	}
	return c.Options, c.Ticket
}

// keyHouse is a house with Anna in it, and a device that has a passkey of hers.
func keyHouse(t *testing.T) (*house, *authtest.Device) {
	t.Helper()
	h := newHouse(t)
	if _, err := h.app.Start(t.Context(), app.FirstUser{Code: h.code, Login: annasLogin, Name: "Anna Meier", Password: annasPassword}); err != nil {
		t.Fatal(err)
	}
	d := authtest.NewDevice(t, "localhost", strings.Replace(h.url, "127.0.0.1", "localhost", 1))
	in := h.browser()
	in.comesIn()
	h.codes = in.makes(d)
	return h, d
}

// anna is her account, and her passkeys.
func (h *house) anna() (store.User, []store.Passkey) {
	h.t.Helper()
	ctx := authtest.Context(h.t)
	u, err := h.app.DB.Read().UserByLogin(ctx, annasLogin)
	if err != nil {
		h.t.Fatal(err)
	}
	keys, err := h.app.DB.Read().PasskeysOf(ctx, u.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return u, keys
}

// A passkey lets in once per question, in the browser that was asked, at our address,
// with the user verified; whatever differs does not.
func TestAPasskeyLetsInAndNothingLikeItDoes(t *testing.T) {
	t.Parallel()
	h, d := keyHouse(t)
	const in, out = http.StatusSeeOther, http.StatusUnauthorized
	come := func(b *guestBrowser, ticket, answer string) int {
		t.Helper()
		status, _, _ := b.posts("/login/passkey", "ticket", ticket, "answer", answer, "next", "/account")
		return status
	}
	spoiled := map[string]func(*authtest.Device){
		"a foreign origin":     func(d *authtest.Device) { d.Origin = "https://quid.example.com" },
		"a page in numbers":    func(d *authtest.Device) { d.Origin = h.url },
		"another port":         func(d *authtest.Device) { d.Origin = "http://localhost:1" },
		"a wrong name":         func(d *authtest.Device) { d.Name = "example.com" },
		"a touch alone":        func(d *authtest.Device) { d.Touched = true },
		"an unknown key":       func(d *authtest.Device) { d.ID = []byte("sixteen bytes id") },
		"a counter that stays": func(d *authtest.Device) { d.Counter -= 2 },
	}
	b := h.browser()
	options, ticket := b.asks()
	answer := d.Sign(options)
	if status := come(b, ticket, answer); status != in {
		t.Fatalf("the passkey is answered %d", status)
	}
	if _, keys := h.anna(); len(keys) != 1 || keys[0].Used.IsZero() {
		t.Errorf("the use of the passkey is not kept: %+v", keys)
	}
	if status := come(b, ticket, answer); status != out {
		t.Errorf("the same answer a second time: %d", status)
	}
	if status := come(b, ticket, d.Sign(options)); status != out {
		t.Errorf("a new answer to the same question: %d", status)
	}
	for name, spoil := range spoiled {
		bad, b := *d, h.browser()
		spoil(&bad)
		options, ticket := b.asks()
		if status := come(b, ticket, bad.Sign(options)); status != out {
			t.Errorf("%s is answered %d", name, status)
		}
		h.now.Add(20 * 60) // failures are forgotten
	}
	options, ticket = b.asks()
	if status := come(h.browser(), ticket, d.Sign(options)); status != out {
		t.Errorf("another browser's answer: %d", status)
	}
	options, ticket = b.asks()
	h.now.Add(6 * 60)
	if status := come(b, ticket, d.Sign(options)); status != out {
		t.Errorf("a late answer: %d", status)
	}
	options, ticket = b.asks()
	if status := come(b, ticket, d.Sign(options)); status != in {
		t.Errorf("the passkey itself, after all these: %d", status)
	}
}

// Beside a passkey the password alone opens nothing: one of the person's own passkeys, asked
// in the same session, or a recovery code must confirm it.
func TestAPasskeyIsAskedBesideThePassword(t *testing.T) {
	t.Parallel()
	h, d := keyHouse(t)
	b := h.browser()
	gives := func(b *guestBrowser, ticket, answer string) int {
		t.Helper()
		status, _, _ := b.posts("/login/second/passkey", "ticket", ticket, "answer", answer)
		return status
	}
	b.halfIn()
	stranger := authtest.NewDevice(t, d.Name, d.Origin)
	foreign, touched := *d, *d
	foreign.Origin, touched.Touched = "https://quid.example.com", true
	for name, bad := range map[string]*authtest.Device{"a stranger's passkey": stranger, "a foreign origin": &foreign, "a touch alone": &touched} {
		options, ticket := b.asksAt("/login/second/passkey/ask")
		if status := gives(b, ticket, bad.Sign(options)); status != http.StatusUnauthorized {
			t.Errorf("%s is answered %d", name, status)
		}
	}
	options, ticket := b.asks()
	if status := gives(b, ticket, d.Sign(options)); status != http.StatusUnauthorized {
		t.Errorf("an answer to another question: %d", status)
	}
	other := h.browser()
	h.now.Add(20 * 60) // failures are forgotten, and the session is over
	other.halfIn()
	options, ticket = other.asksAt("/login/second/passkey/ask")
	b.halfIn()
	if status := gives(b, ticket, d.Sign(options)); status != http.StatusUnauthorized {
		t.Errorf("an answer to a question of another session: %d", status)
	}
	b.comesBack(d)
	if status, to, _ := b.posts("/login/second/passkey"); status != http.StatusSeeOther || to != "/login" {
		t.Errorf("who is in gives a second factor: %d to %s", status, to)
	}
	second := authtest.NewDevice(t, d.Name, d.Origin)
	options, ticket = b.begins(annasPassword)
	if status, to, _ := b.posts("/account/passkeys", "ticket", ticket, "name", "Laptop", "answer", second.Make(options)); status != http.StatusSeeOther || to != "/account?done=1" {
		t.Errorf("a second passkey shows recovery codes anew: %d", status)
	}
	for _, want := range []int{http.StatusSeeOther, http.StatusUnauthorized} {
		lost := h.browser()
		lost.halfIn()
		if status, _, _ := lost.posts("/login/second", "code", h.codes[3]); status != want {
			t.Errorf("a recovery code is answered %d, want %d", status, want)
		}
	}
	u, _ := h.anna()
	if left, err := h.app.DB.Read().RecoveryLeft(authtest.Context(t), u.ID); err != nil || left != 9 {
		t.Errorf("%d recovery codes are left, %v", left, err)
	}
}

// A new password by a link doesn't get round the passkey; the way back in is a recovery
// code, or an administrator. Passkeys of an address that is no more lock nobody out.
func TestWhoLostThePasskeyComesInAgain(t *testing.T) {
	t.Parallel()
	h, d := keyHouse(t)
	ctx := authtest.Context(t)
	u, keys := h.anna()
	secret, err := h.app.LetIn(ctx, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	if status, to, _ := h.browser().posts("/invite/"+secret, "password", annasPassword); status != http.StatusSeeOther || to != "/login/second" {
		t.Errorf("a new password lets in past the passkey: %d to %s", status, to)
	}
	public := h.app.Public
	h.app.Public = "https://elsewhere.example.com"
	h.browser().comesIn()
	h.app.Public = public
	b := h.browser()
	b.comesBack(d)
	if status, _, _ := b.posts("/account/passkeys/drop", "old", annasPassword, "passkey", keys[0].Credential); status != http.StatusSeeOther {
		t.Fatalf("removing: %d", status)
	}
	b = h.browser()
	b.comesIn()
	if left, err := h.app.DB.Read().RecoveryLeft(ctx, u.ID); err != nil || left != 0 {
		t.Errorf("without a passkey %d recovery codes are left, %v", left, err)
	}
	b.makes(authtest.NewDevice(t, d.Name, d.Origin))
	h.browser().halfIn()
	if err := h.app.ResetSecond(ctx, u.ID); err != nil {
		t.Fatal(err)
	}
	h.browser().comesIn()
}

// A counter that went back is refused, said, and written into the log.
func TestACopiedPasskeyIsRefusedAndTold(t *testing.T) {
	t.Parallel()
	h, d := keyHouse(t)
	b := h.browser()
	enter := func() (int, string) {
		options, ticket := b.asks()
		status, _, body := b.posts("/login/passkey", "ticket", ticket, "answer", d.Sign(options))
		return status, body
	}
	copied := *d
	if status, _ := enter(); status != http.StatusSeeOther {
		t.Fatalf("the passkey is answered %d", status)
	}
	*d = copied
	status, body := enter()
	if status != http.StatusUnauthorized || !strings.Contains(body, "may have been copied") {
		t.Errorf("a copy is answered %d, and the page does not say why", status)
	}
	lines, err := h.app.DB.Read().Audits(authtest.Context(t), store.AuditFilter{Most: 10})
	if err != nil {
		t.Fatal(err)
	}
	told := false
	for _, l := range lines {
		told = told || l.What == "refused a passkey that may be copied"
	}
	if !told {
		t.Errorf("the log does not tell of the copy: %+v", lines)
	}
}

// Who is suspended or has left does not come in by a passkey, and comes again after.
func TestWhoMayNotComeInDoesNotByPasskey(t *testing.T) {
	t.Parallel()
	h, d := keyHouse(t)
	ctx := authtest.Context(t)
	b := h.browser()
	enter := func() int {
		options, ticket := b.asks()
		status, _, _ := b.posts("/login/passkey", "ticket", ticket, "answer", d.Sign(options))
		return status
	}
	if _, _, err := h.app.Invite(ctx, app.UserDraft{Login: bertsLogin, Name: "Bert Beispiel", Role: auth.Administrator}); err != nil {
		t.Fatal(err)
	}
	u, _ := h.anna()
	for _, suspend := range []bool{true, false} {
		if err := h.app.SuspendUser(ctx, u.ID, suspend); err != nil {
			t.Fatal(err)
		}
		if got, want := enter(), map[bool]int{true: http.StatusUnauthorized, false: http.StatusSeeOther}[suspend]; got != want {
			t.Errorf("suspended %v: %d", suspend, got)
		}
	}
	if err := h.app.LeaveUser(ctx, u.ID); err != nil {
		t.Fatal(err)
	}
	if got := enter(); got != http.StatusUnauthorized {
		t.Errorf("who has left: %d", got)
	}
	if keys, err := h.app.DB.Read().PasskeysOf(ctx, u.ID); err != nil || len(keys) > 0 {
		t.Errorf("who has left keeps %d passkeys (%v)", len(keys), err)
	}
}

// Failures are counted: of one passkey at one address, and of an address that tries
// many. A browser that came in before is not held by the failures of others.
func TestGuessingPasskeysIsLimited(t *testing.T) {
	t.Parallel()
	h, d := keyHouse(t)
	known := h.browser()
	known.comesBack(d)
	wait := func(b *guestBrowser, d authtest.Device) bool {
		options, ticket := b.asks()
		status, _, _ := b.posts("/login/passkey", "ticket", ticket, "answer", d.Sign(options))
		return status == http.StatusTooManyRequests
	}
	bad := *d
	bad.Origin = "https://quid.example.com"
	for i := range 5 {
		if wait(h.browser(), bad) {
			t.Fatalf("the try %d must wait", i)
		}
	}
	if !wait(h.browser(), *d) {
		t.Error("after five failures the passkey may be tried on")
	}
	if wait(known, *d) {
		t.Error("failures of others hold a browser that came in before")
	}
	for i := range 60 {
		bad.ID = []byte{byte(i), 1, 2, 3}
		if wait(h.browser(), bad) {
			return
		}
	}
	t.Error("an address may try one passkey after the other without end")
}

// A passkey is added and removed by whoever proves anew that it is them, and in the
// session that asked.
func TestPasskeysChangeAfterAProof(t *testing.T) {
	t.Parallel()
	h, d := keyHouse(t)
	b, other := h.browser(), h.browser()
	b.comesBack(d)
	other.comesBack(d)
	if options, _ := b.begins("not this one"); options != "" {
		t.Error("a wrong password begins a passkey")
	}
	second := authtest.NewDevice(t, d.Name, d.Origin)
	options, ticket := b.begins(annasPassword)
	answer := second.Make(options)
	for name, try := range map[string]func() (int, string, string){
		"in another session": func() (int, string, string) {
			return other.posts("/account/passkeys", "ticket", ticket, "name", "Laptop", "answer", answer)
		},
		"without a name":   func() (int, string, string) { return b.posts("/account/passkeys", "ticket", ticket, "answer", answer) },
		"without a ticket": func() (int, string, string) { return b.posts("/account/passkeys", "name", "Laptop", "answer", answer) },
	} {
		if status, _, _ := try(); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, _, _ := b.posts("/account/passkeys", "ticket", ticket, "name", "Laptop", "answer", answer); status != http.StatusSeeOther {
		t.Errorf("the second passkey: %d", status)
	}
	if status, _, _ := b.posts("/account/passkeys", "ticket", ticket, "name", "Laptop", "answer", answer); status != http.StatusUnprocessableEntity {
		t.Errorf("the second passkey once more: %d", status)
	}
	_, keys := h.anna()
	if len(keys) != 2 || keys[0].Name+keys[1].Name != "PhoneLaptop" && keys[0].Name+keys[1].Name != "LaptopPhone" {
		t.Fatalf("the passkeys are %+v", keys)
	}
	if status, _, _ := b.posts("/account/passkeys/drop", "old", "not this one", "passkey", keys[0].Credential); status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password removes a passkey: %d", status)
	}
	if status, _, _ := b.posts("/account/passkeys/drop", "old", annasPassword, "passkey", keys[0].Credential); status != http.StatusSeeOther {
		t.Errorf("removing: %d", status)
	}
	if _, left := h.anna(); len(left) != 1 || left[0].Credential != keys[1].Credential {
		t.Errorf("left are %+v", left)
	}
	if status, to, _ := other.posts("/account/passkeys/begin", "old", annasPassword); status != http.StatusSeeOther || to != "/login" {
		t.Errorf("another session outlives a passkey that was removed: %d to %s", status, to)
	}
}

// Who has no password proves it by a code, or by having come in just now.
func TestWhoHasNoPasswordProvesItAnotherWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := authtest.Context(t)
	id, err := h.app.Start(t.Context(), app.FirstUser{Code: h.code, Login: annasLogin, Name: "Anna Meier", Password: annasPassword})
	if err != nil {
		t.Fatal(err)
	}
	u, err := h.app.DB.Read().User(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	u.Password = ""
	put := func() {
		t.Helper()
		if err := h.app.DB.Write(ctx, func(tx *store.Tx) error { return tx.PutUser(ctx, u) }); err != nil {
			t.Fatal(err)
		}
	}
	put()
	as := auth.With(t.Context(), auth.Who{User: id})
	session := store.Session{User: id, Created: h.app.Now()}
	if _, err := h.app.BeginPasskey(as, session, app.Proof{}); err != nil {
		t.Errorf("just after a login: %v", err)
	}
	h.now.Add(11 * 60)
	if _, err := h.app.BeginPasskey(as, session, app.Proof{}); !errors.Is(err, fault.Invalid) {
		t.Errorf("long after a login: %v", err)
	}
	u.TOTP, u.TOTPSince = auth.NewTOTP(), h.app.Now().Add(-time.Hour)
	put()
	if _, err := h.app.BeginPasskey(as, session, app.Proof{Code: "000000"}); !errors.Is(err, fault.Invalid) {
		t.Errorf("by a wrong code: %v", err)
	}
	if _, err := h.app.BeginPasskey(as, session, app.Proof{Code: h.totp(u.TOTP)}); err != nil {
		t.Errorf("by a code: %v", err)
	}
	if _, err := h.app.BeginPasskey(as, session, app.Proof{Code: h.totp(u.TOTP)}); !errors.Is(err, fault.Invalid) {
		t.Errorf("by the same code again: %v", err)
	}
}
