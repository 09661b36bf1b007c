package serve

import (
	"bytes"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"quid/internal/app"
	"quid/internal/auth/authtest"
	"quid/internal/intake"
	"quid/internal/mailbox"
	"quid/internal/store"
)

type literal struct{ *strings.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// The whole way: a mail lies in a real mailbox, a look books it, the next look
// doesn't again; nothing of it stands in the log, and a server that is gone ends
// no polling.
func TestALookAtTheMailboxBooksMails(t *testing.T) {
	t.Parallel()
	user := imapmemserver.NewUser("quid", "pass")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	mem := imapmemserver.New()
	mem.AddUser(user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		InsecureAuth: true,
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	raw := "Message-ID: <1@x>\r\nAuthentication-Results: mx.b.example; dkim=pass header.d=b.example\r\nFrom: eva@b.example\r\nSubject: meier hotline 20m pumpe laut\r\n\r\nHallo\r\n"
	if _, err := user.Append("INBOX", literal{strings.NewReader(raw)}, &imap.AppendOptions{Time: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}); err != nil {
		t.Fatal(err)
	}

	db, err := store.Open(authtest.Context(t), filepath.Join(t.TempDir(), "book.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	var log bytes.Buffer
	a := &app.App{DB: db, IDs: store.NewIDs(now), Now: func() time.Time { return now }, Files: t.TempDir(), Log: slog.New(slog.NewTextHandler(&log, nil))}
	if err := a.CreateBook(authtest.Context(t), "Test", "EUR"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "k.csv")
	importCustomers(t, a, path)
	config := mailbox.Config{Address: l.Addr().String(), User: "quid", Password: "pass", Plain: true, Trusted: "mx.b.example", Senders: []string{"b.example"}}
	for range 2 {
		if err := lookAtMail(authtest.Context(t), a, config); err != nil {
			t.Fatal(err)
		}
	}
	entries := 0
	for k, err := range db.Read().Services(authtest.Context(t), store.ServiceFilter{}) {
		if err != nil || k.Doc.Background != "pumpe laut" {
			t.Errorf("%+v, %v", k.Doc, err)
		}
		entries++
	}
	if entries != 1 {
		t.Errorf("%d entries, want 1", entries)
	}
	server.Close()
	<-done
	if err := lookAtMail(authtest.Context(t), a, config); err != nil {
		t.Errorf("a server that is gone ends the polling: %v", err)
	}
	for _, private := range []string{"eva", "meier", "pumpe", "pass "} {
		if strings.Contains(log.String(), private) {
			t.Errorf("%q stands in the log:\n%s", private, log.String())
		}
	}
	if !strings.Contains(log.String(), "could not be read") || !strings.Contains(log.String(), "mails=1") {
		t.Errorf("the log says too little:\n%s", log.String())
	}
	jobs, err := db.Read().Jobs(authtest.Context(t), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	next := 0
	for _, j := range jobs {
		if j.Kind == app.MailJob {
			next++
		}
	}
	if next != 1 {
		t.Errorf("%d looks are to come, want 1", next)
	}
}

func importCustomers(t *testing.T, a *app.App, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("number;name\n1;Meier Pumpen GmbH\n2;Huber KG\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Import(authtest.Context(t), app.ImportRequest{Kind: intake.Customers, Path: path}, nil); err != nil {
		t.Fatal(err)
	}
}
