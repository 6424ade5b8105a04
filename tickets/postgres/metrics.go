package postgres

import (
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics show how a pool of connections does. It is a prometheus.Collector.
type Metrics struct{ Pool *pgxpool.Pool }

var (
	connections = prometheus.NewDesc("hotline_database_connections", "Connections to the database by state: used, idle or opening.", []string{"state"}, nil)
	most        = prometheus.NewDesc("hotline_database_connections_max", "Connections to the database that may be open at once.", nil, nil)
	acquired    = prometheus.NewDesc("hotline_database_acquires_total", "How often somebody was given a connection.", nil, nil)
	canceled    = prometheus.NewDesc("hotline_database_acquires_canceled_total", "How often somebody gave up waiting for a connection.", nil, nil)
	waited      = prometheus.NewDesc("hotline_database_acquire_seconds_total", "How long connections were waited for, in all.", nil, nil)
)

// Describe implements prometheus.Collector.
func (m Metrics) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, ch) }

// Collect implements prometheus.Collector.
func (m Metrics) Collect(ch chan<- prometheus.Metric) {
	n := m.Pool.Stat()
	gauge := func(d *prometheus.Desc, v int32, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	counter := func(d *prometheus.Desc, v float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v)
	}
	gauge(connections, n.AcquiredConns(), "used")
	gauge(connections, n.IdleConns(), "idle")
	gauge(connections, n.ConstructingConns(), "opening")
	gauge(most, n.MaxConns())
	counter(acquired, float64(n.AcquireCount()))
	counter(canceled, float64(n.CanceledAcquireCount()))
	counter(waited, n.AcquireDuration().Seconds())
}
