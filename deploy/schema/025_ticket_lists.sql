-- Lists of tickets, their search by words, and the lists that people save. The room tickets/postgres owns these tables. A running Hotline of
-- before goes on: the words of what it writes come by triggers.
--
-- Each list of open tickets has an index of its own, whose predicate is written out: a plan that was made for any parameters cannot prove one
-- that is a parameter. The words of a ticket stand beside it, and not in its row, which changes with each call.

-- +goose Up

UPDATE tickets SET department = owner WHERE department = '' AND owner_kind = 'department';

DROP INDEX tickets_open_by_date, tickets_closed_by_activity, tickets_by_customer; -- others take their place
CREATE INDEX tickets_open_by_date ON tickets (next_at, number) WHERE state = 'open';
CREATE INDEX tickets_open_by_opening ON tickets (opened_at, number) WHERE state = 'open';
CREATE INDEX tickets_solved ON tickets (next_at, number) WHERE state = 'open' AND phase = 'solved';
CREATE INDEX tickets_waiting ON tickets (next_at, number) WHERE state = 'open' AND phase = 'waiting';
CREATE INDEX tickets_to_call_back ON tickets (next_at, number) WHERE state = 'open' AND next_step = 'call_back';
CREATE INDEX tickets_complaining ON tickets (next_at, number) WHERE state = 'open' AND class = 'complaint';
CREATE INDEX tickets_by_opening ON tickets (opened_at, number);
CREATE INDEX tickets_by_activity ON tickets (activity_at, number);
CREATE INDEX tickets_by_department ON tickets (department, opened_at, number) WHERE department <> '';
CREATE INDEX tickets_by_topic ON tickets (topic, opened_at, number) WHERE topic <> '';
CREATE INDEX tickets_by_customer ON tickets (customer_id, opened_at, number) WHERE customer_id IS NOT NULL;

CREATE INDEX ticket_parts_open_by_owner ON ticket_parts (owner, ticket) WHERE state IN ('open', 'returned') AND owner <> '';
CREATE INDEX ticket_parts_by_department ON ticket_parts (department, ticket);
CREATE INDEX ticket_parts_returned ON ticket_parts (ticket) WHERE state = 'returned';
CREATE INDEX ticket_reviews_open_by_reviewer ON ticket_reviews (reviewer, ticket) WHERE state = 'open' AND reviewer <> '';

-- A number that ends with some digits.
CREATE INDEX contacts_by_end_of_caller ON contacts (reverse(caller) COLLATE "C") WHERE caller <> '';

CREATE TABLE ticket_texts (
    ticket text     PRIMARY KEY REFERENCES tickets (number) ON DELETE CASCADE,
    words  tsvector NOT NULL
);
-- What is written waits in no list that somebody else's writing has to work off.
CREATE INDEX ticket_texts_by_word ON ticket_texts USING gin (words) WITH (fastupdate = off);

-- +goose StatementBegin
-- The Russian dictionary stems words in Latin letters as English ones, so one vector does for both languages. Long texts count from their latest on.
CREATE FUNCTION ticket_words(written text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('pg_catalog.russian', translate(left(written, 100000), 'ёЁ', 'еЕ'))
$$;

CREATE FUNCTION renew_ticket_words(numbers text[]) RETURNS void LANGUAGE plpgsql AS $$
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
    NULL; -- too many different words for one vector: those that it had stay, and nothing that somebody does fails for it
END
$$;

CREATE FUNCTION tickets_have_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM renew_ticket_words(ARRAY[NEW.number]);
    RETURN NULL;
END
$$;

CREATE FUNCTION texts_have_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM renew_ticket_words(ARRAY[NEW.ticket]);
    RETURN NULL;
END
$$;

CREATE FUNCTION moved_texts_have_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM renew_ticket_words(ARRAY[OLD.ticket, NEW.ticket]);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER words_of_new_tickets AFTER INSERT ON tickets FOR EACH ROW WHEN (NEW.subject <> '') EXECUTE FUNCTION tickets_have_words();
CREATE TRIGGER words_of_tickets AFTER UPDATE OF subject ON tickets FOR EACH ROW
    WHEN (NEW.subject IS DISTINCT FROM OLD.subject) EXECUTE FUNCTION tickets_have_words();
CREATE TRIGGER words_of_entries AFTER INSERT OR UPDATE OF text ON ticket_entries FOR EACH ROW EXECUTE FUNCTION texts_have_words();
CREATE TRIGGER words_of_new_contacts AFTER INSERT ON contacts FOR EACH ROW WHEN (NEW.note <> '') EXECUTE FUNCTION texts_have_words();
CREATE TRIGGER words_of_contacts AFTER UPDATE OF note, ticket ON contacts FOR EACH ROW
    WHEN (NEW.note IS DISTINCT FROM OLD.note OR NEW.note <> '' AND NEW.ticket IS DISTINCT FROM OLD.ticket) EXECUTE FUNCTION moved_texts_have_words();

INSERT INTO ticket_texts (ticket, words)
SELECT number, ticket_words(written) FROM (
    SELECT t.number, concat_ws(E'\n', nullif(t.subject, ''),
        (SELECT string_agg(c.note, E'\n' ORDER BY c.arrived_at DESC) FROM contacts c WHERE c.ticket = t.number AND c.note <> '')) AS written
    FROM tickets t) AS texts
WHERE written <> '';

-- A list that somebody has saved: the question that it asks, as the page sends it.
CREATE TABLE ticket_views (
    account  text        NOT NULL,
    id       text        NOT NULL CHECK (id <> ''),
    name     text        NOT NULL CHECK (name <> ''),
    query    jsonb       NOT NULL, -- {"list": "department", "topic": "internet", …}
    position integer     NOT NULL DEFAULT 0,
    saved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account, id)
);

-- +goose Down

DROP TABLE ticket_views;
DROP TRIGGER words_of_contacts ON contacts;
DROP TRIGGER words_of_new_contacts ON contacts;
DROP TRIGGER words_of_entries ON ticket_entries;
DROP TRIGGER words_of_tickets ON tickets;
DROP TRIGGER words_of_new_tickets ON tickets;
DROP TABLE ticket_texts;
DROP FUNCTION moved_texts_have_words(), texts_have_words(), tickets_have_words(), renew_ticket_words(text[]), ticket_words(text);
DROP INDEX contacts_by_end_of_caller, ticket_reviews_open_by_reviewer, ticket_parts_returned, ticket_parts_by_department,
    ticket_parts_open_by_owner, tickets_by_customer, tickets_by_topic, tickets_by_department, tickets_by_activity, tickets_by_opening,
    tickets_complaining, tickets_to_call_back, tickets_waiting, tickets_solved, tickets_open_by_opening, tickets_open_by_date;
CREATE INDEX tickets_open_by_date ON tickets (next_at) WHERE state = 'open';
CREATE INDEX tickets_closed_by_activity ON tickets (activity_at) WHERE state = 'closed';
CREATE INDEX tickets_by_customer ON tickets (customer_id) WHERE customer_id IS NOT NULL;
