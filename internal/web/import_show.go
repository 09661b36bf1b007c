package web

import (
	"strings"

	"quid/day"
	"quid/internal/app"
	"quid/internal/intake"
)

// undoLine is a record that an undo kept, or could not take back.
type undoLine = app.UndoLine

// An importCount is what became of the records of a file.
type importCount struct{ app.Counts }

// share is the part of the records that was rejected.
func (c importCount) share(p Page) string {
	if c.Read == 0 {
		return ""
	}
	return p.Percent(float64(c.Rejected)/float64(c.Read), 1)
}

// also lists the records of other kinds that the same rows made.
func (c importCount) also(p Page) []Figure {
	var list []Figure
	for _, k := range intake.Kinds {
		if n := c.Also[string(k)]; n > 0 {
			list = append(list, Figure{Label: p.T(importKinds[k]), Value: p.Int(n)})
		}
	}
	return list
}

// A shownProblem is what is wrong with a row, in the reader's language.
type shownProblem struct {
	Line            int
	Column, Value   string
	Problem, Remedy string
}

func (p trialPage) trialProblems(problems []intake.Problem) []shownProblem {
	var list []shownProblem
	for _, x := range problems[:min(len(problems), shownProblems)] {
		s := shownProblem{Line: x.Line, Column: x.Column, Value: x.Value}
		s.Problem, s.Remedy = p.problemText(x.Problem)
		list = append(list, s)
	}
	return list
}

func (p resultPage) rowProblems() []shownProblem {
	var list []shownProblem
	for _, x := range p.Problems {
		s := shownProblem{Line: x.Line, Column: x.Field, Value: x.Value}
		s.Problem, s.Remedy = p.problemText(x.Problem)
		list = append(list, s)
	}
	return list
}

// problemCount says how many problems there are, and how many are shown.
func (p Page) problemCount(n int) string {
	if n > shownProblems {
		return p.T("The first {n} are shown.", "n", shownProblems)
	}
	return ""
}

// resultSub says when the import ran.
func (p resultPage) resultSub() string {
	text := p.T("begun {when}", "when", p.Instant(p.Line.Started))
	if !p.Line.Ended.IsZero() {
		text += " · " + p.T("ended {when}", "when", p.Instant(p.Line.Ended))
	}
	return text
}

func (p resultPage) valuingProgress() Progress {
	g := Progress{ID: "valuing", Label: p.T("Valuation"), Done: p.Valuing.Done, Total: p.Valuing.Total}
	if p.Valuing.State != "running" {
		g.Text = p.T("waits for its turn")
	}
	return g
}

// foundText says what the file turned out to be.
func (p draftPage) foundText() string {
	parts := []string{p.sizeText(p.Draft.Size)}
	if p.Found.Format == "" {
		return parts[0]
	}
	parts = append(parts, p.N("{n} row", "{n} rows", int(p.Found.Rows)))
	if p.Found.Blank > 0 {
		parts = append(parts, p.N("{n} empty row", "{n} empty rows", int(p.Found.Blank)))
	}
	if p.Found.Ragged > 0 {
		parts = append(parts, p.N("{n} row with too few or too many fields", "{n} rows with too few or too many fields", int(p.Found.Ragged)))
	}
	if p.Found.Repaired > 0 {
		parts = append(parts, p.N("{n} row with repaired quotes", "{n} rows with repaired quotes", p.Found.Repaired))
	}
	return strings.Join(parts, " · ")
}

// asked says whether the form asks a question as radio buttons.
func (p draftPage) asked(name string) bool {
	for _, a := range p.Questions {
		if a.Name == name {
			return true
		}
	}
	return false
}

// detected is the first choice of a select: what was found.
func (p draftPage) detected(what string) Option {
	if what == "" {
		return Option{"", p.T("detected per column")}
	}
	return Option{"", p.T("detected: {what}", "what", what)}
}

func encodingOptions(p draftPage) []Option {
	return append([]Option{p.detected(encodingName(p.Found.Encoding))}, encodings...)
}

func delimiterOptions(p draftPage) []Option {
	list := []Option{p.detected(p.delimiterName(p.Found.Delimiter))}
	for _, d := range []string{";", ",", "tab", "|"} {
		list = append(list, Option{d, p.delimiterName(d)})
	}
	return list
}

func headerOptions(p draftPage) []Option {
	found := p.T("holds the names of the columns")
	if !p.Found.Header {
		found = p.T("is a row like the others")
	}
	list := []Option{p.detected(found), {"1", p.T("holds the names of the columns")}, {"2", p.T("is a row like the others")}}
	list[0].Value = "0"
	return list
}

func sheetOptions(p draftPage) []Option {
	var list []Option
	for _, s := range p.Found.Sheets {
		list = append(list, Option{s, s})
	}
	return list
}

func decimalOptions(p draftPage) []Option {
	found := ""
	for _, c := range p.Columns {
		if c.Read && c.Reading.Decimal != 0 {
			found = p.T(decimalSigns[string(c.Reading.Decimal)])
		}
	}
	list := []Option{p.detected(found)}
	for _, d := range []string{",", "."} {
		list = append(list, Option{d, p.T(decimalSigns[d])})
	}
	return list
}

func orderOptions(p draftPage) []Option {
	list := []Option{p.detected("")}
	for _, o := range []intake.Order{intake.DMY, intake.MDY, intake.YMD, intake.YYYYMMDD} {
		list = append(list, Option{o.String(), p.T(dateOrders[o.String()])})
	}
	return list
}

func delimiterValue(b byte) string {
	if b == '\t' {
		return "tab"
	}
	return byteText(b)
}

func byteText(b byte) string {
	if b == 0 {
		return ""
	}
	return string(rune(b))
}

// readValue writes what a value is read as in the reader's way.
func (p Page) readValue(isDay bool, v string) string {
	if isDay {
		if d, err := day.Parse(v); err == nil {
			return p.Day(d)
		}
		return v
	}
	whole, fraction, found := strings.Cut(v, ".")
	whole, negative := strings.CutPrefix(whole, "-")
	var b strings.Builder
	if negative {
		b.WriteString("\u2212")
	}
	group, mark := ",", "."
	if p.Lang() == "de" {
		group, mark = ".", ","
	}
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(r)
	}
	if found {
		b.WriteString(mark + fraction)
	}
	return b.String()
}

// columnName is the name of a column; one without a name has its number.
func (c draftColumn) columnName(p Page) string {
	if n, ok := strings.CutPrefix(c.Name, "column "); ok && isNumber(n) {
		return p.T("column {n}", "n", n)
	}
	return c.Name
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// fieldOption is a field in a choice of columns; needed ones are marked.
func (p Page) fieldOption(f intake.Field) string {
	if f.Required {
		return p.fieldName(f.Name) + " *"
	}
	return p.fieldName(f.Name)
}

// wheres are the conditions there are, and one to fill in.
func (p draftPage) wheres() []intake.Where {
	list := p.Draft.Request.Read.Where
	return append(list[:len(list):len(list)], intake.Where{})
}
