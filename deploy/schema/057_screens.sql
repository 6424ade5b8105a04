-- Large screens on which nobody is signed in, and that supervisors have let in. The room agentapi/postgres owns the table.

-- +goose Up

CREATE TABLE screens (
    id      uuid        PRIMARY KEY,
    name    text        NOT NULL CHECK (name <> ''),
    secret  bytea       NOT NULL UNIQUE CHECK (length(secret) = 32), -- the hash of what the screen's cookie carries
    shows   jsonb       NOT NULL,
    let_by  text        NOT NULL CHECK (let_by <> ''),               -- a person's id
    let_at  timestamptz NOT NULL,
    address text        NOT NULL DEFAULT ''                          -- where it was then
);

-- +goose Down

DROP TABLE screens;
