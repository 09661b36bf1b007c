package web

import (
	"testing"

	"quid/e2e"
	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/link"

	"github.com/chromedp/chromedp"
)

// The pages for the talk have no barriers and fit the window, at a desk and on a
// phone; the price follows the slider without leaving the page.
func TestThePagesForTheTalkHaveNoBarriers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		view e2e.View
	}{
		{"at a desk in German", e2e.View{Lang: "de", Still: true}},
		{"on a phone in the dark in English", e2e.View{Lang: "en", Phone: true, Dark: true, Still: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, id := helped(t)
			if _, err := b.app.Value(authtest.Context(t), app.ValueOrder{AsOf: 20261122}); err != nil {
				t.Fatal(err)
			}
			b.post(customerPath(id)+"/talks", map[string][]string{"day": {"2026-06-15"}, "asked": {"5 %"}, "valid_from": {"2026-07-01"}, "gain_term": {"1"}})
			_, token, err := b.app.MakeLink(authtest.Context(t), app.LinkDraft{Customer: id, Kind: link.Statement, Lang: tt.view.Lang, From: 20251123, To: 20261122, Ends: 20270101})
			if err != nil {
				t.Fatal(err)
			}
			tab := b.walker(t, tt.view)
			tab.Excuse("404")
			at := customerPath(id)
			for _, path := range []string{
				at + "/dossier", at + "/practice", at + "/talks", at + "/people", at + "/statement", "/arguments", "/arguments/hotline/de", "/company", "/statements", "/s/" + token, "/s/wrong",
			} {
				tab.Go(b.url + path)
				tab.Wait("document.readyState === 'complete'")
				// The bar at the foot of a phone lies over what is not scrolled yet.
				tab.Do(chromedp.Evaluate[chromedp.Void]("document.querySelectorAll('main details').forEach(d => d.open = true); document.querySelectorAll('.footbar').forEach(f => f.style.position = 'static')"))
				tab.NoBarriers()
				noSideways(t, tab, path)
			}
			tab.Go(b.url + at + "/dossier")
			before := e2e.Value[string](tab, "document.querySelector('#price-room strong').textContent")
			tab.Do(chromedp.Evaluate[chromedp.Void](`{ const s = document.getElementById("change"); s.value = "7.5"; s.dispatchEvent(new Event("input", {bubbles: true})) }`))
			tab.Wait("document.querySelector('#price-room strong').textContent !== '" + before + "' && document.querySelector('#price-room').textContent.includes('7')")
		})
	}
}
