package demo

import (
	"strconv"

	"quid/day"
	"quid/money"
)

// A History is all that happened with one customer. Its documents refer to each
// other by number.
type History struct {
	Index        int
	Story        Story
	Customer     Customer
	Contacts     []Contact
	Invoices     []Invoice // with credit notes, by day
	Payments     []Payment // by day
	Complaints   []Complaint
	Interactions []Interaction  // by day
	Services     []ServiceEntry // by day

	lines []Line // of all invoices
}

// A Customer is who buys. Zero values are unknown.
type Customer struct {
	Number, Name, Parent     string // Parent is the number of another customer
	Street, PostalCode, City string
	State, Country           string
	Phone, Email             string
	Industry, Size, Owner    string
	Channel                  string
	AcquiredOn               day.Day
	AcquisitionCost          money.Amount
	Terms                    int          // days to pay
	Need                     money.Amount // a year
	Rank, Suppliers          int
	Contractual              bool
	ContractSince            day.Day
	ContractUntil            day.Day // of one that has ended
}

// A Contact is a person at the customer.
type Contact struct {
	Number, FirstName, Name string
	Role, Email, Phone      string
	Language                string
}

// An Invoice is an invoice or a credit note.
type Invoice struct {
	Number  string
	Day     day.Day
	Due     day.Day
	Net     money.Amount // the sum of the lines, without tax
	Lines   []Line
	Credit  string // of a credit note: sale, complaint or goodwill
	Credits string // number of the invoice a credit note is for
	first   int    // its lines
	count   int
}

// A Line is one line of an invoice.
type Line struct {
	Product   int32 // index of Company.Products, or -1
	Quantity  money.Micro
	UnitPrice money.Amount
	Discount  money.Micro
	Net       money.Amount
	Cost      money.Amount // cost of goods
	Known     bool         // whether the cost is known
	Written   bool         // whether it stands on the line; else it follows from the product
}

// A Payment is money that came in.
type Payment struct {
	Number   string
	Invoice  string // "" where it names none
	Day      day.Day
	Amount   money.Amount
	Discount money.Amount // cash discount taken beside the amount
}

// A Complaint is a customer's complaint about an invoice.
type Complaint struct {
	Number, Invoice string
	Day, SolvedOn   day.Day // SolvedOn 0 is open
	Amount, Cost    money.Amount
	Severity        int
	Justified       string // yes, no or "" while unknown
	Subject         string
}

// An Interaction is a visit, a call, a mail.
type Interaction struct {
	Number                    string
	Day                       day.Day
	Channel, Direction        string
	Subject, Contact, Purpose string
	Minutes                   int
}

// A ServiceEntry is a free service given to the customer.
type ServiceEntry struct {
	Number     string
	Type       int // index of Company.ServiceTypes
	Day        day.Day
	Quantity   money.Micro  // rounded up to the type's step
	Cost       money.Amount // by the type's rate of that day
	Benefit    money.Amount
	Background string
	Contact    string
}

func (h *History) reset(k int) {
	h.Index, h.Customer = k, Customer{}
	h.Contacts, h.Invoices, h.Payments = h.Contacts[:0], h.Invoices[:0], h.Payments[:0]
	h.Complaints, h.Interactions, h.Services = h.Complaints[:0], h.Interactions[:0], h.Services[:0]
	h.lines = h.lines[:0]
}

// customerNumber is the number of customer k.
func customerNumber(k int) string { return strconv.Itoa(100_001 + k) }

// number writes a document's number: a letter for its kind, the customer's
// number and a running number, such as R100017-0012.
func number(kind byte, k, seq int) string {
	var buf [16]byte
	b := append(buf[:0], kind)
	b = strconv.AppendInt(b, int64(100_001+k), 10)
	b = append(b, '-', byte('0'+seq/1000%10), byte('0'+seq/100%10), byte('0'+seq/10%10), byte('0'+seq%10))
	return string(b)
}
