package simulation

import (
	"testing"
	"time"

	"hotline/queues"
)

// A caller hangs up after 20 s and calls again 80 s later: they have their old place, and wait since then. Hotline starts anew and
// brings them back so, and at last they are answered.
func TestWhoHasAnOldPlaceWaitsSinceTheyCalled(t *testing.T) {
	config := queues.Config{Return: 5 * time.Minute, Queues: []queues.Queue{{ID: "line"}}}
	begin := midnight.Add(noon)
	o := Observe(begin)
	router, err := queues.New(config)
	if err != nil {
		t.Fatal(err)
	}
	var offer queues.OfferID
	tell := func(s int, e queues.Event) {
		t.Helper()
		at := begin.Add(time.Duration(s) * time.Second)
		decided := router.Step(at, e)
		o.Stepped(at, e, decided)
		for _, d := range decided {
			switch d := d.(type) {
			case *queues.Offered:
				offer = d.Offer.ID
			case *queues.Rejected:
				t.Fatalf("%T after %d s: %v", e, s, d.Err)
			}
		}
	}
	const early, late = 100 * time.Second, 160 * time.Second // when they called again; what is seen then
	again := queues.Request{ID: "again", Queue: "line", Party: "x"}
	waits := func(when time.Duration) {
		t.Helper()
		o.Until(begin.Add(when))
		figures, err := o.Figures(config)
		if err != nil || figures[0].Total().Longest != when-early {
			t.Errorf("after %s the longest has waited %s, %v", when, figures[0].Total().Longest, err)
		}
		f := o.Forecast(begin.Add(when), config)
		if len(f.now) != 1 || !f.now[0].Request.Arrived.Equal(begin) || f.now[0].Request.HeadStart != early {
			t.Errorf("after %s a forecast begins with %+v", when, f.now)
		}
	}
	tell(0, queues.Enqueued{Request: queues.Request{ID: "first", Queue: "line", Party: "x", Arrived: begin}})
	tell(20, queues.Abandoned{Request: "first"})
	tell(100, queues.Enqueued{Request: again})
	waits(late)

	restart := begin.Add(late)
	if router, err = queues.New(config); err != nil {
		t.Fatal(err)
	}
	o = Observe(restart) // as a live observer, which saw nothing of before
	again.Arrived, again.HeadStart = begin, early
	tell(165, queues.Enqueued{Request: again})
	waits(200 * time.Second)
	tell(200, queues.PhoneChanged{Agent: "anna", Reachable: true})
	tell(200, queues.AgentSignedIn{Agent: queues.Agent{ID: "anna"}, Availability: queues.Ready})
	tell(205, queues.OfferAnswered{Offer: offer})
	tell(300, queues.TalkEnded{Request: "again"})
	o.Until(midnight.Add(aDay))

	real, err := o.Figures(config)
	if err != nil || real[0].Total().Answered != 1 || real[0].Total().Waited != 105*time.Second {
		t.Errorf("they waited %s, %v", real[0].Total().Waited, err)
	}
	if d := difference(counted(real), counted(run(t, o.Trace(config, 1)).Queues)); d != "" {
		t.Errorf("really, and again: %s", d)
	}
}
