package simulation

import (
	"reflect"
	"testing"
	"time"

	"hotline/queues"
	"hotline/queues/figures"
)

// overflowing is a busy queue that its callers leave after half a minute for another, whose target is softer, and that one
// after five minutes for voicemail.
func overflowing() Plan {
	minute := time.Minute
	p := Plan{
		Config: queues.Config{Queues: []queues.Queue{
			{ID: "first", Skills: []queues.Need{{Skill: "first"}}, Target: queues.Target{Share: 0.8, Within: 10 * time.Second}, ShortAbandon: 5 * time.Second,
				Overflow: []queues.Overflow{{After: 30 * time.Second, To: queues.Destination{Kind: queues.ToQueue, Queue: "second"}}}},
			{ID: "second", Skills: []queues.Need{{Skill: "second"}}, Target: queues.Target{Share: 0.8, Within: 2 * minute}, ShortAbandon: 5 * time.Second,
				Overflow: []queues.Overflow{{After: 3 * minute, To: queues.Destination{Kind: queues.ToVoicemail}}}},
		}},
		Demands: []Demand{
			{Queue: "first", Talk: Exponential(3 * minute), Patience: Exponential(4 * minute)},
			{Queue: "second", Talk: Exponential(3 * minute), Patience: Exponential(4 * minute)},
		},
		Days: 1, Seed: 3,
	}
	for slot := 18; slot < 34; slot++ {
		p.Demands[0].Calls[slot], p.Demands[1].Calls[slot] = 30, 10
	}
	for i, skill := range []queues.Skill{"first", "first", "second", "second", "second"} {
		p.Staff = append(p.Staff, Staff{Agent: queues.Agent{ID: queues.AgentID(rune('a' + i)), Skills: map[queues.Skill]queues.Level{skill: 3}},
			Shifts: []Shift{{8 * time.Hour, 18 * time.Hour}}})
	}
	return p
}

// The ledger is what supervisors see: simulated and observed figures are of the same queue, against the same target.
func TestCallsThatOverflowCountWhereTheLedgerCountsThem(t *testing.T) {
	p := overflowing()
	ledger, o := figures.NewLedger(p.Config, midnight), Observe(midnight)
	p.Told = func(at time.Time, e queues.Event, decided []queues.Decision) {
		ledger.Stepped(at, e, decided)
		o.Stepped(at, e, decided)
	}
	told := map[queues.QueueID]queues.Figures{}
	p.Each = func(c Call) {
		f := told[c.Queue]
		if c.How == queues.RequestAnswered {
			f.Answered++
		}
		told[c.Queue] = f
	}
	r := run(t, p)
	booked := map[queues.QueueID]figures.Sums{}
	for _, e := range ledger.Take() {
		if e.Subject.Kind == figures.OfQueue {
			sum := booked[queues.QueueID(e.Subject.ID)]
			sum.Add(&e.Sums)
			booked[queues.QueueID(e.Subject.ID)] = sum
		}
	}
	for _, q := range r.Queues {
		f, booked := q.Total(), booked[q.ID]
		simulated := figures.Sums{Offered: f.Offered, Answered: f.Answered, InTarget: f.InTarget, Abandoned: f.Abandoned,
			ShortAbandoned: f.ShortAbandoned, Overflowed: f.Left, Waited: f.Waited, Longest: f.Longest}
		want := figures.Sums{Offered: booked.Offered, Answered: booked.Answered, InTarget: booked.InTarget, Abandoned: booked.Abandoned,
			ShortAbandoned: booked.ShortAbandoned, Overflowed: booked.Overflowed, Waited: booked.Waited, Longest: booked.Longest}
		if !reflect.DeepEqual(simulated, want) || want.Overflowed == 0 || want.InTarget == 0 || want.InTarget == want.Answered {
			t.Errorf("queue %s: simulated\n%+v\nand booked\n%+v", q.ID, simulated, want)
		}
		if told[q.ID].Answered != f.Answered {
			t.Errorf("queue %s: %d answered, each told %d", q.ID, f.Answered, told[q.ID].Answered)
		}
	}
	real, err := o.Figures(p.Config)
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(counted(real), counted(r.Queues)); d != "" {
		t.Errorf("observed, and simulated: %s", d)
	}
}

// Why callers wait is told of each queue for the time that they were in it.
func TestWhoWasMovedWaitsForTheAgentsOfTheOtherQueue(t *testing.T) {
	p := overflowing()
	in, since := map[queues.RequestID]queues.QueueID{}, map[queues.RequestID]time.Time{}
	waited := map[queues.QueueID]time.Duration{}
	p.Told = func(at time.Time, e queues.Event, decided []queues.Decision) {
		if e, is := e.(queues.Enqueued); is {
			in[e.Request.ID], since[e.Request.ID] = e.Request.Queue, at
		}
		for _, d := range decided {
			switch d := d.(type) {
			case *queues.RequestMoved:
				waited[in[d.Request.ID]] += at.Sub(since[d.Request.ID])
				in[d.Request.ID], since[d.Request.ID] = d.To.Queue, at
			case *queues.RequestEnded:
				waited[in[d.Request.ID]] += at.Sub(since[d.Request.ID])
			}
		}
	}
	for _, q := range run(t, p).Queues {
		causes := q.Total().Causes
		if off := (causes.Sum() - waited[q.ID]).Abs(); off > time.Millisecond || causes[Own] == 0 {
			t.Errorf("queue %s: %s were waited, of which %s have a cause: %v", q.ID, waited[q.ID], causes.Sum(), causes)
		}
	}
}

// Callers whom nobody serves leave at once for a queue with enough agents: that one is judged by them, and the first not at all.
func TestAdviceJudgesACallWhereItsWaitEnds(t *testing.T) {
	p := overflowing()
	p.Config.Queues[0].Overflow[0].After = time.Second
	p.Staff = p.Staff[2:]
	a := advised(t, watchedUntilNoon(t, p))
	first, second := a.Queues[0], a.Queues[1]
	if first.Known || !first.Holds || !second.Known || second.Holds || second.Calls < first.Calls {
		t.Errorf("%+v", a.Queues)
	}
}
