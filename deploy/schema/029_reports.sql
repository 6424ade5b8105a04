-- What reports over tickets read: each has a way to the rows of its time. The room tickets/postgres owns these tables. A running Hotline of before
-- goes on.

-- +goose Up

CREATE INDEX tickets_by_closing ON tickets (closed_at) WHERE state = 'closed';
CREATE INDEX tickets_by_answer ON tickets (solved_at) WHERE solved_at IS NOT NULL;
-- Closed tickets that were opened again: few.
CREATE INDEX ticket_changes_reopening ON ticket_changes (at) WHERE patch ? 'closed' AND patch -> 'closed' ->> 1 = '';
CREATE INDEX ticket_clocks_broken ON ticket_clocks (due) WHERE broken;
-- A time overlaps the spells that begin in it or not long before it, those that last, and those few that are long.
CREATE INDEX ticket_spells_by_begin ON ticket_spells (from_at);
CREATE INDEX ticket_spells_lasting ON ticket_spells (from_at) WHERE to_at IS NULL;
CREATE INDEX ticket_spells_long ON ticket_spells (to_at) WHERE to_at - from_at > interval '60 days';

-- +goose Down

DROP INDEX ticket_spells_long, ticket_spells_lasting, ticket_spells_by_begin, ticket_clocks_broken, ticket_changes_reopening, tickets_by_answer, tickets_by_closing;
