package tickets

import (
	"strings"
	"time"
)

// What each event means for the contact and its ticket; Book.Apply calls these.

func (b *Book) queued(f Fact, e Queued, c *Contact, t *Ticket) {
	c.Queue = e.Queue
	if c.QueuedAt.IsZero() {
		c.QueuedAt = f.At
	}
	if s, ok := t.State.(Open); ok && t.OpenedBy == f.Call && s.step == Serve && e.Department != "" {
		t.State = Open{Department(e.Department), s.next, s.step}
	}
}

// answered makes the agent owner of a ticket that nobody has worked on yet. One that a person or a
// department follows up stays with them.
func (b *Book) answered(f Fact, e Answered, c *Contact, t *Ticket) {
	c.Agent = e.Agent
	if c.AnsweredAt.IsZero() {
		c.AnsweredAt = f.At
	}
	if s, ok := t.State.(Open); ok && s.step != FollowUp && strings.TrimSpace(e.Agent.ID) != "" {
		t.State = Open{Person(e.Agent.ID), orAt(e.Next, f.At.Add(24*time.Hour)), FollowUp}
	}
}

func (b *Book) ended(f Fact, e Ended, c *Contact, t *Ticket) {
	c.EndedAt, c.Outcome, c.Language = f.At, e.Outcome, orElse(e.Language, c.Language)
	if len(e.Path) > 0 {
		c.Path = e.Path
	}
	s, ok := t.State.(Open)
	if !ok {
		return
	}
	next := orAt(e.Next, f.At.Add(time.Hour))
	switch {
	case e.Outcome == Informed && s.step != FollowUp:
		t.State = Closed{At: f.At, Disposition: selfService}
	case e.Outcome == SentOn && s.step != FollowUp: // whether that helped is to be asked
		t.State = Open{s.owner, next, FollowUp}
	case e.Outcome.BrokeOff() && s.step == FollowUp: // stays with who follows it up, who learns of it in time
		if next.Before(s.next) {
			t.State = Open{s.owner, next, s.step}
		}
	case e.Outcome == NotReached && s.step == CallBack: // an attempt in vain does not move the date that was promised
	case e.Outcome.BrokeOff():
		t.State = Open{Department(orElse(e.Department, s.owner.Name())), next, CallBack}
	}
}

// recorded notes where the caller's words are, for whoever calls back.
func (b *Book) recorded(e Recorded, c *Contact) {
	if c.Note != "" {
		c.Note += "\n"
	}
	c.Note += "recording: " + e.Place
}

// check refuses a wrap-up that would leave an open ticket without an owner.
func (e WrappedUp) check() error {
	if e.Disposition == Undisposed || e.Closes || e.Disposition == HandedOver || strings.TrimSpace(e.Agent.ID) != "" {
		return nil
	}
	return ErrNoOwner
}

func (b *Book) wrappedUp(f Fact, e WrappedUp, c *Contact, t *Ticket) {
	if e.Disposition == Undisposed && !c.WrappedUpAt.IsZero() {
		return // the clock knows less than the agent, whose note was kept just before a restart
	}
	next := orAt(e.Next, f.At.Add(24*time.Hour))
	switch {
	case e.Disposition == Undisposed:
	case e.Closes && e.Disposition != Resolved && t.OpenedBy != f.Call:
		// a wrong number or an insult is no reason to close what somebody else's call opened
	case e.Closes:
		t.State = Closed{At: f.At, Disposition: e.Disposition}
	case e.Disposition == HandedOver:
		t.State = Open{Department(orElse(e.Department, orElse(t.Topic, DefaultDepartment))), next, FollowUp}
	default:
		t.State = Open{Person(e.Agent.ID), next, FollowUp}
	}
	c.WrappedUpAt, c.Disposition, c.Note = f.At, e.Disposition, e.Note
	if c.Agent.ID == "" {
		c.Agent = e.Agent
	}
	t.Subject = orElse(e.Subject, t.Subject)
}
