package api

import (
	"context"
	"iter"
	"strconv"

	"quid/account"
	"quid/fact"
	"quid/internal/store"
)

// A Complaint is what a customer complained about.
type Complaint struct {
	ID        string  `json:"id"`
	Customer  string  `json:"customer"`
	Number    string  `json:"number" doc:"its number in the source"`
	Day       string  `json:"day" format:"date"`
	Invoice   string  `json:"invoice,omitempty" doc:"id of the invoice that it is about"`
	Amount    string  `json:"amount" doc:"money: the sum complained about"`
	Cost      *string `json:"cost,omitempty" doc:"money: cost of handling it; only where the key sees margins"`
	Credit    *string `json:"credit,omitempty" doc:"money: credit owed that no credit note carries; only where the key sees margins"`
	Severity  int8    `json:"severity,omitempty" doc:"1 slight to 3 severe; none: unknown"`
	Justified string  `json:"justified" enum:"unknown,yes,no"`
	SolvedOn  string  `json:"solved_on,omitempty" format:"date"`
	Subject   string  `json:"subject"`
	Revision  int32   `json:"revision"`
	TakenBack string  `json:"taken_back,omitempty" format:"date-time"`
}

var justified = map[fact.Justified]string{fact.JustifiedUnknown: "unknown", fact.JustifiedYes: "yes", fact.JustifiedNo: "no"}

func (h show) complaint(k store.Kept[fact.Complaint]) Complaint {
	d := k.Doc
	return Complaint{
		ID: idOf(d.ID), Customer: idOf(d.Customer), Number: d.Number, Day: d.Day.String(), Invoice: idOrNone(d.Invoice), Amount: d.Amount.Decimal(h.digits),
		Cost: h.cost(account.Known(d.Cost)), Credit: h.cost(account.Known(d.Credit)), Severity: d.Severity, Justified: justified[d.Justified], SolvedOn: dayOf(d.SolvedOn),
		Subject: d.Subject, Revision: d.Revision, TakenBack: instant(k.Withdrawn),
	}
}

func (s *Server) complaints() {
	handleDocuments(s, documents[Complaint]{
		noun: "complaint",
		fields: []field[Complaint]{
			{"customer", id, func(c *Complaint) string { return c.Customer }},
			{"number", text, func(c *Complaint) string { return c.Number }},
			{"day", date, func(c *Complaint) string { return c.Day }},
			{"amount", number, func(c *Complaint) string { return c.Amount }},
			{"severity", number, func(c *Complaint) string { return strconv.Itoa(int(c.Severity)) }},
			{"justified", text, func(c *Complaint) string { return c.Justified }},
			{"solved_on", date, func(c *Complaint) string { return c.SolvedOn }},
			{"subject", text, func(c *Complaint) string { return c.Subject }},
			{"invoice", id, func(c *Complaint) string { return c.Invoice }},
			{"id", id, func(c *Complaint) string { return c.ID }},
		},
		id: func(c *Complaint) string { return c.ID },
		stream: func(ctx context.Context, f store.DocumentFilter, how show) iter.Seq2[Complaint, error] {
			return mapped(s.db.Read().Complaints(ctx, f), how.complaint)
		},
		one: func(ctx context.Context, ref store.Ref, how show) (Complaint, error) {
			k, err := s.db.Read().Complaint(ctx, ref)
			if err != nil {
				return Complaint{}, err
			}
			return how.complaint(k), nil
		},
	})
}
