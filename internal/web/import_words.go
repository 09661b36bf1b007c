package web

import (
	"strings"

	"quid/internal/app"
	"quid/internal/intake"
	"quid/internal/locale"
)

// importKinds are the kinds of files in words, as keys for p.T.
var importKinds = map[intake.Kind]string{
	intake.Customers: locale.Key("Customers"), intake.Contacts: locale.Key("Contacts"), intake.Products: locale.Key("Products"),
	intake.Invoices: locale.Key("Invoices"), intake.InvoiceLines: locale.Key("Lines of invoices"), intake.Payments: locale.Key("Payments"),
	intake.Complaints: locale.Key("Complaints"), intake.Interactions: locale.Key("Visits, calls and mails"),
	intake.ServiceTypes: locale.Key("Catalogue of services"), intake.ServiceEntries: locale.Key("Services given"),
	intake.Bonuses: locale.Key("Bonus agreements"), intake.Timesheets: locale.Key("Time sheets (Kimai, Toggl, Clockify)"),
}

// importKindHelp says what a row of a file of a kind is.
var importKindHelp = map[intake.Kind]string{
	intake.Customers:      locale.Key("One row per customer: number, name, industry, owner …"),
	intake.Contacts:       locale.Key("One row per person, with the customer it belongs to."),
	intake.Products:       locale.Key("One row per article, with its standard cost."),
	intake.Invoices:       locale.Key("One row per invoice or per line of one; lists of receivables too."),
	intake.InvoiceLines:   locale.Key("Lines of invoices that are there already."),
	intake.Payments:       locale.Key("One row per payment, with the invoice or the customer."),
	intake.Complaints:     locale.Key("One row per complaint, with what handling it cost."),
	intake.Interactions:   locale.Key("One row per contact with a customer."),
	intake.ServiceTypes:   locale.Key("One row per free service, with its rates."),
	intake.ServiceEntries: locale.Key("One row per service given for free."),
	intake.Timesheets:     locale.Key("One row per time that somebody worked, as Kimai, Toggl Track and Clockify export it; what is billable is left out."),
	intake.Bonuses:        locale.Key("One row per agreement: customer or group, days, percent of net revenue."),
}

// importFields are our fields in words, as keys for p.T.
var importFields = map[string]string{
	"acquired_on": locale.Key("Customer since"), "acquisition_cost": locale.Key("Cost of winning"), "amount": locale.Key("Amount"),
	"background": locale.Key("Background"), "benefit": locale.Key("Benefit"), "benefit_rate": locale.Key("Benefit per unit"),
	"category": locale.Key("Category"), "channel": locale.Key("Channel"), "city": locale.Key("City"), "code": locale.Key("Code"),
	"contact": locale.Key("Contact person"), "contractual": locale.Key("Under contract"), "contract_since": locale.Key("Contract since"), "contract_until": locale.Key("Contract until"), "cost": locale.Key("Cost"),
	"cost_rate": locale.Key("Cost per unit"), "country": locale.Key("Country"), "credit": locale.Key("Credit"),
	"credit_limit": locale.Key("Credit limit"), "credits": locale.Key("Credit note for"), "currency": locale.Key("Currency"),
	"customer": locale.Key("Customer"), "day": locale.Key("Day"), "direction": locale.Key("Direction"), "discount": locale.Key("Discount"),
	"disputed": locale.Key("Disputed"), "due": locale.Key("Due day"), "email": locale.Key("Mail address"), "external": locale.Key("Id in the source"),
	"first_name": locale.Key("First name"), "gross": locale.Key("Gross sum"), "industry": locale.Key("Industry"), "invoice": locale.Key("Invoice"),
	"justified": locale.Key("Justified"), "kind": locale.Key("Company or person"), "language": locale.Key("Language"), "line": locale.Key("Line number"),
	"list_price": locale.Key("List price"), "minutes": locale.Key("Minutes"), "name": locale.Key("Name"), "name_de": locale.Key("Name in German"),
	"name_en": locale.Key("Name in English"), "need": locale.Key("Yearly need"), "net": locale.Key("Net amount"), "note": locale.Key("Note"),
	"number": locale.Key("Number"), "owner": locale.Key("Owner"), "parent": locale.Key("Belongs to"), "parent_since": locale.Key("Belongs there since"), "phone": locale.Key("Telephone"),
	"postal_code": locale.Key("Postal code"), "product": locale.Key("Product"), "purpose": locale.Key("Purpose"), "quantity": locale.Key("Quantity"),
	"rank": locale.Key("Supplier rank"), "rate": locale.Key("Exchange rate"), "role": locale.Key("Role"), "rung": locale.Key("Rung"),
	"settled": locale.Key("Settled on"), "severity": locale.Key("Severity"), "size": locale.Key("Size class"), "solved_on": locale.Key("Solved on"),
	"standard_cost": locale.Key("Standard cost"), "state": locale.Key("State or region"), "step": locale.Key("Step"), "street": locale.Key("Street"),
	"subject": locale.Key("Subject"), "suppliers": locale.Key("Number of suppliers"), "terms": locale.Key("Days to pay"),
	"total": locale.Key("Net total"), "type": locale.Key("Service"), "unit": locale.Key("Unit"), "unit_cost": locale.Key("Unit cost"),
	"from": locale.Key("From"), "until": locale.Key("Until"), "percent": locale.Key("Bonus in percent"), "spread": locale.Key("Spread key"),
	"bonus": locale.Key("Bonus"), "bonus_agreement": locale.Key("Bonus agreement"), "commission": locale.Key("Commission"), "freight": locale.Key("Freight that we bear"),
	"packaging": locale.Key("Packaging that we bear"), "warranty": locale.Key("Warranty"),
	"cost_per_hour": locale.Key("Cost per hour"), "benefit_per_hour": locale.Key("Worth per hour"), "minutes_each": locale.Key("Minutes each"),
	"activity": locale.Key("Activity"), "begin": locale.Key("Begin"), "billable": locale.Key("Billable"), "customer_number": locale.Key("Customer number"),
	"duration": locale.Key("Duration"), "end": locale.Key("End"), "hours": locale.Key("Hours"), "project": locale.Key("Project"),
	"seconds": locale.Key("Seconds"), "tags": locale.Key("Tags"), "task": locale.Key("Task"), "team": locale.Key("Team"), "user": locale.Key("Time sheet user"),
	"unit_price": locale.Key("Unit price"), "valid_from": locale.Key("Valid from"),
}

// fieldName is a field in the reader's language; what is no field of ours is the
// file's own word.
func (p Page) fieldName(name string) string {
	if text, ok := importFields[name]; ok {
		return p.T(text)
	}
	return name
}

// problemText translates what is wrong and what to do, which are kept as one
// sentence with a semicolon between. What to do may hold semicolons itself.
func (p Page) problemText(sentence string) (problem, remedy string) {
	if problem, remedy, ok := strings.Cut(sentence, "; "); ok && p.T(sentence) == sentence {
		return p.T(problem), p.T(remedy)
	}
	return p.T(sentence), ""
}

// encodings are what a file may be encoded in.
var encodings = []Option{{"utf-8", "UTF-8"}, {"windows-1252", "Windows-1252"}, {"utf-16le", "UTF-16 LE"}, {"utf-16be", "UTF-16 BE"}}

// encodingName is an encoding as people know it.
func encodingName(key string) string {
	for _, e := range encodings {
		if e.Value == key {
			return e.Label
		}
	}
	return key
}

// delimiterName says what stands between the fields of a row.
func (p Page) delimiterName(d string) string {
	switch d {
	case ";":
		return p.T("semicolon ;")
	case ",":
		return p.T("comma ,")
	case "tab", "\t":
		return p.T("tab")
	case "|":
		return p.T("bar |")
	}
	return d
}

// dateOrders are the orders of day, month and year in words.
var dateOrders = map[string]string{
	"dmy": locale.Key("day, month, year: 31.12.2026"), "mdy": locale.Key("month, day, year: 12/31/2026"),
	"ymd": locale.Key("year, month, day: 26-12-31"), "yyyymmdd": locale.Key("20261231"),
}

// decimalSigns are the decimal signs in words.
var decimalSigns = map[string]string{",": locale.Key("comma: 1.234,56"), ".": locale.Key("point: 1,234.56")}

// importModes are what an import may do, in words.
var importModes = map[app.Mode]string{
	app.Upsert: locale.Key("Create new records and update known ones"), app.CreateOnly: locale.Key("Only create new records"),
	app.UpdateOnly: locale.Key("Only update known records"),
}

// importStates are the states of an import in words.
var importStates = map[string]string{
	"running": locale.Key("is being taken in"), "done": locale.Key("taken in"), "failed": locale.Key("broke off"),
	"undoing": locale.Key("is being taken back"), "undone": locale.Key("taken back"),
}

// importRecords are the kinds of records that an undo names.
var importRecords = map[string]string{
	"customer": locale.Key("Customer"), "contact": locale.Key("Contact person"), "product": locale.Key("Product"), "invoice": locale.Key("Invoice"),
	"payment": locale.Key("Payment"), "complaint": locale.Key("Complaint"), "interaction": locale.Key("Contact"),
	"service type": locale.Key("Service type"), "service entry": locale.Key("Service"), "bonus agreement": locale.Key("Bonus agreement"),
}

// sizeText writes a number of bytes.
func (p Page) sizeText(n int64) string {
	switch {
	case n < 10_000:
		return p.N("{n} byte", "{n} bytes", int(n))
	case n < 10_000_000:
		return p.T("{n} kB", "n", (n+500)/1000)
	}
	return p.T("{n} MB", "n", (n+500_000)/1_000_000)
}
