-- Reports add services up by type, team and day. Read in this order from an index
-- that has all they need, half a million entries need no sorting. The first column
-- is no bare type_id, so that no statement on one customer is tempted to use it;
-- without the bare one at the end SQLite would look up every entry all the same.
--
-- +goose Up
CREATE INDEX service_entry_sums ON service_entry ((type_id + 0), team_id, day, withdrawn_at, minutes, cost, charge, benefit, estimate_id, type_id);
