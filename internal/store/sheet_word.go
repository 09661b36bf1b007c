package store

import (
	"context"
	"fmt"
)

// What the words of a time sheet are about.
const (
	ServiceWord = 1 // means a type
	TeamWord    = 2 // the hash of a name means a team
)

const (
	sqlSheetWords   = `SELECT word, means FROM sheet_word WHERE about = $1`
	sqlPutSheetWord = `
	INSERT INTO sheet_word (about, word, means) VALUES ($1, $2, $3)
	ON CONFLICT (about, word) DO UPDATE SET means = excluded.means`
)

// SheetWords returns what the words of time sheets mean: the id of a type or a
// team, 0 where somebody said that it is none.
func (r Reader) SheetWords(ctx context.Context, about int) (map[string]int64, error) {
	out := make(map[string]int64)
	err := r.each(ctx, sqlSheetWords, []any{int64(about)}, func(rec *record) error {
		out[rec.text(0)] = rec.int(1)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("words of time sheets: %w", err)
	}
	return out, nil
}

// PutSheetWord keeps what a word of time sheets means.
func (tx *Tx) PutSheetWord(ctx context.Context, about int, word string, means int64) error {
	if _, err := tx.exec(ctx, sqlPutSheetWord, int64(about), word, means); err != nil {
		return fmt.Errorf("put word of time sheets: %w", err)
	}
	return nil
}
