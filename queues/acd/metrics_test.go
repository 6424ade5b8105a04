package acd_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"hotline/queues"
	"hotline/queues/acd"
)

// TestEachEndOfARequestIsCountedOnceAsTheServiceLevelDoes: short abandons are apart, a callback that is not wanted is no abandoned call, and
// who leaves for another queue has overflowed.
func TestEachEndOfARequestIsCountedOnceAsTheServiceLevelDoes(t *testing.T) {
	r := prometheus.NewRegistry()
	within := func(d time.Duration) queues.Target { return queues.Target{Share: 0.8, Within: d} }
	config := queues.Config{Queues: []queues.Queue{{ID: "a", Target: within(20 * time.Second)}, {ID: "b"}}}
	counters := acd.NewCounters(r, config)
	came := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	ended := func(queue queues.QueueID, how queues.Outcome, after time.Duration, also ...func(*queues.RequestEnded)) {
		d := &queues.RequestEnded{Request: queues.Request{Queue: queue, Arrived: came}, How: how, At: came.Add(after)}
		for _, change := range also {
			change(d)
		}
		counters.Stepped(d.At, queues.Tick{}, []queues.Decision{d})
	}
	ended("a", queues.RequestAnswered, 20*time.Second)
	ended("a", queues.RequestAnswered, 21*time.Second)
	ended("a", queues.RequestAbandoned, time.Minute)
	ended("a", queues.RequestAbandoned, time.Second, func(d *queues.RequestEnded) { d.Short = true })
	ended("a", queues.RequestAbandoned, time.Hour, func(d *queues.RequestEnded) { d.Request.Callback = true })
	ended("nowhere", queues.RequestAnswered, 0)
	ended("a", "of tomorrow", 0)
	moved := &queues.RequestMoved{Request: queues.Request{Queue: "a"}, To: queues.Destination{Kind: queues.ToQueue, Queue: "b"}}
	offered := &queues.RequestMoved{Request: queues.Request{Queue: "a"}, To: queues.Destination{Kind: queues.ToCallback}}
	missed := &queues.OfferEnded{Offer: queues.Offer{Queue: "b", At: came}, How: queues.OfferWasMissed}
	counters.Stepped(came, queues.Tick{}, []queues.Decision{moved, offered, missed})

	config.Queues[0].Target = within(time.Minute)
	counters.Stepped(came, queues.Reconfigured{Config: config}, nil)
	ended("a", queues.RequestAnswered, 21*time.Second) // in the new target

	want := `# HELP hotline_requests_in_target_total Requests answered within the target's time of their queue.
# TYPE hotline_requests_in_target_total counter
hotline_requests_in_target_total{queue="a"} 2
hotline_requests_in_target_total{queue="b"} 0
# HELP hotline_requests_total Requests whose waiting ended, by queue and outcome.
# TYPE hotline_requests_total counter
`
	for _, line := range []string{
		`a abandoned 1`, `a answered 3`, `a called_back 0`, `a called_in 0`, `a lost 0`, `a not_reached 0`, `a overflowed 1`, `a short_abandoned 1`, `a withdrawn 1`,
		`b abandoned 0`, `b answered 0`, `b called_back 0`, `b called_in 0`, `b lost 0`, `b not_reached 0`, `b overflowed 0`, `b short_abandoned 0`, `b withdrawn 0`,
	} {
		word := strings.Fields(line)
		want += `hotline_requests_total{outcome="` + word[1] + `",queue="` + word[0] + `"} ` + word[2] + "\n"
	}
	if err := testutil.GatherAndCompare(r, strings.NewReader(want), "hotline_requests_in_target_total", "hotline_requests_total"); err != nil {
		t.Error(err)
	}
	if n := testutil.CollectAndCount(r, "hotline_offers_total"); n != 10 {
		t.Errorf("%d series of offers, for two queues and five ends", n)
	}
}
