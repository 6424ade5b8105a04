package simulation

import (
	"fmt"
	"testing"
	"time"

	"hotline/queues"
)

// Those who waited come back within a second, which would look like a rush; they still are there, and new callers count.
func TestWhoWaitedBeforeARestartIsNoNewArrivalInAForecast(t *testing.T) {
	config := queues.Config{Queues: []queues.Queue{{ID: "line"}}}
	router, err := queues.New(config)
	if err != nil {
		t.Fatal(err)
	}
	restart := midnight.Add(noon)
	o := Observe(restart)
	come := func(id string, arrived, at time.Time) {
		e := queues.Enqueued{Request: queues.Request{ID: queues.RequestID(id), Queue: "line", Arrived: arrived}}
		o.Stepped(at, e, router.Step(at, e))
	}
	for i := range 30 {
		come(fmt.Sprint("old ", i), restart.Add(-time.Duration(i+1)*time.Minute), restart.Add(time.Second))
	}
	come("new 1", restart.Add(2*time.Minute), restart.Add(2*time.Minute))
	come("new 2", time.Time{}, restart.Add(3*time.Minute))
	at := restart.Add(10 * time.Minute)
	o.Forget(at.Add(-time.Hour)) // as every minute
	f := o.Forecast(at, config)
	if f.Watched() != 10*time.Minute || len(f.now) != 32 || len(f.demands) != 1 || f.demands[0].Calls[0] != 6 {
		t.Errorf("watched for %s: %d are there, and of %d streams %+v is to come", f.Watched(), len(f.now), len(f.demands), f.demands)
	}
}

// An agent who goes on writing after a restart has one wrap-up, whole, and is not free for a forecast.
func TestAWrapUpThatGoesOnAfterARestartIsOneWrapUp(t *testing.T) {
	config := queues.Config{Queues: []queues.Queue{{ID: "line", WrapUp: 5 * time.Minute}}}
	at := midnight.Add(noon)
	o := Observe(at)
	var router *queues.Router
	begin := func() {
		var err error
		if router, err = queues.New(config); err != nil {
			t.Fatal(err)
		}
	}
	anna := queues.Agent{ID: "anna"}
	var offer queues.OfferID
	tell := func(after time.Duration, events ...queues.Event) {
		at = at.Add(after)
		for _, e := range events {
			decided := router.Step(at, e)
			o.Stepped(at, e, decided)
			for _, d := range decided {
				if d, is := d.(*queues.Offered); is {
					offer = d.Offer.ID
				}
			}
		}
	}
	begin()
	tell(0, queues.PhoneChanged{Agent: "anna", Reachable: true}, queues.AgentSignedIn{Agent: anna, Availability: queues.Ready})
	tell(time.Second, queues.Enqueued{Request: queues.Request{ID: "c1", Queue: "line"}})
	tell(time.Second, queues.OfferAnswered{Offer: offer})
	tell(time.Minute, queues.TalkEnded{Request: "c1"})
	ended := at
	at = at.Add(10 * time.Second)
	o.Restarted(at)
	begin()
	tell(time.Second, queues.WrapUpRestored{
		Agent: "anna", Request: "c1", Queue: "line", Since: ended, Deadline: ended.Add(5 * time.Minute), Talk: time.Minute,
	}, queues.AgentSignedIn{Agent: anna, Availability: queues.Ready})
	if f := o.Forecast(at, config); len(f.now) != 1 || f.now[0].With != "anna" {
		t.Errorf("going on is %+v", f.now)
	}
	tell(29*time.Second, queues.WrapUpFinished{Agent: "anna"})
	if all := o.Calls(); len(all) != 1 || all[0].Ended == nil || all[0].talk(at) != time.Minute || all[0].wrapUp(at.Add(time.Hour)) != 40*time.Second {
		t.Errorf("observed are %d calls, the first %+v", len(all), all[0])
	}
}
