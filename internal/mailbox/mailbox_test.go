package mailbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// An imapServer is a real server in this process, with one mailbox.
type imapServer struct {
	t      *testing.T
	user   *imapmemserver.User
	config Config
}

func newServer(t *testing.T) *imapServer {
	t.Helper()
	user := imapmemserver.NewUser("quid", "secret word")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	mem := imapmemserver.New()
	mem.AddUser(user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}}, InsecureAuth: true,
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close(); <-done })
	return &imapServer{t, user, Config{
		Address: l.Addr().String(), User: "quid", Password: "secret word", Plain: true, Trusted: "mx.brenner.example", Senders: []string{"eva@brenner.example", "@partner.example"},
	}}
}

// put lays a mail into the mailbox.
func (s *imapServer) put(lines ...string) {
	s.t.Helper()
	raw := strings.Join(lines, "\r\n") + "\r\n\r\nText that nobody reads.\r\n"
	if _, err := s.user.Append("INBOX", literal{strings.NewReader(raw)}, &imap.AppendOptions{Time: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}); err != nil {
		s.t.Fatal(err)
	}
}

type literal struct{ *strings.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

func (s *imapServer) fetch() []Mail {
	s.t.Helper()
	var got []Mail
	if err := s.config.Fetch(s.t.Context(), func(m Mail) error { got = append(got, m); return nil }); err != nil {
		s.t.Fatal(err)
	}
	return got
}

const (
	signed  = "Authentication-Results: mx.brenner.example; dkim=pass header.d=brenner.example"
	fromEva = "From: Eva Ems <Eva@Brenner.example>"
)

func TestMailsAreReadOnceAndJudged(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("Message-ID: <1@x>", signed, fromEva, "Subject: =?utf-8?q?m=C3=BCller_hotline_20m_Pumpe?=")
	s.put("Message-ID: <2@x>", signed, fromEva, "Subject: Re: AW: meier hotline 5m")
	s.put("Message-ID: <3@x>", fromEva, "Subject: meier hotline 5m")
	s.put("Message-ID: <4@x>", signed, "From: x@evil.example", "Subject: meier hotline 5m")
	got := s.fetch()
	if len(got) != 4 {
		t.Fatalf("%d mails, want 4", len(got))
	}
	for i, want := range []Mail{{Line: "müller hotline 20m Pumpe"}, {Line: "meier hotline 5m"}, {Line: "meier hotline 5m", Held: noVerdict}, {Line: "meier hotline 5m", Held: unknownSender}} {
		if got[i].Line != want.Line || got[i].Held != want.Held || got[i].Key == "" || got[i].Received.Year() != 2026 {
			t.Errorf("mail %d: %+v, want %+v", i, got[i], want)
		}
	}
	if got[0].Sender != "eva@brenner.example" {
		t.Errorf("sender %q", got[0].Sender)
	}
	if again := s.fetch(); len(again) != 0 {
		t.Errorf("%d mails come again", len(again))
	}
}

// A mail that could not be taken stays unseen and comes again, as the same.
func TestAMailThatFailedComesAgain(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("Message-ID: <1@x>", signed, fromEva, "Subject: meier hotline 5m")
	var first Mail
	full := errors.New("the disk is full")
	if err := s.config.Fetch(t.Context(), func(m Mail) error { first = m; return full }); !errors.Is(err, full) {
		t.Fatal(err)
	}
	got := s.fetch()
	if len(got) != 1 || got[0] != first {
		t.Errorf("%+v, want %+v", got, first)
	}
}

func TestAWrongPasswordIsNotRepeatedInTheError(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.config.Password = "another secret"
	err := s.config.Fetch(t.Context(), func(Mail) error { return nil })
	if err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "quid") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.config.Fetch(ctx, func(Mail) error { return nil }); err == nil {
		t.Error("a look that was ended before it began found something")
	}
}

// Only a verdict for the sender's own domain, of the trusted server, in the
// topmost of its headers, proves a sender.
func TestWhatProvesASender(t *testing.T) {
	t.Parallel()
	c := Config{Trusted: "mx.brenner.example", Senders: []string{"eva@brenner.example", "partner.example"}}
	for _, tt := range []struct {
		name string
		head []string
		held string
	}{
		{"DKIM of the domain", []string{signed, fromEva}, ""},
		{"SPF of the domain", []string{"Authentication-Results: mx.brenner.example; spf=pass smtp.mailfrom=eva@brenner.example", fromEva}, ""},
		{"SPF, only the domain named", []string{"Authentication-Results: mx.brenner.example; spf=pass smtp.mailfrom=brenner.example", fromEva}, ""},
		{"a known domain", []string{"Authentication-Results: mx.brenner.example; dkim=pass header.d=partner.example", "From: jo@partner.example"}, ""},
		{"the mother domain signs", []string{"Authentication-Results: MX.brenner.example; dkim=pass header.d=brenner.example", "From: eva@brenner.example"}, ""},
		{"DKIM of another domain", []string{"Authentication-Results: mx.brenner.example; dkim=pass header.d=evil.example", fromEva}, notProven},
		{"DKIM of a like domain", []string{"Authentication-Results: mx.brenner.example; dkim=pass header.d=xbrenner.example", fromEva}, notProven},
		{"SPF of another domain", []string{"Authentication-Results: mx.brenner.example; spf=pass smtp.mailfrom=x@evil.example", fromEva}, notProven},
		{"DKIM fails", []string{"Authentication-Results: mx.brenner.example; dkim=fail header.d=brenner.example; spf=softfail smtp.mailfrom=brenner.example", fromEva}, notProven},
		{"the verdict of another server", []string{"Authentication-Results: mx.evil.example; dkim=pass header.d=brenner.example", fromEva}, noVerdict},
		{"a forged verdict below the real one", []string{"Authentication-Results: mx.brenner.example; dkim=fail header.d=brenner.example", signed, fromEva}, notProven},
		{"no verdict", []string{fromEva}, noVerdict},
		{"an unknown sender who is proven", []string{"Authentication-Results: mx.brenner.example; dkim=pass header.d=evil.example", "From: x@evil.example"}, unknownSender},
		{"a known name at an unknown address", []string{signed, "From: \"eva@brenner.example\" <x@evil.example>"}, unknownSender},
		{"two senders", []string{signed, "From: eva@brenner.example, x@evil.example"}, severalFrom},
		{"two headers of senders", []string{signed, fromEva, "From: x@evil.example"}, severalFrom},
		{"an absence notice", []string{signed, fromEva, "Auto-Submitted: auto-replied"}, automatic},
		{"a list", []string{signed, fromEva, "List-Id: <all.brenner.example>"}, automatic},
		{"a person says so", []string{signed, fromEva, "Auto-Submitted: no"}, ""},
	} {
		h, err := headerOf([]byte(strings.Join(append(slices.Clone(tt.head), "Subject: meier hotline 5m", "Message-ID: <a@b>"), "\r\n")))
		if err != nil {
			t.Fatal(err)
		}
		if m := c.judge(h, time.Time{}); m.Held != tt.held {
			t.Errorf("%s: held because %q, want %q", tt.name, m.Held, tt.held)
		}
	}
	h, _ := headerOf([]byte(fromEva))
	if m := (Config{Senders: c.Senders}).judge(h, time.Time{}); m.Held != noSubject || m.Key == "" {
		t.Errorf("without subject and id: %+v", m)
	}
}

func TestAConfigSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	ok := Config{Address: "mail.example.com:993", User: "u", Password: "p", Senders: SplitSenders("a@b.de, c.de")}
	if err := ok.Check(); err != nil || len(ok.Senders) != 2 {
		t.Errorf("%v, %v", err, ok.Senders)
	}
	for name, change := range map[string]func(*Config){
		"port": func(c *Config) { c.Address = "mail.example.com" }, "user": func(c *Config) { c.User = "" }, "senders": func(c *Config) { c.Senders = nil },
		"TLS": func(c *Config) { c.Plain = true },
	} {
		c := ok
		if change(&c); c.Check() == nil {
			t.Errorf("%s: nothing is missed", name)
		}
	}
}

func FuzzHeader(f *testing.F) {
	f.Add(signed + "\r\n" + fromEva)
	f.Add("From: \xff\r\nSubject: =?x?y?z?=")
	c := Config{Trusted: "mx.brenner.example", Senders: []string{"brenner.example"}}
	f.Fuzz(func(t *testing.T, text string) {
		if h, err := headerOf([]byte(text)); err == nil {
			if m := c.judge(h, time.Time{}); m.Held == "" && !strings.Contains(strings.ToLower(fmt.Sprint(h.Values("From"))), "brenner.example") {
				t.Errorf("%q is believed", text)
			}
		}
	})
}
