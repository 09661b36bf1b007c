package web

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"quid/e2e"

	"github.com/chromedp/chromedp"
)

// Every reading page works in a browser: its pictures are drawn, it has no
// barrier for anybody, nothing goes wrong on its console, and it is never wider
// than its window; at a desk and on a phone, in the light and in the dark, in
// both languages.
func TestTheReadingPagesHaveNoBarriers(t *testing.T) {
	t.Parallel()
	browser, s := e2e.Open(t), readShelf(t)
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	views := []struct {
		name string
		view e2e.View
	}{
		{"at a desk", e2e.View{Lang: "de", Still: true}},
		{"on a phone in the dark", e2e.View{Lang: "en", Still: true, Phone: true, Dark: true}},
	}
	for _, v := range views {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			tab := browser.Tab(t, v.view)
			for _, path := range []string{"/?weight.growth=50", "/customers?segment=invest", customerPath(s.firstCustomer(t)), "/concentration", "/lifetime"} {
				tab.Go(server.URL + path)
				tab.Wait("document.readyState === 'complete' && [...document.querySelectorAll('quid-matrix')].every(m => m.dataset.points)")
				tab.Do(chromedp.Evaluate[chromedp.Void]("document.querySelectorAll('details').forEach(d => d.open = true)"))
				for _, barrier := range tab.Axe() {
					t.Errorf("%s: %s", path, barrier)
				}
				if wide := e2e.Value[int](tab, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
					t.Errorf("%s is %d pixels wider than the window", path, wide)
				}
			}
		})
	}
}

// Typing searches, sliders answer, a point opens its customer: by keyboard and
// pointer, as a person would.
func TestAPersonWalksThroughTheReadingPages(t *testing.T) {
	t.Parallel()
	browser, s := e2e.Open(t), readShelf(t)
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	tab := browser.Tab(t, e2e.View{Still: true})

	tab.Go(server.URL + "/customers")
	tab.Wait("document.readyState === 'complete' && 'htmx' in window")
	name := s.facts(t)[s.firstCustomer(t)].KeptCustomer.Name
	tab.Do(chromedp.SendKeys(chromedp.CSS("#q"), strings.ToLower(name)))
	tab.Wait(fmt.Sprintf("document.querySelectorAll('#list tbody tr').length === 1 && new URL(location.href).searchParams.get('q') === %q", strings.ToLower(name)))
	if got := e2e.Value[string](tab, "document.activeElement.id"); got != "q" {
		t.Errorf("the focus went to %q while typing", got)
	}

	tab.Go(server.URL + "/")
	tab.Wait("document.querySelector('#matrix').dataset.points > 0")
	tab.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("[name='weight.growth']").value = 50;
		document.querySelector("[name='weight.growth']").dispatchEvent(new Event("input", {bubbles: true}))`))
	tab.Wait("document.querySelector('#matrix').getAttribute('src').includes('weight.growth=50') && /would move/.test(document.querySelector('#matrix-figures').innerText)")
	tab.Wait("document.querySelector('#matrix').ariaBusy === 'false'")

	tab.Do(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	tab.Wait("document.querySelector('dialog.palette').open")
	tab.Do(chromedp.SendKeys(chromedp.CSS("dialog.palette input"), name))
	tab.Wait("[...document.querySelectorAll('[data-found] [role=option]')].length > 0")
	tab.Do(chromedp.Evaluate[chromedp.Void]("document.querySelector('[data-found] [role=option]').click()"))
	tab.Wait(fmt.Sprintf("location.pathname.startsWith('/customers/') && document.querySelector('h1')?.innerText.includes(%q)", name))
}
