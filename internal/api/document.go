package api

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strconv"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
)

// Documents are what customers sent or were sent: invoices, payments, complaints,
// interactions. They are listed of all customers as they lie, by customer and id, and
// of one customer by day; each has a state of its own, which the ETag is made from.

func init() {
	for _, noun := range []string{"invoice", "payment", "complaint", "interaction"} {
		doors["list-"+noun+"s"] = of(toSome, auth.SeeCustomers)
		doors["list-customer-"+noun+"s"] = of(toCustomer, auth.SeeCustomers)
		doors["get-"+noun] = of(toCustomer, auth.SeeCustomers)
	}
}

// A DocumentsQuery asks documents of some days, of all customers.
type DocumentsQuery struct {
	ListQuery
	Days
}

type documentsOfQuery struct {
	CustomerPath
	ListQuery
	Days
}

// Days are those that a list is narrowed to.
type Days struct {
	From string `query:"from" format:"date" doc:"the first day; none: from the beginning"`
	To   string `query:"to" format:"date" doc:"the last day; none: to the end"`
}

// window reads the days, until the last where none is named; it begins after its From.
func (d Days) window(last day.Day) (day.Window, error) {
	w := day.Window{To: last}
	var err error
	if d.To != "" {
		if w.To, err = day.Parse(d.To); err != nil {
			return w, wrong("query.to", "write a day such as 2026-12-31")
		}
	}
	if d.From != "" {
		from, err := day.Parse(d.From)
		if err != nil || from <= day.Min || from > w.To {
			return w, wrong("query.from", "write a day such as 2026-12-31, not after the last")
		}
		w.From = from.Add(-1)
	}
	return w, nil
}

// narrowed is what a cursor holds for beside sort and filter.
func (q DocumentsQuery) narrowed() string { return q.From + " " + q.To }

func (q documentsOfQuery) narrowed() string { return q.ID + " " + q.From + " " + q.To }

func (q ofQuery) narrowed() string { return q.ID }

type getDocument struct {
	CustomerPath
	Document string `path:"document" doc:"id of the record"`
	OneQuery
}

func (g getDocument) ref() (store.Ref, error) {
	n, err := strconv.ParseInt(g.Document, 10, 64)
	if err != nil || n <= 0 {
		return store.Ref{}, fault.NotFound
	}
	return store.Ref{Customer: g.customer(), ID: account.DocumentID(n)}, nil
}

// mostLooked is how many documents SQL may look through for a page by their day.
const mostLooked = 20_000

// mostOfPage is how many records a page looks at: those that a filter leaves out count too,
// and a page of all customers must not take seconds.
const mostOfPage = 2000

// A documents is how a noun of documents is read.
type documents[T any] struct {
	noun, more string
	fields     []field[T] // among them customer and day
	id         func(*T) string
	stream     func(context.Context, store.DocumentFilter, show) iter.Seq2[T, error]
	one        func(context.Context, store.Ref, show) (T, error)
}

// A show is how what is read is shown to who asks.
type show struct {
	digits  int
	margins bool
}

func (s *Server) show(ctx context.Context) (show, error) {
	book, err := s.db.Read().Book(ctx)
	return show{book.Digits, auth.From(ctx).May(auth.SeeMargins)}, err
}

// handleDocuments registers the three operations that read a noun.
func handleDocuments[T any](s *Server, d documents[T]) {
	nouns := d.noun + "s"
	handleList[DocumentsQuery](s, op{
		id: "list-" + nouns, path: "/" + nouns, tag: nouns, summary: "The " + nouns + " of all customers that stand, customer by customer", more: d.more,
	}, list[T]{
		fields: d.fields, sorts: []string{"customer"}, id: d.id, some: mostOfPage,
		stream: func(ctx context.Context, in listInput, _ string, after mark) iter.Seq2[T, error] {
			return func(yield func(T, error) bool) {
				f, err := documentsAfter(in.(DocumentsQuery), after)
				how := show{}
				if err == nil {
					how, err = s.show(ctx)
				}
				if err != nil {
					var none T
					yield(none, err)
					return
				}
				for t, err := range d.stream(ctx, f, how) {
					more := (*store.More)(nil)
					if errors.As(err, &more) {
						err = goOn{mark{Key: idOf(more.After.Customer), ID: idOf(more.After.ID)}}
					}
					if !yield(t, err) || err != nil {
						return
					}
				}
			}
		},
	})
	handleList[documentsOfQuery](s, op{
		id: "list-customer-" + nouns, path: "/customers/{id}/" + nouns, tag: nouns, summary: "The " + nouns + " of a customer that stand, the newest first", more: d.more,
	}, list[T]{
		fields: d.fields, sorts: []string{"-day", "day", "id"}, id: d.id,
		all: func(ctx context.Context, in listInput) ([]T, error) {
			q := in.(documentsOfQuery)
			w, err := q.window(day.Max)
			if err != nil {
				return nil, err
			}
			how, err := s.show(ctx)
			if err != nil {
				return nil, err
			}
			var out []T
			for t, err := range d.stream(ctx, store.DocumentFilter{Customer: q.customer(), Window: w}, how) {
				if err != nil {
					return nil, err
				}
				out = append(out, t)
			}
			return out, nil
		},
	})
	handle(s, op{id: "get-" + d.noun, method: http.MethodGet, path: "/customers/{id}/" + nouns + "/{document}", tag: nouns, summary: "One " + d.noun, errors: []int{304}},
		func(ctx context.Context, in *getDocument) (*one[T], error) {
			ref, err := in.ref()
			if err != nil {
				return nil, err
			}
			how, err := s.show(ctx)
			if err != nil {
				return nil, err
			}
			t, err := d.one(ctx, ref, how)
			if err != nil {
				return nil, err
			}
			return answerAs(in.OneQuery, t, hashed(t))
		})
}

// documentsAfter is where a list of all customers goes on.
func documentsAfter(q DocumentsQuery, after mark) (store.DocumentFilter, error) {
	w, err := q.window(day.Max)
	f := store.DocumentFilter{Window: w, Look: mostLooked, Page: q.Limit + 1}
	if err != nil || after.ID == "" {
		return f, err
	}
	customer, err := customerID(after.Key)
	id, bad := strconv.ParseInt(after.ID, 10, 64)
	if err != nil || bad != nil {
		return f, wrong("query.cursor", "this is no cursor of this list: begin without one")
	}
	f.After = store.Ref{Customer: customer, ID: account.DocumentID(id)}
	return f, nil
}

// mapped turns each of what is read into what is shown.
func mapped[D, T any](read iter.Seq2[D, error], to func(D) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for d, err := range read {
			if !yield(to(d), err) {
				return
			}
		}
	}
}
