-- A skill that a supervisor gives may expire. A Hotline that does not know of it leaves the columns as they were when it writes another order:
-- expires_of says of which order they are.

-- +goose Up

ALTER TABLE skill_orders
    ADD COLUMN expires    jsonb NOT NULL DEFAULT '{}',   -- {"support": "2027-04-01T00:00:00+03:00"}: from then on they have it no longer
    ADD COLUMN expires_of timestamptz;                   -- at of the order; null is none

-- +goose Down

ALTER TABLE skill_orders DROP COLUMN expires_of, DROP COLUMN expires;
