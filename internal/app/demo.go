package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"quid/internal/auth"
	"quid/internal/intake"
	"quid/internal/store"
)

// TakeDocs takes documents in that were made in memory, by the same way as an
// import takes those of a file: the same batches, keys, postings and counts, and
// the same undo. name is what people call where they come from. The same
// documents again change nothing, so an interrupted taking is begun anew.
// progress, which may be nil, is told how many documents were asked for.
func (a *App) TakeDocs(ctx context.Context, kind intake.Kind, name string, docs iter.Seq[*intake.Doc], progress func(done int64)) (ImportResult, error) {
	if err := may(ctx, auth.ImportFiles); err != nil {
		return ImportResult{}, err
	}
	return a.takeMade(ctx, kind, name, docs, progress, nil)
}

// takeMade is TakeDocs; told, which may be nil, is told what became of each document.
func (a *App) takeMade(ctx context.Context, kind intake.Kind, name string, docs iter.Seq[*intake.Doc], progress func(done int64), told func(*intake.Doc, outcome)) (ImportResult, error) {
	options, err := json.Marshal(importOptions{Mode: Upsert, Related: true, Source: "file"})
	if err != nil {
		return ImportResult{}, fmt.Errorf("take %s: %w", kind, err)
	}
	imp := store.Import{ID: a.id(), Kind: string(kind), File: name, Options: string(options), State: "running", Counts: "{}", Started: a.Now()}
	err = a.DB.Write(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.AddImport(ctx, imp), a.importAct(ctx, tx, "began", imp, nil))
	})
	if err != nil {
		return ImportResult{}, fmt.Errorf("take %s: %w", kind, err)
	}
	r := newRun(a, imp, importOptions{Related: true, Mode: Upsert, Source: "file"}, false)
	r.counts, r.kind, r.docs = Counts{}.clone(), kind, counted(docs, progress)
	r.taking.told = told
	if err := r.takeAll(ctx); err != nil {
		return r.result(), fmt.Errorf("take %s: %w", kind, err)
	}
	if err := a.settleWaiting(ctx); err != nil {
		return r.result(), fmt.Errorf("take %s: %w", kind, err)
	}
	return r.result(), r.finish(ctx)
}

// counted tells how many documents were asked for, now and then.
func counted(docs iter.Seq[*intake.Doc], progress func(int64)) func(context.Context) iter.Seq2[*intake.Doc, error] {
	return func(context.Context) iter.Seq2[*intake.Doc, error] {
		return func(yield func(*intake.Doc, error) bool) {
			n := int64(0)
			for d := range docs {
				if n++; progress != nil && n%1024 == 0 {
					progress(n)
				}
				if !yield(d, nil) {
					return
				}
			}
		}
	}
}
