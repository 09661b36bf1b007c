package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"sync"
	"time"
)

// Tickets seals what a browser brings back once, within minutes: the questions that
// are asked of passkeys. Nothing is kept of a ticket until it comes back, so that
// asking for many fills no memory; what came back is remembered until it is over. The
// key is made when the program starts: a restart ends the tickets that are out.
type Tickets struct {
	mu   sync.Mutex
	key  []byte
	used map[string]time.Time // marks of tickets that came back, and when those are over
}

// ticketTime is how long a ticket may stay out.
const ticketTime = 5 * time.Minute

// Issue returns a ticket about something: only who brings the same about opens it.
func (t *Tickets) Issue(about string, content []byte, now time.Time) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	body := binary.BigEndian.AppendUint64(nil, uint64(now.Add(ticketTime).UnixMicro()))
	body = append(body, content...)
	return base64.RawURLEncoding.EncodeToString(body) + "." + t.mark(about, body)
}

// Open returns what a ticket holds, and uses it up. It is false for one that is over,
// was opened before, is about something else, or was not issued here.
func (t *Tickets) Open(about, ticket string, now time.Time) ([]byte, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text, mark, _ := strings.Cut(ticket, ".")
	body, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(body) < 8 || !hmac.Equal([]byte(mark), []byte(t.mark(about, body))) {
		return nil, false
	}
	ends := time.UnixMicro(int64(binary.BigEndian.Uint64(body)))
	if _, again := t.used[mark]; again || !now.Before(ends) {
		return nil, false
	}
	t.remember(mark, ends, now)
	return body[8:], true
}

// remember keeps that a ticket came back. Where more came back than memory is meant
// for, all that are out end: none may be opened twice.
func (t *Tickets) remember(mark string, ends, now time.Time) {
	if len(t.used) >= mostKept {
		for m, at := range t.used {
			if !now.Before(at) {
				delete(t.used, m)
			}
		}
	}
	if len(t.used) >= mostKept {
		t.key = nil
		clear(t.used)
		return
	}
	if t.used == nil {
		t.used = make(map[string]time.Time)
	}
	t.used[mark] = ends
}

func (t *Tickets) mark(about string, body []byte) string {
	if t.key == nil {
		t.key = make([]byte, tokenBytes)
		_, _ = rand.Read(t.key) // never fails, see crypto/rand
	}
	h := hmac.New(sha256.New, t.key)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(about))))
	h.Write([]byte(about))
	h.Write(body)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
