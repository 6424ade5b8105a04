-- Calls are searched by queue, outcome, disposition and the length of their talk, the latest first; and a saved list says whether it is of tickets or of calls. The room tickets/postgres
-- owns these tables. A running Hotline of before goes on: what it saves is of tickets, and it shows a list of calls among those.
-- Each index is made beside the work that goes on, and nobody waits for it; a run that broke off is run again.

-- +goose NO TRANSACTION
-- +goose Up

ALTER TABLE ticket_views ADD COLUMN IF NOT EXISTS of text NOT NULL DEFAULT 'tickets' CHECK (of IN ('tickets', 'calls'));

SET lock_timeout = 0; -- an index that is made beside the work waits, and nobody for it
DROP INDEX CONCURRENTLY IF EXISTS contacts_of_queue;
CREATE INDEX CONCURRENTLY contacts_of_queue ON contacts (queue, arrived_at, id) WHERE channel = 'call' AND queue <> '';
DROP INDEX CONCURRENTLY IF EXISTS contacts_by_outcome;
CREATE INDEX CONCURRENTLY contacts_by_outcome ON contacts (outcome, arrived_at, id) WHERE channel = 'call';
DROP INDEX CONCURRENTLY IF EXISTS contacts_by_disposition;
CREATE INDEX CONCURRENTLY contacts_by_disposition ON contacts (disposition, arrived_at, id) WHERE channel = 'call' AND disposition <> '';
-- Long talks are few, and so are very short ones.
DROP INDEX CONCURRENTLY IF EXISTS contacts_by_talk;
CREATE INDEX CONCURRENTLY contacts_by_talk ON contacts ((ended_at - answered_at)) WHERE channel = 'call' AND ended_at - answered_at IS NOT NULL;
-- How many these are PostgreSQL learns from this alone: what it knows of an index of some rows it does not use.
CREATE STATISTICS IF NOT EXISTS contacts_talk ON (ended_at - answered_at) FROM contacts;
ANALYZE contacts;
RESET lock_timeout;

-- +goose Down

DROP STATISTICS IF EXISTS contacts_talk;
DROP INDEX CONCURRENTLY IF EXISTS contacts_by_talk;
DROP INDEX CONCURRENTLY IF EXISTS contacts_by_disposition;
DROP INDEX CONCURRENTLY IF EXISTS contacts_by_outcome;
DROP INDEX CONCURRENTLY IF EXISTS contacts_of_queue;
ALTER TABLE ticket_views DROP COLUMN of;
