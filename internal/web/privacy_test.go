package web

import (
	"archive/zip"
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"quid/e2e"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/store"
	"quid/privacy"

	"github.com/chromedp/chromedp"
)

// persons fills a book with a contact and a customer that is a person, and returns
// both.
func (b *workbench) persons() (contact, customer privacy.Person) {
	b.t.Helper()
	b.fill(intake.Customers, "external;name;kind;email;city", "K1;Huber GmbH;company;;", "K2;Berta Wolf;person;berta@example.com;Ulm")
	b.fill(intake.Contacts, "external;customer;name;first_name;email;phone", "P1;K1;Schäfer;Eva;eva@example.com;+49 711 123456")
	b.fill(intake.Interactions, "external;customer;day;channel;subject;contact", "I1;K1;2016-03-02;phone;Frau Schäfer fragt nach;Eva Schäfer")
	b.fill(intake.Invoices, "number;customer;day;net;cost", "R1;K2;2026-03-02;100.00;60.00", "R2;K1;2026-03-02;100.00;60.00")
	found, _, err := b.app.FindPersons(authtest.Context(b.t), "e")
	if err != nil || len(found) != 2 {
		b.t.Fatalf("%+v, %v", found, err)
	}
	for _, p := range found {
		if p.IsCustomer {
			customer = p.Person
		} else {
			contact = p.Person
		}
	}
	return contact, customer
}

// A person is found, seen, exported, put right, restricted and erased on the pages;
// nothing is erased before the name was typed.
func TestAPersonOnThePages(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	if empty := b.get("/privacy/log"); !strings.Contains(empty.Body, "Nobody was erased yet") {
		t.Error("an empty log says nothing")
	}
	contact, customer := b.persons()
	eva := personPath(contact)
	if s := b.get("/privacy?q=schaefer"); !strings.Contains(s.Body, eva) || !strings.Contains(s.Body, "Eva Schäfer") {
		t.Errorf("not found: %s", s.Body)
	}
	if s := b.get("/privacy?q=nobody"); !strings.Contains(s.Body, "Nobody answers to this") {
		t.Error("who is not there is found")
	}
	s := b.get(eva + "/export?lang=de")
	z, err := zip.NewReader(bytes.NewReader([]byte(s.Body)), int64(len(s.Body)))
	if err != nil || len(z.File) != 2 || !strings.Contains(s.Header.Get("Content-Disposition"), ".zip") {
		t.Fatalf("export: %v, %v", err, s.Header)
	}
	form := url.Values{"name": {"Schäfer"}, "first_name": {"Eva"}, "email": {"eva@neu.example"}, "revision": {"1"}}
	if s := b.post(eva+"/correct", form); s.Status != http.StatusOK || !strings.Contains(s.Body, "eva@neu.example") {
		t.Errorf("correct: %d", s.Status)
	}
	if s := b.post(eva+"/correct", form); s.Status != http.StatusConflict {
		t.Errorf("the second of two: %d", s.Status)
	}
	if s := b.post(eva+"/consent", url.Values{"purpose": {"survey"}, "channel": {"mail"}, "way": {"form"}, "given": {"2026-11-01"}}); s.Status != http.StatusUnprocessableEntity || !strings.Contains(s.Body, "wording-problem") {
		t.Errorf("a consent without its wording: %d", s.Status)
	}
	if s := b.post(eva+"/consent", url.Values{"purpose": {"survey"}, "channel": {"mail"}, "way": {"form"}, "given": {"2026-11-01"}, "wording": {"Ja, gern"}, "source": {"Karte"}}); !strings.Contains(s.Body, "Ja, gern") {
		t.Errorf("consent: %d", s.Status)
	}
	if s := b.post(eva+"/mark", url.Values{"kind": {"hold"}}); s.Status != http.StatusUnprocessableEntity || !strings.Contains(s.Body, "reason-problem") {
		t.Errorf("a hold without a reason: %d", s.Status)
	}
	b.post(eva+"/mark", url.Values{"kind": {"restriction"}, "reason": {"letter of May"}})
	if s := b.get("/privacy/notes"); !strings.Contains(s.Body, "letter of May") {
		t.Error("the restriction is not listed")
	}
	b.erases(contact, customer)
}

// erases erases both persons, after what stands in the way.
func (b *workbench) erases(contact, customer privacy.Person) {
	t := b.t
	eva := personPath(contact)
	plan := b.get(eva + "/erase")
	if !strings.Contains(plan.Body, "Visits, calls, mails and letters") || !strings.Contains(plan.Body, "Type “Eva Schäfer” to erase") {
		t.Errorf("the plan says: %s", plan.Body)
	}
	if s := b.post(eva+"/erase", url.Values{"reason": {"asked"}, "confirm": {"Eva"}}); s.Status != http.StatusUnprocessableEntity || !strings.Contains(s.Body, "confirm-problem") {
		t.Errorf("erased without the name: %d", s.Status)
	}
	if s := b.get(eva); !strings.Contains(s.Body, "Eva") {
		t.Error("she is gone already")
	}
	for _, p := range []struct {
		path, name string
	}{{eva, "eva  schäfer"}, {personPath(customer), "Berta Wolf"}} {
		if s := b.post(p.path+"/erase", url.Values{"reason": {"asked"}, "confirm": {p.name}}); s.Status != http.StatusOK || s.Path != "/privacy/log" {
			t.Errorf("erase: %d at %s", s.Status, s.Path)
		}
	}
	b.jobs()
	log := b.get("/privacy/log")
	if !strings.Contains(log.Body, privacy.PseudonymOf(contact)) || strings.Contains(log.Body, "within minutes") || strings.Contains(log.Body, "Eva") {
		t.Errorf("the log says: %s", log.Body)
	}
	for _, path := range []string{eva, personPath(customer), customerPath(contact.Customer), customerPath(customer.Customer), "/privacy?q=wolf", "/privacy?q=eva"} {
		s := b.get(path)
		if s.Status != http.StatusOK || strings.Contains(s.Body, "Schäfer") || strings.Contains(s.Body, "Berta") || strings.Contains(s.Body, "@example.com") {
			t.Errorf("%s answers %d and still names somebody", path, s.Status)
		}
	}
}

// What is too old is shown and goes only by the typed word; the rules are settings
// that the law bounds.
func TestRetentionOnThePages(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	contact, _ := b.persons()
	subject := func() string {
		var out []string
		for row, err := range b.app.DB.Read().DataRows(authtest.Context(t), store.TableOf("interaction"), []string{"subject", "contact"}, contact.Customer) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, row.Text("subject")+row.Text("contact"))
		}
		return strings.Join(out, ",")
	}
	if s := b.get("/privacy/retention"); !strings.Contains(s.Body, "Visits, calls, mails and letters, Huber GmbH, 2016-03-02") && !strings.Contains(s.Body, "Huber GmbH") {
		t.Errorf("the preview names no example: %s", s.Body)
	}
	if s := b.post("/privacy/retention", url.Values{"class_letters": {"1"}, "confirm": {"no"}}); s.Status != http.StatusUnprocessableEntity || subject() == "" {
		t.Errorf("gone without the word: %d", s.Status)
	}
	ctx := authtest.Context(t)
	hold := privacy.Mark{Person: privacy.Person{Customer: contact.Customer}, Kind: privacy.Hold, Reason: "lawsuit"}
	if err := b.app.Mark(ctx, hold); err != nil {
		t.Fatal(err)
	}
	b.post("/privacy/retention", url.Values{"class_letters": {"1"}, "confirm": {"delete"}})
	if subject() == "" {
		t.Error("a legal hold did not keep it")
	}
	if err := b.app.Unmark(ctx, hold.Person, privacy.Hold); err != nil {
		t.Fatal(err)
	}
	if s := b.post("/privacy/retention", url.Values{"class_letters": {"1"}, "confirm": {"delete"}}); s.Status != http.StatusOK || subject() != "" {
		t.Errorf("it is still there: %d, %q", s.Status, subject())
	}
	if results, ok, err := b.app.Check(ctx); err != nil || !ok {
		t.Errorf("the book is not sound: %+v, %v", results, err)
	}
	rules := url.Values{}
	for _, r := range privacy.Rules {
		rules.Set("retention_"+string(r.Class), fmt.Sprint(r.Days))
	}
	rules.Set("retention_letters", "100")
	if s := b.post("/privacy/retention/settings", rules); s.Status != http.StatusUnprocessableEntity || !strings.Contains(s.Body, "retention_letters-problem") {
		t.Errorf("letters for 100 days: %d", s.Status)
	}
	rules.Set("retention_letters", "4000")
	if s := b.post("/privacy/retention/settings", rules); s.Status != http.StatusOK || !strings.Contains(s.Body, `value="4000"`) {
		t.Errorf("letters for 4000 days: %d", s.Status)
	}
}

// What goes wrong is logged without a person's data: the book goes away while
// forms with a canary in every field are sent.
func TestTheLogNamesNobody(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	var log bytes.Buffer
	contact, customer := b.persons()
	b.app.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := NewServer(b.app)
	server := authtest.Everything(s.Handler())
	const canary = "Zeisigkanarie"
	form := url.Values{}
	for _, name := range []string{"name", "q", "query", "reason", "wording", "source", "email", "contact", "background", "asked", "note", "title", "line", "comment", "subject", "owner", "plan", "goal"} {
		form.Set(name, canary)
	}
	form.Set("purpose", "survey")
	form.Set("channel", "mail")
	form.Set("way", "form")
	form.Set("kind", "hold")
	form.Set("revision", "1")
	form.Set("confirm", canary)
	if err := b.app.DB.Close(); err != nil {
		t.Fatal(err)
	}
	eva := personPath(contact)
	for _, path := range []string{
		eva + "/correct", eva + "/mark", eva + "/consent", eva + "/erase", "/views", "/capture", "/tasks", "/templates", customerPath(customer.Customer) + "/talks", customerPath(customer.Customer),
		"/privacy/retention", "/company", "/closing",
	} {
		r, err := http.NewRequestWithContext(authtest.Context(t), http.MethodPost, path+"?q="+canary, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := &discard{header: make(http.Header)}
		server.ServeHTTP(w, r)
	}
	if log.Len() == 0 {
		t.Fatal("nothing was logged: the test proves nothing")
	}
	if strings.Contains(log.String(), canary) || strings.Contains(log.String(), "Schäfer") || strings.Contains(log.String(), "example.com") {
		t.Errorf("the log names somebody:\n%s", log.String())
	}
}

// A discard is a writer of answers that nobody reads.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// The pages of privacy have no barrier and are never wider than their window.
func TestThePagesOfPrivacyHaveNoBarriers(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	contact, customer := b.persons()
	browser := e2e.Open(t)
	ctx := authtest.Context(t)
	if err := b.app.Mark(ctx, privacy.Mark{Person: contact, Kind: privacy.Restriction, Reason: "letter"}); err != nil {
		t.Fatal(err)
	}
	paths := []string{
		"/privacy?q=e", personPath(contact), personPath(customer), personPath(contact) + "/erase", "/privacy/retention", "/privacy/notes", "/privacy/log", "/privacy/record",
	}
	for _, v := range []e2e.View{{Lang: "de", Still: true}, {Lang: "en", Still: true, Phone: true, Dark: true}} {
		tab := browser.Tab(t, v)
		for _, path := range paths {
			tab.Go(b.url + path)
			tab.Wait("document.readyState === 'complete'")
			tab.Do(chromedp.Evaluate[chromedp.Void]("document.querySelectorAll('details').forEach(d => d.open = true)"))
			for _, barrier := range tab.Axe() {
				t.Errorf("%s: %s", path, barrier)
			}
			noSideways(t, tab, path)
		}
	}
	if !slices.ContainsFunc(places, func(at place) bool { return at.Path == "/privacy" }) {
		t.Error("the sidebar does not lead to privacy")
	}
}
