package app

import (
	"context"
	"fmt"
	"strconv"

	"quid/account"
	"quid/day"
	"quid/internal/store"
	"quid/money"
	"quid/value"
)

// An Explanation says how the figures of one customer in one valuation came to
// be, down to the postings. Its JSON is what `quid explain --json` prints;
// within Value, money is in minor units, elsewhere in decimals.
type Explanation struct {
	Customer  string            `json:"customer"` // external id
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	Valuation string            `json:"valuation"`
	Model     int64             `json:"model"`
	Currency  string            `json:"currency"`
	Digits    int               `json:"digits"` // decimals of the currency: minor units are 10^-digits
	Changed   bool              `json:"changed_since"`
	Line      CustomerLine      `json:"figures"`
	Value     value.Explanation `json:"value"`
	Postings  []Behind          `json:"postings"`
	Open      []OpenLine        `json:"open_items"` // what late payment has accrued on
	Overrides []OverrideLine    `json:"overrides"`
}

// Behind are the postings of one kind in the window.
type Behind struct {
	Kind    string      `json:"kind"`
	Count   int64       `json:"count"` // postings, reversals among them
	Back    int64       `json:"reversals"`
	Unknown int64       `json:"unknown"` // sales without a cost
	Amount  string      `json:"amount"`
	Volume  string      `json:"volume"`
	Newest  []EntryLine `json:"newest"`
}

// An EntryLine is one posting with the document it came from.
type EntryLine struct {
	Day        day.Day `json:"day"`
	Document   string  `json:"document"`
	Number     string  `json:"number"`
	Cause      string  `json:"cause,omitempty"` // of a deduction: cash_discount, freight …
	Revision   int32   `json:"revision"`
	Reversal   bool    `json:"reversal"`
	Amount     *string `json:"amount"` // null: the cost is unknown
	Volume     string  `json:"volume"`
	Rate       string  `json:"rate,omitempty"`
	Background string  `json:"background,omitempty"`
	Written    string  `json:"written_at"`
}

// An OpenLine is an invoice open on the day of the valuation.
type OpenLine struct {
	Number   string  `json:"number"`
	Day      day.Day `json:"day"`
	Due      day.Day `json:"due"`
	Open     string  `json:"open"`
	DaysLate int     `json:"days_late"`
	Accrued  string  `json:"accrued"`
	Rate     string  `json:"rate"`
}

// An OverrideLine is what a person decided about the customer.
type OverrideLine struct {
	ID      string        `json:"id"`
	Class   string        `json:"class,omitempty"`
	Segment value.Segment `json:"segment,omitempty"`
	Reason  string        `json:"reason"`
	Note    string        `json:"note,omitempty"`
	From    day.Day       `json:"from"`
	Until   day.Day       `json:"until"`
	By      string        `json:"by,omitempty"`
	Holds   bool          `json:"holds"`                    // on the day of the valuation
	Of      string        `json:"inherited_from,omitempty"` // external id of the group it was said of
}

// Explain explains a customer, named by external id, number or id, in the
// newest valuation made for a day; day 0 means the newest of all. Of each kind
// of posting, most are listed one by one.
func (a *App) Explain(ctx context.Context, name string, asOf day.Day, most int) (*Explanation, error) {
	return a.explain(ctx, name, asOf, most, func(r store.Reader) (account.CustomerID, error) { return r.FindCustomer(ctx, name) })
}

// ExplainID is Explain for the customer of an id, whoever else is called like it.
func (a *App) ExplainID(ctx context.Context, id account.CustomerID, asOf day.Day, most int) (*Explanation, error) {
	return a.explain(ctx, strconv.FormatInt(int64(id), 10), asOf, most, func(r store.Reader) (account.CustomerID, error) {
		_, err := r.Customer(ctx, id) // in reach
		return id, err
	})
}

func (a *App) explain(ctx context.Context, name string, asOf day.Day, most int, which func(store.Reader) (account.CustomerID, error)) (*Explanation, error) {
	e := new(Explanation)
	err := a.DB.Look(ctx, func(r store.Reader) error {
		id, err := which(r)
		if err != nil {
			return err
		}
		v, err := r.CurrentValuation(ctx, day.At(a.Now()))
		if asOf != 0 {
			v, err = r.ValuationOn(ctx, asOf)
		}
		if err != nil {
			return err
		}
		book, err := r.Book(ctx)
		if err != nil {
			return err
		}
		row, err := r.Score(ctx, id, v.ID)
		if err != nil {
			return err
		}
		*e = Explanation{
			Customer: row.External, ID: strconv.FormatInt(int64(id), 10), Name: row.Name, Valuation: strconv.FormatInt(v.ID, 10), Model: v.Model,
			Currency: book.Currency, Digits: book.Digits, Changed: book.Changed != v.Changed,
			Line:  LineOf(row.External, row.Name, &row.Figures, &row.Row, book.Digits),
			Value: value.Explain(&v.Summary.Summary, &row.Figures, &row.Row),
		}
		if err := e.behind(ctx, r, id, v.Summary.Window(), most); err != nil {
			return err
		}
		if err := e.openItems(ctx, r, id, v.AsOf); err != nil {
			return err
		}
		return e.overrides(ctx, r, id, v.AsOf)
	})
	if err != nil {
		return nil, fmt.Errorf("explain %s: %w", name, err)
	}
	return e, nil
}

// behind lists the postings behind the steps.
func (e *Explanation) behind(ctx context.Context, r store.Reader, id account.CustomerID, w day.Window, most int) error {
	sums, err := r.KindSums(ctx, id, w)
	if err != nil {
		return err
	}
	e.Postings = []Behind{}
	for _, s := range sums {
		b := Behind{
			Kind: s.Kind.String(), Count: s.Count, Back: s.Back, Unknown: s.Unknown,
			Amount: s.Amount.Decimal(e.Digits), Volume: s.Volume.Decimal(e.Digits), Newest: []EntryLine{},
		}
		entries, err := r.Entries(ctx, store.Period{Customer: id, Window: w, Kind: s.Kind}, most)
		if err != nil {
			return err
		}
		for i := range entries {
			b.Newest = append(b.Newest, EntryLineOf(&entries[i], e.Digits))
		}
		e.Postings = append(e.Postings, b)
	}
	return nil
}

// EntryLineOf returns the line of a posting.
func EntryLineOf(p *store.Entry, digits int) EntryLine {
	l := EntryLine{
		Day: p.Day, Document: p.Document.Kind.String(), Number: p.Number, Cause: p.Cause.String(), Revision: p.Document.Revision, Reversal: p.Reverses != 0,
		Volume: p.Volume.Decimal(digits), Background: p.Background, Written: store.WrittenAt(int64(p.ID)).Format("2006-01-02T15:04:05Z"),
	}
	if p.Amount.Known {
		l.Amount = decimal(p.Amount.Amount, digits)
	}
	if p.Rate != 0 {
		l.Rate = p.Rate.String()
	}
	return l
}

// openItems lists what late payment has accrued on.
func (e *Explanation) openItems(ctx context.Context, r store.Reader, id account.CustomerID, asOf day.Day) error {
	open, err := r.OpenOn(ctx, id, asOf)
	if err != nil {
		return err
	}
	rates, err := r.Rates(ctx)
	if err != nil {
		return err
	}
	rate := rates.LatePayment(asOf)
	e.Open = []OpenLine{}
	for _, o := range open {
		var cost money.Amount
		if o.DaysLate > 0 {
			if cost, err = money.Interest(o.Open, o.DaysLate, rate); err != nil {
				return err
			}
		}
		e.Open = append(e.Open, OpenLine{
			Number: o.Number, Day: o.Day, Due: o.Due, Open: o.Open.Decimal(e.Digits), DaysLate: o.DaysLate, Accrued: (-cost).Decimal(e.Digits), Rate: rate.String(),
		})
	}
	return nil
}

func (e *Explanation) overrides(ctx context.Context, r store.Reader, id account.CustomerID, asOf day.Day) error {
	all, err := r.OverridesOf(ctx, id)
	if err != nil {
		return err
	}
	inherited, err := r.InheritedBy(ctx, id, asOf)
	if err != nil {
		return err
	}
	e.Overrides = []OverrideLine{}
	for _, o := range append(all, inherited...) {
		l := OverrideLine{
			ID: strconv.FormatInt(o.ID, 10), Class: o.Class.String(), Segment: o.Segment, Reason: o.Reason, Note: o.Note, From: o.From, Until: o.Until,
			By: o.By, Holds: o.From <= asOf && asOf <= o.Until,
		}
		if o.Of != 0 {
			c, err := r.Customer(ctx, o.Of)
			if err != nil {
				return err
			}
			l.Of = c.External
		}
		e.Overrides = append(e.Overrides, l)
	}
	return nil
}
