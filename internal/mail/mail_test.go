package mail

import (
	"io"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// A sink is a real SMTP server that keeps what it is sent.
type sink struct {
	address string
	mu      sync.Mutex
	got     []string
	refuse  string // a receiver that it does not take
}

func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{s}, nil }

type session struct{ *sink }

func (*session) Reset()                               {}
func (*session) Logout() error                        { return nil }
func (*session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if to == s.refuse {
		return &smtp.SMTPError{Code: 550, Message: "no such mailbox " + to}
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, string(text))
	return err
}

func newSink(t *testing.T) *sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{address: l.Addr().String()}
	server := smtp.NewServer(s)
	server.ReadTimeout, server.WriteTimeout = 10*time.Second, 10*time.Second
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close() })
	return s
}

func TestALetterArrives(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	c := Config{Address: s.address, From: "Quid <quid@example.com>", Line: Clear}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	link := "https://quid.example.com/invite/abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_abcdefghijk"
	for _, l := range []Letter{
		{To: "bert@example.com", Name: "Bert Müller", Link: link, Lang: "de", Hours: 168},
		{To: "bert@example.com", Name: "Bert\r\nBcc: eva@example.com", Link: link, Reset: true, Lang: "en", Hours: 2},
	} {
		if err := c.Send(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.got) != 2 {
		t.Fatalf("%d mails arrived, want 2", len(s.got))
	}
	for i, words := range [][]string{{"Bert Müller", "7 Tage"}, {"2 hours"}} {
		m, err := netmail.ReadMessage(strings.NewReader(s.got[i]))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range append(words, link) {
			if !strings.Contains(string(body), w) {
				t.Errorf("mail %d does not say %q:\n%s", i, w, body)
			}
		}
		if m.Header.Get("Bcc") != "" || m.Header.Get("Auto-Submitted") != "auto-generated" {
			t.Errorf("mail %d has the header %v", i, m.Header)
		}
	}
}

func TestALetterDoesNotGoInTheClearUnasked(t *testing.T) {
	t.Parallel()
	s := newSink(t) // offers no STARTTLS
	for _, line := range []string{StartTLS, TLS, ""} {
		c := Config{Address: s.address, From: "quid@example.com", Line: line}
		if err := c.Send(t.Context(), Letter{To: "bert@example.com", Name: "Bert", Link: "x"}); err == nil {
			t.Errorf("with %q a letter went in the clear", line)
		}
	}
	if s.mu.Lock(); len(s.got) > 0 {
		t.Errorf("%d mails arrived", len(s.got))
	}
	s.mu.Unlock()
	c := Config{Address: s.address, From: "quid@example.com", Line: Clear, User: "quid", Password: "secret"}
	if c.Check() == nil {
		t.Error("a password may cross the network in the clear")
	}
}

func TestAnErrorNamesNobody(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	s.refuse = "bert@example.com"
	c := Config{Address: s.address, From: "quid@example.com", Line: Clear}
	err := c.Send(t.Context(), Letter{To: "bert@example.com", Name: "Bert Beispiel", Link: "x"})
	if err == nil || !strings.Contains(err.Error(), "550") {
		t.Fatalf("a refused receiver: %v", err)
	}
	if text := err.Error(); strings.Contains(text, "bert@") || strings.Contains(text, "Bert Beispiel") {
		t.Errorf("the error names somebody: %s", text)
	}
}

func TestCheckRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	good := Config{Address: "mail.example.com:587", From: "quid@example.com", Line: StartTLS}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for _, c := range []Config{
		{Address: "mail.example.com", From: good.From}, {Address: ":587", From: good.From}, {Address: "mail.example.com:0", From: good.From}, {Address: good.Address}, {Address: good.Address, From: "quid"},
	} {
		if c.Check() == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
