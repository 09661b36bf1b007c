package web

import (
	"context"
	"net/http"
	"strconv"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/capture"
	"quid/internal/store"
)

// A runningTimer is a timer as every page shows it.
type runningTimer struct {
	store.Timer
	Who     string // the customer, or ""
	What    string // the service, or ""
	Seconds int64  // it has run, as the page was made
}

// Runs says whether it wasn't stopped yet.
func (t runningTimer) Runs() bool { return t.Stopped.IsZero() }

// Clock is how long it has run: 12:34, or 1:02:03.
func (t runningTimer) Clock() string {
	two := func(n int64) string { return strconv.FormatInt(100+n, 10)[1:] }
	h, m, s := t.Seconds/3600, t.Seconds/60%60, t.Seconds%60
	if h > 0 {
		return strconv.FormatInt(h, 10) + ":" + two(m) + ":" + two(s)
	}
	return strconv.FormatInt(m, 10) + ":" + two(s)
}

// timers reads the timers of the book for a page.
func (s *Server) timers(ctx context.Context, p Page) ([]runningTimer, error) {
	read := s.db.Read()
	list, err := read.Timers(ctx)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	types, err := read.Types(ctx)
	if err != nil {
		return nil, err
	}
	var ids []account.CustomerID
	for _, t := range list {
		if t.Customer != 0 {
			ids = append(ids, t.Customer)
		}
	}
	names, err := read.CustomersByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]runningTimer, len(list))
	for i, t := range list {
		end := s.app.Now()
		if !t.Stopped.IsZero() {
			end = t.Stopped
		}
		out[i] = runningTimer{Timer: t, Who: names[t.Customer].Name, Seconds: max(0, int64(end.Sub(t.Started).Seconds()))}
		for _, y := range types {
			if y.ID == t.Type {
				out[i].What = p.typeName(y)
			}
		}
	}
	return out, nil
}

// Running are the timers that were not stopped yet.
func (p Page) Running() []runningTimer {
	var list []runningTimer
	for _, t := range p.Timers {
		if t.Runs() {
			list = append(list, t)
		}
	}
	return list
}

// startTimer starts a timer with what a line says, which may be nothing.
func (s *Server) startTimer(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.Field("line", "this form can't be read")
	}
	f := formOf(r.Form)
	d := app.TimerDraft{Customer: f.Given}
	if f.Line != "" {
		book, err := s.captureBook(r.Context())
		if err != nil {
			return err
		}
		l := book.Parse(f.Line, day.At(s.app.Now()), capture.Given{Customer: f.Given})
		d = app.TimerDraft{Customer: l.Customer, Type: l.Type, Background: l.Background}
	}
	if _, err := s.app.StartTimer(r.Context(), d); err != nil {
		return err
	}
	http.Redirect(w, r, captureHref("given", idText(f.Given))+"#timers", http.StatusSeeOther)
	return nil
}

// stopTimer stops a timer and leads to the form that books it.
func (s *Server) stopTimer(w http.ResponseWriter, r *http.Request) error {
	ref, err := refOf(r.FormValue("timer"))
	if err != nil {
		return err
	}
	if _, err := s.app.StopTimer(r.Context(), ref); err != nil {
		return err
	}
	http.Redirect(w, r, captureHref("timer", refText(ref)), http.StatusSeeOther)
	return nil
}

// dropTimer throws a timer away.
func (s *Server) dropTimer(w http.ResponseWriter, r *http.Request) error {
	ref, err := refOf(r.FormValue("timer"))
	if err != nil {
		return err
	}
	if err := s.app.DropTimer(r.Context(), ref); err != nil {
		return err
	}
	http.Redirect(w, r, "/capture#timers", http.StatusSeeOther)
	return nil
}

// fillTimer fills the form with what a timer measured.
func (s *Server) fillTimer(ctx context.Context, p *capturePage) error {
	f := &p.Form
	ref, err := refOf(f.Timer)
	if err != nil {
		return err
	}
	t, err := s.db.Read().Timer(ctx, ref)
	if err != nil {
		return err
	}
	f.Customer, f.Type, f.Background = t.Customer, t.Type, t.Background
	f.Time = minutesText(t.Minutes(s.app.Now()))
	f.Day = day.At(t.Started.In(s.app.Now().Location())).String()
	f.Key = "timer-" + refText(ref)
	return nil
}
