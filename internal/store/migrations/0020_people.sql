-- Who may come in: people, their sessions and second factors, keys of programs,
-- and the log of what was done.
--
-- Secrets are kept as hashes (tokens, keys) or as argon2id (passwords). What stands
-- in a link or a cookie can't be read back from here.
--
-- +goose Up

CREATE TABLE user_account (
	user_id      INTEGER PRIMARY KEY,
	login        TEXT NOT NULL UNIQUE,     -- the mail address, folded
	name         TEXT NOT NULL CHECK (name <> ''),
	role         TEXT NOT NULL,
	visibility   TEXT NOT NULL,            -- own, team, all
	owner        TEXT NOT NULL DEFAULT '', -- as customers' records spell them as their owner
	crew         TEXT NOT NULL DEFAULT '', -- the team whose customers they see
	password     TEXT NOT NULL DEFAULT '', -- argon2id; '' none yet, or single sign-on only
	totp         TEXT NOT NULL DEFAULT '', -- the secret of their second factor
	totp_at      INTEGER,                  -- since when it is asked; NULL: not yet proved
	totp_step    INTEGER NOT NULL DEFAULT 0, -- the last one used: none is used twice
	handle       TEXT NOT NULL,            -- a random name for passkeys
	issuer       TEXT NOT NULL DEFAULT '', -- of single sign-on
	subject      TEXT NOT NULL DEFAULT '',
	suspended_at INTEGER,                  -- may not come in
	left_at      INTEGER,                  -- is gone: their name stays in the log
	revision     INTEGER NOT NULL,
	created_at   INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX user_by_subject ON user_account (issuer, subject) WHERE subject <> '';

CREATE TABLE user_session (
	session_hash TEXT PRIMARY KEY,
	session_id   INTEGER NOT NULL UNIQUE,  -- as its owner may name it to end it
	user_id      INTEGER NOT NULL,
	second_at    INTEGER,                  -- NULL: the second factor is still to come
	address      TEXT NOT NULL,
	agent        TEXT NOT NULL,
	created_at   INTEGER NOT NULL,
	seen_at      INTEGER NOT NULL,
	ends_at      INTEGER NOT NULL
) STRICT;

CREATE INDEX session_of_user ON user_session (user_id);

-- Links that let somebody in once: an invitation, a reset, the first start.
CREATE TABLE user_token (
	token_hash TEXT PRIMARY KEY,
	user_id    INTEGER NOT NULL,           -- 0: the first start, when there is nobody
	kind       TEXT NOT NULL,
	made_at    INTEGER NOT NULL,
	ends_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE user_passkey (
	credential TEXT PRIMARY KEY,           -- its id, base64
	user_id    INTEGER NOT NULL,
	name       TEXT NOT NULL,
	content    TEXT NOT NULL,              -- JSON: the public key and its counter
	made_at    INTEGER NOT NULL,
	used_at    INTEGER
) STRICT;

CREATE INDEX passkey_of_user ON user_passkey (user_id);

CREATE TABLE user_recovery (
	user_id   INTEGER NOT NULL,
	code_hash TEXT NOT NULL,
	PRIMARY KEY (user_id, code_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_key (
	key_id     INTEGER PRIMARY KEY,
	key_hash   TEXT NOT NULL UNIQUE,
	name       TEXT NOT NULL,
	role       TEXT NOT NULL,
	scope      TEXT NOT NULL,              -- read or write
	owner      TEXT NOT NULL DEFAULT '',   -- sees only customers of this owner; '' all
	made_by    INTEGER NOT NULL,           -- user_id, 0: the command line
	ends_on    INTEGER NOT NULL,           -- its last day
	made_at    INTEGER NOT NULL,
	used_at    INTEGER,
	revoked_at INTEGER
) STRICT;

-- What was done: append-only, there is no UPDATE but for erasure.
CREATE TABLE audit (
	audit_id    INTEGER PRIMARY KEY,
	made_at     INTEGER NOT NULL,
	user_id     INTEGER NOT NULL,          -- 0: a key, a job or the command line
	key_id      INTEGER NOT NULL,
	via         TEXT NOT NULL,             -- page, api, command line, job
	address     TEXT NOT NULL,
	request     TEXT NOT NULL,
	what        TEXT NOT NULL,             -- such as invited, changed, saw
	noun        TEXT NOT NULL,             -- such as user, contact, model
	noun_id     INTEGER NOT NULL,
	customer_id INTEGER NOT NULL,          -- 0: of no customer
	before      TEXT NOT NULL,             -- JSON of what it was, '' where nothing was
	after       TEXT NOT NULL              -- JSON of what it became
) STRICT;

CREATE INDEX audit_of_customer ON audit (customer_id, audit_id) WHERE customer_id <> 0;
