package crm

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// counts are how the questions went.
type counts struct {
	found, nobody, failed, cached, away atomic.Int64
	took                                atomic.Int64 // nanoseconds of all that were asked
}

func (c *counts) asked(took time.Duration, found bool, err error) {
	c.took.Add(int64(took))
	switch {
	case err != nil:
		c.failed.Add(1)
	case found:
		c.found.Add(1)
	default:
		c.nobody.Add(1)
	}
}

var (
	lookups = prometheus.NewDesc("hotline_crm_lookups_total", "Callers about whom the CRM was asked, by what came of it: found, nobody, failed, cached (known from before), away (it is left alone).", []string{"result"}, nil)
	seconds = prometheus.NewDesc("hotline_crm_seconds_total", "Time that the CRM has taken to answer, all questions together.", nil, nil)
)

// Describe implements prometheus.Collector.
func (a *Asker) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(a, ch) }

// Collect implements prometheus.Collector.
func (a *Asker) Collect(ch chan<- prometheus.Metric) {
	for result, n := range map[string]*atomic.Int64{
		"found": &a.counts.found, "nobody": &a.counts.nobody, "failed": &a.counts.failed, "cached": &a.counts.cached, "away": &a.counts.away,
	} {
		ch <- prometheus.MustNewConstMetric(lookups, prometheus.CounterValue, float64(n.Load()), result)
	}
	ch <- prometheus.MustNewConstMetric(seconds, prometheus.CounterValue, time.Duration(a.counts.took.Load()).Seconds())
}
