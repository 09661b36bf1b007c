package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/locale"
	"quid/internal/paper"
	"quid/internal/store"
	"quid/privacy"
)

// A personPage is what is kept of a person and what they said to it.
type personPage struct {
	Page
	app.PersonFile
	Held    []heldTable
	Files   int
	Correct formState
	Mark    formState
	Consent formState
}

// A heldTable counts what is kept of a person in one table.
type heldTable struct {
	Label string
	Count int
}

func (s *Server) personPage(r *http.Request) (*personPage, error) {
	who, err := personOf(r)
	if err != nil {
		return nil, err
	}
	page, err := s.newPage(r, "")
	if err != nil {
		return nil, err
	}
	p := &personPage{Page: page}
	var street, postal, city, role, lang string
	err = s.db.Look(r.Context(), func(read store.Reader) (err error) {
		if p.PersonFile, err = app.Person(r.Context(), read, who); err != nil {
			return err
		}
		if who.Contact == 0 {
			c, err := read.Customer(r.Context(), who.Customer)
			street, postal, city = c.Street, c.PostalCode, c.City
			return err
		}
		k, err := read.Contact(r.Context(), who.Customer, who.Contact)
		role, lang = k.Role, k.Language
		return err
	})
	if err != nil {
		return nil, err
	}
	p.Title = p.Full()
	p.Correct.Values = map[string]string{
		"name": p.KnownPerson.Name, "first_name": p.FirstName, "role": role, "language": lang, "email": p.KnownPerson.Mail, "phone": p.Phone,
		"street": street, "postal_code": postal, "city": city, "revision": strconv.Itoa(int(p.Revision)),
	}
	p.Consent.Values = map[string]string{"given": day.At(s.app.Now()).String(), "purpose": privacy.Advertising, "channel": "mail", "way": "form"}
	data, err := s.app.PersonData(r.Context(), who)
	for _, table := range data.Tables() {
		p.Held = append(p.Held, heldTable{paper.TableLabel(p.Printer, table), len(data.Of(table))})
	}
	p.Files = len(data.Files)
	return p, err
}

func (s *Server) showPerson(w http.ResponseWriter, r *http.Request) error {
	p, err := s.personPage(r)
	if err != nil {
		return err
	}
	if r.FormValue("done") != "" {
		p.Flash = &Toast{Text: p.T("Saved."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, personView(p))
}

// exportPerson sends what is kept of a person as a ZIP.
func (s *Server) exportPerson(w http.ResponseWriter, r *http.Request) error {
	who, err := personOf(r)
	if err != nil {
		return err
	}
	if _, err := app.Person(r.Context(), s.db.Read(), who); err != nil {
		return err
	}
	lang := r.FormValue("lang")
	if !locale.Known(lang) {
		lang = langOf(r)
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Disposition", `attachment; filename="data-`+strconv.FormatInt(who.ID(), 10)+`.zip"`)
	return s.app.ExportPerson(r.Context(), w, who, lang)
}

// change does what a form of the person's page asks for, and answers.
func (s *Server) change(w http.ResponseWriter, r *http.Request, form func(*personPage) *formState, do func(*personPage, *formReader) error) error {
	p, err := s.personPage(r)
	if err != nil {
		return err
	}
	f := form(p)
	if *f, err = sentForm(r); err != nil {
		return err
	}
	reader := formReader{p: p.Page, f: f}
	if err = do(p, &reader); err == nil {
		http.Redirect(w, r, personPath(p.Person)+"?done=1", http.StatusSeeOther)
		return nil
	}
	if err := f.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, personView(p))
}

func (s *Server) correctPerson(w http.ResponseWriter, r *http.Request) error {
	return s.change(w, r, func(p *personPage) *formState { return &p.Correct }, func(p *personPage, f *formReader) error {
		return s.app.CorrectPerson(r.Context(), app.Correction{
			Person: p.Person, Revision: int32(f.id("revision")), Name: f.text("name"), FirstName: f.text("first_name"), Role: f.text("role"), Language: f.text("language"),
			Mail: f.text("email"), Phone: f.text("phone"), Street: f.text("street"), PostalCode: f.text("postal_code"), City: f.text("city"),
		})
	})
}

func (s *Server) markPerson(w http.ResponseWriter, r *http.Request) error {
	return s.change(w, r, func(p *personPage) *formState { return &p.Mark }, func(p *personPage, f *formReader) error {
		return s.app.Mark(r.Context(), privacy.Mark{Person: p.Person, Kind: privacy.Kind(f.text("kind")), Reason: f.text("reason")})
	})
}

func (s *Server) unmarkPerson(w http.ResponseWriter, r *http.Request) error {
	return s.change(w, r, func(p *personPage) *formState { return &p.Mark }, func(p *personPage, f *formReader) error {
		return s.app.Unmark(r.Context(), p.Person, privacy.Kind(f.text("kind")))
	})
}

func (s *Server) consentPerson(w http.ResponseWriter, r *http.Request) error {
	return s.change(w, r, func(p *personPage) *formState { return &p.Consent }, func(p *personPage, f *formReader) error {
		d := f.day("given", 0)
		if err := f.err(); err != nil {
			return err
		}
		given := time.Time{}
		if d != 0 {
			given = time.Date(d.Year(), time.Month(d.Month()), d.DayOfMonth(), 0, 0, 0, 0, time.UTC)
		}
		_, err := s.app.Consent(r.Context(), privacy.Consent{
			Person: p.Person, Purpose: f.text("purpose"), Channel: f.text("channel"), Given: given, Way: f.text("way"), Wording: f.text("wording"), Source: f.text("source"),
		})
		return err
	})
}

func (s *Server) withdrawConsent(w http.ResponseWriter, r *http.Request) error {
	return s.change(w, r, func(p *personPage) *formState { return &p.Consent }, func(p *personPage, f *formReader) error {
		return s.app.WithdrawConsent(r.Context(), p.Person, f.id("consent"))
	})
}

// An erasePage says what an erasure would do, and asks to type the name.
type erasePage struct {
	Page
	Plan app.ErasurePlan
	Form formState
}

func (s *Server) erasure(r *http.Request) (*erasePage, error) {
	who, err := personOf(r)
	if err != nil {
		return nil, err
	}
	page, err := s.newPage(r, "")
	if err != nil {
		return nil, err
	}
	p := &erasePage{Page: page, Form: formState{Values: map[string]string{"reason": "asked"}}}
	p.Plan, err = s.app.PlanErasure(r.Context(), who)
	p.Title = p.T("Erase {name}", "name", p.Plan.Name)
	return p, err
}

func (s *Server) planErasure(w http.ResponseWriter, r *http.Request) error {
	p, err := s.erasure(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, eraseView(p))
}

func (s *Server) erasePerson(w http.ResponseWriter, r *http.Request) error {
	p, err := s.erasure(r)
	if err != nil {
		return err
	}
	if p.Form, err = sentForm(r); err != nil {
		return err
	}
	if !strings.EqualFold(strings.Join(strings.Fields(p.Form.Values["confirm"]), " "), strings.Join(strings.Fields(p.Plan.Name), " ")) {
		err = fault.Field("confirm", "type the name as it is written: there is no way back")
	} else {
		_, err = s.app.Erase(r.Context(), p.Plan.Person(), p.Form.Values["reason"])
	}
	if err == nil {
		http.Redirect(w, r, "/privacy/log?done=1", http.StatusSeeOther)
		return nil
	}
	if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, eraseView(p))
}
