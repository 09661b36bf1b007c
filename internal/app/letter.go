package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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

// ErrUncertain says that a mail may have arrived or not: it is held, and not sent again
// by itself.
var ErrUncertain = fault.Field("mail", "it may have arrived or not: it is held")

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

// RunLetter sends a letter by the argument of a LetterJob that was made at some time. A
// person who is not there, or may not come in by a password, gets none.
//
// A link that is younger than the job was made by a try before, which was killed: its
// mail may have gone out, and is held (ErrUncertain).
func (a *App) RunLetter(ctx context.Context, arg string, made time.Time) error {
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
		if err == nil && last.After(made) {
			err = ErrUncertain
		}
		if send = err == nil && (words[1] == letterOrders || a.Now().Sub(last) >= letterPause); !send {
			return err
		}
		return tx.AddToken(ctx, a.token(secret, id, kind, time.Duration(l.Hours)))
	})
	if err != nil || !send {
		return err
	}
	err = a.Post(ctx, l)
	if err == nil || errors.Is(err, ErrUncertain) {
		return err // the link stays: it may have arrived
	}
	// The link reached nobody; the next try makes another one.
	ctx = context.WithoutCancel(ctx)
	return errors.Join(err, a.DB.Write(ctx, func(tx *store.Tx) error { return tx.DropTokens(ctx, id) }))
}

// A HeldLetter is a mail that did not go out, or of which nobody knows whether it did.
type HeldLetter struct {
	User      int64
	Uncertain bool // it may have arrived
}

// HeldLetters are the mails of the last week that nobody sends any more by himself:
// whoever lets people in sees them and decides. A later mail to the same person that
// was sent, and a link that was used, settle it.
func (a *App) HeldLetters(ctx context.Context) ([]HeldLetter, error) {
	if err := may(ctx, auth.ManageUsers); err != nil {
		return nil, err
	}
	ended, err := a.DB.Read().EndedJobs(ctx, LetterJob, a.Now().Add(-inviteHours*time.Hour))
	if err != nil {
		return nil, err
	}
	last := make(map[int64]store.Job)
	for _, j := range ended {
		word, _, _ := strings.Cut(j.Arg, " ")
		if id, err := strconv.ParseInt(word, 10, 64); err == nil && id != 0 {
			last[id] = j
		}
	}
	var held []HeldLetter
	for _, id := range slices.Sorted(maps.Keys(last)) {
		h := HeldLetter{id, strings.Contains(last[id].Problem, ErrUncertain.Error())}
		if last[id].State == "done" {
			continue
		}
		if at, err := a.DB.Read().LastToken(ctx, id); err != nil {
			return nil, err
		} else if h.Uncertain && at.IsZero() {
			continue
		}
		held = append(held, h)
	}
	return held, nil
}
