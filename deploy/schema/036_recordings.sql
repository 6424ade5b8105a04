-- A contact says which messages its caller left. What an older Hotline wrote into the note is read there until the contact is next written. The room
-- tickets/postgres owns this table. A running Hotline of before goes on: it leaves the column as it is.

-- +goose Up

ALTER TABLE contacts ADD COLUMN recordings text[] NOT NULL DEFAULT '{}'; -- names at the switch, the first that was left first

-- +goose Down

ALTER TABLE contacts DROP COLUMN recordings;
