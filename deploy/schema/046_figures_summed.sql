-- Figures by the day and by the month, so that two years of them are summed up at once. The room queues/postgres owns these tables. A running Hotline of before goes on: it
-- neither reads nor writes them, and a quarter of a day that is over, which it writes later than some minutes after that, may be missing in the sum of the day.
--
-- Days and months are those of the line's place. One counts as summed up where it stands in figures_summed; a quarter of it that is written later takes it out of there, in
-- the same transaction, and it is summed up anew. Whoever reads takes the sums of what stands there, and the quarters of the rest.

-- +goose Up

CREATE TABLE figures_summed (
    zone   text        NOT NULL,
    span   text        NOT NULL CHECK (span IN ('day', 'month')),
    day    date        NOT NULL, -- the first one
    begins timestamptz NOT NULL,
    ends   timestamptz NOT NULL CHECK (ends > begins),
    PRIMARY KEY (zone, span, day)
);

CREATE TABLE figures_sums (
    zone            text   NOT NULL,
    span            text   NOT NULL CHECK (span IN ('day', 'month')),
    kind            text   NOT NULL CHECK (kind IN ('queue', 'skill', 'agent')),
    day             date   NOT NULL,
    subject         text   NOT NULL, -- '' is all of the kind together
    offered         bigint NOT NULL, -- from here as in figures
    answered        bigint NOT NULL,
    in_target       bigint NOT NULL,
    abandoned       bigint NOT NULL,
    short_abandoned bigint NOT NULL,
    overflowed      bigint NOT NULL,
    called_back     bigint NOT NULL,
    not_reached     bigint NOT NULL,
    called_in       bigint NOT NULL,
    withdrawn       bigint NOT NULL,
    announced       bigint NOT NULL,
    in_range        bigint NOT NULL,
    missed          bigint NOT NULL,
    declined        bigint NOT NULL,
    revoked         bigint NOT NULL,
    failed          bigint NOT NULL,
    waited_ms       bigint NOT NULL,
    longest_ms      bigint NOT NULL,
    handled         bigint NOT NULL,
    talk_ms         bigint NOT NULL,
    hold_ms         bigint NOT NULL,
    wrap_up_ms      bigint NOT NULL,
    ready_ms        bigint NOT NULL,
    busy_ms         bigint NOT NULL,
    not_ready_ms    bigint NOT NULL, -- of agents, for all reasons
    overdue_ms      bigint NOT NULL,
    PRIMARY KEY (zone, span, kind, day, subject)
);
CREATE INDEX figures_sums_by_subject ON figures_sums (zone, span, kind, subject, day);

-- +goose Down

DROP TABLE figures_sums;
DROP TABLE figures_summed;
