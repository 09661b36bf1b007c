package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
)

// How long a session lasts: after so long without a request, and whatever happens.
const (
	SessionIdle   = 3 * 24 * time.Hour
	SessionLength = 30 * 24 * time.Hour
	seenEvery     = 5 * time.Minute // a session is not written at each request
	factorTime    = 10 * time.Minute
)

// ErrWrong is a login that is not let in: unknown, wrong or suspended look alike.
var ErrWrong = fmt.Errorf("login: %w", fault.Denied)

// A WaitError says how long somebody must wait before the next try.
type WaitError struct{ For time.Duration }

func (e *WaitError) Error() string { return fmt.Sprintf("too many failures: wait %s", e.For) }

// A Visit is a browser at the door.
type Visit struct {
	Address string
	Agent   string
	Device  string // its device cookie, "" if it has none
}

// An Entrance is what somebody who came in takes along.
type Entrance struct {
	User   store.User
	Token  string // of the session, for its cookie
	Device string // for the device cookie
	Second bool   // the second factor is still to come
}

// deviceKey is the name of the key that device cookies are signed with.
const deviceKey = "devices"

// LogIn lets somebody in by password.
func (a *App) LogIn(ctx context.Context, login, password string, v Visit) (Entrance, error) {
	u, try, err := a.trying(ctx, login, v)
	if err != nil {
		return Entrance{}, err
	}
	ok, err := auth.Matches(ctx, password, u.Password)
	if err != nil {
		return Entrance{}, err
	}
	if !ok || !u.Active() {
		a.guesses.Failed(try, a.Now())
		return Entrance{}, ErrWrong
	}
	a.guesses.Passed(try)
	return a.EnterByPassword(ctx, u, v)
}

// trying returns who tries, the zero User if nobody is called so, unless they must wait.
func (a *App) trying(ctx context.Context, login string, v Visit) (store.User, auth.Try, error) {
	login = FoldLogin(login)
	u, err := a.DB.Read().UserByLogin(ctx, login)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return u, auth.Try{}, err
	}
	device, err := a.knownDevice(ctx, u.ID, v.Device)
	if err != nil {
		return u, auth.Try{}, err
	}
	try := auth.Try{Login: login, Address: v.Address, Device: device}
	if wait := a.guesses.Wait(try, a.Now()); wait > 0 {
		return u, try, &WaitError{wait}
	}
	return u, try, nil
}

// Enter opens a session for somebody who proved who they are; second says that a
// second factor is still to come.
func (a *App) Enter(ctx context.Context, u store.User, v Visit, second bool) (Entrance, error) {
	e := Entrance{User: u, Token: auth.NewToken(), Second: second}
	now := a.Now()
	s := store.Session{
		Hash: auth.HashToken(e.Token), ID: a.id(), User: u.ID, Address: v.Address, Agent: clipped(v.Agent), Created: now, Seen: now, Ends: now.Add(SessionLength),
	}
	if second {
		s.Ends = now.Add(factorTime)
	} else {
		s.Second = now
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		key, err := a.bookKey(ctx, tx, deviceKey)
		if err != nil {
			return err
		}
		e.Device = auth.SignDevice(key, u.ID)
		if err := errors.Join(tx.DropOldSessions(ctx, now, now.Add(-SessionIdle)), tx.DropOldTokens(ctx, now), tx.AddSession(ctx, s)); err != nil || second {
			return err
		}
		return a.audit(auth.With(ctx, auth.Who{User: u.ID, From: v.Address, Via: auth.From(ctx).Via}), tx, act{What: "came in", Noun: "user", ID: u.ID})
	})
	if err != nil {
		return Entrance{}, fmt.Errorf("enter: %w", err)
	}
	return e, nil
}

// mostAgent is how much of a browser's name is kept.
const mostAgent = 200

func clipped(agent string) string {
	return strings.ToValidUTF8(agent[:min(len(agent), mostAgent)], "")
}

// knownDevice is the name of the device of a cookie, "" if it is not one of this person's.
func (a *App) knownDevice(ctx context.Context, user int64, cookie string) (string, error) {
	if user == 0 || cookie == "" {
		return "", nil
	}
	key, err := a.DB.Read().BookKey(ctx, deviceKey)
	if errors.Is(err, fault.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return auth.OpenDevice(key, user, cookie), nil
}

// session returns a session that has not ended, and whose it is.
func (a *App) session(ctx context.Context, token string) (store.Session, store.User, error) {
	s, u, err := a.DB.Read().Present(ctx, auth.HashToken(token))
	if err != nil {
		return s, store.User{}, err
	}
	if now := a.Now(); !now.Before(s.Ends) || now.Sub(s.Seen) > SessionIdle {
		return s, store.User{}, fmt.Errorf("session has ended: %w", fault.NotFound)
	}
	if !u.Active() {
		return s, u, fmt.Errorf("suspended: %w", fault.NotFound)
	}
	return s, u, nil
}

// A Presence is somebody who is in.
type Presence struct {
	Who     auth.Who
	User    store.User
	Session store.Session
}

// Present returns who comes with a token of a session. One whose second factor is
// still to come has no rights: Session.Second is zero then.
func (a *App) Present(ctx context.Context, token, address string) (Presence, error) {
	s, u, err := a.session(ctx, token)
	if err != nil {
		return Presence{}, err
	}
	p := Presence{User: u, Session: s, Who: auth.Who{User: u.ID, Name: u.Name, From: address}}
	if s.Second.IsZero() {
		return p, nil
	}
	if p.Who, err = a.whoIs(ctx, u); err != nil {
		return Presence{}, err
	}
	p.Who.From = address
	if now := a.Now(); now.Sub(s.Seen) > seenEvery {
		err = a.noteIfWritable(ctx, func(tx *store.Tx) error { return tx.SeeSession(ctx, s.Hash, address, now) })
	}
	return p, err
}

// whoIs is what a person may do now.
func (a *App) whoIs(ctx context.Context, u store.User) (auth.Who, error) {
	who := auth.Who{User: u.ID, Name: u.Name, Role: u.Role}
	crew := ""
	if u.Visibility == auth.Team {
		crew = u.Crew
	}
	hidden, owners, err := granted(ctx, a.DB.Read(), u.Role, crew)
	if err != nil {
		return who, err
	}
	who.Rights = u.Role.Rights(hidden...)
	switch u.Visibility {
	case auth.All:
		who.Sees = auth.Everybody
	case auth.Team:
		who.Sees.Owners = owners
		fallthrough
	case auth.Own:
		if u.Owner != "" && !slices.Contains(who.Sees.Owners, u.Owner) {
			who.Sees.Owners = append(who.Sees.Owners, u.Owner)
		}
	}
	return who, nil
}

// HideSetting names the setting that hides something from a role: "on" if it is.
func HideSetting(role auth.Role, what auth.Hidden) string {
	return "hide_" + string(what) + "_" + string(role)
}

// granted is what is hidden from a role, and the owners that a team's people are, in
// one question.
func granted(ctx context.Context, r store.Reader, role auth.Role, crew string) (hidden []auth.Hidden, owners []string, err error) {
	all := [2]auth.Hidden{auth.HideMargins, auth.HideStatements}
	on, owners, err := r.Granted(ctx, [2]string{HideSetting(role, all[0]), HideSetting(role, all[1])}, crew)
	for _, h := range all {
		if slices.Contains(on, HideSetting(role, h)) {
			hidden = append(hidden, h)
		}
	}
	return hidden, owners, err
}

// HideFrom sets what is hidden from which roles: names of HideSetting with "on" or "".
func (a *App) HideFrom(ctx context.Context, role auth.Role, what auth.Hidden, hide bool) error {
	if err := may(ctx, auth.ManageUsers); err != nil {
		return err
	}
	if !role.Known() || role == auth.Administrator || what != auth.HideMargins && what != auth.HideStatements {
		return fmt.Errorf("hide %s from %s: %w", what, role, fault.Field("role", "choose a role of the list; nothing is hidden from administrators"))
	}
	name, v := HideSetting(role, what), ""
	if hide {
		v = "on"
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		was, err := tx.Setting(ctx, name)
		if err != nil || was == v {
			return err
		}
		return errors.Join(tx.PutSetting(ctx, name, v), a.audit(ctx, tx, act{What: "changed", Noun: "role", Before: map[string]string{name: was}, After: map[string]string{name: v}}))
	})
}

// LogOut ends a session.
func (a *App) LogOut(ctx context.Context, token string) error {
	return a.DB.Write(ctx, func(tx *store.Tx) error { return tx.DropSession(ctx, auth.HashToken(token)) })
}

// self is who asks about themselves.
func self(ctx context.Context) (int64, error) {
	if id := auth.From(ctx).User; id != 0 {
		return id, nil
	}
	return 0, fmt.Errorf("nobody: %w", fault.Denied)
}

// EndSession ends one of one's own sessions.
func (a *App) EndSession(ctx context.Context, id int64) error {
	user, err := self(ctx)
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.DropSessionOf(ctx, user, id), a.audit(ctx, tx, act{What: "ended a session", Noun: "user", ID: user}))
	})
}

// ChangePassword changes one's own password: other sessions and one's keys end.
func (a *App) ChangePassword(ctx context.Context, token, old, password string) error {
	u, err := a.proved(ctx, old)
	if err != nil {
		return err
	}
	hash, err := a.checkedPassword(ctx, password, nil, u.Name, u.Login)
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	return a.changeUser(ctx, u.ID, "changed the password", func(tx *store.Tx, u *store.User) error {
		u.Password = hash
		return a.shut(ctx, tx, u.ID, auth.HashToken(token))
	})
}

// proved returns who asks, if they know their password, or have none.
func (a *App) proved(ctx context.Context, password string) (store.User, error) {
	id, err := self(ctx)
	if err != nil {
		return store.User{}, err
	}
	u, err := a.DB.Read().User(ctx, id)
	if err != nil || u.Password == "" {
		return u, err
	}
	try := auth.Try{Login: "self " + u.Login, Address: auth.From(ctx).From}
	if wait := a.guesses.Wait(try, a.Now()); wait > 0 {
		return u, &WaitError{wait}
	}
	ok, err := auth.Matches(ctx, password, u.Password)
	if err == nil && !ok {
		a.guesses.Failed(try, a.Now())
		err = fault.Field("old", "this is not your password")
	}
	return u, err
}

// A KeyDraft is a key for a program.
type KeyDraft struct {
	Name  string
	Role  auth.Role
	Scope string // auth.ReadOnly or auth.ReadWrite
	Owner string // only this owner's customers; "" all
	Ends  day.Day
}

// mostKeyDays is how long a key may last.
const mostKeyDays = 2 * 366

// MakeKey makes a key and returns its secret, which is shown once.
func (a *App) MakeKey(ctx context.Context, d KeyDraft) (store.APIKey, string, error) {
	if err := may(ctx, auth.ManageUsers); err != nil {
		return store.APIKey{}, "", err
	}
	d.Name, d.Owner = strings.TrimSpace(d.Name), strings.TrimSpace(d.Owner)
	today := day.At(a.Now())
	var errs []error
	if d.Name == "" || len(d.Name) > mostName {
		errs = append(errs, fault.Field("name", "write a name of at most 120 characters"))
	}
	if !d.Role.Known() {
		errs = append(errs, fault.Field("role", "choose a role"))
	}
	if d.Scope != auth.ReadOnly && d.Scope != auth.ReadWrite {
		errs = append(errs, fault.Field("scope", "choose whether the program only reads"))
	}
	if d.Ends < today || d.Ends > today.Add(mostKeyDays) {
		errs = append(errs, fault.Field("ends", "choose a last day from today on, within two years"))
	}
	if err := errors.Join(errs...); err != nil {
		return store.APIKey{}, "", fmt.Errorf("make key: %w", err)
	}
	secret := auth.KeyPrefix + auth.NewToken()
	k := store.APIKey{
		ID: a.id(), Hash: auth.HashToken(secret), Name: d.Name, Role: d.Role, Scope: d.Scope, Owner: d.Owner, By: auth.From(ctx).User, Ends: d.Ends, Made: a.Now(),
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.AddAPIKey(ctx, k), a.audit(ctx, tx, act{What: "made", Noun: "key", ID: k.ID, After: map[string]any{"role": k.Role, "scope": k.Scope, "ends": k.Ends}}))
	})
	if err != nil {
		return store.APIKey{}, "", fmt.Errorf("make key: %w", err)
	}
	return k, secret, nil
}

// RevokeKey takes a key back.
func (a *App) RevokeKey(ctx context.Context, id int64) error {
	if err := may(ctx, auth.ManageUsers); err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.RevokeAPIKey(ctx, id, a.Now()), a.audit(ctx, tx, act{What: "took back", Noun: "key", ID: id}))
	})
}

// ByKey returns who comes with the secret of a key: fault.Denied if it opens nothing.
func (a *App) ByKey(ctx context.Context, secret, address string) (auth.Who, error) {
	r := a.DB.Read()
	k, err := r.APIKey(ctx, auth.HashToken(secret))
	if errors.Is(err, fault.NotFound) {
		return auth.Who{}, ErrWrong
	}
	if err != nil {
		return auth.Who{}, err
	}
	if !k.Revoked.IsZero() || k.Ends < day.At(a.Now()) {
		return auth.Who{}, ErrWrong
	}
	if k.By != 0 {
		if u, err := r.User(ctx, k.By); err != nil || !u.Active() {
			return auth.Who{}, errors.Join(ErrWrong, err)
		}
	}
	hidden, _, err := granted(ctx, r, k.Role, "")
	if err != nil {
		return auth.Who{}, err
	}
	who := auth.Who{Key: k.ID, Name: k.Name, Role: k.Role, Rights: auth.Scoped(k.Role.Rights(hidden...), k.Scope), Sees: auth.Everybody, From: address}
	if k.Owner != "" {
		who.Sees = auth.Reach{Owners: []string{k.Owner}}
	}
	if a.Now().Sub(k.Used) > seenEvery {
		err = a.noteIfWritable(ctx, func(tx *store.Tx) error { return tx.UseAPIKey(ctx, k.ID, a.Now()) })
	}
	return who, err
}
