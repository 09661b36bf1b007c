package web

import (
	"context"
	"errors"
	"math"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/locale"
	"quid/internal/request"
)

// Names of the cookies of who is in.
const (
	sessionCookie = "quid_session"
	deviceCookie  = "quid_device"
)

func (s *Server) loginRoutes(mux *router) {
	mux.Handle("GET /start", s.page(s.showStart))
	mux.Handle("POST /start", small(s.page(s.postStart)))
	mux.Handle("GET /login", s.page(s.showLogin))
	mux.Handle("POST /login", small(s.page(s.postLogin)))
	mux.Handle("GET /login/second", s.page(s.showSecond))
	mux.Handle("POST /login/second", small(s.page(s.postSecond)))
	mux.Handle("POST /login/second/passkey/ask", small(s.page(s.askSecondPasskey)))
	mux.Handle("POST /login/second/passkey", small(s.page(s.postSecondPasskey)))
	mux.Handle("POST /login/passkey/ask", small(s.page(s.askPasskey)))
	mux.Handle("POST /login/passkey", small(s.page(s.postLoginPasskey)))
	mux.Handle("POST /logout", s.page(s.postLogout))
	mux.Handle("GET /login/sso", s.page(s.beginSSO))
	mux.Handle("GET "+ssoBack, s.page(s.endSSO))
	mux.Handle("GET /forgot", s.page(s.showForgot))
	mux.Handle("POST /forgot", small(s.page(s.postForgot)))
	mux.Handle("GET /invite/{token}", s.page(s.showInvite))
	mux.Handle("POST /invite/{token}", small(s.page(s.postInvite)))
}

// presenceKey is where a request keeps who is in.
type presenceKey struct{}

// presenceOf is who is in by a session, the zero Presence for others.
func presenceOf(ctx context.Context) app.Presence {
	p, _ := ctx.Value(presenceKey{}).(app.Presence)
	return p
}

// present finds out who asks, by the session's cookie. Who was named already (a key,
// a test) stays.
func (s *Server) present(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := auth.From(r.Context())
		token := cookie(r, sessionCookie)
		if who.Whole || who.Key != 0 || who.User != 0 || token == "" || strings.HasPrefix(r.URL.Path, "/assets/") {
			next.ServeHTTP(w, r)
			return
		}
		p, err := s.app.Present(r.Context(), token, addressOf(r))
		if err != nil && !errors.Is(err, fault.NotFound) {
			s.page(func(http.ResponseWriter, *http.Request) error { return err }).ServeHTTP(w, r)
			return
		}
		if err == nil {
			p.Who.Via = request.Of(r.Context()).ID
			ctx := auth.With(r.Context(), p.Who)
			if p.Session.Second.IsZero() {
				ctx = auth.With(r.Context(), auth.Who{From: p.Who.From, Via: p.Who.Via})
			}
			r = r.WithContext(context.WithValue(ctx, presenceKey{}, p))
		}
		next.ServeHTTP(w, r)
	})
}

// addressOf is where a request comes from.
func addressOf(r *http.Request) string {
	if a := request.Of(r.Context()).Client; a.IsValid() {
		return a.String()
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func visitOf(r *http.Request) app.Visit {
	return app.Visit{Address: addressOf(r), Agent: r.UserAgent(), Device: cookie(r, deviceCookie)}
}

// ask lets somebody who is not in come in: a page leads to the login, what a script
// fetches is answered 401.
func (s *Server) ask(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case r.Header.Get("HX-Request") != "":
		w.Header().Set("HX-Redirect", "/login")
		w.WriteHeader(http.StatusUnauthorized)
	case r.Header.Get(buildHeader) != "" || !strings.Contains(r.Header.Get("Accept"), "text/html") && r.Header.Get("Sec-Fetch-Mode") != "navigate":
		http.Error(w, "log in first", http.StatusUnauthorized)
	case r.Method == http.MethodGet:
		http.Redirect(w, r, "/login?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
	default:
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	}
}

// secure says whether the browser speaks TLS with us, or with the proxy before us.
func (s *Server) secure(r *http.Request) bool {
	return r.TLS != nil || request.Of(r.Context()).Secure || strings.HasPrefix(s.app.Public, "https://")
}

// enter gives the browser of somebody who came in its cookies.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, e app.Entrance) {
	length := app.SessionLength
	if e.Second {
		length = 10 * time.Minute
	}
	for _, c := range []http.Cookie{
		{Name: sessionCookie, Value: e.Token, MaxAge: int(length.Seconds())},
		{Name: deviceCookie, Value: e.Device, MaxAge: int((365 * 24 * time.Hour).Seconds())},
	} {
		if c.Value == "" || c.Name == deviceCookie && e.Second {
			continue
		}
		c.Path, c.HttpOnly, c.Secure, c.SameSite = "/", true, s.secure(r), http.SameSiteLaxMode
		http.SetCookie(w, &c)
	}
}

// A loginPage is a page at the door.
type loginPage struct {
	openPage
	Form formState
	Next string
	Sub  string
	Mail bool // links go by mail
	Done bool // what was asked for is under way
	SSO  bool // there is single sign-on
	Keys passkeyPart

	Second app.SecondFactor // that is asked now
}

func (s *Server) loginPage(r *http.Request, title string) *loginPage {
	p := &loginPage{openPage: openPage{Page: s.bare(r, "")}, Next: backTo(r.FormValue("next"))}
	p.Title = p.T(title)
	p.Mail, p.SSO = s.app.Post != nil, s.app.SSO != nil
	p.Keys.Home, p.Keys.Offered = s.app.Passkeys()
	p.Form = formState{Values: map[string]string{}, Problems: map[string]string{}}
	return p
}

// wait says why somebody must wait, "" if err says something else.
func (p *loginPage) refused(err error) (status int, known bool) {
	var wait *app.WaitError
	switch {
	case errors.As(err, &wait):
		p.Problem = p.T("Too many failures. Wait {minutes} minutes, then try again.", "minutes", p.Int(int64(math.Ceil(wait.For.Minutes()))))
		return http.StatusTooManyRequests, true
	case errors.Is(err, app.ErrWrong):
		p.Problem = p.T("This does not let you in. Look at what you typed.")
		return http.StatusUnauthorized, true
	case errors.Is(err, fault.Invalid):
		return http.StatusUnprocessableEntity, p.Form.refused(p.Page, err) == nil
	}
	return 0, false
}

func (s *Server) showLogin(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	some, err := s.db.Read().AnyUser(r.Context())
	if err != nil {
		return err
	}
	if !some {
		http.Redirect(w, r, "/start", http.StatusSeeOther)
		return nil
	}
	if who := auth.From(r.Context()); who.User != 0 {
		http.Redirect(w, r, backTo(r.FormValue("next")), http.StatusSeeOther)
		return nil
	}
	return s.render(w, r, http.StatusOK, loginView(s.loginPage(r, locale.Key("Log in"))))
}

func (s *Server) postLogin(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	p := s.loginPage(r, locale.Key("Log in"))
	p.Form.Values = sent(r, "login")
	e, err := s.app.LogIn(r.Context(), r.PostFormValue("login"), r.PostFormValue("password"), visitOf(r))
	if err != nil {
		status, known := p.refused(err)
		if !known {
			return err
		}
		return s.render(w, r, status, loginView(p))
	}
	s.enter(w, r, e)
	if e.Second {
		http.Redirect(w, r, "/login/second?next="+url.QueryEscape(p.Next), http.StatusSeeOther)
		return nil
	}
	http.Redirect(w, r, p.Next, http.StatusSeeOther)
	return nil
}

// second is the page of somebody whose second factor is still to come: fault.NotFound for
// everybody else.
func (s *Server) second(r *http.Request) (p *loginPage, err error) {
	p = s.loginPage(r, locale.Key("Second factor"))
	p.Second, err = s.app.Awaited(r.Context(), cookie(r, sessionCookie))
	return p, err
}

func (s *Server) showSecond(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	p, err := s.second(r)
	if errors.Is(err, fault.NotFound) {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, secondView(p))
}

func (s *Server) postSecond(w http.ResponseWriter, r *http.Request) error {
	return s.gaveSecond(w, r, func() (app.Entrance, error) {
		return s.app.GiveSecond(r.Context(), cookie(r, sessionCookie), r.PostFormValue("code"), visitOf(r))
	})
}

// gaveSecond lets somebody in who gave a second factor, or says why not.
func (s *Server) gaveSecond(w http.ResponseWriter, r *http.Request, give func() (app.Entrance, error)) error {
	closed(w)
	p, err := s.second(r)
	var e app.Entrance
	if err == nil {
		e, err = give()
	}
	switch {
	case err == nil:
		s.enter(w, r, e)
		http.Redirect(w, r, p.Next, http.StatusSeeOther)
		return nil
	case errors.Is(err, fault.NotFound):
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return nil
	case errors.Is(err, auth.ErrPasskeyCopied):
		p.Problem = p.T("This passkey may have been copied: its counter went back. Come in by a recovery code, remove the passkey under Your account, and tell your administrator.")
		return s.render(w, r, http.StatusUnauthorized, secondView(p))
	}
	status, known := p.refused(err)
	if !known {
		return err
	}
	return s.render(w, r, status, secondView(p))
}

func (s *Server) postLogout(w http.ResponseWriter, r *http.Request) error {
	if token := cookie(r, sessionCookie); token != "" {
		if err := s.app.LogOut(r.Context(), token); err != nil {
			return err
		}
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode})
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}

// starting refuses the first start once there is somebody.
func (s *Server) starting(r *http.Request) error {
	some, err := s.db.Read().AnyUser(r.Context())
	if err == nil && some {
		err = fault.NotFound
	}
	return err
}

func (s *Server) showStart(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	if err := s.starting(r); err != nil {
		return err
	}
	p := s.loginPage(r, locale.Key("First start"))
	p.Form.Values["code"] = r.FormValue("code")
	return s.render(w, r, http.StatusOK, startView(p))
}

func (s *Server) postStart(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	if err := s.starting(r); err != nil {
		return err
	}
	p := s.loginPage(r, locale.Key("First start"))
	p.Form.Values = sent(r, "code", "name", "login")
	_, err := s.app.Start(r.Context(), app.FirstUser{
		Code: strings.TrimSpace(r.PostFormValue("code")), Name: r.PostFormValue("name"), Login: r.PostFormValue("login"), Password: r.PostFormValue("password"),
	})
	if err != nil {
		status, known := p.refused(err)
		if !known {
			return err
		}
		return s.render(w, r, status, startView(p))
	}
	e, err := s.app.LogIn(r.Context(), r.PostFormValue("login"), r.PostFormValue("password"), visitOf(r))
	if err != nil {
		return err
	}
	s.enter(w, r, e)
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// invited is the page of a link of an invitation or a reset.
func (s *Server) invited(r *http.Request) (*loginPage, error) {
	u, kind, err := s.app.Invited(r.Context(), r.PathValue("token"))
	if err != nil {
		return nil, err
	}
	p := s.loginPage(r, locale.Key("Choose a password"))
	p.Token = r.PathValue("token")
	p.Sub = p.T("Welcome to Quid, {name}. You come in as {login}.", "name", u.Name, "login", u.Login)
	if kind == "reset" {
		p.Sub = p.T("A new password for {login}. You are logged out everywhere else.", "login", u.Login)
	}
	return p, nil
}

func (s *Server) showInvite(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	p, err := s.invited(r)
	if errors.Is(err, fault.NotFound) {
		return s.stale(w, r)
	}
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, inviteView(p))
}

// stale answers a link that was used or is over.
func (s *Server) stale(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusGone, staleView(s.loginPage(r, locale.Key("This link has ended"))))
}

func (s *Server) postInvite(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	p, err := s.invited(r)
	if errors.Is(err, fault.NotFound) {
		return s.stale(w, r)
	}
	if err != nil {
		return err
	}
	u, err := s.app.ChoosePassword(r.Context(), p.Token, r.PostFormValue("password"))
	if err != nil {
		status, known := p.refused(err)
		if !known {
			return err
		}
		return s.render(w, r, status, inviteView(p))
	}
	e, err := s.app.EnterByPassword(r.Context(), u, visitOf(r))
	if err != nil {
		return err
	}
	s.enter(w, r, e)
	if e.Second {
		http.Redirect(w, r, "/login/second", http.StatusSeeOther)
		return nil
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}
