-- The open tickets with a promise, a part that was given back, or a complaint to decide, of all and of a department, in the order in which lists come. Written by no room: the room
-- tickets/postgres owns the table. A running Hotline of before goes on.
-- Each index is made beside the work that goes on, and nobody waits for it; a run that broke off is run again. It waits itself for all that began to read before,
-- a backup too, and a Hotline that waits for this schema waits along: with millions of tickets run hotline migrate before the upgrade, and outside of a backup.

-- +goose NO TRANSACTION
-- +goose Up

SET lock_timeout = 0; -- an index that is made beside the work waits, and nobody for it
-- That they are open stands beside them, not in their conditions: by these the planner would take a hundred for one (see 049).
DROP INDEX CONCURRENTLY IF EXISTS tickets_promised;
CREATE INDEX CONCURRENTLY tickets_promised ON tickets (promise_due, number) INCLUDE (state, next_at, opened_at, activity_at, department, owner_kind, owner, topic, class, phase) WHERE promise_due IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS tickets_promised_of_department;
CREATE INDEX CONCURRENTLY tickets_promised_of_department ON tickets (department, promise_due, number) INCLUDE (state, next_at, opened_at, activity_at, owner_kind, owner, topic, class, phase) WHERE promise_due IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS tickets_returned;
CREATE INDEX CONCURRENTLY tickets_returned ON tickets (next_at, number) INCLUDE (state, opened_at, activity_at, department, owner_kind, owner, topic, class, phase) WHERE part_returned;
DROP INDEX CONCURRENTLY IF EXISTS tickets_returned_of_department;
CREATE INDEX CONCURRENTLY tickets_returned_of_department ON tickets (department, next_at, number) INCLUDE (state, opened_at, activity_at, owner_kind, owner, topic, class, phase) WHERE part_returned;
DROP INDEX CONCURRENTLY IF EXISTS tickets_in_review;
CREATE INDEX CONCURRENTLY tickets_in_review ON tickets (next_at, number) INCLUDE (state, opened_at, activity_at, department, owner_kind, owner, topic, class, phase) WHERE in_review;
DROP INDEX CONCURRENTLY IF EXISTS tickets_in_review_of_department;
CREATE INDEX CONCURRENTLY tickets_in_review_of_department ON tickets (department, next_at, number) INCLUDE (state, opened_at, activity_at, owner_kind, owner, topic, class, phase) WHERE in_review;
RESET lock_timeout;

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS tickets_in_review_of_department;
DROP INDEX CONCURRENTLY IF EXISTS tickets_in_review;
DROP INDEX CONCURRENTLY IF EXISTS tickets_returned_of_department;
DROP INDEX CONCURRENTLY IF EXISTS tickets_returned;
DROP INDEX CONCURRENTLY IF EXISTS tickets_promised_of_department;
DROP INDEX CONCURRENTLY IF EXISTS tickets_promised;
