package tickets

import (
	"strings"
	"time"
)

// Answered says who speaks with the caller. Next is when the agent is asked if wrap-up leaves the ticket open.
type Answered struct {
	Agent Agent     `json:"agent"`
	Next  time.Time `json:"next"`
}

func init() { define[Answered](often) }

func (Answered) Kind() Kind { return "call.answered" }

func (Answered) signOfLife() {}

func (e Answered) by() By {
	return By{Kind: ByCall, ID: e.Agent.ID, Name: e.Agent.Name, From: "call"}
}

// apply makes the agent owner of a ticket that nobody has worked on yet. One that a person or a
// department follows up stays with them, unless it was opened for this very call, and is of who had the caller before.
func (e Answered) apply(p *page) error {
	before := p.contact.Agent
	p.contact.joined(p.At, e.Agent)
	p.contact.Agent = e.Agent
	p.contact.talkedAfterAll()
	if p.contact.AnsweredAt.IsZero() {
		p.contact.AnsweredAt = p.At
	}
	if s, ok := p.ticket.State.(Open); ok && (s.step != FollowUp || p.passes(before, s)) && Take.From(s.phase) && strings.TrimSpace(e.Agent.ID) != "" {
		return p.ticket.Turn(Take, Person(e.Agent.ID), orAt(e.Next, p.At.Add(24*time.Hour)), FollowUp, "")
	}
	return nil
}

// passes says whether the ticket of this call passes from who had the caller before to another who has them now. To whom they come back it stays as it is.
func (p *page) passes(before Agent, s Open) bool {
	return before.ID != "" && before.ID != p.contact.Agent.ID && s.owner == Person(before.ID) && p.ticket.OpenedBy == p.Fact.Contact
}

// Joined keeps, for pop and note alone, with whom the caller was just joined. Answered must follow; where the two were parted before it
// was a talk, undo takes it back.
func (c *Case) Joined(at time.Time, a Agent) (undo func()) {
	a = a.clean()
	c.mu.Lock()
	defer c.mu.Unlock()
	agent, answered, talked := c.kept.Agent, c.kept.AnsweredAt, c.kept.Talked
	c.kept.Agent, c.kept.AnsweredAt, c.kept.Talked = &a, at, time.Time{}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.kept.Agent, c.kept.AnsweredAt, c.kept.Talked = agent, answered, talked
	}
}

// Answered notes who speaks with the caller.
func (c *Case) Answered(at time.Time, a Agent) {
	a = a.clean()
	c.mu.Lock()
	c.kept.Agent, c.kept.AnsweredAt, c.kept.Talked = &a, at, time.Time{}
	c.mu.Unlock()
	c.write(at, Answered{a, at.Add(c.terms.FollowUpWithin)})
}
