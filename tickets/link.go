package tickets

import "time"

// Linked says how a call came to its ticket.
type Linked string

const (
	LinkedTyped     Linked = "typed"      // the caller typed its number
	LinkedCustomer  Linked = "customer"   // the one open ticket of this customer on this topic
	LinkedBrokenOff Linked = "broken_off" // goes on where a call from this number broke off
	LinkedByAgent   Linked = "agent"      // whoever talked with the caller has said so
	LinkedNew       Linked = "new"
)

// How far back the linking rule looks.
const (
	ActivityWindow  = 72 * time.Hour
	BrokenOffWindow = 10 * time.Minute
)

// Link is the linking rule: a typed number links its ticket; else the one open ticket of this
// customer on this topic with activity in the last 72 h, or the one that another call of theirs opens at the same moment; else the ticket of a call from
// this number that broke off in the last 10 min, the latest of them; else the call's own new one. It never
// links by an anonymous number, nor by one that several customers share.
func Link(at time.Time, own, typed Number, topic string, c Caller) (Number, Linked) {
	if typed != "" {
		return typed, LinkedTyped
	}
	if c.Match == Anonymous || c.Match == Several { // of those who share a number nobody can tell who calls
		return own, LinkedNew
	}
	if n, ok := oneOpen(at, topic, c); ok {
		return n, LinkedCustomer
	}
	if n, ok := beside(topic, c); ok {
		return n, LinkedCustomer
	}
	if n, ok := lastBrokenOff(at, c.Calls); ok {
		return n, LinkedBrokenOff
	}
	return own, LinkedNew
}

func oneOpen(at time.Time, topic string, c Caller) (Number, bool) {
	if c.Customer == nil || topic == "" {
		return "", false
	}
	var found []Number
	for _, t := range c.OpenTickets {
		if _, open := t.State.(Open); open && t.Topic == topic && at.Sub(t.ActivityAt) <= ActivityWindow {
			found = append(found, t.Number)
		}
	}
	if len(found) != 1 {
		return "", false
	}
	return found[0], true
}

// beside is the ticket that another call from this number, which is on at the moment, has opened on the topic: the store may not have it yet. What
// this cannot see, such as a call from another number of the same customer, the book sees (see Routed).
func beside(topic string, c Caller) (Number, bool) {
	if !c.Answered || topic == "" {
		return "", false
	}
	for _, p := range c.Calls {
		if p.EndedAt.IsZero() && p.Topic == topic {
			return p.Ticket, true
		}
	}
	return "", false
}

func lastBrokenOff(at time.Time, calls []Past) (Number, bool) {
	var last Past
	for _, p := range calls {
		if p.BrokeOff && !p.EndedAt.IsZero() && at.Sub(p.EndedAt) <= BrokenOffWindow && p.EndedAt.After(last.EndedAt) {
			last = p
		}
	}
	return last.Ticket, last.Ticket != ""
}
