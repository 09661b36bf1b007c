package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"quid/e2e"
	"quid/internal/auth/authtest"
	"quid/internal/store"

	"github.com/chromedp/chromedp"
)

// candidatesBench is a workbench with a long call, an order change and a line for
// nothing.
func candidatesBench(t *testing.T) *workbench {
	t.Helper()
	b := newWorkbench(t)
	recent := func(days int) string { return b.app.Now().AddDate(0, 0, -days).Format("2006-01-02") }
	b.take("customers", "kunden.csv", workCustomers, nil)
	b.take("products", "artikel.csv", "Artikelnr;Bezeichnung\nP1;Spindel\nP2;Schulung Bediener\n", nil)
	b.take("invoices", "rechnungen.csv", "Rechnungsnr;Kundennr;Rechnungsdatum;Pos;Artikelnr;Menge;Nettobetrag;Wareneinsatz\n"+
		"R1;10;"+recent(30)+";1;P1;2;1.000,50;600,00\nR1;10;"+recent(30)+";2;P2;6;0,00;0,00\n", nil)
	b.take("interactions", "kontakte.csv", "Aktivitätsnr;Kundennr;Kontaktdatum;Kanal;Richtung;Betreff;Minuten;Zweck\n"+
		"A1;10;"+recent(3)+";Telefon;eingehend;Pumpe macht Geräusche;35;Service\nA2;11;"+recent(5)+";E-Mail;eingehend;Terminänderung zu Auftrag 7;0;\n"+
		"A3;11;"+recent(6)+";E-Mail;eingehend;kurze Frage;0;\n", nil)
	return b
}

var candidateKey = regexp.MustCompile(`name="candidate" value="([0-9.]+)"`)

func TestCandidatesAreConfirmedAndDismissed(t *testing.T) {
	t.Parallel()
	b := candidatesBench(t)
	page := b.get("/candidates")
	page.says(t, http.StatusOK, "Müller GmbH", "Šimek s.r.o.", "Pumpe macht Geräusche", "a long call", "an order was changed", "Schulung Bediener", "a line of an invoice with price zero")
	if strings.Contains(page.Body, "kurze Frage") {
		t.Error("a short mail is proposed")
	}
	keys := candidateKey.FindAllStringSubmatch(page.Body, -1)
	if len(keys) != 3 {
		t.Fatalf("%d candidates, want 3", len(keys))
	}
	types, err := b.app.DB.Read().Types(authtest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	id := make(map[string]string)
	for _, x := range types {
		id[x.Code] = fmt.Sprint(x.ID)
	}
	form := url.Values{"candidate": {keys[0][1]}, "type": {id["hotline"]}, "quantity": {"35"}, "spent": {"35"}, "proposed": {id["hotline"] + ".35"}}
	for name, bad := range map[string]url.Values{
		"no service": {"candidate": form["candidate"], "type": {""}, "quantity": {"3"}}, "no quantity": {"candidate": form["candidate"], "type": form["type"], "quantity": {"0"}},
		"no document": {"candidate": {"3.1.2.0"}, "type": form["type"], "quantity": {"3"}},
	} {
		if got := b.post("/candidates/confirm", bad); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", name, got.Status)
		}
	}
	after := b.post("/candidates/confirm", form)
	after.says(t, http.StatusOK, "Terminänderung")
	if strings.Contains(after.Body, "Pumpe macht") {
		t.Error("what was confirmed is still proposed")
	}
	b.post("/candidates/confirm", form).says(t, http.StatusOK, "Terminänderung") // a second click
	var entries int
	for k, err := range b.app.DB.Read().Services(authtest.Context(t), store.ServiceFilter{}) {
		if err != nil || *k.Doc.Minutes != 35 || k.Doc.Quantity != 36e6 {
			t.Errorf("%+v, %v", k.Doc, err)
		}
		entries++
	}
	if entries != 1 {
		t.Errorf("%d entries, want 1", entries)
	}
	b.post("/candidates/dismiss", url.Values{"candidate": {keys[1][1]}})
	if left := b.get("/candidates"); strings.Contains(left.Body, "Schulung Bediener") == strings.Contains(left.Body, "Terminänderung") {
		t.Error("the dismissed candidate is still there, or both are gone")
	}
	b.post("/candidates/again", url.Values{"candidate": {keys[1][1]}}).says(t, http.StatusOK, "Schulung Bediener", "Terminänderung")
	b.post("/candidates/calls", url.Values{"call_minutes": {"0"}}).says(t, http.StatusUnprocessableEntity, "between 1 and 1440 minutes")
	if calls := b.post("/candidates/calls", url.Values{"call_minutes": {"45"}}); !strings.Contains(calls.Body, `value="45"`) {
		t.Error("the limit of calls is not shown")
	}
}

// By the keyboard alone: down, confirm, dismiss; without a barrier, on a desk and
// on a phone.
func TestCandidatesByTheKeyboard(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		view e2e.View
		said [2]string
	}{
		{"on a desk in German", e2e.View{Lang: "de", Still: true}, [2]string{"Als Leistung gebucht", "Ausgeblendet"}},
		{"on a phone in the dark", e2e.View{Phone: true, Dark: true, Still: true}, [2]string{"Booked as a service", "Dismissed"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := candidatesBench(t)
			tab := b.walker(t, tt.view)
			tab.Go(b.url + "/candidates")
			tab.Wait("customElements.get('quid-candidates') !== undefined")
			tab.NoBarriers()
			noSideways(t, tab, "candidates")
			tab.Do(chromedp.KeyEvent("j"), chromedp.KeyEvent("\r"))
			tab.Wait(fmt.Sprintf("document.body.innerText.includes(%q)", tt.said[0]))
			tab.Wait("document.activeElement.matches('[data-candidate]')")
			tab.Do(chromedp.KeyEvent("x"))
			tab.Wait(fmt.Sprintf("document.body.innerText.includes(%q)", tt.said[1]))
			tab.NoBarriers()
		})
	}
}
