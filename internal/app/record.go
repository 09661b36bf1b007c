package app

import (
	"context"
	"fmt"

	"quid/internal/paper"
	"quid/internal/store"
	"quid/privacy"
)

// Record reads what the record of processing says beside the data map.
func (a *App) Record(ctx context.Context) (d paper.RecordData, err error) {
	err = a.DB.Look(ctx, func(r store.Reader) error {
		book, err := r.Book(ctx)
		if err != nil {
			return err
		}
		d.Book, d.Days = book.Name, make(map[privacy.Class]int)
		if d.Company, err = r.Company(ctx); err != nil {
			return err
		}
		for _, rule := range privacy.Rules {
			if d.Days[rule.Class], err = intSetting(ctx, r, RetentionSetting(rule.Class), rule.Days); err != nil {
				return err
			}
		}
		days, err := AuthorDays(ctx, r)
		d.Days[privacy.AuthorClass] = days
		return err
	})
	if err != nil {
		return d, fmt.Errorf("record of processing: %w", err)
	}
	return d, nil
}
