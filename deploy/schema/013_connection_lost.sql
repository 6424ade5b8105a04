-- A contact says whose connection was lost in it, where one was: nobody had hung up. The room tickets/postgres owns this table. A running
-- Hotline of before goes on: it leaves the column as it is.

-- +goose Up

ALTER TABLE contacts ADD COLUMN lost_by text NOT NULL DEFAULT '' CHECK (lost_by IN ('', 'caller', 'agent'));

-- +goose Down

ALTER TABLE contacts DROP COLUMN lost_by;
