-- Who is in charge of a node: of several Hotlines with the same Asterisk and the same database one serves, and the others wait for it to be gone. Written by
-- cmd/hotline/lease alone. A running Hotline of before knows nothing of it, and goes on.

-- +goose Up

CREATE TABLE leases (
    node     text        PRIMARY KEY,
    holder   text        NOT NULL CHECK (holder <> ''), -- the folder of its spool, by a name that it has for ever: one process at a time has it open
    epoch    bigint      NOT NULL CHECK (epoch > 0),    -- counts the holders: who has an earlier one is in charge no more
    beats    bigint      NOT NULL,                      -- counts how often the holder has said that it is there
    beaten   timestamptz NOT NULL,                      -- when it did so last; for people to see, for clocks may be wrong
    free     boolean     NOT NULL,                      -- the holder has let go by itself
    wanted   boolean     NOT NULL,                      -- somebody asks the holder to let go
    host     text        NOT NULL,                      -- where the holder runs, for people to see
    asterisk text        NOT NULL                       -- the address at which it has the node's Asterisk, for people to see
) WITH (fillfactor = 50);

-- +goose Down

DROP TABLE leases;
