package web

import (
	"cmp"
	"net/url"
	"testing"

	"quid/e2e"
	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/money"

	"github.com/chromedp/chromedp"
)

// The pages of the ledger have no barrier and fit their window, on a desk and on
// a phone, in both languages.
func TestPagesOfTheLedgerHaveNoBarrier(t *testing.T) {
	t.Parallel()
	for _, v := range []e2e.View{{Lang: "de", Still: true}, {Phone: true, Dark: true, Still: true}} {
		b := newWorkbench(t)
		tab := b.walker(t, v)
		empty := []string{"/catalogue", "/teams", "/closing"}
		for _, path := range empty {
			tab.Go(b.url + path)
			for _, barrier := range tab.Axe() {
				t.Errorf("%s, nothing there: %s", path, barrier)
			}
		}
		ids := b.someCustomers()
		hotline := b.typeNamed("hotline")
		if _, err := b.app.RecordService(authtest.Context(t), app.EntryDraft{Customer: ids[0], Type: hotline.ID, Day: 20261005, Quantity: 60 * money.One}); err != nil {
			t.Fatal(err)
		}
		b.value()
		for _, path := range []string{
			"/catalogue", "/catalogue/new", "/catalogue/" + formatID(hotline.ID), "/teams/new", "/estimates", "/estimates?rows=segments", "/services",
			"/services?rows=customer&cols=month", customerPath(ids[0]),
		} {
			tab.Go(b.url + path)
			for _, barrier := range tab.Axe() {
				t.Errorf("%s: %s", path, barrier)
			}
			noSideways(t, tab, path)
		}
	}
}

// So do those that only a book with teams, links and answers has.
func TestPagesOfABookInUseHaveNoBarrier(t *testing.T) {
	t.Parallel()
	for _, v := range []e2e.View{{Lang: "de", Still: true}, {Phone: true, Dark: true, Still: true}} {
		b := newWorkbench(t)
		tab := b.walker(t, v)
		tab.Excuse("404")
		look := func(path string) {
			t.Helper()
			tab.Go(b.url + path)
			tab.Wait("document.readyState === 'complete'")
			openDetails(tab)
			for _, barrier := range tab.Axe() {
				t.Errorf("%s: %s", path, barrier)
			}
			noSideways(t, tab, path)
		}
		for _, path := range []string{"/capture", "/capture/several", "/services", "/estimates", "/candidates", "/attention", "/development", "/tasks", "/newcomers", "/lifetime"} {
			look(path)
		}
		tab.Go(b.url + "/phone")
		tab.Wait("document.querySelector('#nobody a') !== null")
		tab.NoBarriers()

		ids := b.someCustomers()
		r, err := b.app.RecordService(authtest.Context(t), app.EntryDraft{Customer: ids[0], Type: b.typeNamed("hotline").ID, Day: 20261005, Quantity: 60 * money.One, Background: "Pumpe macht Geräusche"})
		if err != nil {
			t.Fatal(err)
		}
		b.post("/teams/new", url.Values{"revision": {"0"}, "lines": {"1"}, "name": {"Kundendienst"}, "cost.0.cost": {"480000"}, "cost.0.people": {"6"}, "cost.0.minutes": {"105600"}, "cost.0.practical": {"80"}, "cost.0.free": {"30"}})
		teams, err := b.app.DB.Read().Teams(authtest.Context(t))
		if err != nil || len(teams) != 1 {
			t.Fatalf("%d teams: %v", len(teams), err)
		}
		b.value()
		at, entry := customerPath(ids[0]), formatID(int64(ids[0]))+"/"+formatID(int64(r.Ref.ID))
		asked := b.post(at+"/ratings", url.Values{"from": {"2026-01-01"}, "until": {"2026-11-20"}, "ends": {"2027-01-31"}, "lang": {cmp.Or(v.Lang, "en")}})
		answer := ratingLink.FindString(asked.Body)
		if answer == "" {
			t.Fatal("no link was made")
		}
		for _, path := range []string{
			"/teams", "/teams/" + formatID(teams[0].ID), "/capture", "/services?rows=team", "/playbooks", "/playbooks/invest", "/newcomers", at + "/ratings", "/entries/" + entry, "/entries/" + entry + "/benefit",
			"/development/" + formatID(int64(ids[0])), "/candidates", "/tasks", "/workshop", answer,
		} {
			look(path)
		}
		// From the link to the thanks, as the customer goes.
		tab.Do(chromedp.Evaluate[chromedp.Void]("[...document.querySelectorAll('input[type=radio]')].reverse().forEach(i => i.checked = true)"), chromedp.Click(chromedp.CSS("form button")))
		tab.Wait("document.readyState === 'complete' && location.pathname.startsWith('/r/') && !document.querySelector('input[type=radio]')")
		tab.NoBarriers()
		noSideways(t, tab, "the thanks")
		keepPicture(t, tab)
		look(at + "/ratings")
		look("/entries/" + entry + "/benefit")
	}
}
