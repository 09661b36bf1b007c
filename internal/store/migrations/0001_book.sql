-- The book: settings, customers, documents, the value account, valuations, work.
--
-- One text serves both engines. It is written for SQLite's strict tables; for
-- PostgreSQL, engine.go swaps the type names and drops what only SQLite knows.
-- Days are integers yyyymmdd that sort and group by month alike everywhere;
-- instants are microseconds since 1970 in UTC; money is whole minor units;
-- quantities, prices and rates are millionths. There are no boolean columns: a
-- flag is a day or an instant that is there or is not.
--
-- Ready for shards: every table of a customer's data has customer_id first in
-- its primary key and in every foreign key. The one exception is document_key.
-- Tables clustered by customer (WITHOUT ROWID) make the sums of one customer one
-- read.
--
-- +goose Up

-- The book itself: one row.
CREATE TABLE book (
	one          INTEGER PRIMARY KEY CHECK (one = 1),
	name         TEXT NOT NULL,
	currency     TEXT NOT NULL,
	digits       INTEGER NOT NULL,
	closed_until INTEGER NOT NULL,       -- postings are dated after this day
	changed      INTEGER NOT NULL,       -- raised by every change of facts: what was read before is old
	created_at   INTEGER NOT NULL
) STRICT;

-- Dated rates of the book: late_payment (a year), care.visit … (minor units).
CREATE TABLE rate (
	name       TEXT NOT NULL,
	valid_from INTEGER NOT NULL,
	per_piece  INTEGER NOT NULL,         -- millionths
	per_minute INTEGER NOT NULL,         -- millionths
	PRIMARY KEY (name, valid_from)
) STRICT;

-- Rates of other currencies to the book's: one foreign unit in millionths of ours.
CREATE TABLE exchange (
	currency TEXT NOT NULL,
	day      INTEGER NOT NULL,
	rate     INTEGER NOT NULL,
	PRIMARY KEY (currency, day)
) STRICT;

CREATE TABLE customer (
	customer_id  INTEGER PRIMARY KEY,
	external     TEXT NOT NULL,          -- its id in the source, or its number
	number       TEXT NOT NULL,
	name         TEXT NOT NULL CHECK (name <> ''),
	sort_name    TEXT NOT NULL,          -- folded by Go: lower() and collation differ
	search       TEXT NOT NULL,          -- folded name, number, city
	person_at    INTEGER,                -- not NULL: a person, not a company
	street       TEXT NOT NULL DEFAULT '',
	postal_code  TEXT NOT NULL DEFAULT '',
	city         TEXT NOT NULL DEFAULT '',
	state        TEXT NOT NULL DEFAULT '',
	country      TEXT NOT NULL DEFAULT '',
	phone        TEXT NOT NULL DEFAULT '',
	email        TEXT NOT NULL DEFAULT '',
	industry     TEXT NOT NULL DEFAULT '',
	size         TEXT NOT NULL DEFAULT '',
	owner        TEXT NOT NULL DEFAULT '',
	acquired_on  INTEGER,
	channel      TEXT NOT NULL DEFAULT '',
	acquired_for INTEGER,                -- cost of winning it
	contract_at  INTEGER,                -- not NULL: a contractual relation
	contract_since INTEGER,
	contract_until INTEGER,              -- its last day, where it has ended or will
	terms_days   INTEGER,
	need         INTEGER,                -- yearly need
	rank         INTEGER NOT NULL DEFAULT 0,
	suppliers    INTEGER NOT NULL DEFAULT 0,
	credit_limit INTEGER,
	note         TEXT NOT NULL DEFAULT '',
	stub_at      INTEGER,                -- made because a document named it
	posted_on    INTEGER,                -- day of its acquisition posting
	post_rev     INTEGER NOT NULL DEFAULT 0, -- revision of its acquisition posting
	revision     INTEGER NOT NULL,
	import_id    INTEGER NOT NULL,
	created_at   INTEGER NOT NULL,
	archived_at  INTEGER
) STRICT;

CREATE INDEX customer_by_name ON customer (sort_name);
CREATE INDEX customer_by_number ON customer (number);

-- The group a customer belongs to, from a day on (NULL: none any more).
CREATE TABLE customer_parent (
	customer_id INTEGER NOT NULL REFERENCES customer (customer_id),
	valid_from  INTEGER NOT NULL,
	parent_id   INTEGER,
	PRIMARY KEY (customer_id, valid_from)
) STRICT;

CREATE INDEX customer_parent_by_parent ON customer_parent (parent_id);

CREATE TABLE contact (
	customer_id INTEGER NOT NULL REFERENCES customer (customer_id),
	contact_id  INTEGER NOT NULL,
	external    TEXT NOT NULL,
	name        TEXT NOT NULL,
	first_name  TEXT NOT NULL,
	role        TEXT NOT NULL,
	email       TEXT NOT NULL,
	phone       TEXT NOT NULL,
	language    TEXT NOT NULL,
	revision    INTEGER NOT NULL,
	import_id   INTEGER NOT NULL,
	PRIMARY KEY (customer_id, contact_id)
) STRICT;

-- A reference table: small, the same on every shard.
CREATE TABLE product (
	product_id    INTEGER PRIMARY KEY,
	external      TEXT NOT NULL,
	name          TEXT NOT NULL,
	category      TEXT NOT NULL,
	unit          TEXT NOT NULL,
	standard_cost INTEGER,               -- of one unit, millionths of a minor unit
	list_price    INTEGER,
	stub_at       INTEGER,
	revision      INTEGER NOT NULL,
	import_id     INTEGER NOT NULL
) STRICT;

-- Where an external id leads: how an invoice number finds its customer, and
-- what makes external ids unique. Its key is the hash of (source, kind,
-- external), so that it can be spread without a customer.
CREATE TABLE document_key (
	hash        INTEGER PRIMARY KEY,
	source      TEXT NOT NULL,
	kind        INTEGER NOT NULL,
	external    TEXT NOT NULL,
	customer_id INTEGER NOT NULL,        -- 0 for products and service types
	id          INTEGER NOT NULL
) STRICT;

-- The value account. Append-only: the program has no UPDATE or DELETE for it.
-- The instant a posting was written is in its id (see NewIDs in package store).
CREATE TABLE posting (
	customer_id   INTEGER NOT NULL,
	day           INTEGER NOT NULL CHECK (day BETWEEN 19000101 AND 21991231),
	posting_id    INTEGER NOT NULL,
	kind          INTEGER NOT NULL,
	volume        INTEGER NOT NULL,
	amount        INTEGER,               -- NULL: a sale whose cost is unknown
	reverses      INTEGER,
	cause         INTEGER,               -- what a deduction was made for; NULL: any other kind
	rate          INTEGER NOT NULL,      -- frozen, millionths
	document_kind INTEGER NOT NULL,
	document_id   INTEGER NOT NULL,
	revision      INTEGER NOT NULL,
	PRIMARY KEY (customer_id, day, posting_id)
) STRICT, WITHOUT ROWID;

-- A posting is taken back only once.
CREATE UNIQUE INDEX posting_reversed ON posting (customer_id, reverses) WHERE reverses IS NOT NULL;

-- Invoices and credit notes. revision counts how often the document was posted;
-- withdrawn_at says that its last revision was reversed and nothing took its place.
-- What a valuation reads of each stands first: both engines decode a row up to the
-- last column they need.
CREATE TABLE invoice (
	customer_id  INTEGER NOT NULL,
	invoice_id   INTEGER NOT NULL,
	day          INTEGER NOT NULL,
	due          INTEGER NOT NULL,
	terms_days   INTEGER NOT NULL,       -- due − day
	receivable   INTEGER NOT NULL,
	parts        INTEGER NOT NULL,       -- derived: settlements of it
	settled_on   INTEGER,                -- derived from settlement: paid in full on this day
	late_days    INTEGER,                -- derived: last payment − due; 0 where credit notes alone settled it
	withdrawn_at INTEGER,
	disputed_on  INTEGER,
	listed_net   INTEGER,                -- net of the lines that have a list price
	listed       INTEGER,                -- what these would be by the list, frozen; NULL: none has one
	net          INTEGER NOT NULL,
	cost         INTEGER,                -- NULL: unknown
	credit       INTEGER NOT NULL,
	credits      INTEGER,
	agreement_id INTEGER,                -- the bonus agreement a credit note settles
	accrued      INTEGER,                -- derived: what had accrued when it was posted; NULL: not posted yet
	posted_on    INTEGER NOT NULL,
	revision     INTEGER NOT NULL,
	version      INTEGER NOT NULL,       -- hash of the document as it came
	lines_hash   INTEGER NOT NULL,       -- of lines that came by themselves, 0 for none
	import_id    INTEGER NOT NULL,       -- the import that made it
	number       TEXT NOT NULL,
	PRIMARY KEY (customer_id, invoice_id)
) STRICT, WITHOUT ROWID;

-- Invoices that several means settled, or one in part: the few that a valuation
-- looks at part by part.
CREATE INDEX invoice_in_parts ON invoice (customer_id, invoice_id) WHERE parts > 1 OR (parts = 1 AND settled_on IS NULL);

CREATE TABLE invoice_line (
	customer_id INTEGER NOT NULL,
	invoice_id  INTEGER NOT NULL,
	line        INTEGER NOT NULL,
	product_id  INTEGER NOT NULL,        -- 0: none named
	quantity    INTEGER NOT NULL,        -- millionths
	unit_price  INTEGER NOT NULL,        -- millionths of a minor unit
	discount    INTEGER NOT NULL,        -- millionths
	net         INTEGER NOT NULL,
	cost        INTEGER,
	PRIMARY KEY (customer_id, invoice_id, line)
) STRICT, WITHOUT ROWID;

-- What we bear of an invoice, by cause: freight, commission … Few invoices have any.
CREATE TABLE invoice_deduction (
	customer_id INTEGER NOT NULL,
	invoice_id  INTEGER NOT NULL,
	cause       INTEGER NOT NULL,
	amount      INTEGER NOT NULL,        -- positive: a cost
	PRIMARY KEY (customer_id, invoice_id, cause)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment (
	customer_id  INTEGER NOT NULL,
	payment_id   INTEGER NOT NULL,
	number       TEXT NOT NULL,
	day          INTEGER NOT NULL,
	amount       INTEGER NOT NULL,
	discount     INTEGER NOT NULL,
	invoice_id   INTEGER,                -- the invoice it names; NULL: the oldest open item first
	posted_on    INTEGER NOT NULL,
	revision     INTEGER NOT NULL,
	version      INTEGER NOT NULL,
	parts_hash   INTEGER NOT NULL,       -- of what it settled when its revision was posted
	import_id    INTEGER NOT NULL,
	withdrawn_at INTEGER,
	PRIMARY KEY (customer_id, payment_id)
) STRICT, WITHOUT ROWID;

-- Payments and credit notes that name no invoice: their customers are settled
-- as a whole.
CREATE INDEX payment_on_account ON payment (customer_id) WHERE invoice_id IS NULL;
CREATE INDEX credit_on_account ON invoice (customer_id) WHERE receivable < 0 AND credits IS NULL;

-- Who names which invoice.
CREATE INDEX payment_for ON payment (customer_id, invoice_id) WHERE invoice_id IS NOT NULL;
CREATE INDEX credit_for ON invoice (customer_id, credits) WHERE credits IS NOT NULL;
CREATE INDEX invoice_of_agreement ON invoice (customer_id, agreement_id) WHERE agreement_id IS NOT NULL;

-- What a customer, or the group it leads, gets back of its net revenue.
CREATE TABLE bonus_agreement (
	customer_id  INTEGER NOT NULL,
	agreement_id INTEGER NOT NULL,
	number       TEXT NOT NULL,
	valid_from   INTEGER NOT NULL,
	valid_until  INTEGER,                -- last day; NULL: open
	rate         INTEGER NOT NULL,       -- of net revenue, millionths
	spread       INTEGER NOT NULL,       -- 0: the customer alone, 1: its group by revenue, 2: its group in equal parts
	revision     INTEGER NOT NULL,
	version      INTEGER NOT NULL,
	import_id    INTEGER NOT NULL,
	withdrawn_at INTEGER,
	PRIMARY KEY (customer_id, agreement_id)
) STRICT, WITHOUT ROWID;

-- Derived: what an agreement, the customer's own or its group's, costs at a
-- customer in a month. Each is a document with revisions that post.
CREATE TABLE bonus_accrual (
	customer_id  INTEGER NOT NULL,
	accrual_id   INTEGER NOT NULL,
	agreement_id INTEGER NOT NULL,
	owner_id     INTEGER NOT NULL,       -- the customer that the agreement is made with
	number       TEXT NOT NULL,          -- of the agreement
	spread       INTEGER NOT NULL,
	day          INTEGER NOT NULL,       -- the last of the month, or of the agreement
	base         INTEGER NOT NULL,       -- net revenue
	amount       INTEGER NOT NULL,       -- positive: a cost
	posted_on    INTEGER NOT NULL,
	revision     INTEGER NOT NULL,
	withdrawn_at INTEGER,
	PRIMARY KEY (customer_id, accrual_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX bonus_accrual_of ON bonus_accrual (agreement_id);

-- Customers whose bonuses wait to be accrued anew, written with the change that
-- asks for it. Step 1: what they bear themselves; step 2, after all of these:
-- what their agreements spread equally, and the credit notes that settle them.
CREATE TABLE unaccrued (
	customer_id INTEGER NOT NULL,
	step        INTEGER NOT NULL,
	PRIMARY KEY (customer_id, step)
) STRICT;

-- Customers whose open items wait to be settled anew, written with the change
-- that asks for it.
CREATE TABLE unsettled (
	customer_id INTEGER PRIMARY KEY
) STRICT;

-- Derived: which means (payment or credit note) settled how much of which invoice.
CREATE TABLE settlement (
	customer_id INTEGER NOT NULL,
	invoice_id  INTEGER NOT NULL,
	means_id    INTEGER NOT NULL,
	day         INTEGER NOT NULL,
	amount      INTEGER NOT NULL,
	days_late   INTEGER NOT NULL,
	PRIMARY KEY (customer_id, invoice_id, means_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE complaint (
	customer_id  INTEGER NOT NULL,
	complaint_id INTEGER NOT NULL,
	number       TEXT NOT NULL,
	day          INTEGER NOT NULL,
	invoice_id   INTEGER,
	amount       INTEGER NOT NULL,
	cost         INTEGER NOT NULL,
	credit       INTEGER NOT NULL,
	severity     INTEGER NOT NULL,
	justified    INTEGER NOT NULL,
	solved_on    INTEGER,
	subject      TEXT NOT NULL,
	posted_on    INTEGER NOT NULL,
	revision     INTEGER NOT NULL,
	version      INTEGER NOT NULL,
	import_id    INTEGER NOT NULL,
	withdrawn_at INTEGER,
	PRIMARY KEY (customer_id, complaint_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE interaction (
	customer_id    INTEGER NOT NULL,
	interaction_id INTEGER NOT NULL,
	number         TEXT NOT NULL,
	day            INTEGER NOT NULL,
	channel        TEXT NOT NULL,
	direction      TEXT NOT NULL,        -- in, out or ''
	subject        TEXT NOT NULL,
	contact        TEXT NOT NULL,
	minutes        INTEGER NOT NULL,
	purpose        TEXT NOT NULL,
	cost           INTEGER,              -- as said; NULL: by the channel's rate
	taken          INTEGER NOT NULL,     -- as posted
	rate           INTEGER NOT NULL,
	posted_on      INTEGER NOT NULL,
	revision       INTEGER NOT NULL,
	version        INTEGER NOT NULL,
	import_id      INTEGER NOT NULL,
	withdrawn_at   INTEGER,
	PRIMARY KEY (customer_id, interaction_id)
) STRICT, WITHOUT ROWID;

-- Reference tables: the catalogue of free services and its dated rates.
CREATE TABLE service_type (
	type_id   INTEGER PRIMARY KEY,
	code      TEXT NOT NULL,
	name_de   TEXT NOT NULL,
	name_en   TEXT NOT NULL,
	category  TEXT NOT NULL,
	unit      TEXT NOT NULL,
	step      INTEGER NOT NULL,
	rung      INTEGER NOT NULL,
	stub_at   INTEGER,
	revision  INTEGER NOT NULL,
	import_id INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX service_type_by_code ON service_type (code);

CREATE TABLE service_rate (
	type_id    INTEGER NOT NULL REFERENCES service_type (type_id),
	valid_from INTEGER NOT NULL,
	cost       INTEGER NOT NULL,         -- of a unit, millionths of a minor unit
	benefit    INTEGER NOT NULL,
	PRIMARY KEY (type_id, valid_from)
) STRICT;

CREATE TABLE service_entry (
	customer_id  INTEGER NOT NULL,
	entry_id     INTEGER NOT NULL,
	number       TEXT NOT NULL,
	day          INTEGER NOT NULL,
	type_id      INTEGER NOT NULL,
	quantity     INTEGER NOT NULL,
	background   TEXT NOT NULL,
	contact      TEXT NOT NULL,
	cost         INTEGER NOT NULL,
	benefit      INTEGER NOT NULL,
	rate         INTEGER NOT NULL,
	posted_on    INTEGER NOT NULL,
	revision     INTEGER NOT NULL,
	version      INTEGER NOT NULL,
	import_id    INTEGER NOT NULL,
	withdrawn_at INTEGER,
	PRIMARY KEY (customer_id, entry_id)
) STRICT, WITHOUT ROWID;

-- Files that came in.
CREATE TABLE import (
	import_id   INTEGER PRIMARY KEY,
	kind        TEXT NOT NULL,
	file        TEXT NOT NULL,           -- its name, for people
	path        TEXT NOT NULL,           -- where it lies, for going on after a kill
	sha256      TEXT NOT NULL,
	options     TEXT NOT NULL,           -- JSON: mapping, filters, readings
	state       TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'undoing', 'undone')),
	problem     TEXT NOT NULL DEFAULT '',
	documents   INTEGER NOT NULL,        -- documents taken in so far: where to go on
	bytes_done  INTEGER NOT NULL,
	bytes_total INTEGER NOT NULL,
	counts      TEXT NOT NULL,           -- JSON
	report      TEXT NOT NULL DEFAULT '', -- JSON: what undo took back, kept, failed
	started_at  INTEGER NOT NULL,
	ended_at    INTEGER
) STRICT;

-- What an import changed that was there before: the record as it was, so that
-- undo can put it back if nobody wrote it since.
CREATE TABLE import_change (
	import_id   INTEGER NOT NULL,
	seq         INTEGER NOT NULL,
	kind        INTEGER NOT NULL,
	customer_id INTEGER NOT NULL,
	id          INTEGER NOT NULL,
	before      TEXT NOT NULL,           -- JSON
	PRIMARY KEY (import_id, seq)
) STRICT;

-- Rows that were not taken in: reason and text, for the file of rejected rows.
CREATE TABLE import_problem (
	import_id INTEGER NOT NULL,
	seq       INTEGER NOT NULL,
	line      INTEGER NOT NULL,
	field     TEXT NOT NULL,
	value     TEXT NOT NULL,
	problem   TEXT NOT NULL,
	row_text  TEXT,                      -- the row as it was in the file; NULL: said before
	PRIMARY KEY (import_id, seq)
) STRICT;

-- Mappings of columns, kept for the next file with the same header.
CREATE TABLE mapping (
	kind    TEXT NOT NULL,
	header  TEXT NOT NULL,               -- the header, folded
	options TEXT NOT NULL,               -- JSON
	used_at INTEGER NOT NULL,
	PRIMARY KEY (kind, header)
) STRICT;

-- Versions of the valuation model, never changed.
CREATE TABLE model (
	model_id INTEGER PRIMARY KEY,        -- 1, 2, 3 …
	spec     TEXT NOT NULL,              -- JSON
	note     TEXT NOT NULL,
	made_at  INTEGER NOT NULL
) STRICT;

-- A valuation is a record of its day. It is there for readers once ended_at is set.
CREATE TABLE valuation (
	valuation_id INTEGER PRIMARY KEY,
	as_of        INTEGER NOT NULL,
	model_id     INTEGER NOT NULL,
	summary      TEXT NOT NULL,          -- JSON: the model as used, totals, cuts, anchors
	changed      INTEGER NOT NULL,       -- book.changed when it looked
	started_at   INTEGER NOT NULL,
	ended_at     INTEGER
) STRICT;

CREATE INDEX valuation_by_day ON valuation (as_of, valuation_id);

-- One customer in one valuation. Rows of one valuation lie together in the order
-- they were written; the key finds the path of one customer.
CREATE TABLE score (
	customer_id   INTEGER NOT NULL,
	valuation_id  INTEGER NOT NULL,
	revenue       INTEGER NOT NULL,
	sale          INTEGER NOT NULL,
	deduction     INTEGER NOT NULL,
	acquisition   INTEGER NOT NULL,
	care          INTEGER NOT NULL,
	late_payment  INTEGER NOT NULL,
	accrued       INTEGER NOT NULL,
	complaint     INTEGER NOT NULL,
	service       INTEGER NOT NULL,
	goodwill      INTEGER NOT NULL,
	benefit       INTEGER NOT NULL,
	unknown_cost  INTEGER NOT NULL,
	score         REAL,
	data_basis    REAL NOT NULL,
	credibility   REAL,
	lifetime      INTEGER,               -- lifetime value after care; NULL: unknown
	alive         REAL,                  -- probability of being a customer still; NULL: unknown
	flags         INTEGER NOT NULL,      -- packed: new, stage, classes, bands, segment (see Flags in package value)
	figures       BLOB NOT NULL,         -- packed: the other figures and raw values (see score.go)
	PRIMARY KEY (customer_id, valuation_id)
) STRICT;

CREATE INDEX score_by_valuation ON score (valuation_id, customer_id);

-- A person overrules a class or segment, with a reason and an end.
CREATE TABLE override (
	customer_id INTEGER NOT NULL REFERENCES customer (customer_id),
	override_id INTEGER NOT NULL,
	class       TEXT NOT NULL,           -- '' : not overruled
	segment     TEXT NOT NULL,
	reason      TEXT NOT NULL,
	note        TEXT NOT NULL,
	valid_from  INTEGER NOT NULL,
	valid_until INTEGER NOT NULL,
	made_by     TEXT NOT NULL,
	made_at     INTEGER NOT NULL,
	ended_at    INTEGER,
	PRIMARY KEY (customer_id, override_id)
) STRICT;

-- Views of lists that people saved.
CREATE TABLE view (
	view_id INTEGER PRIMARY KEY,
	name    TEXT NOT NULL,
	query   TEXT NOT NULL,
	made_at INTEGER NOT NULL
) STRICT;

-- Work to do after a change, written in the same transaction as the change.
CREATE TABLE job (
	job_id       INTEGER PRIMARY KEY,
	kind         TEXT NOT NULL,
	arg          TEXT NOT NULL,          -- ids only, never personal data
	state        TEXT NOT NULL CHECK (state IN ('due', 'running', 'done', 'failed')),
	run_at       INTEGER NOT NULL,
	leased_until INTEGER,
	lease        INTEGER,                -- who holds it: an id of the run
	tries        INTEGER NOT NULL,
	done         INTEGER NOT NULL,       -- progress: done of total
	total        INTEGER NOT NULL,
	problem      TEXT NOT NULL,
	made_at      INTEGER NOT NULL,
	ended_at     INTEGER
) STRICT;

CREATE UNIQUE INDEX job_once ON job (kind, arg) WHERE state = 'due';
CREATE INDEX job_by_state ON job (state, run_at);

-- Names, dates and decimals for analysts. What is withdrawn is left out.
CREATE VIEW v_unit AS
SELECT CASE digits WHEN 0 THEN 1.0 WHEN 3 THEN 1000.0 ELSE 100.0 END AS unit, currency FROM book;

CREATE VIEW v_customer AS
SELECT c.customer_id, c.external, c.number, c.name, c.street, c.postal_code, c.city, c.state, c.country, c.industry, c.size, c.owner,
       CAST(c.acquired_on / 10000 AS VARCHAR) || CASE WHEN c.acquired_on / 100 % 100 < 10 THEN '-0' ELSE '-' END || CAST(c.acquired_on / 100 % 100 AS VARCHAR) || CASE WHEN c.acquired_on % 100 < 10 THEN '-0' ELSE '-' END || CAST(c.acquired_on % 100 AS VARCHAR) AS acquired_on,
       c.acquired_for / u.unit AS acquired_for, c.need / u.unit AS need, c.rank, c.suppliers, c.terms_days
FROM customer c CROSS JOIN v_unit u WHERE c.archived_at IS NULL;

CREATE VIEW v_posting AS
SELECT p.customer_id, c.name AS customer, p.posting_id,
       CAST(p.day / 10000 AS VARCHAR) || CASE WHEN p.day / 100 % 100 < 10 THEN '-0' ELSE '-' END || CAST(p.day / 100 % 100 AS VARCHAR) || CASE WHEN p.day % 100 < 10 THEN '-0' ELSE '-' END || CAST(p.day % 100 AS VARCHAR) AS day,
       CASE WHEN p.kind < 11 THEN 'from' ELSE 'to' END AS side,
       CASE p.kind WHEN 1 THEN 'sale' WHEN 2 THEN 'deduction' WHEN 3 THEN 'acquisition' WHEN 4 THEN 'care'
                   WHEN 5 THEN 'late_payment' WHEN 6 THEN 'complaint' WHEN 11 THEN 'service' WHEN 12 THEN 'goodwill' END AS kind,
       CASE p.cause WHEN 1 THEN 'cash_discount' WHEN 2 THEN 'bonus' WHEN 3 THEN 'freight' WHEN 4 THEN 'commission' WHEN 5 THEN 'packaging'
                    WHEN 6 THEN 'warranty' END AS cause,
       p.amount / u.unit AS amount, p.volume / u.unit AS volume, p.rate / 1000000.0 AS rate,
       CASE p.document_kind WHEN 1 THEN 'customer' WHEN 2 THEN 'invoice' WHEN 3 THEN 'payment' WHEN 4 THEN 'complaint'
                            WHEN 5 THEN 'interaction' WHEN 6 THEN 'service' WHEN 7 THEN 'bonus_agreement' END AS document_kind,
       p.document_id, p.revision, p.reverses
FROM posting p JOIN customer c ON c.customer_id = p.customer_id CROSS JOIN v_unit u;

CREATE VIEW v_invoice AS
SELECT i.customer_id, c.name AS customer, i.invoice_id, i.number,
       CAST(i.day / 10000 AS VARCHAR) || CASE WHEN i.day / 100 % 100 < 10 THEN '-0' ELSE '-' END || CAST(i.day / 100 % 100 AS VARCHAR) || CASE WHEN i.day % 100 < 10 THEN '-0' ELSE '-' END || CAST(i.day % 100 AS VARCHAR) AS day,
       CAST(i.due / 10000 AS VARCHAR) || CASE WHEN i.due / 100 % 100 < 10 THEN '-0' ELSE '-' END || CAST(i.due / 100 % 100 AS VARCHAR) || CASE WHEN i.due % 100 < 10 THEN '-0' ELSE '-' END || CAST(i.due % 100 AS VARCHAR) AS due,
       i.net / u.unit AS net, i.cost / u.unit AS cost, i.receivable / u.unit AS receivable,
       CAST(i.settled_on / 10000 AS VARCHAR) || CASE WHEN i.settled_on / 100 % 100 < 10 THEN '-0' ELSE '-' END || CAST(i.settled_on / 100 % 100 AS VARCHAR) || CASE WHEN i.settled_on % 100 < 10 THEN '-0' ELSE '-' END || CAST(i.settled_on % 100 AS VARCHAR) AS settled_on,
       i.late_days
FROM invoice i JOIN customer c ON c.customer_id = i.customer_id CROSS JOIN v_unit u WHERE i.withdrawn_at IS NULL;

CREATE VIEW v_service AS
SELECT e.customer_id, c.name AS customer, e.entry_id, e.number,
       CAST(e.day / 10000 AS VARCHAR) || CASE WHEN e.day / 100 % 100 < 10 THEN '-0' ELSE '-' END || CAST(e.day / 100 % 100 AS VARCHAR) || CASE WHEN e.day % 100 < 10 THEN '-0' ELSE '-' END || CAST(e.day % 100 AS VARCHAR) AS day,
       t.code, t.name_de, t.name_en, t.unit, e.quantity / 1000000.0 AS quantity, e.background, e.cost / u.unit AS cost, e.benefit / u.unit AS benefit
FROM service_entry e JOIN customer c ON c.customer_id = e.customer_id JOIN service_type t ON t.type_id = e.type_id
CROSS JOIN v_unit u WHERE e.withdrawn_at IS NULL;
