package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
)

// LetterJob sends somebody a link by mail; its argument is the person's id, how the
// mail came about and the language of the mail. No address stands in it, and no link:
// the link is made when it is sent.
const LetterJob = "letter"

// A Letter brings somebody a link.
type Letter struct {
	To    string
	Name  string
	Link  string
	Reset bool // a new password, else an invitation
	Lang  string
	Hours int // how long the link works
}

// How a letter came about.
const (
	letterAsked  = "asked"  // by whoever knows the address: see Forgot
	letterOrders = "orders" // by an administrator
)

// letterPause is how long somebody gets no second letter that nobody of us ordered.
const letterPause = 5 * time.Minute

// Forgot sends somebody a link for a new password, if there is somebody with this
// address. Whether there is, who asks can't tell: what is done is the same.
func (a *App) Forgot(ctx context.Context, login, lang string, v Visit) error {
	login = FoldLogin(login)
	try := auth.Try{Login: "forgot " + login, Address: "forgot " + v.Address}
	if wait := a.guesses.Wait(try, a.Now()); wait > 0 {
		return &WaitError{wait}
	}
	a.guesses.Failed(try, a.Now())
	u, err := a.DB.Read().UserByLogin(ctx, login)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return fmt.Errorf("forgot: %w", err)
	}
	err = a.DB.Write(ctx, func(tx *store.Tx) error { return a.enqueue(ctx, tx, LetterJob, letterArg(u.ID, letterAsked, lang)) })
	if err != nil {
		return fmt.Errorf("forgot: %w", err)
	}
	return nil
}

// MailLink sends somebody a link by mail: an invitation again, or a new password.
func (a *App) MailLink(ctx context.Context, id int64, lang string) error {
	if err := may(ctx, auth.ManageUsers); err != nil {
		return err
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, id)
		if err != nil {
			return err
		}
		if !u.Active() {
			return fault.Field("login", "who is suspended or has left gets no link")
		}
		return errors.Join(a.enqueue(ctx, tx, LetterJob, letterArg(id, letterOrders, lang)), a.audit(ctx, tx, act{What: "link sent", Noun: "user", ID: id}))
	})
	if err != nil {
		return fmt.Errorf("mail link to %d: %w", id, err)
	}
	return nil
}

func letterArg(id int64, why, lang string) string {
	return strings.Join([]string{strconv.FormatInt(id, 10), why, lang}, " ")
}

// RunLetter sends a letter by the argument of a LetterJob. A person who is not there,
// or may not come in by a password, gets none.
func (a *App) RunLetter(ctx context.Context, arg string) error {
	if err := may(ctx, auth.ManageUsers); err != nil {
		return err
	}
	words := strings.Fields(arg)
	if len(words) != 3 {
		return fmt.Errorf("letter %q: want an id, a reason and a language", arg)
	}
	id, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil {
		return fmt.Errorf("letter %q: %w", arg, err)
	}
	u, err := a.DB.Read().User(ctx, id)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("letter: %w", err)
	}
	if a.Post == nil || !u.Active() || u.Password == "" && u.Subject != "" {
		return nil
	}
	l := Letter{To: u.Login, Name: u.Name, Reset: u.Password != "", Lang: words[2], Hours: inviteHours}
	kind := store.InviteToken
	if l.Reset {
		kind, l.Hours = store.ResetToken, resetHours
	}
	secret := auth.NewToken()
	l.Link = a.Public + "/invite/" + secret
	send := false
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		last, err := tx.LastToken(ctx, id)
		if send = err == nil && (words[1] == letterOrders || a.Now().Sub(last) >= letterPause); !send {
			return err
		}
		return tx.AddToken(ctx, a.token(secret, id, kind, time.Duration(l.Hours)))
	})
	if err != nil || !send {
		return err
	}
	if err := a.Post(ctx, l); err != nil {
		// The link reached nobody; the next try makes another one.
		return errors.Join(err, a.DB.Write(ctx, func(tx *store.Tx) error { return tx.DropTokens(ctx, id) }))
	}
	return nil
}
