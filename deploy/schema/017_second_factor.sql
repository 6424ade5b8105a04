-- +goose Up

-- second_secret: what the person's app makes codes of (RFC 6238), sealed with a key that is made from gate_key; NULL: no second factor.
-- Where the row of gate_key is deleted it cannot be read any more: recovery codes go on counting, and
-- `hotline second-factor reset` helps who has none.
-- second_step: the time step of the last code that was accepted, in half minutes since 1970; no code of it or before counts again.
-- recovery_hashes: SHA-256 of each recovery code that is left; a used one is taken out.
ALTER TABLE accounts
    ADD COLUMN second_secret   bytea,
    ADD COLUMN second_step     bigint  NOT NULL DEFAULT 0,
    ADD COLUMN recovery_hashes bytea[] NOT NULL DEFAULT '{}';

-- +goose Down

ALTER TABLE accounts
    DROP COLUMN second_secret,
    DROP COLUMN second_step,
    DROP COLUMN recovery_hashes;
