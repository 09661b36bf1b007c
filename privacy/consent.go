package privacy

import (
	"errors"
	"slices"
	"strings"
	"time"

	"quid/account"
	"quid/fault"
)

// What persons are written to for.
const (
	Advertising = "advertising" // offers, newsletters, events
	Survey      = "survey"      // questions: advertising before the law
	Statement   = "statement"   // the benefit statement
	Contractual = "contract"    // what a contract needs: no consent is asked for
)

// ForPurposes are what consent is given for.
var ForPurposes = []string{Advertising, Survey, Statement}

// ByChannels are the ways consent is given for.
var ByChannels = []string{"mail", "phone", "letter", "video"}

// Ways are how consent was given.
var Ways = []string{"double_opt_in", "form", "signed", "oral", "mail"}

const longestWording = 2000

// A Consent says what a person agreed to, with the proof of it (GDPR Art. 7).
type Consent struct {
	ID        int64
	Person    Person
	Purpose   string // of ForPurposes
	Channel   string // of ByChannels
	Given     time.Time
	Way       string // of Ways
	Wording   string // what the person agreed to, word for word
	Source    string // where the proof is: a file, an address, a witness
	By        string // who wrote it down
	Made      time.Time
	Withdrawn time.Time // zero while it holds
}

// Check reports every field that stands in the way of keeping the consent.
func (c Consent) Check(now time.Time) error {
	var errs []error
	if !slices.Contains(ForPurposes, c.Purpose) {
		errs = append(errs, fault.Field("purpose", "choose one of those offered"))
	}
	if !slices.Contains(ByChannels, c.Channel) {
		errs = append(errs, fault.Field("channel", "choose one of those offered"))
	}
	if !slices.Contains(Ways, c.Way) {
		errs = append(errs, fault.Field("way", "choose one of those offered"))
	}
	if c.Given.IsZero() || c.Given.After(now) {
		errs = append(errs, fault.Field("given", "choose a day that is not after today"))
	}
	if w := strings.TrimSpace(c.Wording); w == "" || len(w) > longestWording {
		errs = append(errs, fault.Field("wording", "write down what the person agreed to, in at most 2000 characters"))
	}
	if s := strings.TrimSpace(c.Source); s == "" || len(s) > longestReason {
		errs = append(errs, fault.Field("source", "say where the proof is"))
	}
	return errors.Join(errs...)
}

// A Kind says what is noted of a person.
type Kind string

// What is noted of persons.
const (
	Restriction Kind = "restriction" // kept, but not used (GDPR Art. 18)
	Profiling   Kind = "profiling"   // objects to being valued (Art. 21 (1))
	Marketing   Kind = "marketing"   // objects to advertising (Art. 21 (2))
	Hold        Kind = "hold"        // must not be erased (Art. 17 (3) (e))
)

// Kinds are the kinds in their order.
var Kinds = []Kind{Restriction, Profiling, Marketing, Hold}

const longestReason = 500

// A Mark notes something of a person, until it ends.
type Mark struct {
	ID     int64
	Person Person
	Kind   Kind
	Reason string
	By     string
	Made   time.Time
	Ended  time.Time // zero while it holds
}

// Check reports every field that stands in the way of keeping the mark.
func (m Mark) Check() error {
	var errs []error
	if !slices.Contains(Kinds, m.Kind) {
		errs = append(errs, fault.Field("kind", "choose one of those offered"))
	}
	if m.Kind == Profiling && m.Person.Contact != 0 {
		errs = append(errs, fault.Field("kind", "contacts are not valued; note an objection to advertising instead"))
	}
	if r := strings.TrimSpace(m.Reason); (m.Kind == Hold && r == "") || len(r) > longestReason {
		errs = append(errs, fault.Field("reason", "say why, in at most 500 characters"))
	}
	return errors.Join(errs...)
}

// Marked says whether a mark of a kind holds.
func Marked(marks []Mark, kind Kind) (Mark, bool) {
	for _, m := range marks {
		if m.Kind == kind && m.Ended.IsZero() {
			return m, true
		}
	}
	return Mark{}, false
}

// A Standing is what the book knows of a person that decides whether it may write
// to them.
type Standing struct {
	Erased   bool
	Marks    []Mark
	Consents []Consent
	Wishes   []string // channels by which the person wishes to be reached; none: not said
}

// A Refusal says why somebody may not be written to; "" is that they may.
type Refusal string

// Why somebody may not be written to.
const (
	Allowed      Refusal = ""
	IsErased     Refusal = "erased"
	IsRestricted Refusal = "restricted"
	HasObjected  Refusal = "objected"
	OtherChannel Refusal = "channel"
	NoConsent    Refusal = "consent"
)

// May says whether a person may be written to for a purpose by a channel, and why
// not. What a contract needs asks for no consent, but a person who is restricted
// or was erased is left alone. Consent is asked for the very purpose and channel,
// and the newest word counts.
func (s Standing) May(purpose, channel string) Refusal {
	if s.Erased {
		return IsErased
	}
	if _, ok := Marked(s.Marks, Restriction); ok {
		return IsRestricted
	}
	if purpose == Contractual {
		return Allowed
	}
	if _, ok := Marked(s.Marks, Marketing); ok {
		return HasObjected
	}
	if len(s.Wishes) > 0 && !slices.Contains(s.Wishes, channel) {
		return OtherChannel
	}
	for _, c := range s.Consents {
		if c.Purpose == purpose && c.Channel == channel && c.Withdrawn.IsZero() {
			return Allowed
		}
	}
	return NoConsent
}

// Reasons are why a person is erased. There is no text beside: it would name
// whoever is to be forgotten.
var Reasons = []string{"asked", "purpose", "withdrawn", "objected", "unlawful", "retention"}

// An Erasure is the record that a person was erased: nothing in it is personal.
type Erasure struct {
	ID        int64     `json:"id,string"`
	Customer  int64     `json:"customer,string"`
	Contact   int64     `json:"contact,string"`
	User      int64     `json:"user,string,omitempty"` // somebody who worked with the program; then there is no customer
	Pseudonym string    `json:"pseudonym"`
	Reason    string    `json:"reason"`
	At        time.Time `json:"at"`
}

// Person is whom the erasure is about.
func (e Erasure) Person() Person {
	return Person{Customer: account.CustomerID(e.Customer), Contact: e.Contact}
}
