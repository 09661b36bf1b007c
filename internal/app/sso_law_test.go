package app

import (
	"errors"
	"testing"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/auth/authtest"
	"quid/internal/sso"
)

func TestSingleSignOnLetsInWhomARuleFits(t *testing.T) {
	t.Parallel()
	onEachGate(t, func(t *testing.T, g *gate) {
		ctx := authtest.Context(t)
		eva := sso.Person{Issuer: "https://login.example.com", Subject: "eva", Mail: "Eva@example.com", Proven: true, Name: "Eva Brenner", Role: "owner"}
		come := func(p sso.Person) (Entrance, error) {
			return g.EnterSigned(t.Context(), p, Visit{Address: "192.0.2.1"})
		}
		for name, spoil := range map[string]func(*sso.Person){
			"no rule": func(p *sso.Person) { p.Role = "" }, "an unknown role": func(p *sso.Person) { p.Role = "root" },
			"no subject": func(p *sso.Person) { p.Subject = "" }, "no mail": func(p *sso.Person) { p.Mail = "" },
			"an account with a password": func(p *sso.Person) { p.Mail = "anna@example.com"; p.Role = "admin" },
		} {
			p := eva
			spoil(&p)
			if e, err := come(p); !errors.Is(err, ErrWrong) {
				t.Errorf("%s comes in as %+v (%v)", name, e.User, err)
			}
		}
		if us, err := g.DB.Read().Users(ctx); err != nil || len(us) != 1 {
			t.Errorf("%d users after refusals (%v)", len(us), err)
		}
		first, err := come(eva)
		if err != nil || first.User.Role != auth.AccountOwner || first.User.Login != "eva@example.com" {
			t.Fatalf("%+v, %v", first.User, err)
		}
		if _, err := g.LogIn(t.Context(), "eva@example.com", "", Visit{}); !errors.Is(err, ErrWrong) {
			t.Errorf("she comes in without a password: %v", err)
		}
		eva.Role = "controller"
		second, err := come(eva)
		if err != nil || second.User.ID != first.User.ID || second.User.Role != auth.Controller {
			t.Errorf("the second time she is %+v, %v", second.User, err)
		}
		if first.User.Visibility != auth.Own || second.User.Visibility != auth.All {
			t.Errorf("an account owner sees %s, a controller %s", first.User.Visibility, second.User.Visibility)
		}
		if was, _ := g.open(first.Token, ""); was {
			t.Error("a session outlives the role it was opened with")
		}
		eva.Role = "owner" // and back: she doesn't go on seeing all
		if third, err := come(eva); err != nil || third.User.Visibility != auth.Own || third.User.Owner != "Eva Brenner" {
			t.Errorf("an account owner again, she sees %+v, %v", third.User, err)
		}
		now, err := g.DB.Read().User(ctx, first.User.ID)
		if err != nil {
			t.Fatal(err)
		}
		chosen := UserDraft{Login: now.Login, Name: now.Name, Role: now.Role, Visibility: auth.Team, Owner: now.Owner, Crew: "south"}
		if err := g.SaveUser(ctx, now.ID, now.Revision, chosen); err != nil {
			t.Fatal(err)
		}
		eva.Role = "controller" // what somebody chose for her stays
		if fourth, err := come(eva); err != nil || fourth.User.Visibility != auth.Team || fourth.User.Role != auth.Controller {
			t.Errorf("with a visibility of her own she becomes %+v, %v", fourth.User, err)
		}
		if err := g.SuspendUser(ctx, first.User.ID, true); err != nil {
			t.Fatal(err)
		}
		if _, err := come(eva); !errors.Is(err, ErrWrong) {
			t.Errorf("who is suspended comes by single sign-on: %v", err)
		}
		invited, link, err := g.Invite(ctx, UserDraft{Login: "bert@example.com", Name: "Bert", Role: auth.Viewer})
		if err != nil {
			t.Fatal(err)
		}
		bert := sso.Person{Issuer: eva.Issuer, Subject: "bert", Mail: "bert@example.com", Name: "Bert", Role: "viewer"}
		if _, err := come(bert); !errors.Is(err, ErrWrong) {
			t.Errorf("an address that is not proven takes an invitation: %v", err)
		}
		bert.Proven = true
		if e, err := come(bert); err != nil || e.User.ID != invited.ID {
			t.Errorf("the invited one is %+v, %v", e.User, err)
		}
		if _, err := g.ChoosePassword(t.Context(), link, otherPassword); !errors.Is(err, fault.NotFound) {
			t.Errorf("the invitation still works: %v", err)
		}
	})
}
