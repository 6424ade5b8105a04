package asterisk

import "github.com/prometheus/client_golang/prometheus"

// metrics are how a node's counts are shown to Prometheus. Each has the node's name as a label.
type metrics struct {
	latency    prometheus.Histogram // of requests, observed as they are answered
	shown      []metric
	up, phones *prometheus.Desc
	kinds      *prometheus.Desc
	delay      *prometheus.Desc
}

// metric is one of the counts in Stats.
type metric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(Stats) float64
}

func newMetrics(node string) *metrics {
	of := prometheus.Labels{"node": node}
	m := &metrics{
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "hotline_asterisk_request_seconds", Help: "From a request to Asterisk to its answer, or to giving up.", ConstLabels: of,
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}),
		up:     prometheus.NewDesc("hotline_asterisk_up", "1 while calls of this node are served, 0 while there is no connection.", nil, of),
		delay:  prometheus.NewDesc("hotline_asterisk_delay_seconds", "The longest that a request of a call has waited for its reply within the last second, or waits now.", nil, of),
		kinds:  prometheus.NewDesc("hotline_asterisk_requests_by_kind_total", "Requests sent to Asterisk, by what they are about.", []string{"kind"}, of),
		phones: prometheus.NewDesc("hotline_asterisk_phones", "Agents' phones by state: reachable or unreachable.", []string{"state"}, of),
	}
	show := func(name string, kind prometheus.ValueType, help string, value func(Stats) float64) {
		m.shown = append(m.shown, metric{prometheus.NewDesc("hotline_asterisk_"+name, help, nil, of), kind, value})
	}
	counter := func(name, help string, count func(*Stats) *uint64) {
		show(name, prometheus.CounterValue, help, func(n Stats) float64 { return float64(*count(&n)) })
	}
	show("calls", prometheus.GaugeValue, "Calls that are on.", func(n Stats) float64 { return float64(n.LiveCalls) })
	counter("events_total", "Events read from Asterisk.", events)
	show("events_unknown_total", prometheus.CounterValue, "Events of a type that is not known, and which were skipped.", func(n Stats) (all float64) {
		for _, of := range n.Unknown {
			all += float64(of)
		}
		return all
	})
	counter("events_malformed_total", "Frames from Asterisk that are no events.", malformed)
	counter("requests_total", "Requests sent to Asterisk.", requested)
	counter("requests_gone_total", "Requests about a leg, bridge or sound that had just ended.", gone)
	counter("request_failures_total", "Requests that failed otherwise.", failures)
	counter("reconnects_total", "Connections after the first.", reconnects)
	counter("calls_adopted_total", "Calls found alive that were not known.", adopted)
	counter("call_panics_total", "Calls that were hung up because of a fault in Hotline.", panics)
	counter("strangers_total", "Channels that came into the application and are no callers, such as a phone's forwarding, and were hung up.", strangers)
	counter("channels_swept_total", "Channels that belonged to no call, and were hung up.", sweptChannels)
	counter("bridges_swept_total", "Bridges that belonged to no call, and were removed.", sweptBridges)
	return m
}

// Describe implements prometheus.Collector.
func (s *Switch) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(s, ch) }

// Collect implements prometheus.Collector.
func (s *Switch) Collect(ch chan<- prometheus.Metric) {
	n := s.Stats()
	for _, m := range s.metrics.shown {
		ch <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(n))
	}
	for kind, of := range n.Kinds {
		ch <- prometheus.MustNewConstMetric(s.metrics.kinds, prometheus.CounterValue, float64(of), kind)
	}
	s.metrics.latency.Collect(ch)
	up := 0.0
	if s.Connected() {
		up = 1
	}
	ch <- prometheus.MustNewConstMetric(s.metrics.up, prometheus.GaugeValue, up)
	delay, _ := s.Delay()
	ch <- prometheus.MustNewConstMetric(s.metrics.delay, prometheus.GaugeValue, delay.Seconds())
	reachable, all := s.phones.counts()
	ch <- prometheus.MustNewConstMetric(s.metrics.phones, prometheus.GaugeValue, float64(reachable), "reachable")
	ch <- prometheus.MustNewConstMetric(s.metrics.phones, prometheus.GaugeValue, float64(all-reachable), "unreachable")
}
