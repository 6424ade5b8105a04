-- Who waits: requests that the figures count as offered and that have no end there yet. The room queues/postgres owns these tables.
--
-- They are written with the figures. What is left of a run that is over, and did not come back in the next, has left in the gap
-- between the two: the next run ends it, in the figures and in the decisions, and deletes its row in the same transaction.

-- +goose Up

CREATE TABLE figures_waiting (
    request  text        PRIMARY KEY CHECK (request <> ''),
    run      text        NOT NULL CHECK (run <> ''),
    queue    text        NOT NULL,
    skills   text[]      NOT NULL, -- needed beyond the queue's
    arrived  timestamptz NOT NULL, -- since when it waits as figures count it
    callback boolean     NOT NULL  -- nobody is on the line
) WITH (fillfactor = 70);

-- When a run that had somebody waiting was there last.
CREATE TABLE figures_runs (
    run  text        PRIMARY KEY CHECK (run <> ''),
    seen timestamptz NOT NULL
) WITH (fillfactor = 50);

-- +goose Down

DROP TABLE figures_runs;
DROP TABLE figures_waiting;
