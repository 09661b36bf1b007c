package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"

	"quid/day"
)

// encoder writes documents in one canonical form, to be hashed. Its buffers are
// reused.
type encoder struct {
	buf   []byte
	lines [][]byte
}

// sum is the version: the first eight bytes of the SHA-256 of what was written.
func (e *encoder) sum() int64 {
	h := sha256.Sum256(e.buf)
	return int64(binary.BigEndian.Uint64(h[:8]))
}

func (e *encoder) text(ss ...string) {
	for _, s := range ss {
		e.buf = binary.AppendUvarint(e.buf, uint64(len(s)))
		e.buf = append(e.buf, s...)
	}
}

func (e *encoder) ints(vs ...int64) {
	for _, v := range vs {
		e.buf = binary.AppendVarint(e.buf, v)
	}
}

func (e *encoder) yes(v bool) {
	if v {
		e.buf = append(e.buf, 1)
	} else {
		e.buf = append(e.buf, 0)
	}
}

// maybe writes a value that may be missing.
func maybe[T ~int | ~int64](e *encoder, v *T) {
	e.yes(v != nil)
	if v != nil {
		e.ints(int64(*v))
	}
}

func days(e *encoder, ds ...day.Day) {
	for _, d := range ds {
		e.ints(int64(d))
	}
}

// given writes which fields the file gives, in an order of their own.
func (e *encoder) given(set Set) {
	names := make([]string, 0, len(set))
	for n := range set {
		names = append(names, n)
	}
	slices.Sort(names)
	e.text(names...)
}

// invoice returns the version of an invoice. The order of its lines in the file
// does not count; numbers that were given to lines here don't either.
func (e *encoder) invoice(inv *Invoice, numbered bool) int64 {
	e.buf = e.buf[:0]
	for i := range inv.Lines {
		l := &inv.Lines[i]
		start := len(e.buf)
		e.text(l.Product)
		e.ints(int64(l.Quantity), int64(l.UnitPrice), int64(l.Discount), int64(l.Net))
		maybe(e, l.Cost)
		if numbered {
			e.ints(int64(l.Line))
		}
		e.lines = append(e.lines, e.buf[start:len(e.buf):len(e.buf)])
	}
	if len(inv.Lines) > 1 {
		e.sortLines()
	}
	e.lines = e.lines[:0]
	e.ints(int64(len(inv.Lines)))
	e.text(string(Invoices), inv.Number, inv.Customer, inv.Currency, inv.Credit, inv.Credits, inv.Agreement)
	days(e, inv.Day, inv.Due, inv.Settled)
	e.ints(int64(inv.Rate))
	e.yes(inv.HeaderOnly)
	e.yes(inv.Disputed)
	maybe(e, inv.Gross)
	e.ints(int64(inv.Freight), int64(inv.Commission), int64(inv.Packaging), int64(inv.Warranty), int64(inv.Bonus))
	return e.sum()
}

// sortLines puts the encoded lines into an order of their own.
func (e *encoder) sortLines() {
	if len(e.lines) > 1 && slices.IsSortedFunc(e.lines, bytes.Compare) {
		// Growing the buffer may have moved it, but never the content: the
		// lines written so far are the buffer.
		return
	}
	slices.SortFunc(e.lines, bytes.Compare)
	e.buf = bytes.Join(e.lines, nil)
}

// doc returns the version of a document of a single row.
func (e *encoder) doc(d *Doc) int64 {
	e.buf = e.buf[:0]
	e.text(string(d.Kind))
	switch {
	case d.Customer != nil:
		e.customer(d.Customer)
	case d.Contact != nil:
		x := d.Contact
		e.given(x.Given)
		e.text(x.External, x.Customer, x.Name, x.FirstName, x.Role, x.Email, x.Phone, x.Language)
	case d.Product != nil:
		x := d.Product
		e.given(x.Given)
		e.text(x.External, x.Name, x.Category, x.Unit)
		maybe(e, x.StandardCost)
		maybe(e, x.ListPrice)
	case d.Payment != nil:
		x := d.Payment
		e.text(x.Number, x.Invoice, x.Customer, x.Currency)
		days(e, x.Day)
		e.ints(int64(x.Amount), int64(x.Discount), int64(x.Rate))
	case d.Complaint != nil:
		x := d.Complaint
		e.text(x.Number, x.Customer, x.Invoice, x.Justified, x.Subject)
		days(e, x.Day, x.SolvedOn)
		e.ints(int64(x.Amount), int64(x.Cost), int64(x.Credit), int64(x.Severity))
	case d.Interaction != nil:
		x := d.Interaction
		e.text(x.External, x.Customer, x.Channel, x.Direction, x.Subject, x.Contact, x.Purpose)
		days(e, x.Day)
		e.ints(int64(x.Minutes))
		maybe(e, x.Cost)
	case d.ServiceType != nil:
		e.serviceType(d.ServiceType)
	case d.Timesheet != nil:
		x := d.Timesheet
		e.text(x.External, x.Customer, x.Number, x.Begin, x.End, x.User, x.Team, x.Activity, x.Task, x.Project, x.Background)
		e.text(x.Tags...)
		days(e, x.Day)
		e.ints(int64(len(x.Tags)), int64(x.Minutes))
	case d.Bonus != nil:
		x := d.Bonus
		e.text(x.Number, x.Customer, x.Spread)
		days(e, x.From, x.Until)
		e.ints(int64(x.Rate))
	case d.ServiceEntry != nil:
		x := d.ServiceEntry
		e.text(x.External, x.Customer, x.Type, x.Background, x.Contact)
		days(e, x.Day)
		e.ints(int64(x.Quantity))
		maybe(e, x.Minutes)
		maybe(e, x.Cost)
		maybe(e, x.Benefit)
	}
	return e.sum()
}

func (e *encoder) customer(x *Customer) {
	e.given(x.Given)
	e.text(x.External, x.Number, x.Name, x.Parent, x.Street, x.PostalCode, x.City, x.State, x.Country, x.Phone, x.Email,
		x.Industry, x.Size, x.Owner, x.Channel, x.Note)
	e.yes(x.Person)
	e.yes(x.Contractual)
	days(e, x.ContractSince, x.ContractUntil)
	days(e, x.ParentSince, x.AcquiredOn)
	maybe(e, x.AcquisitionCost)
	maybe(e, x.Need)
	maybe(e, x.CreditLimit)
	maybe(e, x.Terms)
	e.ints(int64(x.Rank), int64(x.Suppliers))
}

func (e *encoder) serviceType(x *ServiceType) {
	e.given(x.Given)
	e.text(x.Code, x.NameDE, x.NameEN, x.Category, x.Unit)
	days(e, x.ValidFrom)
	e.ints(int64(x.Step), int64(x.Rung))
	maybe(e, x.CostRate)
	maybe(e, x.BenefitRate)
	maybe(e, x.CostHour)
	maybe(e, x.BenefitHour)
	e.ints(int64(x.MinutesEach))
}

// unnumbered gives a key to a document that has no number: what it says, and the
// how many-th that says just this. The same file so gives the same keys again,
// in whatever order its rows stand.
func (p *Plan) unnumbered(version int64) string {
	n, _ := p.keys.get(uint64(version))
	p.keys.put(uint64(version), n+1)
	return Unnumbered(version, uint32(n+1))
}

// Unnumbered is the key of the n-th document of a file, from 1, that has no
// number and this content.
func Unnumbered(version int64, n uint32) string {
	key := strconv.AppendUint([]byte("~"), uint64(version), 16)
	return string(strconv.AppendUint(append(key, '-'), uint64(n), 10))
}
