package demo

import (
	"errors"

	"quid/day"
	"quid/fault"
)

// Name is what the company is called.
const Name = "Brenner Maschinenbau GmbH"

// Years is how long the company's history is.
const Years = 4

// DefaultInvoices is how many invoices and credit notes a customer has on
// average, in the four years.
const DefaultInvoices = 20

// DefaultCustomers is the size of the company that people look at first.
const DefaultCustomers = 300

// A Company says which company is made up. The same values make the same
// company.
type Company struct {
	Customers int
	Seed      uint64
	Until     day.Day // its last day; nothing happens after it
	Invoices  float64 // invoices per customer on average; 0 is DefaultInvoices
}

// Limits of a company.
const (
	maxCustomers = 5_000_000
	maxInvoices  = 200
)

// Check reports every field that stands in the way of making the company.
func (c Company) Check() error {
	var errs []error
	if c.Customers < 1 || c.Customers > maxCustomers {
		errs = append(errs, fault.Field("customers", "between 1 and 5000000"))
	}
	if c.Until < day.Of(1930, 1, 1) || c.Until > day.Max {
		errs = append(errs, fault.Field("until", "write a day such as 2026-12-31"))
	}
	if c.Invoices < 0 || c.Invoices > maxInvoices {
		errs = append(errs, fault.Field("invoices", "between 0 and 200 per customer"))
	}
	return errors.Join(errs...)
}

// Start is the first day of the company's history, four years before its last.
func (c Company) Start() day.Day { return c.Until.AddMonths(-12 * Years).Add(1) }

// Products are what the company sells: 120 in six categories, and parts made to
// a drawing, whose cost nobody keeps.
func (c Company) Products() []Product { return catalogue() }

// A Part is a part of a customer's history.
type Part uint8

// The parts. Who the customer is, is always told.
const (
	Sales Part = 1 << iota // invoices, payments, complaints
	Care                   // visits, calls, mails
	Help                   // free services

	All = Sales | Care | Help
)

// A Simulator makes the customers of a company, one at a time, reusing its
// memory. Several simulators of one company may run in parallel.
type Simulator struct {
	company Company
	shelf   *shelf
	types   []ServiceType
	first   int               // ordinal of the company's first day
	last    int               // and of its last
	months  [12*Years + 1]int // ordinals at which months begin; the last is the end
	dice    *dice
	h       History
	plan    plan
}

// Simulator returns a simulator of the company, which must pass [Company.Check].
func (c Company) Simulator() *Simulator {
	start := c.Start()
	s := &Simulator{
		company: c, shelf: newShelf(start.Year(), c.Until.Year()), types: c.ServiceTypes(),
		first: start.Ordinal(), last: c.Until.Ordinal(), dice: newDice(),
	}
	for m := range s.months {
		s.months[m] = start.AddMonths(m).Ordinal()
	}
	s.months[12*Years] = s.last + 1
	return s
}

// Tell makes the parts of the history of customer k, from 0. What it returns is
// valid until the next call. A part is the same whatever other parts are told.
func (s *Simulator) Tell(k int, parts Part) *History {
	s.h.reset(k)
	s.introduce(k)
	if parts&Sales != 0 {
		s.sell(k)
		s.settle(k)
		s.number()
	}
	if parts&Care != 0 {
		s.care(k)
	}
	if parts&Help != 0 {
		s.help(k)
	}
	return &s.h
}

// weekday moves an ordinal off the weekend, back to Friday, but not before from.
func weekday(ordinal, from int) int {
	switch ordinal % 7 { // 1970-01-01 was a Thursday
	case 2:
		ordinal--
	case 3:
		ordinal -= 2
	}
	return max(ordinal, from)
}
