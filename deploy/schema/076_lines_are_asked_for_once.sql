-- Whether something has changed of a ticket of which a history tells is asked once: by the condition of the trigger tickets_zz_have_lines, which 071 has made. tickets_have_lines had asked it
-- again, though 071 says that it does no more. Written by no room: the room tickets/postgres owns the table. A running Hotline of before goes on.

-- +goose Up

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

-- +goose Down

-- +goose StatementBegin
-- A ticket of version 0 has no history yet: its first line will say what was there. These are the columns of ticket_fields; a test compares the two.
CREATE OR REPLACE FUNCTION tickets_have_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb;
    is_now jsonb;
BEGIN
    IF (NEW.customer_id, NEW.subject, NEW.topic, NEW.class, NEW.language, NEW.district, NEW.reply_channel, NEW.reply_address, NEW.department, NEW.state, NEW.owner_kind, NEW.owner,
            NEW.solved_by, NEW.solved_at, NEW.reopened, NEW.reminded, NEW.escalated, NEW.priority, NEW.parent, NEW.merged_into, NEW.phase, NEW.next_at, NEW.next_step, NEW.awaits,
            NEW.closed_at, NEW.disposition)
        IS NOT DISTINCT FROM
        (OLD.customer_id, OLD.subject, OLD.topic, OLD.class, OLD.language, OLD.district, OLD.reply_channel, OLD.reply_address, OLD.department, OLD.state, OLD.owner_kind, OLD.owner,
            OLD.solved_by, OLD.solved_at, OLD.reopened, OLD.reminded, OLD.escalated, OLD.priority, OLD.parent, OLD.merged_into, OLD.phase, OLD.next_at, OLD.next_step, OLD.awaits,
            OLD.closed_at, OLD.disposition) THEN
        RETURN NEW;
    END IF;
    was := ticket_fields(OLD);
    is_now := ticket_fields(NEW);
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
