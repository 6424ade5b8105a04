-- Tokens of programs. Written by agentapi/postgres alone, for hotline token. A row is never deleted: it says who could read what, and until when.

-- +goose Up

create table tokens (
    hash         bytea       primary key check (length(hash) = 32), -- SHA-256 of 256 random bits
    name         text        not null check (name <> ''),
    scopes       text[]      not null check (cardinality(scopes) > 0),
    created_at   timestamptz not null,
    created_by   text        not null,
    expires_at   timestamptz, -- null: never
    last_used_at timestamptz, -- to the minute
    revoked_at   timestamptz,
    revoked_by   text
);
create unique index one_token_by_name on tokens (name) where revoked_at is null;

-- +goose Down

drop table tokens;
