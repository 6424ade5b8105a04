-- Agents: who they are, what they can do, and what they chose last. The room
-- queues/postgres owns these tables. How they sign in stands in accounts.

-- +goose Up

CREATE TABLE agents (
    id         text PRIMARY KEY CHECK (id <> ''),
    name       text NOT NULL CHECK (name <> ''),
    language   text NOT NULL CHECK (language ~ '^[a-z]{2,3}$'),
    phone      text CHECK (phone <> ''),        -- null: none but the one on the desk page
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz,                     -- no longer in the configuration; contacts still name them
    -- Deferred: two agents may change phones in one go.
    CONSTRAINT agents_phone_is_one_persons UNIQUE (phone) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE agent_skills (
    agent text     NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    skill text     NOT NULL CHECK (skill <> ''),
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 5),
    PRIMARY KEY (agent, skill)
);

-- What an agent chose last: after a restart they come back in it.
CREATE TABLE agent_availability (
    agent  text PRIMARY KEY REFERENCES agents (id) ON DELETE CASCADE,
    state  text        NOT NULL CHECK (state IN ('ready', 'not_ready', 'signed_out')),
    reason text        NOT NULL DEFAULT '',
    since  timestamptz NOT NULL,
    CONSTRAINT only_not_ready_has_a_reason CHECK (state = 'not_ready' OR reason = '')
);

-- +goose Down

DROP TABLE agent_availability;
DROP TABLE agent_skills;
DROP TABLE agents;
