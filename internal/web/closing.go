package web

import (
	"net/http"
	"strconv"

	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
)

// closingRoutes are the closing day and the rules of the ledger of services.
func (s *Server) closingRoutes(mux *router) {
	mux.Handle("GET /closing", s.page(s.showClosing))
	mux.Handle("POST /closing", s.page(s.closeBook))
	mux.Handle("POST /closing/settings", s.page(s.saveLedgerSettings))
	mux.Handle("GET /closing/authors", s.page(s.showAuthors))
}

// A closingPage is the controller's: up to which day the book is closed, and the
// settings of the ledger.
type closingPage struct {
	Page
	Closed  day.Day
	History []store.Closing
	Close   formState
	Set     formState
	Purpose string // why reports by person were agreed; "" is none, and no report
	Today   day.Day
}

func (s *Server) showClosing(w http.ResponseWriter, r *http.Request) error {
	p, err := s.closingPage(r)
	if err != nil {
		return err
	}
	if r.FormValue("saved") != "" {
		p.Flash = &Toast{Text: p.T("Saved."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, closingView(p))
}

func (s *Server) closingPage(r *http.Request) (*closingPage, error) {
	page, err := s.newPage(r, locale.Key("Closing day and rules"))
	if err != nil {
		return nil, err
	}
	p := &closingPage{Page: page, Today: day.At(s.app.Now())}
	err = s.db.Look(r.Context(), func(read store.Reader) error {
		book, err := read.Book(r.Context())
		if err != nil {
			return err
		}
		p.Closed = book.ClosedUntil
		if p.History, err = read.Closings(r.Context()); err != nil {
			return err
		}
		charge, err := app.ChargeShare(r.Context(), read)
		if err != nil {
			return err
		}
		limit, err := app.CoverageLimit(r.Context(), read)
		if err != nil {
			return err
		}
		days, err := app.AuthorDays(r.Context(), read)
		if err != nil {
			return err
		}
		p.Purpose, err = read.Setting(r.Context(), app.PurposeSetting)
		p.Set = formState{Values: map[string]string{
			app.ChargeShareSetting: p.numberText(100 * charge.Float()), app.CoverageSetting: p.numberText(100 * limit.Float()),
			app.AuthorDaysSetting: strconv.Itoa(days), app.PurposeSetting: p.Purpose,
		}}
		return err
	})
	p.Close = formState{Values: map[string]string{"until": dayText(day.Of(p.Today.Year(), p.Today.Month(), 1).Add(-1))}}
	return p, err
}

// closeBook closes the book up to a day, or opens it again with a reason.
func (s *Server) closeBook(w http.ResponseWriter, r *http.Request) error {
	p, err := s.closingPage(r)
	if err != nil {
		return err
	}
	if p.Close, err = sentForm(r); err != nil {
		return err
	}
	f := formReader{p: p.Page, f: &p.Close}
	until := f.day("until", 0)
	if until == 0 && len(f.errs) == 0 {
		f.bad("until", "write a day such as 2026-12-31")
	}
	if err = f.err(); err == nil {
		err = s.app.CloseBook(r.Context(), until, f.text("reason"))
	}
	return s.closingAnswer(w, r, p, &p.Close, err)
}

// saveLedgerSettings keeps the rules of the ledger, all or none.
func (s *Server) saveLedgerSettings(w http.ResponseWriter, r *http.Request) error {
	p, err := s.closingPage(r)
	if err != nil {
		return err
	}
	if p.Set, err = sentForm(r); err != nil {
		return err
	}
	f := formReader{p: p.Page, f: &p.Set}
	values := map[string]string{app.AuthorDaysSetting: f.text(app.AuthorDaysSetting), app.PurposeSetting: f.text(app.PurposeSetting)}
	for _, name := range []string{app.ChargeShareSetting, app.CoverageSetting} {
		values[name] = money.Amount(f.micro(name, 0.01)).Decimal(6)
	}
	if err = f.err(); err == nil {
		err = s.app.SaveSettings(r.Context(), values)
	}
	return s.closingAnswer(w, r, p, &p.Set, err)
}

func (s *Server) closingAnswer(w http.ResponseWriter, r *http.Request, p *closingPage, f *formState, err error) error {
	if err == nil {
		http.Redirect(w, r, "/closing?saved=1", http.StatusSeeOther)
		return nil
	}
	if err := f.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, closingView(p))
}

// An authorsPage is the report by person, with what it was agreed for on top.
type authorsPage struct {
	Page
	Purpose string
	Window  day.Window
	Lines   []store.AuthorSum
}

// showAuthors answers only where a company agreed on reports by person and said
// what for; by default there is no such page.
func (s *Server) showAuthors(w http.ResponseWriter, r *http.Request) error {
	page, err := s.newPage(r, locale.Key("Booked by person"))
	if err != nil {
		return err
	}
	p := &authorsPage{Page: page, Window: day.Span(3).UpTo(day.At(s.app.Now()))}
	if p.Purpose, err = s.db.Read().Setting(r.Context(), app.PurposeSetting); err != nil {
		return err
	}
	if p.Purpose == "" {
		return fault.NotFound
	}
	if p.Lines, err = s.db.Read().AuthorSums(r.Context(), p.Window); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, authorsView(p))
}

// closedText says up to which day the book is closed.
func (p *closingPage) closedText() string {
	if p.Closed <= day.Min {
		return p.T("The book is open: every day can be booked.")
	}
	return p.T("The book is closed up to {day}: what is booked, corrected or reversed is dated after it.", "day", p.Day(p.Closed))
}
