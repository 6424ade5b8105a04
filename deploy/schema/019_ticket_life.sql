-- The life of a ticket after its call: how far the work has come, who answers, what was promised, and the history of it all. Written by
-- tickets/postgres alone. A running Hotline of before goes on: it leaves the new columns as they are, and what it changes has no line in
-- the history; the first line that this one writes says what was there.

-- +goose Up

ALTER TABLE tickets
    ADD COLUMN phase         text        NOT NULL DEFAULT '' CHECK (phase IN ('', 'new', 'open', 'in_work', 'waiting', 'solved', 'closed')), -- '' is by next_step
    ADD COLUMN awaits        text        NOT NULL DEFAULT '' CHECK (awaits IN ('', 'customer', 'vendor', 'date')),
    ADD COLUMN department    text        NOT NULL DEFAULT '', -- responsible, also while a person of it owns the ticket
    ADD COLUMN class         text        NOT NULL DEFAULT '' CHECK (class IN ('', 'information', 'personal', 'claim', 'complaint', 'outage')),
    ADD COLUMN priority      smallint    NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 4), -- 1 is the most urgent, 0 is not set
    ADD COLUMN language      text        NOT NULL DEFAULT '',
    ADD COLUMN district      text        NOT NULL DEFAULT '',
    ADD COLUMN reply_channel text        NOT NULL DEFAULT '',
    ADD COLUMN reply_address text        NOT NULL DEFAULT '',
    ADD COLUMN reopened      integer     NOT NULL DEFAULT 0,
    ADD COLUMN reminded      integer     NOT NULL DEFAULT 0,
    ADD COLUMN escalated     integer     NOT NULL DEFAULT 0,
    ADD COLUMN solved_by     text        NOT NULL DEFAULT '',
    ADD COLUMN solved_at     timestamptz,
    ADD COLUMN parent        text        REFERENCES tickets (number) ON DELETE SET NULL,
    ADD COLUMN merged_into   text        REFERENCES tickets (number) ON DELETE SET NULL,
    ADD COLUMN version       bigint      NOT NULL DEFAULT 0,
    ADD COLUMN reckoned      bigint      NOT NULL DEFAULT 0, -- the version for which clocks and wake_at were reckoned
    ADD COLUMN wake_at       timestamptz,
    ADD COLUMN written       integer     NOT NULL DEFAULT 0; -- entries
CREATE INDEX tickets_to_reckon ON tickets (number) WHERE reckoned <> version;
CREATE INDEX tickets_to_wake ON tickets (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX tickets_open_by_owner ON tickets (owner_kind, owner, next_at, number) WHERE state = 'open';
CREATE INDEX tickets_open_by_department ON tickets (department, next_at, number) WHERE state = 'open';
CREATE INDEX tickets_by_parent ON tickets (parent) WHERE parent IS NOT NULL;
CREATE INDEX tickets_by_merge ON tickets (merged_into) WHERE merged_into IS NOT NULL;

-- A contact of a ticket that was merged says where it came from, so that the merge can be undone.
ALTER TABLE contacts ADD COLUMN merged_from text NOT NULL DEFAULT '';
CREATE INDEX contacts_by_origin ON contacts (merged_from) WHERE merged_from <> '';

CREATE TABLE ticket_changes (
    ticket      text        NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    version     bigint      NOT NULL CHECK (version > 0),
    at          timestamptz NOT NULL, -- when it happened
    by_kind     text        NOT NULL,
    by_id       text        NOT NULL DEFAULT '',
    by_name     text        NOT NULL DEFAULT '',
    by_for      text        NOT NULL DEFAULT '',
    by_from     text        NOT NULL DEFAULT '',
    kind        text        NOT NULL CHECK (kind <> ''),
    contact     text        NOT NULL DEFAULT '',
    details     jsonb       NOT NULL,
    patch       jsonb       NOT NULL, -- {"owner": ["before", "after"], …}
    key         text        NOT NULL DEFAULT '', -- of the request that asked for it: sent again, it is done once
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ticket, version)
);
CREATE UNIQUE INDEX ticket_changes_by_key ON ticket_changes (ticket, key) WHERE key <> '';

-- +goose StatementBegin
CREATE FUNCTION history_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A line goes with its ticket, by the foreign key; and a person who is erased goes out of its texts.
    IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND current_setting('hotline.erasure', true) = 'on' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'lines of a history are not changed';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON ticket_changes FOR EACH ROW EXECUTE FUNCTION history_stays();
CREATE TRIGGER history_is_not_emptied BEFORE TRUNCATE ON ticket_changes FOR EACH STATEMENT EXECUTE FUNCTION history_stays();

-- What people write about a ticket. Added and never changed.
CREATE TABLE ticket_entries (
    ticket   text        NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    n        integer     NOT NULL,
    version  bigint      NOT NULL, -- of the ticket, with which it came
    at       timestamptz NOT NULL,
    by_kind  text        NOT NULL,
    by_id    text        NOT NULL DEFAULT '',
    by_name  text        NOT NULL DEFAULT '',
    by_for   text        NOT NULL DEFAULT '',
    by_from  text        NOT NULL DEFAULT '',
    kind     text        NOT NULL,
    internal boolean     NOT NULL,
    text     text        NOT NULL CHECK (text <> ''),
    channel  text        NOT NULL DEFAULT '',
    address  text        NOT NULL DEFAULT '',
    PRIMARY KEY (ticket, n)
);
CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON ticket_entries FOR EACH ROW EXECUTE FUNCTION history_stays();

CREATE TABLE ticket_parts (
    ticket     text        NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    n          integer     NOT NULL,
    department text        NOT NULL CHECK (department <> ''),
    owner      text        NOT NULL DEFAULT '',
    what       text        NOT NULL,
    due        timestamptz NOT NULL,
    state      text        NOT NULL CHECK (state IN ('open', 'answered', 'returned', 'withdrawn')),
    answer     text        NOT NULL DEFAULT '',
    answered_by text       NOT NULL DEFAULT '',
    given_at   timestamptz NOT NULL,
    done_at    timestamptz,
    PRIMARY KEY (ticket, n),
    CONSTRAINT an_answered_part_has_an_answer CHECK (state <> 'answered' OR answer <> '')
);
CREATE INDEX ticket_parts_open ON ticket_parts (department, due, ticket) WHERE state IN ('open', 'returned');

CREATE TABLE ticket_promises (
    ticket     text        NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    n          integer     NOT NULL,
    what       text        NOT NULL,
    told_to    text        NOT NULL DEFAULT '',
    channel    text        NOT NULL DEFAULT '',
    due        timestamptz NOT NULL,
    state      text        NOT NULL CHECK (state IN ('open', 'kept', 'broken', 'withdrawn')),
    person     text        NOT NULL DEFAULT '',
    department text        NOT NULL DEFAULT '',
    made_at    timestamptz NOT NULL,
    first_due  timestamptz NOT NULL,
    moved      integer     NOT NULL DEFAULT 0,
    told       boolean     NOT NULL DEFAULT true,
    ended_at   timestamptz,
    PRIMARY KEY (ticket, n),
    CONSTRAINT an_open_promise_has_no_end CHECK ((state = 'open') = (ended_at IS NULL))
);
CREATE INDEX ticket_promises_open ON ticket_promises (due, ticket) WHERE state = 'open';
CREATE INDEX ticket_promises_by_end ON ticket_promises (ended_at) WHERE state <> 'open';

CREATE TABLE ticket_vendors (
    ticket   text        NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    n        integer     NOT NULL,
    vendor   text        NOT NULL CHECK (vendor <> ''),
    number   text        NOT NULL DEFAULT '', -- as they count
    what     text        NOT NULL DEFAULT '',
    asked_at timestamptz NOT NULL,
    promised timestamptz,
    remind_at timestamptz,
    reminded integer     NOT NULL DEFAULT 0,
    state    text        NOT NULL CHECK (state IN ('asked', 'answered', 'withdrawn')),
    answer   text        NOT NULL DEFAULT '',
    done_at  timestamptz,
    PRIMARY KEY (ticket, n)
);
CREATE INDEX ticket_vendors_asked ON ticket_vendors (remind_at, ticket) WHERE state = 'asked';

CREATE TABLE ticket_reviews (
    ticket     text        NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    n          integer     NOT NULL,
    level      integer     NOT NULL CHECK (level > 0),
    about      text        NOT NULL DEFAULT '', -- who gave the answer that it is about
    department text        NOT NULL CHECK (department <> ''),
    reviewer   text        NOT NULL DEFAULT '',
    complaint  text        NOT NULL,
    opened_at  timestamptz NOT NULL,
    due        timestamptz NOT NULL,
    state      text        NOT NULL CHECK (state IN ('open', 'upheld', 'rejected', 'withdrawn')),
    answer     text        NOT NULL DEFAULT '',
    done_at    timestamptz,
    PRIMARY KEY (ticket, n),
    CONSTRAINT who_answered_does_not_review CHECK (reviewer = '' OR reviewer <> about)
);
CREATE INDEX ticket_reviews_open ON ticket_reviews (department, due, ticket) WHERE state = 'open';

CREATE TABLE ticket_links (
    ticket text        NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    other  text        NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    kind   text        NOT NULL CHECK (kind <> ''),
    at     timestamptz NOT NULL,
    PRIMARY KEY (ticket, other),
    CHECK (ticket <> other)
);
CREATE INDEX ticket_links_by_other ON ticket_links (other);

-- +goose Down

DROP TABLE ticket_links, ticket_reviews, ticket_vendors, ticket_promises, ticket_parts, ticket_entries, ticket_changes;
DROP FUNCTION history_stays();
ALTER TABLE contacts DROP COLUMN merged_from;
ALTER TABLE tickets
    DROP COLUMN phase, DROP COLUMN awaits, DROP COLUMN department, DROP COLUMN class, DROP COLUMN priority, DROP COLUMN language,
    DROP COLUMN district, DROP COLUMN reply_channel, DROP COLUMN reply_address, DROP COLUMN reopened, DROP COLUMN reminded,
    DROP COLUMN escalated, DROP COLUMN solved_by, DROP COLUMN solved_at, DROP COLUMN parent, DROP COLUMN merged_into, DROP COLUMN version,
    DROP COLUMN reckoned, DROP COLUMN wake_at, DROP COLUMN written;
