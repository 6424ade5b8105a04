-- Tickets that people open by hand, merge, split and take apart again. Written by tickets/postgres alone.
--
-- A running Hotline of before goes on. Once a contact of a new channel is there, that one cannot read it: whoever goes back to it goes
-- back with the schema, too.

-- +goose Up

ALTER TABLE contacts DROP CONSTRAINT contacts_channel_check;
ALTER TABLE contacts ADD CONSTRAINT contacts_channel_check
    CHECK (channel IN ('call', 'letter', 'form', 'visit', 'fax', 'mail', 'messenger', 'phone')); -- 'phone' is a call that somebody took elsewhere

-- A number that leads to a ticket may lead further, when that one is merged in turn: then this is the ticket to which it comes back.
ALTER TABLE merged_numbers ADD COLUMN origin text NOT NULL DEFAULT ''; -- '' is the ticket to which it leads

-- Somebody has worked on the ticket: it does not vanish when its calls turn out to be about another one.
ALTER TABLE tickets ADD COLUMN worked boolean NOT NULL DEFAULT false;
UPDATE tickets SET worked = true WHERE number IN (SELECT ticket FROM ticket_changes WHERE contact = '' AND kind <> 'was_there');

-- +goose Down

ALTER TABLE tickets DROP COLUMN worked;
ALTER TABLE merged_numbers DROP COLUMN origin;
-- What came by a new channel would turn into something else.
ALTER TABLE contacts DROP CONSTRAINT contacts_channel_check;
ALTER TABLE contacts ADD CONSTRAINT contacts_channel_check CHECK (channel IN ('call', 'letter', 'form', 'visit'));
