package acd

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hotline/queues"
)

// Counters count for Prometheus what the router decides, by queue. They are an Observer: Run's goroutine counts, without a lock, and
// whoever reads the metrics does not disturb it. Queues are those of the configuration, so that nobody can make up a label.
type Counters struct {
	requests *prometheus.CounterVec
	inTarget *prometheus.CounterVec
	offers   *prometheus.CounterVec
	answer   *prometheus.HistogramVec
	abandon  *prometheus.HistogramVec
	pickUp   *prometheus.HistogramVec

	byQueue map[queues.QueueID]*queueCounters // Run's goroutine only, once Run has begun
}

// queueCounters are those of one queue, found once and for all.
type queueCounters struct {
	within                  time.Duration // the target's
	inTarget                prometheus.Counter
	requests                map[outcome]prometheus.Counter
	offers                  map[queues.Ending]prometheus.Counter
	answer, abandon, pickUp prometheus.Observer
}

// outcome is how a request ended as it is counted: a queues.Outcome, told apart further.
type outcome string

const (
	shortAbandoned outcome = "short_abandoned" // before the queue's threshold; not among the abandoned
	withdrawn      outcome = "withdrawn"       // a callback that was not wanted any more
)

var (
	outcomes = []outcome{
		outcome(queues.RequestAnswered), outcome(queues.RequestAbandoned), shortAbandoned, outcome(queues.RequestOverflowed),
		outcome(queues.RequestCalledBack), outcome(queues.RequestNotReached), outcome(queues.RequestCalledIn), outcome(queues.RequestLost), withdrawn,
	}
	endings = []queues.Ending{
		queues.OfferWasAnswered, queues.OfferWasMissed, queues.OfferWasDeclined, queues.OfferWasRevoked, queues.OfferHasFailed,
	}

	waitBuckets = []float64{1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800}
	ringBuckets = []float64{.5, 1, 2, 3, 5, 8, 12, 20, 30, 60}
)

// NewCounters makes the counters of a configuration's queues, all at zero, and registers them with r.
func NewCounters(r prometheus.Registerer, c queues.Config) *Counters {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, []string{"queue"})
	}
	n := &Counters{
		requests: counter("hotline_requests_total", "Requests whose waiting ended, by queue and outcome.", "queue", "outcome"),
		inTarget: counter("hotline_requests_in_target_total", "Requests answered within the target's time of their queue.", "queue"),
		offers:   counter("hotline_offers_total", "Offers to agents that ended, by queue and outcome.", "queue", "outcome"),
		answer:   histogram("hotline_time_to_answer_seconds", "How long answered requests had waited, by queue.", waitBuckets),
		abandon:  histogram("hotline_time_to_abandon_seconds", "How long abandoned requests had waited, by queue.", waitBuckets),
		pickUp:   histogram("hotline_answer_delay_seconds", "From an offer to the agent's answer, by queue.", ringBuckets),
	}
	r.MustRegister(n.requests, n.inTarget, n.offers, n.answer, n.abandon, n.pickUp)
	n.know(c)
	return n
}

// know finds the counters of each queue. What a queue has counted stays where a reload takes it away.
func (n *Counters) know(c queues.Config) {
	n.byQueue = make(map[queues.QueueID]*queueCounters, len(c.Queues))
	for _, q := range c.Queues {
		id := string(q.ID)
		of := &queueCounters{
			within: q.Target.OrUsual().Within, inTarget: n.inTarget.WithLabelValues(id),
			requests: make(map[outcome]prometheus.Counter), offers: make(map[queues.Ending]prometheus.Counter),
			answer: n.answer.WithLabelValues(id), abandon: n.abandon.WithLabelValues(id), pickUp: n.pickUp.WithLabelValues(id),
		}
		for _, o := range outcomes {
			of.requests[o] = n.requests.WithLabelValues(id, string(o))
		}
		for _, e := range endings {
			of.offers[e] = n.offers.WithLabelValues(id, string(e))
		}
		n.byQueue[q.ID] = of
	}
}

// Stepped implements Observer.
func (n *Counters) Stepped(at time.Time, e queues.Event, all []queues.Decision) {
	if fresh, is := e.(queues.Reconfigured); is && !queues.WasRejected(all) {
		n.know(fresh.Config)
	}
	for _, d := range all {
		switch d := d.(type) {
		case *queues.RequestEnded:
			if of := n.byQueue[d.Request.Queue]; of != nil {
				of.ended(d)
			}
		case *queues.RequestMoved:
			if of := n.byQueue[d.Request.Queue]; of != nil && d.To.Kind == queues.ToQueue {
				of.requests[outcome(queues.RequestOverflowed)].Inc()
			}
		case *queues.OfferEnded:
			if d.Offer.Consults != "" {
				continue // nobody waited
			}
			if of := n.byQueue[d.Offer.Queue]; of != nil {
				if c := of.offers[d.How]; c != nil {
					c.Inc()
				}
				if d.How == queues.OfferWasAnswered {
					of.pickUp.Observe(at.Sub(d.Offer.At).Seconds())
				}
			}
		}
	}
}

// ended counts a request as the service level does: short abandons apart, and callbacks as no waiting on the line.
func (of *queueCounters) ended(d *queues.RequestEnded) {
	waited := d.At.Sub(d.Request.Came())
	how := outcome(d.How)
	switch {
	case d.How == queues.RequestAbandoned && d.Request.Callback:
		how = withdrawn
	case d.How == queues.RequestAbandoned:
		of.abandon.Observe(waited.Seconds())
		if d.Short {
			how = shortAbandoned
		}
	case d.How == queues.RequestAnswered:
		of.answer.Observe(waited.Seconds())
		if waited <= of.within {
			of.inTarget.Inc()
		}
	}
	if c := of.requests[how]; c != nil {
		c.Inc()
	}
}
