-- What reviewers said of calls, by forms of the configuration. A card holds the form as it was, so that another version of it changes no card.
-- The room tickets/postgres owns these tables. Calls, agents and people are named and not referenced: cards outlive them.

-- +goose Up

CREATE TABLE scorecards (
    id        uuid        PRIMARY KEY,
    call      text        NOT NULL CHECK (call <> ''),
    agent     text        NOT NULL CHECK (agent <> ''),
    queue     text        NOT NULL DEFAULT '',
    form      text        NOT NULL CHECK (form <> ''),
    begun_at  timestamptz NOT NULL,
    submitted boolean     NOT NULL DEFAULT false,   -- the first review is: the agent sees it
    card      jsonb       NOT NULL,                 -- the whole of it, with its form, reviews and objection
    UNIQUE (call, agent, form)
);
CREATE INDEX scorecards_of_agent ON scorecards (agent, begun_at DESC, id);
CREATE INDEX scorecards_by_time ON scorecards (begun_at DESC, id);

-- +goose Down

DROP TABLE scorecards;
