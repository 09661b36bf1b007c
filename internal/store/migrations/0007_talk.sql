-- For the talk with a customer: who decides there and what they wish, what was
-- agreed, arguments, the company's own face, and links that open a benefit
-- statement without a login.
--
-- +goose Up

-- What a person does in a decision, thinks of us and wishes (buying centre).
ALTER TABLE contact ADD COLUMN part TEXT NOT NULL DEFAULT '';     -- initiator, user, influencer, buyer, decider, gatekeeper
ALTER TABLE contact ADD COLUMN attitude TEXT NOT NULL DEFAULT ''; -- for, open, against
ALTER TABLE contact ADD COLUMN wants TEXT NOT NULL DEFAULT '';    -- technical, commercial, overview, market; blanks between
ALTER TABLE contact ADD COLUMN channels TEXT NOT NULL DEFAULT ''; -- talk, phone, mail, letter, video; blanks between

-- Peers of a customer are those of its industry and size class.
CREATE INDEX customer_by_trade ON customer (industry, size);

-- How the company shows itself to its customers: one row.
CREATE TABLE company (
	one       INTEGER PRIMARY KEY CHECK (one = 1),
	name      TEXT NOT NULL,
	street    TEXT NOT NULL,
	place     TEXT NOT NULL,             -- postal code and city
	contact   TEXT NOT NULL,             -- whom to reach
	phone     TEXT NOT NULL,
	email     TEXT NOT NULL,
	web       TEXT NOT NULL,
	colour    TEXT NOT NULL,             -- rrggbb
	logo      BLOB,
	logo_kind TEXT NOT NULL,             -- png, jpeg or ''
	revision  INTEGER NOT NULL
) STRICT;

-- Keys that the book signs with.
CREATE TABLE book_key (
	name    TEXT PRIMARY KEY,
	secret  BLOB NOT NULL,
	made_at INTEGER NOT NULL
) STRICT;

-- What was opened to somebody without a login, until when, and what is shown.
CREATE TABLE link (
	customer_id INTEGER NOT NULL,
	link_id     INTEGER NOT NULL,
	kind        INTEGER NOT NULL,        -- see package link
	lang        TEXT NOT NULL,
	from_day    INTEGER NOT NULL,        -- the period: its first and its last day
	to_day      INTEGER NOT NULL,
	shows       TEXT NOT NULL,           -- what is shown beside, in words; blanks between
	ends_on     INTEGER NOT NULL,
	made_by     TEXT NOT NULL,
	made_at     INTEGER NOT NULL,
	revoked_at  INTEGER,
	PRIMARY KEY (customer_id, link_id)
) STRICT, WITHOUT ROWID;

-- Arguments that a person wrote, by code of the service type and language; the
-- others are those that are shipped.
CREATE TABLE argument (
	code     TEXT NOT NULL,
	lang     TEXT NOT NULL,
	gain     TEXT NOT NULL,
	loss     TEXT NOT NULL,
	revision INTEGER NOT NULL,
	PRIMARY KEY (code, lang)
) STRICT;

CREATE TABLE objection (
	code   TEXT NOT NULL,
	lang   TEXT NOT NULL,
	number INTEGER NOT NULL,
	says   TEXT NOT NULL,
	answer TEXT NOT NULL,
	PRIMARY KEY (code, lang, number)
) STRICT;

-- How a talk ended.
CREATE TABLE talk (
	customer_id  INTEGER NOT NULL,
	talk_id      INTEGER NOT NULL,
	day          INTEGER NOT NULL,
	asked        TEXT NOT NULL,
	conceded     TEXT NOT NULL,
	note         TEXT NOT NULL,
	valid_from   INTEGER,                -- of what was agreed; NULL: nothing was
	made_by      TEXT NOT NULL,
	made_at      INTEGER NOT NULL,
	withdrawn_at INTEGER,
	PRIMARY KEY (customer_id, talk_id)
) STRICT, WITHOUT ROWID;

-- What we got in return.
CREATE TABLE talk_gain (
	customer_id INTEGER NOT NULL,
	talk_id     INTEGER NOT NULL,
	number      INTEGER NOT NULL,
	kind        TEXT NOT NULL,
	note        TEXT NOT NULL,
	share       INTEGER NOT NULL,        -- of a price: the change, millionths
	PRIMARY KEY (customer_id, talk_id, number)
) STRICT, WITHOUT ROWID;

-- Benefit statements of many customers, made as one file by a job.
CREATE TABLE statement_run (
	run_id   INTEGER PRIMARY KEY,
	lang     TEXT NOT NULL,              -- de, en, or '' for each customer's own
	from_day INTEGER NOT NULL,
	to_day   INTEGER NOT NULL,
	owner    TEXT NOT NULL,              -- whose customers; '' for all
	shows    TEXT NOT NULL,
	file     TEXT NOT NULL,              -- its name in the folder of files; '' until it is there
	count    INTEGER NOT NULL,           -- statements in it
	made_at  INTEGER NOT NULL,
	ended_at INTEGER
) STRICT;
