-- What agents were since when, and what was planned for them: adherence holds the one beside the other. The room queues/postgres owns these
-- tables, and its Attendance alone writes them; rows go after as long as figures do. Agents are named and not referenced: figures outlive them.

-- +goose Up

CREATE TABLE agent_spells (
    agent  text        NOT NULL CHECK (agent <> ''),
    since  timestamptz NOT NULL,                                             -- until the agent's next row
    state  text        NOT NULL CHECK (state IN ('out', 'ready', 'working', 'away')),
    reason text        NOT NULL DEFAULT '',                                  -- of away
    until  timestamptz,                                                      -- of away: the longest that the reason may last
    PRIMARY KEY (agent, since)
);
CREATE INDEX agent_spells_by_time ON agent_spells USING brin (since);

CREATE TABLE planned_rotas (
    since timestamptz PRIMARY KEY,  -- until the next row: a day is held beside the last plan that counted on it
    plan  jsonb       NOT NULL      -- {"anna": {"week": [[], [{"from": …, "to": …}], …]}}
);

-- +goose Down

DROP TABLE planned_rotas;
DROP TABLE agent_spells;
