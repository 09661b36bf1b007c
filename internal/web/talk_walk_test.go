package web

import (
	"fmt"
	"strings"
	"testing"

	"quid/e2e"
	"quid/internal/app"
	"quid/internal/auth/authtest"

	"github.com/chromedp/chromedp"
)

// put writes into a field as a person's typing would leave it.
func put(tab *e2e.Tab, id, text string) {
	tab.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{ const f = document.getElementById(%q); f.value = %q; f.dispatchEvent(new Event("input", {bubbles: true})); f.dispatchEvent(new Event("change", {bubbles: true})) }`, id, text)))
}

// push taps a button that may lie under the bar at the foot of a phone, and waits for
// the next page to say something. First it waits until the page has answered to
// what was typed and what was opened, since the button moves then.
func push(tab *e2e.Tab, selector, then string) {
	tab.Do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('.footbar').forEach(f => f.style.position = 'static'); document.querySelectorAll('main details').forEach(d => d.open = true)`))
	e2e.Value[bool](tab, `new Promise(still => {
		let wait = setTimeout(still, 600, true);
		new MutationObserver(() => { clearTimeout(wait); wait = setTimeout(still, 600, true) }).observe(document.body, {subtree: true, childList: true});
	})`)
	tab.Do(chromedp.Tap(chromedp.CSS(selector)))
	tab.Wait(fmt.Sprintf("document.readyState === 'complete' && document.body.innerText.includes(%q)", then))
}

// The result of a talk is typed on a phone and opens the next dossier.
func TestATalkIsRecordedOnAPhone(t *testing.T) {
	t.Parallel()
	b, id := helped(t)
	if _, err := b.app.Value(authtest.Context(t), app.ValueOrder{AsOf: 20261122}); err != nil {
		t.Fatal(err)
	}
	tab := b.walker(t, e2e.View{Lang: "en", Phone: true, Still: true})
	tab.Go(b.url + customerPath(id) + "/talks")
	put(tab, "day", "2026-11-20")
	put(tab, "asked", "a price cut of 5 percent")
	put(tab, "conceded", "free training in spring")
	put(tab, "share", "2.5")
	put(tab, "valid_from", "2026-12-01")
	push(tab, "#talk .quid-form-buttons button", "Kept. The next dossier opens with it.")
	tab.NoBarriers()
	noSideways(t, tab, "the talk that was kept")
	tab.Go(b.url + customerPath(id) + "/dossier")
	tab.Wait(`document.readyState === "complete"`)
	text := tab.Text("main")
	asked, account := strings.Index(text, "a price cut of 5 percent"), strings.Index(text, "The account")
	if asked < 0 || !strings.Contains(text, "free training in spring") || account >= 0 && account < asked {
		t.Errorf("the dossier does not open with the talk: %s", text[:min(len(text), 1200)])
	}
}
