package app

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
)

// How long tokens let somebody in.
const (
	startHours  = 24
	inviteHours = 7 * 24
	resetHours  = 2
)

// mostName is how long the name of a person may be.
const mostName = 120

// A UserDraft is a person as an administrator writes them down.
type UserDraft struct {
	Login      string // a mail address
	Name       string
	Role       auth.Role
	Visibility auth.Visibility // "": what the role begins with
	Owner      string          // as customers' records spell them as their owner
	Crew       string          // the team whose customers they see
	Mail       string          // the language of an invitation by mail; "": a link is made and shown
}

// FoldLogin is a mail address as logins are compared.
func FoldLogin(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func (d *UserDraft) check() error {
	d.Login, d.Name, d.Owner, d.Crew = FoldLogin(d.Login), strings.TrimSpace(d.Name), strings.TrimSpace(d.Owner), strings.TrimSpace(d.Crew)
	if d.Visibility == "" {
		d.Visibility = d.Role.Visibility()
	}
	var errs []error
	if a, err := mail.ParseAddress(d.Login); err != nil || a.Address != d.Login || len(d.Login) > 254 {
		errs = append(errs, fault.Field("login", "write a mail address such as anna@example.com"))
	}
	if d.Name == "" || len(d.Name) > mostName {
		errs = append(errs, fault.Field("name", "write a name of at most 120 characters"))
	}
	if !d.Role.Known() {
		errs = append(errs, fault.Field("role", "choose a role"))
	}
	if !d.Visibility.Known() {
		errs = append(errs, fault.Field("visibility", "choose whose customers the person sees"))
	}
	if d.Visibility == auth.Own && d.Owner == "" {
		errs = append(errs, fault.Field("owner", "write the owner as the customers' records spell it, else the person sees nobody"))
	}
	if d.Visibility == auth.Team && d.Crew == "" {
		errs = append(errs, fault.Field("crew", "write the team, else the person sees nobody"))
	}
	if len(d.Owner) > mostName || len(d.Crew) > mostName {
		errs = append(errs, fault.Field("owner", "at most 120 characters"))
	}
	return errors.Join(errs...)
}

// told is what the audit log says of a person: nothing that identifies them, since
// the log outlives them.
func told(u store.User) map[string]any {
	return map[string]any{"role": u.Role, "visibility": u.Visibility, "suspended": !u.Suspended.IsZero(), "left": !u.Left.IsZero(), "second_factor": u.Second(), "single_sign_on": u.Subject != ""}
}

// StartCode returns the code that makes the first administrator, a new one each
// time; "" once there is somebody.
func (a *App) StartCode(ctx context.Context) (string, error) {
	code := auth.NewToken()[:24]
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		some, err := tx.AnyUser(ctx)
		if err != nil {
			return err
		}
		if some {
			code = ""
			return nil
		}
		return tx.AddToken(ctx, a.token(code, 0, store.StartToken, startHours))
	})
	if err != nil {
		return "", fmt.Errorf("start code: %w", err)
	}
	return code, nil
}

func (a *App) token(secret string, user int64, kind string, hours time.Duration) store.UserToken {
	return store.UserToken{Hash: auth.HashToken(secret), User: user, Kind: kind, Made: a.Now(), Ends: a.Now().Add(hours * time.Hour)}
}

// A FirstUser is the first administrator.
type FirstUser struct {
	Code, Login, Name, Password string
}

// Start makes the first administrator, whom the code of the first start lets in.
// Once there is somebody it is fault.NotFound.
func (a *App) Start(ctx context.Context, f FirstUser) (int64, error) {
	d := UserDraft{Login: f.Login, Name: f.Name, Role: auth.Administrator}
	hash, err := a.checkedPassword(ctx, f.Password, d.check(), f.Name, f.Login)
	if err != nil {
		return 0, fmt.Errorf("start: %w", err)
	}
	u := a.newUser(d)
	u.Password = hash
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		if some, err := tx.AnyUser(ctx); err != nil || some {
			return errors.Join(err, fault.NotFound)
		}
		if err := a.useToken(ctx, tx, f.Code, 0, store.StartToken); err != nil {
			return fault.Field("code", "this is not the code that the terminal shows; it shows a new one at each start")
		}
		return errors.Join(tx.AddUser(ctx, u), tx.DropTokens(ctx, 0), a.audit(ctx, tx, act{What: "started", Noun: "user", ID: u.ID, After: told(u)}))
	})
	if err != nil {
		return 0, fmt.Errorf("start: %w", err)
	}
	return u.ID, nil
}

// checkedPassword checks a password beside other problems of a form and hashes it.
func (a *App) checkedPassword(ctx context.Context, password string, others error, about ...string) (string, error) {
	if err := errors.Join(others, auth.CheckPassword(password, about...)); err != nil {
		return "", err
	}
	return auth.HashPassword(ctx, password)
}

func (a *App) newUser(d UserDraft) store.User {
	return store.User{
		ID: a.id(), Login: d.Login, Name: d.Name, Role: d.Role, Visibility: d.Visibility, Owner: d.Owner, Crew: d.Crew, Handle: auth.NewToken(), Revision: 1, Created: a.Now(),
	}
}

// useToken says whether a secret is the token of somebody and not over.
func (a *App) useToken(ctx context.Context, tx *store.Tx, secret string, user int64, kind string) error {
	t, err := tx.Token(ctx, auth.HashToken(secret))
	if err != nil {
		return err
	}
	if t.User != user || t.Kind != kind || !a.Now().Before(t.Ends) {
		return fault.NotFound
	}
	return nil
}

// Invite writes somebody down and returns the secret of the link that lets them
// choose a password; "" if it is sent by mail.
func (a *App) Invite(ctx context.Context, d UserDraft) (store.User, string, error) {
	if err := may(ctx, auth.ManageUsers); err != nil {
		return store.User{}, "", err
	}
	if err := d.check(); err != nil {
		return store.User{}, "", fmt.Errorf("invite: %w", err)
	}
	u, secret := a.newUser(d), auth.NewToken()
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if err := freeLogin(ctx, tx, u); err != nil {
			return err
		}
		if d.Mail != "" && a.Post != nil {
			secret = ""
			return errors.Join(tx.AddUser(ctx, u), a.enqueue(ctx, tx, LetterJob, letterArg(u.ID, letterOrders, d.Mail)),
				a.audit(ctx, tx, act{What: "invited", Noun: "user", ID: u.ID, After: told(u)}))
		}
		return errors.Join(tx.AddUser(ctx, u), tx.AddToken(ctx, a.token(secret, u.ID, store.InviteToken, inviteHours)),
			a.audit(ctx, tx, act{What: "invited", Noun: "user", ID: u.ID, After: told(u)}))
	})
	if err != nil {
		return store.User{}, "", fmt.Errorf("invite: %w", err)
	}
	return u, secret, nil
}

// freeLogin refuses a mail address that somebody else comes in with.
func freeLogin(ctx context.Context, tx *store.Tx, u store.User) error {
	other, err := tx.UserByLogin(ctx, u.Login)
	switch {
	case errors.Is(err, fault.NotFound):
		return nil
	case err == nil && other.ID != u.ID:
		return fault.Field("login", "somebody is written down with this address already")
	}
	return err
}

// LetIn returns the secret of a new link by which somebody may choose a password:
// an invitation again, or a reset.
func (a *App) LetIn(ctx context.Context, id int64) (secret string, err error) {
	if err := may(ctx, auth.ManageUsers); err != nil {
		return "", err
	}
	secret = auth.NewToken()
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, id)
		if err != nil {
			return err
		}
		if !u.Active() {
			return fault.Field("login", "who is suspended or has left gets no link")
		}
		kind, hours := store.InviteToken, time.Duration(inviteHours)
		if u.Password != "" {
			kind, hours = store.ResetToken, resetHours
		}
		return errors.Join(tx.AddToken(ctx, a.token(secret, u.ID, kind, hours)), a.audit(ctx, tx, act{What: "link made", Noun: "user", ID: u.ID}))
	})
	if err != nil {
		return "", fmt.Errorf("let in %d: %w", id, err)
	}
	return secret, nil
}

// Invited returns whom a link of an invitation or a reset is for.
func (a *App) Invited(ctx context.Context, secret string) (store.User, string, error) {
	r := a.DB.Read()
	t, err := r.Token(ctx, auth.HashToken(secret))
	if err != nil {
		return store.User{}, "", err
	}
	if t.User == 0 || !a.Now().Before(t.Ends) {
		return store.User{}, "", fault.NotFound
	}
	u, err := r.User(ctx, t.User)
	if err == nil && !u.Active() {
		err = fault.NotFound
	}
	return u, t.Kind, err
}

// ChoosePassword sets the password of whom a link is for: the link, other sessions
// and keys end.
func (a *App) ChoosePassword(ctx context.Context, secret, password string) (store.User, error) {
	u, kind, err := a.Invited(ctx, secret)
	if err != nil {
		return u, fmt.Errorf("choose password: %w", err)
	}
	hash, err := a.checkedPassword(ctx, password, nil, u.Name, u.Login)
	if err != nil {
		return u, fmt.Errorf("choose password: %w", err)
	}
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		if err := a.useToken(ctx, tx, secret, u.ID, kind); err != nil {
			return err
		}
		if u, err = tx.User(ctx, u.ID); err != nil {
			return err
		}
		u.Password, u.Revision = hash, u.Revision+1
		return errors.Join(tx.PutUser(ctx, u), tx.DropTokens(ctx, u.ID), a.shut(ctx, tx, u.ID, ""), a.audit(ctx, tx, act{What: "chose a password", Noun: "user", ID: u.ID}))
	})
	if err != nil {
		return u, fmt.Errorf("choose password: %w", err)
	}
	return u, nil
}

// shut ends the sessions of somebody, but one, and the keys they made.
func (a *App) shut(ctx context.Context, tx *store.Tx, user int64, but string) error {
	if err := tx.DropSessionsOf(ctx, user, but); err != nil {
		return err
	}
	keys, err := tx.APIKeys(ctx)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.By == user && k.Revoked.IsZero() {
			if err := tx.RevokeAPIKey(ctx, k.ID, a.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}

// SaveUser changes somebody. Who gets another role or visibility must come in anew.
func (a *App) SaveUser(ctx context.Context, id int64, seen int32, d UserDraft) error {
	if err := may(ctx, auth.ManageUsers); err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return fmt.Errorf("save user: %w", err)
	}
	return a.changeUser(ctx, id, "changed", func(tx *store.Tx, u *store.User) error {
		if u.Revision != seen {
			return fault.Conflict
		}
		moved := u.Role != d.Role || u.Visibility != d.Visibility || u.Owner != d.Owner || u.Crew != d.Crew
		u.Login, u.Name, u.Role, u.Visibility, u.Owner, u.Crew = d.Login, d.Name, d.Role, d.Visibility, d.Owner, d.Crew
		if err := freeLogin(ctx, tx, *u); err != nil || !moved {
			return err
		}
		return a.shut(ctx, tx, id, "")
	})
}

// SuspendUser lets somebody not come in any more, or again.
func (a *App) SuspendUser(ctx context.Context, id int64, suspend bool) error {
	if err := may(ctx, auth.ManageUsers); err != nil {
		return err
	}
	what := "suspended"
	if !suspend {
		what = "let in again"
	}
	return a.changeUser(ctx, id, what, func(tx *store.Tx, u *store.User) error {
		if u.Suspended = (time.Time{}); suspend {
			u.Suspended = a.Now()
		}
		return errors.Join(a.shut(ctx, tx, id, ""), tx.DropTokens(ctx, id))
	})
}

// LeaveUser notes that somebody has left: their login and secrets go, their name
// stays in the log until it is forgotten (see ForgetAuthors).
func (a *App) LeaveUser(ctx context.Context, id int64) error {
	if err := may(ctx, auth.ManageUsers); err != nil {
		return err
	}
	return a.changeUser(ctx, id, "left", func(tx *store.Tx, u *store.User) error {
		u.Left, u.Login = a.Now(), fmt.Sprintf("left-%d", u.ID)
		u.Password, u.TOTP, u.TOTPSince, u.Issuer, u.Subject = "", "", time.Time{}, "", ""
		return errors.Join(a.shut(ctx, tx, id, ""), tx.DropTokens(ctx, id), tx.DropPasskeys(ctx, id), tx.PutRecovery(ctx, id, nil))
	})
}

// ResetSecond takes somebody's second factor away, who lost it and the recovery codes.
func (a *App) ResetSecond(ctx context.Context, id int64) error {
	if err := may(ctx, auth.ManageUsers); err != nil {
		return err
	}
	return a.changeUser(ctx, id, "second factor taken away", func(tx *store.Tx, u *store.User) error {
		u.TOTP, u.TOTPSince = "", time.Time{}
		return errors.Join(a.shut(ctx, tx, id, ""), tx.DropPasskeys(ctx, id), tx.PutRecovery(ctx, id, nil))
	})
}

// changeUser changes somebody in one transaction and keeps an administrator.
func (a *App) changeUser(ctx context.Context, id int64, what string, fn func(*store.Tx, *store.User) error) error {
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		before, err := tx.User(ctx, id)
		if err != nil {
			return err
		}
		if !before.Left.IsZero() {
			return fmt.Errorf("who has left: %w", fault.NotFound)
		}
		u := before
		if err := fn(tx, &u); err != nil {
			return err
		}
		u.Revision++
		if err := tx.PutUser(ctx, u); err != nil {
			return err
		}
		if before.Role == auth.Administrator && before.Active() {
			if err := administrated(ctx, tx); err != nil {
				return err
			}
		}
		return a.audit(ctx, tx, act{What: what, Noun: "user", ID: id, Before: told(before), After: told(u)})
	})
	if err != nil {
		return fmt.Errorf("user %d: %w", id, err)
	}
	return nil
}

// administrated refuses to leave the book without anybody who may let others in.
func administrated(ctx context.Context, tx *store.Tx) error {
	users, err := tx.Users(ctx)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.Role == auth.Administrator && u.Active() {
			return nil
		}
	}
	return fault.Field("role", "somebody must stay administrator: make another one first")
}
