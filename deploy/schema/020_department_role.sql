-- The role department is of people who work on tickets and take no calls, and an account says by which id tickets know its person: an agent's
-- is the same as the agent. The room agentapi/postgres owns this table. A running Hotline of before goes on: it gives no such role, and
-- leaves the person empty until the next one has seated everybody.

-- +goose Up

ALTER TABLE accounts
    ADD COLUMN person text NOT NULL DEFAULT '',
    DROP CONSTRAINT accounts_role_check,
    ADD CONSTRAINT accounts_role_check CHECK (role IN ('agent', 'department', 'supervisor', 'administrator')),
    ADD CONSTRAINT accounts_department_check CHECK (role <> 'department' OR person <> '' AND agent IS NULL);

-- +goose Down

DELETE FROM accounts WHERE role = 'department'; -- they are in the configuration, and the version before knows no such role
ALTER TABLE accounts
    DROP CONSTRAINT accounts_department_check,
    DROP CONSTRAINT accounts_role_check,
    ADD CONSTRAINT accounts_role_check CHECK (role IN ('agent', 'supervisor', 'administrator')),
    DROP COLUMN person;
