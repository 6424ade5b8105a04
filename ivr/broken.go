package ivr

import (
	"cmp"
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
//
// Where Hotline dies along with it nobody is there to see that, and the notes are gone. So a Hotline that begins and finds calls without an end that came before the
// switch was started lets these be called back by what the store has of them (CutOff), if that was soon after the last Hotline was there: later they may have ended by
// themselves.

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
	waits := !stood.Since.IsZero()
	callable := s.back.May(s.arrival.From)
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
		Request: queues.Request{ID: s.id}, From: s.arrival.From, Name: s.arrival.Name, To: s.arrival.To,
		Language: s.note.Language, Topic: s.note.Topic, Node: s.at(), Ticket: s.file.Kept(), Broken: true,
	}
	s.back.Promise(ctx, b)
}

// CutOff lets somebody be called back whose call the switch took along as it died, while no Hotline was there: at the place with which they came into the queue in
// which the store has seen them last. It says whether they may be called at all. Who is in the book already is called as it says.
func (l *Line) CutOff(ctx context.Context, u tickets.Unended) (callable bool) {
	c, queue := u.Contact, queues.QueueID(u.Contact.Queue)
	node := l.Flow.WaitsIn(queue)
	switch callable = l.back.May(c.From); {
	case !callable || queue == "" || node == "" || c.QueuedAt.IsZero() || callback.TooLate(c.QueuedAt):
		return callable
	case c.CalledBy != "" && !u.Answered: // it was an agent who waited
		return callable
	}
	party := c.From.Key()
	switch {
	case u.Known:
		party = string(c.Customer)
	case c.Customer == "": // it may be one of several
		party = ""
	}
	language := cmp.Or(c.Language, l.Languages[0])
	q := queues.Request{
		ID: queues.RequestID(u.Call), Queue: queue, Extra: []queues.Need{{Skill: queues.Language(language), Level: 1}}, Arrived: c.QueuedAt, Party: party,
		Callback: true, NoCallback: true, NotBefore: u.Broke.Add(redialsAfter + together).Truncate(together), Wanted: max(0, u.Broke.Sub(c.QueuedAt)),
	}
	if err := l.ACD.Enqueue(ctx, q); err != nil {
		if !errors.Is(err, queues.ErrAlready) {
			l.Log.Warn("somebody whose call broke off is not called back: their ticket is open, and says whom to call", "call", u.Call, "err", err)
		}
		return callable
	}
	s := &script{line: l}
	shown := s.shown(queue)
	l.back.Promise(ctx, callback.Callback{
		Request: q, From: c.From, Name: c.RawName, To: l.Number, Language: language, Topic: c.Topic, Node: node, Broken: true,
		Ticket: tickets.Kept{Ticket: c.Ticket, Linked: c.Linked, Topic: c.Topic, Language: language, Path: c.Path, Queue: &shown, QueuedAt: c.QueuedAt},
	})
	return callable
}

// sayWhy tells who is called back because their call broke off why they are. Whoever hangs up meanwhile has hung up for all that follows.
func (s *script) sayWhy(ctx context.Context) {
	if s.sorry {
		s.sorry = false
		_ = s.play(ctx, s.words(brokenPrompt))
	}
}
