package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"quid/account"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/hook"
	"quid/internal/store"
	"quid/money"
)

// A CustomerEdit is what a person changes of a customer on its page. What comes
// from documents (name, address, acquisition) is left to imports.
type CustomerEdit struct {
	Customer  account.CustomerID
	Revision  int32 // that the person saw
	Owner     string
	Industry  string
	Size      string
	Need      *money.Amount // yearly need in minor units, nil if unknown
	Rank      int           // own rank among the suppliers, 0 if unknown
	Suppliers int           // 0 if unknown
	TermsDays *int          // nil for the default
	Note      string
}

// UpdateCustomer keeps what a person changed. It fails with fault.Conflict if
// somebody wrote the customer since the person saw it. A valuation is asked for.
func (a *App) UpdateCustomer(ctx context.Context, e CustomerEdit) error {
	if err := may(ctx, auth.EditCustomers); err != nil {
		return err
	}
	if err := a.DB.Write(ctx, func(tx *store.Tx) error { return a.keepEdit(ctx, tx, e) }); err != nil {
		return fmt.Errorf("update customer %d: %w", e.Customer, err)
	}
	return nil
}

// of is a customer with the edit.
func (e CustomerEdit) of(c store.KeptCustomer) store.KeptCustomer {
	c.Owner, c.Industry, c.Size = strings.TrimSpace(e.Owner), strings.TrimSpace(e.Industry), strings.TrimSpace(e.Size)
	c.Need, c.Rank, c.Suppliers, c.TermsDays = e.Need, e.Rank, e.Suppliers, e.TermsDays
	c.Note = strings.TrimSpace(e.Note)
	return c
}

// keepEdit writes an edit within a transaction.
func (a *App) keepEdit(ctx context.Context, tx *store.Tx, e CustomerEdit) error {
	before, err := tx.Customer(ctx, e.Customer)
	if err != nil {
		return err
	}
	if before.Revision != e.Revision {
		return fault.Conflict
	}
	c := e.of(before)
	if reflect.DeepEqual(c, before) {
		return nil
	}
	if err := c.Check(); err != nil {
		return err
	}
	c.Revision, c.Import = before.Revision+1, 0
	change := act{What: "changed", Noun: "customer", ID: int64(c.ID), Customer: c.ID, Before: toldOfCustomer(before), After: toldOfCustomer(c)}
	if err := errors.Join(tx.PutCustomer(ctx, c), tx.Touch(ctx), a.audit(ctx, tx, change)); err != nil {
		return err
	}
	return errors.Join(a.tell(ctx, tx, hook.CustomerChanged, hook.Of("customer", int64(c.ID))), a.enqueue(ctx, tx, ValueJob, ""))
}

// toldOfCustomer is what the audit log says of a customer: what a person can change
// of it, but the note, which may name anybody.
func toldOfCustomer(c store.KeptCustomer) map[string]any {
	return map[string]any{"owner": c.Owner, "industry": c.Industry, "size": c.Size, "need": c.Need, "rank": c.Rank, "suppliers": c.Suppliers, "terms_days": c.TermsDays}
}

// longestName is how long the name of a view may be.
const longestName = 80

// SaveView keeps a list under a name; query is that of its address.
func (a *App) SaveView(ctx context.Context, name, query string) (int64, error) {
	if err := may(ctx, auth.CareFor); err != nil {
		return 0, err
	}
	name = strings.TrimSpace(name)
	if name == "" || len(name) > longestName {
		return 0, fmt.Errorf("save view: %w", fault.Field("name", "write a name of at most 80 characters"))
	}
	v := store.View{ID: a.id(), Name: name, Query: query, Made: a.Now()}
	return v.ID, a.DB.Write(ctx, func(tx *store.Tx) error { return tx.AddView(ctx, v) })
}

// DropView forgets a saved view.
func (a *App) DropView(ctx context.Context, id int64) error {
	if err := may(ctx, auth.CareFor); err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error { return tx.DeleteView(ctx, id) })
}

// AskValue asks for a valuation of the book as it is now, in the background.
func (a *App) AskValue(ctx context.Context) error {
	if err := may(ctx, auth.SetModel); err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error { return a.enqueue(ctx, tx, ValueJob, "") })
}
