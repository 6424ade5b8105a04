-- The messages that callers left, each done or not. A row for each comes with its contact, by a trigger: also where a running Hotline of before writes the contact, which goes on.
-- Messages of before are done where their ticket is closed. The room tickets/postgres owns the table.
--
-- All contacts are read once: some seconds for millions. Calls are served meanwhile, as in an outage of the database.

-- +goose Up

CREATE TABLE voicemails (
    contact_id text        NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    n          int         NOT NULL CHECK (n > 0),  -- which of the contact's messages
    came_at    timestamptz NOT NULL,                -- when the call came
    done_at    timestamptz,
    done_by    text        NOT NULL DEFAULT '',     -- the name of who did, as it was then; '' where nobody said so by hand
    PRIMARY KEY (contact_id, n),
    CHECK (done_at IS NOT NULL OR done_by = '')
);

-- +goose StatementBegin
CREATE FUNCTION note_voicemails() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM voicemails WHERE contact_id = NEW.id AND n > cardinality(NEW.recordings);
    INSERT INTO voicemails (contact_id, n, came_at) SELECT NEW.id, n, NEW.arrived_at FROM generate_series(1, cardinality(NEW.recordings)) AS n
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER voicemails_of_new AFTER INSERT ON contacts FOR EACH ROW WHEN (NEW.recordings <> '{}') EXECUTE FUNCTION note_voicemails();
CREATE TRIGGER voicemails_of_changed AFTER UPDATE ON contacts FOR EACH ROW WHEN (NEW.recordings IS DISTINCT FROM OLD.recordings) EXECUTE FUNCTION note_voicemails();

INSERT INTO voicemails (contact_id, n, came_at, done_at)
SELECT c.id, n, c.arrived_at, CASE WHEN t.state = 'closed' THEN coalesce(t.closed_at, t.activity_at) END
FROM contacts c JOIN tickets t ON t.number = c.ticket, generate_series(1, cardinality(c.recordings)) AS n
WHERE c.recordings <> '{}';

CREATE INDEX voicemails_to_do ON voicemails (came_at DESC, contact_id DESC, n DESC) WHERE done_at IS NULL;
CREATE INDEX voicemails_done ON voicemails (came_at DESC, contact_id DESC, n DESC) WHERE done_at IS NOT NULL;

-- +goose Down

DROP TRIGGER voicemails_of_new ON contacts;
DROP TRIGGER voicemails_of_changed ON contacts;
DROP FUNCTION note_voicemails();
DROP TABLE voicemails;
