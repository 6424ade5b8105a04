package demo

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/life"
)

// Books is where an organisation's customers and tickets stand. The Store of tickets/postgres implements it.
type Books interface {
	SeedCustomers(ctx context.Context, customers []tickets.Seed) error
	ReserveNumbers(ctx context.Context, count int, from uint64) (tickets.Block, error)
	Apply(ctx context.Context, facts []tickets.Fact) error
	Change(ctx context.Context, n tickets.Number, others []tickets.Number, key string, do func(*life.File) (life.Outcome, error)) (life.Matter, error)
}

// past writes into the books what happened before the demo begins: contacts as the facts of a call are written, and what people did to the
// tickets as the commands that they give, each at its time. So the history of these tickets is as true as that of any other. After an error
// nothing more is written.
type past struct {
	ctx   context.Context
	books Books
	terms tickets.Terms
	line  string    // its number
	now   time.Time // when the demo begins
	err   error
}

// remember writes an organisation's past.
func (o Organisation) remember(ctx context.Context, books Books, terms tickets.Terms, line string, now time.Time) error {
	customers := o.customers()
	seeds := make([]tickets.Seed, len(customers))
	for i, c := range customers {
		seeds[i].Customer = c
	}
	if err := books.SeedCustomers(ctx, seeds); err != nil {
		return err
	}
	p := &past{ctx: ctx, books: books, terms: terms.OrUsual(), line: line, now: now.UTC().Truncate(time.Microsecond)}
	o.history(p, customers)
	return p.err
}

// ago and in are moments before and after the demo begins.
func (p *past) ago(d time.Duration) time.Time { return p.now.Add(-d) }
func (p *past) in(d time.Duration) time.Time  { return p.now.Add(d) }

// contact is how a ticket began. What is empty did not happen: a call that no agent took was abandoned in its queue, and a letter, form
// or visit that nobody took was not looked at yet.
type contact struct {
	ago     time.Duration
	by      tickets.Channel // nil is a call
	from    tickets.Customer
	topic   string
	queue   string
	agent   string
	subject string
	note    string
	settled bool // the agent could answer at once
}

// matter is a ticket of the past.
type matter struct {
	past   *past
	number tickets.Number
}

// came writes how a ticket began.
func (p *past) came(c contact) *matter {
	m := &matter{past: p}
	if p.err != nil {
		return m
	}
	block, err := p.books.ReserveNumbers(p.ctx, 1, 0)
	if err != nil {
		p.err = err
		return m
	}
	m.number = tickets.MakeNumber(block.First)
	facts, err := p.facts(c, m.number)
	if err == nil {
		err = p.books.Apply(p.ctx, facts)
	}
	if err != nil {
		p.err = fmt.Errorf("contact about %q: %w", c.subject, err)
	}
	return m
}

// facts are those of a contact: of a call each is a little later than the one before.
func (p *past) facts(c contact, own tickets.Number) (all []tickets.Fact, err error) {
	at, isCall := p.ago(c.ago), c.by == nil
	if isCall {
		c.by = tickets.Call{}
	}
	add := func(after time.Duration, e tickets.Event) {
		at = at.Add(after)
		f := tickets.Fact{Contact: tickets.ContactID("past-" + string(own)), Channel: c.by, N: at.UnixMicro(), At: at, Own: own, Event: e}
		switch e.(type) {
		case tickets.Arrived, tickets.Ended:
			f.N = 0 // these happen once
		}
		all = append(all, f)
	}
	topic := p.terms.Topic(c.topic)
	agent := tickets.Agent{ID: c.agent, Name: p.terms.People[c.agent].Name}
	callBack := at.Add(p.terms.CallBackWithin)
	add(0, tickets.Arrived{From: c.from.Numbers[0], RawFrom: c.from.Numbers[0], To: p.line, Department: p.terms.Department, Next: callBack})
	add(20*time.Second, tickets.Routed{Topic: c.topic, Department: topic.Department, Ticket: own, Linked: tickets.LinkedNew, Language: "ru", Path: []words.Text{topic.Name}, Next: callBack})
	outcome := tickets.AbandonedInQueue
	if isCall {
		add(2*time.Second, tickets.Queued{Queue: c.queue, Department: topic.Department})
		if c.agent != "" {
			add(10*time.Second, tickets.Offered{Agent: agent})
			add(4*time.Second, tickets.Answered{Agent: agent, Next: at.Add(p.terms.FollowUpWithin)})
			outcome = tickets.Served
		}
		add(3*time.Minute, tickets.Ended{Outcome: outcome, Department: topic.Department, Language: "ru", Next: at.Add(p.terms.CallBackWithin)})
	}
	if c.agent == "" {
		return all, nil
	}
	left := tickets.WrapUp{Call: "past", Agent: agent, Disposition: tickets.FollowUpNeeded, Note: c.note, Subject: c.subject, At: at.Add(time.Minute)}
	if c.settled {
		left.Disposition = tickets.Resolved
	}
	e, err := left.Event(p.terms)
	add(time.Minute, e)
	return all, err
}

// did is what somebody did to the ticket, so long ago.
func (m *matter) did(ago time.Duration, who string, c life.Command) *matter {
	p := m.past
	if p.err != nil {
		return m
	}
	by := tickets.By{Kind: tickets.ByPerson, ID: who, Name: p.terms.People[who].Name, From: "page"}
	if who == byItself {
		by = tickets.By{Kind: tickets.ByRule, ID: c.Name()}
	}
	_, err := p.books.Change(p.ctx, m.number, life.Needs(c), "", func(f *life.File) (life.Outcome, error) {
		f.Terms = p.terms
		return life.Do(f, m.number, c, by, p.ago(ago))
	})
	if err != nil {
		p.err = fmt.Errorf("%s by %s, %s ago: %w", c.Name(), cmp.Or(who, "rule"), ago, err)
	}
	return m
}

// byItself is who does what happens by a rule.
const byItself = ""
