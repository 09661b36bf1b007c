package api

import (
	"context"
	"iter"

	"quid/fact"
	"quid/internal/store"
)

// A Payment is what a customer paid.
type Payment struct {
	ID        string `json:"id"`
	Customer  string `json:"customer"`
	Number    string `json:"number" doc:"its number in the source"`
	Day       string `json:"day" format:"date"`
	Amount    string `json:"amount" doc:"money"`
	Discount  string `json:"discount" doc:"money: cash discount that the customer took"`
	Invoice   string `json:"invoice,omitempty" doc:"id of the invoice that it names; none: it settles what was open longest"`
	Revision  int32  `json:"revision"`
	TakenBack string `json:"taken_back,omitempty" format:"date-time"`
}

func (h show) payment(k store.Kept[fact.Payment]) Payment {
	d := k.Doc
	return Payment{
		ID: idOf(d.ID), Customer: idOf(d.Customer), Number: d.Number, Day: d.Day.String(), Amount: d.Amount.Decimal(h.digits), Discount: d.Discount.Decimal(h.digits),
		Invoice: idOrNone(d.Invoice), Revision: d.Revision, TakenBack: instant(k.Withdrawn),
	}
}

func (s *Server) payments() {
	handleDocuments(s, documents[Payment]{
		noun: "payment",
		fields: []field[Payment]{
			{"customer", id, func(p *Payment) string { return p.Customer }},
			{"number", text, func(p *Payment) string { return p.Number }},
			{"day", date, func(p *Payment) string { return p.Day }},
			{"amount", number, func(p *Payment) string { return p.Amount }},
			{"discount", number, func(p *Payment) string { return p.Discount }},
			{"invoice", id, func(p *Payment) string { return p.Invoice }},
			{"id", id, func(p *Payment) string { return p.ID }},
		},
		id: func(p *Payment) string { return p.ID },
		stream: func(ctx context.Context, f store.DocumentFilter, how show) iter.Seq2[Payment, error] {
			return mapped(s.db.Read().Payments(ctx, f), how.payment)
		},
		one: func(ctx context.Context, ref store.Ref, how show) (Payment, error) {
			k, err := s.db.Read().Payment(ctx, ref)
			if err != nil {
				return Payment{}, err
			}
			return how.payment(k), nil
		},
	})
}
