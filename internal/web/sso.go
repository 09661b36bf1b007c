package web

import (
	"errors"
	"net/http"
	"net/url"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/locale"
	"quid/internal/sso"
)

// ssoCookie keeps what a browser asked single sign-on until it comes back.
const ssoCookie = "quid_sso"

// ssoBack is where the provider sends a browser back to.
const ssoBack = "/login/sso/back"

func (s *Server) keepAttempt(w http.ResponseWriter, r *http.Request, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: ssoCookie, Value: value, Path: "/login/sso", MaxAge: age, HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode})
}

// beginSSO sends a browser to the provider.
func (s *Server) beginSSO(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	if s.app.SSO == nil {
		return fault.NotFound
	}
	address, a, err := s.app.SSO.Begin(r.Context(), s.app.Public+ssoBack)
	if err != nil {
		s.log.ErrorContext(r.Context(), "single sign-on", "err", err)
		return s.refusedSSO(w, r, http.StatusBadGateway, locale.Key("Single sign-on does not answer. Try again in a moment, or come in by password."))
	}
	kept := url.Values{"state": {a.State}, "nonce": {a.Nonce}, "verifier": {a.Verifier}, "next": {backTo(r.FormValue("next"))}}
	s.keepAttempt(w, r, url.QueryEscape(kept.Encode()), 600)
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// endSSO lets somebody in who comes back from the provider.
func (s *Server) endSSO(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	if s.app.SSO == nil {
		return fault.NotFound
	}
	text, err := url.QueryUnescape(cookie(r, ssoCookie))
	kept, errKept := url.ParseQuery(text)
	if err := errors.Join(err, errKept); err != nil {
		kept = url.Values{}
	}
	s.keepAttempt(w, r, "", -1)
	who, err := s.app.SSO.Finish(r.Context(), s.app.Public+ssoBack, sso.Attempt{State: kept.Get("state"), Nonce: kept.Get("nonce"), Verifier: kept.Get("verifier")}, r.URL.Query())
	var e app.Entrance
	if err == nil {
		e, err = s.app.EnterSigned(r.Context(), who, visitOf(r))
	}
	switch {
	case errors.Is(err, sso.ErrRefused), errors.Is(err, app.ErrWrong), errors.Is(err, fault.Invalid):
		return s.refusedSSO(w, r, http.StatusUnauthorized, locale.Key("Single sign-on did not let you in. Your administrator knows who may."))
	case err != nil:
		s.log.ErrorContext(r.Context(), "single sign-on", "err", err)
		return s.refusedSSO(w, r, http.StatusBadGateway, locale.Key("Single sign-on does not answer. Try again in a moment, or come in by password."))
	}
	s.enter(w, r, e)
	next := backTo(kept.Get("next"))
	if e.Second {
		next = "/login/second?next=" + url.QueryEscape(next)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

func (s *Server) refusedSSO(w http.ResponseWriter, r *http.Request, status int, text string) error {
	p := s.loginPage(r, locale.Key("Log in"))
	p.Problem = p.T(text)
	return s.render(w, r, status, loginView(p))
}
