package work

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river/rivertype"
)

// Depth is how much there is to do.
type Depth struct {
	Jobs   map[State]map[string]int64 // by state and kind; those that are done are not counted
	Oldest time.Time                  // since when a job has been due that has not begun; zero: none is
	Asked  time.Time
}

// Dead is how many jobs wait for somebody.
func (d Depth) Dead() (n int64) {
	for _, of := range d.Jobs[Dead] {
		n += of
	}
	return n
}

// countEvery is how often the jobs are counted. A database that is away is asked as often.
const countEvery = 10 * time.Second

// count counts jobs until ctx ends.
func (q *Queue) count(ctx context.Context) {
	for ctx.Err() == nil {
		if d, err := q.Depth(ctx); err == nil {
			q.seen.Store(&d)
		}
		select {
		case <-time.After(countEvery):
		case <-ctx.Done():
		}
	}
}

// Seen is the depth as it was last counted, not long ago while the database is there and Run runs. It waits for nothing.
func (q *Queue) Seen() Depth {
	if d := q.seen.Load(); d != nil {
		return *d
	}
	return Depth{}
}

const sqlDepth = `
	SELECT state::text, kind, count(*), min(scheduled_at) FILTER (WHERE state IN ('available', 'retryable', 'scheduled') AND scheduled_at <= $1)
	FROM work.river_job WHERE state IN ('available', 'retryable', 'scheduled', 'running', 'discarded') GROUP BY state, kind`

// Depth counts the jobs.
func (q *Queue) Depth(ctx context.Context) (Depth, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	d := Depth{Jobs: map[State]map[string]int64{}, Asked: time.Now()}
	rows, err := q.pool.Query(ctx, sqlDepth, d.Asked)
	if err != nil {
		return d, fmt.Errorf("count jobs: %w", err)
	}
	var (
		state, kind string
		n           int64
		oldest      *time.Time
	)
	_, err = pgx.ForEachRow(rows, []any{&state, &kind, &n, &oldest}, func() error {
		is := stateOf(rivertype.JobState(state))
		if d.Jobs[is] == nil {
			d.Jobs[is] = map[string]int64{}
		}
		d.Jobs[is][kind] = n
		if oldest != nil && (d.Oldest.IsZero() || oldest.Before(d.Oldest)) {
			d.Oldest = *oldest
		}
		return nil
	})
	if err != nil {
		return d, fmt.Errorf("count jobs: %w", err)
	}
	return d, nil
}

var (
	jobs   = prometheus.NewDesc("hotline_work_jobs", "Jobs that are not done, by state and kind.", []string{"state", "kind"}, nil)
	oldest = prometheus.NewDesc("hotline_work_oldest_seconds", "How long a job has been due that has not begun; 0 where none is.", nil, nil)
	failed = prometheus.NewDesc("hotline_work_failures_total", "Attempts of jobs that failed in this Hotline.", nil, nil)
	died   = prometheus.NewDesc("hotline_work_dead_total", "Jobs that failed for the last time in this Hotline.", nil, nil)
)

// Describe implements prometheus.Collector.
func (q *Queue) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobs, oldest, failed, died} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (q *Queue) Collect(ch chan<- prometheus.Metric) {
	d, age := q.Seen(), 0.0
	for kind := range q.kinds {
		for _, s := range []State{Scheduled, Ready, Running, Retrying, Dead} {
			ch <- prometheus.MustNewConstMetric(jobs, prometheus.GaugeValue, float64(d.Jobs[s][kind]), string(s), kind)
		}
	}
	if !d.Oldest.IsZero() {
		age = time.Since(d.Oldest).Seconds()
	}
	ch <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, age)
	ch <- prometheus.MustNewConstMetric(failed, prometheus.CounterValue, float64(q.failed.Load()))
	ch <- prometheus.MustNewConstMetric(died, prometheus.CounterValue, float64(q.dead.Load()))
}
