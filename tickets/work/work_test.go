package work

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"hotline/deploy"
	"hotline/deploy/private"
)

// cluster serves all tests of the package; each test begins without jobs.
var cluster *private.Postgres

// childURL is set in the process that a test kills.
const childURL = "HOTLINE_TEST_WORK"

func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		child(url)
		return
	}
	dir, err := os.MkdirTemp("", "hotline-work-")
	if err != nil {
		panic(err)
	}
	_ = os.Chmod(dir, 0o755) // PostgreSQL's user must get through
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	cluster, err = private.StartPostgres(ctx, dir+"/pg")
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "no PostgreSQL for the tests of tickets/work:", err)
		os.Exit(1)
	}
	code := 1
	if err := migrate(1 << 30); err != nil {
		fmt.Fprintln(os.Stderr, "migrations:", err)
	} else {
		code = m.Run()
	}
	_ = cluster.Stop(context.Background())
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// migrate brings the database to a version, up or down.
func migrate(version int64) error {
	pool, err := pgxpool.New(context.Background(), cluster.URL())
	if err != nil {
		return err
	}
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	schema, err := fs.Sub(deploy.Schema, "schema")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, schema)
	if err != nil {
		return err
	}
	if at, err := p.GetDBVersion(context.Background()); err == nil && at > version {
		_, err = p.DownTo(context.Background(), version)
		return err
	}
	_, err = p.UpTo(context.Background(), version)
	return err
}

// wire is the way to the database, which a test can cut.
type wire struct {
	mu   sync.Mutex // guards what is below
	cut  bool
	open []net.Conn
}

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return nil, errors.New("the wire is cut")
	}
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err == nil {
		w.open = append(w.open, c)
	}
	return c, err
}

func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for _, c := range w.open {
		_ = c.Close()
	}
	w.open = nil
}

func connect(t *testing.T, w *wire) *pgxpool.Pool {
	t.Helper()
	c, err := pgxpool.ParseConfig(cluster.URL())
	if err != nil {
		t.Fatal(err)
	}
	if w != nil {
		c.ConnConfig.DialFunc = w.dial
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func fresh(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := connect(t, nil)
	if _, err := pool.Exec(t.Context(), `TRUNCATE work.river_job, work.river_leader, work.river_queue, work.river_notification`); err != nil {
		t.Fatal(err)
	}
	return pool
}

// open makes a queue, and run runs it until the test ends or stop is called, which waits for its end.
func open(t *testing.T, o Options) *Queue {
	t.Helper()
	if o.rescueAfter == 0 {
		o.rescueAfter = usualTimeout * 2
	}
	q, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func run(t *testing.T, q *Queue) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() {
		if err := q.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	stop = func() { cancel(); ended.Wait() }
	t.Cleanup(stop)
	return stop
}

// eventually waits until what is asked is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not happen that %s", what)
		}
	}
}

// is lists the jobs of a state.
func is(t *testing.T, q *Queue, states ...State) []Entry {
	t.Helper()
	all, err := q.List(t.Context(), Filter{States: states})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func soon(int) time.Duration { return 10 * time.Millisecond }

// kept is what a kind was given.
type kept struct {
	mu   sync.Mutex
	args []string
}

func (k *kept) do(_ context.Context, args json.RawMessage) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.args = append(k.args, string(args))
	return nil
}

func (k *kept) all() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.args)
}

// described is all that PostgreSQL knows of a schema, without the schema's name.
func described(t *testing.T, pool *pgxpool.Pool, schema string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for what, sql := range map[string]string{
		"columns": `SELECT concat_ws(' ', c.relname, c.relpersistence, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
			FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
			WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped`,
		"indexes":     `SELECT indexdef FROM pg_indexes WHERE schemaname = $1`,
		"constraints": `SELECT concat_ws(' ', conrelid::regclass, conname, contype) FROM pg_constraint WHERE connamespace = $1::regnamespace`,
		"states":      `SELECT concat_ws(' ', t.typname, e.enumlabel) FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid WHERE t.typnamespace = $1::regnamespace`,
		"triggers":    `SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = $1::regnamespace)`,
		"bits": fmt.Sprintf(`SELECT concat_ws(' ', s, b, %s.river_job_state_in_bitmask(b::bit(8), s))
			FROM unnest(enum_range(NULL::%s.river_job_state)) AS s, unnest(ARRAY[0, 1, 2, 4, 8, 16, 32, 64, 128, 255]) AS b WHERE $1::text IS NOT NULL`, schema, schema),
	} {
		rows, err := pool.Query(t.Context(), sql, schema)
		if err != nil {
			t.Fatal(what, err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(what, err)
		}
		for _, l := range lines {
			if l = strings.ReplaceAll(l, schema+".", ""); !strings.Contains(l, "river_migration") {
				all[what] = append(all[what], l)
			}
		}
		slices.Sort(all[what])
	}
	return all
}

func TestTheTablesAreThoseThatRiverWants(t *testing.T) {
	pool := fresh(t)
	if _, err := pool.Exec(t.Context(), `DROP SCHEMA IF EXISTS rivers CASCADE; CREATE SCHEMA rivers`); err != nil {
		t.Fatal(err)
	}
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: "rivers", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Migrate(t.Context(), rivermigrate.DirectionUp, nil); err != nil {
		t.Fatal(err)
	}
	theirs := described(t, pool, "rivers")
	if len(theirs["columns"]) < 30 || len(theirs["indexes"]) < 8 {
		t.Fatalf("of River's tables only this is found: %v", theirs)
	}
	if diff := cmp.Diff(theirs, described(t, pool, Schema)); diff != "" {
		t.Errorf("a version of River that wants other tables needs a migration (-River +ours):\n%s", diff)
	}
}

func TestTheWayBackLeavesNothingOfIt(t *testing.T) {
	pool := fresh(t)
	defer func() {
		if err := migrate(1 << 30); err != nil {
			t.Fatal(err)
		}
	}()
	if err := migrate(21); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_namespace WHERE nspname = 'work'`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d schemas are left, %v", n, err)
	}
}

func TestAJobIsThereWithTheChangeThatCausedItAndNotWithout(t *testing.T) {
	pool, k := fresh(t), &kept{}
	q := open(t, Options{Pool: pool, Kinds: []Kind{{Name: "note", Do: k.do}}})
	change := func(text string, err error) error {
		return pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
			return errors.Join(q.InTx(t.Context(), tx, Job{Kind: "note", Args: text, Ticket: "100001"}), err)
		})
	}
	if err := change("undone", errors.New("no")); err == nil {
		t.Fatal("the change went through")
	}
	if all := is(t, q); len(all) != 0 {
		t.Fatalf("without the change there is %+v", all)
	}
	if err := change("done", nil); err != nil {
		t.Fatal(err)
	}
	if all := is(t, q, Ready); len(all) != 1 || all[0].Ticket != "100001" || all[0].Kind != "note" || all[0].Attempts != 0 {
		t.Fatalf("before anybody runs it there is %+v", all)
	}
	run(t, q)
	eventually(t, "the job is done", func() bool { return len(is(t, q, Done)) == 1 })
	if got := k.all(); !slices.Equal(got, []string{`"done"`}) {
		t.Errorf("done was %v", got)
	}
}

func TestAJobOfNoKindIsRefused(t *testing.T) {
	q := open(t, Options{Pool: fresh(t), Kinds: []Kind{{Name: "aa", Do: (&kept{}).do}}})
	if err := q.Insert(t.Context(), Job{Kind: "bb"}); err == nil || !strings.Contains(err.Error(), `"bb"`) {
		t.Errorf("it gives %v", err)
	}
}

func TestAJobThatFailsIsTriedAgainThenDeadAndThenRetriedByHand(t *testing.T) {
	var fails atomic.Bool
	var tries atomic.Int32
	fails.Store(true)
	q := open(t, Options{Pool: fresh(t), Kinds: []Kind{{Name: "letter.sent", Workers: 2, Attempts: 3, Backoff: soon, Do: func(context.Context, json.RawMessage) error {
		if tries.Add(1); fails.Load() {
			return errors.New("nobody is at home")
		}
		return nil
	}}}})
	run(t, q)
	if err := q.Insert(t.Context(), Job{Kind: "letter.sent", Args: 1}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the job is dead", func() bool { return len(is(t, q, Dead)) == 1 })
	dead := is(t, q, Dead)[0]
	if dead.Attempts != 3 || dead.Error != "nobody is at home" || dead.Failed.IsZero() || dead.Ended.IsZero() || !dead.Next.IsZero() || tries.Load() != 3 {
		t.Errorf("after %d attempts it is %+v", tries.Load(), dead)
	}
	eventually(t, "the dead one is counted", func() bool { d, err := q.Depth(t.Context()); return err == nil && d.Dead() == 1 })
	if _, err := q.RetryDead(t.Context(), dead.ID, "other"); !errors.Is(err, ErrNoJob) {
		t.Errorf("as one of another kind it gives %v", err)
	}
	fails.Store(false)
	if was, err := q.RetryDead(t.Context(), dead.ID, "letter.sent"); err != nil || was.State != Dead {
		t.Fatalf("it was %+v, %v", was, err)
	}
	eventually(t, "the job is done", func() bool { return len(is(t, q, Done)) == 1 })
	for _, id := range []int64{dead.ID, 1 << 40} {
		if _, err := q.Retry(t.Context(), id); !errors.Is(err, ErrNoJob) {
			t.Errorf("job %d: %v", id, err)
		}
	}
}

func TestAllDeadJobsOfAKindAreRetriedAtOnce(t *testing.T) {
	var well atomic.Bool
	do := func(context.Context, json.RawMessage) error {
		if well.Load() {
			return nil
		}
		panic("it is broken")
	}
	q := open(t, Options{Pool: fresh(t), Kinds: []Kind{{Name: "aa", Attempts: 1, Do: do}, {Name: "bb", Attempts: 1, Do: do}}})
	run(t, q)
	for i := range 5 {
		if err := q.Insert(t.Context(), Job{Kind: "aa", Args: i}, Job{Kind: "bb", Args: i}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all are dead", func() bool { return len(is(t, q, Dead)) == 10 })
	well.Store(true)
	if n, err := q.RetryAllDead(t.Context(), "aa"); n != 5 || err != nil {
		t.Errorf("retried were %d, %v", n, err)
	}
	eventually(t, "those are done", func() bool { return len(is(t, q, Done)) == 5 })
	if left := is(t, q, Dead); len(left) != 5 || left[0].Kind != "bb" || !strings.Contains(left[0].Error, "it is broken") {
		t.Errorf("dead are still %+v", left)
	} else if was, err := q.Delete(t.Context(), left[0].ID); err != nil || was.ID != left[0].ID || len(is(t, q, Dead)) != 4 {
		t.Errorf("of %+v, %v, there are %d", was, err, len(is(t, q, Dead)))
	}
	for _, id := range []int64{is(t, q, Done)[0].ID, 1 << 40} {
		if _, err := q.Delete(t.Context(), id); !errors.Is(err, ErrNoJob) {
			t.Errorf("deleting %d gives %v", id, err)
		}
	}
	if n := len(is(t, q, Done)); n != 5 {
		t.Errorf("of those that are done %d are left", n)
	}
}

func TestADeadJobIsNotRetriedBesideAnotherForTheSame(t *testing.T) {
	q := open(t, Options{Pool: fresh(t), Kinds: []Kind{{Name: "aa", Attempts: 1, Do: func(context.Context, json.RawMessage) error { return errors.New("no") }}}})
	stop := run(t, q)
	insert := func() {
		t.Helper()
		if err := q.Insert(t.Context(), Job{Kind: "aa", Args: 1, Unique: "100001"}); err != nil {
			t.Fatal(err)
		}
	}
	insert()
	eventually(t, "it is dead", func() bool { return len(is(t, q, Dead)) == 1 })
	stop()
	insert()
	insert()
	if n := len(is(t, q, Ready)); n != 1 {
		t.Fatalf("beside a dead one %d wait", n)
	}
	if _, err := q.Retry(t.Context(), is(t, q, Dead)[0].ID); !errors.Is(err, ErrNoJob) || !strings.Contains(err.Error(), "another one") {
		t.Errorf("it gives %v", err)
	}
	if n, err := q.RetryAllDead(t.Context(), ""); n != 0 || err != nil {
		t.Errorf("retried are %d, %v", n, err)
	}
}

// busy is an error that puts a job off.
type busy struct{}

func (busy) Error() string        { return "busy" }
func (busy) Later() time.Duration { return 10 * time.Millisecond }

func TestAJobThatIsPutOffHasNotFailed(t *testing.T) {
	var tries atomic.Int32
	q := open(t, Options{Pool: fresh(t), Kinds: []Kind{{Name: "aa", Attempts: 2, Do: func(context.Context, json.RawMessage) error {
		if tries.Add(1) < 6 {
			return fmt.Errorf("wrapped: %w", busy{})
		}
		return nil
	}}}})
	run(t, q)
	if err := q.Insert(t.Context(), Job{Kind: "aa"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is done", func() bool { return len(is(t, q, Done)) == 1 })
	if e := is(t, q, Done)[0]; e.Attempts != 1 || e.Error != "" {
		t.Errorf("it is %+v", e)
	}
}

// What is due is found and gets one job each, in one transaction, by any number of Hotlines at once; until the job has moved its date on it is found again.
func TestWhatIsDueGetsOneJobEach(t *testing.T) {
	pool := fresh(t)
	if _, err := pool.Exec(t.Context(), `CREATE TABLE IF NOT EXISTS due (number text PRIMARY KEY, wake_at timestamptz); TRUNCATE due;
		INSERT INTO due SELECT n::text, now() - interval '1 hour' FROM generate_series(1, 50) n`); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	woken := map[string]int{}
	wake := func(ctx context.Context, args json.RawMessage) error {
		var number string
		if err := json.Unmarshal(args, &number); err != nil {
			return err
		}
		mu.Lock()
		woken[number]++
		mu.Unlock()
		_, err := pool.Exec(ctx, `UPDATE due SET wake_at = NULL WHERE number = $1`, number)
		return err
	}
	q := open(t, Options{Pool: pool, Kinds: []Kind{{Name: "ticket.due", Do: wake}}})
	find := func() error {
		return pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
			rows, err := tx.Query(t.Context(), `SELECT number FROM due WHERE wake_at <= now()`)
			if err != nil {
				return err
			}
			numbers, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				return err
			}
			var jobs []Job
			for _, n := range numbers {
				jobs = append(jobs, Job{Kind: "ticket.due", Args: n, Unique: n, Ticket: n})
			}
			return q.InTx(t.Context(), tx, jobs...)
		})
	}
	var finders sync.WaitGroup
	for range 4 {
		finders.Go(func() {
			if err := find(); err != nil {
				t.Error(err)
			}
		})
	}
	finders.Wait()
	if all := is(t, q); len(all) != 50 {
		t.Fatalf("for 50 there are %d jobs", len(all))
	}
	run(t, q)
	eventually(t, "all are woken", func() bool { return len(is(t, q, Done)) == 50 })
	if err := find(); err != nil || len(is(t, q)) != 50 {
		t.Errorf("when nothing is due %d jobs, %v", len(is(t, q)), err)
	}
	if _, err := pool.Exec(t.Context(), `UPDATE due SET wake_at = now() WHERE number = '7'`); err != nil {
		t.Fatal(err)
	}
	if err := find(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the one that is due again is woken again", func() bool { mu.Lock(); defer mu.Unlock(); return woken["7"] == 2 && woken["8"] == 1 })
}

func TestTwoHotlinesDoWhatIsPeriodicOnceAndNeverTogether(t *testing.T) {
	var at, runs, together atomic.Int32
	do := func(context.Context) error {
		if at.Add(1) > 1 {
			together.Add(1)
		}
		time.Sleep(50 * time.Millisecond)
		runs.Add(1)
		at.Add(-1)
		return nil
	}
	fresh(t)
	began := time.Now()
	for range 2 {
		run(t, open(t, Options{Pool: connect(t, nil), Periodic: []Periodic{{Name: "tick", Every: time.Second, Do: do}}}))
	}
	eventually(t, "it has run four times", func() bool { return runs.Load() >= 4 })
	if took := time.Since(began); float64(runs.Load()) > took.Seconds()+3 || together.Load() > 0 {
		t.Errorf("in %s it ran %d times, %d of them beside another", took, runs.Load(), together.Load())
	}
}

func TestWhatIsPeriodicAndFailsIsTriedAgain(t *testing.T) {
	var runs atomic.Int32
	q := open(t, Options{Pool: fresh(t), Periodic: []Periodic{{Name: "retention", Every: time.Second, Do: func(context.Context) error {
		if runs.Add(1) < 3 {
			return errors.New("not now")
		}
		return nil
	}}}})
	run(t, q)
	eventually(t, "it is done", func() bool { return len(is(t, q, Done)) > 0 })
	done := is(t, q, Done)
	if first := done[len(done)-1]; first.Attempts != 3 || first.Error != "not now" {
		t.Errorf("the first is %+v", first)
	}
}

func TestWithoutTheDatabaseJobsWaitAndGoOnByThemselves(t *testing.T) {
	fresh(t)
	w, k := &wire{}, &kept{}
	w.set(true)
	pool := connect(t, w)
	q := open(t, Options{Pool: pool, Kinds: []Kind{{Name: "aa", Do: k.do}}})
	run(t, q)
	if err := q.Insert(t.Context(), Job{Kind: "aa", Args: 0}); err == nil {
		t.Fatal("a job went into a database that is away")
	}
	w.set(false)
	for i := 1; i <= 3; i++ {
		eventually(t, "a job is inserted", func() bool { return q.Insert(t.Context(), Job{Kind: "aa", Args: i}) == nil })
		eventually(t, "and done", func() bool { return slices.Contains(k.all(), fmt.Sprint(i)) })
		w.set(true)
		w.set(false)
	}
}

func TestWhoeverStopsLetsWhatRunsEnd(t *testing.T) {
	began, may := make(chan struct{}), make(chan struct{})
	q := open(t, Options{Pool: fresh(t), Kinds: []Kind{{Name: "aa", Do: func(context.Context, json.RawMessage) error {
		close(began)
		<-may
		return nil
	}}}})
	stop := run(t, q)
	if err := q.Insert(t.Context(), Job{Kind: "aa"}); err != nil {
		t.Fatal(err)
	}
	<-began
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	select {
	case <-stopped:
		t.Error("it stopped while a job ran")
	case <-time.After(200 * time.Millisecond):
	}
	close(may)
	<-stopped
	if all := is(t, q, Done); len(all) != 1 {
		t.Errorf("the job is %+v", is(t, q))
	}
}

// child is a Hotline that is killed while it does a job.
func child(url string) {
	pool, err := pgxpool.New(context.Background(), url)
	if err != nil {
		panic(err)
	}
	q, err := New(Options{Pool: pool, Kinds: []Kind{{Name: "aa", Do: func(context.Context, json.RawMessage) error {
		fmt.Println("it runs")
		select {}
	}}}})
	if err != nil {
		panic(err)
	}
	if err := q.Insert(context.Background(), Job{Kind: "aa", Args: "kept"}); err != nil {
		panic(err)
	}
	_ = q.Run(context.Background())
}

func TestAJobOfAHotlineThatWasKilledIsDoneByTheNext(t *testing.T) {
	fresh(t)
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), childURL+"="+cluster.URL())
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(line, err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	k := &kept{}
	q := open(t, Options{Pool: connect(t, nil), rescueAfter: 2 * time.Second, Kinds: []Kind{{Name: "aa", Timeout: time.Second, Backoff: soon, Do: k.do}}})
	if all := is(t, q, Running); len(all) != 1 {
		t.Fatalf("the killed one has left %+v", is(t, q))
	}
	run(t, q)
	eventually(t, "the job is done", func() bool { return len(is(t, q, Done)) == 1 })
	if got := k.all(); !slices.Equal(got, []string{`"kept"`}) {
		t.Errorf("done was %v", got)
	}
}

func TestHostileTextsReachWhoDoesTheJob(t *testing.T) {
	k := &kept{}
	q := open(t, Options{Pool: fresh(t), Kinds: []Kind{{Name: "aa", Do: k.do}}})
	text := "<b>\x00'; DROP SCHEMA work; --\u202e😀 " + strings.Repeat("ё", 10_000)
	if err := q.Insert(t.Context(), Job{Kind: "aa", Args: map[string]any{text[:5]: []any{text, 9007199254740993}}},
		Job{Kind: "aa", Args: json.RawMessage(`"\ud800"`)}); err != nil {
		t.Fatal(err)
	}
	run(t, q)
	eventually(t, "they are done", func() bool { return len(k.all()) == 2 })
	all := k.all()
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	var got map[string][]any
	d := json.NewDecoder(strings.NewReader(all[0]))
	d.UseNumber()
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := map[string][]any{"<b>\uFFFD'": {strings.ReplaceAll(text, "\x00", "\uFFFD"), json.Number("9007199254740993")}}
	if diff := cmp.Diff(want, got); diff != "" || all[1] != `"`+"\uFFFD"+`"` {
		t.Errorf("%s (-want +got) and %s", diff, all[1])
	}
}

func TestJobsAreListedByStateKindTicketAndPage(t *testing.T) {
	q := open(t, Options{Pool: fresh(t), Kinds: []Kind{{Name: "aa", Do: (&kept{}).do}, {Name: "bb", Do: (&kept{}).do}}})
	later := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	if err := q.Insert(t.Context(), Job{Kind: "aa", Ticket: "100001"}, Job{Kind: "bb", Ticket: "100001", At: later}, Job{Kind: "aa", Ticket: "100002"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		f    Filter
		want string
	}{
		{Filter{}, "aa 100002, bb 100001, aa 100001"},
		{Filter{Limit: 1}, "aa 100002"},
		{Filter{Kinds: []string{"aa"}}, "aa 100002, aa 100001"},
		{Filter{Ticket: "100001"}, "bb 100001, aa 100001"},
		{Filter{Ticket: "' OR true --"}, ""},
		{Filter{States: []State{Scheduled}}, "bb 100001"},
		{Filter{States: []State{Dead}}, ""},
	} {
		all, err := q.List(t.Context(), c.f)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range all {
			got = append(got, e.Kind+" "+e.Ticket)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%+v gives %q, not %q", c.f, got, c.want)
		}
	}
	all := is(t, q)
	if page, err := q.List(t.Context(), Filter{Before: all[1].ID}); err != nil || len(page) != 1 || page[0].ID != all[2].ID {
		t.Errorf("the page after the second is %+v, %v", page, err)
	}
	if at := is(t, q, Scheduled)[0].Next; !at.Equal(later) {
		t.Errorf("it is scheduled for %s, not %s", at, later)
	}
}

func TestWhatThereIsToDoIsCounted(t *testing.T) {
	q := open(t, Options{Pool: fresh(t), Kinds: []Kind{{Name: "aa", Do: (&kept{}).do}}})
	if err := q.Insert(t.Context(), Job{Kind: "aa", At: time.Now().Add(-time.Minute)}, Job{Kind: "aa", At: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if _, err := q.pool.Exec(t.Context(), `UPDATE work.river_job SET scheduled_at = now() - interval '1 minute' WHERE state = 'available'`); err != nil {
		t.Fatal(err)
	}
	d, err := q.Depth(t.Context())
	if err != nil || d.Jobs[Ready]["aa"] != 1 || d.Jobs[Scheduled]["aa"] != 1 || time.Since(d.Oldest) < time.Minute || time.Since(d.Oldest) > 2*time.Minute {
		t.Errorf("it is %+v, %v", d, err)
	}
	q.seen.Store(&d)
	if n := testutil.CollectAndCount(q, "hotline_work_jobs"); n != 5 {
		t.Errorf("%d figures are shown", n)
	}
	if problems, err := testutil.CollectAndLint(q); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}
