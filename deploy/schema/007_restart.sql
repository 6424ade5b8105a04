-- What an agent chose to be after the talk or the wrap-up they are in: after a restart it begins when that ends, and not since
-- they chose what they are. And what agents handle: of a wrap-up no channel tells after a restart. The room queues/postgres owns these tables.

-- +goose Up

-- A Hotline of before writes a choice that was queued as if it had begun, and leaves these columns as they are: a next one
-- counts only where next_after is the since of its row.
ALTER TABLE agent_availability
    ADD COLUMN next        text        NOT NULL DEFAULT '' CHECK (next IN ('', 'not_ready', 'signed_out')),
    ADD COLUMN next_reason text        NOT NULL DEFAULT '',
    ADD COLUMN next_after  timestamptz,
    ADD CONSTRAINT only_next_not_ready_has_a_reason CHECK (next = 'not_ready' OR next_reason = '');

-- The handling of calls, as far as it has come: in no figures before it is over. It is written in one transaction with the figures
-- of those that are over. What is left of a run that is over goes on in the next, or is counted by it as far as is known.
CREATE TABLE figures_handling (
    agent    text        NOT NULL CHECK (agent <> ''),
    request  text        NOT NULL CHECK (request <> ''),
    run      text        NOT NULL CHECK (run <> ''),
    queue    text        NOT NULL,
    skills   text[]      NOT NULL, -- needed beyond the queue's
    activity text        NOT NULL CHECK (activity IN ('talking', 'on_hold', 'wrap_up')),
    since    timestamptz NOT NULL, -- of the activity
    deadline timestamptz,          -- of the wrap-up, with its extensions
    talk_ms  bigint      NOT NULL, -- before this activity
    hold_ms  bigint      NOT NULL,
    PRIMARY KEY (agent, request),
    CONSTRAINT only_a_wrap_up_has_a_deadline CHECK ((activity = 'wrap_up') = (deadline IS NOT NULL))
) WITH (fillfactor = 50); -- written again at each change

-- +goose Down

DROP TABLE figures_handling;

ALTER TABLE agent_availability
    DROP COLUMN next,
    DROP COLUMN next_reason,
    DROP COLUMN next_after;
