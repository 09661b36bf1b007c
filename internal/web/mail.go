package web

import (
	"net/http"
	"net/url"
	"strconv"

	"quid/fault"
	"quid/internal/app"
	"quid/internal/locale"
	"quid/internal/store"
)

func (s *Server) mailRoutes(mux *router) {
	mux.Handle("GET /mails", s.page(s.showMails))
	mux.Handle("POST /mails/dismiss", s.page(s.dismissMail))
}

// A mailsPage shows the mails of quick entry that wait for somebody.
type mailsPage struct {
	Page
	List []store.Mail
}

func (s *Server) showMails(w http.ResponseWriter, r *http.Request) error {
	var p mailsPage
	var err error
	if p.Page, err = s.newPage(r, locale.Key("Mails to book")); err != nil {
		return err
	}
	if p.List, err = s.app.WaitingMails(r.Context()); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, mails(p))
}

func (s *Server) dismissMail(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.FormValue("mail"), 10, 64)
	if err != nil {
		return fault.Field("form", "the form could not be read")
	}
	if err := s.app.DismissMail(r.Context(), id); err != nil {
		return err
	}
	http.Redirect(w, r, "/mails", http.StatusSeeOther)
	return nil
}

// finishPath is where the line of a mail is finished: the entry gets the mail's
// key, so that it is booked once, and the day on which it came.
func finishPath(m store.Mail) string {
	v := url.Values{"line": {m.Line}, "key": {app.MailKey(m.ID)}}
	return "/capture?" + v.Encode()
}
