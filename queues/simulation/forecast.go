package simulation

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"hotline/queues"
)

// Forecast is a centre as it stands, and what may be expected of it from what was seen: who waits, talks and works now; how many
// call, how long they talk and how soon they give up. It is a copy: it can be simulated while the world goes on.
//
// It takes agents who chose to be not ready to stay so, and agents who are signed out to stay away; an agent who missed an offer comes
// back as others did. Calls come as often as in the time seen, with the needs that they had then, but for those to queues that the
// configuration does not have any more.
type Forecast struct {
	at      time.Time
	config  queues.Config
	watched time.Duration // how long the calls were seen to come
	leftOut int           // calls seen in that time, to queues that are gone
	now     []going
	staff   []Staff
	demands []Demand
	rings   Law
}

// going is a call that is on its way.
type going struct {
	Given
	elapsed time.Duration // how long the talk, or the wait, has lasted
	demand  Demand        // the stream from whose times the rest is drawn
}

// fewSeen is how many calls of a queue must have been seen to tell from them how long they take. Where there were fewer, the calls of
// all queues together tell it.
const fewSeen = 5

// Forecast is what is to be expected, at the time of the copy, of the router with a configuration. Calls were watched for at most an hour.
func (s *Seen) Forecast(at time.Time, config queues.Config) Forecast {
	f := Forecast{at: at, config: config}
	from := at.Add(-time.Hour)
	if from.Before(s.begin) {
		from = s.begin
	}
	f.watched = at.Sub(from)
	calls, agents := s.inOrder()
	ring := meanRing(agents)
	f.rings = lognormalAround(ring)
	habits := habitsOf(calls, at)
	var streams []Demand
	var counts []int
	for _, c := range calls {
		d := habits.demand(c.Request)
		if g, is := c.going(at, d); is {
			f.now = append(f.now, g)
		}
		if c.Came.Before(from) || c.broughtBack(s.begin) || c.restored() || c.Request.Callback {
			continue
		}
		if !has(config, d.Queue) {
			f.leftOut++
			continue
		}
		of := slices.IndexFunc(streams, func(s Demand) bool {
			return s.Queue == d.Queue && s.Priority == d.Priority && slices.Equal(s.Extra, d.Extra)
		})
		if of < 0 {
			of = len(streams)
			streams, counts = append(streams, d), append(counts, 0)
		}
		counts[of]++
	}
	for i, d := range streams {
		for slot := range d.Calls {
			d.Calls[slot] = float64(counts[i]) * float64(Slot) / float64(max(f.watched, time.Minute))
		}
		f.demands = append(f.demands, d)
	}
	for _, a := range agents {
		if s, there := a.expected(ring); there {
			f.staff = append(f.staff, s)
		}
	}
	f.now = slices.DeleteFunc(f.now, func(g going) bool {
		return g.With != "" && !slices.ContainsFunc(f.staff, func(s Staff) bool { return s.Agent.ID == g.With })
	})
	return f
}

// has says whether a configuration has a queue: a reload may have taken away where somebody called.
func has(config queues.Config, id queues.QueueID) bool {
	return slices.ContainsFunc(config.Queues, func(q queues.Queue) bool { return q.ID == id })
}

// lognormalAround is how long people take to answer a phone.
func lognormalAround(mean time.Duration) Law {
	if mean <= 0 {
		return Law{}
	}
	return Lognormal(mean, mean/2)
}

// Watched is how long calls were seen to come; what was seen for a few minutes says little.
func (f Forecast) Watched() time.Duration { return f.watched }

// habits are how long calls take, by queue, and under "" those of all queues together.
type habits struct {
	talks, wraps map[queues.QueueID]*moments
	patience     Law
	callback     float64 // share who accepted a callback of those to whom one was proposed, 0 to 1
}

// moments are sums to tell a mean and a deviation from.
type moments struct {
	n           int
	sum, square float64 // seconds
}

func (m *moments) add(d time.Duration) {
	m.n++
	m.sum += d.Seconds()
	m.square += d.Seconds() * d.Seconds()
}

func (m *moments) law() Law {
	mean := m.sum / float64(m.n)
	if mean <= 0 {
		return Law{}
	}
	spread := math.Sqrt(max(0, m.square/float64(m.n)-mean*mean))
	return Lognormal(time.Duration(mean*float64(time.Second)), time.Duration(spread*float64(time.Second)))
}

func habitsOf(calls []*Observed, now time.Time) habits {
	h := habits{talks: map[queues.QueueID]*moments{"": {}}, wraps: map[queues.QueueID]*moments{"": {}}}
	waited, hungUp, proposed, accepted := time.Duration(0), 0, 0, 0
	for _, c := range calls {
		if c.restored() {
			continue
		}
		w := c.waited(now)
		waited += w.For
		if w.HungUp {
			hungUp++
		}
		if c.Proposed {
			proposed++
			if !c.Wanted.IsZero() {
				accepted++
			}
		}
		if c.Answered.IsZero() || c.Parted.IsZero() {
			continue
		}
		id := c.Request.Queue
		if h.talks[id] == nil {
			h.talks[id], h.wraps[id] = &moments{}, &moments{}
		}
		for _, of := range []queues.QueueID{id, ""} {
			h.talks[of].add(c.talk(now))
			h.wraps[of].add(c.wrapUp(now))
		}
	}
	if hungUp > 0 {
		h.patience = Exponential(waited / time.Duration(hungUp))
	}
	h.callback = float64(accepted) / float64(max(1, proposed))
	return h
}

// demand is the stream of a request, by what its queue, or all, are used to.
func (h habits) demand(r queues.Request) Demand {
	d := Demand{Queue: r.Queue, Extra: r.Extra, Priority: r.Priority, Talk: Exponential(3 * time.Minute), Patience: h.patience, Callback: h.callback}
	for _, of := range []queues.QueueID{r.Queue, ""} {
		if m := h.talks[of]; m != nil && m.n >= fewSeen {
			d.Talk, d.WrapUp = m.law(), h.wraps[of].law()
			break
		}
	}
	return d
}

// going is a call that waits at a time, or is talked with or worked for. is is false for a call that has ended.
func (c *Observed) going(at time.Time, d Demand) (g going, is bool) {
	g = going{Given: Given{Request: c.Request, At: -1, Ring: -1, Patience: Endless, Dial: dialTime}, demand: d}
	g.Request.Arrived, g.Request.HeadStart = c.Arrived, c.HeadStart
	switch {
	case !c.Lost.IsZero(), !c.Rested.IsZero(), c.Ended != nil && c.Answered.IsZero():
		return g, false
	case !c.Answered.IsZero() && !c.Parted.IsZero():
		g.With, g.elapsed = c.Agent, at.Sub(c.Parted)
	case !c.Answered.IsZero():
		g.With, g.elapsed = c.Agent, at.Sub(c.Answered)
		g.Talk = 1 // drawn gives it its length
	default:
		g.elapsed = at.Sub(c.Came)
		g.Request.Queue = c.Way[len(c.Way)-1]
		g.Request.Callback = g.Request.Callback || !c.Wanted.IsZero()
		g.Request.Tried = c.Unreached
	}
	return g, true
}

// expected is what an agent will do from now on. there is false for an agent who is signed out, or only ends a talk.
func (a *ObservedAgent) expected(ring time.Duration) (s Staff, there bool) {
	s = a.staff(time.Time{}, ring)
	s.Ring, s.Acts = lognormalAround(s.Ring.Mean), nil
	act := func(at time.Duration, e queues.Event) { s.Acts = append(s.Acts, Act{at, e}) }
	if !a.signedIn() {
		return s, a.State.Activity != queues.Idle
	}
	act(0, queues.AgentSignedIn{Availability: a.State.Availability, Reason: a.State.Reason}) // who missed an offer comes back as others do
	if !a.State.Reachable {
		act(0, queues.PhoneChanged{})
	}
	switch a.State.Next { // after the talk
	case queues.NotReady:
		act(1, queues.AgentNotReady{Reason: a.State.NextReason})
	case queues.SignedOut:
		act(1, queues.AgentSignedOut{})
	case queues.Ready:
		act(1, queues.AgentReady{})
	}
	return s, true
}

// plan is one chance of what is to come in a time.
func (f Forecast) plan(ahead time.Duration, more []Staff, seed uint64) Plan {
	here := f.at
	if f.config.Location != nil {
		here = here.In(f.config.Location) // where the queues' hours are meant
	}
	y, m, d := here.Date()
	day, now := time.Date(y, m, d, 0, 0, 0, 0, time.UTC), clock(here, here)
	p := Plan{Config: f.config, Demands: f.demands, Days: 1, Seed: seed, Begin: day, Only: Shift{now, now + ahead}}
	p.Config.Epoch = "forecast"
	dice := rand.New(rand.NewPCG(seed, 1<<62))
	for _, g := range f.now {
		p.Given = append(p.Given, g.drawn(f.at, day.Add(now), now, dice))
	}
	for _, s := range append(slices.Clone(f.staff), more...) {
		acts := slices.Clone(s.Acts)
		for i := range acts {
			acts[i].At += now
		}
		s.Acts = acts
		p.Staff = append(p.Staff, s)
	}
	return p
}

// drawn is a call on its way with the rest of it drawn.
func (g going) drawn(at, simulated time.Time, now time.Duration, dice *rand.Rand) Given {
	one := g.Given
	one.At = now - 1
	shift := simulated.Sub(at)
	one.Request.Arrived = one.Request.Arrived.Add(shift)
	if !one.Request.NotBefore.IsZero() {
		one.Request.NotBefore = one.Request.NotBefore.Add(shift)
	}
	one.WrapUp = g.demand.WrapUp.draw(dice)
	switch {
	case g.With != "" && g.Talk == 0:
		one.WrapUp = beyond(g.demand.WrapUp, g.elapsed, dice)
	case g.With != "":
		one.Talk = beyond(g.demand.Talk, g.elapsed, dice)
	default:
		one.Talk = g.demand.Talk.draw(dice)
		if g.demand.Patience != (Law{}) && !one.Request.Callback {
			one.Patience = g.demand.Patience.draw(dice) // without memory: the rest of it is as the whole
		}
	}
	return one
}

// beyond draws how much longer something lasts that has lasted for a time.
func beyond(l Law, elapsed time.Duration, dice *rand.Rand) time.Duration {
	const tries = 30
	for range tries {
		if d := l.draw(dice); d > elapsed {
			return d - elapsed
		}
	}
	return Exponential(max(l.Mean, time.Second)).draw(dice) // longer than hardly any
}
