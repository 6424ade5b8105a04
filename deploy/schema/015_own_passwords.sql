-- +goose Up

-- configured_hash: the hash of the password that the configuration gave an account when it was last seated. Where a person has
-- changed their password since, password_hash is another; the configuration's counts again when it is a new one. NULL: it is
-- password_hash itself.
ALTER TABLE accounts ADD COLUMN configured_hash text;

-- +goose Down

ALTER TABLE accounts DROP COLUMN configured_hash;
