-- How the columns of a file of customers are read, which whoever looks it through may change, and why a row is not taken, by a code that pages have words for.
-- The room tickets/postgres owns both. A running Hotline of before writes neither: its imports are read by the names of their columns.

-- +goose Up

ALTER TABLE customer_imports ADD COLUMN columns jsonb NOT NULL DEFAULT '[]'; -- [{"name": "Тариф", "holds": "agreement"}, …], in the order of the file
ALTER TABLE customer_import_rows ADD COLUMN reason jsonb NOT NULL DEFAULT '{}'; -- {"code": "not_a_number", "column": "number"}

-- +goose Down

ALTER TABLE customer_import_rows DROP COLUMN reason;
ALTER TABLE customer_imports DROP COLUMN columns;
