package postgres

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/customers"
)

// Columns in the order in which the scanners below take them.
const (
	ticketColumns = `number, coalesce(customer_id::text, ''), subject, topic, state,
		coalesce(owner_kind, ''), coalesce(owner, ''), next_at, coalesce(next_step, ''), closed_at, disposition,
		opened_at, activity_at, opened_by, phase, awaits, department, class, priority, language, district, reply_channel, reply_address,
		reopened, reminded, escalated, solved_by, solved_at, coalesce(parent, ''), coalesce(merged_into, ''), version, wake_at, worked`
	contactColumns = `id, channel, ticket, linked, about, coalesce(customer_id::text, ''), caller, raw_caller, raw_name, dialled,
		topic, language, path, queue, agent_id, agent_name, offers,
		arrived_at, queued_at, answered_at, ended_at, wrapped_up_at, outcome, disposition, note, lost_by, recordings, talks, called_by, call_reason`
	customerColumns = `id::text, name, contract, address, equipment, notes, warnings, provisional,
		ARRAY(SELECT n.number FROM customer_numbers n WHERE n.customer_id = id ORDER BY n.number), mails, addresses, external_id, version,
		(SELECT coalesce(jsonb_agg(jsonb_build_object('number', k.number, 'agreement', k.agreement, 'ends_on', coalesce(k.ends_on::text, ''))
			ORDER BY k.position, k.number), '[]') FROM customer_contracts k WHERE k.customer_id = id)`
)

func scanTicket(row pgx.CollectableRow) (tickets.Ticket, error) { return scanTicketAnd(row) }

// scanTicketAnd reads a ticket, and what else stands behind it.
func scanTicketAnd(row pgx.CollectableRow, others ...any) (tickets.Ticket, error) {
	var (
		t                  tickets.Ticket
		state, kind, owner string
		step               tickets.Step
		disposition        tickets.Disposition
		next, closed       time.Time
		phase              tickets.Phase
		awaits             tickets.Awaited
	)
	err := row.Scan(append([]any{&t.Number, &t.Customer, &t.Subject, &t.Topic, &state, &kind, &owner, moment{&next}, &step, moment{&closed},
		&disposition, moment{&t.OpenedAt}, moment{&t.ActivityAt}, &t.OpenedBy, &phase, &awaits, &t.Department, &t.Class, &t.Priority, &t.Language, &t.District,
		&t.Reply.Channel, &t.Reply.Address, &t.Reopened, &t.Reminded, &t.Escalated, &t.SolvedBy, moment{&t.SolvedAt}, &t.Parent, &t.Into, &t.Version, moment{&t.WakeAt}, &t.Worked}, others...)...)
	if err != nil {
		return t, err
	}
	switch state {
	case "open":
		var o tickets.Open
		o, err = tickets.KeepOpen(ownerOf(kind, owner), next, step)
		t.State = o.In(phase, awaits)
		if d, is := o.Owner().(tickets.Department); is && t.Department == "" {
			t.Department = d // of before departments were noted
		}
	case "closed":
		t.State = tickets.Closed{At: closed, Disposition: disposition}
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

// storedTalk is a talk as the column talks has it: those of colleagues who were asked stand behind the others.
type storedTalk struct {
	tickets.Talk
	Asked bool `json:"asked,omitempty"`
}

func storedTalks(c *tickets.Contact) []storedTalk {
	all := make([]storedTalk, 0, len(c.Talks)+len(c.Asked))
	for _, t := range c.Talks {
		all = append(all, storedTalk{Talk: t})
	}
	for _, t := range c.Asked {
		all = append(all, storedTalk{t, true})
	}
	return all
}

// onlyAsked is the condition that an agent was asked in a call, and did not have it.
func onlyAsked(talks, agent string) string {
	return talks + ` @> jsonb_build_array(jsonb_build_object('agent', jsonb_build_object('id', ` + agent + `), 'asked', TRUE))`
}

func scanContact(row pgx.CollectableRow) (tickets.Contact, error) { return scanContactAnd(row) }

// scanContactAnd reads a contact, and what else stands behind it.
func scanContactAnd(row pgx.CollectableRow, others ...any) (tickets.Contact, error) {
	var (
		c                  tickets.Contact
		channel, from, raw string
		talks              []storedTalk
	)
	err := row.Scan(append([]any{&c.ID, &channel, &c.Ticket, &c.Linked, &c.About, &c.Customer, &from, &raw, &c.RawName, &c.To,
		&c.Topic, &c.Language, &c.Path, &c.Queue, &c.Agent.ID, &c.Agent.Name, &c.Offers,
		moment{&c.ArrivedAt}, moment{&c.QueuedAt}, moment{&c.AnsweredAt}, moment{&c.EndedAt}, moment{&c.WrappedUpAt}, &c.Outcome, &c.Disposition, &c.Note, &c.LostBy, &c.Recordings, &talks, &c.CalledBy, &c.Reason}, others...)...)
	if err != nil {
		return c, err
	}
	if len(c.Recordings) == 0 {
		c.Recordings = nil // as a contact has them that was never stored
	}
	for _, t := range talks {
		if t.Asked {
			c.Asked = append(c.Asked, t.Talk)
		} else {
			c.Talks = append(c.Talks, t.Talk)
		}
	}
	c.TakeRecordings()
	c.From = telephony.NumberOf(from, raw)
	if c.Channel, err = tickets.ParseChannel(channel); err != nil {
		return c, fmt.Errorf("contact %s: %w", c.ID, err)
	}
	return c, nil
}

func scanCustomer(row pgx.CollectableRow) (tickets.Customer, error) {
	var (
		c         tickets.Customer
		contracts []customers.Contract
	)
	err := row.Scan(&c.ID, &c.Name, &c.Contract, &c.Address, &c.Equipment, &c.Notes, &c.Warnings, &c.Provisional, &c.Numbers,
		&c.Mails, &c.Addresses, &c.ExternalID, &c.Version, &contracts)
	for _, k := range contracts {
		c.Contracts = append(c.Contracts, k.Kept())
	}
	return c, err
}

func scanPast(row pgx.CollectableRow) (tickets.Past, error) {
	var (
		p       tickets.Past
		outcome tickets.Outcome
	)
	err := row.Scan(&p.Contact, &p.Ticket, moment{&p.At}, moment{&p.EndedAt}, &outcome)
	p.BrokeOff = outcome.BrokeOff()
	return p, err
}

// moment reads an instant from a column into dst; null becomes the zero time. Whatever stands there can be read, infinity too, and written down
// in any form (see tickets.Legible): a row that some older version or a hand has written makes nothing else illegible.
type moment struct{ dst *time.Time }

// ScanTimestamptz is pgtype.TimestamptzScanner.
func (m moment) ScanTimestamptz(v pgtype.Timestamptz) error {
	switch {
	case !v.Valid:
		*m.dst = time.Time{}
	case v.InfinityModifier == pgtype.Infinity:
		*m.dst = tickets.Legible(time.Unix(1<<40, 0))
	case v.InfinityModifier == pgtype.NegativeInfinity:
		*m.dst = tickets.Legible(time.Unix(-1<<40, 0))
	default:
		*m.dst = tickets.Legible(v.Time.UTC())
	}
	return nil
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
