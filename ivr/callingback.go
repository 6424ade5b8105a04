package ivr

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"hotline/ivr/callback"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// A callback (ivr/callback) is one more way into the script: a caller who waits is offered one, and it is an outgoing call later,
// which the same script serves with the verbs that are named there.

const (
	// hangsUpFirst is for a caller to hear the promise and put their phone down, so that no agent waits for it: likely, not sure.
	hangsUpFirst = 20 * time.Second
	ringCustomer = 40 * time.Second // as long as people need to find their phone
)

// callbacks is what a script needs of those who are called back.
type callbacks interface {
	// May says whether a caller can be called back at their number, and may be.
	May(telephony.Number) bool
	// Lingers notes that somebody who is promised a callback is on the line still, until gone is closed.
	Lingers(id queues.RequestID, gone <-chan struct{})
	// Promise lets a callback begin that the router has taken note of.
	Promise(context.Context, callback.Callback)
	// Over strikes a callback out of the book.
	Over(queues.RequestID)
}

// errCalledBack ends the waiting of a caller who wants to be called back.
var errCalledBack = errors.New("caller is to be called back")

// offerCallback asks a waiting caller whether they want to be called back instead.
func (s *script) offerCallback(ctx context.Context) bool {
	digits, err := s.call.Collect(ctx, telephony.Collect{Prompt: s.words(callbackPrompt), Flush: true, Min: 1, Max: 1, First: 5 * time.Second})
	return err == nil && digits == "1"
}

// wantCallback makes a callback of the caller's request. False where that is too late: an agent is found.
func (s *script) wantCallback(ctx context.Context) bool {
	s.back.Lingers(s.id, s.call.Gone())
	if s.report(ctx, queues.CallbackWanted{Request: s.id, NotBefore: time.Now().Add(hangsUpFirst)}) != nil {
		return false
	}
	s.back.Promise(ctx, callback.Callback{
		Request: queues.Request{ID: s.id}, From: s.arrival.From, Name: s.arrival.Name, To: s.arrival.To,
		Language: s.note.Language, Topic: s.note.Topic, Node: s.note.Node, Ticket: s.file.Kept(),
	})
	return true
}

// sayPromise tells the caller at what number they are called back.
func (s *script) sayPromise(ctx context.Context) error {
	s.reached(tickets.CallbackPromised)
	s.mark(ctx, promised{s.place.Queue})
	a := s.words(promisedPrompt)
	a.Parts = append(a.Parts, telephony.Digits(strings.TrimPrefix(s.arrival.From.Key(), "+")))
	return s.play(ctx, a)
}

// callBack serves an outgoing call, in which agent and customer are brought together. Afterwards the flow goes on as it does
// after a talk.
func (s *script) callBack(ctx context.Context, t *callback.Try) error {
	s.id = t.Request.ID
	s.place = place{Queue: t.Offer.Offer.Queue, CameTo: t.Request.CameTo, Since: t.Request.Arrived}
	s.note = note{
		Node: t.Node, Language: t.Language, Topic: t.Topic, Outcome: tickets.NotReached, Advised: true,
		Back: &backOf{Request: s.id, From: t.From, Name: t.Name, To: t.To}, phase: waiting{place: s.place},
	}
	s.away, s.sorry = true, t.Broken
	queue := s.shown(t.Offer.Offer.Queue) // perhaps another than they called in: it was moved, or theirs is gone
	kept := t.Ticket
	kept.Queue = &queue
	s.file = s.line.Register.CallBack(s.arrival, kept)
	defer s.line.leave(s.call)
	if err := t.Serve(ctx, outgoing{s}, outgoing{s}); err != nil {
		if err = s.afterTalkFrom(ctx, t.Node, s.place, err); err != nil {
			return err
		}
	}
	return s.walkAfter(ctx, t.Node)
}

// outgoing is the script of an outgoing call as a callback's try knows it.
type outgoing struct{ *script }

func (s outgoing) Show(ctx context.Context, o queues.Offered) {
	s.line.Desk.Pop(ctx, o, s.file.Pop())
	s.file.Dialled(time.Now())
}

// Ring leaves the agent, who has answered, the way out on the desk while they wait.
func (s outgoing) Ring(ctx, live context.Context, o queues.Offered) (*telephony.Leg, error) {
	leg, err := s.ring(ctx, live, o)
	if err != nil {
		return nil, err
	}
	s.note.Outcome = tickets.NotReached
	s.line.Desk.Talking(o, time.Now(), s.file.Pop())
	s.file.Dialled(time.Now())
	s.line.enter(s.call, talk{script: s.script, waits: leg})
	return leg, nil
}

func (s outgoing) MusicTo(ctx context.Context, leg *telephony.Leg) (stop func()) {
	stop, err := s.call.MusicTo(ctx, leg, s.music(s.note.Node))
	if err != nil {
		s.log.Debug("the agent waits in silence", "err", err)
	}
	return stop
}

// LetGo says to the agent that the customer does not answer, where that is why.
func (s outgoing) LetGo(ctx context.Context, leg *telephony.Leg, o queues.Offered, why error) {
	var failed *telephony.DialError
	if errors.As(why, &failed) {
		s.tellAgent(ctx, leg)
	}
	s.line.Desk.Ended(o.Offer, s.file.Pop(), tickets.NotReached)
	s.hangUp(ctx, leg)
}

func (s outgoing) tellAgent(ctx context.Context, leg *telephony.Leg) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a := telephony.Say(s.line.Languages[0], sound(notReachedPrompt))
	if err := s.call.LetHear(ctx, leg, a); err != nil {
		s.log.Debug("the agent is not told that the customer does not answer", "err", err)
	}
}

// Reach notes the customer before all else, the end of the agent's music too, as one who waits on the line from now on: first with their phone, which they may
// pick up while there is no Hotline.
func (s outgoing) Reach(ctx context.Context, to telephony.Address, shows telephony.Number) error {
	waits := func() waiting {
		on, _ := s.note.phase.(waiting)
		on.place = s.place
		on.Ahead = time.Since(s.place.Since)
		return on
	}
	s.note.phase = waits()
	err := s.call.Reach(ctx, to, s.lineNumber(shows), "", ringCustomer, s.noteText())
	if s.away = err != nil; !s.away {
		on := waits()
		s.place = on.place
		s.mark(ctx, on)
	}
	return err
}

func (s outgoing) Wait(ctx, live context.Context, o queues.Offered) error {
	wait, cancel := s.call.Bound(ctx)
	defer cancel()
	node, _ := s.line.Flow.Queue(s.note.Node)
	s.sayWhy(ctx)
	s.reached(tickets.AbandonedInQueue)
	leg, err := s.ringToMusic(wait, live, cmp.Or(node.Music, "default"), o)
	if err != nil && wait.Err() == nil {
		o, leg, err = s.waitForAgent(wait, node, s.id, func(bool) {})
	}
	if err != nil {
		if ctx.Err() == nil && s.call.Broken().IsZero() {
			s.report(ctx, queues.Abandoned{Request: s.id})
		}
		return err
	}
	return s.talkWith(ctx, o, leg)
}

// ringToMusic rings the agent who was kept free. The music that the customer hears goes on until they talk.
func (s outgoing) ringToMusic(ctx, live context.Context, class string, o queues.Offered) (leg *telephony.Leg, err error) {
	stop, err := s.call.Music(ctx, class)
	if err := s.tolerate(ctx, err); err != nil {
		return nil, err
	}
	defer func() {
		if leg == nil {
			stop()
		}
	}()
	return s.ring(ctx, live, o)
}

// Talk lets the agent hear music for as long as the customer is told why they are called.
func (s outgoing) Talk(ctx context.Context, o queues.Offered, leg *telephony.Leg) error {
	if s.sorry {
		silence := s.MusicTo(ctx, leg)
		s.sayWhy(ctx)
		silence()
	}
	return s.talkWith(ctx, o, leg)
}
