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
		o.Step(at, e, router.Step(at, e))
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
