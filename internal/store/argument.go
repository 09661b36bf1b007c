package store

import (
	"context"
	"fmt"

	"quid/talk"
)

const (
	sqlArguments  = `SELECT code, lang, gain, loss, revision FROM argument ORDER BY code, lang`
	sqlObjections = `SELECT code, lang, says, answer FROM objection ORDER BY code, lang, number`
)

// Arguments returns those that a person wrote.
func (r Reader) Arguments(ctx context.Context) ([]talk.Argument, error) {
	var out []talk.Argument
	at := make(map[[2]string]int)
	err := r.each(ctx, sqlArguments, nil, func(rec *record) error {
		at[[2]string{rec.text(0), rec.text(1)}] = len(out)
		out = append(out, talk.Argument{Code: rec.text(0), Lang: rec.text(1), Gain: rec.text(2), Loss: rec.text(3), Revision: int32(rec.int(4)), Own: true})
		return nil
	})
	if err == nil && len(out) > 0 {
		err = r.each(ctx, sqlObjections, nil, func(rec *record) error {
			if i, ok := at[[2]string{rec.text(0), rec.text(1)}]; ok {
				out[i].Objections = append(out[i].Objections, talk.Objection{Says: rec.text(2), Answer: rec.text(3)})
			}
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("arguments: %w", err)
	}
	return out, nil
}

const (
	sqlPutArgument = `
	INSERT INTO argument (code, lang, gain, loss, revision) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (code, lang) DO UPDATE SET gain = excluded.gain, loss = excluded.loss, revision = excluded.revision`
	sqlDropObjections = `DELETE FROM objection WHERE code = $1 AND lang = $2`
	sqlDropArgument   = `DELETE FROM argument WHERE code = $1 AND lang = $2`
)

var objectionTable = tableOf("objection", "code lang number says answer")

// PutArgument writes an argument over the one that is there.
func (tx *Tx) PutArgument(ctx context.Context, a talk.Argument) error {
	if _, err := tx.exec(ctx, sqlPutArgument, a.Code, a.Lang, a.Gain, a.Loss, int64(a.Revision)); err != nil {
		return fmt.Errorf("put argument %s: %w", a.Code, err)
	}
	if _, err := tx.exec(ctx, sqlDropObjections, a.Code, a.Lang); err != nil {
		return fmt.Errorf("put argument %s: %w", a.Code, err)
	}
	var args []any
	for i, o := range a.Objections {
		args = append(args, a.Code, a.Lang, int64(i+1), o.Says, o.Answer)
	}
	return tx.load(ctx, objectionTable, args)
}

// DropArgument forgets what a person wrote: the shipped one counts again.
func (tx *Tx) DropArgument(ctx context.Context, code, lang string) error {
	for _, q := range []string{sqlDropObjections, sqlDropArgument} {
		if _, err := tx.exec(ctx, q, code, lang); err != nil {
			return fmt.Errorf("drop argument %s: %w", code, err)
		}
	}
	return nil
}
