-- Files of customers that are taken over: first looked through, then, when somebody starts them, imported by a job, piece by piece. How far each has come
-- is written in the transaction of the piece. The room tickets/postgres owns these tables. A running Hotline of before knows nothing of them, and goes on.

-- +goose Up

CREATE TABLE customer_imports (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL, -- of the file
    encoding   text        NOT NULL,
    mapping    jsonb       NOT NULL DEFAULT '{}', -- {"name of a column": "what it holds"}
    size       bigint      NOT NULL CHECK (size > 0),
    sha256     bytea       NOT NULL CHECK (octet_length(sha256) = 32), -- under which the content lies, as in ticket_files
    place      text        NOT NULL CHECK (place IN ('disk', 'database')),
    state      text        NOT NULL CHECK (state IN ('checking', 'checked', 'importing', 'done', 'failed', 'stopped')),
    at         timestamptz NOT NULL DEFAULT now(),
    by_kind    text        NOT NULL, -- who has brought it, or started it, as in ticket_changes
    by_id      text        NOT NULL DEFAULT '',
    by_name    text        NOT NULL DEFAULT '',
    by_from    text        NOT NULL DEFAULT '',
    rows       bigint      NOT NULL DEFAULT 0, -- so many are done, in this state
    read_bytes bigint      NOT NULL DEFAULT 0,
    counts     jsonb       NOT NULL DEFAULT '{}', -- {"created": 17, …}
    error      text        NOT NULL DEFAULT '',
    ended_at   timestamptz,
    CONSTRAINT what_is_over_says_when CHECK ((state IN ('done', 'failed', 'stopped')) = (ended_at IS NOT NULL))
);
CREATE INDEX customer_imports_by_time ON customer_imports (at);
CREATE INDEX customer_imports_by_content ON customer_imports (sha256) WHERE ended_at IS NULL;

-- The first rows of each kind, to look at. They name people, and go with an erasure.
CREATE TABLE customer_import_rows (
    import uuid   NOT NULL REFERENCES customer_imports ON DELETE CASCADE,
    what   text   NOT NULL, -- created, changed, left, wrong
    line   bigint NOT NULL,
    name   text   NOT NULL DEFAULT '',
    why    text   NOT NULL DEFAULT '',
    patch  jsonb  NOT NULL DEFAULT '{}', -- {"name": [old, new], …}
    PRIMARY KEY (import, what, line)
);

-- +goose Down

DROP TABLE customer_import_rows;
DROP TABLE customer_imports;
