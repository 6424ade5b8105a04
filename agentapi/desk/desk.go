// Package desk is what agents' pages and the wall show, and what the pages command: it stands between agentapi's hub and the rest of
// Hotline. Router, talks, register and contacts are asked through small interfaces of its own, so that it knows none of them.
//
//	pages ── Do ───► Desks ──► Router (a fact), Talks (hold, resume, transfer, hang up), Register (the work after a call)
//	pages ◄─ hub ─── Desks ◄── Stepped (the router's goroutine), Pop, Talking, Ended (the goroutine of a call)
//	wall  ◄─ hub ─── Painter ◄── the router's state, twice a second, and the books of the day
//	pages ── ask ──► Stories: what was decided about a call, and who waits; Outlook: who is missing for the targets to hold
//
// Invariants:
//   - it holds no rule of routing or of tickets, only what is on each page now;
//   - what an agent commands about an offer, a talk or a call is theirs: another agent's is refused before anybody is asked;
//   - an offer that is on a page is one that the router has: it comes and goes under one lock, so that its end never overtakes it;
//   - the names of people and queues are those of the Lineup that counts now; who is in it no longer stays an id.
package desk

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/stream"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// Router takes facts about agents and their offers.
type Router interface {
	Board
	Report(ctx context.Context, e queues.Event) error
}

// Talks are what agents can do to the calls in which they talk; of is whose talk it is meant for, who may have passed the caller on in that
// moment. An agentapi.Problem is a refusal.
type Talks interface {
	Hold(ctx context.Context, call telephony.CallID, of queues.AgentID) error
	Resume(ctx context.Context, call telephony.CallID, of queues.AgentID) error
	// HangUp ends an agent's side of a talk, or of a consultation in it.
	HangUp(ctx context.Context, call telephony.CallID, of queues.AgentID) error
	Type(ctx context.Context, call telephony.CallID, of queues.AgentID, digits string) error
	Recorder
	// Help calls for a supervisor, with a word about it or none; EndHelp takes that back.
	Help(ctx context.Context, call telephony.CallID, of queues.AgentID, said string) error
	EndHelp(ctx context.Context, call telephony.CallID, of queues.AgentID) error
	// Transfer sends the caller on; the agent's talk is over then.
	Transfer(ctx context.Context, call telephony.CallID, of queues.AgentID, to Transfer) error
	// Consult asks somebody in the midst of the talk, and the four after it say how that goes on. Consult's error may be one of queues.
	Consult(ctx context.Context, call telephony.CallID, of queues.AgentID, whom Transfer) error
	Swap(ctx context.Context, call telephony.CallID, of queues.AgentID) error
	Join(ctx context.Context, call telephony.CallID, of queues.AgentID) error
	TakeBack(ctx context.Context, call telephony.CallID, of queues.AgentID) error
	Complete(ctx context.Context, call telephony.CallID, of queues.AgentID) error
	// Drop lets one of several go who were asked.
	Drop(ctx context.Context, call telephony.CallID, of queues.AgentID, guest string) error
	// Dial begins a call that an agent makes. It may be an error of queues, too.
	Dial(ctx context.Context, o Outbound) error
}

// Register keeps the work after a call, and which ticket it is about.
type Register interface {
	WrapUp(w tickets.WrapUp) error
	// DecideClaim keeps the word of a ticket's owner about a contact that says to be about the ticket.
	DecideClaim(id tickets.ContactID, about tickets.Number, by string, accepted bool) error
	// Relink gives a call to another ticket. Its errors are those of a command to a ticket (life.Refused and the like).
	Relink(ctx context.Context, call telephony.CallID, to tickets.Number, by tickets.By) error
	// Flush waits until the database has all that calls have told so far, or ctx ends.
	Flush(ctx context.Context) error
	// Terms are the settings that count now.
	Terms() tickets.Terms
}

// Contacts are the calls of before, in the database: they may take their time.
type Contacts interface {
	RecentOf(ctx context.Context, agent string, limit int) ([]tickets.AgentCall, error)
	History(ctx context.Context, n tickets.Number) (tickets.History, error)
	Ticket(ctx context.Context, n tickets.Number) (tickets.Ticket, error)
	// Sees says whether a ticket is of an agent's: see tickets.Sight.
	Sees(ctx context.Context, n tickets.Number, by tickets.Sight) (bool, error)
}

// Options are what Desks stand between.
type Options struct {
	Hub       *stream.Hub
	Router    Router
	Talks     Talks
	Register  Register
	Contacts  Contacts
	Present   *Present
	Kept      BulletinStore                      // nil: bulletins do not outlive a restart
	Orders    OrderStore                         // nil: what is ordered does not
	Skilled   func(queues.AgentID, queues.Agent) // told whose skills have changed by an order; may be nil
	Oversight Oversight                          // nil: supervisors listen to nobody
	Started   <-chan struct{}                    // closed when what was before a start is taken up: commands wait for it, for a while; nil is at once
	ByPhone   func(queues.AgentID) bool          // who works by phone alone, so that no page is awaited; nil: nobody. It must not block
	SignedOut func(queues.AgentID)               // told whose shift has ended; nil is nobody. It must not block
	Log       *slog.Logger
}

// Desks are the pages of all agents. They are stream.Agents for the pages, and the desk of ivr's calls.
type Desks struct {
	hub      *stream.Hub
	router   Router
	talks    Talks
	register Register
	contacts Contacts
	present  *Present
	began    time.Time
	started  <-chan struct{} // nil is at once
	byPhone  func(queues.AgentID) bool
	left     func(queues.AgentID) // nil is nobody
	log      *slog.Logger

	ordering  chan struct{} // has room for the one order whose turn it is; goes before mu
	orders    OrderStore
	unkept    map[queues.QueueID]closing // guarded by ordering: what the store does not know yet
	skilled   func(queues.AgentID, queues.Agent)
	bulletins bulletins
	showing   sync.Mutex // while a page is given its bulletins

	oversight Oversight

	mu          sync.Mutex
	attendances []Attendance // guarded by mu
	pages       map[queues.AgentID]*page
	talking     map[queues.AgentID]*page // those that show a talk which is not over, and perhaps some of which it is; guarded by mu
}

// page is what one agent's page shows beside the router's own state. Guarded by Desks.mu.
type page struct {
	state  queues.AgentState
	left   time.Time      // when they signed out last, in this run
	offer  queues.OfferID // the one on the page
	talk   *agentapi.Talk // kept through wrap-up
	asked  queues.OfferID // by which they are asked in the talk; of Talk.Consult
	over   bool           // the talk is
	filed  bool           // the talk's wrap-up is written
	recent []agentapi.Recent
	found  chan struct{} // closed when the first talk is on the page
}

// shows puts a talk on an agent's page. Under mu.
func (d *Desks) shows(id queues.AgentID, p *page, talk *agentapi.Talk) {
	d.talking[id] = p
	p.talk, p.over = talk, false
	select {
	case <-p.found:
	default:
		close(p.found)
	}
}

// talkers are the pages with a talk that is not over: few of all, for whoever looks twice a second. Under mu.
func (d *Desks) talkers() map[queues.AgentID]*page {
	maps.DeleteFunc(d.talking, func(_ queues.AgentID, p *page) bool { return p.over })
	return d.talking
}

// New makes the desks, all of them empty.
func New(o Options) *Desks {
	if o.ByPhone == nil {
		o.ByPhone = func(queues.AgentID) bool { return false }
	}
	return &Desks{
		byPhone: o.ByPhone, left: o.SignedOut,
		hub: o.Hub, router: o.Router, talks: o.Talks, register: o.Register, contacts: o.Contacts, present: o.Present,
		oversight: o.Oversight, log: o.Log, began: time.Now(), started: o.Started, pages: make(map[queues.AgentID]*page), talking: make(map[queues.AgentID]*page), bulletins: bulletins{store: o.Kept, log: o.Log}, orders: o.Orders, ordering: make(chan struct{}, 1), unkept: map[queues.QueueID]closing{}, skilled: o.Skilled,
	}
}

// page finds an agent's, or opens one. Under mu.
func (d *Desks) page(id queues.AgentID) *page {
	p := d.pages[id]
	if p == nil {
		p = &page{found: make(chan struct{}), state: queues.AgentState{ID: id, Availability: queues.SignedOut, Activity: queues.Idle}}
		d.pages[id] = p
	}
	return p
}

// Stepped shows the router's decisions on the pages. It is called by the router's goroutine, and does not block.
func (d *Desks) Stepped(_ time.Time, _ queues.Event, all []queues.Decision) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, decision := range all {
		switch decision := decision.(type) {
		case *queues.OfferEnded:
			d.offerEnded(decision)
		case *queues.AgentChanged:
			d.agentChanged(decision.Agent)
		case *queues.Offered, *queues.QueueChanged, *queues.Rejected,
			*queues.RequestEnded, *queues.RequestMoved, *queues.CallbackWaits, *queues.PlaceRegained, *queues.AnswerUndone: // the call's own goroutine is told
		default:
			panic("desk: unknown decision")
		}
	}
}

func (d *Desks) offerEnded(e *queues.OfferEnded) {
	p := d.page(e.Offer.Agent)
	if p.offer == e.Offer.ID && e.How != queues.OfferWasAnswered { // call.answered takes that off
		p.offer = ""
		d.hub.Me(e.Offer.Agent, stream.Change{Type: "offer." + string(e.How), Parts: stream.Parts{stream.PartOffer: nil}})
	}
}

func (d *Desks) agentChanged(s queues.AgentState) {
	p := d.page(s.ID)
	before := p.state
	p.state = s
	if before.Availability != queues.SignedOut && s.Availability == queues.SignedOut {
		p.left = time.Now()
		if d.left != nil {
			d.left(s.ID)
		}
	}
	parts := stream.Parts{
		stream.PartAvailability: agentapi.Availability{
			State: string(s.Availability), Reason: string(s.Reason), Since: s.Since, Next: string(s.Next), NextReason: string(s.NextReason), Until: s.Until,
		},
		stream.PartActivity: agentapi.Activity{State: string(s.Activity), Since: s.ActivitySince, Deadline: s.Deadline},
		stream.PartPhone:    agentapi.PhoneState{Reachable: s.Reachable},
	}
	switch {
	case s.Activity == queues.WrapUp && p.talk != nil:
		parts[stream.PartWrapUp] = p.wrapUp()
	case before.Activity == queues.WrapUp:
		parts[stream.PartWrapUp] = nil
		d.closeByClock(p, s.ID)
	}
	d.hub.Me(s.ID, stream.Change{Type: "agent.changed", Parts: parts})
}

// Person shows on an agent's page whose page it is.
func (d *Desks) Person(self agentapi.Self) {
	d.hub.Me(self.ID, stream.Change{Type: "agent.changed", Parts: stream.Parts{stream.PartAgent: self}})
}

// Tell reports to the router a fact that may come too late, such as one about an offer that has just ended. The router rejects it then.
func (d *Desks) Tell(e queues.Event) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	if err := d.router.Report(ctx, e); err != nil {
		d.log.Debug("the router has moved on", "event", fmt.Sprintf("%T", e), "err", err) // an event may hold the caller's number
	}
}
