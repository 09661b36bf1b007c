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
	"quid/money"
	"quid/service"
)

// A Service is a free service that a customer got.
type Service struct {
	ID         string  `json:"id"`
	Customer   string  `json:"customer"`
	Number     string  `json:"number" doc:"its key in the source, or the Idempotency-Key it was booked with"`
	Type       string  `json:"type" doc:"code of the type of service"`
	Day        string  `json:"day" format:"date"`
	Quantity   string  `json:"quantity" doc:"decimal, in the type's unit"`
	Minutes    *string `json:"minutes,omitempty" doc:"decimal: minutes spent, where they are known"`
	Background string  `json:"background" doc:"the cause"`
	Contact    string  `json:"contact"`
	Team       string  `json:"team,omitempty" doc:"id of the team"`
	Cost       *string `json:"cost,omitempty" doc:"money: our cost; only where the key sees margins"`
	Benefit    string  `json:"benefit" doc:"money: what it is worth to the customer"`
	Charge     string  `json:"charge" doc:"money: what the customer pays of it"`
	Estimated  bool    `json:"estimated" doc:"made from an opening estimate"`
	Replaces   string  `json:"replaces,omitempty" doc:"id of the entry that it corrects"`
	TakenBack  string  `json:"taken_back,omitempty" format:"date-time"`
	Why        string  `json:"why,omitempty" doc:"why it was taken back"`
	Revision   int32   `json:"revision"`
}

// A ServiceType is a kind of service in the catalogue.
type ServiceType struct {
	ID       string `json:"id"`
	Code     string `json:"code"`
	NameDE   string `json:"name_de"`
	NameEN   string `json:"name_en"`
	Category string `json:"category"`
	Unit     string `json:"unit" enum:"minutes,hours,pieces,flat"`
	Step     string `json:"step" doc:"decimal: quantities are rounded up to multiples of it"`
	Rung     int8   `json:"rung" doc:"of the ladder of integration, 1 to 4"`
	Cost     string `json:"cost_rate,omitempty" doc:"money for a unit today, to six more decimals; only where the key sees margins"`
	Benefit  string `json:"benefit_rate,omitempty" doc:"money for a unit today, to six more decimals"`
	Sold     bool   `json:"sold" doc:"a paid service: it can't be booked as free"`
	Retired  bool   `json:"retired"`
	Revision int32  `json:"revision"`
}

// A namer knows the codes of the types of services.
type namer struct {
	codes  map[int64]string
	digits int
}

func (s *Server) namer(ctx context.Context, r store.Reader) (namer, error) {
	book, err := r.Book(ctx)
	if err != nil {
		return namer{}, err
	}
	types, err := r.Types(ctx)
	n := namer{make(map[int64]string, len(types)), book.Digits}
	for _, t := range types {
		n.codes[t.ID] = t.Code
	}
	return n, err
}

func (n namer) service(ctx context.Context, k store.Kept[service.Entry]) Service {
	e := k.Doc
	out := Service{
		ID: idOf(e.ID), Customer: idOf(e.Customer), Number: e.Number, Type: n.codes[e.Type], Day: e.Day.String(), Quantity: e.Quantity.String(),
		Background: e.Background, Contact: e.Contact, Team: idOrNone(e.Team), Benefit: e.Benefit.Decimal(n.digits), Charge: e.Charge.Decimal(n.digits),
		Estimated: e.Estimate != 0, Replaces: idOrNone(e.Replaces), TakenBack: instant(k.Withdrawn), Why: e.Why, Revision: e.Revision,
	}
	if e.Minutes != nil {
		m := strconv.FormatInt(*e.Minutes, 10)
		out.Minutes = &m
	}
	if auth.From(ctx).May(auth.SeeMargins) {
		out.Cost = moneyOf(&e.Cost, n.digits)
	}
	return out
}

var serviceFields = []field[Service]{
	{"customer", id, func(e *Service) string { return e.Customer }},
	{"type", text, func(e *Service) string { return e.Type }},
	{"day", date, func(e *Service) string { return e.Day }},
	{"quantity", number, func(e *Service) string { return e.Quantity }},
	{"benefit", number, func(e *Service) string { return e.Benefit }},
	{"charge", number, func(e *Service) string { return e.Charge }},
	{"team", id, func(e *Service) string { return e.Team }},
	{"number", text, func(e *Service) string { return e.Number }},
	{"estimated", flag, func(e *Service) string { return strconv.FormatBool(e.Estimated) }},
}

// ServicePath is a service of a customer in a path.
type ServicePath struct {
	CustomerPath
	Service string `path:"service" doc:"id of the service"`
}

func (p ServicePath) ref() (store.Ref, error) {
	n, err := strconv.ParseInt(p.Service, 10, 64)
	if err != nil {
		return store.Ref{}, fault.NotFound
	}
	return store.Ref{Customer: p.customer(), ID: account.DocumentID(n)}, nil
}

type getService struct {
	ServicePath
	OneQuery
}

func (s *Server) services() {
	of := list[Service]{fields: serviceFields, sorts: []string{"-day"}, id: func(e *Service) string { return e.ID }, stream: s.streamServices}
	ofAll := of
	ofAll.some = mostOfPage
	handleList[allQuery](s, op{id: "list-services", path: "/services", tag: "services", summary: "Free services of all customers that stand, the newest first"}, ofAll)
	handleList[ofQuery](s, op{id: "list-customer-services", path: "/customers/{id}/services", tag: "services", summary: "Free services of a customer that stand, the newest first"}, of)
	handle(s, op{id: "get-service", method: http.MethodGet, path: "/customers/{id}/services/{service}", tag: "services", summary: "One free service", errors: []int{304}},
		func(ctx context.Context, in *getService) (*one[Service], error) {
			ref, err := in.ref()
			if err != nil {
				return nil, err
			}
			out, err := s.readService(ctx, ref)
			if err != nil {
				return nil, err
			}
			return answerAs(in.OneQuery, out, hashed(out)) // taken back, it has the same revision
		})
}

func (s *Server) readService(ctx context.Context, ref store.Ref) (Service, error) {
	r := s.db.Read()
	n, err := s.namer(ctx, r)
	if err != nil {
		return Service{}, err
	}
	k, err := r.Entry(ctx, ref)
	if err != nil {
		return Service{}, err
	}
	return n.service(ctx, k), nil
}

// mostPassed is how many entries of customers out of reach a page passes over.
const mostPassed = 2000

// streamServices reads entries backwards, of one customer or of those who are seen.
func (s *Server) streamServices(ctx context.Context, in listInput, _ string, after mark) iter.Seq2[Service, error] {
	return func(yield func(Service, error) bool) {
		r := s.db.Read()
		f := store.ServiceFilter{}
		if of, ok := in.(ofQuery); ok {
			f.Customer = of.customer()
		}
		n, err := s.namer(ctx, r)
		seen, reaching := r.Reached(ctx)
		if err = errors.Join(err, reaching); err == nil && after.ID != "" {
			if f.Window.To, err = day.Parse(after.Key); err != nil {
				err = wrong("query.cursor", "this is no cursor of this list: begin without one")
			}
		}
		if err != nil {
			yield(Service{}, err)
			return
		}
		last, _ := strconv.ParseInt(after.ID, 10, 64)
		passed := 0
		for k, err := range r.Services(ctx, f) {
			if err != nil {
				yield(Service{}, err)
				return
			}
			if k.Doc.Day == f.Window.To && last != 0 && int64(k.Doc.ID) >= last {
				continue
			}
			if !seen(k.Doc.Customer) {
				if passed++; passed == mostPassed {
					yield(Service{}, goOn{mark{Key: k.Doc.Day.String(), ID: idOf(k.Doc.ID)}})
					return
				}
				continue
			}
			if !yield(n.service(ctx, k), nil) {
				return
			}
		}
	}
}

func (s *Server) catalogue() {
	handleList[allQuery](s, op{id: "list-service-types", path: "/service-types", tag: "services", summary: "The catalogue of services"}, list[ServiceType]{
		fields: []field[ServiceType]{
			{"code", text, func(t *ServiceType) string { return t.Code }},
			{"category", text, func(t *ServiceType) string { return t.Category }},
			{"unit", text, func(t *ServiceType) string { return t.Unit }},
			{"sold", flag, func(t *ServiceType) string { return strconv.FormatBool(t.Sold) }},
			{"retired", flag, func(t *ServiceType) string { return strconv.FormatBool(t.Retired) }},
		}, sorts: []string{"code", "category", "id"}, id: func(t *ServiceType) string { return t.ID },
		all: func(ctx context.Context, _ listInput) ([]ServiceType, error) {
			r := s.db.Read()
			book, err := r.Book(ctx)
			if err != nil {
				return nil, err
			}
			types, err := r.Types(ctx)
			out := make([]ServiceType, len(types))
			for i, t := range types {
				out[i] = ServiceType{
					ID: idOf(t.ID), Code: t.Code, NameDE: t.NameDE, NameEN: t.NameEN, Category: t.Category, Unit: string(t.Unit), Step: t.Step.String(), Rung: t.Rung,
					Sold: t.Sold, Retired: t.Retired, Revision: t.Revision,
				}
				if rate, ok := t.RateOn(day.At(s.app.Now())); ok {
					out[i].Benefit = perUnit(rate.Benefit, book.Digits)
					if auth.From(ctx).May(auth.SeeMargins) {
						out[i].Cost = perUnit(rate.Cost, book.Digits)
					}
				}
			}
			return out, err
		},
	})
}

// perUnit writes a price of one unit, which is kept in millionths of the minor unit.
func perUnit(m money.Micro, digits int) string { return money.Amount(m).Decimal(digits + 6) }
