package main

import (
	"context"
	"errors"

	"hotline/agentapi"
	"hotline/agentapi/desk"
	"hotline/ivr"
	"hotline/queues"
	"hotline/recordings/tape"
	"hotline/telephony"
	"hotline/telephony/phonenumbers"
)

// talks lets the desks do something in a talk: the line's calls, with what they refuse in the words of the pages.
type talks service

// Hold implements desk.Talks.
func (t *talks) Hold(ctx context.Context, call telephony.CallID, of queues.AgentID) error {
	return refused(t.line.Hold(ctx, call, of))
}

// Resume implements desk.Talks.
func (t *talks) Resume(ctx context.Context, call telephony.CallID, of queues.AgentID) error {
	return refused(t.line.Resume(ctx, call, of))
}

// Dial implements desk.Talks.
func (t *talks) Dial(ctx context.Context, o desk.Outbound) error {
	_, err := t.line.CallOut(ctx, ivr.OutboundCall{
		Agent: o.Agent, Queue: o.Queue, Number: phonenumbers.Parse(o.Number, t.config.Line.Region), Ticket: o.Ticket, Topic: o.Topic, Reason: o.Reason, Language: o.Language,
	})
	return refused(err)
}

// Type implements desk.Talks.
func (t *talks) Type(ctx context.Context, call telephony.CallID, of queues.AgentID, digits string) error {
	return refused(t.line.Type(ctx, call, of, digits))
}

// Record implements desk.Recorder.
func (t *talks) Record(ctx context.Context, call telephony.CallID, wish agentapi.RecordingWish, by string, program bool) error {
	why := tape.ByAgent
	if program {
		why = tape.ByAPI
	}
	return refused(t.line.Record(ctx, call, ivr.RecordingWish(wish), why, by))
}

// Help implements desk.Talks.
func (t *talks) Help(ctx context.Context, call telephony.CallID, of queues.AgentID, said string) error {
	return refused(t.line.Help(ctx, call, of, said))
}

// EndHelp implements desk.Talks.
func (t *talks) EndHelp(ctx context.Context, call telephony.CallID, of queues.AgentID) error {
	return refused(t.line.EndHelp(ctx, call, of))
}

// Transfer implements desk.Talks.
func (t *talks) Transfer(ctx context.Context, call telephony.CallID, of queues.AgentID, to desk.Transfer) error {
	return refused(t.line.Transfer(ctx, call, of, ivr.Transfer{
		Queue: to.Queue, Agent: to.Agent, Number: phonenumbers.Parse(to.Number, t.config.Line.Region), Note: to.Note,
	}))
}

// Consult implements desk.Talks.
func (t *talks) Consult(ctx context.Context, call telephony.CallID, of queues.AgentID, whom desk.Transfer) error {
	return refused(t.line.Consult(ctx, call, of, ivr.Consult{
		Queue: whom.Queue, Agent: whom.Agent, Number: phonenumbers.Parse(whom.Number, t.config.Line.Region), Note: whom.Note,
	}))
}

// Swap implements desk.Talks.
func (t *talks) Swap(ctx context.Context, call telephony.CallID, of queues.AgentID) error {
	return refused(t.line.Swap(ctx, call, of))
}

// Join implements desk.Talks.
func (t *talks) Join(ctx context.Context, call telephony.CallID, of queues.AgentID) error {
	return refused(t.line.Join(ctx, call, of))
}

// TakeBack implements desk.Talks.
func (t *talks) TakeBack(ctx context.Context, call telephony.CallID, of queues.AgentID) error {
	return refused(t.line.TakeBack(ctx, call, of))
}

// Complete implements desk.Talks.
func (t *talks) Complete(ctx context.Context, call telephony.CallID, of queues.AgentID) error {
	return refused(t.line.Complete(ctx, call, of))
}

// Drop implements desk.Talks.
func (t *talks) Drop(ctx context.Context, call telephony.CallID, of queues.AgentID, guest string) error {
	return refused(t.line.Drop(ctx, call, of, guest))
}

// HangUp implements desk.Talks.
func (t *talks) HangUp(ctx context.Context, call telephony.CallID, of queues.AgentID) error {
	there, err := t.line.HangUpAgent(ctx, call, of)
	if err == nil && !there {
		err = ivr.ErrTalkOver
	}
	return refused(err)
}

// Oversee implements desk.Oversight.
func (t *talks) Oversee(ctx context.Context, call telephony.CallID, by queues.AgentID, m telephony.Manner) error {
	err := t.line.Oversee(ctx, call, by, m)
	failed, isDial := errors.AsType[*telephony.DialError](err)
	switch {
	case isDial:
		return agentapi.Refuse(agentapi.CodePhoneNot, "the supervisor's phone: %s", failed.Cause)
	case errors.Is(err, ivr.ErrTalkOver):
		return agentapi.Refuse(agentapi.CodeTalkOver, "nobody talks in this call")
	}
	return refused(err)
}

// StopOverseeing implements desk.Oversight.
func (t *talks) StopOverseeing(ctx context.Context, by queues.AgentID) (telephony.CallID, error) {
	call, err := t.line.StopOverseeing(ctx, by)
	return call, refused(err)
}

// overseen tells desks and wall who listens to whom.
func (s *service) overseen(all []ivr.Attendance) {
	there := make([]desk.Attendance, len(all))
	for i, a := range all {
		there[i] = desk.Attendance(a)
	}
	s.desks.Overseen(there)
}

// lineDesk is the desks as the line knows them.
type lineDesk struct{ *desk.Desks }

func (d lineDesk) Aside(o queues.Offer, a ivr.Aside) {
	shown := desk.Aside{
		PhoneHolds: a.PhoneHolds, CallerHolds: a.CallerHolds, Reminded: a.Reminded, Ends: a.Ends, Returns: a.Returns,
		Recording: agentapi.TalkRecording{State: string(a.Recording.State), Until: a.Recording.Until, OnDemand: a.Recording.OnDemand, Declined: a.Recording.Declined},
	}
	if h := a.Help; h != nil {
		shown.Help = &agentapi.Help{Since: h.Since, Note: h.Said, ByID: h.By}
	}
	if a.Asked != nil {
		asked := desk.Asked(*a.Asked)
		shown.Asked = &asked
	}
	for _, g := range a.Guests {
		shown.Guests = append(shown.Guests, agentapi.Guest(g))
	}
	d.Desks.Aside(o, shown)
}

func refused(err error) error {
	closed, isClosed := errors.AsType[ivr.HoursError](err)
	switch {
	case isClosed:
		p := agentapi.Refuse(agentapi.CodeCallHours, "%v", closed)
		p.Opens = closed.Opens
		return p
	case errors.Is(err, telephony.ErrWhisperUnsafe):
		return agentapi.Refuse(agentapi.CodeWhisperUnsafe, "Asterisk is of a version in which a whisper does harm: see hotline doctor")
	case errors.Is(err, ivr.ErrOwnTalk):
		return agentapi.Refuse(agentapi.CodeYouTalk, "the supervisor talks in this call themselves")
	case errors.Is(err, ivr.ErrOverseesNothing):
		return agentapi.Refuse(agentapi.CodeNotListening, "the supervisor is at no call")
	case errors.Is(err, ivr.ErrTalkOver):
		return agentapi.Refuse(agentapi.CodeConflict, "the talk is over")
	case errors.Is(err, ivr.ErrPageGone):
		return agentapi.Refuse(agentapi.CodePhoneAway, "%v", ivr.ErrPageGone)
	case errors.Is(err, ivr.ErrMayNotCall):
		return agentapi.Refuse(agentapi.CodeMayNotCall, "this number may not be called")
	case errors.Is(err, ivr.ErrConsults):
		return agentapi.Refuse(agentapi.CodeConsulting, "somebody is asked in this call")
	case errors.Is(err, ivr.ErrFull):
		return agentapi.Refuse(agentapi.CodeTalkFull, "%v", ivr.ErrFull)
	case errors.Is(err, ivr.ErrSeveral):
		return agentapi.Refuse(agentapi.CodeSeveralGuests, "%v", ivr.ErrSeveral)
	case errors.Is(err, ivr.ErrThere):
		return agentapi.Refuse(agentapi.CodeInTalk, "%v", ivr.ErrThere)
	case errors.Is(err, ivr.ErrNotThere):
		return agentapi.Refuse(agentapi.CodeNotInTalk, "%v", ivr.ErrNotThere)
	case errors.Is(err, ivr.ErrNotConsulting):
		return agentapi.Refuse(agentapi.CodeNotConsulting, "nobody was asked in this call, or they have not answered")
	case errors.Is(err, ivr.ErrMayNotRecord):
		return agentapi.Refuse(agentapi.CodeMayNotRecord, "%v", ivr.ErrMayNotRecord)
	case errors.Is(err, ivr.ErrDeclined):
		return agentapi.Refuse(agentapi.CodeDeclined, "%v", ivr.ErrDeclined)
	case errors.Is(err, ivr.ErrNotRecorded):
		return agentapi.Refuse(agentapi.CodeNotRecorded, "%v", ivr.ErrNotRecorded)
	case errors.Is(err, ivr.ErrNotPaused):
		return agentapi.Refuse(agentapi.CodeNotPaused, "%v", ivr.ErrNotPaused)
	case errors.Is(err, ivr.ErrNoRecorder):
		return agentapi.Refuse(agentapi.CodeNoRecorder, "%v", ivr.ErrNoRecorder)
	case errors.Is(err, ivr.ErrHeld):
		return agentapi.Refuse(agentapi.CodeOnHold, "the caller is on hold already")
	case errors.Is(err, ivr.ErrPhoneHolds):
		return agentapi.Refuse(agentapi.CodePhoneHolds, "the agent's phone holds the call with its own key")
	case errors.Is(err, ivr.ErrNotHeld):
		return agentapi.Refuse(agentapi.CodeNotOnHold, "the caller is not on hold")
	}
	return err
}
