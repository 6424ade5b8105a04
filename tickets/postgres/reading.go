package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
)

// History is a ticket, by its number or a second name, with its customer and contacts.
func (s *Store) History(ctx context.Context, n tickets.Number) (tickets.History, error) {
	t, err := s.Ticket(ctx, n)
	if err != nil {
		return tickets.History{}, err
	}
	h := tickets.History{Ticket: t.Summary()}
	var customers []tickets.Customer
	var b pgx.Batch
	collect(&b, `select `+customerColumns+` from customers where id = $1`, scanCustomer, &customers, idOrNull(t.Customer))
	collect(&b, `select `+contactColumns+` from contacts where ticket = $1 order by arrived_at desc limit 200`, scanContact, &h.Contacts, t.Number)
	if err := s.pool.SendBatch(ctx, &b).Close(); err != nil {
		return tickets.History{}, fmt.Errorf("history of ticket %s: %w", n, err)
	}
	if len(customers) == 1 {
		h.Customer = &customers[0]
	}
	return h.Shown(), nil
}

// RecentOf lists the latest calls that an agent answered.
func (s *Store) RecentOf(ctx context.Context, agent string, limit int) ([]tickets.AgentCall, error) {
	rows, err := s.pool.Query(ctx, `
		select c.id, c.ticket, coalesce(nullif(k.name, ''), c.raw_name), c.caller, coalesce(c.answered_at, c.arrived_at), c.outcome
		from contacts c left join customers k on k.id = c.customer_id
		where c.agent_id = $1 and c.agent_id <> '' and c.channel = 'call'
		order by c.arrived_at desc
		limit $2`, agent, limit)
	if err != nil {
		return nil, fmt.Errorf("recent calls of agent %s: %w", agent, err)
	}
	calls, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c tickets.AgentCall, err error) {
		err = row.Scan(&c.Call, &c.Ticket, &c.Name, &c.Number, &c.At, &c.Outcome)
		c.Name, c.At = tickets.Display(c.Name), c.At.UTC()
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("recent calls of agent %s: %w", agent, err)
	}
	return calls, nil
}

// Counts counts everything that the store holds.
func (s *Store) Counts(ctx context.Context) (tickets.Counts, error) {
	return s.CountsSince(ctx, time.Time{})
}

// CountsSince counts the calls that arrived from an instant on. Open tickets and customers are always all.
func (s *Store) CountsSince(ctx context.Context, since time.Time) (tickets.Counts, error) {
	var c tickets.Counts
	err := s.pool.QueryRow(ctx, `
		select
			count(*),
			count(t.number),
			count(distinct t.number),
			count(*) filter (where k.ended_at is null),
			count(*) filter (where k.answered_at is not null),
			count(*) filter (where k.outcome like 'abandoned%'),
			(select count(*) from tickets where state = 'open'),
			(select count(*) from tickets where state = 'open' and next_step = 'call_back'),
			(select count(*) from customers),
			(select count(*) from customers where provisional)
		from contacts k left join tickets t on t.number = k.ticket
		where k.arrived_at >= $1`, since).Scan(
		&c.Calls, &c.Tickets, &c.Distinct, &c.Unended, &c.Answered, &c.Abandoned, &c.OpenTickets, &c.CallbacksDue, &c.Customers, &c.Provisional)
	if err != nil {
		return tickets.Counts{}, fmt.Errorf("count calls and tickets: %w", err)
	}
	return c, nil
}

// Unended lists calls that arrived before an instant and have no end.
func (s *Store) Unended(ctx context.Context, before time.Time) ([]tickets.Unended, error) {
	rows, err := s.pool.Query(ctx, `
		select id, arrived_at, answered_at is not null
		from contacts
		where ended_at is null and arrived_at < $1 and channel = 'call'
		order by arrived_at`, before)
	if err != nil {
		return nil, fmt.Errorf("contacts without an end: %w", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (u tickets.Unended, err error) {
		return u, row.Scan(&u.Call, &u.ArrivedAt, &u.Answered)
	})
	if err != nil {
		return nil, fmt.Errorf("contacts without an end: %w", err)
	}
	return found, nil
}
