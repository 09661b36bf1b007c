package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"quid/fault"
	"quid/internal/locale"
	"quid/service"
	"quid/talk"
)

func (s *Server) argumentRoutes(mux *router) {
	mux.Handle("GET /arguments", s.page(s.showArguments))
	mux.Handle("GET /arguments/{code}/{lang}", s.page(s.showArgument))
	mux.Handle("POST /arguments/{code}/{lang}", s.page(s.saveArgument))
	mux.Handle("POST /arguments/{code}/{lang}/reset", s.page(s.resetArgument))
}

// An argumentsPage lists the services and what can be said for them.
type argumentsPage struct {
	Page
	Types   []service.Type
	Written []talk.Argument
}

func (s *Server) showArguments(w http.ResponseWriter, r *http.Request) error {
	page, err := s.newPage(r, locale.Key("Arguments"))
	if err != nil {
		return err
	}
	p := &argumentsPage{Page: page}
	if p.Types, err = s.db.Read().Types(r.Context()); err != nil {
		return err
	}
	p.Types = slices.DeleteFunc(p.Types, func(t service.Type) bool { return t.Sold })
	if p.Written, err = s.db.Read().Arguments(r.Context()); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, arguments(p))
}

// An argumentPage is the form of one argument.
type argumentPage struct {
	Page
	Type service.Type
	Arg  talk.Argument
	Form formState
}

// mostObjections is how many objections the form offers at least; one more than
// there are.
const mostObjections = 3

func (s *Server) argument(r *http.Request) (*argumentPage, error) {
	page, err := s.newPage(r, "")
	if err != nil {
		return nil, err
	}
	types, err := s.db.Read().Types(r.Context())
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(types, func(t service.Type) bool { return t.Code == r.PathValue("code") })
	lang := r.PathValue("lang")
	if i < 0 || lang != "de" && lang != "en" {
		return nil, fault.NotFound
	}
	written, err := s.db.Read().Arguments(r.Context())
	if err != nil {
		return nil, err
	}
	p := &argumentPage{Page: page, Type: types[i]}
	p.Arg, _ = talk.ArgumentOf(written, types[i].Code, lang)
	p.Title = types[i].Name(lang)
	p.Form.Values = map[string]string{"gain": p.Arg.Gain, "loss": p.Arg.Loss, "revision": strconv.Itoa(int(p.Arg.Revision))}
	for i, o := range p.Arg.Objections {
		n := strconv.Itoa(i + 1)
		p.Form.Values["says_"+n], p.Form.Values["answer_"+n] = o.Says, o.Answer
	}
	return p, nil
}

// numbers are those of the objections that the form offers.
func (p *argumentPage) numbers() []string {
	n := mostObjections
	for i := range 20 {
		if p.Form.Values["says_"+strconv.Itoa(i+1)] != "" {
			n = max(n, i+2)
		}
	}
	var out []string
	for i := range n {
		out = append(out, strconv.Itoa(i+1))
	}
	return out
}

func (s *Server) showArgument(w http.ResponseWriter, r *http.Request) error {
	p, err := s.argument(r)
	if err != nil {
		return err
	}
	if r.FormValue("done") != "" {
		p.Flash = &Toast{Text: p.T("Saved."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, argument(p))
}

func (s *Server) saveArgument(w http.ResponseWriter, r *http.Request) error {
	p, err := s.argument(r)
	if err != nil {
		return err
	}
	names := []string{"gain", "loss", "revision"}
	for i := range 20 {
		n := strconv.Itoa(i + 1)
		names = append(names, "says_"+n, "answer_"+n)
	}
	p.Form.Values = sent(r, names...)
	revision, err := strconv.ParseInt(p.Form.Values["revision"], 10, 32)
	if err != nil {
		return fault.NotFound
	}
	a := talk.Argument{Code: p.Type.Code, Lang: p.Arg.Lang, Gain: p.Form.Values["gain"], Loss: p.Form.Values["loss"], Revision: int32(revision)}
	for i := range 20 {
		n := strconv.Itoa(i + 1)
		a.Objections = append(a.Objections, talk.Objection{Says: p.Form.Values["says_"+n], Answer: p.Form.Values["answer_"+n]})
	}
	if err = s.app.SaveArgument(r.Context(), a); err == nil {
		http.Redirect(w, r, r.URL.Path+"?done=1", http.StatusSeeOther)
		return nil
	}
	if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	for _, name := range names {
		p.sayPlaceholder(name)
	}
	return s.render(w, r, http.StatusUnprocessableEntity, argument(p))
}

// sayPlaceholder says in the reader's language which placeholder of a field is
// not known.
func (p *argumentPage) sayPlaceholder(field string) {
	bad, ok := errors.AsType[*talk.PlaceholderError](talk.CheckText(p.Form.Values[field]))
	if !ok {
		return
	}
	if bad.Name == "" {
		p.Form.Problems[field] = p.T("A brace is open: write a name and close it.")
		return
	}
	p.Form.Problems[field] = p.T("The placeholder {name} is not known. Known are: {list}", "name", "{"+bad.Name+"}", "list", placeholderList())
}

// placeholderList are the placeholders as they are written.
func placeholderList() string {
	text := ""
	for i, n := range talk.Placeholders {
		if i > 0 {
			text += ", "
		}
		text += "{" + n + "}"
	}
	return text
}

func (s *Server) resetArgument(w http.ResponseWriter, r *http.Request) error {
	p, err := s.argument(r)
	if err != nil {
		return err
	}
	if err := s.app.ResetArgument(r.Context(), p.Type.Code, p.Arg.Lang); err != nil {
		return err
	}
	http.Redirect(w, r, "/arguments/"+p.Type.Code+"/"+p.Arg.Lang+"?done=1", http.StatusSeeOther)
	return nil
}

// state says who wrote an argument.
func (p *argumentsPage) state(code, lang string) string {
	a, ok := talk.ArgumentOf(p.Written, code, lang)
	switch {
	case a.Own:
		return p.T("own words")
	case ok:
		return p.T("as shipped")
	}
	return p.T("none yet")
}
