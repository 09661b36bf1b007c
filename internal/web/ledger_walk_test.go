package web

import (
	"testing"

	"quid/e2e"
	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/money"
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
