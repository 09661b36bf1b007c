package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/locale"
	"quid/internal/request"
	"quid/internal/store"

	"github.com/a-h/templ"
)

// A Server answers requests for pages. Make one with NewServer.
type Server struct {
	app *app.App
	db  *store.DB
	log *slog.Logger

	mu   sync.Mutex
	base *base // columns of the newest valuation, shared by lists and pictures

	files  openFiles // that are about to be imported
	trials trials    // dry runs of them
	gaps   gapCache  // what the newest valuation lacks
	care   careCache // what attention and development are reckoned from
	names  sync.Map  // of customers, for quick entry: *knownNames by whose customers they are
}

// NewServer returns the pages of a book.
func NewServer(a *app.App) *Server {
	a.GiveWay()
	return &Server{app: a, db: a.DB, log: a.Log}
}

// Handler returns every route there is, in one place.
func (s *Server) Handler() http.Handler {
	origins := http.NewCrossOriginProtection()
	if s.app.Public != "" { // a proxy may call us by another name
		if err := origins.AddTrustedOrigin(s.app.Public); err != nil {
			s.log.Error("the public address is no origin", "err", err)
		}
	}
	return origins.Handler(guard(s.first(s.present(request.Routed(s.router().mux)))))
}

// router takes every route there is.
func (s *Server) router() *router {
	mux := &router{mux: http.NewServeMux(), s: s, seen: make(map[string]bool)}
	mux.Handle("GET /assets/", Assets())
	s.loginRoutes(mux)
	s.accountRoutes(mux)
	s.userRoutes(mux)
	s.webhookRoutes(mux)
	s.draftRoutes(mux)
	s.auditRoutes(mux)
	mux.Handle("POST /settings", s.page(s.postSettings))
	s.matrixRoutes(mux)
	s.catalogueRoutes(mux)
	s.teamRoutes(mux)
	s.estimateRoutes(mux)
	s.closingRoutes(mux)
	s.serviceRoutes(mux)
	s.customerRoutes(mux)
	s.concentrationRoutes(mux)
	s.lifetimeRoutes(mux)
	s.newcomerRoutes(mux)
	s.importRoutes(mux)
	s.candidateRoutes(mux)
	s.workshopRoutes(mux)
	s.mailRoutes(mux)
	s.completenessRoutes(mux)
	s.modelRoutes(mux)
	s.careRoutes(mux)
	s.captureRoutes(mux)
	s.attachmentRoutes(mux)
	s.phoneRoutes(mux)
	s.dossierRoutes(mux)
	s.talkRoutes(mux)
	s.argumentRoutes(mux)
	s.statementRoutes(mux)
	s.companyRoutes(mux)
	s.privacyRoutes(mux)
	s.openRoutes(mux)
	s.ratingRoutes(mux)
	mux.Handle("/", s.page(func(http.ResponseWriter, *http.Request) error { return fault.NotFound }))
	return mux
}

// first lets bulk work in this process give way while somebody waits for a page.
func (s *Server) first(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.app.Ask()()
		next.ServeHTTP(w, r)
	})
}

// guard sends with every answer what a browser may do with it.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", ContentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		next.ServeHTTP(w, r)
	})
}

// A handler answers a request or returns an error for page to show.
type handler func(http.ResponseWriter, *http.Request) error

// page turns a handler into an http.Handler. It is the only place that knows
// which status an error is, and the only one that logs it.
func (s *Server) page(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := clean(r)
		if err == nil {
			err = h(w, r)
		}
		if err == nil || r.Context().Err() != nil {
			return
		}
		var status int
		var text string
		switch {
		case errors.Is(err, fault.NotFound):
			status, text = http.StatusNotFound, locale.Key("There is nothing here, or nothing you may see.")
		case errors.Is(err, errWhole):
			status, text = http.StatusForbidden, locale.Key("This page is about the whole company, and you see the customers of some owners only. Ask somebody who sees all.")
		case errors.Is(err, fault.Denied):
			status, text = http.StatusForbidden, locale.Key("You are not permitted to do this.")
		case errors.Is(err, fault.Conflict):
			status, text = http.StatusConflict, locale.Key("Somebody was faster. Reload the page to see what changed.")
		case errors.Is(err, fault.Invalid):
			status, text = http.StatusUnprocessableEntity, ""
		default:
			status, text = passing(w, err)
			s.log.ErrorContext(r.Context(), "page failed", "route", r.Pattern, "err", err)
		}
		if auth.From(r.Context()).Name == "" {
			s.refuseStranger(w, r, status, text)
			return
		}
		p, pageErr := s.newPage(r, locale.Key("This did not work"))
		if pageErr != nil {
			s.log.ErrorContext(r.Context(), "problem page failed", "err", pageErr)
		}
		if text = p.T(text); text == "" {
			text = err.Error()
		}
		if err := s.render(w, r, status, problem(p, text)); err != nil {
			s.log.ErrorContext(r.Context(), "problem page failed", "err", err)
		}
	})
}

// refuseStranger says what did not work to somebody who is not in: nothing of the
// book stands there.
func (s *Server) refuseStranger(w http.ResponseWriter, r *http.Request, status int, text string) {
	p := openPage{Page: s.bare(r, "")}
	p.Title, p.Problem = p.T("This did not work"), p.T(text)
	if err := s.render(w, r, status, openRefused(p)); err != nil {
		s.log.ErrorContext(r.Context(), "problem page failed", "err", err)
	}
}

// render writes a page whole or not at all.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	b := templ.GetBuffer()
	defer templ.ReleaseBuffer(b)
	if err := c.Render(r.Context(), b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	return err
}

// Names of the cookies that keep a reader's settings.
const (
	langCookie  = "quid_lang"
	themeCookie = "quid_theme"
	keysCookie  = "quid_keys"
)

// newPage returns what every page knows. title is an English text. Even where it
// returns an error, the page can be shown.
func (s *Server) newPage(r *http.Request, title string) (Page, error) {
	p := Page{Who: auth.From(r.Context()), Printer: locale.For(langOf(r)), Path: r.URL.Path, Back: r.URL.RequestURI(), Theme: cookie(r, themeCookie), Keys: cookie(r, keysCookie) != "off", Public: s.app.Public, Currency: "EUR", Digits: 2}
	p.Title = p.T(title)
	book, err := s.db.Read().Book(r.Context())
	if err != nil {
		return p, err
	}
	p.Book, p.Currency, p.Digits = book.Name, book.Currency, book.Digits
	if p.Timers, err = s.timers(r.Context(), p); err != nil {
		return p, err
	}
	if p.AsOf, err = s.asOf(r.Context()); errors.Is(err, fault.NotFound) {
		err = nil
	}
	return p, err
}

// asOf returns the day of the newest valuation.
func (s *Server) asOf(ctx context.Context) (day.Day, error) {
	v, err := s.db.Read().CurrentValuation(ctx, day.At(s.app.Now()))
	return v.AsOf, err
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// langOf is the language a reader chose, else the one the browser asks for.
func langOf(r *http.Request) string {
	if l := cookie(r, langCookie); locale.Known(l) {
		return l
	}
	return string(locale.Match(r.Header.Get("Accept-Language")))
}

// postSettings keeps a reader's language, theme and keys and leads back.
func (s *Server) postSettings(w http.ResponseWriter, r *http.Request) error {
	keep := func(name, value string) {
		http.SetCookie(w, &http.Cookie{
			Name: name, Value: value, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()), HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode,
		})
	}
	if l := r.FormValue("lang"); locale.Known(l) {
		keep(langCookie, l)
	}
	if t := r.FormValue("theme"); t == "light" || t == "dark" || t == "system" {
		keep(themeCookie, t)
	}
	if k := r.FormValue("keys"); k == "on" || k == "off" {
		keep(keysCookie, k)
	}
	http.Redirect(w, r, backTo(r.FormValue("back")), http.StatusSeeOther)
	return nil
}

// backTo is an address of ours to lead back to: never another host.
func backTo(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(address, "\\") {
		return "/"
	}
	return u.RequestURI()
}
