package app

import (
	"context"
	"fmt"
	"time"

	"quid/internal/store"
)

// AuthorDaysSetting is for how many days it stays known who wrote an entry: as
// long as corrections need it, and no longer (domain book, section 21).
const AuthorDaysSetting = "author_days"

// authorsKept is how many days these are where the book says nothing else.
const authorsKept = 90

// ForgetJob forgets who wrote entries; no argument.
const ForgetJob = "forget"

// forgetEvery is how often it is looked whether there is somebody to forget.
const forgetEvery = 24 * time.Hour

// ForgetAuthors forgets who wrote entries once the set time has passed, and asks
// to be called again as long as anybody is left.
func (a *App) ForgetAuthors(ctx context.Context) error {
	err := a.DB.Write(ctx, func(tx *store.Tx) error {
		days, err := intSetting(ctx, tx.Reader, AuthorDaysSetting, authorsKept)
		if err != nil {
			return err
		}
		left, err := tx.ForgetAuthors(ctx, a.Now().Add(-time.Duration(days)*24*time.Hour))
		if err != nil || !left {
			return err
		}
		return tx.Enqueue(ctx, a.id(), ForgetJob, "", a.Now().Add(forgetEvery))
	})
	if err != nil {
		return fmt.Errorf("forget authors: %w", err)
	}
	return nil
}
