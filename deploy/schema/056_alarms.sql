-- Alarms that rules have raised: those that are raised now, so that a restart raises none anew, and those that were. And the bounds that supervisors
-- have given rules over the configuration's. The room agentapi/postgres owns these tables; alarms go 400 days after they were raised.

-- +goose Up

CREATE TABLE alarms (
    id         uuid             PRIMARY KEY,
    rule       text             NOT NULL CHECK (rule <> ''),
    kind       text             NOT NULL CHECK (kind <> ''),
    queue      text             NOT NULL DEFAULT '', -- which it is about; with no department either it is the whole line
    department text             NOT NULL DEFAULT '',
    urgent     boolean          NOT NULL,
    raised_at  timestamptz      NOT NULL,
    bound      double precision NOT NULL,
    value      double precision NOT NULL,            -- when it was raised, or cleared
    worst      double precision NOT NULL,
    seen_by    text             NOT NULL DEFAULT '', -- the person who sees to it
    seen_at    timestamptz,
    cleared_at timestamptz,                          -- null while it is raised
    gone       boolean          NOT NULL DEFAULT false,
    CONSTRAINT who_sees_to_it_began_once CHECK ((seen_by = '') = (seen_at IS NULL)),
    CONSTRAINT a_raised_alarm_is_not_gone CHECK (cleared_at IS NOT NULL OR NOT gone)
);
CREATE INDEX alarms_by_time ON alarms (raised_at, id);
CREATE UNIQUE INDEX alarms_raised ON alarms (rule, queue, department) WHERE cleared_at IS NULL; -- one of a rule about one thing

CREATE TABLE alarm_orders (
    rule      text             PRIMARY KEY CHECK (rule <> ''),
    raise     double precision NOT NULL,
    clear     double precision NOT NULL,
    hold      interval         NOT NULL, -- so long before it is raised
    clear_for interval         NOT NULL,
    off       boolean          NOT NULL,
    given_by  text             NOT NULL CHECK (given_by <> ''),
    given_at  timestamptz      NOT NULL
);

-- +goose Down

DROP TABLE alarm_orders;
DROP TABLE alarms;
