package web

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/intake"
	"quid/internal/locale"
	"quid/internal/store"
)

// resultPage is one import: how far it is, what became of it, and its undo.
type resultPage struct {
	Page
	Line     importLine
	Problems []store.RowProblem
	Undone   app.UndoReport
	Valuing  store.Job // the valuation that waits or runs; zero if none does
	Sheet    bool      // it was a workshop sheet with quantities that the grid is filled from
	Stuck    store.Job // the job that gave up although the import has not ended; zero if none did
}

func (s *Server) importResult(w http.ResponseWriter, r *http.Request) error {
	p, err := s.readResult(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, resultView(p))
}

func (s *Server) importState(w http.ResponseWriter, r *http.Request) error {
	p, err := s.readResult(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, resultState(p))
}

// importID reads the id of an address.
func importID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("import %q: %w", r.PathValue("id"), fault.NotFound)
	}
	return id, nil
}

func (s *Server) readResult(r *http.Request) (resultPage, error) {
	var p resultPage
	id, err := importID(r)
	if err != nil {
		return p, err
	}
	imp, err := s.db.Read().Import(r.Context(), id)
	if err != nil {
		return p, err
	}
	if p.Page, err = s.newPage(r, locale.Key("Import")); err != nil {
		return p, err
	}
	p.Title = imp.File
	jobs, err := s.jobsUnderWay(r)
	if err != nil {
		return p, err
	}
	if p.Line, err = lineOf(imp, jobs); err != nil {
		return p, err
	}
	for _, j := range jobs {
		if j.Kind == app.ValueJob && p.Valuing.State != "running" {
			p.Valuing = j
		}
	}
	if p.Line.Busy() && p.Line.Job.ID == 0 {
		if p.Stuck, err = s.stuck(r, imp); err != nil {
			return p, err
		}
	}
	if imp.Report != "" {
		if err := json.Unmarshal([]byte(imp.Report), &p.Undone); err != nil {
			return p, fmt.Errorf("import %d: report: %w", id, err)
		}
	}
	if intake.Kind(imp.Kind) == intake.ServiceTypes && imp.State == "done" && p.shows("/estimates") {
		sheet, err := app.KeptSheet(r.Context(), s.db.Read())
		if err != nil {
			return p, err
		}
		p.Sheet = sheet.Import == id
	}
	p.Problems, err = s.db.Read().Problems(r.Context(), id, -1, shownProblems)
	return p, err
}

// stuck finds the job of an import that gave up, the newest first.
func (s *Server) stuck(r *http.Request, imp store.Import) (store.Job, error) {
	jobs, err := s.db.Read().Jobs(r.Context(), imp.Started.Add(-time.Minute))
	if err != nil {
		return store.Job{}, err
	}
	for _, j := range jobs {
		if j.Kind == app.ImportJob && j.State == "failed" && j.Arg == strconv.FormatInt(imp.ID, 10) {
			return j, nil
		}
	}
	return store.Job{}, nil
}

// goOn lets the jobs try an import again that they gave up.
func (s *Server) goOn(w http.ResponseWriter, r *http.Request) error {
	id, err := importID(r)
	if err != nil {
		return err
	}
	if err := s.app.GoOnWith(r.Context(), id); err != nil && !errors.Is(err, fault.Conflict) {
		return err
	}
	http.Redirect(w, r, importPath(id), http.StatusSeeOther)
	return nil
}

// broke says why an import broke off. Errors say their circumstances first; the
// part behind that people know is translated.
func (p Page) broke(text string) string {
	for rest := text; ; {
		if said := p.T(rest); said != rest {
			return said
		}
		_, after, ok := strings.Cut(rest, ": ")
		if !ok {
			return text
		}
		rest = after
	}
}

// Waiting says whether the page has to be asked for again.
func (p resultPage) Waiting() bool {
	return p.Line.Busy() && p.Stuck.ID == 0 || p.Valuing.ID != 0 && p.Line.State == "done"
}

func (s *Server) undoImport(w http.ResponseWriter, r *http.Request) error {
	id, err := importID(r)
	if err != nil {
		return err
	}
	// Undoing twice is no mistake: the page shows what became of it.
	if err := s.app.StartUndo(r.Context(), id); err != nil && !errors.Is(err, fault.Conflict) {
		return err
	}
	http.Redirect(w, r, importPath(id), http.StatusSeeOther)
	return nil
}

// rejected writes the rows that were not taken in as a CSV file: why, then the
// row as it stood. Corrected, it can be imported as it is.
func (s *Server) rejected(w http.ResponseWriter, r *http.Request) error {
	id, err := importID(r)
	if err != nil {
		return err
	}
	imp, err := s.db.Read().Import(r.Context(), id)
	if err != nil {
		return err
	}
	layout, err := s.app.RejectLayout(imp)
	if err != nil {
		return err
	}
	p, err := s.newPage(r, "")
	if err != nil {
		return err
	}
	first, err := s.db.Read().Problems(r.Context(), id, -1, 200)
	if err != nil {
		return err
	}
	answer, err := patient(w, readerPatience)
	if err != nil {
		return err
	}
	name := imp.File
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	attachment(w, "text/csv; charset=utf-8", name+p.T("-rejected")+".csv")
	out := &rejectFile{w: bufio.NewWriter(answer), p: p, sep: delimiterOf(layout, first)}
	out.header(layout.Columns)
	for problem, err := range s.db.Read().AllProblems(r.Context(), id) {
		if err != nil {
			return err
		}
		out.add(problem)
	}
	out.flush()
	return out.w.Flush()
}

// delimiterOf returns the sign between the fields of rows: as the import was
// told, else the one that cuts most of the first rows into as many fields as
// there are columns.
func delimiterOf(l app.RejectLayout, first []store.RowProblem) byte {
	if l.Delimiter != 0 {
		return l.Delimiter
	}
	best, most := byte(';'), 0
	for _, sep := range []byte{';', ',', '\t', '|'} {
		n := 0
		for _, p := range first {
			row, _, _ := strings.Cut(p.Row, "\n")
			if row != "" && fieldsIn(row, sep) == len(l.Columns) {
				n++
			}
		}
		if n > most {
			best, most = sep, n
		}
	}
	return best
}

// fieldsIn counts the fields of a row, quotes respected.
func fieldsIn(row string, sep byte) int {
	n, quoted := 1, false
	for i := range len(row) {
		switch {
		case row[i] == '"':
			quoted = !quoted
		case row[i] == sep && !quoted:
			n++
		}
	}
	return n
}

// A rejectFile writes rejected rows. Why stands before the row, so that a row
// with fields too few or too many does not shift it; a document of several rows
// has its reasons on each.
type rejectFile struct {
	w       *bufio.Writer
	p       Page
	sep     byte
	rows    string
	line    int
	reasons []string
}

func (f *rejectFile) header(columns []string) {
	f.w.WriteString("\ufeff") // German Excel takes it for UTF-8 then
	f.cell(app.RejectColumn + f.p.T("line"))
	f.w.WriteByte(f.sep)
	f.cell(app.RejectColumn + f.p.T("problem"))
	for _, c := range columns {
		f.w.WriteByte(f.sep)
		f.cell(c)
	}
	f.w.WriteString("\r\n")
}

// cell writes a field of ours, quoted where it must be.
func (f *rejectFile) cell(s string) {
	if strings.ContainsAny(s, "\"\r\n;,\t|") {
		s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	f.w.WriteString(s)
}

// add takes a problem; the first of a document carries its rows.
func (f *rejectFile) add(p store.RowProblem) {
	if p.Row != "" {
		f.flush()
		f.rows, f.line = p.Row, p.Line
	}
	problem, remedy := f.p.problemText(p.Problem)
	reason := f.p.T("line {n}", "n", strconv.Itoa(p.Line))
	if p.Field != "" {
		reason += ", " + f.p.fieldName(p.Field)
	}
	if p.Value != "" {
		reason += " „" + p.Value + "“"
	}
	reason += ": " + problem
	if remedy != "" {
		reason += " – " + remedy
	}
	f.reasons = append(f.reasons, reason)
}

// flush writes the rows of the document whose problems are all known.
func (f *rejectFile) flush() {
	if f.rows == "" {
		return
	}
	why := strings.Join(f.reasons, " | ")
	for _, row := range rowsOf(f.rows) {
		f.cell(strconv.Itoa(f.line))
		f.w.WriteByte(f.sep)
		f.cell(why)
		f.w.WriteByte(f.sep)
		f.w.WriteString(row)
		f.w.WriteString("\r\n")
	}
	f.rows, f.reasons = "", nil
}

// rowsOf cuts the rows of a document apart, but not at line breaks in quotes.
func rowsOf(text string) []string {
	if strings.Count(text, `"`)%2 != 0 {
		return strings.Split(text, "\n") // a quote was lost
	}
	var rows []string
	from, quoted := 0, false
	for i := range len(text) {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == '\n' && !quoted:
			rows = append(rows, strings.TrimSuffix(text[from:i], "\r"))
			from = i + 1
		}
	}
	return append(rows, text[from:])
}
