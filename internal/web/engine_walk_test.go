package web

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quid/e2e"
	"quid/internal/store/storetest"

	"github.com/chromedp/chromedp"
)

// From a file to the matrix and the cockpit by hand, on both engines.
func TestAPersonGetsFromAFileToTheCockpit(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	rows.WriteString("Rechnungsnr;Kundennr;Rechnungsdatum;Faellig;Nettobetrag;Kosten;Zustand\n")
	for i := range 48 {
		fmt.Fprintf(&rows, "R%d;Kunde %d;2026-%02d-%02d;2026-11-%02d;%d,50;%d,25;gut\n", i, i%6, i/6+2, i%20+1, i%20+1, 1000*(i%6+1)+i, 400*(i%6+1))
	}
	file := filepath.Join(t.TempDir(), "rechnungen.csv")
	if err := os.WriteFile(file, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, address := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "book.db") },
		"postgres": func(t *testing.T) string { return storetest.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := workbenchAt(t, address(t))
			tab := b.walker(t, e2e.View{Lang: "de", Still: true})
			tab.Go(b.url + "/import?kind=invoices")
			tab.Do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
			click(tab, "form[enctype] button", "Rechnungsdatum")
			click(tab, `button[value="try"]`, "Die Datei kann so übernommen werden")
			click(tab, `form[action$="/start"] button`, "wartet, bis es an der Reihe ist")
			b.jobs()
			tab.Wait(`document.body.innerText.includes("Übernommen")`)
			tab.Go(b.url + "/")
			tab.Wait("document.querySelector('#matrix')?.dataset.points > 0")
			tab.Go(b.url + "/customers?sort=-revenue")
			click(tab, "#list tbody th a", "Vom Umsatz zum Deckungsbeitrag IV")
			if got := tab.Text("h1"); got != "Kunde 5" {
				t.Errorf("the cockpit is of %q, want Kunde 5", got)
			}
		})
	}
}
