-- What is open stands in indexes that answer a page or a count alone, however many tickets there are besides. Written by no room: the room tickets/postgres owns the table. A
-- running Hotline of before goes on.
-- Each index is made beside the work that goes on, and nobody waits for it; a run that broke off is run again.

-- +goose NO TRANSACTION
-- +goose Up

-- An index answers alone where the table's pages are known to be seen by all, which a vacuum notes. By itself it would come when a fifth of all tickets have changed.
ALTER TABLE tickets SET (autovacuum_vacuum_scale_factor = 0.001, autovacuum_vacuum_threshold = 1000);

SET lock_timeout = 0; -- an index that is made beside the work waits, and nobody for it
-- In each order in which lists come, with whose they are and what they are narrowed by.
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_due;
CREATE INDEX CONCURRENTLY tickets_open_due ON tickets (next_at, number) INCLUDE (department, owner_kind, owner, topic, class, phase) WHERE state = 'open';
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_by_date;
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_opened;
CREATE INDEX CONCURRENTLY tickets_open_opened ON tickets (opened_at, number) INCLUDE (department, owner_kind, owner, topic, class, phase) WHERE state = 'open';
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_by_opening;
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_active;
CREATE INDEX CONCURRENTLY tickets_open_active ON tickets (activity_at, number) INCLUDE (department, owner_kind, owner, topic, class, phase) WHERE state = 'open';
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_of_department;
CREATE INDEX CONCURRENTLY tickets_open_of_department ON tickets (department, next_at, number) INCLUDE (owner_kind, owner, topic, class, phase, opened_at, activity_at) WHERE state = 'open';
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_by_department;
DROP INDEX CONCURRENTLY IF EXISTS tickets_opened_in_department;
CREATE INDEX CONCURRENTLY tickets_opened_in_department ON tickets (department, opened_at, number) WHERE state = 'open';
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_of_owner;
CREATE INDEX CONCURRENTLY tickets_open_of_owner ON tickets (owner_kind, owner, next_at, number) INCLUDE (department, topic, class, phase, opened_at, activity_at) WHERE state = 'open';
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_by_owner;
-- The open ones of a customer, who may have had a thousand.
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_of_customer;
CREATE INDEX CONCURRENTLY tickets_open_of_customer ON tickets (customer_id, activity_at) WHERE state = 'open' AND customer_id IS NOT NULL;

-- That what is open has an owner, and what is closed none, the planner cannot guess from each by itself: it would take a hundred tickets for one.
DROP STATISTICS IF EXISTS tickets_open_and_owner, tickets_open_and_phase, tickets_open_and_step, tickets_open_and_class;
CREATE STATISTICS tickets_open_and_owner (mcv) ON state, owner_kind FROM tickets;
CREATE STATISTICS tickets_open_and_phase (mcv) ON state, phase FROM tickets;
CREATE STATISTICS tickets_open_and_step (mcv) ON state, next_step FROM tickets;
CREATE STATISTICS tickets_open_and_class (mcv) ON state, class FROM tickets;
ANALYZE tickets;
RESET lock_timeout;

-- +goose Down

ALTER TABLE tickets RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
DROP STATISTICS IF EXISTS tickets_open_and_owner, tickets_open_and_phase, tickets_open_and_step, tickets_open_and_class;
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_of_customer;
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_by_owner;
CREATE INDEX CONCURRENTLY tickets_open_by_owner ON tickets (owner_kind, owner, next_at, number) WHERE state = 'open';
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_of_owner;
DROP INDEX CONCURRENTLY IF EXISTS tickets_opened_in_department;
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_by_department;
CREATE INDEX CONCURRENTLY tickets_open_by_department ON tickets (department, next_at, number) WHERE state = 'open';
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_of_department;
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_active;
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_by_opening;
CREATE INDEX CONCURRENTLY tickets_open_by_opening ON tickets (opened_at, number) WHERE state = 'open';
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_opened;
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_by_date;
CREATE INDEX CONCURRENTLY tickets_open_by_date ON tickets (next_at, number) WHERE state = 'open';
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_due;
