// Package register is tickets and customers over REST: rooms of operations that agentapi/rest serves beside its own.
//
//	Tickets  lists with their counts and their search, a ticket's whole file, what its callers left as a message, the commands by which people and programs change it, and what a page
//	         may choose from (departments, topics, vendors), and lists that people save
//	Reports  what was done and what is left, by topic, department, person and time
//	Feed     tells pages on the stream what changed, and people what concerns them
//	Files    what belongs to a ticket as files: sending, listing, taking and removing them
//	Customers  customers: found, read, changed, merged; and whose a contact is
//	Persons  all that is held about one person: taken out, and erased
//	Voicemails  messages that callers left: which are to be done, and that they are
//	Imports  files of customers: sent, looked through, started, and how far they are
//
//	page, program ──► rest (who is it, the rule of the route) ──► Tickets ─┬─► Store: lists, files, timelines      (tickets/postgres)
//	                                                                       └─► Register.Do: a life.Command, in one transaction
//
// Who may see and do what is decided here, in one table (rights.go), by the same function for what a page offers and for what is refused.
//
// Invariants:
//
//   - what somebody may not see is to them as what is not there: 404, in no list, and in no count;
//   - what they may not do is not offered to them, and is refused when they send it all the same;
//   - a command that is refused has changed nothing, and the refusal says what is against it: the phases, the field, or what has happened since;
//   - whoever may see a ticket may see what belongs to it; whoever is shown what is a customer's leaves a line in the audit first;
//   - bodies that may be large are read as they come, within bounds;
//   - all that people and callers have written is safe to show in what is sent, and is text, never markup.
package register

import (
	"context"
	"errors"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/clock"
	"hotline/tickets/due"
	"hotline/tickets/life"
	"hotline/tickets/lists"
)

// Store is where tickets are read. The Store of tickets/postgres implements it.
type Store interface {
	// List is a page of a list; the error may be lists.ErrCursor or lists.ErrSort.
	List(ctx context.Context, q lists.Question) (lists.Page, error)
	// CountLists counts lists, each up to lists.Enough.
	CountLists(ctx context.Context, all ...lists.Question) ([]int, error)
	// Seen are those of some tickets, by their numbers or second names, that somebody may see.
	Seen(ctx context.Context, numbers []tickets.Number, by tickets.Sight) ([]tickets.Number, error)
	// Served says whether an agent took a contact of a ticket, or a call of its customer.
	Served(ctx context.Context, n tickets.Number, agent string) (bool, error)
	// Done says whether the request of a key (see life.Order) was done to a ticket, and not before a time.
	Done(ctx context.Context, n tickets.Number, key string, since time.Time) (bool, error)
	// File is a ticket with all that a page shows of it; tickets.ErrNoTicket.
	File(ctx context.Context, n tickets.Number, agent string, limit int) (lists.File, error)
	// Timeline is a further piece of it; lists.ErrCursor.
	Timeline(ctx context.Context, n tickets.Number, cursor string, limit int) (lists.Timeline, error)
	// Whole is all that was ever told of it, and of those that go on in it; tickets.ErrNoTicket.
	Whole(ctx context.Context, n tickets.Number) (lists.Whole, error)
	// Contact is one, by its id; customers.ErrNoContact.
	Contact(ctx context.Context, id tickets.ContactID) (tickets.Contact, error)
	// Clock is one of a ticket's clocks, by its place; tickets.ErrNoTicket.
	Clock(ctx context.Context, n tickets.Number, place int) (clock.Clock, error)

	// Views are the lists that an account has saved; lists.ErrViews where it saves too many.
	Views(ctx context.Context, account string) ([]lists.View, error)
	SaveView(ctx context.Context, account string, v lists.View) error
	DropView(ctx context.Context, account, id string) error

	// Notices are what somebody is told, the latest first; SeeNotices notes that they have seen some.
	Notices(ctx context.Context, of tickets.NoticesOf) ([]tickets.Notice, error)
	SeeNotices(ctx context.Context, person string, departments []string, ids []int64) (int64, error)
}

// Register is where tickets are changed. That of tickets/register implements it.
type Register interface {
	// Do carries out an order. Its error may be life.StaleError, life.Refused, tickets.ErrNoTicket, tickets.ErrRefused, or one of the order's check.
	Do(ctx context.Context, o life.Order) (life.Matter, error)
	// Open opens a ticket by hand, once for each key of somebody's. Its errors are those of Do.
	Open(ctx context.Context, o life.Opening) (life.Matter, error)
	// Terms are the settings that count now.
	Terms() tickets.Terms
}

// Tickets is the operations about tickets. It is a rest.Room.
type Tickets struct {
	Store      Store
	Register   Register
	Files      *attachment.Keeper // of which a ticket's whole file takes the contents; nil: there are none
	Recordings Recordings         // of what callers left; nil: there are none
	Location   *time.Location     // of the line: in which today ends
	Dates      func() due.Terms   // by which clocks are reckoned now

	counts     counts
	listenings rest.Listenings
}

// Operations implements rest.Room.
func (t *Tickets) Operations(to *rest.Registrar) {
	t.listOperations(to)
	t.exportOperation(to)
	t.fileOperations(to)
	t.recordingOperation(to)
	t.caseFileOperation(to)
	t.reckoningOperation(to)
	t.openOperation(to)
	t.commandOperations(to)
	t.choiceOperations(to)
	t.viewOperations(to)
	t.noticeOperations(to)
}

// viewer is who asks, with what is theirs.
type viewer struct {
	gate.Account
	terms  tickets.Terms // of the house
	sight  tickets.Sight
	served bool // they took a call of the ticket that this is about, or of its customer
}

func (t *Tickets) viewer(a gate.Account) viewer {
	terms := t.Register.Terms()
	v := viewer{Account: a, terms: terms, sight: terms.Sight(a.Person)}
	v.sight.All = a.Role.Oversees()
	return v
}

// about finds out who asks about a ticket, whose number they have typed, and that they may see it.
func (t *Tickets) about(ctx context.Context, to *rest.Registrar, number string) (viewer, tickets.Number, error) {
	a, err := to.Who(ctx)
	if err != nil {
		return viewer{}, "", err
	}
	n, err := tickets.ParseNumber(number)
	if err != nil {
		return viewer{}, "", agentapi.RefuseField("path.number", err.Error())
	}
	v := t.viewer(a)
	if !v.sight.All {
		switch seen, err := t.Store.Seen(ctx, []tickets.Number{n}, v.sight); {
		case err != nil:
			return viewer{}, "", to.Refusal(err, "ask whose a ticket is")
		case len(seen) == 0:
			return v, n, noTicket(n)
		}
	}
	return v, n, nil
}

func noTicket(n tickets.Number) *agentapi.Problem {
	return agentapi.Refuse(agentapi.CodeNotFound, "there is no ticket %s", n)
}

// refusal is what somebody is told of an error about a ticket.
func refusal(to *rest.Registrar, n tickets.Number, err error, doing string) error {
	switch {
	case errors.Is(err, tickets.ErrNoTicket):
		return noTicket(n)
	case errors.Is(err, lists.ErrCursor):
		return agentapi.Refuse(agentapi.CodeCursor, "%v", lists.ErrCursor)
	case errors.Is(err, lists.ErrSort):
		return agentapi.RefuseField("query.sort", lists.ErrSort.Error())
	default:
		return to.Refusal(err, doing)
	}
}

// by is who does something, as a ticket's history tells it.
func by(ctx context.Context, a gate.Account) tickets.By {
	b := tickets.By{Kind: tickets.ByPerson, ID: a.Person, Name: a.Name, From: "page"}
	if address := gate.Address(ctx); address != "" {
		b.From += " " + address
	}
	switch {
	case a.Role == gate.RoleMachine:
		b.Kind, b.ID = tickets.ByProgram, a.Name
	case b.ID == "":
		b.ID = a.Login
	}
	return b
}
