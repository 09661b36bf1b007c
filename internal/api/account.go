package api

import (
	"context"
	"iter"
	"net/http"
	"strconv"

	"quid/account"
	"quid/day"
	"quid/internal/store"
)

// An Account is what a customer gave and got in a window of days.
type Account struct {
	Customer string       `json:"customer"`
	Currency string       `json:"currency"`
	From     string       `json:"from,omitempty" format:"date" doc:"the first day; none: from the beginning"`
	To       string       `json:"to" format:"date" doc:"the last day"`
	Kinds    []AccountSum `json:"kinds"`
}

// An AccountSum is what the postings of one kind add up to.
type AccountSum struct {
	Kind     string `json:"kind" enum:"sale,deduction,acquisition,care,late_payment,complaint,service,goodwill"`
	Side     string `json:"side" enum:"from,to" doc:"from: what the customer gives; to: what it gets for free"`
	Amount   string `json:"amount" doc:"money: our contribution, costs below zero"`
	Volume   string `json:"volume" doc:"money: net revenue of sales, benefit of services, the sum overdue or complained about"`
	Postings int64  `json:"postings" doc:"reversals among them"`
	Unknown  int64  `json:"unknown_cost" doc:"sales whose cost is unknown: amount leaves them out"`
}

// A Posting is one line of an account.
type Posting struct {
	ID         string  `json:"id"`
	Day        string  `json:"day" format:"date"`
	Kind       string  `json:"kind"`
	Side       string  `json:"side"`
	Amount     *string `json:"amount,omitempty" doc:"money; none: the cost is unknown"`
	Volume     string  `json:"volume" doc:"money"`
	Document   string  `json:"document" doc:"what it came from"`
	DocumentID string  `json:"document_id"`
	Number     string  `json:"number" doc:"of the document in its source"`
	Revision   int32   `json:"revision"`
	Reverses   string  `json:"reverses,omitempty" doc:"the posting that it takes back"`
}

type accountQuery struct {
	CustomerPath
	From string `query:"from" format:"date" doc:"the first day; none: from the beginning"`
	To   string `query:"to" format:"date" doc:"the last day; none: today"`
}

type accountAnswer struct{ Body Account }

func sideOf(k account.Kind) string {
	if k.Side() == account.To {
		return "to"
	}
	return "from"
}

func (s *Server) accounts() {
	handle(s, op{id: "get-account", method: http.MethodGet, path: "/customers/{id}/account", tag: "customers", summary: "What a customer gave and got, by kind of posting"},
		func(ctx context.Context, in *accountQuery) (*accountAnswer, error) {
			w, err := Days{in.From, in.To}.window(day.At(s.app.Now()))
			if err != nil {
				return nil, err
			}
			r := s.db.Read()
			book, err := r.Book(ctx)
			if err != nil {
				return nil, err
			}
			sums, err := r.KindSums(ctx, in.customer(), w)
			out := &accountAnswer{Account{Customer: in.ID, Currency: book.Currency, From: in.From, To: w.To.String(), Kinds: make([]AccountSum, len(sums))}}
			for i, k := range sums {
				out.Body.Kinds[i] = AccountSum{
					Kind: k.Kind.String(), Side: sideOf(k.Kind), Amount: k.Amount.Decimal(book.Digits), Volume: k.Volume.Decimal(book.Digits), Postings: k.Count, Unknown: k.Unknown,
				}
			}
			return out, err
		})
	handleList[ofQuery](s, op{id: "list-postings", path: "/customers/{id}/postings", tag: "customers", summary: "The account line by line, the newest first"}, list[Posting]{
		fields: []field[Posting]{
			{"day", date, func(p *Posting) string { return p.Day }},
			{"kind", text, func(p *Posting) string { return p.Kind }},
			{"side", text, func(p *Posting) string { return p.Side }},
			{"amount", number, func(p *Posting) string { return known(p.Amount) }},
			{"document", text, func(p *Posting) string { return p.Document }},
			{"number", text, func(p *Posting) string { return p.Number }},
		}, sorts: []string{"-day"}, id: func(p *Posting) string { return p.ID }, stream: s.streamPostings,
	})
}

// streamPostings reads an account backwards, a stretch at a time.
func (s *Server) streamPostings(ctx context.Context, in listInput, _ string, after mark) iter.Seq2[Posting, error] {
	return func(yield func(Posting, error) bool) {
		r := s.db.Read()
		w := day.Window{To: day.Max}
		book, err := r.Book(ctx)
		if err == nil && after.ID != "" {
			if w.To, err = day.Parse(after.Key); err != nil {
				err = wrong("query.cursor", "this is no cursor of this list: begin without one")
			}
		}
		last, _ := strconv.ParseInt(after.ID, 10, 64)
		for most := atOnce; err == nil; {
			var es []store.Entry
			if es, err = r.Entries(ctx, store.Period{Customer: in.(ofQuery).customer(), Window: w}, most); err != nil {
				break
			}
			fresh := 0
			for _, e := range es {
				if e.Day == w.To && last != 0 && int64(e.ID) >= last {
					continue
				}
				fresh++
				if !yield(postingOf(e, book.Digits), nil) {
					return
				}
			}
			if len(es) < most {
				return
			}
			if fresh == 0 {
				most *= 2 // a day with more postings than were read
				continue
			}
			w.To, last = es[len(es)-1].Day, int64(es[len(es)-1].ID)
		}
		yield(Posting{}, err)
	}
}

func postingOf(e store.Entry, digits int) Posting {
	p := Posting{
		ID: idOf(e.ID), Day: e.Day.String(), Kind: e.Kind.String(), Side: sideOf(e.Kind), Volume: e.Volume.Decimal(digits), Document: e.Document.Kind.String(),
		DocumentID: idOf(e.Document.ID), Number: e.Number, Revision: e.Document.Revision, Reverses: idOrNone(e.Reverses),
	}
	if e.Amount.Known {
		p.Amount = moneyOf(&e.Amount.Amount, digits)
	}
	return p
}
