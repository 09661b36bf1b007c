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
	"quid/internal/locale"
	"quid/value"
)

func (s *Server) playbookRoutes(mux *router) {
	mux.Handle("GET /playbooks", s.page(s.showPlaybooks))
	mux.Handle("GET /playbooks/{segment}", s.page(s.showPlaybook))
	mux.Handle("POST /playbooks/{segment}", s.page(s.savePlaybook))
	mux.Handle("POST /playbooks/{segment}/drop", s.page(s.dropPlaybook))
}

// A playbooksPage lists how the customers of each segment are looked after.
type playbooksPage struct {
	Page
	Lines []playbookLine
	Saved bool
}

// A playbookLine is the playbook of a segment.
type playbookLine struct {
	crm.Playbook
	Badge     badge
	Own       bool // the company wrote it
	Customers int  // in the segment, by the newest valuation
	Valued    bool
}

// A playbookPage is the form of one playbook.
type playbookPage struct {
	Page
	Line  playbookLine
	Form  formState
	Clash *clash
}

// playbookLines reads the playbooks of all segments of the newest model.
func (s *Server) playbookLines(r *http.Request) ([]playbookLine, error) {
	model, err := s.app.Model(r.Context())
	if err != nil {
		return nil, err
	}
	books, err := s.db.Read().Playbooks(r.Context())
	if err != nil {
		return nil, err
	}
	counts := make(map[value.Segment]int)
	pic, err := s.picture(r.Context())
	if err != nil && !errors.Is(err, errUnvalued) {
		return nil, err
	}
	if pic != nil {
		for _, f := range pic.fields() {
			counts[f.Segment] = f.Customers
		}
	}
	var lines []playbookLine
	for _, key := range app.SegmentsOf(model.Spec) {
		book, _ := books.Of(string(key), string(app.NearestIn(key, model.Spec)))
		_, own := books[string(key)]
		lines = append(lines, playbookLine{
			Playbook: book, Badge: badgeAmong(key, model.Spec.From.Bands, model.Spec.To.Bands), Own: own, Customers: counts[key], Valued: pic != nil,
		})
	}
	return lines, nil
}

// showPlaybooks answers GET /playbooks.
func (s *Server) showPlaybooks(w http.ResponseWriter, r *http.Request) error {
	base, err := s.newPage(r, locale.Key("Playbooks"))
	if err != nil {
		return err
	}
	p := playbooksPage{Page: base, Saved: r.FormValue("saved") != ""}
	if p.Saved {
		p.Flash = &Toast{Text: p.T("Saved. Budgets and proposals go by it from now on."), Tone: Good}
	}
	if p.Lines, err = s.playbookLines(r); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, playbooks(p))
}

// playbook reads the page of one playbook, its form as it is kept.
func (s *Server) playbook(r *http.Request) (*playbookPage, error) {
	base, err := s.newPage(r, locale.Key("Playbook"))
	if err != nil {
		return nil, err
	}
	lines, err := s.playbookLines(r)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(lines, func(l playbookLine) bool { return l.Segment == r.PathValue("segment") })
	if i < 0 {
		return nil, fault.NotFound
	}
	p := &playbookPage{Page: base, Line: lines[i]}
	p.Title = p.T("Playbook: {segment}", "segment", p.Line.Badge.words(p.Page))
	p.Form = formState{Values: p.values(p.Line.Playbook)}
	return p, nil
}

// values are what the form of a playbook shows.
func (p *playbookPage) values(b crm.Playbook) map[string]string {
	v := map[string]string{
		"goals": p.T(b.Goals), "form": string(b.Form), "contact_days": wholeText(b.ContactDays), "response_hours": wholeText(b.ResponseHours),
		"share": percentText(b.Share), "minimum": wholeText(b.Minimum), "templates": p.templatesText(b.Templates), "seen": wholeText(b.Revision),
	}
	if b.Amount != nil {
		v["amount"] = b.Amount.Decimal(p.Digits)
	}
	return v
}

func (p Page) templatesText(list []crm.Template) string {
	lines := make([]string, len(list))
	for i, t := range list {
		lines[i] = strconv.Itoa(t.Days) + ": " + p.T(t.Title)
	}
	return strings.Join(lines, "\n")
}

// templates reads tasks a line; one that has no days is due at once.
func (s *sheet) templates(name string) []crm.Template {
	var list []crm.Template
	for line := range strings.Lines(s.text(name)) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		days, title, ok := strings.Cut(line, ":")
		n, err := strconv.Atoi(strings.TrimSpace(days))
		if !ok || err != nil {
			n = -1 // the check says how it is written
		}
		list = append(list, crm.Template{Title: strings.TrimSpace(title), Days: n})
	}
	return list
}

// showPlaybook answers GET /playbooks/{segment}.
func (s *Server) showPlaybook(w http.ResponseWriter, r *http.Request) error {
	p, err := s.playbook(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, playbookView(p))
}

// savePlaybook keeps a playbook; what somebody else saved meanwhile is answered
// with both versions.
func (s *Server) savePlaybook(w http.ResponseWriter, r *http.Request) error {
	p, err := s.playbook(r)
	if err != nil {
		return err
	}
	form := p.sheetOf(r, "", "goals", "form", "contact_days", "response_hours", "amount", "share", "minimum", "templates", "seen")
	b := crm.Playbook{
		Segment: p.Line.Segment, Goals: form.text("goals"), Form: crm.Form(form.text("form")), ContactDays: form.whole("contact_days"),
		ResponseHours: form.whole("response_hours"), Amount: form.sum("amount"), Share: form.percent("share"), Minimum: form.whole("minimum"),
		Templates: form.templates("templates"), Revision: int32(seenOf(form.text("seen"))),
	}
	if err = form.problem(); err == nil {
		err = s.app.SavePlaybook(r.Context(), b, mine(r))
	}
	if err == nil {
		http.Redirect(w, r, "/playbooks?saved=1", http.StatusSeeOther)
		return nil
	}
	if errors.Is(err, fault.Conflict) {
		p.Clash = p.clashOf(form.form.Values)
		form.form.Values["seen"] = wholeText(p.Line.Revision)
		p.Form = form.form
		return s.render(w, r, http.StatusConflict, playbookView(p))
	}
	p.Form = form.form
	if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, playbookView(p))
}

// clashOf sets what was typed against what somebody saved meanwhile.
func (p *playbookPage) clashOf(mine map[string]string) *clash {
	theirs := p.values(p.Line.Playbook)
	c := &clash{Title: p.T("The playbook was changed meanwhile")}
	for _, f := range []struct{ name, label string }{
		{"goals", p.T("Goals")},
		{"contact_days", p.T("Days between contacts")},
		{"response_hours", p.T("Hours to answer")},
		{"amount", p.T("Sum a year ({currency})", "currency", p.Currency)},
		{"share", p.T("or share of contribution I in %")},
		{"minimum", p.T("Decent minimum")},
		{"templates", p.T("Tasks")},
	} {
		if mine[f.name] != theirs[f.name] {
			c.add(f.label, mine[f.name], theirs[f.name])
		}
	}
	if mine["form"] != theirs["form"] {
		c.add(p.T("Form of care"), p.T(formNames[crm.Form(mine["form"])]), p.T(formNames[p.Line.Form]))
	}
	return c
}

// dropPlaybook lets what is shipped count again.
func (s *Server) dropPlaybook(w http.ResponseWriter, r *http.Request) error {
	if err := s.app.DropPlaybook(r.Context(), r.PathValue("segment")); err != nil {
		return err
	}
	http.Redirect(w, r, "/playbooks?saved=1", http.StatusSeeOther)
	return nil
}

func (p Page) formOptions() []Option {
	var list []Option
	for _, f := range crm.Forms {
		list = append(list, Option{string(f), p.T(formNames[f])})
	}
	return list
}

// every says how often a contact is promised.
func (p Page) every(days int) string {
	if days == 0 {
		return p.T("as it comes")
	}
	return p.N("every day", "every {n} days", days)
}
