-- What is found by its number first (by a part, a promise, a review, or its words) is looked up among the open tickets alone, and answered there. The complaints among all tickets
-- have an index of their own, for they are few. In how many tickets the words of a search stand is what the planner expects, who has it from the statistics, where each search had
-- asked two thousand tickets. Written by no room: the room tickets/postgres owns the tables. A running Hotline of before goes on.
-- Each index is made beside the work that goes on, and nobody waits for it; a run that broke off is run again.

-- +goose NO TRANSACTION
-- +goose Up

SET lock_timeout = 0; -- an index that is made beside the work waits, and nobody for it
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_by_number;
CREATE INDEX CONCURRENTLY tickets_open_by_number ON tickets (number) INCLUDE (next_at, opened_at, activity_at, department, owner_kind, owner, topic, class, phase) WHERE state = 'open';
DROP INDEX CONCURRENTLY IF EXISTS tickets_complaints;
CREATE INDEX CONCURRENTLY tickets_complaints ON tickets (opened_at, number) INCLUDE (department, topic) WHERE class = 'complaint';
DROP INDEX CONCURRENTLY IF EXISTS ticket_parts_by_department; -- the latest parts of a department are asked for, by ticket_parts_by_gift
RESET lock_timeout;

-- In how many tickets the words of a query stand: in 'many', more than one of ten; in a 'few', no more than a thousand; or in 'some'. Words that the statistics do not know are rare,
-- and are counted as far as it matters. In a function that only reads nobody may ask what the planner expects.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION ticket_words_stand_in(query tsquery) RETURNS text LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
DECLARE
    all_of_them double precision;
    plan json;
    there double precision;
BEGIN
    SELECT greatest(reltuples, pg_relation_size(oid) / 500, 1) INTO all_of_them FROM pg_class WHERE oid = 'ticket_texts'::regclass; -- a table just restored has not been counted
    EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM ticket_texts WHERE words @@ %L::tsquery', query) INTO plan;
    there := (plan #>> '{0,Plan,Plan Rows}')::double precision;
    IF there > all_of_them / 10 THEN
        RETURN 'many';
    ELSIF there > 5000 THEN
        RETURN 'some';
    END IF;
    SELECT count(*) INTO there FROM (SELECT FROM ticket_texts WHERE words @@ query LIMIT 1001) AS found;
    RETURN CASE WHEN there > 1000 THEN 'some' ELSE 'few' END;
END
$$;
-- +goose StatementEnd

-- +goose Down

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION ticket_words_stand_in(query tsquery) RETURNS text LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
DECLARE
    n double precision;
    asked double precision;
    there bigint;
BEGIN
    SELECT greatest(reltuples, pg_relation_size(oid) / 500, 1) INTO n FROM pg_class WHERE oid = 'ticket_texts'::regclass;
    asked := least(n, 2000);
    SELECT count(*) INTO there FROM ticket_texts TABLESAMPLE SYSTEM (100 * asked / n) REPEATABLE (1) WHERE words @@ query;
    IF there > asked / 10 THEN
        RETURN 'many';
    ELSIF there >= 5 AND there * n / asked > 5000 THEN
        RETURN 'some';
    END IF;
    SELECT count(*) INTO there FROM (SELECT FROM ticket_texts WHERE words @@ query LIMIT 1001) AS found;
    RETURN CASE WHEN there > 1000 THEN 'some' ELSE 'few' END;
END
$$;
-- +goose StatementEnd
DROP INDEX CONCURRENTLY IF EXISTS ticket_parts_by_department;
CREATE INDEX CONCURRENTLY ticket_parts_by_department ON ticket_parts (department, ticket);
DROP INDEX CONCURRENTLY IF EXISTS tickets_complaints;
DROP INDEX CONCURRENTLY IF EXISTS tickets_open_by_number;
