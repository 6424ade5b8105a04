package postgres

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/telephony"
	"hotline/tickets"
)

// Columns in the order in which the scanners below take them.
const (
	ticketColumns = `number, coalesce(customer_id::text, ''), subject, topic, state,
		coalesce(owner_kind, ''), coalesce(owner, ''), next_at, coalesce(next_step, ''), closed_at, disposition,
		opened_at, activity_at, opened_by`
	contactColumns = `id, channel, ticket, linked, coalesce(customer_id::text, ''), caller, raw_caller, raw_name, dialled,
		topic, language, path, queue, agent_id, agent_name, offers,
		arrived_at, queued_at, answered_at, ended_at, wrapped_up_at, outcome, disposition, note`
	customerColumns = `id::text, name, contract, address, equipment, notes, warnings, provisional,
		ARRAY(SELECT n.number FROM customer_numbers n WHERE n.customer_id = id ORDER BY n.number)`
)

func scanTicket(row pgx.CollectableRow) (tickets.Ticket, error) {
	var (
		t                    tickets.Ticket
		state, kind, owner   string
		step                 tickets.Step
		disposition          tickets.Disposition
		next, closed         *time.Time
		openedAt, activityAt time.Time
	)
	err := row.Scan(&t.Number, &t.Customer, &t.Subject, &t.Topic, &state, &kind, &owner, &next, &step, &closed,
		&disposition, &openedAt, &activityAt, &t.OpenedBy)
	if err != nil {
		return t, err
	}
	t.OpenedAt, t.ActivityAt = openedAt.UTC(), activityAt.UTC()
	switch state {
	case "open":
		t.State, err = tickets.KeepOpen(ownerOf(kind, owner), at(next), step)
	case "closed":
		t.State = tickets.Closed{At: at(closed), Disposition: disposition}
	default:
		err = fmt.Errorf("state %q", state)
	}
	if err != nil {
		return t, fmt.Errorf("ticket %s: %w", t.Number, err)
	}
	return t, nil
}

func ownerOf(kind, name string) tickets.Owner {
	if kind == "person" {
		return tickets.Person(name)
	}
	return tickets.Department(name)
}

// ownerColumns are what a ticket's row says of its owner.
func ownerColumns(o tickets.Owner) (kind, name string) {
	switch o.(type) {
	case tickets.Person:
		return "person", o.Name()
	case tickets.Department:
		return "department", o.Name()
	default:
		panic(fmt.Sprintf("postgres: unknown kind of owner %T", o))
	}
}

func scanContact(row pgx.CollectableRow) (tickets.Contact, error) {
	var (
		c                                tickets.Contact
		channel, from, raw               string
		arrived                          time.Time
		queued, answered, ended, wrapped *time.Time
	)
	err := row.Scan(&c.ID, &channel, &c.Ticket, &c.Linked, &c.Customer, &from, &raw, &c.RawName, &c.To,
		&c.Topic, &c.Language, &c.Path, &c.Queue, &c.Agent.ID, &c.Agent.Name, &c.Offers,
		&arrived, &queued, &answered, &ended, &wrapped, &c.Outcome, &c.Disposition, &c.Note)
	if err != nil {
		return c, err
	}
	c.From = telephony.NumberOf(from, raw)
	c.ArrivedAt, c.QueuedAt, c.AnsweredAt, c.EndedAt, c.WrappedUpAt = arrived.UTC(), at(queued), at(answered), at(ended), at(wrapped)
	if c.Channel, err = tickets.ParseChannel(channel); err != nil {
		return c, fmt.Errorf("contact %s: %w", c.ID, err)
	}
	return c, nil
}

func scanCustomer(row pgx.CollectableRow) (tickets.Customer, error) {
	var c tickets.Customer
	err := row.Scan(&c.ID, &c.Name, &c.Contract, &c.Address, &c.Equipment, &c.Notes, &c.Warnings, &c.Provisional, &c.Numbers)
	return c, err
}

func scanPast(row pgx.CollectableRow) (tickets.Past, error) {
	var (
		p       tickets.Past
		arrived time.Time
		ended   *time.Time
		outcome tickets.Outcome
	)
	err := row.Scan(&p.Contact, &p.Ticket, &arrived, &ended, &outcome)
	p.At, p.EndedAt, p.BrokeOff = arrived.UTC(), at(ended), outcome.BrokeOff()
	return p, err
}

// at is the instant in a column. The zero time stands for null.
func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// orNull is what a column holds of an instant: null for the zero time.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// idOrNull is what a column holds of a customer: null where nobody is known.
func idOrNull(id tickets.CustomerID) *string {
	if id == "" {
		return nil
	}
	s := string(id)
	return &s
}
