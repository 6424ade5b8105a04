package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"hotline/deploy"
	"hotline/deploy/private"
	"hotline/queues"
	"hotline/queues/postgres"
)

var (
	server *private.Postgres
	pool   *pgxpool.Pool
)

func TestMain(m *testing.M) {
	code, err := withPostgres(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// withPostgres runs the tests against a real server with the real schema.
func withPostgres(run func() int) (int, error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "hotline-queues-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	if server, err = private.StartPostgres(ctx, dir); err != nil {
		return 1, err
	}
	defer server.Stop(ctx)
	if err := migrate(ctx, server.URL()); err != nil {
		return 1, err
	}
	if pool, err = pgxpool.New(ctx, server.URL()); err != nil {
		return 1, err
	}
	defer pool.Close()
	return run(), nil
}

func migrate(ctx context.Context, url string) error {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer db.Close()
	schema, err := fs.Sub(deploy.Schema, "schema")
	if err != nil {
		return err
	}
	migrations, err := goose.NewProvider(goose.DialectPostgres, db, schema)
	if err != nil {
		return err
	}
	_, err = migrations.Up(ctx)
	return err
}

// fresh is a store without agents.
func fresh(t *testing.T) *postgres.Store {
	t.Helper()
	if _, err := pool.Exec(t.Context(), `DELETE FROM agents`); err != nil {
		t.Fatal(err)
	}
	return postgres.New(pool)
}

func seed(t *testing.T, s *postgres.Store, agents ...postgres.Agent) {
	t.Helper()
	if err := s.Seed(t.Context(), agents); err != nil {
		t.Fatal(err)
	}
}

func stored(t *testing.T, s *postgres.Store) []postgres.Agent {
	t.Helper()
	agents, err := s.Agents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range agents {
		agents[i].Since = agents[i].Since.UTC()
	}
	return agents
}

func person(id queues.AgentID, phone string, skills map[queues.Skill]queues.Level) postgres.Agent {
	return postgres.Agent{
		Agent:    queues.Agent{ID: id, Name: "Name of " + string(id), Skills: skills},
		Language: "ru", Phone: phone, Availability: queues.SignedOut,
	}
}

var (
	anna  = person("anna", "101", map[queues.Skill]queues.Level{"support": 3, "lang:ru": 5})
	boris = person("boris", "", map[queues.Skill]queues.Level{})
	noon  = time.Date(2026, 3, 2, 12, 0, 0, 123456000, time.UTC)
)

func same(t *testing.T, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("want -, got +:\n%s", d)
	}
}

func TestAgentsComeBackAsTheyWereSeeded(t *testing.T) {
	s := fresh(t)
	seed(t, s, boris, anna)
	seed(t, s, boris, anna) // a second start changes nothing
	same(t, stored(t, s), []postgres.Agent{anna, boris})
}

func TestSeedingChangesSkillsAndRetiresWhoIsGone(t *testing.T) {
	s := fresh(t)
	seed(t, s, anna, boris)
	learned := person("boris", "101", map[queues.Skill]queues.Level{"support": 1, "lang:en": 2})
	seed(t, s, learned) // and he gets her phone
	same(t, stored(t, s), []postgres.Agent{learned})
	moved := person("anna", "101", map[queues.Skill]queues.Level{"lang:ru": 4})
	seed(t, s, moved, boris) // she is back, and takes it again
	same(t, stored(t, s), []postgres.Agent{moved, boris})
}

func TestTwoAgentsMayChangePhonesButNotShareOne(t *testing.T) {
	s := fresh(t)
	seed(t, s, anna, person("boris", "102", map[queues.Skill]queues.Level{}))
	a, b := person("anna", "102", map[queues.Skill]queues.Level{}), person("boris", "101", map[queues.Skill]queues.Level{})
	seed(t, s, a, b)
	same(t, stored(t, s), []postgres.Agent{a, b})
	var not postgres.NotSeeded
	if err := s.Seed(t.Context(), []postgres.Agent{a, person("boris", "102", nil), person("vera", "103", map[queues.Skill]queues.Level{})}); !errors.As(err, &not) || len(not) != 1 || not["boris"] == nil {
		t.Fatalf("two agents share a phone: %v", err)
	}
	b.Phone = "" // as he was, and his phone is hers
	same(t, stored(t, s), []postgres.Agent{a, b, person("vera", "103", map[queues.Skill]queues.Level{})})
}

func TestAnImpossibleAgentIsRefusedByNameAndKeepsNobodyElseOut(t *testing.T) {
	s := fresh(t)
	seed(t, s, anna)
	for _, bad := range []postgres.Agent{
		person("x", "", map[queues.Skill]queues.Level{"support": 6}),
		person("", "", nil),
		{Agent: queues.Agent{ID: "x", Name: "X"}, Language: "Russian"},
	} {
		var not postgres.NotSeeded
		if err := s.Seed(t.Context(), []postgres.Agent{bad, boris}); !errors.As(err, &not) || len(not) != 1 || not[bad.ID] == nil {
			t.Errorf("%+v: %v", bad, err)
		}
		same(t, stored(t, s), []postgres.Agent{boris})
	}
}

func TestAgentsComeBackInTheAvailabilityTheyChose(t *testing.T) {
	s := fresh(t)
	seed(t, s, anna, boris)
	err := s.SaveAvailability(t.Context(),
		queues.AgentState{ID: "anna", Availability: queues.NotReady, Reason: queues.Lunch, Since: noon},
		queues.AgentState{ID: "boris", Availability: queues.Ready, Since: noon},
		queues.AgentState{ID: "stranger", Availability: queues.Ready, Since: noon})
	if err != nil {
		t.Fatal(err)
	}
	// Boris, who talks, will go to a meeting: that begins when the talk has ended.
	later := noon.Add(time.Hour)
	err = s.SaveAvailability(t.Context(), queues.AgentState{
		ID: "boris", Availability: queues.Ready, Since: later, Next: queues.NotReady, NextReason: queues.Meeting,
	})
	if err != nil {
		t.Fatal(err)
	}
	a, b := anna, boris
	a.Availability, a.Reason, a.Since = queues.NotReady, queues.Lunch, noon
	b.Availability, b.Reason, b.Since = queues.Ready, "", later
	b.Next, b.NextReason = queues.NotReady, queues.Meeting
	same(t, stored(t, s), []postgres.Agent{a, b})
	if e, ok := b.SignedIn(); !ok || e.Availability != queues.Ready || e.Next != queues.NotReady || e.NextReason != queues.Meeting {
		t.Fatalf("he comes back as %+v, %v", e, ok)
	}
	if e, ok := a.SignedIn(); !ok || e.Availability != queues.NotReady || e.Reason != queues.Lunch || !e.Since.Equal(noon) {
		t.Fatalf("she comes back as %+v, %v", e, ok)
	}
	if _, ok := anna.SignedIn(); ok {
		t.Fatal("somebody signed out comes back")
	}
}

// A Hotline of before knows nothing of what is next, and leaves it behind.
func TestWhatWasNextIsOverWhenAnOlderHotlineHasWrittenWhatCameAfterIt(t *testing.T) {
	s := fresh(t)
	seed(t, s, anna)
	err := s.SaveAvailability(t.Context(), queues.AgentState{
		ID: "anna", Availability: queues.Ready, Since: noon, Next: queues.NotReady, NextReason: queues.Break,
	})
	if err != nil {
		t.Fatal(err)
	}
	older := `UPDATE agent_availability SET state = 'ready', reason = '', since = $1 WHERE agent = 'anna'`
	if _, err := pool.Exec(t.Context(), older, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if a := stored(t, s)[0]; a.Next != "" || a.NextReason != "" {
		t.Errorf("after the older one she comes back as %+v", a)
	}
}

// changed is a step's decisions about one agent.
func changed(a queues.AgentState) []queues.Decision {
	return []queues.Decision{&queues.QueueChanged{}, &queues.AgentChanged{Agent: a}}
}

func TestKeeperSavesTheLastChoiceWhenTheDatabaseIsBack(t *testing.T) {
	s := fresh(t)
	seed(t, s, anna, boris)
	k := postgres.NewKeeper(s, nil, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- k.Run(ctx) }()

	server.Kill()
	k.Stepped(noon, queues.Tick{}, changed(queues.AgentState{ID: "anna", Availability: queues.Ready, Since: noon}))
	k.Stepped(noon, queues.Tick{}, changed(queues.AgentState{ID: "anna", Availability: queues.NotReady, Reason: queues.Break, Since: noon}))
	k.Stepped(noon, queues.Tick{}, changed(queues.AgentState{ID: "boris", Availability: queues.SignedOut, Activity: queues.Talking, Since: noon}))
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.Stepped(noon, queues.Tick{}, changed(queues.AgentState{ID: "anna", Availability: queues.NotReady, Reason: queues.Lunch, Since: noon}))
	stop()
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	a := anna
	a.Availability, a.Reason, a.Since = queues.NotReady, queues.Lunch, noon
	same(t, stored(t, s), []postgres.Agent{a, boris})
}

func TestKeeperWritesWithoutBeingStopped(t *testing.T) {
	s := fresh(t)
	seed(t, s, anna)
	k := postgres.NewKeeper(s, nil, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- k.Run(ctx) }()
	k.Stepped(noon, queues.Tick{}, changed(queues.AgentState{ID: "anna", Availability: queues.Ready, Since: noon}))
	for deadline := time.Now().Add(10 * time.Second); stored(t, s)[0].Availability != queues.Ready; {
		if time.Now().After(deadline) {
			t.Fatal("nothing was written")
		}
	}
	stop()
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
}

// TestKeeperKnowsFromItsDiskWhatAgentsChoseLast: also those of whom nothing has been heard since the run before that.
func TestKeeperKnowsFromItsDiskWhatAgentsChoseLast(t *testing.T) {
	disk := &textDisk{}
	run := func(states ...queues.AgentState) map[queues.AgentID]postgres.Choice {
		t.Helper()
		k := postgres.NewKeeper(nil, disk, slog.New(slog.DiscardHandler))
		before := k.Before()
		ctx, stop := context.WithCancel(t.Context())
		for _, a := range states {
			k.Stepped(noon, queues.Tick{}, changed(a))
		}
		stop()
		if err := k.RunDisk(ctx); err != nil {
			t.Fatal(err)
		}
		return before
	}
	if before := run(queues.AgentState{ID: "anna", Availability: queues.Ready, Since: noon}, queues.AgentState{ID: "boris", Availability: queues.Ready, Since: noon}); len(before) > 0 {
		t.Errorf("at first it knows %v", before)
	}
	run(queues.AgentState{ID: "anna", Availability: queues.NotReady, Reason: queues.Lunch, Since: noon, Next: queues.SignedOut})
	want := map[queues.AgentID]postgres.Choice{
		"anna":  {Availability: queues.NotReady, Reason: queues.Lunch, Since: noon, Next: queues.SignedOut},
		"boris": {Availability: queues.Ready, Since: noon},
	}
	same(t, run(), want)
	disk.text = disk.text[:10]
	if before := run(); len(before) > 0 {
		t.Errorf("from a torn text it knows %v", before)
	}
}

// TestAChoiceOnTheDiskCountsWhereItIsLater: what is to be next does not change since when the agent is ready.
func TestAChoiceOnTheDiskCountsWhereItIsLater(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 1000, time.UTC)
	stored := postgres.Agent{Availability: queues.Ready, Since: noon}
	for name, c := range map[string]struct {
		on    postgres.Choice
		later bool
	}{
		"the same":                     {postgres.Choice{Availability: queues.Ready, Since: noon}, false},
		"the same to the nanosecond":   {postgres.Choice{Availability: queues.Ready, Since: noon.Add(1)}, false},
		"a break after this talk":      {postgres.Choice{Availability: queues.Ready, Since: noon.Add(1), Next: queues.NotReady, NextReason: queues.Lunch}, true},
		"a break that was over before": {postgres.Choice{Availability: queues.NotReady, Since: noon.Add(-time.Hour), Next: queues.SignedOut}, false},
		"one later":                    {postgres.Choice{Availability: queues.NotReady, Since: noon.Add(time.Minute)}, true},
	} {
		if got := c.on.After(stored); got != c.later {
			t.Errorf("%s is later: %t", name, got)
		}
	}
}

type textDisk struct{ text []byte }

func (d *textDisk) Read() ([]byte, error)  { return d.text, nil }
func (d *textDisk) Keep(text []byte) error { d.text = text; return nil }
