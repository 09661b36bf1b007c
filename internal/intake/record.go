package intake

import (
	"cmp"
	"strings"
	"unicode"
)

// single makes the document of a row that stands for itself.
func (p *Plan) single(r *row) *Doc {
	d := &Doc{Kind: p.kind, Records: 1, Lines: []int{r.rec.line}, Raw: []string{r.rec.text}}
	switch p.kind {
	case Customers:
		p.customer(r, d)
	case Contacts:
		p.contact(r, d)
	case Products:
		p.product(r, d)
	case Payments:
		p.payment(r, d)
	case Complaints:
		p.complaint(r, d)
	case Interactions:
		p.interaction(r, d)
	case ServiceTypes:
		p.serviceType(r, d)
	case ServiceEntries:
		p.serviceEntry(r, d)
	case Timesheets:
		p.timesheet(r, d)
	case Bonuses:
		p.bonus(r, d)
	}
	if d.Problems = r.problems; len(d.Problems) == 0 {
		d.version = p.enc.doc(d)
		if d.Key == "" {
			d.Key = p.unnumbered(d.version)
		}
	}
	return d
}

// c returns the cell of a field, nil if no column is mapped to it.
func (p *Plan) c(name string) *cell { return p.cells[name] }

// need notes a problem where none of the fields has a value.
func (r *row) need(value string, names ...string) {
	if value != "" {
		return
	}
	for _, n := range names {
		if c := r.p.cells[n]; c != nil {
			r.bad(c, "", missing)
			return
		}
	}
}

func (p *Plan) customer(r *row, d *Doc) {
	x := &Customer{
		Given: p.given, External: r.name(p.c("external")), Number: r.name(p.c("number")), Name: r.name(p.c("name")),
		Parent: r.name(p.c("parent")), Street: r.name(p.c("street")), PostalCode: r.name(p.c("postal_code")),
		City: r.name(p.c("city")), State: r.name(p.c("state")), Country: r.name(p.c("country")),
		Phone: r.name(p.c("phone")), Email: r.name(p.c("email")), Industry: r.name(p.c("industry")),
		Size: r.name(p.c("size")), Owner: r.name(p.c("owner")), Channel: r.name(p.c("channel")), Note: r.text(p.c("note")),
	}
	x.Person = r.word(p.c("kind")) == "person"
	x.AcquiredOn = r.day(p.c("acquired_on"))
	x.ParentSince = r.day(p.c("parent_since"))
	x.AcquisitionCost, x.Need, x.CreditLimit = r.amount(p.c("acquisition_cost")), r.amount(p.c("need")), r.amount(p.c("credit_limit"))
	x.Contractual, _ = r.yesNo(p.c("contractual"))
	x.ContractSince, x.ContractUntil = r.day(p.c("contract_since")), r.day(p.c("contract_until"))
	if x.ContractUntil != 0 && x.ContractUntil < x.ContractSince {
		r.bad(p.c("contract_until"), r.raw(p.c("contract_until")), contractEnds)
	}
	x.Contractual = x.Contractual || x.ContractSince != 0 || x.ContractUntil != 0
	if terms, ok := r.whole(p.c("terms")); ok {
		x.Terms = &terms
	}
	x.Rank, _ = r.whole(p.c("rank"))
	x.Suppliers, _ = r.whole(p.c("suppliers"))
	r.notBelowZero(p.c("acquisition_cost"), x.AcquisitionCost)
	r.notBelowZero(p.c("need"), x.Need)
	if x.External = cmp.Or(x.External, x.Number, x.Name); x.External == "" {
		r.need("", "number", "external", "name")
	}
	d.Customer, d.Key = x, x.External
}

func (p *Plan) contact(r *row, d *Doc) {
	x := &Contact{
		Given: p.given, External: r.name(p.c("external")), Customer: r.name(p.c("customer")), Name: r.name(p.c("name")),
		FirstName: r.name(p.c("first_name")), Role: r.name(p.c("role")), Email: r.name(p.c("email")),
		Phone: r.name(p.c("phone")), Language: r.name(p.c("language")),
	}
	// Without an id, a contact is who it is: its name at its customer.
	if d.Contact, d.Key = x, x.External; d.Key == "" {
		d.Key = x.Customer + "\x1f" + x.Name + "\x1f" + x.FirstName
	}
}

func (p *Plan) product(r *row, d *Doc) {
	x := &Product{
		Given: p.given, External: cmp.Or(r.name(p.c("number")), r.name(p.c("external"))),
		Name: r.name(p.c("name")), Category: r.name(p.c("category")), Unit: r.name(p.c("unit")),
		StandardCost: r.price(p.c("standard_cost")), ListPrice: r.price(p.c("list_price")),
	}
	r.need(x.External, "number", "external")
	d.Product, d.Key = x, x.External
}

func (p *Plan) payment(r *row, d *Doc) {
	r.readCurrency(p.c("currency"))
	x := &Payment{
		Number: r.name(p.c("number")), Invoice: r.name(p.c("invoice")), Customer: r.name(p.c("customer")),
		Day: r.day(p.c("day")), Amount: r.sum(p.c("amount")), Discount: r.sum(p.c("discount")),
	}
	x.Rate, _ = r.quantity(p.c("rate"))
	if x.Currency = r.currency; x.Currency == p.opts.Currency {
		x.Currency = ""
	}
	r.need(cmp.Or(x.Customer, x.Invoice), "customer", "invoice")
	d.Payment, d.Key = x, x.Number
}

func (p *Plan) complaint(r *row, d *Doc) {
	x := &Complaint{
		Number: r.name(p.c("number")), Customer: r.name(p.c("customer")), Invoice: r.name(p.c("invoice")),
		Day: r.day(p.c("day")), SolvedOn: r.day(p.c("solved_on")), Subject: r.text(p.c("subject")),
		Amount: r.sum(p.c("amount")), Justified: r.word(p.c("justified")),
	}
	x.Cost, x.Credit = r.positive(p.c("cost")), r.positive(p.c("credit"))
	if w := r.word(p.c("severity")); w != "" {
		x.Severity = int(w[0] - '0')
	}
	if x.Justified == "unknown" {
		x.Justified = ""
	}
	if x.SolvedOn != 0 && x.SolvedOn < x.Day {
		r.bad(p.c("solved_on"), r.raw(p.c("solved_on")), solvedEarly)
	}
	d.Complaint, d.Key = x, x.Number
}

func (p *Plan) interaction(r *row, d *Doc) {
	x := &Interaction{
		External: r.name(p.c("external")), Customer: r.name(p.c("customer")), Day: r.day(p.c("day")),
		Channel: cmp.Or(r.word(p.c("channel")), "other"), Direction: r.word(p.c("direction")),
		Subject: r.text(p.c("subject")), Contact: r.name(p.c("contact")), Purpose: r.name(p.c("purpose")),
		Cost: r.amount(p.c("cost")),
	}
	x.Minutes, _ = r.whole(p.c("minutes"))
	r.notBelowZero(p.c("cost"), x.Cost)
	d.Interaction, d.Key = x, x.External
}

func (p *Plan) serviceType(r *row, d *Doc) {
	x := &ServiceType{
		Given: p.given, Code: r.name(p.c("code")), NameDE: r.name(p.c("name_de")), NameEN: r.name(p.c("name_en")),
		Category: r.name(p.c("category")), Unit: r.word(p.c("unit")),
		CostRate: r.price(p.c("cost_rate")), BenefitRate: r.price(p.c("benefit_rate")), ValidFrom: r.day(p.c("valid_from")),
	}
	x.Step, _ = r.quantity(p.c("step"))
	x.Rung, _ = r.whole(p.c("rung"))
	x.CostHour, x.BenefitHour = r.price(p.c("cost_per_hour")), r.price(p.c("benefit_per_hour"))
	x.MinutesEach, _ = r.quantity(p.c("minutes_each"))
	if x.Code == "" {
		x.Code = codeOf(cmp.Or(x.NameEN, x.NameDE))
	}
	r.need(x.Code, "code", "name_de", "name_en")
	d.ServiceType, d.Key = x, x.Code
}

// codeOf makes a code from a name: small letters and hyphens.
func codeOf(name string) string {
	words := strings.FieldsFunc(umlauts.Replace(strings.ToLower(name)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words[:min(len(words), 6)], "-")
}

func (p *Plan) bonus(r *row, d *Doc) {
	x := &Bonus{
		Number: r.name(p.c("number")), Customer: r.name(p.c("customer")), From: r.day(p.c("from")), Until: r.day(p.c("until")),
		Rate: r.rate(p.c("percent")), Spread: r.word(p.c("spread")),
	}
	if x.Until != 0 && x.Until < x.From {
		r.bad(p.c("until"), r.raw(p.c("until")), endsEarly)
	}
	d.Bonus, d.Key = x, x.Number
}

func (p *Plan) serviceEntry(r *row, d *Doc) {
	x := &ServiceEntry{
		External: r.name(p.c("external")), Customer: r.name(p.c("customer")), Type: r.name(p.c("type")),
		Day: r.day(p.c("day")), Background: r.text(p.c("background")), Contact: r.name(p.c("contact")),
		Cost: r.amount(p.c("cost")), Benefit: r.amount(p.c("benefit")),
	}
	x.Quantity, _ = r.quantity(p.c("quantity"))
	if m, ok := r.quantity(p.c("minutes")); ok {
		x.Minutes = &m
	}
	r.notBelowZero(p.c("cost"), x.Cost)
	r.notBelowZero(p.c("benefit"), x.Benefit)
	d.ServiceEntry, d.Key = x, x.External
}
