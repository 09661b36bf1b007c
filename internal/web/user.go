package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"quid/day"
	"quid/fault"
	"quid/internal/app"
	"quid/internal/auth"
	"quid/internal/locale"
	"quid/internal/store"
)

func (s *Server) userRoutes(mux *router) {
	mux.Handle("GET /users", s.page(s.showUsers))
	mux.Handle("GET /users/new", s.page(s.newUser))
	mux.Handle("POST /users/new", s.page(s.postUser))
	mux.Handle("GET /users/{id}", s.page(s.showUser))
	mux.Handle("POST /users/{id}", s.page(s.postUser))
	mux.Handle("POST /users/{id}/{do}", s.page(s.workUser))
	mux.Handle("GET /users/{id}/data.zip", s.page(s.userData))
	mux.Handle("GET /account/data.zip", s.page(s.userData))
	mux.Handle("POST /users/hide", s.page(s.postHide))
	mux.Handle("GET /keys", s.page(s.showKeys))
	mux.Handle("POST /keys", s.page(s.postKey))
	mux.Handle("POST /keys/{id}/revoke", s.page(s.revokeKey))
}

// roleNames are the roles in words.
var roleNames = map[auth.Role]string{
	auth.Viewer: locale.Key("Viewer"), auth.Capturer: locale.Key("Capturer"), auth.AccountOwner: locale.Key("Account owner"), auth.SalesManager: locale.Key("Sales manager"),
	auth.Controller: locale.Key("Controller"), auth.Marketer: locale.Key("Marketer"), auth.PrivacyOfficer: locale.Key("Privacy officer"), auth.Administrator: locale.Key("Administrator"),
}

// roleTexts say what a role is for.
var roleTexts = map[auth.Role]string{
	auth.Viewer: locale.Key("Looks at everything, changes nothing."), auth.Capturer: locale.Key("Books services and sees the customers they are for."),
	auth.AccountOwner: locale.Key("Looks after customers: services, tasks, talks, statements."), auth.SalesManager: locale.Key("Looks after all customers and sets how segments are cared for."),
	auth.Controller: locale.Key("Takes files in, keeps rates, catalogue, model and closing day."), auth.Marketer: locale.Key("Reads the portfolio, writes statements and arguments."),
	auth.PrivacyOfficer: locale.Key("Answers persons about their data and reads the log; sees no figures."), auth.Administrator: locale.Key("May do everything and lets others in."),
}

// visibilityNames are whose customers somebody sees, in words.
var visibilityNames = map[auth.Visibility]string{
	auth.Own: locale.Key("their own customers"), auth.Team: locale.Key("the customers of their team"), auth.All: locale.Key("all customers"),
}

// visibilityText says whose customers somebody sees.
func (p Page) visibilityText(u store.User) string {
	switch u.Visibility {
	case auth.Own:
		return p.T("customers of {owner}", "owner", u.Owner)
	case auth.Team:
		return p.T("customers of the team {team}", "team", u.Crew)
	default:
		return p.T("all customers")
	}
}

// agentName is the browser and the system in a line of a browser's own, as far as
// they can be told.
func agentName(agent string) string {
	name := ""
	for _, b := range []struct{ sign, name string }{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(agent, b.sign) {
			name = b.name
			break
		}
	}
	for _, b := range []struct{ sign, name string }{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"Linux", "Linux"}} {
		if name != "" && strings.Contains(agent, b.sign) {
			return name + ", " + b.name
		}
	}
	if name == "" && agent != "" {
		return agent[:min(len(agent), 40)]
	}
	return name
}

// A usersPage is everybody who may come in.
type usersPage struct {
	Page
	Users []store.User
	Open  map[int64]bool // whom a link waits for
	Keys  []int64        // who has a passkey
	Hides []hideRow
	Link  string // a link that was just made, shown once
	For   string // whom it is for

	Held []heldLetter
}

// A heldLetter is a mail that is shown because nobody sends it any more.
type heldLetter struct {
	app.HeldLetter
	Name string
}

// secondText says what somebody comes in with beside a password.
func (p *usersPage) secondText(u store.User) string {
	var with []string
	if u.Second() {
		with = append(with, p.T("on"))
	}
	if slices.Contains(p.Keys, u.ID) {
		with = append(with, p.T("Passkey"))
	}
	if len(with) == 0 {
		return p.T("off")
	}
	return strings.Join(with, ", ")
}

// A hideRow is what is hidden from a role.
type hideRow struct {
	Role                auth.Role
	Margins, Statements bool // are hidden
	HasM, HasS          bool // the role has the right
}

func (s *Server) users(r *http.Request) (*usersPage, error) {
	page, err := s.newPage(r, locale.Key("Users"))
	if err != nil {
		return nil, err
	}
	p := &usersPage{Page: page}
	read := s.db.Read()
	if p.Users, err = read.Users(r.Context()); err != nil {
		return nil, err
	}
	if p.Keys, err = read.PasskeyOwners(r.Context()); err != nil {
		return nil, err
	}
	held, err := s.app.HeldLetters(r.Context())
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		if i := slices.IndexFunc(p.Users, func(u store.User) bool { return u.ID == h.User && u.Active() }); i >= 0 {
			p.Held = append(p.Held, heldLetter{h, p.Users[i].Name})
		}
	}
	for _, role := range auth.Roles {
		row := hideRow{Role: role}
		for _, right := range role.Rights() {
			row.HasM = row.HasM || right == auth.SeeMargins
			row.HasS = row.HasS || right == auth.MakeStatements
		}
		if role == auth.Administrator || !row.HasM && !row.HasS {
			continue
		}
		for what, hidden := range map[auth.Hidden]*bool{auth.HideMargins: &row.Margins, auth.HideStatements: &row.Statements} {
			v, err := read.Setting(r.Context(), app.HideSetting(role, what))
			if err != nil {
				return nil, err
			}
			*hidden = v == "on"
		}
		p.Hides = append(p.Hides, row)
	}
	return p, nil
}

func (s *Server) showUsers(w http.ResponseWriter, r *http.Request) error {
	p, err := s.users(r)
	if err != nil {
		return err
	}
	switch r.FormValue("done") {
	case "":
	case "mail":
		p.Flash = &Toast{Text: p.T("A link is on its way by mail."), Tone: Good}
	default:
		p.Flash = &Toast{Text: p.T("Saved."), Tone: Good}
	}
	return s.render(w, r, http.StatusOK, usersView(p))
}

func (s *Server) postHide(w http.ResponseWriter, r *http.Request) error {
	role := auth.Role(r.PostFormValue("role"))
	for _, what := range []auth.Hidden{auth.HideMargins, auth.HideStatements} {
		if err := s.app.HideFrom(r.Context(), role, what, r.PostFormValue(string(what)) != ""); err != nil {
			return err
		}
	}
	http.Redirect(w, r, "/users?done=1#roles", http.StatusSeeOther)
	return nil
}

// A userPage is one person, or a new one.
type userPage struct {
	Page
	User   store.User
	Form   formState
	Owners []string // as customers' records spell them
	Clash  bool     // somebody else changed the person meanwhile
	Mail   bool     // links go by mail

	Passkeys int // how many the person has
}

func (s *Server) user(r *http.Request) (*userPage, error) {
	page, err := s.newPage(r, locale.Key("Let somebody in"))
	if err != nil {
		return nil, err
	}
	p := &userPage{Page: page, Mail: s.app.Post != nil}
	p.Form = formState{Problems: map[string]string{}, Values: map[string]string{"role": string(auth.AccountOwner)}}
	if pic, err := s.picture(r.Context()); err == nil {
		p.Owners = pic.snap.Owners()
	} else if !errors.Is(err, errUnvalued) {
		return nil, err
	}
	if r.PathValue("id") == "" {
		return p, nil
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil, fault.NotFound
	}
	if p.User, err = s.db.Read().User(r.Context(), id); err != nil {
		return nil, err
	}
	keys, err := s.db.Read().PasskeysOf(r.Context(), id)
	if err != nil {
		return nil, err
	}
	p.Passkeys = len(keys)
	u := &p.User
	p.Title, p.Path = u.Name, "/users/"+formatID(id) // also where one of its forms was refused
	p.Form.Values = map[string]string{
		"login": u.Login, "name": u.Name, "role": string(u.Role), "visibility": string(u.Visibility), "owner": u.Owner, "crew": u.Crew, "revision": strconv.Itoa(int(u.Revision)),
	}
	return p, nil
}

func (s *Server) newUser(w http.ResponseWriter, r *http.Request) error { return s.showUser(w, r) }
func (s *Server) showUser(w http.ResponseWriter, r *http.Request) error {
	p, err := s.user(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, userView(p))
}

var userFields = []string{"login", "name", "role", "visibility", "owner", "crew", "revision"}

func (s *Server) postUser(w http.ResponseWriter, r *http.Request) error {
	p, err := s.user(r)
	if err != nil {
		return err
	}
	p.Form.Values = sent(r, userFields...)
	v := p.Form.Values
	d := app.UserDraft{Login: v["login"], Name: v["name"], Role: auth.Role(v["role"]), Visibility: auth.Visibility(v["visibility"]), Owner: v["owner"], Crew: v["crew"]}
	if p.User.ID == 0 {
		if p.Mail && r.PostFormValue("by") != "link" {
			d.Mail = string(p.Lang())
		}
		u, secret, err := s.app.Invite(r.Context(), d)
		switch {
		case err == nil && secret == "":
			http.Redirect(w, r, "/users?done=mail", http.StatusSeeOther)
			return nil
		case err == nil:
			return s.showLink(w, r, u, secret)
		}
		return s.refusedUser(w, r, p, err)
	}
	seen, err := strconv.ParseInt(v["revision"], 10, 32)
	if err != nil {
		return fault.NotFound
	}
	if err := s.app.SaveUser(r.Context(), p.User.ID, int32(seen), d); err != nil {
		return s.refusedUser(w, r, p, err)
	}
	http.Redirect(w, r, "/users?done=1", http.StatusSeeOther)
	return nil
}

func (s *Server) refusedUser(w http.ResponseWriter, r *http.Request, p *userPage, err error) error {
	status := http.StatusUnprocessableEntity
	if errors.Is(err, fault.Conflict) {
		// Both versions: what was typed stands in the form, what is kept beside it.
		p.Clash, status = true, http.StatusConflict
		p.Form.Values["revision"] = strconv.Itoa(int(p.User.Revision))
	} else if err := p.Form.refused(p.Page, err); err != nil {
		return err
	}
	return s.render(w, r, status, userView(p))
}

// showLink shows the link that lets somebody in, once.
func (s *Server) showLink(w http.ResponseWriter, r *http.Request, u store.User, secret string) error {
	p, err := s.users(r)
	if err != nil {
		return err
	}
	p.Link, p.For = p.Public+"/invite/"+secret, u.Name
	return s.render(w, r, http.StatusOK, usersView(p))
}

// workUser does one of the things that an administrator can do about somebody.
func (s *Server) workUser(w http.ResponseWriter, r *http.Request) error {
	p, err := s.user(r)
	if err != nil {
		return err
	}
	id := p.User.ID
	switch r.PathValue("do") {
	case "link":
		secret, err := s.app.LetIn(r.Context(), id)
		if err != nil {
			return s.refusedUser(w, r, p, err)
		}
		return s.showLink(w, r, p.User, secret)
	case "mail":
		if err = s.app.MailLink(r.Context(), id, string(p.Lang())); err == nil {
			http.Redirect(w, r, "/users?done=mail", http.StatusSeeOther)
			return nil
		}
	case "suspend":
		err = s.app.SuspendUser(r.Context(), id, true)
	case "resume":
		err = s.app.SuspendUser(r.Context(), id, false)
	case "second":
		err = s.app.ResetSecond(r.Context(), id)
	case "leave":
		err = s.app.LeaveUser(r.Context(), id)
	case "erase":
		p.Form.Values["reason"], p.Form.Values["confirm"] = r.FormValue("reason"), r.FormValue("confirm")
		if err = typed(p, r.FormValue("confirm")); err == nil {
			err = s.app.EraseUser(r.Context(), id, r.FormValue("reason"))
		}
	default:
		return fault.NotFound
	}
	if err != nil {
		return s.refusedUser(w, r, p, err)
	}
	http.Redirect(w, r, "/users?done=1", http.StatusSeeOther)
	return nil
}

// typed refuses an erasure where the name wasn't typed.
func typed(p *userPage, name string) error {
	if strings.TrimSpace(name) != p.User.Name {
		return fault.Field("confirm", locale.Key("type the name as it is written"))
	}
	return nil
}

// userData sends what the book holds about somebody, or about who asks.
func (s *Server) userData(w http.ResponseWriter, r *http.Request) error {
	id := auth.From(r.Context()).User
	if r.PathValue("id") != "" {
		n, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil {
			return fault.NotFound
		}
		id = n
	}
	if _, err := s.db.Read().User(r.Context(), id); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Disposition", `attachment; filename="data-`+strconv.FormatInt(id, 10)+`.zip"`)
	return s.app.ExportUser(r.Context(), w, id, langOf(r))
}

// A keysPage is the keys of programs.
type keysPage struct {
	Page
	Keys   []store.APIKey
	Form   formState
	Secret string // of a key that was just made, shown once
	Today  day.Day
}

func (s *Server) keys(r *http.Request) (*keysPage, error) {
	page, err := s.newPage(r, locale.Key("Keys for programs"))
	if err != nil {
		return nil, err
	}
	p := &keysPage{Page: page, Today: day.At(s.app.Now())}
	p.Form = formState{Problems: map[string]string{}, Values: map[string]string{"role": string(auth.Viewer), "scope": auth.ReadOnly, "ends": p.Today.AddMonths(12).String()}}
	p.Keys, err = s.db.Read().APIKeys(r.Context())
	return p, err
}

func (s *Server) showKeys(w http.ResponseWriter, r *http.Request) error {
	p, err := s.keys(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, keysView(p))
}

func (s *Server) postKey(w http.ResponseWriter, r *http.Request) error {
	v := sent(r, "name", "role", "scope", "owner", "ends")
	ends, err := day.Parse(v["ends"])
	if err != nil {
		ends = 0
	}
	_, secret, err := s.app.MakeKey(r.Context(), app.KeyDraft{Name: v["name"], Role: auth.Role(v["role"]), Scope: v["scope"], Owner: v["owner"], Ends: ends})
	p, pageErr := s.keys(r)
	if pageErr != nil {
		return pageErr
	}
	if err != nil {
		p.Form.Values = v
		if err := p.Form.refused(p.Page, err); err != nil {
			return err
		}
		return s.render(w, r, http.StatusUnprocessableEntity, keysView(p))
	}
	p.Secret = secret
	return s.render(w, r, http.StatusOK, keysView(p))
}

func (s *Server) revokeKey(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return fault.NotFound
	}
	if err := s.app.RevokeKey(r.Context(), id); err != nil {
		return err
	}
	http.Redirect(w, r, "/keys", http.StatusSeeOther)
	return nil
}

// state says in a word how it stands with somebody.
func (p Page) userState(u store.User) (text, tone string) {
	switch {
	case !u.Left.IsZero():
		return p.T("left"), "N"
	case !u.Suspended.IsZero():
		return p.T("suspended"), "loss"
	case u.Password == "" && u.Subject == "":
		return p.T("invited"), "B"
	default:
		return p.T("active"), "A"
	}
}

// keyState says in a word how it stands with a key.
func (p *keysPage) state(k store.APIKey) (text, tone string) {
	switch {
	case !k.Revoked.IsZero():
		return p.T("taken back"), "N"
	case k.Ends < p.Today:
		return p.T("ended"), "N"
	default:
		return p.T("active"), "A"
	}
}

func instantOr(p Page, t time.Time, none string) string {
	if t.IsZero() {
		return none
	}
	return p.Instant(t)
}
