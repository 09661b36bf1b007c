-- Webhooks: addresses of programs that are told what happens, and what was sent there.
--
-- +goose Up

CREATE TABLE webhook (
	webhook_id INTEGER PRIMARY KEY,
	name       TEXT NOT NULL CHECK (name <> ''),
	address    TEXT NOT NULL,
	events     TEXT NOT NULL,            -- kinds, with blanks between
	secret     TEXT NOT NULL,            -- readable, since it signs
	old_secret TEXT NOT NULL DEFAULT '', -- signs too until old_until
	old_until  INTEGER,
	made_by    TEXT NOT NULL,
	made_at    INTEGER NOT NULL,
	worked_at  INTEGER NOT NULL,         -- when something got through last, or it was made or switched on
	off_at     INTEGER,                  -- nothing is sent
	off_why    TEXT NOT NULL DEFAULT '', -- person, failing or gone
	revision   INTEGER NOT NULL
) STRICT;

-- What is to be sent, written in the transaction of the change that it tells of. The
-- body holds nouns and ids only.
CREATE TABLE webhook_delivery (
	webhook_id  INTEGER NOT NULL,
	delivery_id INTEGER NOT NULL,
	event_id    INTEGER NOT NULL,        -- the same for all webhooks that are told
	kind        TEXT NOT NULL,
	body        TEXT NOT NULL,
	state       TEXT NOT NULL CHECK (state IN ('due', 'done', 'failed')),
	tries       INTEGER NOT NULL,        -- since it was last asked for
	attempts    INTEGER NOT NULL,        -- ever
	next_at     INTEGER NOT NULL,
	status      INTEGER NOT NULL,        -- of the last answer, 0 for none
	problem     TEXT NOT NULL,           -- of the last try, '' for none
	made_at     INTEGER NOT NULL,
	ended_at    INTEGER,
	PRIMARY KEY (webhook_id, delivery_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_due ON webhook_delivery (webhook_id, next_at, delivery_id) WHERE state = 'due';

CREATE TABLE webhook_attempt (
	webhook_id  INTEGER NOT NULL,
	delivery_id INTEGER NOT NULL,
	number      INTEGER NOT NULL,
	tried_at    INTEGER NOT NULL,
	millis      INTEGER NOT NULL,        -- how long it took
	status      INTEGER NOT NULL,
	problem     TEXT NOT NULL,
	answer      TEXT NOT NULL,           -- its beginning
	PRIMARY KEY (webhook_id, delivery_id, number)
) STRICT, WITHOUT ROWID;
