package store

import (
	"context"
	"fmt"
	"time"

	"quid/fault"
)

// A Session is a browser that somebody came in with.
type Session struct {
	Hash    string // of the token in its cookie
	ID      int64
	User    int64
	Second  time.Time // when all factors were given; zero: the second is still to come
	Address string
	Agent   string
	Created time.Time
	Seen    time.Time
	Ends    time.Time // whatever happens
}

const sessionColumns = `session_hash, session_id, user_id, second_at, address, agent, created_at, seen_at, ends_at`

const (
	sqlInsertSession   = `INSERT INTO user_session (` + sessionColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	sqlSessionsOf      = `SELECT ` + sessionColumns + ` FROM user_session WHERE user_id = $1 ORDER BY seen_at DESC, session_id`
	sqlSeeSession      = `UPDATE user_session SET seen_at = $1, address = $2 WHERE session_hash = $3`
	sqlDropSession     = `DELETE FROM user_session WHERE session_hash = $1`
	sqlDropSessionOf   = `DELETE FROM user_session WHERE user_id = $1 AND session_id = $2`
	sqlDropSessionsOf  = `DELETE FROM user_session WHERE user_id = $1 AND session_hash <> $2`
	sqlDropOldSessions = `DELETE FROM user_session WHERE ends_at < $1 OR seen_at < $2`
)

// AddSession writes a session.
func (tx *Tx) AddSession(ctx context.Context, s Session) error {
	_, err := tx.exec(ctx, sqlInsertSession, s.Hash, s.ID, s.User, since(s.Second), s.Address, s.Agent, s.Created.UnixMicro(), s.Seen.UnixMicro(), s.Ends.UnixMicro())
	if err != nil {
		return fmt.Errorf("add session: %w", err)
	}
	return nil
}

const sqlPresent = `SELECT s.session_hash, s.session_id, s.user_id, s.second_at, s.address, s.agent, s.created_at, s.seen_at, s.ends_at,
		u.user_id, u.login, u.name, u.role, u.visibility, u.owner, u.crew, u.password, u.totp, u.totp_at, u.totp_step, u.handle, u.issuer, u.subject,
		u.suspended_at, u.left_at, u.revision, u.created_at
	FROM user_session s JOIN user_account u ON u.user_id = s.user_id WHERE s.session_hash = $1`

// ofSession is how many columns of it are the session's.
const ofSession = 9

// Present returns a session by the hash of its token, and whose it is.
func (r Reader) Present(ctx context.Context, hash string) (s Session, u User, err error) {
	found := false
	err = r.each(ctx, sqlPresent, []any{hash}, func(rec *record) error {
		s, u, found = sessionOf(rec), userOf(rec, ofSession), true
		return nil
	})
	if err == nil && !found {
		err = fault.NotFound
	}
	if err != nil {
		err = fmt.Errorf("session: %w", err)
	}
	return s, u, err
}

const sqlGranted = `SELECT 1, name FROM setting WHERE name IN ($1, $2) AND value = 'on' UNION SELECT 2, owner FROM user_account WHERE crew = $3 AND crew <> '' AND owner <> ''`

// Granted returns which of two settings are on, and the owners that a team's people
// are; none for no team.
func (r Reader) Granted(ctx context.Context, settings [2]string, crew string) (on, owners []string, err error) {
	err = r.each(ctx, sqlGranted, []any{settings[0], settings[1], crew}, func(rec *record) error {
		if rec.int(0) == 1 {
			on = append(on, rec.text(1))
		} else {
			owners = append(owners, rec.text(1))
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("what is granted: %w", err)
	}
	return on, owners, err
}

// SessionsOf returns somebody's sessions, the one seen last first.
func (r Reader) SessionsOf(ctx context.Context, user int64) ([]Session, error) {
	return r.sessions(ctx, sqlSessionsOf, user)
}

// SeeSession notes that a session was used.
func (tx *Tx) SeeSession(ctx context.Context, hash, address string, at time.Time) error {
	if _, err := tx.exec(ctx, sqlSeeSession, at.UnixMicro(), address, hash); err != nil {
		return fmt.Errorf("see session: %w", err)
	}
	return nil
}

// DropSession ends a session.
func (tx *Tx) DropSession(ctx context.Context, hash string) error {
	if _, err := tx.exec(ctx, sqlDropSession, hash); err != nil {
		return fmt.Errorf("drop session: %w", err)
	}
	return nil
}

// DropSessionOf ends one of somebody's sessions.
func (tx *Tx) DropSessionOf(ctx context.Context, user, id int64) error {
	n, err := tx.exec(ctx, sqlDropSessionOf, user, id)
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return fmt.Errorf("drop session %d: %w", id, err)
	}
	return nil
}

// DropSessionsOf ends all of somebody's sessions but the one of a hash.
func (tx *Tx) DropSessionsOf(ctx context.Context, user int64, but string) error {
	if _, err := tx.exec(ctx, sqlDropSessionsOf, user, but); err != nil {
		return fmt.Errorf("drop sessions: %w", err)
	}
	return nil
}

// DropOldSessions forgets sessions that have ended, or were last seen before a time.
func (tx *Tx) DropOldSessions(ctx context.Context, now, seenBefore time.Time) error {
	if _, err := tx.exec(ctx, sqlDropOldSessions, now.UnixMicro(), seenBefore.UnixMicro()); err != nil {
		return fmt.Errorf("drop sessions: %w", err)
	}
	return nil
}

func (r Reader) sessions(ctx context.Context, query string, args ...any) ([]Session, error) {
	var out []Session
	err := r.each(ctx, query, args, func(rec *record) error {
		out = append(out, sessionOf(rec))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	return out, nil
}

func sessionOf(rec *record) Session {
	return Session{rec.text(0), rec.int(1), rec.int(2), rec.instant(3), rec.text(4), rec.text(5), rec.instant(6), rec.instant(7), rec.instant(8)}
}

// A Passkey is a device that somebody comes in with.
type Passkey struct {
	Credential string // its id, base64
	User       int64
	Name       string
	Content    string // JSON: the public key and its counter
	Made       time.Time
	Used       time.Time
}

const (
	sqlInsertPasskey = `INSERT INTO user_passkey (credential, user_id, name, content, made_at, used_at) VALUES ($1, $2, $3, $4, $5, $6)`
	sqlUsePasskey    = `UPDATE user_passkey SET content = $1, used_at = $2 WHERE credential = $3 AND user_id = $4`
	sqlDropPasskey   = `DELETE FROM user_passkey WHERE credential = $1 AND user_id = $2`
	sqlDropPasskeys  = `DELETE FROM user_passkey WHERE user_id = $1`
	sqlPasskeyOwners = `SELECT DISTINCT user_id FROM user_passkey ORDER BY user_id`
	sqlPasskeysOf    = `SELECT credential, user_id, name, content, made_at, used_at FROM user_passkey WHERE user_id = $1 ORDER BY made_at, credential`
)

// AddPasskey writes a passkey.
func (tx *Tx) AddPasskey(ctx context.Context, k Passkey) error {
	if _, err := tx.exec(ctx, sqlInsertPasskey, k.Credential, k.User, k.Name, k.Content, k.Made.UnixMicro(), since(k.Used)); err != nil {
		return fmt.Errorf("add passkey: %w", err)
	}
	return nil
}

// UsePasskey notes that a passkey was used; content is its new counter.
func (tx *Tx) UsePasskey(ctx context.Context, k Passkey) error {
	if _, err := tx.exec(ctx, sqlUsePasskey, k.Content, since(k.Used), k.Credential, k.User); err != nil {
		return fmt.Errorf("use passkey: %w", err)
	}
	return nil
}

// DropPasskey forgets a passkey of somebody.
func (tx *Tx) DropPasskey(ctx context.Context, user int64, credential string) error {
	n, err := tx.exec(ctx, sqlDropPasskey, credential, user)
	if err == nil && n == 0 {
		err = fault.NotFound
	}
	if err != nil {
		return fmt.Errorf("drop passkey: %w", err)
	}
	return nil
}

// DropPasskeys forgets all passkeys of somebody.
func (tx *Tx) DropPasskeys(ctx context.Context, user int64) error {
	if _, err := tx.exec(ctx, sqlDropPasskeys, user); err != nil {
		return fmt.Errorf("drop passkeys: %w", err)
	}
	return nil
}

// PasskeysOf returns somebody's passkeys, the oldest first.
func (r Reader) PasskeysOf(ctx context.Context, user int64) ([]Passkey, error) {
	var out []Passkey
	err := r.each(ctx, sqlPasskeysOf, []any{user}, func(rec *record) error {
		out = append(out, Passkey{rec.text(0), rec.int(1), rec.text(2), rec.text(3), rec.instant(4), rec.instant(5)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return out, nil
}

// PasskeyOwners returns the ids of everybody who has a passkey.
func (r Reader) PasskeyOwners(ctx context.Context) ([]int64, error) {
	var out []int64
	err := r.each(ctx, sqlPasskeyOwners, nil, func(rec *record) error {
		out = append(out, rec.int(0))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return out, nil
}
