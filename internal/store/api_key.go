package store

import (
	"context"
	"fmt"
	"time"

	"quid/day"
	"quid/fault"
	"quid/internal/auth"
)

// An APIKey lets a program in.
type APIKey struct {
	ID      int64
	Hash    string
	Name    string
	Role    auth.Role
	Scope   string // auth.ReadOnly or auth.ReadWrite
	Owner   string // sees only the customers of this owner; "" all
	By      int64  // who made it, 0: the command line
	Ends    day.Day
	Made    time.Time
	Used    time.Time
	Revoked time.Time
}

const apiKeyColumns = `key_id, key_hash, name, role, scope, owner, made_by, ends_on, made_at, used_at, revoked_at`

const (
	sqlInsertAPIKey = `INSERT INTO api_key (` + apiKeyColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	sqlAPIKeys      = `SELECT ` + apiKeyColumns + ` FROM api_key ORDER BY key_id DESC`
	sqlAPIKey       = `SELECT ` + apiKeyColumns + ` FROM api_key WHERE key_hash = $1`
	sqlUseAPIKey    = `UPDATE api_key SET used_at = $1 WHERE key_id = $2`
	sqlRevokeAPIKey = `UPDATE api_key SET revoked_at = $1 WHERE key_id = $2 AND revoked_at IS NULL`
)

// AddAPIKey writes a key.
func (tx *Tx) AddAPIKey(ctx context.Context, k APIKey) error {
	_, err := tx.exec(ctx, sqlInsertAPIKey, k.ID, k.Hash, k.Name, string(k.Role), k.Scope, k.Owner, k.By, int64(k.Ends), k.Made.UnixMicro(), since(k.Used), since(k.Revoked))
	if err != nil {
		return fmt.Errorf("add key: %w", err)
	}
	return nil
}

// APIKeys returns all keys, the newest first, those that were taken back too.
func (r Reader) APIKeys(ctx context.Context) ([]APIKey, error) { return r.apiKeys(ctx, sqlAPIKeys) }

// APIKey returns a key by the hash of its secret.
func (r Reader) APIKey(ctx context.Context, hash string) (APIKey, error) {
	ks, err := r.apiKeys(ctx, sqlAPIKey, hash)
	return only(ks, err, "key")
}

// UseAPIKey notes that a key was used.
func (tx *Tx) UseAPIKey(ctx context.Context, id int64, at time.Time) error {
	if _, err := tx.exec(ctx, sqlUseAPIKey, at.UnixMicro(), id); err != nil {
		return fmt.Errorf("use key %d: %w", id, err)
	}
	return nil
}

// RevokeAPIKey takes a key back.
func (tx *Tx) RevokeAPIKey(ctx context.Context, id int64, at time.Time) error {
	n, err := tx.exec(ctx, sqlRevokeAPIKey, at.UnixMicro(), id)
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return fmt.Errorf("revoke key %d: %w", id, err)
	}
	return nil
}

func (r Reader) apiKeys(ctx context.Context, query string, args ...any) ([]APIKey, error) {
	var out []APIKey
	err := r.each(ctx, query, args, func(rec *record) error {
		out = append(out, APIKey{
			rec.int(0), rec.text(1), rec.text(2), auth.Role(rec.text(3)), rec.text(4), rec.text(5), rec.int(6), day.Day(rec.int(7)), rec.instant(8), rec.instant(9), rec.instant(10),
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return out, nil
}
