package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"quid/account"
	"quid/day"
	"quid/fact"
	"quid/money"
	"quid/service"
)

// A CandidateFilter says which documents are asked for that may have been free
// services and were not decided on.
type CandidateFilter struct {
	After       day.Day // later than this day
	Before      *CandidateMark
	CallMinutes int // calls of so many minutes are long
	Most        int
}

// A CandidateMark is a place in the list of candidates: those behind it are older.
type CandidateMark struct {
	Day      day.Day
	Customer account.CustomerID
	Document account.DocumentID
	Line     int
}

func (m CandidateMark) compare(o CandidateMark) int {
	return cmp.Or(cmp.Compare(m.Day, o.Day), cmp.Compare(m.Customer, o.Customer), cmp.Compare(m.Document, o.Document), cmp.Compare(m.Line, o.Line))
}

// MarkOf is the place of a candidate.
func MarkOf(c service.Candidate) CandidateMark {
	return CandidateMark{c.Day, c.Customer, c.Document, c.Line}
}

// The three kinds of candidates, each newest first, each from an index of its
// own.
const (
	sqlFreeLines = `
	SELECT l.customer_id, c.name, l.invoice_id, l.line, v.number, v.day, COALESCE(p.name, ''), '', '', '', '', 0, l.quantity
	FROM invoice_line l
	JOIN invoice v ON v.customer_id = l.customer_id AND v.invoice_id = l.invoice_id
	JOIN customer c ON c.customer_id = l.customer_id
	LEFT JOIN product p ON p.product_id = l.product_id
	WHERE l.net = 0 AND l.quantity > 0 AND v.withdrawn_at IS NULL AND v.day > $1 AND (v.day, l.customer_id, l.invoice_id, l.line) < ($2, $3, $4, $5)
	  AND NOT EXISTS (SELECT 1 FROM candidate x WHERE x.customer_id = l.customer_id AND x.kind = 1 AND x.document_id = l.invoice_id AND x.line = l.line)
	ORDER BY v.day DESC, l.customer_id DESC, l.invoice_id DESC, l.line DESC LIMIT $6`

	sqlCreditNotes = `
	SELECT v.customer_id, c.name, v.invoice_id, 0, v.number, v.day, '', '', '', '', '', 0, 0
	FROM invoice v JOIN customer c ON c.customer_id = v.customer_id
	WHERE v.net < 0 AND v.credit = $7 AND v.agreement_id IS NULL AND v.withdrawn_at IS NULL AND v.day > $1
	  AND (v.day, v.customer_id, v.invoice_id, 0) < ($2, $3, $4, $5)
	  AND NOT EXISTS (SELECT 1 FROM candidate x WHERE x.customer_id = v.customer_id AND x.kind = 2 AND x.document_id = v.invoice_id AND x.line = 0)
	ORDER BY v.day DESC, v.customer_id DESC, v.invoice_id DESC LIMIT $6`

	sqlServiceLike = `
	SELECT i.customer_id, c.name, i.interaction_id, 0, i.number, i.day, i.subject, i.purpose, i.contact, i.channel, i.direction, i.minutes, 0
	FROM interaction i JOIN customer c ON c.customer_id = i.customer_id
	WHERE i.service_id IS NULL AND i.withdrawn_at IS NULL AND i.day > $1 AND (i.day, i.customer_id, i.interaction_id, 0) < ($2, $3, $4, $5)
	  AND NOT EXISTS (SELECT 1 FROM candidate x WHERE x.customer_id = i.customer_id AND x.kind = 3 AND x.document_id = i.interaction_id AND x.line = 0)
	ORDER BY i.day DESC, i.customer_id DESC, i.interaction_id DESC LIMIT $6`
)

// looked bounds how many interactions are looked at for a page: what their words
// mean is read in Go.
const looked = 20_000

// Candidates returns documents that may have been free services, the newest
// first; those that were decided on are not among them. next is where older ones
// may be, nil if there are none. Only those of customers that who asks sees are returned.
func (r Reader) Candidates(ctx context.Context, f CandidateFilter) (list []service.Candidate, next *CandidateMark, err error) {
	mark := CandidateMark{Day: day.Max, Customer: 1<<63 - 1, Document: 1<<63 - 1, Line: 1<<31 - 1}
	if f.Before != nil {
		mark = *f.Before
	}
	reached, err := r.reached(ctx)
	if err != nil {
		return nil, nil, err
	}
	most := f.Most
	if reached != nil {
		most = looked // those of others among them are left out here
	}
	for _, q := range []struct {
		kind service.CandidateKind
		text string
		most int
		more []any
	}{
		{service.FromLine, sqlFreeLines, most, nil},
		{service.FromCredit, sqlCreditNotes, most, []any{int64(fact.NoCredit)}},
		{service.FromInteraction, sqlServiceLike, looked, nil},
	} {
		args := []any{int64(f.After), int64(mark.Day), int64(mark.Customer), int64(mark.Document), int64(mark.Line), int64(q.most)}
		seen, found := 0, 0
		var last CandidateMark
		err := r.each(ctx, q.text, append(args, q.more...), func(rec *record) error {
			c := candidateOf(rec, q.kind)
			seen++
			last = MarkOf(c)
			if c.Reason(f.CallMinutes) == "" || !reached.Has(c.Customer) {
				return nil
			}
			list = append(list, c)
			if found++; found == f.Most {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return nil, nil, fmt.Errorf("candidates: %w", err)
		}
		// What is older than where this kind was cut is not known yet.
		if (err != nil || seen == q.most) && (next == nil || next.compare(last) < 0) {
			next = &last
		}
	}
	slices.SortFunc(list, func(x, y service.Candidate) int { return MarkOf(y).compare(MarkOf(x)) })
	if next != nil {
		list = slices.DeleteFunc(list, func(c service.Candidate) bool { return MarkOf(c).compare(*next) < 0 })
	}
	if len(list) > f.Most {
		list = list[:f.Most]
		end := MarkOf(list[f.Most-1])
		next = &end
	}
	return list, next, nil
}

func candidateOf(rec *record, kind service.CandidateKind) service.Candidate {
	return service.Candidate{
		Kind: kind, Customer: account.CustomerID(rec.int(0)), Name: rec.text(1), Document: account.DocumentID(rec.int(2)), Line: int(rec.int(3)),
		Number: rec.text(4), Day: day.Day(rec.int(5)), Text: rec.text(6), Purpose: rec.text(7), Contact: rec.text(8), Channel: rec.text(9),
		Inbound: rec.text(10) == "in", Minutes: int(rec.int(11)), Quantity: money.Micro(rec.int(12)),
	}
}

const (
	sqlDecideCandidate = `
	INSERT INTO candidate (customer_id, kind, document_id, line, entry_id, decided_at) VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT (customer_id, kind, document_id, line) DO UPDATE SET entry_id = excluded.entry_id, decided_at = excluded.decided_at`
	sqlUndecideCandidate = `DELETE FROM candidate WHERE customer_id = $1 AND kind = $2 AND document_id = $3 AND line = $4 AND entry_id IS NULL`
	sqlPassDecision      = `
	INSERT INTO candidate (customer_id, kind, document_id, line, entry_id, decided_at) VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT (customer_id, kind, document_id, line) DO NOTHING`
	sqlDropDecision     = `DELETE FROM candidate WHERE customer_id = $1 AND kind = $2 AND document_id = $3 AND line = $4`
	sqlDecisions        = `SELECT line, COALESCE(entry_id, 0), decided_at FROM candidate WHERE customer_id = $1 AND kind = $2 AND document_id = $3 ORDER BY line`
	sqlCandidateDecided = `SELECT COALESCE(entry_id, 0) FROM candidate WHERE customer_id = $1 AND kind = $2 AND document_id = $3 AND line = $4`
)

// DecideCandidate keeps what became of a candidate: the entry, or 0 if it was
// dismissed.
func (tx *Tx) DecideCandidate(ctx context.Context, c service.Candidate, entry account.DocumentID, at time.Time) error {
	if _, err := tx.exec(ctx, sqlDecideCandidate, c.Customer, int64(c.Kind), c.Document, int64(c.Line), null(int64(entry)), at.UnixMicro()); err != nil {
		return fmt.Errorf("decide candidate: %w", err)
	}
	return nil
}

// UndecideCandidate lets a candidate that was dismissed be proposed again.
func (tx *Tx) UndecideCandidate(ctx context.Context, c service.Candidate) error {
	if _, err := tx.exec(ctx, sqlUndecideCandidate, c.Customer, int64(c.Kind), c.Document, int64(c.Line)); err != nil {
		return fmt.Errorf("propose candidate again: %w", err)
	}
	return nil
}

// A Decision is what was decided of a candidate: a line of a document, or line 0, which is
// all of it.
type Decision struct {
	Line  int
	Entry account.DocumentID // that it became, 0 if it was dismissed
	At    time.Time
}

// Decisions returns what was decided of a document.
func (r Reader) Decisions(ctx context.Context, kind service.CandidateKind, document Ref) (list []Decision, err error) {
	err = r.each(ctx, sqlDecisions, []any{document.Customer, int64(kind), document.ID}, func(rec *record) error {
		list = append(list, Decision{int(rec.int(0)), account.DocumentID(rec.int(1)), time.UnixMicro(rec.int(2))})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("decisions of document %d: %w", document.ID, err)
	}
	return list, nil
}

// PassDecision lets what was decided of a document go with it to another customer; what
// was decided there stays.
func (tx *Tx) PassDecision(ctx context.Context, kind service.CandidateKind, document Ref, to account.CustomerID, d Decision) error {
	_, errPut := tx.exec(ctx, sqlPassDecision, to, int64(kind), document.ID, int64(d.Line), null(int64(d.Entry)), d.At.UnixMicro())
	_, errDrop := tx.exec(ctx, sqlDropDecision, document.Customer, int64(kind), document.ID, int64(d.Line))
	if err := errors.Join(errPut, errDrop); err != nil {
		return fmt.Errorf("decision of document %d: %w", document.ID, err)
	}
	return nil
}

// CandidateDecided says whether a candidate was decided on, and the entry it
// became, 0 if it was dismissed.
func (r Reader) CandidateDecided(ctx context.Context, c service.Candidate) (entry account.DocumentID, decided bool, err error) {
	err = r.each(ctx, sqlCandidateDecided, []any{c.Customer, int64(c.Kind), c.Document, int64(c.Line)}, func(rec *record) error {
		entry, decided = account.DocumentID(rec.int(0)), true
		return nil
	})
	if err != nil {
		return 0, false, fmt.Errorf("candidate: %w", err)
	}
	return entry, decided, nil
}
