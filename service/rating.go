package service

import (
	"errors"
	"slices"
	"time"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
)

// A Rating asks a customer what services were worth: those of a period, or one
// entry. It is answered once, by a signed link, without a login.
type Rating struct {
	ID       int64
	Customer account.CustomerID
	From     day.Day            // first day of the services it asks about
	Until    day.Day            // last day
	Entry    account.DocumentID // the one service it asks about, 0 for all of the period
	Contact  string             // who is asked
	Lang     string             // de or en
	Ends     day.Day            // last day on which it can be answered
	Made     time.Time
	Revoked  time.Time // zero unless the link was taken back
	Answered time.Time // zero until then
	Comment  string    // what the customer wrote
}

// Open says whether the rating can be answered on a day.
func (r Rating) Open(today day.Day) bool {
	return r.Revoked.IsZero() && r.Answered.IsZero() && today <= r.Ends
}

// longestRating is for how long a link may be open, in days.
const longestRating = 366

// Check reports every field that stands in the way of asking.
func (r Rating) Check(today day.Day) error {
	var errs []error
	if r.Customer == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	if r.From == 0 || r.Until < r.From {
		errs = append(errs, fault.Field("until", "the last day is before the first"))
	}
	if r.Ends < today || r.Ends > today.Add(longestRating) {
		errs = append(errs, fault.Field("ends", "choose a day from today on, within a year"))
	}
	if r.Lang != "de" && r.Lang != "en" {
		errs = append(errs, fault.Field("lang", "choose German or English"))
	}
	return errors.Join(errs...)
}

// An Opinion is an answer of few words. The numbers are stored; never reuse one.
type Opinion int8

// The opinions.
const (
	NoAnswer Opinion = 0
	Yes      Opinion = 1
	Partly   Opinion = 2
	No       Opinion = 3
)

// An Answer is what a customer says of the services of one type, in the order in
// which it is asked (domain book, section 6).
type Answer struct {
	Type    int64
	Noticed Opinion       // yes or no
	Helped  Opinion       // yes, partly or no
	Worth   *money.Amount // all of them together, nil if nothing was said
	Pay     Opinion       // would you pay for it: yes, partly or no
}

// Check reports every field that stands in the way of keeping the answer.
func (a Answer) Check() error {
	var errs []error
	if !slices.Contains([]Opinion{NoAnswer, Yes, No}, a.Noticed) {
		errs = append(errs, fault.Field("noticed", "choose yes or no"))
	}
	for _, o := range []struct {
		name string
		o    Opinion
	}{{"helped", a.Helped}, {"pay", a.Pay}} {
		if o.o < NoAnswer || o.o > No {
			errs = append(errs, fault.Field(o.name, "choose yes, partly or no"))
		}
	}
	if a.Worth != nil && *a.Worth < 0 {
		errs = append(errs, fault.Field("worth", "not below zero"))
	}
	if a.Worth != nil {
		errs = append(errs, Bounded("worth", *a.Worth))
	}
	return errors.Join(errs...)
}

// Tidy leaves out what was answered though an earlier answer made the question
// void: of what nobody noticed, nothing more is known.
func (a Answer) Tidy() Answer {
	if a.Noticed == No {
		return Answer{Type: a.Type, Noticed: No}
	}
	return a
}

// Empty says whether nothing was answered.
func (a Answer) Empty() bool { return a == Answer{Type: a.Type} }

// Revalue shares what services were worth together out over their entries, to the
// cent: in proportion to the benefits they have, else to their costs, else
// equally. Our costs stay as they are.
func Revalue(entries []Entry, worth money.Amount) []money.Amount {
	weights := make([]int64, len(entries))
	sum := int64(0)
	for i, e := range entries {
		weights[i] = int64(e.Benefit)
		sum += weights[i]
	}
	if sum == 0 {
		for i, e := range entries {
			weights[i] = int64(e.Cost)
		}
	}
	return money.Shares(worth, weights)
}

// An Outcome is what a service brought about at the customer, in its own figures:
// the hours of standstill that were avoided times what an hour costs it.
type Outcome struct {
	Kind     OutcomeKind
	Quantity money.Micro
	Rate     money.Micro // of a unit, in minor units: the customer's own
	State    BenefitState
	Source   string // who said so, or where it stands
	Made     time.Time
}

// An OutcomeKind says what was brought about. The numbers are stored; never
// reuse one.
type OutcomeKind int8

// The kinds of outcomes.
const (
	Standstill OutcomeKind = 1 // hours of standstill avoided
	Scrap      OutcomeKind = 2 // pieces of scrap avoided
	SetUp      OutcomeKind = 3 // hours of set-up saved
	OrderWon   OutcomeKind = 4 // an order won at the customer's customer: its margin
	Other      OutcomeKind = 5
)

// OutcomeKinds lists the kinds in the order pages offer them.
var OutcomeKinds = []OutcomeKind{Standstill, Scrap, SetUp, OrderWon, Other}

// Benefit is what the outcome was worth to the customer.
func (o Outcome) Benefit() (money.Amount, error) { return money.Product(o.Quantity, o.Rate, 0) }

// longestSource is how long the source of an outcome may be, in bytes.
const longestSource = 500

// Check reports every field that stands in the way of keeping the outcome.
func (o Outcome) Check() error {
	var errs []error
	if !slices.Contains(OutcomeKinds, o.Kind) {
		errs = append(errs, fault.Field("kind", "choose what was brought about"))
	}
	if o.Quantity <= 0 {
		errs = append(errs, fault.Field("quantity", "more than zero"))
	}
	if o.Rate <= 0 {
		errs = append(errs, fault.Field("rate", "more than zero"))
	}
	if o.State < OurEstimate || o.State > Confirmed {
		errs = append(errs, fault.Field("state", "choose how sure it is"))
	}
	if o.State != OurEstimate && o.Source == "" {
		errs = append(errs, fault.Field("source", "say who told it, or where it stands"))
	}
	if len(o.Source) > longestSource {
		errs = append(errs, fault.Field("source", "write at most 500 characters"))
	}
	return errors.Join(errs...)
}
