-- Customers with all that is theirs: several contracts, mails and addresses, who changed what, doubles that were merged, and the words by which
-- they are found. The room tickets/postgres owns these tables. A running Hotline of before goes on: what it writes into customers and
-- customer_numbers is completed by triggers, and the columns contract and address go on to hold the first contract and the first address.
--
-- This writes each customer once, and some ten words for each: some two minutes for a million. Calls are served meanwhile, as in an outage of
-- the database.

-- +goose Up

-- Typing errors are found by trigrams. The extension is part of PostgreSQL's contrib modules, and one that the owner of a database may create.
-- +goose StatementBegin
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION
    WHEN undefined_file OR feature_not_supported THEN
        RAISE EXCEPTION 'PostgreSQL lacks the extension pg_trgm: install its contrib modules (package postgresql-contrib where they are apart), then migrate again';
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'Hotline may not create the extension pg_trgm: let the owner of the database or a superuser run CREATE EXTENSION pg_trgm in it, then migrate again';
END
$$;
-- +goose StatementEnd

ALTER TABLE customers
    ADD COLUMN mails       text[]  NOT NULL DEFAULT '{}',
    ADD COLUMN addresses   text[]  NOT NULL DEFAULT '{}', -- all of them; address is the first
    ADD COLUMN external_id text    NOT NULL DEFAULT '',   -- theirs in another system
    ADD COLUMN version     bigint  NOT NULL DEFAULT 1,    -- counts their changes
    ADD COLUMN merged_into uuid    REFERENCES customers ON DELETE CASCADE,
    ADD CONSTRAINT nobody_is_merged_into_themselves CHECK (merged_into <> id);
UPDATE customers SET addresses = ARRAY[address] WHERE address <> '';
CREATE UNIQUE INDEX customers_by_external_id ON customers (external_id) WHERE external_id <> '';
CREATE INDEX customers_by_merge ON customers (merged_into) WHERE merged_into IS NOT NULL;

-- A contract is one customer's. What is agreed in it is in the configuration, by the agreement's id.
CREATE TABLE customer_contracts (
    number      text    PRIMARY KEY CHECK (number <> ''),
    customer_id uuid    NOT NULL REFERENCES customers ON DELETE CASCADE,
    agreement   text    NOT NULL DEFAULT '',
    ends_on     date,   -- its last day; null: no end is known
    position    integer NOT NULL DEFAULT 0
);
CREATE INDEX customer_contracts_by_customer ON customer_contracts (customer_id);
INSERT INTO customer_contracts (number, customer_id) SELECT contract, id FROM customers WHERE contract <> '';

-- What was changed, by whom and from where. Rows are added and never changed; they go with the customer.
CREATE TABLE customer_changes (
    customer_id uuid        NOT NULL REFERENCES customers ON DELETE CASCADE,
    version     bigint      NOT NULL,
    at          timestamptz NOT NULL DEFAULT now(),
    by_kind     text        NOT NULL, -- as in ticket_changes
    by_id       text        NOT NULL DEFAULT '',
    by_name     text        NOT NULL DEFAULT '',
    by_for      text        NOT NULL DEFAULT '',
    by_from     text        NOT NULL DEFAULT '',
    kind        text        NOT NULL, -- created, changed, imported, merged, took_over, parted, gave_back
    data        jsonb       NOT NULL DEFAULT '{}',
    patch       jsonb       NOT NULL DEFAULT '{}', -- {"name": [old, new], …}
    PRIMARY KEY (customer_id, version)
);

-- +goose StatementBegin
CREATE FUNCTION customer_changes_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM customers WHERE id = OLD.customer_id) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND current_setting('hotline.erasure', true) = 'on'
        AND (NEW.customer_id, NEW.version, NEW.at, NEW.by_id, NEW.kind, NEW.data) = (OLD.customer_id, OLD.version, OLD.at, OLD.by_id, OLD.kind, OLD.data) THEN
        RETURN NEW; -- somebody else is erased, who was merged into this customer and parted again
    END IF;
    RAISE EXCEPTION 'the history of customers is not changed';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER customer_changes_stay BEFORE UPDATE OR DELETE ON customer_changes FOR EACH ROW EXECUTE FUNCTION customer_changes_stay();

-- Doubles that were merged, with what moved, so that it can move back.
CREATE TABLE customer_merges (
    id          uuid        PRIMARY KEY,
    merged      uuid        NOT NULL REFERENCES customers ON DELETE CASCADE,
    into_id     uuid        NOT NULL REFERENCES customers ON DELETE CASCADE,
    at          timestamptz NOT NULL DEFAULT now(),
    who         text        NOT NULL,
    record      jsonb       NOT NULL, -- the merged customer as they were, and what the other got of it
    tickets     text[]      NOT NULL DEFAULT '{}',
    contacts    text[]      NOT NULL DEFAULT '{}',
    undone_at   timestamptz,
    undone_by   text        NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX one_merge_at_a_time ON customer_merges (merged) WHERE undone_at IS NULL;
CREATE INDEX customer_merges_by_survivor ON customer_merges (into_id);

-- What comes for a customer who has been merged is the other's: a call may have known them by the number before.
-- +goose StatementBegin
CREATE FUNCTION of_the_merged() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER contacts_of_the_merged BEFORE INSERT ON contacts FOR EACH ROW WHEN (NEW.customer_id IS NOT NULL) EXECUTE FUNCTION of_the_merged();
CREATE TRIGGER contacts_to_the_merged BEFORE UPDATE ON contacts FOR EACH ROW
    WHEN (NEW.customer_id IS DISTINCT FROM OLD.customer_id AND NEW.customer_id IS NOT NULL) EXECUTE FUNCTION of_the_merged();
CREATE TRIGGER tickets_of_the_merged BEFORE INSERT ON tickets FOR EACH ROW WHEN (NEW.customer_id IS NOT NULL) EXECUTE FUNCTION of_the_merged();
CREATE TRIGGER tickets_to_the_merged BEFORE UPDATE ON tickets FOR EACH ROW
    WHEN (NEW.customer_id IS DISTINCT FROM OLD.customer_id AND NEW.customer_id IS NOT NULL) EXECUTE FUNCTION of_the_merged();
CREATE TRIGGER numbers_of_the_merged BEFORE INSERT ON customer_numbers FOR EACH ROW EXECUTE FUNCTION of_the_merged();

-- Words by which customers are found: of names, addresses, equipment and contracts, mails, the digits of numbers, and the same digits turned round
-- behind a ~, by which the end of a number is found. They are in Latin letters, whatever they were written in, so that neither the database's
-- locale nor the case matters; package tickets/customers folds in the same way what is looked for, and a test compares the two.
CREATE TABLE customer_words (
    customer_id uuid NOT NULL,
    word        text COLLATE "C" NOT NULL,
    PRIMARY KEY (customer_id, word)
);
CREATE INDEX customer_words_by_word ON customer_words (word, customer_id);

-- Each word with letters once, for typing errors.
CREATE TABLE customer_vocabulary (
    word text COLLATE "C" PRIMARY KEY
);
CREATE INDEX customer_vocabulary_by_likeness ON customer_vocabulary USING gin (word gin_trgm_ops) WITH (fastupdate = off);

-- +goose StatementBegin
-- Letters other than Latin and Russian ones are rare, and cost time only where they are.
CREATE FUNCTION customer_letters(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(translate(
        CASE WHEN written ~ E'[À-ɏІЇЄҐЎіїєґўҐ-ӿ\u1e00-\u1eff’‘´«»„“”–—−…№§°·•\u00a0]' THEN translate(lower(written COLLATE "C"),
            E'ІЇЄҐЎіїєґўӘҒҚҢӨҰҮҺәғқңөұүһÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöøùúûüýÿĄĆĘŁŃŚŹŻąćęłńśźżČĎĚŇŘŠŤŮŽčďěňřšťůžĞİŞğışÆẞ«»„“”–—−…№§°·•\u00a0’‘´',
            'iiegyiiegyagqnouuhagqnouuhaaaaaaceeeeiiiinoooooouuuuyaaaaaaceeeeiiiinoooooouuuuyyacelnszzacelnszzcdenrstuzcdenrstuzgisgisæß               ')
        ELSE lower(written COLLATE "C") END,
        'оеаинтсрвлкмдпуыгзбйэфёОЕАИНТСРВЛКМДПУЫГЗБЙЭФЁЖХЦЧШЩЮЯьъЬЪ''`',
        'oeaintsrvlkmdpuygzbyefeoeaintsrvlkmdpuygzbyefeжхцчшщюя'),
        'ж', 'zh'), 'х', 'kh'), 'ц', 'ts'), 'ч', 'ch'), 'щ', 'shch'), 'ш', 'sh'), 'ю', 'yu'), 'я', 'ya'), 'æ', 'ae'), 'ß', 'ss')
$$;

CREATE FUNCTION customer_folded(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT translate(customer_letters(written), E'!"#$%&()*+,-./:;<=>?@[\\]^_{|}~\t\n\r\f\x0b', '                                   ')
$$;

-- Words that stand in nearly every address or name of a company are no use.
CREATE FUNCTION customer_words_of(ids uuid[]) RETURNS TABLE (customer_id uuid, word text) LANGUAGE sql STABLE AS $$
    WITH theirs AS (
        SELECT c.id, c.mails,
            ARRAY (SELECT k.number FROM customer_contracts k WHERE k.customer_id = c.id) AS contracts,
            c.name || ' ' || c.external_id || ' ' || array_to_string(c.addresses, ' ') || ' ' || array_to_string(c.equipment, ' ') AS texts
        FROM customers c WHERE c.id = ANY (ids) AND c.merged_into IS NULL
    ), pieces AS (
        SELECT id, unnest(string_to_array(customer_folded(texts || ' ' || array_to_string(contracts || mails, ' ')), ' ')) AS piece FROM theirs
        UNION ALL SELECT id, replace(customer_folded(k), ' ', '') FROM theirs, unnest(contracts) k
        UNION ALL SELECT id, customer_letters(m) FROM theirs, unnest(mails) m
        UNION ALL SELECT t.id, replace(n.number, '+', '') FROM theirs t JOIN customer_numbers n ON n.customer_id = t.id
        UNION ALL SELECT t.id, '~' || reverse(replace(n.number, '+', '')) FROM theirs t JOIN customer_numbers n ON n.customer_id = t.id
    )
    SELECT DISTINCT id, left(piece, 64) COLLATE "C" FROM pieces
    WHERE piece <> '' AND piece <> ALL ('{g,gor,ul,d,dom,kv,per,pr,obl,r,n,k,korp,str,pos,ooo,oao,zao,ao,ip}')
$$;

-- Makes the words of some customers anew. Who changes many at once sets hotline.words to 'later', and calls it for some thousands at a time.
CREATE FUNCTION renew_customer_words(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    gone text[];
BEGIN
    IF cardinality(ids) > 100 THEN
        WITH deleted AS (DELETE FROM customer_words w WHERE w.customer_id = ANY (ids) RETURNING w.word)
        SELECT array_agg(DISTINCT d.word) INTO gone FROM deleted d;
    ELSE
        WITH wanted AS MATERIALIZED (SELECT * FROM customer_words_of(ids)),
        deleted AS (
            DELETE FROM customer_words w WHERE w.customer_id = ANY (ids)
                AND NOT EXISTS (SELECT FROM wanted n WHERE n.customer_id = w.customer_id AND n.word = w.word)
            RETURNING w.word
        )
        SELECT array_agg(DISTINCT d.word) INTO gone FROM deleted d;
    END IF;
    WITH added AS (
        INSERT INTO customer_words SELECT * FROM customer_words_of(ids) ON CONFLICT DO NOTHING RETURNING customer_words.word
    )
    INSERT INTO customer_vocabulary SELECT DISTINCT a.word FROM added a
        WHERE length(a.word) >= 4 AND translate(a.word, '0123456789~@', '') = a.word
        ORDER BY 1
    ON CONFLICT DO NOTHING;
    IF gone IS NOT NULL THEN
        DELETE FROM customer_vocabulary v WHERE v.word = ANY (gone) AND NOT EXISTS (SELECT FROM customer_words w WHERE w.word = v.word);
    END IF;
END
$$;

CREATE FUNCTION customers_have_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('hotline.words', true) IS DISTINCT FROM 'later' THEN
        PERFORM renew_customer_words(ARRAY (SELECT id FROM changed));
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION customers_things_have_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('hotline.words', true) IS DISTINCT FROM 'later' THEN
        PERFORM renew_customer_words(ARRAY (SELECT DISTINCT customer_id FROM changed));
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER words_of_new_customers AFTER INSERT ON customers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION customers_have_words();
CREATE TRIGGER words_of_changed_customers AFTER UPDATE ON customers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION customers_have_words();
CREATE TRIGGER words_of_gone_customers AFTER DELETE ON customers REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION customers_have_words();
CREATE TRIGGER words_of_new_numbers AFTER INSERT ON customer_numbers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION customers_things_have_words();
CREATE TRIGGER words_of_gone_numbers AFTER DELETE ON customer_numbers REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION customers_things_have_words();
CREATE TRIGGER words_of_new_contracts AFTER INSERT ON customer_contracts REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION customers_things_have_words();
CREATE TRIGGER words_of_changed_contracts AFTER UPDATE ON customer_contracts REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION customers_things_have_words();
CREATE TRIGGER words_of_gone_contracts AFTER DELETE ON customer_contracts REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION customers_things_have_words();

-- A Hotline of before knows one contract and one address of a customer, and writes them with a new one alone.
-- +goose StatementBegin
CREATE FUNCTION customer_of_before() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_WHEN = 'BEFORE' THEN
        IF NEW.address <> '' AND NEW.addresses = '{}' THEN
            NEW.addresses := ARRAY[NEW.address];
        END IF;
        RETURN NEW;
    END IF;
    INSERT INTO customer_contracts (number, customer_id) VALUES (NEW.contract, NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER addresses_of_before BEFORE INSERT ON customers FOR EACH ROW WHEN (NEW.address <> '') EXECUTE FUNCTION customer_of_before();
CREATE TRIGGER contracts_of_before AFTER INSERT ON customers FOR EACH ROW WHEN (NEW.contract <> '') EXECUTE FUNCTION customer_of_before();

INSERT INTO customer_words SELECT w.* FROM customer_words_of(ARRAY (SELECT id FROM customers)) w;
INSERT INTO customer_vocabulary SELECT DISTINCT word FROM customer_words
    WHERE length(word) >= 4 AND translate(word, '0123456789~@', '') = word;

-- +goose Down

DROP TRIGGER contracts_of_before ON customers;
DROP TRIGGER addresses_of_before ON customers;
DROP TRIGGER words_of_new_customers ON customers;
DROP TRIGGER words_of_changed_customers ON customers;
DROP TRIGGER words_of_gone_customers ON customers;
DROP TRIGGER words_of_new_numbers ON customer_numbers;
DROP TRIGGER words_of_gone_numbers ON customer_numbers;
DROP TRIGGER numbers_of_the_merged ON customer_numbers;
DROP TRIGGER tickets_to_the_merged ON tickets;
DROP TRIGGER tickets_of_the_merged ON tickets;
DROP TRIGGER contacts_to_the_merged ON contacts;
DROP TRIGGER contacts_of_the_merged ON contacts;
DROP TABLE customer_vocabulary, customer_words, customer_merges, customer_changes, customer_contracts;
DROP FUNCTION customer_of_before(), customers_things_have_words(), customers_have_words(), renew_customer_words(uuid[]), customer_words_of(uuid[]),
    customer_folded(text), customer_letters(text), of_the_merged(), customer_changes_stay();
ALTER TABLE customers DROP COLUMN merged_into, DROP COLUMN version, DROP COLUMN external_id, DROP COLUMN addresses, DROP COLUMN mails;
-- The extension stays: another program may use it by now.
