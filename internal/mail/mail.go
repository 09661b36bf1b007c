// Package mail sends the few mails that Quid writes: links by which somebody comes
// in. It speaks SMTP over TLS; in the clear only where that is asked for by name.
package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"quid/internal/locale"
)

// How the line to the server is kept from listeners.
const (
	StartTLS = "starttls" // TLS once the server has answered, as at port 587
	TLS      = "tls"      // TLS from the beginning, as at port 465
	Clear    = "none"     // none: within one machine
)

// Config is the server that takes our mails.
type Config struct {
	Address  string // host:port
	User     string // "" where none is asked for
	Password string
	From     string // the address that mails come from
	Line     string // StartTLS, TLS or Clear

	Roots *x509.CertPool // who vouches for the server; nil: whom the system trusts
	Wait  time.Duration  // how long a mail may take; 30 seconds if 0
}

// Check says what is wrong with a configuration.
func (c Config) Check() error {
	host, port, err := net.SplitHostPort(c.Address)
	if n, e := strconv.Atoi(port); err != nil || e != nil || host == "" || n < 1 || n > 65535 {
		return fmt.Errorf("the mail server %q: write host and port, such as mail.example.com:587", c.Address)
	}
	if a, err := netmail.ParseAddress(c.From); err != nil || a.Address == "" {
		return fmt.Errorf("the sender of mails %q: write an address such as quid@example.com", c.From)
	}
	if c.User != "" && c.Line == Clear {
		return errors.New("a password for the mail server would cross the network in the clear: use starttls or tls")
	}
	return nil
}

// A Letter brings somebody a link.
type Letter struct {
	To    string // their address
	Name  string
	Link  string
	Reset bool // a new password, else an invitation
	Lang  string
	Hours int // how long the link works
}

// text is what a letter says.
func (l Letter) text() (subject, body string) {
	p := locale.For(l.Lang)
	if l.Reset {
		return p.T("A new password for Quid"), p.T("Hello {name},\n\nsomebody asked for a new password for your account in Quid. If it was you, choose one here:\n\n{link}\n\nThe link works once, for {hours} hours. If it was not you, nothing is to be done: your password stays.\n", "name", l.Name, "link", l.Link, "hours", p.Int(int64(l.Hours)))
	}
	return p.T("Your invitation to Quid"), p.T("Hello {name},\n\nyou are invited to Quid. Choose a password here:\n\n{link}\n\nThe link works once, for {days} days.\n", "name", l.Name, "link", l.Link, "days", p.Int(int64(l.Hours/24)))
}

// ErrUncertain says that a mail may have been taken or not: all of it was sent, and
// the server's answer is missing. To send it again may be to send it twice.
var ErrUncertain = errors.New("the mail server did not say whether it took the mail")

// Send sends a letter: without an error once the server has answered 250, and only
// then. What comes after that answer no longer matters. Its errors name nobody: they
// are logged.
func (c Config) Send(ctx context.Context, l Letter) error {
	m := mail.NewMsg()
	subject, body := l.text()
	m.Subject(subject)
	m.SetBodyString(mail.TypeTextPlain, body)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	if err := errors.Join(m.From(c.From), m.To(l.To)); err != nil {
		return errors.New("send a mail: its sender or its receiver is no address")
	}
	client, err := c.client()
	if err != nil {
		return fmt.Errorf("send a mail: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.wait())
	defer cancel()
	if err := client.DialAndSendWithContext(ctx, m); err != nil && !m.IsDelivered() {
		var failed *mail.SendError
		if errors.As(m.SendError(), &failed) && failed.Reason == mail.ErrSMTPDataClose && failed.ErrorCode() == 0 {
			return fmt.Errorf("send a mail by %s: %w", c.Address, ErrUncertain)
		}
		return fmt.Errorf("send a mail by %s: %s", c.Address, strings.NewReplacer(l.To, "the receiver", l.Name, "the receiver").Replace(err.Error()))
	}
	return nil
}

func (c Config) wait() time.Duration { return cmp.Or(c.Wait, 30*time.Second) }

func (c Config) client() (*mail.Client, error) {
	host, port, err := net.SplitHostPort(c.Address)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	options := []mail.Option{mail.WithPort(n), mail.WithTimeout(c.wait())}
	if c.Line != Clear {
		options = append(options, mail.WithTLSConfig(&tls.Config{ServerName: host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12}))
	}
	switch c.Line {
	case TLS:
		options = append(options, mail.WithSSL())
	case Clear:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if c.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(c.User), mail.WithPassword(c.Password))
	}
	return mail.NewClient(host, options...)
}
