-- What an agent chose to be after the talk or the wrap-up they are in: after a restart it begins when that ends, and not since
-- they chose what they are. The room queues/postgres owns these tables.

-- +goose Up

-- A Hotline of before writes a choice that was queued as if it had begun, and leaves these columns as they are: a next one
-- counts only where next_after is the since of its row.
ALTER TABLE agent_availability
    ADD COLUMN next        text        NOT NULL DEFAULT '' CHECK (next IN ('', 'not_ready', 'signed_out')),
    ADD COLUMN next_reason text        NOT NULL DEFAULT '',
    ADD COLUMN next_after  timestamptz,
    ADD CONSTRAINT only_next_not_ready_has_a_reason CHECK (next = 'not_ready' OR next_reason = '');

-- +goose Down

ALTER TABLE agent_availability
    DROP COLUMN next,
    DROP COLUMN next_reason,
    DROP COLUMN next_after;
