package mailbox

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-msgauth/authres"
)

// A Mail is what its header says, and why it must not be booked by itself.
type Mail struct {
	Key      string // made from its Message-ID: the same mail is the same
	Sender   string // address, small letters
	Line     string // its subject, without the marks of answers
	Received time.Time
	Held     string // why it is held, an English sentence that is its key in package locale; "" if it may be booked
}

// Why a mail is held.
const (
	unknownSender = "the sender is not on the list"
	severalFrom   = "the mail does not name one sender"
	notProven     = "neither DKIM nor SPF proves the sender"
	noVerdict     = "the mail server did not judge this mail"
	automatic     = "this is an automatic mail"
	noSubject     = "the mail has no subject"
)

// Sentences are why mails are held, for a test that each is translated.
func Sentences() []string {
	return []string{unknownSender, severalFrom, notProven, noVerdict, automatic, noSubject}
}

// judge reads the header of a mail.
func (c Config) judge(h mail.Header, received time.Time) Mail {
	m := Mail{Received: received}
	subject, err := h.Subject()
	if err != nil {
		subject = h.Get("Subject")
	}
	m.Line = bareSubject(subject)
	id, _ := h.MessageID()
	if id == "" {
		id = h.Get("Date") + "\x1f" + h.Get("From") + "\x1f" + subject
	}
	sum := sha256.Sum256([]byte(id))
	m.Key = hex.EncodeToString(sum[:12])
	from, err := h.AddressList("From")
	if err == nil && len(from) == 1 {
		m.Sender = strings.ToLower(from[0].Address)
	}
	switch {
	case m.Sender == "" || len(h.Values("From")) != 1:
		m.Held = severalFrom
	case !c.knows(m.Sender):
		m.Held = unknownSender
	case isAutomatic(h):
		m.Held = automatic
	case c.Trusted != "":
		m.Held = c.proof(h, domainOf(m.Sender))
	}
	if m.Held == "" && m.Line == "" {
		m.Held = noSubject
	}
	return m
}

// knows says whether a sender is on the list, by address or by domain.
func (c Config) knows(sender string) bool {
	for _, known := range c.Senders {
		known = strings.ToLower(strings.TrimSpace(known))
		if known != "" && (known == sender || strings.TrimPrefix(known, "@") == domainOf(sender)) {
			return true
		}
	}
	return false
}

func domainOf(address string) string {
	return address[strings.LastIndexByte(address, '@')+1:]
}

// proof says why the sender is not proven, "" if it is: by a signature or an SPF
// verdict for its own domain.
func (c Config) proof(h mail.Header, domain string) string {
	for _, v := range h.Values("Authentication-Results") {
		server, results, err := authres.Parse(v)
		if err != nil || !strings.EqualFold(server, c.Trusted) {
			continue
		}
		for _, r := range results {
			switch r := r.(type) {
			case *authres.DKIMResult:
				of := r.Domain
				if of == "" {
					of = domainOf(r.Identifier)
				}
				if r.Value == authres.ResultPass && aligned(of, domain) {
					return ""
				}
			case *authres.SPFResult:
				if r.Value == authres.ResultPass && aligned(domainOf(r.From), domain) {
					return ""
				}
			}
		}
		return notProven // the topmost counts: those below came with the mail
	}
	return noVerdict
}

// aligned says whether a proven domain is that of the sender, or one above it.
func aligned(proven, domain string) bool {
	proven = strings.ToLower(strings.TrimSuffix(proven, "."))
	return proven != "" && strings.Contains(proven, ".") && (proven == domain || strings.HasSuffix(domain, "."+proven))
}

// isAutomatic says whether no person wrote the mail: an absence notice, a report,
// a list (RFC 3834). They are never booked, and nothing is answered to them.
func isAutomatic(h mail.Header) bool {
	auto := strings.ToLower(strings.TrimSpace(h.Get("Auto-Submitted")))
	precedence := strings.ToLower(strings.TrimSpace(h.Get("Precedence")))
	return auto != "" && auto != "no" || precedence == "bulk" || precedence == "list" || precedence == "junk" || h.Has("List-Id") || h.Has("X-Autoreply")
}

// bareSubject takes Re:, AW:, Fwd: and WG: off a subject.
func bareSubject(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	for {
		mark, rest, ok := strings.Cut(s, ":")
		switch strings.ToLower(strings.TrimSpace(mark)) {
		case "re", "aw", "fwd", "fw", "wg":
		default:
			ok = false
		}
		if !ok {
			return s
		}
		s = strings.TrimSpace(rest)
	}
}
