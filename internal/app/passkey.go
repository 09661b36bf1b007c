package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
)

// How many passkeys somebody may have, and how their names may be written.
const (
	mostPasskeys    = 20
	mostPasskeyName = 60
)

// freshLogin is how long a login proves who somebody is who has neither a password
// nor an authenticator to be asked for.
const freshLogin = 10 * time.Minute

// Passkeys is where passkeys of this book work; false where browsers know none.
func (a *App) Passkeys() (auth.PasskeyHome, bool) { return auth.PasskeyHomeOf(a.Public) }

// passkeys is where passkeys of this book work, or that there is nothing of the kind.
func (a *App) passkeys() (auth.PasskeyHome, error) {
	home, ok := a.Passkeys()
	if !ok {
		return home, fmt.Errorf("passkeys at %s: %w", a.Public, fault.NotFound)
	}
	return home, nil
}

// A Ceremony is what a browser is asked to do with a passkey.
type Ceremony struct {
	Options string // JSON, as browsers read it
	Ticket  string // comes back with the answer
}

// A Proof is what somebody who is in proves anew that it is them.
type Proof struct {
	Password string
	Code     string // of the authenticator, of those who have no password
}

// Proving says what somebody proves anew that it is them: their password, else a code
// of their authenticator, else that they came in just now.
func Proving(u store.User) string {
	switch {
	case u.Password != "":
		return "password"
	case u.Second():
		return "code"
	default:
		return "login"
	}
}

// anew returns who asks, if they prove that it is them.
func (a *App) anew(ctx context.Context, session store.Session, p Proof) (store.User, error) {
	u, err := a.proved(ctx, p.Password)
	if err != nil || u.Password != "" {
		return u, err
	}
	if !u.Second() {
		if a.Now().Sub(session.Created) > freshLogin || session.User != u.ID {
			err = fault.Field("old", "log out and in again first: this is asked within ten minutes of a login")
		}
		return u, err
	}
	try := auth.Try{Login: "self " + u.Login, Address: auth.From(ctx).From}
	if wait := a.guesses.Wait(try, a.Now()); wait > 0 {
		return u, &WaitError{wait}
	}
	err = a.changeUser(ctx, u.ID, "second factor", func(_ *store.Tx, u *store.User) error {
		step, ok := auth.CheckTOTP(u.TOTP, strings.Join(strings.Fields(p.Code), ""), u.TOTPStep, a.Now())
		if !ok {
			return fault.Field("old", "this is not the code that the authenticator shows now")
		}
		u.TOTPStep = step
		return nil
	})
	if errors.Is(err, fault.Invalid) {
		a.guesses.Failed(try, a.Now())
	}
	return u, err
}

// BeginPasskey asks the browser of who asks to make a passkey, once they proved anew
// that it is them.
func (a *App) BeginPasskey(ctx context.Context, session store.Session, p Proof) (Ceremony, error) {
	home, err := a.passkeys()
	if err != nil {
		return Ceremony{}, err
	}
	u, err := a.anew(ctx, session, p)
	if err != nil {
		return Ceremony{}, err
	}
	return a.ceremony(ctx, u, makingTicket(u.ID, session.ID), home.Create)
}

// ceremony asks the browser of somebody for one of their passkeys, or for a new one; the
// ticket is about what the text says.
func (a *App) ceremony(ctx context.Context, u store.User, about string, ask func(auth.Holder) (options, question []byte, err error)) (Ceremony, error) {
	of, _, err := holderOf(ctx, a.DB.Read(), u)
	if err != nil {
		return Ceremony{}, err
	}
	options, question, err := ask(of)
	if err != nil {
		return Ceremony{}, fmt.Errorf("ask for a passkey: %w", err)
	}
	return Ceremony{string(options), a.tickets.Issue(about, question, a.Now())}, nil
}

// makingTicket is what a ticket for making a passkey is about: a person in a session.
func makingTicket(user, session int64) string {
	return fmt.Sprintf("make a passkey %d %d", user, session)
}

// holderOf returns somebody as their passkeys know them, and those.
func holderOf(ctx context.Context, r store.Reader, u store.User) (auth.Holder, []store.Passkey, error) {
	keys, err := r.PasskeysOf(ctx, u.ID)
	of := auth.Holder{Handle: u.Handle, Login: u.Login, Name: u.Name}
	for _, k := range keys {
		of.Keys = append(of.Keys, k.Content)
	}
	return of, keys, err
}

// AddPasskey keeps the passkey that the browser of who asks made. Since it is asked beside
// the password from now on, who has no recovery codes gets them with it.
func (a *App) AddPasskey(ctx context.Context, session store.Session, ticket, answer, name string) (codes []string, err error) {
	home, err := a.passkeys()
	if err != nil {
		return nil, err
	}
	id, err := self(ctx)
	if err != nil {
		return nil, err
	}
	if name = strings.TrimSpace(name); name == "" || len(name) > mostPasskeyName {
		return nil, fmt.Errorf("add passkey: %w", fault.Field("name", "write a name of at most 60 characters, such as the device's"))
	}
	question, ok := a.tickets.Open(makingTicket(id, session.ID), ticket, a.Now())
	if !ok {
		return nil, fmt.Errorf("add passkey: %w", fault.Field("old", "this took too long, or was sent twice: begin anew"))
	}
	err = a.changeUser(ctx, id, "added a passkey", func(tx *store.Tx, u *store.User) error {
		of, keys, err := holderOf(ctx, tx.Reader, *u)
		if err != nil {
			return err
		}
		if len(keys) >= mostPasskeys {
			return fault.Field("name", "20 passkeys are enough: remove one first")
		}
		key, content, err := home.Made(of, question, []byte(answer))
		if errors.Is(err, auth.ErrPasskey) {
			a.Log.WarnContext(ctx, "a passkey was not made", "user", id, "why", err)
			return fault.Field("old", "the device's answer does not fit: begin anew")
		}
		if err != nil {
			return err
		}
		if err := tx.AddPasskey(ctx, store.Passkey{Credential: key, User: id, Name: name, Content: content, Made: a.Now()}); err != nil {
			return err
		}
		left, err := tx.RecoveryLeft(ctx, id)
		if codes = nil; err != nil || left > 0 {
			return err
		}
		codes = auth.NewRecoveryCodes()
		return tx.PutRecovery(ctx, id, recoveryHashes(codes))
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// DropPasskey takes a passkey of who asks away, once they proved anew that it is them.
// Whoever is in elsewhere must come in anew: the device may be lost.
func (a *App) DropPasskey(ctx context.Context, session store.Session, p Proof, credential string) error {
	u, err := a.anew(ctx, session, p)
	if err != nil {
		return err
	}
	return a.changeUser(ctx, u.ID, "removed a passkey", func(tx *store.Tx, u *store.User) error {
		return errors.Join(tx.DropPasskey(ctx, u.ID, credential), idleRecovery(ctx, tx, *u), tx.DropSessionsOf(ctx, u.ID, session.Hash))
	})
}

// AskPasskey asks a browser at the door to come in by a passkey. The mark is the
// browser's own: only it may answer.
func (a *App) AskPasskey(mark string) (Ceremony, error) {
	home, err := a.passkeys()
	if err != nil {
		return Ceremony{}, err
	}
	options, question, err := home.Ask()
	if err != nil {
		return Ceremony{}, err
	}
	return Ceremony{string(options), a.tickets.Issue("come in by a passkey "+mark, question, a.Now())}, nil
}

// A PasskeyAnswer is what a browser at the door answers.
type PasskeyAnswer struct {
	Mark   string // of the browser, see AskPasskey
	Ticket string
	Answer string // JSON, of the device
}

// LogInByPasskey lets somebody in by a passkey. Since it asked for more than a touch,
// it is both factors.
func (a *App) LogInByPasskey(ctx context.Context, p PasskeyAnswer, v Visit) (Entrance, error) {
	home, err := a.passkeys()
	if err != nil {
		return Entrance{}, err
	}
	claim, errClaim := auth.Claimed([]byte(p.Answer))
	u, err := a.claimed(ctx, claim)
	if err != nil {
		return Entrance{}, err
	}
	device, err := a.knownDevice(ctx, u.ID, v.Device)
	if err != nil {
		return Entrance{}, err
	}
	try := auth.Try{Login: "passkey " + auth.HashToken(claim.ID)[:16], Address: v.Address, Device: device}
	if wait := a.guesses.Wait(try, a.Now()); wait > 0 {
		return Entrance{}, &WaitError{wait}
	}
	question, ok := a.tickets.Open("come in by a passkey "+p.Mark, p.Ticket, a.Now())
	switch {
	case errClaim != nil:
		err = errClaim
	case !ok:
		err = fmt.Errorf("%w: what it was asked is over, or was answered before", auth.ErrPasskey)
	case !u.Active():
		err = fmt.Errorf("%w: nobody has it who may come in", auth.ErrPasskey)
	default:
		err = a.usePasskey(ctx, home, u, question, claim, "")
	}
	if err != nil {
		return Entrance{}, a.refusedPasskey(ctx, u, try, v, err)
	}
	a.guesses.Passed(try)
	return a.Enter(ctx, u, v, false)
}

// refusedPasskey counts a passkey that was refused and says so; other errors stay.
func (a *App) refusedPasskey(ctx context.Context, u store.User, try auth.Try, v Visit, err error) error {
	copied := errors.Is(err, auth.ErrPasskeyCopied)
	if !copied && !errors.Is(err, auth.ErrPasskey) {
		return fmt.Errorf("log in by passkey: %w", err)
	}
	a.guesses.Failed(try, a.Now())
	a.Log.WarnContext(ctx, "a passkey was refused", "user", u.ID, "why", err)
	if copied {
		return errors.Join(auth.ErrPasskeyCopied, a.notePasskey(ctx, u, v))
	}
	return ErrWrong
}

// claimed returns who a passkey says is there, the zero User if it is nobody.
func (a *App) claimed(ctx context.Context, claim auth.Claim) (store.User, error) {
	if claim.Handle == "" {
		return store.User{}, nil
	}
	u, err := a.DB.Read().UserByHandle(ctx, claim.Handle)
	if errors.Is(err, fault.NotFound) {
		return store.User{}, nil
	}
	return u, err
}

// usePasskey checks the claim of a passkey and keeps its new counter; a session ends with
// it, by its hash, or none. It is checked in the transaction: of two answers with one
// counter only one lets in.
func (a *App) usePasskey(ctx context.Context, home auth.PasskeyHome, u store.User, question []byte, claim auth.Claim, ends string) error {
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		of, keys, err := holderOf(ctx, tx.Reader, u)
		if err != nil {
			return err
		}
		content, err := home.Check(of, question, claim)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(keys, func(k store.Passkey) bool { return k.Credential == claim.ID })
		if i < 0 {
			return fmt.Errorf("%w: it was removed", auth.ErrPasskey)
		}
		k := keys[i]
		k.Content, k.Used = content, a.Now()
		return errors.Join(tx.UsePasskey(ctx, k), tx.DropSession(ctx, ends))
	})
}

// notePasskey writes into the log that a passkey may have been copied.
func (a *App) notePasskey(ctx context.Context, u store.User, v Visit) error {
	ctx = auth.With(ctx, auth.Who{User: u.ID, From: v.Address, Via: auth.From(ctx).Via})
	return a.noteIfWritable(ctx, func(tx *store.Tx) error {
		return a.audit(ctx, tx, act{What: "refused a passkey that may be copied", Noun: "user", ID: u.ID})
	})
}
