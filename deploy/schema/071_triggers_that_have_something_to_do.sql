-- Triggers of tickets are called only where they have something to do: PostgreSQL itself sees, by their conditions, that a ticket has a phase that fits, and that nothing has changed of which a
-- history tells; each call had asked three functions for that. And whose customer is merged is asked by one function, not by one in another. What they do stays the same. Written by no
-- room: the room tickets/postgres owns the tables. A running Hotline of before goes on.

-- +goose NO TRANSACTION
-- +goose Up

CREATE OR REPLACE TRIGGER tickets_have_phases BEFORE INSERT ON tickets FOR EACH ROW
    WHEN (NOT (NEW.phase <> '' AND (NEW.state = 'closed') = (NEW.phase = 'closed') AND (NEW.phase = 'waiting' OR NEW.awaits = '')))
    EXECUTE FUNCTION tickets_have_phases();

-- The columns are those of tickets_have_lines, which asks no more whether they have changed.
CREATE OR REPLACE TRIGGER tickets_zz_have_lines BEFORE UPDATE ON tickets FOR EACH ROW
    WHEN (NEW.version = OLD.version AND OLD.version > 0 AND
        (NEW.customer_id, NEW.subject, NEW.topic, NEW.class, NEW.language, NEW.district, NEW.reply_channel, NEW.reply_address, NEW.department, NEW.state, NEW.owner_kind, NEW.owner,
            NEW.solved_by, NEW.solved_at, NEW.reopened, NEW.reminded, NEW.escalated, NEW.priority, NEW.parent, NEW.merged_into, NEW.phase, NEW.next_at, NEW.next_step, NEW.awaits,
            NEW.closed_at, NEW.disposition)
        IS DISTINCT FROM
        (OLD.customer_id, OLD.subject, OLD.topic, OLD.class, OLD.language, OLD.district, OLD.reply_channel, OLD.reply_address, OLD.department, OLD.state, OLD.owner_kind, OLD.owner,
            OLD.solved_by, OLD.solved_at, OLD.reopened, OLD.reminded, OLD.escalated, OLD.priority, OLD.parent, OLD.merged_into, OLD.phase, OLD.next_at, OLD.next_step, OLD.awaits,
            OLD.closed_at, OLD.disposition))
    EXECUTE FUNCTION tickets_have_lines();

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION of_the_merged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    other uuid;
BEGIN
    SELECT merged_into INTO other FROM customers WHERE id = NEW.customer_id FOR KEY SHARE; -- see survivor_of
    IF other IS NOT NULL THEN
        NEW.customer_id := survivor_of(other);
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION lines_of_the_merged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    other uuid;
    survivor text;
BEGIN
    SELECT merged_into INTO other FROM customers WHERE id = (NEW.patch->'customer'->>1)::uuid FOR KEY SHARE;
    IF other IS NULL THEN
        RETURN NEW;
    END IF;
    survivor := survivor_of(other)::text;
    NEW.patch := CASE WHEN NEW.patch->'customer'->>0 = survivor THEN NEW.patch - 'customer' ELSE jsonb_set(NEW.patch, '{customer,1}', to_jsonb(survivor)) END;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

-- +goose Down

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION lines_of_the_merged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    survivor text := survivor_of((NEW.patch->'customer'->>1)::uuid)::text;
BEGIN
    NEW.patch := CASE WHEN NEW.patch->'customer'->>0 = survivor THEN NEW.patch - 'customer' ELSE jsonb_set(NEW.patch, '{customer,1}', to_jsonb(survivor)) END;
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION of_the_merged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.customer_id := survivor_of(NEW.customer_id);
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER tickets_zz_have_lines BEFORE UPDATE ON tickets FOR EACH ROW
    WHEN (NEW.version = OLD.version AND OLD.version > 0) EXECUTE FUNCTION tickets_have_lines();
CREATE OR REPLACE TRIGGER tickets_have_phases BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION tickets_have_phases();
