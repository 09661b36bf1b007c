-- Services that come from elsewhere: what the words of time sheets mean, which
-- documents were proposed as services, and mail in quick-entry form.
--
-- +goose Up

-- What a word of a time sheet means: a service of the catalogue, or a team. The
-- word of a team is the hash of a person's name: the name itself stands nowhere
-- but beside the entry, and is forgotten there.
CREATE TABLE sheet_word (
	about  INTEGER NOT NULL,             -- 1 a service, 2 a team
	word   TEXT NOT NULL,                -- folded
	means  INTEGER NOT NULL,             -- type_id or team_id; 0: no free service, no team
	PRIMARY KEY (about, word)
) STRICT;

-- A document that was proposed as a free service, and what became of it: it is
-- never proposed again.
CREATE TABLE candidate (
	customer_id INTEGER NOT NULL,
	kind        INTEGER NOT NULL,        -- 1 line of an invoice, 2 credit note, 3 interaction
	document_id INTEGER NOT NULL,
	line        INTEGER NOT NULL,        -- of the invoice, else 0
	entry_id    INTEGER,                 -- the service it became; NULL: dismissed
	decided_at  INTEGER NOT NULL,
	PRIMARY KEY (customer_id, kind, document_id, line)
) STRICT, WITHOUT ROWID;

CREATE INDEX interaction_newest ON interaction (day, customer_id, interaction_id) WHERE service_id IS NULL AND withdrawn_at IS NULL;
CREATE INDEX invoice_line_free ON invoice_line (customer_id, invoice_id, line) WHERE net = 0;
CREATE INDEX invoice_negative ON invoice (day, customer_id, invoice_id) WHERE net < 0;

-- Mail that came to the address of quick entry. Its key is the hash of its
-- Message-ID, so that a mail has one effect; sender and line are forgotten once
-- it was booked or dismissed.
CREATE TABLE mail (
	mail_id     INTEGER PRIMARY KEY,
	state       INTEGER NOT NULL,        -- 1 booked, 2 held, 3 a question is open, 4 dismissed
	received_at INTEGER NOT NULL,
	sender      TEXT NOT NULL,
	line        TEXT NOT NULL,
	reason      TEXT NOT NULL
) STRICT;

CREATE INDEX mail_open ON mail (received_at) WHERE state IN (2, 3);
