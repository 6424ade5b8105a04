-- Durable work: jobs that wait, run, are tried again, and are dead. The room tickets/work owns these tables through River
-- (github.com/riverqueue/river), which says how they look: this is what its own migrations 1 to 8 come to. A test of that room compares the two.

-- +goose Up

CREATE SCHEMA work;

CREATE TYPE work.river_job_state AS ENUM ('available', 'cancelled', 'completed', 'discarded', 'pending', 'retryable', 'running', 'scheduled');

CREATE TABLE work.river_job (
    id            bigserial            PRIMARY KEY,
    state         work.river_job_state NOT NULL DEFAULT 'available',
    attempt       smallint             NOT NULL DEFAULT 0,
    max_attempts  smallint             NOT NULL DEFAULT 25,
    attempted_at  timestamptz,
    created_at    timestamptz          NOT NULL DEFAULT now(),
    finalized_at  timestamptz,
    scheduled_at  timestamptz          NOT NULL DEFAULT now(),
    priority      smallint             NOT NULL DEFAULT 1,
    args          jsonb                NOT NULL, -- {"key":…,"ticket":…,"args":…}: package work writes it
    attempted_by  text[],
    errors        jsonb[],
    kind          text                 NOT NULL,
    metadata      jsonb                NOT NULL DEFAULT '{}',
    queue         text                 NOT NULL DEFAULT 'default',
    tags          varchar(255)[]       NOT NULL DEFAULT '{}',
    unique_key    bytea,
    unique_states bit(8),
    CONSTRAINT finalized_or_finalized_at_null CHECK ((finalized_at IS NOT NULL) = (state IN ('cancelled', 'completed', 'discarded'))),
    CONSTRAINT max_attempts_is_positive CHECK (max_attempts > 0),
    CONSTRAINT priority_in_range CHECK (priority BETWEEN 1 AND 4),
    CONSTRAINT queue_length CHECK (char_length(queue) BETWEEN 1 AND 127),
    CONSTRAINT kind_length CHECK (char_length(kind) BETWEEN 1 AND 127)
);

-- +goose StatementBegin
CREATE FUNCTION work.river_job_state_in_bitmask(bitmask bit(8), state work.river_job_state) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT get_bit(bitmask, CASE state
        WHEN 'scheduled' THEN 0 WHEN 'running'   THEN 1 WHEN 'retryable' THEN 2 WHEN 'pending'   THEN 3
        WHEN 'discarded' THEN 4 WHEN 'completed' THEN 5 WHEN 'cancelled' THEN 6 WHEN 'available' THEN 7 END) = 1
$$;
-- +goose StatementEnd

CREATE INDEX river_job_kind ON work.river_job (kind);
CREATE INDEX river_job_state_and_finalized_at_index ON work.river_job (state, finalized_at) WHERE finalized_at IS NOT NULL;
CREATE INDEX river_job_prioritized_fetching_index ON work.river_job (state, queue, priority, scheduled_at, id);
CREATE INDEX river_job_args_index ON work.river_job USING gin (args);
CREATE INDEX river_job_metadata_index ON work.river_job USING gin (metadata);
CREATE UNIQUE INDEX river_job_unique_idx ON work.river_job (unique_key)
    WHERE unique_key IS NOT NULL AND unique_states IS NOT NULL AND work.river_job_state_in_bitmask(unique_states, state);

CREATE UNLOGGED TABLE work.river_leader (
    elected_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    leader_id  text        NOT NULL CONSTRAINT leader_id_length CHECK (char_length(leader_id) BETWEEN 1 AND 127),
    name       text        PRIMARY KEY DEFAULT 'default' CONSTRAINT name_length CHECK (name = 'default')
);

CREATE TABLE work.river_queue (
    name       text        PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    metadata   jsonb       NOT NULL DEFAULT '{}',
    paused_at  timestamptz,
    updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE work.river_notification (
    id         bigserial   PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    payload    text        NOT NULL,
    topic      text        NOT NULL CONSTRAINT topic_length CHECK (length(topic) BETWEEN 1 AND 127)
);
CREATE INDEX river_notification_created_at_idx ON work.river_notification (created_at);
CREATE INDEX river_notification_topic_id_idx ON work.river_notification (topic, id);

-- +goose Down

DROP SCHEMA work CASCADE;
