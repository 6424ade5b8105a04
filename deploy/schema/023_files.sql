-- Files of tickets. A row says what it is and who brought it; its content lies under its SHA-256 in the place that the row names: in a folder on
-- disk, or in the two tables below. The room tickets/postgres owns these tables; what they hold is told in tickets/attachment.

-- +goose Up

CREATE TABLE ticket_files (
    id         uuid        PRIMARY KEY,
    ticket     text        NOT NULL REFERENCES tickets (number) ON DELETE CASCADE, -- a Hotline of before, which knows no files, deletes tickets, too
    version    bigint      NOT NULL DEFAULT 0, -- of the change that brought it; 0 is none
    name       text        NOT NULL CHECK (name <> ''),
    type       text        NOT NULL CHECK (type <> ''),
    size       bigint      NOT NULL CHECK (size > 0),
    sha256     bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    place      text        NOT NULL CHECK (place IN ('disk', 'database')),
    by         text        NOT NULL CHECK (by <> ''),
    at         timestamptz NOT NULL,
    internal   boolean     NOT NULL,
    removed_at timestamptz,
    removed_by text        NOT NULL DEFAULT '',
    CONSTRAINT a_removed_file_says_who_removed_it CHECK ((removed_at IS NULL) = (removed_by = ''))
);
CREATE INDEX ticket_files_by_ticket ON ticket_files (ticket, at);
CREATE INDEX ticket_files_by_content ON ticket_files (sha256) WHERE removed_at IS NULL;

-- A content that is still coming has no sum yet.
CREATE TABLE file_contents (
    id     uuid        PRIMARY KEY,
    sha256 bytea       UNIQUE CHECK (octet_length(sha256) = 32),
    size   bigint      NOT NULL DEFAULT 0,
    put_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX file_contents_coming ON file_contents (put_at) WHERE sha256 IS NULL;

CREATE TABLE file_pieces (
    content uuid    NOT NULL REFERENCES file_contents ON DELETE CASCADE,
    n       integer NOT NULL,
    bytes   bytea   NOT NULL,
    PRIMARY KEY (content, n)
);
-- Most files are compressed already.
ALTER TABLE file_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- +goose Down

DROP TABLE file_pieces;
DROP TABLE file_contents;
DROP TABLE ticket_files;
