package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/watch"
	"hotline/queues"
	"hotline/queues/acd"
)

const (
	mayHang = 8 * time.Second // so long a Hotline may say nothing to systemd
	longer  = 10              // words, one a second
)

// watched is what systemd hears of a Hotline.
type watched struct {
	t    *testing.T
	said atomic.Int64
}

// watchFor has the processes that a stage starts from now on believe that systemd watches them, and ends those that do not say so for the limit. It does not do that here.
func (s *stage) watchFor(limit time.Duration) *watched {
	s.t.Helper()
	socket := filepath.Join(s.t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	s.must(err)
	s.t.Cleanup(func() { _ = conn.Close() })
	w := &watched{t: s.t}
	go func() {
		for word := make([]byte, 512); ; {
			n, err := conn.Read(word)
			if err != nil {
				return
			}
			if string(word[:n]) == "WATCHDOG=1" {
				w.said.Add(1)
			}
		}
	}()
	s.environment = []string{"NOTIFY_SOCKET=" + socket, fmt.Sprintf("WATCHDOG_USEC=%d", limit.Microseconds())}
	return w
}

// hears waits until the Hotline has said n times more that it runs.
func (w *watched) hears(n int64) {
	w.t.Helper()
	before := w.said.Load()
	eventually(w.t, atOnce, "Hotline says that it runs", func() error {
		if more := w.said.Load() - before; more < n {
			return fmt.Errorf("%d times of %d", more, n)
		}
		return nil
	})
}

// TestSystemdIsToldThatHotlineRuns: of one that serves, of a standby, of one that was stopped for longer than it may hang, and of one whose Asterisk is away for as long.
func TestSystemdIsToldThatHotlineRuns(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true})
	w := s.watchFor(mayHang)
	p := s.spawn()
	w.hears(3)
	waits := s.watchFor(mayHang)
	standby := s.beside(p, func(*config.Config) {})
	waits.hears(longer)
	standby.end()

	s.must(p.cmd.Process.Signal(syscall.SIGSTOP))
	stopped := time.Now()
	s.eventually("it is stopped for longer than it may hang", func() error {
		if time.Since(stopped) < longer*time.Second {
			return errors.New("not yet")
		}
		return nil
	})
	s.must(p.cmd.Process.Signal(syscall.SIGCONT))
	w.hears(longer)

	s.house.asterisk.Kill()
	w.hears(longer)
	s.must(s.house.asterisk.Start(t.Context()))
	call := s.calls("+79160035001")
	s.chooses(call, "3")
	s.eventually("one waits", func() error { return s.waitingPerNotes(1) })
	s.hangsUp(call)
	s.emptyAsterisk()
	p.end()
	if strings.Contains(p.text(), "hangs") {
		t.Errorf("the log says\n%s", p.text())
	}
}

// TestAHotlineThatHangsEndsWithItsGoroutinesInTheLog: its router hangs with a caller. The next one takes the caller up.
func TestAHotlineThatHangsEndsWithItsGoroutinesInTheLog(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true})
	w := s.watchFor(mayHang)
	s.environment = append(s.environment, "HOTLINE_TEST_HANGS=1")
	p := s.spawn()
	w.hears(longer)
	call := s.calls("+79160035002")
	s.chooses(call, "3")
	select {
	case <-p.done:
	case <-time.After(atOnce):
		t.Fatal("it goes on though its router hangs")
	}
	for _, what := range []string{"this Hotline hangs", "stuck=router", "chan receive", "hangForTest", "(*Switch).Run"} {
		if !strings.Contains(p.text(), what) {
			t.Errorf("the log does not say %q", what)
		}
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 2 {
		t.Errorf("it ends with %d", code)
	}
	s.environment = nil
	p = s.respawn(p)
	anna := s.agentAt(p.pages, s.config.People[0]).ready()
	s.hearEachOther(call, anna.answers())
	s.hangsUp(call)
	p.complete(1)
	p.end()
}

// hangForTest serves as serveCommand does, until somebody waits in a queue: then the router's goroutine waits for ever.
func hangForTest(file string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	dog, err := watch.NewWatchdog(os.Getenv, log)
	if err != nil || dog == nil {
		panic(err)
	}
	go dog.Run()
	conf, err := config.Load(file)
	if err != nil {
		panic(err)
	}
	s, err := newService(conf, log)
	if err != nil {
		panic(err)
	}
	s.acd.Observe(acd.ObserverFunc(func(_ time.Time, e queues.Event, _ []queues.Decision) {
		if _, came := e.(queues.Enqueued); came {
			<-make(chan struct{})
		}
	}))
	dog.Watch(s.health.Pulse)
	fmt.Fprintln(os.Stderr, s.run(ctx))
	return 1
}
