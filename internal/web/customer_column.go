package web

import (
	"math"
	"slices"

	"quid/account"
	"quid/day"
	"quid/internal/locale"
	"quid/money"
	"quid/value"
)

// A columnKind says how the values of a column are written.
type columnKind int8

const (
	textColumn columnKind = iota
	segmentColumn
	classColumn
	moneyColumn  // minor units
	shareColumn  // a fraction
	scoreColumn  // 0 to 100
	numberColumn // with one decimal where it has some
	dayColumn
)

// A column is one of the closed list of figures and facts that customers can be
// listed, sorted, filtered and exported by.
type column struct {
	Key    string
	Name   string // a key for p.T
	Short  string // likewise, for the heading of a list; "" is Name
	Kind   columnKind
	Number func(p *picture, i int) float64 // NaN unknown; only for customers with figures
	Text   func(p *picture, i int) string  // instead of Number
}

// columnCount is the length of columns.
const columnCount = 34

// columns are all there are; what their order means: it is how they are offered.
var columns = [columnCount]column{
	{Key: "customer", Name: locale.Key("Customer"), Text: func(p *picture, i int) string { return p.snap.Name(i) }},
	{Key: "number", Name: locale.Key("Number"), Text: func(p *picture, i int) string { return p.snap.External(i) }},
	{Key: "segment", Name: locale.Key("Segment"), Kind: segmentColumn, Text: func(p *picture, i int) string { return p.segment(i) }},
	{Key: "class", Name: locale.Key("Class by contribution"), Short: locale.Key("Class"), Kind: classColumn, Text: (*picture).class},
	{Key: "class_revenue", Name: locale.Key("Class by revenue"), Short: locale.Key("by revenue"), Kind: classColumn, Text: (*picture).classByRevenue},
	{Key: "stage", Name: locale.Key("Stage"), Text: (*picture).stage},
	{Key: "revenue", Name: locale.Key("Revenue"), Kind: moneyColumn, Number: func(p *picture, i int) float64 { return float64(p.snap.Base.Revenue[i]) }},
	{Key: "contribution_1", Name: locale.Key("Contribution I"), Short: locale.Key("Contr. I"), Kind: moneyColumn, Number: contributionOf(1)},
	{Key: "contribution_2", Name: locale.Key("Contribution II"), Short: locale.Key("Contr. II"), Kind: moneyColumn, Number: contributionOf(2)},
	{Key: "contribution_3", Name: locale.Key("Contribution III"), Short: locale.Key("Contr. III"), Kind: moneyColumn, Number: contributionOf(3)},
	{Key: "contribution_4", Name: locale.Key("Contribution IV"), Short: locale.Key("Contr. IV"), Kind: moneyColumn, Number: contributionOf(4)},
	{Key: "value_to", Name: locale.Key("Cost of services"), Short: locale.Key("Services"), Kind: moneyColumn, Number: func(p *picture, i int) float64 { return float64(p.snap.Base.ValueTo[i]) }},
	{Key: "benefit", Name: locale.Key("Benefit of services"), Kind: moneyColumn, Number: func(p *picture, i int) float64 { return float64(p.snap.Base.Benefit[i]) }},
	{Key: "lifetime", Name: locale.Key("Lifetime value"), Kind: moneyColumn, Number: rawOf(value.KeyLifetime)},
	{Key: "alive", Name: locale.Key("Probability of being a customer still"), Short: locale.Key("alive"), Kind: shareColumn, Number: func(p *picture, i int) float64 { return p.snap.Alive(i) }},
	{Key: "score", Name: locale.Key("Score"), Kind: scoreColumn, Number: func(p *picture, i int) float64 { return p.snap.Base.Score[i] }},
	{Key: "data_basis", Name: locale.Key("Data basis"), Kind: shareColumn, Number: func(p *picture, i int) float64 { r := p.snap.Row(i); return r.DataBasis }},
	{Key: "credibility", Name: locale.Key("Credibility"), Kind: shareColumn, Number: func(p *picture, i int) float64 { r := p.snap.Row(i); return r.Credibility }},
	{Key: "growth", Name: locale.Key("Growth"), Kind: shareColumn, Number: rawOf(value.KeyGrowth)},
	{Key: "potential", Name: locale.Key("Potential"), Kind: moneyColumn, Number: rawOf(value.KeyPotential)},
	{Key: "share_of_wallet", Name: locale.Key("Share of wallet"), Kind: shareColumn, Number: rawOf(value.KeyShareOfWallet)},
	{Key: "days_past_due", Name: locale.Key("Days past due"), Kind: numberColumn, Number: rawOf(value.KeyPaymentMorale)},
	{Key: "purchases_a_year", Name: locale.Key("Purchase days a year"), Kind: numberColumn, Number: rawOf(value.KeyPurchaseFrequency)},
	{Key: "first_purchase", Name: locale.Key("First purchase"), Kind: dayColumn, Number: figureOf(func(f *value.Figures) float64 { return dayNumber(f.FirstPurchase) })},
	{Key: "last_purchase", Name: locale.Key("Last purchase"), Kind: dayColumn, Number: figureOf(func(f *value.Figures) float64 { return dayNumber(f.LastPurchase) })},
	{Key: "invoices", Name: locale.Key("Invoices"), Kind: numberColumn, Number: figureOf(func(f *value.Figures) float64 { return float64(f.Invoices) })},
	{Key: "late_invoices", Name: locale.Key("Late invoices"), Kind: numberColumn, Number: figureOf(func(f *value.Figures) float64 { return float64(f.LateInvoices) })},
	{Key: "open_items", Name: locale.Key("Open items"), Kind: moneyColumn, Number: figureOf(func(f *value.Figures) float64 { return float64(f.OpenItems) })},
	{Key: "complaints", Name: locale.Key("Complaints"), Kind: numberColumn, Number: figureOf(func(f *value.Figures) float64 { return float64(f.Complaints) })},
	{Key: "owner", Name: locale.Key("Owner"), Text: func(p *picture, i int) string { return p.snap.Owner(i) }},
	{Key: "industry", Name: locale.Key("Industry"), Text: func(p *picture, i int) string { return p.snap.Industry(i) }},
	{Key: "size", Name: locale.Key("Size class"), Text: func(p *picture, i int) string { return p.snap.Size(i) }},
	{Key: "city", Name: locale.Key("City"), Text: func(p *picture, i int) string { return p.snap.City(i) }},
	{Key: "country", Name: locale.Key("Country"), Text: func(p *picture, i int) string { return p.snap.Country(i) }},
}

// defaultSort is the column that lists are sorted by, the greatest first.
const defaultSort = "contribution_3"

// defaultColumns are shown until the reader chooses others.
var defaultColumns = []string{"customer", "segment", "class", "class_revenue", "revenue", "contribution_3", "value_to", "score", "data_basis", "last_purchase", "owner"}

// columnAt returns the place of a column; 0, the customer, for one that isn't
// there.
func columnAt(key string) int {
	return max(0, slices.IndexFunc(columns[:], func(c column) bool { return c.Key == key }))
}

func knownColumn(key string) bool { return columns[columnAt(key)].Key == key }

// heading is the name of the column where there is little room.
func (c column) heading() string {
	if c.Short != "" {
		return c.Short
	}
	return c.Name
}

// numeric says whether the column stands at the right.
func (c column) numeric() bool { return c.Number != nil }

func contributionOf(step int) func(*picture, int) float64 {
	return func(p *picture, i int) float64 {
		if !p.snap.Base.Known[i] {
			return math.NaN()
		}
		return float64(p.snap.Base.Contribution[step-1][i])
	}
}

func rawOf(k value.Key) func(*picture, int) float64 {
	at := k.Index()
	return func(p *picture, i int) float64 { return p.snap.Base.Raw[i][at] }
}

func figureOf(of func(*value.Figures) float64) func(*picture, int) float64 {
	return func(p *picture, i int) float64 {
		f := p.snap.Figures(i)
		return of(&f)
	}
}

func dayNumber(d day.Day) float64 {
	if d == 0 {
		return math.NaN()
	}
	return float64(d)
}

// class returns the class by contribution that counts.
func (p *picture) class(i int) string {
	if i >= p.snap.Valued() {
		return ""
	}
	s := &p.snap.Base.Standing[i]
	if s.ClassSet != value.NoClass {
		return s.ClassSet.String()
	}
	return s.ByContribution.String()
}

func (p *picture) classByRevenue(i int) string {
	if i >= p.snap.Valued() {
		return ""
	}
	return p.snap.Base.Standing[i].ByRevenue.String()
}

func (p *picture) stage(i int) string {
	if i >= p.snap.Valued() {
		return ""
	}
	return p.snap.Base.Standing[i].Stage.String()
}

// written is the value of customer i in words of the page; "" is unknown.
func (c column) written(p Page, pic *picture, i int) string {
	if c.Number == nil {
		text := c.Text(pic, i)
		switch {
		case text == "":
			return ""
		case c.Key == "stage":
			return p.T(stageName(text))
		default:
			return text
		}
	}
	if i >= pic.snap.Valued() {
		return ""
	}
	return c.number(p, c.Number(pic, i))
}

// number writes a number of the column.
func (c column) number(p Page, x float64) string {
	switch {
	case math.IsNaN(x):
		return ""
	case c.Kind == moneyColumn:
		return p.Amount(money.Amount(math.Round(x)))
	case c.Kind == shareColumn:
		return p.Percent(x, 0)
	case c.Kind == scoreColumn:
		return p.Number(x, 0)
	case c.Kind == dayColumn:
		return p.Day(day.Day(x))
	case x == math.Trunc(x):
		return p.Number(x, 0)
	default:
		return p.Number(x, 1)
	}
}

// stageName is a stage of the API in words.
func stageName(text string) string {
	s, err := value.ParseStage(text)
	if err != nil {
		return text
	}
	return string(s.Name())
}

// scale is how many units of a column make one of what people type: minor units
// of an amount, hundredths of a percentage.
func (c column) scale(digits int) float64 {
	switch c.Kind {
	case moneyColumn:
		return math.Pow10(digits)
	case shareColumn:
		return 0.01
	default:
		return 1
	}
}

// customerPath is the address of a customer's page.
func customerPath(id account.CustomerID) string { return "/customers/" + formatID(int64(id)) }
