package web

import (
	"errors"
	"net/http"
	"strconv"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/paper"
	"quid/internal/store"
	"quid/money"
	"quid/talk"
)

func (s *Server) talkRoutes(mux *router) {
	mux.Handle("GET /customers/{id}/talks", s.page(s.showTalks))
	mux.Handle("POST /customers/{id}/talks", s.page(s.recordTalk))
	mux.Handle("POST /customers/{id}/talks/{talk}/withdraw", s.page(s.withdrawTalk))
	mux.Handle("GET /customers/{id}/people", s.page(s.showPeople))
	mux.Handle("POST /customers/{id}/people/{contact}", s.page(s.saveWishes))
}

// A talksPage is how the talks with a customer ended, and a form for the next.
type talksPage struct {
	Page
	Customer store.KeptCustomer
	Talks    []talk.Talk
	Effects  []*talk.Effect // of each
	book     store.Book
	Form     formState
}

func (s *Server) talks(r *http.Request) (*talksPage, error) {
	id, err := idOf(r)
	if err != nil {
		return nil, err
	}
	page, err := s.newPage(r, "")
	if err != nil {
		return nil, err
	}
	today := day.At(s.app.Now())
	p := &talksPage{Page: page, Form: formState{Values: map[string]string{"day": today.String()}}}
	err = s.db.Look(r.Context(), func(read store.Reader) (err error) {
		if p.Customer, err = read.Customer(r.Context(), account.CustomerID(id)); err != nil {
			return err
		}
		if p.book, err = read.Book(r.Context()); err != nil {
			return err
		}
		if p.Talks, err = read.TalksOf(r.Context(), p.Customer.ID, day.Max); err != nil {
			return err
		}
		for _, t := range p.Talks {
			var effect *talk.Effect
			if t.ValidFrom != 0 {
				e, err := read.TalkEffect(r.Context(), t, today)
				if err != nil {
					return err
				}
				effect = &e
			}
			p.Effects = append(p.Effects, effect)
		}
		return nil
	})
	p.Title, p.About = p.Customer.Name, p.Customer.ID
	return p, err
}

func (s *Server) showTalks(w http.ResponseWriter, r *http.Request) error {
	p, err := s.talks(r)
	if err != nil {
		return err
	}
	switch r.FormValue("done") {
	case "kept":
		p.Flash = &Toast{Text: p.T("Kept. The next dossier opens with it."), Tone: Good}
	case "withdrawn":
		p.Flash = &Toast{Text: p.T("Taken back."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, talks(p))
}

// talkFields are the fields of the form beside those of what we got.
var talkFields = []string{"day", "asked", "conceded", "note", "valid_from", "share"}

// gainFields are the names of the fields of what we got in return.
func gainFields() []string {
	names := make([]string, 0, 2*len(talk.GainKinds))
	for _, k := range talk.GainKinds {
		names = append(names, "gain_"+string(k), "note_"+string(k))
	}
	return names
}

func (s *Server) recordTalk(w http.ResponseWriter, r *http.Request) error {
	p, err := s.talks(r)
	if err != nil {
		return err
	}
	p.Form.Values = sent(r, append(gainFields(), talkFields...)...)
	t, err := p.read()
	if err == nil {
		_, err = s.app.RecordTalk(r.Context(), t)
	}
	if err == nil {
		http.Redirect(w, r, customerPath(p.Customer.ID)+"/talks?done=kept", http.StatusSeeOther)
		return nil
	}
	if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, talks(p))
}

// read reads the form.
func (p *talksPage) read() (talk.Talk, error) {
	v := p.Form.Values
	t := talk.Talk{Customer: p.Customer.ID, Asked: v["asked"], Conceded: v["conceded"], Note: v["note"]}
	var errs []error
	readDay := func(name string, to *day.Day) {
		if v[name] == "" {
			return
		}
		d, err := day.Parse(v[name])
		if err != nil {
			errs = append(errs, fault.Field(name, "write a day such as 2026-12-31"))
		}
		*to = d
	}
	readDay("day", &t.Day)
	readDay("valid_from", &t.ValidFrom)
	for _, k := range talk.GainKinds {
		g := talk.Gain{Kind: k, Note: v["note_"+string(k)]}
		if k == talk.Price && v["share"] != "" {
			m, err := money.ParseMicro(v["share"])
			if err != nil {
				errs = append(errs, fault.Field("share", "write a number such as 12.5"))
			}
			g.Share = m / 100
		}
		if v["gain_"+string(k)] != "" || g.Note != "" || g.Share != 0 {
			t.Gains = append(t.Gains, g)
		}
	}
	return t, errors.Join(errs...)
}

func (s *Server) withdrawTalk(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	one, err := strconv.ParseInt(r.PathValue("talk"), 10, 64)
	if err != nil {
		return fault.NotFound
	}
	if err := s.app.WithdrawTalk(r.Context(), account.CustomerID(id), one); err != nil {
		return err
	}
	http.Redirect(w, r, customerPath(account.CustomerID(id))+"/talks?done=withdrawn", http.StatusSeeOther)
	return nil
}

// effect are before and after of a talk.
func (p *talksPage) effect(e *talk.Effect) []paper.Block {
	return paper.EffectBlocks(string(p.Lang()), p.book, e)
}

// A peoplePage is who decides at a customer, and what each of them wishes.
type peoplePage struct {
	Page
	Customer store.KeptCustomer
	People   []crm.Contact
	Problem  string
}

func (s *Server) people(r *http.Request) (*peoplePage, error) {
	id, err := idOf(r)
	if err != nil {
		return nil, err
	}
	page, err := s.newPage(r, "")
	if err != nil {
		return nil, err
	}
	p := &peoplePage{Page: page}
	err = s.db.Look(r.Context(), func(read store.Reader) (err error) {
		if p.Customer, err = read.Customer(r.Context(), account.CustomerID(id)); err != nil {
			return err
		}
		p.People, err = read.ContactsOf(r.Context(), p.Customer.ID)
		return err
	})
	p.Title, p.About = p.Customer.Name, p.Customer.ID
	return p, err
}

func (s *Server) showPeople(w http.ResponseWriter, r *http.Request) error {
	p, err := s.people(r)
	if err != nil {
		return err
	}
	if r.FormValue("done") != "" {
		p.Flash = &Toast{Text: p.T("Saved."), Tone: Good}
	}
	if err := s.app.NoteSeen(r.Context(), "contacts", int64(p.Customer.ID), p.Customer.ID); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, people(p))
}

func (s *Server) saveWishes(w http.ResponseWriter, r *http.Request) error {
	p, err := s.people(r)
	if err != nil {
		return err
	}
	contact, err1 := strconv.ParseInt(r.PathValue("contact"), 10, 64)
	revision, err2 := strconv.ParseInt(r.FormValue("revision"), 10, 32)
	if errors.Join(err1, err2) != nil {
		return fault.NotFound
	}
	err = s.app.UpdateWishes(r.Context(), app.WishEdit{
		Customer: p.Customer.ID, Contact: contact, Revision: int32(revision), Part: r.FormValue("part"), Attitude: r.FormValue("attitude"),
		Wants: r.Form["wants"], Channels: r.Form["channels"], Language: r.FormValue("language"),
	})
	if err != nil {
		return err
	}
	http.Redirect(w, r, customerPath(p.Customer.ID)+"/people?done=1#contact-"+formatID(contact), http.StatusSeeOther)
	return nil
}

// namedOptions are the choices of a list, by name, with "not said" first.
func (p Page) namedOptions(keys []string, names map[string]string) []Option {
	out := []Option{{"", p.T("not said")}}
	for _, k := range keys {
		out = append(out, Option{k, p.T(names[k])})
	}
	return out
}
