package ivr

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// mark writes the phase on the caller's channel. Where that fails the call goes on: only a restart would know less of it.
func (s *script) mark(ctx context.Context, p phase) {
	text := s.enters(p)
	if text == "" {
		return
	}
	write := s.call.Mark
	if _, walks := p.(inFlow); walks {
		write = s.call.MarkTyping // what the flow asks for is a choice or a ticket's number, and no secret
	}
	if err := write(ctx, text); err != nil && !errors.Is(err, telephony.ErrHangup) && ctx.Err() == nil {
		s.log.Warn("the note on the caller's channel could not be written", "err", err)
	}
	s.foresee(ctx)
}

// markLater notes a phase of which a restart finds enough otherwise while it is young: see noteTalk. Where the note of whose phone rang could not be written it does not,
// and the phase is noted at once.
func (s *script) markLater(ctx context.Context, p phase) {
	if s.call.Owes() {
		s.mark(ctx, p)
		return
	}
	if text := s.enters(p); text != "" {
		_ = s.call.MarkNext(text) // it may be noted, or there would be none
	}
}

// talksAWhile is how long a talk goes on before it is noted: with the note of whose phone rang a restart finds the two in their bridge, and knows all but when the agent has
// answered, and one who is alone in it was left by the agent: they wait on only where the phone rang so short a while ago that it was hardly a talk (see letGo).
// It is once in a talk: one that a restart finds is noted then.
const talksAWhile = 10 * time.Second

// noteTalk has a talk noted that is not, once it has gone on for a while, or sooner where anything is done in it. That is a request less where it ends before.
func (s *script) noteTalk(ctx context.Context, v *telephony.Conversation) (over func()) {
	if !s.call.Owes() {
		return func() {}
	}
	later := time.AfterFunc(talksAWhile, func() {
		_ = v.Meanwhile(ctx, func(ctx context.Context) error { s.noteNow(ctx); return nil }) // the talk may be over by then
	})
	return func() {
		later.Stop()
		if s.call.Owes() && telephony.HandedOver(ctx) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
			defer cancel()
			if text := s.noteText(); text != "" {
				_ = s.call.Mark(ctx, text) // fails where another Hotline has taken over
			}
		}
	}
}

// noteNow notes what is to be noted later.
func (s *script) noteNow(ctx context.Context) {
	if s.call.Owes() {
		s.mark(ctx, s.note.phase)
	}
}

// enters is the note of a phase which begins; "" where it cannot be written, or there is no channel yet to write it on.
func (s *script) enters(p phase) string {
	s.note.phase = p
	if s.away {
		return ""
	}
	return s.noteText()
}

// noteText is the note as it is; "" where it cannot be written.
func (s *script) noteText() string {
	s.note.Ticket = s.file.Kept()
	text, err := s.note.text()
	if err = cmp.Or(err, telephony.MayNote(text)); err != nil {
		s.log.Error("the note on the caller's channel cannot be written: a restart would find the one before", "err", err)
		return ""
	}
	return text
}

// resume goes on where the note says.
func (s *script) resume(ctx context.Context, a telephony.Arrival) error {
	var err error
	if s.note, err = readNote(a.Resume.Note); err != nil {
		s.note = s.line.begin()
		s.log.Warn("unreadable note on a call found after a restart; it begins again", "err", err)
	}
	if !slices.Contains(s.line.Languages, s.note.Language) {
		s.note.Language = s.line.Languages[0]
	}
	if b := s.note.Back; b != nil {
		s.id, a.From, a.Name, a.To, a.Ours = b.Request, b.From, b.Name, b.To, false
	}
	if s.note.Outcome == tickets.CallbackPromised {
		s.back.Lingers(s.id, s.call.Gone())
	}
	if l := s.note.Left; l != nil {
		a.From, a.Name, a.To, a.At = l.From, l.Name, l.To, l.At
	}
	s.arrival = a
	s.file = s.line.Register.Resume(a, s.note.Ticket)
	at, _ := s.note.phase.(waiting)
	picks := string(at.Rings.Offer)
	if b := s.note.Back; b != nil && b.Called {
		picks = string(b.Request)
	}
	s.picked = s.call.AnsweredInGap(ctx, picks)
	if s.picked != nil && s.line.byPhone(at.Rings.Agent) { // a mailbox, perhaps
		s.hangUp(ctx, s.picked)
		s.picked = nil
	}
	v, joined := s.call.Rejoin(ctx)
	switch {
	case a.Resume.Left:
		return s.resumeLeft(ctx, v)
	case !joined:
		v = nil
	default:
		s.recordFound(ctx, v)
	}
	return s.note.phase.resume(ctx, s, v)
}

// resumeLeft goes on with the talk of an agent and those who were asked, whom the caller has left before a restart, or while there was no Hotline.
func (s *script) resumeLeft(ctx context.Context, v *telephony.Conversation) error {
	p, on := s.note.phase.(talking)
	if v == nil || !on || s.note.Left == nil {
		s.hasPlace()
		s.leaveTalk(ctx, v)
		return telephony.ErrHangup
	}
	defer s.line.endAtLongest(ctx, s.call, s.arrival.At)() // sooner than from when it was found
	o := queues.Offer{ID: p.Offer, Request: s.id, Agent: p.Agent, Queue: p.Queue, At: p.Since}
	s.asked = s.findAsked(v, p)
	s.findGuests(v, p.Guests, s.agent(o), p)
	s.report(ctx, queues.TalkRestored{Agent: o.Agent, Request: o.Request, Queue: o.Queue, Since: o.At, Held: p.Held, Extra: s.extra(), Called: s.note.Back != nil && s.note.Back.Called && s.sender() == ""})
	s.hasPlace()
	s.holder = holder{offer: o, began: p.Since}
	s.resumeAsked(ctx, v)
	s.showFound(ctx, v)
	return s.converse(ctx, o, v, p.Since, nil)
}

// leaveTalk ends a conversation that outlived what the note says: nobody is to talk there any more. v may be nil.
func (s *script) leaveTalk(ctx context.Context, v *telephony.Conversation) {
	if v != nil {
		v.End(ctx)
	}
}

// at is the node at which the call goes on.
func (s *script) at() flow.NodeID { return s.note.phase.at(s.line.Flow, s.note.Node) }

// walkAfter walks on from the node after the one at which callers wait for what they have had.
func (s *script) walkAfter(ctx context.Context, at flow.NodeID) error {
	if b := s.note.Back; b != nil && b.Called && s.sender() == "" { // whom an agent has called of their own accord hears nothing after the talk (see serveCallOut)
		return nil
	}
	return s.walk(ctx, s.line.Flow.Nodes[at].Next)
}

// waitOn lets a caller who was found in a queue wait at their place. Where no node waits in that queue any more, they begin again.
func (s *script) waitOn(ctx context.Context, p place) error {
	at := s.at()
	n, waits := s.line.Flow.Queue(at)
	if !waits {
		s.hasPlace()
		return s.walk(ctx, at)
	}
	s.note.Node = at
	if err := s.queue(ctx, n, &p); err != nil {
		return fmt.Errorf("node %s: %w", at, err)
	}
	return s.walkAfter(ctx, at)
}

// resumeOutside takes up a talk at a number outside.
func (s *script) resumeOutside(ctx context.Context, v *telephony.Conversation, p outside) error {
	s.line.outside.found(s.call.ID(), s.sent(p.Number))
	defer s.line.outside.leave(s.call.ID())
	var asks tickets.Agent
	if by := s.file.Kept().Sender; by != nil {
		asks = by.Agent
	}
	s.holder = holder{began: time.Now()}
	s.findGuests(v, p.Guests, asks, talking{Queue: p.Queue})
	return s.talkWithGuests(ctx, v)
}

// resumeTalk takes up a talk that went on while Hotline was away.
func (s *script) resumeTalk(ctx context.Context, v *telephony.Conversation, p talking) error {
	strike := func() { // Hotline may have died before it struck the callback out of the book
		if s.note.Back != nil && !s.note.Back.Called {
			s.back.Over(s.id)
			s.report(ctx, queues.Abandoned{Request: s.id})
		}
	}
	strike()
	o := queues.Offer{ID: p.Offer, Request: s.id, Agent: p.Agent, Queue: p.Queue, At: p.Since}
	s.reached(tickets.Served)
	if err := v.Join(ctx); err != nil { // a hold may have been noted and not begun, or somebody was to go
		s.log.Warn("a conversation found after a restart is not as it was noted", "err", err)
	}
	s.asked = s.findAsked(v, p)
	s.findGuests(v, p.Guests, s.agent(o), p)
	if a := s.asked; a != nil && (!v.Held() || len(s.guests) > 0) && contains(v.Now().In, a.party) { // Hotline died as they were joined, and before it noted that
		s.becomesGuest(a)
		p.Asked = nil
	}
	p.Guests = guestNotes(s.guests)
	held := p.Held
	switch {
	case p.Away.IsZero():
		p.Held, p.ByPhone = s.stillHeld(ctx, v, p)
		held = p.Held
	case s.asker(v) != nil: // Hotline died as they came back, and before it noted that
		p.Away = time.Time{}
		with := s.asked
		if p.Held.IsZero() { // they talked with the caller
			with = nil
		}
		if !s.joinAgain(ctx, v, s.asker(v), with, p.Held.IsZero()) && p.Held.IsZero() {
			p.Held = time.Now()
		}
		held = p.Held
	case p.Held.IsZero():
		held = p.Away
	}
	s.note.phase = p
	restored := queues.TalkRestored{Agent: o.Agent, Request: o.Request, Queue: o.Queue, Since: o.At, Held: held, Extra: s.extra(), Called: s.note.Back != nil && s.note.Back.Called && s.sender() == ""}
	if errors.Is(s.report(ctx, restored), queues.ErrAlready) { // the book was read before that, and its callback has come into the queue since
		strike()
		s.report(ctx, restored)
	}
	s.hasPlace()
	s.holder = holder{offer: o, began: p.Since}
	if s.consults() && s.resumeAsked(ctx, v) {
		return s.passedMeanwhile(ctx, v)
	}
	if v.Held() && !p.Held.IsZero() {
		s.remind(ctx, v, p.Held)
	}
	s.showFound(ctx, v)
	s.file.Answered(p.Since, s.agent(o)) // Hotline may have died before it wrote this; it counts once
	return s.converse(ctx, o, v, p.Since, nil)
}

// showFound shows a talk that a restart has found, without the reason, which the pop before the restart gave. What the store says too late for that, who
// it is and whether the agent has given the call to another ticket, is shown when it comes, to the agent who has the caller then.
func (s *script) showFound(ctx context.Context, v *telephony.Conversation) {
	show := func(context.Context) error {
		if h := s.holder; h.offer.Agent != "" { // otherwise the caller was passed on to somebody outside
			s.line.Desk.Talking(queues.Offered{Offer: h.offer}, h.began, s.file.Pop())
		}
		return nil
	}
	s.file.Caller(ctx) // waits for the store, for as long as an arrival does
	_ = show(ctx)
	select {
	case <-s.file.Settled():
		return
	default:
	}
	go func() {
		select {
		case <-s.file.Settled():
			_ = v.Meanwhile(ctx, show) // the talk may be over by then
		case <-ctx.Done():
		}
	}()
}

// leaveBook takes a customer who is on the line out of the book. The book's request was in the queue before the call was found; the
// call gets a request of its own, as the callback's goroutine may still ask for the offers of the other.
func (s *script) leaveBook(ctx context.Context) queues.RequestID {
	s.report(ctx, queues.Abandoned{Request: s.id})
	s.back.Over(s.id)
	s.id = queues.RequestID(s.call.ID())
	return s.id
}
