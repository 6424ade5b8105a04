package ivr

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"hotline/queues"
	"hotline/recordings/tape"
	"hotline/telephony"
	"hotline/tickets"
)

// Supervisors listen to calls, whisper to their agents, and speak in them. Each is at one call at a time, from a talk on to the end of the
// call (telephony.Overseer); who goes to another leaves the first. A supervisor is known by the agent whom their phone belongs to, which
// rides on their channel as a note: so a restarted Hotline knows who is there.
//
//	Oversee ─► their phone rings ─► at the call ─┬─ Oversee, another manner ─► at the call
//	                                             ├─ Oversee, another call ──► let go, their phone rings again
//	                                             └─ they hang up, StopOverseeing, the end of the call ─► nowhere
//
// Who speaks stays with the caller when the agent hangs up, and goes on with nobody else there: the agent wraps up then.

// overseerRings is how long a supervisor's phone rings, who has just asked for it.
const overseerRings = 20 * time.Second

var (
	// ErrOverseesNothing says that a supervisor is at no call.
	ErrOverseesNothing = errors.New("the supervisor is at no call")
	// ErrOwnTalk says that a supervisor cannot listen to themselves.
	ErrOwnTalk = errors.New("the supervisor talks in this call themselves")
)

// Attendance is a supervisor at a call.
type Attendance struct {
	By     queues.AgentID // the supervisor
	Call   telephony.CallID
	Manner telephony.Manner
	Since  time.Time
}

// oversight is who is at which call.
type oversight struct {
	told func([]Attendance) // in the order of the changes; never nil

	telling sync.Mutex // taken before mu
	mu      sync.Mutex
	served  map[telephony.CallID]context.Context // of the calls that are
	there   map[queues.AgentID]*attending
}

// attending is a supervisor who is at a call, or is being called.
type attending struct {
	Attendance
	overseer *telephony.Overseer // nil while their phone rings
	wished   time.Time           // when they came, or said last how they take part; zero where a restart has found them
	giveUp   context.CancelFunc  // ends the ringing
	left     chan struct{}       // closed when they are nowhere any more
}

// Oversee lets a supervisor take part in a call in which somebody talks, or take part in another manner. It calls their phone where they are not at
// the call yet, and returns when they take part. The error may be ErrTalkOver, ErrOwnTalk, telephony.ErrWhisperUnsafe or a *telephony.DialError.
func (l *Line) Oversee(ctx context.Context, id telephony.CallID, by queues.AgentID, m telephony.Manner) error {
	for {
		at := l.oversight.of(by)
		switch {
		case at == nil:
			return l.summon(ctx, id, by, m)
		case at.Call == id && at.overseer != nil:
			err := at.overseer.Become(ctx, m)
			if errors.Is(err, telephony.ErrGone) || errors.Is(err, telephony.ErrNotTalking) {
				return ErrTalkOver
			}
			if err == nil {
				l.oversight.becomes(by, m)
				l.oversees(ctx, id)
			}
			return err
		}
		if err := l.letOverseerGo(ctx, at); err != nil { // at another call, or their phone rings still
			return err
		}
	}
}

// leftToSupervisor leaves the caller with the supervisor who speaks, as the agent has hung up, or with whom they talked outside: the agent wraps up, and
// the flow goes on when the supervisor leaves, or the caller waits at their place where the agent's phone was lost. Where Hotline dies meanwhile it goes on at once.
func (s *script) leftToSupervisor(ctx context.Context, v *telephony.Conversation) bool {
	from, now := s.holder.offer, time.Now()
	if from.Agent == "" {
		return true
	}
	lost := v.Lost()
	if s.absent != nil { // who left now is another
		lost = s.leavesAbsent(ctx, v)
	} else {
		s.lostAsker(ctx, v)
	}
	s.stopReminding()
	s.endHelp(ctx, tickets.HelpOver)
	s.settle(true)
	s.talk += now.Sub(s.holder.began)
	s.holder = holder{began: now}
	if lost {
		s.holder.lost = from.Agent
	}
	if s.note.Recording.Ever {
		s.fact(tape.Fact{Kind: tape.Left, Agent: string(from.Agent)})
	}
	s.line.Desk.Ended(from, s.file.Pop(), tickets.Served)
	s.shows = nil
	s.report(ctx, queues.TalkEnded{Request: s.id})
	s.line.enter(s.call, talk{script: s, with: v})
	return true
}

// StopOverseeing lets a supervisor go who is at a call.
func (l *Line) StopOverseeing(ctx context.Context, by queues.AgentID) (telephony.CallID, error) {
	at := l.oversight.of(by)
	if at == nil {
		return "", ErrOverseesNothing
	}
	return at.Call, l.letOverseerGo(ctx, at)
}

// letOverseerGo returns when a supervisor is nowhere any more.
func (l *Line) letOverseerGo(ctx context.Context, at *attending) error {
	at.giveUp()
	if at.overseer != nil {
		if err := at.overseer.Leave(ctx); err != nil {
			return err
		}
	}
	select {
	case <-at.left:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Attendances are the supervisors who are at calls, in the order of their ids.
func (l *Line) Attendances() []Attendance { return l.oversight.all() }

func (l *Line) summon(ctx context.Context, id telephony.CallID, by queues.AgentID, m telephony.Manner) error {
	t, on := l.talk(id)
	if !on || t.with == nil {
		return ErrTalkOver
	}
	if t.of == by {
		return ErrOwnTalk
	}
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	at := &attending{Attendance: Attendance{By: by, Call: id, Manner: m, Since: time.Now()}, giveUp: giveUp, left: make(chan struct{})}
	serve, is := l.oversight.begin(at)
	if !is {
		return ErrTalkOver
	}
	o, err := t.script.call.Oversee(ctx, telephony.Summons{
		To: l.Directory.Address(by), From: t.script.arrival.From, Name: l.Directory.Name(t.of), Timeout: overseerRings, Manner: m, Note: string(by), Music: "default",
	})
	if err != nil {
		l.oversight.end(at)
		if errors.Is(err, telephony.ErrHangup) {
			return ErrTalkOver
		}
		return err
	}
	l.attend(serve, at, o, time.Now())
	return nil
}

// attend follows a supervisor who is at a call, where they have come when they wished; zero is of before a restart.
func (l *Line) attend(serve context.Context, at *attending, o *telephony.Overseer, wished time.Time) {
	l.oversight.change(func() { at.overseer, at.wished = o, wished })
	l.oversees(serve, at.Call)
	go func() {
		err := o.Attend(serve)
		if telephony.HandedOver(serve) {
			return // they are at the call still, where the next Hotline finds them
		}
		if err != nil && serve.Err() == nil && !errors.Is(err, telephony.ErrHangup) {
			l.Log.Warn("a supervisor is let go, for the switch does not do what they want", "call", at.Call, "supervisor", at.By, "err", err)
		}
		l.oversight.end(at)
		l.oversees(serve, at.Call)
	}()
}

// overseen lets supervisors come to a call until the function that it returns is called, and those whom a restart has found there go on.
func (l *Line) overseen(ctx context.Context, call *telephony.Call) (over func()) {
	v := &l.oversight
	v.mu.Lock()
	v.served[call.ID()] = ctx
	v.mu.Unlock()
	for _, o := range call.Overseers() {
		at := &attending{
			Attendance: Attendance{By: queues.AgentID(o.Note()), Call: call.ID(), Manner: o.Manner(), Since: time.Now()}, giveUp: func() {}, left: make(chan struct{}),
		}
		if _, is := v.begin(at); !is { // at two calls, as they were killed in between
			go func() { _ = o.Attend(ctx) }()
			_ = o.Leave(ctx) // what remains ends with the call
			continue
		}
		l.attend(ctx, at, o, time.Time{})
	}
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		delete(v.served, call.ID())
	}
}

func (v *oversight) of(by queues.AgentID) *attending {
	v.mu.Lock()
	defer v.mu.Unlock()
	if at := v.there[by]; at != nil {
		copied := *at
		return &copied
	}
	return nil
}

// begin notes that a supervisor comes to a call. It is false where they are at one, or there is no such call; the context is that of the call.
func (v *oversight) begin(at *attending) (serve context.Context, is bool) {
	v.change(func() {
		if serve = v.served[at.Call]; serve != nil && v.there[at.By] == nil {
			v.there[at.By], is = at, true
		}
	})
	return serve, is
}

// becomes notes that a supervisor takes part in another manner.
func (v *oversight) becomes(by queues.AgentID, m telephony.Manner) {
	v.change(func() {
		if at := v.there[by]; at != nil {
			at.Manner, at.wished = m, time.Now()
		}
	})
}

func (v *oversight) end(at *attending) {
	v.change(func() {
		if v.there[at.By] == at {
			delete(v.there, at.By)
		}
	})
	close(at.left)
}

// change changes something, and tells who is where then.
func (v *oversight) change(do func()) {
	v.telling.Lock()
	defer v.telling.Unlock()
	v.mu.Lock()
	do()
	v.mu.Unlock()
	v.told(v.all())
}

func (v *oversight) all() []Attendance {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := []Attendance{}
	for _, at := range slices.SortedFunc(maps.Values(v.there), func(a, b *attending) int { return cmp.Compare(a.By, b.By) }) {
		all = append(all, at.Attendance)
	}
	return all
}
