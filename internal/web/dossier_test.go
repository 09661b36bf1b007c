package web

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"quid/account"
	"quid/day"
	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/link"
	"quid/money"
)

// helped is a workbench with one customer that got some services.
func helped(t *testing.T) (*workbench, account.CustomerID) {
	t.Helper()
	b := newWorkbench(t)
	b.fill(intake.Customers, "external;name;customer_number;country", "K1;Müller & Söhne;4711;DE")
	b.fill(intake.Contacts, "external;customer;name;first_name;role;language", "P1;K1;Röder;Anna;Einkauf;de")
	b.fill(intake.Invoices, "number;customer;day;due;net;cost;settled", "R1;K1;2026-05-07;2026-06-07;10000,00;6000,00;2026-06-01", "R2;K1;2026-09-07;2026-10-07;8000,00;5000,00;")
	types, err := b.app.DB.Read().Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	id, err := b.app.DB.Read().FindCustomer(authtest.Context(t), "K1")
	if err != nil {
		t.Fatal(err)
	}
	for _, ty := range types {
		if ty.Code == "hotline" || ty.Code == "training" {
			if _, err := b.app.RecordService(authtest.Context(t), app.EntryDraft{Customer: id, Type: ty.ID, Day: 20260810, Quantity: 60 * money.One, Background: "Pumpe"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return b, id
}

// shows fails unless a page was answered with a status and says all of this.
func (a sight) shows(t *testing.T, status int, words ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("%s: status %d, want %d", a.Path, a.Status, status)
	}
	for _, w := range words {
		if !strings.Contains(a.Body, w) {
			t.Errorf("%s does not say %q", a.Path, w)
		}
	}
}

func TestTheDossierIsOneClickFromTheCockpit(t *testing.T) {
	t.Parallel()
	b, id := helped(t)
	b.get(customerPath(id)).shows(t, http.StatusOK, `href="`+customerPath(id)+`/dossier"`)
	b.get(customerPath(id)+"/dossier").shows(t, http.StatusOK, "Contribution IV", "Help with technical problems", "Price room", "R2")
	b.lang = "de"
	b.get(customerPath(id)+"/dossier").shows(t, http.StatusOK, "Deckungsbeitrag IV", "Hilfe bei technischen Problemen", "Preisspielraum")
	pdf := b.get(customerPath(id) + "/dossier.pdf?lang=de")
	if pdf.shows(t, http.StatusOK); pdf.Header.Get("Content-Type") != "application/pdf" || !strings.Contains(pdf.Header.Get("Content-Disposition"), "verhandlungsmappe mueller") {
		t.Errorf("%v", pdf.Header)
	}
	if b.get("/customers/99/dossier").Status != http.StatusNotFound {
		t.Error("there is a dossier of nobody")
	}
}

// What is chosen stands in the address, and works without JavaScript.
func TestPartsAndPriceAreInTheAddress(t *testing.T) {
	t.Parallel()
	b, id := helped(t)
	at := customerPath(id) + "/dossier"
	one := b.get(at + "?chosen=1&part=price&change=5&target=1234.50&as_of=2026-11-22")
	// IV is 18000 − 11000 − late payment accrued − services; 5% of 18000 is 900 more.
	one.shows(t, http.StatusOK, "Price room", "+5.0%", `value="1234.50"`, "dossier.pdf?as_of=2026-11-22&amp;change=5&amp;chosen=1")
	if strings.Contains(one.Body, `id="part-services"`) {
		t.Error("a part that was not chosen is there")
	}
	b.get(at+"?target=much").shows(t, http.StatusOK, "write an amount such as 1234.50")
	if none := b.get(at + "?chosen=1"); strings.Contains(none.Body, `id="part-`+"services") {
		t.Error("nothing was chosen, and something is there")
	}
}

func TestAnswersAreHiddenUntilAskedFor(t *testing.T) {
	t.Parallel()
	b, id := helped(t)
	b.lang = "de"
	page := b.get(customerPath(id) + "/practice")
	page.shows(t, http.StatusOK, "<details>", "Hotline ist heute überall kostenlos.")
	if strings.Contains(page.Body, "<details open") || !regexp.MustCompile(`(?s)<summary>[^<]*Hotline ist heute[^<]*</summary>\s*<p>Dass jemand abhebt`).MatchString(page.Body) {
		t.Error("the answer does not stand folded below its objection")
	}
}

func TestATalkIsKeptMeasuredAndOpensTheNextDossier(t *testing.T) {
	t.Parallel()
	b, id := helped(t)
	at := customerPath(id) + "/talks"
	form := b.get(at).form(t, "talk")
	form.Set("asked", "")
	b.post(at, form).shows(t, http.StatusUnprocessableEntity, "say what was asked, conceded or got in return")
	form.Set("asked", "5% discount")
	form.Set("share", "2,5")
	b.post(at, form).shows(t, http.StatusUnprocessableEntity, "write a number such as 12.5")
	form.Set("share", "2.5")
	b.post(at, form).shows(t, http.StatusUnprocessableEntity, "from which day on does it hold?", `value="2.5"`)
	form.Set("valid_from", "2026-07-01")
	form.Set("day", "2026-06-15")
	form.Set("note_term", "two years")
	b.post(at, form).shows(t, http.StatusOK, "5% discount", "Price +2.50%", "Term: two years", "145 days before and after", "€10,000", "€8,000")
	b.get(customerPath(id)+"/dossier").shows(t, http.StatusOK, "The last talk", "Price +2.50%")
	early := url.Values{"day": {"2026-11-01"}, "asked": {"more"}, "gain_reference": {"1"}, "valid_from": {"2026-11-10"}}
	b.post(at, early).shows(t, http.StatusOK, "Too early to judge: 13 days")
	talk := regexp.MustCompile(at + `/\d+/withdraw`).FindString(b.get(at).Body)
	if again := b.post(talk, nil); strings.Contains(again.Body, "Too early") {
		t.Error("what was taken back is there still")
	}
}

func TestWishesAreKeptAndShown(t *testing.T) {
	t.Parallel()
	b, id := helped(t)
	page := b.get(customerPath(id) + "/people")
	at := regexp.MustCompile(customerPath(id) + `/people/\d+`).FindString(page.Body)
	form := url.Values{"revision": {"1"}, "part": {"decider"}, "attitude": {"against"}, "wants": {"market", "technical"}, "channels": {"phone"}, "language": {"en"}}
	b.post(at, form).shows(t, http.StatusOK, `value="decider" selected`, `value="market" checked`)
	b.get(customerPath(id)+"/dossier").shows(t, http.StatusOK, "Einkauf, Decider, against us", "technical detail, market news", "phone · EN")
	if b.post(at, form).Status != http.StatusConflict {
		t.Error("who saw the old wishes wrote over the new")
	}
	form.Set("revision", "2")
	form.Set("part", "king")
	if b.post(at, form).Status != http.StatusUnprocessableEntity {
		t.Error("a role that is not offered was kept")
	}
	b.get(customerPath(id)+"/statement").shows(t, http.StatusOK, "What we did for you") // in the decider's language
}

func TestArgumentsAreEdited(t *testing.T) {
	t.Parallel()
	b, id := helped(t)
	b.lang = "de"
	b.get("/arguments").shows(t, http.StatusOK, "Hilfe bei technischen Problemen", "wie mitgeliefert")
	at := "/arguments/hotline/de"
	form := b.get(at).form(t, "argument")
	if form.Get("says_3") == "" || form.Get("gain") == "" {
		t.Fatalf("%v", form)
	}
	form.Set("loss", "{customer} verliert {marge}")
	b.post(at, form).shows(t, http.StatusUnprocessableEntity, "Den Platzhalter {marge} gibt es nicht. Es gibt: {customer}, {service}")
	form.Set("loss", "{customer} verliert {benefit}, sagt <b>er</b>")
	b.post(at, form).shows(t, http.StatusOK, "Zurück zu den mitgelieferten Worten")
	page := b.get(customerPath(id) + "/dossier?lang=de")
	page.shows(t, http.StatusOK, "Müller &amp; Söhne verliert 126", "sagt &lt;b&gt;er&lt;/b&gt;")
	if b.post(at, form).Status != http.StatusConflict {
		t.Error("who saw the shipped words wrote over the new")
	}
	b.post(at+"/reset", nil).shows(t, http.StatusOK, "Ohne die freie Hotline")
	if b.get("/arguments/nothing/de").Status != http.StatusNotFound || b.get("/arguments/hotline/fr").Status != http.StatusNotFound {
		t.Error("there is an argument for nothing")
	}
}

// logoOf is a logo of a kind and size.
func logoOf(t *testing.T, kind string, side int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, side, 10))
	m.Set(1, 1, color.RGBA{200, 0, 0, 255})
	var b bytes.Buffer
	var err error
	if kind == "png" {
		err = png.Encode(&b, m)
	} else {
		err = jpeg.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// present sends the form of the company with a logo.
func (b *workbench) present(form url.Values, logo []byte) sight {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for k, v := range form {
		if err := w.WriteField(k, v[0]); err != nil {
			b.t.Fatal(err)
		}
	}
	if logo != nil {
		part, err := w.CreateFormFile("logo", "logo.png")
		if err != nil {
			b.t.Fatal(err)
		}
		if _, err := part.Write(logo); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(authtest.Context(b.t), http.MethodPost, b.url+"/company", &body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(r)
}

func TestTheCompanyShowsItsFace(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	form := url.Values{"name": {"Muster GmbH"}, "colour": {"#7A1FA2"}, "revision": {"0"}}
	for name, tt := range map[string]struct {
		logo []byte
		want string
	}{
		"a text":         {[]byte("<svg/>"), "choose a PNG or JPEG file"},
		"half a picture": {logoOf(t, "png", 90)[:60], "choose a PNG or JPEG file"},
		"too wide":       {logoOf(t, "png", 3001), "choose a PNG or JPEG file"},
		"too large":      {append(logoOf(t, "png", 9), make([]byte, app.LogoBytes)...), "at most 512 KB"},
		"far too large":  {make([]byte, 4*app.LogoBytes), "at most 512 KB"},
	} {
		t.Run(name, func(t *testing.T) { b.present(form, tt.logo).shows(t, http.StatusUnprocessableEntity, tt.want) })
	}
	bad := url.Values{"colour": {"blue"}, "revision": {"0"}}
	b.present(bad, nil).shows(t, http.StatusUnprocessableEntity, "write a colour such as")
	b.present(form, logoOf(t, "jpeg", 40)).shows(t, http.StatusOK, `value="#7a1fa2"`, `src="/company/logo"`)
	if got := b.get("/company/logo"); got.Header.Get("Content-Type") != "image/jpeg" || got.Status != http.StatusOK {
		t.Errorf("%d %v", got.Status, got.Header)
	}
	form.Set("revision", "1")
	b.present(form, nil).shows(t, http.StatusOK, `src="/company/logo"`) // the logo stays
	if b.present(form, nil).Status != http.StatusConflict {
		t.Error("who saw the old company wrote over the new")
	}
	form.Set("revision", "2")
	form.Set("drop_logo", "1")
	if got := b.present(form, nil); strings.Contains(got.Body, "/company/logo") {
		t.Error("the logo is there still")
	}
}

// whole is everything that a link could change.
func (b *workbench) whole(id account.CustomerID) [3]any {
	b.t.Helper()
	r := b.app.DB.Read()
	book, err1 := r.Book(authtest.Context(b.t))
	links, err2 := r.LinksOf(authtest.Context(b.t), id, int8(link.Statement))
	jobs, err3 := r.Jobs(authtest.Context(b.t), time.Time{})
	if err1 != nil || err2 != nil || err3 != nil {
		b.t.Fatal(err1, err2, err3)
	}
	return [3]any{book.Changed, len(links), len(jobs)}
}

func TestALinkOpensUntilItEndsOrIsTakenBack(t *testing.T) {
	t.Parallel()
	b, id := helped(t)
	at := customerPath(id) + "/statement"
	b.post(at+"/links", url.Values{"ends": {"2026-11-21"}}).shows(t, http.StatusUnprocessableEntity, "choose a day from today on")
	made := b.post(at+"/links", url.Values{"ends": {"2026-12-31"}})
	made.shows(t, http.StatusOK, "opens until 31 Dec 2026")
	address := regexp.MustCompile(`/s/[A-Za-z0-9_-]+`).FindString(made.Body)

	before := b.whole(id)
	page := b.get(address)
	page.shows(t, http.StatusOK, "Was wir für Sie getan haben", `lang="de"`)
	if page.Header.Get("Cache-Control") != "no-store" || page.Header.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(page.Header.Get("X-Robots-Tag"), "noindex") {
		t.Errorf("%v", page.Header)
	}
	for _, ours := range []string{"Werkbank", "/customers", "Pumpe", "Quid"} {
		if strings.Contains(page.Body, ours) {
			t.Errorf("the page says %q", ours)
		}
	}
	first, again := b.get(address+"/statement.pdf"), b.get(address+"/statement.pdf")
	if first.Body != again.Body || first.Header.Get("Content-Type") != "application/pdf" {
		t.Error("the same link gave two PDFs")
	}
	if after := b.whole(id); after != before {
		t.Errorf("looking changed %v into %v", before, after)
	}
	if b.get(address+"/logo").Status != http.StatusNotFound {
		t.Error("there is a logo that nobody gave")
	}

	b.get(address[:len(address)-1]+"!").shows(t, http.StatusNotFound, "This link does not lead anywhere")
	b.get(address[:len(address)-2]).shows(t, http.StatusNotFound, "This link does not lead anywhere")
	b.get(address[:len(address)-2]+"/statement.pdf").shows(t, http.StatusNotFound, "This link does not lead anywhere")
	revoke := regexp.MustCompile(at + `/links/\d+/revoke`).FindString(made.Body)
	b.post(revoke, nil).shows(t, http.StatusOK, "ended")
	b.get(address).shows(t, http.StatusGone, "This link has ended")
	b.get(address+"/statement.pdf").shows(t, http.StatusGone, "This link has ended")
}

func TestALinkEndsWithItsLastDay(t *testing.T) {
	t.Parallel()
	b, id := helped(t)
	now := workNow
	a := &app.App{DB: b.app.DB, IDs: b.app.IDs, Now: func() time.Time { return now }, Log: b.app.Log}
	_, token, err := a.MakeLink(authtest.Context(t), app.LinkDraft{Customer: id, Kind: link.Statement, Lang: "en", From: 20260101, To: 20261122, Ends: 20261122})
	if err != nil {
		t.Fatal(err)
	}
	h := NewServer(a).Handler()
	for _, tt := range []struct {
		on   day.Day
		want int
	}{{20261122, http.StatusOK}, {20261123, http.StatusGone}} {
		now = time.Date(2026, 11, tt.on.DayOfMonth(), 23, 0, 0, 0, time.UTC)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/s/"+token, nil))
		if w.Code != tt.want {
			t.Errorf("on %s: %d, want %d", tt.on, w.Code, tt.want)
		}
	}
	// The key stays the same, and another book's tokens open nothing here.
	other, otherID := helped(t)
	_, foreign, err := other.app.MakeLink(authtest.Context(t), app.LinkDraft{Customer: otherID, Kind: link.Statement, From: 20260101, To: 20261122, Ends: 20270101})
	if err != nil {
		t.Fatal(err)
	}
	b.get("/s/"+foreign).shows(t, http.StatusNotFound)
}

func TestWhoAsksTooOftenWaits(t *testing.T) {
	t.Parallel()
	b, _ := helped(t)
	h := NewServer(b.app).Handler()
	codes := make(map[int]int)
	for range openRequests + 5 {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/s/wrong", nil))
		codes[w.Code]++
	}
	if codes[http.StatusNotFound] != openRequests || codes[http.StatusTooManyRequests] != 5 {
		t.Errorf("%v", codes)
	}
}

func TestRunsSayWhatStandsInTheWay(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	b.post("/statements", url.Values{"from": {"2026-12-31"}, "to": {"2026-01-01"}}).shows(t, http.StatusUnprocessableEntity, "choose a first day that is not after the last")
	if b.get("/statements/7/file").Status != http.StatusNotFound {
		t.Error("there is a file of no run")
	}
	// A run over nobody is an archive of nothing.
	b.post("/statements", url.Values{"from": {"2026-01-01"}, "to": {"2026-11-22"}, "lang": {"de"}}).shows(t, http.StatusOK, "hx-get")
	b.jobs()
	b.get("/statements").shows(t, http.StatusOK, "0 statements")
	run, err := b.app.DB.Read().StatementRuns(authtest.Context(t))
	if err != nil || len(run) != 1 || run[0].Lang != "de" || run[0].Count != 0 {
		t.Errorf("%+v, %v", run, err)
	}
}
