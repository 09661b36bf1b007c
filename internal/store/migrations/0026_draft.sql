-- What assistants would like to be done: nothing of it is in the book until a person
-- confirms it.
--
-- +goose Up

CREATE TABLE draft (
	customer_id INTEGER NOT NULL,
	draft_id    INTEGER NOT NULL,
	kind        TEXT NOT NULL,           -- service, task or change
	content     TEXT NOT NULL,           -- JSON
	why         TEXT NOT NULL,           -- as the assistant says
	made_by     TEXT NOT NULL,           -- the name of the key
	made_at     INTEGER NOT NULL,
	state       TEXT NOT NULL,           -- open, confirmed or dismissed
	ended_at    INTEGER,
	ended_by    TEXT NOT NULL,
	PRIMARY KEY (customer_id, draft_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX draft_open ON draft (made_at) WHERE state = 'open';
