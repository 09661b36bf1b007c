package portfolio

import (
	"quid/money"
	"quid/value"
)

// A Datum is something the figures need to know of a customer.
type Datum string

// What may be missing (domain book, section 20).
const (
	Cost        Datum = "cost"
	Payments    Datum = "payments"
	Need        Datum = "need"
	Industry    Datum = "industry"
	Size        Datum = "size"
	Owner       Datum = "owner"
	Contacts    Datum = "contacts"
	Terms       Datum = "terms"
	Tenure      Datum = "acquired_on"
	Description Datum = "description"
	Complaints  Datum = "complaints" // of the book, not of one customer
	Services    Datum = "services"   // likewise
	CareKept    Datum = "interactions"
)

// A Gap says in words what is missing and what that blocks.
type Gap struct {
	Datum  Datum      `json:"datum"`
	Name   value.Text `json:"name"`
	Blocks value.Text `json:"blocks"`
}

// data lists what every customer is asked for, the most blocking first.
var data = []Gap{
	{Cost, value.Text("Cost of goods"), value.Text("Blocks contribution I to IV, the class by contribution, credibility and the whale curve.")},
	{Payments, value.Text("Payments"), value.Text("Blocks payment morale: every invoice past its due day counts as open.")},
	{Need, value.Text("Yearly need"), value.Text("Blocks potential and, without rank and number of suppliers, share of wallet.")},
	{Industry, value.Text("Industry"), value.Text("Blocks the comparison with peers: credibility compares with all customers.")},
	{Size, value.Text("Size class"), value.Text("Blocks the comparison with peers: credibility compares with all customers.")},
	{Tenure, value.Text("Day the customer was won"), value.Text("Blocks tenure: without a purchase the customer stays new.")},
	{Owner, value.Text("Owner"), value.Text("Nobody looks after the customer, and no task finds its person.")},
	{Contacts, value.Text("Contacts"), value.Text("Nobody to talk to is on record.")},
	{Terms, value.Text("Days to pay"), value.Text("Due days are reckoned with the default terms.")},
	{Description, value.Text("Master data"), value.Text("A document named this customer, and nobody described it yet.")},
}

// bookGaps are what the whole book may lack.
var bookGaps = []Gap{
	{Complaints, value.Text("Complaints"), value.Text("No complaint was ever recorded: complaint intensity says that nobody complains.")},
	{Services, value.Text("Free services"), value.Text("No service was ever booked: the horizontal axis of the matrix is off.")},
	{CareKept, value.Text("Visits, calls and mails"), value.Text("No contact was ever recorded: contribution II counts no cost of care.")},
}

// A Master says what is known of a customer beside its figures.
type Master struct {
	Industry, Size, Owner, Contacts, Terms bool
	Stub                                   bool // only a document named it
}

// Lacks lists what is missing for one customer, the most blocking first.
func Lacks(f *value.Figures, m Master) []Gap {
	var gaps []Gap
	for i, d := range data {
		if needs(i, f, m) && !has(i, f, m) {
			gaps = append(gaps, d)
		}
	}
	return gaps
}

// needs says whether a datum can be missing for the customer at all: without
// invoices nobody asks for payments.
func needs(i int, f *value.Figures, m Master) bool {
	switch data[i].Datum {
	case Payments:
		return f.Invoices > 0
	case Cost:
		return f.Steps.Revenue != 0 || f.Steps.UnknownCost != 0
	}
	return true
}

func has(i int, f *value.Figures, m Master) bool {
	switch data[i].Datum {
	case Cost:
		return f.Steps.Known()
	case Payments:
		return f.Settled > 0
	case Need:
		return f.Need >= 0
	case Industry:
		return m.Industry
	case Size:
		return m.Size
	case Tenure:
		return f.AcquiredOn != 0 || f.FirstPurchase != 0
	case Owner:
		return m.Owner
	case Contacts:
		return m.Contacts
	case Terms:
		return m.Terms
	}
	return !m.Stub
}

// A Finding is a gap of the base: how many customers lack the datum.
type Finding struct {
	Gap
	Lacking int          `json:"lacking"`
	Of      int          `json:"of"`      // customers that need it
	Revenue money.Amount `json:"revenue"` // of the customers that lack it
}

// A Tally counts gaps over the base, customer by customer. The zero Tally is
// ready.
type Tally struct {
	customers int
	of        [16]int
	lacking   [16]int
	revenue   [16]money.Amount
}

// Add counts a customer.
func (t *Tally) Add(f *value.Figures, m Master) {
	t.customers++
	for i := range data {
		if !needs(i, f, m) {
			continue
		}
		t.of[i]++
		if !has(i, f, m) {
			t.lacking[i]++
			t.revenue[i] += f.Steps.Revenue
		}
	}
}

// A Kept says how many documents of a kind the book ever kept.
type Kept struct{ Complaints, Services, Interactions int }

// Findings returns the gaps that somebody has, the most blocking first; what
// the whole book lacks stands before the gaps of single customers.
func (t *Tally) Findings(k Kept) []Finding {
	var out []Finding
	for i, n := range []int{k.Complaints, k.Services, k.Interactions} {
		if n == 0 && t.customers > 0 {
			out = append(out, Finding{Gap: bookGaps[i], Lacking: t.customers, Of: t.customers})
		}
	}
	for i, d := range data {
		if t.lacking[i] > 0 {
			out = append(out, Finding{d, t.lacking[i], t.of[i], t.revenue[i]})
		}
	}
	return out
}
