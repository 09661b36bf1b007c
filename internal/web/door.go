package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"quid/account"
	"quid/fault"
	"quid/internal/auth"
)

// A scope says how far a door leads, and so whom it lets through beside the right.
type scope int8

const (
	toAnyone   scope = iota + 1 // without a login
	toSelf                      // whoever is in, about themselves
	toSetup                     // nothing of a customer
	toCustomer                  // the customer in the path, where who asks sees them
	toSome                      // of many customers, those that who asks sees
	toAll                       // the whole book: who asks sees all customers
)

// A door is what a route asks of who comes.
type door struct {
	scope  scope
	rights []auth.Right // all of them
}

func of(s scope, rights ...auth.Right) door { return door{s, rights} }

// doors names what each route asks. A route that is not here stops the program when
// it starts.
var doors = map[string]door{
	"GET /assets/": of(toAnyone), "/": of(toAnyone),
	"GET /start": of(toAnyone), "POST /start": of(toAnyone), "GET /login": of(toAnyone), "POST /login": of(toAnyone),
	"GET /login/second": of(toAnyone), "POST /login/second": of(toAnyone), "POST /logout": of(toAnyone),
	"POST /login/second/passkey": of(toAnyone), "POST /login/second/passkey/ask": of(toAnyone),
	"POST /login/passkey": of(toAnyone), "POST /login/passkey/ask": of(toAnyone),
	"GET /login/sso": of(toAnyone), "GET /login/sso/back": of(toAnyone), "GET /forgot": of(toAnyone), "POST /forgot": of(toAnyone), "GET /invite/{token}": of(toAnyone), "POST /invite/{token}": of(toAnyone),
	"GET /s/{token}": of(toAnyone), "GET /s/{token}/statement.pdf": of(toAnyone), "GET /s/{token}/logo": of(toAnyone),
	"GET /r/{token}": of(toAnyone), "POST /r/{token}": of(toAnyone), "GET /calendar/{secret}": of(toAnyone),
	"GET /phone": of(toAnyone), "GET /phone/sw.js": of(toAnyone), "GET /phone/manifest.webmanifest": of(toAnyone), // a shell without data

	"GET /{$}": of(toSelf), "POST /settings": of(toAnyone), "GET /account": of(toSelf), "GET /account/data.zip": of(toSelf), "POST /account/password": of(toSelf), "POST /account/second": of(toSelf),
	"POST /account/second/prove": of(toSelf), "POST /account/second/drop": of(toSelf), "POST /account/recovery": of(toSelf), "POST /account/sessions/{session}/end": of(toSelf),
	"POST /account/passkeys/begin": of(toSelf), "POST /account/passkeys": of(toSelf), "POST /account/passkeys/drop": of(toSelf),

	"GET /users": of(toSetup, auth.ManageUsers), "GET /users/new": of(toSetup, auth.ManageUsers), "POST /users/new": of(toSetup, auth.ManageUsers),
	"GET /users/{id}": of(toSetup, auth.ManageUsers), "GET /users/{id}/data.zip": of(toSetup, auth.ManageUsers), "POST /users/{id}": of(toSetup, auth.ManageUsers), "POST /users/{id}/{do}": of(toSetup, auth.ManageUsers),
	"POST /users/hide": of(toSetup, auth.ManageUsers), "POST /keys": of(toSetup, auth.ManageUsers), "GET /keys": of(toSetup, auth.ManageUsers), "POST /keys/{id}/revoke": of(toSetup, auth.ManageUsers),
	"GET /webhooks": connecting(), "POST /webhooks": connecting(), "GET /webhooks/{webhook}": connecting(), "POST /webhooks/{webhook}": connecting(),
	"POST /webhooks/{webhook}/{do}": connecting(), "POST /webhooks/{webhook}/deliveries/{delivery}": connecting(),
	"GET /audit": of(toSetup, auth.ReadAudit), "GET /audit.csv": of(toSetup, auth.ReadAudit),

	"GET /matrix/points": seen(toSome), "GET /matrix/moves": seen(toSome), "GET /matrix/point": seen(toSome), "GET /matrix/open": seen(toSome), "GET /matrix/whatif": seen(toSome),
	"GET /customers": of(toSome, auth.SeeCustomers), "GET /customers.xlsx": of(toSome, auth.SeeCustomers, auth.ExportData), "GET /customers.csv": of(toSome, auth.SeeCustomers, auth.ExportData),
	"GET /views/{id}": of(toSome, auth.SeeCustomers), "POST /views": of(toSome, auth.SeeCustomers, auth.CareFor), "POST /views/{id}/delete": of(toSome, auth.SeeCustomers, auth.CareFor),
	"GET /palette.json": of(toSome, auth.SeeCustomers), "POST /value": of(toSetup, auth.SetModel),
	"GET /concentration": seen(toAll), "GET /lifetime": seen(toAll), "GET /newcomers": seen(toAll),

	"GET /customers/{id}": of(toCustomer, auth.SeeCustomers), "POST /customers/{id}": of(toCustomer, auth.EditCustomers),
	"GET /customers/{id}/path": seen(toCustomer), "GET /customers/{id}/moves": seen(toCustomer), "GET /customers/{id}/explain/{figure}": seen(toCustomer),
	"POST /customers/{id}/override": of(toCustomer, auth.EditCustomers, auth.SeeMargins), "POST /customers/{id}/override/{override}/end": of(toCustomer, auth.EditCustomers, auth.SeeMargins),
	"POST /customers/{id}/strategy": of(toCustomer, auth.CareFor), "POST /customers/{id}/budget": of(toCustomer, auth.CareFor), "POST /customers/{id}/tasks": of(toCustomer, auth.CareFor),
	"POST /customers/{id}/tasks/{task}/{do}": of(toCustomer, auth.CareFor),
	"GET /customers/{id}/dossier":            seen(toCustomer), "GET /customers/{id}/dossier.pdf": seen(toCustomer), "GET /customers/{id}/practice": seen(toCustomer),
	"GET /customers/{id}/ratings": of(toCustomer, auth.CareFor), "POST /customers/{id}/ratings": of(toCustomer, auth.CareFor), "POST /customers/{id}/ratings/{rating}/revoke": of(toCustomer, auth.CareFor),
	"GET /customers/{id}/statement": of(toCustomer, auth.MakeStatements), "GET /customers/{id}/statement.pdf": of(toCustomer, auth.MakeStatements),
	"POST /customers/{id}/statement/links": of(toCustomer, auth.MakeStatements), "POST /customers/{id}/statement/links/{link}/revoke": of(toCustomer, auth.MakeStatements),
	"GET /customers/{id}/talks": seen(toCustomer), "POST /customers/{id}/talks": of(toCustomer, auth.CareFor), "POST /customers/{id}/talks/{talk}/withdraw": of(toCustomer, auth.CareFor),
	"GET /customers/{id}/people": of(toCustomer, auth.SeeCustomers), "POST /customers/{id}/people/{contact}": of(toCustomer, auth.CareFor),
	"GET /entries/{customer}/{id}": of(toCustomer, auth.SeeCustomers), "POST /entries/{customer}/{id}/files": of(toCustomer, auth.BookServices),
	"GET /entries/{customer}/{id}/benefit": of(toCustomer, auth.BookServices), "POST /entries/{customer}/{id}/benefit": of(toCustomer, auth.BookServices),
	"GET /attachments/{customer}/{id}": of(toCustomer, auth.SeeCustomers), "POST /attachments/{customer}/{id}/drop": of(toCustomer, auth.BookServices),
	"GET /development/{id}": seen(toCustomer), "POST /development/{id}": of(toCustomer, auth.CareFor), "POST /development/{id}/give-up": of(toCustomer, auth.CareFor), "POST /development/{id}/estimate": of(toCustomer, auth.CareFor),

	"GET /capture": booking(), "POST /capture": booking(), "GET /capture/reckon": booking(), "GET /capture/names": booking(), "GET /capture/line.json": booking(), "POST /capture/back": booking(),
	"GET /capture/several": booking(), "POST /capture/several": booking(), "POST /capture/templates": booking(), "POST /capture/templates/drop": booking(),
	"GET /capture/lines": booking(), "POST /timers": booking(), "POST /timers/stop": booking(), "POST /timers/drop": booking(),
	"GET /phone/data": booking(), "GET /phone/customers": booking(), "GET /phone/line": booking(), "POST /phone/sync": booking(), "POST /phone/photo": booking(),

	"GET /drafts": of(toSome, auth.SeeCustomers), "POST /drafts/{id}/{draft}/{do}": of(toCustomer, auth.SeeCustomers), // the right follows from the draft
	"GET /tasks": of(toSome, auth.CareFor), "POST /tasks/mine": of(toSelf, auth.CareFor), "POST /tasks/again": of(toAll, auth.SetPlaybooks),
	"POST /tasks/calendar": of(toSelf, auth.CareFor), "POST /tasks/calendar/{feed}/revoke": of(toSelf, auth.CareFor),
	"GET /attention": seen(toSome), "POST /attention/limit": of(toAll, auth.SetPlaybooks), "GET /development": seen(toSome),
	"GET /playbooks": of(toSetup, auth.SeePortfolio), "GET /playbooks/{segment}": of(toSetup, auth.SeePortfolio), "POST /playbooks/{segment}": of(toAll, auth.SetPlaybooks), "POST /playbooks/{segment}/drop": of(toAll, auth.SetPlaybooks),
	"GET /arguments": of(toSetup, auth.SeePortfolio), "GET /arguments/{code}/{lang}": of(toSetup, auth.SeePortfolio),
	"POST /arguments/{code}/{lang}": of(toSetup, auth.SetPlaybooks), "POST /arguments/{code}/{lang}/reset": of(toSetup, auth.SetPlaybooks),
	"GET /services": seen(toSome), "GET /services.svg": seen(toSome),
	"GET /services.xlsx": of(toSome, auth.SeePortfolio, auth.SeeMargins, auth.ExportData), "GET /services.csv": of(toSome, auth.SeePortfolio, auth.SeeMargins, auth.ExportData),
	"GET /services/entries.xlsx": of(toSome, auth.SeePortfolio, auth.ExportData), "GET /services/entries.csv": of(toSome, auth.SeePortfolio, auth.ExportData),
	"GET /statements": of(toAll, auth.MakeStatements), "POST /statements": of(toAll, auth.MakeStatements), "GET /statements/{id}/state": of(toAll, auth.MakeStatements), "GET /statements/{id}/file": of(toAll, auth.MakeStatements),

	"GET /candidates": booking(), "POST /candidates/confirm": booking(), "POST /candidates/dismiss": booking(),
	"POST /candidates/again": booking(), "POST /candidates/calls": of(toAll, auth.SetRates),
	"GET /mails": of(toAll, auth.BookServices), "POST /mails/dismiss": of(toAll, auth.BookServices),
	"GET /import": bringing(), "POST /import": bringing(), "GET /import/list": bringing(), "GET /import/draft/{token}/columns": bringing(), "POST /import/draft/{token}/columns": bringing(),
	"GET /import/draft/{token}/words": bringing(), "POST /import/draft/{token}/words": bringing(), "GET /import/draft/{token}/check": bringing(), "GET /import/draft/{token}/check/state": bringing(),
	"POST /import/draft/{token}/start": bringing(), "POST /import/draft/{token}/drop": bringing(), "GET /import/{id}": bringing(), "GET /import/{id}/state": bringing(),
	"GET /import/{id}/rejected.csv": bringing(), "POST /import/{id}/undo": bringing(), "POST /import/{id}/go": bringing(),

	"GET /completeness": seen(toAll), "GET /completeness/{datum}": seen(toAll), "GET /completeness/{datum}/list.csv": of(toAll, auth.SeePortfolio, auth.ExportData),
	"GET /model": seen(toAll), "POST /model": of(toAll, auth.SetModel), "POST /model/preview": of(toAll, auth.SetModel), "GET /model/valuing": of(toSetup, auth.SeePortfolio), "POST /model/value": of(toSetup, auth.SetModel),
	"POST /model/rate/late": of(toSetup, auth.SetRates), "POST /model/rate/care": of(toSetup, auth.SetRates), "POST /model/rate/exchange": of(toSetup, auth.SetRates),
	"GET /catalogue": of(toSetup, auth.SeeCustomers), "POST /catalogue/shipped": of(toSetup, auth.SetRates), "GET /catalogue/new": of(toSetup, auth.SetRates), "POST /catalogue/new": of(toSetup, auth.SetRates),
	"GET /catalogue/{id}": of(toSetup, auth.SeeCustomers), "POST /catalogue/{id}": of(toSetup, auth.SetRates),
	"GET /teams": of(toSetup, auth.SeePortfolio), "GET /teams/new": of(toSetup, auth.SetRates), "POST /teams/new": of(toSetup, auth.SetRates), "GET /teams/{id}": of(toSetup, auth.SeePortfolio),
	"POST /teams/{id}": of(toSetup, auth.SetRates), "POST /teams/{id}/rates": of(toSetup, auth.SetRates),
	"GET /estimates": of(toAll, auth.SetRates), "POST /estimates": of(toAll, auth.SetRates), "POST /estimates/{at}/undo": of(toAll, auth.SetRates), "GET /estimates/state": of(toAll, auth.SetRates),
	"GET /closing": of(toSetup, auth.SetRates), "POST /closing": of(toSetup, auth.SetRates), "POST /closing/settings": of(toSetup, auth.SetRates), "GET /closing/authors": of(toAll, auth.SetRates),
	"GET /workshop": of(toAll, auth.SetRates), "GET /workshop.xlsx": of(toAll, auth.SetRates),

	"GET /privacy": keeping(), "GET /privacy/notes": keeping(), "GET /privacy/log": keeping(),
	"GET /privacy/record": keeping(), "GET /privacy/record/download": keeping(), "GET /privacy/retention": keeping(),
	"POST /privacy/retention": keeping(), "POST /privacy/retention/settings": keeping(), "GET /privacy/persons/{id}/{contact}": keeping(),
	"GET /privacy/persons/{id}/{contact}/export": keeping(), "POST /privacy/persons/{id}/{contact}/correct": keeping(), "POST /privacy/persons/{id}/{contact}/mark": keeping(),
	"POST /privacy/persons/{id}/{contact}/unmark": keeping(), "POST /privacy/persons/{id}/{contact}/consent": keeping(), "POST /privacy/persons/{id}/{contact}/withdraw": keeping(),
	"GET /privacy/persons/{id}/{contact}/erase": keeping(), "POST /privacy/persons/{id}/{contact}/erase": keeping(),
	"GET /company": of(toSetup, auth.SetPlaybooks), "POST /company": of(toSetup, auth.SetPlaybooks), "GET /company/logo": of(toSelf),
}

// seen is a door to what the valuation says.
func seen(s scope) door { return of(s, auth.SeePortfolio, auth.SeeMargins) }

// booking is a door of those who book services.
func booking() door { return of(toSome, auth.BookServices) }

// bringing is a door of those who take files in, which may name any customer.
func bringing() door { return of(toAll, auth.ImportFiles) }

// connecting is a door of those who connect programs, which are told of every customer.
func connecting() door { return of(toAll, auth.ManageUsers) }

// keeping is a door of those who answer persons, whoever's customers they are at.
func keeping() door { return of(toAll, auth.KeepPrivacy) }

// open says whether who asks may go through a door; a customer in the path is asked
// for later.
func (d door) open(who auth.Who) bool {
	if d.scope == toAnyone {
		return true
	}
	if who.User == 0 && who.Key == 0 && !who.Whole || d.scope == toAll && !who.ReachesAll() {
		return false
	}
	for _, right := range d.rights {
		if !who.May(right) {
			return false
		}
	}
	return true
}

// errWhole refuses a page about the whole company to who sees some customers only.
var errWhole = fmt.Errorf("about all customers: %w", fault.Denied)

// denies says why a door is shut: whether it would open to the same person if they saw
// all customers.
func (d door) denies(who auth.Who) error {
	if who.Sees = auth.Everybody; d.scope == toAll && d.open(who) {
		return errWhole
	}
	return fault.Denied
}

// A router takes routes that the table of doors names.
type router struct {
	mux  *http.ServeMux
	s    *Server
	seen map[string]bool // patterns that were taken
}

// Handle takes a route. One that the table of doors doesn't name panics.
func (rt *router) Handle(pattern string, h http.Handler) {
	d, ok := doors[pattern]
	if !ok {
		panic(fmt.Sprintf("the route %q names no right: add it to doors", pattern))
	}
	rt.seen[pattern] = true
	if d.scope == toAnyone {
		rt.mux.Handle(pattern, h)
		return
	}
	param := "id"
	if strings.Contains(pattern, "{customer}") {
		param = "customer"
	}
	rt.mux.Handle(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := auth.From(r.Context())
		if who.User == 0 && who.Key == 0 && !who.Whole {
			rt.s.ask(w, r)
			return
		}
		if !d.open(who) {
			rt.s.page(func(http.ResponseWriter, *http.Request) error { return d.denies(who) }).ServeHTTP(w, r)
			return
		}
		if d.scope == toCustomer {
			if err := rt.s.reach(r, param); err != nil {
				rt.s.page(func(http.ResponseWriter, *http.Request) error { return err }).ServeHTTP(w, r)
				return
			}
		}
		if !who.Whole && (strings.HasSuffix(pattern, ".csv") || strings.HasSuffix(pattern, ".xlsx")) {
			if err := rt.s.app.NoteExport(r.Context(), r.URL.Path, narrowedBy(r)); err != nil {
				rt.s.page(func(http.ResponseWriter, *http.Request) error { return err }).ServeHTTP(w, r)
				return
			}
		}
		h.ServeHTTP(w, r)
	}))
}

// narrowedBy names the fields that a list is narrowed by.
func narrowedBy(r *http.Request) []string {
	var by []string
	for name, values := range r.URL.Query() {
		if slices.ContainsFunc(values, func(v string) bool { return v != "" }) {
			by = append(by, name)
		}
	}
	slices.Sort(by)
	return by
}

// reach refuses a customer in the path that who asks doesn't see.
func (s *Server) reach(r *http.Request, param string) error {
	id, err := strconv.ParseInt(r.PathValue(param), 10, 64)
	if err != nil {
		return fmt.Errorf("customer %q: %w", r.PathValue(param), fault.NotFound)
	}
	return s.db.Read().Reach(r.Context(), account.CustomerID(id))
}

// homeOf is the page that somebody begins at.
func homeOf(who auth.Who) string {
	switch {
	case seen(toSome).open(who):
		return "/"
	case doors["GET /capture"].open(who):
		return "/capture"
	case doors["GET /customers"].open(who):
		return "/customers"
	case doors["GET /privacy"].open(who):
		return "/privacy"
	default:
		return "/account"
	}
}

// shows says whether who asks may open a page of ours: for links that lead there.
func (p Page) shows(path string) bool {
	switch path {
	case "/":
		return seen(toSome).open(p.Who)
	case "/phone": // a shell without data, open to anyone: it is of use to those who book
		return booking().open(p.Who)
	}
	return leads(p.Who, http.MethodGet, path)
}

// May says whether who asks has a right.
func (p Page) May(right auth.Right) bool { return p.Who.May(right) }

// Margins says whether who asks sees costs and contributions.
func (p Page) Margins() bool { return p.Who.May(auth.SeeMargins) }
