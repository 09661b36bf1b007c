package web

import (
	"net/http"
	"testing"

	"quid/e2e"
	"quid/internal/app"
	"quid/internal/auth/authtest"
)

// The pages of services that come from elsewhere have no barrier and fit a phone.
func TestPagesOfServicesFromElsewhere(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		view e2e.View
	}{
		{"on a desk in German", e2e.View{Lang: "de", Still: true}},
		{"on a phone in the dark", e2e.View{Phone: true, Dark: true, Still: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newWorkbench(t)
			b.take("customers", "kunden.csv", workCustomers, nil)
			m := app.MailDraft{Key: "b", Sender: "x@evil.example", Line: "müller hotline 20m", Received: b.app.Now(), Held: "the sender is not on the list"}
			if _, err := b.app.TakeMail(authtest.Context(t), m, nil); err != nil {
				t.Fatal(err)
			}
			draft := b.upload("timesheets", "toggl.csv", togglSheet)
			form := draft.form(t, "draft")
			form.Set("do", "try")
			words := b.post(draft.Path, form)
			words.says(t, http.StatusOK, "2 words are open")
			tab := b.walker(t, tt.view)
			for _, path := range []string{"/workshop", "/mails", words.Path} {
				tab.Go(b.url + path)
				tab.NoBarriers()
				noSideways(t, tab, path)
			}
		})
	}
}
