package queues

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkStep is a saturated centre: 10,000 agents with 50 skills among them, 20,000
// waiting in 200 demand classes. Each caller who is done is replaced by another.
func BenchmarkStep(b *testing.B) {
	const agents, skills, waiting, classes = 10_000, 50, 20_000, 200
	dice := rand.New(rand.NewPCG(1, 2))
	var c Config
	for i := range classes {
		c.Queues = append(c.Queues, Queue{
			ID: QueueID(fmt.Sprint(i)), OfferTimeout: 20 * time.Second, WrapUp: 30 * time.Second,
			Skills: []Need{{Skill(fmt.Sprint(i % skills)), 2}, {Skill(fmt.Sprint(i / skills * 7 % skills)), 1}},
		})
	}
	r, err := New(c)
	if err != nil {
		b.Fatal(err)
	}
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var live []Offer
	step := func(e Event) {
		at = at.Add(time.Microsecond)
		for _, d := range r.Step(at, e) {
			switch d := d.(type) {
			case Offered:
				live = append(live, d.Offer)
			case Rejected:
				b.Fatal(d.Err)
			}
		}
	}
	calls := 0
	enqueue := func() {
		calls++
		step(Enqueued{Request{ID: RequestID(fmt.Sprint(calls)), Queue: QueueID(fmt.Sprint(dice.IntN(classes)))}})
	}
	for range waiting {
		enqueue()
	}
	for i := range agents {
		a := Agent{ID: AgentID(fmt.Sprint(i)), Skills: map[Skill]Level{}}
		for range 8 {
			a.Skills[Skill(fmt.Sprint(dice.IntN(skills)))] = Level(1 + dice.IntN(5))
		}
		step(PhoneChanged{a.ID, true})
		step(AgentSignedIn{Agent: a, Availability: Ready})
	}
	for b.Loop() {
		if len(live) == 0 {
			b.Fatal("nobody is offered anything")
		}
		i := dice.IntN(len(live))
		o := live[i]
		live[i] = live[len(live)-1]
		live = live[:len(live)-1]
		step(OfferAnswered{o.ID})
		step(TalkEnded{o.Request})
		step(WrapUpFinished{o.Agent})
		enqueue()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(4*b.N), "ns/event")
}
