-- Customers, tickets, contacts, and the history of every call as facts.
--
-- Written by tickets/postgres alone. The rules that must never break stand here as constraints, so that no
-- program, script or hand can break them:
--
--   a contact belongs to a ticket;
--   an open ticket has an owner, a person or a department, and a next date;
--   a fact of a call is applied once;
--   a ticket's number is its own, or a second name of one ticket.

-- +goose Up

create table customers (
    id          uuid        primary key,
    name        text        not null default '',
    contract    text        not null default '',
    address     text        not null default '',
    equipment   text[]      not null default '{}',
    notes       text[]      not null default '{}',
    warnings    text[]      not null default '{}',
    provisional boolean     not null default false, -- made from an unknown caller's number, confirmed by nobody
    created_at  timestamptz not null default now(),
    constraint a_confirmed_customer_has_a_name check (provisional or name <> '')
);
create unique index customers_by_contract on customers (contract) where contract <> '';

-- A customer may have many numbers, and a number may belong to many customers.
create table customer_numbers (
    number      text not null check (number <> ''), -- E.164 with the plus sign, or the digits of a short number
    customer_id uuid not null references customers on delete cascade,
    primary key (number, customer_id)
);
create index customer_numbers_by_customer on customer_numbers (customer_id);

create table tickets (
    number      text        primary key check (number ~ '^[1-9][0-9]{3,14}$'),
    customer_id uuid        references customers,
    subject     text        not null default '',
    topic       text        not null default '', -- empty until the caller has chosen one
    state       text        not null,
    owner_kind  text        check (owner_kind in ('person', 'department')),
    owner       text,
    next_at     timestamptz,
    next_step   text        check (next_step in ('serve', 'call_back', 'follow_up')),
    closed_at   timestamptz,
    disposition text        not null default '', -- why it was closed
    opened_at   timestamptz not null,
    activity_at timestamptz not null,
    opened_by   text        not null default '', -- the call that it was made for
    constraint an_open_ticket_has_an_owner_and_a_next_date check (
        case state
            when 'open' then
                owner_kind is not null and owner is not null and btrim(owner) <> ''
                and next_at is not null and next_step is not null and closed_at is null
            when 'closed' then
                closed_at is not null and next_at is null and next_step is null
            else false
        end)
);
create index tickets_open_by_customer on tickets (customer_id) where state = 'open';
create index tickets_open_by_date on tickets (next_at) where state = 'open';

create table contacts (
    call_id       text        primary key check (call_id <> ''),
    ticket        text        not null references tickets (number),
    linked        text        not null check (linked in ('typed', 'customer', 'broken_off', 'new')),
    customer_id   uuid        references customers,
    caller        text        not null default '', -- number's key; empty when withheld
    raw_caller    text        not null default '', -- as the network sent it: hostile
    raw_name      text        not null default '', -- as the network sent it: hostile
    dialled       text        not null default '',
    topic         text        not null default '',
    language      text        not null default '',
    path          jsonb       not null default '[]', -- the way through the flow: [{"ru": …, "en": …}]
    queue         text        not null default '',
    agent_id      text        not null default '',
    agent_name    text        not null default '',
    offers        integer     not null default 0,
    arrived_at    timestamptz not null,
    queued_at     timestamptz,
    answered_at   timestamptz,
    ended_at      timestamptz,
    wrapped_up_at timestamptz,
    outcome       text        not null default '', -- empty while the call lasts
    disposition   text        not null default '',
    note          text        not null default '',
    constraint an_ended_contact_has_an_outcome check ((ended_at is null) = (outcome = ''))
);
create index contacts_by_ticket on contacts (ticket);
create index contacts_by_caller on contacts (caller, arrived_at desc) where caller <> '';
create index contacts_by_customer on contacts (customer_id, arrived_at desc);
create index contacts_by_agent on contacts (agent_id, arrived_at desc) where agent_id <> '';
create index contacts_by_arrival on contacts (arrived_at);
create index contacts_unended on contacts (arrived_at) where ended_at is null;

-- The number of a ticket that turned out to continue another works for ever.
create table merged_numbers (
    number text primary key,
    ticket text not null references tickets (number)
);
create index merged_numbers_by_ticket on merged_numbers (ticket);

-- What happened to each call, as written by the call itself; the key makes applying it twice harmless.
create table call_facts (
    call_id    text        not null,
    kind       text        not null,
    n          bigint      not null,
    at         timestamptz not null,
    own_number text        not null default '',
    event      jsonb       not null,
    applied_at timestamptz not null default now(),
    primary key (call_id, kind, n)
);

-- The next serial number that no block holds yet. One row.
create table ticket_serials (
    only_row boolean primary key default true check (only_row),
    next     bigint  not null
);
insert into ticket_serials (next) values (10000);

-- +goose Down

drop table ticket_serials, call_facts, merged_numbers, contacts, tickets, customer_numbers, customers;
