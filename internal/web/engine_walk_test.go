package web

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quid/e2e"

	"github.com/chromedp/chromedp"
)

// postgres returns the address of an empty schema of its own, or skips where
// there is no server.
func postgres(t *testing.T) string {
	t.Helper()
	server := os.Getenv("QUID_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("QUID_TEST_REQUIRE") != "" {
			t.Fatal("QUID_TEST_POSTGRES is not set, and QUID_TEST_REQUIRE asks for it")
		}
		t.Skip("QUID_TEST_POSTGRES is not set")
	}
	name := "w_" + strings.ToLower(rand.Text())
	do := func(ctx context.Context, query string) {
		db, err := sql.Open("pgx", server)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(ctx, query); err != nil {
			t.Error(err)
		}
	}
	do(t.Context(), "CREATE SCHEMA "+name)
	t.Cleanup(func() { do(context.Background(), "DROP SCHEMA "+name+" CASCADE") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

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
		"postgres": postgres,
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
