package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"quid/fault"
)

// A Company is how the company shows itself to its customers.
type Company struct {
	Name     string
	Street   string
	Place    string // postal code and city
	Contact  string // whom to reach
	Phone    string
	Email    string
	Web      string
	Colour   string // rrggbb, or "" for Quid's own
	Logo     []byte // PNG or JPEG, or nil
	LogoKind string // png, jpeg or ""
	Revision int32
}

const sqlCompany = `SELECT name, street, place, contact, phone, email, web, colour, logo, logo_kind, revision FROM company WHERE one = 1`

// Company returns what the company said of itself; nothing if it said nothing yet.
func (r Reader) Company(ctx context.Context) (Company, error) {
	var c Company
	err := one(r.q.QueryRowContext(ctx, sqlCompany).Scan(&c.Name, &c.Street, &c.Place, &c.Contact, &c.Phone, &c.Email, &c.Web, &c.Colour, &c.Logo, &c.LogoKind, &c.Revision))
	if err != nil && !errors.Is(err, fault.NotFound) {
		return Company{}, fmt.Errorf("company: %w", err)
	}
	return c, nil
}

const sqlPutCompany = `
	INSERT INTO company (one, name, street, place, contact, phone, email, web, colour, logo, logo_kind, revision)
	VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
	ON CONFLICT (one) DO UPDATE SET name = excluded.name, street = excluded.street, place = excluded.place, contact = excluded.contact, phone = excluded.phone,
		email = excluded.email, web = excluded.web, colour = excluded.colour, logo = excluded.logo, logo_kind = excluded.logo_kind, revision = excluded.revision`

// PutCompany writes what the company says of itself.
func (tx *Tx) PutCompany(ctx context.Context, c Company) error {
	var logo any
	if len(c.Logo) > 0 {
		logo = c.Logo
	}
	_, err := tx.exec(ctx, sqlPutCompany, c.Name, c.Street, c.Place, c.Contact, c.Phone, c.Email, c.Web, c.Colour, logo, c.LogoKind, int64(c.Revision))
	if err != nil {
		return fmt.Errorf("put company: %w", err)
	}
	return nil
}

const (
	sqlBookKey    = `SELECT secret FROM book_key WHERE name = $1`
	sqlAddBookKey = `INSERT INTO book_key (name, secret, made_at) VALUES ($1, $2, $3)`
)

// BookKey returns a key that the book signs with, or fault.NotFound.
func (r Reader) BookKey(ctx context.Context, name string) ([]byte, error) {
	var key []byte
	if err := one(r.q.QueryRowContext(ctx, sqlBookKey, name).Scan(&key)); err != nil {
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	return key, nil
}

// AddBookKey writes a new key.
func (tx *Tx) AddBookKey(ctx context.Context, name string, key []byte, at time.Time) error {
	if _, err := tx.exec(ctx, sqlAddBookKey, name, key, at.UnixMicro()); err != nil {
		return fmt.Errorf("add key %s: %w", name, err)
	}
	return nil
}
