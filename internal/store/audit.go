package store

import (
	"context"
	"fmt"
	"time"

	"quid/account"
)

// An Audit says who did what, when and from where, and what it was before and after.
type Audit struct {
	ID       int64
	At       time.Time
	User     int64 // 0: a key, a job or the command line
	Key      int64
	Via      string // page, api, quid (the command line), job
	Address  string
	Request  string // the id of the request
	What     string // such as changed
	Noun     string // such as contact
	NounID   int64
	Customer account.CustomerID // 0: of no customer
	Before   string             // JSON, "" where nothing was
	After    string
}

const auditColumns = `audit_id, made_at, user_id, key_id, via, address, request, what, noun, noun_id, customer_id, before, after`

const (
	sqlInsertAudit = `INSERT INTO audit (` + auditColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	sqlAudits      = `SELECT ` + auditColumns + ` FROM audit
		WHERE audit_id < $1 AND made_at >= $2 AND made_at < $3 AND (CAST($4 AS BIGINT) = 0 OR user_id = $4) AND ($5 = '' OR noun = $5) ORDER BY audit_id DESC LIMIT $6`
	sqlAuditsOf = `SELECT ` + auditColumns + ` FROM audit WHERE customer_id = $1 AND audit_id < $2 ORDER BY audit_id DESC LIMIT $3`
)

// AddAudit writes a line of the log.
func (tx *Tx) AddAudit(ctx context.Context, a Audit) error {
	_, err := tx.exec(ctx, sqlInsertAudit, a.ID, a.At.UnixMicro(), a.User, a.Key, a.Via, a.Address, a.Request, a.What, a.Noun, a.NounID, a.Customer, a.Before, a.After)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// An AuditFilter says which lines of the log are wanted.
type AuditFilter struct {
	Before   int64     // older than this line; 0 from the newest
	From, To time.Time // zero: open
	User     int64     // 0: of all
	Noun     string    // "": of all
	Most     int
}

// Audits returns lines of the log, the newest first.
func (r Reader) Audits(ctx context.Context, f AuditFilter) ([]Audit, error) {
	from, to := int64(0), int64(1)<<62
	if !f.From.IsZero() {
		from = f.From.UnixMicro()
	}
	if !f.To.IsZero() {
		to = f.To.UnixMicro()
	}
	return r.audits(ctx, sqlAudits, olderThan(f.Before), from, to, f.User, f.Noun, int64(f.Most))
}

// AuditsOf returns lines of the log about a customer, the newest first.
func (r Reader) AuditsOf(ctx context.Context, customer account.CustomerID, before int64, most int) ([]Audit, error) {
	return r.audits(ctx, sqlAuditsOf, customer, olderThan(before), int64(most))
}

func olderThan(id int64) int64 {
	if id == 0 {
		return 1 << 62
	}
	return id
}

func (r Reader) audits(ctx context.Context, query string, args ...any) ([]Audit, error) {
	var out []Audit
	err := r.each(ctx, query, args, func(rec *record) error {
		out = append(out, Audit{
			rec.int(0), rec.instant(1), rec.int(2), rec.int(3), rec.text(4), rec.text(5), rec.text(6), rec.text(7), rec.text(8), rec.int(9), account.CustomerID(rec.int(10)), rec.text(11), rec.text(12),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return out, nil
}
