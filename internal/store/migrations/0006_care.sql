-- How customers are looked after: playbooks of segments, budgets of services,
-- strategies, tasks, development plans.
--
-- +goose Up

-- A reference table: how the customers of a segment are looked after. What is
-- not here is as shipped.
CREATE TABLE playbook (
	segment        TEXT PRIMARY KEY,
	goals          TEXT NOT NULL,
	form           TEXT NOT NULL,        -- personal, phone or self_service
	contact_days   INTEGER NOT NULL,     -- at least one contact of that form in so many days; 0: none is promised
	response_hours INTEGER NOT NULL,     -- 0: none is promised
	amount         INTEGER,              -- budget of services a year, minor units; NULL: by share, or none
	share          INTEGER NOT NULL,     -- of contribution I, millionths; 0: none
	minimum        INTEGER NOT NULL,     -- contacts a year that everybody gets at least
	templates      TEXT NOT NULL,        -- JSON: tasks that a confirmed strategy brings
	revision       INTEGER NOT NULL,
	written_by     TEXT NOT NULL,
	written_at     INTEGER NOT NULL
) STRICT;

-- A customer's own budget of services, from a day on. Without sum and share it
-- ends: the segment's counts again.
CREATE TABLE budget (
	customer_id INTEGER NOT NULL REFERENCES customer (customer_id),
	valid_from  INTEGER NOT NULL,
	amount      INTEGER,
	share       INTEGER NOT NULL,
	note        TEXT NOT NULL,
	written_by  TEXT NOT NULL,
	written_at  INTEGER NOT NULL,
	PRIMARY KEY (customer_id, valid_from)
) STRICT, WITHOUT ROWID;

-- What somebody decided to do with a customer. The highest version holds; those
-- before are its history.
CREATE TABLE strategy (
	customer_id INTEGER NOT NULL REFERENCES customer (customer_id),
	version     INTEGER NOT NULL,
	direction   TEXT NOT NULL,
	segment     TEXT NOT NULL,           -- the customer was in
	plan        TEXT NOT NULL,
	valid_from  INTEGER NOT NULL,
	review_on   INTEGER NOT NULL,
	made_by     TEXT NOT NULL,
	made_at     INTEGER NOT NULL,
	PRIMARY KEY (customer_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE task (
	customer_id INTEGER NOT NULL REFERENCES customer (customer_id),
	task_id     INTEGER NOT NULL,
	rule        TEXT NOT NULL,           -- that proposed it, '': a person
	title       TEXT NOT NULL,           -- in a person's words, '': the rule says it
	reason      TEXT NOT NULL,           -- likewise
	figures     TEXT NOT NULL,           -- JSON: what the rule saw, '' without rule
	owner       TEXT NOT NULL,
	due         INTEGER NOT NULL,
	state       TEXT NOT NULL CHECK (state IN ('proposed', 'open', 'done', 'dismissed', 'lapsed')),
	answer      TEXT NOT NULL,           -- why it was dismissed, or what came of it
	again_on    INTEGER,                 -- from then on the rule may propose it again
	made_by     TEXT NOT NULL,
	made_at     INTEGER NOT NULL,
	accepted_at INTEGER,
	ended_at    INTEGER,
	revision    INTEGER NOT NULL,
	PRIMARY KEY (customer_id, task_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX task_by_state ON task (state, due);

-- Addresses under which a calendar reads tasks. The secret itself is not kept.
CREATE TABLE calendar_feed (
	feed_id    INTEGER PRIMARY KEY,
	hash       TEXT NOT NULL,            -- SHA-256 of the secret, in hexadecimal
	owner      TEXT NOT NULL,            -- whose tasks; '': everybody's
	made_at    INTEGER NOT NULL,
	revoked_at INTEGER
) STRICT;

CREATE UNIQUE INDEX calendar_feed_by_hash ON calendar_feed (hash);

-- How a customer of low value and high potential is to be developed.
CREATE TABLE development (
	customer_id    INTEGER NOT NULL REFERENCES customer (customer_id),
	development_id INTEGER NOT NULL,
	goal           TEXT NOT NULL,
	services       TEXT NOT NULL,        -- that are planned
	owner          TEXT NOT NULL,
	until          INTEGER NOT NULL,
	segment        TEXT NOT NULL,        -- it began in
	state          TEXT NOT NULL CHECK (state IN ('running', 'moved', 'given_up')),
	answer         TEXT NOT NULL,        -- why it was given up
	made_by        TEXT NOT NULL,
	made_at        INTEGER NOT NULL,
	ended_at       INTEGER,
	revision       INTEGER NOT NULL,
	PRIMARY KEY (customer_id, development_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX development_by_state ON development (state);

-- What services would be worth to a customer beside those that similar ones get,
-- as a person estimates it.
CREATE TABLE possible_value (
	customer_id INTEGER PRIMARY KEY REFERENCES customer (customer_id),
	amount      INTEGER NOT NULL,
	note        TEXT NOT NULL,
	written_by  TEXT NOT NULL,
	written_at  INTEGER NOT NULL,
	revision    INTEGER NOT NULL
) STRICT;
