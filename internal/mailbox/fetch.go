package mailbox

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	_ "github.com/emersion/go-message/charset" // subjects in other encodings
	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-message/textproto"

	gomessage "github.com/emersion/go-message"
)

// A Config says which mailbox is read, and whom is believed.
type Config struct {
	Address  string // host:port; IMAP over TLS
	User     string
	Password string
	Folder   string        // "" is INBOX
	Trusted  string        // authserv-id of the own mail server; "" believes the list of senders alone
	Senders  []string      // addresses or domains; nobody else is believed
	Every    time.Duration // how often it is looked

	TLS   *tls.Config // nil: the system's
	Plain bool        // without TLS: only to a server on this machine
}

// Check says what is missing.
func (c Config) Check() error {
	host, _, err := net.SplitHostPort(c.Address)
	switch {
	case err != nil:
		return fmt.Errorf("mailbox %q: write an address such as mail.example.com:993", c.Address)
	case c.User == "" || c.Password == "":
		return errors.New("mailbox: user and password are needed")
	case len(c.Senders) == 0:
		return errors.New("mailbox: name the known senders: addresses or domains")
	case c.Plain && (net.ParseIP(host) == nil || !net.ParseIP(host).IsLoopback()):
		return errors.New("mailbox: without TLS only a server on this machine is read")
	}
	return nil
}

// Limits of a look at the mailbox.
const (
	mostMails  = 200       // at a time; the next look goes on
	mostHeader = 256 << 10 // bytes
	patience   = time.Minute
)

// Fetch reads the mails that nobody has seen yet, the oldest first, and hands each
// to take. A mail is marked as seen once take returned without an error: one
// that was taken and not marked comes again, so take must have one effect.
func (c Config) Fetch(ctx context.Context, take func(Mail) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client, err := c.dial(ctx)
	if err != nil {
		return fmt.Errorf("mailbox: connect: %w", err)
	}
	defer client.Close()
	stop := context.AfterFunc(ctx, func() { client.Close() })
	defer stop()
	if err := client.Login(c.User, c.Password).Wait(); err != nil {
		return errors.New("mailbox: the server refused user and password")
	}
	folder := c.Folder
	if folder == "" {
		folder = "INBOX"
	}
	if _, err := client.Select(folder, nil).Wait(); err != nil {
		return fmt.Errorf("mailbox: open folder: %w", err)
	}
	found, err := client.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen}}, nil).Wait()
	if err != nil {
		return fmt.Errorf("mailbox: search: %w", err)
	}
	uids := found.AllUIDs()
	for _, uid := range uids[:min(len(uids), mostMails)] {
		if err := c.one(client, uid, take); err != nil {
			return err
		}
	}
	return client.Logout().Wait()
}

func (c Config) dial(ctx context.Context) (*imapclient.Client, error) {
	dialer := &net.Dialer{Timeout: patience / 2}
	conn, err := dialer.DialContext(ctx, "tcp", c.Address)
	if err != nil {
		return nil, err
	}
	if !c.Plain {
		host, _, _ := net.SplitHostPort(c.Address)
		config := c.TLS.Clone()
		if config == nil {
			config = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		if config.ServerName == "" {
			config.ServerName = host
		}
		conn = tls.Client(conn, config)
	}
	return imapclient.New(conn, nil), nil
}

// one reads the header of a mail, hands it on and marks it.
func (c Config) one(client *imapclient.Client, uid imap.UID, take func(Mail) error) error {
	section := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, Peek: true, Partial: &imap.SectionPartial{Size: mostHeader}}
	got, err := client.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, InternalDate: true, BodySection: []*imap.FetchItemBodySection{section}}).Collect()
	if err != nil {
		return fmt.Errorf("mailbox: fetch: %w", err)
	}
	for _, msg := range got {
		if len(msg.BodySection) == 0 {
			continue
		}
		h, err := headerOf(msg.BodySection[0].Bytes)
		if err != nil {
			continue // what is no mail is marked as seen below, and booked never
		}
		if err := take(c.judge(h, msg.InternalDate)); err != nil {
			return err
		}
	}
	if err := client.Store(imap.UIDSetNum(uid), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close(); err != nil {
		return fmt.Errorf("mailbox: mark as seen: %w", err)
	}
	return nil
}

func headerOf(raw []byte) (mail.Header, error) {
	raw = append(bytes.TrimRight(raw, "\r\n"), "\r\n\r\n"...)
	h, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return mail.Header{}, err
	}
	return mail.Header{Header: gomessage.Header{Header: h}}, nil
}

// SplitSenders reads a list of senders, separated by commas or blanks.
func SplitSenders(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' })
}
