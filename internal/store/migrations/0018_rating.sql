-- What customers say of the services they got, and what these brought about.
--
-- +goose Up

-- Questions to a customer, answered once by the link of the same id, which says
-- about which days, in which language and until when.
CREATE TABLE rating (
	customer_id INTEGER NOT NULL,
	rating_id   INTEGER NOT NULL,        -- of the link
	entry_id    INTEGER,                 -- the one service it asks about; NULL: all of the period
	contact     TEXT NOT NULL,
	answered_at INTEGER,
	comment     TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (customer_id, rating_id)
) STRICT, WITHOUT ROWID;

-- What was answered about the services of a type: 0 nothing, 1 yes, 2 partly, 3 no.
CREATE TABLE rating_answer (
	customer_id INTEGER NOT NULL,
	rating_id   INTEGER NOT NULL,
	type_id     INTEGER NOT NULL,
	noticed     INTEGER NOT NULL,
	helped      INTEGER NOT NULL,
	worth       INTEGER,                 -- all of them together
	pay         INTEGER NOT NULL,
	PRIMARY KEY (customer_id, rating_id, type_id),
	FOREIGN KEY (customer_id, rating_id) REFERENCES rating (customer_id, rating_id)
) STRICT, WITHOUT ROWID;

-- From which a benefit was reckoned; the newest of an entry counts.
CREATE TABLE service_outcome (
	customer_id INTEGER NOT NULL,
	entry_id    INTEGER NOT NULL,
	outcome_id  INTEGER NOT NULL,
	kind        INTEGER NOT NULL,
	quantity    INTEGER NOT NULL,        -- millionths
	rate        INTEGER NOT NULL,        -- of a unit, millionths of a minor unit
	state       INTEGER NOT NULL,
	source      TEXT NOT NULL,
	made_at     INTEGER NOT NULL,
	PRIMARY KEY (customer_id, entry_id, outcome_id)
) STRICT, WITHOUT ROWID;
