package ivr

import (
	"context"
	"errors"
	"time"

	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// A phone that answers and lets go at once, or that answers and cannot be joined with the caller, has not served anybody: its owner may
// not even have seen it ring. The caller goes back to their place in the queue, which is its head by now, and hears music again. To the
// router the phone fails (queues.TalkDropped), and the answer counts as none; the ticket says that the offer failed.
//
// Who hangs up from the page has chosen to, however soon.

// errLetGo says that the agent's phone let go of the caller, who is still there.
var errLetGo = errors.New("the agent's phone answered and let go at once")

// letGo says whether the agent's phone let go of a caller who is still there. err is what the conversation ended with.
func (s *script) letGo(ctx context.Context, leg *telephony.Leg, err error) bool {
	answered, shortest := leg.AnsweredAt(), s.line.ShortestTalk
	if shortest <= 0 || answered.IsZero() || s.call.Left() || ctx.Err() != nil || s.hungUp.Load() == leg {
		return false // of a talk that a restart found nobody knows when it was answered
	}
	if s.line.byPhone(s.holder.offer.Agent) {
		answered = s.holder.began // before, they were told of the call alone
	}
	lasted := time.Since(answered)
	if err == nil {
		return lasted < shortest
	}
	select { // they could not be joined: the end of one of them is on its way, perhaps
	case <-leg.Ended():
	case <-s.call.Gone():
	case <-time.After(shortest):
	}
	return !s.call.Left() && lasted < shortest+patience
}

// away is how long Hotline is not there when it is started anew at once, on a busy machine: about 4 s were seen after a kill.
const away = 10 * time.Second

// letGo says whether a talk that was over when a restart found it may have been none: it began so short a while ago that it was hardly
// one. Nobody knows when the agent's phone let go. Who was served within such a time waits once more, which is better than to be cut off.
func (p talking) letGo(shortest time.Duration) bool {
	return shortest > 0 && !p.Waited.Since.IsZero() && time.Since(p.Since) < shortest+away
}

// waitOnAfterLetGo lets a caller whose talk was none wait on at their place, as long as they have waited, and talk then.
func (s *script) waitOnAfterLetGo(ctx context.Context) error {
	n, _ := s.line.Flow.Queue(s.at())
	s.mark(ctx, waiting{place: s.place})
	return s.waitAt(ctx, n, false)
}

// answered keeps with the ticket who speaks with the caller. The fact is written once it is known that it is a talk: settled says
// so, for what ends sooner; a phone that let go has answered nothing.
func (s *script) answered(at time.Time, o queues.Offer) (settled func(was bool)) {
	undo := s.file.Joined(at, s.agent(o))
	before := s.note.Outcome
	s.reached(tickets.Served)
	later := time.AfterFunc(max(0, s.line.ShortestTalk), func() { s.file.Answered(at, s.agent(o)) })
	return func(was bool) {
		switch pending := later.Stop(); {
		case was && pending:
			s.file.Answered(at, s.agent(o))
		case !was && pending:
			undo()
		}
		if !was {
			s.note.Outcome = before
		}
	}
}
