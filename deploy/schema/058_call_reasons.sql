-- Who made a call that was an agent's own, and why, by the code of a reason; '' where the customer called, or nothing was said. Calls are searched and counted by it. The room
-- tickets/postgres owns the table. A running Hotline of before goes on, and of the calls that its agents make says neither; nor is it known of those before.
-- The indexes are made beside the work that goes on, and nobody waits for them; a run that broke off is run again.

-- +goose NO TRANSACTION
-- +goose Up

ALTER TABLE contacts ADD COLUMN IF NOT EXISTS called_by text NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN IF NOT EXISTS call_reason text NOT NULL DEFAULT '';

SET lock_timeout = 0; -- an index that is made beside the work waits, and nobody for it
DROP INDEX CONCURRENTLY IF EXISTS contacts_by_call_reason;
CREATE INDEX CONCURRENTLY contacts_by_call_reason ON contacts (call_reason, arrived_at, id) WHERE channel = 'call' AND call_reason <> '';
DROP INDEX CONCURRENTLY IF EXISTS contacts_made_by_agents;
CREATE INDEX CONCURRENTLY contacts_made_by_agents ON contacts (arrived_at) WHERE called_by <> '';
RESET lock_timeout;

-- +goose Down

DROP INDEX CONCURRENTLY IF EXISTS contacts_made_by_agents;
DROP INDEX CONCURRENTLY IF EXISTS contacts_by_call_reason;
ALTER TABLE contacts DROP COLUMN call_reason;
ALTER TABLE contacts DROP COLUMN called_by;
