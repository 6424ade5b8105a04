-- Decisions about waiting calls, with their reasons: who was offered a call and why, how that ended, where the call went. The
-- room queues/postgres owns this table. It is for explaining, and nothing else is computed from it; what is older than 60 days is deleted.

-- +goose Up

CREATE TABLE decisions (
    call  text        NOT NULL CHECK (call <> ''),
    at    timestamptz NOT NULL,
    n     bigint      NOT NULL,                -- order among those of one moment: counts up while one Hotline runs
    kind  text        NOT NULL CHECK (kind <> ''),
    agent text        NOT NULL DEFAULT '',     -- '': the decision is about nobody
    queue text        NOT NULL DEFAULT '',
    data  jsonb       NOT NULL,                -- the facts; see Facts in queues/words
    PRIMARY KEY (call, at, n)
);

-- Rows come in the order of their time, and leave in it.
CREATE INDEX decisions_by_time ON decisions USING brin (at);

-- +goose Down

DROP TABLE decisions;
