-- The words of open tickets stand in a table of their own: a search in the lists of what is open reads an index of one ticket in a hundred, and a ticket that is opened or closed
-- takes a row there or gives it back, where all its words were put into the large index anew. Written by no room: the room tickets/postgres owns the tables. A running Hotline of
-- before goes on: what it takes for the mark of an open ticket stands for any, and it asks each by its row, too.
--
-- Each open ticket's words are written twice: some seconds for ten thousand. Calls are served meanwhile, as in an outage of the database.

-- +goose Up

-- Whoever changes words waits before their triggers do, and in the order in which a Hotline writes: one that waited in a trigger would go on with the function of before, and
-- tell the new table nothing. ticket_texts alone would not do, nor the lock of tickets at the end, for which this would wait while others wait for it.
LOCK TABLE tickets, ticket_entries, contacts, ticket_texts IN SHARE ROW EXCLUSIVE MODE;
CREATE TABLE ticket_open_texts (
    ticket text PRIMARY KEY, -- of tickets, see below
    words tsvector NOT NULL -- as in ticket_texts
);

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION ticket_marks(opened timestamptz, state text, department text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_remove(ARRAY[E'\x01w' || ticket_week(opened), CASE WHEN department <> '' THEN E'\x01d' || left(department, 200) END], NULL)
$$;

-- The query for a mark: 'w2900' for those opened in a week, 'dbilling' for those of a department; 'o', which was for the open ones, is for any.
CREATE OR REPLACE FUNCTION ticket_mark(mark text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE mark WHEN 'o' THEN E'!''\x01o''' ELSE '''' || replace(replace(E'\x01' || left(mark, 201), '\', '\\'), '''', '''''') || '''' END::tsquery
$$;

CREATE FUNCTION renew_open_words(numbers text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM ticket_open_texts x USING tickets t WHERE x.ticket = ANY (numbers) AND t.number = x.ticket AND t.state <> 'open';
    INSERT INTO ticket_open_texts AS x (ticket, words)
    SELECT w.ticket, w.words FROM ticket_texts w JOIN tickets t ON t.number = w.ticket WHERE w.ticket = ANY (numbers) AND t.state = 'open'
    ON CONFLICT (ticket) DO UPDATE SET words = excluded.words WHERE x.words IS DISTINCT FROM excluded.words;
END
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
    PERFORM renew_open_words(numbers);
EXCEPTION WHEN program_limit_exceeded THEN
    PERFORM renew_open_words(numbers); -- too many different words for one vector: those that it had stay, and nothing that somebody does fails for it
END
$$;

CREATE OR REPLACE FUNCTION words_are_marked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.opened_at, NEW.department) IS DISTINCT FROM (OLD.opened_at, OLD.department) THEN
        BEGIN
            UPDATE ticket_texts SET words = ts_delete(words, ticket_marks(OLD.opened_at, OLD.state, OLD.department)) || array_to_tsvector(ticket_marks(NEW.opened_at, NEW.state, NEW.department))
            WHERE ticket = NEW.number;
        EXCEPTION WHEN program_limit_exceeded THEN
            NULL;
        END;
    END IF;
    PERFORM renew_open_words(ARRAY[NEW.number]);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

UPDATE ticket_texts SET words = ts_delete(words, E'\x01o') WHERE words @@ E'''\x01o'''::tsquery;
INSERT INTO ticket_open_texts (ticket, words) SELECT x.ticket, x.words FROM ticket_texts x JOIN tickets t ON t.number = x.ticket WHERE t.state = 'open';
CREATE INDEX ticket_open_texts_by_word ON ticket_open_texts USING gin (words) WITH (fastupdate = off);
ALTER TABLE ticket_open_texts ADD FOREIGN KEY (ticket) REFERENCES tickets (number) ON DELETE CASCADE;
ANALYZE ticket_open_texts;

-- +goose Down

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION ticket_marks(opened timestamptz, state text, department text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_remove(ARRAY[E'\x01w' || ticket_week(opened), CASE WHEN state = 'open' THEN E'\x01o' END, CASE WHEN department <> '' THEN E'\x01d' || left(department, 200) END], NULL)
$$;

CREATE OR REPLACE FUNCTION ticket_mark(mark text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
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
    NULL;
END
$$;

CREATE OR REPLACE FUNCTION words_are_marked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket_texts SET words = ts_delete(words, ticket_marks(OLD.opened_at, OLD.state, OLD.department)) || array_to_tsvector(ticket_marks(NEW.opened_at, NEW.state, NEW.department))
    WHERE ticket = NEW.number;
    RETURN NULL;
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN NULL;
END
$$;
-- +goose StatementEnd
DROP FUNCTION renew_open_words(text[]);
DROP TABLE ticket_open_texts;
UPDATE ticket_texts x SET words = x.words || array_to_tsvector(ARRAY[E'\x01o']) FROM tickets t WHERE t.number = x.ticket AND t.state = 'open';
