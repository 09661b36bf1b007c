package web

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/link"
	"quid/internal/locale"
	"quid/internal/paper"
	"quid/internal/store"
)

func (s *Server) statementRoutes(mux *router) {
	mux.Handle("GET /customers/{id}/statement", s.page(s.showStatement))
	mux.Handle("GET /customers/{id}/statement.pdf", s.page(s.statementPDF))
	mux.Handle("POST /customers/{id}/statement/links", s.page(s.makeLink))
	mux.Handle("POST /customers/{id}/statement/links/{link}/revoke", s.page(s.revokeLink))
	mux.Handle("GET /statements", s.page(s.showRuns))
	mux.Handle("POST /statements", s.page(s.askStatements))
	mux.Handle("GET /statements/{id}/state", s.page(s.runState))
	mux.Handle("GET /statements/{id}/file", s.page(s.runFile))
}

// A statementPage is the benefit statement as we see it before it is handed over.
type statementPage struct {
	Page
	Customer store.KeptCustomer
	S        *paper.Statement
	Query    paper.StatementQuery
	Own      string // the language of the customer's people
	Links    []givenLink
	Company  store.Company
	Form     formState
}

// A givenLink is a link with its address.
type givenLink struct {
	store.Link
	Address string
	Ended   bool
}

// queryStatement reads which statement an address asks for; the twelve months up
// to today where nothing is said.
func (s *Server) queryStatement(r *http.Request) (q paper.StatementQuery, err error) {
	id, err := idOf(r)
	if err != nil {
		return q, err
	}
	q = paper.StatementQuery{Customer: account.CustomerID(id), To: day.At(s.app.Now()), Background: r.FormValue("background") != ""}
	if d, err := day.Parse(r.FormValue("to")); err == nil {
		q.To = d
	}
	q.First = day.Span(12).UpTo(q.To).From.Add(1)
	if d, err := day.Parse(r.FormValue("from")); err == nil && d <= q.To {
		q.First = d
	}
	if locale.Known(r.FormValue("lang")) {
		q.Lang = r.FormValue("lang")
	}
	return q, nil
}

func (s *Server) statement(r *http.Request) (*statementPage, error) {
	page, err := s.newPage(r, "")
	if err != nil {
		return nil, err
	}
	q, err := s.queryStatement(r)
	if err != nil {
		return nil, err
	}
	today := day.At(s.app.Now())
	p := &statementPage{Page: page, Query: q, Form: formState{Values: map[string]string{"ends": today.AddMonths(app.LinkMonths).String()}}}
	err = s.db.Look(r.Context(), func(read store.Reader) (err error) {
		if p.Customer, err = read.Customer(r.Context(), q.Customer); err != nil {
			return err
		}
		contacts, err := read.ContactsOf(r.Context(), q.Customer)
		if err != nil {
			return err
		}
		p.Own = paper.LangOf(contacts, p.Customer.Country)
		if p.S, err = paper.ReadStatement(r.Context(), read, q); err != nil {
			return err
		}
		if p.Company, err = read.Company(r.Context()); err != nil {
			return err
		}
		return p.readLinks(r.Context(), read, today)
	})
	p.Title, p.About = p.Customer.Name, p.Customer.ID
	return p, err
}

func (p *statementPage) readLinks(ctx context.Context, read store.Reader, today day.Day) error {
	links, err := read.LinksOf(ctx, p.Query.Customer, int8(link.Statement))
	if err != nil || len(links) == 0 {
		return err
	}
	key, err := app.LinkKey(ctx, read)
	if err != nil {
		return err
	}
	for _, l := range links {
		p.Links = append(p.Links, givenLink{Link: l, Address: p.Public + "/s/" + app.Token(key, l), Ended: l.Ends < today || !l.Revoked.IsZero()})
	}
	return nil
}

func (s *Server) showStatement(w http.ResponseWriter, r *http.Request) error {
	p, err := s.statement(r)
	if err != nil {
		return err
	}
	switch r.FormValue("done") {
	case "made":
		p.Flash = &Toast{Text: p.T("The link is made. Copy it below."), Tone: Good}
	case "revoked":
		p.Flash = &Toast{Text: p.T("The link opens nothing any more."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, statement(p))
}

func (s *Server) statementPDF(w http.ResponseWriter, r *http.Request) error {
	q, err := s.queryStatement(r)
	if err != nil {
		return err
	}
	return s.sendStatement(w, r, q)
}

// sendStatement answers with the PDF of a statement.
func (s *Server) sendStatement(w http.ResponseWriter, r *http.Request, q paper.StatementQuery) error {
	var b bytes.Buffer
	var st *paper.Statement
	err := s.db.Look(r.Context(), func(read store.Reader) (err error) {
		st, err = paper.ReadStatement(r.Context(), read, q)
		return err
	})
	if err != nil {
		return err
	}
	if err := st.WritePDF(&b); err != nil {
		return err
	}
	return sendPDF(w, b.Bytes(), st.Title()+" "+st.Name+" "+st.To.String())
}

// address is that of the same statement.
func (p *statementPage) address(as string) string {
	v := url.Values{"from": {p.Query.First.String()}, "to": {p.Query.To.String()}}
	if p.Query.Lang != "" {
		v.Set("lang", p.Query.Lang)
	}
	if p.Query.Background {
		v.Set("background", "1")
	}
	return customerPath(p.Customer.ID) + "/" + as + "?" + v.Encode()
}

// shows are the words of a link or run for what is shown beside.
func shows(background bool) string {
	if background {
		return app.ShowBackground
	}
	return ""
}

func (s *Server) makeLink(w http.ResponseWriter, r *http.Request) error {
	p, err := s.statement(r)
	if err != nil {
		return err
	}
	p.Form.Values = sent(r, "ends")
	ends, _ := day.Parse(p.Form.Values["ends"]) // 0 is refused below
	_, _, err = s.app.MakeLink(r.Context(), app.LinkDraft{
		Customer: p.Customer.ID, Kind: link.Statement, Lang: p.S.Lang, From: p.Query.First, To: p.Query.To, Shows: shows(p.Query.Background), Ends: ends,
	})
	if err == nil {
		http.Redirect(w, r, p.address("statement")+"&done=made#links", http.StatusSeeOther)
		return nil
	}
	if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, statement(p))
}

func (s *Server) revokeLink(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	one, err := strconv.ParseInt(r.PathValue("link"), 10, 64)
	if err != nil {
		return fault.NotFound
	}
	if err := s.app.RevokeLink(r.Context(), account.CustomerID(id), one); err != nil {
		return err
	}
	http.Redirect(w, r, customerPath(account.CustomerID(id))+"/statement?done=revoked#links", http.StatusSeeOther)
	return nil
}

// A runsPage is where the benefit statements of many customers are made.
type runsPage struct {
	Page
	Runs   []runLine
	Owners []string
	Form   formState
}

// A runLine is a run and how far it is.
type runLine struct {
	store.StatementRun
	Job *store.Job // nil if it is long done
}

func (s *Server) runs(r *http.Request) (*runsPage, error) {
	page, err := s.newPage(r, locale.Key("Benefit statements"))
	if err != nil {
		return nil, err
	}
	today := day.At(s.app.Now())
	p := &runsPage{Page: page, Form: formState{Values: map[string]string{"from": day.Span(12).UpTo(today).From.Add(1).String(), "to": today.String()}}}
	runs, err := s.db.Read().StatementRuns(r.Context())
	if err != nil {
		return nil, err
	}
	jobs, err := s.db.Read().Jobs(r.Context(), s.app.Now().AddDate(0, 0, -8))
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		p.Runs = append(p.Runs, runLine{run, jobOf(jobs, run.ID)})
	}
	if pic, err := s.picture(r.Context()); err == nil {
		p.Owners = pic.snap.Owners()
	}
	return p, nil
}

func jobOf(jobs []store.Job, run int64) *store.Job {
	for i := range jobs {
		if jobs[i].Kind == app.StatementJob && jobs[i].Arg == strconv.FormatInt(run, 10) {
			return &jobs[i]
		}
	}
	return nil
}

func (s *Server) showRuns(w http.ResponseWriter, r *http.Request) error {
	p, err := s.runs(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, runs(p))
}

func (s *Server) askStatements(w http.ResponseWriter, r *http.Request) error {
	p, err := s.runs(r)
	if err != nil {
		return err
	}
	p.Form.Values = sent(r, "from", "to", "lang", "owner", "background")
	v := p.Form.Values
	from, _ := day.Parse(v["from"]) // 0 is refused below
	to, _ := day.Parse(v["to"])
	_, err = s.app.AskStatements(r.Context(), store.StatementRun{Lang: strings.TrimPrefix(v["lang"], "own"), From: from, To: to, Owner: v["owner"], Shows: shows(v["background"] != "")})
	if err == nil {
		http.Redirect(w, r, "/statements", http.StatusSeeOther)
		return nil
	}
	if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, runs(p))
}

// runState answers with how far a run is.
func (s *Server) runState(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	p, err := s.runs(r)
	if err != nil {
		return err
	}
	for _, l := range p.Runs {
		if l.ID == id {
			return s.render(w, r, http.StatusOK, runProgress(p, l))
		}
	}
	return fault.NotFound
}

// progress says how far the run is.
func (p *runsPage) progress(l runLine) Progress {
	g := Progress{ID: "run-" + formatID(l.ID), Label: p.T("{from} to {until}", "from", p.Day(l.From), "until", p.Day(l.To))}
	if l.Owner != "" {
		g.Label += " · " + l.Owner
	}
	j := l.Job
	switch {
	case l.File != "":
		g.Done, g.Total, g.Tone, g.Text = 1, 1, Good, p.N("{n} statement", "{n} statements", int(l.Count))
	case !l.Ended.IsZero():
		g.Done, g.Total, g.Tone, g.Text = 1, 1, Info, p.T("the file was deleted after a week")
	case j != nil && j.State == "failed":
		g.Tone, g.Text = Bad, j.Problem
	case j != nil:
		g.Done, g.Total, g.Poll = j.Done, j.Total, "/statements/"+formatID(l.ID)+"/state"
		if j.Total > 0 {
			g.Text = p.T("{done} of {total}", "done", j.Done, "total", j.Total)
		}
	}
	return g
}

// runFile sends the file of a run.
func (s *Server) runFile(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	f, err := s.app.OpenStatements(r.Context(), id)
	if err != nil {
		return err
	}
	defer f.Close()
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="`+f.Name()[strings.LastIndexByte(f.Name(), '/')+1:]+`"`)
	http.ServeContent(w, r, "", s.app.Now(), f)
	return nil
}
