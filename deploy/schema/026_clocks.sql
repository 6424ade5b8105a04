-- Clocks of tickets, whose time passed, and who is told what. The room tickets/postgres owns these tables; tickets/watch has them written. A running
-- Hotline of before goes on: it reckons nothing, and the next one reckons what has changed meanwhile.

-- +goose Up

-- reckoned may be negative: -1 - version is "reckoned for that version, and to be reckoned anew under other terms".
ALTER TABLE tickets ADD COLUMN told jsonb NOT NULL DEFAULT '{}'; -- {"part.2": the date of which people were told, …}

-- The clocks of a ticket as they were reckoned last. clock is the whole of it (tickets/clock.Clock); the columns are for lists and reports.
CREATE TABLE ticket_clocks (
    ticket      text        NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    n           integer     NOT NULL,             -- 1, 2 … in the order of their starts
    kind        text        NOT NULL CHECK (kind IN ('reaction', 'resolution', 'department')),
    cycle       integer     NOT NULL,             -- 1, and one more for each reopening
    department  text        NOT NULL DEFAULT '',  -- of kind department
    agreement   text        NOT NULL DEFAULT '',
    allowed     interval    NOT NULL,             -- working time
    used        interval    NOT NULL,             -- as of the last reckoning; of one that has ended, for good
    started     timestamptz NOT NULL,
    ended       timestamptz,                      -- null while it lasts
    due         timestamptz,                      -- null while it stands still, and where nobody can say
    warn_at     timestamptz,
    escalate_at timestamptz,
    broken      boolean     NOT NULL,
    paused_by   text        NOT NULL DEFAULT '',  -- customer, vendor, scheduled …; '' while it runs
    clock       jsonb       NOT NULL,
    PRIMARY KEY (ticket, n)
);
CREATE INDEX ticket_clocks_running ON ticket_clocks (due, ticket) WHERE ended IS NULL;
CREATE INDEX ticket_clocks_by_end ON ticket_clocks (ended) WHERE ended IS NOT NULL;

-- Whose time it was: without gaps but those in which the ticket was closed.
CREATE TABLE ticket_spells (
    ticket     text        NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    n          integer     NOT NULL,
    party      text        NOT NULL CHECK (party IN ('customer', 'first_line', 'department', 'vendor', 'scheduled')),
    department text        NOT NULL DEFAULT '',
    person     text        NOT NULL DEFAULT '',
    from_at    timestamptz NOT NULL,
    to_at      timestamptz,                       -- null while it lasts
    PRIMARY KEY (ticket, n),
    CHECK (to_at > from_at)
);

CREATE TABLE ticket_notices (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket     text        NOT NULL REFERENCES tickets (number) ON DELETE CASCADE,
    kind       text        NOT NULL CHECK (kind <> ''),
    person     text        NOT NULL DEFAULT '',
    department text        NOT NULL DEFAULT '',
    about      text        NOT NULL DEFAULT '',
    due        timestamptz,
    at         timestamptz NOT NULL,
    seen_at    timestamptz,
    seen_by    text        NOT NULL DEFAULT '',
    CONSTRAINT a_notice_is_for_a_person_or_a_department CHECK ((person = '') <> (department = ''))
);
CREATE INDEX ticket_notices_of_people ON ticket_notices (person, id) WHERE person <> '';
CREATE INDEX ticket_notices_of_departments ON ticket_notices (department, id) WHERE department <> '';
CREATE INDEX ticket_notices_by_ticket ON ticket_notices (ticket);
CREATE INDEX ticket_notices_by_age ON ticket_notices (at);

-- The terms under which all open tickets were reckoned last, as a hash.
CREATE TABLE reckoned_under (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    terms text    NOT NULL
);

-- +goose Down

DROP TABLE reckoned_under, ticket_notices, ticket_spells, ticket_clocks;
ALTER TABLE tickets DROP COLUMN told;
