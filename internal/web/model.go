package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/value"
)

// modelRoutes are the pages of the rules by which customers are valued.
func (s *Server) modelRoutes(mux *router) {
	mux.Handle("GET /model", s.page(s.model))
	mux.Handle("POST /model", s.page(s.saveModel))
	mux.Handle("POST /model/preview", s.page(s.previewModel))
	mux.Handle("GET /model/valuing", s.page(s.modelValuing))
	mux.Handle("POST /model/value", s.page(s.valueOn))
	mux.Handle("POST /model/rate/late", s.page(s.setLatePayment))
	mux.Handle("POST /model/rate/care", s.page(s.setCareRate))
	mux.Handle("POST /model/rate/exchange", s.page(s.setExchange))
}

// modelPage is the model as a form, its versions, and the rates of the book.
type modelPage struct {
	Page
	Spec     value.Model
	Version  int64 // the form was made from
	Newest   int64 // the version that counts
	Versions []store.ModelVersion
	Anchors  [value.Criteria]value.Anchor // of the newest valuation
	Valued   bool                         // there is one
	typed    url.Values                   // what could not be kept, shown again as it was
	Problems map[string]string
	Preview  previewPart
	Valuing  valuingPart
	Rates    ratesPart
	Today    day.Day
}

// A valuingPart says whether a valuation is under way.
type valuingPart struct {
	Job   store.Job // zero if none is
	AsOf  day.Day   // of the newest valuation, 0 if there is none
	Saved bool      // a new version was saved just now
}

func (s *Server) model(w http.ResponseWriter, r *http.Request) error {
	p, err := s.readModel(r)
	if err != nil {
		return err
	}
	if id, err := strconv.ParseInt(r.FormValue("version"), 10, 64); err == nil {
		v, err := s.db.Read().Model(r.Context(), id)
		if err != nil {
			return err
		}
		p.Spec, p.Version = v.Spec, id
	} else if pic, err := s.picture(r.Context()); err == nil && len(r.URL.Query()) > 0 {
		// The sliders of the matrix lead here with what was tried.
		if tried := pic.trialOf(r.URL.Query()); tried.on {
			p.Spec = tried.model
		}
	}
	p.Preview, err = s.preview(r, p.Page, p.Spec)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, modelView(p))
}

// readModel reads what every answer of the page shows.
func (s *Server) readModel(r *http.Request) (modelPage, error) {
	var p modelPage
	var err error
	if p.Page, err = s.newPage(r, locale.Key("Model")); err != nil {
		return p, err
	}
	p.Today = day.At(s.app.Now())
	now, err := s.app.Model(r.Context())
	if err != nil {
		return p, err
	}
	p.Spec, p.Version, p.Newest = now.Spec, now.ID, now.ID
	if p.Versions, err = s.db.Read().Models(r.Context()); err != nil {
		return p, err
	}
	pic, err := s.picture(r.Context())
	switch {
	case err == nil:
		p.Anchors, p.Valued = pic.summary().Anchors, true
	case !errors.Is(err, errUnvalued):
		return p, err
	}
	if p.Valuing, err = s.valuing(r); err != nil {
		return p, err
	}
	p.Rates, err = s.readRates(r)
	return p, err
}

func (s *Server) saveModel(w http.ResponseWriter, r *http.Request) error {
	p, err := s.readModel(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return fault.Field("form", "the form could not be read")
	}
	base, err := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if err != nil {
		base = p.Newest
	}
	spec, problems := readSpec(p.Page, r.PostForm, p.Spec)
	status := http.StatusUnprocessableEntity
	if base < p.Newest && r.PostFormValue("over") != strconv.FormatInt(p.Newest, 10) {
		// Two people at once: the second sees what the first saved.
		problems["version"] = p.T("Meanwhile version {n} was saved. Save again to put yours in its place.", "n", p.Newest)
		status = http.StatusConflict
	}
	if len(problems) == 0 {
		_, err := s.app.SaveModel(r.Context(), spec, r.PostFormValue("note"))
		if err == nil {
			http.Redirect(w, r, "/model?saved=1", http.StatusSeeOther)
			return nil
		}
		fields := fault.Fields(err)
		if len(fields) == 0 {
			return err
		}
		problems = s.problemsOf(r, fields)
	}
	p.Spec, p.Version, p.typed, p.Problems = spec, base, r.PostForm, problems
	p.Preview = previewPart{Page: p.Page, Problems: len(problems)}
	return s.render(w, r, status, modelView(p))
}

// valuing reads whether a valuation waits or runs.
func (s *Server) valuing(r *http.Request) (valuingPart, error) {
	v := valuingPart{Saved: r.FormValue("saved") != ""}
	jobs, err := s.jobsUnderWay(r)
	if err != nil {
		return v, err
	}
	for _, j := range jobs {
		if j.Kind == app.ValueJob && v.Job.State != "running" {
			v.Job = j
		}
	}
	if v.AsOf, err = s.asOf(r.Context()); errors.Is(err, fault.NotFound) {
		err = nil
	}
	return v, err
}

func (s *Server) modelValuing(w http.ResponseWriter, r *http.Request) error {
	p, err := s.newPage(r, locale.Key("Model"))
	if err != nil {
		return err
	}
	v, err := s.valuing(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, valuingState(p, v))
}

// valueOn asks for a valuation of a chosen day.
func (s *Server) valueOn(w http.ResponseWriter, r *http.Request) error {
	on, err := day.Parse(r.FormValue("as_of"))
	if err == nil {
		err = s.app.AskValueOn(r.Context(), on)
	}
	if fields := fault.Fields(err); len(fields) > 0 {
		return s.modelProblem(w, r, map[string]string{"as_of": locale.For(langOf(r)).T("write a day such as 2026-12-31")})
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/model#valuing", http.StatusSeeOther)
	return nil
}

// modelProblem shows the page again with problems beside the fields of one of
// its small forms.
func (s *Server) modelProblem(w http.ResponseWriter, r *http.Request, problems map[string]string) error {
	p, err := s.readModel(r)
	if err != nil {
		return err
	}
	p.Problems, p.typed = problems, r.PostForm
	if p.Preview, err = s.preview(r, p.Page, p.Spec); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, modelView(p))
}
