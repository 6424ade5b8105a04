// Package figures keeps the figures of queues, skills and agents by the quarter of an hour.
//
// A Ledger is told what the router is told and what it decides, and is as pure as the router: no clock, and the same story gives
// the same sums.
//
//	Step(at, e) ──► decided ──► Stepped ──► books of this quarter ──the quarter ends──► Take ──► to be kept
//	                                             └──────────────► Today
//
// It knows what happened since it began; what was before a restart is the business of whoever keeps what Take gives. A caller
// who comes back after a restart, with an Arrived of before, was counted as offered then, and is not counted again.
//
// What a Ledger must keep true: the quarters of a subject, added up, are its whole story, so that hours, days and teams come from
// sums of quarters; each request that was offered to a queue and has left it is counted in exactly one way of leaving; and the time
// of an agent is counted once, whole, however it is cut into quarters.
//
// A Ledger works for as many agents as the router, and must not be what slows it down. So it finds an agent by the number that the
// router tells of them (see queues.AgentState.Number), and what each change looks at lies side by side.
package figures

import (
	"slices"
	"time"

	"hotline/queues"
	"hotline/telephony/hours"
)

// Quarter is how long one entry of a Ledger reaches. All time zones of today are whole quarters away from UTC, so that
// quarters add up to local hours and days.
const Quarter = 15 * time.Minute

// Ledger is the figures of one run of a router. It has one owner at a time; nothing in it is safe for concurrent use.
type Ledger struct {
	location *time.Location
	began    time.Time
	quarter  time.Time // the beginning of the quarter that now is in
	end      time.Time // of the quarter
	midnight time.Time // when Today begins anew
	lapse    time.Time // nobody's skill expires before; zero is never

	inOrder  []*queueBook                  // the configured ones in their order
	queues   map[queues.QueueID]*queueBook // also those of before
	skills   map[queues.Skill]*book
	agents   map[queues.AgentID]*agentBook
	byNumber []*agentBook // the same, each at the number that the router told of them last
	room     []agentBook  // books for the agents who come next; books that are made at once lie side by side
	books    []*book      // all, in the order in which they were first needed
	shift    []*agentBook // all agents, likewise
	extras   map[queues.RequestID]*extra
	spare    []*extra
	finished []Entry // quarters that ended, not taken yet
	handled  []*book // in which a handling ended since TakeHandled, each once
}

// Entry is the sums of a subject in the stretch of time, here a quarter, that begins at From.
type Entry struct {
	From    time.Time // UTC
	Subject Subject
	Sums    Sums
}

// book is one subject's.
type book struct {
	Subject
	changed bool // since Take
	handled bool // stands in Ledger.handled
	now     Sums // of this quarter
	today   Sums // of today's quarters before
}

type queueBook struct {
	book
	queue  queues.Queue
	within time.Duration
	skills []*book // what every request in it needs
}

// extra is what a waiting request needs beyond its queue.
type extra struct{ skills []*book }

// NewLedger makes an empty ledger that begins at a time, for a router with this configuration.
func NewLedger(c queues.Config, began time.Time) *Ledger {
	l := &Ledger{
		location: c.Location, began: began,
		queues: map[queues.QueueID]*queueBook{}, skills: map[queues.Skill]*book{}, agents: map[queues.AgentID]*agentBook{}, extras: map[queues.RequestID]*extra{},
	}
	if l.location == nil {
		l.location = time.UTC
	}
	l.begin(began.UTC().Truncate(Quarter))
	l.midnight = hours.DayBegins(began.In(l.location), 1)
	l.configure(c.Queues)
	return l
}

// Stepped tells a step: its time, its event, and what the router decided. Times must not run backwards; where they do, what
// happened counts, and no time has passed. Of something that the router rejected nothing counts.
func (l *Ledger) Stepped(at time.Time, e queues.Event, decided []queues.Decision) {
	at = at.Round(0) // figures are about the time on the wall
	l.turn(at)
	l.expire(at)
	if !queues.WasRejected(decided) {
		l.hear(at, e)
	}
	var passed passing
	if e, is := e.(queues.TalkPassed); is {
		passed = l.passes(e.Request)
	}
	for _, d := range decided {
		switch d := d.(type) {
		case *queues.Offered:
			if d.Offer.Consults == "" {
				l.numbered(d.Offer.AgentNumber(), d.Offer.Agent).offered++
			}
		case *queues.OfferEnded:
			l.offerEnded(d)
		case *queues.RequestEnded:
			l.ended(d)
		case *queues.AnswerUndone:
			l.undone(d)
		case *queues.RequestMoved:
			l.moved(d)
		case *queues.AgentChanged:
			l.numbered(d.Agent.Number(), d.Agent.ID).change(l, &d.Agent, at)
		case *queues.CallbackWaits, *queues.PlaceRegained, *queues.QueueChanged, *queues.Rejected: // a request that waits on; its end counts
		default:
			panic("figures: a decision that the ledger does not know")
		}
	}
	if e, is := e.(queues.TalkPassed); is && !queues.WasRejected(decided) {
		l.passed(e.To, passed)
	}
}

// hear takes from an event what no decision says.
func (l *Ledger) hear(at time.Time, e queues.Event) {
	switch e := e.(type) {
	case queues.Enqueued:
		l.enqueued(&e.Request)
	case queues.AgentSignedIn:
		l.serves(l.agent(e.Agent.ID), e.Agent, at)
	case queues.TalkRestored:
		switch {
		case e.Consults != "":
		case e.Called:
			l.foundCalling(e.Agent, e.Request, e.Talked(at))
		default:
			l.restored(e.Agent, e.Talked(at), 0, e.Extra)
		}
	case queues.AgentCalls:
		a := l.agent(e.Agent)
		a.calls, a.call = true, call{request: e.Request}
	case queues.CallReached:
		if a := l.calling(e.Request); a != nil {
			a.call.reached, a.call.before = true, a.talkedBy(nanos(at))
		}
	case queues.TalkDropped:
		if a := l.calling(e.Request); a != nil {
			a.call.reached = false // there was no talk
		}
	case queues.WrapUpRestored:
		l.restored(e.Agent, e.Talk, e.Hold, e.Extra)
	case queues.AgentReskilled:
		l.serves(l.agent(e.Agent.ID), e.Agent, at)
	case queues.Reconfigured:
		l.configure(e.Config.Queues)
		for _, a := range l.shift {
			if a.who.ID != "" {
				l.serves(a, a.who, at)
			}
		}
	}
}

// configure takes the queues as they are from now on. Sums of queues that are gone stay.
func (l *Ledger) configure(all []queues.Queue) {
	l.inOrder = l.inOrder[:0]
	for _, q := range all {
		b := l.queues[q.ID]
		if b == nil {
			b = &queueBook{}
			l.open(&b.book, OfQueue, string(q.ID))
			l.queues[q.ID] = b
		}
		l.inOrder = append(l.inOrder, b)
		b.queue, b.within, b.skills = q, q.Target.OrUsual().Within, b.skills[:0]
		for _, n := range q.Skills {
			if s := l.skill(n.Skill); !slices.Contains(b.skills, s) {
				b.skills = append(b.skills, s)
			}
		}
	}
}

func (l *Ledger) open(b *book, kind SubjectKind, id string) {
	b.Subject = Subject{kind, id}
	l.books = append(l.books, b)
}

func (l *Ledger) skill(s queues.Skill) *book {
	b := l.skills[s]
	if b == nil {
		b = &book{}
		l.open(b, OfSkill, string(s))
		l.skills[s] = b
	}
	return b
}

// write is the sums of this quarter, to be changed.
func (b *book) write() *Sums {
	b.changed = true
	return &b.now
}

// enqueued counts who came.
func (l *Ledger) enqueued(q *queues.Request) {
	var more *extra
	if len(q.Extra) > 0 {
		more = l.newExtra()
		for _, n := range q.Extra {
			more.skills = append(more.skills, l.skill(n.Skill))
		}
		l.extras[q.ID] = more
	}
	if q.Arrived.IsZero() || !q.Came().Before(l.began) {
		l.count(q.Queue, more, func(s *Sums) { s.Offered++ })
	}
}

func (l *Ledger) newExtra() *extra {
	if n := len(l.spare); n > 0 {
		e := l.spare[n-1]
		l.spare = l.spare[:n-1]
		e.skills = e.skills[:0]
		return e
	}
	return &extra{}
}

// count changes the sums of a queue, and of each skill that a request in it needs.
func (l *Ledger) count(id queues.QueueID, more *extra, change func(*Sums)) {
	var needs []*book
	if q := l.queues[id]; q != nil {
		change(q.write())
		needs = q.skills
		for _, s := range needs {
			change(s.write())
		}
	}
	if more == nil {
		return
	}
	for i, s := range more.skills {
		if !slices.Contains(needs, s) && !slices.Contains(more.skills[:i], s) {
			change(s.write())
		}
	}
}

func (l *Ledger) offerEnded(d *queues.OfferEnded) {
	if d.Offer.Consults != "" {
		return // nobody waited for it
	}
	var change func(*Sums)
	switch d.How {
	case queues.OfferWasAnswered:
		return // the request's end says more
	case queues.OfferWasMissed:
		change = func(s *Sums) { s.Missed++ }
	case queues.OfferWasDeclined:
		change = func(s *Sums) { s.Declined++ }
	case queues.OfferWasRevoked:
		change = func(s *Sums) { s.Revoked++ }
	case queues.OfferHasFailed:
		change = func(s *Sums) { s.Failed++ }
	default:
		panic("figures: unknown ending " + d.How)
	}
	change(l.numbered(d.Offer.AgentNumber(), d.Offer.Agent).write())
	l.count(d.Offer.Queue, l.extras[d.Offer.Request], change)
}

// ended counts how a request's waiting ended.
func (l *Ledger) ended(d *queues.RequestEnded) {
	more := l.extras[d.Request.ID]
	waited := max(0, d.At.Sub(d.Request.Came()))
	inTarget := false
	if q := l.queues[d.Request.Queue]; q != nil {
		inTarget = waited <= q.within
	}
	change := func(s *Sums) { s.end(d, waited, inTarget) }
	l.count(d.Request.Queue, more, change)
	if d.Agent != "" {
		a := l.numbered(d.AgentNumber(), d.Agent)
		change(a.write())
		a.counts, a.needs = true, a.needs[:0]
		if more != nil {
			a.needs = append(a.needs, more.skills...)
		}
	}
	if more != nil {
		delete(l.extras, d.Request.ID)
		l.spare = append(l.spare, more)
	}
}

func (s *Sums) end(d *queues.RequestEnded, waited time.Duration, inTarget bool) {
	if !d.Request.Callback {
		s.Longest = max(s.Longest, waited)
	}
	if d.Announced {
		s.Announced++
		if d.InRange {
			s.InRange++
		}
	}
	switch d.How {
	case queues.RequestAnswered:
		s.Answered++
		s.Waited += waited
		if inTarget {
			s.InTarget++
		}
	case queues.RequestAbandoned:
		switch {
		case d.Request.Callback:
			s.Withdrawn++
		case d.Short:
			s.ShortAbandoned++
			fallthrough
		default:
			s.Abandoned++
		}
	case queues.RequestOverflowed:
		s.Overflowed++
	case queues.RequestCalledBack:
		s.CalledBack++
	case queues.RequestNotReached:
		s.NotReached++
	case queues.RequestCalledIn:
		s.CalledIn++
	case queues.RequestLost: // as if it had not come: neither the caller nor an agent has done anything
		s.Offered--
	default:
		panic("figures: unknown outcome " + d.How)
	}
}

// undone takes an answer back, and with it the coming of a request that is told anew. In this quarter, even where it was answered in
// the one before: the sums of both are right together.
func (l *Ledger) undone(d *queues.AnswerUndone) {
	more := &extra{}
	for _, n := range d.Request.Extra {
		more.skills = append(more.skills, l.skill(n.Skill))
	}
	waited := max(0, d.At.Sub(d.Request.Came()))
	inTarget := false
	if q := l.queues[d.Request.Queue]; q != nil {
		inTarget = waited <= q.within
	}
	change := func(s *Sums) {
		s.Failed++ // the offer came to nothing after all
		if d.Request.Callback {
			s.CalledBack--
			return
		}
		s.Answered--
		s.Waited -= waited
		if inTarget {
			s.InTarget--
		}
	}
	l.count(d.Request.Queue, more, change)
	if !d.Request.Came().Before(l.began) { // it is counted anew
		l.count(d.Request.Queue, more, func(s *Sums) { s.Offered-- })
	}
	a := l.numbered(d.AgentNumber(), d.Agent)
	change(a.write())
	a.counts = false // there was no handling
}

// moved lets a request out of one queue and into another. Where its caller is only to be offered a callback, it waits on.
func (l *Ledger) moved(d *queues.RequestMoved) {
	if d.To.Kind != queues.ToQueue {
		return
	}
	more := l.extras[d.Request.ID]
	l.count(d.Request.Queue, more, func(s *Sums) { s.Overflowed++ })
	l.count(d.To.Queue, more, func(s *Sums) { s.Offered++ })
}
