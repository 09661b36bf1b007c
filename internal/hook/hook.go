// Package hook is what webhooks are made of, by Standard Webhooks 1.0: which events
// there are, what is said of one, how that is signed, and when a try that failed is
// made again.
//
// What is said is thin: nouns and ids, nothing that could name a person. Who wants to
// know more asks the API. It sends nothing, and has no clock and no chance of its own.
package hook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Kind is what may happen.
type Kind string

// The kinds. What stands here is a promise to receivers: never rename one.
const (
	ServiceBooked    Kind = "service.booked"
	ServiceCorrected Kind = "service.corrected"
	ServiceTakenBack Kind = "service.taken_back"
	CustomerChanged  Kind = "customer.changed"
	ContactChanged   Kind = "contact.changed"
	PersonErased     Kind = "person.erased"
	TaskChanged      Kind = "task.changed"
	TasksProposed    Kind = "tasks.proposed"
	TalkRecorded     Kind = "talk.recorded"
	TalkTakenBack    Kind = "talk.taken_back"
	RatingAnswered   Kind = "rating.answered"
	DraftWaiting     Kind = "draft.waiting"
	DraftConfirmed   Kind = "draft.confirmed"
	DraftDismissed   Kind = "draft.dismissed"
	ImportEnded      Kind = "import.ended"
	ValuationEnded   Kind = "valuation.ended"
	Test             Kind = "test" // sent when somebody asks for it, whatever is wanted
)

// Kinds are those that can be wanted.
var Kinds = []Kind{
	ServiceBooked, ServiceCorrected, ServiceTakenBack, CustomerChanged, ContactChanged, PersonErased, TaskChanged, TasksProposed, TalkRecorded, TalkTakenBack,
	RatingAnswered, DraftWaiting, DraftConfirmed, DraftDismissed, ImportEnded, ValuationEnded,
}

// Known says whether a kind can be wanted.
func (k Kind) Known() bool { return slices.Contains(Kinds, k) }

// Data says what an event is about: ids and states by the noun they are of.
type Data map[string]string

// With adds the id of a noun.
func (d Data) With(noun string, id int64) Data {
	d[noun] = strconv.FormatInt(id, 10)
	return d
}

// Of is data about one noun.
func Of(noun string, id int64) Data { return Data{}.With(noun, id) }

// Body is what is sent of an event.
func Body(k Kind, at time.Time, d Data) string {
	b, err := json.Marshal(struct {
		Type      Kind   `json:"type"`
		Timestamp string `json:"timestamp"`
		Data      Data   `json:"data"`
	}{k, at.UTC().Format(time.RFC3339Nano), d})
	if err != nil {
		panic("an event of texts has no JSON: " + err.Error())
	}
	return string(b)
}

// MessageID is the id of an event: the same at every try, so that receivers tell a
// repetition.
func MessageID(event int64) string { return "msg_" + strconv.FormatInt(event, 10) }

const (
	prefix = "whsec_"
	length = 32 // bytes of a secret; the standard asks for 24 to 64
)

// NewSecret makes a secret from a source of chance.
func NewSecret(chance io.Reader) (string, error) {
	b := make([]byte, length)
	if _, err := io.ReadFull(chance, b); err != nil {
		return "", fmt.Errorf("secret of a webhook: %w", err)
	}
	return prefix + base64.StdEncoding.EncodeToString(b), nil
}

// Sign signs a message of an instant with a secret.
func Sign(secret, message string, at time.Time, body string) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, prefix))
	if err != nil {
		return "", errors.New("the secret of the webhook can't be read")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(message + "." + strconv.FormatInt(at.Unix(), 10) + "." + body))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// Header is that of a message, signed with each of the secrets: two while one takes the
// place of the other.
func Header(message string, at time.Time, body string, secrets ...string) (http.Header, error) {
	var signatures []string
	for _, secret := range secrets {
		s, err := Sign(secret, message, at, body)
		if err != nil {
			return nil, err
		}
		signatures = append(signatures, s)
	}
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "Quid")
	h.Set("Webhook-Id", message)
	h.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	h.Set("Webhook-Signature", strings.Join(signatures, " "))
	return h, nil
}

// pauses are how long it takes from one try to the next: eight tries in three days.
var pauses = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 8 * time.Hour, 24 * time.Hour, 38 * time.Hour}

// MostTries is how often a message is sent before it has failed.
var MostTries = len(pauses) + 1

// mostPatience is how long a receiver may ask us to wait.
const mostPatience = 24 * time.Hour

// Pause is how long the next try of a message waits after so many; ok is false after the
// last. Each message waits up to a tenth longer, so that not all come at once. asked
// is the header Retry-After of the answer.
func Pause(tries int, message int64, asked string) (pause time.Duration, ok bool) {
	if tries < 1 || tries > len(pauses) {
		return 0, false
	}
	p := pauses[tries-1]
	p += p * time.Duration(uint64(message)%97) / 970
	if seconds, err := strconv.Atoi(strings.TrimSpace(asked)); err == nil && seconds > 0 {
		p = max(p, min(time.Duration(seconds)*time.Second, mostPatience))
	}
	return p, true
}

// GivenUp is how long nothing may get through before a webhook is switched off.
const GivenUp = 72 * time.Hour

// TwoSecrets is how long the old secret still signs after a new one was made.
const TwoSecrets = 24 * time.Hour
