-- How many callers had been told in what range their wait would end, so that it could be said whether it did, and how many waits
-- ended within it. The room queues/postgres owns these columns. A Hotline of before leaves them 0.

-- +goose Up

ALTER TABLE figures ADD COLUMN announced integer NOT NULL DEFAULT 0;
ALTER TABLE figures ADD COLUMN in_range  integer NOT NULL DEFAULT 0;

-- +goose Down

ALTER TABLE figures DROP COLUMN in_range;
ALTER TABLE figures DROP COLUMN announced;
