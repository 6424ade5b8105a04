package main

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"hotline/cmd/hotline/schema"
	"hotline/cmd/hotline/watch"
	"hotline/ivr/door"
	"hotline/tickets"
	ticketstore "hotline/tickets/postgres"
)

// wireMetrics shows what the rooms count. Those of agentapi and the router's counters register as they are made, for they count
// labels of their own.
func (s *service) wireMetrics() {
	s.metrics.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), watch.BuildInfo(),
		&watch.State{Board: s.acd, Books: s.books, Present: s.present},
		&watch.Calls{Live: s.line.Live, Ended: s.ended},
		s.sw, s.register, s.spool, s.work, s.alarms, ticketstore.Metrics{Pool: s.db}, &s.database, s.codes,
	)
	if s.config.TLS.Certificate != "" {
		s.metrics.MustRegister(&s.certificate)
	}
	if s.canary.every > 0 {
		s.metrics.MustRegister(s.canary)
	}
	for _, v := range []door.Verdict{door.Blocked, door.Flooded} {
		s.metrics.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "hotline_calls_turned_away_total", Help: "Calls that were refused before they had a ticket, by reason.", ConstLabels: prometheus.Labels{"reason": v.String()},
		}, func() float64 { return float64(s.door.TurnedAway(v)) }))
	}
	s.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "hotline_calls_held", Help: "New calls that ring and are not answered yet, for the line is behind.",
	}, func() float64 {
		_, held := s.admits.State()
		return float64(held)
	}))
	s.counter("hotline_calls_held_total", "New calls that rang for a while before they were answered, for the line was behind.", func() uint64 { return uint64(s.admits.Held()) })
	s.counter("hotline_calls_overloaded_total", "New calls that were refused and have a ticket, for the line was behind and too many were held.", func() uint64 { return uint64(s.admits.Overloaded()) })
	s.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "hotline_people_not_seated", Help: "People of the configuration who cannot sign in, for the gate or the database does not take them: the log says why.",
	}, func() float64 { return float64(s.notSeated.Load()) }))
	s.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "hotline_http_connections", Help: "Connections of browsers and programs that are open.",
	}, func() float64 { return float64(s.connections.Open()) }))
	s.counter("hotline_decisions_lost_total", "Decisions about calls that were not kept, for the database was away too long.", s.recorder.Lost)
	s.counter("hotline_callers_lost_total", "Callers who were not heard of any more, and had not hung up.", s.line.LostCallers)
	s.counter("hotline_help_calls_total", "Calls of agents for a supervisor in the midst of a talk.", s.line.HelpCalls)
	s.counter("hotline_agents_lost_total", "Agents whose phone was not heard of any more in a talk.", s.line.LostAgents)
	s.counter("hotline_tickets_not_reckoned_total", "Tickets whose dates could not be reckoned when they had changed: the log names one, and their jobs fail.", s.dates.Spoilt)
	s.counter("hotline_journal_lost_total", "Facts that the journal has not: the disk was too slow, or took none.", s.journal.Lost)
}

// counter shows at /metrics what a room counts by itself. It is asked whenever somebody looks, from any goroutine.
func (s *service) counter(name, help string, count func() uint64) {
	s.metrics.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(count()) }))
}

// ended counts calls by outcome: those that the line has served, and those that ended while Hotline was away.
func (s *service) ended() map[tickets.Outcome]int64 {
	all := s.line.Ended()
	all[tickets.Lost] += s.lost.Load()
	all[tickets.Served] += s.servedAway.Load()
	return all
}

// database is how the database was when Hotline last asked it, which it does each second.
type database struct {
	mu     sync.Mutex // guards what is below
	asked  time.Time  // the last answer, good or bad
	away   error      // nil while it answers
	since  time.Time  // of away or of its end
	schema int64      // the last migration that it has; 0 while that is not known
}

// databaseSilent is how old an answer may be: a database that hangs gives none.
const databaseSilent = 15 * time.Second

// told notes an answer.
func (d *database) told(err error, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asked.IsZero() || (err == nil) != (d.away == nil) {
		d.since = at
	}
	d.asked, d.away = at, err
}

func (d *database) migrated(version int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.schema = version
}

// up says whether the database answers, since when that is so, and which migration it has.
func (d *database) up(now time.Time) (up bool, since time.Time, schema int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.asked.IsZero() && d.away == nil && now.Sub(d.asked) < databaseSilent, d.since, d.schema
}

var (
	databaseUp = prometheus.NewDesc("hotline_database_up", "1 while the database answers and has its schema.", nil, nil)
	migrations = prometheus.NewDesc("hotline_database_migration_version", "The last migration of the database; 0 while it is not known.", nil, nil)
	wanted     = prometheus.NewDesc("hotline_database_migration_version_wanted", "The last migration that this Hotline brings.", nil, nil)
)

// Describe implements prometheus.Collector.
func (d *database) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(d, ch) }

// Collect implements prometheus.Collector.
func (d *database) Collect(ch chan<- prometheus.Metric) {
	is, _, has := d.up(time.Now())
	up := 0.0
	if is {
		up = 1
	}
	ch <- prometheus.MustNewConstMetric(databaseUp, prometheus.GaugeValue, up)
	ch <- prometheus.MustNewConstMetric(migrations, prometheus.GaugeValue, float64(has))
	if version, err := schema.Version(); err == nil {
		ch <- prometheus.MustNewConstMetric(wanted, prometheus.GaugeValue, float64(version))
	}
}
