-- A caller who types the number of somebody else's ticket says to be about it: the contact stands in its own ticket, and the other
-- one's owner decides. Written by tickets/postgres alone. The number of a ticket that turned out to continue another is moved here, too.

-- +goose Up

alter table contacts add column about text not null default '';
create index contacts_by_about on contacts (about, arrived_at desc) where about <> '';

-- +goose Down

drop index contacts_by_about;
alter table contacts drop column about;
