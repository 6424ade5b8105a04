package ivr

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hotline/ivr/callback"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// An agent calls a customer from the desk. Nobody waits for it, and so no offer is made: the router only learns that the agent talks.
// The agent's own phone rings first, then the customer's, which shows the line's number:
//
//	CallOut ─► AgentCalls ─► agent's phone ─► customer's phone ─► CallReached ─► talk ─► TalkEnded, wrap-up
//	                              └── not answered ──┴─► CallFailed: the agent is what they were
//
// Once the customer is on the line they are as one who has called: a Hotline that is killed finds them, and whom their agent's phone is
// lost to waits for another.

// OutboundCall is a call that an agent makes.
type OutboundCall struct {
	Agent    queues.AgentID
	Queue    queues.QueueID // in whose name it is, and whose wrap-up follows
	Number   telephony.Number
	Ticket   tickets.Number // which it is about; "" is what the linking rule finds, or a new one
	Topic    string         // of the ticket
	Reason   string         // why they call, by its code; "" is not said
	Language string         // of the customer; "" is the line's first
}

// ErrMayNotCall says that the installation does not allow calls to a number.
var ErrMayNotCall = errors.New("this number may not be called")

// HoursError says that a number is not called at this hour.
type HoursError struct {
	Opens time.Time // when it may be called next; zero is not known
}

func (e HoursError) Error() string {
	if e.Opens.IsZero() {
		return "this number is not called at this hour"
	}
	return "this number is not called at this hour, but from " + e.Opens.Format("2006-01-02 15:04 -07:00") + " on"
}

// mayCall says why an agent cannot call a number outside now: ErrMayNotCall or a HoursError.
func (l *Line) mayCall(n telephony.Number) error {
	if l.Outbound == nil || n.Key() == "" || !l.Outbound.MayCall(n) {
		return ErrMayNotCall
	}
	if l.CallHours == nil {
		return nil
	}
	if next, may := l.CallHours(n, time.Now()); !may {
		return HoursError{next}
	}
	return nil
}

// ErrOwnPhone says that the agent's own phone did not answer when they called somebody.
var ErrOwnPhone = errors.New("the agent's own phone did not answer")

// ringCaller is how long the phone of an agent who calls rings before it is given up: they sit beside it.
const ringCaller = 20 * time.Second

// CallOut begins a call that an agent makes, and returns when their phone is about to ring. The error is ErrMayNotCall, a HoursError, or the
// router's, which wraps those of queues (ErrBusy where the agent is in a call).
func (l *Line) CallOut(ctx context.Context, c OutboundCall) (telephony.CallID, error) {
	if err := l.mayCall(c.Number); err != nil {
		return "", err
	}
	id := telephony.CallID(uuid.Must(uuid.NewV7()).String())
	request := queues.RequestID(id)
	if err := l.ACD.Report(ctx, queues.AgentCalls{Agent: c.Agent, Request: request, Queue: c.Queue}); err != nil {
		return "", err
	}
	l.mu.Lock()
	l.calledOut[id] = &c
	l.mu.Unlock()
	err := l.Outbound.Call(ctx, telephony.Arrival{ID: id, From: c.Number, To: l.Number, At: time.Now()}, queues.Offer{Request: request, Agent: c.Agent, Queue: c.Queue})
	if err != nil {
		l.forgetCalledOut(id)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		return "", errors.Join(err, l.ACD.Report(ctx, queues.CallFailed{Request: request}))
	}
	return id, nil
}

// forgetCalledOut takes the outbound call of an id, where there is one.
func (l *Line) forgetCalledOut(id telephony.CallID) *OutboundCall {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.calledOut[id]
	delete(l.calledOut, id)
	return c
}

// serveCallOut brings the agent who calls and the customer together. It is the whole call: after the talk nothing is played to the customer.
func (s *script) serveCallOut(ctx context.Context, c *OutboundCall) error {
	s.place = place{Queue: c.Queue, Since: time.Now()}
	o := queues.Offered{Offer: queues.Offer{Request: s.id, Agent: c.Agent, Queue: c.Queue, At: s.place.Since}}
	from := s.arrival
	s.note = note{
		Node: s.line.Flow.WaitsIn(c.Queue), Language: cmp.Or(c.Language, s.line.Languages[0]), Topic: c.Topic, Outcome: tickets.NotReached, Advised: true,
		Back: &backOf{Request: s.id, From: from.From, Name: from.Name, To: from.To, Called: true}, phase: waiting{place: s.place, Rings: rings{Agent: c.Agent, Since: s.place.Since}},
	}
	s.away = true
	queue := s.shown(c.Queue)
	s.file = s.line.Register.CallOut(from, tickets.Kept{Ticket: c.Ticket, Topic: c.Topic, Language: s.note.Language, Queue: &queue}, s.agent(o.Offer), c.Reason)
	defer s.line.leave(s.call)
	leg, err := s.call.DialAs(ctx, telephony.Dial{
		To: s.line.Directory.Address(c.Agent), From: from.From, Name: s.callerName(), Timeout: ringCaller, Note: string(s.id), // by which they are found, who wait for the customer
	})
	if err != nil {
		s.report(ctx, queues.CallFailed{Request: s.id})
		return errors.Join(ErrOwnPhone, err)
	}
	if err := s.reachFor(ctx, leg, o); err != nil {
		if ctx.Err() == nil {
			s.report(ctx, queues.CallFailed{Request: s.id})
		}
		outgoing{s}.LetGo(ctx, leg, o, err)
		return err
	}
	s.report(ctx, queues.CallReached{Request: s.id})
	return s.afterTalkFrom(ctx, s.note.Node, s.place, s.talkWith(ctx, o, leg))
}

// reachFor calls the customer while the agent, who hears music meanwhile, is there.
func (s *script) reachFor(ctx context.Context, leg *telephony.Leg, o queues.Offered) error {
	s.file.Dialled(time.Now())
	s.line.Desk.Talking(o, time.Now(), s.file.Pop())
	s.line.enter(s.call, talk{script: s, waits: leg})
	there, stop := callback.WhileThere(ctx, leg, s.line.ShortestTalk)
	defer stop()
	defer outgoing{s}.MusicTo(there, leg)()
	return outgoing{s}.Reach(there, telephony.Address("number:"+s.arrival.From.Key()), s.arrival.To)
}
