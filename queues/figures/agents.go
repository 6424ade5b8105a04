package figures

import (
	"maps"
	"slices"
	"time"

	"hotline/queues"
	"hotline/telephony/hours"
)

// agentBook is the book of one agent, together with what they are doing now and the moment up to which their time is in the sums.
// Moments are in nanoseconds since 1970. Each change of an agent looks at the fields here, which fill two lines of the processor's
// cache; the books of all agents lie side by side. What is looked at less often is in the agentFile, for ten thousand of those do
// not fit into the cache.
type agentBook struct {
	id       queues.AgentID
	mark     int64         // up to here their time is reckoned
	since    int64         // when the activity began
	ready    time.Duration // in this quarter, and in no sums yet; so are the next two
	busy     time.Duration
	offered  int32
	doing    doing
	activity activity
	counts   bool // the request was answered, and its handling counts when it ends
	calls    bool // they make a call, and have not talked it over

	request            queues.RequestID
	queue              queues.QueueID // of the request
	talk, hold, wrapUp time.Duration

	*agentFile
}

// booksAtOnce is how many agentBooks fit into one piece of 4 KiB of the allocator.
const booksAtOnce = 31

// agentFile is what is looked at less often.
type agentFile struct {
	until  int64         // while resting: the longest that the reason may last; 0 is no bound
	reason queues.Reason // while resting
	needs  []*book       // the skills that the request they answered last needed beyond its queue's
	call   call          // that they make
	book

	who    queues.Agent
	able   []*book   // queues and skills that they can serve
	lapses time.Time // when the next of their skills expires; zero is never
}

// doing is how an agent's time counts.
type doing uint8

const (
	out doing = iota // signed out
	free
	working
	resting
)

func doingOf(a *queues.AgentState) doing {
	switch {
	case activityOf(a.Activity).handles():
		return working
	case a.Availability == queues.Ready:
		return free
	case a.Availability == queues.NotReady:
		return resting
	}
	return out
}

// activity is an Activity in a byte.
type activity uint8

const (
	idle activity = iota
	ringing
	talking
	onHold
	wrappingUp
)

func activityOf(a queues.Activity) activity {
	switch a {
	case queues.Ringing:
		return ringing
	case queues.Talking:
		return talking
	case queues.OnHold, queues.Consulting: // the caller is on hold
		return onHold
	case queues.WrapUp:
		return wrappingUp
	default:
		return idle
	}
}

func (a activity) handles() bool { return a >= talking }

func (a activity) talks() bool { return a == talking || a == onHold }

// nanos is a moment; 0 is none.
func nanos(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixNano()
}

func (l *Ledger) agent(id queues.AgentID) *agentBook {
	a := l.agents[id]
	if a == nil {
		if len(l.room) == 0 {
			l.room = make([]agentBook, booksAtOnce)
		}
		a, l.room = &l.room[0], l.room[1:]
		a.id, a.agentFile = id, &agentFile{}
		l.open(&a.book, OfAgent, string(id))
		l.agents[id] = a
		l.shift = append(l.shift, a)
	}
	return a
}

// numbered finds an agent's book as agent does, but by the router's number, which costs less. The id is compared all the same: the
// number may be another agent's by now, or none.
func (l *Ledger) numbered(number int32, id queues.AgentID) *agentBook {
	if int(number) >= len(l.byNumber) {
		l.byNumber = append(l.byNumber, make([]*agentBook, int(number)+1-len(l.byNumber))...)
	}
	at := &l.byNumber[number]
	if *at == nil || (*at).id != id {
		*at = l.agent(id)
	}
	return *at
}

// change reckons what an agent did until now, and notes what they do from now on.
func (a *agentBook) change(l *Ledger, to *queues.AgentState, at time.Time) {
	now, next, since := nanos(at), activityOf(to.Activity), nanos(to.ActivitySince)
	a.settle(now)
	if a.doing = doingOf(to); a.doing == resting {
		a.reason, a.until = to.Reason, nanos(to.Until)
	}
	if a.activity == next && a.request == to.Request && a.since == since {
		return
	}
	took := time.Duration(max(0, now-a.since))
	switch a.activity {
	case talking:
		a.talk += took
	case onHold:
		a.hold += took
	case wrappingUp:
		a.wrapUp += took
	}
	if a.calls && a.request == a.call.request && !(next.talks() && a.request == to.Request) {
		a.called()
	}
	if a.activity.handles() && !(next.handles() && a.request == to.Request) {
		a.handled(l)
	}
	a.activity, a.since, a.request, a.queue = next, since, to.Request, to.Queue
}

// handled counts a call whose handling is over, unless it was a callback whose caller was not reached. A talk that was found after a
// restart counts with the time before the restart: as talk, but for a hold that is still on.
func (a *agentBook) handled(l *Ledger) {
	change := func(s *Sums) {
		s.Handled++
		s.Talk += a.talk
		s.Hold += a.hold
		s.WrapUp += a.wrapUp
	}
	if a.counts {
		change(a.write())
		l.count(a.queue, &extra{a.needs}, change)
		l.noteHandled(a)
	}
	a.counts = false
	a.talk, a.hold, a.wrapUp, a.needs = 0, 0, 0, a.needs[:0]
}

// settle reckons the agent's time up to a moment of this quarter.
func (a *agentBook) settle(to int64) {
	passed := time.Duration(to - a.mark)
	if passed <= 0 {
		return
	}
	a.mark = to
	switch a.doing {
	case free:
		a.ready += passed
	case working:
		a.busy += passed
	case resting:
		t := ReasonTime{Reason: a.reason, For: passed}
		if a.until != 0 {
			t.Overdue = min(passed, time.Duration(max(0, to-a.until)))
		}
		a.write().rest(t)
	case out:
	}
}

// serves notes what an agent can do from now on.
func (l *Ledger) serves(a *agentBook, who queues.Agent, at time.Time) {
	a.settle(nanos(at))
	a.share()
	a.who, a.able, a.lapses = who, a.able[:0], who.ExpiresAfter(at)
	if !a.lapses.IsZero() && (l.lapse.IsZero() || a.lapses.Before(l.lapse)) {
		l.lapse = a.lapses
	}
	who = who.At(at)
	for _, skill := range slices.Sorted(maps.Keys(who.Skills)) {
		a.able = append(a.able, l.skill(skill))
	}
	for _, q := range l.inOrder {
		if q.queue.ServedBy(who) {
			a.able = append(a.able, &q.book)
		}
	}
}

// expire lets skills expire, as the router does, and by itself: whoever signed out and is found in a talk by TalkRestored is known to the
// router without their skills, so that it tells nothing when one expires.
func (l *Ledger) expire(at time.Time) {
	if l.lapse.IsZero() || l.lapse.After(at) {
		return
	}
	l.lapse = time.Time{}
	for _, a := range l.shift {
		switch {
		case a.lapses.IsZero():
		case !a.lapses.After(at):
			l.serves(a, a.who, at)
		case l.lapse.IsZero() || a.lapses.Before(l.lapse):
			l.lapse = a.lapses
		}
	}
}

// share puts an agent's time into their sums, and those of what they can serve; and their offers into their own.
func (a *agentBook) share() {
	if a.ready == 0 && a.busy == 0 && a.offered == 0 {
		return
	}
	a.add(a.write())
	for _, b := range a.able {
		a.addTime(b.write())
	}
	a.ready, a.busy, a.offered = 0, 0, 0
}

// add adds what is in no sums yet to the agent's own.
func (a *agentBook) add(to *Sums) {
	a.addTime(to)
	to.Offered += int(a.offered)
}

func (a *agentBook) addTime(to *Sums) {
	to.Ready += a.ready
	to.Busy += a.busy
}

// share reckons all agents' time up to a moment of this quarter.
func (l *Ledger) share(at time.Time) {
	for _, a := range l.shift {
		a.settle(nanos(at))
		a.share()
	}
}

// turn closes the quarters that have ended. Where nobody was there for many quarters, it closes the first of them and passes over the rest.
func (l *Ledger) turn(at time.Time) {
	for !at.Before(l.end) {
		l.share(l.end)
		for _, b := range l.books {
			b.close(l)
		}
		l.begin(l.end)
		if !slices.ContainsFunc(l.shift, func(a *agentBook) bool { return a.doing != out }) {
			l.begin(at.UTC().Truncate(Quarter))
		}
		if !l.quarter.Before(l.midnight) {
			for _, b := range l.books {
				b.today.clear()
			}
			l.midnight = hours.DayBegins(l.quarter.In(l.location), 1)
		}
	}
}

func (l *Ledger) begin(quarter time.Time) { l.quarter, l.end = quarter, quarter.Add(Quarter) }

// close ends a book's quarter.
func (b *book) close(l *Ledger) {
	if b.changed {
		l.finished = append(l.finished, b.entry(l.quarter))
		b.changed = false
	}
	b.today.Add(&b.now)
	b.now.clear()
}

func (b *book) entry(quarter time.Time) Entry {
	e := Entry{From: quarter, Subject: b.Subject, Sums: b.now}
	e.Sums.Reasons = slices.Clone(b.now.Reasons)
	return e
}

// Settle adds what agents did up to now to the sums. Without it the times of queues and skills, and those that Take gives of agents,
// are complete when a quarter ends; Today of an agent is complete whenever the agent begins to do something else.
func (l *Ledger) Settle(at time.Time) {
	l.SettleSome(at, 0, len(l.shift))
}

// SettleSome is Settle in pieces, for who may not hold the ledger for long: it reckons the time of n agents, from the one with this
// number on, the first time 0, and says with which to go on, as long as there are more. Between two pieces anything may happen.
func (l *Ledger) SettleSome(at time.Time, from, n int) (next int, more bool) {
	at = at.Round(0)
	l.turn(at)
	next = min(from+n, len(l.shift))
	for _, a := range l.shift[from:next] {
		a.settle(nanos(at))
		a.share()
	}
	return next, next < len(l.shift)
}

// Take gives the entries that have changed since the last Take, each whole: of quarters that ended and of this one. An
// entry that was taken before replaces what it was.
func (l *Ledger) Take() []Entry {
	all, _, _ := l.TakeSome(0, len(l.finished)+len(l.books))
	return all
}

// TakeSome is Take in pieces, as SettleSome is Settle: it looks at n entries, changed or not. Where an entry is in two pieces, the
// later one counts.
func (l *Ledger) TakeSome(from, n int) (some []Entry, next int, more bool) {
	ended := min(n, len(l.finished))
	some = append(some, l.finished[:ended]...)
	if l.finished = l.finished[ended:]; len(l.finished) == 0 {
		l.finished = nil // and the array may go
	}
	next = min(from+n-ended, len(l.books))
	for _, b := range l.books[from:next] {
		if b.changed {
			b.changed = false
			some = append(some, b.entry(l.quarter))
		}
	}
	return some, next, len(l.finished) > 0 || next < len(l.books)
}

// Today is the sums of a subject since local midnight, or since the ledger began: as of the last Stepped or Settle.
func (l *Ledger) Today(of Subject) Sums {
	var b *book
	var own *agentBook
	switch of.Kind {
	case OfQueue:
		if q := l.queues[queues.QueueID(of.ID)]; q != nil {
			b = &q.book
		}
	case OfSkill:
		b = l.skills[queues.Skill(of.ID)]
	case OfAgent:
		if own = l.agents[queues.AgentID(of.ID)]; own != nil {
			b = &own.book
		}
	}
	if b == nil {
		return Sums{}
	}
	sum := b.today
	sum.Reasons = slices.Clone(b.today.Reasons)
	sum.Add(&b.now)
	if own != nil {
		own.add(&sum)
	}
	return sum
}
