// Package privacy says what a book holds of persons and what must become of it.
//
// The data map is data: each column of each table with what it holds, what for,
// how long, whether it is part of an export and how it is erased. Which columns
// there are is known to internal/store, where the map itself stands; access,
// portability, erasure, retention and the record of processing all follow from it.
//
// Here too: how a person is found in free text, what a person consented or
// objected to, and how long what is kept. The package does no I/O.
package privacy

import (
	"fmt"
	"slices"
	"strings"

	"quid/account"
)

// A Person is whom data is about: a contact of a customer, or, where Contact is 0,
// a customer that is a person itself.
type Person struct {
	Customer account.CustomerID
	Contact  int64
}

// ID is the id that stays when everything else about the person is gone.
func (p Person) ID() int64 {
	if p.Contact != 0 {
		return p.Contact
	}
	return int64(p.Customer)
}

// A Category says what a column holds.
type Category string

// The categories.
const (
	None       Category = "none"     // technical: ids, states, counters
	Business   Category = "business" // of the business with a customer: days, money, kinds
	OfContact  Category = "contact"  // personal, of a contact
	OfCustomer Category = "customer" // personal where the customer is a person
	OfUser     Category = "user"     // personal, of somebody who works with Quid
	FreeText   Category = "text"     // whatever somebody wrote: may name anybody
)

// Categories are the categories in their order.
var Categories = []Category{None, Business, OfContact, OfCustomer, OfUser, FreeText}

// Personal says whether a column may hold something about a person.
func (c Category) Personal() bool {
	return c == OfContact || c == OfCustomer || c == OfUser || c == FreeText
}

// An Erasing says what an erasure does to a column.
type Erasing string

// What erasures do.
const (
	Kept       Erasing = "kept"      // it identifies nobody once the rest is gone, or it is somebody else's
	Blanked    Erasing = "blanked"   // emptied
	Pseudonym  Erasing = "pseudonym" // replaced by the pseudonym of the person
	Scrubbed   Erasing = "scrubbed"  // what names the person is replaced; of a person who is the customer, emptied
	RowDropped Erasing = "row"       // the whole row is deleted
	Derived    Erasing = "derived"   // computed again from what was replaced
	ByAge      Erasing = "age"       // goes by itself after a set time
)

// A Purpose says what a table is kept for.
type Purpose string

// The purposes.
const (
	Reach     Purpose = "reach"     // to know and reach customers and the persons there
	Books     Purpose = "books"     // to keep the value account and its documents
	Care      Purpose = "care"      // to look after customers and talk with them
	Judging   Purpose = "judging"   // to value customers
	Intake    Purpose = "intake"    // to take data in and put mistakes right
	Setup     Purpose = "setup"     // settings of the company
	Operation Purpose = "operation" // to run the program
	Proof     Purpose = "proof"     // to prove what the law asks for
	Access    Purpose = "access"    // to let people in, and nobody else
)

// A Class says how long something is kept.
type Class string

// The classes of retention. Days for each are settings; see Rules.
const (
	BookClass      Class = "books"     // books of account
	VoucherClass   Class = "vouchers"  // what postings rest on
	LetterClass    Class = "letters"   // business letters
	LeadClass      Class = "leads"     // persons with whom nothing came about
	ReportClass    Class = "reports"   // tasks that ended, answers to questions
	ImportClass    Class = "imports"   // rejected rows, and what undo needs
	RelationClass  Class = "relation"  // as long as the customer is one
	TechnicalClass Class = "technical" // as long as the program needs it
	ProofClass     Class = "proof"     // as long as something has to be proved
	AuthorClass    Class = "authors"   // who wrote what: for correction, days by a setting
)

// A Column is the entry of one column in the data map.
type Column struct {
	Name string
	Category
	Purpose  Purpose
	Class    Class
	Exported bool // part of what a person gets who asks what is kept
	Erasing  Erasing
}

// A Clock says how a column tells the age of its row.
type Clock int8

// The clocks.
const (
	Instants Clock = iota // microseconds since 1970
	Days                  // yyyymmdd
	IDs                   // ids that hold the instant they were made
)

// A Table is the entry of one table: its columns, and what its rows hang on.
type Table struct {
	Name    string
	Key     []string // of a row
	Age     string   // the column that says how old a row is, or ""
	Clock   Clock    // how Age tells it
	Ended   string   // only rows age in which this column is set, or ""
	Columns []Column
}

// Of says whether rows of the table belong to a customer.
func (t *Table) Of() bool { return t.Has("customer_id") && t.Name != "document_key" }

// Has says whether the table has a column.
func (t *Table) Has(column string) bool { return t.Index(column) >= 0 }

// Index is the place of a column, -1 for one that is not there.
func (t *Table) Index(column string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == column })
}

// Names are the names of the columns for which keep holds.
func (t *Table) Names(keep func(Column) bool) []string {
	var out []string
	for _, c := range t.Columns {
		if keep(c) {
			out = append(out, c.Name)
		}
	}
	return out
}

// Check reports what is wrong with the entry of a table: a map that contradicts
// itself protects nobody.
func (t *Table) Check() []string {
	var bad []string
	say := func(format string, args ...any) { bad = append(bad, t.Name+": "+fmt.Sprintf(format, args...)) }
	for _, k := range append(slices.Clone(t.Key), t.Age, t.Ended) {
		if k != "" && !t.Has(k) {
			say("%s is no column of it", k)
		}
	}
	seen := make(map[string]bool)
	for _, c := range t.Columns {
		switch {
		case seen[c.Name]:
			say("%s stands there twice", c.Name)
		case !slices.Contains(Categories, c.Category) || c.Purpose == "" || c.Class == "":
			say("%s lacks category, purpose or class", c.Name)
		case c.Personal() && c.Erasing == Kept:
			say("%s is personal, but an erasure keeps it", c.Name)
		case !c.Personal() && c.Erasing != Kept && c.Erasing != Derived && c.Erasing != ByAge:
			say("%s is not personal, but is erased", c.Name)
		case c.Personal() && c.Category != OfUser && !c.Exported && c.Erasing != Derived:
			say("%s is personal, but not part of an export", c.Name)
		}
		seen[c.Name] = true
	}
	return bad
}

// PseudonymOf is what stands where a person stood: the same wherever it stands, and
// made of nothing but the id that stays.
func PseudonymOf(p Person) string {
	return "Person " + strings.ToUpper(base36(p.ID()))
}

// PseudonymOfUser is what stands where somebody stood who worked with the program.
func PseudonymOfUser(id int64) string { return "user " + strings.ToUpper(base36(id)) }

const digits36 = "0123456789abcdefghijklmnopqrstuvwxyz"

func base36(n int64) string {
	u := uint64(n)
	var b [16]byte
	i := len(b)
	for {
		i--
		b[i] = digits36[u%36]
		if u /= 36; u == 0 {
			return string(b[i:])
		}
	}
}
