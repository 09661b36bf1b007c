package web

import (
	"fmt"
	"testing"

	"quid/e2e"
	"quid/money"

	"github.com/chromedp/chromedp"
)

// An entry is made in the form, repeated and corrected, and one service is booked
// for several customers, all on a phone.
func TestThePhoneFillsTheFormsOfCapture(t *testing.T) {
	t.Parallel()
	b, _ := captureBench(t)
	tab := b.walker(t, e2e.View{Lang: "en", Phone: true, Still: true})
	const book = "#entry-form > .quid-form-buttons button"
	tab.Go(b.url + "/capture?line=huber")
	put(tab, "type", fmt.Sprint(b.typeID(t, "training")))
	put(tab, "time", "3 h")
	put(tab, "background", "new pump")
	push(tab, book, "Booked: Training and seminars, 3 h")
	tab.NoBarriers()
	noSideways(t, tab, "after booking")

	push(tab, `a[href*="repeat="]`, "Huber")
	tab.Wait(`document.getElementById("time")?.value === "3 h"`)
	put(tab, "time", "1 h")
	push(tab, book, "Booked: Training and seminars, 1 h")

	push(tab, `a[href*="correct="]`, "Why is it corrected?")
	put(tab, "time", "2 h")
	put(tab, "why", "it was two hours")
	push(tab, book, "taken back: it was two hours")
	tab.NoBarriers()
	list := b.entriesOf(t, "10002")
	var hours money.Micro
	for _, k := range list {
		if k.Withdrawn.IsZero() {
			hours += k.Doc.Quantity
		}
	}
	if len(list) != 3 || hours != 5*money.One {
		t.Errorf("%d entries, %v h stand; want 3 with 5 h: %+v", len(list), hours.Float(), list)
	}

	tab.Go(b.url + "/capture/several")
	put(tab, "customers", "Meier = 2\nHuber = 1")
	tab.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('input[name="share"][value="heads"]').checked = true`))
	put(tab, "type", fmt.Sprint(b.typeID(t, "training")))
	put(tab, "time", "3 h")
	push(tab, "#several .quid-form-buttons button", "Booked: Training and seminars for 2 customers")
	tab.NoBarriers()
	noSideways(t, tab, "several customers")
	if meier := b.entriesOf(t, "10001"); len(meier) != 1 || meier[0].Doc.Quantity != 2*money.One {
		t.Errorf("%+v", meier)
	}
	b.sound()
}
