-- The words of tickets refer to them no more, until 041 has made them anew: to put another table in their place would else need the tickets' table for itself, at the end of
-- minutes of work. Written by no room: the room tickets/postgres owns the table. A running Hotline of before goes on.

-- +goose Up

ALTER TABLE ticket_texts DROP CONSTRAINT IF EXISTS ticket_texts_ticket_fkey;

-- +goose Down

ALTER TABLE ticket_texts ADD CONSTRAINT ticket_texts_ticket_fkey FOREIGN KEY (ticket) REFERENCES tickets (number) ON DELETE CASCADE;
