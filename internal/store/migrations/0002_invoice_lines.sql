-- What an invoice's own document says beside its lines, so that lines which come
-- by themselves can replace them without taking the rest away.
--
-- +goose Up

ALTER TABLE invoice ADD COLUMN gross INTEGER;     -- what is to be paid, as given; NULL: the lines say it
ALTER TABLE invoice ADD COLUMN total INTEGER;     -- net sum beside the lines, as given
ALTER TABLE invoice ADD COLUMN paid_on INTEGER;   -- settled in full on this day, as given
ALTER TABLE invoice ADD COLUMN own_lines INTEGER; -- hash of the lines that came with it and were replaced
