package value

import (
	"quid/account"
	"quid/day"
	"quid/money"
)

// Figures is what the book says of one customer for one valuation: sums over
// the window, counts, and the master data that criteria need. The database
// aggregates it (internal/store, CustomerFigures); the unit of money is the
// minor unit. A million of them are held at once, so it is kept small.
type Figures struct {
	Customer account.CustomerID
	Steps    account.Steps // of the window, as posted
	Accrued  money.Amount  // late payment of items open on the valuation day: negative, derived, never posted

	PriorRevenue      money.Amount // the window of the same length before
	PriorContribution money.Amount // contribution III, as posted
	PriorUnknownCost  int32        // sales in it whose cost is unknown
	PurchasesEver     int32        // purchase days up to the valuation day
	FirstPurchase     day.Day      // 0 if there was none
	LastPurchase      day.Day      // newest purchase day up to the valuation day, 0 if there was none
	AcquiredOn        day.Day      // 0 if unknown
	AcquiredFor       money.Amount // what winning it cost; 0 if unknown

	// The relation up to the valuation day, and up to the day before the window:
	// what lifetime models are fitted on, and tried on.
	EverContribution money.Amount // contribution I
	EverBalance      money.Amount // contribution IV, acquisition included
	EverUnknownCost  int32        // sales whose cost is unknown
	BeforeDays       int32        // purchase days before the window
	BeforeLast       day.Day      // the newest of them, 0 if there was none
	LogGaps          float32      // sum of the logarithms of the days between purchase days, ever: how regular they are. Not stored
	BeforeLogGaps    float32      // the same before the window
	Contract         Contract

	PurchaseDays  int32   // days in the window with a sale (credit notes left out)
	Gaps          int32   // intervals between purchase days of the window
	GapDays       int32   // sum of the intervals, in days
	GapSquares    float64 // sum of their squares
	PerDaySum     float64 // contribution I over the purchase days of the window, in minor units
	PerDaySquares float64 // sum of its squares by purchase day

	Invoices         int32 // dated in the window, credit notes left out
	LateInvoices     int32 // settled after the due day, or open past it
	DisputedInvoices int32
	DisputedLate     int32
	Settled          int32        // invoices settled in full by the valuation day
	LateDays         int64        // sum of days late over the late invoices
	SettleDays       int64        // sum of days from invoice to last payment over the settled ones; to the due day where credit notes alone settled one
	Due              money.Amount // receivable of the invoices
	DueDays          float64      // sum of receivable × days past due, in minor units × days
	OpenItems        money.Amount // receivable not settled by the valuation day, of any date

	ListedNet money.Amount // net of what was bought in the window and has a list price, credit notes left out
	Listed    money.Amount // what that is by the list

	Complaints  int32
	Justified   int32
	Unjustified int32

	Peer      int32        // index of the peer group (industry and size class), -1 if neither is known
	Rank      int16        // own rank among suppliers, 0 if unknown
	Suppliers int16        // 0 if unknown
	Need      money.Amount // yearly need, -1 if unknown
}

// A Contract is how long a customer has been, or was, under contract. Of one that
// buys without, On is false; a zero day is not known.
type Contract struct {
	On    bool
	Since day.Day
	Until day.Day // its last day, where it has ended or will
}

// Contribution returns contribution I to IV of the window, with what has
// accrued on open items in III and IV, and whether it is known.
func (f *Figures) Contribution(step int) (money.Amount, bool) {
	c := f.Steps.Contribution(step)
	if step >= 3 {
		c += f.Accrued
	}
	return c, f.Steps.Known()
}
