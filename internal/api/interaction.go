package api

import (
	"context"
	"iter"
	"strconv"

	"quid/account"
	"quid/fact"
	"quid/internal/store"
)

// An Interaction is a dealing with a customer: a visit, a call, a mail.
type Interaction struct {
	ID        string  `json:"id"`
	Customer  string  `json:"customer"`
	Number    string  `json:"number" doc:"its number in the source"`
	Day       string  `json:"day" format:"date"`
	Channel   string  `json:"channel" enum:"visit,phone,mail,letter,video,other"`
	Direction string  `json:"direction,omitempty" enum:"in,out" doc:"none: unknown"`
	Subject   string  `json:"subject"`
	Contact   string  `json:"contact"`
	Minutes   int     `json:"minutes"`
	Purpose   string  `json:"purpose"`
	Cost      *string `json:"cost,omitempty" doc:"money: what it cost; only where the key sees margins"`
	Service   string  `json:"service,omitempty" doc:"id of the free service that it was: then that bears the cost"`
	Revision  int32   `json:"revision"`
	TakenBack string  `json:"taken_back,omitempty" format:"date-time"`
}

func (h show) interaction(k store.Kept[fact.Interaction]) Interaction {
	d := k.Doc
	out := Interaction{
		ID: idOf(d.ID), Customer: idOf(d.Customer), Number: d.Number, Day: d.Day.String(), Channel: d.Channel, Subject: d.Subject, Contact: d.Contact, Minutes: d.Minutes,
		Purpose: d.Purpose, Cost: h.cost(account.Known(d.CostTaken)), Service: idOrNone(d.Service), Revision: d.Revision, TakenBack: instant(k.Withdrawn),
	}
	if d.Outbound != nil {
		out.Direction = map[bool]string{true: "out", false: "in"}[*d.Outbound]
	}
	return out
}

func (s *Server) interactions() {
	handleDocuments(s, documents[Interaction]{
		noun: "interaction",
		fields: []field[Interaction]{
			{"customer", id, func(i *Interaction) string { return i.Customer }},
			{"number", text, func(i *Interaction) string { return i.Number }},
			{"day", date, func(i *Interaction) string { return i.Day }},
			{"channel", text, func(i *Interaction) string { return i.Channel }},
			{"direction", text, func(i *Interaction) string { return i.Direction }},
			{"subject", text, func(i *Interaction) string { return i.Subject }},
			{"purpose", text, func(i *Interaction) string { return i.Purpose }},
			{"minutes", number, func(i *Interaction) string { return strconv.Itoa(i.Minutes) }},
			{"service", id, func(i *Interaction) string { return i.Service }},
			{"id", id, func(i *Interaction) string { return i.ID }},
		},
		id: func(i *Interaction) string { return i.ID },
		stream: func(ctx context.Context, f store.DocumentFilter, how show) iter.Seq2[Interaction, error] {
			return mapped(s.db.Read().Interactions(ctx, f), how.interaction)
		},
		one: func(ctx context.Context, ref store.Ref, how show) (Interaction, error) {
			k, err := s.db.Read().Interaction(ctx, ref)
			if err != nil {
				return Interaction{}, err
			}
			return how.interaction(k), nil
		},
	})
}
