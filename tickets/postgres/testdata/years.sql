-- A register of five years, as years_test.go fills it: :all tickets, some four contacts for each, and a customer for each five, until :now.
-- :persons and :departments are those of the centre (see centreOf): each has as many open tickets in a small register as in a large one, as the same people have after one year and after
-- five. Each department has two topics.
-- Each section runs once, or for :from to :to of the customers or tickets. A value is drawn by dice: it depends on its row and on nothing else.

--- once: dice
CREATE SCHEMA made;
CREATE FUNCTION made.dice(n bigint, salt bigint) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT (hashint8extended(n, salt) & 4294967295)::double precision / 4294967296 $$;
CREATE FUNCTION made.pick(u double precision, VARIADIC choices text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT choices[1 + floor(u * cardinality(choices))::int] $$;
CREATE FUNCTION made.customer(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
-- Of each thousand customers fifty share the number of their company.
CREATE FUNCTION made.number(n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT CASE WHEN n % 1000 < 50 THEN '+7495' || lpad((n / 1000)::text, 7, '0') ELSE '+79' || lpad((n * 7919 % 1000000000)::text, 9, '0') END $$;

--- once: words, the most usual of which stand in each second text, and the rarest in a few
CREATE TABLE made.words AS
SELECT n, coalesce(
    (ARRAY['интернет','не','работает','после','роутер','договор','оплата','the','internet','скорость','телевидение','мастер','клиент','просит','перезвонить','счёт','router','адрес','настройка',
    'кабель','сегодня','завтра','вызов','обрыв','порт','баланс','тариф','замена','модем','пропадает','сигнал','customer','call','back','invoice','payment','slow','cable','broken','technician'])[n],
    CASE WHEN n % 5 = 0
        THEN made.pick(made.dice(n, 11), 'ba','de','ri','to','nu','la','me','si','ko','vu') || made.pick(made.dice(n, 12), 'ran','mel','tis','kon','pur','lad','ves','dor') || made.pick(made.dice(n, 13), 'ing','ed','er','ion','al') || n / 1000
        ELSE made.pick(made.dice(n, 11), 'ба','де','ри','то','ну','ла','ме','си','ко','ву') || made.pick(made.dice(n, 12), 'ран','мел','тис','кон','пур','лад','вес','дор') || made.pick(made.dice(n, 13), 'ение','ный','овать','ка','ость') || n / 1000 END) AS word
FROM generate_series(1, 20000) n;
CREATE UNIQUE INDEX ON made.words (n);
ANALYZE made.words;
CREATE TABLE made.texts AS
SELECT t.n, (SELECT string_agg(w.word, ' ' ORDER BY k) FROM generate_series(1, 8) k JOIN made.words w ON w.n = floor(exp(made.dice(t.n * 16 + k, 14) * ln(20000)))::int) AS long,
    (SELECT string_agg(w.word, ' ' ORDER BY k) FROM generate_series(9, 11) k JOIN made.words w ON w.n = floor(exp(made.dice(t.n * 16 + k, 14) * ln(20000)))::int) AS short
FROM (SELECT generate_series(0, 9999)::bigint AS n) AS t;
ALTER TABLE made.texts ADD COLUMN long_words tsvector, ADD COLUMN short_words tsvector;
UPDATE made.texts SET long_words = ticket_words(long), short_words = ticket_words(short);
CREATE UNIQUE INDEX ON made.texts (n);
CREATE AGGREGATE made.all_words (tsvector) (sfunc = tsvector_concat, stype = tsvector, initcond = '');
ANALYZE made.texts;

--- customers: who they are: each tenth a caller whom nobody has named, each tenth a company
INSERT INTO customers (id, name, contract, address, addresses, provisional, external_id, created_at)
SELECT made.customer(n),
    CASE WHEN n % 10 = 9 THEN ''
    WHEN n % 10 = 5 THEN made.pick(made.dice(n, 21), 'ООО «Ромашка', 'ООО «Вектор', 'АО «Север', 'Acme', 'Globex', 'Initech') || ' ' || n || CASE WHEN made.dice(n, 21) < 0.5 THEN '»' ELSE ' Ltd' END
    ELSE made.pick(power(made.dice(n, 22), 2), 'Иванов','Смирнов','Кузнецов','Попов','Васильев','Петров','Соколов','Михайлов','Новиков','Фёдоров','Морозов','Волков','Алексеев','Лебедев','Семёнов','Егоров',
            'Павлов','Козлов','Степанов','Николаев','Орлов','Андреев','Smith','Johnson','Miller') || CASE WHEN n % 7 = 0 THEN chr(1072 + (n % 30)::int) || chr(1072 + (n / 30 % 30)::int) || chr(1072 + (n / 900 % 30)::int) ELSE '' END || ' ' ||
        made.pick(power(made.dice(n, 23), 2), 'Иван','Пётр','Анна','Мария','Елена','Ольга','Сергей','Дмитрий','Алексей','Андрей','John','Юлия') || ' ' ||
        made.pick(made.dice(n, 24), 'Иванович','Петрович','Сергеевич','Андреевна','Дмитриевна') END,
    CASE WHEN n % 10 = 9 THEN '' ELSE 'К-' || n END, a, ARRAY[a], n % 10 = 9, CASE WHEN n % 2 = 0 THEN 'crm-' || n ELSE '' END, :now - interval '5 years'
FROM (SELECT n, 'г. ' || made.pick(made.dice(n, 25), 'Москва', 'Казань', 'Тула') || ', ул. ' || made.pick(made.dice(n, 26), 'Ленина', 'Мира', 'Садовая', 'Гагарина') || ', д. ' || n % 120 || ', кв. ' || n % 300 AS a
    FROM generate_series(:from, :to) n) AS all_of_them;
INSERT INTO customer_numbers SELECT made.number(n), made.customer(n) FROM generate_series(:from, :to) n;
INSERT INTO customer_numbers SELECT '+78' || lpad(n::text, 9, '0'), made.customer(n) FROM generate_series(:from, :to) n WHERE n % 5 = 0;
INSERT INTO customer_contracts (number, customer_id, agreement, ends_on)
SELECT 'К-' || n, made.customer(n), made.pick(made.dice(n, 27), 'standard', 'standard', 'gold'), (:now + (made.dice(n, 28) * 1000 - 100) * interval '1 day')::date
FROM generate_series(:from, :to) n WHERE n % 10 <> 9;
INSERT INTO customer_changes (customer_id, version, at, by_kind, by_id, kind, patch)
SELECT id, 1, created_at, 'rule', 'import', 'created', jsonb_build_object('name', ARRAY['', name]) FROM customers WHERE id BETWEEN made.customer(:from) AND made.customer(:to);
INSERT INTO customer_words SELECT w.* FROM customer_words_of(ARRAY (SELECT made.customer(n) FROM generate_series(:from, :to) n)) w;

--- once: vocabulary
INSERT INTO customer_vocabulary SELECT DISTINCT word FROM customer_words WHERE length(word) >= 4 AND translate(word, '0123456789~@', '') = word;

--- tickets: few customers have very many, one in a hundred is open, the others confirmed, withdrawn or merged
INSERT INTO tickets (number, customer_id, subject, topic, state, owner_kind, owner, next_at, next_step, closed_at, disposition, opened_at, activity_at, opened_by, phase, awaits, department,
    class, priority, language, reopened, solved_by, solved_at, parent, merged_into, version, reckoned, wake_at, worked, written)
SELECT (10000000 + i)::text, CASE WHEN made.dice(i, 31) < 0.95 THEN made.customer(1 + floor(customers * power(made.dice(i, 32), 3))::bigint * 7919 % customers) END,
    x.short || CASE WHEN i % 10 = 0 THEN ' SN' || i ELSE '' END, 'topic' || topic, CASE WHEN o THEN 'open' ELSE 'closed' END,
    CASE WHEN NOT o THEN NULL WHEN persons THEN 'person' ELSE 'department' END, CASE WHEN NOT o THEN NULL WHEN persons THEN 'p' || person ELSE 'd' || topic % :departments END,
    CASE WHEN o THEN next_at END, CASE WHEN NOT o THEN NULL WHEN made.dice(i, 36) < 0.05 THEN 'call_back' ELSE 'follow_up' END, CASE WHEN NOT o THEN moved_at END, CASE WHEN NOT o THEN 'resolved' ELSE '' END,
    opened_at, moved_at, (10000000 + i) || '.0000', CASE WHEN NOT o THEN 'closed' ELSE phase END, CASE WHEN o AND phase = 'waiting' THEN made.pick(made.dice(i, 38), 'customer', 'vendor', 'date') ELSE '' END,
    'd' || topic % :departments, CASE WHEN made.dice(i, 39) < 0.02 THEN 'complaint' ELSE made.pick(made.dice(i, 40), 'information', 'personal', 'claim', 'outage') END, 1 + floor(made.dice(i, 41) * 4)::int,
    CASE WHEN made.dice(i, 42) < 0.8 THEN 'ru' ELSE 'en' END, CASE WHEN made.dice(i, 43) < 0.05 THEN 1 ELSE 0 END, CASE WHEN NOT o THEN 'p' || person ELSE '' END, CASE WHEN NOT o THEN moved_at END,
    CASE WHEN i > 1000 AND made.dice(i, 44) < 0.002 THEN (10000000 + i / 1000 * 1000)::text END, CASE WHEN NOT o AND i % 100 = 7 THEN (10000000 + i - 1)::text END, 3, 3, CASE WHEN o THEN next_at END, true,
    CASE WHEN made.dice(i, 51) < 0.3 THEN 1 ELSE 0 END
FROM (SELECT i, :all / 5 AS customers, floor(2 * :departments * power(made.dice(i, 33), 2))::int AS topic, made.dice(i, 34) < CASE WHEN i > :all * 0.9 THEN 0.08 ELSE 0.002 END AS o, made.dice(i, 35) < 0.5 AS persons,
        floor(:persons * made.dice(i, 37))::int AS person, made.pick(made.dice(i, 45), 'new', 'open', 'in_work', 'in_work', 'in_work', 'in_work', 'in_work', 'waiting', 'waiting', 'solved') AS phase,
        :now - (:all - i) * interval '5 years' / :all AS opened_at, :now + (made.dice(i, 46) * 13 - 3) * interval '1 day' AS next_at,
        least(:now, :now - (:all - i) * interval '5 years' / :all + made.dice(i, 47) * interval '10 days') AS moved_at, floor(10000 * made.dice(i, 48))::bigint AS text
    FROM generate_series(:from, :to) i) AS t JOIN made.texts x ON x.n = t.text
ORDER BY i;
INSERT INTO merged_numbers (number, ticket) SELECT number, merged_into FROM tickets WHERE number BETWEEN (10000000 + :from)::text AND (10000000 + :to)::text AND merged_into IS NOT NULL;

--- tickets: contacts: one for most, and thousands for a few
INSERT INTO contacts (id, ticket, linked, customer_id, caller, raw_caller, dialled, topic, language, path, queue, agent_id, agent_name, offers, arrived_at, queued_at, answered_at, ended_at, wrapped_up_at,
    outcome, disposition, note)
SELECT number || '.' || lpad(j::text, 4, '0'), number, CASE j WHEN 0 THEN 'new' ELSE 'customer' END, customer_id, caller, caller, '+78005550100', topic, language,
    '[{"ru": "Интернет", "en": "Internet"}]', 'q' || substr(department, 2),
    CASE WHEN served THEN 'p' || person ELSE '' END, CASE WHEN served THEN 'Agent ' || person ELSE '' END, 1, at, at + interval '20 s', CASE WHEN served THEN at + interval '50 s' END, at + interval '4 min',
    CASE WHEN served THEN at + interval '5 min' END, CASE WHEN served THEN 'served' ELSE 'abandoned_in_queue' END, CASE WHEN served THEN 'resolved' ELSE '' END, CASE WHEN noted THEN x.long ELSE '' END
FROM (SELECT t.*, j, CASE WHEN made.dice(i * 64 + j, 52) < 0.9 THEN coalesce(made.number(right(customer_id::text, 12)::bigint), '+77' || lpad((i * 104729 % 1000000000)::text, 9, '0')) ELSE '' END AS caller,
        made.dice(i * 64 + j, 53) < 0.85 AS served, made.dice(i * 64 + j, 54) < 0.4 AS noted, floor(:persons * made.dice(i * 64 + j, 55))::int AS person,
        least(opened_at + j * (activity_at - opened_at) / 24, :now - interval '5 min') AS at, floor(10000 * made.dice(i * 64 + j, 56))::bigint AS text
    FROM (SELECT *, number::bigint - 10000000 AS i FROM tickets WHERE number BETWEEN (10000000 + :from)::text AND (10000000 + :to)::text) AS t,
        generate_series(0, CASE WHEN i % 100000 = 5 THEN 2000 WHEN made.dice(i, 57) < 0.4 THEN 1 WHEN made.dice(i, 57) < 0.65 THEN 2 WHEN made.dice(i, 57) < 0.85 THEN 4 WHEN made.dice(i, 57) < 0.95 THEN 10 ELSE 24 END - 1) j) AS c
JOIN made.texts x ON x.n = c.text
ORDER BY number, j;

--- tickets: what was written about them
INSERT INTO ticket_entries (ticket, n, version, at, by_kind, by_id, by_name, kind, internal, text)
SELECT number, 1, 2, activity_at, 'person', 'p1', 'Agent 1', 'note', true, x.long
FROM tickets JOIN made.texts x ON x.n = number::bigint * 31 % 10000 WHERE number BETWEEN (10000000 + :from)::text AND (10000000 + :to)::text AND written > 0;
INSERT INTO ticket_texts (ticket, words)
SELECT t.number, CASE WHEN i % 10 = 0 THEN ticket_words(' SN' || i) ELSE '' END || x.short_words || coalesce(e.long_words, '') || coalesce(c.words, '')
    || array_to_tsvector(ticket_marks(t.opened_at, t.state, t.department))
FROM (SELECT *, number::bigint - 10000000 AS i FROM tickets WHERE number BETWEEN (10000000 + :from)::text AND (10000000 + :to)::text) AS t
JOIN made.texts x ON x.n = floor(10000 * made.dice(i, 48))::bigint
LEFT JOIN made.texts e ON t.written > 0 AND e.n = t.number::bigint * 31 % 10000
LEFT JOIN (SELECT k.ticket, made.all_words(y.long_words) AS words
    FROM contacts k JOIN made.texts y ON y.n = floor(10000 * made.dice((substr(k.id, 1, 8)::bigint - 10000000) * 64 + substr(k.id, 10)::bigint, 56))::bigint
    WHERE k.id BETWEEN (10000000 + :from)::text AND (10000001 + :to)::text AND k.note <> '' GROUP BY k.ticket) AS c ON c.ticket = t.number
ORDER BY t.number;
INSERT INTO ticket_open_texts (ticket, words)
SELECT x.ticket, x.words FROM ticket_texts x JOIN tickets t ON t.number = x.ticket WHERE t.state = 'open' AND x.ticket BETWEEN (10000000 + :from)::text AND (10000000 + :to)::text;
INSERT INTO ticket_changes (ticket, version, at, by_kind, by_id, by_name, kind, contact, details, patch)
SELECT number, v, CASE v WHEN 1 THEN opened_at ELSE activity_at END, CASE v WHEN 1 THEN 'call' ELSE 'person' END, CASE v WHEN 1 THEN '' ELSE 'p1' END, CASE v WHEN 1 THEN '' ELSE 'Agent 1' END,
    CASE v WHEN 1 THEN 'call.arrived' WHEN 2 THEN 'take' ELSE 'confirm' END, CASE v WHEN 1 THEN opened_by ELSE '' END, '{}',
    CASE v WHEN 1 THEN jsonb_build_object('phase', '["", "new"]'::jsonb, 'owner', jsonb_build_array('', 'department:' || department), 'opened_at', jsonb_build_array('', opened_at))
    WHEN 2 THEN '{"phase": ["new", "in_work"], "owner": ["department:d1", "person:p1"]}' ELSE '{"phase": ["in_work", "closed"], "disposition": ["", "resolved"]}' END
FROM tickets, generate_series(1, 3) v WHERE number BETWEEN (10000000 + :from)::text AND (10000000 + :to)::text ORDER BY number, v;

--- tickets: parts, promises, complaints, vendors, links, clocks
INSERT INTO ticket_parts (ticket, n, department, owner, what, due, state, answer, given_at, done_at)
SELECT number, 1, 'd' || floor(:departments * u)::int, CASE WHEN i % 3 = 0 THEN 'p' || i % :persons ELSE '' END, 'measure the line', coalesce(next_at, activity_at),
    CASE WHEN state = 'closed' THEN 'answered' WHEN i % 5 = 0 THEN 'returned' ELSE 'open' END, CASE WHEN state = 'closed' THEN 'measured' ELSE '' END, opened_at, CASE WHEN state = 'closed' THEN activity_at END
FROM (SELECT *, number::bigint - 10000000 AS i, made.dice(number::bigint, 61) AS u FROM tickets WHERE number BETWEEN (10000000 + :from)::text AND (10000000 + :to)::text) AS t
WHERE made.dice(i, 62) < CASE WHEN state = 'open' THEN 0.3 ELSE 0.05 END;
INSERT INTO ticket_promises (ticket, n, what, told_to, due, state, person, department, made_at, first_due, ended_at)
SELECT number, 1, 'the technician comes', 'the customer', coalesce(next_at, activity_at), CASE WHEN state = 'open' THEN 'open' WHEN i % 9 = 0 THEN 'broken' ELSE 'kept' END, 'p' || i % :persons, department,
    opened_at, coalesce(next_at, activity_at), CASE WHEN state = 'closed' THEN activity_at END
FROM (SELECT *, number::bigint - 10000000 AS i FROM tickets WHERE number BETWEEN (10000000 + :from)::text AND (10000000 + :to)::text) AS t
WHERE made.dice(i, 63) < CASE WHEN state = 'open' THEN 0.3 ELSE 0.1 END;
INSERT INTO ticket_reviews (ticket, n, level, about, department, reviewer, complaint, opened_at, due, state, answer, done_at)
SELECT number, 1, 1, 'p1', 'd' || i % :departments, 'p' || 2 + i % (:persons * 4 / 5), 'the answer is wrong', activity_at, activity_at + interval '3 days', CASE WHEN state = 'open' THEN 'open' ELSE 'upheld' END,
    CASE WHEN state = 'open' THEN '' ELSE 'it was' END, CASE WHEN state = 'closed' THEN activity_at END
FROM (SELECT *, number::bigint - 10000000 AS i FROM tickets WHERE number BETWEEN (10000000 + :from)::text AND (10000000 + :to)::text) AS t
WHERE made.dice(i, 64) < CASE WHEN state = 'open' THEN 0.05 ELSE 0.005 END;
INSERT INTO ticket_vendors (ticket, n, vendor, number, asked_at, promised, remind_at, state, done_at)
SELECT number, 1, 'optics', 'V-' || number, opened_at, next_at, next_at, CASE WHEN state = 'open' THEN 'asked' ELSE 'answered' END, CASE WHEN state = 'closed' THEN activity_at END
FROM tickets WHERE number BETWEEN (10000000 + :from)::text AND (10000000 + :to)::text AND made.dice(number::bigint, 65) < 0.01;
INSERT INTO ticket_links (ticket, other, kind, at)
SELECT number, (number::bigint - 1)::text, 'related', activity_at FROM tickets WHERE number BETWEEN (10000001 + :from)::text AND (10000000 + :to)::text AND made.dice(number::bigint, 66) < 0.005;
INSERT INTO ticket_files (id, ticket, name, type, size, sha256, place, by, at, internal)
SELECT ('00000000-0000-4000-9000-' || lpad(number, 12, '0'))::uuid, number, 'photo.jpg', 'image/jpeg', 1000, sha256(number::bytea), 'disk', 'p1', activity_at, false
FROM tickets WHERE number BETWEEN (10000000 + :from)::text AND (10000000 + :to)::text AND made.dice(number::bigint, 67) < 0.02;
-- All open ones have clocks, and one in five of the others.
INSERT INTO ticket_clocks (ticket, n, kind, cycle, allowed, used, started, ended, due, warn_at, broken, clock)
SELECT number, n, CASE n WHEN 1 THEN 'reaction' ELSE 'resolution' END, 1, n * interval '8 h', interval '3 h', opened_at, CASE WHEN n = 1 OR state = 'closed' THEN activity_at END,
    coalesce(next_at, activity_at), coalesce(next_at, activity_at) - interval '1 h', number::bigint % 12 = 0,
    '{"kind": "resolution", "cycle": 1, "agreement": "standard", "allowed": 28800000000000, "used": 10800000000000, "started": "2026-01-01T00:00:00Z", "due": "2026-01-02T00:00:00Z"}'
FROM tickets, generate_series(1, 2) n WHERE number BETWEEN (10000000 + :from)::text AND (10000000 + :to)::text AND (state = 'open' OR made.dice(number::bigint, 68) < 0.2);
INSERT INTO ticket_spells (ticket, n, party, department, from_at, to_at)
SELECT number, n, CASE n WHEN 1 THEN 'first_line' ELSE 'department' END, CASE n WHEN 1 THEN '' ELSE department END, CASE n WHEN 1 THEN opened_at ELSE opened_at + interval '1 h' END,
    CASE WHEN n = 1 THEN opened_at + interval '1 h' WHEN state = 'closed' THEN greatest(activity_at, opened_at + interval '2 h') END
FROM tickets, generate_series(1, 2) n WHERE number BETWEEN (10000000 + :from)::text AND (10000000 + :to)::text AND (state = 'open' OR made.dice(number::bigint, 68) < 0.2);

--- once: what their rows say of these
SELECT renew_what_is_open(ARRAY (SELECT number FROM tickets WHERE state = 'open'));

--- once: what is not kept for long
INSERT INTO ticket_notices (ticket, kind, person, department, at, seen_at)
SELECT number, 'assigned', CASE WHEN owner_kind = 'person' THEN owner ELSE '' END, CASE WHEN owner_kind = 'person' THEN '' ELSE owner END, activity_at, CASE WHEN made.dice(number::bigint, 71) < 0.8 THEN :now END
FROM tickets WHERE state = 'open' ORDER BY activity_at;
INSERT INTO facts (contact_id, kind, n, at, own_number, event, applied_at)
SELECT id, k.kind, k.n, arrived_at, ticket, k.event, arrived_at
FROM contacts, (VALUES ('call.arrived', 0, '{"from": "+79000000001", "to": "+78005550100"}'::jsonb), ('call.routed', 1, '{"topic": "topic1"}'), ('call.queued', 1, '{"queue": "q1"}'),
    ('call.answered', 1, '{"agent": {"id": "p1"}}'), ('call.ended', 0, '{"outcome": "served"}')) AS k (kind, n, event)
WHERE ticket > (10000000 + :all * 0.99)::bigint::text ORDER BY arrived_at;
INSERT INTO audit (at, who, did, subject)
SELECT activity_at, 'p' || number::bigint % :persons, 'looked at a ticket', number FROM tickets WHERE number > (10000000 + :all * 0.95)::bigint::text ORDER BY activity_at;
