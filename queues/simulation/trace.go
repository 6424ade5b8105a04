package simulation

import (
	"math/rand/v2"
	"slices"
	"time"

	"hotline/queues"
)

// Trace makes a plan of what an observer has seen of one day: the same callers come, and the same people work. Run with the
// configuration of that day, the simulation can be held against what really was; run with another, or with other staff, it says
// what it would have been.
//
// What was not seen is drawn for each call by itself, from the seed:
//
//   - how long a caller who was answered would have waited: by the Patience of their queue where five hung up there, otherwise of all;
//   - how long a caller who was not answered would have talked: as long as one who was, of the same queue where there is one;
//   - how long an offer rings for a caller who was not answered: as the agent's offers do, but longer than one rang for them in vain.
//
// Agents miss offers by their share of that day, and decline none. Calls to queues that the configuration does not have are left out, and counted: Plan.LeftOut.
func (o *Observer) Trace(config queues.Config, seed uint64) Plan {
	y, m, d := o.begin.Date()
	p := Plan{Config: config, Days: 1, Seed: seed, Begin: o.begin, Cut: true}
	t := tracer{o: o, midnight: time.Date(y, m, d, 0, 0, 0, 0, time.UTC),
		patience: map[queues.QueueID]Patience{}, served: map[queues.QueueID][]*Observed{}}
	t.learn()
	for i, c := range t.calls {
		switch g, there := t.given(c, rand.New(rand.NewPCG(seed, uint64(i)))); {
		case !there:
		case g.With == "" && !has(config, g.Request.Queue):
			p.LeftOut++
		default:
			p.Given = append(p.Given, g)
		}
	}
	agents := o.Agents()
	for _, a := range agents {
		p.Staff = append(p.Staff, a.staff(o.begin, meanRing(agents)))
	}
	return p
}

// tracer makes given calls of observed ones.
type tracer struct {
	o        *Observer
	midnight time.Time // of the simulation; all its days are UTC's
	calls    []*Observed
	served   map[queues.QueueID][]*Observed // answered, and seen to the end; of all queues under ""
	patience map[queues.QueueID]Patience
	all      Patience
}

// learn estimates what is to be drawn from.
func (t *tracer) learn() {
	t.calls = t.o.Calls()
	waits := map[queues.QueueID][]Waited{}
	hungUp := map[queues.QueueID]int{}
	var all []Waited
	for _, c := range t.calls {
		if c.restored() {
			continue
		}
		w := c.waited(t.o.last)
		all = append(all, w)
		waits[c.Request.Queue] = append(waits[c.Request.Queue], w)
		if w.HungUp {
			hungUp[c.Request.Queue]++
		}
		if !c.Answered.IsZero() && !c.Parted.IsZero() {
			for _, of := range []queues.QueueID{c.Request.Queue, ""} {
				t.served[of] = append(t.served[of], c)
			}
		}
	}
	t.all = NewPatience(all)
	for id, w := range waits {
		if t.patience[id] = t.all; hungUp[id] >= 5 {
			t.patience[id] = NewPatience(w)
		}
	}
}

// given is a call as it comes again; there is false where it was over when the day began.
func (t *tracer) given(c *Observed, dice *rand.Rand) (g Given, there bool) {
	begin, last := t.o.begin, t.o.last
	g = Given{Request: c.Request, At: clock(begin, c.Came), Ring: -1, Extended: c.Extended, Unreached: c.Unreached, Dial: dialTime}
	if !c.Request.Arrived.IsZero() {
		g.Request.Arrived = t.midnight.Add(g.At - c.Came.Sub(c.Request.Arrived)) // they have waited as long
	}
	if !c.Request.NotBefore.IsZero() {
		g.Request.NotBefore = t.midnight.Add(clock(begin, c.Request.NotBefore))
	}
	g.Talk, g.WrapUp = c.talk(last), c.wrapUp(last)
	if g.At >= aDay {
		return g, false
	}
	if !c.Answered.IsZero() && c.Answered.Before(begin) {
		return t.talking(c, g)
	}
	switch {
	case c.restored(): // a talk that a restart brought, and nobody saw begin
		return g, false
	case c.Answered.IsZero():
		g.Rang = c.rang(last)
		if like := t.like(c, dice); like != nil {
			g.Talk, g.WrapUp, g.Extended = like.talk(last), like.wrapUp(last), like.Extended
		} else {
			g.Talk = 3 * time.Minute
		}
	default:
		g.Ring = c.Ring
		if c.Parted.IsZero() {
			g.Talk += 3 * time.Minute // at least; the day ends before
		}
		if c.Ended.How == queues.RequestCalledBack {
			g.Dial = c.Answered.Sub(c.Dialled)
		}
	}
	if !c.Wanted.IsZero() {
		g.Wants = max(1, c.Wanted.Sub(c.Came))
	}
	w := c.waited(last)
	if g.Patience = w.For; !w.HungUp {
		g.Patience = t.patience[c.Request.Queue].Beyond(w.For, dice)
	}
	return g, true
}

// talking is a talk, or its wrap-up, that goes on when the day begins.
func (t *tracer) talking(c *Observed, g Given) (Given, bool) {
	begin := t.o.begin
	g.With = c.Agent
	g.Talk = max(0, c.Answered.Add(g.Talk).Sub(begin))
	if !c.Parted.IsZero() && c.Parted.Before(begin) {
		g.WrapUp -= begin.Sub(c.Parted)
	}
	return g, g.Talk+g.WrapUp > 0
}

// like is a call whose talk was seen, of the same queue where there is one.
func (t *tracer) like(c *Observed, dice *rand.Rand) *Observed {
	same := t.served[c.Request.Queue]
	if len(same) == 0 {
		same = t.served[""]
	}
	if len(same) == 0 {
		return nil
	}
	return same[dice.IntN(len(same))]
}

// usualRing is how long it rings until an agent answers, where none was seen to.
const usualRing = 5 * time.Second

// meanRing is how long it rang until an agent answered.
func meanRing(all []*ObservedAgent) time.Duration {
	rings, answered := time.Duration(0), 0
	for _, a := range all {
		rings += a.Rings
		answered += a.Answered
	}
	if answered == 0 {
		return usualRing
	}
	return rings / time.Duration(answered)
}

// staff is an agent as they worked. One who answered nobody is taken to answer as the others did.
func (a *ObservedAgent) staff(begin time.Time, ring time.Duration) Staff {
	s := Staff{Agent: a.Agent, Ring: Always(ring)}
	if a.Answered > 0 {
		s.Ring = Always(a.Rings / time.Duration(a.Answered))
	}
	if a.Missed > 0 {
		s.Misses = float64(a.Missed) / float64(a.Missed+a.Answered)
	}
	if a.Returns > 0 {
		s.Back = Exponential(a.Backs / time.Duration(a.Returns))
	}
	acts := slices.Clone(a.Acts)
	slices.SortStableFunc(acts, func(x, y ObservedAct) int { return x.At.Compare(y.At) })
	for _, act := range acts {
		at := clock(begin, act.At)
		if n := len(s.Acts); n > 0 {
			at = max(at, s.Acts[n-1].At) // in the hour that comes twice they do it in the order in which they did
		}
		s.Acts = append(s.Acts, Act{At: at, Does: act.Does})
	}
	return s
}
