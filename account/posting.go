package account

import (
	"fmt"

	"quid/day"
	"quid/fault"
	"quid/money"
)

// A CustomerID identifies a customer, whose account a posting stands in.
type CustomerID int64

// A PostingID identifies a posting. IDs sort in the order postings were
// written; the upper bits are the instant (see internal/store).
type PostingID int64

// A DocumentID identifies a document within its customer.
type DocumentID int64

// A Side is one half of the relation.
type Side int8

// The sides of the account.
const (
	From Side = 1 // what the customer gives the company
	To   Side = 2 // what the company gives the customer for free
)

// A Kind says what a posting is made of. The numbers are stored; never reuse one.
type Kind int8

// The kinds of postings (domain book, section 2).
const (
	Sale        Kind = 1  // amount: net revenue − cost of goods; volume: net revenue
	Deduction   Kind = 2  // cash discount, bonus, freight, commission, packaging, warranty
	Acquisition Kind = 3  // cost of winning the customer
	Care        Kind = 4  // visits, calls, touches at the channel's rate
	LatePayment Kind = 5  // financing cost of the days past due; volume: the sum overdue
	Complaint   Kind = 6  // handling, and credit owed; volume: the sum complained about
	Service     Kind = 11 // our cost of a free service; volume: its benefit to the customer
	Goodwill    Kind = 12 // credit given without obligation
)

// Kinds lists every kind in the order the account shows them.
var Kinds = []Kind{Sale, Deduction, Acquisition, Care, LatePayment, Complaint, Service, Goodwill}

var kindNames = map[Kind]string{
	Sale: "sale", Deduction: "deduction", Acquisition: "acquisition", Care: "care",
	LatePayment: "late_payment", Complaint: "complaint", Service: "service", Goodwill: "goodwill",
}

// String is the kind's name in the API: sale, late_payment …
func (k Kind) String() string { return kindNames[k] }

// Side says which half of the relation the kind belongs to.
func (k Kind) Side() Side {
	if k >= Service {
		return To
	}
	return From
}

// A Cause says what a deduction was made for, or what a service posting rests on.
// The numbers are stored; never reuse one.
type Cause int8

// The causes of deductions (domain book, section 2).
const (
	NoCause      Cause = 0 // any other posting
	CashDiscount Cause = 1 // taken with a payment
	Bonus        Cause = 2 // accrued by an agreement, or said by the invoice
	Freight      Cause = 3 // borne by us
	Commission   Cause = 4
	Packaging    Cause = 5
	Warranty     Cause = 6
	Estimated    Cause = 21 // no deduction: a free service that was estimated, not yet booked
)

// Causes lists what a deduction can be made for, in the order pages show them.
var Causes = []Cause{CashDiscount, Bonus, Freight, Commission, Packaging, Warranty}

var causeNames = map[Cause]string{
	CashDiscount: "cash_discount", Bonus: "bonus", Freight: "freight", Commission: "commission", Packaging: "packaging", Warranty: "warranty", Estimated: "estimated",
}

// String is the cause's name in the API: cash_discount, freight …; "" for none.
func (c Cause) String() string { return causeNames[c] }

// fits says whether a posting of a kind may have the cause: every deduction has
// one, and a service may be estimated.
func (c Cause) fits(k Kind) bool {
	switch k {
	case Deduction:
		return c != NoCause && c != Estimated
	case Service:
		return c == NoCause || c == Estimated
	}
	return c == NoCause
}

// A DocumentKind says what sort of document a posting was made from. The
// numbers are stored; never reuse one.
type DocumentKind int8

// The documents that post.
const (
	FromCustomer    DocumentKind = 1 // its cost of acquisition
	FromInvoice     DocumentKind = 2
	FromPayment     DocumentKind = 3
	FromComplaint   DocumentKind = 4
	FromInteraction DocumentKind = 5
	FromService     DocumentKind = 6
	FromBonus       DocumentKind = 7 // what an agreement accrued in a month
)

var documentNames = map[DocumentKind]string{
	FromCustomer: "customer", FromInvoice: "invoice", FromPayment: "payment",
	FromComplaint: "complaint", FromInteraction: "interaction", FromService: "service", FromBonus: "bonus_agreement",
}

// String is the document kind's name: invoice, payment …
func (k DocumentKind) String() string { return documentNames[k] }

// A Document names what a posting was made from: the document and which
// revision of it, counted from 1.
type Document struct {
	Kind     DocumentKind
	ID       DocumentID
	Revision int32
}

// An Effect is an amount of money that may be unknown: a sale whose cost is
// unknown has no effect that could be stated.
type Effect struct {
	Amount money.Amount
	Known  bool
}

// Known returns a stated effect.
func Known(a money.Amount) Effect { return Effect{a, true} }

// A Posting is one line of a customer's value account.
type Posting struct {
	ID       PostingID
	Customer CustomerID
	Day      day.Day
	Kind     Kind
	Cause    Cause        // what a deduction was made for
	Amount   Effect       // the effect on our result, in minor units
	Volume   money.Amount // what changed hands behind it, in minor units
	Rate     money.Micro  // the frozen rate it was computed at, 0 where there is none
	Document Document
	Reverses PostingID // the posting this one takes back, or 0
}

// A Draft is a posting as a document proposes it, before it has its number.
type Draft struct {
	Day    day.Day
	Kind   Kind
	Cause  Cause
	Amount Effect
	Volume money.Amount
	Rate   money.Micro
}

// Post gives the drafts of one document their numbers. next returns the next
// posting id. Drafts that carry neither amount nor volume are left out only if
// they are unknown-free zeros of a kind that counts nothing; a complaint that
// cost nothing is still a complaint.
func Post(customer CustomerID, doc Document, firstOpen day.Day, drafts []Draft, next func() PostingID) []Posting {
	out := make([]Posting, 0, len(drafts))
	for _, d := range drafts {
		out = append(out, Posting{
			ID: next(), Customer: customer, Day: max(d.Day, firstOpen), Kind: d.Kind, Cause: d.Cause,
			Amount: d.Amount, Volume: d.Volume, Rate: d.Rate, Document: doc,
		})
	}
	return out
}

// Reversal returns the posting that takes p back. It is dated on p's day, so
// that the past is right when looked at again, unless that day is closed: then
// on the first open day, so that a closed month keeps its figures.
func (p Posting) Reversal(firstOpen day.Day, id PostingID) (Posting, error) {
	if p.Reverses != 0 {
		return Posting{}, fmt.Errorf("posting %d is itself a reversal: %w", p.ID, fault.Conflict)
	}
	r := p
	r.ID, r.Reverses = id, p.ID
	r.Day = max(p.Day, firstOpen)
	r.Amount.Amount, r.Volume = -p.Amount.Amount, -p.Volume
	return r, nil
}
