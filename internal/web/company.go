package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/locale"
	"quid/internal/store"
)

func (s *Server) companyRoutes(mux *router) {
	mux.Handle("GET /company", s.page(s.showCompany))
	mux.Handle("POST /company", s.page(s.saveCompany))
	mux.Handle("GET /company/logo", s.page(s.companyLogo))
}

// A companyPage is how the company shows itself to its customers.
type companyPage struct {
	Page
	Company store.Company
	Form    formState
}

var companyFields = []string{"name", "street", "place", "contact", "phone", "email", "web", "colour", "revision", "drop_logo"}

func (s *Server) company(r *http.Request) (*companyPage, error) {
	page, err := s.newPage(r, locale.Key("Company"))
	if err != nil {
		return nil, err
	}
	p := &companyPage{Page: page}
	if p.Company, err = s.db.Read().Company(r.Context()); err != nil {
		return nil, err
	}
	c := &p.Company
	p.Form.Values = map[string]string{
		"name": c.Name, "street": c.Street, "place": c.Place, "contact": c.Contact, "phone": c.Phone, "email": c.Email, "web": c.Web,
		"colour": "#" + c.Colour, "revision": strconv.Itoa(int(c.Revision)),
	}
	if c.Colour == "" {
		p.Form.Values["colour"] = "#0a5cc2"
	}
	return p, nil
}

func (s *Server) showCompany(w http.ResponseWriter, r *http.Request) error {
	p, err := s.company(r)
	if err != nil {
		return err
	}
	if r.FormValue("done") != "" {
		p.Flash = &Toast{Text: p.T("Saved."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, company(p))
}

func (s *Server) saveCompany(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, app.LogoBytes+64<<10)
	tooMuch := r.ParseMultipartForm(app.LogoBytes + 64<<10) // #nosec G120 -- the line above bounds the body
	p, err := s.company(r)
	if err != nil {
		return err
	}
	e := app.CompanyEdit{}
	if tooMuch == nil {
		cleaned(r.Form)
		p.Form.Values = sent(r, companyFields...)
		e, err = p.edit(r)
	} else if err = fault.Field("logo", "at most 512 KB"); !errors.As(tooMuch, new(*http.MaxBytesError)) {
		err = fault.Field("form", "the form could not be read")
	}
	if err == nil {
		err = s.app.SaveCompany(r.Context(), e)
	}
	if err == nil {
		http.Redirect(w, r, "/company?done=1", http.StatusSeeOther)
		return nil
	}
	if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, company(p))
}

// edit reads the form.
func (p *companyPage) edit(r *http.Request) (app.CompanyEdit, error) {
	v := p.Form.Values
	revision, err := strconv.ParseInt(v["revision"], 10, 32)
	if err != nil {
		return app.CompanyEdit{}, fault.NotFound
	}
	e := app.CompanyEdit{DropLogo: v["drop_logo"] != "", Company: store.Company{
		Name: v["name"], Street: v["street"], Place: v["place"], Contact: v["contact"], Phone: v["phone"], Email: v["email"], Web: v["web"], Colour: v["colour"], Revision: int32(revision),
	}}
	f, _, err := r.FormFile("logo")
	if errors.Is(err, http.ErrMissingFile) {
		return e, nil
	}
	if err != nil {
		return e, fmt.Errorf("logo: %w", err)
	}
	defer f.Close()
	e.NewLogo, err = io.ReadAll(io.LimitReader(f, app.LogoBytes+1))
	return e, err
}

func (s *Server) companyLogo(w http.ResponseWriter, r *http.Request) error {
	c, err := s.db.Read().Company(r.Context())
	if err != nil {
		return err
	}
	return sendLogo(w, c)
}

// sendLogo answers with the company's logo.
func sendLogo(w http.ResponseWriter, c store.Company) error {
	if len(c.Logo) == 0 {
		return fault.NotFound
	}
	w.Header().Set("Content-Type", "image/"+c.LogoKind)
	w.Header().Set("Cache-Control", "private, max-age=300")
	_, err := w.Write(c.Logo)
	return err
}
