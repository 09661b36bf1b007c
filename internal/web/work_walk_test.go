package web

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quid/e2e"

	"github.com/chromedp/chromedp"
)

// walker is a browser on a workbench. Jobs run when the test lets them.
func (b *workbench) walker(t *testing.T, v e2e.View) *e2e.Tab {
	t.Helper()
	if err := CheckAssets(); err != nil {
		t.Fatal(err)
	}
	return e2e.Open(t).Tab(t, v)
}

// noSideways fails if the page is wider than the window.
func noSideways(t *testing.T, tab *e2e.Tab, where string) {
	t.Helper()
	if wide, window := galleryWidths(tab); wide > window {
		t.Errorf("%s is %d wide in a window of %d", where, wide, window)
	}
}

// click clicks what a selector finds and waits for the next page to say something.
func click(tab *e2e.Tab, selector, then string) {
	tab.Do(chromedp.Click(chromedp.CSS(selector)))
	tab.Wait(fmt.Sprintf("document.readyState === 'complete' && document.body.innerText.includes(%q)", then))
}

// Whoever clicks here is faster than a person: pages follow each other without
// motion, since a click upon a page that still fades in is lost.

// The whole way of a file in a browser, on a desk and on a phone, without a
// barrier on any step.
func TestAFileComesInByHand(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "rechnungen.csv")
	text := "Rechnungsnr;Kundennr;Rechnungsdatum;Nettobetrag;Zustand\nR1;10;2026-01-31;1.234;gut\nR2;11;2026-02-28;5.678;gut\nR3;12;2026-02-30;1.000;gut\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		view e2e.View
	}{
		{"on a desk in German", e2e.View{Lang: "de", Still: true}},
		{"on a phone in the dark in English", e2e.View{Phone: true, Dark: true, Still: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newWorkbench(t)
			tab := b.walker(t, tt.view)
			tab.Excuse("422")
			says := func(english, german string) string {
				if tt.view.Lang == "de" {
					return german
				}
				return english
			}
			tab.Go(b.url + "/import?kind=invoices")
			tab.NoBarriers()
			tab.Do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
			click(tab, "form[enctype] button", says("Which sign stands before the decimals?", "Welches Zeichen steht vor den Nachkommastellen?"))
			tab.NoBarriers()
			noSideways(t, tab, "the page of the columns")
			keepPicture(t, tab)

			// A change of what was detected is looked at at once, without leaving.
			tab.Do(chromedp.Evaluate[chromedp.Void](`{ const k = document.getElementById("header"); k.value = "2"; k.dispatchEvent(new Event("change", {bubbles: true})) }`))
			tab.Wait(fmt.Sprintf("document.body.innerText.includes(%q)", says("column 1", "Spalte 1")))
			// The button does the same without JavaScript.
			tab.Do(chromedp.Evaluate[chromedp.Void](`{ document.getElementById("header").value = "0" }`), chromedp.Click(chromedp.CSS(`button[value="look"]`)))
			tab.Wait(fmt.Sprintf(`document.readyState === "complete" && !document.body.innerText.includes(%q)`, says("column 1", "Spalte 1")))

			click(tab, `button[value="try"]`, says("One question is open", "Eine Frage ist offen"))
			tab.NoBarriers()
			tab.Do(chromedp.Click(chromedp.CSS(`input[name="decimal"][value=","]`)))
			click(tab, `button[value="try"]`, says("1 record would be rejected, the others taken in", "1 Datensatz würde abgelehnt, die anderen übernommen"))
			tab.NoBarriers()
			noSideways(t, tab, "the dry run")
			click(tab, `form[action$="/start"] button`, says("waits for its turn", "wartet, bis es an der Reihe ist"))
			tab.NoBarriers()
			b.jobs()
			tab.Wait(fmt.Sprintf("document.body.innerText.includes(%q)", says("Taken in, but not all of it", "Übernommen, aber nicht alles")))
			tab.NoBarriers()
			noSideways(t, tab, "the result")
			keepPicture(t, tab)
			click(tab, `form[action$="/undo"] button`, says("is being taken back", "wird zurückgenommen"))
			b.jobs()
			tab.Wait(fmt.Sprintf("document.body.innerText.includes(%q)", says("The import was taken back", "Der Import wurde zurückgenommen")))
			tab.NoBarriers()
			tab.Go(b.url + "/import")
			tab.NoBarriers()
			noSideways(t, tab, "the list of imports")
		})
	}
}

// The model answers while it is changed; a wrong field stops the preview.
func TestTheModelAnswersByHand(t *testing.T) {
	t.Parallel()
	b := grownBook(t)
	tab := b.walker(t, e2e.View{Lang: "de", Still: true})
	tab.Excuse("422")
	tab.Go(b.url + "/model")
	tab.NoBarriers()
	if text := tab.Text("#preview"); !strings.Contains(text, "0 Kunden würden") {
		t.Errorf("before any change the preview says %q", text)
	}
	tab.Do(chromedp.Evaluate[chromedp.Void](`{ for (const [k, v] of [["criteria.contribution.weight", "0"], ["criteria.growth.weight", "90"]]) {
		const i = document.getElementById(k); i.value = v; i.dispatchEvent(new Event("input", {bubbles: true})) } }`))
	tab.Wait(`document.querySelectorAll("#preview .preview-movers li").length > 0`)
	tab.NoBarriers()
	tab.Do(chromedp.Evaluate[chromedp.Void](`{ const i = document.getElementById("dead_band"); i.value = "viel"; i.dispatchEvent(new Event("input", {bubbles: true})) }`))
	tab.Wait(`document.querySelector("#preview").innerText.includes("1 Feld ist zu berichtigen")`)
	click(tab, ".model-side button", "Nichts wurde gespeichert")
	tab.NoBarriers()
	keepPicture(t, tab)
	tab.Do(chromedp.Evaluate[chromedp.Void](`{ document.getElementById("dead_band").value = "5"; document.getElementById("note").value = "mehr Wachstum" }`))
	click(tab, ".model-side button", "Die Kunden werden bewertet")
	b.jobs()
	tab.Wait(`!document.body.innerText.includes("Die Kunden werden bewertet")`)
	tab.NoBarriers()
}

func TestWorkingPagesHaveNoBarriers(t *testing.T) {
	t.Parallel()
	b := grownBook(t)
	for _, tt := range []struct {
		name string
		view e2e.View
	}{
		{"on a desk in the dark in German", e2e.View{Dark: true, Lang: "de"}},
		{"on a phone in the light in German", e2e.View{Phone: true, Lang: "de"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tab := b.walker(t, tt.view)
			for _, path := range []string{"/completeness", "/completeness/industry", "/model", "/import"} {
				tab.Go(b.url + path)
				tab.NoBarriers()
				noSideways(t, tab, path)
			}
		})
	}
	empty := newWorkbench(t)
	tab := empty.walker(t, e2e.View{})
	for _, path := range []string{"/completeness", "/model", "/import"} {
		tab.Go(empty.url + path)
		tab.NoBarriers()
	}
}
