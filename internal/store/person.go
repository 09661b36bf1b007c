package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strings"

	"quid/account"
	"quid/crm"
	"quid/privacy"
)

// A DataRow is a row of a table as the data map sees it: some of its columns and
// always its key.
type DataRow struct {
	Table   *privacy.Table
	Columns []string
	Values  []any // in their order: string, int64, float64, []byte or nil
}

// Value returns a column, nil for one that was not read.
func (r DataRow) Value(column string) any {
	if i := slices.Index(r.Columns, column); i >= 0 {
		return r.Values[i]
	}
	return nil
}

// Text returns a column as text, "" where it is none.
func (r DataRow) Text(column string) string {
	s, _ := r.Value(column).(string)
	return s
}

// Int returns a column as a whole number, 0 where it is none.
func (r DataRow) Int(column string) int64 {
	n, _ := r.Value(column).(int64)
	return n
}

// DataRows streams the rows of a table in the data map with some of its columns:
// those that carry a customer's id, or all rows where customer is 0. The names in
// the statement are those of the map, never what somebody typed.
func (r Reader) DataRows(ctx context.Context, t *privacy.Table, columns []string, customer account.CustomerID) iter.Seq2[DataRow, error] {
	return func(yield func(DataRow, error) bool) {
		row := DataRow{Table: t, Columns: slices.Clone(t.Key)}
		for _, c := range columns {
			if !slices.Contains(row.Columns, c) {
				row.Columns = append(row.Columns, c)
			}
		}
		query, args := `SELECT `+strings.Join(row.Columns, ", ")+` FROM `+t.Name, []any(nil)
		if customer != 0 {
			query += ` WHERE customer_id = $1`
			args = append(args, int64(customer))
		}
		rows, err := r.q.QueryContext(ctx, query, args...)
		if err != nil {
			yield(row, fmt.Errorf("rows of %s: %w", t.Name, err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			one := row
			if one.Values, err = scanRow(rows, len(row.Columns)); err != nil {
				yield(row, fmt.Errorf("rows of %s: %w", t.Name, err))
				return
			}
			if !yield(one, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(row, fmt.Errorf("rows of %s: %w", t.Name, err))
		}
	}
}

// scanRow reads a row as the driver gives it; bytes are copied.
func scanRow(rows *sql.Rows, n int) ([]any, error) {
	values, into := make([]any, n), make([]any, n)
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	return values, nil
}

// byKey is the condition that a row is found by, from $first on.
func byKey(t *privacy.Table, first int) string {
	parts := make([]string, len(t.Key))
	for i, k := range t.Key {
		parts[i] = fmt.Sprintf("%s = $%d", k, first+i)
	}
	return " WHERE " + strings.Join(parts, " AND ")
}

func (r DataRow) key() []any {
	out := make([]any, len(r.Table.Key))
	for i, k := range r.Table.Key {
		out[i] = r.Value(k)
	}
	return out
}

// Again reads the columns of a row once more; ok is false if it is gone.
func (r Reader) Again(ctx context.Context, row DataRow) (now DataRow, ok bool, err error) {
	rows, err := r.q.QueryContext(ctx, `SELECT `+strings.Join(row.Columns, ", ")+` FROM `+row.Table.Name+byKey(row.Table, 1), row.key()...)
	if err != nil {
		return row, false, fmt.Errorf("row of %s: %w", row.Table.Name, err)
	}
	defer rows.Close()
	if !rows.Next() {
		return row, false, rows.Err()
	}
	now = row
	now.Values, err = scanRow(rows, len(row.Columns))
	return now, err == nil, err
}

// A DataPatch is what is to become of a row of the data map.
type DataPatch struct {
	Row    DataRow
	Drop   bool
	Set    []string // columns, none of them of the key
	Values []any
}

// Patch does what the patches say.
func (tx *Tx) Patch(ctx context.Context, patches []DataPatch) error {
	for _, p := range patches {
		query, args := `DELETE FROM `+p.Row.Table.Name+byKey(p.Row.Table, 1), p.Row.key()
		if !p.Drop {
			sets := make([]string, len(p.Set))
			for i, c := range p.Set {
				sets[i] = fmt.Sprintf("%s = $%d", c, i+1)
			}
			query = `UPDATE ` + p.Row.Table.Name + ` SET ` + strings.Join(sets, ", ") + byKey(p.Row.Table, len(sets)+1)
			args = append(slices.Clone(p.Values), p.Row.key()...)
		}
		if _, err := tx.exec(ctx, query, args...); err != nil {
			return fmt.Errorf("patch %s: %w", p.Row.Table.Name, err)
		}
	}
	return nil
}

// A KnownPerson is somebody whom the book holds data of: a contact, or a customer
// that is a person.
type KnownPerson struct {
	privacy.Person
	Name, FirstName string
	Mail, Phone     string
	Street          string // of a person who is the customer
	External        string
	Company         string // the customer's name
	Contactable     []string
	Revision        int32
	IsCustomer      bool // a customer that is a person
}

// Full is the whole name.
func (p KnownPerson) Full() string { return strings.TrimSpace(p.FirstName + " " + p.Name) }

// Identity is by what the person is recognised in free text.
func (p KnownPerson) Identity() privacy.Identity {
	id := privacy.Identity{First: p.FirstName, Last: p.Name, Mails: []string{p.Mail}, Phones: []string{p.Phone}}
	if strings.Contains(p.External, "@") {
		id.More = append(id.More, p.External)
	}
	if len(strings.Fields(p.Street)) > 1 {
		id.More = append(id.More, p.Street)
	}
	return id
}

const (
	sqlKnownContacts = `
	SELECT k.customer_id, k.contact_id, k.name, k.first_name, k.email, k.phone, k.external, c.name, k.channels, k.revision
	FROM contact k JOIN customer c ON c.customer_id = k.customer_id ORDER BY k.customer_id, k.contact_id`
	sqlKnownContactsOf = `
	SELECT k.customer_id, k.contact_id, k.name, k.first_name, k.email, k.phone, k.external, c.name, k.channels, k.revision
	FROM contact k JOIN customer c ON c.customer_id = k.customer_id WHERE k.customer_id = $1 ORDER BY k.contact_id`
	sqlKnownCustomers = `
	SELECT customer_id, name, email, phone, external, street, revision FROM customer WHERE person_at IS NOT NULL ORDER BY customer_id`
	sqlContactAnywhere = `SELECT customer_id FROM contact WHERE contact_id = $1`
)

// Persons calls fn with everybody the book holds data of.
func (r Reader) Persons(ctx context.Context, fn func(KnownPerson)) error {
	err := r.knownContacts(ctx, sqlKnownContacts, nil, fn)
	if err != nil {
		return err
	}
	err = r.each(ctx, sqlKnownCustomers, nil, func(rec *record) error {
		fn(KnownPerson{
			Person: privacy.Person{Customer: account.CustomerID(rec.int(0))}, Name: rec.text(1), Mail: rec.text(2), Phone: rec.text(3), External: rec.text(4),
			Street: rec.text(5), Company: rec.text(1), Revision: int32(rec.int(6)), IsCustomer: true,
		})
		return nil
	})
	if err != nil {
		return fmt.Errorf("persons: %w", err)
	}
	return nil
}

func (r Reader) knownContacts(ctx context.Context, query string, args []any, fn func(KnownPerson)) error {
	err := r.each(ctx, query, args, func(rec *record) error {
		fn(KnownPerson{
			Person: privacy.Person{Customer: account.CustomerID(rec.int(0)), Contact: rec.int(1)}, Name: rec.text(2), FirstName: rec.text(3), Mail: rec.text(4),
			Phone: rec.text(5), External: rec.text(6), Company: rec.text(7), Contactable: strings.Fields(rec.text(8)), Revision: int32(rec.int(9)),
		})
		return nil
	})
	if err != nil {
		return fmt.Errorf("persons: %w", err)
	}
	return nil
}

// PersonsOf returns the contacts of a customer, restricted and erased ones too.
func (r Reader) PersonsOf(ctx context.Context, customer account.CustomerID) (out []KnownPerson, err error) {
	err = r.knownContacts(ctx, sqlKnownContactsOf, []any{int64(customer)}, func(p KnownPerson) { out = append(out, p) })
	return out, err
}

// KnownPerson returns one person, or fault.NotFound.
func (r Reader) KnownPerson(ctx context.Context, p privacy.Person) (KnownPerson, error) {
	c, err := r.Customer(ctx, p.Customer)
	if err != nil {
		return KnownPerson{}, err
	}
	if p.Contact != 0 {
		k, err := r.Contact(ctx, p.Customer, p.Contact)
		return KnownPerson{
			Person: p, Name: k.Name, FirstName: k.FirstName, Mail: k.Email, Phone: k.Phone, External: k.External, Company: c.Name,
			Contactable: strings.Fields(k.Channels), Revision: k.Revision,
		}, err
	}
	return KnownPerson{
		Person: p, Name: c.Name, Mail: c.Email, Phone: c.Phone, External: c.External, Street: c.Street, Company: c.Name, Revision: c.Revision, IsCustomer: c.Person,
	}, nil
}

// ContactAnywhere returns the customer a contact is at now, 0 if it is nowhere.
func (r Reader) ContactAnywhere(ctx context.Context, contact int64) (customer account.CustomerID, err error) {
	err = r.each(ctx, sqlContactAnywhere, []any{contact}, func(rec *record) error {
		customer = account.CustomerID(rec.int(0))
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("contact %d: %w", contact, err)
	}
	return customer, nil
}

// Matches says whether a person answers to folded words, each in some part of what
// is known of them.
func (p KnownPerson) Matches(words []string) bool {
	text := crm.Fold(p.Full()+" "+p.Name+" "+p.FirstName+" "+p.Mail+" "+p.External) + " " + digitsOf(p.Phone)
	for _, w := range words {
		if d := digitsOf(w); !strings.Contains(text, w) && (len(d) < 4 || !strings.Contains(text, strings.TrimLeft(d, "0"))) {
			return false
		}
	}
	return len(words) > 0
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
