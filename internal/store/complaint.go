package store

import (
	"context"
	"database/sql"
	"fmt"

	"quid/account"
	"quid/day"
	"quid/fact"
)

const complaintColumns = `customer_id, complaint_id, number, day, invoice_id, amount, cost, credit, severity, justified, solved_on, subject,
	posted_on, revision, version, import_id, withdrawn_at`

var complaintTable = tableOf("complaint", commaless(complaintColumns))

func complaintArgs(args []any, k *Kept[fact.Complaint]) []any {
	d := &k.Doc
	return append(args, int64(d.Customer), int64(d.ID), d.Number, int64(d.Day), null(int64(d.Invoice)), int64(d.Amount), int64(d.Cost),
		int64(d.Credit), int64(d.Severity), int64(d.Justified), null(int64(d.SolvedOn)), d.Subject,
		int64(k.PostedOn), int64(d.Revision), d.Version, d.Import, since(k.Withdrawn))
}

// AddComplaints writes new complaints.
func (tx *Tx) AddComplaints(ctx context.Context, ks []Kept[fact.Complaint]) error {
	args := make([]any, 0, len(ks)*len(complaintTable.columns))
	for i := range ks {
		args = complaintArgs(args, &ks[i])
	}
	return tx.load(ctx, complaintTable, args)
}

var sqlPutComplaint = updateByKey(complaintTable, 2)

// PutComplaint writes a complaint over the one that is there.
func (tx *Tx) PutComplaint(ctx context.Context, k Kept[fact.Complaint]) error {
	if _, err := tx.exec(ctx, sqlPutComplaint, complaintArgs(nil, &k)...); err != nil {
		return fmt.Errorf("put complaint %s: %w", k.Doc.Number, err)
	}
	return nil
}

const (
	sqlComplaint    = `SELECT ` + complaintColumns + ` FROM complaint WHERE customer_id = $1 AND complaint_id = $2`
	sqlComplaintsOf = `SELECT ` + complaintColumns + ` FROM complaint WHERE customer_id = $1 AND withdrawn_at IS NULL ORDER BY day DESC, complaint_id`
)

// Complaint returns a complaint.
func (r Reader) Complaint(ctx context.Context, ref Ref) (Kept[fact.Complaint], error) {
	if err := r.Reach(ctx, ref.Customer); err != nil {
		return Kept[fact.Complaint]{}, err
	}
	ks, err := r.complaints(ctx, sqlComplaint, ref.Customer, ref.ID)
	if err == nil && len(ks) == 0 {
		err = one(sql.ErrNoRows)
	}
	if err != nil {
		return Kept[fact.Complaint]{}, fmt.Errorf("complaint %d: %w", ref.ID, err)
	}
	return ks[0], nil
}

// ComplaintsOf returns the complaints of a customer that stand, newest first.
func (r Reader) ComplaintsOf(ctx context.Context, customer account.CustomerID) ([]Kept[fact.Complaint], error) {
	return r.complaints(ctx, sqlComplaintsOf, customer)
}

func (r Reader) complaints(ctx context.Context, query string, args ...any) ([]Kept[fact.Complaint], error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("complaints: %w", err)
	}
	defer rows.Close()
	var out []Kept[fact.Complaint]
	for rows.Next() {
		var k Kept[fact.Complaint]
		d := &k.Doc
		var invoice, solved, withdrawn sql.NullInt64
		if err := rows.Scan(&d.Customer, &d.ID, &d.Number, &d.Day, &invoice, &d.Amount, &d.Cost, &d.Credit, &d.Severity, &d.Justified, &solved,
			&d.Subject, &k.PostedOn, &d.Revision, &d.Version, &d.Import, &withdrawn); err != nil {
			return nil, fmt.Errorf("complaints: %w", err)
		}
		d.Invoice, d.SolvedOn, k.Withdrawn = account.DocumentID(invoice.Int64), day.Day(solved.Int64), instant(withdrawn)
		out = append(out, k)
	}
	return out, rows.Err()
}
