package web

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"quid/account"
	"quid/e2e"
	"quid/internal/auth/authtest"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// A mast is the network between a phone and a book.
type mast struct {
	*workbench
	url  string
	down atomic.Bool  // nothing gets through
	deaf atomic.Bool  // what the phone sends arrives, but no answer comes back
	next atomic.Bool  // the server is another build
	sent atomic.Int64 // bytes that went to the phone
	lost atomic.Int64 // answers that were cut off
}

const nextBuild = "NEXTBUILDOFQUID0"

// newMast puts a network before a workbench.
func newMast(t *testing.T) *mast {
	t.Helper()
	if err := CheckAssets(); err != nil {
		t.Fatal(err)
	}
	m := &mast{workbench: newWorkbench(t)}
	pages := authtest.Everything(NewServer(m.app).Handler())
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case m.down.Load():
			panic(http.ErrAbortHandler)
		case m.deaf.Load() && r.Method == http.MethodPost:
			pages.ServeHTTP(httptest.NewRecorder(), r)
			m.lost.Add(1)
			panic(http.ErrAbortHandler)
		case m.next.Load():
			m.serveNext(w, r, pages)
		default:
			pages.ServeHTTP(w, r)
		}
	}))
	s.Listener = counting{s.Listener, &m.sent}
	s.Start()
	t.Cleanup(s.Close)
	m.url = s.URL
	return m
}

// serveNext answers as another build of the program would.
func (m *mast) serveNext(w http.ResponseWriter, r *http.Request, pages http.Handler) {
	build, err := thisPhone()
	if err != nil {
		panic(err)
	}
	switch r.Header.Get(buildHeader) {
	case build.Name:
		r.Header.Set(buildHeader, "of old")
	case nextBuild:
		r.Header.Set(buildHeader, build.Name)
	}
	answer := httptest.NewRecorder()
	pages.ServeHTTP(answer, r)
	for k, v := range answer.Header() {
		w.Header()[k] = v
	}
	if w.Header().Get(buildHeader) != "" {
		w.Header().Set(buildHeader, nextBuild)
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(bytes.ReplaceAll(answer.Body.Bytes(), []byte(build.Name), []byte(nextBuild)))
}

// A counting listener counts every byte that its connections send.
type counting struct {
	net.Listener
	sent *atomic.Int64
}

func (l counting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return countingConn{c, l.sent}, err
}

type countingConn struct {
	net.Conn
	sent *atomic.Int64
}

func (c countingConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.sent.Add(int64(n))
	return n, err
}

// ReadFrom keeps the server from sending files past the count.
func (c countingConn) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{c}, r)
}

// open opens the phone page and waits until it is kept on the phone.
func (m *mast) open(t *testing.T, v e2e.View) *e2e.Tab {
	t.Helper()
	tab := e2e.Open(t).Tab(t, v)
	tab.Excuse("ERR_") // a browser writes down every request that got no answer
	clock := fmt.Sprintf(`{ const Real = Date, shift = %d - Real.now();
		Date = class extends Real { constructor(...a) { if (a.length) super(...a); else super(Real.now() + shift); } static now() { return Real.now() + shift; } } }`, workNow.UnixMilli())
	if _, err := chromedp.Call(tab.Context(), page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: clock}); err != nil {
		t.Fatal(err)
	}
	tab.Go(m.url + "/phone")
	tab.Wait(`document.body.dataset.kept === "1" && document.body.dataset.net === "done"`)
	return tab
}

// cut takes the network away from the phone, or gives it back.
func (m *mast) cut(tab *e2e.Tab, off bool) {
	m.t.Helper()
	m.down.Store(off)
	state := network.OverrideNetworkStateParams{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}
	_, err1 := chromedp.Call(tab.Context(), network.OverrideNetworkState, state)
	rule := network.Conditions{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}
	_, err2 := chromedp.Call(tab.Context(), network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{&rule}})
	if err := errors.Join(err1, err2); err != nil {
		m.t.Fatal(err)
	}
	if off {
		tab.Wait(`document.body.dataset.net === "offline"`)
	} else {
		tab.Wait(`document.body.dataset.net !== "offline"`)
	}
}

// write types a line in the place of what stands there.
func write(tab *e2e.Tab, line string) {
	tab.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{ const l = document.getElementById("line"); l.focus(); l.value = %q; l.dispatchEvent(new Event("input", {bubbles: true})) }`, line)))
}

// press clicks the button that says something, within what a selector finds.
func press(tab *e2e.Tab, within, says string) {
	find := fmt.Sprintf(`[...document.querySelectorAll(%q)].flatMap(e => [...e.querySelectorAll("button")]).find(b => b.textContent === %q)`, within, says)
	tab.Wait(find + " !== undefined")
	tab.Do(chromedp.Evaluate[chromedp.Void](find + ".click()"))
}

// rest waits until what is typed is kept, which is when typing pauses.
func rest(tab *e2e.Tab) {
	e2e.Value[bool](tab, `new Promise(done => setTimeout(() => done(true), 400))`)
}

func cards(state string, n int) string {
	return fmt.Sprintf(`document.querySelectorAll('.card[data-state=%q]').length === %d`, state, n)
}

// reload loads the page anew, with or without network.
func reload(tab *e2e.Tab) {
	tab.Do(chromedp.Evaluate[chromedp.Void](`document.body.dataset.ready = "old"; setTimeout(() => location.reload(), 0)`))
	tab.Wait(`document.body?.dataset.ready === "1"`)
}

func TestAPhoneBooksWithAndWithoutNetwork(t *testing.T) {
	t.Parallel()
	m := newMast(t)
	ids := m.customersNamed("Meier Pumpen GmbH", "Huber Antriebe AG", "Huber Technik KG")
	tab := m.open(t, e2e.View{Phone: true, Still: true})
	tab.NoBarriers()
	noSideways(t, tab, "the phone page")

	// With network the server reads the line.
	write(tab, "meier hotline 20m pumpe laut")
	tab.Wait(`document.querySelector(".said")?.textContent.includes("Meier Pumpen GmbH · Help with technical problems · 20 min")`)
	tab.NoBarriers()
	tab.Do(chromedp.Click(chromedp.CSS("#book")))
	tab.Wait(cards("booked", 1))
	m.has(t, ids[0], 1)

	// Without network the phone reads what it can, and keeps the rest as it was said.
	m.cut(tab, true)
	write(tab, "antriebe schulung 2h gestern zwei Leute am Band")
	tab.Wait(`document.querySelector(".said")?.textContent.includes("Huber Antriebe AG · Training and seminars · 120 min")`)
	tab.Do(chromedp.Click(chromedp.CSS("#book")))
	tab.Wait(cards("waiting", 1))
	write(tab, "irgendwer hat was gefragt")
	tab.Do(chromedp.Click(chromedp.CSS("#book")))
	tab.Wait(cards("waiting", 2))
	write(tab, "meier hotline 5m angefangen")
	tab.NoBarriers()
	rest(tab)
	reload(tab)
	tab.Wait(cards("waiting", 2) + ` && document.getElementById("line").value === "meier hotline 5m angefangen"`)
	if said := tab.Text("#net"); !strings.Contains(said, "No network · 2 kept here") {
		t.Errorf("without network it says %q", said)
	}
	keepPicture(t, tab)
	m.has(t, ids[1], 0)

	// With network again it sends: one is booked, the other needs a look.
	m.cut(tab, false)
	tab.Wait(cards("booked", 2) + " && " + cards("look", 1))
	tab.NoBarriers()
	m.has(t, ids[1], 1)
	if e := m.standing(ids[1])[0].Doc; *e.Minutes != 120 || !strings.Contains(e.Background, "am Band") {
		t.Errorf("booked is %+v", e)
	}
	press(tab, ".card[data-state=look]", "Change it")
	press(tab, ".hits", "Huber Technik KG"+m.sub(t, ids[2]))
	tab.Do(chromedp.Evaluate[chromedp.Void](`{ const s = document.getElementById("type"); s.value = [...s.options].find(o => o.text.includes("Order changes")).value; s.dispatchEvent(new Event("change")) }`))
	press(tab, ".foot", "Save the change")
	tab.Wait(cards("booked", 3) + " && " + cards("look", 0))
	m.has(t, ids[2], 1)
}

// sub is what stands below the name of a customer.
func (m *mast) sub(t *testing.T, id account.CustomerID) string {
	t.Helper()
	c, err := m.app.DB.Read().Customer(authtest.Context(t), id)
	if err != nil {
		t.Fatal(err)
	}
	return c.External + " · " + c.City
}

// has says how many entries a customer must have.
func (m *mast) has(t *testing.T, id account.CustomerID, want int) {
	t.Helper()
	if got := len(m.standing(id)); got != want {
		t.Errorf("customer %d has %d entries, want %d", id, got, want)
	}
}

// An answer that is lost on the way is asked for again, and the entry is there once.
func TestALostAnswerDoublesNothing(t *testing.T) {
	t.Parallel()
	m := newMast(t)
	ids := m.customersNamed("Meier Pumpen GmbH")
	tab := m.open(t, e2e.View{Phone: true, Still: true})
	m.deaf.Store(true)
	for i := range 3 {
		write(tab, fmt.Sprintf("meier hotline %dm", 10*(i+1)))
		tab.Wait(fmt.Sprintf(`document.querySelector(".said")?.textContent.includes("%d min")`, 10*(i+1)))
		tab.Do(chromedp.Click(chromedp.CSS("#book")))
		tab.Wait(cards("waiting", i+1))
	}
	tab.Wait(`document.body.dataset.net === "offline"`)
	if m.lost.Load() == 0 {
		t.Fatal("no answer was lost: the test proves nothing")
	}
	if m.has(t, ids[0], len(m.standing(ids[0]))); len(m.standing(ids[0])) == 0 {
		t.Fatal("nothing arrived: the test proves nothing")
	}
	// One is changed although the book has it already: that is shown, not doubled.
	tab.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector(".cards li:last-child button").click()`)) // the oldest
	tab.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("[aria-label=More]").click()`))
	press(tab, ".foot", "Save the change")
	m.deaf.Store(false)
	tab.Do(chromedp.Evaluate[chromedp.Void](`window.dispatchEvent(new Event("online"))`))
	tab.Wait(cards("booked", 2) + " && " + cards("refused", 1))
	m.has(t, ids[0], 3)
	tab.NoBarriers()
	press(tab, ".card[data-state=refused]", "Keep what is booked")
	tab.Wait(cards("booked", 3) + " && " + cards("refused", 0))
	m.has(t, ids[0], 3)
}

// What the book refuses stays on the phone with the reason, until somebody changes
// it or throws it away, and means it.
func TestARefusedEntryStaysVisible(t *testing.T) {
	t.Parallel()
	m := newMast(t)
	ids := m.customersNamed("Meier Pumpen GmbH")
	if err := m.app.CloseBook(authtest.Context(t), 20261121, "Inventur"); err != nil {
		t.Fatal(err)
	}
	tab := m.open(t, e2e.View{Phone: true, Still: true, Lang: "de", Dark: true})
	for i, minutes := range []string{"20m", "30m"} {
		write(tab, "meier hotline "+minutes)
		tab.Wait(fmt.Sprintf(`document.querySelector(".said")?.textContent.includes("%s min")`, strings.TrimSuffix(minutes, "m")))
		tab.Do(chromedp.Evaluate[chromedp.Void](`{ const d = document.getElementById("day"); d.value = "2026-11-02"; d.dispatchEvent(new Event("change")) }`))
		tab.Do(chromedp.Click(chromedp.CSS("#book")))
		tab.Wait(cards("refused", i+1))
	}
	reload(tab)
	tab.Wait(cards("refused", 2) + ` && document.querySelector(".card .problem + .problem")?.textContent.includes("Buch ist für diesen Tag")`)
	tab.NoBarriers()
	keepPicture(t, tab)
	m.has(t, ids[0], 0)

	press(tab, ".cards li:first-child", "Wegwerfen")
	tab.NoBarriers()
	press(tab, "dialog[open]", "Abbrechen")
	tab.Wait("!document.querySelector('dialog.ask') && " + cards("refused", 2))
	press(tab, ".cards li:first-child", "Wegwerfen")
	press(tab, "dialog[open]", "Wegwerfen")
	tab.Wait(cards("refused", 1))
	press(tab, ".cards li:first-child", "Ändern")
	press(tab, ".chips", "Gestern")
	tab.Do(chromedp.Evaluate[chromedp.Void](`{ const d = document.getElementById("day"); d.value = "2026-11-22"; d.dispatchEvent(new Event("change")) }`))
	press(tab, ".foot", "Änderung sichern")
	tab.Wait(cards("refused", 0) + " && " + cards("booked", 1))
	m.has(t, ids[0], 1)
}

// All that the first opening brings over the wire, until the page is kept on the
// phone with a full list of customers, is less than 150 KB.
func TestTheFirstOpeningIsSmall(t *testing.T) {
	t.Parallel()
	m := newMast(t)
	names := make([]string, mostPhoneCustomers+100)
	for i := range names {
		names[i] = fmt.Sprintf("Maschinenfabrik Oberschwaben %d GmbH & Co. KG", i)
	}
	m.customersNamed(names...)
	tab := m.open(t, e2e.View{Phone: true})
	tab.Wait(`document.querySelectorAll(".hit").length > 0`)
	if got := m.sent.Load(); got >= 150_000 || got < 10_000 {
		t.Errorf("the first opening took %d bytes, want less than 150,000", got)
	} else {
		t.Logf("the first opening took %d bytes", got)
	}
	answer, err := chromedp.Call(tab.Context(), page.GetInstallabilityErrors, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range answer.InstallabilityErrors {
		if e.ErrorID == "in-incognito" {
			continue // tests share nothing
		}
		t.Errorf("it can't be installed: %s %v", e.ErrorID, e.ErrorArguments)
	}
}

// A new build takes the place of the old page, with what was being typed, and no
// page of the old one works with data of the new.
func TestANewBuildTakesOver(t *testing.T) {
	t.Parallel()
	m := newMast(t)
	ids := m.customersNamed("Meier Pumpen GmbH")
	tab := m.open(t, e2e.View{Phone: true, Still: true})
	tab.Excuse("409")
	m.cut(tab, true)
	write(tab, "meier hotline 20m")
	tab.Do(chromedp.Click(chromedp.CSS("#book")))
	tab.Wait(cards("waiting", 1))
	write(tab, "meier hotline 30m angefangen")
	rest(tab)
	m.next.Store(true)
	m.cut(tab, false)
	tab.Wait(fmt.Sprintf(`document.documentElement.dataset.build === %q && document.body?.dataset.ready === "1"`, nextBuild))
	tab.Wait(cards("booked", 1) + ` && document.getElementById("line").value === "meier hotline 30m angefangen"`)
	m.has(t, ids[0], 1)
	m.cut(tab, true)
	reload(tab)
	if got := e2e.Value[string](tab, "document.documentElement.dataset.build"); got != nextBuild {
		t.Errorf("without network the build %s opens", got)
	}
	kept := e2e.Value[[]string](tab, "caches.keys()")
	if len(kept) != 1 || !strings.HasSuffix(kept[0], nextBuild) {
		t.Errorf("the phone keeps %q", kept)
	}
}

// noise is a large picture that can't be made small without being drawn smaller.
func noise(t *testing.T, width, height int) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			n := rng.Uint32()
			picture.SetNRGBA(x, y, color.NRGBA{byte(n), byte(n >> 8), byte(n >> 16), 255})
		}
	}
	path := filepath.Join(t.TempDir(), "photo.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(f, picture); err != nil {
		t.Fatal(err)
	}
	return path
}

// A photo is made small on the phone, waits there without network, and is seen at
// the entry afterwards.
func TestAPhotoComesWithItsEntry(t *testing.T) {
	t.Parallel()
	m := newMast(t)
	ids := m.customersNamed("Meier Pumpen GmbH")
	tab := m.open(t, e2e.View{Phone: true, Still: true})
	m.cut(tab, true)
	write(tab, "meier hotline 20m lager laut")
	tab.Do(chromedp.SetUploadFiles(chromedp.CSS("#photo"), []string{noise(t, 2400, 1800)}))
	tab.Wait(`document.querySelectorAll(".photos canvas").length === 1`)
	tab.NoBarriers()
	tab.Do(chromedp.Click(chromedp.CSS("#book")))
	tab.Wait(cards("waiting", 1))
	reload(tab)
	m.cut(tab, false)
	tab.Wait(cards("booked", 1) + ` && document.getElementById("waiting").hidden`)
	files, err := m.app.DB.Read().AttachmentsOf(authtest.Context(t), ids[0])
	if err != nil || len(files) != 1 || files[0].Media != "image/jpeg" {
		t.Fatalf("kept is %+v, %v", files, err)
	}
	if got := files[0].Size; got > 5<<20 || got < 10_000 {
		t.Errorf("the photo has %d bytes", got)
	}
	tab.Do(chromedp.Click(chromedp.CSS(".card[data-state=booked] a")))
	tab.Wait(`document.querySelector(".attachments img")?.naturalWidth === 1600`)
	tab.NoBarriers()
	noSideways(t, tab, "the page of the entry")
	keepPicture(t, tab)
	click(tab, ".attachments button", "Nothing is attached yet")
}

// Every target is as large as a thumb, and nothing is a barrier: without
// customers, with five and with many, in both languages, light and dark.
func TestAThumbFindsEverything(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		customers int
		view      e2e.View
	}{
		{0, e2e.View{Phone: true, Still: true, Lang: "de"}},
		{5, e2e.View{Phone: true, Still: true, Dark: true}},
		{mostPhoneCustomers + 20, e2e.View{Width: 320, Height: 640, Phone: true, Still: true, Lang: "de", Dark: true}},
		{5, e2e.View{Still: true}},
	} {
		t.Run(fmt.Sprintf("%d customers, %d wide", tt.customers, tt.view.Width), func(t *testing.T) {
			t.Parallel()
			m := newMast(t)
			var names []string
			for i := range tt.customers {
				names = append(names, fmt.Sprintf("Maschinenfabrik Oberschwaben Nummer %d GmbH & Co. KG", i))
			}
			m.customersNamed(names...)
			tab := m.open(t, tt.view)
			write(tab, "nummer")
			tab.Wait(`document.querySelector("#understood") !== null`)
			tab.Do(chromedp.Click(chromedp.CSS("#book"))) // with all its complaints
			tab.Wait(`document.querySelectorAll(".problem").length >= 2`)
			tab.NoBarriers()
			noSideways(t, tab, "the phone page")
			small := e2e.Value[[]string](tab, `[...document.querySelectorAll("button, a, select, textarea, input:not([type=file]), label.chip")]
				.filter(e => e.checkVisibility() && (e.getBoundingClientRect().height < 44 || e.getBoundingClientRect().width < 44))
				.map(e => e.outerHTML.slice(0, 80) + " " + e.getBoundingClientRect().height)`)
			for _, s := range small {
				t.Errorf("too small for a thumb: %s", s)
			}
			tab.Do(chromedp.Click(chromedp.CSS(".bar button")))
			tab.Wait(`document.getElementById("menu").open`)
			tab.NoBarriers()
			keepPicture(t, tab)
		})
	}
}

// The phone keeps its own language and theme, also without network.
func TestAPhoneKeepsItsLanguageAndTheme(t *testing.T) {
	t.Parallel()
	m := newMast(t)
	m.customersNamed("Meier Pumpen GmbH")
	tab := m.open(t, e2e.View{Phone: true, Still: true})
	for _, choice := range []struct{ press, then string }{
		{"Deutsch", `document.querySelector("h1")?.textContent === "Leistung buchen"`},
		{"Dunkel", `document.documentElement.classList.contains("dark")`},
	} {
		tab.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector(".bar button").click()`))
		press(tab, "#menu", choice.press)
		tab.Wait(choice.then + ` && document.body?.dataset.ready === "1"`)
	}
	m.cut(tab, true)
	reload(tab)
	tab.Wait(`document.querySelector("h1").textContent === "Leistung buchen" && document.documentElement.classList.contains("dark")`)
	m.cut(tab, false)
	tab.Go(m.url + "/import")
	tab.Wait(`document.documentElement.lang === "de"`)
}
