package store

import (
	"context"
	"fmt"
	"time"

	"quid/account"
	"quid/money"
)

// A Template is an entry that somebody books again and again. What it doesn't say
// is left to who uses it.
type Template struct {
	ID         int64
	Name       string
	Customer   account.CustomerID // 0 for any
	Type       int64
	Minutes    money.Micro
	Quantity   money.Micro // in the type's unit
	Background string
	Contact    string
	Team       int64
	Made       time.Time
}

// Ref names the template.
func (t Template) Ref() Ref { return Ref{Customer: t.Customer, ID: account.DocumentID(t.ID)} }

const templateColumns = `customer_id, template_id, name, type_id, minutes, quantity, background, contact, team_id, made_at`

const (
	sqlInsertTemplate = `INSERT INTO entry_template (` + templateColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	sqlDeleteTemplate = `DELETE FROM entry_template WHERE customer_id = $1 AND template_id = $2`
	sqlTemplates      = `SELECT ` + templateColumns + ` FROM entry_template ORDER BY name, template_id LIMIT 200`
	sqlTemplate       = `SELECT ` + templateColumns + ` FROM entry_template WHERE customer_id = $1 AND template_id = $2`
)

// AddTemplate keeps a template.
func (tx *Tx) AddTemplate(ctx context.Context, t Template) error {
	_, err := tx.exec(ctx, sqlInsertTemplate, t.Customer, t.ID, t.Name, t.Type, int64(t.Minutes), int64(t.Quantity), t.Background, t.Contact, t.Team, t.Made.UnixMicro())
	if err != nil {
		return fmt.Errorf("add template %d: %w", t.ID, err)
	}
	return nil
}

// DeleteTemplate forgets a template.
func (tx *Tx) DeleteTemplate(ctx context.Context, ref Ref) error {
	return tx.drop(ctx, sqlDeleteTemplate, "delete template", ref)
}

// Templates returns all templates by name.
func (r Reader) Templates(ctx context.Context) ([]Template, error) {
	list, err := r.templates(ctx, sqlTemplates)
	if err != nil {
		return nil, err
	}
	return within(ctx, r, list, func(t Template) account.CustomerID { return t.Customer })
}

// Template returns a template.
func (r Reader) Template(ctx context.Context, ref Ref) (Template, error) {
	if err := r.Reach(ctx, ref.Customer); err != nil {
		return Template{}, err
	}
	ts, err := r.templates(ctx, sqlTemplate, ref.Customer, ref.ID)
	return only(ts, err, "template %d", ref.ID)
}

func (r Reader) templates(ctx context.Context, query string, args ...any) ([]Template, error) {
	var out []Template
	err := r.each(ctx, query, args, func(rec *record) error {
		out = append(out, Template{
			Customer: account.CustomerID(rec.int(0)), ID: rec.int(1), Name: rec.text(2), Type: rec.int(3), Minutes: money.Micro(rec.int(4)), Quantity: money.Micro(rec.int(5)),
			Background: rec.text(6), Contact: rec.text(7), Team: rec.int(8), Made: time.UnixMicro(rec.int(9)).UTC(),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	return out, nil
}
