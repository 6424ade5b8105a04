-- Indexes that a register of five years needs, and without those that served nobody. Written by no room: the room tickets/postgres owns the tables. A running Hotline of
-- before goes on.

-- +goose Up

-- The contacts of a ticket, the latest first: without the order, one of many years was read backwards until there were enough of this ticket.
CREATE INDEX contacts_of_ticket ON contacts (ticket, arrived_at, id);
DROP INDEX contacts_by_ticket;
-- Whether somebody has served a customer, who may have thousands of contacts.
CREATE INDEX contacts_by_customer_and_agent ON contacts (customer_id, agent_id) WHERE agent_id <> '';

-- +goose Down

DROP INDEX contacts_by_customer_and_agent;
CREATE INDEX contacts_by_ticket ON contacts (ticket);
DROP INDEX contacts_of_ticket;
