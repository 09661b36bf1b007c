package store

import (
	"context"
	"fmt"

	"quid/account"
	"quid/day"
	"quid/money"
)

// A Statement asks for a page of the postings of a customer.
type Statement struct {
	Period
	Size int // lines a page
	Page int // counted from 1
}

// A StatementLine is a posting as the account shows it.
type StatementLine struct {
	Entry
	Type int64 // the service type behind it, 0 if there is none
}

const (
	statementColumns = `
	SELECT p.day, p.posting_id, p.kind, p.amount, p.volume, p.rate, p.document_kind, p.document_id, p.revision, p.reverses,
	       COALESCE(i.number, y.number, c.number, a.number, s.number, b.number, ''), COALESCE(c.subject, a.subject, s.background, ''),
	       COALESCE(s.type_id, 0), COALESCE(p.cause, 0), p.customer_id`
	statementJoins = `
	LEFT JOIN invoice i ON p.document_kind = 2 AND i.customer_id = p.customer_id AND i.invoice_id = p.document_id
	LEFT JOIN payment y ON p.document_kind = 3 AND y.customer_id = p.customer_id AND y.payment_id = p.document_id
	LEFT JOIN complaint c ON p.document_kind = 4 AND c.customer_id = p.customer_id AND c.complaint_id = p.document_id
	LEFT JOIN interaction a ON p.document_kind = 5 AND a.customer_id = p.customer_id AND a.interaction_id = p.document_id
	LEFT JOIN service_entry s ON p.document_kind = 6 AND s.customer_id = p.customer_id AND s.entry_id = p.document_id
	LEFT JOIN bonus_accrual b ON p.document_kind = 7 AND b.customer_id = p.customer_id AND b.accrual_id = p.document_id
	ORDER BY p.day DESC, p.posting_id DESC`
	sqlStatement = statementColumns + `
	FROM (SELECT * FROM posting WHERE customer_id = $1 AND day > $2 AND day <= $3 AND (kind = $4 OR $4 = 0)
	      ORDER BY day DESC, posting_id DESC LIMIT $5 OFFSET $6) p` + statementJoins
)

// Statement returns a page of the postings of a period, the newest first.
func (r Reader) Statement(ctx context.Context, s Statement) ([]StatementLine, error) {
	out, err := r.statement(ctx, sqlStatement, s.Customer, s.Window.From, s.Window.To, s.Kind, s.Size, (max(s.Page, 1)-1)*s.Size)
	if err != nil {
		return nil, fmt.Errorf("statement of customer %d: %w", s.Customer, err)
	}
	return out, nil
}

func (r Reader) statement(ctx context.Context, query string, args ...any) ([]StatementLine, error) {
	var out []StatementLine
	err := r.each(ctx, query, args, func(rec *record) error {
		var l StatementLine
		l.Day, l.ID, l.Kind = day.Day(rec.int(0)), account.PostingID(rec.int(1)), account.Kind(rec.int(2))
		l.Amount = account.Effect{Amount: money.Amount(rec.int(3)), Known: !rec.null(3)}
		l.Volume, l.Rate = money.Amount(rec.int(4)), money.Micro(rec.int(5))
		l.Document = account.Document{Kind: account.DocumentKind(rec.int(6)), ID: account.DocumentID(rec.int(7)), Revision: int32(rec.int(8))}
		l.Reverses = account.PostingID(rec.int(9))
		l.Number, l.Background, l.Type = rec.text(10), rec.text(11), rec.int(12)
		l.Cause, l.Customer = account.Cause(rec.int(13)), account.CustomerID(rec.int(14))
		out = append(out, l)
		return nil
	})
	return out, err
}

// A Member is a customer of a group.
type Member struct {
	ID   account.CustomerID
	Name string
}

const sqlMembers = `
	SELECT c.customer_id, c.name FROM customer_parent p JOIN customer c ON c.customer_id = p.customer_id
	WHERE p.parent_id = $1 AND p.valid_from <= $2 AND c.archived_at IS NULL AND NOT EXISTS (
		SELECT 1 FROM customer_parent q WHERE q.customer_id = p.customer_id AND q.valid_from <= $2 AND q.valid_from > p.valid_from)
	ORDER BY c.sort_name, c.customer_id LIMIT $3`

// MembersOn returns up to most customers that belong to a group on a day, by
// name; the group itself is not among them.
func (r Reader) MembersOn(ctx context.Context, parent account.CustomerID, on day.Day, most int) ([]Member, error) {
	var out []Member
	err := r.each(ctx, sqlMembers, []any{parent, on, most}, func(rec *record) error {
		out = append(out, Member{account.CustomerID(rec.int(0)), rec.text(1)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("members of %d: %w", parent, err)
	}
	return out, nil
}
