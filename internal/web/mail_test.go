package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/capture"
	"quid/internal/locale"
	"quid/internal/mailbox"
)

func TestWhyMailsWaitIsTranslated(t *testing.T) {
	t.Parallel()
	de := Page{Printer: locale.For("de")}
	for _, s := range append(mailbox.Sentences(), app.MailReasons()...) {
		if de.T(s) == s {
			t.Errorf("no German text for %q", s)
		}
	}
}

var (
	finishLink = regexp.MustCompile(`href="(/capture\?[^"]*key=mail-[^"]*)"`)
	mailNumber = regexp.MustCompile(`name="mail" value="(\d+)"`)
)

// A mail that waits is finished on the page of capture, under the mail's key, or
// dismissed.
func TestMailsWaitForSomebody(t *testing.T) {
	t.Parallel()
	b := newWorkbench(t)
	b.get("/mails").says(t, http.StatusOK, "No mail waits")
	b.take("customers", "kunden.csv", workCustomers, nil)
	words := func() (*capture.Book, error) { return app.CaptureBook(authtest.Context(t), b.app.DB.Read()) }
	for _, m := range []app.MailDraft{
		{Key: "a", Sender: "eva@b.example", Line: "hotline 20m <b>laut</b>", Received: b.app.Now()},
		{Key: "b", Sender: "x@evil.example", Line: "müller hotline 20m", Received: b.app.Now(), Held: "the sender is not on the list"},
	} {
		if _, err := b.app.TakeMail(authtest.Context(t), m, words); err != nil {
			t.Fatal(err)
		}
	}
	page := b.get("/mails")
	page.says(t, http.StatusOK, "hotline 20m <b>laut</b>", "the line does not name one customer", "eva@b.example", "the sender is not on the list")
	links := finishLink.FindAllStringSubmatch(page.Body, -1)
	if len(links) != 2 {
		t.Fatalf("%d ways to finish a mail, want 2", len(links))
	}
	href := strings.ReplaceAll(links[0][1], "&amp;", "&")
	u, err := url.Parse(href)
	if err != nil {
		t.Fatal(err)
	}
	if form := b.get(href); !strings.Contains(form.Body, `value="`+u.Query().Get("key")+`"`) {
		t.Error("the form of capture does not carry the mail's key")
	}
	numbers := mailNumber.FindAllStringSubmatch(page.Body, -1)
	b.post("/mails/dismiss", url.Values{"mail": {numbers[0][1]}})
	if left := b.get("/mails"); strings.Count(left.Body, `name="mail"`) != 1 {
		t.Error("the dismissed mail is still there, or both are gone")
	}
	if got := b.post("/mails/dismiss", url.Values{"mail": {"77"}}); got.Status != http.StatusNotFound {
		t.Errorf("a mail that never came: %d", got.Status)
	}
}
