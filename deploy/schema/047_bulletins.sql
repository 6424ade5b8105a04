-- What supervisors tell agents: a sentence to a team, or a word about what was done to somebody's state. Each stays on the desk of whom it
-- is for until they have acknowledged it. The room agentapi/postgres owns these tables; rows go 30 days after they were said.

-- +goose Up

CREATE TABLE bulletins (
    id   uuid        PRIMARY KEY,
    at   timestamptz NOT NULL,
    said_by text     NOT NULL CHECK (said_by <> ''), -- a person's id
    kind text        NOT NULL CHECK (kind <> ''),    -- 'said', or what was done
    text text        NOT NULL,
    team text        NOT NULL                        -- for whom it was, in words of the interface: 'all', 'department:x', 'queue:x', 'agent:x'
);
CREATE INDEX bulletins_by_time ON bulletins (at);

CREATE TABLE bulletin_readers (
    bulletin uuid NOT NULL REFERENCES bulletins ON DELETE CASCADE,
    agent    text NOT NULL CHECK (agent <> ''), -- named and not referenced, as in accounts
    seen_at  timestamptz,                       -- null: not acknowledged yet
    PRIMARY KEY (bulletin, agent)
);

-- +goose Down

DROP TABLE bulletin_readers;
DROP TABLE bulletins;
