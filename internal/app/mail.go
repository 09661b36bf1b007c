package app

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/capture"
	"quid/internal/store"
)

// MailJob looks at the mailbox of quick entry; no argument.
const MailJob = "mail"

// mailKept is how long mails wait for somebody.
const mailKept = 30 * 24 * time.Hour

// A MailDraft is a mail as the mailbox judged it.
type MailDraft struct {
	Key      string // of its Message-ID
	Sender   string
	Line     string // in quick-entry form
	Received time.Time
	Held     string // why it must not be booked by itself, or ""
}

// Why a line is not booked by itself.
const (
	mailCustomer = "the line does not name one customer"
	mailType     = "the line does not name one service"
	mailOpen     = "the line can be read in several ways"
	mailNear     = "a name is spelled differently"
	mailSold     = "this is a paid service: it belongs on an invoice and can't be booked as free"
)

// mailID is the number of a mail, of its key.
func mailID(key string) int64 {
	sum := sha256.Sum256([]byte(key))
	return int64(binary.BigEndian.Uint64(sum[:8]) >> 1)
}

// MailKey is the key of the entry that a mail becomes, whoever books it.
func MailKey(id int64) string { return "mail-" + strconv.FormatInt(id, 36) }

// TakeMail takes a mail in, once: its line is booked if it was not held and
// leaves nothing open; else it waits for somebody. Nothing is ever answered.
func (a *App) TakeMail(ctx context.Context, m MailDraft, words func() (*capture.Book, error)) (store.MailState, error) {
	if err := may(ctx, auth.BookServices); err != nil {
		return 0, err
	}
	kept := store.Mail{ID: mailID(m.Key), State: store.MailHeld, Received: m.Received, Sender: m.Sender, Line: m.Line, Reason: m.Held}
	if before, ok, err := a.DB.Read().Mail(ctx, kept.ID); err != nil || ok {
		return before.State, err
	}
	var draft EntryDraft
	if m.Held == "" {
		book, err := words()
		if err != nil {
			return 0, err
		}
		draft, kept.Reason = a.mailDraft(book, m)
		kept.State = store.MailAsks
		draft.Key = MailKey(kept.ID)
	}
	state := kept
	if kept.State == store.MailAsks && kept.Reason == "" {
		state = store.Mail{ID: kept.ID, State: store.MailBooked, Received: kept.Received}
	}
	err := a.takeMail(ctx, state, draft)
	if fields := fault.Fields(err); len(fields) > 0 { // nothing of it was booked
		kept.Reason = fields[0].Problem
		state = kept
		err = a.takeMail(ctx, state, draft)
	}
	if err != nil {
		return 0, fmt.Errorf("take mail: %w", err)
	}
	return state.State, nil
}

// takeMail keeps a mail, with its entry if it is booked: both or neither.
func (a *App) takeMail(ctx context.Context, m store.Mail, draft EntryDraft) error {
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		if _, ok, err := tx.Mail(ctx, m.ID); err != nil || ok {
			return err
		}
		if m.State == store.MailBooked {
			if _, err := a.record(ctx, tx, draft); err != nil {
				return err
			}
			if err := a.changed(ctx, tx); err != nil {
				return err
			}
		}
		return tx.AddMail(ctx, m)
	})
}

// mailDraft reads the line; reason says what it leaves open.
func (a *App) mailDraft(book *capture.Book, m MailDraft) (d EntryDraft, reason string) {
	on := day.At(m.Received)
	l := book.Parse(m.Line, on, capture.Given{})
	d = EntryDraft{Customer: l.Customer, Type: l.Type, Day: l.Day, Quantity: l.Count, Background: cut(l.Background, longestBackground), By: m.Sender}
	if d.Day == 0 {
		d.Day = on
	}
	if l.Minutes > 0 {
		effort := l.Effort()
		d.Minutes = &effort
	}
	switch {
	case l.Sold != 0:
		return d, mailSold
	case l.Customer == 0:
		return d, mailCustomer
	case l.Type == 0:
		return d, mailType
	case len(l.Asks) > 0:
		return d, mailOpen
	case l.Near():
		return d, mailNear
	}
	if fields := fault.Fields(d.check(day.At(a.Now()))); len(fields) > 0 {
		return d, fields[0].Problem
	}
	return d, ""
}

// WaitingMails are the mails that wait for somebody; those whose entry was booked
// meanwhile are not among them.
func (a *App) WaitingMails(ctx context.Context) ([]store.Mail, error) {
	var out []store.Mail
	err := a.DB.Look(ctx, func(r store.Reader) error {
		list, err := r.Mails(ctx)
		if err != nil {
			return err
		}
		booked, err := bookedMails(ctx, r, list)
		for _, m := range list {
			if !booked[m.ID] {
				out = append(out, m)
			}
		}
		return err
	})
	return out, err
}

// bookedMails says which of the mails somebody booked.
func bookedMails(ctx context.Context, r store.Reader, list []store.Mail) (map[int64]bool, error) {
	keys := make([]string, len(list))
	for i, m := range list {
		keys[i] = MailKey(m.ID)
	}
	found, err := r.Keys(ctx, captured, store.EntryKey, keys)
	out := make(map[int64]bool)
	for _, m := range list {
		if _, ok := found[MailKey(m.ID)]; ok {
			out[m.ID] = true
		}
	}
	return out, err
}

// DismissMail says that a mail is not to be booked, and forgets what it said.
func (a *App) DismissMail(ctx context.Context, id int64) error {
	if err := may(ctx, auth.BookServices); err != nil {
		return err
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if _, ok, err := tx.Mail(ctx, id); err != nil || !ok {
			return errors.Join(err, notThere(ok))
		}
		return tx.EndMail(ctx, id, store.MailDismissed)
	})
	if err != nil {
		return fmt.Errorf("dismiss mail: %w", err)
	}
	return nil
}

func notThere(ok bool) error {
	if ok {
		return nil
	}
	return fault.NotFound
}

// MailLooked ends a look at the mailbox: what somebody booked is forgotten, and
// what waited too long, and the next look is asked for.
func (a *App) MailLooked(ctx context.Context, next time.Duration) error {
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		list, err := tx.Mails(ctx)
		if err != nil {
			return err
		}
		booked, err := bookedMails(ctx, tx.Reader, list)
		if err != nil {
			return err
		}
		for id := range booked {
			if err := tx.EndMail(ctx, id, store.MailBooked); err != nil {
				return err
			}
		}
		if err := tx.ForgetMails(ctx, a.Now().Add(-mailKept)); err != nil {
			return err
		}
		return tx.Enqueue(ctx, a.id(), MailJob, "", a.Now().Add(next))
	})
	if err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	return nil
}

// MailReasons are why a line waits, for a test that each is translated.
func MailReasons() []string {
	return []string{mailCustomer, mailType, mailOpen, mailNear, mailSold}
}
