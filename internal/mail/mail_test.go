package mail

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// A sink is a real SMTP server that keeps what it is sent.
type sink struct {
	address string
	mu      sync.Mutex
	got     []string
	refuse  string // a receiver that it does not take
	does    func(*session) error

	encrypted int    // mails that came over TLS
	said      string // user and password
}

func (s *sink) NewSession(c *smtp.Conn) (smtp.Session, error) { return &session{s, c}, nil }

type session struct {
	*sink
	conn *smtp.Conn
}

// hangUp cuts the line, now or a little later.
func (s *session) hangUp(later time.Duration) {
	cut := func() { _ = s.conn.Conn().Close() }
	if later == 0 {
		cut()
		return
	}
	time.AfterFunc(later, cut)
}

func (*session) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.said = user + " " + password
		return nil
	}), nil
}

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
	if _, ok := s.conn.TLSConnectionState(); ok {
		s.encrypted++
	}
	if s.does != nil {
		return s.does(s)
	}
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

// authority signs a certificate for this machine.
func authority(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s.TLS.Certificates[0], roots
}

// A letter goes over TLS from the beginning or from STARTTLS on, with a password, to a
// server that somebody we trust vouches for, and to no other.
func TestALetterGoesOverTLS(t *testing.T) {
	t.Parallel()
	own, roots := authority(t)
	for _, line := range []string{TLS, StartTLS} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			s := &sink{}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			s.address = l.Addr().String()
			server := smtp.NewServer(s)
			server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}
			if line == TLS {
				l = tls.NewListener(l, server.TLSConfig)
			}
			go func() { _ = server.Serve(l) }()
			t.Cleanup(func() { server.Close() })
			c := Config{Address: s.address, From: "quid@example.com", Line: line, User: "quid", Password: "a loud pump", Roots: roots}
			letter := Letter{To: "bert@example.com", Name: "Bert", Link: "x"}
			if err := c.Send(t.Context(), letter); err != nil {
				t.Fatal(err)
			}
			if s.encrypted != 1 || s.said != "quid a loud pump" || len(s.got) != 1 {
				t.Errorf("%d mails came over TLS, the server was told %q, it has %d", s.encrypted, s.said, len(s.got))
			}
			c.Roots = x509.NewCertPool()
			if err := c.Send(t.Context(), letter); err == nil || errors.Is(err, ErrUncertain) || len(s.got) != 1 {
				t.Errorf("to a server that nobody vouches for: %v, it has %d", err, len(s.got))
			}
		})
	}
}

// What a server does to a mail, and what Send says of it: sent with a 250 alone, not
// known where the answer to all of it is missing, else not sent.
func TestAMailIsSentWithA250Alone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name            string
		does            func(*session) error
		sent, uncertain bool
	}{
		{"it is slow", func(*session) error { time.Sleep(200 * time.Millisecond); return nil }, true, false},
		{"it breaks off after its 250", func(s *session) error { s.hangUp(20 * time.Millisecond); return nil }, true, false},
		{"it breaks off before its answer", func(s *session) error { s.hangUp(0); return nil }, false, true},
		{"it is mute", func(*session) error { time.Sleep(1500 * time.Millisecond); return nil }, false, true},
		{"it refuses for now", func(*session) error { return &smtp.SMTPError{Code: 451, Message: "later"} }, false, false},
		{"it refuses", func(*session) error { return &smtp.SMTPError{Code: 554, Message: "never"} }, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSink(t)
			s.does = tt.does
			err := Config{Address: s.address, From: "quid@example.com", Line: Clear, Wait: time.Second}.Send(t.Context(), Letter{To: "bert@example.com", Name: "Bert", Link: "x"})
			if (err == nil) != tt.sent || errors.Is(err, ErrUncertain) != tt.uncertain {
				t.Errorf("Send says %v", err)
			}
		})
	}
	mute, err := net.Listen("tcp", "127.0.0.1:0") // it never greets
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	err = Config{Address: mute.Addr().String(), From: "quid@example.com", Line: Clear, Wait: 300 * time.Millisecond}.Send(t.Context(), Letter{To: "bert@example.com", Name: "Bert", Link: "x"})
	if err == nil || errors.Is(err, ErrUncertain) {
		t.Errorf("a server that never greets: %v", err)
	}
}
