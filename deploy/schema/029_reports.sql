-- What reports over tickets read: each has a way to the rows of its time. The room tickets/postgres owns these tables. A running Hotline of before
-- goes on.
-- Each index is made beside the work that goes on, and nobody waits for it; a run that broke off is run again.

-- +goose NO TRANSACTION
-- +goose Up

SET lock_timeout = 0; -- an index that is made beside the work waits, and nobody for it
DROP INDEX CONCURRENTLY IF EXISTS tickets_by_closing;
CREATE INDEX CONCURRENTLY tickets_by_closing ON tickets (closed_at) WHERE state = 'closed';
DROP INDEX CONCURRENTLY IF EXISTS tickets_by_answer;
CREATE INDEX CONCURRENTLY tickets_by_answer ON tickets (solved_at) WHERE solved_at IS NOT NULL;
-- Closed tickets that were opened again: few.
DROP INDEX CONCURRENTLY IF EXISTS ticket_changes_reopening;
CREATE INDEX CONCURRENTLY ticket_changes_reopening ON ticket_changes (at) WHERE patch ? 'closed' AND patch -> 'closed' ->> 1 = '';
DROP INDEX CONCURRENTLY IF EXISTS ticket_clocks_broken;
CREATE INDEX CONCURRENTLY ticket_clocks_broken ON ticket_clocks (due) WHERE broken;
-- A time overlaps the spells that begin in it or not long before it, those that last, and those few that are long.
DROP INDEX CONCURRENTLY IF EXISTS ticket_spells_by_begin;
CREATE INDEX CONCURRENTLY ticket_spells_by_begin ON ticket_spells (from_at);
DROP INDEX CONCURRENTLY IF EXISTS ticket_spells_lasting;
CREATE INDEX CONCURRENTLY ticket_spells_lasting ON ticket_spells (from_at) WHERE to_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS ticket_spells_long;
CREATE INDEX CONCURRENTLY ticket_spells_long ON ticket_spells (to_at) WHERE to_at - from_at > interval '60 days';
RESET lock_timeout;

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS ticket_spells_long;
DROP INDEX CONCURRENTLY IF EXISTS ticket_spells_lasting;
DROP INDEX CONCURRENTLY IF EXISTS ticket_spells_by_begin;
DROP INDEX CONCURRENTLY IF EXISTS ticket_clocks_broken;
DROP INDEX CONCURRENTLY IF EXISTS ticket_changes_reopening;
DROP INDEX CONCURRENTLY IF EXISTS tickets_by_answer;
DROP INDEX CONCURRENTLY IF EXISTS tickets_by_closing;
