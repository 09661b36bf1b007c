package web

import (
	"context"
	"net/http"

	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
)

// keepTemplate keeps the form under a name.
func (s *Server) keepTemplate(w http.ResponseWriter, r *http.Request) error {
	p, err := s.typedCapture(r, locale.Key("Book a service"))
	if err != nil {
		return err
	}
	d, _ := p.draft()
	for _, name := range []string{"type", "day", "why"} { // may be open, or don't belong to it
		delete(p.Form.Problems, name)
	}
	if p.Form.Who == "" {
		delete(p.Form.Problems, "who")
	}
	if d.Minutes == nil && p.Form.Time == "" {
		delete(p.Form.Problems, "time")
	}
	if p.Form.Count == "" {
		delete(p.Form.Problems, "count")
	}
	if len(p.Form.Problems) == 0 {
		t := store.Template{Name: r.Form.Get("name"), Customer: d.Customer, Type: d.Type, Quantity: d.Quantity, Background: d.Background, Contact: d.Contact, Team: d.Team}
		if d.Minutes != nil {
			t.Minutes = *d.Minutes
		}
		if _, err = s.app.SaveTemplate(r.Context(), t); err == nil {
			http.Redirect(w, r, captureHref("kept", "1", "given", idText(p.Form.Given))+"#templates", http.StatusSeeOther)
			return nil
		}
		if err := p.refused(err); err != nil {
			return err
		}
	}
	if err := s.finishForm(r.Context(), p); err != nil {
		return err
	}
	if err := s.readAround(r.Context(), p); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, captureView(p))
}

// dropTemplate forgets a template.
func (s *Server) dropTemplate(w http.ResponseWriter, r *http.Request) error {
	ref, err := refOf(r.FormValue("template"))
	if err != nil {
		return err
	}
	if err := s.app.DropTemplate(r.Context(), ref); err != nil {
		return err
	}
	http.Redirect(w, r, "/capture#templates", http.StatusSeeOther)
	return nil
}

// fillTemplate fills the form with a template.
func (s *Server) fillTemplate(ctx context.Context, p *capturePage, text string) error {
	ref, err := refOf(text)
	if err != nil {
		return err
	}
	t, err := s.db.Read().Template(ctx, ref)
	if err != nil {
		return err
	}
	f := &p.Form
	f.Customer, f.Type, f.Background, f.Contact, f.Team = t.Customer, t.Type, t.Background, t.Contact, t.Team
	if t.Minutes > 0 {
		f.Time = minutesText(t.Minutes)
	}
	if t.Quantity > 0 {
		f.Count = p.decimal(t.Quantity)
	}
	return nil
}

// templateText says what a template books.
func (p *capturePage) templateText(t store.Template) string {
	text := ""
	for _, part := range []string{p.whoOrNone(t), p.typeOrNone(t.Type), timeOrNone(t.Minutes), t.Background} {
		switch {
		case part == "":
		case text == "":
			text = part
		default:
			text += " · " + part
		}
	}
	return text
}

func (p *capturePage) whoOrNone(t store.Template) string { return p.Labels[t.Customer].Name }

func (p *capturePage) typeOrNone(id int64) string {
	if id == 0 {
		return ""
	}
	return p.typeLabel(id)
}

func timeOrNone(m money.Micro) string {
	if m == 0 {
		return ""
	}
	return minutesText(m)
}
