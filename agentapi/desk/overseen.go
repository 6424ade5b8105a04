package desk

import (
	"context"
	"slices"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/stream"
	"hotline/queues"
	"hotline/telephony"
)

// supervising is why a supervisor wants no calls while they are at one of somebody else's.
const supervising queues.Reason = "supervising"

// Attendance is a supervisor at a call.
type Attendance struct {
	By     queues.AgentID // the supervisor
	Call   telephony.CallID
	Manner telephony.Manner
	Since  time.Time
}

// Oversight lets supervisors take part in calls. An agentapi.Problem is a refusal.
type Oversight interface {
	Oversee(ctx context.Context, call telephony.CallID, by queues.AgentID, m telephony.Manner) error
	StopOverseeing(ctx context.Context, by queues.AgentID) (telephony.CallID, error)
}

// Oversee lets a supervisor take part in a call. It returns when they do: their phone rings first where they were not at it.
func (d *Desks) Oversee(ctx context.Context, o agentapi.Oversight, by queues.AgentID) (agentapi.OversightAnswer, error) {
	answer := agentapi.OversightAnswer{Call: o.Call, Manner: o.Manner}
	if _, known := d.present.Lineup().Agents[by]; !known || by == "" {
		return answer, agentapi.Refuse(agentapi.CodeNoPhone, "the supervisor has no phone in the configuration")
	}
	if o.Agent != "" {
		d.mu.Lock()
		if p := d.page(o.Agent); p.talk != nil && !p.over && !p.talk.SentOn {
			answer.Call = p.talk.ID
		}
		d.mu.Unlock()
		if answer.Call == "" {
			return answer, agentapi.Refuse(agentapi.CodeTalkOver, "agent %s talks in no call", agentapi.Printable(string(o.Agent)))
		}
	}
	if err := d.setAside(ctx, by); err != nil {
		return answer, err
	}
	if err := d.oversight.Oversee(ctx, answer.Call, by, o.Manner.Telephony()); err != nil {
		d.comesBack(by)
		return answer, err
	}
	return answer, nil
}

// StopOverseeing lets a supervisor leave the call at which they are.
func (d *Desks) StopOverseeing(ctx context.Context, by queues.AgentID) (telephony.CallID, error) {
	return d.oversight.StopOverseeing(ctx, by)
}

// setAside keeps calls away from a supervisor who is to be at another's.
func (d *Desks) setAside(ctx context.Context, by queues.AgentID) error {
	d.mu.Lock()
	state := d.page(by).state
	d.mu.Unlock()
	switch {
	case state.Activity == queues.WrapUp || state.Activity == queues.Idle:
	default:
		return agentapi.Refuse(agentapi.CodeYouTalk, "agent %s is in a call of their own, or is offered one", by)
	}
	if state.Availability != queues.Ready || state.Next != "" { // they get none anyway, and what they have chosen stays
		return nil
	}
	return refusal(d.router.Report(ctx, queues.AgentNotReady{Agent: by, Reason: supervising}))
}

// comesBack lets a supervisor have calls again who had none because they were at another's.
func (d *Desks) comesBack(by queues.AgentID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.attends(by) && isAside(d.page(by).state) {
		go d.Tell(queues.AgentReady{Agent: by})
	}
}

// attends reports whether a supervisor is at a call. It is called under mu.
func (d *Desks) attends(by queues.AgentID) bool {
	return slices.ContainsFunc(d.attendances, func(a Attendance) bool { return a.By == by })
}

// isAside reports whether calls are kept away from a supervisor, or will be after their wrap-up.
func isAside(s queues.AgentState) bool {
	if s.Next != "" {
		return s.Next == queues.NotReady && s.NextReason == supervising
	}
	return s.Availability == queues.NotReady && s.Reason == supervising
}

// RestoreOverseers is for when agents are back after a start: who is at a call is set aside, and who was and is no more comes back. complete says
// that all calls of before are known: otherwise a supervisor may be at one who seems to be at none, and nobody comes back.
func (d *Desks) RestoreOverseers(complete bool) {
	var facts []queues.Event
	d.mu.Lock()
	for id, p := range d.pages {
		switch at := d.attends(id); {
		case at && p.state.Availability == queues.Ready && p.state.Next == "":
			facts = append(facts, queues.AgentNotReady{Agent: id, Reason: supervising})
		case !at && complete && isAside(p.state):
			facts = append(facts, queues.AgentReady{Agent: id})
		}
	}
	d.mu.Unlock()
	for _, e := range facts {
		d.Tell(e)
	}
}

// Overseen says which supervisors are at which calls. It does not wait for anybody.
func (d *Desks) Overseen(all []Attendance) {
	d.mu.Lock()
	before, shown := d.attendances, d.present.Lineup().ShowOverseers
	d.attendances = slices.Clone(all)
	for id, p := range d.pages {
		if p.talk == nil || !shown {
			continue
		}
		there := d.overseersOf(p.talk.ID)
		if slices.Equal(there, p.talk.Overseers) {
			continue
		}
		talk := *p.talk // the page's frame may still be read
		talk.Overseers = there
		p.talk = &talk
		if !p.over {
			d.hub.Me(id, stream.Change{Type: "call.changed", Call: talk.ID, Parts: stream.Parts{stream.PartCall: p.talk}})
		}
	}
	d.mu.Unlock()
	for _, a := range before {
		if !slices.ContainsFunc(all, func(now Attendance) bool { return now.By == a.By }) {
			d.comesBack(a.By)
		}
	}
}

// overseersOf are the supervisors at a call, for its agent. It is called under mu.
func (d *Desks) overseersOf(call telephony.CallID) (there []agentapi.Overseer) {
	lineup := d.present.Lineup()
	for _, a := range d.attendances {
		if a.Call == call {
			there = append(there, agentapi.Overseer{ID: a.By, Name: lineup.Names().Agent(a.By), Manner: agentapi.MannerOf(a.Manner), Since: a.Since})
		}
	}
	return there
}

// Overseers are the supervisors at calls, for the wall.
func (d *Desks) Overseers() []agentapi.Overseer {
	lineup := d.present.Lineup()
	d.mu.Lock()
	defer d.mu.Unlock()
	all := []agentapi.Overseer{}
	for _, a := range d.attendances {
		o := agentapi.Overseer{ID: a.By, Name: lineup.Names().Agent(a.By), Manner: agentapi.MannerOf(a.Manner), Since: a.Since, Call: a.Call}
		for id, p := range d.talkers() {
			if p.talk.ID == a.Call && !p.talk.SentOn {
				o.Agent = id
			}
		}
		all = append(all, o)
	}
	return all
}
