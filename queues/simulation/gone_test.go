package simulation

import (
	"fmt"
	"testing"
	"time"

	"hotline/queues"
)

// A reload takes a queue away to which six called; of the last caller the agent goes on talking.
func TestCallsToAQueueThatIsGoneAreLeftOutAndCounted(t *testing.T) {
	both := queues.Config{Queues: []queues.Queue{{ID: "line"}, {ID: "old", WrapUp: 10 * time.Second}}}
	one := queues.Config{Queues: both.Queues[:1]}
	router, err := queues.New(both)
	if err != nil {
		t.Fatal(err)
	}
	begin := midnight.Add(noon)
	o := Observe(begin)
	late := Observe(begin.Add(390 * time.Second)) // in the midst of the last talk
	var offer queues.OfferID
	tell := func(s int, e queues.Event) {
		t.Helper()
		at := begin.Add(time.Duration(s) * time.Second)
		decided := router.Step(at, e)
		o.Stepped(at, e, decided)
		late.Stepped(at, e, decided)
		for _, d := range decided {
			switch d := d.(type) {
			case *queues.Offered:
				offer = d.Offer.ID
			case *queues.Rejected:
				t.Fatalf("%T after %d s: %v", e, s, d.Err)
			}
		}
	}
	tell(0, queues.PhoneChanged{Agent: "anna", Reachable: true})
	tell(0, queues.AgentSignedIn{Agent: queues.Agent{ID: "anna"}, Availability: queues.Ready})
	for i, queue := range []queues.QueueID{"old", "old", "old", "line", "old", "old", "old"} {
		call := queues.RequestID(fmt.Sprint(i))
		tell(60*i, queues.Enqueued{Request: queues.Request{ID: call, Queue: queue}})
		tell(60*i+2, queues.OfferAnswered{Offer: offer})
		if i < 6 {
			tell(60*i+30, queues.TalkEnded{Request: call})
		}
	}
	tell(400, queues.Reconfigured{Config: one})
	f := o.Forecast(begin.Add(410*time.Second), one)
	advice, err := f.Advise(30*time.Minute, 1000)
	if err != nil || advice.LeftOut != 6 || len(f.demands) != 1 || len(advice.Queues) != 1 || len(f.now) != 1 || f.now[0].With != "anna" {
		t.Errorf("%+v, %v; %d streams, on their way %+v", advice, err, len(f.demands), f.now)
	}
	tell(420, queues.TalkEnded{Request: "6"})
	r, err := Run(o.Trace(one, 1))
	if err != nil || r.LeftOut != 6 || r.Queues[0].Total().Offered != 1 || r.Queues[0].Total().Answered != 1 {
		t.Errorf("the day again: %+v, %v", r.LeftOut, err)
	}
	if p := late.Trace(one, 1); p.LeftOut != 0 || len(p.Given) != 1 || p.Given[0].With != "anna" {
		t.Errorf("of the talk that went on %d are left out, given is %+v", p.LeftOut, p.Given)
	} else {
		run(t, p)
	}
	if again := run(t, o.Trace(both, 1)); again.LeftOut != 0 || again.Queues[1].Total().Answered != 6 {
		t.Errorf("with the queue that is gone: %d are left out", again.LeftOut)
	}
}
