package ivr

import (
	"context"
	"errors"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// phase is what a call is doing, with what must be known to go on with it after a restart. It is noted on the caller's channel
// before it begins to matter:
//
//	inFlow ──► waiting ─┬─ an agent answers ──────────────► talking ──► inFlow
//	             │  ▲   ├─ sendingOn ── somebody answers ─► outside ──► inFlow
//	             │  │   └─ recording ── something is said ► recorded ─► inFlow
//	             │  └── nobody answers, nothing is recorded
//	             └── presses one ──► promised ──► inFlow
//
// Whom an agent sends on is waiting again, from talking on.
type phase interface {
	// write puts the phase into a note.
	write(*written)
	// at is the node at which a call in this phase goes on; noted is the one where it was. Where the flow was changed meanwhile,
	// those who waited go on at a node of the same queue, those who talked go on talking ("" is the end of the flow then), and
	// all others begin again.
	at(f flow.Flow, noted flow.NodeID) flow.NodeID
	// resume goes on with a call that was found in this phase; v is the conversation that it is still in, or nil.
	resume(ctx context.Context, s *script, v *telephony.Conversation) error
}

// place is where a caller waits, and since when.
type place struct {
	Queue     queues.QueueID
	Since     time.Time
	Ahead     time.Duration  // how much earlier than the call itself Since is, where a place was given back or a callback promised
	CameTo    queues.QueueID // the first queue that they were moved from; "" where they were not
	Elsewhere time.Duration  // waited before they were moved to Queue
	Lead      queues.Lead    // what people made of it
}

type (
	// inFlow is a caller who walks from node to node.
	inFlow struct{}
	// waiting is a caller in a queue. Rings is the agent's phone that rings for the caller, or did last.
	waiting struct {
		place
		Rings rings
	}
	// sendingOn is a caller who is still in the queue while a phone rings outside.
	sendingOn struct {
		place
		Number string
	}
	// recording is a caller who is still in the queue and speaks to the recorder.
	recording struct {
		place
		Name string // of the recording
	}
	// talking is a caller who talks with an agent.
	talking struct {
		Queue queues.QueueID
		Agent queues.AgentID
		Offer queues.OfferID
		Since time.Time
		Held  time.Time // on hold since then; the switch knows whether they are

		Asked  *askedNote  // who is asked in it; nil is nobody
		Guests []askedNote // who was asked and is in it with the caller

		ByPhone bool // by a key of the agent's own phone, and not by the desk

		Away time.Time // the agent's page is gone since then, and the talk waits for it; zero is not

		Help *Help // the agent calls for a supervisor; nil is not at all

		Waited place // where they did before; of older versions' notes without a Since
	}
	// outside is a caller who talks with somebody at a number outside.
	outside struct {
		Queue  queues.QueueID
		Number string
		Guests []askedNote // who is in the talk besides
	}
	// recorded is a caller who has left a message.
	recorded struct {
		Queue queues.QueueID
		Name  string
	}
	// promised is a caller who is to be called back, and is being told so.
	promised struct{ Queue queues.QueueID }
)

// rings is a phone that rings: the agent's, for an offer, since when. The talk began after it.
type rings struct {
	Agent queues.AgentID
	Offer queues.OfferID
	Since time.Time
}

// The names of the phases in a note. All who are in a queue are in one phase there, whatever else happens meanwhile.
const (
	notedFlow     = "flow"
	notedQueue    = "queue"
	notedTalk     = "talk"
	notedPromised = "promised"
	notedOutside  = "outside"
	notedRecorded = "recorded"
)

func (inFlow) write(w *written) { w.Phase = notedFlow }

func (p place) write(w *written) {
	w.Phase, w.Queue, w.Since, w.Ahead, w.CameTo, w.Elsewhere, w.Lead = notedQueue, p.Queue, p.Since, p.Ahead, p.CameTo, p.Elsewhere, ledBy(p.Lead)
}

func (p waiting) write(w *written) {
	p.place.write(w)
	w.Agent, w.Offer, w.Rang = p.Rings.Agent, p.Rings.Offer, p.Rings.Since
}

func (p sendingOn) write(w *written) {
	p.place.write(w)
	w.Outside = p.Number
}

func (p recording) write(w *written) {
	p.place.write(w)
	w.Recording = p.Name
}

func (p talking) write(w *written) {
	w.Phase, w.Queue, w.Agent, w.Offer, w.Since, w.Held, w.ByPhone = notedTalk, p.Queue, p.Agent, p.Offer, p.Since, p.Held, p.ByPhone
	w.Asked, w.Guests, w.Help, w.Away = p.Asked, p.Guests, p.Help, p.Away
	w.Came, w.Ahead, w.CameTo, w.Elsewhere, w.Lead = p.Waited.Since, p.Waited.Ahead, p.Waited.CameTo, p.Waited.Elsewhere, ledBy(p.Waited.Lead)
}

func (p outside) write(w *written) {
	w.Phase, w.Queue, w.Outside, w.Guests = notedOutside, p.Queue, p.Number, p.Guests
}

func (p recorded) write(w *written) {
	w.Phase, w.Queue, w.Recording = notedRecorded, p.Queue, p.Name
}

func (p promised) write(w *written) { w.Phase, w.Queue = notedPromised, p.Queue }

// phase reads what write has written.
func (w written) phase() phase {
	at := place{Queue: w.Queue, Since: w.Since, Ahead: w.Ahead, CameTo: w.CameTo, Elsewhere: w.Elsewhere, Lead: w.Lead.lead()}
	switch {
	case w.Phase == notedTalk:
		t := talking{Queue: w.Queue, Agent: w.Agent, Offer: w.Offer, Since: w.Since, Held: w.Held, ByPhone: w.ByPhone, Asked: w.Asked, Guests: w.Guests, Help: w.Help, Away: w.Away}
		if !w.Came.IsZero() {
			at.Since = w.Came
			t.Waited = at
		}
		return t
	case w.Phase == notedPromised:
		return promised{w.Queue}
	case w.Phase == notedOutside:
		return outside{w.Queue, w.Outside, w.Guests}
	case w.Phase == notedRecorded:
		return recorded{w.Queue, w.Recording}
	case w.Phase == notedQueue && w.Recording != "":
		return recording{at, w.Recording}
	case w.Phase == notedQueue && w.Outside != "":
		return sendingOn{at, w.Outside}
	case w.Phase == notedQueue, w.Phase != notedFlow && w.Queue != "": // of a newer version: somewhere at a queue
		return waiting{at, rings{w.Agent, w.Offer, w.Rang}}
	default:
		return inFlow{}
	}
}

func (inFlow) at(f flow.Flow, noted flow.NodeID) flow.NodeID {
	if _, known := f.Nodes[noted]; known {
		return noted
	}
	return f.Start
}

func (p place) at(f flow.Flow, noted flow.NodeID) flow.NodeID {
	return waitsAt(f, noted, p.Queue, f.Start)
}

func (p talking) at(f flow.Flow, noted flow.NodeID) flow.NodeID {
	return waitsAt(f, noted, p.Queue, "")
}
func (p outside) at(f flow.Flow, noted flow.NodeID) flow.NodeID {
	return waitsAt(f, noted, p.Queue, "")
}
func (p recorded) at(f flow.Flow, noted flow.NodeID) flow.NodeID {
	return waitsAt(f, noted, p.Queue, "")
}
func (p promised) at(f flow.Flow, noted flow.NodeID) flow.NodeID {
	return waitsAt(f, noted, p.Queue, "")
}

// waitsAt is the noted node, where callers wait at it, or another of the queue.
func waitsAt(f flow.Flow, noted flow.NodeID, queue queues.QueueID, otherwise flow.NodeID) flow.NodeID {
	if _, waits := f.Queue(noted); waits {
		return noted
	}
	if at := f.WaitsIn(queue); at != "" {
		return at
	}
	return otherwise
}

func (inFlow) resume(ctx context.Context, s *script, v *telephony.Conversation) error {
	s.leaveTalk(ctx, v)
	s.hasPlace()
	at := s.at()
	if at != s.note.Node {
		s.call.ForgetTyped() // the flow was changed meanwhile
	}
	return s.walk(ctx, at)
}

// resume finds a caller who is noted as waiting in a talk where Hotline died before it noted the talk: alone where the agent has hung up since. Such a talk counts from
// the ring: of when it began the switch knows nothing then, as the agent's leg is gone, and the bridge may be one that earlier talks were in.
func (p waiting) resume(ctx context.Context, s *script, v *telephony.Conversation) error {
	if v != nil && p.sentOn(s) {
		_ = v.Leave(ctx, s.music(s.at())) // where it fails there is a moment without music
		v.End(ctx)
		v = nil
	}
	talked := p.Rings.Agent != "" && s.arrival.Resume.Joined
	if s.picked != nil {
		v = s.joinPicked(ctx, v)
		talked = false // or they would be there
	}
	since := p.Rings.Since
	if since.IsZero() { // the wait was no part of the talk
		since = p.Since.Add(p.Ahead)
	}
	t := talking{Queue: p.Queue, Agent: p.Rings.Agent, Offer: p.Rings.Offer, Since: since, Waited: p.place}
	switch {
	case v == nil && (!talked || t.letGo(s.line.ShortestTalk)):
		return s.waitOn(ctx, p.place)
	case v == nil:
		s.reached(tickets.Served)
		s.file.Answered(since, s.agent(queues.Offer{Agent: t.Agent})) // Hotline may have died before it wrote this; it counts once
	default:
		s.begin(ctx, v)
		s.reached(tickets.Served)
		s.mark(ctx, t) // at once: it is young no more, should this Hotline die as well
	}
	return t.resume(ctx, s, v)
}

// joinPicked brings a caller to the agent who has picked up for them while there was no Hotline. It is nil where they cannot come together, as the agent
// has hung up: the caller waits on. A caller who is in a talk stays in it.
func (s *script) joinPicked(ctx context.Context, v *telephony.Conversation) *telephony.Conversation {
	if v != nil {
		s.hangUp(ctx, s.picked)
		return v
	}
	v = s.call.Converse(s.picked.As(telephony.Agent))
	if err := v.Join(ctx); err != nil {
		s.log.Warn("an agent who picked up while Hotline was away could not be joined to the caller, who waits on", "err", err)
		v.End(ctx)
		return nil
	}
	return v
}

// begin brings a caller to who has answered, where Hotline died between the two steps in which a conversation begins: they are not on hold.
func (s *script) begin(ctx context.Context, v *telephony.Conversation) {
	if !v.Held() {
		return
	}
	if err := v.Resume(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, telephony.ErrHangup) {
		s.log.Warn("a caller whose talk began before a restart stays on hold", "err", err)
	}
}

// resume keeps the message during which Hotline died. Where there is none, as it had not begun, the caller waits on.
func (p recording) resume(ctx context.Context, s *script, v *telephony.Conversation) error {
	if !s.endMessage(ctx, p.Name) {
		return waiting{place: p.place}.resume(ctx, s, v)
	}
	s.place = p.place
	if at := s.at(); s.saidNothing(ctx, p.Name) {
		s.hasPlace()
		s.mark(ctx, waiting{place: s.place})
		if err := s.refuseWith(ctx, ""); err != nil {
			return err
		}
		return s.walkAfter(ctx, at)
	}
	s.messageLeft(ctx, p.Name)
	return recorded{p.Queue, p.Name}.resume(ctx, s, v)
}

func (p sendingOn) resume(ctx context.Context, s *script, v *telephony.Conversation) error {
	if v == nil {
		return s.waitOn(ctx, p.place)
	}
	s.begin(ctx, v)
	return outside{Queue: p.Queue, Number: p.Number}.resume(ctx, s, v)
}

// resume finds the caller alone where the agent hung up meanwhile, or where the agent's phone let go at once.
func (p talking) resume(ctx context.Context, s *script, v *telephony.Conversation) error {
	at := p.at(s.line.Flow, s.note.Node)
	if v == nil && p.Asked != nil && p.Asked.Leg == "" {
		return s.resumeSent(ctx, p)
	}
	if v == nil && !p.Away.IsZero() {
		if alone := s.call.Alone(); alone.Await(ctx, s.music(at)) == nil {
			v = alone
		} else {
			alone.End(ctx)
		}
	}
	if v == nil && p.letGo(s.line.ShortestTalk) {
		s.note.Outcome = tickets.AbandonedInQueue // should they hang up now
		return s.waitOn(ctx, p.Waited)
	}
	if v == nil {
		s.hasPlace()
		if p.Help != nil {
			s.tellHelp(p, tickets.HelpOver)
		}
	} else if err := s.resumeTalk(ctx, v, p); err != nil {
		if err = s.afterTalkFrom(ctx, at, place{Queue: p.Queue, Since: p.Since}, err); err != nil {
			return err
		}
	}
	return s.walkAfter(ctx, at)
}

func (p outside) resume(ctx context.Context, s *script, v *telephony.Conversation) error {
	at := p.at(s.line.Flow, s.note.Node)
	s.hasPlace()
	if v != nil {
		s.reached(tickets.SentOn)
		s.mark(ctx, p) // where it was noted as sending on
		if err := s.resumeOutside(ctx, v, p); err != nil {
			return err
		}
	}
	return s.walkAfter(ctx, at)
}

func (p recorded) resume(ctx context.Context, s *script, v *telephony.Conversation) error {
	s.leaveTalk(ctx, v)
	at := p.at(s.line.Flow, s.note.Node)
	s.hasPlace()
	if err := s.say(ctx, takenPrompt); err != nil {
		return err
	}
	return s.walkAfter(ctx, at)
}

// resume does not say the promise anew: a caller to whom one restart after the other did would be called back while they listen.
func (p promised) resume(ctx context.Context, s *script, v *telephony.Conversation) error {
	s.leaveTalk(ctx, v)
	s.hasPlace()
	return s.walkAfter(ctx, p.at(s.line.Flow, s.note.Node))
}
