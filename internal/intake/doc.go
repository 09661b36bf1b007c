package intake

import (
	"quid/day"
	"quid/money"
)

// A Doc is one document of a file: an invoice with all its lines, a customer, a
// payment. Exactly one of the pointers is set, the one of its Kind. References
// to other records (customer, product, invoice, service type) are texts as they
// stand in the file: an external id, a number or a name.
type Doc struct {
	Kind     Kind
	Key      string // its id or number in the source; "" where the file has none
	Records  int    // what it counts: 1, but for invoice-lines the number of lines; 0 for the further parts of a document too large to be read
	Lines    []int  // the lines of the file it stands in
	Problems []Problem
	Raw      []string // the rows as they stand in the file, for the file of rejected rows
	version  int64

	Customer     *Customer
	Contact      *Contact
	Product      *Product
	Invoice      *Invoice // invoices and invoice-lines
	Payment      *Payment
	Complaint    *Complaint
	Interaction  *Interaction
	ServiceType  *ServiceType
	ServiceEntry *ServiceEntry
	Timesheet    *Timesheet
	Bonus        *Bonus
}

// A Set says which fields of a record the file gives, by the field's name: an
// update changes only those.
type Set map[string]bool

// A Customer as a file gives it.
type Customer struct {
	Given                              Set
	External, Number, Name             string
	Person                             bool
	Parent                             string  // another customer
	ParentSince                        day.Day // 0: from the beginning
	Street, PostalCode, City           string
	State, Country, Phone, Email       string
	Industry, Size, Owner              string
	AcquiredOn                         day.Day
	Channel                            string
	AcquisitionCost, Need, CreditLimit *money.Amount
	Contractual                        bool
	ContractSince, ContractUntil       day.Day
	Terms                              *int // days to pay
	Rank, Suppliers                    int
	Note                               string
}

// A Contact as a file gives it.
type Contact struct {
	Given                               Set
	External, Customer, Name, FirstName string
	Role, Email, Phone, Language        string
}

// A Product as a file gives it.
type Product struct {
	Given                          Set
	External, Name, Category, Unit string
	StandardCost, ListPrice        *money.Micro // of one unit, in minor units
}

// An Invoice as a file gives it. One whose file has no columns of lines is a
// header: its lines come as invoice-lines.
type Invoice struct {
	Number, Customer string
	Day, Due         day.Day // Due 0: the day + the customer's terms
	Currency         string  // "" is the book's
	Rate             money.Micro
	HeaderOnly       bool
	Lines            []InvoiceLine
	Total            *money.Amount // net sum as the document says, for checking
	Gross            *money.Amount // receivable including tax; nil: the net sum
	Freight          money.Amount  // what we bear of it, summed over its rows, like the following
	Commission       money.Amount
	Packaging        money.Amount
	Warranty         money.Amount
	Bonus            money.Amount
	Settled          day.Day // paid in full on this day, 0 if not
	Disputed         bool
	Credit           string // sale, complaint or goodwill; "" is sale
	Credits          string // number of the invoice a credit note is for
	Agreement        string // number of the bonus agreement a credit note settles
}

// An InvoiceLine is one line of an invoice.
type InvoiceLine struct {
	Line      int         // position on the invoice
	Product   string      // "" if none is named
	Quantity  money.Micro // 0 if the file gives none
	UnitPrice money.Micro // in minor units, 0 if the file gives none
	Discount  money.Micro // 0.1 is ten percent
	Net       money.Amount
	Cost      *money.Amount // nil: by the product's standard cost, else unknown
}

// A Bonus is a bonus agreement as a file gives it.
type Bonus struct {
	Number, Customer string
	From, Until      day.Day     // Until 0: open
	Rate             money.Micro // 0.03 is three percent
	Spread           string      // revenue, equal or ""
}

// A Payment as a file gives it.
type Payment struct {
	Number, Invoice, Customer string
	Day                       day.Day
	Amount, Discount          money.Amount
	Currency                  string
	Rate                      money.Micro
}

// A Complaint as a file gives it.
type Complaint struct {
	Number, Customer, Invoice string
	Day, SolvedOn             day.Day
	Amount, Cost, Credit      money.Amount
	Severity                  int    // 1 slight to 3 severe, 0 unknown
	Justified                 string // yes, no or ""
	Subject                   string
}

// An Interaction as a file gives it.
type Interaction struct {
	External, Customer        string
	Day                       day.Day
	Channel                   string // visit, phone, mail, letter, video, other
	Direction                 string // in, out or ""
	Subject, Contact, Purpose string
	Minutes                   int
	Cost                      *money.Amount
}

// A ServiceType as a file gives it.
type ServiceType struct {
	Given                 Set
	Code, NameDE, NameEN  string
	Category, Unit        string
	Step                  money.Micro
	CostRate, BenefitRate *money.Micro // of one unit, in minor units
	CostHour, BenefitHour *money.Micro // of an hour
	MinutesEach           money.Micro  // of one, 0 if not said
	ValidFrom             day.Day      // 0: from the beginning
	Rung                  int
}

// A ServiceEntry as a file gives it.
type ServiceEntry struct {
	External, Customer, Type string
	Day                      day.Day
	Quantity                 money.Micro
	Minutes                  *money.Micro
	Background, Contact      string
	Cost, Benefit            *money.Amount
}

// Version is a hash of the normalised document: the same content gives the same
// version, whatever the order of rows and columns and the format of numbers.
func (d *Doc) Version() int64 { return d.version }
