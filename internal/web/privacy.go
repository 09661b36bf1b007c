package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"quid/account"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/locale"
	"quid/internal/paper"
	"quid/internal/store"
	"quid/privacy"
)

// privacyRoutes are what the law asks for: persons and what is kept of them.
func (s *Server) privacyRoutes(mux *router) {
	mux.Handle("GET /privacy", s.page(s.showPrivacy))
	mux.Handle("GET /privacy/notes", s.page(s.showNotes))
	mux.Handle("GET /privacy/log", s.page(s.showErasures))
	mux.Handle("GET /privacy/record", s.page(s.showRecord))
	mux.Handle("GET /privacy/record/download", s.page(s.downloadRecord))
	mux.Handle("GET /privacy/retention", s.page(s.showRetention))
	mux.Handle("POST /privacy/retention", s.page(s.runRetention))
	mux.Handle("POST /privacy/retention/settings", s.page(s.saveRetention))
	mux.Handle("GET /privacy/persons/{id}/{contact}", s.page(s.showPerson))
	mux.Handle("GET /privacy/persons/{id}/{contact}/export", s.page(s.exportPerson))
	mux.Handle("POST /privacy/persons/{id}/{contact}/correct", s.page(s.correctPerson))
	mux.Handle("POST /privacy/persons/{id}/{contact}/mark", s.page(s.markPerson))
	mux.Handle("POST /privacy/persons/{id}/{contact}/unmark", s.page(s.unmarkPerson))
	mux.Handle("POST /privacy/persons/{id}/{contact}/consent", s.page(s.consentPerson))
	mux.Handle("POST /privacy/persons/{id}/{contact}/withdraw", s.page(s.withdrawConsent))
	mux.Handle("GET /privacy/persons/{id}/{contact}/erase", s.page(s.planErasure))
	mux.Handle("POST /privacy/persons/{id}/{contact}/erase", s.page(s.erasePerson))
}

// A privacyPage finds persons.
type privacyPage struct {
	Page
	Query string
	Found []store.KnownPerson
	More  bool
}

// privacyTabs lead through the pages of privacy.
func privacyTabs(p Page) []Tab {
	var out []Tab
	for _, t := range []struct{ name, path string }{
		{locale.Key("Find a person"), "/privacy"},
		{locale.Key("Restrictions, objections and holds"), "/privacy/notes"},
		{locale.Key("Retention"), "/privacy/retention"},
		{locale.Key("Record of processing"), "/privacy/record"},
		{locale.Key("Log of erasures"), "/privacy/log"},
	} {
		out = append(out, Tab{Label: p.T(t.name), Href: t.path, Current: p.Path == t.path})
	}
	return out
}

func (s *Server) showPrivacy(w http.ResponseWriter, r *http.Request) error {
	page, err := s.newPage(r, locale.Key("Privacy"))
	if err != nil {
		return err
	}
	p := &privacyPage{Page: page, Query: strings.TrimSpace(r.FormValue("q"))}
	if p.Query != "" {
		if p.Found, p.More, err = s.app.FindPersons(r.Context(), p.Query); err != nil {
			return err
		}
	}
	return s.render(w, r, http.StatusOK, privacyView(p))
}

// personPath leads to a person.
func personPath(p privacy.Person) string {
	return fmt.Sprintf("/privacy/persons/%d/%d", int64(p.Customer), p.Contact)
}

// personOf reads whom an address is about.
func personOf(r *http.Request) (privacy.Person, error) {
	id, err := idOf(r)
	if err != nil {
		return privacy.Person{}, err
	}
	contact, err := strconv.ParseInt(r.PathValue("contact"), 10, 64)
	if err != nil {
		return privacy.Person{}, fault.NotFound
	}
	return privacy.Person{Customer: account.CustomerID(id), Contact: contact}, nil
}

// A notesPage lists of whom something is noted.
type notesPage struct {
	Page
	Marks []privacy.Mark
	Names map[privacy.Person]string
}

func (s *Server) showNotes(w http.ResponseWriter, r *http.Request) error {
	page, err := s.newPage(r, locale.Key("Privacy"))
	if err != nil {
		return err
	}
	p := &notesPage{Page: page, Names: make(map[privacy.Person]string)}
	err = s.db.Look(r.Context(), func(read store.Reader) (err error) {
		if p.Marks, err = read.LiveMarks(r.Context()); err != nil {
			return err
		}
		for _, m := range p.Marks {
			known, err := read.KnownPerson(r.Context(), m.Person)
			if err != nil {
				return err
			}
			p.Names[m.Person] = known.Full()
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.Reverse(p.Marks)
	return s.render(w, r, http.StatusOK, notesView(p))
}

// An erasuresPage is the log of erasures.
type erasuresPage struct {
	Page
	Erasures []store.KeptErasure
}

func (s *Server) showErasures(w http.ResponseWriter, r *http.Request) error {
	page, err := s.newPage(r, locale.Key("Privacy"))
	if err != nil {
		return err
	}
	p := &erasuresPage{Page: page}
	if p.Erasures, err = s.db.Read().Erasures(r.Context()); err != nil {
		return err
	}
	slices.Reverse(p.Erasures)
	if r.FormValue("done") != "" {
		p.Flash = &Toast{Text: p.T("The person was erased."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, erasuresView(p))
}

// A recordPage is the record of processing, in short.
type recordPage struct {
	Page
	Data   paper.RecordData
	Tables []privacy.Table
}

func (s *Server) showRecord(w http.ResponseWriter, r *http.Request) error {
	page, err := s.newPage(r, locale.Key("Privacy"))
	if err != nil {
		return err
	}
	p := &recordPage{Page: page}
	if p.Data, err = s.app.Record(r.Context()); err != nil {
		return err
	}
	for _, t := range store.DataMap() {
		if slices.ContainsFunc(t.Columns, func(c privacy.Column) bool { return c.Personal() }) {
			p.Tables = append(p.Tables, t)
		}
	}
	return s.render(w, r, http.StatusOK, recordView(p))
}

// downloadRecord sends the record as a page or as Markdown.
func (s *Server) downloadRecord(w http.ResponseWriter, r *http.Request) error {
	d, err := s.app.Record(r.Context())
	if err != nil {
		return err
	}
	write, kind, name := paper.WriteRecordPage, "text/html; charset=utf-8", "record.html"
	if r.FormValue("format") == "markdown" {
		write, kind, name = paper.WriteRecord, "text/markdown; charset=utf-8", "record.md"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return write(w, d, langOf(r))
}

// A retentionPage shows what the rules would let go, and lets them.
type retentionPage struct {
	Page
	Cases []app.RetentionCase
	Set   formState
	Run   formState
}

func (s *Server) retention(r *http.Request) (*retentionPage, error) {
	page, err := s.newPage(r, locale.Key("Privacy"))
	if err != nil {
		return nil, err
	}
	p := &retentionPage{Page: page, Set: formState{Values: make(map[string]string)}}
	if p.Cases, err = s.app.Retention(r.Context()); err != nil {
		return nil, err
	}
	for _, c := range p.Cases {
		p.Set.Values[app.RetentionSetting(c.Class)] = strconv.Itoa(c.Days)
	}
	return p, nil
}

func (s *Server) showRetention(w http.ResponseWriter, r *http.Request) error {
	p, err := s.retention(r)
	if err != nil {
		return err
	}
	switch r.FormValue("done") {
	case "saved":
		p.Flash = &Toast{Text: p.T("Saved."), Tone: Good}
	case "run":
		p.Flash = &Toast{Text: p.T("What was too old is gone."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, retentionView(p))
}

// confirmWord is what is typed to let old data go.
func confirmWord(p Page) string { return p.T("delete") }

func (s *Server) runRetention(w http.ResponseWriter, r *http.Request) error {
	p, err := s.retention(r)
	if err != nil {
		return err
	}
	if p.Run, err = sentForm(r); err != nil {
		return err
	}
	var classes []privacy.Class
	for _, rule := range privacy.Rules {
		if p.Run.Values["class_"+string(rule.Class)] != "" {
			classes = append(classes, rule.Class)
		}
	}
	switch {
	case len(classes) == 0:
		err = fault.Field("confirm", "choose at least one rule")
	case !strings.EqualFold(p.Run.Values["confirm"], confirmWord(p.Page)):
		err = fault.Field("confirm", "type the word as it is written: there is no way back")
	default:
		_, err = s.app.RunRetention(r.Context(), classes)
	}
	if err == nil {
		http.Redirect(w, r, "/privacy/retention?done=run", http.StatusSeeOther)
		return nil
	}
	if err := p.Run.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, retentionView(p))
}

func (s *Server) saveRetention(w http.ResponseWriter, r *http.Request) error {
	p, err := s.retention(r)
	if err != nil {
		return err
	}
	if p.Set, err = sentForm(r); err != nil {
		return err
	}
	values := make(map[string]string)
	for _, rule := range privacy.Rules {
		values[app.RetentionSetting(rule.Class)] = p.Set.Values[app.RetentionSetting(rule.Class)]
	}
	if err = s.app.SaveSettings(r.Context(), values); err == nil {
		http.Redirect(w, r, "/privacy/retention?done=saved", http.StatusSeeOther)
		return nil
	}
	if err := p.Set.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, retentionView(p))
}
