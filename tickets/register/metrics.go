package register

import "github.com/prometheus/client_golang/prometheus"

var (
	arrived   = prometheus.NewDesc("hotline_contacts_total", "Calls that were given a ticket.", nil, nil)
	applied   = prometheus.NewDesc("hotline_facts_applied_total", "Facts that the database has taken.", nil, nil)
	setAside  = prometheus.NewDesc("hotline_facts_set_aside_total", "Facts that the database refused for ever, and that wait for an operator.", nil, nil)
	lost      = prometheus.NewDesc("hotline_facts_lost_total", "Facts that the spool did not take: they are lost.", nil, nil)
	late      = prometheus.NewDesc("hotline_identifications_late_total", "Callers who were unknown because the database took too long to say who they are.", nil, nil)
	left      = prometheus.NewDesc("hotline_ticket_numbers_left", "Ticket numbers in reserve, for when the database is away.", nil, nil)
	emergency = prometheus.NewDesc("hotline_ticket_numbers_emergency_total", "Ticket numbers made from the clock, because none were in reserve.", nil, nil)
)

// Describe implements prometheus.Collector.
func (r *Register) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(r, ch) }

// Collect implements prometheus.Collector.
func (r *Register) Collect(ch chan<- prometheus.Metric) {
	n := r.Stats()
	counter := func(d *prometheus.Desc, v int64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v))
	}
	counter(arrived, n.Arrived)
	counter(applied, n.Applied)
	counter(setAside, n.SetAside)
	counter(lost, n.Lost)
	counter(late, n.Late)
	counter(emergency, n.Emergency)
	ch <- prometheus.MustNewConstMetric(left, prometheus.GaugeValue, float64(n.Numbers))
}
