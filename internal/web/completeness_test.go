package web

import (
	"net/http"
	"strings"
	"testing"
)

func TestGapsAreCountedAndFilled(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	b.get("/completeness").says(t, http.StatusOK) // an empty book has a page too
	b = grownBook(t)
	b.lang = "de"
	a := b.get("/completeness")
	a.says(t, http.StatusOK, "Was den Kennzahlen fehlt", "Von 30 Kunden",
		"Warenkosten", "1 von 30 fehlt es (3 %)", "Branche", "10 von 30 fehlt es (33 %)", "Betreuer", "Jahresbedarf", "30 von 30 fehlt es (100 %)",
		"Reklamationen", "keine verzeichnet", "Reklamationen importieren")
	if strings.Contains(a.text(), "Kostenlose Leistungen") {
		t.Error("services are kept, but the page says they are missing")
	}
	b.get("/completeness/cost").says(t, http.StatusOK, "Es fehlt: Warenkosten", "Kunde 07")
	who := b.get("/completeness/industry")
	who.says(t, http.StatusOK, "Kunde 00", "Kunde 27")
	if strings.Contains(who.Body, "Kunde 01") {
		t.Error("a customer with an industry is on the list")
	}
	if strings.Index(who.Body, "Kunde 27") > strings.Index(who.Body, "Kunde 00") {
		t.Error("the greatest customer does not come first")
	}

	// The list to fill in, filled in, closes the gap.
	list := b.get("/completeness/industry/list.csv")
	if list.Status != http.StatusOK || strings.Count(list.Body, "\r\n") != 11 || !strings.HasPrefix(list.Body, "\ufeffexternal;name;industry\r\n") {
		t.Fatalf("the list (%d):\n%s", list.Status, list.Body)
	}
	filled := strings.ReplaceAll(strings.Replace(list.Body, ";industry\r\n", ";industry!\r\n", 1), ";\r\n", ";Bau\r\n")
	filled = strings.Replace(filled, "industry!", "industry", 1)
	if c := b.counts(b.take("customers", "industry.csv", filled, nil)); c.Updated != 10 || c.Rejected != 0 {
		t.Fatalf("the filled list: %+v", c)
	}
	if text := b.get("/completeness").text(); strings.Contains(text, "Branche 10 von 30") || strings.Contains(text, "importieren Branche") {
		t.Error("the gap is closed, but the page still shows it")
	}
	b.get("/completeness/industry").says(t, http.StatusOK, "Bei niemandem fehlt es")
	for _, path := range []string{"/completeness/cats", "/completeness/cost/list.csv"} {
		b.get(path).says(t, http.StatusNotFound)
	}
}
