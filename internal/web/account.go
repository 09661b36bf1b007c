package web

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	qrcode "github.com/skip2/go-qrcode"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/locale"
	"quid/internal/store"
)

func (s *Server) accountRoutes(mux *router) {
	mux.Handle("GET /account", s.page(s.showAccount))
	mux.Handle("POST /account/password", s.page(s.postPassword))
	mux.Handle("POST /account/second", s.page(s.postSecondBegin))
	mux.Handle("POST /account/second/prove", s.page(s.postSecondProve))
	mux.Handle("POST /account/second/drop", s.page(s.postSecondDrop))
	mux.Handle("POST /account/recovery", s.page(s.postRecovery))
	mux.Handle("POST /account/sessions/{session}/end", s.page(s.postEndSession))
	mux.Handle("POST /account/passkeys/begin", s.page(s.beginPasskey))
	mux.Handle("POST /account/passkeys", small(s.page(s.postPasskey)))
	mux.Handle("POST /account/passkeys/drop", s.page(s.dropPasskey))
}

// An accountPage is what somebody sees of themselves: password, second factor,
// passkeys, sessions.
type accountPage struct {
	Page
	User     store.User
	Session  int64 // the one of this browser
	Sessions []store.Session
	Left     int64 // recovery codes
	Password formState
	Second   formState
	Recovery formState
	Passkeys []store.Passkey
	Keys     passkeyPart
	Passkey  formState
	Secret   string   // of a second factor that is being set up
	QR       string   // its picture, as a data address
	Codes    []string // recovery codes, shown once
}

func (s *Server) account(r *http.Request) (*accountPage, error) {
	page, err := s.newPage(r, locale.Key("Your account"))
	if err != nil {
		return nil, err
	}
	in := presenceOf(r.Context())
	if in.User.ID == 0 {
		return nil, fmt.Errorf("account without a login: %w", fault.NotFound)
	}
	p := &accountPage{Page: page, Session: in.Session.ID}
	p.Keys.Home, p.Keys.Offered = s.app.Passkeys()
	p.Passkey.Values = map[string]string{"name": agentName(r.UserAgent())}
	read := s.db.Read()
	if p.User, err = read.User(r.Context(), in.User.ID); err != nil {
		return nil, err
	}
	if p.Left, err = read.RecoveryLeft(r.Context(), p.User.ID); err != nil {
		return nil, err
	}
	if p.Passkeys, err = read.PasskeysOf(r.Context(), p.User.ID); err != nil {
		return nil, err
	}
	p.Sessions, err = read.SessionsOf(r.Context(), p.User.ID)
	return p, err
}

func (s *Server) showAccount(w http.ResponseWriter, r *http.Request) error {
	p, err := s.account(r)
	if err != nil {
		return err
	}
	if r.FormValue("done") != "" {
		p.Flash = &Toast{Text: p.T("Saved."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, accountView(p))
}

// after answers a change of the account: the page again, or what is wrong in a form.
func (s *Server) after(w http.ResponseWriter, r *http.Request, form func(*accountPage) *formState, err error) error {
	if err == nil {
		http.Redirect(w, r, "/account?done=1", http.StatusSeeOther)
		return nil
	}
	p, pageErr := s.account(r)
	if pageErr != nil {
		return pageErr
	}
	var wait *app.WaitError
	if errors.As(err, &wait) {
		err = fault.Field("old", "too many failures: wait a quarter of an hour")
	}
	if err := form(p).refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, accountView(p))
}

func passwordForm(p *accountPage) *formState { return &p.Password }
func secondForm(p *accountPage) *formState   { return &p.Second }
func recoveryForm(p *accountPage) *formState { return &p.Recovery }

func (s *Server) postPassword(w http.ResponseWriter, r *http.Request) error {
	err := s.app.ChangePassword(r.Context(), cookie(r, sessionCookie), r.PostFormValue("old"), r.PostFormValue("password"))
	return s.after(w, r, passwordForm, err)
}

func (s *Server) postSecondBegin(w http.ResponseWriter, r *http.Request) error {
	secret, err := s.app.BeginTOTP(r.Context(), r.PostFormValue("old"))
	if err != nil {
		return s.after(w, r, secondForm, err)
	}
	return s.showSecret(w, r, http.StatusOK, secret, nil)
}

// showSecret shows the secret of a second factor that is being set up.
func (s *Server) showSecret(w http.ResponseWriter, r *http.Request, status int, secret string, why error) error {
	p, err := s.account(r)
	if err != nil {
		return err
	}
	if why != nil {
		if err := p.Second.refused(p.Page, why); err != nil {
			return err
		}
	}
	png, err := qrcode.Encode(auth.TOTPAddress(secret, p.User.Login), qrcode.Medium, 220)
	if err != nil {
		return fmt.Errorf("picture of the second factor: %w", err)
	}
	p.Secret, p.QR = secret, "data:image/png;base64,"+base64.StdEncoding.EncodeToString(png)
	return s.render(w, r, status, accountView(p))
}

func (s *Server) postSecondProve(w http.ResponseWriter, r *http.Request) error {
	codes, err := s.app.ProveTOTP(r.Context(), r.PostFormValue("code"))
	if errors.Is(err, fault.Invalid) {
		u, readErr := s.db.Read().User(r.Context(), auth.From(r.Context()).User)
		if readErr != nil {
			return readErr
		}
		return s.showSecret(w, r, http.StatusUnprocessableEntity, u.TOTP, err)
	}
	if err != nil {
		return err
	}
	return s.showCodes(w, r, codes)
}

func (s *Server) showCodes(w http.ResponseWriter, r *http.Request, codes []string) error {
	p, err := s.account(r)
	if err != nil {
		return err
	}
	p.Codes = codes
	return s.render(w, r, http.StatusOK, accountView(p))
}

func (s *Server) postSecondDrop(w http.ResponseWriter, r *http.Request) error {
	return s.after(w, r, secondForm, s.app.DropTOTP(r.Context(), r.PostFormValue("old")))
}

func (s *Server) postRecovery(w http.ResponseWriter, r *http.Request) error {
	codes, err := s.app.NewRecovery(r.Context(), r.PostFormValue("old"))
	if err != nil {
		return s.after(w, r, recoveryForm, err)
	}
	return s.showCodes(w, r, codes)
}

func (s *Server) postEndSession(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PathValue("session"), 10, 64)
	if err != nil {
		return fault.NotFound
	}
	if err := s.app.EndSession(r.Context(), id); err != nil {
		return err
	}
	http.Redirect(w, r, "/account?done=1", http.StatusSeeOther)
	return nil
}
