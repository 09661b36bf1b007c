package fact

import (
	"errors"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/money"
)

// A UnitPrice is a price of one unit in minor units, exact to six decimals.
type UnitPrice = money.Micro

// A CreditKind says on which account a credit note is posted, exactly once.
type CreditKind int8

// The credit kinds. The numbers are stored; never reuse one.
const (
	NoCredit        CreditKind = 0 // an invoice; or a return or price correction, posted as sale
	CreditComplaint CreditKind = 1 // owed for a justified complaint
	CreditGoodwill  CreditKind = 2 // given without obligation
)

// A Line is one line of an invoice.
type Line struct {
	Number    int32 // position on the invoice
	Product   int64 // 0 if none is named
	Quantity  money.Micro
	UnitPrice UnitPrice   // in minor units
	Discount  money.Micro // 0.1 is ten percent
	Net       money.Amount
	Cost      account.Effect // cost of goods, frozen; positive
}

// A Deduction is a cost that we bear for an invoice, summed over its rows; it is
// negative where a credit note gives some of it back.
type Deduction struct {
	Cause account.Cause
	Sum   money.Amount
}

// InvoiceCauses are the deductions that rows of an invoice can say.
var InvoiceCauses = []account.Cause{account.Freight, account.Commission, account.Packaging, account.Warranty, account.Bonus}

// Listed is what of an invoice has a list price: what was charged for it, and
// what it would be by the list, as it was known when the invoice was taken in.
type Listed struct {
	Net  money.Amount
	List money.Amount
}

// An Invoice is an invoice or, with a negative sum, a credit note.
type Invoice struct {
	Header
	Day        day.Day
	Due        day.Day
	Lines      []Line
	Deductions []Deduction    // what we bear for it, one of a cause, none of them zero
	Listed     Listed         // lines of products with a list price
	Receivable money.Amount   // what the customer has to pay, see Owing
	Gross      account.Effect // the sum to be paid that the document gives; unknown where it gives none
	Total      account.Effect // the net sum that the document gives beside its lines, likewise
	Paid       day.Day        // settled in full on this day, as the document says, or 0
	Disputed   day.Day        // since when it is disputed, or 0
	Credit     CreditKind
	Credits    account.DocumentID // the invoice a credit note is for, or 0
	Agreement  account.DocumentID // the bonus agreement a credit note settles, or 0
}

// Net is the sum of the lines.
func (inv Invoice) Net() money.Amount {
	var sum money.Amount
	for _, l := range inv.Lines {
		sum += l.Net
	}
	return sum
}

// Owing is what the customer has to pay: the gross sum where the document gives
// one, else the sum of the lines.
func (inv Invoice) Owing() money.Amount {
	if inv.Gross.Known {
		return inv.Gross.Amount
	}
	return inv.Net()
}

// AddsUp says whether the lines add up to the net sum that the document gives, if
// it gives one; each line may be rounded by itself. Gross sums are not compared:
// tax, and what was paid in advance, stand between them and the lines.
func (inv Invoice) AddsUp() bool {
	off := inv.Net() - inv.Total.Amount
	return !inv.Total.Known || len(inv.Lines) == 0 || max(off, -off) <= money.Amount(len(inv.Lines))
}

// Cost is the cost of goods of all lines; unknown if any line's is.
func (inv Invoice) Cost() account.Effect {
	sum := account.Effect{Known: true}
	for _, l := range inv.Lines {
		if !l.Cost.Known {
			return account.Effect{}
		}
		sum.Amount += l.Cost.Amount
	}
	return sum
}

// Check reports every field that stands in the way of posting the invoice.
func (inv Invoice) Check() error {
	var errs []error
	if inv.Customer == 0 {
		errs = append(errs, fault.Field("customer", "choose a customer"))
	}
	if inv.Day == 0 {
		errs = append(errs, fault.Field("day", "write a day such as 2026-12-31"))
	}
	if inv.Due < inv.Day {
		errs = append(errs, fault.Field("due", "the due day is before the day of the invoice"))
	}
	if inv.Credit != NoCredit && inv.Net() > 0 {
		errs = append(errs, fault.Field("credit", "a credit note has a negative sum"))
	}
	if inv.Agreement != 0 && inv.Net() > 0 {
		errs = append(errs, fault.Field("bonus_agreement", "a credit note has a negative sum"))
	}
	if inv.Agreement != 0 && inv.Credit != NoCredit {
		errs = append(errs, fault.Field("credit", "what settles a bonus is neither owed for a complaint nor goodwill"))
	}
	for _, d := range inv.Deductions {
		if d.Sum < 0 && inv.Net() >= 0 && inv.Receivable >= 0 {
			errs = append(errs, fault.Field(d.Cause.String(), "a cost that we bear is not below zero, unless a credit note gives it back"))
		}
	}
	return errors.Join(errs...)
}

// Postings are what the invoice posts: one sale; or, for a credit note that is
// owed for a complaint or given as goodwill, one posting of that kind instead;
// and a deduction for each cause.
func (inv Invoice) Postings() []account.Draft {
	if len(inv.Lines) == 0 || inv.Agreement != 0 {
		return nil // its lines come in a file of their own; or see Settling
	}
	return append([]account.Draft{inv.main()}, inv.deductions()...)
}

// Settling is what a credit note posts that settles a bonus agreement: no sale,
// only what it gives beyond the sum that had accrued, and a deduction for each
// cause.
func (inv Invoice) Settling(accrued money.Amount) []account.Draft {
	if len(inv.Lines) == 0 {
		return nil
	}
	net := inv.Net()
	beyond := account.Draft{Day: inv.Day, Kind: account.Deduction, Cause: account.Bonus, Amount: account.Known(net + accrued), Volume: -net}
	return append([]account.Draft{beyond}, inv.deductions()...)
}

// main is the sale, or what takes its place.
func (inv Invoice) main() account.Draft {
	net := inv.Net()
	switch inv.Credit {
	case CreditComplaint:
		return account.Draft{Day: inv.Day, Kind: account.Complaint, Amount: account.Known(net), Volume: -net}
	case CreditGoodwill:
		return account.Draft{Day: inv.Day, Kind: account.Goodwill, Amount: account.Known(net), Volume: -net}
	}
	amount := inv.Cost()
	if amount.Known {
		amount.Amount = net - amount.Amount
	}
	return account.Draft{Day: inv.Day, Kind: account.Sale, Amount: amount, Volume: net}
}

func (inv Invoice) deductions() []account.Draft {
	var drafts []account.Draft
	for _, d := range inv.Deductions {
		drafts = append(drafts, account.Draft{Day: inv.Day, Kind: account.Deduction, Cause: d.Cause, Amount: account.Known(-d.Sum), Volume: inv.Net()})
	}
	return drafts
}

// OpenItem is the invoice as settling sees it; ok is false for documents that
// ask for no money.
func (inv Invoice) OpenItem() (item OpenItem, ok bool) {
	return OpenItem{Invoice: inv.ID, Number: inv.Number, Day: inv.Day, Due: inv.Due, Amount: inv.Receivable}, inv.Receivable > 0
}
