-- What is over is found by its age, so that it can be deleted (retention in the configuration). The room tickets/postgres owns these tables.

-- +goose Up

CREATE INDEX tickets_closed_by_activity ON tickets (activity_at) WHERE state = 'closed';
CREATE INDEX tickets_by_customer ON tickets (customer_id) WHERE customer_id IS NOT NULL;
-- Rows come in the order of their time, and leave in it.
CREATE INDEX facts_by_application ON facts USING brin (applied_at);

-- +goose Down

DROP INDEX facts_by_application;
DROP INDEX tickets_by_customer;
DROP INDEX tickets_closed_by_activity;
