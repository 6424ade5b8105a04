-- Figures: what queues, skills and agents did in each quarter of an hour. The room queues/postgres owns these tables.
-- What is older than 800 days is deleted: two years and a bit, so that a month can be held against the same one of two years ago.
--
-- Each run of Hotline has rows of its own, which it alone writes, with absolute values: to write one again changes
-- nothing, a run need not know what was before it, and a quarter with a restart in it is the sum of its runs. Counts
-- and times only: they add up, to hours, days and teams. Whoever reads reckons shares and means from the sums.

-- +goose Up

CREATE TABLE figures (
    kind            text        NOT NULL CHECK (kind IN ('queue', 'skill', 'agent')),
    subject         text        NOT NULL CHECK (subject <> ''), -- not referenced: figures outlive their queue and their agent
    quarter         timestamptz NOT NULL CHECK (extract(epoch FROM quarter) % 900 = 0),
    run             text        NOT NULL CHECK (run <> ''),
    offered         integer     NOT NULL, -- requests; of an agent, offers
    answered        integer     NOT NULL,
    in_target       integer     NOT NULL, -- of the answered
    abandoned       integer     NOT NULL,
    short_abandoned integer     NOT NULL, -- of the abandoned
    overflowed      integer     NOT NULL,
    called_back     integer     NOT NULL,
    not_reached     integer     NOT NULL,
    called_in       integer     NOT NULL,
    withdrawn       integer     NOT NULL,
    missed          integer     NOT NULL, -- offers, from here
    declined        integer     NOT NULL,
    revoked         integer     NOT NULL,
    failed          integer     NOT NULL,
    waited_ms       bigint      NOT NULL, -- by the answered
    longest_ms      bigint      NOT NULL, -- the one that does not add up: the longest of the longest
    handled         integer     NOT NULL, -- calls whose handling ended, and from here their whole times
    talk_ms         bigint      NOT NULL,
    hold_ms         bigint      NOT NULL,
    wrap_up_ms      bigint      NOT NULL,
    ready_ms        bigint      NOT NULL, -- agents' time within the quarter
    busy_ms         bigint      NOT NULL,
    PRIMARY KEY (kind, subject, quarter, run)
) WITH (fillfactor = 70); -- this quarter's rows are written again and again: leave them room on their page

CREATE INDEX figures_by_quarter ON figures (quarter, kind);

-- What agents were not ready for, and how much of that was longer than allowed.
CREATE TABLE figures_not_ready (
    agent        text        NOT NULL CHECK (agent <> ''),
    quarter      timestamptz NOT NULL,
    run          text        NOT NULL CHECK (run <> ''),
    reason       text        NOT NULL, -- '' before the first choice of a shift
    not_ready_ms bigint      NOT NULL,
    overdue_ms   bigint      NOT NULL CHECK (overdue_ms <= not_ready_ms),
    PRIMARY KEY (agent, quarter, run, reason)
) WITH (fillfactor = 70);

CREATE INDEX figures_not_ready_by_quarter ON figures_not_ready (quarter);

-- +goose Down

DROP TABLE figures_not_ready;
DROP TABLE figures;
