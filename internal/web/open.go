package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/httprate"

	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/link"
	"quid/internal/locale"
	"quid/internal/paper"
	"quid/internal/store"
)

// Limits of those who open links without a login, by address.
const (
	openRequests = 60
	openWindow   = time.Minute
)

// openRoutes are the pages that somebody without a login may open: by a signed
// link and nothing else. Looking changes nothing.
func (s *Server) openRoutes(mux *router) {
	slow := httprate.LimitBy(openRequests, openWindow, func(r *http.Request) (string, error) { return httprate.CanonicalizeIP(addressOf(r)), nil },
		httprate.WithLimitHandler(s.tooMany))
	open := func(h handler) http.Handler { return slow(auth.As(guest, small(s.page(h)))) }
	mux.Handle("GET /s/{token}", open(s.openStatement))
	mux.Handle("GET /s/{token}/statement.pdf", open(s.openPDF))
	mux.Handle("GET /s/{token}/logo", open(s.openLogo))
	mux.Handle("GET /r/{token}", open(s.showAnswer))
	mux.Handle("POST /r/{token}", open(s.postAnswer))
}

// guest is who comes by a signed link: the link says whose data it opens.
var guest = auth.Who{Rights: []auth.Right{auth.Answer}, Sees: auth.Everybody}

// small bounds what somebody without a login may send.
func small(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, mostAnswer)
		next.ServeHTTP(w, r)
	})
}

// An openPage is a page for somebody without a login.
type openPage struct {
	Page
	Token   string
	S       *paper.Statement
	Company store.Company
	Problem string
}

// closed keeps an answer out of caches, search engines and the logs of others.
func closed(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow")
}

// open reads what a token of a kind opens.
func (s *Server) open(r *http.Request, kind link.Kind) (store.Link, error) {
	var l store.Link
	err := s.db.Look(r.Context(), func(read store.Reader) (err error) {
		l, err = s.app.OpenLink(r.Context(), read, r.PathValue("token"), kind)
		return err
	})
	return l, err
}

// openQuery is the statement of a link.
func openQuery(l store.Link) paper.StatementQuery {
	return paper.StatementQuery{Customer: l.Customer, First: l.From, To: l.To, Lang: l.Lang, Background: strings.Contains(l.Shows, app.ShowBackground)}
}

func (s *Server) openStatement(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	l, err := s.open(r, link.Statement)
	if err != nil {
		return s.refuse(w, r, err)
	}
	p := openPage{Page: s.bare(r, l.Lang), Token: r.PathValue("token")}
	err = s.db.Look(r.Context(), func(read store.Reader) (err error) {
		p.S, err = paper.ReadStatement(r.Context(), read, openQuery(l))
		return err
	})
	if err != nil {
		return err
	}
	p.Company, p.Title = p.S.Company, p.S.Title()
	return s.render(w, r, http.StatusOK, openedStatement(p))
}

func (s *Server) openPDF(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	l, err := s.open(r, link.Statement)
	if err != nil {
		return s.refuse(w, r, err)
	}
	return s.sendStatement(w, r, openQuery(l))
}

func (s *Server) openLogo(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	if _, err := s.open(r, link.Statement); err != nil {
		return s.refuse(w, r, err)
	}
	return s.companyLogo(w, r)
}

// bare is a page that says nothing of the book.
func (s *Server) bare(r *http.Request, lang string) Page {
	if !locale.Known(lang) {
		lang = langOf(r)
	}
	return Page{Printer: locale.For(lang), Path: r.URL.Path}
}

// refuse answers a link that opens nothing in a friendly way.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, why error) error {
	p := openPage{Page: s.bare(r, "")}
	status := http.StatusNotFound
	switch {
	case errors.Is(why, link.ErrEnded):
		status = http.StatusGone
		p.Title = p.T("This link has ended")
		p.Problem = p.T("Ask whoever sent it for a new one.")
	case errors.Is(why, link.ErrWrong):
		p.Title = p.T("This link does not lead anywhere")
		p.Problem = p.T("Perhaps a part of it was lost on the way. Copy it whole, or ask whoever sent it.")
	default:
		return why
	}
	if c, err := s.db.Read().Company(r.Context()); err == nil && status == http.StatusGone {
		p.Company = store.Company{Name: c.Name, Phone: c.Phone, Email: c.Email, Colour: c.Colour}
	}
	return s.render(w, r, status, openRefused(p))
}

// tooMany answers who asks too often.
func (s *Server) tooMany(w http.ResponseWriter, r *http.Request) {
	closed(w)
	p := openPage{Page: s.bare(r, "")}
	p.Title, p.Problem = p.T("Too many requests"), p.T("Wait a minute, then open the link again.")
	if err := s.render(w, r, http.StatusTooManyRequests, openRefused(p)); err != nil {
		s.log.WarnContext(r.Context(), "too many requests", "err", err)
	}
}

// colours are the company's colour for light and for dark pages, as a style.
func (p openPage) colours() string {
	if p.Company.Colour == "" {
		return ""
	}
	c := paper.ColourOf(p.Company.Colour).Readable()
	return "--primary: light-dark(" + c.Hex() + ", " + c.Light().Hex() + "); --primary-foreground: light-dark(#ffffff, #0b0b0b)"
}
