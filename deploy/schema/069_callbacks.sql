-- Who is to be called back, for whoever serves the node: the server that promised it may be gone. One row for each call; the latest word counts, and a row without an entry says
-- that nobody is called any more. Written by no room: the room tickets/postgres owns the table, and the facts of the spool fill it.
-- A running Hotline of before goes on, and its promises are on its own disk alone until it is this version.

-- +goose Up

CREATE TABLE callbacks (
    call  text   PRIMARY KEY REFERENCES contacts (id) ON DELETE CASCADE,
    node  text   NOT NULL, -- of Asterisk
    epoch bigint NOT NULL, -- of the lease of the node (051), in which it was written
    n     bigint NOT NULL, -- when, in microseconds, by the clock of who was in charge then
    entry jsonb            -- what is needed to call them: ivr/callback writes it
);
CREATE INDEX callbacks_waiting ON callbacks (node, epoch) WHERE entry IS NOT NULL;

-- +goose Down

DROP TABLE callbacks;
