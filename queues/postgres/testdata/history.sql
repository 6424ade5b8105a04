-- Figures of 40 queues and 20 skills all around the clock, and of 400 agents who work eight hours on five days of seven, between two times: the same from the same seed.
CREATE OR REPLACE FUNCTION dice(x bigint, salt bigint) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT (hashint8extended(x, salt) & 1023)::int';
DROP INDEX figures_by_quarter;
SET synchronous_commit = off;
INSERT INTO figures (kind, subject, quarter, run, offered, answered, in_target, abandoned, short_abandoned, overflowed, called_back, not_reached, called_in, withdrawn, missed, declined, revoked, failed,
    waited_ms, longest_ms, handled, talk_ms, hold_ms, wrap_up_ms, ready_ms, busy_ms)
SELECT kind, subject, quarter, 'seed', n, n * 9 / 10, n * 8 / 10, n / 10, n / 30, n / 20, n / 40, 0, 0, 0, n / 15, n / 30, n / 50, 0, n * 11000, 20000 + n * 1500, n * 9 / 10, n * 170000, n * 12000, n * 30000, 900000, n * 210000
FROM (SELECT 'queue' AS kind, 'q' || lpad(i::text, 2, '0') AS subject, quarter, 3 + dice(extract(epoch FROM quarter)::bigint / 900 * 64 + i, :seed) / 40 AS n
    FROM generate_series(0, 39) i, generate_series(:from, :to, interval '15 minutes') quarter) AS made
UNION ALL
SELECT 'skill', 's' || lpad(i::text, 2, '0'), quarter, 'seed', 9, 8, 7, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 90000, 40000, 8, 1500000, 90000, 240000, 1800000, 1900000
FROM generate_series(0, 19) i, generate_series(:from, :to, interval '15 minutes') quarter
UNION ALL
SELECT 'agent', 'a' || lpad(i::text, 3, '0'), quarter, 'seed', 4, 3, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 30000, 25000, 3, 500000, 30000, 90000, 200000, 620000
FROM generate_series(0, 399) i, generate_series(:from, :to, interval '15 minutes') quarter
WHERE (extract(epoch FROM quarter)::bigint / 86400 + i) % 7 < 5 AND extract(hour FROM quarter) BETWEEN 6 + i % 3 * 4 AND 13 + i % 3 * 4;
INSERT INTO figures_not_ready (agent, quarter, run, reason, not_ready_ms, overdue_ms)
SELECT subject, quarter, run, 'break', 80000, 0 FROM figures WHERE kind = 'agent' AND extract(minute FROM quarter) = 0;
CREATE INDEX figures_by_quarter ON figures (quarter, kind);
RESET synchronous_commit;
VACUUM ANALYZE figures, figures_not_ready;
