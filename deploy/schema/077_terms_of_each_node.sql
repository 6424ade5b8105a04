-- The terms under which each node has had all open tickets reckoned last, as a hash. Hotlines of several nodes share a database, and learn of other terms one after the other: who learns of them
-- last may have reckoned tickets by those of before meanwhile, and has all reckoned anew as well. A Hotline of before knows reckoned_under alone, which goes with a release that comes after all
-- of these are gone. The room tickets/postgres owns the table.

-- +goose Up

CREATE TABLE node_terms (
    node  text PRIMARY KEY, -- the Asterisk's, as leases names it
    terms text NOT NULL
);

-- +goose Down

DROP TABLE node_terms;
