package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/doc"
	"quid/internal/locale"
	"quid/internal/store"
)

func (s *Server) taskRoutes(mux *router) {
	mux.Handle("GET /tasks", s.page(s.showTasks))
	mux.Handle("POST /tasks/mine", s.page(s.chooseMine))
	mux.Handle("POST /tasks/again", s.page(s.saveAgain))
	mux.Handle("POST /tasks/calendar", s.page(s.makeCalendar))
	mux.Handle("POST /tasks/calendar/{feed}/revoke", s.page(s.revokeCalendar))
	mux.Handle("GET /calendar/{secret}", auth.As(guest, s.page(s.calendar)))
	mux.Handle("POST /customers/{id}/tasks/{task}/{do}", s.page(s.workTask))
}

// A tasksPage is what is to be done, by whom.
type tasksPage struct {
	Page
	Mine     string // the name the reader goes by
	Owner    string // whose tasks are shown: a name, all or none
	State    string // open, proposed or ended
	Today    day.Day
	Owners   []string
	Tasks    []crm.Task
	Names    map[account.CustomerID]string
	Counts   taskCounts
	Tallies  []crm.Tally
	Feeds    []store.Feed
	Secret   string // the address of a calendar that was made just now
	Again    int
	PageOf   int
	Total    int
	Problems map[string]string
	Drafts   int // of assistants, that wait for a person
}

// taskCounts are the tabs of the page.
type taskCounts struct{ Open, Overdue, Proposed int }

const (
	everybody  = "all"
	nobody     = "none"
	tasksSize  = 50
	mostEnded  = 200
	stateOpen  = "open"
	stateAsked = "proposed"
	stateEnded = "ended"
)

// showTasks answers GET /tasks.
func (s *Server) showTasks(w http.ResponseWriter, r *http.Request) error {
	p, err := s.tasks(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, tasksView(p))
}

// tasks reads the page of tasks that the address names.
func (s *Server) tasks(r *http.Request) (*tasksPage, error) {
	base, err := s.newPage(r, locale.Key("Tasks"))
	if err != nil {
		return nil, err
	}
	p := &tasksPage{Page: base, Mine: cmp.Or(mine(r), presenceOf(r.Context()).User.Owner), State: r.FormValue("state"), Today: day.At(s.app.Now()), PageOf: 1}
	if p.State != stateAsked && p.State != stateEnded {
		p.State = stateOpen
	}
	p.Owner = r.FormValue("owner")
	if p.Owner == "" {
		p.Owner = p.Mine
	}
	if p.Owner == "" {
		p.Owner = everybody
	}
	if n, err := strconv.Atoi(r.FormValue("page")); err == nil {
		p.PageOf = max(1, n)
	}
	return p, s.db.Look(r.Context(), func(read store.Reader) error {
		drafts, err := read.OpenDrafts(r.Context(), s.app.Now().Add(-app.DraftLife))
		if p.Drafts = len(drafts); err != nil {
			return err
		}
		return p.read(r.Context(), read)
	})
}

func (p *tasksPage) read(ctx context.Context, r store.Reader) error {
	live, err := r.LiveTasks(ctx)
	if err != nil {
		return err
	}
	list := p.choose(live)
	if p.State == stateEnded {
		ended, err := r.EndedTasks(ctx, mostEnded)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(ended, func(t crm.Task) bool { return !p.shows(t) })
	}
	p.Total = len(list)
	from := min((p.PageOf-1)*tasksSize, len(list))
	p.Tasks = list[from:min(from+tasksSize, len(list))]
	if err := p.name(ctx, r, p.Tasks); err != nil {
		return err
	}
	var errs [3]error
	if p.Who.Sees.All {
		p.Tallies, errs[0] = r.Tallies(ctx) // of all customers
	}
	p.Feeds, errs[1] = r.Feeds(ctx)
	p.Again, errs[2] = app.AgainDays(ctx, r)
	p.Feeds = slices.DeleteFunc(p.Feeds, func(f store.Feed) bool { return !f.Revoked.IsZero() })
	return errors.Join(errs[:]...)
}

// choose returns the living tasks to show, and counts them and their owners.
func (p *tasksPage) choose(live []crm.Task) []crm.Task {
	var list []crm.Task
	for _, t := range live {
		if t.Owner != "" {
			p.Owners = append(p.Owners, t.Owner)
		}
		if !p.shows(t) {
			continue
		}
		if t.State == crm.TaskProposed {
			p.Counts.Proposed++
		} else {
			p.Counts.Open++
		}
		if t.Overdue(p.Today) {
			p.Counts.Overdue++
		}
		if (t.State == crm.TaskProposed) == (p.State == stateAsked) {
			list = append(list, t)
		}
	}
	if p.Mine != "" {
		p.Owners = append(p.Owners, p.Mine)
	}
	slices.Sort(p.Owners)
	p.Owners = slices.Compact(p.Owners)
	return list
}

// shows says whether a task is of the owner whose tasks are shown.
func (p *tasksPage) shows(t crm.Task) bool {
	switch p.Owner {
	case everybody:
		return true
	case nobody:
		return t.Owner == ""
	}
	return t.Owner == p.Owner
}

// href is the address of the page with something else chosen.
func (p *tasksPage) href(state string, page int) string {
	v := url.Values{"owner": {p.Owner}}
	if state != stateOpen {
		v.Set("state", state)
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	return "/tasks?" + v.Encode()
}

func (p *tasksPage) tabs() []Tab {
	return []Tab{
		{Label: p.T("To do"), Href: p.href(stateOpen, 1), Count: p.Int(int64(p.Counts.Open)), Current: p.State == stateOpen},
		{Label: p.T("Proposed"), Href: p.href(stateAsked, 1), Count: p.Int(int64(p.Counts.Proposed)), Current: p.State == stateAsked},
		{Label: p.T("Ended"), Href: p.href(stateEnded, 1), Current: p.State == stateEnded},
	}
}

func (p *tasksPage) ownerOptions() []Option {
	list := []Option{{everybody, p.T("Everybody")}, {nobody, p.T("Without owner")}}
	for _, o := range p.Owners {
		list = append(list, Option{o, o})
	}
	if p.Owner != everybody && p.Owner != nobody && !slices.Contains(p.Owners, p.Owner) {
		list = append(list, Option{p.Owner, p.Owner})
	}
	return list
}

// taskFacts are owner, due day and state of a task in one line.
func (p Page) taskFacts(t crm.Task) string {
	owner := t.Owner
	if owner == "" {
		owner = p.T("no owner")
	}
	parts := []string{owner, p.T("due {day}", "day", p.Day(t.Due)), p.T(stateNames[t.State])}
	if t.Answer != "" {
		parts = append(parts, t.Answer)
	}
	return strings.Join(parts, " · ")
}

// chooseMine keeps the name that the reader goes by.
func (s *Server) chooseMine(w http.ResponseWriter, r *http.Request) error {
	name := strings.TrimSpace(r.FormValue("mine"))
	if len(name) > 100 {
		name = ""
	}
	http.SetCookie(w, &http.Cookie{
		Name: mineCookie, Value: url.QueryEscape(name), Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()), HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, "/tasks", http.StatusSeeOther)
	return nil
}

// saveAgain keeps for how long what was dismissed is not proposed again.
func (s *Server) saveAgain(w http.ResponseWriter, r *http.Request) error {
	err := s.app.SaveSettings(r.Context(), map[string]string{app.AgainSetting: r.FormValue("again")})
	if err == nil {
		http.Redirect(w, r, "/tasks#rules", http.StatusSeeOther)
		return nil
	}
	p, pageErr := s.tasks(r)
	if pageErr != nil {
		return pageErr
	}
	if !errors.Is(err, fault.Invalid) {
		return err
	}
	p.Problems = map[string]string{"again": p.T("between 1 and 1000")}
	return s.render(w, r, http.StatusUnprocessableEntity, tasksView(p))
}

// taskPath is the address at which something is done with a task.
func taskPath(t crm.Task, do string) string {
	return customerPath(t.Customer) + "/tasks/" + formatID(t.ID) + "/" + do
}

// taskField is an input of one of many tasks on a page.
func taskField(t crm.Task, name, label, value string) Field {
	return Field{Name: taskFieldPrefix(t.ID) + name, Label: label, Value: value}
}

func taskFieldPrefix(id int64) string { return "t" + formatID(id) + "-" }

// workTask accepts, changes, ends or dismisses a task.
func (s *Server) workTask(w http.ResponseWriter, r *http.Request) error {
	customer, err := idOf(r)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(r.PathValue("task"), 10, 64)
	if err != nil {
		return fault.NotFound
	}
	p, err := s.newPage(r, locale.Key("Tasks"))
	if err != nil {
		return err
	}
	form := p.sheetOf(r, taskFieldPrefix(id), "title", "reason", "owner", "due", "answer")
	ref := app.TaskRef{Customer: account.CustomerID(customer), ID: id, Seen: int32(seenOf(r.FormValue("seen")))}
	draft := app.TaskDraft{Title: form.text("title"), Reason: form.text("reason"), Owner: form.text("owner")}
	switch r.PathValue("do") {
	case "accept":
		err = s.app.AcceptTask(r.Context(), ref)
	case "done":
		err = s.app.EndTask(r.Context(), ref, crm.TaskDone, form.text("answer"))
	case "dismissed":
		err = s.app.EndTask(r.Context(), ref, crm.TaskDismissed, form.text("answer"))
	case "change":
		draft.Due = form.day("due")
		if err = form.problem(); err == nil {
			err = s.app.ChangeTask(r.Context(), ref, draft)
		}
	default:
		return fault.NotFound
	}
	switch {
	case errors.Is(err, fault.Conflict):
		return s.taskClash(w, r, p, ref, draft, form)
	case errors.Is(err, fault.Invalid):
		return s.taskRefused(w, r, p, err)
	case err != nil:
		return err
	}
	http.Redirect(w, r, backTo(r.FormValue("back")), http.StatusSeeOther)
	return nil
}

// taskRefused says what is wrong with what was asked of a task.
func (s *Server) taskRefused(w http.ResponseWriter, r *http.Request, p Page, err error) error {
	var texts []string
	for _, f := range fault.Fields(err) {
		texts = append(texts, p.T(f.Problem))
	}
	return s.render(w, r, http.StatusUnprocessableEntity, problem(p, strings.Join(texts, "; ")))
}

// taskClash answers that somebody wrote the task meanwhile, with both versions.
func (s *Server) taskClash(w http.ResponseWriter, r *http.Request, p Page, ref app.TaskRef, draft app.TaskDraft, form *sheet) error {
	theirs, err := s.db.Read().Task(r.Context(), ref.Customer, ref.ID)
	if err != nil {
		return err
	}
	c := &clash{Title: p.T("The task was changed meanwhile"), Back: carePath(ref.Customer)}
	wanted := map[string]string{"accept": stateNames[crm.TaskOpen], "change": stateNames[crm.TaskOpen], "done": stateNames[crm.TaskDone], "dismissed": stateNames[crm.TaskDismissed]}
	c.add(p.T("Task"), p.taskTitle(theirs), p.taskTitle(theirs))
	c.add(p.T("State"), p.T(wanted[r.PathValue("do")]), p.T(stateNames[theirs.State]))
	if r.PathValue("do") == "change" {
		c.add(p.T("Owner"), draft.Owner, theirs.Owner)
		c.add(p.T("Due"), p.Day(draft.Due), p.Day(theirs.Due))
		c.add(p.T("Note"), draft.Reason, theirs.Reason)
	} else {
		c.add(p.T("Reason or result"), form.text("answer"), theirs.Answer)
	}
	return s.render(w, r, http.StatusConflict, clashPage(p, c))
}

// makeCalendar makes an address for a calendar and shows it, once.
func (s *Server) makeCalendar(w http.ResponseWriter, r *http.Request) error {
	owner := r.FormValue("owner")
	if owner == everybody || owner == nobody {
		owner = ""
	}
	secret, err := s.app.MakeFeed(r.Context(), owner)
	if err != nil {
		return err
	}
	p, err := s.tasks(r)
	if err != nil {
		return err
	}
	p.Path, p.Back = "/tasks", "/tasks"
	p.Secret = p.Public + "/calendar/" + secret + ".ics"
	return s.render(w, r, http.StatusOK, tasksView(p))
}

// revokeCalendar ends the address of a calendar.
func (s *Server) revokeCalendar(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PathValue("feed"), 10, 64)
	if err != nil {
		return fault.NotFound
	}
	if err := s.app.RevokeFeed(r.Context(), id); err != nil {
		return err
	}
	http.Redirect(w, r, "/tasks#calendar", http.StatusSeeOther)
	return nil
}

// calendar answers a calendar with the open tasks of its owner, as whole days.
func (s *Server) calendar(w http.ResponseWriter, r *http.Request) error {
	secret, ok := strings.CutSuffix(r.PathValue("secret"), ".ics")
	if !ok {
		return fault.NotFound
	}
	feed, err := s.app.Feed(r.Context(), secret)
	if err != nil {
		return err
	}
	p, err := s.newPage(r, locale.Key("Tasks"))
	if err != nil {
		return err
	}
	list := tasksPage{Page: p, Owner: feed.Owner, State: stateOpen, Today: day.At(s.app.Now())}
	if feed.Owner == "" {
		list.Owner = everybody
	}
	var book store.Book
	var open []crm.Task
	err = s.db.Look(r.Context(), func(read store.Reader) error {
		live, err := read.LiveTasks(r.Context())
		if err != nil {
			return err
		}
		open = list.choose(live)
		if book, err = read.Book(r.Context()); err != nil {
			return err
		}
		return list.name(r.Context(), read, open)
	})
	if err != nil {
		return err
	}
	days := make([]doc.CalendarDay, 0, len(open))
	for _, t := range open {
		reason := p.taskReason(t)
		if t.Rule != crm.ByPerson && t.Reason != "" {
			reason += "\n" + t.Reason
		}
		days = append(days, doc.CalendarDay{
			UID: fmt.Sprintf("task-%d@%d.quid", t.ID, book.Created.UnixMicro()), Day: t.Due, Title: p.taskTitle(t) + " · " + list.Names[t.Customer],
			Text: reason, Revision: int(t.Revision), Written: t.Made,
		})
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-cache")
	return doc.WriteCalendar(w, doc.Calendar{Name: p.T("Tasks") + " · " + p.Book, Days: days})
}

// name reads the names of the customers of some tasks.
func (p *tasksPage) name(ctx context.Context, r store.Reader, tasks []crm.Task) error {
	ids := make([]account.CustomerID, len(tasks))
	for i, t := range tasks {
		ids[i] = t.Customer
	}
	slices.Sort(ids)
	found, err := r.CustomersByID(ctx, slices.Compact(ids))
	if err != nil {
		return err
	}
	p.Names = make(map[account.CustomerID]string, len(found))
	for id, c := range found {
		p.Names[id] = c.Name
	}
	return nil
}

// ownerName is an owner in words.
func (p *tasksPage) ownerName(owner string) string {
	switch owner {
	case "", everybody, nobody:
		return p.T("everybody")
	}
	return owner
}
