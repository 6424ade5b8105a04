package alarms

import "github.com/prometheus/client_golang/prometheus"

var (
	raisedNow   = prometheus.NewDesc("hotline_alarms_raised", "Alarms that are raised, by rule.", []string{"rule"}, nil)
	raisedSince = prometheus.NewDesc("hotline_alarms_raised_total", "Alarms that were raised, by rule.", []string{"rule"}, nil)
	notWritten  = prometheus.NewDesc("hotline_alarms_unwritten", "Alarms that the database has not taken yet.", nil, nil)
)

// Describe implements prometheus.Collector.
func (a *Alarms) Describe(ch chan<- *prometheus.Desc) {
	ch <- raisedNow
	ch <- raisedSince
	ch <- notWritten
}

// Collect implements prometheus.Collector. Rules are those of the configuration.
func (a *Alarms) Collect(ch chan<- prometheus.Metric) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := map[string]int{}
	for _, r := range a.watch.Now() {
		now[r.Rule]++
	}
	for _, r := range a.configured {
		ch <- prometheus.MustNewConstMetric(raisedNow, prometheus.GaugeValue, float64(now[r.ID]), r.ID)
		ch <- prometheus.MustNewConstMetric(raisedSince, prometheus.CounterValue, float64(a.raised[r.ID]), r.ID)
	}
	ch <- prometheus.MustNewConstMetric(notWritten, prometheus.GaugeValue, float64(len(a.unwritten)))
}
