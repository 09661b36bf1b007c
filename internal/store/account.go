package store

import (
	"context"
	"database/sql"
	"fmt"

	"quid/account"
	"quid/day"
)

var postingTable = tableOf("posting", "customer_id day posting_id kind cause amount volume rate document_kind document_id revision reverses")

// AddPostings writes to the value account. There is no way to change or delete.
func (tx *Tx) AddPostings(ctx context.Context, ps []account.Posting) error {
	args := make([]any, 0, len(ps)*len(postingTable.columns))
	for i := range ps {
		p := &ps[i]
		var amount any
		if p.Amount.Known {
			amount = int64(p.Amount.Amount)
		}
		args = append(args, int64(p.Customer), int64(p.Day), int64(p.ID), int64(p.Kind), null(int64(p.Cause)), amount, int64(p.Volume), int64(p.Rate),
			int64(p.Document.Kind), int64(p.Document.ID), int64(p.Document.Revision), null(int64(p.Reverses)))
	}
	return tx.load(ctx, postingTable, args)
}

const postingColumns = `customer_id, day, posting_id, kind, cause, amount, volume, rate, document_kind, document_id, revision, reverses`

const sqlPostingsOf = `SELECT ` + postingColumns + ` FROM posting
	WHERE customer_id = $1 AND day = $2 AND document_kind = $3 AND document_id = $4 AND revision = $5 AND reverses IS NULL
	ORDER BY posting_id`

// PostingsOf returns what a revision of a document posted; postedOn is the day
// its postings are dated.
func (r Reader) PostingsOf(ctx context.Context, customer account.CustomerID, postedOn day.Day, doc account.Document) ([]account.Posting, error) {
	rows, err := r.q.QueryContext(ctx, sqlPostingsOf, customer, postedOn, doc.Kind, doc.ID, doc.Revision)
	if err != nil {
		return nil, fmt.Errorf("postings of %s %d: %w", doc.Kind, doc.ID, err)
	}
	ps, err := scanPostings(rows)
	if err != nil {
		return nil, fmt.Errorf("postings of %s %d: %w", doc.Kind, doc.ID, err)
	}
	return ps, nil
}

func scanPostings(rows *sql.Rows) ([]account.Posting, error) {
	defer rows.Close()
	var ps []account.Posting
	for rows.Next() {
		p, err := scanPosting(rows)
		if err != nil {
			return nil, err
		}
		ps = append(ps, p)
	}
	return ps, rows.Err()
}

func scanPosting(rows *sql.Rows) (account.Posting, error) {
	var p account.Posting
	var cause, amount, reverses sql.NullInt64
	err := rows.Scan(&p.Customer, &p.Day, &p.ID, &p.Kind, &cause, &amount, &p.Volume, &p.Rate, &p.Document.Kind, &p.Document.ID, &p.Document.Revision, &reverses)
	p.Cause = account.Cause(cause.Int64)
	p.Amount.Amount, p.Amount.Known = moneyOf(amount), amount.Valid
	p.Reverses = account.PostingID(reverses.Int64)
	return p, err
}
