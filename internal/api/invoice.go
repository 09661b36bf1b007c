package api

import (
	"context"
	"iter"
	"strconv"

	"quid/account"
	"quid/fact"
	"quid/internal/store"
)

// An Invoice is an invoice or a credit note, with its lines.
type Invoice struct {
	ID         string          `json:"id"`
	Customer   string          `json:"customer"`
	Number     string          `json:"number" doc:"its number in the source"`
	Day        string          `json:"day" format:"date"`
	Due        string          `json:"due" format:"date"`
	Net        string          `json:"net" doc:"money: sum of the lines; below zero: a credit note"`
	Cost       *string         `json:"cost,omitempty" doc:"money: cost of the goods, where it is known of every line; only where the key sees margins"`
	Receivable string          `json:"receivable" doc:"money: what the customer has to pay"`
	Gross      *string         `json:"gross,omitempty" doc:"money: the sum to be paid that the document gives"`
	Credit     string          `json:"credit,omitempty" enum:"complaint,goodwill" doc:"why a credit note was given; none: an invoice, a return or a correction of prices"`
	Credits    string          `json:"credits,omitempty" doc:"id of the invoice that a credit note is for"`
	Agreement  string          `json:"agreement,omitempty" doc:"id of the bonus agreement that a credit note settles"`
	DisputedOn string          `json:"disputed_on,omitempty" format:"date"`
	SettledOn  string          `json:"settled_on,omitempty" format:"date" doc:"paid in full on this day; none: it is open"`
	DaysLate   *int            `json:"days_late,omitempty" doc:"from the due day to the day it was settled; below zero: early"`
	Parts      int             `json:"parts" doc:"in how many parts it was settled until now"`
	Lines      []InvoiceLine   `json:"lines"`
	Deductions []InvoiceDeduct `json:"deductions,omitempty" doc:"what we bear for it; only where the key sees margins"`
	Revision   int32           `json:"revision"`
	TakenBack  string          `json:"taken_back,omitempty" format:"date-time"`
}

// An InvoiceLine is a line of an invoice.
type InvoiceLine struct {
	Line      int32   `json:"line" doc:"its position"`
	Product   string  `json:"product,omitempty" doc:"id of the product"`
	Quantity  string  `json:"quantity" doc:"decimal"`
	UnitPrice string  `json:"unit_price" doc:"money for a unit, to six more decimals"`
	Discount  string  `json:"discount" doc:"decimal: 0.1 is ten percent"`
	Net       string  `json:"net" doc:"money"`
	Cost      *string `json:"cost,omitempty" doc:"money: cost of the goods, where it is known; only where the key sees margins"`
}

// An InvoiceDeduct is what we bear for an invoice.
type InvoiceDeduct struct {
	Cause  string `json:"cause"`
	Amount string `json:"amount" doc:"money"`
}

var credited = map[fact.CreditKind]string{fact.CreditComplaint: "complaint", fact.CreditGoodwill: "goodwill"}

// cost is a cost as it is shown: not at all where it is unknown or hidden.
func (h show) cost(e account.Effect) *string {
	if !e.Known || !h.margins {
		return nil
	}
	return moneyOf(&e.Amount, h.digits)
}

func (h show) invoice(k store.InvoiceState) Invoice {
	d := &k.Doc
	out := Invoice{
		ID: idOf(d.ID), Customer: idOf(d.Customer), Number: d.Number, Day: d.Day.String(), Due: d.Due.String(), Net: d.Net().Decimal(h.digits), Cost: h.cost(d.Cost()),
		Receivable: d.Receivable.Decimal(h.digits), Credit: credited[d.Credit], Credits: idOrNone(d.Credits), Agreement: idOrNone(d.Agreement),
		DisputedOn: dayOf(d.Disputed), SettledOn: dayOf(k.Settled.On), Parts: k.Settled.Parts, Lines: make([]InvoiceLine, len(d.Lines)), Revision: d.Revision, TakenBack: instant(k.Withdrawn),
	}
	if d.Gross.Known {
		out.Gross = moneyOf(&d.Gross.Amount, h.digits)
	}
	if k.Settled.On != 0 {
		out.DaysLate = &k.Settled.Late
	}
	for i, l := range d.Lines {
		out.Lines[i] = InvoiceLine{
			Line: l.Number, Product: idOrNone(l.Product), Quantity: l.Quantity.String(), UnitPrice: perUnit(l.UnitPrice, h.digits), Discount: l.Discount.String(),
			Net: l.Net.Decimal(h.digits), Cost: h.cost(l.Cost),
		}
	}
	if h.margins {
		for _, x := range d.Deductions {
			out.Deductions = append(out.Deductions, InvoiceDeduct{Cause: x.Cause.String(), Amount: x.Sum.Decimal(h.digits)})
		}
	}
	return out
}

func (s *Server) invoices() {
	handleDocuments(s, documents[Invoice]{
		noun: "invoice", more: "Credit notes are among them, with sums below zero.",
		fields: []field[Invoice]{
			{"customer", id, func(i *Invoice) string { return i.Customer }},
			{"number", text, func(i *Invoice) string { return i.Number }},
			{"day", date, func(i *Invoice) string { return i.Day }},
			{"due", date, func(i *Invoice) string { return i.Due }},
			{"net", number, func(i *Invoice) string { return i.Net }},
			{"receivable", number, func(i *Invoice) string { return i.Receivable }},
			{"credit", text, func(i *Invoice) string { return i.Credit }},
			{"credits", id, func(i *Invoice) string { return i.Credits }},
			{"settled_on", date, func(i *Invoice) string { return i.SettledOn }},
			{"disputed_on", date, func(i *Invoice) string { return i.DisputedOn }},
			{"days_late", number, func(i *Invoice) string { return wholeOf(i.DaysLate) }},
			{"id", id, func(i *Invoice) string { return i.ID }},
		},
		id: func(i *Invoice) string { return i.ID },
		stream: func(ctx context.Context, f store.DocumentFilter, how show) iter.Seq2[Invoice, error] {
			return mapped(s.db.Read().Invoices(ctx, f), how.invoice)
		},
		one: func(ctx context.Context, ref store.Ref, how show) (Invoice, error) {
			k, settled, err := s.db.Read().Invoice(ctx, ref)
			if err != nil {
				return Invoice{}, err
			}
			return how.invoice(store.InvoiceState{Kept: k, Settled: settled}), nil
		},
	})
}

func wholeOf(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
