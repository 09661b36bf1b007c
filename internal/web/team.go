package web

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"

	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/locale"
	"quid/internal/store"
	"quid/money"
	"quid/service"
)

// teamRoutes are the pages of teams: what their time costs, and how much of it is
// captured. Who of a team did what is shown nowhere.
func (s *Server) teamRoutes(mux *router) {
	mux.Handle("GET /teams", s.page(s.showTeams))
	mux.Handle("GET /teams/new", s.page(s.newTeam))
	mux.Handle("POST /teams/new", s.page(s.saveTeam))
	mux.Handle("GET /teams/{id}", s.page(s.showTeam))
	mux.Handle("POST /teams/{id}", s.page(s.saveTeam))
	mux.Handle("POST /teams/{id}/rates", s.page(s.useTeamRate))
}

// teamSpans are the months that coverage is offered for.
var teamSpans = []int{3, 6, 12}

// A teamsPage shows what the teams have for free services, and what of it is
// booked.
type teamsPage struct {
	Page
	Window day.Window
	Months int
	Lines  []teamLine
	All    service.Load
	Loose  int64 // booked minutes that name no team
	Limit  money.Micro
	Unused money.Amount // cost of what is not booked, of the teams whose cost is known
}

// A teamLine is a team with its load.
type teamLine struct {
	Team   service.Team
	Load   service.Load
	Share  float64 // booked of it, with its part of what names no team
	Known  bool
	Minute money.Micro // cost of a minute, on the last day of the window
	Priced bool
	Unused money.Amount
}

func (s *Server) showTeams(w http.ResponseWriter, r *http.Request) error {
	page, err := s.newPage(r, locale.Key("Teams and capture coverage"))
	if err != nil {
		return err
	}
	p := &teamsPage{Page: page, Months: 12}
	if n, err := strconv.Atoi(r.FormValue("months")); err == nil && slices.Contains(teamSpans, n) {
		p.Months = n
	}
	p.Window = day.Span(p.Months).UpTo(day.At(s.app.Now()))
	if r.FormValue("saved") != "" {
		p.Flash = &Toast{Text: p.T("Saved. What was posted keeps its rate."), Tone: Good}
	}
	err = s.db.Look(r.Context(), func(read store.Reader) error {
		teams, err := read.Teams(r.Context())
		if err != nil {
			return err
		}
		booked, err := read.TeamMinutes(r.Context(), p.Window)
		if err != nil {
			return err
		}
		if p.Limit, err = app.CoverageLimit(r.Context(), read); err != nil {
			return err
		}
		p.fill(teams, service.CaptureOf(teams, booked, p.Window, p.Limit))
		return nil
	})
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, teamsView(p))
}

// fill sets the teams beside what they booked.
func (p *teamsPage) fill(teams []service.Team, c service.Capture) {
	p.All, p.Loose = c.All(), c.Loose
	for _, t := range teams {
		l := teamLine{Team: t}
		if i := slices.IndexFunc(c.Loads, func(l service.Load) bool { return l.Team == t.ID }); i >= 0 {
			l.Load = c.Loads[i]
		}
		if l.Load.Known && l.Load.Available > 0 {
			l.Share, l.Known = c.Of([]int64{t.ID})
		}
		if cost, ok := t.CostOn(p.Window.To); ok {
			if minute, err := cost.PerMinute(); err == nil {
				l.Minute, l.Priced = minute, true
				if l.Known {
					l.Unused = money.Amount(math.Round(l.Load.Available * max(0, 1-l.Share) * minute.Float()))
					p.Unused += l.Unused
				}
			}
		}
		p.Lines = append(p.Lines, l)
	}
}

// thin says whether a coverage is below the limit.
func (p *teamsPage) thin(l teamLine) bool { return l.Known && l.Share < p.Limit.Float() }

// minutesText writes minutes as hours and minutes.
func (p Page) minutesText(minutes float64) string {
	return p.T("{n} h", "n", p.Number(minutes/60, 0))
}

// coverageChart is booked against available time by team.
func (p *teamsPage) coverageChart() Chart {
	c := Chart{Kind: "stack", Label: p.T("Booked against available hours"), Unit: UnitNumber, Y: p.T("hours")}
	booked := Series{Name: p.T("booked"), Color: "invest"}
	estimated := Series{Name: p.T("estimated"), Color: "invest", Estimated: true}
	loose := Series{Name: p.T("names no team"), Color: "opportunity"}
	unused := Series{Name: p.T("not booked"), Color: "muted"}
	hours := func(m float64) float64 { return math.Round(m/6) / 10 }
	some := false
	for _, l := range p.Lines {
		if !l.Load.Known {
			continue
		}
		c.Categories = append(c.Categories, l.Team.Name)
		booked.Values = append(booked.Values, hours(float64(l.Load.Booked-l.Load.Estimated)))
		estimated.Values = append(estimated.Values, hours(float64(l.Load.Estimated)))
		part := 0.0
		if p.All.Available > 0 {
			part = float64(p.Loose) * l.Load.Available / p.All.Available
		}
		loose.Values = append(loose.Values, hours(part))
		unused.Values = append(unused.Values, hours(max(0, l.Load.Available-float64(l.Load.Booked)-part)))
		some = some || l.Load.Estimated > 0
	}
	c.Series = []Series{booked}
	if some {
		c.Series = append(c.Series, estimated)
	}
	if p.Loose > 0 {
		c.Series = append(c.Series, loose)
	}
	c.Series = append(c.Series, unused)
	return c
}

func (p *teamsPage) spanTabs() []Tab {
	var out []Tab
	for _, n := range teamSpans {
		out = append(out, Tab{Label: p.N("{n} month", "{n} months", n), Href: "/teams?months=" + strconv.Itoa(n), Current: n == p.Months})
	}
	return out
}

// A teamPage is one team as a form, with what its time costs.
type teamPage struct {
	Page
	Team    service.Team // as it is kept; no id: a new one
	Form    formState
	Use     formState // of the rate
	Lines   int
	Types   []service.Type // counted in time
	Today   day.Day
	Changed bool // somebody else saved it meanwhile
}

func (s *Server) newTeam(w http.ResponseWriter, r *http.Request) error {
	p, err := s.teamPage(r, 0)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, teamView(p))
}

func (s *Server) showTeam(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	p, err := s.teamPage(r, id)
	if err != nil {
		return err
	}
	if r.FormValue("used") != "" {
		p.Flash = &Toast{Text: p.T("The rate is set. What was posted keeps its own."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, teamView(p))
}

func (s *Server) teamPage(r *http.Request, id int64) (*teamPage, error) {
	page, err := s.newPage(r, locale.Key("New team"))
	if err != nil {
		return nil, err
	}
	p := &teamPage{Page: page, Today: day.At(s.app.Now())}
	teams, err := s.db.Read().Teams(r.Context())
	if err != nil {
		return nil, err
	}
	if id != 0 {
		i := slices.IndexFunc(teams, func(t service.Team) bool { return t.ID == id })
		if i < 0 {
			return nil, fmt.Errorf("team %d: %w", id, fault.NotFound)
		}
		p.Team, p.Title = teams[i], teams[i].Name
	}
	types, err := s.db.Read().Types(r.Context())
	if err != nil {
		return nil, err
	}
	for _, t := range types {
		if !t.Sold && !t.Retired && (t.Unit == service.Minutes || t.Unit == service.Hours) {
			p.Types = append(p.Types, t)
		}
	}
	p.Form, p.Lines = p.teamState()
	p.Use = formState{Values: map[string]string{"from": p.Today.String()}}
	return p, nil
}

// costField begins the names of the fields of a line of costs.
func costField(i int) string { return "cost." + strconv.Itoa(i) + "." }

// teamState is the form of the team as it is kept, with a line for new costs.
func (p *teamPage) teamState() (formState, int) {
	v := map[string]string{"name": p.Team.Name, "revision": strconv.Itoa(int(p.Team.Revision))}
	if p.Team.Retired {
		v["retired"] = "1"
	}
	percent := func(m money.Micro) string { return p.numberText(100 * m.Float()) }
	for i, c := range p.Team.Costs {
		at := costField(i)
		v[at+"from"], v[at+"people"], v[at+"minutes"] = dayText(c.ValidFrom), p.numberText(c.People.Float()), strconv.FormatInt(c.Minutes, 10)
		v[at+"cost"] = p.numberText(p.Units(c.Cost))
		v[at+"practical"], v[at+"free"] = percent(c.Practical), percent(c.Free)
	}
	at := costField(len(p.Team.Costs))
	v[at+"minutes"], v[at+"practical"] = strconv.Itoa(service.DefaultMinutes), percent(service.DefaultPractical)
	return formState{Values: v}, len(p.Team.Costs) + spare
}

// teamOf reads the form. A line without a cost and without people is none.
func (p *teamPage) teamOf() (service.Team, error) {
	f := formReader{p: p.Page, f: &p.Form}
	t := service.Team{ID: p.Team.ID, Name: f.text("name"), Retired: f.text("retired") != "", Revision: int32(f.id("revision"))}
	days := make(map[day.Day]bool)
	for i := range p.Lines {
		at := costField(i)
		if f.text(at+"drop") != "" || f.text(at+"cost") == "" && f.text(at+"people") == "" {
			continue
		}
		c := service.TeamCost{
			ValidFrom: f.day(at+"from", day.Min), Cost: f.amount(at + "cost"), People: f.micro(at+"people", 1), Minutes: f.whole(at + "minutes"),
			Practical: f.micro(at+"practical", 0.01), Free: f.micro(at+"free", 0.01),
		}
		if days[c.ValidFrom] {
			f.bad(at+"from", "two costs begin on the same day")
		}
		days[c.ValidFrom] = true
		t.Costs = append(t.Costs, c)
	}
	return t, f.err()
}

func (s *Server) saveTeam(w http.ResponseWriter, r *http.Request) error {
	var id int64
	var err error
	if r.PathValue("id") != "" {
		if id, err = idOf(r); err != nil {
			return err
		}
	}
	p, err := s.teamPage(r, id)
	if err != nil {
		return err
	}
	if p.Form, err = sentForm(r); err != nil {
		return err
	}
	lines, _ := strconv.Atoi(p.Form.Values["lines"])
	p.Lines = min(max(lines, spare), mostRates)
	t, err := p.teamOf()
	if err == nil {
		_, err = s.app.SaveTeam(r.Context(), t)
	}
	if err == nil {
		http.Redirect(w, r, "/teams?saved=1", http.StatusSeeOther)
		return nil
	}
	if errors.Is(err, fault.Conflict) {
		p.Changed = true
		p.Form.Values["revision"] = strconv.Itoa(int(p.Team.Revision))
		return s.render(w, r, http.StatusConflict, teamView(p))
	}
	if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, teamView(p))
}

// useTeamRate takes what the team's time costs as the rate of services.
func (s *Server) useTeamRate(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	p, err := s.teamPage(r, id)
	if err != nil {
		return err
	}
	if p.Use, err = sentForm(r); err != nil {
		return err
	}
	f := formReader{p: p.Page, f: &p.Use}
	use := app.RateUse{Team: id, From: f.day("from", 0), All: f.text("scope") == "all"}
	for _, t := range p.Types {
		if f.text("type."+formatID(t.ID)) != "" {
			use.Types = append(use.Types, t.ID)
		}
	}
	if err = f.err(); err == nil {
		err = s.app.UseTeamRate(r.Context(), use)
	}
	if err == nil {
		http.Redirect(w, r, "/teams/"+formatID(id)+"?used=1#use", http.StatusSeeOther)
		return nil
	}
	if err := p.Use.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, teamView(p))
}

// address is where the form is sent.
func (p *teamPage) address() string {
	if p.Team.ID == 0 {
		return "/teams/new"
	}
	return "/teams/" + formatID(p.Team.ID)
}

// costProblems are what the whole of the costs is refused for.
func (p *teamPage) costProblems() (out []string) {
	for _, name := range []string{"cost", "people", "minutes", "practical", "free"} {
		if text := p.Form.Problems[name]; text != "" {
			out = append(out, p.T(costNames[name])+": "+text)
		}
	}
	return out
}

// costNames are the figures of a team's costs in words.
var costNames = map[string]string{
	"cost": locale.Key("Cost a year"), "people": locale.Key("People"), "minutes": locale.Key("Minutes a person and year"),
	"practical": locale.Key("Practical capacity in percent"), "free": locale.Key("Of it for free services, in percent"),
}

// reckoned says how a team's cost of a minute comes to be.
func (p *teamPage) reckoned(c service.TeamCost) string {
	capacity, err := c.Capacity()
	if err != nil {
		return ""
	}
	minute, err := c.PerMinute()
	if err != nil {
		return ""
	}
	return p.T("{people} × {minutes} min × {practical} = {capacity} min a year; {cost} / {capacity} min = {rate} a minute, {hour} an hour",
		"people", p.numberText(c.People.Float()), "minutes", p.Int(c.Minutes), "practical", p.Percent(c.Practical.Float(), 0), "capacity", p.Int(capacity),
		"cost", p.Amount(c.Cost), "rate", p.rateMoney(minute), "hour", p.rateMoney(60*minute))
}

// available says what time is meant for free services.
func (p *teamPage) available(c service.TeamCost) string {
	capacity, err := c.Capacity()
	if err != nil {
		return ""
	}
	return p.T("{share} of it, {hours} a year, is meant for free services", "share", p.Percent(c.Free.Float(), 0), "hours", p.minutesText(float64(capacity)*c.Free.Float()))
}
