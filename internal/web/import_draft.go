package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"quid/crm"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/intake"
	"quid/internal/locale"
)

// draftPage shows what a file turned out to be and asks how to read it.
type draftPage struct {
	Page
	Draft     app.Draft
	Found     intake.Detection
	Cols      string // fingerprint of the columns the form is made for
	Columns   []draftColumn
	More      int // columns that are not shown
	Questions []ask
	Missing   []string // fields that are needed and have no column, in words
	Problems  map[string]string
	Checked   bool // somebody wanted to go on: show what stands in the way
}

// A draftColumn is one column of the file and what it is taken for.
type draftColumn struct {
	intake.Column
	Field   string            // ours, "" if it is left out
	Maybe   intake.Suggestion // what it may be, where nothing is chosen
	Sure    bool              // its header is known
	Reading intake.ColumnReading
	Read    bool // Reading says something
	Text    bool // it is read as the text it is
}

// An ask is a question that one answer settles for all columns it is about.
type ask struct {
	Name     string // of the form field: decimal or dates
	Columns  []intake.Question
	Readings []string // the answers there are
}

// reading is what the sample of a question is under an answer, "" if it can't
// be read so.
func (a ask) reading(q intake.Question, answer string) string {
	for _, r := range q.Readings {
		if r.Answer == answer {
			return r.Value
		}
	}
	return ""
}

// mostColumns is how many columns a page shows; the names of the others decide.
const mostColumns = 250

func (s *Server) draft(w http.ResponseWriter, r *http.Request) error {
	d, err := s.app.Draft(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return s.showDraft(w, r, http.StatusOK, draftPage{Draft: d})
}

// showDraft looks at the file as the draft says and shows the form, as a whole
// page or as what htmx swaps.
func (s *Server) showDraft(w http.ResponseWriter, r *http.Request, status int, p draftPage) error {
	var err error
	if p.Page, err = s.newPage(r, locale.Key("Columns of the file")); err != nil {
		return err
	}
	err = s.files.with(p.Draft, func(f *intake.File) error { return p.look(f) })
	if fields := fault.Fields(err); len(fields) > 0 {
		// The file can't be read as it is asked; the form says so and stays.
		p.Problems = s.problemsOf(r, fields)
		status, err = http.StatusUnprocessableEntity, nil
	}
	if err != nil {
		return err
	}
	if fragment(r) {
		return s.render(w, r, status, draftForm(p))
	}
	return s.render(w, r, status, draftView(p))
}

// look fills in what the file shows.
func (p *draftPage) look(f *intake.File) error {
	req := p.Draft.Request
	p.Found, p.Cols = f.Detection, fingerprint(f)
	chosen := chosenFields(req, f)
	suggested := make(map[int]intake.Suggestion)
	for _, g := range f.Suggest(req.Kind) {
		suggested[g.Column] = g
	}
	plan, questions, err := f.Plan(req.Kind, mappingOf(f, chosen), planOptions(req, p.Currency))
	p.Missing = p.missing(err)
	if err != nil && len(p.Missing) == 0 {
		return err
	}
	p.Questions = asks(questions)
	for i, c := range f.Columns[:min(len(f.Columns), mostColumns)] {
		col := draftColumn{Column: c, Field: chosen[i]}
		if g, ok := suggested[i]; ok {
			col.Sure = g.Sure && g.Field == chosen[i]
			// Likeness finds too much: a guess helps where something is needed.
			if field, _ := req.Kind.Field(g.Field); field.Required && chosen[i] == "" && !slices.Contains(chosen, g.Field) {
				col.Maybe = g
			}
		}
		if plan != nil {
			col.Reading, col.Read = plan.Reading(i)
			col.Text = !col.Read && col.Field != ""
		}
		p.Columns = append(p.Columns, col)
	}
	p.More = len(f.Columns) - len(p.Columns)
	return nil
}

// planOptions are the options that a plan needs.
func planOptions(req app.ImportRequest, currency string) intake.Options {
	o := req.Read
	o.Currency = currency
	return o
}

// chosenFields returns the field of each column: as somebody chose, else where
// the header is known.
func chosenFields(req app.ImportRequest, f *intake.File) []string {
	fields := make([]string, len(f.Columns))
	if req.Mapping == nil {
		for _, g := range f.Suggest(req.Kind) {
			if g.Sure {
				fields[g.Column] = g.Field
			}
		}
		return fields
	}
	named := make(map[string]string, len(req.Mapping))
	for _, p := range req.Mapping {
		named[crm.Fold(p.Their)] = p.Ours
	}
	for i, c := range f.Columns {
		if field := named[crm.Fold(c.Name)]; field != "" && !slices.Contains(fields, field) {
			if _, ok := req.Kind.Field(field); ok {
				fields[i] = field
			}
		}
	}
	return fields
}

// mappingOf names the field of every column, also of those that are left out.
func mappingOf(f *intake.File, fields []string) intake.Mapping {
	m := make(intake.Mapping, len(fields))
	for i, ours := range fields {
		m[i] = intake.Pair{Their: f.Columns[i].Name, Ours: ours}
	}
	return m
}

// missing names the fields without which there is no plan, in words.
func (p Page) missing(err error) []string {
	if err == nil {
		return nil
	}
	_, names, ok := strings.Cut(err.Error(), "no column is mapped to ")
	if !ok {
		return nil
	}
	names, _, _ = strings.Cut(names, ":")
	names, _, _ = strings.Cut(names, ";")
	var words []string
	for w := range strings.FieldsSeq(strings.ReplaceAll(names, ",", " ,")) {
		switch w {
		case "or":
			words = append(words, p.T("or"))
		case "and":
			words = append(words, p.T("and"))
		case ",":
			words = append(words, ",")
		default:
			words = append(words, p.fieldName(w))
		}
	}
	return words
}

// asks puts the questions that one answer settles together.
func asks(questions []intake.Question) []ask {
	var list []ask
	for _, q := range questions {
		name := strings.TrimPrefix(q.Flag, "--")
		i := slices.IndexFunc(list, func(a ask) bool { return a.Name == name })
		if i < 0 {
			i = len(list)
			list = append(list, ask{Name: name})
		}
		list[i].Columns = append(list[i].Columns, q)
		for _, r := range q.Readings {
			if !slices.Contains(list[i].Readings, r.Answer) {
				list[i].Readings = append(list[i].Readings, r.Answer)
			}
		}
	}
	return list
}

// postDraft reads the form. "look" shows the file anew, "try" goes on to the dry
// run if nothing stands in the way.
func (s *Server) postDraft(w http.ResponseWriter, r *http.Request) error {
	d, err := s.app.Draft(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return fault.Field("form", "the form could not be read")
	}
	page := draftPage{Draft: d}
	if err := s.readDraft(r, &page.Draft); err != nil {
		page.Draft = d
		page.Problems = s.problemsOf(r, fault.Fields(err))
		if len(page.Problems) == 0 {
			return err
		}
		return s.showDraft(w, r, http.StatusUnprocessableEntity, page)
	}
	if err := s.app.PutDraft(r.Context(), page.Draft); err != nil {
		return err
	}
	if r.FormValue("do") != "try" {
		if fragment(r) {
			return s.showDraft(w, r, http.StatusOK, page)
		}
		http.Redirect(w, r, draftPath(d.Token, "columns"), http.StatusSeeOther)
		return nil
	}
	ready, err := s.ready(r, page.Draft)
	if err != nil {
		return err
	}
	if !ready {
		page.Checked = true
		return s.showDraft(w, r, http.StatusUnprocessableEntity, page)
	}
	s.trials.forget(d.Token) // facts may have changed since the last one
	next, err := s.askSheet(r, page.Draft)
	if err != nil {
		return err
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// readDraft reads the form into a draft. Choices about columns count only while
// the columns are those that the form showed.
func (s *Server) readDraft(r *http.Request, d *app.Draft) error {
	req := &d.Request
	was := req.Kind
	d.Recalled = false
	var errs []error
	var err error
	if req.Kind, err = intake.ParseKind(r.FormValue("kind")); err != nil {
		return err
	}
	req.Read.Encoding, req.Read.Sheet = r.FormValue("encoding"), r.FormValue("sheet")
	req.Read.Delimiter, req.Read.Decimal = firstByte(r.FormValue("delimiter")), firstByte(r.FormValue("decimal"))
	if req.Read.Dates, err = intake.ParseOrder(r.FormValue("dates")); err != nil {
		errs = append(errs, err)
	}
	header, _ := strconv.Atoi(r.FormValue("header"))
	req.Read.Header = intake.Choice(min(max(header, 0), 2))
	switch mode := app.Mode(r.FormValue("mode")); mode {
	case app.Upsert, app.CreateOnly, app.UpdateOnly:
		req.Mode = mode
	}
	req.Related = r.FormValue("related") != "reject"
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return s.files.with(*d, func(f *intake.File) error {
		if fingerprint(f) != r.FormValue("cols") || req.Kind != was {
			req.Mapping, req.Read.Where = nil, nil
			return nil
		}
		req.Mapping = readMapping(r, f)
		req.Read.Where = readWhere(r, f)
		return nil
	})
}

func firstByte(s string) byte {
	switch s {
	case ";", ",", "|", ".":
		return s[0]
	case "tab":
		return '\t'
	}
	return 0
}

func readMapping(r *http.Request, f *intake.File) intake.Mapping {
	m := make(intake.Mapping, 0, len(f.Columns))
	for i := range f.Columns[:min(len(f.Columns), mostColumns)] {
		m = append(m, intake.Pair{Their: f.Columns[i].Name, Ours: r.FormValue("map." + strconv.Itoa(i))})
	}
	return m
}

// mostWheres is how many conditions a form asks for.
const mostWheres = 12

func readWhere(r *http.Request, f *intake.File) []intake.Where {
	var list []intake.Where
	for i := range mostWheres {
		n := strconv.Itoa(i)
		col, err := strconv.Atoi(r.FormValue("where.column." + n))
		if err != nil || col < 0 || col >= len(f.Columns) {
			continue
		}
		list = append(list, intake.Where{Column: f.Columns[col].Name, Not: r.FormValue("where.not."+n) == "1", Value: strings.TrimSpace(r.FormValue("where.value." + n))})
	}
	return list
}

// ready says whether a draft can be read as it stands: every needed field has a
// column, and nothing is left open.
func (s *Server) ready(r *http.Request, d app.Draft) (bool, error) {
	book, err := s.db.Read().Book(r.Context())
	if err != nil {
		return false, err
	}
	ready := false
	err = s.files.with(d, func(f *intake.File) error {
		if twice(d.Request.Mapping) != "" {
			return nil
		}
		_, questions, err := f.Plan(d.Request.Kind, mappingOf(f, chosenFields(d.Request, f)), planOptions(d.Request, book.Currency))
		ready = err == nil && len(questions) == 0
		if errors.Is(err, fault.Invalid) {
			return nil // the page says what is wrong
		}
		return err
	})
	if errors.Is(err, fault.Invalid) {
		return false, nil
	}
	return ready, err
}

// twice returns a field that two columns are mapped to, or "".
func twice(m intake.Mapping) string {
	seen := make(map[string]bool)
	for _, p := range m {
		if p.Ours != "" && seen[p.Ours] {
			return p.Ours
		}
		seen[p.Ours] = true
	}
	return ""
}
