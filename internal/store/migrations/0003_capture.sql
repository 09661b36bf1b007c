-- Capture of free services: timers that run, and entries that are kept to be
-- booked again. Customer 0 is one that wasn't named yet, or any.
--
-- +goose Up

CREATE TABLE timer (
	customer_id INTEGER NOT NULL,
	timer_id    INTEGER NOT NULL,
	type_id     INTEGER NOT NULL,        -- 0: not named yet
	background  TEXT NOT NULL,
	started_at  INTEGER NOT NULL,
	stopped_at  INTEGER,                 -- stopped, but neither booked nor thrown away
	PRIMARY KEY (customer_id, timer_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE entry_template (
	customer_id INTEGER NOT NULL,
	template_id INTEGER NOT NULL,
	name        TEXT NOT NULL,
	type_id     INTEGER NOT NULL,
	minutes     INTEGER NOT NULL,        -- millionths; 0: none said
	quantity    INTEGER NOT NULL,        -- millionths, in the type's unit; 0: none said
	background  TEXT NOT NULL,
	contact     TEXT NOT NULL,
	team_id     INTEGER NOT NULL,
	made_at     INTEGER NOT NULL,
	PRIMARY KEY (customer_id, template_id)
) STRICT, WITHOUT ROWID;

-- What was booked last, of all customers: ids are made in the order of time.
CREATE INDEX service_entry_by_id ON service_entry (entry_id);
