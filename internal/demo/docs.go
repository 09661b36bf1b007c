package demo

import (
	"iter"

	"quid/internal/intake"
	"quid/money"
)

// Kinds are the kinds of documents a company has, in the order in which they
// are imported: what is referred to comes first.
var Kinds = []intake.Kind{
	intake.Products, intake.ServiceTypes, intake.Customers, intake.Contacts, intake.Invoices,
	intake.Payments, intake.Complaints, intake.Interactions, intake.ServiceEntries,
}

// Docs yields the documents of a kind, as reading the file of [Company.WriteFiles]
// does: the same documents in the same order, with the same versions.
func (c Company) Docs(kind intake.Kind) iter.Seq[*intake.Doc] {
	return func(yield func(*intake.Doc) bool) {
		var stamper intake.Stamper
		line := 2 // after the header
		c.each(kind, func(d *intake.Doc) bool {
			d.Kind, d.Records = kind, 1
			rows := 1
			if d.Invoice != nil {
				rows = len(d.Invoice.Lines)
			}
			d.Lines = make([]int, rows)
			for i := range d.Lines {
				d.Lines[i] = line
				line++
			}
			stamper.Stamp(d)
			return yield(d)
		})
	}
}

// each calls fn for each document of the kind until it returns false.
func (c Company) each(kind intake.Kind, fn func(*intake.Doc) bool) {
	s := c.Simulator()
	switch kind {
	case intake.Products:
		for _, p := range s.shelf.products {
			if !fn(productDoc(p)) {
				return
			}
		}
	case intake.ServiceTypes:
		for _, t := range s.types {
			for _, r := range t.Rates {
				if !fn(typeDoc(t, r)) {
					return
				}
			}
		}
	default:
		for k := range c.Customers {
			if !s.docs(s.Tell(k, partsOf(kind)), kind, fn) {
				return
			}
		}
	}
}

// partsOf says which part of the history the documents of a kind need.
func partsOf(kind intake.Kind) Part {
	switch kind {
	case intake.Invoices, intake.Payments, intake.Complaints:
		return Sales
	case intake.Interactions:
		return Care
	case intake.ServiceEntries:
		return Help
	}
	return 0
}

// docs makes one customer's documents of a kind.
func (s *Simulator) docs(h *History, kind intake.Kind, fn func(*intake.Doc) bool) bool {
	number := h.Customer.Number
	switch kind {
	case intake.Customers:
		return fn(customerDoc(&h.Customer))
	case intake.Contacts:
		return all(h.Contacts, fn, func(c *Contact) *intake.Doc { return contactDoc(number, c) })
	case intake.Invoices:
		return all(h.Invoices, fn, func(i *Invoice) *intake.Doc { return s.invoiceDoc(number, i) })
	case intake.Payments:
		return all(h.Payments, fn, func(p *Payment) *intake.Doc {
			return &intake.Doc{Key: p.Number, Payment: &intake.Payment{
				Number: p.Number, Invoice: p.Invoice, Customer: number, Day: p.Day, Amount: p.Amount, Discount: p.Discount,
			}}
		})
	case intake.Complaints:
		return all(h.Complaints, fn, func(c *Complaint) *intake.Doc {
			return &intake.Doc{Key: c.Number, Complaint: &intake.Complaint{
				Number: c.Number, Customer: number, Invoice: c.Invoice, Day: c.Day, SolvedOn: c.SolvedOn, Amount: c.Amount,
				Cost: c.Cost, Severity: c.Severity, Justified: c.Justified, Subject: c.Subject,
			}}
		})
	case intake.Interactions:
		return all(h.Interactions, fn, func(i *Interaction) *intake.Doc {
			return &intake.Doc{Key: i.Number, Interaction: &intake.Interaction{
				External: i.Number, Customer: number, Day: i.Day, Channel: i.Channel, Direction: i.Direction,
				Subject: i.Subject, Contact: i.Contact, Purpose: i.Purpose, Minutes: i.Minutes,
			}}
		})
	case intake.ServiceEntries:
		return all(h.Services, fn, func(e *ServiceEntry) *intake.Doc {
			return &intake.Doc{Key: e.Number, ServiceEntry: &intake.ServiceEntry{
				External: e.Number, Customer: number, Type: s.types[e.Type].Code, Day: e.Day, Quantity: e.Quantity,
				Background: e.Background, Contact: e.Contact,
			}}
		})
	}
	return false
}

func all[T any](list []T, fn func(*intake.Doc) bool, doc func(*T) *intake.Doc) bool {
	for i := range list {
		if !fn(doc(&list[i])) {
			return false
		}
	}
	return true
}

// What the files give, by kind; shared by all documents and never changed.
var (
	givenCustomer = set("number", "name", "parent", "street", "postal_code", "city", "state", "country", "phone", "email", "industry", "size",
		"owner", "acquired_on", "channel", "acquisition_cost", "contractual", "contract_since", "contract_until", "terms", "need", "rank", "suppliers")
	givenContact = set("external", "customer", "name", "first_name", "role", "email", "phone", "language")
	givenProduct = set("number", "name", "category", "unit", "standard_cost", "list_price")
	givenType    = set("code", "name_de", "name_en", "category", "unit", "step", "cost_rate", "benefit_rate", "valid_from", "rung")
)

func set(names ...string) intake.Set {
	s := make(intake.Set, len(names))
	for _, n := range names {
		s[n] = true
	}
	return s
}

// known is nil where a is 0, which means unknown.
func known(a money.Amount) *money.Amount {
	if a == 0 {
		return nil
	}
	return &a
}

// perUnit is a price of one unit, nil where it is unknown.
func perUnit(a money.Amount) *money.Micro {
	if a == 0 {
		return nil
	}
	m := money.Micro(a) * money.One
	return &m
}

func productDoc(p Product) *intake.Doc {
	return &intake.Doc{Key: p.Number, Product: &intake.Product{
		Given: givenProduct, External: p.Number, Name: p.Name, Category: p.Category, Unit: p.Unit,
		StandardCost: perUnit(p.Cost), ListPrice: perUnit(p.List),
	}}
}

func typeDoc(t ServiceType, r Rate) *intake.Doc {
	return &intake.Doc{Key: t.Code, ServiceType: &intake.ServiceType{
		Given: givenType, Code: t.Code, NameDE: t.NameDE, NameEN: t.NameEN, Category: t.Category, Unit: t.Unit, Step: t.Step,
		CostRate: perUnit(r.Cost), BenefitRate: perUnit(r.Benefit), ValidFrom: r.From, Rung: t.Rung,
	}}
}

func customerDoc(c *Customer) *intake.Doc {
	terms := c.Terms
	return &intake.Doc{Key: c.Number, Customer: &intake.Customer{
		Given: givenCustomer, External: c.Number, Number: c.Number, Name: c.Name, Parent: c.Parent,
		Street: c.Street, PostalCode: c.PostalCode, City: c.City, State: c.State, Country: c.Country, Phone: c.Phone, Email: c.Email,
		Industry: c.Industry, Size: c.Size, Owner: c.Owner, AcquiredOn: c.AcquiredOn, Channel: c.Channel,
		AcquisitionCost: known(c.AcquisitionCost), Need: known(c.Need), Contractual: c.Contractual,
		ContractSince: c.ContractSince, ContractUntil: c.ContractUntil,
		Terms: &terms, Rank: c.Rank, Suppliers: c.Suppliers,
	}}
}

func contactDoc(customer string, c *Contact) *intake.Doc {
	return &intake.Doc{Key: c.Number, Contact: &intake.Contact{
		Given: givenContact, External: c.Number, Customer: customer, Name: c.Name, FirstName: c.FirstName,
		Role: c.Role, Email: c.Email, Phone: c.Phone, Language: c.Language,
	}}
}

func (s *Simulator) invoiceDoc(customer string, inv *Invoice) *intake.Doc {
	lines := make([]intake.InvoiceLine, len(inv.Lines))
	for i, l := range inv.Lines {
		lines[i] = intake.InvoiceLine{
			Line: i + 1, Quantity: l.Quantity, UnitPrice: money.Micro(l.UnitPrice) * money.One, Discount: l.Discount, Net: l.Net,
		}
		if l.Product >= 0 {
			lines[i].Product = s.shelf.products[l.Product].Number
		}
		if l.Written {
			cost := l.Cost
			lines[i].Cost = &cost
		}
	}
	return &intake.Doc{Key: inv.Number, Invoice: &intake.Invoice{
		Number: inv.Number, Customer: customer, Day: inv.Day, Due: inv.Due, Lines: lines, Credit: inv.Credit, Credits: inv.Credits,
	}}
}
