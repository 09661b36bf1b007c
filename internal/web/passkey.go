package web

import (
	"encoding/json"
	"errors"
	"net/http"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/locale"
)

// passkeyCookie marks the browser that was asked for a passkey: only it may answer.
const passkeyCookie = "quid_passkey"

// A passkeyPart is what a page needs to ask a browser for a passkey.
type passkeyPart struct {
	Home     auth.PasskeyHome
	Offered  bool         // browsers know passkeys at the public address
	Ceremony app.Ceremony // of making one; the zero Ceremony where none is made now
}

// askPasskey tells a browser at the door what to ask its devices.
func (s *Server) askPasskey(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	mark := cookie(r, passkeyCookie)
	if mark == "" {
		mark = auth.NewToken()
		http.SetCookie(w, &http.Cookie{Name: passkeyCookie, Value: mark, Path: "/login/passkey", MaxAge: 3600, HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteStrictMode})
	}
	c, err := s.app.AskPasskey(mark)
	if err != nil {
		return err
	}
	return askDevice(w, c)
}

// askDevice tells a browser what to ask its devices.
func askDevice(w http.ResponseWriter, c app.Ceremony) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]string{"options": c.Options, "ticket": c.Ticket})
}

// askSecondPasskey tells the browser of somebody whose password was right what to ask its
// devices.
func (s *Server) askSecondPasskey(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	c, err := s.app.AskSecondPasskey(r.Context(), cookie(r, sessionCookie))
	if err != nil {
		return err
	}
	return askDevice(w, c)
}

// postSecondPasskey lets somebody in by a passkey beside their password.
func (s *Server) postSecondPasskey(w http.ResponseWriter, r *http.Request) error {
	return s.gaveSecond(w, r, func() (app.Entrance, error) {
		return s.app.GiveSecondPasskey(r.Context(), cookie(r, sessionCookie), r.PostFormValue("ticket"), r.PostFormValue("answer"), visitOf(r))
	})
}

// postLoginPasskey lets somebody in by a passkey.
func (s *Server) postLoginPasskey(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	p := s.loginPage(r, locale.Key("Log in"))
	e, err := s.app.LogInByPasskey(r.Context(), app.PasskeyAnswer{Mark: cookie(r, passkeyCookie), Ticket: r.PostFormValue("ticket"), Answer: r.PostFormValue("answer")}, visitOf(r))
	switch {
	case err == nil:
		s.enter(w, r, e)
		http.Redirect(w, r, p.Next, http.StatusSeeOther)
		return nil
	case errors.Is(err, auth.ErrPasskeyCopied):
		p.Problem = p.T("This passkey may have been copied: its counter went back. Come in by password, remove the passkey under Your account, and tell your administrator.")
		return s.render(w, r, http.StatusUnauthorized, loginView(p))
	}
	status, known := p.refused(err)
	if !known {
		return err
	}
	if errors.Is(err, app.ErrWrong) {
		p.Problem = p.T("This passkey does not let you in. Try again, or come in by password.")
	}
	return s.render(w, r, status, loginView(p))
}

func passkeyForm(p *accountPage) *formState { return &p.Passkey }

func proofOf(r *http.Request) app.Proof {
	return app.Proof{Password: r.PostFormValue("old"), Code: r.PostFormValue("old")}
}

// beginPasskey shows the account with what the browser is asked to make.
func (s *Server) beginPasskey(w http.ResponseWriter, r *http.Request) error {
	c, err := s.app.BeginPasskey(r.Context(), presenceOf(r.Context()).Session, proofOf(r))
	if err != nil {
		return s.after(w, r, passkeyForm, err)
	}
	p, err := s.account(r)
	if err != nil {
		return err
	}
	p.Keys.Ceremony = c
	p.Passkey.Values["name"] = r.PostFormValue("name")
	return s.render(w, r, http.StatusOK, accountView(p))
}

func (s *Server) postPasskey(w http.ResponseWriter, r *http.Request) error {
	codes, err := s.app.AddPasskey(r.Context(), presenceOf(r.Context()).Session, r.PostFormValue("ticket"), r.PostFormValue("answer"), r.PostFormValue("name"))
	if len(codes) > 0 {
		return s.showCodes(w, r, codes)
	}
	return s.after(w, r, passkeyForm, err)
}

func (s *Server) dropPasskey(w http.ResponseWriter, r *http.Request) error {
	err := s.app.DropPasskey(r.Context(), presenceOf(r.Context()).Session, proofOf(r), r.PostFormValue("passkey"))
	if errors.Is(err, fault.NotFound) {
		err = nil // it is gone already
	}
	return s.after(w, r, passkeyForm, err)
}
