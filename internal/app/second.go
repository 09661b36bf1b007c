package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
)

// A SecondFactor is how somebody may prove a second time who they are.
type SecondFactor struct {
	Code    bool  // by what an authenticator shows
	Passkey bool  // by a passkey that works at the address of this book
	Codes   int64 // recovery codes that are left
}

// Asked says whether a second factor is asked beside a password.
func (f SecondFactor) Asked() bool { return f.Code || f.Passkey }

// secondOf is how somebody may prove a second time who they are. Passkeys that were made
// at another address don't count: no browser would find them here.
func (a *App) secondOf(ctx context.Context, r store.Reader, u store.User) (SecondFactor, error) {
	f := SecondFactor{Code: u.Second()}
	of, _, err := holderOf(ctx, r, u)
	if err != nil {
		return f, err
	}
	if home, ok := a.Passkeys(); ok {
		f.Passkey = slices.ContainsFunc(of.Keys, home.Holds)
	}
	f.Codes, err = r.RecoveryLeft(ctx, u.ID)
	return f, err
}

// EnterByPassword opens a session for somebody whose password is right, or was chosen
// just now: who has an authenticator or a passkey is asked for it next.
func (a *App) EnterByPassword(ctx context.Context, u store.User, v Visit) (Entrance, error) {
	f, err := a.secondOf(ctx, a.DB.Read(), u)
	if err != nil {
		return Entrance{}, fmt.Errorf("enter: %w", err)
	}
	return a.Enter(ctx, u, v, f.Asked())
}

// pending returns the session of somebody whose second factor is still to come, and whose
// it is.
func (a *App) pending(ctx context.Context, token string) (store.Session, store.User, error) {
	s, u, err := a.session(ctx, token)
	if err == nil && !s.Second.IsZero() {
		err = fmt.Errorf("second factor: %w", fault.NotFound)
	}
	return s, u, err
}

// Awaited is how the person of a session whose second factor is still to come may give it.
func (a *App) Awaited(ctx context.Context, token string) (SecondFactor, error) {
	_, u, err := a.pending(ctx, token)
	if err != nil {
		return SecondFactor{}, err
	}
	return a.secondOf(ctx, a.DB.Read(), u)
}

// givesSecond is pending, and how the tries of somebody who gives a second factor count: a
// WaitError if there were too many.
func (a *App) givesSecond(ctx context.Context, token string, v Visit) (store.Session, store.User, auth.Try, error) {
	s, u, err := a.pending(ctx, token)
	try := auth.Try{Login: "second " + u.Login, Address: v.Address}
	if wait := a.guesses.Wait(try, a.Now()); err == nil && wait > 0 {
		err = &WaitError{wait}
	}
	return s, u, try, err
}

// GiveSecond lets somebody in by the second factor: a code by time, or one of the
// recovery codes. The session gets a new token.
func (a *App) GiveSecond(ctx context.Context, token, code string, v Visit) (Entrance, error) {
	code = strings.Join(strings.Fields(code), "")
	s, u, try, err := a.givesSecond(ctx, token, v)
	if err != nil {
		return Entrance{}, err
	}
	ok := false
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		if u, err = tx.User(ctx, u.ID); err != nil {
			return err
		}
		if ok, err = a.second(ctx, tx, &u, code); err != nil || !ok {
			return err
		}
		return tx.DropSession(ctx, s.Hash)
	})
	if err != nil {
		return Entrance{}, fmt.Errorf("second factor: %w", err)
	}
	if !ok {
		a.guesses.Failed(try, a.Now())
		return Entrance{}, ErrWrong
	}
	a.guesses.Passed(try)
	return a.Enter(ctx, u, v, false)
}

// second says whether a code is somebody's second factor, and uses it up.
func (a *App) second(ctx context.Context, tx *store.Tx, u *store.User, code string) (bool, error) {
	if step, ok := auth.CheckTOTP(u.TOTP, code, u.TOTPStep, a.Now()); ok && u.Second() {
		u.TOTPStep = step
		return true, tx.PutUser(ctx, *u)
	}
	used, err := tx.UseRecovery(ctx, u.ID, auth.RecoveryHash(code))
	if err == nil && used {
		err = a.audit(auth.With(ctx, auth.Who{User: u.ID, From: auth.From(ctx).From, Via: auth.From(ctx).Via}), tx, act{What: "used a recovery code", Noun: "user", ID: u.ID})
	}
	return used, err
}

// secondTicket is what a ticket for a second factor is about: a session.
func secondTicket(s store.Session) string { return fmt.Sprintf("second factor %d", s.ID) }

// AskSecondPasskey asks the browser of somebody whose second factor is still to come for
// one of their passkeys.
func (a *App) AskSecondPasskey(ctx context.Context, token string) (Ceremony, error) {
	home, err := a.passkeys()
	if err != nil {
		return Ceremony{}, err
	}
	s, u, err := a.pending(ctx, token)
	if err != nil {
		return Ceremony{}, err
	}
	return a.ceremony(ctx, u, secondTicket(s), home.AskFor)
}

// GiveSecondPasskey lets somebody in by a passkey as the second factor: one of theirs. The
// session gets a new token.
func (a *App) GiveSecondPasskey(ctx context.Context, token, ticket, answer string, v Visit) (Entrance, error) {
	home, err := a.passkeys()
	if err != nil {
		return Entrance{}, err
	}
	s, u, try, err := a.givesSecond(ctx, token, v)
	if err != nil {
		return Entrance{}, err
	}
	claim, err := auth.Claimed([]byte(answer))
	if question, ok := a.tickets.Open(secondTicket(s), ticket, a.Now()); !ok {
		err = fmt.Errorf("%w: what it was asked is over, or was answered before", auth.ErrPasskey)
	} else if err == nil {
		err = a.usePasskey(ctx, home, u, question, claim, s.Hash)
	}
	if err != nil {
		return Entrance{}, a.refusedPasskey(ctx, u, try, v, err)
	}
	a.guesses.Passed(try)
	return a.Enter(ctx, u, v, false)
}

// BeginTOTP gives somebody a new secret for the second factor; it is asked only
// once a code was given (ProveTOTP).
func (a *App) BeginTOTP(ctx context.Context, password string) (secret string, err error) {
	u, err := a.proved(ctx, password)
	if err != nil {
		return "", err
	}
	secret = auth.NewTOTP()
	return secret, a.changeUser(ctx, u.ID, "began a second factor", func(_ *store.Tx, u *store.User) error {
		u.TOTP, u.TOTPSince, u.TOTPStep = secret, time.Time{}, 0
		return nil
	})
}

// ProveTOTP begins to ask for the second factor and returns the recovery codes.
func (a *App) ProveTOTP(ctx context.Context, code string) ([]string, error) {
	id, err := self(ctx)
	if err != nil {
		return nil, err
	}
	codes := auth.NewRecoveryCodes()
	return codes, a.changeUser(ctx, id, "second factor", func(tx *store.Tx, u *store.User) error {
		step, ok := auth.CheckTOTP(u.TOTP, strings.Join(strings.Fields(code), ""), u.TOTPStep, a.Now())
		if !ok || u.TOTP == "" {
			return fault.Field("code", "this is not the code that the authenticator shows now")
		}
		u.TOTPSince, u.TOTPStep = a.Now(), step
		return tx.PutRecovery(ctx, id, recoveryHashes(codes))
	})
}

func recoveryHashes(codes []string) []string {
	hashes := make([]string, len(codes))
	for i, c := range codes {
		hashes[i] = auth.RecoveryHash(c)
	}
	return hashes
}

// DropTOTP takes one's own second factor away.
func (a *App) DropTOTP(ctx context.Context, password string) error {
	u, err := a.proved(ctx, password)
	if err != nil {
		return err
	}
	return a.changeUser(ctx, u.ID, "second factor taken away", func(tx *store.Tx, u *store.User) error {
		u.TOTP, u.TOTPSince = "", time.Time{}
		return idleRecovery(ctx, tx, *u)
	})
}

// idleRecovery takes somebody's recovery codes away, unless there still is something that
// they stand in for.
func idleRecovery(ctx context.Context, tx *store.Tx, u store.User) error {
	keys, err := tx.PasskeysOf(ctx, u.ID)
	if err != nil || u.Second() || len(keys) > 0 {
		return err
	}
	return tx.PutRecovery(ctx, u.ID, nil)
}

// NewRecovery replaces one's recovery codes.
func (a *App) NewRecovery(ctx context.Context, password string) ([]string, error) {
	u, err := a.proved(ctx, password)
	if err != nil {
		return nil, err
	}
	codes := auth.NewRecoveryCodes()
	return codes, a.changeUser(ctx, u.ID, "made recovery codes", func(tx *store.Tx, u *store.User) error {
		return tx.PutRecovery(ctx, u.ID, recoveryHashes(codes))
	})
}
