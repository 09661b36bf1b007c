package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
)

// SaveTemplate keeps an entry under a name, to be booked again. Its id is made
// here; what it leaves empty is asked when it is used.
func (a *App) SaveTemplate(ctx context.Context, t store.Template) (store.Template, error) {
	if err := may(ctx, auth.BookServices); err != nil {
		return store.Template{}, err
	}
	t.ID, t.Made, t.Name = a.id(), a.Now(), strings.TrimSpace(t.Name)
	t.Background, t.Contact = strings.TrimSpace(t.Background), strings.TrimSpace(t.Contact)
	var errs []error
	if t.Name == "" || len(t.Name) > longestName {
		errs = append(errs, fault.Field("name", "write a name of at most 80 characters"))
	}
	errs = append(errs, texts(t.Background, t.Contact))
	if t.Minutes < 0 || t.Quantity < 0 {
		errs = append(errs, fault.Field("quantity", "not below zero"))
	}
	if err := errors.Join(errs...); err != nil {
		return store.Template{}, fmt.Errorf("save template: %w", err)
	}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		if t.Customer != 0 {
			if _, err := tx.Customer(ctx, t.Customer); errors.Is(err, fault.NotFound) {
				return fault.Field("customer", "this customer is not there")
			} else if err != nil {
				return err
			}
		}
		if t.Type != 0 {
			if _, err := typeOf(ctx, tx, t.Type); err != nil {
				return err
			}
		}
		return tx.AddTemplate(ctx, t)
	})
	if err != nil {
		return store.Template{}, fmt.Errorf("save template: %w", err)
	}
	return t, nil
}

// DropTemplate forgets a template.
func (a *App) DropTemplate(ctx context.Context, ref store.Ref) error {
	if err := may(ctx, auth.BookServices); err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error { return tx.DeleteTemplate(ctx, ref) })
}
