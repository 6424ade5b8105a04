-- What was merged is told once, and what has parted again keeps nothing of the other. Written by tickets/postgres alone. A running Hotline of before goes on:
-- a promise that it lets go on in another ticket counts as withdrawn there.
-- A run that broke off is run again.

-- +goose NO TRANSACTION
-- +goose Up

-- A promise of a ticket that is merged goes on in the other ticket, and comes back with an unmerge: what is left behind counts nowhere.
ALTER TABLE ticket_promises ADD COLUMN IF NOT EXISTS went_on boolean NOT NULL DEFAULT false;
UPDATE ticket_promises p SET went_on = true WHERE state = 'withdrawn' AND NOT went_on
    AND EXISTS (SELECT FROM ticket_changes c WHERE c.ticket = p.ticket AND c.at = p.ended_at AND c.kind IN ('merge', 'unmerge'));

-- A merge of customers remembers what moved for as long as it can be undone.
UPDATE customer_merges SET record = '{}', tickets = '{}', contacts = '{}' WHERE undone_at IS NOT NULL;
SET lock_timeout = 0; -- an index that is made beside the work waits, and nobody for it
DROP INDEX CONCURRENTLY IF EXISTS customer_merges_by_merged;
CREATE INDEX CONCURRENTLY customer_merges_by_merged ON customer_merges (merged);
RESET lock_timeout;

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS customer_merges_by_merged;
ALTER TABLE ticket_promises DROP COLUMN IF EXISTS went_on;
