package api

import (
	"context"
	"iter"
	"net/http"
	"strconv"
	"time"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/money"
)

// A Customer as programs see it.
type Customer struct {
	ID              string  `json:"id"`
	External        string  `json:"external" doc:"its id in the source it came from"`
	Number          string  `json:"number"`
	Name            string  `json:"name"`
	Kind            string  `json:"kind" enum:"company,person"`
	Street          string  `json:"street"`
	PostalCode      string  `json:"postal_code"`
	City            string  `json:"city"`
	State           string  `json:"state"`
	Country         string  `json:"country"`
	Phone           string  `json:"phone"`
	Email           string  `json:"email"`
	Industry        string  `json:"industry"`
	Size            string  `json:"size"`
	Owner           string  `json:"owner" doc:"who looks after the customer"`
	AcquiredOn      string  `json:"acquired_on,omitempty" format:"date"`
	Channel         string  `json:"channel" doc:"by which it was won"`
	AcquisitionCost *string `json:"acquisition_cost,omitempty" doc:"money; only where the key sees margins"`
	Contractual     bool    `json:"contractual"`
	ContractSince   string  `json:"contract_since,omitempty" format:"date"`
	ContractUntil   string  `json:"contract_until,omitempty" format:"date"`
	Terms           *int    `json:"terms,omitempty" doc:"days to pay; none: the book's default"`
	Need            *string `json:"need,omitempty" doc:"money: yearly need that could be served"`
	Rank            int     `json:"rank,omitempty" doc:"own rank among the customer's suppliers"`
	Suppliers       int     `json:"suppliers,omitempty"`
	CreditLimit     *string `json:"credit_limit,omitempty" doc:"money"`
	Note            string  `json:"note"`
	Stub            bool    `json:"stub" doc:"made because a document named it; nobody described it yet"`
	Archived        bool    `json:"archived"`
	Revision        int32   `json:"revision"`
	Created         string  `json:"created" format:"date-time"`
}

func dayOf(d day.Day) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func idOf[N ~int64](n N) string { return strconv.FormatInt(int64(n), 10) }

// idOrNone is "" for no id.
func idOrNone[N ~int64](n N) string {
	if n == 0 {
		return ""
	}
	return idOf(n)
}

func moneyOf(a *money.Amount, digits int) *string {
	if a == nil {
		return nil
	}
	s := a.Decimal(digits)
	return &s
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func customerOf(ctx context.Context, c store.KeptCustomer, digits int) Customer {
	out := Customer{
		ID: idOf(c.ID), External: c.External, Number: c.Number, Name: c.Name, Kind: "company", Street: c.Street, PostalCode: c.PostalCode, City: c.City,
		State: c.State, Country: c.Country, Phone: c.Phone, Email: c.Email, Industry: c.Industry, Size: c.Size, Owner: c.Owner, AcquiredOn: dayOf(c.AcquiredOn),
		Channel: c.Channel, Contractual: c.Contractual, ContractSince: dayOf(c.Contract.Since), ContractUntil: dayOf(c.Contract.Until), Terms: c.TermsDays,
		Need: moneyOf(c.Need, digits), Rank: c.Rank, Suppliers: c.Suppliers, CreditLimit: moneyOf(c.CreditLimit, digits), Note: c.Note, Stub: c.Stub,
		Archived: !c.Archived.IsZero(), Revision: c.Revision, Created: instant(c.Created),
	}
	if c.Person {
		out.Kind = "person"
	}
	if auth.From(ctx).May(auth.SeeMargins) {
		out.AcquisitionCost = moneyOf(c.AcquiredFor, digits)
	}
	return out
}

var customerFields = []field[Customer]{
	{"external", text, func(c *Customer) string { return c.External }},
	{"number", text, func(c *Customer) string { return c.Number }},
	{"name", text, func(c *Customer) string { return c.Name }},
	{"kind", text, func(c *Customer) string { return c.Kind }},
	{"postal_code", text, func(c *Customer) string { return c.PostalCode }},
	{"city", text, func(c *Customer) string { return c.City }},
	{"state", text, func(c *Customer) string { return c.State }},
	{"country", text, func(c *Customer) string { return c.Country }},
	{"industry", text, func(c *Customer) string { return c.Industry }},
	{"size", text, func(c *Customer) string { return c.Size }},
	{"owner", text, func(c *Customer) string { return c.Owner }},
	{"channel", text, func(c *Customer) string { return c.Channel }},
	{"acquired_on", date, func(c *Customer) string { return c.AcquiredOn }},
	{"contract_until", date, func(c *Customer) string { return c.ContractUntil }},
	{"contractual", flag, func(c *Customer) string { return strconv.FormatBool(c.Contractual) }},
	{"stub", flag, func(c *Customer) string { return strconv.FormatBool(c.Stub) }},
	{"need", number, func(c *Customer) string { return known(c.Need) }},
	{"id", id, func(c *Customer) string { return c.ID }},
}

func known(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// A Contact as programs see it.
type Contact struct {
	ID        string `json:"id"`
	Customer  string `json:"customer"`
	External  string `json:"external"`
	Name      string `json:"name"`
	FirstName string `json:"first_name"`
	Role      string `json:"role"`
	Email     string `json:"email"`
	Phone     string `json:"phone"`
	Language  string `json:"language"`
	Part      string `json:"part" doc:"in a decision"`
	Attitude  string `json:"attitude"`
	Channels  string `json:"channels" doc:"by which the person wishes to be reached, blanks between"`
	Revision  int32  `json:"revision"`
}

func contactOf(c crm.Contact) Contact {
	return Contact{
		ID: idOf(c.ID), Customer: idOf(c.Customer), External: c.External, Name: c.Name, FirstName: c.FirstName, Role: c.Role, Email: c.Email, Phone: c.Phone,
		Language: c.Language, Part: c.Part, Attitude: c.Attitude, Channels: c.Channels, Revision: c.Revision,
	}
}

type getCustomer struct {
	CustomerPath
	OneQuery
}

func (s *Server) customers() {
	handleList[allQuery](s, op{id: "list-customers", path: "/customers", tag: "customers", summary: "Customers that are not archived"}, list[Customer]{
		fields: customerFields, sorts: []string{store.ByID, store.ByNewest, store.ByName}, id: func(c *Customer) string { return c.ID }, stream: s.streamCustomers,
	})
	handle(s, op{id: "get-customer", method: http.MethodGet, path: "/customers/{id}", tag: "customers", summary: "One customer", errors: []int{304}},
		func(ctx context.Context, in *getCustomer) (*one[Customer], error) {
			c, digits, err := s.readCustomer(ctx, in.customer())
			if err != nil {
				return nil, err
			}
			return answer(in.OneQuery, customerOf(ctx, c, digits), c.Revision)
		})
	handleList[ofQuery](s, op{
		id: "list-contacts", path: "/customers/{id}/contacts", tag: "customers", summary: "The contacts of a customer",
		more: "Those whose data is restricted or was erased are left out. The log keeps that the key saw them.",
	}, list[Contact]{
		fields: []field[Contact]{
			{"name", text, func(c *Contact) string { return c.Name }},
			{"role", text, func(c *Contact) string { return c.Role }},
			{"language", text, func(c *Contact) string { return c.Language }},
			{"part", text, func(c *Contact) string { return c.Part }},
		}, sorts: []string{"name", "id"}, id: func(c *Contact) string { return c.ID },
		all: func(ctx context.Context, in listInput) ([]Contact, error) {
			customer := in.(ofQuery).customer()
			cs, err := s.db.Read().ContactsOf(ctx, customer)
			out := make([]Contact, len(cs))
			for i := range cs {
				out[i] = contactOf(cs[i])
			}
			if err == nil && len(cs) > 0 {
				err = s.app.NoteSeen(ctx, "contacts", int64(customer), customer)
			}
			return out, err
		},
	})
	s.accounts()
}

func (s *Server) readCustomer(ctx context.Context, id account.CustomerID) (store.KeptCustomer, int, error) {
	r := s.db.Read()
	book, err := r.Book(ctx)
	if err != nil {
		return store.KeptCustomer{}, 0, err
	}
	c, err := r.Customer(ctx, id)
	return c, book.Digits, err
}

// atOnce is how many rows are read from the book at a time.
const atOnce = 500

func (s *Server) streamCustomers(ctx context.Context, _ listInput, sort string, after mark) iter.Seq2[Customer, error] {
	return func(yield func(Customer, error) bool) {
		r, who := s.db.Read(), auth.From(ctx)
		book, err := r.Book(ctx)
		last := account.CustomerID(0)
		if err == nil && after.ID != "" {
			if last, err = customerID(after.ID); err != nil {
				err = wrong("query.cursor", "this is no cursor of this list: begin without one")
			}
		}
		name := crm.Fold(after.Key)
		for err == nil {
			var cs []store.KeptCustomer
			if cs, err = r.CustomersFrom(ctx, sort, name, last, atOnce); err != nil {
				break
			}
			for _, c := range cs {
				if who.Reaches(c.Owner) && !yield(customerOf(ctx, c, book.Digits), nil) {
					return
				}
			}
			if len(cs) < atOnce {
				return
			}
			last, name = cs[len(cs)-1].ID, crm.Fold(cs[len(cs)-1].Name)
		}
		yield(Customer{}, err)
	}
}
