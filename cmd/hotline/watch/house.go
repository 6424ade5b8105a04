package watch

import (
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"

	"hotline/tickets"
)

// Calls shows how the line's calls are and how they ended. It is a prometheus.Collector.
type Calls struct {
	Live  func() int64
	Ended func() map[tickets.Outcome]int64 // all outcomes that there are
}

var (
	callsLive  = prometheus.NewDesc("hotline_calls_live", "Calls that are on.", nil, nil)
	callsEnded = prometheus.NewDesc("hotline_calls_total", "Calls that have ended, by outcome.", []string{"outcome"}, nil)
)

// Describe implements prometheus.Collector.
func (c *Calls) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

// Collect implements prometheus.Collector.
func (c *Calls) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.MustNewConstMetric(callsLive, prometheus.GaugeValue, float64(c.Live()))
	for outcome, n := range c.Ended() {
		ch <- prometheus.MustNewConstMetric(callsEnded, prometheus.CounterValue, float64(n), string(outcome))
	}
}

// BuildInfo says which program runs: always 1.
func BuildInfo() prometheus.Collector {
	version, revision, compiler := "unknown", "unknown", "unknown"
	if b, known := debug.ReadBuildInfo(); known {
		version, compiler = b.Main.Version, b.GoVersion
		for _, s := range b.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "hotline_build_info", Help: "The program that runs; always 1.",
		ConstLabels: prometheus.Labels{"version": version, "revision": revision, "goversion": compiler},
	}, func() float64 { return 1 })
}
