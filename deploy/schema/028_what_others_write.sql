-- What a ticket is and what its history says stay the same, whoever writes into its row: a Hotline of before histories that still runs during an
-- upgrade, a foreign key, a hand. The room tickets/postgres owns these tables.
--
--   - a row that says nothing of its phase, or one that no longer fits, gets the one that its state means;
--   - a change that counts no version (each of today's Hotline does) becomes a line of the history, by the rule "history";
--   - whoever was merged into another customer is that one in lines of histories, too, as they are in rows since 021.
--
-- Tickets from before phases get theirs, a thousand in a transaction: nobody waits for more than that. It takes some minutes for a million.

-- +goose NO TRANSACTION
-- +goose Up

-- +goose StatementBegin
-- A time as histories have it (tickets.moment).
CREATE OR REPLACE FUNCTION ticket_moment(at timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT rtrim(rtrim(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.') || 'Z'
$$;
-- +goose StatementEnd

-- +goose StatementBegin
-- What a history can tell of a ticket by its row (tickets.Ticket.Fields); a test compares the two.
CREATE OR REPLACE FUNCTION ticket_fields(t tickets) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(name, value), '{}') FROM (VALUES
        ('customer', t.customer_id::text), ('subject', t.subject), ('topic', t.topic), ('class', t.class), ('language', t.language),
        ('district', t.district), ('reply_channel', t.reply_channel), ('reply_address', t.reply_address),
        ('department', CASE WHEN t.department = '' AND t.state = 'open' AND t.owner_kind = 'department' THEN t.owner ELSE t.department END),
        ('solved_by', t.solved_by), ('solved_at', ticket_moment(t.solved_at)),
        ('reopened', nullif(t.reopened, 0)::text), ('reminded', nullif(t.reminded, 0)::text), ('escalated', nullif(t.escalated, 0)::text),
        ('priority', nullif(t.priority, 0)::text), ('parent', t.parent), ('into', t.merged_into),
        ('phase', CASE WHEN t.state = 'closed' THEN 'closed' WHEN t.phase NOT IN ('', 'closed') THEN t.phase WHEN t.next_step = 'serve' THEN 'new' ELSE 'open' END),
        ('owner', CASE t.state WHEN 'open' THEN t.owner END), ('owner_kind', CASE t.state WHEN 'open' THEN t.owner_kind END),
        ('next', ticket_moment(t.next_at)), ('step', t.next_step), ('awaits', CASE WHEN t.state = 'open' AND t.phase = 'waiting' THEN t.awaits END),
        ('closed', ticket_moment(t.closed_at)), ('disposition', CASE t.state WHEN 'closed' THEN t.disposition END)) AS f (name, value)
    WHERE value <> ''
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION tickets_have_phases() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    other boolean := false; -- somebody has moved the ticket who knows nothing of phases
BEGIN
    IF TG_OP = 'UPDATE' THEN
        other := NEW.version = OLD.version AND NEW.phase = OLD.phase;
        IF other AND NEW.owner_kind = 'department' AND NEW.owner IS DISTINCT FROM OLD.owner AND NEW.department = OLD.department THEN
            NEW.department := NEW.owner;
        END IF;
    END IF;
    IF NEW.state = 'closed' THEN
        NEW.phase := 'closed';
    ELSIF NEW.phase IN ('', 'closed') THEN
        NEW.phase := CASE WHEN NEW.next_step = 'serve' THEN 'new' WHEN other AND NEW.owner_kind = 'person' THEN 'in_work' ELSE 'open' END;
    ELSIF other AND (NEW.owner_kind, NEW.owner, NEW.next_step) IS DISTINCT FROM (OLD.owner_kind, OLD.owner, OLD.next_step) THEN
        NEW.phase := CASE WHEN NEW.next_step = 'serve' THEN 'new' WHEN NEW.owner_kind = 'person' THEN 'in_work' ELSE 'open' END;
    ELSIF other AND NEW.phase = 'solved' THEN
        NEW.phase := 'open'; -- its customer has called again
    END IF;
    IF NEW.phase <> 'waiting' THEN
        NEW.awaits := '';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
DROP TRIGGER IF EXISTS tickets_have_phases ON tickets;
CREATE TRIGGER tickets_have_phases BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION tickets_have_phases();
DROP TRIGGER IF EXISTS tickets_keep_phases ON tickets;
CREATE TRIGGER tickets_keep_phases BEFORE UPDATE ON tickets FOR EACH ROW
    WHEN ((NEW.state, NEW.owner_kind, NEW.owner, NEW.next_at, NEW.next_step, NEW.phase) IS DISTINCT FROM (OLD.state, OLD.owner_kind, OLD.owner, OLD.next_at, OLD.next_step, OLD.phase))
    EXECUTE FUNCTION tickets_have_phases();

-- +goose StatementBegin
-- A ticket of version 0 has no history yet: its first line will say what was there.
CREATE OR REPLACE FUNCTION tickets_have_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := ticket_fields(OLD);
    is_now jsonb := ticket_fields(NEW);
BEGIN
    IF was = is_now OR current_setting('hotline.erasure', true) = 'on' THEN
        RETURN NEW;
    END IF;
    NEW.version := OLD.version + 1;
    INSERT INTO ticket_changes (ticket, version, at, by_kind, by_id, kind, details, patch)
    SELECT NEW.number, NEW.version, now(), 'rule', 'history', 'was_changed', '{}',
        jsonb_object_agg(key, jsonb_build_array(coalesce(was->>key, ''), coalesce(is_now->>key, '')))
    FROM jsonb_object_keys(was || is_now) AS key WHERE was->>key IS DISTINCT FROM is_now->>key;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
-- It comes after the others, by its name, and sees what they have made of the row.
DROP TRIGGER IF EXISTS tickets_zz_have_lines ON tickets;
CREATE TRIGGER tickets_zz_have_lines BEFORE UPDATE ON tickets FOR EACH ROW
    WHEN (NEW.version = OLD.version AND OLD.version > 0) EXECUTE FUNCTION tickets_have_lines();

-- +goose StatementBegin
-- Whoever merges a customer holds their row meanwhile, and who writes of them in that moment waits and learns of it.
CREATE OR REPLACE FUNCTION survivor_of(customer uuid) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    other uuid;
BEGIN
    LOOP
        SELECT merged_into INTO other FROM customers WHERE id = customer FOR KEY SHARE;
        EXIT WHEN other IS NULL;
        customer := other;
    END LOOP;
    RETURN customer;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION of_the_merged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.customer_id := survivor_of(NEW.customer_id);
    RETURN NEW;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION lines_of_the_merged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    survivor text := survivor_of((NEW.patch->'customer'->>1)::uuid)::text;
BEGIN
    NEW.patch := CASE WHEN NEW.patch->'customer'->>0 = survivor THEN NEW.patch - 'customer' ELSE jsonb_set(NEW.patch, '{customer,1}', to_jsonb(survivor)) END;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
DROP TRIGGER IF EXISTS lines_of_the_merged ON ticket_changes;
CREATE TRIGGER lines_of_the_merged BEFORE INSERT ON ticket_changes FOR EACH ROW
    WHEN (NEW.patch->'customer'->>1 <> '') EXECUTE FUNCTION lines_of_the_merged();

-- +goose StatementBegin
CREATE OR REPLACE PROCEDURE give_tickets_phases() LANGUAGE plpgsql AS $$
DECLARE
    piece text[];
    last text := '';
BEGIN
    LOOP
        SELECT array_agg(number ORDER BY number) INTO piece FROM (
            SELECT number FROM tickets WHERE number > last AND phase = '' ORDER BY number LIMIT 1000) AS p;
        EXIT WHEN piece IS NULL;
        last := piece[array_length(piece, 1)];
        UPDATE tickets SET phase = ticket_fields(tickets)->>'phase' WHERE number = ANY (piece) AND phase = '';
        COMMIT;
    END LOOP;
END
$$;
-- +goose StatementEnd
CALL give_tickets_phases();
DROP PROCEDURE give_tickets_phases();

-- +goose Down

DROP TRIGGER lines_of_the_merged ON ticket_changes;
DROP TRIGGER tickets_zz_have_lines ON tickets;
DROP TRIGGER tickets_keep_phases ON tickets;
DROP TRIGGER tickets_have_phases ON tickets;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION of_the_merged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    other uuid;
BEGIN
    LOOP
        SELECT merged_into INTO other FROM customers WHERE id = NEW.customer_id;
        EXIT WHEN other IS NULL;
        NEW.customer_id := other;
    END LOOP;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
DROP FUNCTION lines_of_the_merged(), survivor_of(uuid), tickets_have_lines(), tickets_have_phases(), ticket_fields(tickets), ticket_moment(timestamptz);
