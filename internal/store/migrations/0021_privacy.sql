-- What persons said to what is kept of them, and who was erased.
--
-- +goose Up

-- What is noted of a person until it ends: restriction, objections, a legal hold.
-- Contact 0 is the customer itself.
CREATE TABLE privacy_mark (
	customer_id INTEGER NOT NULL,
	contact_id  INTEGER NOT NULL,
	mark_id     INTEGER NOT NULL,
	kind        TEXT NOT NULL CHECK (kind IN ('restriction', 'profiling', 'marketing', 'hold')),
	reason      TEXT NOT NULL,
	made_by     TEXT NOT NULL,
	made_at     INTEGER NOT NULL,
	ended_at    INTEGER,
	PRIMARY KEY (customer_id, contact_id, mark_id)
) STRICT, WITHOUT ROWID;

-- What a person agreed to, with the proof of it.
CREATE TABLE consent (
	customer_id  INTEGER NOT NULL,
	contact_id   INTEGER NOT NULL,
	consent_id   INTEGER NOT NULL,
	purpose      TEXT NOT NULL,
	channel      TEXT NOT NULL,
	given_at     INTEGER NOT NULL,
	way          TEXT NOT NULL,
	wording      TEXT NOT NULL,          -- what was agreed to, word for word
	source       TEXT NOT NULL,          -- where the proof is
	made_by      TEXT NOT NULL,
	made_at      INTEGER NOT NULL,
	withdrawn_at INTEGER,
	PRIMARY KEY (customer_id, contact_id, consent_id)
) STRICT, WITHOUT ROWID;

-- Who was erased: ids that stay, a pseudonym, and no text that could name anybody.
-- A restore of an older backup erases them again.
CREATE TABLE erasure (
	customer_id INTEGER NOT NULL,
	contact_id  INTEGER NOT NULL,
	erasure_id  INTEGER NOT NULL,
	pseudonym   TEXT NOT NULL,
	reason      TEXT NOT NULL,
	erased_at   INTEGER NOT NULL,
	cleaned_at  INTEGER,                 -- when the database was rewritten, so that nothing is left on its free pages
	PRIMARY KEY (customer_id, contact_id)
) STRICT, WITHOUT ROWID;
