package ivr

import (
	"context"
	"errors"
	"strings"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// Pocket mode: an agent who has neither page nor network works by any phone, which may be in their pocket.
//
//	agent calls the number for it ─► number and PIN ─► ready, with the phone that they call from ── the same while ready ─► signed out
//	offer ─► their phone answers ─► is told what about ─┬─ presses 1 ──► is told who ─► talk ─► caller leaves ─► a key files what came of it
//	                                                   └─ does not, as no mailbox does ─► missed: the next agent, the caller keeps the place
//
// The router knows no difference: they are signed in, ready, and reachable. Their call to sign in is no customer's: it has no ticket, and what they type is
// neither noted nor logged. A restart finds who is signed in with Pocket; a call to sign in that it finds is over, and whoever had answered and not pressed 1
// is let go: the caller waits on, and they are rung again.

// Pocket is who works by phone alone.
type Pocket interface {
	// Calls says that a call is to the number at which agents sign in by phone. It must not block.
	Calls(telephony.Arrival) bool
	// SignIn takes number and PIN of whoever calls: they are ready then, with the phone that they call from, or, where they were ready so, signed out. Errors are
	// ErrPocketLocked where nobody looks at more PINs for now, and others where it is wrong.
	SignIn(ctx context.Context, a telephony.Arrival, number, pin string) (in bool, err error)
	// Works says whether an agent works so now. It must not block.
	Works(queues.AgentID) bool
	// WrapUp files what came of a call.
	WrapUp(ctx context.Context, agent queues.AgentID, call telephony.CallID, d tickets.Disposition) error
}

// ErrPocketLocked says that after wrong PINs no more are looked at for a while.
var ErrPocketLocked = errors.New("too many wrong PINs")

// The prompts of pocket mode.
const (
	pocketNumberPrompt      = "pocket_number"
	pocketPINPrompt         = "pocket_pin"
	pocketWrongPrompt       = "pocket_wrong"
	pocketLockedPrompt      = "pocket_locked"
	pocketInPrompt          = "pocket_in"
	pocketOutPrompt         = "pocket_out"
	pocketCallPrompt        = "pocket_call"        // a customer calls
	pocketAcceptPrompt      = "pocket_accept"      // press one to take it
	pocketDispositionPrompt = "pocket_disposition" // names the keys of tickets.Dispositions, in their order
	pocketFiledPrompt       = "pocket_filed"

	// TopicPrompt begins the names of those that say what calls are about.
	TopicPrompt = "topic_"
)

const (
	pocketTries     = 3
	pocketTypes     = 8 * time.Second  // to the first digit of number or PIN
	longestPIN      = 10               // digits
	dispositionWait = 20 * time.Second // for what came of a call
	wrapUpSpare     = 4 * time.Second  // of the wrap-up in which that is asked, for the thanks and to hang up: the next call finds the phone free
)

func (l *Line) byPhone(agent queues.AgentID) bool {
	return agent != "" && l.Pocket != nil && l.Pocket.Works(agent)
}

// signsIn serves a call by which an agent signs in by phone.
func (l *Line) signsIn(ctx context.Context, call *telephony.Call) bool {
	a := call.Arrival()
	if l.Pocket == nil || a.Outgoing || !l.Pocket.Calls(a) {
		return false
	}
	if a.Resume != nil {
		if !fresh(a) {
			l.resumed.Add(1)
		}
		return true
	}
	_ = call.Mark(ctx, turnedAway) // and not as typing: what is typed is not to stand on the channel
	err := call.Answer(ctx)
	for try := 0; err == nil && try < pocketTries; try++ {
		var over bool
		if over, err = l.asksPIN(ctx, call); over {
			break
		}
	}
	l.Log.Debug("a call to sign in by phone is over", "call", call.ID(), "err", err)
	return true
}

// asksPIN asks once. It is over where nothing more is to be asked.
func (l *Line) asksPIN(ctx context.Context, call *telephony.Call) (over bool, err error) {
	says := func(prompts ...flow.Prompt) telephony.Announcement {
		a := telephony.Announcement{Language: l.Languages[0]}
		for _, p := range prompts {
			a.Parts = append(a.Parts, sound(p))
		}
		return a
	}
	// One digit more is waited for than there may be, so that the hash after the last of them is not left for what is asked next.
	number, err := call.Collect(ctx, telephony.Collect{Prompt: says(pocketNumberPrompt), Min: 1, Max: longestPIN + 1, Until: '#', First: pocketTypes})
	if err == nil {
		var pin string
		if pin, err = call.Collect(ctx, telephony.Collect{Prompt: says(pocketPINPrompt), Min: 1, Max: longestPIN + 1, Until: '#', First: pocketTypes}); err == nil {
			var in bool
			in, err = l.Pocket.SignIn(ctx, call.Arrival(), number, pin)
			switch {
			case err == nil && in:
				return true, call.Play(ctx, says(pocketInPrompt))
			case err == nil:
				return true, call.Play(ctx, says(pocketOutPrompt))
			case errors.Is(err, ErrPocketLocked):
				return true, call.Play(ctx, says(pocketLockedPrompt))
			}
		}
	}
	if errors.Is(err, telephony.ErrHangup) || ctx.Err() != nil {
		return true, err
	}
	return false, call.Play(ctx, says(pocketWrongPrompt))
}

// accepts lets an agent who works by phone alone hear that a customer calls and about what, until they press one. Where they do not, or not before live ends, their leg
// is hung up: it was a mailbox, perhaps, which is to keep nobody's number. Others have accepted by answering.
func (s *script) accepts(live context.Context, leg *telephony.Leg, agent queues.AgentID) error {
	if !s.line.byPhone(agent) {
		return nil
	}
	a := telephony.Announcement{Language: s.line.Languages[0], Parts: []telephony.Part{sound(pocketCallPrompt)}}
	if s.note.Topic != "" {
		a.Parts = append(a.Parts, sound(flow.Prompt(TopicPrompt+s.note.Topic)))
	}
	a.Parts = append(a.Parts, sound(pocketAcceptPrompt))
	_, err := s.call.AskLeg(live, leg, a, "1")
	if err != nil {
		s.hangUp(live, leg)
	}
	return err
}

// tellsCaller lets an agent who works by phone alone, and has taken the call, hear the caller's number before the two are joined. It is false where the caller has left
// meanwhile, who has spoken with nobody.
func (s *script) tellsCaller(ctx context.Context, leg *telephony.Leg, agent queues.AgentID) (there bool) {
	if !s.line.byPhone(agent) {
		return true
	}
	if number := s.arrival.From; number.Kind == telephony.Full {
		_ = s.call.LetHear(ctx, leg, telephony.Announcement{Language: s.line.Languages[0], Parts: []telephony.Part{telephony.Digits(number.Key()[1:])}})
	}
	return !s.call.Left()
}

// shownTo is how an agent's phone is called: one outside sees the line's number, and nobody's name.
func (s *script) shownTo(agent queues.AgentID) telephony.Dial {
	d := telephony.Dial{To: s.line.Directory.Address(agent), From: s.arrival.From, Name: s.callerName()}
	if strings.HasPrefix(string(d.To), "number:") {
		d.From, d.Name = s.lineNumber(s.arrival.To), ""
	}
	return d
}

// asksDisposition asks an agent who works by phone alone what came of the call, once the caller has left. It is work after the call, and done within the time for it:
// the talk is over before. Where a queue has no such time the talk lasts until it is answered, as the phone is not free before.
func (s *script) asksDisposition(ctx context.Context, leg *telephony.Leg) {
	wait := dispositionWait
	if wrapUp := s.line.Directory.Queue(s.holder.offer.Queue).WrapUp; wrapUp > wrapUpSpare {
		wait = min(wait, wrapUp-wrapUpSpare)
		s.talkOver(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	says := func(p flow.Prompt) telephony.Announcement {
		return telephony.Announcement{Language: s.line.Languages[0], Parts: []telephony.Part{sound(p)}}
	}
	keys := "123456789"[:len(tickets.Dispositions)]
	key, err := s.call.AskLeg(ctx, leg, says(pocketDispositionPrompt), keys)
	if err != nil {
		return // the wrap-up ends by its clock
	}
	s.disposed = &tickets.Dispositions[key-'1'].Code
	_ = s.call.LetHear(ctx, leg, says(pocketFiledPrompt))
}

// filesDisposition files what an agent has pressed, once the router has them wrap the call up.
func (s *script) filesDisposition(ctx context.Context, agent queues.AgentID) {
	if s.disposed == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := s.line.Pocket.WrapUp(ctx, agent, s.call.ID(), *s.disposed); err != nil {
		s.log.Warn("what an agent pressed after a call is not filed", "agent", agent, "err", err)
	}
	s.disposed = nil
}
