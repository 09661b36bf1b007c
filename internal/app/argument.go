package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
	"quid/talk"
)

// SaveArgument keeps what a person wrote for a service in a language. It fails
// with fault.Conflict if somebody wrote it since the person saw it.
func (a *App) SaveArgument(ctx context.Context, arg talk.Argument) error {
	if err := may(ctx, auth.SetPlaybooks); err != nil {
		return err
	}
	arg.Gain, arg.Loss = strings.TrimSpace(arg.Gain), strings.TrimSpace(arg.Loss)
	for i, o := range arg.Objections {
		arg.Objections[i] = talk.Objection{Says: strings.TrimSpace(o.Says), Answer: strings.TrimSpace(o.Answer)}
	}
	if err := arg.Check(); err != nil {
		return fmt.Errorf("save argument: %w", err)
	}
	arg.Objections = slices.DeleteFunc(arg.Objections, func(o talk.Objection) bool { return o.Says == "" })
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		before, err := written(ctx, tx, arg)
		if err != nil {
			return err
		}
		arg.Revision = before + 1
		return errors.Join(tx.PutArgument(ctx, arg), a.audit(ctx, tx, act{What: "changed", Noun: "argument", After: map[string]string{"code": arg.Code, "lang": arg.Lang}}))
	})
	if err != nil {
		return fmt.Errorf("save argument: %w", err)
	}
	return nil
}

// written is the revision of the argument in the book, 0 where the shipped one
// counts; it must be the one that was seen.
func written(ctx context.Context, tx *store.Tx, arg talk.Argument) (int32, error) {
	all, err := tx.Arguments(ctx)
	if err != nil {
		return 0, err
	}
	before := int32(0)
	if was, _ := talk.ArgumentOf(all, arg.Code, arg.Lang); was.Own {
		before = was.Revision
	}
	if before != arg.Revision {
		return 0, fault.Conflict
	}
	return before, nil
}

// ResetArgument lets the shipped argument count again.
func (a *App) ResetArgument(ctx context.Context, code, lang string) error {
	if err := may(ctx, auth.SetPlaybooks); err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.DropArgument(ctx, code, lang), a.audit(ctx, tx, act{What: "took back", Noun: "argument", After: map[string]string{"code": code, "lang": lang}}))
	})
}
