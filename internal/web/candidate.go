package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"quid/account"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

func (s *Server) candidateRoutes(mux *router) {
	mux.Handle("GET /candidates", s.page(s.showCandidates))
	mux.Handle("POST /candidates/confirm", s.page(s.confirmCandidate))
	mux.Handle("POST /candidates/dismiss", s.page(s.dismissCandidate))
	mux.Handle("POST /candidates/again", s.page(s.proposeAgain))
	mux.Handle("POST /candidates/calls", s.page(s.postCallMinutes))
}

// A candidatesPage proposes documents as services, by customer.
type candidatesPage struct {
	Page
	Groups      []candidateGroup
	Types       []service.Type
	CallMinutes int
	Older       string // address of older ones, or ""
	Newest      bool   // the first page
	Problems    map[string]string
}

// A candidateGroup is the candidates of one customer.
type candidateGroup struct {
	Customer account.CustomerID
	Name     string
	List     []proposedLine
}

// A proposedLine is a candidate as the page asks about it.
type proposedLine struct {
	app.Candidate
	Key      string // names the document in a form
	Amount   string // what is proposed, as text
	Proposed string // type and amount as they were proposed
	Problem  string // what stood in the way of confirming it
}

// candidatesShown is how many candidates a page shows.
const candidatesShown = 40

// candidateReasons say why a document may have been a service.
var candidateReasons = map[service.Reason]string{
	service.FreeLine: locale.Key("a line of an invoice with price zero"), service.Credited: locale.Key("a credit note: somebody worked on it"),
	service.LongCall: locale.Key("a long call"), service.OrderChange: locale.Key("an order was changed"),
	service.Ticket: locale.Key("a ticket"), service.Appointment: locale.Key("an appointment for training or start-up"),
}

func (s *Server) showCandidates(w http.ResponseWriter, r *http.Request) error {
	return s.candidatesWith(w, r, http.StatusOK, "", nil)
}

// candidatesWith shows the page; key names the candidate that problems are about.
func (s *Server) candidatesWith(w http.ResponseWriter, r *http.Request, status int, key string, problems map[string]string) error {
	var p candidatesPage
	var err error
	if p.Page, err = s.newPage(r, locale.Key("Proposed services")); err != nil {
		return err
	}
	p.Path = "/candidates"
	mark := markOf(r.FormValue("before"))
	found, err := s.app.Candidates(r.Context(), mark, candidatesShown)
	if err != nil {
		return err
	}
	types, err := s.db.Read().Types(r.Context())
	if err != nil {
		return err
	}
	for _, t := range types {
		if !t.Sold && !t.Retired {
			p.Types = append(p.Types, t)
		}
	}
	p.CallMinutes, p.Newest, p.Problems = found.CallMinutes, mark == nil, problems
	if found.Next != nil {
		p.Older = "/candidates?before=" + url.QueryEscape(markText(*found.Next))
	}
	at := make(map[account.CustomerID]int)
	for _, c := range found.List {
		i, ok := at[c.Customer]
		if !ok {
			i = len(p.Groups)
			at[c.Customer] = i
			p.Groups = append(p.Groups, candidateGroup{Customer: c.Customer, Name: c.Name})
		}
		line := proposedLine{Candidate: c, Key: keyOfCandidate(c.Candidate)}
		if c.Proposal.Quantity > 0 {
			line.Amount = p.Plain(c.Proposal.Quantity)
		}
		line.Proposed = strconv.FormatInt(c.Proposal.Type.ID, 10) + "." + line.Amount
		if line.Key == key && key != "" {
			line.Problem = firstOf(problems)
		}
		p.Groups[i].List = append(p.Groups[i].List, line)
	}
	return s.render(w, r, status, candidates(p))
}

func firstOf(problems map[string]string) string {
	for _, name := range []string{"type", "quantity", "document", "day", "form"} {
		if text := problems[name]; text != "" {
			return text
		}
	}
	for _, text := range problems {
		return text
	}
	return ""
}

// keyOfCandidate names a candidate in a form.
func keyOfCandidate(c service.Candidate) string {
	return fmt.Sprintf("%d.%d.%d.%d", c.Kind, c.Customer, c.Document, c.Line)
}

// candidateNamed reads what keyOfCandidate wrote; the rest of the document is
// read from the book.
func candidateNamed(r *http.Request) (service.Candidate, error) {
	var kind, customer, document, line int64
	n, err := fmt.Sscanf(r.FormValue("candidate"), "%d.%d.%d.%d", &kind, &customer, &document, &line)
	if err != nil || n != 4 || kind < 1 || kind > 3 || line < 0 {
		return service.Candidate{}, fault.Field("form", "the form could not be read")
	}
	return service.Candidate{
		Kind: service.CandidateKind(kind), Customer: account.CustomerID(customer), Document: account.DocumentID(document), Line: int(line),
		Text: strings.TrimSpace(r.FormValue("text")),
	}, nil
}

func markText(m store.CandidateMark) string {
	return fmt.Sprintf("%d.%d.%d.%d", m.Day, m.Customer, m.Document, m.Line)
}

func markOf(text string) *store.CandidateMark {
	var d, customer, document, line int64
	if n, err := fmt.Sscanf(text, "%d.%d.%d.%d", &d, &customer, &document, &line); err != nil || n != 4 {
		return nil
	}
	return &store.CandidateMark{Day: day.Day(d), Customer: account.CustomerID(customer), Document: account.DocumentID(document), Line: int(line)}
}

// confirmCandidate books what was proposed, or what somebody made of it.
func (s *Server) confirmCandidate(w http.ResponseWriter, r *http.Request) error {
	c, err := candidateNamed(r)
	if err != nil {
		return err
	}
	choice, err := s.choiceOf(r)
	if err == nil {
		_, err = s.app.ConfirmCandidate(r.Context(), c, choice)
	}
	if fields := fault.Fields(err); len(fields) > 0 {
		return s.candidatesWith(w, r, http.StatusUnprocessableEntity, keyOfCandidate(c), s.problemsOf(r, fields))
	}
	if err != nil {
		return err
	}
	return s.candidatesAfter(w, r)
}

// choiceOf reads the service and how much of it, in its unit. What was proposed
// and not changed took exactly as long as the document says.
func (s *Server) choiceOf(r *http.Request) (app.CandidateChoice, error) {
	var c app.CandidateChoice
	var err error
	if c.Type, err = strconv.ParseInt(r.FormValue("type"), 10, 64); err != nil || c.Type == 0 {
		return c, fault.Field("type", "choose a service")
	}
	text := strings.TrimSpace(r.FormValue("quantity"))
	if c.Quantity, err = money.ParseMicro(strings.ReplaceAll(text, ",", ".")); err != nil || c.Quantity <= 0 {
		return c, fault.Field("quantity", "more than zero")
	}
	if spent, err := strconv.Atoi(r.FormValue("spent")); err == nil && spent > 0 && r.FormValue("proposed") == r.FormValue("type")+"."+text {
		minutes := money.Micro(spent) * money.One
		c.Minutes = &minutes
	}
	return c, nil
}

func (s *Server) dismissCandidate(w http.ResponseWriter, r *http.Request) error {
	c, err := candidateNamed(r)
	if err != nil {
		return err
	}
	if err := s.app.DismissCandidate(r.Context(), c); err != nil {
		return err
	}
	if fragment(r) {
		// The row stays, saying what became of it, until the page is left.
		p, err := s.newPage(r, locale.Key("Proposed services"))
		if err != nil {
			return err
		}
		return s.render(w, r, http.StatusOK, candidateDismissed(p, keyOfCandidate(c)))
	}
	return s.candidatesAfter(w, r)
}

// proposeAgain takes a dismissal back.
func (s *Server) proposeAgain(w http.ResponseWriter, r *http.Request) error {
	c, err := candidateNamed(r)
	if err != nil {
		return err
	}
	if err := s.app.ProposeAgain(r.Context(), c); err != nil {
		return err
	}
	http.Redirect(w, r, "/candidates", http.StatusSeeOther)
	return nil
}

// candidatesAfter answers a decision: nothing takes the place of the row, or the
// page comes anew.
func (s *Server) candidatesAfter(w http.ResponseWriter, r *http.Request) error {
	if fragment(r) {
		p, err := s.newPage(r, locale.Key("Proposed services"))
		if err != nil {
			return err
		}
		return s.render(w, r, http.StatusOK, candidateBooked(p))
	}
	to := "/candidates"
	if before := r.FormValue("before"); markOf(before) != nil {
		to += "?before=" + url.QueryEscape(before)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (s *Server) postCallMinutes(w http.ResponseWriter, r *http.Request) error {
	err := s.app.SaveSettings(r.Context(), map[string]string{app.CallMinutesSetting: r.FormValue("call_minutes")})
	if fields := fault.Fields(err); len(fields) > 0 {
		return s.candidatesWith(w, r, http.StatusUnprocessableEntity, "", s.problemsOf(r, fields))
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/candidates", http.StatusSeeOther)
	return nil
}

// Plain writes a quantity without needless decimals, as a form takes it.
func (p Page) Plain(m money.Micro) string {
	text := strconv.FormatFloat(m.Float(), 'f', -1, 64)
	if p.Lang() == locale.German {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// source names the document that a candidate comes from.
func (c proposedLine) source(p Page) string {
	switch c.Kind {
	case service.FromLine:
		return p.T("Invoice {number}, line {line}", "number", c.Number, "line", c.Line)
	case service.FromCredit:
		return p.T("Credit note {number}", "number", c.Number)
	}
	return p.T(contactChannels[c.Channel])
}

// contactChannels are the channels of contacts in words.
var contactChannels = map[string]string{
	"visit": locale.Key("Visit"), "phone": locale.Key("Call"), "mail": locale.Key("Mail"), "letter": locale.Key("Letter"), "video": locale.Key("Video call"), "other": locale.Key("Contact"),
}

// note is what else is known of it: its purpose and how long it took.
func (c proposedLine) note(p Page) string {
	var parts []string
	if c.Purpose != "" {
		parts = append(parts, c.Purpose)
	}
	if c.Minutes > 0 {
		parts = append(parts, p.N("{n} minute", "{n} minutes", c.Minutes))
	}
	if c.Contact != "" {
		parts = append(parts, c.Contact)
	}
	return strings.Join(parts, " · ")
}
