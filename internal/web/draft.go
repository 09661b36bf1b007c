package web

import (
	"fmt"
	"net/http"
	"strconv"

	"quid/account"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/locale"
	"quid/internal/store"
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
		for _, d := range list {
			c, err := read.Customer(r.Context(), d.Customer)
			if err != nil {
				return err
			}
			proposal, err := app.ReadProposal(d)
			if err != nil {
				return err
			}
			p.Drafts = append(p.Drafts, shownDraft{Draft: d, Name: c.Name, Lines: p.lines(c, proposal), May: p.May(app.DraftRight(d.Kind))})
		}
		return nil
	})
	return p, err
}

// lines are what a proposal says, beside what is known now.
func (p *draftsPage) lines(c store.KeptCustomer, of app.Proposal) []draftLine {
	var out []draftLine
	add := func(label, was, is string) {
		if is != "" {
			out = append(out, draftLine{label, was, is})
		}
	}
	change := func(label, was string, is *string) {
		if is != nil {
			out = append(out, draftLine{label, was, *is})
		}
	}
	number := func(label string, was int, is *int) {
		if is != nil {
			out = append(out, draftLine{label, strconv.Itoa(was), strconv.Itoa(*is)})
		}
	}
	if e := of.Service; e != nil {
		add(p.T("Service"), "", e.Type)
		add(p.T("Day"), "", e.Day)
		add(p.T("Minutes"), "", e.Minutes)
		add(p.T("Quantity"), "", e.Quantity)
		add(p.T("Background"), "", e.Background)
		add(p.T("Contact"), "", e.Contact)
	}
	if t := of.Task; t != nil {
		add(p.T("Task"), "", t.Title)
		add(p.T("Reason"), "", t.Reason)
		add(p.T("Owner"), "", t.Owner)
		add(p.T("Due"), "", t.Due)
	}
	if e := of.Change; e != nil {
		need := ""
		if c.Need != nil {
			need = c.Need.Decimal(p.Digits)
		}
		change(p.T("Owner"), c.Owner, e.Owner)
		change(p.T("Industry"), c.Industry, e.Industry)
		change(p.T("Size"), c.Size, e.Size)
		change(p.T("Need"), need, e.Need)
		number(p.T("Own rank"), c.Rank, e.Rank)
		number(p.T("Suppliers"), c.Suppliers, e.Suppliers)
		change(p.T("Note"), c.Note, e.Note)
	}
	return out
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
		err = s.app.ConfirmDraft(r.Context(), account.CustomerID(customer), id)
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
	p.Failed = id
	if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, draftsView(p))
}
