package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"quid/fault"
	"quid/internal/auth"
	"quid/internal/store"
)

// MakeFeed makes an address under which a calendar reads the tasks of an owner,
// or of everybody, and returns its secret: the book keeps only what proves it.
func (a *App) MakeFeed(ctx context.Context, owner string) (secret string, err error) {
	if err := may(ctx, auth.CareFor); err != nil {
		return secret, err
	}
	if who, owner := auth.From(ctx), strings.TrimSpace(owner); !who.ReachesAll() && !who.Reaches(owner) {
		return "", fmt.Errorf("make feed: %w", fault.Field("owner", "choose tasks of customers that you see"))
	}
	secret = rand.Text() // 130 bits
	f := store.Feed{ID: a.id(), Hash: secretHash(secret), Owner: strings.TrimSpace(owner), Made: a.Now()}
	return secret, a.DB.Write(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.AddFeed(ctx, f), a.audit(ctx, tx, act{What: "made", Noun: "feed", ID: f.ID, After: map[string]bool{"of_all": f.Owner == ""}}))
	})
}

func secretHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Feed returns the calendar of a secret, fault.NotFound for one that nobody made
// or that was revoked.
func (a *App) Feed(ctx context.Context, secret string) (store.Feed, error) {
	return a.DB.Read().FeedByHash(ctx, secretHash(secret))
}

// RevokeFeed ends an address of a calendar for good.
func (a *App) RevokeFeed(ctx context.Context, id int64) error {
	if err := may(ctx, auth.CareFor); err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *store.Tx) error {
		return errors.Join(tx.RevokeFeed(ctx, id, a.Now()), a.audit(ctx, tx, act{What: "took back", Noun: "feed", ID: id}))
	})
}
