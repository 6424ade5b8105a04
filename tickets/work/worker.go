package work

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// envelope is what a job's row holds as its arguments.
type envelope struct {
	kind   string
	Key    string          `json:"key,omitempty" river:"unique"`
	Ticket string          `json:"ticket,omitempty"`
	Args   json.RawMessage `json:"args"`
}

// Kind implements river.JobArgs.
func (e envelope) Kind() string { return e.kind }

// storable is a value as JSON that PostgreSQL takes: there is no NUL and no half of a surrogate pair in it. Each becomes U+FFFD.
func storable(v any) (json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil || !bytes.Contains(b, []byte(`\u`)) {
		return b, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var any any
	if err := d.Decode(&any); err != nil {
		return nil, err
	}
	return json.Marshal(withoutNUL(any))
}

func withoutNUL(v any) any {
	clean := func(s string) string { return strings.ReplaceAll(s, "\x00", "\uFFFD") }
	switch v := v.(type) {
	case string:
		return clean(v)
	case []any:
		for i := range v {
			v[i] = withoutNUL(v[i])
		}
		return v
	case map[string]any:
		all := make(map[string]any, len(v))
		for key, value := range v {
			all[clean(key)] = withoutNUL(value)
		}
		return all
	default:
		return v
	}
}

// worker does the jobs of one kind. It implements river.Worker.
type worker struct {
	river.WorkerDefaults[envelope]
	kind Kind
}

// later is an error that puts a job off, and is no failure.
type later interface {
	error
	Later() time.Duration
}

// Work does one job.
func (w worker) Work(ctx context.Context, job *river.Job[envelope]) error {
	err := w.kind.Do(ctx, job.Args.Args)
	var put later
	if errors.As(err, &put) {
		return river.JobSnooze(max(put.Later(), 0))
	}
	return err
}

// Timeout is how long one attempt may take.
func (w worker) Timeout(*river.Job[envelope]) time.Duration { return w.kind.Timeout }

// NextRetry is when a job that has failed is done again.
func (w worker) NextRetry(job *river.Job[envelope]) time.Time {
	return time.Now().Add(w.kind.Backoff(max(job.Attempt, 1)))
}

// failures writes down what fails. It implements river.ErrorHandler.
type failures struct{ q *Queue }

// HandleError is told of each failure.
func (f failures) HandleError(_ context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.q.tell(job, "err", err)
	return nil
}

// HandlePanic is told of each job that panicked, which is a failure as any other.
func (f failures) HandlePanic(_ context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	f.q.log.Error("a job panicked", "kind", job.Kind, "job", job.ID, "panic", fmt.Sprint(value), "trace", trace)
	f.q.tell(job, "err", value)
	return nil
}

// tell counts a failure, and says it in the log where nothing will be tried any more.
func (q *Queue) tell(job *rivertype.JobRow, because ...any) {
	q.failed.Add(1)
	about := append([]any{"kind", job.Kind, "job", job.ID, "attempt", job.Attempt}, because...)
	if job.Attempt < job.MaxAttempts {
		q.log.Debug("a job has failed; it is tried again", about...)
		return
	}
	q.dead.Add(1)
	q.log.Error("a job has failed for the last time: see hotline work list --state dead", about...)
}

// quiet is a log in which what River says of its own is for developers, and what it says to its own developers is not at all: that the
// database is away others tell.
type quiet struct{ slog.Handler }

// Enabled implements slog.Handler.
func (h quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo && h.Handler.Enabled(ctx, slog.LevelDebug)
}

// Handle implements slog.Handler.
func (h quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelDebug
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{h.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (h quiet) WithGroup(name string) slog.Handler { return quiet{h.Handler.WithGroup(name)} }
