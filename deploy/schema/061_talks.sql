-- A call that agents have passed on is each one's: who talked when, with what they noted (tickets.Talk, as JSON, in order; none where one agent alone had the
-- caller), and who of them did before the last one, by whom calls are searched. The room tickets/postgres owns the table. A running Hotline of before goes on:
-- of calls that it passes on the last agent alone is known.
-- The index is made beside the work that goes on, and nobody waits for it; a run that broke off is run again.

-- +goose NO TRANSACTION
-- +goose Up

ALTER TABLE contacts ADD COLUMN IF NOT EXISTS talks jsonb NOT NULL DEFAULT '[]';
ALTER TABLE contacts ADD COLUMN IF NOT EXISTS earlier_agents text[] NOT NULL DEFAULT '{}';

SET lock_timeout = 0; -- an index that is made beside the work waits, and nobody for it
DROP INDEX CONCURRENTLY IF EXISTS contacts_of_earlier_agents;
CREATE INDEX CONCURRENTLY contacts_of_earlier_agents ON contacts USING gin (earlier_agents) WHERE earlier_agents <> '{}';
RESET lock_timeout;

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS contacts_of_earlier_agents;
ALTER TABLE contacts DROP COLUMN earlier_agents;
ALTER TABLE contacts DROP COLUMN talks;
