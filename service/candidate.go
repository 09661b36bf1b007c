package service

import (
	"strings"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/money"
)

// A CandidateKind is what kind of document may have been a free service.
type CandidateKind int8

// The kinds, as they are stored.
const (
	FromLine        CandidateKind = 1 // a line of an invoice with price zero
	FromCredit      CandidateKind = 2 // a credit note of a return or price correction
	FromInteraction CandidateKind = 3 // a visit, call or mail
)

// A Reason says why a document may have been a free service.
type Reason string

// The reasons.
const (
	FreeLine    Reason = "line"     // delivered for nothing
	Credited    Reason = "credit"   // a credit note means work that nobody pays
	LongCall    Reason = "call"     // an inbound call above the limit
	OrderChange Reason = "change"   // its purpose or subject says so
	Ticket      Reason = "ticket"   // likewise
	Appointment Reason = "calendar" // likewise: a training, a commissioning
)

// A Candidate is a document that may have been a free service.
type Candidate struct {
	Kind     CandidateKind
	Customer account.CustomerID
	Name     string // of the customer
	Document account.DocumentID
	Line     int
	Number   string // of the document
	Day      day.Day
	Text     string // subject, or the product of the line
	Purpose  string
	Contact  string
	Channel  string
	Inbound  bool
	Minutes  int
	Quantity money.Micro // of the line
}

// candidateWords are parts of words, folded, that tell why an interaction may
// have been a service.
var candidateWords = []struct {
	reason Reason
	parts  []string
}{
	{OrderChange, []string{"aenderung", "umbuch", "verschob", "verschieb", "order change", "reschedul", "rebook"}},
	{Appointment, []string{"schulung", "seminar", "training", "inbetriebnahme", "commissioning", "einweisung", "workshop", "kalender", "calendar"}},
	{Ticket, []string{"ticket", "support", "hotline", "stoerung"}},
}

// Reason says why the document may have been a service. Calls of callMinutes on
// are long.
func (c Candidate) Reason(callMinutes int) Reason {
	switch c.Kind {
	case FromLine:
		return FreeLine
	case FromCredit:
		return Credited
	}
	text := crm.Fold(c.Purpose + " " + c.Text)
	for _, w := range candidateWords {
		for _, part := range w.parts {
			if strings.Contains(text, part) {
				return w.reason
			}
		}
	}
	if c.Channel == "phone" && c.Inbound && c.Minutes >= callMinutes && !selling(crm.Fold(c.Purpose)) {
		return LongCall
	}
	return ""
}

// selling says whether a purpose is business: what is said on the way to an order
// is no free service.
func selling(purpose string) bool {
	for _, part := range []string{"verkauf", "vertrieb", "angebot", "akquis", "sale", "selling", "acquisition", "offer", "quot"} {
		if strings.Contains(purpose, part) {
			return true
		}
	}
	return false
}

// fallbacks are the shipped services that a reason most likely means, where the
// words of the document name none.
var fallbacks = map[Reason]string{OrderChange: "order-changes", Credited: "order-changes", Ticket: "hotline", LongCall: "hotline", Appointment: "training"}

// A Proposal is what a candidate is proposed to be booked as.
type Proposal struct {
	Reason   Reason
	Type     Type         // zero where nobody can tell
	Quantity money.Micro  // in the type's unit, 0 where nobody can tell
	Spent    *money.Micro // minutes that it took, nil if unknown
}

// Propose says what a candidate would be booked as: the service its words name,
// else the one its reason most likely means; the time it took, else one piece.
func (f *Finder) Propose(c Candidate, callMinutes int) Proposal {
	p := Proposal{Reason: c.Reason(callMinutes)}
	if found := f.Find(c.Purpose, c.Text); found.Known {
		p.Type = found.Type
	} else if ids := f.known[fallbacks[p.Reason]]; len(ids) == 1 && !f.types[ids[0]].Sold {
		p.Type = f.types[ids[0]]
	}
	if c.Minutes > 0 {
		spent := money.Micro(c.Minutes) * money.One
		p.Spent = &spent
	}
	switch {
	case p.Type.ID == 0:
	case p.Type.Unit == Minutes && p.Spent != nil:
		p.Quantity = *p.Spent
	case p.Type.Unit == Hours && p.Spent != nil:
		p.Quantity = *p.Spent / 60
	case p.Type.Unit == Hours || p.Type.Unit == Pieces:
		p.Quantity = c.Quantity // of the line
	case p.Type.Unit == Flat:
		p.Quantity = money.One
	}
	if p.Type.Unit == Pieces && p.Quantity == 0 {
		p.Quantity = money.One
	}
	return p
}

// Timed says whether the service is counted in time.
func (t Type) Timed() bool { return t.Unit == Minutes || t.Unit == Hours }
