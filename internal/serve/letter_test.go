package serve

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"quid/internal/app"
	"quid/internal/mail"
)

// A postbox is a real SMTP server that hands on what it is sent.
type postbox chan string

func (p postbox) NewSession(*smtp.Conn) (smtp.Session, error) { return p, nil }
func (postbox) Reset()                                        {}
func (postbox) Logout() error                                 { return nil }
func (postbox) Mail(string, *smtp.MailOptions) error          { return nil }
func (postbox) Rcpt(string, *smtp.RcptOptions) error          { return nil }
func (p postbox) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	p <- string(text)
	return err
}

// Somebody who forgot the password gets a link by mail and comes in by it; for
// somebody unknown the answer is the same and no mail goes out.
func TestANewPasswordByMail(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box := make(postbox, 10)
	sink := smtp.NewServer(box)
	go func() { _ = sink.Serve(l) }()
	t.Cleanup(func() { sink.Close() })

	a := openApp(t)
	code, err := a.StartCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Start(t.Context(), app.FirstUser{Code: code, Login: "anna@example.com", Name: "Anna Meier", Password: "vier laute Pumpen im Keller"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan string, 1), make(chan error, 1)
	s := &Server{
		App: a, Listen: "127.0.0.1:0", Ready: func(at string) { ready <- at }, Grace: 2 * time.Second,
		Post: &mail.Config{Address: l.Addr().String(), From: "quid@example.com", Line: mail.Clear},
	}
	go func() { ended <- s.Run(ctx) }()
	var home string
	select {
	case home = <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	defer func() { cancel(); <-ended }()

	send := func(path string, form url.Values) (int, string) {
		res, err := http.PostForm(home+path, form)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	unknown, said := send("/forgot", url.Values{"login": {"nobody@example.com"}})
	known, saidToo := send("/forgot", url.Values{"login": {"anna@example.com"}})
	if unknown != http.StatusOK || known != unknown || said != saidToo {
		t.Errorf("answered %d and %d; the same page: %v", unknown, known, said == saidToo)
	}
	var text string
	select {
	case text = <-box:
	case <-time.After(30 * time.Second):
		t.Fatal("no mail came")
	}
	text = strings.NewReplacer("=\r\n", "", "=3D", "=").Replace(text)
	link := regexp.MustCompile(`http://\S+/invite/\S+`).FindString(text)
	if !strings.Contains(text, "To: <anna@example.com>") || !strings.HasPrefix(link, home+"/invite/") {
		t.Fatalf("the mail says:\n%s", text)
	}
	path := strings.TrimPrefix(link, home)
	if status, body := send(path, url.Values{"password": {"sieben stille Ventile am Dach"}}); status == http.StatusGone || strings.Contains(body, "field-problem") {
		t.Errorf("the link does not let in: %d\n%s", status, body)
	}
	if _, err := a.LogIn(t.Context(), "anna@example.com", "sieben stille Ventile am Dach", app.Visit{}); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if len(box) > 0 {
		t.Errorf("%d more mails came", len(box))
	}
}
