package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"quid/account"
	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
)

// may refuses a change that who asks has no right to: one of the rights is enough.
// Every change begins with it; whose customers may be changed is the store's to ask
// (Reader.Customer, Reader.Reach).
func may(ctx context.Context, rights ...auth.Right) error {
	for _, right := range rights {
		if auth.From(ctx).May(right) {
			return nil
		}
	}
	return fmt.Errorf("%s: %w", rights, fault.Denied)
}

// keeps refuses who may not answer persons: that takes the right, and all customers
// in reach, since a person may be named at any of them.
func keeps(ctx context.Context) error {
	if err := may(ctx, auth.KeepPrivacy); err != nil || auth.From(ctx).ReachesAll() {
		return err
	}
	return fmt.Errorf("%s of customers out of reach: %w", auth.KeepPrivacy, fault.Denied)
}

// An act is what the audit log says of a change.
type act struct {
	What     string // such as changed
	Noun     string // such as user
	ID       int64
	Customer account.CustomerID // 0: of no customer
	Before   any                // nil: nothing was there
	After    any
}

// audit writes who did what into the log, in the transaction of the change.
func (a *App) audit(ctx context.Context, tx *store.Tx, of act) error {
	who := auth.From(ctx)
	line := store.Audit{
		ID: a.id(), At: a.Now(), User: who.User, Key: who.Key, Via: viaOf(who), Address: who.From, Request: who.Via,
		What: of.What, Noun: of.Noun, NounID: of.ID, Customer: of.Customer,
	}
	for _, side := range []struct {
		of any
		to *string
	}{{of.Before, &line.Before}, {of.After, &line.After}} {
		if side.of == nil {
			continue
		}
		text, err := json.Marshal(side.of)
		if err != nil {
			return fmt.Errorf("audit %s %s: %w", of.What, of.Noun, err)
		}
		*side.to = string(text)
	}
	return tx.AddAudit(ctx, line)
}

// viaOf says which door somebody came through.
func viaOf(who auth.Who) string {
	switch {
	case who.Whole:
		return who.Name
	case who.Key != 0:
		return "api"
	case who.User != 0:
		return "page"
	default:
		return "link"
	}
}

// NoteSeen writes into the log that somebody looked at personal data: of a contact,
// or what is told of a person. Where the book can't be written they look all the
// same, and the log of the server says so.
func (a *App) NoteSeen(ctx context.Context, noun string, id int64, customer account.CustomerID) error {
	if auth.From(ctx).Whole {
		return nil
	}
	return a.note(ctx, act{What: "saw", Noun: noun, ID: id, Customer: customer})
}

// NoteExport writes into the log that somebody took a list out, and by which fields
// it was narrowed: what they were narrowed to may name anybody.
func (a *App) NoteExport(ctx context.Context, list string, by []string) error {
	return a.note(ctx, act{What: "took out", Noun: "export", After: map[string]any{"list": list, "narrowed_by": by}})
}

// note writes that somebody looked. Where the book can't be written, the log of the
// server says so instead.
func (a *App) note(ctx context.Context, of act) error {
	err := a.DB.Write(ctx, func(tx *store.Tx) error { return a.audit(ctx, tx, of) })
	if passes(err) {
		who := auth.From(ctx)
		a.Log.WarnContext(ctx, "somebody "+of.What+" data, and the log of the book can't be written", "user", who.User, "key", who.Key, "noun", of.Noun, "id", of.ID)
		return nil
	}
	return err
}

// noteIfWritable writes what is good to know and nobody waits for, such as when
// somebody was here last. Where the disk is full, people read on all the same.
func (a *App) noteIfWritable(ctx context.Context, fn func(*store.Tx) error) error {
	if err := a.DB.Write(ctx, fn); !passes(err) {
		return err
	}
	return nil
}

// passes says that an error is of a disk or a server and passes.
func passes(err error) bool {
	return errors.Is(err, fault.Unwritable) || errors.Is(err, fault.Unavailable)
}
