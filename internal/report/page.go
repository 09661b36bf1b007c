package report

import (
	"embed"
	"html/template"
	"io"

	"quid/internal/locale"
)

//go:embed page.html
var files embed.FS

var pageTemplate = template.Must(template.ParseFS(files, "page.html"))

// A Page is what a report says, from top to bottom, in words of its reader.
type Page struct {
	Title, Subtitle string
	Verdict         string   // the report in a sentence or two
	Figures         []Figure // the numbers to remember
	Warnings        []string
	WarningsTitle   string
	Sections        []Section
	Footer          string
}

// A Figure is a number with its name.
type Figure struct{ Name, Value, Note string }

// A Section is a heading with pictures or tables.
type Section struct {
	Title, Text string
	Parts       []Part
}

// A Part is a picture or a table with what it says.
type Part struct {
	Title, Text string
	Picture     template.HTML
	Legend      []LegendEntry
	Table       *Grid
	TableTitle  string // if set, the table is folded under it
}

// A LegendEntry names a colour.
type LegendEntry struct{ Class, Name string }

// A Grid is a table of texts; the first column are names.
type Grid struct {
	Head []string
	Rows [][]string
	Best int // the row that is marked, -1 for none
}

// Write writes the page as HTML.
func (p *Page) Write(w io.Writer, lang *locale.Printer) error {
	return pageTemplate.Execute(w, struct {
		*Page
		Lang locale.Lang
	}{p, lang.Lang()})
}
