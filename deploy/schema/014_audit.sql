-- Audit: who looked at whose data, and who took it out of the installation. Lines are added and never changed; they go only with their age.

-- +goose Up

CREATE TABLE audit (
    id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    who     text        NOT NULL CHECK (who <> ''), -- a login, or "command line"
    did     text        NOT NULL CHECK (did <> ''), -- "looked at a ticket", …
    subject text        NOT NULL,                   -- a ticket, a call, a customer: an id, never a name or a number
    address text        NOT NULL DEFAULT ''         -- where they came from
);
CREATE INDEX audit_by_time ON audit USING brin (at);
CREATE INDEX audit_by_subject ON audit (subject);

-- +goose StatementBegin
CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '30 days' AND current_setting('hotline.retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'lines of the audit are not changed';
END
$$;
-- +goose StatementEnd

CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();

-- +goose Down

DROP TABLE audit;
DROP FUNCTION audit_stays();
