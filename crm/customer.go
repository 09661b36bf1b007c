// Package crm holds who the company deals with: customers and their contacts.
//
// A customer is a company or a person with master data that people and imports
// change; what happened with it stands in package fact, what it is worth in
// package value. Every change raises the revision, so that two editors and an
// undo can tell whether somebody was there in between.
package crm

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
)

// A Customer is one customer of the company. Zero values mean "not known".
type Customer struct {
	ID       account.CustomerID
	External string // its id in the source it came from
	Number   string // the customer number people use, often the same
	Name     string

	Person      bool // a person, not a company
	Parent      account.CustomerID
	Street      string
	PostalCode  string
	City        string
	State       string
	Country     string
	Phone       string
	Email       string
	Industry    string
	Size        string // size class, in the company's own words
	Owner       string // who looks after the customer
	AcquiredOn  day.Day
	Channel     string        // by which channel it was won
	AcquiredFor *money.Amount // cost of winning it, nil if unknown
	Contractual bool          // it buys under a contract
	Contract    Contract
	TermsDays   *int          // days to pay, nil for the book's default
	Need        *money.Amount // yearly need the company could serve, nil if unknown
	Rank        int           // own rank among the customer's suppliers, 0 if unknown
	Suppliers   int           // number of suppliers the customer uses, 0 if unknown
	CreditLimit *money.Amount
	Note        string

	Stub     bool // made because a document named it; nobody described it yet
	Revision int32
	Import   int64     // the import that made it, or 0
	Created  time.Time // when it was written
	Archived time.Time // zero while it is ours
}

// A Contract is how long a customer has been, or was, under contract. A zero day
// is not known; without an end it runs on.
type Contract struct {
	Since day.Day
	Until day.Day // its last day
}

// DefaultTermsDays is how long a customer has to pay where nothing else is said.
const DefaultTermsDays = 30

// Terms returns the days the customer has to pay.
func (c Customer) Terms() int {
	if c.TermsDays == nil {
		return DefaultTermsDays
	}
	return *c.TermsDays
}

// Check reports every field that stands in the way of keeping c.
func (c Customer) Check() error {
	var errs []error
	if strings.TrimSpace(c.Name) == "" {
		errs = append(errs, fault.Field("name", "write a name"))
	}
	if c.TermsDays != nil && (*c.TermsDays < 0 || *c.TermsDays > 3650) {
		errs = append(errs, fault.Field("terms", "between 0 and 3650 days"))
	}
	if c.Need != nil && *c.Need < 0 {
		errs = append(errs, fault.Field("need", "not below zero"))
	}
	if c.AcquiredFor != nil && *c.AcquiredFor < 0 {
		errs = append(errs, fault.Field("acquisition_cost", "not below zero"))
	}
	if c.Rank < 0 || c.Suppliers < 0 || (c.Suppliers > 0 && c.Rank > c.Suppliers) {
		errs = append(errs, fault.Field("rank", "between 1 and the number of suppliers"))
	}
	if c.Parent != 0 && c.Parent == c.ID {
		errs = append(errs, fault.Field("parent", "a customer cannot be its own parent"))
	}
	return errors.Join(errs...)
}

// Postings are what the customer itself posts: the cost of winning it.
func (c Customer) Postings() []account.Draft {
	if c.AcquiredFor == nil || *c.AcquiredFor == 0 || c.AcquiredOn == 0 {
		return nil
	}
	return []account.Draft{{Day: c.AcquiredOn, Kind: account.Acquisition, Amount: account.Known(-*c.AcquiredFor)}}
}

// A Contact is a person at a customer.
type Contact struct {
	ID        int64
	Customer  account.CustomerID
	External  string
	Name      string
	FirstName string
	Role      string
	Email     string
	Phone     string
	Language  string
	Part      string // in a decision, one of Parts, or ""
	Attitude  string // towards us, one of Attitudes, or ""
	Wants     string // information: of Wants, blanks between
	Channels  string // by which the person wishes to be reached: of Channels, blanks between
	Revision  int32
	Import    int64
}

// What is kept of a contact beside how to reach it (domain book, section 14).
var (
	Parts     = []string{"initiator", "user", "influencer", "buyer", "decider", "gatekeeper"}
	Attitudes = []string{"for", "open", "against"}
	Wants     = []string{"technical", "commercial", "overview", "market"}
	Channels  = []string{"talk", "phone", "mail", "letter", "video"}
)

// Check reports every field that stands in the way of keeping c.
func (c Contact) Check() error {
	var errs []error
	if c.Customer == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	if strings.TrimSpace(c.Name) == "" {
		errs = append(errs, fault.Field("name", "write a name"))
	}
	for _, f := range []struct {
		name, value string
		of          []string
	}{{"part", c.Part, Parts}, {"attitude", c.Attitude, Attitudes}, {"wants", c.Wants, Wants}, {"channels", c.Channels, Channels}} {
		for _, word := range strings.Fields(f.value) {
			if !slices.Contains(f.of, word) {
				errs = append(errs, fault.Field(f.name, "choose one of those offered"))
				break
			}
		}
	}
	return errors.Join(errs...)
}

// Fold writes s as search and sorting see it: lower case, without accents,
// German umlauts written out (ä as ae), ß as ss, blanks single. However a letter
// with its mark was encoded, in one character or in two, it folds alike. SQL
// never folds: lower() and collations differ between engines.
func Fold(s string) string {
	s = norm.NFC.String(s)
	var b strings.Builder
	b.Grow(len(s) + 4)
	blank := true
	for _, r := range s {
		if unicode.IsSpace(r) {
			if !blank {
				b.WriteByte(' ')
			}
			blank = true
			continue
		}
		before := b.Len()
		if r < 0x80 {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			b.WriteByte(byte(r))
		} else {
			foldRune(&b, r)
		}
		blank = blank && b.Len() == before // a mark without a letter writes nothing
	}
	return strings.TrimSuffix(b.String(), " ")
}
