-- Pictures and papers that belong to service entries.
--
-- +goose Up

-- The key is made by who sends the file, so that a retry is seen as one. A file
-- that was thrown away leaves its row without content: a late retry must not
-- bring it back.
CREATE TABLE attachment (
	customer_id   INTEGER NOT NULL,
	attachment_id INTEGER NOT NULL,
	entry_id      INTEGER NOT NULL,
	send_key      TEXT NOT NULL,
	hash          INTEGER NOT NULL,        -- of the content: another file under the same key is refused
	media         TEXT NOT NULL,           -- as its content says, such as image/jpeg
	size          INTEGER NOT NULL,        -- bytes
	content       BLOB,                    -- NULL once it was thrown away
	made_at       INTEGER NOT NULL,
	PRIMARY KEY (customer_id, attachment_id),
	UNIQUE (customer_id, send_key)
) STRICT;

CREATE INDEX attachment_of_entry ON attachment (customer_id, entry_id);
