package app

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/store"
)

const (
	goodPassword  = "vier laute Pumpen im Keller"
	otherPassword = "sieben stille Ventile am Dach"
)

// A gate is a book whose clock a test moves, with its first administrator.
type gate struct {
	*App
	t     *testing.T
	now   time.Time
	first int64
}

func newGate(t *testing.T, a *App) *gate {
	t.Helper()
	g := &gate{App: a, t: t, now: testNow}
	a.Now = func() time.Time { return g.now }
	code, err := a.StartCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if g.first, err = a.Start(t.Context(), FirstUser{Code: code, Login: "anna@example.com", Name: "Anna Meier", Password: goodPassword}); err != nil {
		t.Fatal(err)
	}
	return g
}

// somebody is a person who has chosen a password.
func (g *gate) somebody(login string, role auth.Role) store.User {
	g.t.Helper()
	ctx := authtest.Context(g.t)
	_, secret, err := g.Invite(ctx, UserDraft{Login: login, Name: "Bert Beispiel", Role: role, Visibility: auth.All})
	if err != nil {
		g.t.Fatal(err)
	}
	u, err := g.ChoosePassword(ctx, secret, otherPassword)
	if err != nil {
		g.t.Fatal(err)
	}
	return u
}

// comesIn opens a session and makes a key as the person.
func (g *gate) comesIn(u store.User) (token, key string) {
	g.t.Helper()
	e, err := g.Enter(g.t.Context(), u, Visit{Address: "192.0.2.1", Agent: "Firefox/1"}, false)
	if err != nil {
		g.t.Fatal(err)
	}
	who := auth.Who{User: u.ID, Name: u.Name, Role: auth.Administrator, Rights: auth.AllRights, Sees: auth.Everybody}
	_, key, err = g.MakeKey(auth.With(g.t.Context(), who), KeyDraft{Name: "Reporting", Role: auth.Viewer, Scope: auth.ReadOnly, Ends: day.At(g.now).Add(30)})
	if err != nil {
		g.t.Fatal(err)
	}
	return e.Token, key
}

// open says whether a session and a key still let somebody in.
func (g *gate) open(token, key string) (session, program bool) {
	g.t.Helper()
	_, err := g.Present(g.t.Context(), token, "192.0.2.1")
	if err != nil && !errors.Is(err, fault.NotFound) {
		g.t.Fatal(err)
	}
	_, keyErr := g.ByKey(g.t.Context(), key, "192.0.2.1")
	if keyErr != nil && !errors.Is(keyErr, fault.Denied) {
		g.t.Fatal(keyErr)
	}
	return err == nil, keyErr == nil
}

func onEachGate(t *testing.T, test func(*testing.T, *gate)) {
	t.Helper()
	onEach(t, func(t *testing.T, open func() *App) { test(t, newGate(t, open())) })
}

func TestStartRefusesOnceThereIsSomebody(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, open func() *App) {
		a := open()
		old, err := a.StartCode(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		code, err := a.StartCode(t.Context())
		if err != nil || code == old || code == "" {
			t.Fatalf("the second start shows %q after %q (%v)", code, old, err)
		}
		first := FirstUser{Login: "anna@example.com", Name: "Anna Meier", Password: goodPassword}
		for _, wrong := range []string{"", old, code + "x"} {
			first.Code = wrong
			if _, err := a.Start(t.Context(), first); !errors.Is(err, fault.Invalid) {
				t.Errorf("the code %q lets in: %v", wrong, err)
			}
		}
		first.Code = code
		if _, err := a.Start(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		first.Login = "eva@example.com"
		if _, err := a.Start(t.Context(), first); !errors.Is(err, fault.NotFound) {
			t.Errorf("a second first administrator: %v", err)
		}
		if code, err := a.StartCode(t.Context()); code != "" || err != nil {
			t.Errorf("a book with somebody shows the code %q (%v)", code, err)
		}
	})
}

func TestAStartCodeEnds(t *testing.T) {
	t.Parallel()
	a := openApp(t, "")
	code, err := a.StartCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a.Now = func() time.Time { return testNow.Add(startHours * time.Hour) }
	if _, err := a.Start(t.Context(), FirstUser{Code: code, Login: "anna@example.com", Name: "Anna Meier", Password: goodPassword}); !errors.Is(err, fault.Invalid) {
		t.Errorf("a code of yesterday lets in: %v", err)
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	onEachGate(t, func(t *testing.T, g *gate) {
		ctx := authtest.Context(t)
		second := g.somebody("eva@example.com", auth.Administrator)
		if err := g.SuspendUser(ctx, second.ID, true); err != nil {
			t.Fatal(err)
		}
		u, err := g.DB.Read().User(ctx, g.first)
		if err != nil {
			t.Fatal(err)
		}
		less := UserDraft{Login: u.Login, Name: u.Name, Role: auth.Controller, Visibility: auth.All}
		tries := map[string]func() error{
			"suspend":     func() error { return g.SuspendUser(ctx, g.first, true) },
			"leave":       func() error { return g.LeaveUser(ctx, g.first) },
			"change role": func() error { return g.SaveUser(ctx, g.first, u.Revision, less) },
		}
		for name, try := range tries {
			if err := try(); !errors.Is(err, fault.Invalid) {
				t.Errorf("%s the last administrator: %v", name, err)
			}
			if now, err := g.DB.Read().User(ctx, g.first); err != nil || now != u {
				t.Errorf("%s was refused and left %+v (%v)", name, now, err)
			}
		}
		if err := g.SuspendUser(ctx, second.ID, false); err != nil {
			t.Fatal(err)
		}
		if err := g.LeaveUser(ctx, g.first); err != nil {
			t.Errorf("one of two administrators can't leave: %v", err)
		}
	})
}

// What ends somebody's sessions and keys, and what doesn't.
func TestSessionsAndKeysEnd(t *testing.T) {
	t.Parallel()
	as := func(u store.User) context.Context {
		return auth.With(t.Context(), auth.Who{User: u.ID, Name: u.Name, From: "192.0.2.1"})
	}
	onEachGate(t, func(t *testing.T, g *gate) {
		ctx := authtest.Context(t)
		for i, tt := range []struct {
			name string
			do   func(u store.User, token string) error
			stay bool // the session; keys too, but for one's own change of the password
		}{
			{"nothing", func(store.User, string) error { return nil }, true},
			{"a new name", func(u store.User, _ string) error {
				return g.SaveUser(ctx, u.ID, u.Revision, UserDraft{Login: u.Login, Name: "Bert Neu", Role: u.Role, Visibility: u.Visibility})
			}, true},
			{"another role", func(u store.User, _ string) error {
				return g.SaveUser(ctx, u.ID, u.Revision, UserDraft{Login: u.Login, Name: u.Name, Role: auth.Viewer, Visibility: auth.All})
			}, false},
			{"another visibility", func(u store.User, _ string) error {
				return g.SaveUser(ctx, u.ID, u.Revision, UserDraft{Login: u.Login, Name: u.Name, Role: u.Role, Visibility: auth.Own, Owner: "Bert"})
			}, false},
			{"suspended", func(u store.User, _ string) error { return g.SuspendUser(ctx, u.ID, true) }, false},
			{"left", func(u store.User, _ string) error { return g.LeaveUser(ctx, u.ID) }, false},
			{"second factor taken away", func(u store.User, _ string) error { return g.ResetSecond(ctx, u.ID) }, false},
			{"a new password by link", func(u store.User, _ string) error {
				secret, err := g.LetIn(ctx, u.ID)
				if err != nil {
					return err
				}
				_, err = g.ChoosePassword(ctx, secret, goodPassword)
				return err
			}, false},
			{"one's own new password", func(u store.User, token string) error {
				return g.ChangePassword(as(u), token, otherPassword, goodPassword)
			}, true},
		} {
			u := g.somebody(fmt.Sprintf("bert%d@example.com", i), auth.Controller)
			token, key := g.comesIn(u)
			other, _ := g.comesIn(u)
			if err := tt.do(u, token); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			session, program := g.open(token, key)
			elsewhere, _ := g.open(other, key)
			own := tt.name == "one's own new password"
			if session != tt.stay || program != (tt.stay && !own) || elsewhere != (tt.stay && !own) {
				t.Errorf("after %s: session %v, key %v, other session %v", tt.name, session, program, elsewhere)
			}
		}
	})
}

func TestASuspendedPersonDoesNotComeIn(t *testing.T) {
	t.Parallel()
	g := newGate(t, openApp(t, ""))
	ctx := authtest.Context(t)
	u := g.somebody("bert@example.com", auth.Controller)
	link, err := g.LetIn(ctx, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.SuspendUser(ctx, u.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, err := g.LogIn(t.Context(), u.Login, otherPassword, Visit{}); !errors.Is(err, ErrWrong) {
		t.Errorf("who is suspended comes in: %v", err)
	}
	if _, err := g.LetIn(ctx, u.ID); !errors.Is(err, fault.Invalid) {
		t.Errorf("who is suspended gets a link: %v", err)
	}
	if _, err := g.ChoosePassword(t.Context(), link, goodPassword); !errors.Is(err, fault.NotFound) {
		t.Errorf("a link from before lets in: %v", err)
	}
}

func TestALinkWorksOnceAndEnds(t *testing.T) {
	t.Parallel()
	onEachGate(t, func(t *testing.T, g *gate) {
		ctx := authtest.Context(t)
		u, secret, err := g.Invite(ctx, UserDraft{Login: " Bert@Example.com ", Name: "Bert Beispiel", Role: auth.Viewer})
		if err != nil || u.Login != "bert@example.com" || u.Visibility != auth.All {
			t.Fatalf("%+v, %v", u, err)
		}
		if _, err := g.LogIn(t.Context(), u.Login, "", Visit{}); !errors.Is(err, ErrWrong) {
			t.Errorf("somebody without a password comes in: %v", err)
		}
		later, err := g.LetIn(ctx, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.ChoosePassword(t.Context(), secret, otherPassword); !errors.Is(err, fault.NotFound) {
			t.Errorf("the first link works after a second one was made: %v", err)
		}
		if _, err := g.ChoosePassword(t.Context(), later, "short"); !errors.Is(err, fault.Invalid) {
			t.Errorf("a short password: %v", err)
		}
		g.now = g.now.Add(inviteHours*time.Hour - time.Second)
		if _, err := g.ChoosePassword(t.Context(), later, otherPassword); err != nil {
			t.Errorf("within its time: %v", err)
		}
		if _, err := g.ChoosePassword(t.Context(), later, goodPassword); !errors.Is(err, fault.NotFound) {
			t.Errorf("the link works twice: %v", err)
		}
		reset, err := g.LetIn(ctx, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, kind, err := g.Invited(t.Context(), reset); kind != store.ResetToken || err != nil {
			t.Errorf("for somebody with a password the link is %q (%v)", kind, err)
		}
		g.now = g.now.Add(resetHours * time.Hour)
		if _, err := g.ChoosePassword(t.Context(), reset, goodPassword); !errors.Is(err, fault.NotFound) {
			t.Errorf("a link of two hours ago works: %v", err)
		}
	})
}

func TestSessionsEndByThemselves(t *testing.T) {
	t.Parallel()
	onEachGate(t, func(t *testing.T, g *gate) {
		visit := Visit{Address: "192.0.2.1"}
		in := func() string {
			e, err := g.LogIn(t.Context(), "anna@example.com", goodPassword, visit)
			if err != nil {
				t.Fatal(err)
			}
			return e.Token
		}
		is := func(token string) bool {
			s, _ := g.open(token, "")
			return s
		}
		idle := in()
		g.now = g.now.Add(SessionIdle)
		if !is(idle) {
			t.Error("a session ends before its time")
		}
		g.now = g.now.Add(SessionIdle + time.Second)
		if is(idle) {
			t.Error("a session outlives three days without a request")
		}
		used, began := in(), g.now
		for g.now.Before(began.Add(SessionLength - SessionIdle)) {
			g.now = g.now.Add(SessionIdle / 2)
			if !is(used) {
				t.Fatalf("a session that is used ends after %s", g.now.Sub(began))
			}
		}
		g.now = began.Add(SessionLength - time.Second)
		if !is(used) {
			t.Error("a session ends before thirty days")
		}
		g.now = began.Add(SessionLength)
		if is(used) {
			t.Error("a session outlives thirty days")
		}
	})
}

func TestTheSecondFactorIsAskedAndGivenOnce(t *testing.T) {
	t.Parallel()
	onEachGate(t, func(t *testing.T, g *gate) {
		anna := auth.With(t.Context(), auth.Who{User: g.first, From: "192.0.2.1"})
		secret, err := g.BeginTOTP(anna, goodPassword)
		if err != nil {
			t.Fatal(err)
		}
		visit := Visit{Address: "192.0.2.1"}
		if e, err := g.LogIn(t.Context(), "anna@example.com", goodPassword, visit); err != nil || e.Second {
			t.Errorf("a factor that is not proved is asked: %v, %v", e.Second, err)
		}
		code := func() string {
			c, err := auth.TOTPCode(secret, g.now)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		codes, err := g.ProveTOTP(anna, code())
		if err != nil {
			t.Fatal(err)
		}
		half := func() string {
			e, err := g.LogIn(t.Context(), "anna@example.com", goodPassword, visit)
			if err != nil || !e.Second {
				t.Fatalf("the second factor is not asked: %v", err)
			}
			if p, err := g.Present(t.Context(), e.Token, ""); err != nil || len(p.Who.Rights) > 0 || p.Who.ReachesAll() {
				t.Errorf("half a login may %v (%v)", p.Who.Rights, err)
			}
			return e.Token
		}
		token := half()
		if _, err := g.GiveSecond(t.Context(), token, code(), visit); !errors.Is(err, ErrWrong) {
			t.Errorf("a code works twice: %v", err)
		}
		g.now = g.now.Add(30 * time.Second)
		e, err := g.GiveSecond(t.Context(), token, code(), visit)
		if err != nil {
			t.Fatal(err)
		}
		if s, _ := g.open(token, ""); s {
			t.Error("the token from before the second factor still works")
		}
		if p, err := g.Present(t.Context(), e.Token, ""); err != nil || !p.Who.May(auth.ManageUsers) {
			t.Errorf("after the second factor: %+v, %v", p.Who, err)
		}
		if _, err := g.GiveSecond(t.Context(), half(), codes[0], visit); err != nil {
			t.Errorf("a recovery code: %v", err)
		}
		if _, err := g.GiveSecond(t.Context(), half(), codes[0], visit); !errors.Is(err, ErrWrong) {
			t.Errorf("a recovery code works twice: %v", err)
		}
		token = half()
		g.now = g.now.Add(factorTime)
		if _, err := g.GiveSecond(t.Context(), token, code(), visit); !errors.Is(err, fault.NotFound) {
			t.Errorf("ten minutes after the password the second factor is taken: %v", err)
		}
	})
}

func TestTheSecondOfTwoEditorsIsRefused(t *testing.T) {
	t.Parallel()
	g := newGate(t, openApp(t, ""))
	ctx := authtest.Context(t)
	u := g.somebody("bert@example.com", auth.Viewer)
	d := UserDraft{Login: u.Login, Name: "Erster", Role: u.Role, Visibility: u.Visibility}
	if err := g.SaveUser(ctx, u.ID, u.Revision, d); err != nil {
		t.Fatal(err)
	}
	d.Name = "Zweiter"
	if err := g.SaveUser(ctx, u.ID, u.Revision, d); !errors.Is(err, fault.Conflict) {
		t.Errorf("the second editor: %v", err)
	}
	if now, err := g.DB.Read().User(ctx, u.ID); err != nil || now.Name != "Erster" {
		t.Errorf("%q is kept (%v)", now.Name, err)
	}
}

func TestGuessingAPasswordWaits(t *testing.T) {
	t.Parallel()
	g := newGate(t, openApp(t, ""))
	visit := Visit{Address: "192.0.2.66"}
	var wait *WaitError
	for i := 0; ; i++ {
		_, err := g.LogIn(t.Context(), "anna@example.com", "falsch", visit)
		if errors.As(err, &wait) {
			if i != 5 {
				t.Errorf("waits after %d failures, want 5", i)
			}
			break
		}
		if !errors.Is(err, ErrWrong) || i > 10 {
			t.Fatalf("failure %d: %v", i, err)
		}
	}
	if _, err := g.LogIn(t.Context(), "anna@example.com", goodPassword, visit); !errors.As(err, &wait) {
		t.Errorf("the right password comes in while one waits: %v", err)
	}
	if _, err := g.LogIn(t.Context(), "anna@example.com", goodPassword, Visit{Address: "192.0.2.1"}); err != nil {
		t.Errorf("Anna is locked out by somebody else: %v", err)
	}
}
