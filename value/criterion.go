package value

import (
	"math"
	"slices"

	"quid/day"
)

// A Key names a criterion in models, in the API and in stored valuations.
type Key string

// The criteria (domain book, section 4). Regularity is the second half of
// "purchase days per year, and how regular". Lifetime value and reference have
// their place; they get data when their packages exist.
const (
	KeyContribution       Key = "contribution"
	KeyGrowth             Key = "growth"
	KeyLifetime           Key = "lifetime"
	KeyPotential          Key = "potential"
	KeyShareOfWallet      Key = "share_of_wallet"
	KeyPaymentMorale      Key = "payment_morale"
	KeyPurchaseFrequency  Key = "purchase_frequency"
	KeyRegularity         Key = "regularity"
	KeyComplaintIntensity Key = "complaint_intensity"
	KeyReference          Key = "reference"
)

// Criteria is the number of criteria there are.
const Criteria = 10

// Keys lists the criteria in the order of every array of raw values. The order
// is stored; only ever append.
var Keys = [Criteria]Key{
	KeyContribution, KeyGrowth, KeyLifetime, KeyPotential, KeyShareOfWallet,
	KeyPaymentMorale, KeyPurchaseFrequency, KeyRegularity, KeyComplaintIntensity, KeyReference,
}

// Index returns the place of the criterion in arrays of raw values, -1 if
// there is no such criterion.
func (k Key) Index() int { return slices.Index(Keys[:], k) }

// A Unit is what a raw value is counted in.
type Unit string

// The units of raw values.
const (
	Money      Unit = "money"   // minor units of the book's currency
	Rate       Unit = "rate"    // a share: 0.1 is ten percent
	Days       Unit = "days"    // calendar days
	PerYear    Unit = "a year"  // purchase days a year
	Plain      Unit = "number"  // without a unit
	PerHundred Unit = "per 100" // in a hundred invoices
)

// A Trait is what is known of a criterion before any data.
type Trait struct {
	Name   Text
	Unit   Unit
	Worse  bool // more is worse
	Source Text // where the raw value comes from
	Needs  Text // what has to be filled in where it is missing
}

var traits = [Criteria]Trait{
	{
		Name: Text("Contribution"), Unit: Money,
		Source: Text("Contribution III in the window: sales less cost of goods, deductions, care, acquisition, complaints and late payment."),
		Needs:  Text("The cost of goods of every sale in the window."),
	},
	{
		Name: Text("Growth"), Unit: Rate,
		Source: Text("Contribution III of the window against the window of the same length before, as a share of the amount before."),
		Needs:  Text("Known cost in both windows, and a customer who was there for the whole window before."),
	},
	{
		Name: Text("Lifetime value"), Unit: Money,
		Source: Text("Expected contribution of the months ahead, discounted, less the expected cost of care, complaints and services."),
		Needs:  Text("At least one purchase, and the cost of goods of all its sales."),
	},
	{
		Name: Text("Potential"), Unit: Money,
		Source: Text("Estimated yearly need less own sales a year."),
		Needs:  Text("The customer's estimated yearly need."),
	},
	{
		Name: Text("Share of wallet"), Unit: Rate,
		Source: Text("Own sales a year as a share of the yearly need; where the need is unknown, from rank and number of suppliers."),
		Needs:  Text("The customer's yearly need, or our rank and the number of suppliers."),
	},
	{
		Name: Text("Payment morale"), Unit: Days, Worse: true,
		Source: Text("Days past the due day over the invoices of the window, weighted by amount; early counts as 0."),
		Needs:  Text("Invoices with due day, and payments."),
	},
	{
		Name: Text("Purchase frequency"), Unit: PerYear,
		Source: Text("Days with a purchase, per year."),
		Needs:  Text("At least one purchase."),
	},
	{
		Name: Text("Regularity"), Unit: Plain, Worse: true,
		Source: Text("How much the intervals between purchase days vary: their standard deviation over their mean."),
		Needs:  Text("At least three purchase days in the window."),
	},
	{
		Name: Text("Complaint intensity"), Unit: PerHundred, Worse: true,
		Source: Text("Complaints per 100 invoices in the window; unjustified ones weigh more."),
		Needs:  Text("Invoices in the window."),
	},
	{
		Name: Text("Reference value"), Unit: Plain,
		Source: Text("Customers won through this one."),
		Needs:  Text("Who recommended whom, which this version does not record yet."),
	},
}

// Trait returns what is known of the criterion before any data.
func (k Key) Trait() Trait {
	if i := k.Index(); i >= 0 {
		return traits[i]
	}
	return Trait{}
}

// A frame is what raw values of one valuation have in common.
type frame struct {
	asOf   day.Day
	window day.Window
	before day.Window // the window before; its first day decides who has growth
	grows  bool       // there is a window before
	years  float64    // length of the window, 0 for all
	factor float64    // weight of an unjustified complaint
}

func newFrame(m *Model, asOf day.Day) frame {
	fr := frame{asOf: asOf, window: m.Window.UpTo(asOf), factor: m.UnjustifiedFactor, years: float64(m.Window) / 12}
	fr.before, fr.grows = m.Window.Before(fr.window)
	return fr
}

// start is when the customer became one: the earlier of the day it was won and
// its first purchase, 0 if neither is known.
func (f *Figures) start() day.Day {
	switch {
	case f.AcquiredOn == 0:
		return f.FirstPurchase
	case f.FirstPurchase == 0:
		return f.AcquiredOn
	}
	return min(f.AcquiredOn, f.FirstPurchase)
}

// span returns the years that yearly figures of the customer divide by: the
// window's, or with the window all the customer's tenure, at least one.
func (fr *frame) span(f *Figures) float64 {
	if fr.years > 0 {
		return fr.years
	}
	start := f.start()
	if start == 0 || start >= fr.asOf {
		return 1
	}
	return max(1, float64(fr.asOf.Sub(start))/365.25)
}

var nan = math.NaN()

// raws computes the raw value of every criterion, NaN where there is no data
// (docs/valuation.md, "Criteria").
func (fr *frame) raws(f *Figures, isNew bool) (raw [Criteria]float64) {
	for i := range raw {
		raw[i] = nan
	}
	prospect := isNew && f.PurchasesEver == 0
	if c, known := f.Contribution(3); known && !(prospect && c == 0) {
		raw[0] = float64(c)
	}
	raw[1] = fr.growth(f)
	years := fr.span(f)
	sales := float64(f.Steps.Revenue) / years
	raw[3], raw[4] = f.wallet(sales)
	if f.Due > 0 {
		raw[5] = f.DueDays / float64(f.Due)
	}
	if !prospect {
		raw[6] = float64(f.PurchaseDays) / years
	}
	raw[7] = f.irregularity()
	if f.Invoices > 0 {
		raw[8] = (float64(f.Complaints) + (fr.factor-1)*float64(f.Unjustified)) / float64(f.Invoices) * 100
	}
	return raw
}

// growth compares contribution III of the window with the window before, both
// as posted: what has accrued on open items is known for today only
// (docs/valuation.md, "Growth").
func (fr *frame) growth(f *Figures) float64 {
	start := f.start()
	if !fr.grows || !f.Steps.Known() || f.PriorUnknownCost != 0 || f.PriorContribution == 0 ||
		start == 0 || start > fr.before.From.Add(1) {
		return nan
	}
	now, before := float64(f.Steps.Contribution(3)), float64(f.PriorContribution)
	return (now - before) / math.Abs(before)
}

// UnprofitableGrowth says whether revenue rose against the window before while
// the contribution rate (contribution III as posted, by revenue) fell. Where a
// cost is unknown, or one of the windows has no revenue, nothing is said
// (docs/valuation.md, "Growth").
func (f *Figures) UnprofitableGrowth() bool {
	if !f.Steps.Known() || f.PriorUnknownCost != 0 || f.PriorRevenue <= 0 || f.Steps.Revenue <= f.PriorRevenue {
		return false
	}
	now, before := float64(f.Steps.Contribution(3)), float64(f.PriorContribution)
	return now/float64(f.Steps.Revenue) < before/float64(f.PriorRevenue)
}

// wallet returns potential and share of wallet for own sales a year. Where the
// need is unknown the share follows from rank and number of suppliers by the
// wallet allocation rule (Keiningham, Aksoy, Buoye, Cooil 2011; docs/valuation.md,
// "Share of wallet and potential").
func (f *Figures) wallet(sales float64) (potential, share float64) {
	potential, share = nan, nan
	if f.Need >= 0 {
		potential = max(0, float64(f.Need)-sales)
	}
	switch rank, n := float64(f.Rank), float64(f.Suppliers); {
	case f.Need > 0:
		share = sales / float64(f.Need)
	case f.Need < 0 && rank >= 1 && n >= rank:
		share = (1 - rank/(n+1)) * 2 / n
	}
	return potential, share
}

// irregularity is the coefficient of variation of the intervals between
// purchase days, with the sample's standard deviation (docs/valuation.md,
// "Purchase frequency and regularity").
func (f *Figures) irregularity() float64 {
	if f.Gaps < 2 || f.GapDays <= 0 {
		return nan
	}
	n, sum := float64(f.Gaps), float64(f.GapDays)
	variance := (f.GapSquares - sum*sum/n) / (n - 1)
	return math.Sqrt(max(0, variance)) / (sum / n)
}
