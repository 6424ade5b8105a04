-- How many calls agents made of their own accord, how many of them were answered, and how long those were talked in. The room queues/postgres owns the
-- tables. A running Hotline of before goes on, and writes none of it: its rows, those of before and the days that it sums up have 0.

-- +goose Up

ALTER TABLE figures_sums -- before figures, as who reads the history takes them
    ADD COLUMN calls_made     bigint NOT NULL DEFAULT 0,
    ADD COLUMN calls_answered bigint NOT NULL DEFAULT 0,
    ADD COLUMN calls_talk_ms  bigint NOT NULL DEFAULT 0;
ALTER TABLE figures
    ADD COLUMN calls_made     integer NOT NULL DEFAULT 0,
    ADD COLUMN calls_answered integer NOT NULL DEFAULT 0,
    ADD COLUMN calls_talk_ms  bigint  NOT NULL DEFAULT 0;

-- +goose Down

ALTER TABLE figures DROP COLUMN calls_talk_ms, DROP COLUMN calls_answered, DROP COLUMN calls_made;
ALTER TABLE figures_sums DROP COLUMN calls_talk_ms, DROP COLUMN calls_answered, DROP COLUMN calls_made;
