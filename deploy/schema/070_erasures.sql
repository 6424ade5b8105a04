-- Whom to erase from the disks of servers that have not served since, and which spools there are to be told. A row of erasures names a person still, and goes when each spool's
-- disk has the order; where there is one spool alone there are none. Written by cmd/hotline/personal alone. A running Hotline of before goes on, and tells nobody.

-- +goose Up

CREATE TABLE spools (
    holder text        PRIMARY KEY CHECK (holder <> ''), -- as in leases (051)
    host   text        NOT NULL,                         -- where it is, for people to see
    heard  bigint      NOT NULL,                         -- the last erasure of which it has the order
    seen   timestamptz NOT NULL                          -- when it asked last; one that does not for long is gone for ever
);

CREATE TABLE erasures (
    n      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- in the order of their commits
    at     timestamptz NOT NULL DEFAULT now(),
    holder text        NOT NULL,                         -- where it was ordered
    person jsonb       NOT NULL                          -- as cmd/hotline/personal writes it
);

-- +goose Down

DROP TABLE erasures;
DROP TABLE spools;
