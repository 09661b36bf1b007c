package auth

import "slices"

// A Role is what somebody is in the company (domain book, section 22).
type Role string

// The roles.
const (
	Viewer         Role = "viewer"
	Capturer       Role = "capturer"
	AccountOwner   Role = "owner"
	SalesManager   Role = "manager"
	Controller     Role = "controller"
	Marketer       Role = "marketer"
	PrivacyOfficer Role = "privacy"
	Administrator  Role = "admin"
)

// Roles are all roles, those that may least first.
var Roles = []Role{Viewer, Capturer, AccountOwner, SalesManager, Controller, Marketer, PrivacyOfficer, Administrator}

// Known says whether a role is one of the list.
func (r Role) Known() bool { return slices.Contains(Roles, r) }

// A Right is what a door asks for.
type Right string

// The rights.
const (
	SeeCustomers   Right = "see_customers"   // lists, cockpits, search
	SeePortfolio   Right = "see_portfolio"   // matrix, concentration, lifetime, reports
	SeeMargins     Right = "see_margins"     // costs and contributions
	BookServices   Right = "book_services"   // and correct one's entries, timers, templates
	EditCustomers  Right = "edit_customers"  // records, overrides
	CareFor        Right = "care_for"        // tasks, strategies, budgets, plans, talks, ratings
	MakeStatements Right = "make_statements" // benefit statements and their links
	ImportFiles    Right = "import_files"    // and take imports back
	ExportData     Right = "export_data"     // tables as files
	SetPlaybooks   Right = "set_playbooks"   // how segments are cared for, arguments, letterhead
	SetRates       Right = "set_rates"       // catalogue, teams, rates, estimates, closing day
	SetModel       Right = "set_model"       // criteria, weights, cuts; ask for a valuation
	KeepPrivacy    Right = "keep_privacy"    // export, erase, restrict, holds, retention
	ReadAudit      Right = "read_audit"
	ManageUsers    Right = "manage_users" // people, keys, webhooks, what roles hide
	Answer         Right = "answer"       // what a signed link lets somebody without a login do
)

// AllRights are the rights that roles have, in the order of the table of rights.
var AllRights = []Right{
	SeeCustomers, SeePortfolio, SeeMargins, BookServices, EditCustomers, CareFor, MakeStatements, ImportFiles, ExportData,
	SetPlaybooks, SetRates, SetModel, KeepPrivacy, ReadAudit, ManageUsers,
}

var rightsOf = map[Role][]Right{
	Viewer:         {SeeCustomers, SeePortfolio, SeeMargins},
	Capturer:       {SeeCustomers, BookServices},
	AccountOwner:   {SeeCustomers, SeePortfolio, SeeMargins, BookServices, EditCustomers, CareFor, MakeStatements, ExportData},
	SalesManager:   {SeeCustomers, SeePortfolio, SeeMargins, BookServices, EditCustomers, CareFor, MakeStatements, ExportData, SetPlaybooks},
	Controller:     {SeeCustomers, SeePortfolio, SeeMargins, BookServices, EditCustomers, ImportFiles, ExportData, SetRates, SetModel},
	Marketer:       {SeeCustomers, SeePortfolio, SeeMargins, MakeStatements, ExportData, SetPlaybooks},
	PrivacyOfficer: {KeepPrivacy, ReadAudit},
	Administrator:  AllRights,
}

// A Hidden names what a company may hide from a role though it could see it
// (domain book, section 22).
type Hidden string

// What can be hidden.
const (
	HideMargins    Hidden = "margins"
	HideStatements Hidden = "statements"
)

// Rights are those of a role, but for what the company hides from it.
func (r Role) Rights(hidden ...Hidden) []Right {
	rights := slices.Clone(rightsOf[r])
	for _, h := range hidden {
		gone := SeeMargins
		if h == HideStatements {
			gone = MakeStatements
		}
		rights = slices.DeleteFunc(rights, func(x Right) bool { return x == gone })
	}
	return rights
}

// A Visibility is whose customers a person sees: their own, those of their team,
// or all.
type Visibility string

// The visibilities.
const (
	Own  Visibility = "own"
	Team Visibility = "team"
	All  Visibility = "all"
)

// Visibilities are all, the narrowest first.
var Visibilities = []Visibility{Own, Team, All}

// Known says whether a visibility is one of the list.
func (v Visibility) Known() bool { return slices.Contains(Visibilities, v) }

// Visibility is what a role begins with: who books services and who owns accounts
// sees their own customers.
func (r Role) Visibility() Visibility {
	if r == Capturer || r == AccountOwner {
		return Own
	}
	return All
}

// Scopes of a key: whether its program only reads.
const (
	ReadOnly  = "read"
	ReadWrite = "write"
)

// reading are the rights that change nothing.
var reading = []Right{SeeCustomers, SeePortfolio, SeeMargins, ExportData, ReadAudit}

// Scoped are the rights that are left of some in a scope.
func Scoped(rights []Right, scope string) []Right {
	if scope == ReadWrite {
		return rights
	}
	return slices.DeleteFunc(slices.Clone(rights), func(r Right) bool { return !slices.Contains(reading, r) })
}
