package store

import (
	"context"
	"fmt"
	"time"

	"quid/account"
	"quid/privacy"
)

const markColumns = `customer_id, contact_id, mark_id, kind, reason, made_by, made_at, ended_at`

const (
	sqlInsertMark = `INSERT INTO privacy_mark (` + markColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)`
	sqlEndMark    = `UPDATE privacy_mark SET ended_at = $1 WHERE customer_id = $2 AND contact_id = $3 AND kind = $4 AND ended_at IS NULL`
	sqlMarksOf    = `SELECT ` + markColumns + ` FROM privacy_mark WHERE customer_id = $1 ORDER BY contact_id, mark_id`
	sqlLiveMarks  = `SELECT ` + markColumns + ` FROM privacy_mark WHERE ended_at IS NULL ORDER BY customer_id, contact_id, mark_id`
)

// AddMark notes something of a person.
func (tx *Tx) AddMark(ctx context.Context, m privacy.Mark) error {
	_, err := tx.exec(ctx, sqlInsertMark, int64(m.Person.Customer), m.Person.Contact, m.ID, string(m.Kind), m.Reason, m.By, m.Made.UnixMicro())
	if err != nil {
		return fmt.Errorf("add mark: %w", err)
	}
	return nil
}

// EndMark ends what is noted of a person and says how many marks that were.
func (tx *Tx) EndMark(ctx context.Context, p privacy.Person, k privacy.Kind, at time.Time) (int64, error) {
	n, err := tx.exec(ctx, sqlEndMark, at.UnixMicro(), int64(p.Customer), p.Contact, string(k))
	if err != nil {
		return 0, fmt.Errorf("end mark: %w", err)
	}
	return n, nil
}

// MarksOf returns all that was ever noted of a customer and of its contacts.
func (r Reader) MarksOf(ctx context.Context, customer account.CustomerID) ([]privacy.Mark, error) {
	return r.marks(ctx, sqlMarksOf, int64(customer))
}

// LiveMarks returns all that is noted of anybody now.
func (r Reader) LiveMarks(ctx context.Context) ([]privacy.Mark, error) {
	return r.marks(ctx, sqlLiveMarks)
}

func (r Reader) marks(ctx context.Context, query string, args ...any) (out []privacy.Mark, err error) {
	err = r.each(ctx, query, args, func(rec *record) error {
		m := privacy.Mark{
			Person: privacy.Person{Customer: account.CustomerID(rec.int(0)), Contact: rec.int(1)}, ID: rec.int(2), Kind: privacy.Kind(rec.text(3)),
			Reason: rec.text(4), By: rec.text(5), Made: time.UnixMicro(rec.int(6)).UTC(),
		}
		if !rec.null(7) {
			m.Ended = time.UnixMicro(rec.int(7)).UTC()
		}
		out = append(out, m)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("marks: %w", err)
	}
	return out, nil
}

const consentColumns = `customer_id, contact_id, consent_id, purpose, channel, given_at, way, wording, source, made_by, made_at, withdrawn_at`

const (
	sqlInsertConsent   = `INSERT INTO consent (` + consentColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL)`
	sqlWithdrawConsent = `UPDATE consent SET withdrawn_at = $1 WHERE customer_id = $2 AND contact_id = $3 AND consent_id = $4 AND withdrawn_at IS NULL`
	sqlConsentsOf      = `SELECT ` + consentColumns + ` FROM consent WHERE customer_id = $1 AND contact_id = $2 ORDER BY consent_id`
)

// AddConsent keeps what a person agreed to.
func (tx *Tx) AddConsent(ctx context.Context, c privacy.Consent) error {
	_, err := tx.exec(ctx, sqlInsertConsent, int64(c.Person.Customer), c.Person.Contact, c.ID, c.Purpose, c.Channel, c.Given.UnixMicro(), c.Way, c.Wording,
		c.Source, c.By, c.Made.UnixMicro())
	if err != nil {
		return fmt.Errorf("add consent: %w", err)
	}
	return nil
}

// WithdrawConsent ends a consent and says how many that were.
func (tx *Tx) WithdrawConsent(ctx context.Context, p privacy.Person, id int64, at time.Time) (int64, error) {
	n, err := tx.exec(ctx, sqlWithdrawConsent, at.UnixMicro(), int64(p.Customer), p.Contact, id)
	if err != nil {
		return 0, fmt.Errorf("withdraw consent: %w", err)
	}
	return n, nil
}

// ConsentsOf returns what a person agreed to, withdrawn or not.
func (r Reader) ConsentsOf(ctx context.Context, p privacy.Person) (out []privacy.Consent, err error) {
	err = r.each(ctx, sqlConsentsOf, []any{int64(p.Customer), p.Contact}, func(rec *record) error {
		c := privacy.Consent{
			Person: p, ID: rec.int(2), Purpose: rec.text(3), Channel: rec.text(4), Given: time.UnixMicro(rec.int(5)).UTC(), Way: rec.text(6),
			Wording: rec.text(7), Source: rec.text(8), By: rec.text(9), Made: time.UnixMicro(rec.int(10)).UTC(),
		}
		if !rec.null(11) {
			c.Withdrawn = time.UnixMicro(rec.int(11)).UTC()
		}
		out = append(out, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("consents: %w", err)
	}
	return out, nil
}
