package app

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/store"
)

// letters runs the letter jobs that are due and returns their arguments.
func (g *gate) letters() []string {
	g.t.Helper()
	ctx := authtest.Context(g.t)
	var args []string
	for {
		var j store.Job
		err := g.DB.Write(ctx, func(tx *store.Tx) (err error) {
			j, err = tx.LeaseJob(ctx, store.Lane{}, g.id(), g.now, time.Minute)
			return err
		})
		if errors.Is(err, fault.NotFound) {
			return args
		}
		if err != nil {
			g.t.Fatal(err)
		}
		if j.Kind == LetterJob {
			args = append(args, j.Arg)
			if err := g.RunLetter(ctx, j.Arg, j.Made); err != nil {
				g.t.Errorf("letter %q: %v", j.Arg, err)
			}
		}
	}
}

func TestANewPasswordComesByMail(t *testing.T) {
	t.Parallel()
	onEachGate(t, func(t *testing.T, g *gate) {
		g.Public = "https://quid.example.com"
		var sent []Letter
		g.Post = func(_ context.Context, l Letter) error { sent = append(sent, l); return nil }
		visit := Visit{Address: "192.0.2.1"}
		for _, login := range []string{"Anna@example.com", "nobody@example.com", "", strings.Repeat("x", 300)} {
			if err := g.Forgot(t.Context(), login, "de", visit); err != nil {
				t.Errorf("%.20q is answered %v", login, err)
			}
		}
		args := g.letters()
		if len(args) != 2 {
			t.Errorf("jobs %q, want one for Anna and one for nobody", args)
		}
		for _, a := range args {
			if strings.Contains(a, "@") || strings.Contains(a, "invite") || strings.Contains(strings.ToLower(a), "anna") {
				t.Errorf("the job %q names somebody", a)
			}
		}
		if len(sent) != 1 || sent[0].To != "anna@example.com" || !sent[0].Reset || sent[0].Lang != "de" || sent[0].Hours != resetHours {
			t.Fatalf("sent %+v", sent)
		}
		secret, ours := strings.CutPrefix(sent[0].Link, g.Public+"/invite/")
		if !ours {
			t.Fatalf("the link is %q", sent[0].Link)
		}
		g.now = g.now.Add(letterPause - time.Second)
		if err := errors.Join(g.Forgot(t.Context(), "anna@example.com", "en", visit)); err != nil {
			t.Fatal(err)
		}
		if g.letters(); len(sent) != 1 {
			t.Errorf("%d letters within five minutes", len(sent))
		}
		if _, err := g.ChoosePassword(t.Context(), secret, otherPassword); err != nil {
			t.Error(err)
		}
		if _, err := g.LogIn(t.Context(), "anna@example.com", otherPassword, visit); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
}

func TestAskingForPasswordsWaits(t *testing.T) {
	t.Parallel()
	g := newGate(t, openApp(t, ""))
	var wait *WaitError
	for _, login := range []string{"anna@example.com", "nobody@example.com"} {
		visit := Visit{Address: "192.0.2.66"}
		for i := range 6 {
			if err := g.Forgot(t.Context(), login, "en", visit); (i == 5) != errors.As(err, &wait) || i < 5 && err != nil {
				t.Errorf("asking for %s the %dth time: %v", login, i+1, err)
			}
		}
		if _, err := g.LogIn(t.Context(), "anna@example.com", goodPassword, visit); err != nil {
			t.Errorf("whoever asked too often can't log in: %v", err)
		}
	}
}

func TestAnInvitationGoesByMail(t *testing.T) {
	t.Parallel()
	g := newGate(t, openApp(t, ""))
	ctx := authtest.Context(t)
	var sent []Letter
	broken := true
	g.Post = func(_ context.Context, l Letter) error {
		if broken {
			return errors.New("the server does not answer")
		}
		sent = append(sent, l)
		return nil
	}
	u, secret, err := g.Invite(ctx, UserDraft{Login: "bert@example.com", Name: "Bert", Role: auth.Viewer, Mail: "en"})
	if err != nil || secret != "" {
		t.Fatalf("secret %q, %v", secret, err)
	}
	arg := letterArg(u.ID, letterOrders, "en")
	if err := g.RunLetter(ctx, arg, g.now); err == nil {
		t.Error("a letter that was not sent is done")
	}
	if at, err := g.DB.Read().LastToken(ctx, u.ID); err != nil || !at.IsZero() {
		t.Errorf("a link that reached nobody works since %v (%v)", at, err)
	}
	broken = false
	if err := g.RunLetter(ctx, arg, g.now); err != nil || len(sent) != 1 || sent[0].Reset || sent[0].Hours != inviteHours {
		t.Errorf("sent %+v, %v", sent, err)
	}
	if err := g.RunLetter(t.Context(), arg, g.now); !errors.Is(err, fault.Denied) {
		t.Errorf("nobody sends letters: %v", err)
	}
	if err := g.SuspendUser(ctx, u.ID, true); err != nil {
		t.Fatal(err)
	}
	if err := g.MailLink(ctx, u.ID, "en"); !errors.Is(err, fault.Invalid) {
		t.Errorf("who is suspended gets a letter: %v", err)
	}
	if err := g.RunLetter(ctx, arg, g.now); err != nil || len(sent) != 1 {
		t.Errorf("who is suspended got a letter: %+v, %v", sent, err)
	}
}

// A mail that may have arrived is held and shown, and its link works; one that was
// killed on its way is not sent again; a later mail settles it.
func TestAnUncertainLetterIsHeld(t *testing.T) {
	t.Parallel()
	onEachGate(t, func(t *testing.T, g *gate) {
		ctx := authtest.Context(t)
		sent := 0
		answer := ErrUncertain
		g.Post = func(context.Context, Letter) error { sent++; return answer }
		u, _, err := g.Invite(ctx, UserDraft{Login: "bert@example.com", Name: "Bert", Role: auth.Viewer, Mail: "en"})
		if err != nil {
			t.Fatal(err)
		}
		run := func() error {
			t.Helper()
			var j store.Job
			if err := g.DB.Write(ctx, func(tx *store.Tx) (err error) {
				j, err = tx.LeaseJob(ctx, store.Lane{}, g.id(), g.now, time.Minute)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			g.now = g.now.Add(time.Second)
			failed := g.RunLetter(ctx, j.Arg, j.Made)
			if j.State = "done"; failed != nil {
				j.State, j.Problem = "failed", failed.Error()
			}
			if again := g.RunLetter(ctx, j.Arg, j.Made); !errors.Is(again, ErrUncertain) { // as after a kill
				t.Errorf("a mail that was on its way when it was killed: %v", again)
			}
			return errors.Join(failed, g.DB.Write(ctx, func(tx *store.Tx) error { return tx.EndJob(ctx, j, g.now) }))
		}
		if err := run(); !errors.Is(err, ErrUncertain) || sent != 1 {
			t.Errorf("%v, %d sent", err, sent)
		}
		if held, err := g.HeldLetters(ctx); err != nil || len(held) != 1 || held[0] != (HeldLetter{u.ID, true}) {
			t.Errorf("held are %+v, %v", held, err)
		}
		if at, err := g.DB.Read().LastToken(ctx, u.ID); err != nil || at.IsZero() {
			t.Errorf("the link of a mail that may have arrived does not work: %v", err)
		}
		answer = nil
		if err := g.MailLink(ctx, u.ID, "en"); err != nil {
			t.Fatal(err)
		}
		if err := run(); err != nil || sent != 2 {
			t.Errorf("%v, %d sent", err, sent)
		}
		if held, err := g.HeldLetters(ctx); err != nil || len(held) != 0 {
			t.Errorf("held are %+v, %v", held, err)
		}
		if _, err := g.HeldLetters(t.Context()); !errors.Is(err, fault.Denied) {
			t.Errorf("whoever asks sees held mails: %v", err)
		}
	})
}
