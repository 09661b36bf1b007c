package app

import (
	"context"
	"errors"
	"fmt"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/sso"
	"quid/internal/store"
)

// EnterSigned lets somebody in whom single sign-on vouches for. Their role follows
// from the rules at each login; who fits none is not let in. Who comes the first
// time is written down, or takes the place of an invitation to their proven address;
// an account with a password is never taken over.
func (a *App) EnterSigned(ctx context.Context, p sso.Person, v Visit) (Entrance, error) {
	role := auth.Role(p.Role)
	if p.Issuer == "" || p.Subject == "" || !role.Known() {
		return Entrance{}, ErrWrong
	}
	u, err := a.DB.Read().UserBySubject(ctx, p.Issuer, p.Subject)
	switch {
	case errors.Is(err, fault.NotFound):
		if u, err = a.signedFirst(ctx, p, role); err != nil {
			return Entrance{}, err
		}
	case err != nil:
		return Entrance{}, err
	case !u.Active():
		return Entrance{}, ErrWrong
	case u.Role != role:
		err := a.changeUser(ctx, u.ID, "changed", func(tx *store.Tx, now *store.User) error {
			follow(now, role)
			u = *now
			return a.shut(ctx, tx, u.ID, "")
		})
		if err != nil {
			return Entrance{}, err
		}
	}
	return a.Enter(ctx, u, v, u.Second())
}

// follow gives somebody the role that single sign-on says. Whose customers they see
// follows it, unless somebody chose otherwise for them: who becomes an account owner
// doesn't keep seeing all.
func follow(u *store.User, role auth.Role) {
	if u.Visibility == u.Role.Visibility() {
		u.Visibility = role.Visibility()
	}
	if u.Visibility == auth.Own && u.Owner == "" {
		u.Owner = u.Name
	}
	u.Role = role
}

// signedFirst writes down somebody who comes by single sign-on for the first time.
func (a *App) signedFirst(ctx context.Context, p sso.Person, role auth.Role) (store.User, error) {
	d := UserDraft{Login: p.Mail, Name: p.Name, Role: role, Owner: p.Name}
	if d.Name == "" {
		d.Name, d.Owner = p.Mail, p.Mail
	}
	if err := d.check(); err != nil {
		return store.User{}, fmt.Errorf("single sign-on: %w", errors.Join(ErrWrong, err))
	}
	u := a.newUser(d)
	u.Issuer, u.Subject = p.Issuer, p.Subject
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		some, err := tx.AnyUser(ctx)
		if err != nil || !some {
			return errors.Join(err, ErrWrong) // the first one comes with the code from the terminal
		}
		was, err := tx.UserByLogin(ctx, d.Login)
		if errors.Is(err, fault.NotFound) {
			return errors.Join(tx.AddUser(ctx, u), a.audit(ctx, tx, act{What: "came by single sign-on", Noun: "user", ID: u.ID, After: told(u)}))
		}
		if err != nil || !p.Proven || was.Password != "" || was.Subject != "" || !was.Active() {
			return errors.Join(err, ErrWrong)
		}
		before := was
		follow(&was, role)
		was.Issuer, was.Subject, was.Revision = p.Issuer, p.Subject, was.Revision+1
		u = was
		return errors.Join(tx.PutUser(ctx, u), tx.DropTokens(ctx, u.ID), a.audit(ctx, tx, act{What: "came by single sign-on", Noun: "user", ID: u.ID, Before: told(before), After: told(u)}))
	})
	if err != nil {
		return store.User{}, fmt.Errorf("single sign-on: %w", err)
	}
	return u, nil
}
