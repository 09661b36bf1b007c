package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

func (s *Server) draftRoutes(mux *router) {
	mux.Handle("GET /drafts", s.page(s.showDrafts))
	mux.Handle("POST /drafts/{id}/{draft}/{do}", s.page(s.endDraft))
}

// A draftsPage is what assistants would like to be done.
type draftsPage struct {
	Page
	Drafts []shownDraft
	Form   formState // of the draft Failed
	Failed int64
}

// A shownDraft is a draft with what it says.
type shownDraft struct {
	store.Draft
	Name  string // of the customer
	Seen  int32  // its revision
	Lines []draftLine
	May   bool // who asks may confirm it
}

// A draftLine is one thing that a draft says.
type draftLine struct{ Label, Was, Is string }

// draftNames say what is drafted.
var draftNames = map[string]string{
	app.ServiceDraft: locale.Key("Book a service"), app.TaskOfDraft: locale.Key("Write a task"), app.ChangeDraft: locale.Key("Change a customer"),
}

func (s *Server) drafts(r *http.Request) (*draftsPage, error) {
	page, err := s.newPage(r, locale.Key("Drafts"))
	if err != nil {
		return nil, err
	}
	p := &draftsPage{Page: page, Form: formState{Problems: map[string]string{}}}
	err = s.db.Look(r.Context(), func(read store.Reader) error {
		list, err := read.OpenDrafts(r.Context(), s.app.Now().Add(-app.DraftLife))
		if err != nil {
			return err
		}
		types, err := read.Types(r.Context())
		if err != nil {
			return err
		}
		for _, d := range list {
			c, err := read.Customer(r.Context(), d.Customer)
			if err != nil {
				return err
			}
			proposal, err := app.ReadProposal(d)
			if err != nil {
				return err
			}
			p.Drafts = append(p.Drafts, shownDraft{Draft: d, Name: c.Name, Seen: c.Revision, Lines: p.lines(c, proposal, types), May: p.May(app.DraftRight(d.Kind))})
		}
		return nil
	})
	return p, err
}

// lines are what a proposal says, beside what is known now. What the book no longer
// knows stands as the assistant wrote it.
func (p *draftsPage) lines(c store.KeptCustomer, of app.Proposal, types []service.Type) []draftLine {
	var out []draftLine
	add := func(label, is string) {
		if is != "" {
			out = append(out, draftLine{Label: label, Is: is})
		}
	}
	change := func(label, was string, is *string) {
		if is != nil && *is != was {
			out = append(out, draftLine{label, was, *is})
		}
	}
	number := func(label string, was int, is *int) {
		if is != nil && *is != was {
			out = append(out, draftLine{label, p.orNothing(was), p.orNothing(*is)})
		}
	}
	if e := of.Service; e != nil {
		name, unit := e.Type, service.Minutes
		if i := slices.IndexFunc(types, func(t service.Type) bool { return t.Code == e.Type }); i >= 0 {
			name, unit = p.typeName(types[i]), types[i].Unit
		}
		add(p.T("Service"), name)
		add(p.T("Day"), p.writtenDay(e.Day))
		add(p.T("Time"), p.writtenQuantity(e.Minutes, service.Minutes))
		add(p.T("Quantity"), p.writtenQuantity(e.Quantity, unit))
		add(p.T("Background"), e.Background)
		add(p.T("Contact"), e.Contact)
	}
	if t := of.Task; t != nil {
		add(p.T("Task"), t.Title)
		add(p.T("Reason"), t.Reason)
		add(p.T("Owner"), t.Owner)
		add(p.T("Due"), p.writtenDay(t.Due))
	}
	if e := of.Change; e != nil {
		change(p.T("Owner"), c.Owner, e.Owner)
		change(p.T("Industry"), c.Industry, e.Industry)
		change(p.T("Size"), c.Size, e.Size)
		if e.Need != nil {
			was, is := "", *e.Need
			if c.Need != nil {
				was = p.Money(*c.Need)
			}
			if need, err := money.Parse(is, p.Digits); err == nil {
				is = p.Money(need)
			}
			change(p.T("Need"), was, &is)
		}
		number(p.T("Own rank"), c.Rank, e.Rank)
		number(p.T("Suppliers"), c.Suppliers, e.Suppliers)
		change(p.T("Note"), c.Note, e.Note)
	}
	return out
}

// orNothing is a number that is unknown where it is 0.
func (p Page) orNothing(n int) string {
	if n == 0 {
		return ""
	}
	return p.Int(int64(n))
}

// writtenDay is a day that a program wrote, as the reader writes it.
func (p Page) writtenDay(text string) string {
	d, err := day.Parse(text)
	if err != nil {
		return text
	}
	return p.Day(d)
}

// writtenQuantity is a quantity that a program wrote, with its unit.
func (p Page) writtenQuantity(text string, unit service.Unit) string {
	q, err := money.ParseMicro(text)
	if err != nil {
		return text
	}
	return p.inUnit(unit, q)
}

func (s *Server) showDrafts(w http.ResponseWriter, r *http.Request) error {
	p, err := s.drafts(r)
	if err != nil {
		return err
	}
	switch r.FormValue("done") {
	case "confirm":
		p.Flash = &Toast{Text: p.T("Done, as the draft says."), Tone: Good}
	case "dismiss":
		p.Flash = &Toast{Text: p.T("The draft was dismissed: nothing was done."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, draftsView(p))
}

// endDraft confirms a draft, or dismisses it.
func (s *Server) endDraft(w http.ResponseWriter, r *http.Request) error {
	customer, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return fmt.Errorf("customer %q: %w", r.PathValue("id"), fault.NotFound)
	}
	id, err := strconv.ParseInt(r.PathValue("draft"), 10, 64)
	if err != nil {
		return fault.NotFound
	}
	do := r.PathValue("do")
	switch do {
	case "confirm":
		seen, _ := strconv.ParseInt(r.PostFormValue("seen"), 10, 32) // nothing is no revision
		err = s.app.ConfirmDraft(r.Context(), account.CustomerID(customer), id, int32(seen))
	case "dismiss":
		err = s.app.DismissDraft(r.Context(), account.CustomerID(customer), id)
	default:
		return fault.NotFound
	}
	if err == nil {
		http.Redirect(w, r, "/drafts?done="+do, http.StatusSeeOther)
		return nil
	}
	p, pageErr := s.drafts(r)
	if pageErr != nil {
		return pageErr
	}
	if errors.Is(err, fault.Conflict) {
		p.Flash = &Toast{Text: p.T("This draft was decided already, or is older than 30 days."), Tone: Bad}
		if slices.ContainsFunc(p.Drafts, func(d shownDraft) bool { return d.ID == id }) {
			p.Flash.Text = p.T("Somebody changed the customer meanwhile: look at what the draft would change now.")
		}
		return s.render(w, r, http.StatusConflict, draftsView(p))
	}
	p.Failed = id
	if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, draftsView(p))
}
