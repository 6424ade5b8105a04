-- What is found by its number first (by a part, a promise, a review, or its words) is looked up among the open tickets alone, and answered there. The complaints among all tickets
-- have an index of their own, for they are few. Written by no room: the room tickets/postgres owns the tables. A running Hotline of before goes on.
-- Each index is made beside the work that goes on, and nobody waits for it; a run that broke off is run again. It waits itself for all that began to read before,
-- a backup too, and a Hotline that waits for this schema waits along: with millions of tickets run hotline migrate before the upgrade, and outside of a backup.

-- +goose NO TRANSACTION
-- +goose Up

SET lock_timeout = 0; -- an index that is made beside the work waits, and nobody for it
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_by_number;
CREATE INDEX CONCURRENTLY tickets_open_by_number ON tickets (number) INCLUDE (next_at, opened_at, activity_at, department, owner_kind, owner, topic, class, phase) WHERE state = 'open';
DROP INDEX CONCURRENTLY IF EXISTS tickets_complaints;
CREATE INDEX CONCURRENTLY tickets_complaints ON tickets (opened_at, number) INCLUDE (department, topic) WHERE class = 'complaint';
DROP INDEX CONCURRENTLY IF EXISTS ticket_parts_by_department; -- the latest parts of a department are asked for, by ticket_parts_by_gift
RESET lock_timeout;

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS ticket_parts_by_department;
CREATE INDEX CONCURRENTLY ticket_parts_by_department ON ticket_parts (department, ticket);
DROP INDEX CONCURRENTLY IF EXISTS tickets_complaints;
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_by_number;
