-- The fact of a call that begins says by which number's key a caller who withholds it is found, for who exports or erases a person. Few facts
-- have it. The room tickets/postgres owns this table; facts wait in the spool while the index is made.

-- +goose Up

CREATE INDEX facts_by_hidden ON facts ((event->>'hidden')) WHERE event ? 'hidden';

-- +goose Down

DROP INDEX facts_by_hidden;
