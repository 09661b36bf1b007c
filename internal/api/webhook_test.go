package api

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"quid/internal/auth"
	"quid/internal/auth/authtest"
)

// A program makes a webhook, reads its log, has something sent once more and deletes it.
func TestWebhooksByPrograms(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, d *desk) {
		status := new(atomic.Int64)
		status.Store(http.StatusInternalServerError)
		hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) }))
		t.Cleanup(hub.Close)
		d.app.Calls.Ranges = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		key := d.key(auth.Administrator, auth.ReadWrite, "")
		hook := map[string]any{"name": "Hub", "address": hub.URL, "events": []string{"service.booked"}}
		made := d.want(d.ask(key, http.MethodPost, "/webhooks", hook), http.StatusCreated)
		secret, _ := made.body["secret"].(string)
		path := "/webhooks/" + made.body["id"].(string)
		if !strings.HasPrefix(secret, "whsec_") || strings.Contains(d.get(key, path).text+d.get(key, "/webhooks").text, "whsec_") {
			t.Errorf("the secret %q is shown more than once, or never", secret)
		}
		send := func() {
			t.Helper()
			ctx := authtest.Context(t)
			if err := d.app.RunWebhook(ctx, made.body["id"].(string)); err != nil {
				t.Fatal(err)
			}
		}
		d.want(d.ask(key, http.MethodPost, "/customers/"+d.ids()["C1"]+"/services", booking(), "Idempotency-Key", "hook-0001"), http.StatusCreated)
		send()
		log := d.get(key, path+"/deliveries").items()
		if len(log) != 1 || log[0]["state"] != "due" || log[0]["status"] != 500.0 || log[0]["event"] != "service.booked" {
			t.Fatalf("the log has %v", log)
		}
		one := d.get(key, path+"/deliveries/"+log[0]["id"].(string))
		if tries, _ := one.body["attempts"].([]any); len(tries) != 1 {
			t.Errorf("a delivery has the tries %s", one.text)
		}
		tag := d.get(key, path).header.Get("ETag")
		d.want(d.ask(key, http.MethodPatch, path, map[string]any{"state": "off"}), http.StatusPreconditionRequired)
		off := d.want(d.ask(key, http.MethodPatch, path, map[string]any{"state": "off"}, "If-Match", tag), http.StatusOK)
		if off.body["state"] != "off" || off.body["why"] != "person" || off.body["failed"] != 1.0 {
			t.Errorf("switched off: %s", off.text)
		}
		d.want(d.ask(key, http.MethodPatch, path, map[string]any{"name": "Other"}, "If-Match", tag), http.StatusPreconditionFailed)
		d.want(d.ask(key, http.MethodPost, path+"/replay", nil), http.StatusUnprocessableEntity)
		d.want(d.ask(key, http.MethodPatch, path, map[string]any{"state": "on"}, "If-Match", off.header.Get("ETag")), http.StatusOK)
		status.Store(http.StatusAccepted)
		if a := d.want(d.ask(key, http.MethodPost, path+"/replay", nil), http.StatusAccepted); a.body["replayed"] != 1.0 {
			t.Errorf("sent once more: %s", a.text)
		}
		send()
		d.want(d.ask(key, http.MethodPost, path+"/deliveries/"+log[0]["id"].(string)+"/replay", nil), http.StatusAccepted)
		send()
		if a := d.get(key, path+"/deliveries?filter=state=done").items(); len(a) != 1 || a[0]["status"] != 202.0 {
			t.Errorf("after the replays: %v", a)
		}
		d.want(d.ask(key, http.MethodPost, path+"/test", nil), http.StatusAccepted)
		if a := d.want(d.ask(key, http.MethodPost, path+"/secret", nil), http.StatusOK); a.body["secret"] == secret || !strings.HasPrefix(a.body["secret"].(string), "whsec_") {
			t.Errorf("the new secret: %s", a.text)
		}
		wrong := d.want(d.ask(key, http.MethodPost, "/webhooks", map[string]any{"name": "x", "address": "http://10.0.0.1/", "events": []string{"coffee.made"}}), http.StatusUnprocessableEntity)
		if !strings.Contains(wrong.text, `"#/address"`) || !strings.Contains(wrong.text, `"#/events"`) {
			t.Errorf("a wrong one: %s", wrong.text)
		}
		for _, missing := range []string{"/webhooks/7", "/webhooks/x", path + "/deliveries/7", "/webhooks/7/deliveries"} {
			d.want(d.ask(key, http.MethodGet, missing, nil), http.StatusNotFound)
		}
		reads := d.key(auth.Administrator, auth.ReadOnly, "")
		d.get(reads, path)
		d.want(d.ask(reads, http.MethodDelete, path, nil), http.StatusForbidden)
		d.want(d.ask(d.key(auth.Administrator, auth.ReadWrite, "anna"), http.MethodGet, "/webhooks", nil), http.StatusForbidden)
		d.want(d.ask(key, http.MethodDelete, path, nil), http.StatusNoContent)
		d.want(d.ask(key, http.MethodGet, path, nil), http.StatusNotFound)
	})
}
