-- +goose Up

-- gate_key: what cookies are signed with, so that one which was made up costs no look at sign_ins. Written once, by whichever
-- Hotline first needs it. Deleting the row signs everybody out at the next
-- restart, and of second factors, which are sealed with it, leaves the recovery codes alone.
CREATE TABLE gate_key (
    one            boolean     PRIMARY KEY DEFAULT true CHECK (one),
    secret         bytea       NOT NULL CHECK (length(secret) = 32),
    unsigned_until timestamptz -- sign-ins from before tokens were signed last until then; NULL: there were none
);

-- +goose Down

DROP TABLE gate_key;
