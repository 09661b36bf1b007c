package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"quid/crm"
	"quid/money"
)

const sqlPlaybooks = `SELECT segment, goals, form, contact_days, response_hours, amount, share, minimum, templates, revision FROM playbook ORDER BY segment`

// Playbooks returns the playbooks that the company wrote.
func (r Reader) Playbooks(ctx context.Context) (crm.Playbooks, error) {
	out := make(crm.Playbooks)
	err := r.each(ctx, sqlPlaybooks, nil, func(rec *record) error {
		p := crm.Playbook{
			Segment: rec.text(0), Goals: rec.text(1), Form: crm.Form(rec.text(2)), ContactDays: int(rec.int(3)), ResponseHours: int(rec.int(4)),
			Share: money.Micro(rec.int(6)), Minimum: int(rec.int(7)), Revision: int32(rec.int(9)),
		}
		if !rec.null(5) {
			a := money.Amount(rec.int(5))
			p.Amount = &a
		}
		if err := json.Unmarshal([]byte(rec.text(8)), &p.Templates); err != nil {
			return fmt.Errorf("tasks of %s: %w", p.Segment, err)
		}
		out[p.Segment] = p
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("playbooks: %w", err)
	}
	return out, nil
}

const sqlPutPlaybook = `
	INSERT INTO playbook (segment, goals, form, contact_days, response_hours, amount, share, minimum, templates, revision, written_by, written_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
	ON CONFLICT (segment) DO UPDATE SET goals = excluded.goals, form = excluded.form, contact_days = excluded.contact_days,
		response_hours = excluded.response_hours, amount = excluded.amount, share = excluded.share, minimum = excluded.minimum,
		templates = excluded.templates, revision = excluded.revision, written_by = excluded.written_by, written_at = excluded.written_at`

// PutPlaybook writes a playbook over the one that is there.
func (tx *Tx) PutPlaybook(ctx context.Context, p crm.Playbook, by string, at time.Time) error {
	if p.Templates == nil {
		p.Templates = []crm.Template{}
	}
	templates, err := json.Marshal(p.Templates)
	if err != nil {
		return fmt.Errorf("put playbook %s: %w", p.Segment, err)
	}
	_, err = tx.exec(ctx, sqlPutPlaybook, p.Segment, p.Goals, string(p.Form), p.ContactDays, p.ResponseHours, cents(p.Amount), int64(p.Share), p.Minimum,
		string(templates), p.Revision, by, at.UnixMicro())
	if err != nil {
		return fmt.Errorf("put playbook %s: %w", p.Segment, err)
	}
	return nil
}

const sqlDeletePlaybook = `DELETE FROM playbook WHERE segment = $1`

// DeletePlaybook takes away what the company wrote: the shipped one holds again.
func (tx *Tx) DeletePlaybook(ctx context.Context, segment string) error {
	if _, err := tx.exec(ctx, sqlDeletePlaybook, segment); err != nil {
		return fmt.Errorf("delete playbook %s: %w", segment, err)
	}
	return nil
}
