package work

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// State is what becomes of a job; see the drawing of the package.
type State string

const (
	Scheduled State = "scheduled" // its time is to come
	Ready     State = "ready"
	Running   State = "running"
	Retrying  State = "retrying" // it has failed, and is done again
	Dead      State = "dead"     // it has failed for the last time, and waits for somebody
	Done      State = "done"
	Cancelled State = "cancelled"
)

// States are all that there are.
var States = []State{Scheduled, Ready, Running, Retrying, Dead, Done, Cancelled}

// states are those of River.
var states = map[State]rivertype.JobState{
	Scheduled: rivertype.JobStateScheduled, Ready: rivertype.JobStateAvailable, Running: rivertype.JobStateRunning,
	Retrying: rivertype.JobStateRetryable, Dead: rivertype.JobStateDiscarded, Done: rivertype.JobStateCompleted, Cancelled: rivertype.JobStateCancelled,
}

// stateOf is a state of River's.
func stateOf(is rivertype.JobState) State {
	for s, river := range states {
		if river == is {
			return s
		}
	}
	return State(is)
}

// Entry is a job as it is listed.
type Entry struct {
	ID       int64           `json:"id"`
	Kind     string          `json:"kind"`
	State    State           `json:"state"`
	Ticket   string          `json:"ticket,omitempty"`
	Attempts int             `json:"attempts"`
	Most     int             `json:"max_attempts"`
	Made     time.Time       `json:"created_at"`
	Next     time.Time       `json:"next_at,omitzero"`  // where something is still to come
	Ended    time.Time       `json:"ended_at,omitzero"` // where nothing is
	Error    string          `json:"last_error,omitempty"`
	Failed   time.Time       `json:"failed_at,omitzero"` // the last time
	Args     json.RawMessage `json:"-"`                  // may hold a customer's data
}

// Filter is which jobs are listed; a field that is empty leaves none out.
type Filter struct {
	States []State
	Kinds  []string
	Ticket string
	Before int64 // an id: jobs that were made before that one
	Limit  int   // 0 is 100; 1000 at most
}

// List lists jobs, the newest first.
func (q *Queue) List(ctx context.Context, f Filter) ([]Entry, error) {
	p := river.NewJobListParams().OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(min(cmp.Or(f.Limit, 100), 1000))
	if len(f.States) > 0 {
		var of []rivertype.JobState
		for _, s := range f.States {
			of = append(of, states[s])
		}
		p = p.States(of...)
	}
	if len(f.Kinds) > 0 {
		p = p.Kinds(f.Kinds...)
	}
	if f.Ticket != "" {
		p = p.Where(`args @> jsonb_build_object('ticket', @ticket::text)`, river.NamedArgs{"ticket": f.Ticket})
	}
	if f.Before > 0 {
		p = p.Where(`id < @before`, river.NamedArgs{"before": f.Before})
	}
	found, err := q.client.JobList(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	all := make([]Entry, 0, len(found.Jobs))
	for _, row := range found.Jobs {
		all = append(all, entryOf(row))
	}
	return all, nil
}

// entryOf is a row as it is listed.
func entryOf(row *rivertype.JobRow) Entry {
	var e envelope
	_ = json.Unmarshal(row.EncodedArgs, &e) // what is no envelope is listed all the same
	entry := Entry{
		ID: row.ID, Kind: row.Kind, State: stateOf(row.State), Ticket: e.Ticket, Args: e.Args,
		Attempts: row.Attempt, Most: row.MaxAttempts, Made: row.CreatedAt,
	}
	if row.FinalizedAt != nil {
		entry.Ended = *row.FinalizedAt
	} else {
		entry.Next = row.ScheduledAt
	}
	if n := len(row.Errors); n > 0 {
		entry.Error, entry.Failed = row.Errors[n-1].Error, row.Errors[n-1].At
	}
	return entry
}

// ErrNoJob says that there is no such job, or that what is asked for cannot be done with one in its state.
var ErrNoJob = errors.New("that cannot be done")

// Retry has a job done at once that is dead, or waits for its next attempt or its time. One that was dead gets one more attempt. It gives
// the job as it was.
func (q *Queue) Retry(ctx context.Context, id int64) (Entry, error) {
	return q.retry(ctx, id, "", Dead, Retrying, Scheduled, Cancelled)
}

// RetryDead is Retry for a job of a kind that is dead; any other is ErrNoJob.
func (q *Queue) RetryDead(ctx context.Context, id int64, kind string) (Entry, error) {
	return q.retry(ctx, id, kind, Dead)
}

func (q *Queue) retry(ctx context.Context, id int64, kind string, from ...State) (was Entry, err error) {
	err = pgx.BeginFunc(ctx, q.pool, func(tx pgx.Tx) error {
		row, err := q.client.JobGetTx(ctx, tx, id)
		switch {
		case errors.Is(err, rivertype.ErrNotFound):
			return fmt.Errorf("job %d: %w: it is not there", id, ErrNoJob)
		case err != nil:
			return fmt.Errorf("look for job %d: %w", id, err)
		}
		was = entryOf(row)
		switch {
		case kind != "" && was.Kind != kind:
			return fmt.Errorf("job %d: %w: it is of another kind, %s", id, ErrNoJob, was.Kind)
		case !slices.Contains(from, was.State):
			return fmt.Errorf("job %d: %w: it is %s", id, ErrNoJob, was.State)
		}
		_, err = q.client.JobRetryTx(ctx, tx, id)
		var pg *pgconn.PgError
		switch {
		case errors.As(err, &pg) && pg.Code == uniqueViolation:
			return fmt.Errorf("job %d: %w: another one for the same waits or runs already", id, ErrNoJob)
		case err != nil:
			return fmt.Errorf("retry job %d: %w", id, err)
		}
		return nil
	})
	return was, err
}

// uniqueViolation is PostgreSQL's code for what is there already (its manual, Appendix A).
const uniqueViolation = "23505"

// Delete takes a dead job away, which nobody wants done any more. It gives the job as it was.
func (q *Queue) Delete(ctx context.Context, id int64) (was Entry, err error) {
	err = pgx.BeginFunc(ctx, q.pool, func(tx pgx.Tx) error {
		row, err := q.client.JobDeleteTx(ctx, tx, id)
		switch {
		case errors.Is(err, rivertype.ErrNotFound):
			return fmt.Errorf("job %d: %w: it is not there", id, ErrNoJob)
		case errors.Is(err, rivertype.ErrJobRunning):
			return fmt.Errorf("job %d: %w: it is running", id, ErrNoJob)
		case err != nil:
			return fmt.Errorf("delete job %d: %w", id, err)
		}
		if was = entryOf(row); was.State != Dead {
			return fmt.Errorf("job %d: %w: it is %s, and only dead ones are deleted", id, ErrNoJob, was.State)
		}
		return nil
	})
	return was, err
}

// RetryAllDead has all dead jobs of a kind done again, of every kind where it is "", and says how many there were.
func (q *Queue) RetryAllDead(ctx context.Context, kind string) (n int, err error) {
	f := Filter{States: []State{Dead}, Limit: 1000}
	if kind != "" {
		f.Kinds = []string{kind}
	}
	for {
		dead, err := q.List(ctx, f)
		if err != nil || len(dead) == 0 {
			return n, err
		}
		for _, d := range dead {
			if _, err := q.RetryDead(ctx, d.ID, kind); err == nil {
				n++
			} else if !errors.Is(err, ErrNoJob) { // somebody else has retried it
				return n, err
			}
		}
		f.Before = dead[len(dead)-1].ID
	}
}
