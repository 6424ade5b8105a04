-- What is known of recordings, to be found by; their sound lies encrypted on disk. The room recordings/postgres owns this table. Calls, tickets, queues and
-- agents are named and not referenced: a recording may come before its call's contact does, and stays after a queue has gone. Of a deleted one stays that it was,
-- when, by whom and why it went, for 400 days: so that it does not come again, and somebody can answer for it.

-- +goose Up

CREATE TABLE recordings (
    id         uuid        PRIMARY KEY,
    kind       text        NOT NULL CHECK (kind IN ('talk', 'message')),
    call       uuid        NOT NULL,
    queue      text        NOT NULL,                    -- '' is none
    agents     text[]      NOT NULL,                    -- who is heard
    started_at timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL,
    meta       jsonb       NOT NULL,                    -- all that is known of it (recordings.Meta)
    held_at    timestamptz,
    held_by    text,                                    -- a person's id
    held_why   text,
    deleted_at timestamptz,
    deleted_by text,                                    -- a person's id, 'retention' or 'erasure'
    deleted_why text,
    CHECK ((held_at IS NULL) = (held_by IS NULL) AND (held_at IS NULL) = (held_why IS NULL)),
    CHECK ((deleted_at IS NULL) = (deleted_by IS NULL)),
    CHECK (held_at IS NULL OR deleted_at IS NULL),      -- what is held is deleted by nobody
    CHECK (deleted_at IS NULL OR meta = '{}' AND agents = '{}')
);
CREATE INDEX recordings_by_time ON recordings (started_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX recordings_by_call ON recordings (call) WHERE deleted_at IS NULL;
CREATE INDEX recordings_by_agent ON recordings USING gin (agents) WHERE deleted_at IS NULL;
CREATE INDEX recordings_by_end ON recordings (ended_at) WHERE deleted_at IS NULL AND held_at IS NULL;
CREATE INDEX recordings_deleted ON recordings (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX recordings_held ON recordings (started_at DESC, id DESC) WHERE held_at IS NOT NULL;

-- +goose Down

DROP TABLE recordings;
