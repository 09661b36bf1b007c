package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
)

// What an assistant drafted is seen, counted, confirmed once and dismissed on the page.
func TestDraftsOnThePage(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	if empty := b.get("/drafts"); !strings.Contains(empty.Body, "No draft waits") {
		t.Errorf("an empty page says %s", empty.Body)
	}
	b.fill(intake.Customers, "number;name", "K1;Huber GmbH")
	ctx, customer, note := authtest.Context(t), b.customer(t, "K1"), "wants a second pump"
	first, err := b.app.KeepDraft(ctx, customer, app.Proposal{Change: &app.ProposedChange{Note: &note}}, "said so on the phone")
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.app.KeepDraft(ctx, customer, app.Proposal{Task: &app.ProposedTask{Title: "call back", Due: "2030-01-02"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	need := "1234567.50"
	third, err := b.app.KeepDraft(ctx, customer, app.Proposal{Change: &app.ProposedChange{Need: &need}}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.app.KeepDraft(ctx, customer, app.Proposal{Service: &app.ProposedService{Type: "hotline", Day: "2026-11-20", Minutes: "25"}}, ""); err != nil {
		t.Fatal(err)
	}
	page := plainText(b.get("/drafts").Body)
	b.lang = "de"
	german := plainText(b.get("/drafts").Body)
	b.lang = "en"
	for _, want := range []string{"Huber GmbH", note, "said so on the phone", "call back", "Change a customer", "€1,234,567.50", "2 Jan 2030", "Help with technical problems", "25 min"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, want := range []string{"1.234.567,50 €", "02.01.2030", "Hilfe bei technischen Problemen"} {
		if !strings.Contains(german, want) {
			t.Errorf("the German page lacks %q", want)
		}
	}
	if tasks := b.get("/tasks"); !strings.Contains(tasks.Body, "4 drafts of assistants wait") {
		t.Error("the tasks don't say that drafts wait")
	}
	path := "/drafts/" + formatID(int64(customer)) + "/"
	seen := url.Values{"seen": {"1"}}
	if s := b.post(path+formatID(first)+"/confirm", seen); s.Status != http.StatusOK || !strings.Contains(s.Body, "Done, as the draft says.") || strings.Contains(s.Body, note) {
		t.Errorf("confirmed: %d", s.Status)
	}
	if s := b.post(path+formatID(third)+"/confirm", seen); s.Status != http.StatusConflict || !strings.Contains(s.Body, "changed the customer meanwhile") {
		t.Errorf("confirmed on top of a customer that nobody saw: %d", s.Status)
	}
	if s := b.post(path+formatID(first)+"/confirm", seen); s.Status != http.StatusConflict || !strings.Contains(s.Body, "decided already") {
		t.Errorf("confirmed twice: %d", s.Status)
	}
	if c, err := b.app.DB.Read().Customer(ctx, customer); err != nil || c.Note != note {
		t.Errorf("the note is %q, %v", c.Note, err)
	}
	if s := b.post(path+formatID(second)+"/dismiss", nil); s.Status != http.StatusOK || strings.Contains(s.Body, "call back") {
		t.Errorf("dismissed: %d", s.Status)
	}
	if live, err := b.app.DB.Read().LiveTasks(ctx); err != nil || len(live) != 0 {
		t.Errorf("a draft that was dismissed made %d tasks, %v", len(live), err)
	}
	if s := b.post(path+"7/confirm", nil); s.Status != http.StatusNotFound {
		t.Errorf("a draft that isn't there: %d", s.Status)
	}
}
