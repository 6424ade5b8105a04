-- A ticket's words say of which week and department it is in one mark, too: two usual words in one department were looked for among all tickets of each week, of which a department has
-- one in twenty. Written by no room: the room tickets/postgres owns the table. A running Hotline of before goes on: the marks that it asks for stay.
--
-- This writes the words of each ticket once: a quarter of an hour for five million on two busy cores. Calls are served meanwhile, as in an outage of the database.

-- +goose Up

-- As in 064: whoever changes words waits before their triggers do, and in the order in which a Hotline writes.
LOCK TABLE tickets, ticket_entries, contacts, ticket_texts, ticket_open_texts IN SHARE ROW EXCLUSIVE MODE;

-- Marks as for ticket_mark, which cuts them at the same place.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION ticket_marks(opened timestamptz, state text, department text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_remove(ARRAY[E'\x01w' || ticket_week(opened), CASE WHEN department <> '' THEN E'\x01d' || left(department, 200) END,
        CASE WHEN department <> '' THEN E'\x01' || left('w' || ticket_week(opened) || 'd' || department, 201) END], NULL)
$$;
-- +goose StatementEnd

-- Another table takes the place of the old one, for an index over all is made faster than it is changed.
CREATE TABLE weekly_texts (ticket text, words tsvector NOT NULL);
INSERT INTO weekly_texts (ticket, words)
SELECT x.ticket, x.words || array_to_tsvector(ticket_marks(t.opened_at, t.state, t.department)) FROM ticket_texts x JOIN tickets t ON t.number = x.ticket ORDER BY x.ticket;
ALTER TABLE weekly_texts ADD CONSTRAINT weekly_texts_pkey PRIMARY KEY (ticket),
    ADD CONSTRAINT weekly_texts_ticket_fkey FOREIGN KEY (ticket) REFERENCES tickets (number) ON DELETE CASCADE;
CREATE INDEX weekly_texts_by_word ON weekly_texts USING gin (words) WITH (fastupdate = off);
ANALYZE weekly_texts;
-- Who searches meanwhile waits from here on alone.
DROP TABLE ticket_texts;
ALTER TABLE weekly_texts RENAME TO ticket_texts;
ALTER TABLE ticket_texts RENAME CONSTRAINT weekly_texts_ticket_fkey TO ticket_texts_ticket_fkey;
ALTER INDEX weekly_texts_pkey RENAME TO ticket_texts_pkey;
ALTER INDEX weekly_texts_by_word RENAME TO ticket_texts_by_word;

DROP INDEX ticket_open_texts_by_word;
UPDATE ticket_open_texts x SET words = x.words || array_to_tsvector(ticket_marks(t.opened_at, t.state, t.department)) FROM tickets t WHERE t.number = x.ticket;
CREATE INDEX ticket_open_texts_by_word ON ticket_open_texts USING gin (words) WITH (fastupdate = off);

-- +goose Down

LOCK TABLE tickets, ticket_entries, contacts, ticket_texts, ticket_open_texts IN SHARE ROW EXCLUSIVE MODE;
UPDATE ticket_texts x SET words = ts_delete(x.words, ticket_marks(t.opened_at, t.state, t.department)) FROM tickets t WHERE t.number = x.ticket;
UPDATE ticket_open_texts x SET words = ts_delete(x.words, ticket_marks(t.opened_at, t.state, t.department)) FROM tickets t WHERE t.number = x.ticket;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION ticket_marks(opened timestamptz, state text, department text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_remove(ARRAY[E'\x01w' || ticket_week(opened), CASE WHEN department <> '' THEN E'\x01d' || left(department, 200) END], NULL)
$$;
-- +goose StatementEnd
UPDATE ticket_texts x SET words = x.words || array_to_tsvector(ticket_marks(t.opened_at, t.state, t.department)) FROM tickets t WHERE t.number = x.ticket;
UPDATE ticket_open_texts x SET words = x.words || array_to_tsvector(ticket_marks(t.opened_at, t.state, t.department)) FROM tickets t WHERE t.number = x.ticket;
