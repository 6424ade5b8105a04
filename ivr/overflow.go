package ivr

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/recordings/tape"
	"hotline/telephony"
	"hotline/tickets"
)

// The prompts that are said where a queue sends its callers, for those that its rule does not name.
const (
	busyPrompt       = "overflow_message"     // says that nobody can answer, and that the call was noted
	recorderPrompt   = "leave_message"        // asks for a message after the tone
	takenPrompt      = "message_taken"        // thanks for the message
	callbackPrompt   = "callback_offer"       // offers to call back whoever presses one
	promisedPrompt   = "callback_promised"    // goes before the number at which the caller is called back
	notReachedPrompt = "customer_not_reached" // tells the agent of a callback that the customer does not answer
	sendingOnPrompt  = "overflow_forwarded"   // asks the caller to stay on the line while somebody outside is rung
)

// Bounds of what a caller does where no agent is.
const (
	longestMessage  = 3 * time.Minute  // ends a message where the installation says nothing else
	messageSilence  = 10 * time.Second // ends the message of somebody who has said all, and does not hang up
	shortestMessage = time.Second      // anything shorter is not taken for a message
	listensWithin   = 3 * time.Second  // is how long a caller waits until it is known whether they have said anything
	ringOutside     = 40 * time.Second // is how long a number outside is rung
)

// OverflowSays names the prompts that a caller may hear where a queue sends them.
func OverflowSays(to queues.Destination) []string {
	switch to.Kind {
	case queues.ToQueue:
		return nil
	case queues.ToCallback:
		return []string{callbackPrompt, promisedPrompt, notReachedPrompt}
	case queues.ToVoicemail:
		return []string{cmp.Or(to.Prompt, recorderPrompt), takenPrompt, busyPrompt}
	case queues.ToNumber:
		return []string{sendingOnPrompt, busyPrompt}
	case queues.ToMessage:
		return []string{cmp.Or(to.Prompt, busyPrompt)}
	default:
		panic("ivr: no such destination as a " + string(to.Kind))
	}
}

// moved notes that the caller's request waits in another queue now, so that a restart finds it there. It is true where the router
// asks that the caller be offered a callback instead.
func (s *script) moved(ctx context.Context, m *queues.MovedError) (advise bool) {
	to := m.To
	if m.Lead.Times > 0 {
		s.place.Lead = m.Lead
	}
	switch to.Kind {
	case queues.ToFront, queues.ToAgent:
	case queues.ToQueue:
		p := &s.place
		p.CameTo, p.Elsewhere = cmp.Or(p.CameTo, p.Queue), time.Since(p.Since.Add(p.Ahead))
		p.Queue = to.Queue
		s.file.Queued(time.Now(), s.shown(to.Queue))
	case queues.ToCallback:
		s.note.Advised, advise = true, true
	default:
		panic("ivr: nobody moves to a " + string(to.Kind))
	}
	s.mark(ctx, waiting{place: s.place})
	return advise
}

// overflow serves a caller whose waiting has ended without an agent. The flow goes on afterwards as it does after a talk.
func (s *script) overflow(ctx context.Context, n flow.Queue, to queues.Destination) error {
	switch to.Kind {
	case queues.ToMessage:
		return s.refuseWith(ctx, to.Prompt)
	case queues.ToVoicemail:
		return s.takeMessage(ctx, to.Prompt)
	case queues.ToNumber:
		return s.sendOn(ctx, n, to.Number)
	default:
		panic("ivr: nobody overflows to a " + string(to.Kind))
	}
}

// refuseWith says why nobody answers. The ticket stays open, for somebody to call back.
func (s *script) refuseWith(ctx context.Context, prompt string) error {
	s.reached(tickets.Refused)
	return s.say(ctx, flow.Prompt(cmp.Or(prompt, busyPrompt)))
}

// takeMessage records what the caller has to say, until they hang up, press hash, say nothing more, or have said a lot. Who has said nothing at all has left no message.
func (s *script) takeMessage(ctx context.Context, prompt string) error {
	a := s.words(flow.Prompt(cmp.Or(prompt, recorderPrompt)))
	a.Parts = append(a.Parts, telephony.Tone("beep"))
	if err := s.play(ctx, a); err != nil {
		return err
	}
	id := s.call.NameRecording()
	s.mark(ctx, recording{s.place, id.Name}) // before it begins: a restart finds the recording by this, and keeps it
	s.fact(tape.Fact{Kind: tape.Speaks, Queue: string(s.place.Queue), Ticket: string(s.file.Number()), Name: id.Name})
	lasted, err := s.call.Record(ctx, id, cmp.Or(s.line.LongestMessage, longestMessage), cmp.Or(s.line.MessageSilence, messageSilence), "#")
	// What was said until the caller hung up or Hotline stopped is a message. What the switch could not record is none: its disk
	// may be full.
	kept := err == nil || errors.Is(err, telephony.ErrHangup) || ctx.Err() != nil
	if kept && lasted >= shortestMessage && !s.saidNothing(ctx, id.Name) {
		s.messageLeft(ctx, id.Name)
	}
	if err := s.tolerate(ctx, err); err != nil {
		return err
	}
	if s.note.Outcome != tickets.LeftMessage {
		s.mark(ctx, waiting{place: s.place})
		return s.refuseWith(ctx, "")
	}
	return s.say(ctx, takenPrompt)
}

// saidNothing reports whether a caller was silent before the recorder, and has their ticket say so. Where nobody can tell they were not.
func (s *script) saidNothing(ctx context.Context, name string) bool {
	if s.line.Recorder == nil || ctx.Err() != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, listensWithin)
	defer cancel()
	speaks, err := s.line.Recorder.Speaks(ctx, name)
	switch {
	case err != nil:
		s.log.Warn("whether a caller has said anything to the recorder is not known, and it is kept as a message", "err", err)
		return false
	case !speaks:
		s.file.SaidNothing(time.Now())
	}
	return !speaks
}

// messageLeft notes what the caller has said to the recorder, also where Hotline stops in that moment.
func (s *script) messageLeft(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	s.reached(tickets.LeftMessage)
	s.file.Recorded(time.Now(), name)
	s.fact(tape.Fact{Kind: tape.Spoke, Ticket: string(s.file.Number()), Name: name})
	s.mark(ctx, recorded{s.place.Queue, name})
}

// endMessage ends the recording during which Hotline died, unless it has ended by itself meanwhile. It is false where there is no
// recording, as it had not begun.
func (s *script) endMessage(ctx context.Context, name string) bool {
	id := telephony.MediaID{Kind: telephony.RecordingOf, Name: name}
	switch err := s.call.EndRecording(ctx, id); {
	case errors.Is(err, telephony.ErrGone):
		return false
	case err != nil:
		s.log.Warn("the recording of a message goes on after a restart", "err", err)
	}
	return true
}

// sendOn lets the caller talk with somebody at a number outside. Where nobody answers there, or too many calls are there already,
// the caller is told that nobody can answer.
func (s *script) sendOn(ctx context.Context, n flow.Queue, number string) error {
	talked, stop, err := s.talkAt(ctx, n, number, sendingOnPrompt)
	if talked || err != nil {
		return err
	}
	stop()
	return s.refuseWith(ctx, "")
}

// talkAt lets the caller, who is told so by prompts, talk with somebody at a number outside. Where it has come to nothing the caller hears music
// until stop is called, or something else plays.
func (s *script) talkAt(ctx context.Context, n flow.Queue, number string, prompts ...flow.Prompt) (talked bool, stop func(), err error) {
	if err := s.line.outside.enter(s.call.ID(), s.sent(number), cmp.Or(s.line.OutsideAtMost, toOneNumber)); err != nil {
		s.log.Warn("a caller is not sent on", "queue", s.place.Queue, "err", err)
		return false, func() {}, nil
	}
	defer s.line.outside.leave(s.call.ID())
	if err := s.say(ctx, prompts...); err != nil {
		return false, nil, err
	}
	stop, err = s.call.Music(ctx, n.Music)
	if err := s.tolerate(ctx, err); err != nil {
		return false, nil, err
	}
	s.mark(ctx, sendingOn{s.place, number}) // before the call: should Hotline die right after the two are joined, a restart knows who talks
	leg, err := s.call.DialAs(ctx, s.shownOutside(number))
	if err != nil {
		return false, stop, s.tolerate(ctx, fmt.Errorf("send on: %w", err))
	}
	s.reached(tickets.SentOn)
	v := s.call.Converse(leg.As(telephony.Outside))
	_ = v.Join(ctx) // an error comes again from Talk
	// The note comes after the joining: a caller who is noted so and found alone was left by whom they talked with.
	s.mark(ctx, outside{Queue: s.place.Queue, Number: number})
	return true, nil, s.talkOutside(ctx, v)
}

// sent is the call as one that is sent to a number outside.
func (s *script) sent(number string) sent {
	return sent{from: s.arrival.From.Key(), to: number, ours: s.arrival.Ours}
}

// shownOutside is how somebody at a number outside is called for the caller. Who withholds their number is not known there, by a name either:
// From has no number then, and the line's is shown.
func (s *script) shownOutside(number string) telephony.Dial {
	d := telephony.Dial{To: telephony.Address("number:" + number), From: s.lineNumber(s.arrival.To), Beside: s.arrival.From, Timeout: ringOutside}
	if s.line.ShowsCallers && s.arrival.From.Kind == telephony.Full {
		d.From, d.Beside, d.Name = s.arrival.From, d.From, s.callerName()
	}
	return d
}

// lineNumber is what is shown outside of the number that was dialled.
func (s *script) lineNumber(dialled telephony.Number) telephony.Number {
	if dialled.Kind == telephony.Full {
		return dialled
	}
	return s.line.Number
}

// talkOutside is a conversation with somebody who is no agent.
func (s *script) talkOutside(ctx context.Context, v *telephony.Conversation) error {
	began := time.Now()
	_, err := v.Talk(ctx)
	if err != nil && ctx.Err() != nil && !errors.Is(err, telephony.ErrHangup) {
		return err // Hotline stops, and the talk goes on without it
	}
	s.talk += time.Since(began)
	return err
}
