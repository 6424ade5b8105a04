package ivr

import (
	"context"
	"errors"
	"time"

	"hotline/ivr/callback"
	"hotline/queues"
	"hotline/tickets"
)

// The switch may die, and take all calls with it. Nobody has hung up then: the call is lost by us, and its ticket says so. Who waited or talked is
// called back at the place that they had, by the book of callbacks, and hears why:
//
//	waits, or rings at an agent's ── the switch dies ──► CallBroken ─────────► book ─► "your call broke off …" ─► talk
//	talks, leaves a message       ── the switch dies ──► Enqueued, as it was ──┘
//	walks through the menus       ── the switch dies ──► lost; the ticket is open
//
// Who has called again by then is served at that place, and is not called.

// brokenPrompt tells who is called back that their call broke off through a fault of ours.
const brokenPrompt = "call_broken"

// redialsAfter is for a caller to notice that the line is dead, and to put their phone down.
const redialsAfter = 10 * time.Second

// together are those whose calls broke off within such a time: they are due at the same moment, and go by their places. One is told of after the other, in any order.
const together = 5 * time.Second

// brokeOff notes that the call broke off where it did so while something was to come of it, and lets the caller be called back where they can be.
func (s *script) brokeOff(ctx context.Context) bool {
	broke := s.call.Broken()
	if broke.IsZero() {
		return false
	}
	var stood place
	switch p := s.note.phase.(type) {
	case waiting, sendingOn, recording:
		stood = s.place
	case outside:
		stood = s.place
	case talking:
		if stood = s.place; stood.Since.IsZero() { // a restart has found the talk
			stood = p.Waited
		}
	case inFlow:
		if settled(s.note.Outcome) {
			return false
		}
	default:
		return false
	}
	from := s.call.From()
	if b := s.note.Back; b != nil {
		from = b.From
	}
	waits := !stood.Since.IsZero()
	callable := s.back.May(from)
	s.file.BrokenOff(time.Now(), callable)
	s.note.Outcome = tickets.Lost
	if waits && s.standsAgain(ctx, stood, broke, callable) && callable {
		s.promiseBroken(ctx)
	}
	return true
}

// standsAgain keeps the place of a caller whose call broke off, and says whether the router has it.
func (s *script) standsAgain(ctx context.Context, stood place, broke time.Time, callable bool) bool {
	later := time.Now().Add(redialsAfter + together).Truncate(together)
	err := s.report(ctx, queues.CallBroken{Request: s.id, At: broke, NotBefore: later, CallBack: callable})
	if !callable || !errors.Is(err, queues.ErrUnknownRequest) {
		return err == nil
	}
	s.place = stood // they were answered, or sent on
	q := s.request(ctx)
	q.Callback, q.NotBefore, q.Wanted, q.Lead, q.SentBy = true, later, broke.Sub(q.Came()), queues.Lead{}, ""
	q.Prefer = nil // whoever is free first: who had them works after the call
	return s.report(ctx, queues.Enqueued{Request: q}) == nil
}

// promiseBroken lets the callback begin. That of one whose own callback broke off goes on by itself.
func (s *script) promiseBroken(ctx context.Context) {
	if t := s.line.back.Try(s.call.ID()); t != nil {
		t.Broken = true
		return
	}
	b := callback.Callback{
		Request: queues.Request{ID: s.id}, From: s.call.From(), Name: s.call.Name(), To: s.call.To(),
		Language: s.note.Language, Topic: s.note.Topic, Node: s.at(), Ticket: s.file.Kept(), Broken: true,
	}
	if of := s.note.Back; of != nil {
		b.From, b.Name, b.To = of.From, of.Name, of.To
	}
	s.back.Promise(ctx, b)
}

// sayWhy tells who is called back because their call broke off why they are. Whoever hangs up meanwhile has hung up for all that follows.
func (s *script) sayWhy(ctx context.Context) {
	if s.sorry {
		s.sorry = false
		_ = s.play(ctx, s.words(brokenPrompt))
	}
}
