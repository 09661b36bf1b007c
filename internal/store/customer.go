package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"quid/account"
	"quid/crm"
	"quid/day"
	"quid/fault"
	"quid/internal/auth"
	"quid/money"
)

const customerColumns = `customer_id, external, number, name, sort_name, search, person_at, street, postal_code, city, state, country,
	phone, email, industry, size, owner, acquired_on, channel, acquired_for, contract_at, contract_since, contract_until, terms_days, need, rank, suppliers,
	credit_limit, note, stub_at, posted_on, post_rev, revision, import_id, created_at, archived_at`

var customerTable = tableOf("customer", commaless(customerColumns))

// A KeptCustomer is a customer with what the book keeps about its posting.
type KeptCustomer struct {
	crm.Customer
	PostedOn day.Day // of its acquisition posting, 0 if there is none
	PostRev  int32   // revision of it

	// Groups says when it began to belong to which group, by day: only in what
	// undo keeps of a customer.
	Groups []crm.Membership `json:",omitempty"`
}

// flag stores that something holds, as the instant it was said.
func flag(on bool, at time.Time) any {
	if !on {
		return nil
	}
	return at.UnixMicro()
}

func customerArgs(args []any, c *KeptCustomer) []any {
	return append(args, int64(c.ID), c.External, c.Number, c.Name, crm.Fold(c.Name), searchText(&c.Customer), flag(c.Person, c.Created),
		c.Street, c.PostalCode, c.City, c.State, c.Country, c.Phone, c.Email, c.Industry, c.Size, c.Owner, null(int64(c.AcquiredOn)),
		c.Channel, cents(c.AcquiredFor), flag(c.Contractual, c.Created), null(int64(c.Contract.Since)), null(int64(c.Contract.Until)), days(c.TermsDays), cents(c.Need), int64(c.Rank), int64(c.Suppliers),
		cents(c.CreditLimit), c.Note, flag(c.Stub, c.Created), null(int64(c.PostedOn)), int64(c.PostRev), int64(c.Revision), c.Import,
		c.Created.UnixMicro(), since(c.Archived))
}

// searchText is what a customer is found by: its folded name, numbers and city.
func searchText(c *crm.Customer) string {
	text := c.Name + " " + c.Number
	if c.External != c.Number {
		text += " " + c.External
	}
	return crm.Fold(text + " " + c.City)
}

func cents(a *money.Amount) any {
	if a == nil {
		return nil
	}
	return int64(*a)
}

func days(n *int) any {
	if n == nil {
		return nil
	}
	return int64(*n)
}

// AddCustomers writes new customers.
func (tx *Tx) AddCustomers(ctx context.Context, cs []KeptCustomer) error {
	args := make([]any, 0, len(cs)*len(customerTable.columns))
	for i := range cs {
		args = customerArgs(args, &cs[i])
	}
	return tx.load(ctx, customerTable, args)
}

var sqlPutCustomer = updateByKey(customerTable, 1)

// PutCustomer writes a customer over the one that is there.
func (tx *Tx) PutCustomer(ctx context.Context, c KeptCustomer) error {
	if _, err := tx.exec(ctx, sqlPutCustomer, customerArgs(nil, &c)...); err != nil {
		return fmt.Errorf("put customer %d: %w", c.ID, err)
	}
	return nil
}

const (
	sqlCustomer      = `SELECT ` + customerColumns + ` FROM customer WHERE customer_id = $1`
	sqlCustomersByID = `SELECT ` + customerColumns + ` FROM customer WHERE customer_id IN `
	sqlByNumber      = `SELECT customer_id, number FROM customer WHERE archived_at IS NULL AND number IN `
	sqlBySortName    = `SELECT customer_id, sort_name FROM customer WHERE archived_at IS NULL AND sort_name IN `
)

// Customer returns a customer.
func (r Reader) Customer(ctx context.Context, id account.CustomerID) (KeptCustomer, error) {
	rows, err := r.q.QueryContext(ctx, sqlCustomer, id)
	if err != nil {
		return KeptCustomer{}, fmt.Errorf("customer %d: %w", id, err)
	}
	cs, err := scanCustomers(rows)
	if err == nil && (len(cs) == 0 || !auth.From(ctx).Reaches(cs[0].Owner)) {
		err = one(sql.ErrNoRows)
	}
	if err != nil {
		return KeptCustomer{}, fmt.Errorf("customer %d: %w", id, err)
	}
	return cs[0], nil
}

const sqlOwnerOf = `SELECT owner FROM customer WHERE customer_id = $1`

// Reach refuses customers that who asks does not see: they are fault.NotFound, like
// customers that are not there.
func (r Reader) Reach(ctx context.Context, ids ...account.CustomerID) error {
	who := auth.From(ctx)
	if who.ReachesAll() {
		return nil
	}
	for _, id := range ids {
		if id == 0 {
			continue // of no customer yet
		}
		var owner string
		err := one(r.q.QueryRowContext(ctx, sqlOwnerOf, id).Scan(&owner))
		if err == nil && !who.Reaches(owner) {
			err = fault.NotFound
		}
		if err != nil {
			return fmt.Errorf("customer %d: %w", id, err)
		}
	}
	return nil
}

// CustomersByID returns customers by their ids; those that are missing, or out of
// reach of who asks, are left out.
func (r Reader) CustomersByID(ctx context.Context, ids []account.CustomerID) (map[account.CustomerID]KeptCustomer, error) {
	found := make(map[account.CustomerID]KeptCustomer, len(ids))
	for len(ids) > 0 {
		n := min(chunk, len(ids))
		args := make([]any, n)
		for i, id := range ids[:n] {
			args[i] = int64(id)
		}
		ids = ids[n:]
		rows, err := r.q.QueryContext(ctx, sqlCustomersByID+in(1, n), args...)
		if err != nil {
			return nil, fmt.Errorf("customers: %w", err)
		}
		cs, err := scanCustomers(rows)
		if err != nil {
			return nil, fmt.Errorf("customers: %w", err)
		}
		for _, c := range cs {
			if auth.From(ctx).Reaches(c.Owner) {
				found[c.ID] = c
			}
		}
	}
	return found, nil
}

func scanCustomers(rows *sql.Rows) ([]KeptCustomer, error) {
	defer rows.Close()
	var out []KeptCustomer
	for rows.Next() {
		var c KeptCustomer
		var sortName, search string
		var person, acquired, acquiredFor, contract, contractSince, contractUntil, terms, need, limit, stub, posted, archived sql.NullInt64
		var created int64
		if err := rows.Scan(&c.ID, &c.External, &c.Number, &c.Name, &sortName, &search, &person, &c.Street, &c.PostalCode, &c.City, &c.State,
			&c.Country, &c.Phone, &c.Email, &c.Industry, &c.Size, &c.Owner, &acquired, &c.Channel, &acquiredFor, &contract, &contractSince, &contractUntil, &terms, &need,
			&c.Rank, &c.Suppliers, &limit, &c.Note, &stub, &posted, &c.PostRev, &c.Revision, &c.Import, &created, &archived); err != nil {
			return nil, err
		}
		c.Person, c.Contractual, c.Stub = person.Valid, contract.Valid, stub.Valid
		c.Contract = crm.Contract{Since: day.Day(contractSince.Int64), Until: day.Day(contractUntil.Int64)}
		c.AcquiredOn, c.PostedOn = day.Day(acquired.Int64), day.Day(posted.Int64)
		c.AcquiredFor, c.Need, c.CreditLimit = amountOf(acquiredFor), amountOf(need), amountOf(limit)
		if terms.Valid {
			n := int(terms.Int64)
			c.TermsDays = &n
		}
		c.Created, c.Archived = time.UnixMicro(created).UTC(), instant(archived)
		out = append(out, c)
	}
	return out, rows.Err()
}

func amountOf(v sql.NullInt64) *money.Amount {
	if !v.Valid {
		return nil
	}
	a := money.Amount(v.Int64)
	return &a
}

// CustomersNumbered returns the customers with these numbers, by number; a
// number that several have is there several times.
func (r Reader) CustomersNumbered(ctx context.Context, numbers []string) (map[string][]account.CustomerID, error) {
	return r.customersBy(ctx, sqlByNumber, numbers)
}

// CustomersNamed returns the customers with these folded names.
func (r Reader) CustomersNamed(ctx context.Context, folded []string) (map[string][]account.CustomerID, error) {
	return r.customersBy(ctx, sqlBySortName, folded)
}

func (r Reader) customersBy(ctx context.Context, query string, values []string) (map[string][]account.CustomerID, error) {
	found := make(map[string][]account.CustomerID)
	for len(values) > 0 {
		n := min(chunk, len(values))
		args := make([]any, n)
		for i, v := range values[:n] {
			args[i] = v
		}
		values = values[n:]
		rows, err := r.q.QueryContext(ctx, query+in(1, n), args...)
		if err != nil {
			return nil, fmt.Errorf("find customers: %w", err)
		}
		for rows.Next() {
			var id account.CustomerID
			var v string
			if err := rows.Scan(&id, &v); err != nil {
				rows.Close()
				return nil, fmt.Errorf("find customers: %w", err)
			}
			found[v] = append(found[v], id)
		}
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("find customers: %w", err)
		}
	}
	return found, nil
}

const sqlDeleteGroups = `DELETE FROM customer_parent WHERE customer_id = $1`

// DeleteGroups forgets which groups a customer belonged to.
func (tx *Tx) DeleteGroups(ctx context.Context, customer account.CustomerID) error {
	if _, err := tx.exec(ctx, sqlDeleteGroups, customer); err != nil {
		return fmt.Errorf("groups of %d: %w", customer, err)
	}
	return nil
}

var parentTable = tableOf("customer_parent", "customer_id valid_from parent_id")

// AddGroups writes when customers began to belong to which group; Until is not
// looked at.
func (tx *Tx) AddGroups(ctx context.Context, begun []crm.Membership) error {
	args := make([]any, 0, len(begun)*len(parentTable.columns))
	for _, m := range begun {
		args = append(args, int64(m.Customer), int64(m.From), null(int64(m.Parent)))
	}
	return tx.load(ctx, parentTable, args)
}

const sqlParentOn = `
	SELECT parent_id FROM customer_parent WHERE customer_id = $1 AND valid_from <= $2 ORDER BY valid_from DESC LIMIT 1`

// ParentOn returns the group a customer belongs to on a day, 0 for none.
func (r Reader) ParentOn(ctx context.Context, customer account.CustomerID, on day.Day) (account.CustomerID, error) {
	var parent sql.NullInt64
	err := r.q.QueryRowContext(ctx, sqlParentOn, customer, on).Scan(&parent)
	if err != nil && err != sql.ErrNoRows {
		return 0, fmt.Errorf("parent of %d: %w", customer, err)
	}
	return account.CustomerID(parent.Int64), nil
}

var contactTable = tableOf("contact", "customer_id contact_id external name first_name role email phone language part attitude wants channels revision import_id")

func contactArgs(args []any, c *crm.Contact) []any {
	return append(args, int64(c.Customer), c.ID, c.External, c.Name, c.FirstName, c.Role, c.Email, c.Phone, c.Language, c.Part, c.Attitude, c.Wants, c.Channels,
		int64(c.Revision), c.Import)
}

// AddContacts writes new contacts.
func (tx *Tx) AddContacts(ctx context.Context, cs []crm.Contact) error {
	args := make([]any, 0, len(cs)*len(contactTable.columns))
	for i := range cs {
		args = contactArgs(args, &cs[i])
	}
	return tx.load(ctx, contactTable, args)
}

var sqlPutContact = updateByKey(contactTable, 2)

// PutContact writes a contact over the one that is there.
func (tx *Tx) PutContact(ctx context.Context, c crm.Contact) error {
	if _, err := tx.exec(ctx, sqlPutContact, contactArgs(nil, &c)...); err != nil {
		return fmt.Errorf("put contact %d: %w", c.ID, err)
	}
	return nil
}

const sqlDeleteContact = `DELETE FROM contact WHERE customer_id = $1 AND contact_id = $2`

// DeleteContact forgets a contact.
func (tx *Tx) DeleteContact(ctx context.Context, customer account.CustomerID, id int64) error {
	if _, err := tx.exec(ctx, sqlDeleteContact, customer, id); err != nil {
		return fmt.Errorf("delete contact %d: %w", id, err)
	}
	return nil
}

const (
	contactColumns = `customer_id, contact_id, external, name, first_name, role, email, phone, language, part, attitude, wants, channels, revision, import_id`
	sqlContact     = `SELECT ` + contactColumns + ` FROM contact WHERE customer_id = $1 AND contact_id = $2`
	sqlContactsOf  = `SELECT ` + contactColumns + ` FROM contact WHERE customer_id = $1
	AND NOT EXISTS (SELECT 1 FROM privacy_mark m WHERE m.customer_id = $1 AND m.contact_id = contact.contact_id AND m.kind = 'restriction' AND m.ended_at IS NULL)
	AND NOT EXISTS (SELECT 1 FROM erasure e WHERE e.customer_id = $1 AND e.contact_id = contact.contact_id)
	ORDER BY name, contact_id`
)

// Contact returns a contact.
func (r Reader) Contact(ctx context.Context, customer account.CustomerID, id int64) (crm.Contact, error) {
	if err := r.Reach(ctx, customer); err != nil {
		return crm.Contact{}, err
	}
	cs, err := r.contacts(ctx, sqlContact, customer, id)
	if err == nil && len(cs) == 0 {
		err = one(sql.ErrNoRows)
	}
	if err != nil {
		return crm.Contact{}, fmt.Errorf("contact %d: %w", id, err)
	}
	return cs[0], nil
}

// ContactsOf returns the contacts of a customer that may be used, by name: those
// who are restricted or were erased are left out (see PersonsOf).
func (r Reader) ContactsOf(ctx context.Context, customer account.CustomerID) ([]crm.Contact, error) {
	return r.contacts(ctx, sqlContactsOf, customer)
}

func (r Reader) contacts(ctx context.Context, query string, args ...any) ([]crm.Contact, error) {
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("contacts: %w", err)
	}
	defer rows.Close()
	var out []crm.Contact
	for rows.Next() {
		var c crm.Contact
		if err := rows.Scan(&c.Customer, &c.ID, &c.External, &c.Name, &c.FirstName, &c.Role, &c.Email, &c.Phone, &c.Language,
			&c.Part, &c.Attitude, &c.Wants, &c.Channels, &c.Revision, &c.Import); err != nil {
			return nil, fmt.Errorf("contacts: %w", err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// A CustomerRef is what documents need to know of their customer.
type CustomerRef struct {
	ID       account.CustomerID
	Terms    int // days to pay
	Archived bool
}

const sqlKeyed = `
	SELECT k.hash, k.source, k.kind, k.external, c.customer_id, c.terms_days, c.archived_at
	FROM document_key k JOIN customer c ON c.customer_id = k.customer_id WHERE k.hash IN `

// CustomersKeyed returns the customers that external ids of a source lead to.
func (r Reader) CustomersKeyed(ctx context.Context, source string, externals []string) (map[string]CustomerRef, error) {
	found := make(map[string]CustomerRef, len(externals))
	args, asked := make([]any, 0, chunk), make(map[int64]string, min(chunk, len(externals)))
	for len(externals) > 0 {
		n := min(chunk, len(externals))
		args = args[:0]
		clear(asked)
		for _, e := range externals[:n] {
			hash := keyHash(source, CustomerKey, e)
			args, asked[hash] = append(args, hash), e
		}
		externals = externals[n:]
		rows, err := r.q.QueryContext(ctx, sqlKeyed+in(1, n), args...)
		if err != nil {
			return nil, fmt.Errorf("find customers: %w", err)
		}
		for rows.Next() {
			var k Key
			var hash int64
			var c CustomerRef
			var terms, archived sql.NullInt64
			if err := rows.Scan(&hash, &k.Source, &k.Kind, &k.External, &c.ID, &terms, &archived); err != nil {
				rows.Close()
				return nil, fmt.Errorf("find customers: %w", err)
			}
			c.Terms, c.Archived = termsOf(terms), archived.Valid
			k.External = known(k.External, hash, asked)
			if k.Source == source && k.Kind == CustomerKey {
				found[k.External] = c
			}
		}
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("find customers: %w", err)
		}
	}
	return found, nil
}

func termsOf(v sql.NullInt64) int {
	if !v.Valid {
		return crm.DefaultTermsDays
	}
	return int(v.Int64)
}

const sqlUnarchive = `UPDATE customer SET archived_at = NULL, revision = revision + 1 WHERE customer_id = $1`

// Unarchive brings a customer back.
func (tx *Tx) Unarchive(ctx context.Context, id account.CustomerID) error {
	if _, err := tx.exec(ctx, sqlUnarchive, id); err != nil {
		return fmt.Errorf("customer %d: %w", id, err)
	}
	return nil
}

// The orders in which CustomersFrom can read.
const (
	ByID     = "id"
	ByNewest = "-id"
	ByName   = "name"
)

const (
	sqlCustomersFrom     = `SELECT ` + customerColumns + ` FROM customer WHERE archived_at IS NULL AND customer_id > $1 ORDER BY customer_id LIMIT $2`
	sqlCustomersByNewest = `SELECT ` + customerColumns + ` FROM customer WHERE archived_at IS NULL AND customer_id < $1 ORDER BY customer_id DESC LIMIT $2`
	sqlCustomersByName   = `SELECT ` + customerColumns + ` FROM customer WHERE archived_at IS NULL AND (sort_name > $1 OR sort_name = $1 AND customer_id > $2)
		ORDER BY sort_name, customer_id LIMIT $3`
)

// CustomersFrom returns up to most customers that are not archived, in an order and
// after one of them: by its folded name and id; "" and 0 begin. It looks at nobody's
// reach.
func (r Reader) CustomersFrom(ctx context.Context, order, name string, id account.CustomerID, most int) ([]KeptCustomer, error) {
	query, args := sqlCustomersFrom, []any{id, most}
	switch order {
	case ByNewest:
		if query = sqlCustomersByNewest; id == 0 {
			args[0] = int64(math.MaxInt64)
		}
	case ByName:
		query, args = sqlCustomersByName, []any{name, id, most}
	}
	rows, err := r.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("customers: %w", err)
	}
	cs, err := scanCustomers(rows)
	if err != nil {
		return nil, fmt.Errorf("customers: %w", err)
	}
	return cs, nil
}
