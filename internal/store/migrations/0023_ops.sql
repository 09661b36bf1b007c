-- Whether the book can be written: the server writes when it last could.
--
-- +goose Up

CREATE TABLE probe (
	probe_id   INTEGER PRIMARY KEY,      -- 1
	written_at INTEGER NOT NULL
) STRICT;
