-- +goose Up

-- accounts: people who may sign in. The agent whose desk an account opens is named and not referenced:
-- agents live in the room of queues, and an account may be made before its agent.
CREATE TABLE accounts (
    id            uuid        PRIMARY KEY,
    login         text        NOT NULL UNIQUE CHECK (login <> '' AND login = lower(login) AND login = btrim(login)),
    name          text        NOT NULL,
    role          text        NOT NULL CHECK (role IN ('agent', 'supervisor', 'administrator')),
    language      text        NOT NULL CHECK (language IN ('ru', 'en')),
    agent         text        UNIQUE CHECK (agent <> ''),
    seat          boolean     NOT NULL, -- the desk page carries a phone
    password_hash text        NOT NULL, -- argon2id with its salt and parameters
    created_at    timestamptz NOT NULL DEFAULT now(),
    disabled_at   timestamptz,
    CHECK (role <> 'agent' OR agent IS NOT NULL)
);

-- sign_ins: one person on one browser. Only the hash of the token is kept: whoever reads this
-- table cannot sign in with it.
CREATE TABLE sign_ins (
    token_hash bytea       PRIMARY KEY CHECK (length(token_hash) = 32),
    account_id uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
    opened_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > opened_at)
);

CREATE INDEX sign_ins_by_account ON sign_ins (account_id);
CREATE INDEX sign_ins_by_expiry ON sign_ins (expires_at);

-- +goose Down

DROP TABLE sign_ins;
DROP TABLE accounts;
