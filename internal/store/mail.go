package store

import (
	"context"
	"fmt"
	"time"
)

// A MailState says what became of a mail.
type MailState int8

// The states, as they are stored.
const (
	MailBooked    MailState = 1
	MailHeld      MailState = 2 // its sender is not known or not proven
	MailAsks      MailState = 3 // its line leaves something open
	MailDismissed MailState = 4
)

// Waits says whether somebody has to look at the mail.
func (s MailState) Waits() bool { return s == MailHeld || s == MailAsks }

// A Mail is what came to the address of quick entry and waits for somebody, or
// what became of it.
type Mail struct {
	ID       int64 // of its Message-ID
	State    MailState
	Received time.Time
	Sender   string // forgotten once it was booked or dismissed
	Line     string // likewise
	Reason   string // why it waits
}

const (
	sqlAddMail = `INSERT INTO mail (mail_id, state, received_at, sender, line, reason) VALUES ($1, $2, $3, $4, $5, $6)`
	sqlMail    = `SELECT mail_id, state, received_at, sender, line, reason FROM mail WHERE mail_id = $1`
	sqlMails   = `SELECT mail_id, state, received_at, sender, line, reason FROM mail WHERE state IN (2, 3) ORDER BY received_at DESC, mail_id LIMIT 200`
	sqlEndMail = `UPDATE mail SET state = $1, sender = '', line = '', reason = '' WHERE mail_id = $2`
	// What nobody looked at is forgotten too; that it came is kept, so that it has
	// one effect whenever it comes again.
	sqlForgetMails = `UPDATE mail SET state = 4, sender = '', line = '', reason = '' WHERE state IN (2, 3) AND received_at < $1`
)

// AddMail notes a mail.
func (tx *Tx) AddMail(ctx context.Context, m Mail) error {
	if _, err := tx.exec(ctx, sqlAddMail, m.ID, int64(m.State), m.Received.UnixMicro(), m.Sender, m.Line, m.Reason); err != nil {
		return fmt.Errorf("add mail: %w", err)
	}
	return nil
}

// EndMail says what became of a mail and forgets what it said.
func (tx *Tx) EndMail(ctx context.Context, id int64, state MailState) error {
	if _, err := tx.exec(ctx, sqlEndMail, int64(state), id); err != nil {
		return fmt.Errorf("end mail: %w", err)
	}
	return nil
}

// ForgetMails forgets what mails said that came before an instant.
func (tx *Tx) ForgetMails(ctx context.Context, before time.Time) error {
	if _, err := tx.exec(ctx, sqlForgetMails, before.UnixMicro()); err != nil {
		return fmt.Errorf("forget mails: %w", err)
	}
	return nil
}

// Mail returns a mail; ok is false if it never came.
func (r Reader) Mail(ctx context.Context, id int64) (m Mail, ok bool, err error) {
	list, err := r.mails(ctx, sqlMail, id)
	if err != nil || len(list) == 0 {
		return m, false, err
	}
	return list[0], true, nil
}

// Mails returns the mails that wait for somebody, newest first.
func (r Reader) Mails(ctx context.Context) ([]Mail, error) { return r.mails(ctx, sqlMails) }

func (r Reader) mails(ctx context.Context, query string, args ...any) ([]Mail, error) {
	var out []Mail
	err := r.each(ctx, query, args, func(rec *record) error {
		out = append(out, Mail{rec.int(0), MailState(rec.int(1)), time.UnixMicro(rec.int(2)).UTC(), rec.text(3), rec.text(4), rec.text(5)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("mails: %w", err)
	}
	return out, nil
}
