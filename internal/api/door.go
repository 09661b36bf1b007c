package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"quid/account"
	"quid/fault"
	"quid/internal/auth"
)

// A scope says how far an operation leads, as in the table of the pages.
type scope int8

const (
	toSetup    scope = iota + 1 // nothing of a customer
	toCustomer                  // the customer {id} in the path, where the key sees them
	toSome                      // of many customers, those that the key sees
	toAll                       // the whole book: the key sees all customers
)

// A door is what an operation asks of a key.
type door struct {
	scope  scope
	rights []auth.Right // all of them
}

func of(s scope, rights ...auth.Right) door { return door{s, rights} }

// doors names what each operation asks. One that is not here stops the program when
// it starts.
var doors = map[string]door{
	"list-customers": of(toSome, auth.SeeCustomers), "get-customer": of(toCustomer, auth.SeeCustomers),
	"get-account": of(toCustomer, auth.SeeCustomers, auth.SeeMargins), "list-postings": of(toCustomer, auth.SeeCustomers, auth.SeeMargins),
	"list-contacts": of(toCustomer, auth.SeeCustomers), "list-customer-services": of(toCustomer, auth.SeeCustomers),
	"list-services": of(toSome, auth.SeeCustomers), "get-service": of(toCustomer, auth.SeeCustomers),
	"list-service-types": of(toSetup, auth.SeeCustomers),
	"list-valuations":    of(toAll, auth.SeePortfolio, auth.SeeMargins),
	"list-segments":      of(toSome, auth.SeePortfolio, auth.SeeMargins), "list-portfolio": of(toSome, auth.SeePortfolio, auth.SeeMargins),
	"list-imports": of(toAll, auth.ImportFiles), "list-tasks": of(toSome, auth.CareFor), "get-task": of(toCustomer, auth.CareFor),
}

// looked are rights of those who change things, which also open lists that they
// work on: a key that only reads may look at these if its role has the right.
var looked = []auth.Right{auth.ImportFiles, auth.CareFor}

// open says whether a key may go through a door; a customer in the path is asked for
// later.
func (d door) open(who auth.Who, reads bool) bool {
	if who.User == 0 && who.Key == 0 && !who.Whole || d.scope == toAll && !who.ReachesAll() {
		return false
	}
	for _, right := range d.rights {
		if !who.May(right) && !(reads && slices.Contains(looked, right) && slices.Contains(who.Role.Rights(), right)) {
			return false
		}
	}
	return true
}

// changes says whether some right of a door is one that a key which only reads
// doesn't have.
func (d door) changes() bool { return len(auth.Scoped(d.rights, auth.ReadOnly)) < len(d.rights) }

// An op is an operation as it is registered.
type op struct {
	id, method, path, tag string
	summary, more         string
	status                int   // of success; 0: 200
	errors                []int // beside those that each may answer
	change                func(*huma.Operation)
}

// handle registers an operation behind its door.
func handle[I, O any](s *Server, o op, fn func(context.Context, *I) (*O, error)) {
	d, ok := doors[o.id]
	if !ok {
		panic("the operation " + o.id + " names no right: add it to doors")
	}
	reads := o.method == http.MethodGet
	if !reads && !d.changes() {
		panic("the operation " + o.id + " writes, but a key that only reads may go through its door")
	}
	if d.scope == toCustomer && !strings.HasPrefix(o.path, "/customers/{id}") {
		panic("the operation " + o.id + " is about a customer that its path doesn't name")
	}
	rights := make([]string, len(d.rights))
	for i, r := range d.rights {
		rights[i] = string(r)
	}
	operation := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Tags: []string{o.tag}, Summary: o.summary, DefaultStatus: o.status,
		Description: strings.TrimSpace(o.more + "\n\nThe key's role has to have: " + strings.Join(rights, ", ") + "."),
		Errors:      append([]int{401, 403, 404, 422, 429, 503}, o.errors...),
		Middlewares: huma.Middlewares{s.guard(d, reads)},
		Extensions:  map[string]any{"x-rights": rights},
	}
	if o.change != nil {
		o.change(&operation)
	}
	s.routed = append(s.routed, o.id)
	huma.Register(s.api, operation, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		var withHeaders huma.HeadersError
		if errors.As(err, &withHeaders) {
			return nil, err // 304 with its ETag
		}
		if err != nil {
			return nil, s.problemOf(ctx, err)
		}
		return out, nil
	})
}

// guard lets through who may; it stands before the body is read.
func (s *Server) guard(d door, reads bool) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		ctx := c.Context()
		err := error(nil)
		if !d.open(auth.From(ctx), reads) {
			err = fault.Denied
		} else if d.scope == toCustomer {
			err = s.reach(ctx, c.Param("id"))
		}
		if err == nil {
			next(c)
			return
		}
		p := s.problemOf(ctx, err)
		c.SetHeader("Content-Type", p.ContentType(""))
		c.SetStatus(p.Status)
		b, _ := p.MarshalJSON()
		_, _ = c.BodyWriter().Write(b)
	}
}

// reach refuses a customer that the key doesn't see, or that is not there.
func (s *Server) reach(ctx context.Context, text string) error {
	id, err := customerID(text)
	if err == nil {
		_, err = s.db.Read().Customer(ctx, id)
	}
	return err
}

// customerID reads the id of a customer.
func customerID(text string) (account.CustomerID, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, fault.NotFound
	}
	return account.CustomerID(id), nil
}

// CustomerPath is the customer in a path.
type CustomerPath struct {
	ID string `path:"id" doc:"id of the customer"`
}

// customer is the id in the path, which the guard has read before.
func (p CustomerPath) customer() account.CustomerID {
	id, _ := customerID(p.ID)
	return id
}
