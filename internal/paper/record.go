package paper

import (
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"quid/internal/locale"
	"quid/internal/store"
	"quid/privacy"
)

// RecordData is what a record of processing (GDPR Art. 30) says beside the data map.
type RecordData struct {
	Company store.Company
	Book    string
	Days    map[privacy.Class]int // how long each class is kept, as set
}

// A recordActivity is what is done for one purpose.
type recordActivity struct {
	Title, Basis string
	Persons      []string
	Data         []string
	Kept         []string
	Tables       []recordTable
}

type recordTable struct {
	Name, Title string
	Columns     []recordColumn
}

type recordColumn struct{ Name, Category, Erased, Exported string }

// PurposeLabel says what something is kept for.
func PurposeLabel(p *locale.Printer, of privacy.Purpose) string { return p.T(purposeLabels[of]) }

var purposeLabels = map[privacy.Purpose]string{
	privacy.Reach:     locale.Key("Know and reach customers and the persons there"),
	privacy.Books:     locale.Key("Keep the value account and its documents"),
	privacy.Care:      locale.Key("Look after customers and talk with them"),
	privacy.Judging:   locale.Key("Value customers"),
	privacy.Intake:    locale.Key("Take data in and put mistakes right"),
	privacy.Setup:     locale.Key("Settings of the company"),
	privacy.Operation: locale.Key("Run the program"),
	privacy.Proof:     locale.Key("Prove what the law asks for"),
	privacy.Access:    locale.Key("Let people in, and nobody else"),
}

// bases are the usual legal bases; a company checks them for itself.
var bases = map[privacy.Purpose]string{
	privacy.Reach:     locale.Key("Contract and legitimate interest, GDPR Art. 6 (1) (b) and (f)"),
	privacy.Books:     locale.Key("Contract and legal obligation, GDPR Art. 6 (1) (b) and (c)"),
	privacy.Care:      locale.Key("Legitimate interest, GDPR Art. 6 (1) (f); advertising by consent (a)"),
	privacy.Judging:   locale.Key("Legitimate interest, GDPR Art. 6 (1) (f); persons may object (Art. 21) and are left out"),
	privacy.Intake:    locale.Key("Legitimate interest, GDPR Art. 6 (1) (f)"),
	privacy.Setup:     locale.Key("Legitimate interest, GDPR Art. 6 (1) (f)"),
	privacy.Operation: locale.Key("Legitimate interest, GDPR Art. 6 (1) (f), and security, Art. 32"),
	privacy.Proof:     locale.Key("Legal obligation, GDPR Art. 6 (1) (c)"),
	privacy.Access:    locale.Key("Security of processing, GDPR Art. 32"),
}

// ClassLabel names a class of retention.
func ClassLabel(p *locale.Printer, c privacy.Class) string { return p.T(classLabels[c]) }

var classLabels = map[privacy.Class]string{
	privacy.BookClass:      locale.Key("Books of account"),
	privacy.VoucherClass:   locale.Key("Vouchers: what postings rest on"),
	privacy.LetterClass:    locale.Key("Business letters: contacts, talks, complaints"),
	privacy.LeadClass:      locale.Key("Persons with whom nothing came about"),
	privacy.ReportClass:    locale.Key("Tasks that ended, plans, answers"),
	privacy.ImportClass:    locale.Key("Rejected rows, mails, what undo needs"),
	privacy.RelationClass:  locale.Key("As long as the customer is one"),
	privacy.TechnicalClass: locale.Key("As long as the program needs it"),
	privacy.ProofClass:     locale.Key("Consents and notes that ended"),
	privacy.AuthorClass:    locale.Key("Who booked what: days by the rules of the ledger"),
}

// CategoryLabel names what a column holds.
func CategoryLabel(p *locale.Printer, c privacy.Category) string { return p.T(categoryLabels[c]) }

var categoryLabels = map[privacy.Category]string{
	privacy.None: locale.Key("technical"), privacy.Business: locale.Key("business"), privacy.OfContact: locale.Key("personal, of a contact"),
	privacy.OfCustomer: locale.Key("personal where the customer is a person"), privacy.OfUser: locale.Key("personal, of a user"), privacy.FreeText: locale.Key("free text"),
}

// ErasingLabel says what an erasure does.
func ErasingLabel(p *locale.Printer, e privacy.Erasing) string { return p.T(erasingLabels[e]) }

var erasingLabels = map[privacy.Erasing]string{
	privacy.Kept: locale.Key("kept"), privacy.Blanked: locale.Key("emptied"), privacy.Pseudonym: locale.Key("replaced by a pseudonym"),
	privacy.Scrubbed: locale.Key("what names the person is replaced"), privacy.RowDropped: locale.Key("the row is deleted"),
	privacy.Derived: locale.Key("computed again"), privacy.ByAge: locale.Key("goes by itself after a set time"),
}

// KeptText says how long a class is kept.
func KeptText(p *locale.Printer, c privacy.Class, days map[privacy.Class]int) string {
	n, ok := days[c]
	switch {
	case !ok:
		return ClassLabel(p, c)
	case n == 0:
		return p.T("{class}: for ever", "class", ClassLabel(p, c))
	}
	return p.T("{class}: {days} days", "class", ClassLabel(p, c), "days", n)
}

// activities are the purposes for which there is personal data, with its tables.
func activities(p *locale.Printer, d RecordData) (out []recordActivity) {
	for _, purpose := range []privacy.Purpose{privacy.Reach, privacy.Books, privacy.Care, privacy.Judging, privacy.Intake, privacy.Proof, privacy.Access, privacy.Operation, privacy.Setup} {
		a := recordActivity{Title: PurposeLabel(p, purpose), Basis: p.T(bases[purpose])}
		add := func(list *[]string, text string) {
			if !slices.Contains(*list, text) {
				*list = append(*list, text)
			}
		}
		for _, t := range store.DataMap() {
			table := recordTable{Name: t.Name, Title: TableLabel(p, t.Name)}
			for _, c := range t.Columns {
				if c.Purpose != purpose || !c.Personal() {
					continue
				}
				add(&a.Persons, p.T(personsOf[c.Category]))
				add(&a.Kept, KeptText(p, c.Class, d.Days))
				add(&a.Data, table.Title)
				exported := p.T("not exported")
				if c.Exported {
					exported = p.T("exported")
				}
				table.Columns = append(table.Columns, recordColumn{c.Name, CategoryLabel(p, c.Category), ErasingLabel(p, c.Erasing), exported})
			}
			if len(table.Columns) > 0 {
				a.Tables = append(a.Tables, table)
			}
		}
		if len(a.Tables) > 0 {
			out = append(out, a)
		}
	}
	return out
}

var personsOf = map[privacy.Category]string{
	privacy.OfContact: locale.Key("contacts at customers"), privacy.OfCustomer: locale.Key("customers that are persons"),
	privacy.OfUser: locale.Key("those who work with Quid"), privacy.FreeText: locale.Key("whoever is named in free text"),
}

// A recordSide is a line of the head of the record.
type recordSide struct{ Label, Text string }

func recordHead(p *locale.Printer, d RecordData) []recordSide {
	c := d.Company
	fill := p.T("(to be filled in by the company)")
	orFill := func(s string) string {
		if strings.Trim(s, " ,") == "" {
			return fill
		}
		return s
	}
	return []recordSide{
		{p.T("Who is responsible"), orFill(strings.Join([]string{c.Name, c.Street, c.Place}, ", "))},
		{p.T("To be reached at"), orFill(strings.Join([]string{c.Phone, c.Email}, ", "))},
		{p.T("Data protection officer"), fill},
		{p.T("Recipients"), p.T("Nobody outside the company, but those to whom it gives exports, links and statements; whoever runs the server for it (processor)")},
		{p.T("Third countries"), p.T("Quid sends nothing there; where the server stands is the company's choice")},
		{p.T("Security"), p.T("Login and rights by role, log of changes, encrypted backups, one signed address per link; see the operating manual")},
		{p.T("Decisions"), p.T("No decision about a person is made by a score alone")},
	}
}

// WriteRecord writes the record of processing from the data map, as Markdown.
func WriteRecord(w io.Writer, d RecordData, lang string) error {
	p := locale.For(lang)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", p.T("Record of processing"), p.T("Made by Quid from its data map, in which every column of the book has an entry. It describes the program; whether it is used so is for the company to say."))
	for _, h := range recordHead(p, d) {
		fmt.Fprintf(&b, "- **%s:** %s\n", h.Label, h.Text)
	}
	for _, a := range activities(p, d) {
		fmt.Fprintf(&b, "\n## %s\n\n", a.Title)
		for _, side := range a.sides(p) {
			fmt.Fprintf(&b, "- **%s:** %s\n", side.Label, side.Text)
		}
		fmt.Fprintf(&b, "\n| %s | %s | %s | %s | %s |\n|---|---|---|---|---|\n", p.T("Table"), p.T("Column"), p.T("Category"), p.T("Erasure"), p.T("Export"))
		for _, t := range a.Tables {
			for _, c := range t.Columns {
				fmt.Fprintf(&b, "| %s | `%s.%s` | %s | %s | %s |\n", t.Title, t.Name, c.Name, c.Category, c.Erased, c.Exported)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// sides are what the record says of an activity.
func (a recordActivity) sides(p *locale.Printer) []recordSide {
	return []recordSide{
		{p.T("Legal basis, usually"), a.Basis},
		{p.T("Persons"), strings.Join(a.Persons, ", ")},
		{p.T("Data"), strings.Join(a.Data, ", ")},
		{p.T("Kept"), strings.Join(a.Kept, "; ")},
	}
}

var recordPage = template.Must(template.New("record").Parse(`<!DOCTYPE html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{.Title}}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c}table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.2rem .75rem .2rem 0;border-bottom:1px solid #ddd;vertical-align:top;overflow-wrap:anywhere}dt{font-weight:600}dd{margin:0 0 .4rem}</style></head>
<body><h1>{{.Title}}</h1><p>{{.Intro}}</p><dl>{{range .Head}}<dt>{{.Label}}</dt><dd>{{.Text}}</dd>{{end}}</dl>
{{$cols := .Columns}}{{range .Activities}}<h2>{{.A.Title}}</h2><dl>{{range .Sides}}<dt>{{.Label}}</dt><dd>{{.Text}}</dd>{{end}}</dl>
<table><thead><tr>{{range $cols}}<th scope="col">{{.}}</th>{{end}}</tr></thead><tbody>{{range .A.Tables}}{{$t := .}}{{range .Columns}}<tr><td>{{$t.Title}}</td><td>{{$t.Name}}.{{.Name}}</td><td>{{.Category}}</td><td>{{.Erased}}</td><td>{{.Exported}}</td></tr>{{end}}{{end}}</tbody></table>
{{end}}</body></html>
`))

// WriteRecordPage writes the record of processing as a page.
func WriteRecordPage(w io.Writer, d RecordData, lang string) error {
	p := locale.For(lang)
	type one struct {
		A     recordActivity
		Sides []recordSide
	}
	var list []one
	for _, a := range activities(p, d) {
		list = append(list, one{a, a.sides(p)})
	}
	return recordPage.Execute(w, map[string]any{
		"Lang": p.Lang(), "Title": p.T("Record of processing"), "Head": recordHead(p, d), "Activities": list,
		"Intro":   p.T("Made by Quid from its data map, in which every column of the book has an entry. It describes the program; whether it is used so is for the company to say."),
		"Columns": []string{p.T("Table"), p.T("Column"), p.T("Category"), p.T("Erasure"), p.T("Export")},
	})
}
