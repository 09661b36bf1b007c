package store

import (
	"context"
	"fmt"
	"time"

	"quid/fault"
	"quid/internal/auth"
)

// A User is a person who may come in.
type User struct {
	ID         int64
	Login      string // the mail address, folded
	Name       string
	Role       auth.Role
	Visibility auth.Visibility
	Owner      string // as customers' records spell them as their owner
	Crew       string // the team whose customers they see
	Password   string // argon2id; "" if there is none
	TOTP       string // the secret of the second factor, "" if there is none
	TOTPSince  time.Time
	TOTPStep   int64  // the last step used
	Handle     string // a random name for passkeys
	Issuer     string // of single sign-on
	Subject    string
	Suspended  time.Time
	Left       time.Time
	Revision   int32
	Created    time.Time
}

// Active says whether somebody may come in.
func (u User) Active() bool { return u.Suspended.IsZero() && u.Left.IsZero() }

// Second says whether a second factor by time is asked.
func (u User) Second() bool { return u.TOTP != "" && !u.TOTPSince.IsZero() }

const userColumns = `user_id, login, name, role, visibility, owner, crew, password, totp, totp_at, totp_step, handle, issuer, subject,
	suspended_at, left_at, revision, created_at`

const (
	sqlInsertUser = `INSERT INTO user_account (` + userColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`
	sqlUpdateUser = `UPDATE user_account SET login = $1, name = $2, role = $3, visibility = $4, owner = $5, crew = $6, password = $7, totp = $8, totp_at = $9,
		totp_step = $10, handle = $11, issuer = $12, subject = $13, suspended_at = $14, left_at = $15, revision = $16 WHERE user_id = $17`
	sqlUsers         = `SELECT ` + userColumns + ` FROM user_account ORDER BY name, user_id`
	sqlUser          = `SELECT ` + userColumns + ` FROM user_account WHERE user_id = $1`
	sqlUserByLogin   = `SELECT ` + userColumns + ` FROM user_account WHERE login = $1`
	sqlUserBySubject = `SELECT ` + userColumns + ` FROM user_account WHERE issuer = $1 AND subject = $2`
	sqlUserByHandle  = `SELECT ` + userColumns + ` FROM user_account WHERE handle = $1`
	sqlAnyUser       = `SELECT COUNT(*) FROM user_account WHERE left_at IS NULL`
)

// AddUser writes somebody new.
func (tx *Tx) AddUser(ctx context.Context, u User) error {
	_, err := tx.exec(ctx, sqlInsertUser, u.ID, u.Login, u.Name, string(u.Role), string(u.Visibility), u.Owner, u.Crew, u.Password, u.TOTP, since(u.TOTPSince), u.TOTPStep,
		u.Handle, u.Issuer, u.Subject, since(u.Suspended), since(u.Left), int64(u.Revision), u.Created.UnixMicro())
	if err != nil {
		return fmt.Errorf("add user: %w", err)
	}
	return nil
}

// PutUser writes somebody over what was there.
func (tx *Tx) PutUser(ctx context.Context, u User) error {
	_, err := tx.exec(ctx, sqlUpdateUser, u.Login, u.Name, string(u.Role), string(u.Visibility), u.Owner, u.Crew, u.Password, u.TOTP, since(u.TOTPSince), u.TOTPStep,
		u.Handle, u.Issuer, u.Subject, since(u.Suspended), since(u.Left), int64(u.Revision), u.ID)
	if err != nil {
		return fmt.Errorf("put user %d: %w", u.ID, err)
	}
	return nil
}

// Users returns everybody, by name, those who left too.
func (r Reader) Users(ctx context.Context) ([]User, error) { return r.users(ctx, sqlUsers) }

// User returns somebody by id.
func (r Reader) User(ctx context.Context, id int64) (User, error) { return r.user(ctx, sqlUser, id) }

// UserByLogin returns somebody by their folded mail address.
func (r Reader) UserByLogin(ctx context.Context, login string) (User, error) {
	return r.user(ctx, sqlUserByLogin, login)
}

// UserBySubject returns somebody by what single sign-on calls them.
func (r Reader) UserBySubject(ctx context.Context, issuer, subject string) (User, error) {
	return r.user(ctx, sqlUserBySubject, issuer, subject)
}

// UserByHandle returns somebody by what their passkeys call them.
func (r Reader) UserByHandle(ctx context.Context, handle string) (User, error) {
	return r.user(ctx, sqlUserByHandle, handle)
}

// AnyUser says whether there is anybody who may come in: then the first start is over.
func (r Reader) AnyUser(ctx context.Context) (bool, error) {
	var n int64
	if err := r.q.QueryRowContext(ctx, sqlAnyUser).Scan(&n); err != nil {
		return false, fmt.Errorf("users: %w", err)
	}
	return n > 0, nil
}

func (r Reader) user(ctx context.Context, query string, args ...any) (User, error) {
	us, err := r.users(ctx, query, args...)
	return only(us, err, "user")
}

func (r Reader) users(ctx context.Context, query string, args ...any) ([]User, error) {
	var out []User
	err := r.each(ctx, query, args, func(rec *record) error {
		out = append(out, userOf(rec, 0))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	return out, nil
}

// userOf reads the columns of a person, from one on.
func userOf(rec *record, at int) User {
	return User{
		ID: rec.int(at), Login: rec.text(at + 1), Name: rec.text(at + 2), Role: auth.Role(rec.text(at + 3)), Visibility: auth.Visibility(rec.text(at + 4)), Owner: rec.text(at + 5), Crew: rec.text(at + 6),
		Password: rec.text(at + 7), TOTP: rec.text(at + 8), TOTPSince: rec.instant(at + 9), TOTPStep: rec.int(at + 10), Handle: rec.text(at + 11), Issuer: rec.text(at + 12), Subject: rec.text(at + 13),
		Suspended: rec.instant(at + 14), Left: rec.instant(at + 15), Revision: int32(rec.int(at + 16)), Created: rec.instant(at + 17),
	}
}

// The kinds of tokens that let somebody in once.
const (
	StartToken  = "start"
	InviteToken = "invite"
	ResetToken  = "reset"
)

// A UserToken lets somebody in once.
type UserToken struct {
	Hash string
	User int64 // 0: the first start
	Kind string
	Made time.Time
	Ends time.Time
}

const (
	sqlInsertToken   = `INSERT INTO user_token (token_hash, user_id, kind, made_at, ends_at) VALUES ($1, $2, $3, $4, $5)`
	sqlToken         = `SELECT token_hash, user_id, kind, made_at, ends_at FROM user_token WHERE token_hash = $1`
	sqlLastToken     = `SELECT CAST(COALESCE(MAX(made_at), 0) AS BIGINT) FROM user_token WHERE user_id = $1`
	sqlDeleteTokens  = `DELETE FROM user_token WHERE user_id = $1`
	sqlDropOldTokens = `DELETE FROM user_token WHERE ends_at < $1`
)

// AddToken writes a token; others of the same person end with it.
func (tx *Tx) AddToken(ctx context.Context, t UserToken) error {
	if err := tx.DropTokens(ctx, t.User); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, sqlInsertToken, t.Hash, t.User, t.Kind, t.Made.UnixMicro(), t.Ends.UnixMicro()); err != nil {
		return fmt.Errorf("add token: %w", err)
	}
	return nil
}

// Token returns a token by its hash.
func (r Reader) Token(ctx context.Context, hash string) (UserToken, error) {
	var t UserToken
	found := false
	err := r.each(ctx, sqlToken, []any{hash}, func(rec *record) error {
		t, found = UserToken{rec.text(0), rec.int(1), rec.text(2), rec.instant(3), rec.instant(4)}, true
		return nil
	})
	if err == nil && !found {
		err = fault.NotFound
	}
	if err != nil {
		return t, fmt.Errorf("token: %w", err)
	}
	return t, nil
}

// LastToken is when the newest token of somebody was made, the zero Time if there is none.
func (r Reader) LastToken(ctx context.Context, user int64) (time.Time, error) {
	var at int64
	if err := r.q.QueryRowContext(ctx, sqlLastToken, user).Scan(&at); err != nil || at == 0 {
		return time.Time{}, one(err)
	}
	return time.UnixMicro(at).UTC(), nil
}

// DropTokens ends all tokens of somebody.
func (tx *Tx) DropTokens(ctx context.Context, user int64) error {
	if _, err := tx.exec(ctx, sqlDeleteTokens, user); err != nil {
		return fmt.Errorf("drop tokens: %w", err)
	}
	return nil
}

// DropOldTokens forgets tokens that have ended.
func (tx *Tx) DropOldTokens(ctx context.Context, now time.Time) error {
	if _, err := tx.exec(ctx, sqlDropOldTokens, now.UnixMicro()); err != nil {
		return fmt.Errorf("drop tokens: %w", err)
	}
	return nil
}

const (
	sqlInsertRecovery = `INSERT INTO user_recovery (user_id, code_hash) VALUES ($1, $2)`
	sqlUseRecovery    = `DELETE FROM user_recovery WHERE user_id = $1 AND code_hash = $2`
	sqlDropRecovery   = `DELETE FROM user_recovery WHERE user_id = $1`
	sqlCountRecovery  = `SELECT COUNT(*) FROM user_recovery WHERE user_id = $1`
)

// PutRecovery replaces somebody's recovery codes.
func (tx *Tx) PutRecovery(ctx context.Context, user int64, hashes []string) error {
	if _, err := tx.exec(ctx, sqlDropRecovery, user); err != nil {
		return fmt.Errorf("recovery codes: %w", err)
	}
	for _, h := range hashes {
		if _, err := tx.exec(ctx, sqlInsertRecovery, user, h); err != nil {
			return fmt.Errorf("recovery codes: %w", err)
		}
	}
	return nil
}

// UseRecovery takes one of somebody's recovery codes and says whether it was there.
func (tx *Tx) UseRecovery(ctx context.Context, user int64, hash string) (bool, error) {
	n, err := tx.exec(ctx, sqlUseRecovery, user, hash)
	if err != nil {
		return false, fmt.Errorf("recovery code: %w", err)
	}
	return n > 0, nil
}

// RecoveryLeft is how many recovery codes somebody has left.
func (r Reader) RecoveryLeft(ctx context.Context, user int64) (int64, error) {
	var n int64
	if err := r.q.QueryRowContext(ctx, sqlCountRecovery, user).Scan(&n); err != nil {
		return 0, fmt.Errorf("recovery codes: %w", err)
	}
	return n, nil
}
