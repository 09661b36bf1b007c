package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/value"
)

// Model returns the version of the valuation model that counts. A book that has
// none yet gets the default as version 1.
func (a *App) Model(ctx context.Context) (store.ModelVersion, error) {
	m, err := a.DB.Read().NewestModel(ctx)
	if err == nil || !errors.Is(err, fault.NotFound) {
		return m, err
	}
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		if m, err = tx.NewestModel(ctx); err == nil || !errors.Is(err, fault.NotFound) {
			return err
		}
		m = store.ModelVersion{Spec: value.Default(), Note: "the model a new book begins with", Made: a.Now()}
		m.ID, err = tx.AddModel(ctx, m)
		return err
	})
	return m, err
}

// SaveModel keeps a new version of the valuation model; note says why. The next
// valuation is made by it, and one is asked for at once.
func (a *App) SaveModel(ctx context.Context, spec value.Model, note string) (store.ModelVersion, error) {
	if err := may(ctx, auth.SetModel); err != nil {
		return store.ModelVersion{}, err
	}
	var errs []error
	if err := spec.Check(); err != nil {
		errs = append(errs, err)
	}
	if strings.TrimSpace(note) == "" {
		errs = append(errs, fault.Field("note", "say what changed and why"))
	}
	if err := errors.Join(errs...); err != nil {
		return store.ModelVersion{}, fmt.Errorf("save model: %w", err)
	}
	m := store.ModelVersion{Spec: spec, Note: strings.TrimSpace(note), Made: a.Now()}
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		var err error
		if m.ID, err = tx.AddModel(ctx, m); err != nil {
			return err
		}
		return errors.Join(a.enqueue(ctx, tx, ValueJob, ""), a.audit(ctx, tx, act{What: "changed", Noun: "model", ID: m.ID}))
	})
	return m, err
}
