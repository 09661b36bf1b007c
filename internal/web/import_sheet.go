package web

import (
	"net/http"
	"strconv"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/intake"
	"quid/internal/locale"
	"quid/service"
)

// sheetPage asks what the words of a time sheet mean.
type sheetPage struct {
	Page
	Draft    app.Draft
	Ask      app.SheetQuestions
	Types    []service.Type
	Teams    []service.Team
	Problems map[string]string
}

func (s *Server) sheet(w http.ResponseWriter, r *http.Request) error {
	return s.showSheet(w, r, http.StatusOK, nil)
}

func (s *Server) showSheet(w http.ResponseWriter, r *http.Request, status int, problems map[string]string) error {
	var p sheetPage
	var err error
	if p.Page, err = s.newPage(r, locale.Key("Words of the time sheet")); err != nil {
		return err
	}
	p.Problems = problems
	if p.Draft, err = s.app.Draft(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	if p.Ask, err = s.app.SheetQuestions(r.Context(), p.Draft); err != nil {
		return err
	}
	types, err := s.db.Read().Types(r.Context())
	if err != nil {
		return err
	}
	for _, t := range types {
		if !t.Sold && !t.Retired {
			p.Types = append(p.Types, t)
		}
	}
	teams, err := s.db.Read().Teams(r.Context())
	if err != nil {
		return err
	}
	for _, t := range teams {
		if !t.Retired {
			p.Teams = append(p.Teams, t)
		}
	}
	return s.render(w, r, status, sheetView(p))
}

// askSheet is where a draft of a time sheet goes after its columns: to its words,
// if they leave something open, else on to the dry run.
func (s *Server) askSheet(r *http.Request, d app.Draft) (string, error) {
	if d.Request.Kind != intake.Timesheets {
		return draftPath(d.Token, "check"), nil
	}
	ask, err := s.app.SheetQuestions(r.Context(), d)
	if err != nil {
		return "", err
	}
	teams, err := s.db.Read().Teams(r.Context())
	if err != nil {
		return "", err
	}
	unsaid := false
	for _, u := range ask.Users {
		unsaid = unsaid || !u.Said && u.Means == 0
	}
	if ask.Open > 0 || unsaid && len(teams) > 0 {
		return draftPath(d.Token, "words"), nil
	}
	return draftPath(d.Token, "check"), nil
}

// postSheet keeps what somebody said and goes on to the dry run. What was left
// open stays open: its rows are rejected with the reason.
func (s *Server) postSheet(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	if err := r.ParseForm(); err != nil {
		return fault.Field("form", "the form could not be read")
	}
	answers := app.SheetAnswers{Services: said(r, "service"), Users: said(r, "user")}
	err := s.app.SaySheetWords(r.Context(), answers)
	if fields := fault.Fields(err); len(fields) > 0 {
		return s.showSheet(w, r, http.StatusUnprocessableEntity, s.problemsOf(r, fields))
	}
	if err != nil {
		return err
	}
	s.trials.forget(token)
	http.Redirect(w, r, draftPath(token, "check"), http.StatusSeeOther)
	return nil
}

// said reads the words of a form with what was chosen for them; those that were
// left open are not among them.
func said(r *http.Request, of string) map[string]int64 {
	out := make(map[string]int64)
	for i := 0; ; i++ {
		n := strconv.Itoa(i)
		word, ok := r.Form[of+".word."+n]
		if !ok {
			return out
		}
		if id, err := strconv.ParseInt(r.Form.Get(of+".means."+n), 10, 64); err == nil && len(word) > 0 {
			out[word[0]] = id
		}
	}
}

// meaning is the value of the select of a word: "" while it is open.
func meaning(w app.SheetWord) string {
	if !w.Said && w.Means == 0 {
		return ""
	}
	return strconv.FormatInt(w.Means, 10)
}

// mayBe says whether a type is among those that a word may mean.
func mayBe(w app.SheetWord, t service.Type) bool {
	for _, m := range w.May {
		if m.ID == t.ID {
			return true
		}
	}
	return false
}
