package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"quid/account"
	"quid/fault"
)

// An Attachment is a picture or a paper that belongs to a service entry.
type Attachment struct {
	ID       int64
	Customer account.CustomerID
	Entry    account.DocumentID
	Key      string // made by who sent it
	Hash     int64  // of the content
	Media    string // such as image/jpeg
	Size     int64  // bytes
	Made     time.Time
	Gone     bool // it was thrown away
}

// Ref names the attachment.
func (a Attachment) Ref() Ref { return Ref{Customer: a.Customer, ID: account.DocumentID(a.ID)} }

const attachmentColumns = `customer_id, attachment_id, entry_id, send_key, hash, media, size, made_at, CASE WHEN content IS NULL THEN 1 ELSE 0 END`

const (
	sqlInsertAttachment = `INSERT INTO attachment (customer_id, attachment_id, entry_id, send_key, hash, media, size, content, made_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	sqlEmptyAttachment    = `UPDATE attachment SET content = NULL WHERE customer_id = $1 AND attachment_id = $2`
	sqlAttachmentsOf      = `SELECT ` + attachmentColumns + ` FROM attachment WHERE customer_id = $1 AND content IS NOT NULL ORDER BY attachment_id`
	sqlAttachmentKeyed    = `SELECT ` + attachmentColumns + ` FROM attachment WHERE customer_id = $1 AND send_key = $2`
	sqlAttachment         = `SELECT ` + attachmentColumns + ` FROM attachment WHERE customer_id = $1 AND attachment_id = $2 AND content IS NOT NULL`
	sqlAttachmentContent  = `SELECT content FROM attachment WHERE customer_id = $1 AND attachment_id = $2 AND content IS NOT NULL`
	sqlAttachmentsOfEntry = `SELECT ` + attachmentColumns + ` FROM attachment WHERE customer_id = $1 AND entry_id = $2 AND content IS NOT NULL ORDER BY attachment_id`
)

// AddAttachment keeps a file of an entry.
func (tx *Tx) AddAttachment(ctx context.Context, a Attachment, content []byte) error {
	_, err := tx.exec(ctx, sqlInsertAttachment, int64(a.Customer), a.ID, int64(a.Entry), a.Key, a.Hash, a.Media, a.Size, content, a.Made.UnixMicro())
	if err != nil {
		return fmt.Errorf("add attachment %d: %w", a.ID, err)
	}
	return nil
}

// EmptyAttachment throws the content of an attachment away.
func (tx *Tx) EmptyAttachment(ctx context.Context, ref Ref) error {
	n, err := tx.exec(ctx, sqlEmptyAttachment, ref.Customer, ref.ID)
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return fmt.Errorf("empty attachment %d: %w", ref.ID, err)
	}
	return nil
}

const (
	sqlPassAttachments = `UPDATE attachment SET entry_id = $1 WHERE customer_id = $2 AND entry_id = $3 AND content IS NOT NULL`
	sqlCopyAttachments = `
	INSERT INTO attachment (customer_id, attachment_id, entry_id, send_key, hash, media, size, content, made_at)
	SELECT CAST($1 AS BIGINT), attachment_id, CAST($2 AS BIGINT), send_key, hash, media, size, content, made_at FROM attachment
	WHERE customer_id = $3 AND entry_id = $4 AND content IS NOT NULL
	ON CONFLICT (customer_id, attachment_id) DO UPDATE SET entry_id = excluded.entry_id, content = excluded.content`
	sqlEmptyAttachments = `UPDATE attachment SET content = NULL WHERE customer_id = $1 AND entry_id = $2`
)

// PassAttachments lets the files of an entry belong to another that stands in its
// place, also at another customer. A customer is never changed in a row: there
// they are copied, and emptied where they were.
func (tx *Tx) PassAttachments(ctx context.Context, from, to Ref) error {
	if from.Customer == to.Customer {
		if _, err := tx.exec(ctx, sqlPassAttachments, to.ID, from.Customer, from.ID); err != nil {
			return fmt.Errorf("pass attachments of entry %d on: %w", from.ID, err)
		}
		return nil
	}
	if _, err := tx.exec(ctx, sqlCopyAttachments, to.Customer, to.ID, from.Customer, from.ID); err != nil {
		return fmt.Errorf("copy attachments of entry %d: %w", from.ID, err)
	}
	if _, err := tx.exec(ctx, sqlEmptyAttachments, from.Customer, from.ID); err != nil {
		return fmt.Errorf("empty attachments of entry %d: %w", from.ID, err)
	}
	return nil
}

// AttachmentsOf returns the attachments of a customer's entries, without those
// that were thrown away.
func (r Reader) AttachmentsOf(ctx context.Context, customer account.CustomerID) ([]Attachment, error) {
	return r.attachments(ctx, sqlAttachmentsOf, customer)
}

// AttachmentsOfEntry returns the attachments of an entry, without those that were
// thrown away.
func (r Reader) AttachmentsOfEntry(ctx context.Context, entry Ref) ([]Attachment, error) {
	return r.attachments(ctx, sqlAttachmentsOfEntry, entry.Customer, entry.ID)
}

// AttachmentKeyed finds an attachment by the key of who sent it, also one that was
// thrown away.
func (r Reader) AttachmentKeyed(ctx context.Context, customer account.CustomerID, key string) (Attachment, bool, error) {
	list, err := r.attachments(ctx, sqlAttachmentKeyed, customer, key)
	if err != nil || len(list) == 0 {
		return Attachment{}, false, err
	}
	return list[0], true, nil
}

// Attachment returns an attachment that was not thrown away.
func (r Reader) Attachment(ctx context.Context, ref Ref) (Attachment, error) {
	if err := r.Reach(ctx, ref.Customer); err != nil {
		return Attachment{}, err
	}
	list, err := r.attachments(ctx, sqlAttachment, ref.Customer, ref.ID)
	return only(list, err, "attachment %d", ref.ID)
}

// AttachmentContent returns what an attachment holds.
func (r Reader) AttachmentContent(ctx context.Context, ref Ref) ([]byte, error) {
	if err := r.Reach(ctx, ref.Customer); err != nil {
		return nil, err
	}
	var content []byte
	err := r.q.QueryRowContext(ctx, sqlAttachmentContent, ref.Customer, ref.ID).Scan(&content)
	if err != nil {
		return nil, fmt.Errorf("content of attachment %d: %w", ref.ID, one(err))
	}
	return content, nil
}

func (r Reader) attachments(ctx context.Context, query string, args ...any) ([]Attachment, error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("attachments: %w", err)
	}
	defer rows.Close()
	var out []Attachment
	for rows.Next() {
		var a Attachment
		var made int64
		var gone sql.NullInt64
		if err := rows.Scan(&a.Customer, &a.ID, &a.Entry, &a.Key, &a.Hash, &a.Media, &a.Size, &made, &gone); err != nil {
			return nil, fmt.Errorf("attachments: %w", err)
		}
		a.Made, a.Gone = time.UnixMicro(made).UTC(), gone.Int64 != 0
		out = append(out, a)
	}
	return out, rows.Err()
}
