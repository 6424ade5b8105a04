package simulation

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hotline/queues"
)

// lived is a plan's day as somebody would have seen it who watched the router.
func lived(t interface {
	Helper()
	Fatal(...any)
}, p Plan) (*Observer, Report,
) {
	t.Helper()
	p.Days, p.Cut = 1, true
	o := Observe(midnight)
	p.Told = o.Stepped
	r, err := Run(p)
	if err != nil {
		t.Fatal(err)
	}
	o.Until(midnight.Add(aDay))
	return o, r
}

// difference is where two reports are not alike; "" where nowhere.
func difference(a, b []QueueReport) string {
	for i := range a {
		for slot := range a[i].Slots {
			if x, y := a[i].Slots[slot], b[i].Slots[slot]; x != y {
				return fmt.Sprintf("queue %s, half hour %d:\n%+v\n%+v", a[i].ID, slot, x, y)
			}
		}
	}
	return ""
}

// counted is what two reports must have alike: all but where waits came from and what agents did.
func counted(reports []QueueReport) (all []QueueReport) {
	for _, q := range reports {
		for i := range q.Slots {
			q.Slots[i].Causes, q.Slots[i].Work, q.Slots[i].Handling = Causes{}, Work{}, 0
		}
		all = append(all, q)
	}
	return all
}

func TestWhatAnObserverCountsIsWhatTheSimulationDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan(t)
		o, r := lived(t, p)
		real, err := o.Figures(p.Config)
		if err != nil {
			t.Fatal(err)
		}
		if d := difference(counted(real), counted(r.Queues)); d != "" {
			t.Fatalf("observed, and simulated: %s", d)
		}
	})
}

// Where nobody misses an offer, all that matters was seen: the day comes again to the call. It does so where phones ring as long
// as they like only if each offer of a call rings alike: who signs out while it rings leaves it to another, a callback is offered anew.
func TestATracedDayComesAgainAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan(t)
		ring, shifts := Always(5*time.Second), rapid.Bool().Draw(t, "shifts")
		if !shifts {
			ring = Exponential(time.Second)
		}
		for i := range p.Staff {
			p.Staff[i].Misses, p.Staff[i].Ring = 0, ring
			if !shifts {
				p.Staff[i].Shifts = []Shift{{0, aDay}}
			}
		}
		for i := range p.Config.Queues {
			if !shifts {
				p.Config.Queues[i].Overflow = nil
			}
		}
		o, r := lived(t, p)
		again, err := Run(o.Trace(p.Config, 1))
		if err != nil {
			t.Fatal(err)
		}
		if d := difference(counted(again.Queues), counted(r.Queues)); d != "" {
			t.Fatalf("again, and at first: %s", d)
		}
	})
}

func total(r Report) (sum Figures) {
	for _, q := range r.Queues {
		sum = sum.Plus(q.Total())
	}
	return sum
}

func TestATracedDayWithMoreAgentsIsServedBetterAndWithFewerWorse(t *testing.T) {
	p := crew(5, 95, 3*time.Minute, 1000, 4)
	p.Config.Queues[0].WrapUp, p.Demands[0].WrapUp = time.Minute, Exponential(20*time.Second)
	for i := range p.Staff {
		p.Staff[i].Misses, p.Staff[i].Ring = 0.05, Always(4*time.Second)
	}
	o, r := lived(t, p)
	was, _ := total(r).ServiceLevel()
	levels := map[int]float64{}
	for _, more := range []int{-1, 0, 2} {
		trace := o.Trace(p.Config, 1)
		for i := range more {
			s := trace.Staff[0]
			s.Agent.ID = queues.AgentID(fmt.Sprint("more", i))
			trace.Staff = append(trace.Staff, s)
		}
		if more < 0 {
			trace.Staff = trace.Staff[1:]
		}
		again := run(t, trace)
		if total(again).Offered != total(r).Offered {
			t.Errorf("%d more: %d calls, not %d", more, total(again).Offered, total(r).Offered)
		}
		levels[more], _ = total(again).ServiceLevel()
	}
	t.Logf("service level was %.3f; again %.3v", was, levels)
	if math.Abs(levels[0]-was) > 0.03 || levels[2] < levels[0]+0.1 || levels[-1] > levels[0]-0.1 {
		t.Errorf("service level was %.3f; again %.3v", was, levels)
	}
}

// A day in the life of a router, by hand: a talk from the day before, somebody who waits since, a break, a restart.
func TestADayBeginsWithWhoWasThereTheDayBefore(t *testing.T) {
	config := queues.Config{Queues: []queues.Queue{{ID: "line", WrapUp: time.Minute}}}
	router, err := queues.New(config)
	if err != nil {
		t.Fatal(err)
	}
	o := Observe(midnight)
	var offer queues.OfferID
	tell := func(at time.Duration, e queues.Event) {
		t.Helper()
		decided := router.Step(midnight.Add(at), e)
		o.Stepped(midnight.Add(at), e, decided)
		for _, d := range decided {
			switch d := d.(type) {
			case *queues.Offered:
				offer = d.Offer.ID
			case *queues.Rejected:
				t.Fatalf("%T after %s: %v", e, at, d.Err)
			}
		}
	}
	call := func(id queues.RequestID) queues.Event {
		return queues.Enqueued{Request: queues.Request{ID: id, Queue: "line"}}
	}
	anna := queues.Agent{ID: "anna"}
	tell(-10*time.Minute, queues.PhoneChanged{Agent: "anna", Reachable: true})
	tell(-10*time.Minute, queues.AgentSignedIn{Agent: anna, Availability: queues.Ready})
	tell(-5*time.Minute, call("1"))
	tell(-5*time.Minute+3*time.Second, queues.OfferAnswered{Offer: offer})
	tell(-time.Minute, call("2"))
	tell(time.Minute, queues.TalkEnded{Request: "1"})
	tell(90*time.Second, queues.WrapUpFinished{Agent: "anna"})
	tell(95*time.Second, queues.OfferAnswered{Offer: offer})
	tell(2*time.Minute, queues.AgentNotReady{Agent: "anna", Reason: queues.Break})
	tell(3*time.Minute, queues.TalkEnded{Request: "2"})
	tell(4*time.Minute, call("3")) // anna wraps up, then has a break
	tell(10*time.Minute, queues.Tick{})

	if router, err = queues.New(config); err != nil { // a crash
		t.Fatal(err)
	}
	o.Restarted(midnight.Add(10 * time.Minute))
	tell(10*time.Minute, queues.PhoneChanged{Agent: "anna", Reachable: true})
	tell(10*time.Minute, queues.AgentSignedIn{Agent: anna, Availability: queues.NotReady, Reason: queues.Break})
	tell(10*time.Minute, queues.Enqueued{Request: queues.Request{ID: "3", Queue: "line", Arrived: midnight.Add(4 * time.Minute)}})
	tell(12*time.Minute, queues.AgentReady{Agent: "anna"})
	tell(12*time.Minute+5*time.Second, queues.OfferAnswered{Offer: offer})
	tell(13*time.Minute, queues.TalkEnded{Request: "3"})
	tell(14*time.Minute, queues.AgentSignedOut{Agent: "anna"})

	real, err := o.Figures(config)
	if err != nil {
		t.Fatal(err)
	}
	var calls []Call
	p := o.Trace(config, 1)
	p.Each = func(c Call) { calls = append(calls, c) }
	again := run(t, p)
	if f := real[0].Total(); f.Offered != 1 || f.Answered != 1 || f.Waited != 8*time.Minute+5*time.Second {
		t.Errorf("really %+v", f)
	}
	if d := difference(counted(real), counted(again.Queues)); d != "" {
		t.Errorf("really, and again: %s", d)
	}
	if len(calls) != 1 || calls[0].Wait != 8*time.Minute+5*time.Second || len(p.Given) != 3 || p.Given[0].With != "anna" || p.Given[1].At != -time.Minute {
		t.Errorf("%+v of %+v", calls, p.Given)
	}
}

// With exponential patience and exponential offers of service, both censoring each other, the estimate is the truth.
func TestPatienceIsEstimatedFromThoseWhoWereAnsweredToo(t *testing.T) {
	dice := rand.New(rand.NewPCG(3, 4))
	var waits []Waited
	for range 20_000 {
		patience, answer := dice.ExpFloat64()*60, dice.ExpFloat64()*120
		waits = append(waits, Waited{time.Duration(min(patience, answer) * float64(time.Second)), patience < answer})
	}
	p := NewPatience(waits)
	for _, waited := range []time.Duration{0, 30 * time.Second, 10 * time.Minute} {
		sum, n := 0.0, 20_000
		for range n {
			more := p.Beyond(waited, dice) - waited
			if more < 0 {
				t.Fatalf("%s after %s", more, waited)
			}
			sum += more.Seconds()
		}
		if mean := sum / float64(n); math.Abs(mean-60) > 4 {
			t.Errorf("beyond %s another %.1f s, not 60", waited, mean)
		}
	}
	if NewPatience([]Waited{{time.Minute, false}}).Beyond(time.Second, dice) != Endless {
		t.Error("nobody hung up, and yet somebody would")
	}
	if got := NewPatience([]Waited{{time.Minute, true}}).Beyond(0, dice); got != time.Minute {
		t.Errorf("all hang up after a minute, and this one after %s", got)
	}
}

func TestWhoWantsToBeCalledBackIsCalledBack(t *testing.T) {
	p := crew(1, 0, 0, 0, 1)
	p.Days, p.Staff[0].Shifts = 1, []Shift{{time.Hour, 2 * time.Hour}}
	p.Given = []Given{
		{Request: queues.Request{Queue: "line"}, At: 30 * time.Minute, Patience: Endless, Talk: time.Minute, Wants: time.Minute, Dial: 10 * time.Second, Unreached: 1},
		{Request: queues.Request{Queue: "line"}, At: 31 * time.Minute, Patience: 2 * time.Minute, Wants: time.Minute, Talk: time.Minute},
		{Request: queues.Request{Queue: "line"}, At: 32 * time.Minute, Patience: 2 * time.Minute, Talk: time.Minute},
	}
	var calls []Call
	p.Each = func(c Call) { calls = append(calls, c) }
	f := run(t, p).Queues[0].Total()
	if f.Offered != 3 || f.CalledBack != 2 || f.Abandoned != 1 || f.Answered+f.Left != 0 {
		t.Fatalf("%+v", f)
	}
	// The first is tried in vain at an hour and 10 s, and again a quarter of an hour later; the second is reached at once.
	if wait := calls[2].Wait; wait != time.Hour+15*time.Minute+20*time.Second-30*time.Minute {
		t.Errorf("%+v", calls)
	}
}

// A phone that rang all day in vain is not taken up at once when the day comes again.
func TestWhoHungUpBeforeAnybodyAnsweredDoesSoAgain(t *testing.T) {
	p := crew(1, 0, 0, 0, 1)
	p.Days, p.Staff[0].Ring = 1, Always(10*time.Second)
	for _, patience := range []time.Duration{2 * time.Second, 9 * time.Second} {
		p.Given = append(p.Given, Given{Request: queues.Request{Queue: "line"}, At: time.Hour * time.Duration(patience.Seconds()), Ring: -1, Patience: patience, Talk: time.Minute})
	}
	o, r := lived(t, p)
	if f := total(r); f.Abandoned != 2 {
		t.Fatalf("%+v", f)
	}
	if f := total(run(t, o.Trace(p.Config, 1))); f.Abandoned != 2 {
		t.Errorf("again %+v", f)
	}
}
