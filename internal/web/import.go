package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/intake"
	"quid/internal/locale"
	"quid/internal/store"

	"github.com/a-h/templ"
)

// importRoutes are the pages of files that come in.
func (s *Server) importRoutes(mux *router) {
	mux.Handle("GET /import", s.page(s.imports))
	mux.Handle("POST /import", s.page(s.upload))
	mux.Handle("GET /import/list", s.page(s.importList))
	mux.Handle("GET /import/draft/{token}/columns", s.page(s.draft))
	mux.Handle("POST /import/draft/{token}/columns", s.page(s.postDraft))
	mux.Handle("GET /import/draft/{token}/words", s.page(s.sheet))
	mux.Handle("POST /import/draft/{token}/words", s.page(s.postSheet))
	mux.Handle("GET /import/draft/{token}/check", s.page(s.trial))
	mux.Handle("GET /import/draft/{token}/check/state", s.page(s.trialState))
	mux.Handle("POST /import/draft/{token}/start", s.page(s.startDraft))
	mux.Handle("POST /import/draft/{token}/drop", s.page(s.dropDraft))
	mux.Handle("GET /import/{id}", s.page(s.importResult))
	mux.Handle("GET /import/{id}/state", s.page(s.importState))
	mux.Handle("GET /import/{id}/rejected.csv", s.page(s.rejected))
	mux.Handle("POST /import/{id}/undo", s.page(s.undoImport))
	mux.Handle("POST /import/{id}/go", s.page(s.goOn))
}

// importsPage is where files come in, and what came in.
type importsPage struct {
	Page
	Upload uploadForm
	List   importsList
}

// An uploadForm asks for a file.
type uploadForm struct {
	Kind     intake.Kind
	Problems map[string]string // by field, in the reader's language
}

// An importsList is what was brought and what was taken in.
type importsList struct {
	Drafts  []app.Draft
	Imports []importLine
	Busy    bool // something is still being taken in: ask again
}

// An importLine is one import with its counts and how far it is.
type importLine struct {
	store.Import
	Count app.Counts
	Job   store.Job // that works on it; zero if none does
}

// Busy says whether the import is still being worked on.
func (l importLine) Busy() bool { return l.State == "running" || l.State == "undoing" }

// progress says how far the import is: the file is read twice, once to find out
// what it is and once to take it in.
func (l importLine) progress(p Page) Progress {
	g := Progress{ID: "import-" + strconv.FormatInt(l.ID, 10) + "-progress", Label: p.T(importStates[l.State]), Text: p.T("waits for its turn")}
	if l.State == "undoing" {
		if l.Job.State == "running" {
			g.Text = ""
		}
		return g
	}
	if l.Job.State == "running" {
		g.Total = 2 * max(l.Job.Total, 1)
		g.Done = l.Job.Done
		g.Text = p.T("The file is being looked at.")
		if l.Documents > 0 {
			g.Done += g.Total / 2
			g.Text = p.T("{n} records so far", "n", l.Count.Read)
		}
	}
	return g
}

func (s *Server) imports(w http.ResponseWriter, r *http.Request) error {
	return s.showImports(w, r, http.StatusOK, uploadForm{Kind: intake.Kind(r.FormValue("kind"))})
}

func (s *Server) showImports(w http.ResponseWriter, r *http.Request, status int, form uploadForm) error {
	p, err := s.newPage(r, locale.Key("Import"))
	if err != nil {
		return err
	}
	list, err := s.readImports(r)
	if err != nil {
		return err
	}
	if form.Kind == "" {
		form.Kind = intake.Customers
		if len(list.Imports) > 0 {
			form.Kind = intake.Invoices
		}
	}
	return s.render(w, r, status, imports(importsPage{p, form, list}))
}

func (s *Server) importList(w http.ResponseWriter, r *http.Request) error {
	p, err := s.newPage(r, locale.Key("Import"))
	if err != nil {
		return err
	}
	list, err := s.readImports(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, importTable(p, list))
}

// mostImports is how many imports the list shows.
const mostImports = 200

func (s *Server) readImports(r *http.Request) (importsList, error) {
	var list importsList
	var err error
	if list.Drafts, err = s.app.Drafts(r.Context()); err != nil {
		return list, err
	}
	found, err := s.db.Read().Imports(r.Context(), mostImports)
	if err != nil {
		return list, err
	}
	jobs, err := s.jobsUnderWay(r)
	if err != nil {
		return list, err
	}
	for _, imp := range found {
		line, err := lineOf(imp, jobs)
		if err != nil {
			return list, err
		}
		list.Busy = list.Busy || line.Busy()
		list.Imports = append(list.Imports, line)
	}
	return list, nil
}

// jobsUnderWay are the jobs that wait or run.
func (s *Server) jobsUnderWay(r *http.Request) ([]store.Job, error) {
	jobs, err := s.db.Read().Jobs(r.Context(), s.app.Now().Add(time.Hour))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(jobs, func(j store.Job) bool { return j.State != "due" && j.State != "running" }), nil
}

func lineOf(imp store.Import, jobs []store.Job) (importLine, error) {
	line := importLine{Import: imp}
	if err := json.Unmarshal([]byte(imp.Counts), &line.Count); err != nil {
		return line, fmt.Errorf("import %d: counts: %w", imp.ID, err)
	}
	arg := strconv.FormatInt(imp.ID, 10)
	for _, j := range jobs {
		if j.Kind == app.ImportJob && j.Arg == arg && line.Job.State != "running" {
			line.Job = j
		}
	}
	return line, nil
}

// upload takes a file from a form as it comes in: its kind first, then its bytes.
func (s *Server) upload(w http.ResponseWriter, r *http.Request) error {
	// A large file may take as long as it takes, and so may the look at it.
	c := http.NewResponseController(w)
	for _, lift := range []func(time.Time) error{c.SetReadDeadline, c.SetWriteDeadline} {
		if err := lift(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
	}
	form := uploadForm{}
	d, err := s.readUpload(r, &form)
	if fields := fault.Fields(err); len(fields) > 0 {
		form.Problems = s.problemsOf(r, fields)
		return s.showImports(w, r, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, draftPath(d.Token, "columns"), http.StatusSeeOther)
	return nil
}

// readUpload keeps the file of a form and makes sure that it is a table.
func (s *Server) readUpload(r *http.Request, form *uploadForm) (app.Draft, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return app.Draft{}, fault.Field("file", "choose a file")
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return app.Draft{}, fault.Field("file", "choose a file")
		}
		if err != nil {
			return app.Draft{}, fmt.Errorf("upload broke off: %w", err)
		}
		switch part.FormName() {
		case "kind":
			text, err := io.ReadAll(io.LimitReader(part, 100))
			if err != nil {
				return app.Draft{}, fmt.Errorf("upload broke off: %w", err)
			}
			if form.Kind, err = intake.ParseKind(string(text)); err != nil {
				return app.Draft{}, fault.Field("kind", "choose what the rows of the file are")
			}
		case "file":
			if part.FileName() == "" {
				return app.Draft{}, fault.Field("file", "choose a file")
			}
			if form.Kind == "" {
				return app.Draft{}, fault.Field("kind", "choose what the rows of the file are")
			}
			return s.keepUpload(r, form.Kind, part.FileName(), part)
		}
	}
}

func (s *Server) keepUpload(r *http.Request, kind intake.Kind, name string, part io.Reader) (app.Draft, error) {
	d, err := s.app.Upload(r.Context(), kind, name, part)
	if err != nil {
		return d, err
	}
	// What is no table is said at once, and not kept.
	err = s.files.with(d, func(f *intake.File) error {
		if f.Rows == 0 {
			return fault.Field("file", "the file has a header and no rows")
		}
		var err error
		d.Recalled, err = s.app.Recall(r.Context(), &d.Request, f)
		return err
	})
	if err == nil {
		err = s.app.PutDraft(r.Context(), d)
	}
	if err != nil {
		s.files.forget(d.Token)
		return d, errors.Join(err, s.app.DropDraft(r.Context(), d.Token))
	}
	return d, nil
}

// problemsOf are field errors by field, in the reader's language. The first of a
// field is shown.
func (s *Server) problemsOf(r *http.Request, fields []*fault.FieldError) map[string]string {
	t := locale.For(langOf(r))
	out := make(map[string]string, len(fields))
	for _, f := range fields {
		if _, ok := out[f.Name]; !ok {
			out[f.Name] = t.T(f.Problem)
		}
	}
	return out
}

func (s *Server) dropDraft(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	s.files.forget(token)
	s.trials.forget(token)
	if err := s.app.DropDraft(r.Context(), token); err != nil {
		return err
	}
	http.Redirect(w, r, "/import", http.StatusSeeOther)
	return nil
}

func draftPath(token, step string) string { return "/import/draft/" + token + "/" + step }

func importPath(id int64) string { return "/import/" + strconv.FormatInt(id, 10) }

// attachment offers an answer as a file to save.
func attachment(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	w.Header().Set("Cache-Control", "no-store")
}

// fragment says whether htmx asks for a part of a page.
func fragment(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// kindOptions are all kinds, for a choice.
func kindOptions(p Page) []Option {
	var list []Option
	for _, k := range intake.Kinds {
		list = append(list, Option{string(k), p.T(importKinds[k])})
	}
	return list
}

// attrs is shorthand for attributes of a part.
func attrs(pairs ...string) templ.Attributes {
	a := templ.Attributes{}
	for i := 0; i+1 < len(pairs); i += 2 {
		a[pairs[i]] = pairs[i+1]
	}
	return a
}
