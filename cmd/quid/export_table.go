package main

import (
	"context"
	"math"
	"strconv"

	"quid/account"
	"quid/day"
	"quid/internal/doc"
	"quid/internal/store"
	"quid/money"
	"quid/value"
)

// inCurrency stands for the decimals of the book's currency.
const inCurrency = -1

func textColumn(title string) doc.Column { return doc.Column{Title: title} }
func dayColumn(title string) doc.Column  { return doc.Column{Title: title, Kind: doc.Date} }
func moneyColumn(title string) doc.Column {
	return doc.Column{Title: title, Kind: doc.Number, Digits: inCurrency}
}
func countColumn(title string) doc.Column { return doc.Column{Title: title, Kind: doc.Number} }

func text(s string) doc.Value { return doc.Value{Text: s, Empty: s == ""} }

func date(d day.Day) doc.Value                              { return doc.Value{Day: d, Empty: d == 0} }
func count[N ~int | ~int8 | ~int32 | ~int64](n N) doc.Value { return doc.Value{Number: float64(n)} }

func figure(x float64) doc.Value { return doc.Value{Number: x, Empty: math.IsNaN(x)} }

// sum is money as a spreadsheet takes it.
func sum(a money.Amount, digits int) doc.Value {
	return doc.Value{Number: float64(a) / math.Pow10(digits)}
}

func effect(e account.Effect, digits int) doc.Value {
	v := sum(e.Amount, digits)
	v.Empty = !e.Known
	return v
}

// exports are the tables that ledgers hold, by name. Documents that were
// withdrawn are left out; of postings nothing ever is.
var exports = map[string]export{
	"postings": {
		columns: []doc.Column{
			dayColumn("day"), textColumn("kind"), moneyColumn("amount"), moneyColumn("volume"), textColumn("rate"),
			textColumn("document"), textColumn("document_id"), countColumn("revision"), textColumn("posting"), textColumn("reverses"), textColumn("cause"),
		},
		rows: func(l *store.Ledger, digits int, yield func(...doc.Value) bool) bool {
			for _, p := range l.Postings {
				if !yield(date(p.Day), text(p.Kind.String()), effect(p.Amount, digits), sum(p.Volume, digits), text(rateText(p.Rate)),
					text(p.Document.Kind.String()), id(int64(p.Document.ID)), count(p.Document.Revision), id(int64(p.ID)), id(int64(p.Reverses)),
					text(p.Cause.String())) {
					return false
				}
			}
			return true
		},
	},
	"invoices": {
		columns: []doc.Column{
			textColumn("number"), dayColumn("day"), dayColumn("due"), moneyColumn("net"), moneyColumn("cost"),
			moneyColumn("receivable"), dayColumn("settled"), dayColumn("disputed"),
		},
		rows: func(l *store.Ledger, digits int, yield func(...doc.Value) bool) bool {
			for i := range l.Invoices {
				d := &l.Invoices[i]
				if d.Withdrawn.IsZero() && !yield(text(d.Doc.Number), date(d.Doc.Day), date(d.Doc.Due), sum(d.Net, digits), effect(d.Cost, digits),
					sum(d.Doc.Receivable, digits), date(d.Settled.On), date(d.Doc.Disputed)) {
					return false
				}
			}
			return true
		},
	},
	"payments": {
		columns: []doc.Column{textColumn("number"), dayColumn("day"), moneyColumn("amount"), moneyColumn("discount"), textColumn("invoice")},
		rows: func(l *store.Ledger, digits int, yield func(...doc.Value) bool) bool {
			numbers := make(map[account.DocumentID]string, len(l.Invoices))
			for i := range l.Invoices {
				numbers[l.Invoices[i].Doc.ID] = l.Invoices[i].Doc.Number
			}
			for i := range l.Payments {
				d := &l.Payments[i]
				if d.Withdrawn.IsZero() && !yield(text(d.Doc.Number), date(d.Doc.Day), sum(d.Doc.Amount, digits), sum(d.Doc.Discount, digits), text(numbers[d.Doc.Invoice])) {
					return false
				}
			}
			return true
		},
	},
	"complaints": {
		columns: []doc.Column{
			textColumn("number"), dayColumn("day"), moneyColumn("amount"), moneyColumn("cost"), moneyColumn("credit"),
			countColumn("severity"), dayColumn("solved_on"), textColumn("subject"),
		},
		rows: func(l *store.Ledger, digits int, yield func(...doc.Value) bool) bool {
			for i := range l.Complaints {
				d := &l.Complaints[i]
				if d.Withdrawn.IsZero() && !yield(text(d.Doc.Number), date(d.Doc.Day), sum(d.Doc.Amount, digits), sum(d.Doc.Cost, digits),
					sum(d.Doc.Credit, digits), count(d.Doc.Severity), date(d.Doc.SolvedOn), text(d.Doc.Subject)) {
					return false
				}
			}
			return true
		},
	},
	"interactions": {
		columns: []doc.Column{
			textColumn("external"), dayColumn("day"), textColumn("channel"), textColumn("subject"), textColumn("contact"),
			countColumn("minutes"), textColumn("purpose"), moneyColumn("cost"),
		},
		rows: func(l *store.Ledger, digits int, yield func(...doc.Value) bool) bool {
			for i := range l.Interactions {
				d := &l.Interactions[i]
				if d.Withdrawn.IsZero() && !yield(text(d.Doc.Number), date(d.Doc.Day), text(d.Doc.Channel), text(d.Doc.Subject), text(d.Doc.Contact),
					count(d.Doc.Minutes), text(d.Doc.Purpose), sum(d.Doc.CostTaken, digits)) {
					return false
				}
			}
			return true
		},
	},
	"services": {
		columns: []doc.Column{
			textColumn("external"), dayColumn("day"), textColumn("type_id"),
			{Title: "quantity", Kind: doc.Number, Digits: 2},
			moneyColumn("cost"), moneyColumn("benefit"), textColumn("background"),
		},
		rows: func(l *store.Ledger, digits int, yield func(...doc.Value) bool) bool {
			for i := range l.Entries {
				d := &l.Entries[i]
				if d.Withdrawn.IsZero() && !yield(text(d.Doc.Number), date(d.Doc.Day), id(d.Doc.Type), figure(d.Doc.Quantity.Float()),
					sum(d.Doc.Cost, digits), sum(d.Doc.Benefit, digits), text(d.Doc.Background)) {
					return false
				}
			}
			return true
		},
	},
}

// id is a number of the book as a text: spreadsheets round such numbers.
func id(n int64) doc.Value {
	if n == 0 {
		return doc.Value{Empty: true}
	}
	return text(strconv.FormatInt(n, 10))
}

func rateText(m money.Micro) string {
	if m == 0 {
		return ""
	}
	return m.String()
}

// customerColumns are who a customer is, then its figures in a valuation.
var customerColumns = []doc.Column{
	textColumn("customer"), textColumn("name"), textColumn("number"), textColumn("street"), textColumn("postal_code"), textColumn("city"),
	textColumn("country"), textColumn("industry"), textColumn("size"), textColumn("owner"), dayColumn("acquired_on"),
	moneyColumn("revenue"), moneyColumn("contribution_1"), moneyColumn("contribution_2"), moneyColumn("contribution_3"), moneyColumn("contribution_4"),
	moneyColumn("value_to"), textColumn("class_revenue"), textColumn("class_contribution"),
	{Title: "score", Kind: doc.Number, Digits: 2},
	{Title: "data_basis", Kind: doc.Share},
	textColumn("segment"), textColumn("stage"),
}

// customerExport is the table of the customers with the figures of a valuation;
// 0 is none.
func customerExport(ctx context.Context, r store.Reader, valuation int64, digits int, failed *error) doc.Table {
	columns := make([]doc.Column, len(customerColumns))
	for i, c := range customerColumns {
		if c.Digits == inCurrency {
			c.Digits = digits
		}
		columns[i] = c
	}
	return doc.Table{Name: "customers", Columns: columns, Rows: func(yield func([]doc.Value) bool) {
		if valuation == 0 {
			for l, err := range r.Ledgers(ctx) {
				if err != nil {
					*failed = err
					return
				}
				if l.Customer.Archived.IsZero() && !yield(padded(who(&l.Customer))) {
					return
				}
			}
			return
		}
		*failed = valuedCustomers(ctx, r, valuation, digits, yield)
	}}
}

// valuedCustomers yields the customers of a valuation, looked up in batches.
func valuedCustomers(ctx context.Context, r store.Reader, valuation int64, digits int, yield func([]doc.Value) bool) error {
	var batch []store.ScoreRow
	flush := func() (bool, error) {
		ids := make([]account.CustomerID, len(batch))
		for i := range batch {
			ids[i] = batch[i].Row.Customer
		}
		found, err := r.CustomersByID(ctx, ids)
		if err != nil {
			return false, err
		}
		for i := range batch {
			c := found[batch[i].Row.Customer]
			if !yield(append(who(&c), figures(&batch[i].Figures, &batch[i].Row, digits)...)) {
				return false, nil
			}
		}
		batch = batch[:0]
		return true, nil
	}
	for row, err := range r.Scores(ctx, valuation) {
		if err != nil {
			return err
		}
		if batch = append(batch, row); len(batch) == 500 {
			if more, err := flush(); err != nil || !more {
				return err
			}
		}
	}
	_, err := flush()
	return err
}

// who says who a customer is.
func who(c *store.KeptCustomer) []doc.Value {
	return []doc.Value{
		text(c.External), text(c.Name), text(c.Number), text(c.Street), text(c.PostalCode), text(c.City), text(c.Country),
		text(c.Industry), text(c.Size), text(c.Owner), date(c.AcquiredOn),
	}
}

// padded leaves the figures out.
func padded(row []doc.Value) []doc.Value {
	for len(row) < len(customerColumns) {
		row = append(row, doc.Value{Empty: true})
	}
	return row
}

// figures are what a valuation says of a customer.
func figures(f *value.Figures, row *value.Row, digits int) []doc.Value {
	out := []doc.Value{sum(f.Steps.Revenue, digits)}
	for step := range 4 {
		c, known := f.Contribution(step + 1)
		out = append(out, effect(account.Effect{Amount: c, Known: known}, digits))
	}
	return append(out, sum(f.Steps.ValueTo(), digits), text(row.ByRevenue.Class.String()), text(row.ByContribution.Class.String()),
		figure(row.Score), figure(row.DataBasis), text(string(row.Segment())), text(row.Stage.String()))
}
