// Package work does what has to be done later, for certain, and again if it fails: reminders, escalations, webhooks, retention. A job
// is a row in PostgreSQL, inserted in the same transaction as the change that causes it, so that neither is there without the other.
// River (github.com/riverqueue/river) keeps and runs them; nothing of it leaves this package. Its tables stand in a schema of their own, "work".
//
//	            At is to come              due                 Do gives nil
//	InTx ──────► scheduled ─────► ready ───────► running ─────────────────────► done, and deleted after an hour
//	  └─────────────────────────────▲               │  ▲                           Retry brings it back
//	                 after Backoff  │               │  └────────────────────────────────────────────┐
//	                                └── retrying ◄──┴── Do failed; the last Attempt failed ─► dead ──┘ kept for 60 days
//
// What holds, and what whoever writes a Do must know:
//   - A job runs at least once, never exactly once: a Hotline that is killed while a job runs leaves it "running", and after its Timeout and
//     two minutes another one takes it. So Do must bear to be done twice.
//   - A time is kept to within some five seconds; while the Hotline that leads has just been killed, to within twenty.
//   - Jobs run in no particular order, several at once, in any Hotline that runs on the database.
//   - While the database is away no job runs, and nothing waits for one. Run goes on by itself when it is back.
//   - A periodic job is inserted by one Hotline, the leader, whichever that is; while one is still waiting or running no second one is.
//   - A job with a Unique key is not inserted while another one of its kind with that key waits or runs. One that runs may have read
//     what was there before the change, so a change must leave a trace that Do does not wipe out unread. "Find what is due, and insert a
//     job for each" therefore leaves it due, and the job itself moves the date on: what is due still is found again.
//   - Arguments may hold a customer's data only where Ticket says whose they are: with the customer their jobs are erased.
package work

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
)

// Schema is where River's tables are.
const Schema = "work"

// Kind is a kind of job, and how it is done.
type Kind struct {
	Name     string                                                // such as "ticket.due": lower-case letters, and dots between them
	Attempts int                                                   // until a job is dead; 0 is 10
	Backoff  func(attempt int) time.Duration                       // the pause after the first, second … failure; nil doubles from 10 s to an hour
	Timeout  time.Duration                                         // of one attempt; 0 is a minute
	Workers  int                                                   // how many run at once in one Hotline; 0 shares four with all other kinds of 0
	Do       func(ctx context.Context, args json.RawMessage) error // an error with the method Later() time.Duration is no failure: the job is put off by that
}

// Job is something to be done.
type Job struct {
	Kind   string
	Args   any       // what Do is given, as JSON
	At     time.Time // not before; zero is at once
	Unique string    // "" is not unique; see the package's comment
	Ticket string    // the number of the ticket that it is about; "" is none
}

// Periodic is something that is done at once when the first Hotline starts, and then every so often by one of them. It runs at other
// times, too: after another one has become the leader. What fails is tried again after a while, and never dies for long.
type Periodic struct {
	Name    string
	Every   time.Duration // a second at least
	Timeout time.Duration // 0 is a minute
	Do      func(ctx context.Context) error
}

// Options are what a Queue is made of.
type Options struct {
	Pool     *pgxpool.Pool
	Log      *slog.Logger // nil logs nothing
	Kinds    []Kind
	Periodic []Periodic

	rescueAfter time.Duration // tests shorten it
}

// Queue inserts jobs, runs them, and lists them. One without kinds only lists and retries. It is safe for concurrent use.
type Queue struct {
	pool   *pgxpool.Pool
	log    *slog.Logger
	client *river.Client[pgx.Tx]
	kinds  map[string]Kind
	figures
}

// What holds for all kinds.
const (
	usualAttempts = 10
	usualTimeout  = time.Minute
	usualWorkers  = 4
	keepDone      = time.Hour
	keepDead      = 60 * 24 * time.Hour
	rescueAfter   = 2 * time.Minute // after its start, and at least its Timeout, a job that has not ended belongs to a Hotline that was killed
	softStop      = 5 * time.Second // jobs have it to end when Hotline stops; then they are cancelled, and tried again later
)

// New makes a queue. The database may be away.
func New(o Options) (*Queue, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	q := &Queue{pool: o.Pool, log: o.Log, kinds: map[string]Kind{}}
	c := &river.Config{
		Schema:                      Schema,
		CompletedJobRetentionPeriod: keepDone,
		CancelledJobRetentionPeriod: keepDead,
		DiscardedJobRetentionPeriod: keepDead,
		FetchOnlyKnownKinds:         true, // those of a newer version wait for it
		JobTimeout:                  usualTimeout,
		RescueStuckJobsAfter:        rescueAfter,
		SoftStopTimeout:             softStop,
		ErrorHandler:                failures{q},
		Logger:                      slog.New(quiet{o.Log.Handler()}),
	}
	if o.rescueAfter > 0 {
		c.RescueStuckJobsAfter, c.JobTimeout, c.TestOnly = o.rescueAfter, o.rescueAfter-time.Nanosecond, true
	}
	for _, p := range o.Periodic {
		o.Kinds = append(o.Kinds, p.kind())
		c.PeriodicJobs = append(c.PeriodicJobs, q.periodic(p))
	}
	if len(o.Kinds) > 0 {
		c.Workers, c.Queues = river.NewWorkers(), map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: usualWorkers}}
	}
	for _, k := range o.Kinds {
		if _, twice := q.kinds[k.Name]; twice || k.Do == nil || !kindName.MatchString(k.Name) {
			return nil, fmt.Errorf("work: kind %q is there twice, does nothing, or has a name that is none", k.Name)
		}
		k = k.settled()
		q.kinds[k.Name] = k
		if k.Workers > 0 {
			c.Queues[k.lane()] = river.QueueConfig{MaxWorkers: k.Workers}
		}
		river.AddWorkerArgs(c.Workers, envelope{kind: k.Name}, river.Worker[envelope](worker{kind: k}))
	}
	var err error
	if q.client, err = river.NewClient(riverpgxv5.New(o.Pool), c); err != nil {
		return nil, fmt.Errorf("work: %w", err)
	}
	return q, nil
}

// InTx inserts jobs in a transaction: they are there when it is committed, and not at all when it is rolled back. After an error the
// transaction is of no use any more.
func (q *Queue) InTx(ctx context.Context, tx pgx.Tx, jobs ...Job) error {
	if len(jobs) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, 0, len(jobs))
	for _, j := range jobs {
		p, err := q.params(j)
		if err != nil {
			return err
		}
		params = append(params, p)
	}
	if _, err := q.client.InsertManyTx(ctx, tx, params); err != nil {
		return fmt.Errorf("insert %d jobs, the first %s: %w", len(jobs), jobs[0].Kind, err)
	}
	return nil
}

// Insert inserts jobs in a transaction of their own.
func (q *Queue) Insert(ctx context.Context, jobs ...Job) error {
	return pgx.BeginFunc(ctx, q.pool, func(tx pgx.Tx) error { return q.InTx(ctx, tx, jobs...) })
}

// unfinished are the states in which a job keeps others of its key out.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// params is a job as River takes it.
func (q *Queue) params(j Job) (river.InsertManyParams, error) {
	k, known := q.kinds[j.Kind]
	if !known {
		return river.InsertManyParams{}, fmt.Errorf("job of kind %q: nobody does it", j.Kind)
	}
	args, err := storable(j.Args)
	if err != nil {
		return river.InsertManyParams{}, fmt.Errorf("job of kind %q: %w", j.Kind, err)
	}
	o := &river.InsertOpts{MaxAttempts: k.Attempts, Queue: k.lane()}
	if j.At.After(time.Now()) { // what is due must not wait for the scheduler, which comes by every five seconds
		o.ScheduledAt = j.At
	}
	if j.Unique != "" {
		o.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: unfinished}
	}
	return river.InsertManyParams{Args: envelope{kind: j.Kind, Key: j.Unique, Ticket: j.Ticket, Args: args}, InsertOpts: o}, nil
}

// settled is a kind with what holds where it says nothing.
func (k Kind) settled() Kind {
	if k.Attempts == 0 {
		k.Attempts = usualAttempts
	}
	if k.Timeout == 0 {
		k.Timeout = usualTimeout
	}
	if k.Backoff == nil {
		k.Backoff = func(attempt int) time.Duration { return doubled(10*time.Second, attempt-1, time.Hour) }
	}
	return k
}

var kindName = regexp.MustCompile(`^[a-z]{2,}(\.[a-z]+)*$`)

// lane is the queue of River's that a kind's jobs stand in.
func (k Kind) lane() string {
	if k.Workers == 0 {
		return river.QueueDefault
	}
	return strings.ReplaceAll(k.Name, ".", "_")
}

// doubled is d, doubled n times, and at most most.
func doubled(d time.Duration, n int, most time.Duration) time.Duration {
	for ; n > 0 && d < most; n-- {
		d *= 2
	}
	return min(d, most)
}

// A periodic job that goes on failing is retried this seldom, and after so many failures a new one takes its place, for each failure makes its row longer.
const (
	periodicPause    = 10 * time.Minute
	periodicAttempts = 200
)

// kind is how a periodic job is done.
func (p Periodic) kind() Kind {
	return Kind{
		Name: p.Name, Attempts: periodicAttempts, Timeout: p.Timeout,
		Backoff: func(attempt int) time.Duration {
			return doubled(min(p.Every, 10*time.Second), attempt-1, min(max(p.Every, time.Minute), periodicPause))
		},
		Do: func(ctx context.Context, _ json.RawMessage) error { return p.Do(ctx) },
	}
}

// periodic has the leader insert a job.
func (q *Queue) periodic(p Periodic) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(p.Every), func() (river.JobArgs, *river.InsertOpts) {
		params, err := q.params(Job{Kind: p.Name, Args: struct{}{}, Unique: p.Name})
		if err != nil {
			panic(err) // its kind is among the queue's, and its arguments are JSON
		}
		return params.Args, params.InsertOpts
	}, &river.PeriodicJobOpts{ID: p.Name, RunOnStart: true})
}

// Run runs jobs until ctx ends, and gives those that run then a moment to end. While the database is away it waits.
func (q *Queue) Run(ctx context.Context) error {
	if len(q.kinds) == 0 {
		return errors.New("work: there are no kinds of jobs")
	}
	for told := false; ; {
		err := q.client.Start(ctx)
		if err == nil {
			break
		}
		if !told && ctx.Err() == nil {
			told = true
			q.log.Warn("jobs wait for the database", "err", err)
		}
		select {
		case <-time.After(2 * time.Second):
		case <-ctx.Done():
			return nil
		}
	}
	q.count(ctx)
	select {
	case <-q.client.Stopped():
	case <-time.After(softStop + 3*time.Second): // the database is away: what has just been done is done again later
	}
	return nil
}

// figures are what the queue shows of itself.
type figures struct {
	seen   atomic.Pointer[Depth]
	failed atomic.Uint64
	dead   atomic.Uint64
}
