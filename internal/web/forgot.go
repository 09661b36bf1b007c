package web

import (
	"net/http"

	"quid/fault"
	"quid/internal/locale"
)

func (s *Server) showForgot(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	if s.app.Post == nil {
		return fault.NotFound
	}
	return s.render(w, r, http.StatusOK, forgotView(s.loginPage(r, locale.Key("A new password"))))
}

// postForgot asks for a link by mail. Its answer is the same whether there is
// somebody with this address or not.
func (s *Server) postForgot(w http.ResponseWriter, r *http.Request) error {
	closed(w)
	if s.app.Post == nil {
		return fault.NotFound
	}
	p := s.loginPage(r, locale.Key("A new password"))
	if err := s.app.Forgot(r.Context(), r.PostFormValue("login"), langOf(r), visitOf(r)); err != nil {
		status, known := p.refused(err)
		if !known {
			return err
		}
		return s.render(w, r, status, forgotView(p))
	}
	p.Done = true
	return s.render(w, r, http.StatusOK, forgotView(p))
}
