-- What the lists of a department, and a search for words, need in a register of five years. Written by no room: the room tickets/postgres owns the tables. A running
-- Hotline of before goes on.
-- Each index is made beside the work that goes on, and nobody waits for it; a run that broke off is run again.

-- +goose NO TRANSACTION
-- +goose Up

SET lock_timeout = 0; -- an index that is made beside the work waits, and nobody for it
-- The open tickets of a department that wait, are solved, are to be called back, or complain: without it all that wait were read for each department.
DROP INDEX CONCURRENTLY IF EXISTS tickets_waiting_of_department;
CREATE INDEX CONCURRENTLY tickets_waiting_of_department ON tickets (department, next_at, number) INCLUDE (awaits) WHERE state = 'open' AND phase = 'waiting';
DROP INDEX CONCURRENTLY IF EXISTS tickets_solved_of_department;
CREATE INDEX CONCURRENTLY tickets_solved_of_department ON tickets (department, next_at, number) WHERE state = 'open' AND phase = 'solved';
DROP INDEX CONCURRENTLY IF EXISTS tickets_to_call_back_of_department;
CREATE INDEX CONCURRENTLY tickets_to_call_back_of_department ON tickets (department, next_at, number) WHERE state = 'open' AND next_step = 'call_back';
DROP INDEX CONCURRENTLY IF EXISTS tickets_complaining_of_department;
CREATE INDEX CONCURRENTLY tickets_complaining_of_department ON tickets (department, next_at, number) WHERE state = 'open' AND class = 'complaint';
-- The tickets of a department on a topic, of which it may have none.
DROP INDEX CONCURRENTLY IF EXISTS tickets_by_department_and_topic;
CREATE INDEX CONCURRENTLY tickets_by_department_and_topic ON tickets (department, topic, opened_at, number) WHERE department <> '' AND topic <> '';
-- The latest parts of a department.
DROP INDEX CONCURRENTLY IF EXISTS ticket_parts_by_gift;
CREATE INDEX CONCURRENTLY ticket_parts_by_gift ON ticket_parts (department, given_at);
-- Whether somebody has spoken with whom a ticket is of, which may have thousands of contacts.
DROP INDEX CONCURRENTLY IF EXISTS contacts_of_ticket_and_agent;
CREATE INDEX CONCURRENTLY contacts_of_ticket_and_agent ON contacts (ticket, agent_id) WHERE agent_id <> '';
RESET lock_timeout;

-- In how many tickets the words of a query stand: in 'many', where going through the tickets in order soon gives a page; in a 'few', no more than a thousand; or in 'some'.
-- Some three thousand tickets are asked, always the same ones. A ticket that is gone through costs a third of one that is gathered, and a page has fifty: both cost the same
-- where one of sqrt(n / 17) tickets has the words.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION ticket_words_stand_in(query tsquery) RETURNS text LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
DECLARE
    n double precision;
    asked double precision;
    there bigint;
BEGIN
    SELECT greatest(reltuples, pg_relation_size(oid) / 500, 1) INTO n FROM pg_class WHERE oid = 'ticket_texts'::regclass; -- a table just restored has not been counted
    asked := least(n, 3000);
    SELECT count(*) INTO there FROM ticket_texts TABLESAMPLE SYSTEM (100 * asked / n) REPEATABLE (1) WHERE words @@ query;
    IF there > asked / sqrt(n / 17) THEN
        RETURN 'many';
    END IF;
    SELECT count(*) INTO there FROM (SELECT FROM ticket_texts WHERE words @@ query LIMIT 1001) AS found;
    RETURN CASE WHEN there > 1000 THEN 'some' ELSE 'few' END;
END
$$;
-- +goose StatementEnd

-- +goose Down

DROP FUNCTION IF EXISTS ticket_words_stand_in(tsquery);
DROP INDEX CONCURRENTLY IF EXISTS contacts_of_ticket_and_agent;
DROP INDEX CONCURRENTLY IF EXISTS ticket_parts_by_gift;
DROP INDEX CONCURRENTLY IF EXISTS tickets_by_department_and_topic;
DROP INDEX CONCURRENTLY IF EXISTS tickets_complaining_of_department;
DROP INDEX CONCURRENTLY IF EXISTS tickets_to_call_back_of_department;
DROP INDEX CONCURRENTLY IF EXISTS tickets_solved_of_department;
DROP INDEX CONCURRENTLY IF EXISTS tickets_waiting_of_department;
