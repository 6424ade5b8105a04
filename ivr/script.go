package ivr

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// patience is how long something that must be done outlives the call it is done for.
const patience = 5 * time.Second

// script is one call on its way through the flow. All of it belongs to the call's goroutine.
type script struct {
	line  *Line
	call  *telephony.Call
	file  *tickets.Case
	back  callbacks
	id    queues.RequestID // of the request in the router: the call's own, or that of the callback that it is
	note  note
	place place // where the caller waits, or did last
	has   bool  // the place in which a restart found it, or it is none that others could take
	away  bool  // the customer of an outgoing call is not on the line yet
	log   *slog.Logger
	talk  time.Duration // how long the caller has talked with agents

	arrival telephony.Arrival // the call's own; where a restart has found one of ours, with whom it is to as the note says

	aside    Aside       // of the talk that is on
	shows    func(Aside) // shows it on the desk; nil outside of talks
	hush     func()      // ends what is said to a caller on hold
	reminder func()      // ends the reminders of the hold that is on; nil is none

	pauseOver      func() // ends the wait for the end of a recording's pause
	recordingFails bool   // the recorder was told so
	telling        bool   // the caller is being told in the talk that it will be recorded

	holder holder   // whose talk it is
	asked  *asked   // who is asked in it; nil is nobody
	guests []*asked // who was asked and is in it with the caller, the first who came first

	outlasts *telephony.Party // who asked, and talks on with who was asked though the caller has gone; nil is nobody

	keys keys // that the agent of the talk presses on their phone

	sorry bool // the customer, who is called back, is yet to hear that their call broke off through a fault of ours

	sendsTo string // the number outside to which an agent sends the caller; "" is none

	picked *telephony.Leg // of the agent who picked up for the caller while there was no Hotline; nil is nobody's

	settle func(was bool) // says that the talk that is on was one, or was none

	lostTold  bool           // the ticket, that the caller was lost
	lostAgent queues.AgentID // whose phone was lost in the talk with the caller; "" is nobody's

	absent *absence // of the agent of the talk, whose page is gone; nil is none

	disposed *tickets.Disposition // what an agent who works by phone alone has pressed after the talk; nil is nothing

	hungUp atomic.Pointer[telephony.Leg] // the agent's that was hung up from the page; any goroutine
}

func newScript(l *Line, call *telephony.Call) *script {
	return &script{line: l, call: call, has: fresh(call.Arrival()), arrival: call.Arrival(), back: l.back, id: queues.RequestID(call.ID()), log: l.Log.With("call", call.ID()), note: l.begin(), hush: func() {}, pauseOver: func() {}, settle: func(bool) {}}
}

// hasPlace counts a call that was found, once, however often it comes to its place: offers are held until all have theirs.
func (s *script) hasPlace() {
	if !s.has {
		s.has = true
		s.line.resumed.Add(1)
	}
}

// run opens the call's ticket and walks the flow, from its start or from where a restarted Hotline finds it.
func (s *script) run(ctx context.Context) error {
	a := s.call.Arrival()
	if a.Outgoing && (a.Resume == nil || a.Resume.Note == "") {
		return s.runOutgoing(ctx, a)
	}
	if a.Resume != nil && a.Resume.Note != "" {
		return s.resume(ctx, a)
	}
	s.file = s.line.Register.Arrive(a)
	s.hasPlace()
	if err := s.call.Answer(ctx); err != nil {
		return err
	}
	return s.walk(ctx, s.line.Flow.Start)
}

// runOutgoing serves a call of ours. One that is found after a restart without a note had not reached the customer, and is over:
// the book knows whom to call.
func (s *script) runOutgoing(ctx context.Context, a telephony.Arrival) error {
	if a.Resume != nil {
		s.hasPlace()
		return nil
	}
	if c := s.line.forgetCalledOut(a.ID); c != nil {
		return s.serveCallOut(ctx, c)
	}
	try := s.line.back.Try(a.ID)
	if try == nil {
		return errors.New("nobody has asked for this outgoing call")
	}
	defer try.Done()
	return s.callBack(ctx, try)
}

// walk runs node after node until one of them ends the call.
func (s *script) walk(ctx context.Context, at flow.NodeID) error {
	for at != "" {
		node := s.line.Flow.Nodes[at]
		s.note.Node = at
		if _, waits := s.line.Flow.Queue(at); !waits && !endsAtOnce(node) { // a caller who comes to a queue is noted with their place, once they have it
			if s.note.Outcome == tickets.Served && node.Kind.Outline(node.Next).Asks { // before the note
				s.file.TalkOver(time.Now())
			}
			s.mark(ctx, inFlow{})
		}
		next, err := node.Kind.Run(ctx, s.verbs(), node.Next)
		if err != nil {
			return fmt.Errorf("node %s: %w", at, err)
		}
		at = next
	}
	return nil
}

// endsAtOnce says whether a node hangs up, and says nothing before.
func endsAtOnce(n flow.Node) bool {
	h, ends := n.Kind.(flow.Hangup)
	return ends && len(h.Say) == 0
}

// say speaks to a caller, who may skip it by typing what is asked for next.
func (s *script) say(ctx context.Context, prompts ...flow.Prompt) error {
	return s.tolerate(ctx, s.call.PlayUntilTyped(ctx, s.words(prompts...)))
}

func (s *script) play(ctx context.Context, a telephony.Announcement) error {
	return s.tolerate(ctx, s.call.Play(ctx, a))
}

// tolerate takes the error of something that a caller was to hear. A sound that is missing is logged, and the call goes on.
func (s *script) tolerate(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, telephony.ErrHangup) || ctx.Err() != nil {
		return err
	}
	s.log.Warn("an announcement could not be played to the caller", "node", s.note.Node, "language", s.note.Language, "err", err)
	return nil
}

// words is an announcement in the caller's language.
func (s *script) words(prompts ...flow.Prompt) telephony.Announcement {
	a := telephony.Announcement{Language: s.note.Language}
	for _, p := range prompts {
		if p != "" {
			a.Parts = append(a.Parts, sound(p))
		}
	}
	return a
}

// sound is a prompt as the switch knows it.
func sound(p flow.Prompt) telephony.Sound { return telephony.Sound("hotline/" + string(p)) }

// reached notes how the call ends if the caller hangs up from now on. A caller who was served once stays served, and what a
// caller was told or promised stays so, wherever the flow goes on to.
func (s *script) reached(o tickets.Outcome) {
	if s.note.Outcome != tickets.Served && (settled(o) || !settled(s.note.Outcome)) {
		s.note.Outcome = o
	}
}

// settled says whether an outcome stays when the flow comes to its end. With any other the caller was informed by then.
func settled(o tickets.Outcome) bool {
	switch o {
	case tickets.Served, tickets.Refused, tickets.CallbackPromised, tickets.LeftMessage, tickets.SentOn:
		return true
	default:
		return false
	}
}

// end writes down how the call ended, once. It is false where there is nothing to write: no customer was dialled for an outgoing call.
func (s *script) end(ctx context.Context, err error) bool {
	if s.file == nil || s.file.Dropped() {
		return false
	}
	broke := errors.Is(err, telephony.ErrHangup) && s.brokeOff(ctx)
	level, outcome := slog.LevelInfo, s.note.Outcome
	switch {
	case errors.Is(err, telephony.ErrHangup), err != nil && outcome == tickets.NotReached:
	case err != nil:
		level = slog.LevelError
		if !settled(outcome) {
			outcome = tickets.Failed
		}
	case !settled(outcome):
		outcome = tickets.Informed // the flow came to its own end
	}
	if errors.Is(err, telephony.ErrHangup) {
		s.tellCallerLost()
	}
	s.recordingOver()
	s.file.Ended(time.Now(), outcome)
	if n := s.line.ended[outcome]; n != nil {
		n.Add(1)
	}
	said := []any{"ticket", s.file.Number(), "outcome", outcome, "node", s.note.Node, "language", s.note.Language, "talk", s.talk, "lost", s.call.Lost(), "broken", broke}
	if level == slog.LevelError {
		said = append(said, "err", err) // that a caller hangs up is none
	}
	s.log.Log(ctx, level, "call ended", said...)
	return true
}

// abort is the end of a script that panicked.
func (s *script) abort(ctx context.Context) {
	s.report(ctx, queues.Abandoned{Request: s.id}) // to the router this ends a talk, too
	if s.file != nil {
		s.end(ctx, errors.New("the script panicked"))
	}
}
