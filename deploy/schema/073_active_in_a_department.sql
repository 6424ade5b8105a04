-- A department's tickets in the order of their activity: without it those of the others were gone through, however many there had been on a day when all call about one thing. Written
-- by no room: the room tickets/postgres owns the table. A running Hotline of before goes on.
-- Each index is made beside the work that goes on, and nobody waits for it; a run that broke off is run again. It waits itself for all that began to read before (see 068).

-- +goose NO TRANSACTION
-- +goose Up

SET lock_timeout = 0; -- an index that is made beside the work waits, and nobody for it
DROP INDEX CONCURRENTLY IF EXISTS tickets_by_department_and_activity;
CREATE INDEX CONCURRENTLY tickets_by_department_and_activity ON tickets (department, activity_at, number) WHERE department <> '';
DROP INDEX CONCURRENTLY IF EXISTS tickets_active_in_department;
CREATE INDEX CONCURRENTLY tickets_active_in_department ON tickets (department, activity_at, number) WHERE state = 'open';
RESET lock_timeout;

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS tickets_active_in_department;
DROP INDEX CONCURRENTLY IF EXISTS tickets_by_department_and_activity;
