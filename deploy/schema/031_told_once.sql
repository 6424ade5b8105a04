-- What was merged is told once. Written by tickets/postgres alone. A running Hotline of before goes on:
-- a promise that it lets go on in another ticket counts as withdrawn there.
-- A run that broke off is run again.

-- +goose NO TRANSACTION
-- +goose Up

-- A promise of a ticket that is merged goes on in the other ticket, and comes back with an unmerge: what is left behind counts nowhere.
ALTER TABLE ticket_promises ADD COLUMN IF NOT EXISTS went_on boolean NOT NULL DEFAULT false;
UPDATE ticket_promises p SET went_on = true WHERE state = 'withdrawn' AND NOT went_on
    AND EXISTS (SELECT FROM ticket_changes c WHERE c.ticket = p.ticket AND c.at = p.ended_at AND c.kind IN ('merge', 'unmerge'));

-- +goose Down

ALTER TABLE ticket_promises DROP COLUMN IF EXISTS went_on;
