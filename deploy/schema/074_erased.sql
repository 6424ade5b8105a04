-- Whose facts are applied without who it was: the contacts of persons who were erased, and their numbers, for calls that come to the database only afterwards, from the disk of a server
-- that was away, or of one that came back from a copy. A row goes after a year. The room tickets/postgres owns the table. A running Hotline of before goes on, and notes nobody.

-- +goose Up

CREATE TABLE erased (
    key text        PRIMARY KEY, -- the id of a contact; or the SHA-256 of a number, in hexadecimal: nobody reads a number there, but whoever tries all that there are finds it, so that it goes after a year
    at  timestamptz NOT NULL     -- when they were erased: a call that comes later is of somebody who calls anew
);

-- +goose Down

DROP TABLE erased;
