-- A ticket's words say when it was opened, whether it is open, and of which department it is, so that one index answers a search in a week, among what is open, or in a
-- department, and what is older or others' is never read. Written by no room: the room tickets/postgres owns the table. A running Hotline of before goes on.
--
-- This writes the words of each ticket once: some three minutes for five million. Calls are served meanwhile, as in an outage of the database.

-- +goose Up

-- Marks are words that nobody can write: they begin with a character that to_tsvector never leaves in one.
-- +goose StatementBegin
CREATE FUNCTION ticket_week(opened timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT floor(least(greatest(extract(epoch FROM opened), -200e9), 9000e9) / 604800)::bigint -- of any date that there is, and infinity
$$;

CREATE FUNCTION ticket_week_begins(week bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_timestamp(week * 604800)
$$;

CREATE FUNCTION ticket_marks(opened timestamptz, state text, department text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_remove(ARRAY[E'\x01w' || ticket_week(opened), CASE WHEN state = 'open' THEN E'\x01o' END, CASE WHEN department <> '' THEN E'\x01d' || left(department, 200) END], NULL)
$$;

-- The query for a mark: 'w2900' for those opened in a week, 'o' for the open ones, 'dbilling' for those of a department.
CREATE FUNCTION ticket_mark(mark text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ('''' || replace(replace(E'\x01' || left(mark, 201), '\', '\\'), '''', '''''') || '''')::tsquery
$$;

CREATE OR REPLACE FUNCTION renew_ticket_words(numbers text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ticket_texts AS x (ticket, words)
    SELECT number, ticket_words(written) || array_to_tsvector(marks) FROM (
        SELECT t.number, ticket_marks(t.opened_at, t.state, t.department) AS marks, concat_ws(E'\n', nullif(t.subject, ''),
            (SELECT string_agg(e.text, E'\n' ORDER BY e.n DESC) FROM ticket_entries e WHERE e.ticket = t.number),
            (SELECT string_agg(c.note, E'\n' ORDER BY c.arrived_at DESC) FROM contacts c WHERE c.ticket = t.number AND c.note <> '')) AS written
        FROM tickets t WHERE t.number = ANY (numbers)) AS texts
    WHERE written <> '' OR EXISTS (SELECT FROM ticket_texts o WHERE o.ticket = number)
    ON CONFLICT (ticket) DO UPDATE SET words = excluded.words WHERE x.words IS DISTINCT FROM excluded.words;
EXCEPTION WHEN program_limit_exceeded THEN
    NULL; -- too many different words for one vector: those that it had stay, and nothing that somebody does fails for it
END
$$;

CREATE FUNCTION words_are_marked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket_texts SET words = ts_delete(words, ticket_marks(OLD.opened_at, OLD.state, OLD.department)) || array_to_tsvector(ticket_marks(NEW.opened_at, NEW.state, NEW.department))
    WHERE ticket = NEW.number;
    RETURN NULL;
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER words_of_moved_tickets AFTER UPDATE OF opened_at, state, department ON tickets FOR EACH ROW
    WHEN (NEW.subject IS NOT DISTINCT FROM OLD.subject
        AND (NEW.opened_at, NEW.state, NEW.department) IS DISTINCT FROM (OLD.opened_at, OLD.state, OLD.department)) EXECUTE FUNCTION words_are_marked();

-- Another table takes the place of the old one, for an index over all is made faster than it is changed.
LOCK TABLE ticket_texts IN SHARE MODE;
CREATE TABLE marked_texts (ticket text, words tsvector NOT NULL);
INSERT INTO marked_texts (ticket, words)
SELECT x.ticket, x.words || array_to_tsvector(ticket_marks(t.opened_at, t.state, t.department)) FROM ticket_texts x JOIN tickets t ON t.number = x.ticket ORDER BY x.ticket;
ALTER TABLE marked_texts ADD CONSTRAINT marked_texts_pkey PRIMARY KEY (ticket),
    ADD CONSTRAINT ticket_texts_ticket_fkey FOREIGN KEY (ticket) REFERENCES tickets (number) ON DELETE CASCADE;
CREATE INDEX marked_texts_by_word ON marked_texts USING gin (words) WITH (fastupdate = off);
ANALYZE marked_texts;
-- Who searches meanwhile waits from here on alone.
DROP TABLE ticket_texts;
ALTER TABLE marked_texts RENAME TO ticket_texts;
ALTER INDEX marked_texts_pkey RENAME TO ticket_texts_pkey;
ALTER INDEX marked_texts_by_word RENAME TO ticket_texts_by_word;

-- In how many tickets the words of a query stand: in 'many', more than one of ten; in a 'few', no more than a thousand; or in 'some'. Some two thousand tickets are asked, always
-- the same ones; where these leave no doubt, the others are not counted.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION ticket_words_stand_in(query tsquery) RETURNS text LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
DECLARE
    n double precision;
    asked double precision;
    there bigint;
BEGIN
    SELECT greatest(reltuples, pg_relation_size(oid) / 500, 1) INTO n FROM pg_class WHERE oid = 'ticket_texts'::regclass; -- a table just restored has not been counted
    asked := least(n, 2000);
    SELECT count(*) INTO there FROM ticket_texts TABLESAMPLE SYSTEM (100 * asked / n) REPEATABLE (1) WHERE words @@ query;
    IF there > asked / 10 THEN
        RETURN 'many';
    ELSIF there >= 5 AND there * n / asked > 5000 THEN
        RETURN 'some';
    END IF;
    SELECT count(*) INTO there FROM (SELECT FROM ticket_texts WHERE words @@ query LIMIT 1001) AS found;
    RETURN CASE WHEN there > 1000 THEN 'some' ELSE 'few' END;
END
$$;
-- +goose StatementEnd

-- +goose Down

DROP TRIGGER words_of_moved_tickets ON tickets;
DROP FUNCTION words_are_marked();
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION renew_ticket_words(numbers text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ticket_texts AS x (ticket, words)
    SELECT number, ticket_words(written) FROM (
        SELECT t.number, concat_ws(E'\n', nullif(t.subject, ''),
            (SELECT string_agg(e.text, E'\n' ORDER BY e.n DESC) FROM ticket_entries e WHERE e.ticket = t.number),
            (SELECT string_agg(c.note, E'\n' ORDER BY c.arrived_at DESC) FROM contacts c WHERE c.ticket = t.number AND c.note <> '')) AS written
        FROM tickets t WHERE t.number = ANY (numbers)) AS texts
    WHERE written <> '' OR EXISTS (SELECT FROM ticket_texts o WHERE o.ticket = number)
    ON CONFLICT (ticket) DO UPDATE SET words = excluded.words WHERE x.words IS DISTINCT FROM excluded.words;
EXCEPTION WHEN program_limit_exceeded THEN
    NULL;
END
$$;
-- +goose StatementEnd
UPDATE ticket_texts x SET words = ts_delete(x.words, ticket_marks(t.opened_at, t.state, t.department)) FROM tickets t WHERE t.number = x.ticket;
ALTER TABLE ticket_texts DROP CONSTRAINT ticket_texts_ticket_fkey;
DROP FUNCTION ticket_mark(text);
DROP FUNCTION ticket_marks(timestamptz, text, text);
DROP FUNCTION ticket_week_begins(bigint);
DROP FUNCTION ticket_week(timestamptz);
