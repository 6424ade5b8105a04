package desk

import (
	"context"
	"errors"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/stream"
	"hotline/queues"
	"hotline/telephony"
)

// commandTime limits what a command asks of the router.
const commandTime = 5 * time.Second

// startTime is how long after its start what an agent has written waits for Hotline to have taken up what was before, which takes longer where Asterisk
// is away: then it is filed all the same.
const startTime = 8 * time.Second

// Do carries out an agent's command. It implements stream.Agents.
func (d *Desks) Do(ctx context.Context, id queues.AgentID, command agentapi.Command) error {
	waited := false
	switch command.(type) {
	case agentapi.Ready, agentapi.NotReady, agentapi.SignOut: // who signed in before what they were is known would stay without their talk or wrap-up
		var done bool
		if waited, done = d.awaitStart(ctx, id); !done {
			return agentapi.Refuse(agentapi.CodeUnavailable, "what was before the start is taken up first")
		}
	case agentapi.FinishWrapUp, agentapi.ExtendWrapUp:
		soon, cancel := context.WithDeadline(ctx, d.began.Add(startTime))
		d.awaitStart(soon, id)
		cancel()
	}
	switch command := command.(type) {
	case agentapi.Ready:
		if err := d.signIn(ctx, id); err != nil {
			return err
		}
		if waited { // long, it may be: their page may be gone
			d.hub.Expect(id)
		}
		return refusal(d.router.Report(ctx, queues.AgentReady{Agent: id}))
	case agentapi.NotReady:
		if err := d.signIn(ctx, id); err != nil {
			return err
		}
		return refusal(d.router.Report(ctx, queues.AgentNotReady{Agent: id, Reason: queues.Reason(command.Reason)}))
	case agentapi.SignOut:
		return refusal(d.router.Report(ctx, queues.AgentSignedOut{Agent: id}))
	case agentapi.AcceptOffer:
		return d.acceptOffer(ctx, id, command.Offer)
	case agentapi.DeclineOffer:
		return d.declineOffer(ctx, id, command.Offer)
	case agentapi.DialCall:
		return d.dial(ctx, id, command)
	case agentapi.HangUp:
		return d.hangUp(ctx, id, command.Call)
	case agentapi.HoldCall:
		return d.inTalk(ctx, id, command.Call, d.talks.Hold)
	case agentapi.ResumeCall:
		return d.inTalk(ctx, id, command.Call, d.talks.Resume)
	case agentapi.TypeInCall:
		return d.inTalk(ctx, id, command.Call, func(ctx context.Context, call telephony.CallID, id queues.AgentID) error {
			return d.talks.Type(ctx, call, id, command.Digits)
		})
	case agentapi.RecordCall:
		return d.inTalk(ctx, id, command.Call, func(ctx context.Context, call telephony.CallID, id queues.AgentID) error {
			return d.talks.Record(ctx, call, command.Do, string(id), false)
		})
	case agentapi.CallForHelp:
		return d.inTalk(ctx, id, command.Call, func(ctx context.Context, call telephony.CallID, id queues.AgentID) error {
			return d.talks.Help(ctx, call, id, command.Note)
		})
	case agentapi.EndHelp:
		return d.inTalk(ctx, id, command.Call, d.talks.EndHelp)
	case agentapi.TransferCall:
		return d.transfer(ctx, id, command)
	case agentapi.ConsultCall:
		return d.consult(ctx, id, command)
	case agentapi.SwapCall:
		return d.inTalk(ctx, id, command.Call, d.talks.Swap)
	case agentapi.JoinCall:
		return d.inTalk(ctx, id, command.Call, d.talks.Join)
	case agentapi.TakeBackCall:
		return d.inTalk(ctx, id, command.Call, d.talks.TakeBack)
	case agentapi.DropFromCall:
		return d.inTalk(ctx, id, command.Call, func(ctx context.Context, call telephony.CallID, id queues.AgentID) error {
			return d.talks.Drop(ctx, call, id, command.Guest)
		})
	case agentapi.CompleteCall:
		return d.inTalk(ctx, id, command.Call, d.talks.Complete)
	case agentapi.LinkCall:
		return d.linkCall(ctx, id, command)
	case agentapi.FinishWrapUp:
		return d.finishWrapUp(ctx, id, command)
	case agentapi.SeeBulletin:
		return d.seeBulletin(ctx, id, command.Bulletin)
	case agentapi.ExtendWrapUp:
		return refusal(d.router.Report(ctx, queues.WrapUpExtended{Agent: id}))
	default:
		panic("desk: unknown command")
	}
}

// awaitStart waits until what was before a start is taken up: for an agent whose talk is found no longer than until it is, as what they
// press in it comes after what they have pressed before. Nobody waits any more when Hotline stops.
func (d *Desks) awaitStart(ctx context.Context, id queues.AgentID) (waited, done bool) {
	if d.started == nil {
		return false, true
	}
	d.mu.Lock()
	found := d.page(id).found
	d.mu.Unlock()
	select {
	case <-d.started:
		return false, true
	case <-found:
		return false, true
	default:
	}
	select {
	case <-d.started:
		return true, true
	case <-found:
		return true, true
	case <-d.hub.Draining():
		return true, false
	case <-ctx.Done():
		return true, false
	}
}

// DeskAway says that the agent's page is gone, and may be back in a moment: until then nothing is offered to them. It implements
// stream.Agents.
func (d *Desks) DeskAway(id queues.AgentID, seen queues.OfferID) {
	if d.byPhone(id) {
		return // nobody needs their page
	}
	d.Tell(queues.DeskAway{Agent: id, Seen: seen, Phone: d.present.Lineup().Seats[id]})
}

// answersWithin is how long it is waited for a page's word that it is there: it comes in the time of a few frames.
const answersWithin = time.Second

// Gone takes an agent's page for gone where it is their phone and, unless that is sure already, says no word when it is asked, before ctx ends. The
// router has taken back what rang there when it returns.
func (d *Desks) Gone(ctx context.Context, id queues.AgentID, sure bool) bool {
	switch {
	case !d.present.Lineup().Seats[id], d.byPhone(id):
		return false
	case !sure:
		return d.hub.Silent(ctx, id, answersWithin)
	}
	d.hub.Gone(id)
	return true
}

// DeskBack says that it is there again. It implements stream.Agents.
func (d *Desks) DeskBack(id queues.AgentID) { d.Tell(queues.DeskBack{Agent: id}) }

// DeskClosed says that the agent's last page is gone for good. It implements stream.Agents.
func (d *Desks) DeskClosed(id queues.AgentID) {
	if !d.byPhone(id) {
		d.Tell(queues.DeskLost{Agent: id})
	}
}

// Availability is an agent's, as the router has told last.
func (d *Desks) Availability(id queues.AgentID) queues.Availability {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.page(id).state.Availability
}

// signIn begins the agent's shift where it has not begun.
func (d *Desks) signIn(ctx context.Context, id queues.AgentID) error {
	agent, known := d.present.Lineup().Agents[id]
	if !known {
		return agentapi.Refuse(agentapi.CodeNotAnAgent, "%s is not among the agents of the configuration", id)
	}
	d.mu.Lock()
	out := d.page(id).state.Availability == queues.SignedOut
	d.mu.Unlock()
	if !out {
		return nil
	}
	err := d.router.Report(ctx, queues.AgentSignedIn{Agent: agent})
	if errors.Is(err, queues.ErrAlready) { // two pages at once
		return nil
	}
	if err == nil {
		go d.ShowRecent(id)
	}
	return refusal(err)
}

func (d *Desks) acceptOffer(ctx context.Context, id queues.AgentID, offer queues.OfferID) error {
	if err := d.ownOffer(id, offer); err != nil {
		return err
	}
	err := d.router.Report(ctx, queues.OfferAccepted{Offer: offer})
	if err == nil {
		d.hub.Me(id, stream.Change{Type: "offer.accepted"})
	}
	return refusal(err)
}

func (d *Desks) declineOffer(ctx context.Context, id queues.AgentID, offer queues.OfferID) error {
	if err := d.ownOffer(id, offer); err != nil {
		return err
	}
	return refusal(d.router.Report(ctx, queues.OfferDeclined{Offer: offer}))
}

// ownOffer makes sure that nobody answers another agent's offer.
func (d *Desks) ownOffer(id queues.AgentID, offer queues.OfferID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.page(id).state.Offer != offer {
		return agentapi.Refuse(agentapi.CodeOfferEnded, "the offer is over")
	}
	return nil
}

// inTalk makes sure that nobody does something in another agent's talk, who may have the caller after them.
func (d *Desks) inTalk(ctx context.Context, id queues.AgentID, call telephony.CallID, do func(context.Context, telephony.CallID, queues.AgentID) error) error {
	d.mu.Lock()
	p := d.pages[id]
	own := p != nil && p.talk != nil && p.talk.ID == call && !p.over && !p.talk.SentOn && !p.talk.Consult
	d.mu.Unlock()
	if !own {
		return agentapi.Refuse(agentapi.CodeConflict, "the agent does not talk in this call")
	}
	return do(ctx, call, id)
}

// hangUp ends the agent's side of their talk, or of one in which they are asked.
func (d *Desks) hangUp(ctx context.Context, id queues.AgentID, call telephony.CallID) error {
	d.mu.Lock()
	p := d.pages[id]
	asked := p != nil && p.talk != nil && p.talk.ID == call && !p.over && p.talk.Consult
	d.mu.Unlock()
	if asked {
		return d.talks.HangUp(ctx, call, id)
	}
	return d.inTalk(ctx, id, call, d.talks.HangUp)
}

// refusal gives the router's errors their codes. A refusal stays what it is.
func refusal(err error) error {
	var refused *agentapi.Problem
	switch {
	case errors.As(err, &refused):
		return err
	case err == nil, errors.Is(err, queues.ErrAlready):
		return nil
	case errors.Is(err, queues.ErrOfferOver):
		return agentapi.Refuse(agentapi.CodeOfferEnded, "the offer is over")
	case errors.Is(err, queues.ErrTooMany):
		return agentapi.Refuse(agentapi.CodeTooManyAway, "as many as may be are not ready for this reason already")
	case errors.Is(err, queues.ErrStopped), errors.Is(err, context.DeadlineExceeded):
		return agentapi.Refuse(agentapi.CodeUnavailable, "Hotline is stopping")
	case errors.Is(err, queues.ErrClosed):
		return agentapi.Refuse(agentapi.CodeQueueClosed, "%v", err)
	case errors.Is(err, queues.ErrNotReady), errors.Is(err, queues.ErrUnknownAgent):
		return agentapi.Refuse(agentapi.CodeAgentNotReady, "%v", err)
	default:
		return agentapi.Refuse(agentapi.CodeConflict, "%v", err)
	}
}
