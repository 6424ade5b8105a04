-- Contacts and facts are known by the contact's own id, and a contact says by which channel it came: a letter has no call. A call's contact
-- has the call's own id, so every row stays as it is. The room tickets/postgres owns these tables.
--
-- A running Hotline of before goes on: it finds call_facts, and contacts by their call_id, which a trigger keeps the same as the id. The
-- next release takes call_id, the trigger and the view away.
--
-- This writes each contact once: some 20 s for a million. Meanwhile facts wait in the spool, and callers are not recognised by their
-- numbers: migrate a large database in a quiet hour, and VACUUM contacts afterwards.

-- +goose Up

ALTER TABLE call_facts RENAME TO facts;
ALTER TABLE facts RENAME COLUMN call_id TO contact_id;
ALTER TABLE facts RENAME CONSTRAINT call_facts_pkey TO facts_pkey;

CREATE VIEW call_facts AS
    SELECT contact_id AS call_id, kind, n, at, own_number, event, applied_at FROM facts;

ALTER TABLE contacts RENAME COLUMN call_id TO id;
ALTER TABLE contacts RENAME CONSTRAINT contacts_call_id_check TO contacts_id_check;
ALTER TABLE contacts
    ADD COLUMN channel text NOT NULL DEFAULT 'call' CHECK (channel IN ('call', 'letter', 'form', 'visit')),
    ADD COLUMN call_id text;
UPDATE contacts SET call_id = id;
ALTER TABLE contacts
    ADD CONSTRAINT contacts_by_call UNIQUE (call_id),
    ADD CONSTRAINT a_contact_that_is_a_call_has_its_id CHECK (call_id IS NULL AND channel <> 'call' OR call_id = id AND channel = 'call');

-- +goose StatementBegin
CREATE FUNCTION contact_of_a_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS NULL THEN
        NEW.id := NEW.call_id;
    ELSIF NEW.channel = 'call' THEN
        NEW.call_id := NEW.id;
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER contact_of_a_call BEFORE INSERT ON contacts FOR EACH ROW EXECUTE FUNCTION contact_of_a_call();

-- +goose Down

-- What came by another channel would turn into calls.
-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM contacts WHERE channel <> 'call') THEN
        RAISE EXCEPTION 'contacts of other channels than calls are there: this schema has no place for them';
    END IF;
END
$$;
-- +goose StatementEnd

DROP TRIGGER contact_of_a_call ON contacts;
DROP FUNCTION contact_of_a_call();
ALTER TABLE contacts DROP COLUMN call_id, DROP COLUMN channel;
ALTER TABLE contacts RENAME CONSTRAINT contacts_id_check TO contacts_call_id_check;
ALTER TABLE contacts RENAME COLUMN id TO call_id;

DROP VIEW call_facts;
ALTER TABLE facts RENAME CONSTRAINT facts_pkey TO call_facts_pkey;
ALTER TABLE facts RENAME COLUMN contact_id TO call_id;
ALTER TABLE facts RENAME TO call_facts;
