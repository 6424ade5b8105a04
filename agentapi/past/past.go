// Package past is what was, over REST: rooms of operations that agentapi/rest serves beside its own.
//
//	Calls    the calls that were and are, found by what is known of them; one of them with its course; and lists as files
//	History  what queues, skills, agents and departments did, step by step, held against a week or a year before; and as files
//
//	page, program ──► rest (who is it, the rule of the route) ──► Calls ─┬─► Store: contacts and facts             (tickets/postgres)
//	                                                                     └─► Stories: decisions about them         (agentapi/desk)
//	                                                     ──► History ──► Figures: sums of quarters, days and months  (queues/postgres)
//
// A call's course is made of three things, each of which may be gone or away without taking the others along: the contact, which stays; its
// facts; and the decisions of the router, which are kept for weeks. See course.go.
//
// Invariants:
//
//   - who oversees sees all calls; others see in lists those that they took, and by its address each call that is theirs, or of a ticket that they may see;
//     what somebody may not see is to them as what is not there;
//   - of calls that were offered to colleagues nobody learns who does not oversee;
//   - nothing that a caller typed is told, only what they chose;
//   - whoever is shown what is a customer's leaves a line in the audit first.
package past

import (
	"context"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/desk"
	"hotline/agentapi/gate"
	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/lists"
)

// Store is where calls are read. The Store of tickets/postgres implements it.
type Store interface {
	// ListCalls is a page of a list; the error may be lists.ErrCursor. CountCalls counts the same, up to lists.Enough.
	ListCalls(ctx context.Context, q lists.CallQuestion) (lists.CallPage, error)
	CountCalls(ctx context.Context, q lists.CallQuestion) (int, error)
	// Call is one with its facts, in order; customers.ErrNoContact.
	Call(ctx context.Context, id tickets.ContactID) (lists.Call, []tickets.Fact, error)
	// SeesContact says whether somebody may see a contact.
	SeesContact(ctx context.Context, id tickets.ContactID, by tickets.Sight) (bool, error)
}

// Stories know what was decided about calls. The Stories of agentapi/desk implement it.
type Stories interface {
	Story(ctx context.Context, call telephony.CallID, live bool) (agentapi.Story, error)
}

// Calls is the operations about calls. It is a rest.Room.
type Calls struct {
	Store    Store
	Stories  Stories
	Present  *desk.Present        // how queues and agents are called now
	Terms    func() tickets.Terms // whose people see which tickets
	Location *time.Location       // the line's place: in which files tell moments
}

// sight is what somebody may see.
func (c *Calls) sight(a gate.Account) tickets.Sight {
	s := c.Terms().Sight(a.Person)
	s.All = a.Role.Oversees()
	return s
}
