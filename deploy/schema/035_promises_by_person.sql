-- The tickets in which somebody has promised something that is still to be kept, whoever owns them now. The room tickets/postgres owns the table. A
-- running Hotline of before goes on.
-- The index is made beside the work that goes on, and nobody waits for it; a run that broke off is run again.

-- +goose NO TRANSACTION
-- +goose Up

SET lock_timeout = 0; -- an index that is made beside the work waits, and nobody for it
DROP INDEX CONCURRENTLY IF EXISTS ticket_promises_open_by_person;
CREATE INDEX CONCURRENTLY ticket_promises_open_by_person ON ticket_promises (person, ticket) WHERE state = 'open' AND person <> '';
RESET lock_timeout;

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS ticket_promises_open_by_person;
