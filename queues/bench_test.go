package queues

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A crowd keeps a centre saturated: 10,000 agents with 8 of 50 skills each, and always as many
// waiting, in 200 queues of as many demand classes, every fifth of which asks for less after 20 s and again
// after 40 s. Agents answer, decline, accept, miss, hold, wrap up and come back; callers hang up.
// 2,000 events make a second of its time, so that offers and wrap-ups end by the clock too.
//
// It draws its events from a router of its own that runs ahead, so that neither drawing them
// nor what they lead to there is within the time of the router that is measured.
type crowd struct {
	dice    *rand.Rand
	ahead   *Router
	at      time.Time
	calls   int
	size    int // who shall wait
	agents  []*AgentState
	byID    map[AgentID]*AgentState
	waiting []RequestID // some ended since
	ended   map[RequestID]bool
	live    int // waiting now
	offers  int
	relaxed int // of the offers: for less than the queue asks at first
}

// moment is an event at its time.
type moment struct {
	at time.Time
	e  Event
}

const (
	crowdAgents  = 10_000
	crowdSkills  = 50
	crowdClasses = 200

	// chunk is so many events that few of them find the cache full of what was drawn before.
	chunk = 50_000
)

func crowdConfig() Config {
	c := Config{Epoch: "e"}
	for i := range crowdClasses {
		q := Queue{
			ID: QueueID(strconv.Itoa(i)), OfferTimeout: 20 * time.Second, WrapUp: 30 * time.Second, Priority: i % 3,
			Skills: []Need{{crowdSkill(i % crowdSkills), 2}, {crowdSkill(i / crowdSkills * 7 % crowdSkills), 1}},
		}
		if i%5 == 3 { // and not those of one skill, without which all could serve them
			q.Relax = []Relaxation{
				{After: 20 * time.Second, Lower: []Need{{q.Skills[0].Skill, 1}}},
				{After: 40 * time.Second, Drop: []Skill{q.Skills[1].Skill}},
			}
		}
		c.Queues = append(c.Queues, q)
	}
	return c
}

func crowdSkill(i int) Skill { return Skill("skill " + strconv.Itoa(i)) }

func newCrowd(b *testing.B, size int) *crowd {
	r, err := New(crowdConfig())
	if err != nil {
		b.Fatal(err)
	}
	return &crowd{
		dice: rand.New(rand.NewPCG(1, 2)), ahead: r, at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), size: size,
		byID: map[AgentID]*AgentState{}, ended: map[RequestID]bool{},
	}
}

// begin signs all agents in and lets the callers come.
func (c *crowd) begin() (all []moment) {
	for i := range crowdAgents {
		a := Agent{ID: AgentID("agent " + strconv.Itoa(i)), Skills: map[Skill]Level{}}
		for _, n := range c.ahead.lines[i%crowdClasses].Skills { // nobody is of no use: a scan would look at everybody for them
			a.Skills[n.Skill] = n.Level
		}
		for range 6 {
			a.Skills[crowdSkill(c.dice.IntN(crowdSkills))] = Level(1 + c.dice.IntN(5))
		}
		s := &AgentState{ID: a.ID, Activity: Idle, Availability: Ready}
		c.agents, c.byID[a.ID] = append(c.agents, s), s
		all = append(all, c.tell(PhoneChanged{a.ID, true}), c.tell(AgentSignedIn{Agent: a, Availability: Ready}))
	}
	for c.live < c.size {
		all = append(all, c.tell(c.enqueue()))
	}
	return all
}

// next draws events.
func (c *crowd) next(n int) []moment {
	all := make([]moment, 0, n)
	for len(all) < n {
		e := c.draw()
		if e == nil {
			continue
		}
		all = append(all, c.tell(e))
	}
	for i := range all {
		all[i].e = afresh(all[i].e)
	}
	return all
}

// afresh is the same event as it is in service: just read from a wire, ids included, and not strewn over what the router that
// runs ahead has left in memory.
func afresh(e Event) Event {
	agent := func(id AgentID) AgentID { return AgentID(strings.Clone(string(id))) }
	request := func(id RequestID) RequestID { return RequestID(strings.Clone(string(id))) }
	offer := func(id OfferID) OfferID { return OfferID(strings.Clone(string(id))) }
	switch e := e.(type) {
	case Enqueued:
		e.Request.ID = request(e.Request.ID)
		return e
	case Abandoned:
		return Abandoned{request(e.Request)}
	case AgentReady:
		return AgentReady{agent(e.Agent)}
	case WrapUpFinished:
		return WrapUpFinished{agent(e.Agent)}
	case OfferDeclined:
		return OfferDeclined{offer(e.Offer)}
	case OfferAccepted:
		return OfferAccepted{offer(e.Offer)}
	case OfferFailed:
		return OfferFailed{offer(e.Offer), e.Reason}
	case OfferAnswered:
		return OfferAnswered{offer(e.Offer)}
	case TalkHeld:
		return TalkHeld{request(e.Request)}
	case TalkResumed:
		return TalkResumed{request(e.Request)}
	case TalkEnded:
		return TalkEnded{request(e.Request)}
	default:
		panic(fmt.Sprintf("bench: %T is not drawn", e))
	}
}

// tell runs ahead.
func (c *crowd) tell(e Event) moment {
	defer c.ahead.Release()
	c.at = c.at.Add(time.Duration(c.dice.ExpFloat64() * float64(500*time.Microsecond)))
	for _, d := range c.ahead.Step(c.at, e) {
		switch d := d.(type) {
		case *AgentChanged:
			*c.byID[d.Agent.ID] = d.Agent
		case *Offered:
			c.live--
			c.offers++
			if d.Why.Relaxed > 0 {
				c.relaxed++
			}
		case *OfferEnded:
			if d.How != OfferWasAnswered {
				c.live++
			}
		case *RequestEnded:
			c.ended[d.Request.ID] = true
			if d.How == RequestAbandoned {
				c.live--
			}
		case *Rejected: // crossed the end of its offer or wrap-up, as happens
		}
	}
	if _, is := e.(Enqueued); is {
		c.live++
	}
	return moment{c.at, e}
}

func (c *crowd) enqueue() Event {
	c.calls++
	id := RequestID("node-1/" + strconv.Itoa(1_700_000_000+c.calls))
	c.waiting = append(c.waiting, id)
	return Enqueued{Request{ID: id, Queue: QueueID(strconv.Itoa(c.dice.IntN(crowdClasses)))}}
}

// draw is what one of them does next; nil where that is nothing.
func (c *crowd) draw() Event {
	if c.live < c.size {
		return c.enqueue()
	}
	if c.dice.IntN(40) == 0 {
		return c.hangUp()
	}
	a := c.agents[c.dice.IntN(len(c.agents))]
	chance := c.dice.IntN(100)
	switch {
	case a.Availability == NotReady:
		return AgentReady{a.ID}
	case a.Activity == Ringing && chance < 4 && !a.Accepted:
		return OfferDeclined{a.Offer}
	case a.Activity == Ringing && chance < 8 && !a.Accepted:
		return OfferAccepted{a.Offer}
	case a.Activity == Ringing && chance < 10:
		return OfferFailed{a.Offer, PhoneUnanswered}
	case a.Activity == Ringing:
		return OfferAnswered{a.Offer}
	case a.Activity == Talking && chance < 5:
		return TalkHeld{a.Request}
	case a.Activity == Talking:
		return TalkEnded{a.Request}
	case a.Activity == OnHold:
		return TalkResumed{a.Request}
	case a.Activity == WrapUp:
		return WrapUpFinished{a.ID}
	}
	return nil
}

// hangUp is the end of somebody's patience. Who was answered in between is forgotten on the way.
func (c *crowd) hangUp() Event {
	for len(c.waiting) > 0 {
		i := c.dice.IntN(len(c.waiting))
		id := c.waiting[i]
		c.waiting[i] = c.waiting[len(c.waiting)-1]
		c.waiting = c.waiting[:len(c.waiting)-1]
		if !c.ended[id] {
			return Abandoned{id}
		}
		delete(c.ended, id)
	}
	return nil
}

// steady is an office in the midst of the crowd.
func steady(b *testing.B, size int) (office, *crowd) {
	c := newCrowd(b, size)
	r, err := New(crowdConfig())
	if err != nil {
		b.Fatal(err)
	}
	o := office{r, NewLedger(crowdConfig(), c.at)}
	replay(o, c.begin())
	replay(o, c.next(100_000))
	return o, c
}

// office is a router with its figures by the quarter of an hour, as in service. Tell the ledger all that the router is told, or leave it
// alone for good.
type office struct {
	*Router
	ledger *Ledger
}

func (o office) Step(at time.Time, e Event) []Decision {
	decided := o.Router.Step(at, e)
	o.ledger.Observe(at, e, decided)
	return decided
}

type stepper interface {
	Step(time.Time, Event) []Decision
	Release()
}

// replay tells events, and gives what was decided of each back, as acd does.
func replay(s stepper, events []moment) {
	for _, m := range events {
		s.Step(m.at, m.e)
		s.Release()
	}
}

// perEvent is what one event costs, in seconds, over a time of work.
func perEvent(s stepper, c *crowd, chunk int, work time.Duration) float64 {
	runtime.GC() // what others left is theirs
	var took time.Duration
	events := 0
	for took < work {
		took += taken(s, c.next(chunk))
		events += chunk
	}
	return took.Seconds() / float64(events)
}

// taken is the process's CPU time for telling events: neighbours make the clock on the wall meaningless.
func taken(s stepper, events []moment) time.Duration {
	start := spent()
	replay(s, events)
	return spent() - start
}

// spent is the CPU time of the process so far.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkStep is one event in the midst of the crowd.
func BenchmarkStep(b *testing.B) {
	o, c := steady(b, 20_000)
	b.ReportAllocs()
	b.ResetTimer()
	for left := b.N; left > 0; left -= chunk {
		b.StopTimer()
		all := c.next(min(left, chunk))
		b.StartTimer()
		replay(o.Router, all)
	}
}

// BenchmarkRouter prints the line of make bench-router, and fails where it is below what is promised. It takes some minutes, whatever
// the number of iterations asked for; -block sets how long each block works.
func BenchmarkRouter(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // one core, its garbage included
	defer debug.SetGCPercent(debug.SetGCPercent(GCPercent))
	compareWithScan(b, 1_000_000)
	b.Logf("1,000,000 random events: decided as the scan does")
	m := newMeter(b)
	measure := func() { m.work(10 * time.Second) }
	measure()
	o, c := steady(b, 20_000)
	r := o.Router
	v := againstScan(b, r, c, measure)
	p := percentiles(r, c, 1_000_000)
	if c.relaxed == 0 {
		b.Fatal("no relaxation step was taken")
	}
	b.Logf("of %d offers %d were for less than the queue asks at first; classes: %d", c.offers, c.relaxed, len(r.byIndex))
	exponent := growth(b)
	measure()
	alone, full := m.costs()
	b.Logf("%d chunks of %d events each: %.0f ns an event, %.0f with the ledger; undisturbed, with collecting garbage, %.0f and %.0f ns",
		len(m.costAlone), chunk, alone.median*1e9, full.median*1e9, alone.undisturbed*1e9, full.undisturbed*1e9)
	fmt.Printf("bench-router events_per_s=%.0f p999_us=%.2f scan_ratio=%.0f exponent=%.3f events_per_s_median=%.0f without_ledger_per_s=%.0f without_ledger_per_s_median=%.0f "+
		"scan_ratio_low=%.0f scan_ratio_high=%.0f control=%.3f allocs_per_event=%.2f p999_wall_us=%.2f p999_wall_without_collection_us=%.2f p999_spin_us=%.2f\n",
		1/full.undisturbed, p.own*1e6, v.ratio, exponent, 1/full.median, 1/alone.undisturbed, 1/alone.median,
		v.low, v.high, v.control, allocations(r, c), p.wall*1e6, p.uncollected*1e6, p.spin*1e6)
	if v.control < 0.95 || v.control > 1.05 {
		b.Errorf("void: the same against itself is %.3f, outside 0.95 to 1.05", v.control)
	}
	if 1/full.undisturbed < 500_000 || p.own > 20e-6 || v.ratio < 1000 || exponent > 0.3 {
		b.Error("not held: 500,000 events a second, p99.9 of 20 µs, 1,000 times the scan, exponent of 0.3")
	}
}

// versus is what became of a comparison: the median of the blocks' ratios with its 95 % bootstrap interval, and the control: the
// same against itself.
type versus struct{ ratio, low, high, control float64 }

// againstScan works the two in turn, router, scan, scan, router, and lets something else be done between.
func againstScan(b *testing.B, r *Router, c *crowd, between func()) (v versus) {
	like, slow := steady(b, 20_000) // the same crowd, at the scan's pace
	s := scanOf(like.Router)
	const parts = 5
	var ratios, same []float64
	for block := range 5 {
		var a1, b1, b2, a2 float64
		for range parts { // of the block, so that neighbours who come and go meet both
			a1 += perEvent(r, c, chunk, *blockTime/parts) / parts
			b1 += perEvent(s, slow, 10, *blockTime/parts) / parts
			b2 += perEvent(s, slow, 10, *blockTime/parts) / parts
			a2 += perEvent(r, c, chunk, *blockTime/parts) / parts
		}
		b.Logf("block %d: router %.0f and %.0f ns, scan %.0f and %.0f ns an event", block+1, a1*1e9, a2*1e9, b1*1e9, b2*1e9)
		ratios, same = append(ratios, (b1+b2)/(a1+a2)), append(same, a2/a1)
		between()
	}
	dice := rand.New(rand.NewPCG(5, 6))
	var drawn []float64
	for range 10_000 {
		again := make([]float64, len(ratios))
		for i := range again {
			again[i] = ratios[dice.IntN(len(ratios))]
		}
		drawn = append(drawn, median(again))
	}
	slices.Sort(drawn)
	return versus{median(ratios), drawn[250], drawn[9750], median(same)}
}

// cost is what an event costs, in seconds of the process's CPU time, as it was in many chunks. Neighbours on the machine take the caches
// and the memory, and make the same work take up to twice as long, never shorter: undisturbed is what the tenth of the chunks cost
// that they left alone most. Garbage is collected once in many chunks; undisturbed bears a fair share of all that was.
type cost struct{ median, undisturbed float64 }

// meter measures the costs of the router alone, and with the figures by the quarter of an hour, which in service an observer keeps in its
// goroutine: chunk by chunk in turn, so that both have the same neighbours, and now and then, because neighbours stay for minutes.
type meter struct {
	alone, with         office
	crowdOne, crowdTwo  *crowd
	costAlone, costWith []float64
	collected           float64 // seconds
}

func newMeter(b *testing.B) *meter {
	m := &meter{}
	m.alone, m.crowdOne = steady(b, 20_000)
	m.with, m.crowdTwo = steady(b, 20_000)
	return m
}

func (m *meter) work(time time.Duration) {
	runtime.GC() // what others left is theirs
	before := collecting()
	for until := spent() + time; spent() < until; {
		m.costAlone = append(m.costAlone, taken(m.alone.Router, m.crowdOne.next(chunk)).Seconds()/chunk)
		m.costWith = append(m.costWith, taken(m.with, m.crowdTwo.next(chunk)).Seconds()/chunk)
	}
	runtime.GC() // says what was collected
	m.collected += collecting() - before
}

func (m *meter) costs() (alone, with cost) {
	share := m.collected / float64(4*len(m.costAlone)*chunk) // half of the events are told to those who run ahead
	of := func(all []float64) cost {
		slices.Sort(all)
		return cost{median(all), all[len(all)/10] + share}
	}
	return of(m.costAlone), of(m.costWith)
}

// collecting is the CPU time of collecting garbage, in seconds, up to the last collection.
func collecting() float64 {
	took := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}}
	metrics.Read(took)
	return took[0].Value.Float64()
}

// tail is the time, in seconds, that one step in a thousand takes longer than.
type tail struct {
	own         float64 // without what the machine does beside: of two twins who are told the same the faster counts
	wall        float64 // as it is; own hides the collection of garbage too, which seldom hits both
	uncollected float64 // as it is while none is collected: what collecting adds is the difference
	spin        float64 // of a loop that does nothing for as long as a step takes: what the machine does beside
}

func percentiles(r *Router, c *crowd, events int) tail {
	twin := r.Copy()
	step := func(s stepper, m moment) time.Duration {
		start := time.Now()
		s.Step(m.at, m.e)
		s.Release()
		return time.Since(start)
	}
	var wall, faster, spin, uncollected []time.Duration
	for len(wall) < events {
		for _, m := range c.next(chunk) {
			one, other := step(r, m), step(twin, m)
			wall, faster = append(wall, one), append(faster, min(one, other))
			start := time.Now()
			for time.Since(start) < 1500*time.Nanosecond {
			}
			spin = append(spin, time.Since(start))
		}
	}
	runtime.GC() // what is free now is enough
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for len(uncollected) < events/4 {
		for _, m := range c.next(chunk) {
			uncollected = append(uncollected, step(r, m))
		}
	}
	of := func(all []time.Duration) float64 {
		slices.Sort(all)
		return all[len(all)-len(all)/1000].Seconds()
	}
	return tail{own: of(faster), wall: of(wall), uncollected: of(uncollected), spin: of(spin)}
}

// growth is the exponent of an event's cost in the number of waiting, by least squares over 200 to 200,000.
func growth(b *testing.B) float64 {
	var xs, ys []float64
	for _, size := range []int{200, 2_000, 20_000, 200_000} {
		o, c := steady(b, size)
		var each []float64
		for range 5 {
			each = append(each, perEvent(o.Router, c, chunk, *blockTime/10))
		}
		b.Logf("%d waiting: %.0f ns an event", size, median(each)*1e9)
		xs, ys = append(xs, math.Log(float64(size))), append(ys, math.Log(median(each)))
	}
	var x, y, xx, xy float64
	for i := range xs {
		x, y, xx, xy = x+xs[i], y+ys[i], xx+xs[i]*xs[i], xy+xs[i]*ys[i]
	}
	n := float64(len(xs))
	return (n*xy - x*y) / (n*xx - x*x)
}

// allocations counts what an event allocates, decisions included.
func allocations(r *Router, c *crowd) float64 {
	all := c.next(100_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	replay(r, all)
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(len(all))
}

func median(of []float64) float64 {
	of = slices.Sorted(slices.Values(of))
	return (of[len(of)/2] + of[(len(of)-1)/2]) / 2
}
