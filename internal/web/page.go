package web

import (
	"slices"

	"quid/account"
	"quid/day"
	"quid/internal/auth"
	"quid/internal/locale"
	"quid/money"

	"github.com/a-h/templ"
)

// A Page is what every page knows, whatever it shows. It speaks the reader's
// language by its Printer: p.T, p.N, p.Percent.
type Page struct {
	*locale.Printer

	Who     auth.Who        // asks
	Title   string          // in the reader's language; the heading of the page
	Count   string          // a number beside the heading, such as 1.234, or ""
	Path    string          // of the request, such as /customers
	Back    string          // where POST /settings leads back to: the request's path and query
	Theme   string          // light, dark or system
	Actions templ.Component // buttons at the right end of the top bar, or nil

	Public string // the address people use, which every link for others begins with

	Book     string // the name of the book, or ""
	Currency string // of the book, such as EUR
	Digits   int    // decimals of the currency
	AsOf     day.Day

	Commands []Command // what the command palette offers beside the places, the customers
	Flash    *Toast    // what happened just now, or nil

	Timers []runningTimer     // of the book
	Keys   bool               // whether single letters are keys: N books a service
	About  account.CustomerID // whom the page is about, 0 for nobody: N books for them
}

// Money writes an amount of the book with its decimals: 1.234,50 €.
func (p Page) Money(a money.Amount) string {
	return p.Printer.Money(int64(a), p.Digits, p.Currency)
}

// Amount writes an amount of the book in whole units: 1.235 €.
func (p Page) Amount(a money.Amount) string {
	return p.Printer.Amount(int64(a), p.Digits, p.Currency)
}

// Short writes an amount of the book in few digits: 1,23 Mio. €.
func (p Page) Short(a money.Amount) string {
	return p.Printer.Short(int64(a), p.Digits, p.Currency)
}

// Day writes a day; none is written as nothing.
func (p Page) Day(d day.Day) string { return p.Printer.Day(int(d)) }

// Units is an amount as a number of whole units, for a chart.
func (p Page) Units(a money.Amount) float64 {
	x := float64(a)
	for range p.Digits {
		x /= 10
	}
	return x
}

// A Command is a line of the command palette.
type Command struct {
	Label string // in the reader's language
	Icon  string // a lucide icon; write the name as Icon: "play" so that the build finds it
	Href  string
	Post  bool // whether Href is posted to, for commands that change something
}

// A place is a page of the sidebar.
type place struct {
	Icon, Path, Name string
	group            string // the heading it stands under
	phone            bool   // whether the bar at the foot of a phone shows it
}

// The groups of the sidebar.
const (
	aboutCustomers = "customers"
	aboutServices  = "services"
	aboutCare      = "care"
	aboutData      = "data"
	aboutPeople    = "people"
)

// A group is a heading of the sidebar.
type group struct{ key, name string }

// groups are the headings of the sidebar, in their order: what is looked at, what
// is done day by day, and last what is set up once.
var groups = []group{
	{aboutCustomers, locale.Key("Customers and value")},
	{aboutServices, locale.Key("Booking services")},
	{aboutCare, locale.Key("Care and talks")},
	{aboutData, locale.Key("Data and settings")},
	{aboutPeople, locale.Key("People and access")},
}

// placesOf are the places under a heading
// and that who asks may open.
func (p Page) placesOf(group string) []place {
	var out []place
	for _, at := range places {
		if at.group == group && p.shows(at.Path) {
			out = append(out, at)
		}
	}
	return out
}

var places = []place{
	{Icon: "grid-2x2", Path: "/", Name: locale.Key("Matrix"), group: aboutCustomers, phone: true},
	{Icon: "users", Path: "/customers", Name: locale.Key("Customers"), group: aboutCustomers, phone: true},
	{Icon: "chart-spline", Path: "/concentration", Name: locale.Key("Concentration"), group: aboutCustomers},
	{Icon: "hourglass", Path: "/lifetime", Name: locale.Key("Lifetime"), group: aboutCustomers},
	{Icon: "user-plus", Path: "/newcomers", Name: locale.Key("New customers"), group: aboutCustomers},

	{Icon: "notebook-pen", Path: "/capture", Name: locale.Key("Capture"), group: aboutServices},
	{Icon: "smartphone", Path: "/phone", Name: locale.Key("On the go"), group: aboutServices, phone: true},
	{Icon: "lightbulb", Path: "/candidates", Name: locale.Key("Proposed services"), group: aboutServices},
	{Icon: "mail", Path: "/mails", Name: locale.Key("Mails to book"), group: aboutServices},
	{Icon: "chart-column-stacked", Path: "/services", Name: locale.Key("Reports on services"), group: aboutServices},

	{Icon: "list-todo", Path: "/tasks", Name: locale.Key("Tasks"), group: aboutCare},
	{Icon: "bot", Path: "/drafts", Name: locale.Key("Drafts"), group: aboutCare},
	{Icon: "scale", Path: "/attention", Name: locale.Key("Attention"), group: aboutCare},
	{Icon: "sprout", Path: "/development", Name: locale.Key("Development"), group: aboutCare},
	{Icon: "book-open", Path: "/playbooks", Name: locale.Key("Playbooks"), group: aboutCare},
	{Icon: "messages-square", Path: "/arguments", Name: locale.Key("Arguments"), group: aboutCare},
	{Icon: "gift", Path: "/statements", Name: locale.Key("Benefit statements"), group: aboutCare},

	{Icon: "file-up", Path: "/import", Name: locale.Key("Import"), group: aboutData, phone: true},
	{Icon: "list-checks", Path: "/completeness", Name: locale.Key("Completeness"), group: aboutData},
	{Icon: "presentation", Path: "/workshop", Name: locale.Key("Workshop"), group: aboutData},
	{Icon: "library", Path: "/catalogue", Name: locale.Key("Catalogue of services"), group: aboutData},
	{Icon: "users-round", Path: "/teams", Name: locale.Key("Teams and capture coverage"), group: aboutData},
	{Icon: "table-2", Path: "/estimates", Name: locale.Key("Opening estimates"), group: aboutData},
	{Icon: "lock", Path: "/closing", Name: locale.Key("Closing day and rules"), group: aboutData},
	{Icon: "sliders-horizontal", Path: "/model", Name: locale.Key("Model"), group: aboutData},
	{Icon: "shield-check", Path: "/privacy", Name: locale.Key("Privacy"), group: aboutData},
	{Icon: "building-2", Path: "/company", Name: locale.Key("Company"), group: aboutData},
	{Icon: "users-round", Path: "/users", Name: locale.Key("Users"), group: aboutPeople},
	{Icon: "key-round", Path: "/keys", Name: locale.Key("Keys for programs"), group: aboutPeople},
	{Icon: "webhook", Path: "/webhooks", Name: locale.Key("Webhooks"), group: aboutPeople},
	{Icon: "scroll-text", Path: "/audit", Name: locale.Key("Audit log"), group: aboutPeople},
}

// groups are the headings under which who asks may open a page.
func (p Page) groups() []group {
	return slices.DeleteFunc(slices.Clone(groups), func(g group) bool { return len(p.placesOf(g.key)) == 0 })
}

// reachable are the places that who asks may open.
func (p Page) reachable() []place {
	return slices.DeleteFunc(slices.Clone(places), func(at place) bool { return !p.shows(at.Path) })
}

// mostAtFoot is how many places the bar at the foot of a phone has room for, beside the
// settings.
const mostAtFoot = 4

// atFoot are the places that the bar at the foot of a phone shows: those meant for it,
// and where those are few, the first that who asks may open.
func (p Page) atFoot() []place {
	list := slices.DeleteFunc(p.reachable(), func(at place) bool { return !at.phone })
	if len(list) > 1 {
		return list
	}
	list = p.reachable()
	return list[:min(len(list), mostAtFoot)]
}

// here says whether the page lies at or below a place.
func (p Page) here(at place) bool {
	if at.Path == "/" {
		return p.Path == "/" || under(p.Path, "/matrix")
	}
	return under(p.Path, at.Path)
}

func under(path, root string) bool {
	return path == root || len(path) > len(root) && path[:len(root)+1] == root+"/"
}

// current is the value of aria-current.
func current(yes bool) string {
	if yes {
		return "page"
	}
	return "false"
}

// themes are the choices of the settings, in their order.
var themes = []struct{ key, name string }{
	{"light", locale.Key("Light")},
	{"dark", locale.Key("Dark")},
	{"system", locale.Key("System")},
}

// theme is the chosen one, or the system's.
func (p Page) theme() string {
	if p.Theme == "light" || p.Theme == "dark" {
		return p.Theme
	}
	return "system"
}
