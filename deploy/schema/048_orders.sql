-- What supervisors have ordered over the configuration, so that a restart finds it: other skills of agents, and queues that are closed by
-- hand. The room queues/postgres owns these tables. Agents and queues are named and not referenced: the configuration may drop them.

-- +goose Up

CREATE TABLE skill_orders (
    agent  text        PRIMARY KEY CHECK (agent <> ''),
    skills jsonb       NOT NULL,                                            -- {"support": 3}: these instead of the configuration's
    lasts  text        NOT NULL CHECK (lasts IN ('sign_out', 'time', 'good')),
    until  timestamptz,
    given_by text      NOT NULL CHECK (given_by <> ''),                     -- a person's id
    at     timestamptz NOT NULL,
    CHECK ((lasts = 'time') = (until IS NOT NULL))
);

CREATE TABLE closed_queues (
    queue     text        PRIMARY KEY CHECK (queue <> ''),
    closed_by text        NOT NULL CHECK (closed_by <> ''),
    at        timestamptz NOT NULL
);

-- +goose Down

DROP TABLE closed_queues;
DROP TABLE skill_orders;
