-- Estimates name the team that is thought to give the service. What was estimated
-- lately, whose estimates a batch made, and which entries invoice lines charge for
-- are found without looking at all of them.
--
-- +goose Up

ALTER TABLE service_estimate ADD COLUMN team_id INTEGER NOT NULL DEFAULT 0; -- 0: nobody said

CREATE INDEX service_estimate_made ON service_estimate (made_at, ended_at);
CREATE INDEX service_estimate_ended ON service_estimate (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX service_entry_charged ON service_entry (customer_id, charge_invoice, charge_line, withdrawn_at) WHERE charge_invoice IS NOT NULL;
