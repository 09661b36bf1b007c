package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"quid/internal/auth/authtest"
	"quid/internal/store"
)

var shownSecret = regexp.MustCompile(`whsec_[A-Za-z0-9+/=]{44}`)

// A webhook is made, tried, given a new secret, switched off and deleted on the pages; its
// secret is shown once.
func TestAWebhookOnThePages(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	if empty := b.get("/webhooks"); !strings.Contains(empty.Body, "No program is told yet") || !strings.Contains(empty.Body, "service.booked") {
		t.Errorf("an empty list says %s", empty.Body)
	}
	wrong := b.post("/webhooks", url.Values{"name": {"Hub"}, "address": {"https://127.0.0.1/"}})
	if wrong.Status != http.StatusUnprocessableEntity || !strings.Contains(wrong.Body, "calls to it are not allowed") || !strings.Contains(wrong.Body, "choose an event at least") || !strings.Contains(wrong.Body, `value="Hub"`) {
		t.Errorf("a wrong form: %d %s", wrong.Status, wrong.Body)
	}
	made := b.post("/webhooks", url.Values{"name": {"Hub"}, "address": {"https://hub.example.com/quid"}, "events": {"service.booked", "import.ended"}})
	secret := shownSecret.FindString(made.Body)
	if made.Status != http.StatusOK || secret == "" || !strings.Contains(made.Body, "Nothing was sent yet") {
		t.Fatalf("made: %d %s", made.Status, made.Body)
	}
	list, err := b.app.DB.Read().Webhooks(authtest.Context(t))
	if err != nil || len(list) != 1 || list[0].Secret != secret || strings.Join(list[0].Events, " ") != "import.ended service.booked" {
		t.Fatalf("kept: %+v, %v", list, err)
	}
	page := "/webhooks/" + formatID(list[0].ID)
	if again := b.get(page); strings.Contains(again.Body, "whsec_") || !strings.Contains(again.Body, "https://hub.example.com/quid") {
		t.Error("the secret is shown twice, or the address not at all")
	}
	if s := b.post(page+"/test", nil); s.Status != http.StatusOK {
		t.Errorf("a test: %d %s", s.Status, s.Body)
	}
	if log := b.get(page + "?done=test"); !strings.Contains(log.Body, "A test") || !strings.Contains(log.Body, "is sent") || !strings.Contains(log.Body, "A test is on its way") {
		t.Errorf("the log of a test says %s", log.Body)
	}
	if renewed := shownSecret.FindString(b.post(page+"/secret", nil).Body); renewed == "" || renewed == secret {
		t.Errorf("the new secret is %q", renewed)
	}
	if s := b.get(page); !strings.Contains(s.Body, "Both secrets sign until") {
		t.Error("that two secrets sign is not said")
	}
	form := url.Values{"name": {"Hub"}, "address": {"https://hub.example.com/quid"}, "events": {"service.booked"}, "revision": {"2"}}
	if off := b.post(page, form); off.Status != http.StatusOK {
		t.Errorf("switched off: %d %s", off.Status, off.Body)
	}
	if clash := b.post(page, form); clash.Status != http.StatusConflict || !strings.Contains(clash.Body, "Somebody else changed this webhook") {
		t.Errorf("the second of two editors: %d", clash.Status)
	}
	if s := b.post(page+"/test", nil); s.Status != http.StatusUnprocessableEntity || !strings.Contains(s.Body, "switch the webhook on before") {
		t.Errorf("a test while it is off: %d", s.Status)
	}
	if s := b.get(page); !strings.Contains(s.Body, "failed") || !strings.Contains(s.Body, "the webhook was switched off") {
		t.Error("what was to be sent says nothing of why it failed")
	}
	err = b.app.DB.Write(authtest.Context(t), func(tx *store.Tx) error {
		w, err := tx.Webhook(authtest.Context(t), list[0].ID)
		if err != nil {
			return err
		}
		w.Why = store.OffFailing
		return tx.PutWebhook(authtest.Context(t), w)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"/webhooks", page} {
		if s := b.get(at); !strings.Contains(s.Body, "Hub was switched off") {
			t.Errorf("%s doesn't say that it was switched off by itself", at)
		}
	}
	if s := b.post(page+"/delete", nil); s.Status != http.StatusOK || b.get(page).Status != http.StatusNotFound {
		t.Errorf("deleted: %d", s.Status)
	}
	for _, path := range []string{"/webhooks/x", "/webhooks/7"} {
		if s := b.get(path); s.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, s.Status)
		}
	}
}
