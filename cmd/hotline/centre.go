package main

import (
	"context"
	"errors"
	desks "hotline/agentapi/desk"
	"hotline/cmd/hotline/config"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"hotline/agentapi"
	"hotline/ivr"
	"hotline/queues"
	"hotline/queues/acd"
	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/register"
)

// centre stands between the pages and the rest: what agents command goes to the router and
// the calls; what the router decides and the calls show goes to the pages. It holds no
// rule, only what is on each desk now.
//
//	pages ── Do ──► centre ──► acd, line, register
//	pages ◄─ hub ── centre ◄── Stepped (acd's goroutine), Pop, Talking, Ended (calls' goroutines)
type centre struct {
	config   config.Config
	hub      *agentapi.Hub
	acd      *acd.ACD
	register *register.Register
	recent   func(queues.AgentID) []agentapi.Recent                       // from the database: it may take its time
	talkOf   func(queues.AgentID, queues.RequestID) (agentapi.Talk, bool) // likewise: one that is over
	line     *ivr.Line
	present  atomic.Pointer[desks.Lineup]
	log      *slog.Logger

	mu    sync.Mutex
	desks map[queues.AgentID]*desk
}

// desk is what one agent's page shows beside the router's own state. Guarded by centre.mu.
type desk struct {
	state  queues.AgentState
	shown  queues.OfferID // the one on the page
	talk   *agentapi.Talk // kept through wrap-up
	filed  bool           // the talk's wrap-up is written
	recent []agentapi.Recent
}

const recentCalls = 10 // that a desk lists

// commandTime limits what a command asks of the router.
const commandTime = 5 * time.Second

// lineup is the one that counts now. Take it once for what belongs together.
func (c *centre) lineup() *desks.Lineup { return c.present.Load() }

func (c *centre) desk(id queues.AgentID) *desk {
	d := c.desks[id]
	if d == nil {
		d = &desk{state: queues.AgentState{ID: id, Availability: queues.SignedOut, Activity: queues.Idle}}
		c.desks[id] = d
	}
	return d
}

// Do carries out an agent's command.
func (c *centre) Do(ctx context.Context, id queues.AgentID, command agentapi.Command) error {
	switch command := command.(type) {
	case agentapi.Ready:
		if err := c.signIn(ctx, id); err != nil {
			return err
		}
		return refusal(c.acd.Report(ctx, queues.AgentReady{Agent: id}))
	case agentapi.NotReady:
		if err := c.signIn(ctx, id); err != nil {
			return err
		}
		return refusal(c.acd.Report(ctx, queues.AgentNotReady{Agent: id, Reason: queues.Reason(command.Reason)}))
	case agentapi.SignOut:
		return refusal(c.acd.Report(ctx, queues.AgentSignedOut{Agent: id}))
	case agentapi.AcceptOffer:
		return c.answerOffer(ctx, id, command.Offer, queues.OfferAccepted{Offer: command.Offer})
	case agentapi.DeclineOffer:
		return c.answerOffer(ctx, id, command.Offer, queues.OfferDeclined{Offer: command.Offer})
	case agentapi.HangUp:
		return c.hangUp(ctx, id, command.Call)
	case agentapi.HoldCall:
		return c.inTalk(ctx, id, command.Call, c.line.Hold)
	case agentapi.ResumeCall:
		return c.inTalk(ctx, id, command.Call, c.line.Resume)
	case agentapi.FinishWrapUp:
		return c.finishWrapUp(ctx, id, command)
	case agentapi.ExtendWrapUp:
		return refusal(c.acd.Report(ctx, queues.WrapUpExtended{Agent: id}))
	default:
		panic("centre: unknown command")
	}
}

// signIn begins the agent's shift where it has not begun.
func (c *centre) signIn(ctx context.Context, id queues.AgentID) error {
	agent, known := c.lineup().Agents[id]
	if !known {
		return agentapi.Refuse(agentapi.CodeNotAnAgent, "%s is not among the agents of the configuration", id)
	}
	c.mu.Lock()
	out := c.desk(id).state.Availability == queues.SignedOut
	c.mu.Unlock()
	if !out {
		return nil
	}
	err := c.acd.Report(ctx, queues.AgentSignedIn{Agent: agent})
	if errors.Is(err, queues.ErrAlready) { // two pages at once
		return nil
	}
	if err == nil {
		go c.showRecent(id)
	}
	return refusal(err)
}

// showRecent lists the agent's latest calls on a desk that knows of none yet.
func (c *centre) showRecent(id queues.AgentID) {
	recent := c.recent(id)
	c.mu.Lock()
	defer c.mu.Unlock()
	if d := c.desk(id); len(d.recent) == 0 && len(recent) > 0 {
		d.recent = recent
		c.hub.Me(id, agentapi.Change{Type: "agent.changed", Parts: agentapi.Parts{agentapi.PartRecent: recent}})
	}
}

// answerOffer makes sure that nobody answers another agent's offer.
func (c *centre) answerOffer(ctx context.Context, id queues.AgentID, offer queues.OfferID, e queues.Event) error {
	c.mu.Lock()
	own := c.desk(id).state.Offer == offer
	c.mu.Unlock()
	if !own {
		return agentapi.Refuse(agentapi.CodeOfferEnded, "the offer is over")
	}
	if err := c.acd.Report(ctx, e); err != nil {
		return refusal(err)
	}
	if _, accepted := e.(queues.OfferAccepted); accepted {
		c.hub.Me(id, agentapi.Change{Type: "offer.accepted"})
	}
	return nil
}

func (c *centre) hangUp(ctx context.Context, id queues.AgentID, call telephony.CallID) error {
	return c.inTalk(ctx, id, call, func(ctx context.Context, call telephony.CallID) error {
		there, err := c.line.HangUpAgent(ctx, call)
		if err == nil && !there {
			return ivr.ErrTalkOver
		}
		return err
	})
}

// inTalk makes sure that nobody does something in another agent's talk.
func (c *centre) inTalk(ctx context.Context, id queues.AgentID, call telephony.CallID, do func(context.Context, telephony.CallID) error) error {
	c.mu.Lock()
	talk := c.desk(id).talk
	own := talk != nil && talk.ID == call
	c.mu.Unlock()
	if !own {
		return agentapi.Refuse(agentapi.CodeConflict, "the agent does not talk in this call")
	}
	err := do(ctx, call)
	switch {
	case errors.Is(err, ivr.ErrTalkOver):
		return agentapi.Refuse(agentapi.CodeConflict, "the talk is over")
	case errors.Is(err, ivr.ErrHeld):
		return agentapi.Refuse(agentapi.CodeOnHold, "the caller is on hold already")
	case errors.Is(err, ivr.ErrNotHeld):
		return agentapi.Refuse(agentapi.CodeNotOnHold, "the caller is not on hold")
	}
	return err
}

// DeskClosed says that the agent's last page is gone for good.
func (c *centre) DeskClosed(id queues.AgentID) {
	c.tell(queues.DeskLost{Agent: id})
}

// phoneChanged is what the switch says about a phone.
func (c *centre) phoneChanged(phone string, reachable bool) {
	for _, p := range c.config.People {
		if p.Phone == phone && p.Role == "agent" {
			c.tell(queues.PhoneChanged{Agent: p.ID, Reachable: reachable})
		}
	}
}

// tell reports a fact that may come too late to be one.
func (c *centre) tell(e queues.Event) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	if err := c.acd.Report(ctx, e); err != nil {
		c.log.Debug("the router has moved on", "event", e, "err", err)
	}
}

// refusal gives the router's errors their codes.
func refusal(err error) error {
	switch {
	case err == nil, errors.Is(err, queues.ErrAlready):
		return nil
	case errors.Is(err, queues.ErrOfferOver):
		return agentapi.Refuse(agentapi.CodeOfferEnded, "the offer is over")
	case errors.Is(err, queues.ErrTooMany):
		return agentapi.Refuse(agentapi.CodeTooManyAway, "as many as may be are not ready for this reason already")
	case errors.Is(err, acd.ErrStopped), errors.Is(err, context.DeadlineExceeded):
		return agentapi.Refuse(agentapi.CodeUnavailable, "Hotline is stopping")
	default:
		return agentapi.Refuse(agentapi.CodeConflict, "%v", err)
	}
}

func (c *centre) person(id queues.AgentID) tickets.Agent {
	return tickets.Agent{ID: string(id), Name: c.lineup().Name(id)}
}

// Pop puts an offer on the agent's page, before the phone rings. It is ivr.Desk's.
func (c *centre) Pop(ctx context.Context, offered queues.Offered, p tickets.Pop) {
	o := offered.Offer
	c.mu.Lock()
	if c.desk(o.Agent).state.Offer != o.ID { // over before it was shown
		c.mu.Unlock()
		return
	}
	c.desk(o.Agent).shown = o.ID
	c.mu.Unlock()
	how := c.hub.Offer(ctx, o.Agent, o.ID, agentapi.Change{
		Type: "offer.created", Call: p.Call, Ticket: p.Ticket.Number,
		Parts: agentapi.Parts{agentapi.PartOffer: &agentapi.Offer{ID: o.ID, Call: p.Call, Deadline: o.Deadline, Why: c.why(offered), Pop: agentapi.ShowPop(p)}},
	})
	c.log.Debug("pop", "agent", o.Agent, "offer", o.ID, "delivery", how)
	c.mu.Lock()
	defer c.mu.Unlock()
	// It may have ended on its way: its end was told then, perhaps before it, and it would stay for ever.
	if d := c.desk(o.Agent); d.state.Offer != o.ID && (d.shown == o.ID || d.shown == "") {
		c.clearOffer(d, o.Agent, "offer.closed")
	}
}

// clearOffer takes the offer off the page. Under mu.
func (c *centre) clearOffer(d *desk, id queues.AgentID, kind string) {
	d.shown = ""
	c.hub.Me(id, agentapi.Change{Type: kind, Parts: agentapi.Parts{agentapi.PartOffer: nil}})
}

// nameOwners puts the names of people to the tickets that they own. Whom the configuration does not know any more stays an id.
func (c *centre) nameOwners(all []agentapi.Summary) {
	agents := c.lineup().Agents
	for i, s := range all {
		if s.OwnerKind == "person" {
			all[i].OwnerName = agents[queues.AgentID(s.Owner)].Name
		}
	}
}

// cabinet shows tickets as the desks do.
type cabinet service

// Ticket is agentapi.Tickets'.
func (c *cabinet) Ticket(ctx context.Context, n tickets.Number) (agentapi.Summary, error) {
	t, err := c.tickets.Ticket(ctx, n)
	if err != nil {
		return agentapi.Summary{}, err
	}
	shown := []agentapi.Summary{agentapi.ShowSummary(t.Summary())}
	c.centre.nameOwners(shown)
	return shown[0], nil
}

// Talking completes the pop after the answer. It is ivr.Desk's.
func (c *centre) Talking(offered queues.Offered, since time.Time, p tickets.Pop) {
	c.mu.Lock()
	defer c.mu.Unlock()
	pop := agentapi.ShowPop(p)
	c.nameOwners(pop.OpenTickets) // only an answered call shows them
	o := offered.Offer
	d := c.desk(o.Agent)
	d.talk, d.filed, d.shown = &agentapi.Talk{ID: p.Call, Since: since, Why: c.why(offered), Pop: pop}, false, ""
	c.hub.Me(o.Agent, agentapi.Change{
		Type: "call.answered", Call: p.Call, Ticket: p.Ticket.Number,
		Parts: agentapi.Parts{agentapi.PartOffer: nil, agentapi.PartCall: d.talk, agentapi.PartWrapUp: nil},
	})
}

// Ended says that the talk is over. It is ivr.Desk's.
func (c *centre) Ended(o queues.Offer, p tickets.Pop, how tickets.Outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.desk(o.Agent)
	name := p.Caller.RawName
	if p.Caller.Customer != nil {
		name = p.Caller.Customer.Name
	}
	d.recent = append([]agentapi.Recent{{
		Call: p.Call, Ticket: p.Ticket.Number, Name: name, Number: p.Caller.From.Key(), At: time.Now(), Outcome: string(how),
	}}, d.recent[:min(len(d.recent), recentCalls-1)]...)
	c.hub.Me(o.Agent, agentapi.Change{
		Type: "call.ended", Call: p.Call, Ticket: p.Ticket.Number,
		Parts: agentapi.Parts{agentapi.PartCall: nil, agentapi.PartRecent: d.recent},
	})
}

// Stepped shows the router's decisions on the desks. It is acd.Observer's, and does not block.
func (c *centre) Stepped(_ time.Time, _ queues.Event, all []queues.Decision) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, decision := range all {
		switch decision := decision.(type) {
		case *queues.OfferEnded:
			c.offerEnded(decision)
		case *queues.AgentChanged:
			c.agentChanged(decision.Agent)
		case *queues.Offered, *queues.QueueChanged, *queues.Rejected,
			*queues.RequestEnded, *queues.RequestMoved, *queues.CallbackWaits, *queues.PlaceRegained: // the call's own goroutine is told
		default:
			panic("centre: unknown decision")
		}
	}
}

func (c *centre) offerEnded(e *queues.OfferEnded) {
	d := c.desk(e.Offer.Agent)
	if d.shown == e.Offer.ID && e.How != queues.OfferWasAnswered { // call.answered clears that
		c.clearOffer(d, e.Offer.Agent, "offer."+string(e.How))
	}
}

func (c *centre) agentChanged(s queues.AgentState) {
	d := c.desk(s.ID)
	before := d.state
	d.state = s
	parts := agentapi.Parts{
		agentapi.PartAvailability: agentapi.Availability{
			State: string(s.Availability), Reason: string(s.Reason), Since: s.Since, Next: string(s.Next), NextReason: string(s.NextReason), Until: s.Until,
		},
		agentapi.PartActivity: agentapi.Activity{State: string(s.Activity), Since: s.ActivitySince, Deadline: s.Deadline},
		agentapi.PartPhone:    agentapi.PhoneState{Reachable: s.Reachable},
	}
	switch {
	case s.Activity == queues.WrapUp && d.talk != nil:
		parts[agentapi.PartWrapUp] = d.wrapUp()
	case before.Activity == queues.WrapUp:
		parts[agentapi.PartWrapUp] = nil
		c.closeByClock(d, s.ID)
	}
	c.hub.Me(s.ID, agentapi.Change{Type: "agent.changed", Parts: parts})
}
