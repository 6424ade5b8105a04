package watch

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hotline/agentapi/desk"
	"hotline/queues"
)

// answerTime is how long the router has to answer whoever looks at the metrics. A router that works needs less than a millisecond.
const answerTime = time.Second

// State shows the router's state by queue, as it is when somebody looks. It is a prometheus.Collector.
type State struct {
	Board   desk.Board
	Books   desk.Books
	Present *desk.Present
}

var (
	routerUp = prometheus.NewDesc("hotline_router_up", "1 while the router answers.", nil, nil)

	waiting   = prometheus.NewDesc("hotline_queue_waiting", "Callers on the line who have not been answered yet, by queue.", []string{"queue"}, nil)
	callbacks = prometheus.NewDesc("hotline_queue_callbacks", "Callbacks that wait, by queue.", []string{"queue"}, nil)
	longest   = prometheus.NewDesc("hotline_queue_longest_wait_seconds", "How long the first of those who wait has waited, by queue; 0 where nobody does.", []string{"queue"}, nil)
	level     = prometheus.NewDesc("hotline_queue_service_level_ratio", "Service level since the line's midnight, by queue; absent while nothing counts.", []string{"queue"}, nil)
	share     = prometheus.NewDesc("hotline_queue_target_ratio", "The service level that a queue is to reach.", []string{"queue"}, nil)
	within    = prometheus.NewDesc("hotline_queue_target_seconds", "Within which time a queue's callers are to be answered.", []string{"queue"}, nil)

	serve = prometheus.NewDesc("hotline_queue_agents_signed_in", "Agents signed in who can serve a queue.", []string{"queue"}, nil)
	ready = prometheus.NewDesc("hotline_queue_agents_ready", "Agents who can serve a queue, are ready and have a phone that is reachable; busy or not.", []string{"queue"}, nil)
	idle  = prometheus.NewDesc("hotline_queue_agents_free", "Agents who can serve a queue and could be offered a call now.", []string{"queue"}, nil)

	agents      = prometheus.NewDesc("hotline_agents", "Agents at work, by what they are doing.", []string{"state"}, nil)
	notReady    = prometheus.NewDesc("hotline_agents_not_ready", "Agents who are not ready, by reason.", []string{"reason"}, nil)
	unreachable = prometheus.NewDesc("hotline_agents_unreachable", "Agents signed in whose phone is not reachable.", nil, nil)
)

// states are what an agent at work may be doing.
var states = []string{"ready", "offered", "talking", "on_hold", "consulting", "wrap_up", "not_ready"}

// Describe implements prometheus.Collector. It names nothing, for the router cannot be asked before it runs.
func (s *State) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (s *State) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	now, err := s.Board.Snapshot(ctx)
	if err != nil {
		gauge(routerUp, 0)
		return
	}
	gauge(routerUp, 1)
	now.At = time.Now() // the router's clock stands still while nothing happens
	s.showQueues(now, gauge)
	s.showStaff(now, gauge)
	showAgents(now.Agents, gauge)
}

func (s *State) showQueues(now queues.Snapshot, gauge func(*prometheus.Desc, float64, ...string)) {
	ids := make([]queues.QueueID, len(now.Queues))
	for i, q := range now.Queues {
		ids[i] = q.ID
	}
	today, _ := s.Books.Today(ids...)
	for _, q := range now.Queues {
		id := string(q.ID)
		gauge(waiting, float64(q.Waiting), id)
		gauge(callbacks, float64(q.Callbacks), id)
		waits := 0.0
		if !q.LongestSince.IsZero() {
			waits = max(0, now.At.Sub(q.LongestSince).Seconds())
		}
		gauge(longest, waits, id)
		gauge(share, q.Target.Share, id)
		gauge(within, q.Target.Within.Seconds(), id)
		sums := today[q.ID]
		if of, counts := sums.Figures().ServiceLevel(); counts {
			gauge(level, of, id)
		}
	}
}

// showStaff shows who could serve each queue, by the lineup that counts now.
func (s *State) showStaff(now queues.Snapshot, gauge func(*prometheus.Desc, float64, ...string)) {
	lineup := s.Present.Lineup()
	type worker struct {
		who           queues.Agent
		willing, free bool
	}
	var staff []worker // looked up once, and not once for each queue
	for _, a := range now.Agents {
		if a.Availability != queues.SignedOut {
			willing := a.Availability == queues.Ready && a.Reachable
			staff = append(staff, worker{lineup.Agents[a.ID], willing, willing && a.Activity == queues.Idle})
		}
	}
	for _, q := range now.Queues {
		queue := lineup.Queue(q.ID)
		if queue.ID == "" {
			continue // a reload is under way
		}
		var signedIn, willing, free int
		for _, w := range staff {
			if !queue.ServedBy(w.who) {
				continue
			}
			signedIn++
			if w.willing {
				willing++
			}
			if w.free {
				free++
			}
		}
		gauge(serve, float64(signedIn), string(q.ID))
		gauge(ready, float64(willing), string(q.ID))
		gauge(idle, float64(free), string(q.ID))
	}
}

// showAgents counts each agent once: by what happens to them where they are busy, by what they chose otherwise.
func showAgents(all []queues.AgentState, gauge func(*prometheus.Desc, float64, ...string)) {
	byState, byReason, away := make(map[string]int), make(map[string]int), 0
	for _, a := range all {
		switch {
		case a.Activity != queues.Idle:
			byState[string(a.Activity)]++
		case a.Availability != queues.SignedOut:
			byState[string(a.Availability)]++
		}
		if a.Availability == queues.NotReady {
			byReason[string(a.Reason)]++
		}
		if a.Availability != queues.SignedOut && !a.Reachable {
			away++
		}
	}
	for _, state := range states {
		gauge(agents, float64(byState[state]), state)
	}
	for reason, n := range byReason {
		gauge(notReady, float64(n), reason)
	}
	gauge(unreachable, float64(away))
}
