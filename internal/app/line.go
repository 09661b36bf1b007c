package app

import (
	"quid/money"
	"quid/value"
)

// A CustomerLine is what `quid customers --json` prints of a customer: money as
// decimal strings, the rest as numbers, unrounded, null where unknown.
type CustomerLine struct {
	Customer             string       `json:"customer"` // its external id
	Name                 string       `json:"name"`
	New                  bool         `json:"new"`
	Revenue              string       `json:"revenue"`
	Contribution1        *string      `json:"contribution_1"`
	Contribution2        *string      `json:"contribution_2"`
	Contribution3        *string      `json:"contribution_3"`
	Contribution4        *string      `json:"contribution_4"`
	ValueTo              string       `json:"value_to"`
	ClassRevenue         *string      `json:"class_revenue"`
	ClassContribution    *string      `json:"class_contribution"`
	Score                value.Number `json:"score"`
	DataBasis            value.Number `json:"data_basis"`
	Credibility          value.Number `json:"credibility"`
	Segment              *string      `json:"segment"`
	Stage                string       `json:"stage"`
	Invoices             int32        `json:"invoices"`
	LateInvoices         int32        `json:"late_invoices"`
	DisputedInvoices     int32        `json:"disputed_invoices"`
	DisputedLateInvoices int32        `json:"disputed_late_invoices"`
	DaysPastDue          value.Number `json:"days_past_due"`  // weighted by amount
	MeanDaysLate         value.Number `json:"mean_days_late"` // over the late invoices
	DaysToSettle         value.Number `json:"days_to_settle"` // mean over the settled ones
	PurchaseDays         int32        `json:"purchase_days"`
	ComplaintsPer100     value.Number `json:"complaints_per_100"`
	OverruledClass       string       `json:"class_set,omitempty"` // what a person set
	Accrued              string       `json:"accrued"`             // late payment of open items, in contribution III and IV
	Lifetime             *string      `json:"lifetime"`            // lifetime value after care
	Alive                value.Number `json:"alive"`               // probability of being a customer still
}

// Ratio returns a / b, unknown if there is nothing to divide by.
func Ratio(a, b float64) value.Number {
	if b == 0 {
		return value.Unknown()
	}
	return value.Number(a / b)
}

// LineOf returns the line of a customer; digits are the decimals of the book's
// currency.
func LineOf(external, name string, f *value.Figures, r *value.Row, digits int) CustomerLine {
	l := CustomerLine{
		Customer: external, Name: name, New: r.New, Revenue: f.Steps.Revenue.Decimal(digits), ValueTo: f.Steps.ValueTo().Decimal(digits),
		ClassRevenue: stated(r.ByRevenue.Class.String()), ClassContribution: stated(r.ByContribution.Class.String()),
		Score: value.Number(r.Score), DataBasis: value.Number(r.DataBasis), Credibility: value.Number(r.Credibility),
		Segment: stated(string(r.Segment())), Stage: r.Stage.String(), Invoices: f.Invoices, LateInvoices: f.LateInvoices,
		DisputedInvoices: f.DisputedInvoices, DisputedLateInvoices: f.DisputedLate, PurchaseDays: f.PurchaseDays,
		DaysPastDue:      Ratio(f.DueDays, float64(f.Due)),
		MeanDaysLate:     Ratio(float64(f.LateDays), float64(f.LateInvoices)),
		DaysToSettle:     Ratio(float64(f.SettleDays), float64(f.Settled)),
		ComplaintsPer100: Ratio(float64(f.Complaints)*100, float64(f.Invoices)),
		OverruledClass:   r.ClassSet.String(), Accrued: f.Accrued.Decimal(digits),
	}
	l.Alive = value.Number(r.Life.Alive)
	if worth, known := r.Life.Value(); known {
		l.Lifetime = decimal(worth, digits)
	}
	for i, to := range []**string{&l.Contribution1, &l.Contribution2, &l.Contribution3, &l.Contribution4} {
		if c, known := f.Contribution(i + 1); known {
			*to = decimal(c, digits)
		}
	}
	return l
}

func decimal(a money.Amount, digits int) *string {
	s := a.Decimal(digits)
	return &s
}

// stated returns nil, null in JSON, for what is not known.
func stated(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
