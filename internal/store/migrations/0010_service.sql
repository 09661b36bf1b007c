-- The ledger of free services: catalogue, teams and what their time costs,
-- entries as they are captured, opening estimates; settings of the book.
--
-- +goose Up

-- Words by which quick entry knows a service, beside code and names; a paid
-- service stands in the catalogue so that booking it can be refused by name.
ALTER TABLE service_type ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE service_type ADD COLUMN sold_at INTEGER;
ALTER TABLE service_type ADD COLUMN retired_at INTEGER;

-- Rates by team: team 0 is every team that has no rate of its own.
CREATE TABLE service_rate_by_team (
	type_id    INTEGER NOT NULL REFERENCES service_type (type_id),
	team_id    INTEGER NOT NULL,
	valid_from INTEGER NOT NULL,
	cost       INTEGER NOT NULL,         -- of a unit, millionths of a minor unit
	benefit    INTEGER NOT NULL,
	PRIMARY KEY (type_id, team_id, valid_from)
) STRICT;

INSERT INTO service_rate_by_team (type_id, team_id, valid_from, cost, benefit)
SELECT type_id, 0, valid_from, cost, benefit FROM service_rate;

DROP TABLE service_rate;
ALTER TABLE service_rate_by_team RENAME TO service_rate;

-- Who gives services: never a person, always a team.
CREATE TABLE team (
	team_id    INTEGER PRIMARY KEY,
	name       TEXT NOT NULL,
	retired_at INTEGER,
	revision   INTEGER NOT NULL
) STRICT;

-- What the time of a team costs, from a day on (time-driven costing).
CREATE TABLE team_cost (
	team_id    INTEGER NOT NULL REFERENCES team (team_id),
	valid_from INTEGER NOT NULL,
	cost       INTEGER NOT NULL,         -- of the team, a year
	people     INTEGER NOT NULL,         -- millionths
	minutes    INTEGER NOT NULL,         -- theoretical, of a person in a year
	practical  INTEGER NOT NULL,         -- share of them that can be worked, millionths
	free       INTEGER NOT NULL,         -- share of these meant for free services, millionths
	PRIMARY KEY (team_id, valid_from)
) STRICT;

ALTER TABLE service_entry ADD COLUMN team_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE service_entry ADD COLUMN minutes INTEGER;                      -- spent; NULL: unknown
ALTER TABLE service_entry ADD COLUMN charge INTEGER NOT NULL DEFAULT 0;    -- what the customer pays of it
ALTER TABLE service_entry ADD COLUMN charge_invoice INTEGER;               -- the invoice line that says so
ALTER TABLE service_entry ADD COLUMN charge_line INTEGER;
ALTER TABLE service_entry ADD COLUMN line_net INTEGER;                     -- frozen: what that line posted as a sale
ALTER TABLE service_entry ADD COLUMN line_cost INTEGER;
ALTER TABLE service_entry ADD COLUMN benefit_source INTEGER NOT NULL DEFAULT 0;
ALTER TABLE service_entry ADD COLUMN benefit_state INTEGER NOT NULL DEFAULT 0;
ALTER TABLE service_entry ADD COLUMN estimate_id INTEGER;                  -- of an opening estimate
ALTER TABLE service_entry ADD COLUMN joint_id INTEGER;                     -- one service for many customers
ALTER TABLE service_entry ADD COLUMN replaces INTEGER;                     -- the entry that this one corrects
ALTER TABLE service_entry ADD COLUMN why TEXT NOT NULL DEFAULT '';         -- why it was taken back

CREATE INDEX service_entry_joint ON service_entry (joint_id) WHERE joint_id IS NOT NULL;
CREATE INDEX service_entry_estimate ON service_entry (customer_id, type_id, day) WHERE estimate_id IS NOT NULL;
CREATE INDEX service_entry_by_day ON service_entry (day);

-- Who wrote an entry: for its correction only, and forgotten after a set time.
CREATE TABLE service_author (
	customer_id INTEGER NOT NULL,
	entry_id    INTEGER NOT NULL,
	name        TEXT NOT NULL,
	written_at  INTEGER NOT NULL,
	PRIMARY KEY (customer_id, entry_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX service_author_by_age ON service_author (written_at);

-- "About four hours hotline a month": posted month by month as estimated, each
-- month until a real entry of the type arrives in it.
CREATE TABLE service_estimate (
	customer_id INTEGER NOT NULL,
	estimate_id INTEGER NOT NULL,
	type_id     INTEGER NOT NULL,
	quantity    INTEGER NOT NULL,        -- a month, in the type's unit, millionths
	valid_from  INTEGER NOT NULL,        -- first day
	valid_until INTEGER NOT NULL,        -- last day
	made_at     INTEGER NOT NULL,
	ended_at    INTEGER,                 -- taken back, or replaced by another
	PRIMARY KEY (customer_id, estimate_id)
) STRICT, WITHOUT ROWID;

-- An interaction that was a free service posts nothing itself: the entry does.
ALTER TABLE interaction ADD COLUMN service_id INTEGER;

-- When the book was closed up to which day, or opened again, and why.
CREATE TABLE closing (
	closing_id   INTEGER PRIMARY KEY,
	closed_until INTEGER NOT NULL,
	reason       TEXT NOT NULL,
	made_at      INTEGER NOT NULL
) STRICT;

-- Settings of the book that are one value each.
CREATE TABLE setting (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT;
