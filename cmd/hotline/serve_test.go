package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3/lock"

	"hotline/cmd/hotline/config"
)

// logged is a log that a test reads at the end.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *logged) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(b)
}

func (w *logged) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// The migrations of a first start are held up for as long as it takes to serve calls.
func TestSlowMigrationKeepsNoCallWaitingAndNobodyAsksForMissingTables(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true})
	conn, err := pgx.Connect(t.Context(), s.database)
	s.must(err)
	_, err = conn.Exec(t.Context(), `select pg_advisory_lock($1)`, lock.DefaultLockID) // as another Hotline that migrates
	s.must(err)

	log := &logged{}
	s.service, err = newService(s.config, slog.New(slog.NewTextHandler(log, nil)))
	s.must(err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.service.run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-s.service.ready:
	case <-time.After(atOnce):
		t.Fatalf("calls are not served before the database has its schema:\n%s", log)
	}
	call := s.calls("+79160009901")
	s.chooses(call, "3")
	s.waiting(1)
	s.must(conn.Close(t.Context()))
	soon, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	s.must(s.service.serving(soon, nil))
	s.hangsUp(call)
	s.nothingLeft()
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "42P01") { // undefined_table
			t.Errorf("it says %s", line)
		}
	}
}

// Who is told to go by a reload may still sign in while it waits.
func TestReloadThatWaitsForAsteriskSaysSo(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true, configure: func(c *config.Config) { c.Asterisk.URL = "http://127.0.0.1:1/ari" }})
	log := &logged{}
	var err error
	s.service, err = newService(s.config, slog.New(slog.NewTextHandler(log, nil)))
	s.must(err)
	ctx, stop := context.WithCancel(context.Background())
	ended, reloaded := make(chan error, 1), make(chan error, 1)
	go func() { ended <- s.service.run(ctx) }()
	go func() { reloaded <- s.service.reload(ctx, s.config) }()
	s.eventually("the log says that it waits", func() error {
		if !strings.Contains(log.String(), "the configuration is reloaded once") {
			return errors.New("it does not")
		}
		return nil
	})
	stop()
	if err := <-reloaded; !errors.Is(err, context.Canceled) {
		t.Errorf("it was reloaded: %v", err)
	}
	s.must(<-ended)
}
