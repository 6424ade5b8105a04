package watch

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// told counts what systemd is told.
type told struct{ atomic.Int64 }

func (w *told) Write(b []byte) (int, error) {
	if string(b) == "WATCHDOG=1" {
		w.Add(1)
	}
	return len(b), nil
}

// TestAHotlineThatHangsWritesItsGoroutinesAndEnds: of what is watched, one answers after fourteen seconds once, and then never again.
func TestAHotlineThatHangsWritesItsGoroutinesAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		router := make(chan struct{}, 1) // full while the router hangs
		pulse := &Pulse{}
		pulse.Watch("router", func() { hangsWhileFull(router) })
		pulse.Watch("pages", func() {})
		ctx, stop := context.WithCancel(t.Context())
		go func() { _ = pulse.Run(ctx) }()
		var systemd told
		var log, dump bytes.Buffer
		ended := make(chan time.Time, 1)
		dog := &Watchdog{log: slog.New(slog.NewTextHandler(&log, nil)), within: 15 * time.Second, systemd: &systemd, dump: &dump, end: func() { ended <- time.Now() }}
		go dog.Run()
		time.Sleep(30 * time.Second) // nothing is served yet
		dog.Watch(pulse)
		time.Sleep(30 * time.Second)
		if n := systemd.Load(); n < 59 || n > 62 {
			t.Errorf("in a minute systemd is told %d times that Hotline runs", n)
		}
		router <- struct{}{}
		time.Sleep(14 * time.Second)
		<-router
		time.Sleep(10 * time.Second)
		if len(ended) > 0 {
			t.Fatal("it ends though the router has answered")
		}
		router <- struct{}{}
		hangs := time.Now()
		if after := (<-ended).Sub(hangs); after < 14*time.Second || after > 18*time.Second { // counted in looks, of which two may be of one instant
			t.Errorf("it ends %s after the router hangs", after)
		}
		said := systemd.Load()
		time.Sleep(time.Minute)
		if systemd.Load() != said {
			t.Error("systemd is told that it runs when it has ended")
		}
		if says := log.String(); !strings.Contains(says, "hangs") || !strings.Contains(says, "stuck=router ") {
			t.Errorf("the log says %s", says)
		}
		if stacks := dump.String(); !strings.Contains(stacks, "hangsWhileFull") || !strings.Contains(stacks, "chan send") {
			t.Errorf("the goroutines are\n%s", stacks)
		}
		<-router
		stop()
		synctest.Wait()
	})
}

func hangsWhileFull(c chan struct{}) { c <- struct{}{}; <-c }

// TestALogThatNobodyReadsKeepsNoHotlineFromEnding: what hangs may be the log itself.
func TestALogThatNobodyReadsKeepsNoHotlineFromEnding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		pulse := &Pulse{}
		pulse.Watch("router", func() { <-stuck })
		ctx, stop := context.WithCancel(t.Context())
		go func() { _ = pulse.Run(ctx) }()
		read, full := io.Pipe()
		ended := make(chan struct{})
		dog := &Watchdog{log: slog.New(slog.NewTextHandler(full, nil)), within: 15 * time.Second, systemd: &told{}, dump: full, end: func() { close(ended) }}
		dog.Watch(pulse)
		go dog.Run()
		select {
		case <-ended:
		case <-time.After(time.Minute):
			t.Error("it does not end")
		}
		_ = read.Close()
		close(stuck)
		stop()
		synctest.Wait()
	})
}

func TestWhereSystemdAsksForNoWatchdogThereIsNone(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	for _, c := range []struct {
		what, limit, pid, socket string
	}{
		{what: "no limit", socket: socket},
		{what: "no socket", limit: "20000000"},
		{what: "the limit of another process", limit: "20000000", pid: strconv.Itoa(os.Getpid() + 1), socket: socket},
	} {
		dog, err := NewWatchdog(func(name string) string {
			return map[string]string{"WATCHDOG_USEC": c.limit, "WATCHDOG_PID": c.pid, "NOTIFY_SOCKET": c.socket}[name]
		}, slog.New(slog.DiscardHandler))
		if dog != nil || err != nil {
			t.Errorf("%s: %v, %v", c.what, dog, err)
		}
		dog.Watch(&Pulse{})
		dog.Run()
	}
}
