package paper

import (
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"quid/day"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
)

// PersonData is what a book holds about a person.
type PersonData struct {
	Name     string
	Erased   bool
	Made     time.Time
	Book     string
	Currency string
	Digits   int
	Company  store.Company
	Rows     []PersonRow
	Files    []string // brought files that name the person
}

// A PersonRow is what is shown of one row of a table.
type PersonRow struct {
	Table  string
	ID     int64
	Values []PersonValue
}

// A PersonValue is one column of a row: a text, a number or bytes.
type PersonValue struct {
	Column string
	Value  any
}

// Add adds a row, if there is anything in it to show.
func (d *PersonData) Add(row PersonRow) {
	if len(row.Values) > 0 {
		d.Rows = append(d.Rows, row)
	}
}

// Of returns the rows of a table.
func (d PersonData) Of(table string) (out []PersonRow) {
	for _, r := range d.Rows {
		if r.Table == table {
			out = append(out, r)
		}
	}
	return out
}

// Tables are the tables that there are rows of, in the order of the data map.
func (d PersonData) Tables() (out []string) {
	for _, r := range d.Rows {
		if !slices.Contains(out, r.Table) {
			out = append(out, r.Table)
		}
	}
	return out
}

// A ValueKind says how a number is to be read.
type ValueKind int8

// The kinds of numbers.
const (
	PlainValue ValueKind = iota
	DayValue
	InstantValue
	MoneyValue
	MicroValue
	IDValue
)

var dayColumns = strings.Fields(`day due settled_on disputed_on paid_on solved_on valid_from valid_until acquired_on contract_since contract_until
	review_on from_day to_day ends_on until`)

var moneyColumns = strings.Fields(`volume amount acquired_for need credit_limit receivable net gross total credit credits listed listed_net accrued cost benefit
	charge line_net line_cost base worth revenue sale deduction acquisition care late_payment complaint service goodwill lifetime taken`)

var microColumns = strings.Fields(`quantity rate share discount minutes`)

// Kind says how the number of a column is to be read.
func (v PersonValue) Kind() ValueKind {
	if _, ok := v.Value.(int64); !ok {
		return PlainValue
	}
	switch c := v.Column; {
	case slices.Contains(dayColumns, c):
		return DayValue
	case strings.HasSuffix(c, "_at"):
		return InstantValue
	case strings.HasSuffix(c, "_id"):
		return IDValue
	case slices.Contains(moneyColumns, c):
		return MoneyValue
	case slices.Contains(microColumns, c):
		return MicroValue
	}
	return PlainValue
}

// text writes the value for a reader.
func (d PersonData) text(p *locale.Printer, v PersonValue) string {
	switch x := v.Value.(type) {
	case string:
		return x
	case float64:
		return p.Number(x, 4)
	case int64:
		switch v.Kind() {
		case DayValue:
			return p.Day(int(day.Day(x)))
		case InstantValue:
			return p.Instant(time.UnixMicro(x).UTC())
		case MoneyValue:
			return p.Money(x, d.Digits, d.Currency)
		case MicroValue:
			return p.Number(money.Micro(x).Float(), 3)
		case IDValue:
			return strconv.FormatInt(x, 10)
		}
		return p.Int(x)
	}
	return ""
}

// TableLabel is what a table holds, in the reader's language.
func TableLabel(p *locale.Printer, table string) string {
	if label, ok := tableLabels[table]; ok {
		return p.T(label)
	}
	return p.T(plainName(table))
}

// ColumnLabel is what a column holds, in the reader's language.
func ColumnLabel(p *locale.Printer, column string) string { return p.T(plainName(column)) }

// plainName is a name of the database as people write it.
func plainName(name string) string {
	name = strings.TrimSuffix(strings.ReplaceAll(name, "_", " "), " at")
	return strings.ToUpper(name[:1]) + name[1:]
}

// tableLabels are the tables whose name alone says too little.
var tableLabels = map[string]string{
	"customer": locale.Key("Customer"), "customer_parent": locale.Key("Groups it belonged to"), "contact": locale.Key("Contact person"),
	"document_key": locale.Key("Ids in other systems"), "consent": locale.Key("Consents"), "privacy_mark": locale.Key("Restrictions, objections and holds"),
	"posting": locale.Key("Value account"), "invoice": locale.Key("Invoices and credit notes"), "invoice_line": locale.Key("Lines of invoices"),
	"invoice_deduction": locale.Key("Deductions of invoices"), "payment": locale.Key("Payments"), "settlement": locale.Key("Settlements"),
	"bonus_agreement": locale.Key("Bonus agreements"), "bonus_accrual": locale.Key("Accrued bonuses"), "complaint": locale.Key("Complaints"),
	"interaction": locale.Key("Visits, calls, mails and letters"), "service_entry": locale.Key("Free services"), "service_estimate": locale.Key("Estimated services"),
	"service_outcome": locale.Key("What services brought about"), "attachment": locale.Key("Pictures and papers"), "score": locale.Key("Valuations"),
	"override": locale.Key("Special cases"), "rating": locale.Key("Questions asked and comments"), "rating_answer": locale.Key("Answers to questions"),
	"budget": locale.Key("Budgets of services"), "strategy": locale.Key("Strategies"), "task": locale.Key("Tasks"), "development": locale.Key("Development plans"),
	"possible_value": locale.Key("Services that would be possible"), "timer": locale.Key("Running timers"), "entry_template": locale.Key("Templates of entries"),
	"link": locale.Key("Links that were given away"), "talk": locale.Key("Talks"), "talk_gain": locale.Key("What a talk brought"),
	"import": locale.Key("Imports"), "import_change": locale.Key("What imports changed"), "import_problem": locale.Key("Rejected rows of imports"),
	"mapping": locale.Key("Mappings of columns"), "sheet_word": locale.Key("Words of time sheets"), "mail": locale.Key("Mails of quick entry"),
	"view": locale.Key("Saved views"), "job": locale.Key("Jobs"), "closing": locale.Key("Closing days"), "setting": locale.Key("Settings"), "model": locale.Key("Valuation models"),
	"playbook": locale.Key("Playbooks"), "argument": locale.Key("Arguments"), "objection": locale.Key("Objections in talks"),
	"audit": locale.Key("Log of changes"), "user_account": locale.Key("Users"), "user_session": locale.Key("Sessions"), "user_passkey": locale.Key("Passkeys"), "api_key": locale.Key("Keys of programs"),
	"webhook_attempt": locale.Key("What other programs answered"),
	"draft":           locale.Key("Drafts of assistants"), "brought_file": locale.Key("Brought files that name you"), "team": locale.Key("Teams of the company"),
	"webhook": locale.Key("Addresses of other programs"), "webhook_delivery": locale.Key("What other programs were told"), "company": locale.Key("Company"),
}

var personPage = template.Must(template.New("person").Parse(`<!DOCTYPE html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{.Title}}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;margin:0 0 1rem}th,td{text-align:start;vertical-align:top;padding:.15rem .75rem .15rem 0;overflow-wrap:anywhere}th{font-weight:500;width:14rem;color:#555}
table+table{border-top:1px solid #ddd}</style></head><body>
<h1>{{.Title}}</h1><p>{{.Intro}}</p>{{range .Notes}}<p>{{.}}</p>{{end}}
{{range .Sections}}<section><h2>{{.Title}}</h2>{{range .Rows}}<table><tbody>{{range .}}<tr><th scope="row">{{.Label}}</th><td>{{.Text}}</td></tr>{{end}}</tbody></table>
{{end}}</section>{{end}}</body></html>
`))

type personCell struct{ Label, Text string }

type personSection struct {
	Title string
	Rows  [][]personCell
}

// Sections are the rows by table, in the reader's words.
func (d PersonData) sections(p *locale.Printer) (out []personSection) {
	for _, table := range d.Tables() {
		s := personSection{Title: TableLabel(p, table)}
		for _, row := range d.Of(table) {
			var cells []personCell
			for _, v := range row.Values {
				cells = append(cells, personCell{ColumnLabel(p, v.Column), d.text(p, v)})
			}
			s.Rows = append(s.Rows, cells)
		}
		out = append(out, s)
	}
	return out
}

// WritePerson writes the data of a person as a page to read.
func WritePerson(w io.Writer, d PersonData, lang string) error {
	p := locale.For(lang)
	notes := []string{p.T("You may ask for correction, erasure or restriction, object to the use of your data and complain to a data protection authority. What each kind of data is kept for, and for how long, is said in the record of processing.")}
	if len(d.Files) > 0 {
		notes = append(notes, p.T("Files that were brought and name you lie in the folder imports."))
	}
	return personPage.Execute(w, map[string]any{
		"Lang": p.Lang(), "Title": p.T("Data about {name}", "name", d.Name), "Notes": notes, "Sections": d.sections(p),
		"Intro": p.T("All that {company} keeps about you in Quid, on {day}.", "company", companyName(d), "day", p.Instant(d.Made)),
	})
}

func companyName(d PersonData) string {
	if d.Company.Name != "" {
		return d.Company.Name
	}
	return d.Book
}
