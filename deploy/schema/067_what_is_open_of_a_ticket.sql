-- A ticket's row says what is open of it: by when something was promised, whether a part was given back, and whether a complaint is to be decided. The lists of these read an index
-- of what they show, as the other lists do, where they had gathered all promises, parts and complaints that are open and looked each ticket up. Written by no room: the room
-- tickets/postgres owns the tables. A running Hotline of before goes on: triggers write the columns.
--
-- The rows of which something is open are written once, a thousand in a transaction: nobody waits for more than that. It takes some seconds for ten thousand.

-- +goose NO TRANSACTION
-- +goose Up

ALTER TABLE tickets
    ADD COLUMN IF NOT EXISTS promise_due timestamptz, -- of its open promises the first
    ADD COLUMN IF NOT EXISTS part_returned boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS in_review boolean NOT NULL DEFAULT false;

-- +goose StatementBegin
-- Under the lock of the tickets: two who change a promise each learn of the other's.
CREATE OR REPLACE FUNCTION renew_what_is_open(numbers text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM tickets WHERE number = ANY (numbers) ORDER BY number FOR NO KEY UPDATE;
    UPDATE tickets t SET promise_due = o.promise_due, part_returned = o.part_returned, in_review = o.in_review
    FROM (SELECT number,
            (SELECT min(p.due) FROM ticket_promises p WHERE p.ticket = number AND p.state = 'open') AS promise_due,
            EXISTS (SELECT FROM ticket_parts p WHERE p.ticket = number AND p.state = 'returned') AS part_returned,
            EXISTS (SELECT FROM ticket_reviews r WHERE r.ticket = number AND r.state = 'open') AS in_review
        FROM unnest(numbers) AS number) AS o
    WHERE t.number = o.number AND (t.promise_due, t.part_returned, t.in_review) IS DISTINCT FROM (o.promise_due, o.part_returned, o.in_review);
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION what_is_open_has_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.ticket <> OLD.ticket THEN
        PERFORM renew_what_is_open(ARRAY[OLD.ticket, NEW.ticket]);
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM renew_what_is_open(ARRAY[OLD.ticket]);
    ELSE
        PERFORM renew_what_is_open(ARRAY[NEW.ticket]);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER new_promises_are_known AFTER INSERT ON ticket_promises FOR EACH ROW WHEN (NEW.state = 'open') EXECUTE FUNCTION what_is_open_has_changed();
CREATE OR REPLACE TRIGGER promises_are_known AFTER UPDATE OF state, due, ticket ON ticket_promises FOR EACH ROW
    WHEN ((NEW.state, NEW.due, NEW.ticket) IS DISTINCT FROM (OLD.state, OLD.due, OLD.ticket)) EXECUTE FUNCTION what_is_open_has_changed();
CREATE OR REPLACE TRIGGER lost_promises_are_known AFTER DELETE ON ticket_promises FOR EACH ROW WHEN (OLD.state = 'open') EXECUTE FUNCTION what_is_open_has_changed();
CREATE OR REPLACE TRIGGER new_parts_are_known AFTER INSERT ON ticket_parts FOR EACH ROW WHEN (NEW.state = 'returned') EXECUTE FUNCTION what_is_open_has_changed();
CREATE OR REPLACE TRIGGER parts_are_known AFTER UPDATE OF state, ticket ON ticket_parts FOR EACH ROW
    WHEN ((NEW.state = 'returned', NEW.ticket) IS DISTINCT FROM (OLD.state = 'returned', OLD.ticket)) EXECUTE FUNCTION what_is_open_has_changed();
CREATE OR REPLACE TRIGGER lost_parts_are_known AFTER DELETE ON ticket_parts FOR EACH ROW WHEN (OLD.state = 'returned') EXECUTE FUNCTION what_is_open_has_changed();
CREATE OR REPLACE TRIGGER new_reviews_are_known AFTER INSERT ON ticket_reviews FOR EACH ROW WHEN (NEW.state = 'open') EXECUTE FUNCTION what_is_open_has_changed();
CREATE OR REPLACE TRIGGER reviews_are_known AFTER UPDATE OF state, ticket ON ticket_reviews FOR EACH ROW
    WHEN ((NEW.state, NEW.ticket) IS DISTINCT FROM (OLD.state, OLD.ticket)) EXECUTE FUNCTION what_is_open_has_changed();
CREATE OR REPLACE TRIGGER lost_reviews_are_known AFTER DELETE ON ticket_reviews FOR EACH ROW WHEN (OLD.state = 'open') EXECUTE FUNCTION what_is_open_has_changed();

-- +goose StatementBegin
CREATE OR REPLACE PROCEDURE tell_what_is_open() LANGUAGE plpgsql AS $$
DECLARE
    piece text[];
    last text := '';
BEGIN
    LOOP
        SELECT array_agg(ticket ORDER BY ticket) INTO piece FROM (
            SELECT ticket FROM (
                SELECT ticket FROM ticket_promises WHERE state = 'open'
                UNION SELECT ticket FROM ticket_parts WHERE state = 'returned'
                UNION SELECT ticket FROM ticket_reviews WHERE state = 'open') AS has_open
            WHERE ticket > last ORDER BY ticket LIMIT 1000) AS p;
        EXIT WHEN piece IS NULL;
        last := piece[array_length(piece, 1)];
        PERFORM renew_what_is_open(piece);
        COMMIT;
    END LOOP;
END
$$;
-- +goose StatementEnd
CALL tell_what_is_open();
DROP PROCEDURE tell_what_is_open();
ANALYZE tickets;

-- +goose Down

DROP TRIGGER lost_reviews_are_known ON ticket_reviews;
DROP TRIGGER reviews_are_known ON ticket_reviews;
DROP TRIGGER new_reviews_are_known ON ticket_reviews;
DROP TRIGGER lost_parts_are_known ON ticket_parts;
DROP TRIGGER parts_are_known ON ticket_parts;
DROP TRIGGER new_parts_are_known ON ticket_parts;
DROP TRIGGER lost_promises_are_known ON ticket_promises;
DROP TRIGGER promises_are_known ON ticket_promises;
DROP TRIGGER new_promises_are_known ON ticket_promises;
DROP FUNCTION what_is_open_has_changed();
DROP FUNCTION renew_what_is_open(text[]);
ALTER TABLE tickets DROP COLUMN promise_due, DROP COLUMN part_returned, DROP COLUMN in_review;
