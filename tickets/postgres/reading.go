package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/telephony"
	"hotline/tickets"
)

// namesOf are the numbers of a ticket $1: its own, and those of the tickets that go on in it. What these have of their own, such as files, stays
// with them, so that they can be taken apart again, and is shown with the one in which they go on.
const namesOf = `SELECT $1 UNION SELECT m.number FROM merged_numbers m WHERE m.ticket = $1`

// byAnyName holds for the ticket whose number $1 is, or a second name of.
const byAnyName = `number = coalesce((SELECT m.ticket FROM merged_numbers m WHERE m.number = $1), $1)`

const (
	sqlOwnNumber = `
		SELECT number FROM tickets WHERE ` + byAnyName
	sqlLockOwnNumber = sqlOwnNumber + ` FOR NO KEY UPDATE`
)

// asker is the pool, or a transaction.
type asker interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// ownNumber is the number of a ticket that may be asked for by a second name, with one of the two statements above; tickets.ErrNoTicket.
func ownNumber(ctx context.Context, a asker, sql string, n tickets.Number) (own tickets.Number, err error) {
	err = a.QueryRow(ctx, sql, n).Scan(&own)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "", tickets.ErrNoTicket
	case err != nil:
		return "", fmt.Errorf("look for ticket %s: %w", n, err)
	}
	return own, nil
}

// History is a ticket, by its number or a second name, with its customer and contacts.
func (s *Store) History(ctx context.Context, n tickets.Number) (tickets.History, error) {
	t, err := s.Ticket(ctx, n)
	if err != nil {
		return tickets.History{}, err
	}
	h := tickets.History{Ticket: t.Summary()}
	var customers []tickets.Customer
	var b pgx.Batch
	collect(&b, `SELECT `+customerColumns+` FROM customers WHERE id = $1`, scanCustomer, &customers, idOrNull(t.Customer))
	collect(&b, `SELECT `+contactColumns+` FROM contacts WHERE ticket = $1 ORDER BY arrived_at DESC LIMIT 200`, scanContact, &h.Contacts, t.Number)
	collect(&b, `SELECT `+contactColumns+` FROM contacts WHERE about IN (`+namesOf+`) AND about <> '' ORDER BY arrived_at DESC LIMIT 200`, scanContact, &h.Claims, t.Number)
	if err := s.pool.SendBatch(ctx, &b).Close(); err != nil {
		return tickets.History{}, fmt.Errorf("history of ticket %s: %w", n, err)
	}
	if len(customers) == 1 {
		h.Customer = &customers[0]
	}
	return h.Shown(), nil
}

// RecentOf lists the latest calls that an agent answered, also those that they passed on.
func (s *Store) RecentOf(ctx context.Context, agent string, limit int) ([]tickets.AgentCall, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT c.id, c.ticket, coalesce(k.name, ''), c.raw_name, c.caller, coalesce(c.answered_at, c.arrived_at), c.outcome
		FROM ((SELECT * FROM contacts WHERE agent_id = $1 AND agent_id <> '' AND channel = 'call' ORDER BY arrived_at DESC LIMIT $2)
			UNION ALL (SELECT * FROM contacts WHERE earlier_agents @> ARRAY[$1] AND earlier_agents <> '{}' AND agent_id <> $1 AND channel = 'call' AND NOT `+onlyAsked("talks", "$1::text")+`
				ORDER BY arrived_at DESC LIMIT $2)) c LEFT JOIN customers k ON k.id = c.customer_id
		ORDER BY c.arrived_at DESC
		LIMIT $2`, agent, limit)
	if err != nil {
		return nil, fmt.Errorf("recent calls of agent %s: %w", agent, err)
	}
	calls, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c tickets.AgentCall, err error) {
		var from, sent string
		err = row.Scan(&c.Call, &c.Ticket, &c.Name, &sent, &from, moment{&c.At}, &c.Outcome)
		c.From = telephony.NumberOf(from, "")
		c.Name = tickets.NameOf(&tickets.Customer{Name: c.Name}, sent)
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
		SELECT
			count(*),
			count(t.number),
			count(DISTINCT t.number),
			count(*) FILTER (WHERE k.ended_at IS NULL),
			count(*) FILTER (WHERE k.answered_at IS NOT NULL),
			count(*) FILTER (WHERE k.outcome LIKE 'abandoned%'),
			(SELECT count(*) FROM tickets WHERE state = 'open'),
			(SELECT count(*) FROM tickets WHERE state = 'open' AND next_step = 'call_back'),
			(SELECT count(*) FROM customers),
			(SELECT count(*) FROM customers WHERE provisional)
		FROM contacts k LEFT JOIN tickets t ON t.number = k.ticket
		WHERE k.arrived_at >= $1`, since).Scan(
		&c.Calls, &c.Tickets, &c.Distinct, &c.Unended, &c.Answered, &c.Abandoned, &c.OpenTickets, &c.CallbacksDue, &c.Customers, &c.Provisional)
	if err != nil {
		return tickets.Counts{}, fmt.Errorf("count calls and tickets: %w", err)
	}
	return c, nil
}

// Unended lists calls of a node that arrived before an instant and have no end. Those of which no node is known are of every node, and so are those that came more
// than longest before that: no call lasts for so long, and their node may be gone.
func (s *Store) Unended(ctx context.Context, before time.Time, node string, longest time.Duration) ([]tickets.Unended, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT `+contactColumns+`, EXISTS (SELECT FROM customers k WHERE k.id = c.customer_id AND NOT k.provisional)
		FROM contacts c
		WHERE c.ended_at IS NULL AND c.arrived_at < $1 AND c.channel = 'call'
			AND (c.arrived_at < $3 OR NOT EXISTS (SELECT FROM facts f WHERE f.contact_id = c.id AND f.kind = 'call.arrived' AND f.event->>'node' <> $2))
		ORDER BY c.arrived_at`, before, node, before.Add(-longest))
	if err != nil {
		return nil, fmt.Errorf("contacts without an end: %w", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (u tickets.Unended, err error) {
		c, err := scanContactAnd(row, &u.Known)
		u.Contact, u.Call, u.ArrivedAt, u.Answered = c, telephony.CallID(c.ID), c.ArrivedAt, !c.AnsweredAt.IsZero()
		return u, err
	})
	if err != nil {
		return nil, fmt.Errorf("contacts without an end: %w", err)
	}
	return found, nil
}

// WrappedUp says which of some agents, at the same places in the slices, have filed their work after a call since a moment. A callback is known by
// its request, which is no call of theirs: then it is the agent's latest, as in RecentOf.
func (s *Store) WrappedUp(ctx context.Context, calls, agents []string, since []time.Time) ([]bool, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT EXISTS (SELECT FROM facts f WHERE f.contact_id = coalesce(
				(SELECT c.id FROM contacts c WHERE c.id = of.call AND (c.agent_id = of.agent OR c.earlier_agents @> ARRAY[of.agent] AND NOT `+onlyAsked("c.talks", "of.agent")+`)),
				(SELECT c.id FROM ((SELECT id, arrived_at FROM contacts WHERE agent_id = of.agent AND agent_id <> '' AND channel = 'call' ORDER BY arrived_at DESC LIMIT 1)
					UNION ALL (SELECT id, arrived_at FROM contacts WHERE earlier_agents @> ARRAY[of.agent] AND earlier_agents <> '{}' AND channel = 'call' AND NOT `+onlyAsked("talks", "of.agent")+`
						ORDER BY arrived_at DESC LIMIT 1)) c ORDER BY c.arrived_at DESC LIMIT 1))
			AND f.kind = 'wrap_up.finished' AND f.event->'agent'->>'id' = of.agent AND f.at >= of.since)
		FROM unnest($1::text[], $2::text[], $3::timestamptz[]) WITH ORDINALITY AS of (call, agent, since, n) ORDER BY of.n`, calls, agents, since)
	if err != nil {
		return nil, fmt.Errorf("which work after calls is filed: %w", err)
	}
	filed, err := pgx.CollectRows(rows, pgx.RowTo[bool])
	if err != nil {
		return nil, fmt.Errorf("which work after calls is filed: %w", err)
	}
	return filed, nil
}
