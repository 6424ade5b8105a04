-- Indexes that a register of five years needs, and without those that served nobody. Written by no room: the room tickets/postgres owns the tables. A running Hotline of
-- before goes on.
-- Each index is made beside the work that goes on, and nobody waits for it; a run that broke off is run again.

-- +goose NO TRANSACTION
-- +goose Up

SET lock_timeout = 0; -- an index that is made beside the work waits, and nobody for it
-- The contacts of a ticket, the latest first: without the order, one of many years was read backwards until there were enough of this ticket.
DROP INDEX CONCURRENTLY IF EXISTS contacts_of_ticket;
CREATE INDEX CONCURRENTLY contacts_of_ticket ON contacts (ticket, arrived_at, id);
DROP INDEX CONCURRENTLY IF EXISTS contacts_by_ticket;
-- Whether somebody has served a customer, who may have thousands of contacts.
DROP INDEX CONCURRENTLY IF EXISTS contacts_by_customer_and_agent;
CREATE INDEX CONCURRENTLY contacts_by_customer_and_agent ON contacts (customer_id, agent_id) WHERE agent_id <> '';
RESET lock_timeout;

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS contacts_by_customer_and_agent;
DROP INDEX CONCURRENTLY IF EXISTS contacts_by_ticket;
CREATE INDEX CONCURRENTLY contacts_by_ticket ON contacts (ticket);
DROP INDEX CONCURRENTLY IF EXISTS contacts_of_ticket;
